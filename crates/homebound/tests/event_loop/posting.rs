//! Closures posted from everywhere.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::support::{Log, heard, within_limit};
use homebound::EventLoop;

#[test]
fn posts_of_four_threads_all_arrive_in_order_per_sender() {
    const EACH: usize = 5_000;
    let home = EventLoop::new().unwrap();
    let seen = Rc::new(RefCell::new(vec![0_usize; 4]));
    let list = home.insert(Vec::new());
    let threads: Vec<_> = (0..4)
        .map(|sender| {
            let (list, proxy) = (list.handle(), home.proxy());
            std::thread::spawn(move || {
                for n in 0..EACH {
                    list.post(move |list: &mut Vec<(usize, usize)>| list.push((sender, n)))
                        .unwrap();
                }
                proxy.quit();
            })
        })
        .collect();
    (0..4).for_each(|_| home.run());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    home.drain();
    for (sender, n) in &*list.borrow() {
        let next = &mut seen.borrow_mut()[*sender];
        assert_eq!(n, next);
        *next += 1;
    }
    assert_eq!(*seen.borrow(), [EACH; 4]);
}

#[test]
fn posts_at_home_and_from_afar_keep_one_order() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let add = |name: &'static str| {
        let log = log.clone();
        move || log.add(name)
    };
    home.post(add("home 1")).unwrap();
    let (proxy, job) = (home.proxy(), add("afar"));
    within_limit(move || proxy.post(job).unwrap());
    home.post(add("home 2")).unwrap();
    home.drain();
    assert_eq!(log.take(), ["home 1", "afar", "home 2"]);
}

#[test]
fn a_panic_in_a_posted_closure_is_reported_and_the_loop_goes_on() {
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let ran = Rc::new(Cell::new(false));
    let seen = Rc::clone(&ran);
    home.post(|| panic!("posted panic on purpose")).unwrap();
    home.post(move || seen.set(true)).unwrap();
    assert_eq!(home.drain(), 2);
    assert!(ran.get());
    assert!(heard.mentions("posted panic on purpose"));
}
