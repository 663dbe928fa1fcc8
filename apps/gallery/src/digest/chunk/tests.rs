use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;

use super::*;

fn item(path: impl Into<PathBuf>, bytes: u64) -> Entry {
    Entry::File(Item {
        path: path.into(),
        bytes,
        expected: None,
    })
}

fn lengths(sizes: &[u64]) -> Vec<usize> {
    let mut source = sizes.iter().map(|bytes| item("x", *bytes));
    let chunks = std::iter::from_fn(|| match take(&mut source, || Ok::<_, Infallible>(())) {
        Ok(chunk) if !chunk.is_empty() => Some(chunk.len()),
        _ => None,
    });
    chunks.collect()
}

#[test]
fn a_chunk_is_full_with_bytes_or_with_entries() {
    assert_eq!(lengths(&[]), []);
    assert_eq!(lengths(&[0; 600]), [256, 256, 88]);
    assert_eq!(lengths(&[1 << 20; 9]), [4, 4, 1]);
    assert_eq!(lengths(&[1, u64::from(u32::MAX), 1]), [2, 1]);
}

#[test]
fn taking_stops_when_it_is_told_to() {
    let mut source = std::iter::repeat_with(|| item("x", 0));
    let mut asked = 0;
    let result = take(&mut source, || {
        asked += 1;
        if asked == 3 { Err("enough") } else { Ok(()) }
    });
    assert_eq!(result, Err("enough"));
}

#[test]
fn lines_and_troubles_come_in_order_and_the_steps_add_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a"), "12345").expect("written");
    fs::write(at("b"), "123").expect("written");
    let told = Trouble {
        path: at("t"),
        reason: Reason::LinkLoop,
    };
    // The first was found shorter than it is, the second is no more, the last was longer.
    let chunk = vec![
        item(at("a"), 2),
        item(at("none"), 90),
        Entry::Trouble(told.clone()),
        item(at("b"), 1_000),
    ];
    let mut steps = Vec::new();

    let report = read(chunk, false, |step| {
        steps.push(match step {
            Step::File(path) => path.file_name().expect("a name").to_string_lossy().into_owned(),
            Step::Bytes { done, total } => format!("{done}/{total}"),
        });
        Ok::<_, Infallible>(())
    });

    let Ok(report) = report;
    let line = |name: &str, text: &str| format!("{}  {}\n", blake3::hash(text.as_bytes()).to_hex(), at(name).display());
    assert_eq!(report.lines, line("a", "12345") + &line("b", "123"));
    let vanished = Trouble {
        path: at("none"),
        reason: Reason::Vanished,
    };
    assert_eq!(report.troubles, [vanished, told]);
    assert_eq!((report.files, report.bytes), (2, 8));
    assert_eq!(steps, ["a", "0/1095", "5/1095", "none", "b", "5/8", "8/8", "8/8"]);
}

#[test]
fn a_check_gives_a_verdict_on_each_file_and_quietly_only_on_bad_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("good"), "1").expect("written");
    fs::write(at("bad\n"), "2").expect("written");
    let expected = Some(blake3::hash(b"1"));
    let chunk: Chunk = ["good", "bad\n", "none"]
        .map(|name| {
            Entry::File(Item {
                path: at(name),
                bytes: 1,
                expected,
            })
        })
        .into();

    let Ok(report) = read(chunk.clone(), false, |_| Ok::<_, Infallible>(()));
    let Ok(quiet) = read(chunk, true, |_| Ok::<_, Infallible>(()));

    let root = folder.path().display();
    let bad = format!("\\{root}/bad\\n: FAILED\n{root}/none: FAILED (No such file or directory)\n");
    assert_eq!(report.lines, format!("{root}/good: OK\n{bad}"));
    assert_eq!(quiet.lines, bad);
    assert_eq!(
        (report.files, report.mismatched, report.unread, report.troubles.len()),
        (2, 1, 1, 0)
    );
}

#[test]
fn reading_stops_at_a_block() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a"), "12345").expect("written");
    let chunk = vec![item(folder.path().join("a"), 5)];

    let result = read(chunk, false, |step| {
        if matches!(step, Step::Bytes { done: 5, .. }) {
            Err("stop")
        } else {
            Ok(())
        }
    });

    assert_eq!(result, Err("stop"));
}
