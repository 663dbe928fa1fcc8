//! Models of emissions away from home while others change the connections.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::{Control, Store};
use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::event::Body;
use crate::home::LoopShared;
use crate::link::{Link, Takes, Target};

type Signal = Arc<Control<u64>>;

fn link(to: &Arc<LoopShared>) -> Arc<Link<u64>> {
    let number = crate::sync::unique::next();
    Link::new(
        number,
        Delivery::Queued,
        false,
        Takes::One,
        Target::Loop(Arc::clone(to)),
    )
}

/// What was emitted to the loop, by whom.
fn arrived(at: &LoopShared) -> Vec<(u64, u64)> {
    let mut queue = at.queue.close();
    std::iter::from_fn(|| queue.pop_any())
        .filter_map(|event| match event.body {
            Body::Words((n, _)) => Some((event.target, n)),
            _ => None,
        })
        .collect()
}

/// One thread emits 0 to 2, another does `change` and says so; the first remembers from which value on it had heard of it.
fn emit_while(change: impl FnOnce(&Signal) + Send + 'static, signal: &Signal) -> u64 {
    let told = Arc::new(AtomicBool::new(false));
    let (changes, tells) = (Arc::clone(signal), Arc::clone(&told));
    let changer = thread::spawn(move || {
        change(&changes);
        tells.store(true, Ordering::Release);
    });
    let store = Store::new();
    let mut heard = 3;
    for n in 0..3 {
        if heard == 3 && told.load(Ordering::Acquire) {
            heard = n;
        }
        // Read, or a refusal would be reported.
        let _ = signal.emit_from(&store, n).into_refused();
    }
    changer.join().unwrap();
    heard
}

#[test]
fn connection_counts_from_the_first_emission_that_may_know_of_it() {
    loom::model(|| {
        let home = LoopShared::new(String::from("home"), Clock::new(), None);
        let signal = Control::new(None, None);
        let first = link(&home);
        signal.add_away(&first).unwrap();
        let second = link(&home);
        let (adds, added) = (Arc::clone(&second), second.id);
        let heard = emit_while(move |signal| signal.add_away(&adds).unwrap(), &signal);

        let arrived = arrived(&home);
        let of = |id| {
            arrived
                .iter()
                .filter(|event| event.0 == id)
                .map(|event| event.1)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(first.id), [0, 1, 2]);
        let got = of(added);
        assert!((heard..3).all(|n| got.contains(&n)), "heard of at {heard}, got {got:?}");
        assert!(got.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{got:?}");
    });
}

#[test]
fn disconnected_link_gets_nothing_more_and_its_list_is_given_up() {
    loom::model(|| {
        let home = LoopShared::new(String::from("home"), Clock::new(), None);
        let signal = Control::new(None, None);
        let (kept, gone) = (link(&home), link(&home));
        signal.add_away(&kept).unwrap();
        signal.add_away(&gone).unwrap();
        let id = gone.id;
        let heard = emit_while(move |signal| signal.end(id), &signal);

        let arrived = arrived(&home);
        let of = |id| {
            arrived
                .iter()
                .filter(|event| event.0 == id)
                .map(|event| event.1)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(kept.id), [0, 1, 2]);
        assert!(of(id).iter().all(|n| *n < heard), "heard of at {heard}");
        drop(signal);
        assert_eq!(Arc::strong_count(&gone), 1, "the emitting thread's store has ended");
    });
}

#[test]
fn list_that_holds_a_closure_is_gone_with_its_disconnection() {
    loom::model(|| {
        let signal = Control::<u64>::new(None, None);
        let closure = Arc::new(());
        let held = Arc::clone(&closure);
        let slot = Box::new(move |_: &u64| drop(Arc::clone(&held)));
        let number = crate::sync::unique::next();
        let link = Link::new(number, Delivery::Direct, false, Takes::One, Target::Anywhere(slot));
        signal.add_away(&link).unwrap();
        drop(link);

        let emits = Arc::clone(&signal);
        let emitter = thread::spawn(move || {
            let store = Store::new();
            drop(emits.emit_from(&store, 1));
            drop(emits.emit_from(&store, 2));
            store
        });
        signal.end(number);
        let store = emitter.join().unwrap();
        assert_eq!(
            Arc::strong_count(&closure),
            1,
            "the closure lives on in a thread that emits no more"
        );
        drop(store);
    });
}

#[test]
fn signal_that_ends_leaves_nothing_of_its_own_to_who_emits() {
    loom::model(|| {
        let home = LoopShared::new(String::from("home"), Clock::new(), None);
        let signal = Control::new(None, None);
        let only = link(&home);
        signal.add_away(&only).unwrap();
        let heard = emit_while(|signal| signal.close(), &signal);
        assert_eq!(Arc::strong_count(&only), 1);
        let arrived = arrived(&home);
        assert!(
            arrived.iter().all(|event| event.1 < heard),
            "heard of at {heard}, got {arrived:?}"
        );
    });
}
