//! An object cannot be dropped while it is borrowed.

use homebound::EventLoop;

fn main() {
    let ui = EventLoop::new().unwrap();
    let label = ui.insert(String::new());
    let text = label.borrow();
    drop(label);
    println!("{}", *text);
}
