//! What the tests of loops, objects and signals share: a loop on a thread of its own, a log, a value that counts its drops.

#![expect(dead_code, unreachable_pub, reason = "each test file uses some of it")]

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use homebound::{EventLoop, LoopProxy, Unhandled};

/// Nothing takes this long; whoever waits longer has found a hang.
pub const LIMIT: Duration = Duration::from_secs(20);

/// What happened, in order, from any thread.
#[derive(Clone)]
pub struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Log<T> {
    pub fn new() -> Self {
        Self(Arc::default())
    }

    pub fn add(&self, entry: T) {
        self.0.lock().unwrap().push(entry);
    }

    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// The name of the thread that this is called on.
pub fn thread_name() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

/// Panics with these words when it is dropped.
pub struct PanicsInDrop(pub &'static str);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

/// A loop that runs on a thread of its own until this is dropped.
pub struct Remote {
    pub proxy: LoopProxy,
    thread: Option<JoinHandle<()>>,
    ended: mpsc::Receiver<()>,
}

impl Remote {
    pub fn new(name: &str) -> Self {
        let (tell, told) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let home = EventLoop::new().unwrap();
                tell.send(home.proxy()).unwrap();
                home.run();
                drop(home);
                let _ = end.send(());
            })
            .unwrap();
        Self {
            proxy: told.recv_timeout(LIMIT).unwrap(),
            thread: Some(thread),
            ended,
        }
    }

    /// Returns when the loop has delivered what was posted before.
    pub fn settle(&self) {
        let (tell, told) = mpsc::channel();
        self.proxy.post(move || tell.send(()).unwrap()).unwrap();
        told.recv_timeout(LIMIT).expect("the loop settles");
    }

    /// Keeps the loop busy until the returned sender is used or dropped; returns once it is.
    pub fn hold(&self) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        self.proxy
            .post(move || {
                tell.send(()).unwrap();
                let _ = released.recv_timeout(LIMIT);
            })
            .unwrap();
        told.recv_timeout(LIMIT).expect("the loop gets here");
        release
    }

    /// Runs `job` there and brings back what it returns.
    pub fn call<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> R {
        let (tell, told) = mpsc::channel();
        self.proxy.post(move || tell.send(job()).unwrap()).unwrap();
        told.recv_timeout(LIMIT).expect("the loop answers")
    }

    /// Ends the loop and its thread.
    pub fn end(&mut self) {
        self.proxy.quit_now();
        if let Some(thread) = self.thread.take() {
            self.ended.recv_timeout(LIMIT).expect("the loop ends");
            thread.join().unwrap();
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

/// Runs `job` on a thread of its own; panics if it hangs.
pub fn within_limit<R: Send + 'static>(job: impl FnOnce() -> R + Send + 'static) -> R {
    let (tell, told) = mpsc::channel();
    let thread = std::thread::spawn(move || tell.send(job()).unwrap());
    let result = match told.recv_timeout(LIMIT) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Err(payload) => std::panic::resume_unwind(payload),
            Ok(()) => unreachable!("it has sent"),
        },
    };
    thread.join().unwrap();
    result
}

/// Counts itself: one more while it lives.
pub struct Alive(Arc<AtomicUsize>);

/// How many [`Alive`] of this count live.
#[derive(Clone, Default)]
pub struct Count(Arc<AtomicUsize>);

impl Count {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn one(&self) -> Alive {
        self.0.fetch_add(1, Ordering::SeqCst);
        Alive(Arc::clone(&self.0))
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Says on which thread it is dropped.
pub struct TellsThread(pub mpsc::Sender<std::thread::ThreadId>);

impl Drop for TellsThread {
    fn drop(&mut self) {
        let _ = self.0.send(std::thread::current().id());
    }
}

/// Makes a value not `Send`.
pub type NotSend = std::rc::Rc<Cell<u32>>;

/// Keeps what the hook hears, so that a test can look for what is its own.
pub fn heard() -> Log<String> {
    static HEARD: std::sync::OnceLock<Log<String>> = std::sync::OnceLock::new();
    HEARD
        .get_or_init(|| {
            let log = Log::new();
            let keep = log.clone();
            homebound::on_unhandled(move |what: &Unhandled| keep.add(what.to_string()));
            log
        })
        .clone()
}

impl Log<String> {
    /// Whether an entry contains `text`.
    pub fn mentions(&self, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|entry| entry.contains(text))
    }
}
