//! What is posted to another thread must not hold what belongs to this one.

use homebound::LoopProxy;
use std::rc::Rc;

fn post(worker: &LoopProxy) {
    let shared = Rc::new(1);
    let _ = worker.post(move || println!("{shared}"));
}

fn main() {
    let _ = post;
}
