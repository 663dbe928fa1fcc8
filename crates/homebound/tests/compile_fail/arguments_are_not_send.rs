//! A signal's arguments may have to cross threads.

use homebound::Signal;
use std::rc::Rc;

fn main() {
    let _ = Signal::<Rc<u32>>::new();
}
