use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{Class, ClassRef, FuncRef};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Binding, ExprId, ExprKind, FuncId, Name, Source};

declare_rule! {
    /// ## What it does
    ///
    /// Reports timers, serial ports and sockets that a worker makes in its constructor and uses in its thread, and timers
    /// that are started in a thread without an event loop.
    ///
    /// ## Why is this bad
    ///
    /// The constructor runs in the user interface, and the timer belongs there. Started elsewhere Qt prints "Timers
    /// cannot be started from another thread" and it never fires. A serial port or a socket makes children and notifiers
    /// when it is opened, and Qt refuses them in another thread: its signals never come. A timer that was made in the right
    /// thread needs its event loop: a `run` that loops by itself never lets it fire.
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
    /// `QTimer`, `QSerialPort`, the sockets and `QNetworkAccessManager` are looked at. `startTimer` moves with the object.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qtimer.html#details>
    pub(crate) static RULE = {
        code: "HB304",
        name: "qobject-wrong-thread",
        summary: "A timer or a socket is used in a thread that it does not belong to",
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
            let Some((made, kind)) = made_in_init(context, class, attr, thread || window) else {
                continue;
            };
            if moved_itself(context, attr) {
                continue;
            }
            for call in uses(context, class, attr, kind) {
                context
                    .report(&RULE, context.tree().range(call.id), kind.said(attr))
                    .help(kind.help(window, thread))
                    .related(vec![context.related(
                        context.tree().range(made),
                        "made here, in the thread of the user interface",
                    )])
                    .done();
            }
        }
    }
    loopless(context);
}

/// What an object needs its own thread for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Timer,
    /// A serial port, a socket: it makes children and notifiers.
    Device,
}

/// Classes that make children and notifiers when they are used.
const DEVICES: [&str; 5] = [
    "QSerialPort",
    "QAbstractSocket",
    "QTcpServer",
    "QNetworkAccessManager",
    "QWebSocket",
];

/// What makes them: opening, and the first wait or request.
const DEVICE_USES: [&str; 8] = [
    "open",
    "connectToHost",
    "bind",
    "listen",
    "get",
    "post",
    "waitForReadyRead",
    "waitForConnected",
];

impl Kind {
    fn of(class: &Class) -> Option<Self> {
        let Class::Qt(class) = class else { return None };
        if class.name() == "QTimer" {
            return Some(Self::Timer);
        }
        DEVICES.iter().any(|device| class.is_a(device)).then_some(Self::Device)
    }

    fn uses(self) -> &'static [&'static str] {
        match self {
            Self::Timer => &["start"],
            Self::Device => &DEVICE_USES,
        }
    }

    fn said(self, attr: &Name) -> String {
        match self {
            Self::Timer => format!(
                "`self.{attr}` belongs to the thread that made it: Qt prints \"QObject::startTimer: Timers cannot be started from another thread\" and it never fires"
            ),
            Self::Device => format!(
                "`self.{attr}` belongs to the thread that made it: Qt prints \"QObject: Cannot create children for a parent that is in a different thread\", and its signals do not come"
            ),
        }
    }

    fn help(self, window: bool, thread: bool) -> &'static str {
        match self {
            _ if window => "emit a signal, and do this in the signal's slot",
            Self::Timer if thread => "make the timer in `run`, and run an event loop there with `self.exec()`",
            Self::Device if thread => "make it in `run`, where it is used",
            Self::Timer => "make it a child, which moves along: `QTimer(self)`; or make it in the slot that starts it",
            Self::Device => "make it a child, which moves along, or make it in the slot that uses it",
        }
    }
}

/// What the constructor makes; of a worker, without a parent, so that it does not move along.
fn made_in_init(context: &Context<'_>, class: ClassRef, attr: &Name, thread: bool) -> Option<(ExprId, Kind)> {
    let tree = context.tree();
    let made = only_value(context, context.project().class(class).attributes.get(attr)?)?;
    let call = tree.call(made)?;
    let types = context.types(made);
    let kind = match types.instances().as_slice() {
        [class] => Kind::of(class)?,
        _ => return None,
    };
    let in_init = tree.func(tree.expr(made).func).name == "__init__";
    (in_init && (thread || !call.has_arguments())).then_some((made, kind))
}

/// The only value besides `None` that a name or an attribute is bound to.
fn only_value(context: &Context<'_>, bindings: &[Binding]) -> Option<ExprId> {
    let mut values = bindings.iter().filter(|binding| match binding.source {
        Source::Value(value) => !context.tree().is_none(value),
        Source::Annotated(_) => false,
        _ => true,
    });
    match (values.next()?.source, values.next()) {
        (Source::Value(value), None) => Some(value),
        _ => None,
    }
}

/// Whether the object is moved by itself, or its thread object was moved into its own thread with all children.
fn moved_itself(context: &Context<'_>, attr: &Name) -> bool {
    let tree = context.tree();
    let on_it = |call: Call<'_>| {
        let name = call.receiver.and_then(|receiver| tree.last_name(receiver));
        name == Some(attr) || call.name == "moveToThread" && name.is_some_and(|name| name == "self")
    };
    ["moveToThread", "setParent"]
        .iter()
        .any(|name| tree.method_calls(name).any(on_it))
}

/// Uses in methods that run in the worker's thread and only there; of a device the first of each method.
fn uses<'c>(context: &Context<'c>, class: ClassRef, attr: &Name, kind: Kind) -> Vec<Call<'c>> {
    let tree = context.tree();
    let mut methods: Vec<FuncId> = context.project().class(class).methods.values().copied().collect();
    methods.sort_unstable();
    let ours = |call: &Call<'_>| {
        kind.uses().contains(&call.name)
            && call.receiver.is_some_and(|receiver| {
                tree.self_attribute(receiver) == Some(attr) && matches!(tree.kind(receiver), ExprKind::Attribute { .. })
            })
    };
    let most = if kind == Kind::Timer { usize::MAX } else { 1 };
    methods
        .into_iter()
        .filter(|func| only_in_worker(context, context.func(*func)))
        .flat_map(|func| tree.calls_in(func).filter(ours).take(most))
        .collect()
}

fn only_in_worker(context: &Context<'_>, func: FuncRef) -> bool {
    context.runs_on(func, Colour::Worker) && !context.runs_on(func, Colour::Ui) && !context.infer.asks_for_thread(func)
}

/// Timers that a thread's function makes and starts, where no event loop runs.
fn loopless(context: &Context<'_>) {
    let tree = context.tree();
    for call in tree.method_calls("start") {
        let func = context.func(tree.expr(call.id).func);
        if !only_in_worker(context, func) || !context.threads.without_loop(context.infer, func) {
            continue;
        }
        let Some(made) = call
            .receiver
            .and_then(|receiver| timer_made_in(context, func, receiver))
        else {
            continue;
        };
        if waits_in_loop(context) {
            return;
        }
        context
            .report(
                &RULE,
                tree.range(call.id),
                "this thread runs no event loop, and a timer needs one: it never fires",
            )
            .help("let the loop itself look at the time, or run an event loop with `self.exec()` instead of the loop")
            .related(vec![
                context.related(tree.range(made), "the timer is made here, in the same thread"),
            ])
            .related(context.threads.chain(context.infer, func, Colour::Worker))
            .done();
    }
}

/// The construction of a timer by the same function, where the receiver is nothing else.
fn timer_made_in(context: &Context<'_>, func: FuncRef, receiver: ExprId) -> Option<ExprId> {
    let tree = context.tree();
    let bindings = if let ExprKind::Name(name) = tree.kind(receiver) {
        context.project().func(func).bindings.get(name)?
    } else {
        let class = context.project().class(context.infer.class_around(func)?);
        class.attributes.get(tree.self_attribute(receiver)?)?
    };
    let made = only_value(context, bindings)?;
    let types = context.types(made);
    let timer = matches!(types.instances().as_slice(), [class] if Kind::of(class) == Some(Kind::Timer));
    (timer && tree.call(made).is_some() && tree.expr(made).func == func.func).then_some(made)
}

/// Whether some code of the file runs an event loop in a thread: which one is hard to say.
fn waits_in_loop(context: &Context<'_>) -> bool {
    let tree = context.tree();
    let in_worker = |call: Call<'_>| context.runs_on(context.func(tree.expr(call.id).func), Colour::Worker);
    let own_run = |call: &Call<'_>| {
        call.receiver
            .is_some_and(|receiver| matches!(context.text(receiver), "super()" | "QThread" | "QtCore.QThread"))
    };
    ["exec", "exec_", "processEvents", "QEventLoop"]
        .iter()
        .any(|name| tree.method_calls(name).any(in_worker))
        || tree.method_calls("run").filter(own_run).any(in_worker)
}
