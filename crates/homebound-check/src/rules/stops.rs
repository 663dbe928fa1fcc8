//! What a program does to end its threads.

use super::way_out;
use crate::context::Context;
use crate::model::code::Call;
use crate::model::{Class, ClassRef, ExprRef, FileId, FuncRef, Ty};
use crate::syntax::tree::{Expr, ExprId, ExprKind, FuncId, Name, Source, StmtId, StmtKind, Tree};
use crate::text::TextRange;

/// What the program does to end a thread.
pub(super) struct Stops {
    pub asked: bool,
    pub awaited: bool,
    /// Awaited, perhaps only where a button says so.
    pub elsewhere: bool,
}

impl Stops {
    /// Looks at every function of the program that names the attribute.
    pub(super) fn find(context: &Context<'_>, class: ClassRef, attr: &Name) -> Self {
        let mut stops = Self {
            asked: false,
            awaited: false,
            elsewhere: false,
        };
        // The class that Qt's designer wrote is the window's other half.
        let designed = context.project().class(class).methods.contains_key("setupUi");
        let window = designed || context.infer.is_gui(&Class::Own(class));
        let project = context.project();
        let in_text = quoted(context, attr);
        let program = |file: &FileId| *file == class.file || !project.file(*file).is_test;
        for file in project.ids().filter(program) {
            let tree = project.tree(file);
            for (index, func) in (0..).zip(&tree.funcs) {
                let named = func
                    .attributes
                    .iter()
                    .any(|id| names(context, ExprRef::new(file, *id), class, attr));
                let func = FuncRef::new(file, FuncId(index));
                if named || in_text.contains(&func) {
                    let found = stops.look(context, func, attr);
                    // What only a button reaches does not help when the window closes.
                    stops.elsewhere |= found;
                    stops.awaited |= found && (!window || way_out::may_be(context, class, func));
                }
            }
        }
        stops
    }

    /// Whether a function that names the thread waits for it.
    fn look(&mut self, context: &Context<'_>, func: FuncRef, attr: &Name) -> bool {
        let tree = context.project().tree(func.file);
        let mut waits = polls(tree, func.func);
        for call in tree.calls_in(func.func) {
            match call.name {
                "wait" | "terminate" => waits |= may_be_thread(context, func.file, &call),
                // A close that is refused while the thread runs waits as well.
                "ignore" => waits |= refuses_while_working(tree, &call),
                "quit" | "exit" | "requestInterruption" => self.asked = true,
                "connect" | "disconnect" | "moveToThread" | "hasattr" | "isinstance" | "print" | "bool" | "setattr"
                | "getattr" => {}
                _ if hands_over_wait(tree, &call, attr) => waits = true,
                "append" | "add" => {
                    let kept = call.args.iter().any(|arg| tree.last_name(*arg) == Some(attr));
                    let list = call.receiver.and_then(|list| tree.last_name(list));
                    waits |= kept && list.is_none_or(|list| all_are_awaited(context, list));
                }
                _ => {
                    let callee = ExprRef::new(func.file, call.callee);
                    let handed = call.args.iter().any(|arg| stands_for(tree, *arg, attr));
                    waits |= self.own_method(context, callee, handed);
                }
            }
        }
        waits
    }

    /// Whether a method of the program's own waits, such as the thread's `stop`, or whoever the thread is handed to.
    fn own_method(&mut self, context: &Context<'_>, callee: ExprRef, handed: bool) -> bool {
        let types = context.infer.expr(callee);
        // Who knows what it does with the thread.
        let mut waits = handed && types.list.is_empty();
        for ty in &types.list {
            let (target, class) = match ty {
                Ty::Method(target, class) => (target, Some(*class)),
                Ty::Func(target) => (target, None),
                _ => continue,
            };
            let tree = context.project().tree(target.file);
            let thread = class.is_some_and(|class| context.infer.is_a(&Class::Own(class), "QThread"));
            waits |= (thread || handed)
                && tree.calls_in(target.func).any(|call| {
                    matches!(call.name, "wait" | "terminate") && may_be_thread(context, target.file, &call)
                });
            self.asked |= thread && tree.func(target.func).name.contains("stop");
        }
        waits
    }
}

/// Whether something is known to be no thread: `self.audio.terminate()`, `self.condition.wait(mutex)`.
fn may_be_thread(context: &Context<'_>, file: FileId, call: &Call<'_>) -> bool {
    let Some(receiver) = call.receiver else { return true };
    let types = context.infer.expr(ExprRef::new(file, receiver));
    let classes = types.instances();
    classes.is_empty() || types.unknown || classes.iter().any(|class| context.infer.is_a(class, "QThread"))
}

/// The functions that ask for an attribute by its quoted name: `getattr(tab, "thread", None)`.
fn quoted(context: &Context<'_>, attr: &Name) -> Vec<FuncRef> {
    let project = context.project();
    let asks = |tree: &Tree, call: &Call<'_>| {
        let name = call.args.get(1);
        name.is_some_and(|name| matches!(tree.kind(*name), ExprKind::Str(text) if **text == **attr))
    };
    let here = context
        .tree()
        .exprs
        .iter()
        .filter(|expr| matches!(&expr.kind, ExprKind::Str(text) if **text == **attr));
    let mut out: Vec<FuncRef> = here.map(|expr| context.func(expr.func)).collect();
    for file in project.ids() {
        let tree = project.tree(file);
        let asked = tree.calls_named("getattr").iter().filter_map(|call| tree.call(*call));
        out.extend(
            asked
                .filter(|call| asks(tree, call))
                .map(|call| FuncRef::new(file, tree.expr(call.id).func)),
        );
    }
    out
}

/// Whether a value is the attribute, or a local that was set to it.
fn stands_for(tree: &Tree, expr: ExprId, attr: &Name) -> bool {
    let is = |value: ExprId| {
        let quotes = |call: Call<'_>| {
            let name = call.args.get(1).filter(|_| call.name == "getattr");
            name.is_some_and(|name| matches!(tree.kind(*name), ExprKind::Str(text) if **text == **attr))
        };
        tree.last_name(value) == Some(attr) || tree.call(value).is_some_and(quotes)
    };
    let ExprKind::Name(local) = tree.kind(expr) else {
        return is(expr);
    };
    let bindings = tree
        .func(tree.expr(expr).func)
        .bindings
        .get(local)
        .into_iter()
        .flatten();
    local == attr
        || bindings
            .into_iter()
            .any(|binding| matches!(binding.source, Source::Value(value) if is(value)))
}

/// Whether `wait` of the thread is handed to a call as a function: `await to_thread(self.thread.wait)`.
fn hands_over_wait(tree: &Tree, call: &Call<'_>, attr: &Name) -> bool {
    call.name != "connect"
        && call.args.iter().any(|arg| match tree.kind(*arg) {
            ExprKind::Attribute { value, attr: name, .. } => name == "wait" && stands_for(tree, *value, attr),
            _ => false,
        })
}

/// Whether a loop goes on until a thread has ended.
fn polls(tree: &Tree, func: FuncId) -> bool {
    let asks = |range: TextRange| {
        tree.calls_within(func, range)
            .any(|call| matches!(call.name, "isRunning" | "isFinished"))
    };
    let loops = tree
        .statements(&tree.func(func).body)
        .into_iter()
        .filter_map(|stmt| match tree.stmt(stmt).kind {
            StmtKind::While { test, .. } => Some((stmt, test)),
            _ => None,
        });
    loops.into_iter().any(|(stmt, test)| {
        let endless = matches!(tree.kind(test), ExprKind::Bool(true));
        asks(tree.range(test)) || (endless && asks(tree.stmt(stmt).range))
    })
}

/// The ways on which an object is left.
const LEAVES: [&str; 7] = ["closeEvent", "reject", "done", "close", "shutdown", "cleanup", "stop"];

/// Whether an object, or the window that it is a part of, refuses to close, or waits for threads that it keeps
/// under names of its own: all of them, in a loop.
pub(super) fn closes_with_care(context: &Context<'_>, class: ClassRef) -> bool {
    let below = context.project().hierarchy.below(class);
    let family = std::iter::once(class).chain(below);
    family.into_iter().any(|class| {
        let leaves = LEAVES.iter().filter_map(|name| context.infer.method(class, name));
        leaves.into_iter().any(|func| careful(context, func, 0))
    })
}

fn careful(context: &Context<'_>, func: FuncRef, depth: u32) -> bool {
    let tree = context.project().tree(func.file);
    let local = |call: &Call<'_>| {
        let Some(receiver) = call.receiver else { return false };
        let types = context.infer.expr(ExprRef::new(func.file, receiver));
        let classes = types.instances();
        let thread = classes.is_empty() || classes.iter().any(|class| context.infer.is_a(class, "QThread"));
        thread && matches!(tree.kind(receiver), ExprKind::Name(name) if name != "self")
    };
    let here = tree.calls_in(func.func).any(|call| match call.name {
        "ignore" => refuses_while_working(tree, &call) && speaks_of_work(tree, func.func),
        "wait" | "terminate" => local(&call),
        _ => false,
    });
    here || (depth < 2
        && context
            .infer
            .callees(func)
            .into_iter()
            .any(|(target, _)| careful(context, target, depth + 1)))
}

/// Words of conditions on which a window refuses to close while something runs.
const WORK: [&str; 8] = ["run", "busy", "thread", "work", "active", "process", "progress", "task"];

fn speaks_of_work(tree: &Tree, func: FuncId) -> bool {
    tree.exprs.iter().any(|expr| expr.func == func && says_work(expr))
}

fn says_work(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => {
            let name = name.to_ascii_lowercase();
            WORK.iter().any(|word| name.contains(word))
        }
        _ => false,
    }
}

/// Whether a close is refused for good, or on a condition that speaks of work; not where the user is merely asked
/// whether he means it.
fn refuses_while_working(tree: &Tree, call: &Call<'_>) -> bool {
    let Some(stmt) = tree.stmt_of(call.id) else { return true };
    let func = tree.expr(call.id).func;
    let ifs = || {
        let all = tree.statements(&tree.func(func).body).into_iter();
        all.filter(|stmt| is_if(tree, *stmt))
    };
    let returns = |test: StmtId| {
        let bodies = tree
            .blocks(test)
            .into_iter()
            .flat_map(|(_, block)| tree.statements(block));
        bodies
            .into_iter()
            .any(|inner| matches!(tree.stmt(inner).kind, StmtKind::Return))
    };
    let left_before = |test: StmtId| tree.stmt(test).range.end < tree.stmt(stmt).range.start && returns(test);
    let conditional = tree.around(stmt).any(|(outer, _)| is_if(tree, outer)) || ifs().any(left_before);
    let of_work = |test: StmtId| tree.exprs.iter().any(|expr| expr.stmt == Some(test) && says_work(expr));
    !conditional || ifs().any(of_work)
}

fn is_if(tree: &Tree, stmt: StmtId) -> bool {
    matches!(tree.stmt(stmt).kind, StmtKind::If { .. })
}

/// Whether somewhere the threads in a list of this name are awaited.
fn all_are_awaited(context: &Context<'_>, list: &Name) -> bool {
    context.project().ids().any(|file| {
        let tree = context.project().tree(file);
        let waits = ["wait", "terminate", "join"]
            .iter()
            .flat_map(|name| tree.method_calls(name));
        let funcs: Vec<FuncId> = waits.map(|call| tree.expr(call.id).func).collect();
        tree.exprs.iter().any(|expr| match &expr.kind {
            ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => name == list && funcs.contains(&expr.func),
            _ => false,
        })
    })
}

/// Whether an expression is the attribute of an object of the class, or of who knows what.
fn names(context: &Context<'_>, expr: ExprRef, class: ClassRef, attr: &Name) -> bool {
    let ExprKind::Attribute { value, attr: name, .. } = context.project().kind(expr) else {
        return false;
    };
    if name != attr {
        return false;
    }
    let types = context.infer.expr(expr.beside(*value));
    let related = |ty: &Ty| match ty {
        Ty::Instance(Class::Own(own)) => {
            context.infer.ancestry(*own).contains(&Class::Own(class))
                || context.infer.ancestry(class).contains(&Class::Own(*own))
        }
        _ => false,
    };
    let anybody = || types.values().next().is_none() && types.unknown;
    types.list.iter().any(related) || (anybody() && context.project().acquainted(expr.file, class.file))
}
