//! A loop is used on its own thread; its proxy crosses.

use homebound::EventLoop;

fn main() {
    let ui = EventLoop::new().unwrap();
    let handle = EventLoop::current().unwrap();
    std::thread::spawn(move || handle.quit());
    ui.run();
}
