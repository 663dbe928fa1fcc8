//! Events from the post to the slot's end.

use std::hint::black_box;
use std::thread;

use homebound::{Delivery, Owner, Signal};

use super::{Counter, Path, all_saw, connected, home, path};

pub(super) const PATHS: &[Path] = &[
    path("queued_at_home", queued_at_home),
    path("queued_from_afar", queued_from_afar),
    path("posted_from_afar", posted_from_afar),
];

const BURST: u64 = 100;

fn queued_at_home(n: u64) {
    let home = home();
    let (signal, receivers) = connected(&home, 1, Delivery::Queued);
    for _ in 0..n / BURST {
        (0..BURST).for_each(|i| drop(black_box(&signal).emit(i)));
        home.drain();
    }
    all_saw(&receivers, n);
}

/// Another thread sends all, and only then the loop delivers: so no run differs from another in who waits for whom.
fn from_afar(n: u64, send: impl FnOnce(&Owner<Counter>) -> Box<dyn FnOnce() + Send>) {
    let home = home();
    let receiver = home.insert(Counter::default());
    let send = send(&receiver);
    thread::spawn(send).join().expect("the sender ends well");
    home.drain();
    all_saw(&[receiver], n);
}

fn queued_from_afar(n: u64) {
    from_afar(n, |receiver| {
        let to = receiver.handle();
        Box::new(move || {
            let signal = Signal::<u64>::new();
            let connected = signal.connect(&to, |counter, _| counter.seen += 1);
            connected.expect("the receiver is there");
            (0..n).for_each(|i| assert!(black_box(&signal).emit(i).is_complete()));
        })
    });
}

fn posted_from_afar(n: u64) {
    from_afar(n, |receiver| {
        let to = receiver.handle();
        Box::new(move || (0..n).for_each(|_| assert!(to.post(|counter| counter.seen += 1).is_ok())))
    });
}
