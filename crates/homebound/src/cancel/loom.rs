//! The tree under every interleaving of two or three threads.

use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};

use super::{CancelReason, CancellationToken};

fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(body);
}

#[test]
fn loom_child_made_while_its_parent_is_cancelled_is_cancelled() {
    model(|| {
        let root = CancellationToken::new();
        let canceller = {
            let root = root.clone();
            loom::thread::spawn(move || root.cancel())
        };
        let child = root.child();
        let grandchild = child.child();
        canceller.join().unwrap();
        assert!(child.is_cancelled() && grandchild.is_cancelled());
    });
}

#[test]
fn loom_callback_runs_once_or_is_taken_back() {
    model(|| {
        let token = CancellationToken::new();
        let called = Arc::new(AtomicUsize::new(0));
        let canceller = {
            let token = token.clone();
            loom::thread::spawn(move || token.cancel())
        };
        let note = |called: &Arc<AtomicUsize>| {
            let called = Arc::clone(called);
            move || {
                called.fetch_add(1, Ordering::SeqCst);
            }
        };
        token.on_cancel(note(&called)).detach();
        let taken_back = Arc::new(AtomicUsize::new(0));
        drop(token.on_cancel(note(&taken_back)));
        canceller.join().unwrap();
        assert_eq!(called.load(Ordering::SeqCst), 1);
        assert!(taken_back.load(Ordering::SeqCst) <= 1);
    });
}

#[test]
fn loom_two_cancels_leave_one_reason_and_a_child_may_go_meanwhile() {
    model(|| {
        let root = CancellationToken::new();
        let child = root.child();
        let other = {
            let root = root.clone();
            loom::thread::spawn(move || root.cancel_with(CancelReason::Shutdown))
        };
        let dropper = loom::thread::spawn(move || drop(child));
        root.cancel_with(CancelReason::Requested);
        let first = root.reason();
        other.join().unwrap();
        dropper.join().unwrap();
        assert!(first.is_some());
        assert_eq!(root.reason(), first);
    });
}

#[test]
fn loom_waiting_thread_is_woken() {
    model(|| {
        let token = CancellationToken::new();
        let waiter = {
            let token = token.clone();
            loom::thread::spawn(move || token.wait())
        };
        token.cancel();
        assert_eq!(waiter.join().unwrap(), CancelReason::Requested);
    });
}
