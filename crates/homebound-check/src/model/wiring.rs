//! Which signals are connected to what, and which objects are moved to threads.

mod arguments;

use super::code::Call;
use super::infer::Infer;
use super::project::{FileId, Project};
use super::types::{Class, ClassRef, ExprRef, FuncRef, Ty};
use crate::binding::Api;
use crate::syntax::tree::{ExprId, ExprKind, Name, Source, Tree};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

/// `signal.connect(slot)`.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    pub call: ExprRef,
    /// The object whose signal it is, as written.
    pub sender: Option<ExprId>,
    /// What the sender may be.
    pub sender_classes: Vec<Class>,
    pub signal: Name,
    pub slot: ExprId,
    pub slots: Vec<Ty>,
    pub kind: Option<Name>,
}

/// `object.moveToThread(thread)`.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub call: ExprRef,
    pub object: ExprId,
    pub classes: Vec<Class>,
}

#[derive(Debug, Default)]
pub(crate) struct Wiring {
    pub connects: Vec<Connect>,
    pub moves: Vec<Move>,
    /// The program's own classes of which an object is moved.
    pub moved: FxHashSet<ClassRef>,
}

impl Wiring {
    pub(crate) fn new(project: &Project<'_>) -> Self {
        let files: Vec<FileId> = project.ids().collect();
        let parts: Vec<(Vec<Move>, Vec<Connect>)> = files.par_iter().map(|file| of_file(project, *file)).collect();
        let mut wiring = Self::default();
        for (moves, connects) in parts {
            wiring.moves.extend(moves);
            wiring.connects.extend(connects);
        }
        let infer = Infer::new(project);
        let moved = wiring
            .moves
            .iter()
            .flat_map(|moved| &moved.classes)
            .filter_map(|class| match class {
                Class::Own(own) if !infer.is_gui(class) => Some(*own),
                _ => None,
            });
        wiring.moved = moved.collect();
        wiring
    }

    pub(crate) fn in_file(&self, file: FileId) -> impl Iterator<Item = &Connect> {
        self.connects.iter().filter(move |connect| connect.call.file == file)
    }

    pub(crate) fn moves_in(&self, file: FileId) -> impl Iterator<Item = &Move> {
        self.moves.iter().filter(move |moved| moved.call.file == file)
    }

    pub(crate) fn is_moved(&self, infer: &Infer<'_>, class: ClassRef) -> bool {
        let related = |base: &Class| matches!(base, Class::Own(own) if self.moved.contains(own));
        self.moved.contains(&class) || infer.ancestry(class).iter().any(related)
    }
}

fn of_file(project: &Project<'_>, file: FileId) -> (Vec<Move>, Vec<Connect>) {
    let infer = Infer::new(project);
    let tree = project.tree(file);
    let moves = tree
        .method_calls("moveToThread")
        .filter_map(|call| find_move(&infer, file, &call))
        .collect();
    let mut connects: Vec<Connect> = tree
        .method_calls("connect")
        .filter_map(|call| find_connect(&infer, file, &call))
        .collect();
    connects.extend(arguments::connects(&infer, file));
    (moves, connects)
}

fn find_move(infer: &Infer<'_>, file: FileId, call: &Call<'_>) -> Option<Move> {
    let object = call.receiver?;
    let thread = call.args.first().copied();
    let text = thread.map_or("", |thread| {
        infer.project.file(file).slice(infer.project.tree(file).range(thread))
    });
    // Back to the user interface.
    if ["mainThread", "main_thread", "instance()", "app.thread", "qApp"]
        .iter()
        .any(|word| text.contains(word))
    {
        return None;
    }
    if thread.is_some_and(|thread| is_somebodys(infer, ExprRef::new(file, thread))) {
        return None;
    }
    // One name may stand for a method and, later, for the worker.
    let classes = infer
        .in_file(file, object)
        .values()
        .filter_map(Ty::instance)
        .cloned()
        .collect();
    Some(Move {
        call: ExprRef::new(file, call.id),
        object,
        classes,
    })
}

/// Whether a thread is asked from an object: the move leads back to where that lives.
fn is_somebodys(infer: &Infer<'_>, thread: ExprRef) -> bool {
    let tree = infer.project.tree(thread.file);
    let asked = |expr: ExprId| {
        tree.call(expr)
            .is_some_and(|call| matches!(call.name, "thread" | "currentThread"))
    };
    let ExprKind::Name(name) = tree.kind(thread.expr) else {
        return asked(thread.expr);
    };
    let func = tree.func(tree.expr(thread.expr).func);
    let bindings = func.bindings.get(name).into_iter().flatten();
    bindings
        .into_iter()
        .any(|binding| matches!(binding.source, Source::Value(value) if asked(value)))
}

fn find_connect(infer: &Infer<'_>, file: FileId, call: &Call<'_>) -> Option<Connect> {
    let tree = infer.project.tree(file);
    let mut signal = call.receiver?;
    if let ExprKind::Subscript { value, .. } = tree.kind(signal) {
        signal = *value;
    }
    let slot = *call.args.first()?;
    let types = infer.in_file(file, signal);
    let is_signal = types.list.iter().any(|ty| matches!(ty, Ty::Signal(..)));
    let name = tree.last_name(signal)?.clone();
    let sender = match tree.kind(signal) {
        ExprKind::Attribute { value, .. } => Some(*value),
        _ => None,
    };
    let ui_child = types
        .list
        .iter()
        .any(|ty| matches!(ty.instance(), Some(Class::Other(name)) if name == super::types::UI_CHILD));
    let nothing_known = types.unknown && types.list.is_empty();
    if !(is_signal || ui_child || nothing_known) {
        return None;
    }
    let mut sender_classes: Vec<Class> = types
        .list
        .iter()
        .filter_map(|ty| match ty {
            Ty::Signal(class, _) | Ty::Instance(class) => Some(class.clone()),
            _ => None,
        })
        .collect();
    if let Some(sender) = sender {
        let more = infer.in_file(file, sender);
        let known = more
            .instances()
            .into_iter()
            .filter(|class| !sender_classes.contains(class))
            .cloned()
            .collect::<Vec<_>>();
        sender_classes.extend(known);
    }
    let slots = infer.in_file(file, slot).values().cloned().collect();
    let kind = call.argument(1, "type").and_then(|kind| connection_kind(tree, kind));
    Some(Connect {
        call: ExprRef::new(file, call.id),
        sender,
        sender_classes,
        signal: name,
        slot,
        slots,
        kind,
    })
}

fn connection_kind(tree: &Tree, expr: ExprId) -> Option<Name> {
    tree.last_name(expr)
        .filter(|name| name.ends_with("Connection"))
        .cloned()
}

impl Connect {
    /// The program's own functions that the slot may be, with the object's class.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (FuncRef, Option<ClassRef>)> {
        self.slots.iter().filter_map(|ty| match ty {
            Ty::Func(func) => Some((*func, None)),
            Ty::Method(func, class) => Some((*func, Some(*class))),
            _ => None,
        })
    }

    /// Whether the object of the slot is moved later in the same function, in a binding where an undecorated slot then
    /// stays behind.
    pub(crate) fn precedes_move(&self, infer: &Infer<'_>, wiring: &Wiring) -> Option<ExprRef> {
        let binding = infer.project.binding(self.call.file)?;
        if !matches!(binding.api, Api::PyQt5 | Api::PyQt6) {
            return None;
        }
        let tree = infer.project.tree(self.call.file);
        let ExprKind::Attribute { value, .. } = tree.kind(self.slot) else {
            return None;
        };
        let object = tree.path(*value)?;
        let here = tree.expr(self.call.expr);
        let later = wiring.moves_in(self.call.file).find(|moved| {
            let there = tree.expr(moved.call.expr);
            there.func == here.func
                && there.range.start > here.range.start
                && tree.path(moved.object).as_ref() == Some(&object)
        })?;
        let undecorated = self
            .functions()
            .any(|(func, class)| class.is_some() && !infer.is_slot(func));
        undecorated.then_some(later.call)
    }
}

impl Infer<'_> {
    /// Whether a function bears the binding's decorator for slots.
    pub(crate) fn is_slot(&self, func: FuncRef) -> bool {
        let decorators = &self.project.func(func).decorators;
        let tree = self.project.tree(func.file);
        decorators.iter().any(|decorator| {
            let named = tree.call(*decorator).map_or(*decorator, |call| call.callee);
            tree.last_name(named)
                .is_some_and(|name| name.to_ascii_lowercase().contains("slot"))
        })
    }
}
