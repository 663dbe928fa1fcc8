//! The next emission of a signal, as a future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Signal;
use crate::connection::{ConnectOptions, ConnectionGuard};
use crate::reply::{Reply, reply};
use crate::sync::Mutex;
use crate::waits::Awaited;

/// The arguments of a signal's next emission: `None` if the signal ends before. Dropping it ends its connection.
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Next<A> {
    reply: Reply<A>,
    _connection: Option<ConnectionGuard>,
}

pub(super) fn next<A: Clone + Send + 'static>(signal: &Signal<A>) -> Next<A> {
    let (replier, reply) = reply(Awaited::Anybody);
    let replier = Mutex::new(Some(replier));
    let connection = signal
        .with(ConnectOptions::new().single_shot())
        .connect_direct(move |args: &A| {
            let taken = replier.lock().take();
            if let Some(replier) = taken {
                replier.answer(args.clone());
            }
        });
    Next {
        reply,
        _connection: connection.ok().map(crate::connection::Connection::guard),
    }
}

impl<A> Future for Next<A> {
    type Output = Option<A>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<A>> {
        Pin::new(&mut self.reply).poll(cx).map(Result::ok)
    }
}
