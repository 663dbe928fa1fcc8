use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{Class, ClassRef};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, ExprKind, FuncId, Name, Source};

declare_rule! {
    /// ## What it does
    ///
    /// Reports timers that a worker makes in its constructor and starts in its thread.
    ///
    /// ## Why is this bad
    ///
    /// The constructor runs in the user interface, and the timer belongs there. Started elsewhere Qt prints "Timers
    /// cannot be started from another thread" and it never fires.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread, QTimer, pyqtSlot
    ///
    ///
    /// class Worker(QObject):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.timer = QTimer()
    ///         self.timer.timeout.connect(self.look)
    ///
    ///     @pyqtSlot()
    ///     def begin(self):
    ///         self.timer.start(1000)
    ///
    ///     @pyqtSlot()
    ///     def look(self):
    ///         read_some()
    ///
    ///
    /// def start():
    ///     thread = QThread()
    ///     worker = Worker()
    ///     worker.moveToThread(thread)
    ///     thread.started.connect(worker.begin)
    ///     return thread, worker
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread, QTimer, pyqtSlot
    ///
    ///
    /// class Worker(QObject):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.timer = QTimer(self)
    ///         self.timer.timeout.connect(self.look)
    ///
    ///     @pyqtSlot()
    ///     def begin(self):
    ///         self.timer.start(1000)
    ///
    ///     @pyqtSlot()
    ///     def look(self):
    ///         read_some()
    ///
    ///
    /// def start():
    ///     thread = QThread()
    ///     worker = Worker()
    ///     worker.moveToThread(thread)
    ///     thread.started.connect(worker.begin)
    ///     return thread, worker
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all: a child moves with its parent.
    ///
    /// ## Limits
    ///
    /// Only `QTimer` is looked at. `startTimer` moves with the object.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qtimer.html#details>
    pub(crate) static RULE = {
        code: "HB304",
        name: "qobject-wrong-thread",
        summary: "A timer is started in a thread that it does not belong to",
        group: Group::Affinity,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for class in context.classes() {
        let own = Class::Own(class);
        let thread = context.infer.is_a(&own, "QThread");
        let window = context.infer.is_gui(&own);
        if !thread && !window && !context.wiring.moved.contains(&class) {
            continue;
        }
        let mut attributes: Vec<&Name> = context.project().class(class).attributes.keys().collect();
        attributes.sort_unstable();
        for attr in attributes {
            let Some(made) = timer_of_init(context, class, attr, thread || window) else {
                continue;
            };
            if moved_itself(context, attr) {
                continue;
            }
            for call in starts(context, class, attr) {
                context
                    .report(&RULE, context.tree().range(call.id), format!("`self.{attr}` belongs to the thread that made it: Qt prints \"QObject::startTimer: Timers cannot be started from another thread\" and it never fires"))
                    .help(if window {
                        "emit a signal, and start it in the signal's slot"
                    } else if thread { "make the timer in `run`, and run an event loop there with `self.exec()`" } else { "make it a child, which moves along: `QTimer(self)`; or make it in the slot that starts it" })
                    .related(vec![context.related(context.tree().range(made), "made here, in the thread of the user interface")])
                    .done();
            }
        }
    }
}

/// The timer that the constructor makes; of a worker, one without a parent, which does not move along.
fn timer_of_init(context: &Context<'_>, class: ClassRef, attr: &Name, thread: bool) -> Option<ExprId> {
    let tree = context.tree();
    let [binding] = context.project().class(class).attributes.get(attr)?.as_slice() else {
        return None;
    };
    let Source::Value(made) = binding.source else {
        return None;
    };
    let call = tree.call(made)?;
    let qt = context.types(made).instances().as_slice() == [&Class::Qt(crate::qt::QtClass::named("QTimer")?)];
    let in_init = tree.func(tree.expr(made).func).name == "__init__";
    (qt && in_init && (thread || !call.has_arguments())).then_some(made)
}

fn moved_itself(context: &Context<'_>, attr: &Name) -> bool {
    let tree = context.tree();
    let on_it = |call: Call<'_>| call.receiver.and_then(|receiver| tree.last_name(receiver)) == Some(attr);
    ["moveToThread", "setParent"]
        .iter()
        .any(|name| tree.method_calls(name).any(on_it))
}

/// Starts of the timer in methods that run in the worker's thread and only there.
fn starts<'c>(context: &Context<'c>, class: ClassRef, attr: &Name) -> Vec<Call<'c>> {
    let tree = context.tree();
    let mut methods: Vec<FuncId> = context.project().class(class).methods.values().copied().collect();
    methods.sort_unstable();
    let worker = |func: &FuncId| {
        let func = context.func(*func);
        context.runs_on(func, Colour::Worker)
            && !context.runs_on(func, Colour::Ui)
            && !context.infer.asks_for_thread(func)
    };
    let ours = |call: &Call<'_>| {
        call.name == "start"
            && call.receiver.is_some_and(|receiver| {
                tree.self_attribute(receiver) == Some(attr) && matches!(tree.kind(receiver), ExprKind::Attribute { .. })
            })
    };
    methods
        .into_iter()
        .filter(worker)
        .flat_map(|func| tree.calls_in(func))
        .filter(ours)
        .collect()
}
