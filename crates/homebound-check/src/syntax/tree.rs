//! A file as flat lists of nodes that refer to each other by number.
//!
//! Numbers in place of pointers: each node knows its parent, its statement and its function, so a rule that has found
//! a call can ask what surrounds it, and side tables are plain maps. What a rule asks for most (calls by name, what a
//! name or an attribute is bound to) is gathered while the tree is built.

use crate::text::TextRange;
use arcstr::ArcStr;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::num::NonZeroU32;
use thin_vec::ThinVec;

/// Each name of a file is stored once; a node holds a word.
pub(crate) type Name = ArcStr;

macro_rules! ids {
    ($($name:ident)*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);
    )*};
}
ids! { FuncId ClassId }

/// Numbers that an `Option` stores in the same four bytes: there are millions of them.
macro_rules! dense_ids {
    ($($name:ident)*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(NonZeroU32);

        impl $name {
            /// The number of the node at an index.
            pub(crate) fn new(index: usize) -> Self {
                let next = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
                Self(NonZeroU32::new(next).unwrap_or(NonZeroU32::MAX))
            }

            pub(crate) fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    )*};
}
dense_ids! { ExprId StmtId }

/// The statements outside all functions.
pub(crate) const MODULE: FuncId = FuncId(0);

#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub exprs: Vec<Expr>,
    pub stmts: Vec<Stmt>,
    pub funcs: Vec<Func>,
    pub classes: Vec<Class>,
    pub imports: Vec<Import>,
    /// Assignments to attributes of something else than the method's own object.
    pub foreign_attributes: Vec<(ExprId, Name, Source)>,
    /// What is put into a collection by index or key, with the collection.
    pub items: Vec<(ExprId, Source)>,
    /// Calls by the last name of what is called.
    pub calls: FxHashMap<Name, SmallVec<[ExprId; 4]>>,
    pub comments: Vec<TextRange>,
    pub errors: Vec<(TextRange, String)>,
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub kind: ExprKind,
    pub range: TextRange,
    pub parent: Option<ExprId>,
    pub stmt: Option<StmtId>,
    pub func: FuncId,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Name(Name),
    Attribute {
        value: ExprId,
        attr: Name,
    },
    Call {
        callee: ExprId,
        args: ThinVec<ExprId>,
        keywords: ThinVec<(Option<Name>, ExprId)>,
    },
    /// A text; empty where it is longer than any name or command.
    Str(Box<str>),
    Number(f64),
    Bool(bool),
    None,
    /// Lists, tuples and sets.
    Sequence(ThinVec<ExprId>),
    Dict(ThinVec<(Option<ExprId>, ExprId)>),
    Lambda(FuncId),
    Subscript {
        value: ExprId,
        index: ExprId,
    },
    /// `not x`, a comparison, an f-string: data, whatever is in it.
    Not,
    /// `a and b or c`: one of them.
    AnyOf(ThinVec<ExprId>),
    Compare,
    /// `+`, `*` and the like; the outcome is data.
    Arithmetic(ThinVec<ExprId>),
    Conditional {
        then: ExprId,
        other: ExprId,
    },
    /// A comprehension, and what it yields.
    Comprehension(ExprId),
    Format,
    Await,
    Starred(ExprId),
    Assigned {
        value: ExprId,
    },
    Other,
}

#[derive(Debug)]
pub(crate) struct Stmt {
    pub kind: StmtKind,
    pub range: TextRange,
    pub parent: Option<(StmtId, Branch)>,
    pub func: FuncId,
    /// Its place among its siblings.
    pub index: u32,
}

/// The part of a compound statement that a statement is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branch {
    Body,
    Else,
    Handler,
    Finally,
}

/// Statements, one after the other.
pub(crate) type Block = ThinVec<StmtId>;

#[derive(Debug)]
pub(crate) enum StmtKind {
    Expr(ExprId),
    /// The targets; what they are bound to is with the names.
    Assign(ThinVec<ExprId>),
    AugAssign,
    Return,
    Raise,
    Delete(ThinVec<ExprId>),
    If {
        body: Block,
        orelse: Block,
    },
    While {
        test: ExprId,
        body: Block,
        orelse: Block,
    },
    For {
        body: Block,
        orelse: Block,
    },
    With {
        items: ThinVec<(ExprId, Option<ExprId>)>,
        body: Block,
    },
    Try {
        body: Block,
        handlers: ThinVec<Block>,
        orelse: Block,
        finally: Block,
    },
    Match {
        cases: ThinVec<Block>,
    },
    Func,
    Class,
    Import,
    Break,
    Continue,
    Pass,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FuncKind {
    Module,
    ClassBody,
    Def,
    Lambda,
}

#[derive(Debug)]
pub(crate) struct Func {
    pub kind: FuncKind,
    pub name: Name,
    pub name_range: TextRange,
    pub range: TextRange,
    pub params: Vec<Param>,
    pub decorators: Vec<ExprId>,
    pub returns: Option<ExprId>,
    pub body: Block,
    /// What a lambda answers with.
    pub value: Option<ExprId>,
    /// The function around it.
    pub outer: Option<FuncId>,
    /// The class whose body it stands in.
    pub class: Option<ClassId>,
    pub is_async: bool,
    pub has_yield: bool,
    pub bindings: FxHashMap<Name, Bindings>,
    pub globals: Vec<Name>,
    /// In source order, those of nested functions not counted.
    pub calls: Vec<ExprId>,
    pub returned: Vec<ExprId>,
    /// Attributes that are read here and may be properties.
    pub attributes: Vec<ExprId>,
}

#[derive(Debug)]
pub(crate) struct Param {
    pub name: Name,
    /// With annotation and default, without stars.
    pub range: TextRange,
    pub annotation: Option<ExprId>,
    pub default: Option<ExprId>,
    pub kind: ParamKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParamKind {
    Positional,
    Keyword,
    Rest,
    RestKeywords,
}

#[derive(Debug)]
pub(crate) struct Class {
    pub name: Name,
    pub bases: Vec<ExprId>,
    /// The function-like scope of its body.
    pub body: FuncId,
    pub methods: FxHashMap<Name, FuncId>,
    /// What its methods assign to their object.
    pub attributes: FxHashMap<Name, Bindings>,
}

/// Most names are bound once.
pub(crate) type Bindings = SmallVec<[Binding; 1]>;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    pub source: Source,
    /// The target that is bound, where there is one.
    pub target: Option<ExprId>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Value(ExprId),
    /// One of what this yields.
    Element(ExprId),
    /// What this yields at an index.
    Item(ExprId, u32),
    /// What a `with` on this enters.
    Entered(ExprId),
    /// An annotation without a value.
    Annotated(ExprId),
    Param(u32),
    Import(u32),
    Func(FuncId),
    Class(ClassId),
    Unknown,
}

#[derive(Debug)]
pub(crate) struct Import {
    /// `a.b` of `import a.b` and of `from a.b import c`.
    pub module: Name,
    /// Dots before it.
    pub level: u32,
    /// `c` of `from a.b import c`; `*` for a star.
    pub name: Option<Name>,
    /// Whether `import a.b` binds only `a`.
    pub binds_root: bool,
}

impl Expr {
    /// Where the name stands that an attribute ends with.
    pub(crate) fn last(&self, attr: &Name) -> TextRange {
        let length = u32::try_from(attr.len()).unwrap_or(0);
        TextRange::new(self.range.end.saturating_sub(length), self.range.end)
    }
}

impl Tree {
    /// Gives back what growing lists have reserved.
    pub(super) fn shrink(&mut self) {
        self.exprs.shrink_to_fit();
        self.stmts.shrink_to_fit();
        self.funcs.shrink_to_fit();
        for func in &mut self.funcs {
            func.calls.shrink_to_fit();
            func.attributes.shrink_to_fit();
        }
    }

    pub(crate) fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.index()]
    }

    pub(crate) fn kind(&self, id: ExprId) -> &ExprKind {
        &self.exprs[id.index()].kind
    }

    pub(crate) fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.index()]
    }

    pub(crate) fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.0 as usize]
    }

    pub(crate) fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    pub(crate) fn calls_named<'t>(&'t self, name: &str) -> &'t [ExprId] {
        self.calls.get(name).map_or(&[], SmallVec::as_slice)
    }
}
