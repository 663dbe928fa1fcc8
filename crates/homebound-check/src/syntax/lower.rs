//! The parser's tree, walked once.

mod bind;
mod expressions;
mod functions;
mod imports;
mod statements;

use super::tree::{ClassId, ExprId, Func, FuncId, FuncKind, Name, StmtId, Tree};
use crate::text::TextRange;
use ruff_python_ast as ast;
use rustc_hash::FxHashSet;
use thin_vec::ThinVec;

/// The walk's state: the tree so far and what surrounds the node at hand.
struct Lower {
    tree: Tree,
    func: FuncId,
    stmt: Option<StmtId>,
    parent: Option<ExprId>,
    /// The class whose body is being walked.
    class: Option<ClassId>,
    /// Methods around the node: their class and the name of their object.
    selves: Vec<(ClassId, Name)>,
    names: FxHashSet<Name>,
}

pub(super) fn lower(body: &[ast::Stmt], text: &str) -> Tree {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let module = Func::new(FuncKind::Module, "<module>".into(), TextRange::new(0, end));
    let tree = Tree {
        funcs: vec![module],
        ..Tree::default()
    };
    let mut lower = Lower {
        tree,
        func: FuncId(0),
        stmt: None,
        parent: None,
        class: None,
        selves: Vec::new(),
        names: FxHashSet::default(),
    };
    lower.tree.funcs[0].body = lower.block(body, None);
    lower.tree.shrink();
    lower.tree
}

impl Func {
    fn new(kind: FuncKind, name: Name, range: TextRange) -> Self {
        Self {
            kind,
            name,
            name_range: TextRange::new(range.start, range.start),
            range,
            params: Vec::new(),
            decorators: Vec::new(),
            returns: None,
            body: ThinVec::new(),
            value: None,
            outer: None,
            class: None,
            is_async: false,
            has_yield: false,
            bindings: rustc_hash::FxHashMap::default(),
            globals: Vec::new(),
            calls: Vec::new(),
            returned: Vec::new(),
            attributes: Vec::new(),
        }
    }
}

impl Lower {
    fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let name = Name::from(text);
        self.names.insert(name.clone());
        name
    }

    fn current(&mut self) -> &mut Func {
        &mut self.tree.funcs[self.func.0 as usize]
    }
}
