//! Closures of one type that are posted one after the other: they lie together, and nobody can tell.

#[path = "support/threads.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use homebound::{Delivery, Emitter, EventLoop, Handle, LoopProxy, NestedRun, Unhandled};
use support::{Count, Log, Remote};

/// Posts one of a series: each call's closure is of the same type.
fn note(to: &Handle<Vec<usize>>, n: usize) {
    to.post(move |list: &mut Vec<usize>| list.push(n)).unwrap();
}

fn note_otherwise(to: &Handle<Vec<usize>>, n: usize) {
    let spread = [n; 40];
    to.post(move |list: &mut Vec<usize>| list.push(spread[n % 40])).unwrap();
}

/// Posts numbers in five ways, in an order that mixes runs of one way with changes after each.
fn post_mixed(to: &Handle<Vec<usize>>, emitter: &Emitter<usize>, from: usize, count: usize) {
    for n in from..from + count {
        match (n / 7 + n / 64 + n % 3 * (n / 500)) % 5 {
            0 | 1 => note(to, n),
            2 => note_otherwise(to, n),
            3 => drop(emitter.emit(n)),
            _ => to.post(|list: &mut Vec<usize>| list.push(list.len())).unwrap(),
        }
    }
}

#[test]
fn whatever_is_posted_arrives_in_the_order_of_posting() {
    let home = EventLoop::new().unwrap();
    let list = home.insert(Vec::new());
    let emitter = Emitter::new();
    emitter
        .with(Delivery::Queued)
        .connect(&list, |list, n| list.push(*n))
        .unwrap();

    let (to, from_afar) = (list.handle(), emitter.clone());
    std::thread::spawn(move || post_mixed(&to, &from_afar, 0, 5000))
        .join()
        .unwrap();
    post_mixed(&list.handle(), &emitter, 5000, 5000);
    assert_eq!(home.drain(), 10_000, "each closure counts as an event");

    assert!(list.borrow().iter().copied().eq(0..10_000));
}

#[test]
fn loop_inside_of_a_closure_goes_on_with_the_next_one_of_its_series() {
    fn post(to: &LoopProxy, log: &Log<&'static str>, line: &'static str) {
        let log = log.clone();
        let run = move || {
            log.add(line);
            let home = EventLoop::current().unwrap();
            match line {
                "opens" => {
                    NestedRun::new(&home).run();
                    log.add("closed");
                }
                "closes" => home.quit(),
                _ => {}
            }
        };
        to.post(run).unwrap();
    }
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    for line in ["before", "opens", "inside", "closes", "after"] {
        post(&home.proxy(), &log, line);
    }
    let quit = home.proxy();
    home.run();
    assert_eq!(log.take(), ["before", "opens", "inside", "closes", "closed"]);

    quit.quit();
    home.run();
    assert_eq!(log.take(), ["after"]);
}

#[test]
fn closures_of_a_series_wait_for_an_object_that_runs() {
    let home = EventLoop::new().unwrap();
    let list = home.insert(Vec::new());
    let to = list.handle();
    let inside = to.clone();
    to.post(move |list: &mut Vec<usize>| {
        let home = EventLoop::current().unwrap();
        (1..5).for_each(|n| note(&inside, n));
        home.proxy().post(|| EventLoop::current().unwrap().quit()).unwrap();
        NestedRun::new(&home).run();
        assert!(list.is_empty(), "they waited");
        list.push(0);
    })
    .unwrap();
    home.run();
    (5..8).for_each(|n| note(&to, n));
    home.drain();
    assert_eq!(*list.borrow(), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn urgent_closure_overtakes_the_rest_of_a_series() {
    let home = EventLoop::new().unwrap();
    let list = home.insert(Vec::new());
    let to = list.handle();
    for n in 0..4 {
        let again = to.clone();
        to.post(move |list: &mut Vec<usize>| {
            list.push(n);
            if n == 1 {
                again
                    .post_with_priority(1, |list: &mut Vec<usize>| list.push(100))
                    .unwrap();
                again
                    .post_with_priority(-1, |list: &mut Vec<usize>| list.push(200))
                    .unwrap();
            }
        })
        .unwrap();
    }
    home.drain();
    assert_eq!(*list.borrow(), [0, 1, 100, 2, 3, 200]);
}

#[test]
fn panic_in_one_closure_leaves_the_rest_of_its_series() {
    let home = EventLoop::new().unwrap();
    let list = home.insert(Vec::new());
    for n in 0..10 {
        let post = move |list: &mut Vec<usize>| {
            assert_ne!(n, 4, "this one panics");
            list.push(n);
        };
        list.handle().post(post).unwrap();
    }
    home.drain();
    assert_eq!(*list.borrow(), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
}

/// Panics when it is dropped.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a destructor");
    }
}

#[test]
fn closures_that_never_run_are_counted_and_dropped_one_by_one() {
    let heard = Log::new();
    let hears = heard.clone();
    homebound::on_unhandled(move |what| {
        if let Unhandled::Undelivered { home, events } = what
            && home == "left with bombs"
        {
            hears.add(*events);
        }
    });
    let home = EventLoop::builder().name("left with bombs").build().unwrap();
    let list = home.insert(Vec::<usize>::new());
    let dropped = Arc::new(AtomicUsize::new(0));
    for _ in 0..300 {
        let bomb = Bomb(Arc::clone(&dropped));
        list.handle().post(move |_| drop(bomb)).unwrap();
    }
    drop(home);
    assert_eq!(dropped.load(Ordering::Relaxed), 300);
    assert_eq!(heard.take(), [300]);
}

#[test]
fn what_is_taken_back_is_counted_by_closures() {
    let home = EventLoop::new().unwrap();
    let (list, other) = (home.insert(Vec::new()), home.insert(Vec::new()));
    let held = Count::new();
    for n in 0..600 {
        let one = held.one();
        let to = if n % 100 == 99 { other.handle() } else { list.handle() };
        to.post(move |list: &mut Vec<usize>| {
            let _one = &one;
            list.push(n);
        })
        .unwrap();
    }
    assert_eq!(home.discard_pending(&list), 594);
    assert_eq!(held.get(), 6);
    home.drain();
    assert_eq!(*other.borrow(), [99, 199, 299, 399, 499, 599]);
    assert!(list.borrow().is_empty());
}

#[test]
fn closures_of_any_size_arrive_as_they_were() {
    let home = EventLoop::new().unwrap();
    let sum = home.insert(0_usize);
    let to = sum.handle();
    std::thread::spawn(move || {
        for n in 0..20_usize {
            let large = [n; 1500];
            to.post(move |sum: &mut usize| *sum += large.iter().sum::<usize>())
                .unwrap();
            to.post(|sum: &mut usize| *sum += 1).unwrap();
            to.post(|sum: &mut usize| *sum += 1).unwrap();
        }
    })
    .join()
    .unwrap();
    home.drain();
    assert_eq!(*sum.borrow(), 190 * 1500 + 40);
}

#[test]
fn closures_of_two_threads_arrive_once_and_each_in_order() {
    let remote = Remote::new("home");
    let lists: Arc<[Log<usize>; 2]> = Arc::new([Log::new(), Log::new()]);
    let threads: Vec<_> = (0..2)
        .map(|thread| {
            let (to, lists) = (remote.proxy.clone(), Arc::clone(&lists));
            std::thread::spawn(move || {
                for n in 0..20_000 {
                    let lists = Arc::clone(&lists);
                    // Every hundredth one of a type of its own.
                    if n % 100 == 0 {
                        let noted = (n, thread);
                        to.post(move || lists[noted.1].add(noted.0)).unwrap();
                    } else {
                        to.post(move || lists[thread].add(n)).unwrap();
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    remote.settle();
    for list in &*lists {
        assert!(list.take().into_iter().eq(0..20_000));
    }
}
