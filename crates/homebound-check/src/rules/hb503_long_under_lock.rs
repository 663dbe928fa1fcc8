use super::blocking;
use super::locks::{calls_under, sections, takes};
use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{ExprRef, FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports sleeps, waits for a network or a process, and emits in the user interface, while a lock is held that
    /// the user interface takes too.
    ///
    /// ## Why is this bad
    ///
    /// The user interface stands still until the lock is free. An emit runs its direct slots at once: one of them
    /// that takes the lock waits for itself.
    ///
    /// ## Example
    ///
    /// ```python
    /// import threading
    /// import time
    ///
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    /// lock = threading.Lock()
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         with lock:
    ///             time.sleep(5)
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton(self)
    ///         self.button.clicked.connect(self.show_items)
    ///
    ///     def show_items(self):
    ///         with lock:
    ///             self.button.setText("items")
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// import threading
    /// import time
    ///
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    /// lock = threading.Lock()
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         time.sleep(5)
    ///         with lock:
    ///             self.items = []
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton(self)
    ///         self.button.clicked.connect(self.show_items)
    ///
    ///     def show_items(self):
    ///         with lock:
    ///             self.button.setText("items")
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Calls are not followed: what blocks must stand in the section itself.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qmutex.html>
    pub(crate) static RULE = {
        code: "HB503",
        name: "long-under-lock",
        summary: "A lock that the user interface takes is held for long",
        group: Group::Locks,
        default: true,
        level: 1,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for section in sections(context.infer, context.id) {
        let func = context.func(section.func);
        if context.project().func(func).name == "__init__" || context.infer.asks_for_thread(func) {
            continue;
        }
        let found = calls_under(context.tree(), &section)
            .into_iter()
            .find_map(|call| Some((long(context, &call)?, call)));
        let Some((said, call)) = found else { continue };
        let taken_on = |colour| takes(context.infer, &section.lock, |func| context.runs_on(func, colour));
        if !taken_on(Colour::Ui) || (call.name == "emit" && !taken_on(Colour::Worker)) {
            continue;
        }
        context
            .report(
                &RULE,
                context.tree().range(call.id),
                format!(
                    "{said} while `{}` is held: the user interface takes this lock too and stands still meanwhile",
                    section.title
                ),
            )
            .help("take what is needed out of the lock, release it, then do this")
            .related(vec![
                context.related(context.tree().range(section.taken), "the lock is taken here"),
            ])
            .done();
    }
}

fn long(context: &Context<'_>, call: &Call<'_>) -> Option<String> {
    // From a worker the slots of the window run later, in their own thread.
    let here = context.func(context.tree().expr(call.id).func);
    let direct = context.runs_on(here, Colour::Ui) && !context.runs_on(here, Colour::Worker);
    if direct && call.name == "emit" && context.types(call.callee).list.contains(&Ty::Emit) {
        return Some("a signal is emitted, whose direct slots run here,".to_owned());
    }
    blocking::blocks(context, call).or_else(|| {
        let targets = context.infer.targets(context.at(call.id), call.callee);
        targets.into_iter().find_map(|target| {
            let said = called(context, target)?;
            Some(format!("{} is called, and {said},", context.infer.title(target)))
        })
    })
}

/// What blocks in a function that is called under the lock.
fn called(context: &Context<'_>, func: FuncRef) -> Option<String> {
    let tree = context.project().tree(func.file);
    tree.calls_in(func.func)
        .find_map(|call| blocking::blocks_in(context.infer, ExprRef::new(func.file, call.id)))
}
