//! A guard that is bound to nothing ends its connection at once.

#![deny(unused_must_use)]

use homebound::{EventLoop, Signal};

fn main() {
    let _ui = EventLoop::new().unwrap();
    let changed = Signal::<u32>::new();
    changed.connect_fn(|_| {}).unwrap().guard();
}
