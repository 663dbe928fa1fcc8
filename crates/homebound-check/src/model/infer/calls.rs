//! What calls answer with.

use super::annotations::data_class;
use super::{Infer, Key};
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef, Ty, Types, UI_CHILD, UI_PAIR};
use crate::qt::QtClass;
use crate::syntax::tree::{ExprId, ExprKind, FuncKind, Name};
use std::rc::Rc;

impl Infer<'_> {
    pub(super) fn call(&self, call: ExprRef, callee: ExprId, args: &[ExprId]) -> Types {
        let at = |id: &ExprId| self.in_file(call.file, *id);
        let callees = at(&callee);
        let mut out = Types {
            list: Vec::new(),
            unknown: callees.unknown,
        };
        for ty in callees.values() {
            match ty {
                Ty::Class(class) => out.add(Ty::Instance(class.clone())),
                Ty::Func(func) | Ty::Method(func, _) => out.join(&self.returned(*func)),
                Ty::QtMethod(class, name, own) => out.join(&self.qt_answer(call, *class, name, *own, args)),
                Ty::Other(name) => out.join(&self.other_answer(call, name, args)),
                Ty::Data => out.add(Ty::Data),
                _ => out.unknown = true,
            }
        }
        out
    }

    /// What a function returns.
    pub(crate) fn returned(&self, func: FuncRef) -> Rc<Types> {
        self.memo(Key::Returns(func), || {
            let def = self.project.func(func);
            if def.is_async || def.has_yield {
                return Types::unknown();
            }
            if let Some(returns) = def.returns {
                let types = self.annotation(ExprRef::new(func.file, returns));
                if !types.unknown {
                    return types;
                }
            }
            let mut types = Types::default();
            def.returned
                .iter()
                .take(12)
                .for_each(|value| types.join(&self.in_file(func.file, *value)));
            if def.returned.is_empty() {
                types.add(Ty::None);
            }
            types
        })
    }

    fn qt_answer(&self, call: ExprRef, class: QtClass, name: &Name, own: Option<ClassRef>, args: &[ExprId]) -> Types {
        match (&**name, own) {
            ("parent" | "parentWidget" | "window", Some(own)) => self.parent_of(own),
            ("findChild", _) => args
                .first()
                .map_or_else(Types::unknown, |class| self.object_of(call, *class)),
            ("sender" | "instance" | "property" | "userData" | "itemData" | "data", _) => Types::unknown(),
            ("load", _) if class.is_a("QUiLoader") => Types::one(Ty::Instance(Class::Other(UI_CHILD.into()))),
            _ => match class.method(name) {
                Some((_, Some(answer))) => Types::one(Ty::Instance(Class::Qt(answer))),
                Some((_, None)) => Types::one(Ty::Data),
                None => Types::unknown(),
            },
        }
    }

    fn object_of(&self, call: ExprRef, class: ExprId) -> Types {
        let mut out = Types::default();
        for ty in self.in_file(call.file, class).values() {
            match ty {
                Ty::Class(class) => out.add(Ty::Instance(class.clone())),
                _ => out.unknown = true,
            }
        }
        out
    }

    fn other_answer(&self, call: ExprRef, name: &str, args: &[ExprId]) -> Types {
        let first = || {
            args.first()
                .map_or_else(Types::unknown, |arg| (*self.in_file(call.file, *arg)).clone())
        };
        match name {
            "qt.Signal" => Types::one(Ty::SignalDefinition),
            "builtins.super" => self.super_object(call),
            "functools.partial" | "weakref.proxy" => first(),
            _ if name.contains("Queue#get") => self.queued(call),
            "requests.session" => Types::one(Ty::Instance(Class::Other("requests.Session".into()))),
            "builtins.getattr" => self.getattr(call, args),
            "typing.cast" => args
                .first()
                .map_or_else(Types::unknown, |class| self.annotation(ExprRef::new(call.file, *class))),
            "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.sorted" | "builtins.reversed"
            | "copy.copy" => {
                if args.is_empty() {
                    Types::one(Ty::Sequence(Vec::new()))
                } else {
                    first()
                }
            }
            "builtins.dict" | "collections.deque" | "collections.defaultdict" | "weakref.WeakSet" => {
                Types::one(Ty::Sequence(Vec::new()))
            }
            // With a second argument the form's children become that object's own.
            _ if name.ends_with(".loadUi") && args.len() == 1 => {
                Types::one(Ty::Instance(Class::Other(UI_CHILD.into())))
            }
            _ if name.ends_with(".loadUiType") => Types::one(Ty::Instance(Class::Other(UI_PAIR.into()))),
            "builtins.open" => Types::one(Ty::Instance(Class::Other("io.TextIOWrapper".into()))),
            _ if data_class(name)
                || matches!(
                    name,
                    "builtins.len" | "builtins.repr" | "builtins.input" | "builtins.round" | "time.time"
                ) =>
            {
                Types::one(Ty::Data)
            }
            _ => {
                let last = name.rsplit(['.', '#']).next().unwrap_or_default();
                if last.starts_with(|c: char| c.is_uppercase()) && !name.contains('#') {
                    Types::one(Ty::Instance(Class::Other(name.into())))
                } else {
                    Types::unknown()
                }
            }
        }
    }

    /// What is put into a queue of the same name, somewhere in the program.
    fn queued(&self, call: ExprRef) -> Types {
        let tree = self.project.tree(call.file);
        let receiver = tree.call(call.expr).and_then(|call| call.receiver);
        let Some(name) = receiver.and_then(|receiver| tree.last_name(receiver)) else {
            return Types::unknown();
        };
        let mut out = Types {
            list: Vec::new(),
            unknown: true,
        };
        for file in self.project.ids() {
            let tree = self.project.tree(file);
            let puts = ["put", "put_nowait"].iter().flat_map(|put| tree.method_calls(put));
            for put in puts.filter(|put| put.receiver.and_then(|receiver| tree.last_name(receiver)) == Some(name)) {
                if let Some(item) = put.args.first() {
                    out.join(&self.in_file(file, *item));
                }
            }
        }
        out
    }

    fn getattr(&self, call: ExprRef, args: &[ExprId]) -> Types {
        let [object, name, rest @ ..] = args else {
            return Types::unknown();
        };
        let ExprKind::Str(name) = self.project.kind(ExprRef::new(call.file, *name)) else {
            return Types::unknown();
        };
        let mut types = self.attribute(&self.in_file(call.file, *object), &Name::from(&**name));
        rest.iter()
            .for_each(|default| types.join(&self.in_file(call.file, *default)));
        types
    }

    fn super_object(&self, call: ExprRef) -> Types {
        let tree = self.project.tree(call.file);
        let mut at = Some(tree.expr(call.expr).func);
        while let Some(func) = at {
            let def = tree.func(func);
            if let (FuncKind::Def, Some(class)) = (def.kind, def.class) {
                return Types::one(Ty::Super(ClassRef::new(call.file, class)));
            }
            at = def.outer;
        }
        Types::unknown()
    }
}
