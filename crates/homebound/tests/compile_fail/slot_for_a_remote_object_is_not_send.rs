//! A slot runs at its receiver's home, so it must not hold what belongs to this thread.

use homebound::{Handle, Signal};
use std::rc::Rc;

fn connect(finished: &Signal<u32>, worker: &Handle<u32>) {
    let shared = Rc::new(1);
    let _ = finished.connect(worker, move |total, n| *total += n + *shared);
}

fn main() {
    let _ = connect;
}
