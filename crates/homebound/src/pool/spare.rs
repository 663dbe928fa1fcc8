//! Memory of tasks that have ended, kept by the thread that sends the next ones off, which allocates nothing then.

use std::cell::RefCell;
use std::sync::Arc;

use super::entry::Runnable;

/// How much a thread keeps.
const SPARE: usize = 256;

thread_local! {
    static TASKS: RefCell<Vec<Arc<dyn Runnable>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a task's memory, if nothing else is left of it and nobody else holds it.
pub(super) fn keep(task: Arc<dyn Runnable>) {
    if Arc::strong_count(&task) != 1 || !task.is_bare() {
        return;
    }
    // A thread that is ending keeps nothing.
    let _ = TASKS.try_with(|tasks| {
        let mut tasks = tasks.borrow_mut();
        if tasks.len() < SPARE {
            tasks.push(task);
        }
    });
}

/// Whether a thread that sends tasks off has no memory for them.
pub(super) fn is_empty() -> bool {
    TASKS.try_with(|tasks| tasks.borrow().is_empty()).unwrap_or(false)
}

/// Keeps what others have brought together.
pub(super) fn fill(bag: Vec<Arc<dyn Runnable>>) {
    let _ = TASKS.try_with(|tasks| tasks.replace(bag));
}

/// Memory for a new task.
pub(super) fn take() -> Option<Arc<dyn Runnable>> {
    TASKS.try_with(|tasks| tasks.borrow_mut().pop()).ok().flatten()
}
