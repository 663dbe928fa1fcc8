//! What a program does to end its threads.

use super::way_out;
use crate::context::Context;
use crate::model::code::Call;
use crate::model::{Class, ClassRef, ExprRef, FuncRef, Ty};
use crate::syntax::tree::{ExprKind, FuncId, Name};

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
        let window = context.infer.is_gui(&Class::Own(class));
        let project = context.project();
        // `getattr(self, "thread")`, for each of several names.
        let quotes = |expr: &&crate::syntax::tree::Expr| matches!(&expr.kind, ExprKind::Str(text) if **text == **attr);
        let in_text: Vec<FuncId> = context
            .tree()
            .exprs
            .iter()
            .filter(quotes)
            .map(|expr| expr.func)
            .collect();
        for file in project.ids() {
            let tree = project.tree(file);
            for (index, func) in (0..).zip(&tree.funcs) {
                let named = func
                    .attributes
                    .iter()
                    .any(|id| names(context, ExprRef::new(file, *id), class, attr));
                if named || (file == class.file && in_text.contains(&FuncId(index))) {
                    let func = FuncRef::new(file, FuncId(index));
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
        let mut waits = false;
        for call in tree.calls_in(func.func) {
            match call.name {
                // A close that is refused while the thread runs waits as well.
                "wait" | "terminate" | "ignore" => waits = true,
                "quit" | "exit" | "requestInterruption" => self.asked = true,
                "connect" | "disconnect" | "moveToThread" | "hasattr" | "isinstance" | "print" | "bool" | "setattr"
                | "getattr" => {}
                _ => {
                    let callee = ExprRef::new(func.file, call.callee);
                    let handed = call.args.iter().any(|arg| tree.last_name(*arg) == Some(attr));
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
                && tree
                    .calls_in(target.func)
                    .any(|call| matches!(call.name, "wait" | "terminate"));
            self.asked |= thread && tree.func(target.func).name.contains("stop");
        }
        waits
    }
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
        call.receiver
            .is_some_and(|receiver| matches!(tree.kind(receiver), ExprKind::Name(name) if name != "self"))
    };
    let here = tree.calls_in(func.func).any(|call| match call.name {
        "ignore" => true,
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
