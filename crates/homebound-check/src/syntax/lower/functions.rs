//! Functions, lambdas and classes: the nodes that open a scope.

use super::super::parse::range;
use super::Lower;
use crate::syntax::tree::{
    Binding, Class, ClassId, ExprId, ExprKind, Func, FuncId, FuncKind, Name, Param, ParamKind, Source, StmtKind,
};
use crate::text::TextRange;
use ruff_python_ast as ast;
use rustc_hash::FxHashMap;

impl Lower {
    pub(super) fn function(&mut self, def: &ast::StmtFunctionDef) -> StmtKind {
        let name = self.name(def.name.as_str());
        let decorators: Vec<ExprId> = def
            .decorator_list
            .iter()
            .map(|decorator| self.expr(&decorator.expression))
            .collect();
        let params = self.params(&def.parameters);
        let returns = def.returns.as_deref().map(|returns| self.expr(returns));
        let class = self.class;
        let func = Func {
            decorators,
            returns,
            name_range: range(def.name.range),
            is_async: def.is_async,
            ..Func::new(FuncKind::Def, name.clone(), range(def.range))
        };
        let id = self.open(func, params);
        if let Some(class) = class {
            self.tree.classes[class.0 as usize].methods.insert(name.clone(), id);
        }
        self.bind_name(
            name,
            Binding {
                source: Source::Func(id),
                target: None,
            },
        );
        self.enter_body(id, class, &def.body);
        StmtKind::Func
    }

    fn enter_body(&mut self, id: FuncId, class: Option<ClassId>, body: &[ast::Stmt]) {
        let this = class.and_then(|class| self.own_name(id).map(|name| (class, name)));
        let (func, stmt, outer_class) = (self.func, self.stmt, self.class);
        self.func = id;
        self.class = None;
        let pushed = this.is_some();
        self.selves.extend(this);
        let block = self.block(body, None);
        if pushed {
            self.selves.pop();
        }
        self.tree.funcs[id.0 as usize].body = block;
        (self.func, self.stmt, self.class) = (func, stmt, outer_class);
    }

    /// The name under which a method knows its object.
    fn own_name(&self, id: FuncId) -> Option<Name> {
        let func = self.tree.func(id);
        let is_static = func
            .decorators
            .iter()
            .any(|decorator| match self.tree.kind(*decorator) {
                ExprKind::Name(name) => name == "staticmethod",
                _ => false,
            });
        if is_static {
            None
        } else {
            func.params.first().map(|param| param.name.clone())
        }
    }

    pub(super) fn lambda(&mut self, lambda: &ast::ExprLambda) -> FuncId {
        let params = lambda
            .parameters
            .as_deref()
            .map(|params| self.params(params))
            .unwrap_or_default();
        let id = self.open(
            Func::new(FuncKind::Lambda, "<lambda>".into(), range(lambda.range)),
            params,
        );
        let (func, class) = (self.func, self.class);
        (self.func, self.class) = (id, None);
        let value = self.expr(&lambda.body);
        (self.func, self.class) = (func, class);
        self.tree.funcs[id.0 as usize].value = Some(value);
        self.tree.funcs[id.0 as usize].returned.push(value);
        id
    }

    fn open(&mut self, mut func: Func, params: Vec<Param>) -> FuncId {
        let id = FuncId(u32::try_from(self.tree.funcs.len()).unwrap_or(u32::MAX));
        func.outer = Some(self.func);
        func.class = self.class;
        for (index, param) in params.iter().enumerate() {
            let source = Source::Param(u32::try_from(index).unwrap_or(0));
            func.bindings
                .entry(param.name.clone())
                .or_default()
                .push(Binding { source, target: None });
        }
        func.params = params;
        self.tree.funcs.push(func);
        id
    }

    fn params(&mut self, params: &ast::Parameters) -> Vec<Param> {
        let mut out = Vec::new();
        let positional = params
            .posonlyargs
            .iter()
            .chain(&params.args)
            .map(|param| (param, ParamKind::Positional));
        let all = positional.chain(params.kwonlyargs.iter().map(|param| (param, ParamKind::Keyword)));
        for (param, kind) in all {
            let default = param.default.as_deref().map(|default| self.expr(default));
            let whole = range(param.range);
            out.push(self.param(&param.parameter, whole, default, kind));
        }
        for (param, kind) in [
            (&params.vararg, ParamKind::Rest),
            (&params.kwarg, ParamKind::RestKeywords),
        ] {
            if let Some(param) = param {
                out.push(self.param(param, range(param.range), None, kind));
            }
        }
        out
    }

    fn param(&mut self, param: &ast::Parameter, range: TextRange, default: Option<ExprId>, kind: ParamKind) -> Param {
        let annotation = param.annotation.as_deref().map(|annotation| self.expr(annotation));
        Param {
            name: self.name(param.name.as_str()),
            range,
            annotation,
            default,
            kind,
        }
    }

    pub(super) fn class(&mut self, def: &ast::StmtClassDef) -> StmtKind {
        for decorator in &def.decorator_list {
            self.expr(&decorator.expression);
        }
        let bases = def
            .arguments
            .as_deref()
            .map(|arguments| arguments.args.iter().map(|base| self.expr(base)).collect());
        let name = self.name(def.name.as_str());
        let id = ClassId(u32::try_from(self.tree.classes.len()).unwrap_or(u32::MAX));
        let body = self.open(
            Func::new(FuncKind::ClassBody, name.clone(), range(def.range)),
            Vec::new(),
        );
        self.tree.funcs[body.0 as usize].class = Some(id);
        self.tree.classes.push(Class {
            name: name.clone(),
            bases: bases.unwrap_or_default(),
            body,
            methods: FxHashMap::default(),
            attributes: FxHashMap::default(),
        });
        self.bind_name(
            name,
            Binding {
                source: Source::Class(id),
                target: None,
            },
        );
        let (func, stmt, class) = (self.func, self.stmt, self.class);
        (self.func, self.class) = (body, Some(id));
        let block = self.block(&def.body, None);
        (self.func, self.stmt, self.class) = (func, stmt, class);
        self.tree.funcs[body.0 as usize].body = block;
        StmtKind::Class
    }
}
