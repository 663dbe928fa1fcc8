//! Models of a move while others post: run with `ci/loom.sh`.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use loom::thread;

use crate::clock::Clock;
use crate::event::{Body, Event};
use crate::event_loop::{LoopInner, TurnBudget};
use crate::home::{Installer, LoopShared, Resident, RovingHome};
use crate::slot::Receive;

/// An object with nothing but a home.
struct Traveller(Arc<Resident>);

impl Receive for Traveller {
    fn receive(&self, _home: &LoopInner, _body: Body) -> Result<(), Body> {
        Ok(())
    }

    fn wait(&self, _event: Event) {}

    fn roving_home(&self) -> Option<&RovingHome> {
        self.0.roving()
    }

    fn resident(&self) -> u64 {
        self.0.id
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What brings it to its new home.
struct Arrives(u64);

impl Installer for Arrives {
    fn install(self: Box<Self>, _home: &LoopInner) {}

    fn target(&self) -> u64 {
        self.0
    }
}

fn home(name: &str) -> Arc<LoopShared> {
    LoopShared::new(name.to_owned(), Clock::new(), None)
}

/// What waits at a home, in order: 0 for the arrival, else what was posted.
fn waiting(home: &LoopShared) -> Vec<u64> {
    let mut queue = home.queue.close();
    std::iter::from_fn(|| queue.pop_any())
        .map(|event| match event.body {
            Body::Words((n, _)) => n,
            _ => 0,
        })
        .collect()
}

fn move_while(posters: &'static [&'static [u64]]) {
    loom::model(move || {
        let (a, b) = (home("a"), home("b"));
        let resident = Resident::movable(Arc::clone(&a));
        let threads: Vec<_> = posters
            .iter()
            .map(|numbers| {
                let resident = Arc::clone(&resident);
                thread::spawn(move || {
                    for n in *numbers {
                        assert!(resident.post(Event::words(resident.id, (*n, 0))).is_ok());
                    }
                })
            })
            .collect();

        let inner = LoopInner::new(Arc::clone(&a), TurnBudget::default());
        let object: Rc<dyn Receive> = Rc::new(Traveller(Arc::clone(&resident)));
        let installers: Vec<Box<dyn Installer>> = vec![Box::new(Arrives(resident.id))];
        assert!(inner.hand_over(&object, &b, installers, &mut Vec::new()).is_ok());
        assert!(resident.is_home(b.id));

        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(waiting(&a), [], "nothing stays behind");
        let arrived = waiting(&b);
        assert_eq!(arrived[0], 0, "the object comes before what is for it");
        for numbers in posters {
            let of_this: Vec<_> = arrived.iter().copied().filter(|n| numbers.contains(n)).collect();
            assert_eq!(of_this, *numbers, "each sender's in order, none lost, none twice");
        }
        assert_eq!(
            arrived.len(),
            1 + posters.iter().map(|numbers| numbers.len()).sum::<usize>()
        );
    });
}

#[test]
fn what_one_thread_posts_during_a_move_arrives_once_and_in_order() {
    move_while(&[&[1, 2, 3]]);
}

#[test]
fn what_two_threads_post_during_a_move_arrives_once_and_each_in_order() {
    move_while(&[&[1, 2], &[3]]);
}
