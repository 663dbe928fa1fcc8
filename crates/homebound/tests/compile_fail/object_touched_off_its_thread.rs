//! A worker touches a widget of the UI thread.

use homebound::EventLoop;

fn main() {
    let ui = EventLoop::new().unwrap();
    let label = ui.insert(String::new());
    std::thread::spawn(move || label.borrow_mut().push_str("done"));
}
