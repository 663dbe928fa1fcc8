//! Functions that libraries call in a thread of their own.

use super::{Entries, classes};
use crate::model::infer::Infer;
use crate::model::project::FileId;
use crate::model::threads::{Cause, Entry};
use crate::model::types::{Class, ExprRef, FuncRef, Ty};
use crate::syntax::tree::{ExprId, ExprKind, Source, Tree};
use rustc_hash::FxHashMap;

/// What calls one of its arguments in a thread of the library's: its place, and its keyword.
const CALLERS: [(&str, usize, &str); 38] = [
    ("keyboard.add_hotkey", 1, "callback"),
    ("keyboard.hook", 0, "callback"),
    ("keyboard.hook_key", 1, "callback"),
    ("keyboard.on_press", 0, "callback"),
    ("keyboard.on_press_key", 1, "callback"),
    ("keyboard.on_release", 0, "callback"),
    ("keyboard.on_release_key", 1, "callback"),
    ("mouse.hook", 0, "callback"),
    ("mouse.on_click", 0, "callback"),
    ("mouse.on_button", 0, "callback"),
    ("pynput.keyboard.Listener", 0, "on_press"),
    ("pynput.keyboard.Listener", 1, "on_release"),
    ("pynput.mouse.Listener", 0, "on_move"),
    ("pynput.mouse.Listener", 1, "on_click"),
    ("pynput.mouse.Listener", 2, "on_scroll"),
    ("pynput.keyboard.GlobalHotKeys", 0, "hotkeys"),
    ("rospy.Subscriber", 2, "callback"),
    ("rospy.Service", 2, "handler"),
    ("rospy.Timer", 1, "callback"),
    ("sounddevice.Stream", ONLY_NAMED, "callback"),
    ("sounddevice.InputStream", ONLY_NAMED, "callback"),
    ("sounddevice.OutputStream", ONLY_NAMED, "callback"),
    ("sounddevice.RawInputStream", ONLY_NAMED, "callback"),
    ("sounddevice.RawOutputStream", ONLY_NAMED, "callback"),
    ("pyaudio.PyAudio#open", ONLY_NAMED, "stream_callback"),
    ("RPi.GPIO.add_event_detect", 2, "callback"),
    ("socketio.Client#on", 1, "handler"),
    ("speech_recognition.Recognizer#listen_in_background", 1, "callback"),
    (
        "apscheduler.schedulers.background.BackgroundScheduler#add_job",
        0,
        "func",
    ),
    ("multiprocessing.Pool#apply_async", 3, "callback"),
    ("multiprocessing.Pool#map_async", 3, "callback"),
    ("multiprocessing.pool.Pool#apply_async", 3, "callback"),
    ("multiprocessing.pool.ThreadPool#apply_async", 3, "callback"),
    ("multiprocessing.pool.ThreadPool#map_async", 3, "callback"),
    ("multiprocessing.Pool#apply_async", 4, "error_callback"),
    ("multiprocessing.pool.ThreadPool#apply_async", 4, "error_callback"),
    ("digi.xbee.devices.XBeeDevice#add_data_received_callback", 0, "callback"),
    (
        "digi.xbee.devices.ZigBeeDevice#add_data_received_callback",
        0,
        "callback",
    ),
];

const ONLY_NAMED: usize = usize::MAX;

/// Clients whose loop calls what is assigned to their `on_…`, in the thread that runs it.
const CLIENTS: [&str; 2] = ["paho.mqtt.client.Client", SOCKET];
const SOCKET: &str = "websocket.WebSocketApp";

/// Base classes whose `on_…` methods a thread of the library calls.
const HANDLERS: [&str; 4] = [
    "watchdog.events.FileSystemEventHandler",
    "watchdog.events.PatternMatchingEventHandler",
    "watchdog.events.RegexMatchingEventHandler",
    "watchdog.events.LoggingEventHandler",
];

type Known = FxHashMap<FuncRef, Cause>;

pub(in crate::model::threads) fn callbacks(infer: &Infer<'_>, known: &Known) -> Entries {
    let mut entries = Entries::new();
    let program = |file: &FileId| !infer.project.file(*file).is_test;
    for file in infer.project.ids().filter(program) {
        given(infer, file, &mut entries);
        futures(infer, file, &mut entries);
        handlers(infer, file, &mut entries);
        if looped(infer, file, known) {
            clients(infer, file, &mut entries);
        }
    }
    entries
}

fn given(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    for (caller, place, keyword) in CALLERS {
        let last = caller.rsplit(['.', '#']).next().unwrap_or(caller);
        for call in tree.method_calls(last) {
            let argument = call.args.get(place).copied().or_else(|| call.keyword(keyword));
            let Some(argument) = argument.filter(|_| is_named(infer, file, call.callee, caller)) else {
                continue;
            };
            for callable in callables(tree, argument) {
                push(infer, ExprRef::new(file, callable), caller, entries);
            }
        }
    }
}

fn is_named(infer: &Infer<'_>, file: FileId, callee: ExprId, name: &str) -> bool {
    let types = infer.in_file(file, callee);
    types.list.iter().filter_map(Ty::other).any(|other| other == name)
}

/// The values of a dictionary, or the one.
fn callables(tree: &Tree, argument: ExprId) -> Vec<ExprId> {
    match tree.kind(argument) {
        ExprKind::Dict(items) => items.iter().map(|(_, value)| *value).collect(),
        _ => vec![argument],
    }
}

/// `pool.submit(…).add_done_callback(…)`: whoever ends the future calls it.
fn futures(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    for call in tree.method_calls("add_done_callback") {
        let future = call
            .receiver
            .and_then(|receiver| made_by(infer, ExprRef::new(file, receiver)));
        let submitted = future.and_then(|future| tree.call(future)).is_some_and(|made| {
            let types = infer.in_file(file, made.callee);
            let mut names = types.list.iter().filter_map(Ty::other);
            names.any(|name| name.contains("ThreadPoolExecutor#"))
        });
        if let (true, Some(callable)) = (submitted, call.args.first()) {
            push(infer, ExprRef::new(file, *callable), "add_done_callback", entries);
        }
    }
}

/// The expression that a name is bound to, once, or the expression itself.
fn made_by(infer: &Infer<'_>, expr: ExprRef) -> Option<ExprId> {
    let tree = infer.project.tree(expr.file);
    let ExprKind::Name(name) = tree.kind(expr.expr) else {
        return Some(expr.expr);
    };
    match tree.func(tree.expr(expr.expr).func).bindings.get(name)?.as_slice() {
        [only] => match only.source {
            Source::Value(value) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn handlers(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    for class in classes(infer, file) {
        let own = Class::Own(class);
        let Some(base) = HANDLERS.iter().find(|base| infer.is_a(&own, base)) else {
            continue;
        };
        let mut methods: Vec<_> = infer.project.class(class).methods.iter().collect();
        methods.sort_unstable_by_key(|(_, func)| **func);
        for (_, func) in methods.into_iter().filter(|(name, _)| name.starts_with("on_")) {
            let func = FuncRef::new(class.file, *func);
            let range = infer.project.func(func).name_range;
            let message = format!("`{base}` calls {} in a thread of its own", infer.title(func));
            let file = class.file;
            let entry = Entry::Run;
            entries.push_back((
                func,
                Cause::Entry {
                    file,
                    range,
                    message,
                    entry,
                },
            ));
        }
    }
}

/// Whether the loops of a file's clients run in threads, all of them.
fn looped(infer: &Infer<'_>, file: FileId, known: &Known) -> bool {
    const LOOPS: [&str; 2] = ["loop_forever", "run_forever"];
    let tree = infer.project.tree(file);
    let mut here = LOOPS.iter().flat_map(|name| tree.method_calls(name)).peekable();
    if here.peek().is_some() {
        return here.all(|call| known.contains_key(&FuncRef::new(file, tree.expr(call.id).func)));
    }
    let mut targets = tree
        .method_calls("Thread")
        .filter_map(|call| call.argument(1, "target"));
    let is_loop = |target: ExprId| tree.last_name(target).is_some_and(|name| LOOPS.contains(&&**name));
    tree.method_calls("loop_start").next().is_some() || targets.any(is_loop)
}

/// `client.on_message = self.told`, `WebSocketApp(url, on_message=self.told)`.
fn clients(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    for (base, name, source) in &tree.foreign_attributes {
        let (true, Source::Value(value)) = (name.starts_with("on_"), source) else {
            continue;
        };
        let types = infer.in_file(file, *base);
        let classes = types.instances();
        let client = CLIENTS
            .iter()
            .find(|client| classes.iter().any(|class| infer.is_a(class, client)));
        if let Some(client) = client {
            push(infer, ExprRef::new(file, *value), client, entries);
        }
    }
    for call in tree
        .method_calls("WebSocketApp")
        .filter(|call| is_named(infer, file, call.callee, SOCKET))
    {
        let handlers = call
            .keywords
            .iter()
            .filter(|(name, _)| name.as_ref().is_some_and(|name| name.starts_with("on_")));
        for (_, handler) in handlers {
            push(infer, ExprRef::new(file, *handler), SOCKET, entries);
        }
    }
}

fn push(infer: &Infer<'_>, callable: ExprRef, how: &str, entries: &mut Entries) {
    for func in infer.functions(callable) {
        let message = format!(
            "`{}` calls {} in a thread of the library's",
            how.replace('#', "."),
            infer.title(func)
        );
        entries.push_back((
            func,
            Cause::Entry {
                file: callable.file,
                range: infer.project.tree(callable.file).range(callable.expr),
                message,
                entry: Entry::Run,
            },
        ));
    }
}
