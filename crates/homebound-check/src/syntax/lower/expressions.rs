//! Expressions.

use super::super::parse::range;
use super::Lower;
use crate::syntax::tree::{Expr, ExprId, ExprKind, Source};
use ruff_python_ast as ast;
use ruff_text_size::Ranged;
use thin_vec::{ThinVec, thin_vec};

impl Lower {
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> ExprId {
        let id = ExprId::new(self.tree.exprs.len());
        let range = range(expr.range());
        self.tree.exprs.push(Expr {
            kind: ExprKind::None,
            range,
            parent: self.parent,
            stmt: self.stmt,
            func: self.func,
        });
        let outer = self.parent.replace(id);
        let kind = self.expr_kind(expr, id);
        self.parent = outer;
        self.tree.exprs[id.index()].kind = kind;
        id
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e ast::Expr>) -> ThinVec<ExprId> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr_kind(&mut self, expr: &ast::Expr, id: ExprId) -> ExprKind {
        match expr {
            ast::Expr::Name(name) => ExprKind::Name(self.name(name.id.as_str())),
            ast::Expr::Attribute(attribute) => self.attribute(attribute, id),
            ast::Expr::Call(call) => self.call(call, id),
            ast::Expr::StringLiteral(string) => ExprKind::Str(short(string.value.to_str()).into()),
            ast::Expr::BytesLiteral(_) => ExprKind::Arithmetic(ThinVec::new()),
            ast::Expr::NumberLiteral(number) => ExprKind::Number(number_value(&number.value)),
            ast::Expr::BooleanLiteral(boolean) => ExprKind::Bool(boolean.value),
            ast::Expr::NoneLiteral(_) => ExprKind::None,
            ast::Expr::List(list) => ExprKind::Sequence(self.all(&list.elts)),
            ast::Expr::Tuple(tuple) => ExprKind::Sequence(self.all(&tuple.elts)),
            ast::Expr::Set(set) => ExprKind::Sequence(self.all(&set.elts)),
            ast::Expr::Dict(dict) => self.dict(dict),
            ast::Expr::Lambda(lambda) => ExprKind::Lambda(self.lambda(lambda)),
            ast::Expr::Subscript(subscript) => {
                let value = self.expr(&subscript.value);
                ExprKind::Subscript {
                    value,
                    index: self.expr(&subscript.slice),
                }
            }
            ast::Expr::UnaryOp(unary) => {
                let operand = self.expr(&unary.operand);
                if unary.op == ast::UnaryOp::Not {
                    ExprKind::Not
                } else {
                    ExprKind::Arithmetic(thin_vec![operand])
                }
            }
            ast::Expr::BoolOp(op) => ExprKind::AnyOf(self.all(&op.values)),
            ast::Expr::Compare(compare) => self.compare(compare),
            ast::Expr::BinOp(op) => ExprKind::Arithmetic(self.all([&*op.left, &*op.right])),
            ast::Expr::If(conditional) => {
                self.expr(&conditional.test);
                let then = self.expr(&conditional.body);
                ExprKind::Conditional {
                    then,
                    other: self.expr(&conditional.orelse),
                }
            }
            _ => self.rarer_kind(expr),
        }
    }

    /// The other half of the kinds.
    fn rarer_kind(&mut self, expr: &ast::Expr) -> ExprKind {
        match expr {
            ast::Expr::ListComp(comp) => self.comprehension(&[&comp.elt], &comp.generators),
            ast::Expr::SetComp(comp) => self.comprehension(&[&comp.elt], &comp.generators),
            ast::Expr::Generator(comp) => self.comprehension(&[&comp.elt], &comp.generators),
            ast::Expr::DictComp(comp) => {
                let elements: Vec<&ast::Expr> = std::iter::once(&*comp.value).chain(comp.key.as_deref()).collect();
                self.comprehension(&elements, &comp.generators)
            }
            ast::Expr::FString(string) => self.format(string.value.elements()),
            ast::Expr::TString(string) => self.format(string.value.elements()),
            ast::Expr::Await(value) => {
                self.expr(&value.value);
                ExprKind::Await
            }
            ast::Expr::Yield(value) => self.yields(value.value.as_deref()),
            ast::Expr::YieldFrom(value) => self.yields(Some(&*value.value)),
            ast::Expr::Starred(starred) => ExprKind::Starred(self.expr(&starred.value)),
            ast::Expr::Named(named) => {
                let value = self.expr(&named.value);
                let target = self.expr(&named.target);
                self.bind(target, Source::Value(value));
                ExprKind::Assigned { value }
            }
            ast::Expr::Slice(slice) => {
                let parts = [&slice.lower, &slice.upper, &slice.step];
                self.all(parts.into_iter().filter_map(|part| part.as_deref()));
                ExprKind::Other
            }
            _ => ExprKind::Other,
        }
    }

    fn format<'e>(&mut self, elements: impl Iterator<Item = &'e ast::InterpolatedStringElement>) -> ExprKind {
        self.all(elements.filter_map(|element| Some(&*element.as_interpolation()?.expression)));
        ExprKind::Format
    }

    fn yields(&mut self, value: Option<&ast::Expr>) -> ExprKind {
        self.current().has_yield = true;
        self.all(value);
        ExprKind::Other
    }

    fn attribute(&mut self, attribute: &ast::ExprAttribute, id: ExprId) -> ExprKind {
        self.current().attributes.push(id);
        let value = self.expr(&attribute.value);
        ExprKind::Attribute {
            value,
            attr: self.name(attribute.attr.as_str()),
        }
    }

    fn call(&mut self, call: &ast::ExprCall, id: ExprId) -> ExprKind {
        self.current().calls.push(id);
        let callee = self.expr(&call.func);
        let last = match self.tree.kind(callee) {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Attribute { attr, .. } => Some(attr.clone()),
            _ => None,
        };
        if let Some(last) = last {
            self.tree.calls.entry(last).or_default().push(id);
        }
        let args = call.arguments.args.iter().map(|arg| self.expr(arg)).collect();
        let mut keywords = ThinVec::with_capacity(call.arguments.keywords.len());
        for keyword in &call.arguments.keywords {
            let name = keyword.arg.as_ref().map(|name| self.name(name.as_str()));
            keywords.push((name, self.expr(&keyword.value)));
        }
        ExprKind::Call { callee, args, keywords }
    }

    fn dict(&mut self, dict: &ast::ExprDict) -> ExprKind {
        let mut items = ThinVec::with_capacity(dict.items.len());
        for item in &dict.items {
            let key = item.key.as_ref().map(|key| self.expr(key));
            items.push((key, self.expr(&item.value)));
        }
        ExprKind::Dict(items)
    }

    fn compare(&mut self, compare: &ast::ExprCompare) -> ExprKind {
        self.expr(&compare.left);
        self.all(compare.comparators.iter());
        ExprKind::Compare
    }

    fn comprehension(&mut self, elements: &[&ast::Expr], generators: &[ast::Comprehension]) -> ExprKind {
        for generator in generators {
            let iter = self.expr(&generator.iter);
            let target = self.expr(&generator.target);
            self.bind(target, Source::Element(iter));
            self.all(&generator.ifs);
        }
        let element = self.expr(elements[0]);
        self.all(elements[1..].iter().copied());
        ExprKind::Comprehension(element)
    }
}

/// Documentation is no name of anything.
fn short(text: &str) -> &str {
    const LONGEST: usize = 256;
    if text.len() > LONGEST { "" } else { text }
}

#[expect(clippy::cast_precision_loss, reason = "numbers matter here only as lengths of time")]
fn number_value(number: &ast::Number) -> f64 {
    match number {
        ast::Number::Int(int) => int.as_i64().map_or(f64::INFINITY, |int| int as f64),
        ast::Number::Float(float) => *float,
        ast::Number::Complex { real, .. } => *real,
    }
}
