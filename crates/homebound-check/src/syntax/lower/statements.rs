//! Statements.

use super::super::parse::range;
use super::Lower;
use crate::syntax::tree::{Binding, Block, Branch, ExprId, Name, Source, Stmt, StmtId, StmtKind};
use crate::text::TextRange;
use ruff_python_ast as ast;
use ruff_text_size::Ranged;
use thin_vec::{ThinVec, thin_vec};

impl Lower {
    pub(super) fn block(&mut self, body: &[ast::Stmt], parent: Option<(StmtId, Branch)>) -> Block {
        let mut out = Block::with_capacity(body.len());
        for (index, stmt) in body.iter().enumerate() {
            out.push(self.stmt(stmt, parent, u32::try_from(index).unwrap_or(0)));
        }
        out
    }

    fn stmt(&mut self, stmt: &ast::Stmt, parent: Option<(StmtId, Branch)>, index: u32) -> StmtId {
        let id = self.open_stmt(range(stmt.range()), parent, index);
        let (outer, outer_expr) = (self.stmt, self.parent);
        (self.stmt, self.parent) = (Some(id), None);
        let kind = self.stmt_kind(stmt, id);
        (self.stmt, self.parent) = (outer, outer_expr);
        self.tree.stmts[id.index()].kind = kind;
        id
    }

    fn open_stmt(&mut self, range: TextRange, parent: Option<(StmtId, Branch)>, index: u32) -> StmtId {
        let id = StmtId::new(self.tree.stmts.len());
        self.tree.stmts.push(Stmt {
            kind: StmtKind::Other,
            range,
            parent,
            func: self.func,
            index,
        });
        id
    }

    fn stmt_kind(&mut self, stmt: &ast::Stmt, id: StmtId) -> StmtKind {
        match stmt {
            ast::Stmt::FunctionDef(def) => self.function(def),
            ast::Stmt::ClassDef(def) => self.class(def),
            ast::Stmt::Return(ret) => {
                let value = ret.value.as_deref().map(|value| self.expr(value));
                self.current().returned.extend(value);
                StmtKind::Return
            }
            ast::Stmt::Delete(delete) => StmtKind::Delete(self.exprs(&delete.targets)),
            ast::Stmt::Assign(assign) => self.assign(assign),
            ast::Stmt::AugAssign(assign) => {
                self.expr(&assign.target);
                self.expr(&assign.value);
                StmtKind::AugAssign
            }
            ast::Stmt::AnnAssign(assign) => self.annotated(assign),
            ast::Stmt::For(stmt) => self.for_loop(stmt, id),
            ast::Stmt::While(stmt) => {
                let test = self.expr(&stmt.test);
                let body = self.block(&stmt.body, Some((id, Branch::Body)));
                StmtKind::While {
                    test,
                    body,
                    orelse: self.block(&stmt.orelse, Some((id, Branch::Else))),
                }
            }
            ast::Stmt::If(stmt) => self.if_stmt(stmt, id),
            ast::Stmt::With(stmt) => self.with(stmt, id),
            ast::Stmt::Match(stmt) => self.match_stmt(stmt, id),
            ast::Stmt::Try(stmt) => self.try_stmt(stmt, id),
            ast::Stmt::Raise(raise) => {
                for value in raise.exc.iter().chain(&raise.cause) {
                    self.expr(value);
                }
                StmtKind::Raise
            }
            ast::Stmt::Assert(assert) => {
                self.expr(&assert.test);
                StmtKind::Other
            }
            ast::Stmt::Import(import) => self.import(import),
            ast::Stmt::ImportFrom(import) => self.import_from(import),
            ast::Stmt::Global(global) => self.globals(&global.names),
            ast::Stmt::Nonlocal(nonlocal) => self.globals(&nonlocal.names),
            ast::Stmt::Expr(expr) => StmtKind::Expr(self.expr(&expr.value)),
            ast::Stmt::Pass(_) => StmtKind::Pass,
            ast::Stmt::Break(_) => StmtKind::Break,
            ast::Stmt::Continue(_) => StmtKind::Continue,
            ast::Stmt::TypeAlias(_) | ast::Stmt::IpyEscapeCommand(_) => StmtKind::Other,
        }
    }

    fn exprs(&mut self, exprs: &[ast::Expr]) -> ThinVec<ExprId> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn globals(&mut self, names: &[ast::Identifier]) -> StmtKind {
        let names: Vec<Name> = names.iter().map(|name| self.name(name.as_str())).collect();
        self.current().globals.extend(names);
        StmtKind::Other
    }

    fn assign(&mut self, assign: &ast::StmtAssign) -> StmtKind {
        let value = self.expr(&assign.value);
        let targets = self.exprs(&assign.targets);
        for target in &targets {
            self.bind(*target, Source::Value(value));
        }
        StmtKind::Assign(targets)
    }

    fn annotated(&mut self, assign: &ast::StmtAnnAssign) -> StmtKind {
        let annotation = self.expr(&assign.annotation);
        let value = assign.value.as_deref().map(|value| self.expr(value));
        let target = self.expr(&assign.target);
        self.bind(target, Source::Annotated(annotation));
        let Some(value) = value else { return StmtKind::Other };
        self.bind(target, Source::Value(value));
        StmtKind::Assign(thin_vec![target])
    }

    fn for_loop(&mut self, stmt: &ast::StmtFor, id: StmtId) -> StmtKind {
        let iter = self.expr(&stmt.iter);
        let target = self.expr(&stmt.target);
        self.bind(target, Source::Element(iter));
        let body = self.block(&stmt.body, Some((id, Branch::Body)));
        StmtKind::For {
            body,
            orelse: self.block(&stmt.orelse, Some((id, Branch::Else))),
        }
    }

    /// `elif` becomes an `if` in the `else`.
    fn if_stmt(&mut self, stmt: &ast::StmtIf, id: StmtId) -> StmtKind {
        self.expr(&stmt.test);
        let body = self.block(&stmt.body, Some((id, Branch::Body)));
        let mut open: Vec<(StmtId, Block)> = vec![(id, body)];
        let mut last = Block::new();
        for clause in &stmt.elif_else_clauses {
            let around = open.last().map_or(id, |(around, ..)| *around);
            let Some(test) = &clause.test else {
                last = self.block(&clause.body, Some((around, Branch::Else)));
                break;
            };
            let inner = self.open_stmt(range(clause.range), Some((around, Branch::Else)), 0);
            self.stmt = Some(inner);
            self.expr(test);
            let body = self.block(&clause.body, Some((inner, Branch::Body)));
            open.push((inner, body));
        }
        while let Some((inner, body)) = open.pop() {
            let kind = StmtKind::If { body, orelse: last };
            if open.is_empty() {
                return kind;
            }
            self.tree.stmts[inner.index()].kind = kind;
            last = thin_vec![inner];
        }
        StmtKind::Other
    }

    fn with(&mut self, stmt: &ast::StmtWith, id: StmtId) -> StmtKind {
        let mut items = ThinVec::with_capacity(stmt.items.len());
        for item in &stmt.items {
            let context = self.expr(&item.context_expr);
            let target = item.optional_vars.as_deref().map(|target| self.expr(target));
            if let Some(target) = target {
                self.bind(target, Source::Entered(context));
            }
            items.push((context, target));
        }
        StmtKind::With {
            items,
            body: self.block(&stmt.body, Some((id, Branch::Body))),
        }
    }

    fn match_stmt(&mut self, stmt: &ast::StmtMatch, id: StmtId) -> StmtKind {
        self.expr(&stmt.subject);
        let mut cases = ThinVec::with_capacity(stmt.cases.len());
        for case in &stmt.cases {
            if let Some(guard) = &case.guard {
                self.expr(guard);
            }
            cases.push(self.block(&case.body, Some((id, Branch::Body))));
        }
        StmtKind::Match { cases }
    }

    fn try_stmt(&mut self, stmt: &ast::StmtTry, id: StmtId) -> StmtKind {
        let body = self.block(&stmt.body, Some((id, Branch::Body)));
        let mut handlers = ThinVec::with_capacity(stmt.handlers.len());
        for handler in &stmt.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            if let Some(kind) = handler.type_.as_deref() {
                self.expr(kind);
            }
            if let Some(name) = &handler.name {
                let binding = Binding {
                    source: Source::Unknown,
                    target: None,
                };
                let name = self.name(name.as_str());
                self.bind_name(name, binding);
            }
            handlers.push(self.block(&handler.body, Some((id, Branch::Handler))));
        }
        let orelse = self.block(&stmt.orelse, Some((id, Branch::Else)));
        StmtKind::Try {
            body,
            handlers,
            orelse,
            finally: self.block(&stmt.finalbody, Some((id, Branch::Finally))),
        }
    }
}
