//! Attributes of values.

use super::{Infer, Key};
use crate::model::imports::{dotted, member};
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef, Ty, Types, UI_CHILD};
use crate::qt::QtClass;
use crate::syntax::tree::{ExprKind, Name, Source};
use std::rc::Rc;

impl Infer<'_> {
    /// What an attribute of a value may be.
    pub(crate) fn attribute(&self, value: &Types, attr: &Name) -> Types {
        let mut out = Types {
            list: Vec::new(),
            unknown: value.unknown,
        };
        for ty in value.values() {
            match ty {
                Ty::Instance(class) => out.join(&self.of_instance(class, attr)),
                Ty::Class(class) => out.join(&self.of_class(class, attr)),
                Ty::Module(file) => {
                    let types = self.exported(*file, attr);
                    out.unknown |= types.list.is_empty();
                    out.join(&types);
                }
                Ty::Other(path) => out.add(member(path, attr)),
                Ty::Signal(..) if attr == "emit" => out.add(Ty::Emit),
                Ty::Super(class) => out.join(&self.of_super(*class, attr)),
                Ty::Data => out.add(Ty::Data),
                _ => out.unknown = true,
            }
        }
        out
    }

    fn of_instance(&self, class: &Class, attr: &Name) -> Types {
        match class {
            Class::Own(own) => (*self.own_attribute(*own, attr)).clone(),
            Class::Qt(qt) => qt_attribute(*qt, attr, None).map_or_else(Types::unknown, Types::one),
            Class::Other(name) if is_ui_class(name) => Types::one(Ty::Instance(Class::Other(UI_CHILD.into()))),
            Class::Other(name) => Types::one(Ty::Other(arcstr::format!("{name}#{attr}"))),
        }
    }

    fn of_class(&self, class: &Class, attr: &Name) -> Types {
        match class {
            Class::Own(own) => {
                if let Some(func) = self.method(*own, attr) {
                    let bound = self.has_decorator(func, "classmethod");
                    return Types::one(if bound { Ty::Method(func, *own) } else { Ty::Func(func) });
                }
                (*self.own_attribute(*own, attr)).clone()
            }
            Class::Qt(qt) => qt_attribute(*qt, attr, None).map_or_else(|| Types::one(Ty::Data), Types::one),
            Class::Other(name) => Types::one(Ty::Other(dotted(name, attr))),
        }
    }

    fn of_super(&self, class: ClassRef, attr: &Name) -> Types {
        for base in self.ancestry(class).iter().skip(1) {
            let found = match base {
                Class::Own(own) => self
                    .project
                    .class(*own)
                    .methods
                    .get(attr)
                    .map(|func| Ty::Method(FuncRef::new(own.file, *func), *own)),
                Class::Qt(qt) => qt_attribute(*qt, attr, Some(class)),
                Class::Other(name) => Some(Ty::Other(arcstr::format!("{name}#{attr}"))),
            };
            if let Some(found) = found {
                return Types::one(found);
            }
        }
        Types::unknown()
    }

    /// The nearest method of this name.
    pub(crate) fn method(&self, class: ClassRef, name: &str) -> Option<FuncRef> {
        self.ancestry(class).iter().find_map(|base| match base {
            Class::Own(own) => self
                .project
                .class(*own)
                .methods
                .get(name)
                .map(|func| FuncRef::new(own.file, *func)),
            _ => None,
        })
    }

    /// What an attribute of an object of the program's own class may be.
    pub(crate) fn own_attribute(&self, class: ClassRef, attr: &Name) -> Rc<Types> {
        self.memo(Key::Attribute(class, attr.clone()), || self.find_attribute(class, attr))
    }

    fn find_attribute(&self, class: ClassRef, attr: &Name) -> Types {
        let ancestry = self.ancestry(class);
        let mut types = Types::default();
        for base in &ancestry {
            let Class::Own(own) = base else { continue };
            self.assigned(*own, class, attr, &mut types);
            if let Some(func) = self.project.class(*own).methods.get(attr) {
                self.add_method(FuncRef::new(own.file, *func), class, &mut types);
                return types;
            }
        }
        for below in self.project.hierarchy.below(class) {
            self.assigned(below, class, attr, &mut types);
        }
        if types.list.is_empty() && !types.unknown {
            types = inherited(class, &ancestry, attr);
        }
        self.add_foreign(class, attr, &mut types);
        if types.list.is_empty() && !types.unknown {
            self.add_ui_child(class, &mut types);
            types.unknown = types.list.is_empty();
        }
        types
    }

    fn add_method(&self, func: FuncRef, class: ClassRef, types: &mut Types) {
        let def = self.project.func(func);
        if self.project.file(func.file).is_property(def) {
            types.join(&self.returned(func));
        } else if self.has_decorator(func, "staticmethod") {
            types.add(Ty::Func(func));
        } else {
            types.add(Ty::Method(func, class));
        }
    }

    /// What the class itself assigns, in its body and in its methods.
    fn assigned(&self, own: ClassRef, class: ClassRef, attr: &Name, types: &mut Types) {
        let def = self.project.class(own);
        let body = FuncRef::new(own.file, def.body);
        if let Some(bindings) = self.project.func(body).bindings.get(attr) {
            let found = bindings
                .iter()
                .filter(|binding| !matches!(binding.source, Source::Func(_)));
            for binding in found {
                let mut inner = self.source(body, binding.source);
                inner.list.iter_mut().for_each(|ty| bind(ty, class, attr));
                types.join(&inner);
            }
        }
        for binding in def.attributes.get(attr).into_iter().flatten().take(24) {
            let scope = binding
                .target
                .map_or(body, |target| self.scope(ExprRef::new(own.file, target)));
            types.join(&self.source(scope, binding.source));
        }
        self.add_elements(own, attr, types);
    }

    /// What is put into a collection of the object.
    fn add_elements(&self, own: ClassRef, attr: &Name, types: &mut Types) {
        if !types
            .list
            .iter()
            .any(|ty| matches!(ty, Ty::Sequence(items) if items.is_empty()))
        {
            return;
        }
        let tree = self.project.tree(own.file);
        let mut items = Types::default();
        for call in ["append", "add", "appendleft"]
            .iter()
            .flat_map(|name| tree.calls_named(name))
        {
            let ExprKind::Call { callee, args, .. } = tree.kind(*call) else {
                continue;
            };
            let ExprKind::Attribute { value, .. } = tree.kind(*callee) else {
                continue;
            };
            let ours = matches!(tree.kind(*value), ExprKind::Attribute { attr: owner, .. } if owner == attr);
            if let (true, [item]) = (ours, args.as_slice()) {
                items.join(&self.in_file(own.file, *item));
            }
        }
        for (list, source) in &tree.items {
            if matches!(tree.kind(*list), ExprKind::Attribute { attr: owner, .. } if owner == attr) {
                let scope = self.scope(ExprRef::new(own.file, *list));
                items.join(&self.source(scope, *source));
            }
        }
        if !items.list.is_empty() {
            types.list.retain(|ty| !matches!(ty, Ty::Sequence(_)));
            types.add(Ty::Sequence(items.list));
        }
    }

    /// What is assigned from outside: `worker.thread = thread`.
    fn add_foreign(&self, class: ClassRef, attr: &Name, types: &mut Types) {
        let assigned = self.project.foreign_attributes(attr).iter();
        // Tests put stand-ins into objects.
        let real = assigned.filter(|(file, ..)| *file == class.file || !self.project.file(*file).is_test);
        for (file, base, source) in real.take(40) {
            let bases = self.in_file(*file, *base);
            if bases.list.contains(&Ty::Instance(Class::Own(class))) {
                types.join(&self.source(self.scope(ExprRef::new(*file, *base)), *source));
            }
        }
    }

    /// A class that loads its children from a `.ui` file has attributes that no code shows.
    fn add_ui_child(&self, class: ClassRef, types: &mut Types) {
        let loads = |own: ClassRef| {
            let tree = self.project.tree(own.file);
            let calls = tree.calls_named("loadUi").iter();
            let mut around = calls.map(|call| self.class_around(FuncRef::new(own.file, tree.expr(*call).func)));
            let ours = around.any(|around| around == Some(own));
            ours && self.is_gui(&Class::Own(class))
        };
        let ours = self
            .ancestry(class)
            .iter()
            .any(|base| matches!(base, Class::Own(own) if loads(*own)));
        if ours {
            types.add(Ty::Instance(Class::Other(UI_CHILD.into())));
        }
    }
}

/// A definition in the class's body becomes the object's own.
fn bind(ty: &mut Ty, class: ClassRef, attr: &Name) {
    match ty {
        Ty::SignalDefinition => *ty = Ty::Signal(Class::Own(class), attr.clone()),
        Ty::Func(func) => *ty = Ty::Method(*func, class),
        _ => {}
    }
}

fn qt_attribute(class: QtClass, attr: &Name, own: Option<ClassRef>) -> Option<Ty> {
    if class.has_signal(attr) {
        return Some(Ty::Signal(own.map_or(Class::Qt(class), Class::Own), attr.clone()));
    }
    class.method(attr).map(|_| Ty::QtMethod(class, attr.clone(), own))
}

/// The class that Qt Designer's compiler makes of a form.
pub(crate) fn is_ui_class(name: &str) -> bool {
    name == UI_CHILD || name.rsplit('.').next().is_some_and(|last| last.starts_with("Ui_"))
}

/// What a base that is not the program's own gives.
fn inherited(class: ClassRef, ancestry: &[Class], attr: &Name) -> Types {
    for base in ancestry {
        match base {
            Class::Qt(qt) => {
                if let Some(found) = qt_attribute(*qt, attr, Some(class)) {
                    return Types::one(found);
                }
            }
            Class::Other(name) if is_ui_class(name) => {
                return Types::one(Ty::Instance(Class::Other(UI_CHILD.into())));
            }
            Class::Other(name) if name != "?" && name != "builtins.object" && name != "abc.ABC" => {
                return Types::one(Ty::Other(arcstr::format!("{name}#{attr}")));
            }
            Class::Own(_) | Class::Other(_) => {}
        }
    }
    Types::default()
}
