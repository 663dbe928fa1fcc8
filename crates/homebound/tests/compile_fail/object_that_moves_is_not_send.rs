//! Only what may cross threads can move from loop to loop.

use homebound::EventLoop;
use std::rc::Rc;

fn main() {
    let ui = EventLoop::new().unwrap();
    let _ = ui.proxy().insert_movable(Rc::new(1));
}
