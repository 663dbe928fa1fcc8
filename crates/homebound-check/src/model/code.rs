//! Questions about the shape of code, answered without types.

use super::types::ExprRef;
use crate::syntax::tree::{Branch, ExprId, ExprKind, FuncId, Name, StmtId, StmtKind, Tree};
use crate::text::TextRange;

/// A call, taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'t> {
    pub id: ExprId,
    pub callee: ExprId,
    /// `x` of `x.f()`.
    pub receiver: Option<ExprId>,
    /// `f` of `f()` and `x.f()`.
    pub name: &'t str,
    pub args: &'t [ExprId],
    pub keywords: &'t [(Option<Name>, ExprId)],
}

impl Call<'_> {
    pub(crate) fn keyword(&self, name: &str) -> Option<ExprId> {
        self.keywords
            .iter()
            .find(|(keyword, _)| keyword.as_deref() == Some(name))
            .map(|(_, value)| *value)
    }

    /// The argument at an index, or under a name.
    pub(crate) fn argument(&self, index: usize, name: &str) -> Option<ExprId> {
        self.keyword(name).or_else(|| self.args.get(index).copied())
    }

    pub(crate) fn has_arguments(&self) -> bool {
        !self.args.is_empty() || !self.keywords.is_empty()
    }
}

impl Tree {
    pub(crate) fn call(&self, id: ExprId) -> Option<Call<'_>> {
        let ExprKind::Call { callee, args, keywords } = self.kind(id) else {
            return None;
        };
        let (receiver, name) = match self.kind(*callee) {
            ExprKind::Attribute { value, attr, .. } => (Some(*value), &**attr),
            ExprKind::Name(name) => (None, &**name),
            _ => (None, ""),
        };
        Some(Call {
            id,
            callee: *callee,
            receiver,
            name,
            args,
            keywords,
        })
    }

    pub(crate) fn calls_in(&self, func: FuncId) -> impl Iterator<Item = Call<'_>> {
        self.func(func).calls.iter().filter_map(|call| self.call(*call))
    }

    /// Calls of methods with this name, anywhere in the file.
    pub(crate) fn method_calls(&self, name: &str) -> impl Iterator<Item = Call<'_>> {
        self.calls_named(name).iter().filter_map(|call| self.call(*call))
    }

    /// `self.a.b` as text; nothing for anything but names and attributes.
    pub(crate) fn path(&self, expr: ExprId) -> Option<Name> {
        match self.kind(expr) {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Attribute { value, attr, .. } => Some(arcstr::format!("{}.{attr}", self.path(*value)?)),
            _ => None,
        }
    }

    /// The last name of a path: `b` of `self.a.b`.
    pub(crate) fn last_name(&self, expr: ExprId) -> Option<&Name> {
        match self.kind(expr) {
            ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => Some(name),
            _ => None,
        }
    }

    /// `x` where the expression is `self.x` of a method.
    pub(crate) fn self_attribute(&self, expr: ExprId) -> Option<&Name> {
        let ExprKind::Attribute { value, attr, .. } = self.kind(expr) else {
            return None;
        };
        let ExprKind::Name(name) = self.kind(*value) else {
            return None;
        };
        (name == "self").then_some(attr)
    }

    pub(crate) fn is_none(&self, expr: ExprId) -> bool {
        matches!(self.kind(expr), ExprKind::None)
    }

    pub(crate) fn number(&self, expr: ExprId) -> Option<f64> {
        match self.kind(expr) {
            ExprKind::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The statements around a statement, innermost first, with the part that it is in.
    pub(crate) fn around(&self, stmt: StmtId) -> impl Iterator<Item = (StmtId, Branch)> + '_ {
        std::iter::successors(self.stmt(stmt).parent, |(outer, _)| self.stmt(*outer).parent)
    }

    pub(crate) fn stmt_of(&self, expr: ExprId) -> Option<StmtId> {
        self.expr(expr).stmt
    }

    /// The loop around a statement, within its function.
    pub(crate) fn loop_around(&self, stmt: StmtId) -> Option<StmtId> {
        let is_loop = |id: &StmtId| matches!(self.stmt(*id).kind, StmtKind::While { .. } | StmtKind::For { .. });
        self.around(stmt)
            .filter(|(_, branch)| *branch == Branch::Body)
            .map(|(id, _)| id)
            .find(is_loop)
    }

    /// Whether an expression is the whole of its statement: its value is thrown away.
    pub(crate) fn is_statement(&self, expr: ExprId) -> bool {
        let whole = |stmt: StmtId| matches!(self.stmt(stmt).kind, StmtKind::Expr(value) if value == expr);
        self.stmt_of(expr).is_some_and(whole)
    }

    /// The block that a statement stands in.
    pub(crate) fn block_of(&self, stmt: StmtId) -> &[StmtId] {
        let Some((parent, branch)) = self.stmt(stmt).parent else {
            return &self.func(self.stmt(stmt).func).body;
        };
        self.blocks(parent)
            .into_iter()
            .find(|(part, block)| *part == branch && block.contains(&stmt))
            .map_or(&[], |(_, block)| block)
    }

    /// The blocks of a compound statement.
    pub(crate) fn blocks(&self, stmt: StmtId) -> Vec<(Branch, &[StmtId])> {
        match &self.stmt(stmt).kind {
            StmtKind::If { body, orelse, .. }
            | StmtKind::While { body, orelse, .. }
            | StmtKind::For { body, orelse, .. } => {
                vec![(Branch::Body, body), (Branch::Else, orelse)]
            }
            StmtKind::With { body, .. } => vec![(Branch::Body, body)],
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finally,
            } => {
                let mut blocks: Vec<(Branch, &[StmtId])> = vec![(Branch::Body, body)];
                blocks.extend(handlers.iter().map(|handler| (Branch::Handler, handler.as_slice())));
                blocks.extend([(Branch::Else, orelse.as_slice()), (Branch::Finally, finally.as_slice())]);
                blocks
            }
            StmtKind::Match { cases } => cases.iter().map(|case| (Branch::Body, case.as_slice())).collect(),
            _ => Vec::new(),
        }
    }

    /// All statements in blocks, however deep, functions within left out.
    pub(crate) fn statements(&self, block: &[StmtId]) -> Vec<StmtId> {
        let mut out = Vec::new();
        let mut open: Vec<StmtId> = block.iter().rev().copied().collect();
        while let Some(stmt) = open.pop() {
            out.push(stmt);
            for (_, inner) in self.blocks(stmt).iter().rev() {
                open.extend(inner.iter().rev());
            }
        }
        out
    }

    /// Calls within a range of the file.
    pub(crate) fn calls_within(&self, func: FuncId, range: TextRange) -> impl Iterator<Item = Call<'_>> {
        self.calls_in(func)
            .filter(move |call| range.contains(self.expr(call.id).range))
    }

    pub(crate) fn range(&self, expr: ExprId) -> TextRange {
        self.expr(expr).range
    }
}

impl ExprRef {
    pub(crate) const fn beside(self, expr: ExprId) -> Self {
        Self { file: self.file, expr }
    }
}
