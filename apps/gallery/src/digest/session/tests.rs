//! A run without a terminal: whoever connects to the signals sees all there is.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;

use homebound::{EventLoop, LoopProxy, Owner};
use tempfile::TempDir;

use super::*;

/// Hears everything and ends the loop with the run.
struct Listener {
    home: LoopProxy,
    troubles: Vec<Trouble>,
    readers: Vec<usize>,
    last_view: Option<Overview>,
    ends: Vec<Summary>,
}

fn tree(files: usize) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for i in 0..files {
        fs::write(folder.path().join(format!("{i:05}")), format!("{i}")).expect("written");
    }
    folder
}

fn order(folder: &TempDir, sink: impl Write + Send + 'static) -> Order {
    let paths = [PathBuf::from(folder.path())];
    let source = || Source::paths(&paths, Vec::new(), true);
    let jobs = NonZeroUsize::MIN.saturating_add(1);
    Order {
        source: source(),
        to_count: Some(source()),
        jobs,
        sink: Sink::Stream(Box::new(sink)),
        quiet: false,
    }
}

/// Prepares a run and somebody who listens.
fn prepare(home: &EventLoop, order: Order) -> (Owner<Session>, Owner<Listener>) {
    let (troubles, readers, ends) = (Vec::new(), Vec::new(), Vec::new());
    let listener = home.insert(Listener {
        home: home.proxy(),
        troubles,
        readers,
        last_view: None,
        ends,
    });
    let session = home.insert(Session::new(order, home.clock()));
    {
        let session = session.borrow();
        let heard = [
            session
                .troubles
                .connect(&listener, |l: &mut Listener, trouble| l.troubles.push(trouble.clone()))
                .is_ok(),
            session
                .workers
                .connect(&listener, |l: &mut Listener, view| l.readers.push(view.reader))
                .is_ok(),
            session
                .overview
                .connect(&listener, |l: &mut Listener, view| l.last_view = Some(view.clone()))
                .is_ok(),
            session
                .finished
                .connect(&listener, |l: &mut Listener, end| l.ends.push(end.clone()))
                .is_ok(),
            session
                .finished
                .connect(&listener, |l: &mut Listener, _| l.home.quit())
                .is_ok(),
        ];
        assert_eq!(heard, [true; 5]);
    }
    (session, listener)
}

fn run(home: &EventLoop, session: &Owner<Session>) {
    session.borrow_mut().start(session.handle());
    home.run();
}

#[test]
fn a_run_reports_all_it_does_and_ends_once() {
    let folder = tree(700);
    std::os::unix::fs::symlink("none", folder.path().join("00000-")).expect("a link");
    let output = tempfile::tempfile().expect("a file");
    let home = EventLoop::new().expect("the only loop here");
    let (session, listener) = prepare(&home, order(&folder, output.try_clone().expect("cloned")));

    run(&home, &session);

    let listener = listener.borrow();
    assert_eq!(listener.ends.len(), 1);
    let end = &listener.ends[0];
    assert_eq!(
        (end.files, end.unread, end.mismatched, &end.ending),
        (700, 1, 0, &Ending::Whole)
    );
    assert_eq!(listener.troubles.len(), 1);
    assert!(listener.readers.iter().all(|reader| *reader < 2) && !listener.readers.is_empty());
    let view = listener.last_view.as_ref().expect("seen");
    assert_eq!((view.files, view.bytes), (700, end.bytes));
    assert_eq!(lines_in(output), 700);
}

fn lines_in(mut file: File) -> usize {
    io::Seek::rewind(&mut file).expect("a file");
    let mut text = String::new();
    file.read_to_string(&mut text).expect("text");
    text.lines().count()
}

#[test]
fn a_run_that_is_cancelled_at_once_ends_at_once() {
    let folder = tree(3);
    File::create(folder.path().join("huge"))
        .and_then(|file| file.set_len(1 << 42))
        .expect("sparse");
    let home = EventLoop::new().expect("the only loop here");
    let (session, listener) = prepare(&home, order(&folder, io::sink()));
    session.borrow_mut().start(session.handle());

    session.borrow_mut().cancel();
    session.borrow_mut().cancel();
    home.run();

    let ends = &listener.borrow().ends;
    assert_eq!((ends.len(), &ends[0].ending), (1, &Ending::Cancelled));
}

/// A reader that never reads: what is written to it waits for ever.
pub(crate) fn full_pipe() -> (io::PipeReader, io::PipeWriter) {
    let (reader, writer) = io::pipe().expect("a pipe");
    let flags = rustix::fs::fcntl_getfl(&writer).expect("flags");
    rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).expect("set");
    let mut filled = &writer;
    while filled.write(&[0; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(&writer, flags).expect("set back");
    (reader, writer)
}

#[test]
fn a_run_that_hangs_in_writing_can_be_given_up() {
    let folder = tree(3);
    let (reader, writer) = full_pipe();
    let home = EventLoop::new().expect("the only loop here");
    let (session, listener) = prepare(&home, order(&folder, writer));
    session.borrow_mut().start(session.handle());
    let handle = session.handle();
    handle.post(Session::cancel).expect("it lives");
    handle.post(Session::give_up).expect("it lives");

    home.run();

    assert_eq!(listener.borrow().ends.len(), 1);
    assert_eq!(listener.borrow().ends[0].ending, Ending::Cancelled);
    // Lets the task go, so that the pool can end.
    drop(reader);
}

struct Panics;

impl Write for Panics {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("this writer panics")
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_in_a_task_ends_the_run_with_its_words() {
    let folder = tree(3);
    let home = EventLoop::new().expect("the only loop here");
    let (session, listener) = prepare(&home, order(&folder, Panics));

    run(&home, &session);

    let ends = &listener.borrow().ends;
    assert_eq!(ends.len(), 1);
    assert!(
        matches!(&ends[0].ending, Ending::Broken(words) if words.contains("this writer panics")),
        "{:?}",
        ends[0]
    );
}
