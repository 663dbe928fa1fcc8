//! What the tests of the pool share: a pool, a gate that keeps a thread of it busy, a log.

#![expect(dead_code, unreachable_pub, reason = "each test file uses some of it")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use homebound::ThreadPool;

pub const LONG: Duration = Duration::from_mins(1);
/// How often stress tests go round; the more, the rarer the interleavings that are met.
pub const ROUNDS: usize = 200;

pub fn pool(max: usize) -> ThreadPool {
    ThreadPool::builder().max_threads(max).name("test").build()
}

/// Keeps one thread of a pool busy until it is dropped.
pub struct Gate(Option<SyncSender<()>>);

impl Gate {
    pub fn close(pool: &ThreadPool) -> Self {
        let (open, gate): (_, Receiver<()>) = sync_channel(0);
        let entered = Arc::new(Barrier::new(2));
        let inside = Arc::clone(&entered);
        pool.spawn_with_priority(i32::MAX, move || {
            inside.wait();
            let _ = gate.recv();
        })
        .unwrap();
        entered.wait();
        Self(Some(open))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.0 = None;
    }
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<std::sync::atomic::AtomicUsize>, Arc<[AtomicUsize; 32]>);

impl Log {
    pub fn note(&self, what: usize) {
        let at = self.0.fetch_add(1, Ordering::SeqCst);
        self.1[at].store(what, Ordering::SeqCst);
    }
    pub fn taken(&self) -> Vec<usize> {
        (0..self.0.load(Ordering::SeqCst))
            .map(|at| self.1[at].load(Ordering::SeqCst))
            .collect()
    }
}

pub fn start<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> thread::JoinHandle<R> {
    thread::Builder::new().spawn(f).expect("the system gives threads")
}
