use std::fs::File;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

/// A folder with files and folders by name; a name with a slash at its end is a folder.
fn tree(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in names {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).expect("a folder");
        } else {
            fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
            fs::write(path, name).expect("a file");
        }
    }
    folder
}

/// What the walk finds, as lines without the folder's own path.
fn walked(folder: &TempDir) -> Vec<String> {
    let walk = Walk::new([folder.path().to_owned()].into_iter());
    let prefix = format!("{}/", folder.path().display());
    let lines = walk.map(|found| match found {
        Found::File { path, bytes } => format!("{} {bytes}", path.display()),
        Found::Trouble(trouble) => trouble.to_string(),
    });
    lines.map(|line| line.replace(&prefix, "")).collect()
}

#[test]
fn files_come_in_the_order_of_their_names() {
    let folder = tree(&["b", "a/z", "a/y/x", "a.b", "c/", "B", "a/y-1"]);

    assert_eq!(walked(&folder), ["B 1", "a/y/x 5", "a/y-1 5", "a/z 3", "a.b 3", "b 1"]);
}

#[test]
fn links_are_followed() {
    let folder = tree(&["d/file"]);
    symlink("d/file", folder.path().join("a")).expect("a link");
    symlink("d", folder.path().join("b")).expect("a link");

    assert_eq!(walked(&folder), ["a 6", "b/file 6", "d/file 6"]);
}

#[test]
fn links_can_be_left_out_but_not_those_that_were_given() {
    let folder = tree(&["d/file"]);
    symlink("d/file", folder.path().join("a")).expect("a link");
    symlink("none", folder.path().join("d/broken")).expect("a link");
    let link = folder.path().join("b");
    symlink("d", &link).expect("a link");

    let roots = [folder.path().to_owned(), link.clone()];
    let found: Vec<_> = Walk::new(roots.into_iter()).following(false).collect();

    let paths = [folder.path().join("d/file"), link.join("file")];
    assert_eq!(found, paths.map(|path| Found::File { path, bytes: 6 }));
}

#[test]
fn links_that_lead_nowhere_are_told_and_the_rest_goes_on() {
    let folder = tree(&["file"]);
    for (link, target) in [("1", "none"), ("2", "3"), ("3", "2"), ("4", "file/below"), ("5", "5")] {
        symlink(target, folder.path().join(link)).expect("a link");
    }

    let loops = "link that leads back to itself";
    let (two, three, five) = (format!("2: {loops}"), format!("3: {loops}"), format!("5: {loops}"));
    assert_eq!(
        walked(&folder),
        [
            "1: broken link to none",
            &two,
            &three,
            "4: broken link to file/below",
            &five,
            "file 4"
        ]
    );
}

#[test]
fn a_folder_within_itself_is_not_entered_again() {
    let folder = tree(&["a/b/file", "c"]);
    symlink("../..", folder.path().join("a/b/up")).expect("a link");
    symlink(".", folder.path().join("a/b/here")).expect("a link");

    let root = folder.path().display().to_string();
    assert_eq!(
        walked(&folder),
        [
            "a/b/file 8",
            "a/b/here: loop: this folder is a/b",
            &format!("a/b/up: loop: this folder is {root}"),
            "c 1"
        ]
    );
}

#[test]
fn special_files_are_told_not_opened() {
    let folder = tree(&["file"]);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("a socket");
    let fifo = folder.path().join("pipe");
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, kind, rustix::fs::Mode::RUSR, 0).expect("a pipe");
    symlink("/dev/zero", folder.path().join("zero")).expect("a link");

    assert_eq!(
        walked(&folder),
        [
            "file 4",
            "pipe: not read: it is a named pipe",
            "socket: not read: it is a socket",
            "zero: not read: it is a character device"
        ]
    );
}

#[test]
fn a_path_that_was_given_and_is_not_there_is_told() {
    let folder = tree(&[]);
    let missing = folder.path().join("none");
    let found: Vec<_> = Walk::new([missing.clone()].into_iter()).collect();

    let reason = Reason::System("No such file or directory".into());
    assert_eq!(found, [Found::Trouble(Trouble { path: missing, reason })]);
}

#[test]
fn what_vanishes_during_the_walk_is_told() {
    let folder = tree(&["a", "b", "c/d", "e/f"]);
    let mut walk = Walk::new([folder.path().to_owned()].into_iter());
    assert!(matches!(walk.next(), Some(Found::File { .. })));
    fs::remove_file(folder.path().join("b")).expect("removed");
    fs::remove_dir_all(folder.path().join("c")).expect("removed");

    let told: Vec<_> = walk.by_ref().take(2).collect();

    let vanished = |name: &str| trouble(&folder.path().join(name), Reason::Vanished);
    assert_eq!(told, [vanished("b"), vanished("c")]);
    assert!(matches!(walk.next(), Some(Found::File { .. })), "the rest goes on");
}

#[test]
fn a_file_can_be_left_out_by_what_it_is() {
    let folder = tree(&["a", "b"]);
    symlink("b", folder.path().join("also-b")).expect("a link");
    let path = folder.path().join("b");
    let id = FileId::of(&path, &fs::metadata(&path).expect("there"));

    let found = Walk::new([folder.path().to_owned()].into_iter())
        .without(vec![id])
        .count();

    assert_eq!(found, 1);
}

#[test]
fn a_dash_is_a_file_not_standard_input() {
    assert_eq!(never_a_dash("-".into()), Path::new("./-"));
    assert_eq!(never_a_dash("a-".into()), Path::new("a-"));
}

#[test]
fn several_paths_come_in_the_order_given_and_a_file_may_be_one() {
    let folder = tree(&["a/1", "b", "c/2"]);
    let paths = ["c", "b", "a", "b"].map(|name| folder.path().join(name));

    let names = Walk::new(paths.into_iter()).map(|found| match found {
        Found::File { path, .. } => path.file_name().expect("a name").to_owned(),
        Found::Trouble(trouble) => panic!("{trouble}"),
    });

    assert_eq!(names.collect::<Vec<_>>(), ["2", "b", "1", "b"]);
}

#[test]
fn deep_folders_do_not_overflow_the_stack() {
    let folder = tree(&[]);
    let deep = folder.path().join("d/".repeat(1_500));
    fs::create_dir_all(&deep).expect("folders");
    File::create(deep.join("file")).expect("a file");

    assert_eq!(walked(&folder).len(), 1);
}
