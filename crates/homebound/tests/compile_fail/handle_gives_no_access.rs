//! The address of an object is no way around its home.

use homebound::EventLoop;

fn main() {
    let ui = EventLoop::new().unwrap();
    let label = ui.insert(String::new()).leave();
    std::thread::spawn(move || label.borrow_mut().push_str("done"));
}
