//! A timer cannot be started from another thread.

use homebound::{EventLoop, Timer};
use std::time::Duration;

fn main() {
    let ui = EventLoop::new().unwrap();
    let timer = Timer::repeating(&ui, Duration::from_secs(1));
    std::thread::spawn(move || timer.start());
}
