//! The manifest's way to the window: what the run writes becomes emissions.

use std::io::{self, Write};
use std::sync::Arc;

use homebound::Emitter;

/// Sends whole lines to whoever is connected. Where the connection is bounded and full, the run's writer waits, and nobody else does.
#[derive(Debug)]
pub(crate) struct Results {
    lines: Emitter<Arc<str>>,
    unfinished: Vec<u8>,
}

impl Results {
    pub(crate) fn new(lines: Emitter<Arc<str>>) -> Self {
        Self {
            lines,
            unfinished: Vec::new(),
        }
    }

    fn send(&mut self, end: usize) -> io::Result<()> {
        let rest = self.unfinished.split_off(end);
        let whole = std::mem::replace(&mut self.unfinished, rest);
        let text = String::from_utf8_lossy(&whole);
        let report = self.lines.emit(Arc::from(text));
        if report.into_refused().is_empty() {
            Ok(())
        } else {
            // As with a pipe that nobody reads any more: the window is gone.
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
}

impl Write for Results {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unfinished.extend_from_slice(bytes);
        if let Some(last) = self.unfinished.iter().rposition(|byte| *byte == b'\n') {
            self.send(last + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use homebound::EventLoop;

    use super::*;

    #[test]
    fn whole_lines_are_sent_and_the_rest_waits() {
        let home = EventLoop::new().expect("the test's own thread");
        let seen = home.insert(Vec::new());
        let emitter = Emitter::new();
        emitter
            .connect(&seen, |seen: &mut Vec<String>, text: &Arc<str>| {
                seen.push(text.to_string());
            })
            .expect("connected");
        let mut results = Results::new(emitter);

        for text in ["a\nb", "", "c\n", "d"] {
            results.write_all(text.as_bytes()).expect("somebody reads");
        }
        home.drain();

        assert_eq!(*seen.borrow(), ["a\n", "bc\n"]);
    }

    #[test]
    fn a_window_that_is_gone_is_a_broken_pipe() {
        let home = EventLoop::new().expect("the test's own thread");
        let seen = home.insert(());
        let emitter = Emitter::new();
        emitter.connect(&seen, |(), _: &Arc<str>| {}).expect("connected");
        let mut results = Results::new(emitter);
        let write = std::thread::scope(|threads| {
            drop(seen);
            drop(home);
            threads.spawn(|| results.write_all(b"a\n")).join()
        });

        let error = write.expect("no panic").expect_err("nobody reads");

        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
