//! A file as flat lists of nodes that refer to each other by number.
//!
//! Numbers in place of pointers: each node knows its parent, its statement and its function, so a rule that has found
//! a call can ask what surrounds it, and side tables are plain maps. What a rule asks for most (calls by name, what a
//! name or an attribute is bound to) is gathered while the tree is built.

use crate::text::TextRange;
use compact_str::CompactString;
use rustc_hash::FxHashMap;

pub(crate) type Name = CompactString;

macro_rules! ids {
    ($($name:ident)*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);
    )*};
}
ids! { ExprId StmtId FuncId ClassId }

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
    pub calls: FxHashMap<Name, Vec<ExprId>>,
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
        attr_range: TextRange,
    },
    Call {
        callee: ExprId,
        args: Vec<ExprId>,
        keywords: Vec<(Option<Name>, ExprId)>,
    },
    Str(Box<str>),
    Number(f64),
    Bool(bool),
    None,
    /// Lists, tuples and sets.
    Sequence(Vec<ExprId>),
    Dict(Vec<(Option<ExprId>, ExprId)>),
    Lambda(FuncId),
    Subscript {
        value: ExprId,
        index: ExprId,
    },
    /// `not x`, a comparison, an f-string: data, whatever is in it.
    Not,
    /// `a and b or c`: one of them.
    AnyOf(Vec<ExprId>),
    Compare,
    /// `+`, `*` and the like; the outcome is data.
    Arithmetic(Vec<ExprId>),
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

#[derive(Debug)]
pub(crate) enum StmtKind {
    Expr(ExprId),
    /// The targets; what they are bound to is with the names.
    Assign(Vec<ExprId>),
    AugAssign,
    Return,
    Raise,
    Delete(Vec<ExprId>),
    If {
        body: Vec<StmtId>,
        orelse: Vec<StmtId>,
    },
    While {
        test: ExprId,
        body: Vec<StmtId>,
        orelse: Vec<StmtId>,
    },
    For {
        body: Vec<StmtId>,
        orelse: Vec<StmtId>,
    },
    With {
        items: Vec<(ExprId, Option<ExprId>)>,
        body: Vec<StmtId>,
    },
    Try {
        body: Vec<StmtId>,
        handlers: Vec<Vec<StmtId>>,
        orelse: Vec<StmtId>,
        finally: Vec<StmtId>,
    },
    Match {
        cases: Vec<Vec<StmtId>>,
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
    pub body: Vec<StmtId>,
    /// What a lambda answers with.
    pub value: Option<ExprId>,
    /// The function around it.
    pub outer: Option<FuncId>,
    /// The class whose body it stands in.
    pub class: Option<ClassId>,
    pub is_async: bool,
    pub has_yield: bool,
    pub bindings: FxHashMap<Name, Vec<Binding>>,
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
    pub range: TextRange,
    pub bases: Vec<ExprId>,
    /// The function-like scope of its body.
    pub body: FuncId,
    pub methods: FxHashMap<Name, FuncId>,
    /// What its methods assign to their object.
    pub attributes: FxHashMap<Name, Vec<Binding>>,
}

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

impl Tree {
    pub(crate) fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub(crate) fn kind(&self, id: ExprId) -> &ExprKind {
        &self.exprs[id.0 as usize].kind
    }

    pub(crate) fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }

    pub(crate) fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.0 as usize]
    }

    pub(crate) fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    pub(crate) fn calls_named<'t>(&'t self, name: &str) -> &'t [ExprId] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }
}
