//! Models of the reply: an answer or its loss reaches whoever waits.

use ::loom::future::block_on;
use ::loom::thread;

use super::{ReplyError, reply};
use crate::waits::Awaited;

#[test]
fn answer_reaches_a_waiting_thread() {
    ::loom::model(|| {
        let (replier, mut reply) = reply(Awaited::Anybody);
        let answers = thread::spawn(move || replier.answer(7));
        assert_eq!(reply.wait(), Ok(7));
        answers.join().unwrap();
        assert_eq!(reply.wait(), Err(ReplyError::Taken));
    });
}

#[test]
fn loss_reaches_a_waiting_thread() {
    ::loom::model(|| {
        let (replier, mut reply) = reply::<u32>(Awaited::Anybody);
        let gone = thread::spawn(move || drop(replier));
        assert_eq!(reply.wait(), Err(ReplyError::Lost));
        gone.join().unwrap();
    });
}

#[test]
fn answer_wakes_a_future() {
    ::loom::model(|| {
        let (replier, reply) = reply(Awaited::Anybody);
        let answers = thread::spawn(move || replier.answer(7));
        assert_eq!(block_on(reply), Ok(7));
        answers.join().unwrap();
    });
}
