//! What expressions are, asked for lazily.
//!
//! Flow does not matter: a name may be all that is ever bound to it. A question that comes back to itself is answered
//! with nothing, so cycles of imports, of inheritance and of calls end.

mod annotations;
mod attributes;
mod calls;
mod names;
mod params;
mod parents;

use super::project::{FileId, Project};
use super::types::{Class, ClassRef, ExprRef, FuncRef, Ty, Types};
use crate::qt::QtClass;
use crate::syntax::tree::{ExprId, ExprKind, Name, Source};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Questions within questions; deeper ones are not worth their time.
const DEEPEST: u32 = 60;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Expr(ExprRef),
    Name(FuncRef, Name),
    Attribute(ClassRef, Name),
    Param(FuncRef, u32),
    Returns(FuncRef),
}

/// Answers about one project, with a memory.
pub(crate) struct Infer<'p> {
    pub project: &'p Project<'p>,
    known: RefCell<FxHashMap<Key, Rc<Types>>>,
    asked: RefCell<FxHashSet<Key>>,
    depth: Cell<u32>,
}

impl<'p> Infer<'p> {
    pub(crate) fn new(project: &'p Project<'p>) -> Self {
        Self {
            project,
            known: RefCell::default(),
            asked: RefCell::default(),
            depth: Cell::new(0),
        }
    }

    fn memo(&self, key: Key, answer: impl FnOnce() -> Types) -> Rc<Types> {
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        if self.depth.get() > DEEPEST {
            return Rc::new(Types::unknown());
        }
        if !self.asked.borrow_mut().insert(key.clone()) {
            return Rc::default();
        }
        self.depth.set(self.depth.get() + 1);
        let types = Rc::new(answer());
        self.depth.set(self.depth.get() - 1);
        self.asked.borrow_mut().remove(&key);
        self.known.borrow_mut().insert(key, Rc::clone(&types));
        types
    }

    /// What an expression may be.
    pub(crate) fn expr(&self, expr: ExprRef) -> Rc<Types> {
        self.memo(Key::Expr(expr), || self.evaluate(expr))
    }

    pub(crate) fn in_file(&self, file: FileId, expr: ExprId) -> Rc<Types> {
        self.expr(ExprRef::new(file, expr))
    }

    fn evaluate(&self, expr: ExprRef) -> Types {
        let at = |id: ExprId| self.expr(ExprRef::new(expr.file, id));
        match self.project.kind(expr) {
            ExprKind::Name(name) => (*self.name(self.scope(expr), name)).clone(),
            ExprKind::Attribute { value, attr, .. } => self.attribute(&at(*value), attr),
            ExprKind::Call { callee, args, .. } => self.call(expr, *callee, args),
            ExprKind::Str(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Not
            | ExprKind::Arithmetic(_)
            | ExprKind::Compare
            | ExprKind::Format => Types::one(Ty::Data),
            ExprKind::None => Types::one(Ty::None),
            ExprKind::Sequence(items) => self.sequence(expr.file, items.iter().copied()),
            ExprKind::Dict(items) => self.sequence(expr.file, items.iter().map(|(_, value)| *value)),
            ExprKind::Comprehension(element) => self.sequence(expr.file, [*element].into_iter()),
            ExprKind::Lambda(func) => Types::one(Ty::Func(FuncRef::new(expr.file, *func))),
            ExprKind::Subscript { value, index } => self.subscript(expr, *value, *index),
            ExprKind::AnyOf(values) => self.any_of(expr.file, values),
            ExprKind::Conditional { then, other } => self.any_of(expr.file, &[*then, *other]),
            ExprKind::Assigned { value } => (*at(*value)).clone(),
            ExprKind::Await | ExprKind::Starred(_) | ExprKind::Other => Types::unknown(),
        }
    }

    fn any_of(&self, file: FileId, exprs: &[ExprId]) -> Types {
        let mut types = Types::default();
        exprs.iter().for_each(|expr| types.join(&self.in_file(file, *expr)));
        types
    }

    fn sequence(&self, file: FileId, items: impl Iterator<Item = ExprId>) -> Types {
        let mut inner = Types::default();
        // A long table of data needs no more than a look.
        items.take(40).for_each(|item| inner.join(&self.in_file(file, item)));
        Types::one(Ty::Sequence(inner.list))
    }

    /// What a binding in `file` gives.
    fn source(&self, scope: FuncRef, source: Source) -> Types {
        let file = scope.file;
        let at = |id: ExprId| self.in_file(file, id);
        match source {
            Source::Value(expr) => (*at(expr)).clone(),
            Source::Element(expr) => elements(&at(expr)),
            Source::Item(expr, index) => self.item(file, expr, index),
            Source::Entered(expr) => entered(&at(expr)),
            Source::Annotated(expr) => self.annotation(ExprRef::new(file, expr)),
            Source::Param(index) => (*self.param(scope, index)).clone(),
            Source::Import(index) => self.import(file, index),
            Source::Func(func) => Types::one(Ty::Func(FuncRef::new(file, func))),
            Source::Class(class) => Types::one(Ty::Class(Class::Own(ClassRef::new(file, class)))),
            Source::Unknown => Types::unknown(),
        }
    }

    fn item(&self, file: FileId, expr: ExprId, index: u32) -> Types {
        let at = |id: ExprId| self.in_file(file, id);
        match self.project.kind(ExprRef::new(file, expr)) {
            ExprKind::Sequence(items) => items
                .get(index as usize)
                .map_or_else(Types::unknown, |item| (*at(*item)).clone()),
            _ => form(&at(expr), index).unwrap_or_else(|| elements(&at(expr))),
        }
    }

    fn subscript(&self, expr: ExprRef, value: ExprId, index: ExprId) -> Types {
        let types = self.in_file(expr.file, value);
        let form = || match self.project.kind(expr.beside(index)) {
            ExprKind::Number(number) => form(&types, u32::from(*number != 0.0)),
            _ => None,
        };
        form().unwrap_or_else(|| elements(&types))
    }

    fn scope(&self, expr: ExprRef) -> FuncRef {
        FuncRef::new(expr.file, self.project.tree(expr.file).expr(expr.expr).func)
    }

    /// Qt's classes above a class.
    pub(crate) fn qt_bases(&self, class: &Class) -> Vec<QtClass> {
        match class {
            Class::Qt(class) => vec![*class],
            Class::Own(class) => self
                .ancestry(*class)
                .iter()
                .filter_map(|base| match base {
                    Class::Qt(base) => Some(*base),
                    _ => None,
                })
                .collect(),
            Class::Other(_) => Vec::new(),
        }
    }

    /// Whether a class is, or derives from, the class with this name: Qt's bare, another library's dotted.
    pub(crate) fn is_a(&self, class: &Class, name: &str) -> bool {
        match class {
            Class::Qt(class) => class.is_a(name),
            Class::Other(other) => other == name,
            Class::Own(class) => self.ancestry(*class).iter().any(|base| match base {
                Class::Own(_) => false,
                base => self.is_a(base, name),
            }),
        }
    }

    /// Whether only the user interface's thread may use objects of a class.
    pub(crate) fn is_gui(&self, class: &Class) -> bool {
        match class {
            Class::Other(name) => name == super::types::UI_CHILD,
            class => self.qt_bases(class).iter().any(|base| base.is_gui()),
        }
    }

    /// Whether a value is an object of this class, whatever it is.
    pub(crate) fn all_are(&self, types: &Types, name: &str) -> bool {
        let classes = types.instances();
        !classes.is_empty() && classes.iter().all(|class| self.is_a(class, name))
    }

    pub(crate) fn ancestry(&self, class: ClassRef) -> Vec<Class> {
        self.project.hierarchy.ancestry(class)
    }

    pub(crate) fn bases_of(&self, class: ClassRef) -> Vec<Class> {
        let bases = self.project.class(class).bases.iter();
        bases
            .flat_map(|base| self.base(ExprRef::new(class.file, *base)))
            .collect()
    }

    fn base(&self, expr: ExprRef) -> Vec<Class> {
        // `Generic[T]`, `Base[T]`.
        if let ExprKind::Subscript { value, .. } = self.project.kind(expr) {
            return self.base(ExprRef::new(expr.file, *value));
        }
        let types = self.expr(expr);
        let class = |ty: &Ty| match ty {
            Ty::Class(class) => Some(class.clone()),
            Ty::Other(name) => Some(Class::Other(name.clone())),
            _ => None,
        };
        let mut classes: Vec<Class> = types.list.iter().filter_map(class).collect();
        // The shim's other branches give the same class of Qt again.
        classes.dedup();
        if classes.is_empty() {
            vec![Class::Other("?".into())]
        } else {
            classes
        }
    }
}

fn elements(types: &Types) -> Types {
    let mut out = Types {
        list: Vec::new(),
        unknown: types.unknown,
    };
    for ty in types.values() {
        match ty {
            Ty::Sequence(items) => items.iter().for_each(|item| out.add(item.clone())),
            _ => out.unknown = true,
        }
    }
    out
}

/// What `loadUiType` answers with: the form's class, and the widget's.
fn form(types: &Types, index: u32) -> Option<Types> {
    let [Ty::Instance(Class::Other(name))] = types.list.as_slice() else {
        return None;
    };
    let widget = QtClass::named("QWidget")?;
    (name == super::types::UI_PAIR).then(|| {
        Types::one(Ty::Class(if index == 0 {
            Class::Other(super::types::UI_CHILD.into())
        } else {
            Class::Qt(widget)
        }))
    })
}

/// Most context managers enter themselves.
fn entered(types: &Types) -> Types {
    let mut out = types.clone();
    out.list
        .retain(|ty| matches!(ty, Ty::Instance(Class::Other(_) | Class::Qt(_))));
    out.unknown |= out.list.len() < types.list.len();
    out
}
