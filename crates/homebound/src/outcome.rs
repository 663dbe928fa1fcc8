//! The one outcome of a job, and what can go wrong in it.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::cancel::{CancelReason, Cancelled};

/// How a job ended. Every job ends in exactly one of these, also one that never started.
///
/// # Examples
///
/// ```
/// use homebound::{Outcome, ThreadPool};
///
/// let pool = ThreadPool::builder().build();
/// let job = pool.task(|_| Ok(6 * 7)).spawn()?;
/// assert!(matches!(job.wait(), Outcome::Done(42)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an outcome may say that the job failed or panicked"]
pub enum Outcome<T> {
    /// The job returned a value.
    Done(T),
    /// The job returned an error.
    Failed(Failure),
    /// The job panicked; the thread it ran on lives on.
    Panicked(PanicReport),
    /// The job was cancelled, before its start or at one of its cancel points.
    Cancelled(CancelReason),
    /// The job's deadline passed.
    TimedOut,
    /// The job was never taken on.
    Rejected(RejectReason),
}

/// Why a job was never taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectReason {
    /// A lane's places and its queue were taken.
    LaneFull,
    /// A lane let newer work have its place in the queue.
    Replaced,
    /// No thread was free.
    Busy,
    /// The pool takes no more work.
    Closed,
    /// The system gave no thread to run it on.
    NoThread,
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LaneFull => "the lane is full",
            Self::Replaced => "newer work took its place in the lane",
            Self::Busy => "no thread is free",
            Self::Closed => "the pool is closed",
            Self::NoThread => "the system gave no thread",
        })
    }
}

/// Says how the job ended, without its value.
impl<T> fmt::Display for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(_) => f.write_str("done"),
            Self::Failed(failure) => write!(f, "failed: {failure}"),
            Self::Panicked(report) => report.fmt(f),
            Self::Cancelled(reason) => write!(f, "cancelled: {reason}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Rejected(reason) => write!(f, "rejected: {reason}"),
        }
    }
}

impl<T> Outcome<T> {
    /// Turns what a job returned into its outcome: a [`Cancelled`] that came up through `?` is recognised here.
    pub fn from_result(result: Result<T, Failure>) -> Self {
        match result {
            Ok(value) => Self::Done(value),
            Err(failure) => match failure.downcast_ref::<Cancelled>() {
                Some(cancelled) => Self::cancelled(cancelled.reason()),
                None => Self::Failed(failure),
            },
        }
    }

    /// Returns the outcome of a job that was cancelled for `reason`: a deadline's is [`Outcome::TimedOut`].
    pub fn cancelled(reason: CancelReason) -> Self {
        match reason {
            CancelReason::Deadline => Self::TimedOut,
            reason => Self::Cancelled(reason),
        }
    }

    /// Returns whether the job returned a value.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Returns whether the job was cancelled; a deadline that passed counts.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_) | Self::TimedOut)
    }

    /// Returns the value, if there is one.
    pub fn ok(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the value, or whatever else happened as an error.
    ///
    /// # Errors
    /// The job's own failure; [`Cancelled`], [`PanicReport`] or [`RejectReason`] inside a [`Failure`] otherwise.
    pub fn into_result(self) -> Result<T, Failure> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Failed(failure) => Err(failure),
            Self::Panicked(report) => Err(report.into()),
            Self::Cancelled(reason) => Err(Cancelled::new(reason).into()),
            Self::TimedOut => Err(Cancelled::new(CancelReason::Deadline).into()),
            Self::Rejected(reason) => Err(reason.into()),
        }
    }

    /// Changes the value, if there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(value) => Outcome::Done(change(value)),
            Self::Failed(failure) => Outcome::Failed(failure),
            Self::Panicked(report) => Outcome::Panicked(report),
            Self::Cancelled(reason) => Outcome::Cancelled(reason),
            Self::TimedOut => Outcome::TimedOut,
            Self::Rejected(reason) => Outcome::Rejected(reason),
        }
    }

    /// Returns the same outcome without the value.
    pub fn without_value(&self) -> Outcome<()> {
        match self {
            Self::Done(_) => Outcome::Done(()),
            Self::Failed(failure) => Outcome::Failed(failure.clone()),
            Self::Panicked(report) => Outcome::Panicked(report.clone()),
            Self::Cancelled(reason) => Outcome::Cancelled(*reason),
            Self::TimedOut => Outcome::TimedOut,
            Self::Rejected(reason) => Outcome::Rejected(*reason),
        }
    }
}

impl Error for RejectReason {}

/// Why a job failed: any error, by `?`.
///
/// It is no [`Error`] itself (that is what lets `?` turn every error into it); [`Failure::as_error`] is the error inside.
/// `Clone` gives the same failure.
///
/// A `Box<dyn Error + Send + Sync>` is no error itself to Rust: hand it up with `.map_err(Failure::from_boxed)?`.
///
/// # Examples
///
/// ```
/// use homebound::Failure;
///
/// fn parse(text: &str) -> Result<u32, Failure> {
///     let number: u32 = text.trim().parse()?;
///     if number == 0 {
///         return Err(Failure::msg("zero is no number of threads"));
///     }
///     Ok(number)
/// }
/// assert!(parse("x").unwrap_err().downcast_ref::<std::num::ParseIntError>().is_some());
/// assert_eq!(parse("0").unwrap_err().to_string(), "zero is no number of threads");
/// ```
#[derive(Clone)]
pub struct Failure(Arc<dyn Error + Send + Sync>);

impl Failure {
    /// Makes a failure from words.
    pub fn msg(message: impl Into<String>) -> Self {
        Self(Arc::from(Box::<dyn Error + Send + Sync>::from(message.into())))
    }

    /// Makes a failure from an error in a box, as other error types give it.
    pub fn from_boxed(error: Box<dyn Error + Send + Sync>) -> Self {
        Self(Arc::from(error))
    }

    /// Returns the error inside.
    pub fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// Returns the error inside if it is an `E`.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref::<E>()
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Failure {
    /// The message and what caused it, as a program that ends with this failure shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// What is known about a panic that was caught. `Clone` gives the same report.
#[derive(Clone, Debug)]
pub struct PanicReport(Arc<PanicFacts>);

#[derive(Debug)]
struct PanicFacts {
    message: String,
    location: Option<String>,
    task: Option<Arc<str>>,
}

impl PanicReport {
    /// Makes a report from what `catch_unwind` caught.
    pub(crate) fn new(payload: &(dyn Any + Send), location: Option<String>, task: Option<Arc<str>>) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
            (*text).to_owned()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.clone()
        } else {
            "a panic whose payload is no text".to_owned()
        };
        Self(Arc::new(PanicFacts {
            message,
            location,
            task,
        }))
    }

    /// Returns what the panic said.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns where it happened (`file:line:column`), if that is known.
    ///
    /// It is unknown when the program has set its own panic hook after the first job was started.
    pub fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// Returns the name of the task that panicked, if it has one.
    pub fn task(&self) -> Option<&str> {
        self.0.task.as_deref()
    }
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task() {
            Some(task) => write!(f, "task '{task}' panicked")?,
            None => f.write_str("panicked")?,
        }
        if let Some(location) = self.location() {
            write!(f, " at {location}")?;
        }
        write!(f, ": {}", self.message())
    }
}

impl Error for PanicReport {}
