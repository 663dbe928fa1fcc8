//! A signal belongs to its thread; its emitter crosses.

use homebound::Signal;

fn main() {
    let progress = Signal::<u32>::new();
    std::thread::spawn(move || drop(progress.emit(1)));
}
