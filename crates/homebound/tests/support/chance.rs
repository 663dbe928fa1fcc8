//! What tests of chance use: dice that can be thrown again, and a watchdog.

#![expect(unreachable_pub, reason = "shared by test files")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// By how much stress tests are to be larger than their small defaults.
pub fn factor() -> usize {
    std::env::var("HOMEBOUND_STRESS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1)
}

/// Ends the process if the test hangs: a hang is a failure, not a long wait.
pub struct Watchdog(Arc<AtomicBool>);

impl Watchdog {
    pub fn new(name: &'static str, limit: Duration) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&done);
        std::thread::spawn(move || {
            let mut left = limit.as_millis();
            while left > 0 && !watched.load(Ordering::SeqCst) {
                std::thread::park_timeout(Duration::from_millis(20));
                left = left.saturating_sub(20);
            }
            if !watched.load(Ordering::SeqCst) {
                eprintln!("{name} hangs");
                std::process::abort();
            }
        });
        Self(done)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// xorshift: the same seed, the same run (but for the threads' own order).
pub struct Dice(pub u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}
