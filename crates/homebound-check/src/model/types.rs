//! What a value may be.

use super::project::FileId;
use crate::qt::QtClass;
use crate::syntax::tree::{ClassId, ExprId, FuncId, Name};

macro_rules! refs {
    ($($name:ident, $field:ident: $id:ty;)*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name { pub file: FileId, pub $field: $id }
        impl $name {
            pub(crate) const fn new(file: FileId, $field: $id) -> Self { Self { file, $field } }
        }
    )*};
}
refs! { FuncRef, func: FuncId; ClassRef, class: ClassId; ExprRef, expr: ExprId; }

/// A class: the program's own, Qt's, or another library's by its dotted name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Own(ClassRef),
    Qt(QtClass),
    Other(Name),
}

/// One thing that a value may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ty {
    /// A number, a text, a truth value.
    Data,
    None,
    Instance(Class),
    Class(Class),
    Module(FileId),
    /// Something of another library, by its dotted name; `a.B#c` is a method of an instance.
    Other(Name),
    Func(FuncRef),
    /// A method with its object's class.
    Method(FuncRef, ClassRef),
    /// A method of Qt with its object's class; the program's own class where the object is of one.
    QtMethod(QtClass, Name, Option<ClassRef>),
    /// A signal of an object of a class.
    Signal(Class, Name),
    /// `emit` of such a signal, as a value.
    Emit,
    /// `Signal(...)`, not yet bound to an object.
    SignalDefinition,
    Super(ClassRef),
    /// A collection and what it holds.
    Sequence(Vec<Ty>),
}

/// What a value may be, as far as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Types {
    pub list: Vec<Ty>,
    /// Whether it may be something else as well.
    pub unknown: bool,
}

impl Types {
    pub(crate) fn unknown() -> Self {
        Self {
            list: Vec::new(),
            unknown: true,
        }
    }

    pub(crate) fn one(ty: Ty) -> Self {
        Self {
            list: vec![ty],
            unknown: false,
        }
    }

    pub(crate) fn add(&mut self, ty: Ty) {
        const MOST: usize = 12;
        if self.list.len() >= MOST {
            self.unknown = true;
        } else if !self.list.contains(&ty) {
            self.list.push(ty);
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        other.list.iter().for_each(|ty| self.add(ty.clone()));
        self.unknown |= other.unknown;
    }

    /// What it may be besides `None`.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Ty> {
        self.list.iter().filter(|ty| **ty != Ty::None)
    }

    /// The classes of the objects that it may be; nothing where it may be something else.
    pub(crate) fn instances(&self) -> Vec<&Class> {
        let classes: Option<Vec<&Class>> = self.values().map(Ty::instance).collect();
        classes.unwrap_or_default()
    }
}

impl Ty {
    pub(crate) fn instance(&self) -> Option<&Class> {
        match self {
            Self::Instance(class) => Some(class),
            _ => None,
        }
    }

    pub(crate) fn other(&self) -> Option<&str> {
        match self {
            Self::Other(name) => Some(name),
            _ => None,
        }
    }
}

/// The class of a widget from a `.ui` file: which one is not known.
pub(crate) const UI_CHILD: &str = "ui.child";

/// What `loadUiType` answers with.
pub(crate) const UI_PAIR: &str = "ui.pair";
