//! Parameters: their annotation, their default, and what the program passes.

use super::{Infer, Key};
use crate::model::types::{Class, ExprRef, FuncRef, Ty, Types};
use crate::syntax::tree::{ExprId, ExprKind, Name, ParamKind};
use std::rc::Rc;

/// Calls looked at for one parameter.
const MOST_CALLS: usize = 40;

impl Infer<'_> {
    pub(crate) fn param(&self, func: FuncRef, index: u32) -> Rc<Types> {
        self.memo(Key::Param(func, index), || self.find_param(func, index))
    }

    fn find_param(&self, func: FuncRef, index: u32) -> Types {
        let def = self.project.func(func);
        let Some(param) = def.params.get(index as usize) else {
            return Types::unknown();
        };
        if let (0, Some(class)) = (index, self.class_of(func)) {
            if self.has_decorator(func, "classmethod") {
                return Types::one(Ty::Class(Class::Own(class)));
            }
            if !self.has_decorator(func, "staticmethod") {
                return Types::one(Ty::Instance(Class::Own(class)));
            }
        }
        match param.kind {
            ParamKind::Rest | ParamKind::RestKeywords => return Types::unknown(),
            ParamKind::Positional | ParamKind::Keyword => {}
        }
        let mut types = Types::default();
        if let Some(annotation) = param.annotation {
            let annotated = self.annotation(ExprRef::new(func.file, annotation));
            if !annotated.unknown && !vague(&annotated) {
                return annotated;
            }
        }
        if let Some(default) = param.default {
            types.join(&self.in_file(func.file, default));
        }
        let arguments = self.arguments(func, index, &param.name);
        types.unknown |= arguments.is_empty();
        arguments.iter().for_each(|argument| types.join(&self.expr(*argument)));
        types
    }

    /// What the program passes for a parameter.
    pub(crate) fn arguments(&self, func: FuncRef, index: u32, name: &Name) -> Vec<ExprRef> {
        let def = self.project.func(func);
        let mut sites = Vec::new();
        let class = self.class_of(func).filter(|_| def.name == "__init__");
        if let Some(class) = class {
            for named in std::iter::once(class).chain(self.project.hierarchy.below(class)) {
                sites.extend_from_slice(self.project.calls_named(&self.project.class(named).name));
            }
        }
        sites.extend_from_slice(self.project.calls_named(&def.name));
        // Tests pass stand-ins.
        let real = |site: &ExprRef| site.file == func.file || !self.project.file(site.file).is_test;
        if sites.iter().any(real) {
            sites.retain(real);
        }
        let bound = u32::from(self.class_of(func).is_some() && !self.has_decorator(func, "staticmethod"));
        let argument = |site: ExprRef| {
            let shift = self.reaches(site, func, bound)?;
            Some((site, self.argument(site, index.checked_sub(shift)?, name)?))
        };
        let matching: Vec<_> = sites.into_iter().take(MOST_CALLS).filter_map(argument).collect();
        self.happening(&matching)
    }

    /// The arguments of the calls that are not in methods that nobody calls, where there are any.
    fn happening(&self, calls: &[(ExprRef, ExprRef)]) -> Vec<ExprRef> {
        let around = |site: ExprRef| FuncRef::new(site.file, self.project.tree(site.file).expr(site.expr).func);
        let happens = |(site, _): &&(ExprRef, ExprRef)| calls.len() == 1 || !self.is_unused(around(*site));
        let live: Vec<ExprRef> = calls.iter().filter(happens).map(|(_, argument)| *argument).collect();
        if live.is_empty() {
            return calls.iter().map(|(_, argument)| *argument).collect();
        }
        live
    }

    /// Whether a call calls the function, and how many parameters its object fills.
    fn reaches(&self, site: ExprRef, func: FuncRef, bound: u32) -> Option<u32> {
        let ExprKind::Call { callee, .. } = self.project.kind(site) else {
            return None;
        };
        let types = self.in_file(site.file, *callee);
        types.list.iter().find_map(|ty| match ty {
            Ty::Func(target) if *target == func => Some(0),
            Ty::Method(target, _) if *target == func => Some(bound),
            Ty::Class(Class::Own(class)) => (self.method(*class, "__init__")? == func).then_some(1),
            _ => None,
        })
    }

    /// The argument for a parameter at a call.
    pub(crate) fn argument(&self, site: ExprRef, index: u32, name: &str) -> Option<ExprRef> {
        let ExprKind::Call { args, keywords, .. } = self.project.kind(site) else {
            return None;
        };
        let named = keywords
            .iter()
            .find(|(keyword, _)| keyword.as_deref() == Some(name))
            .map(|(_, value)| *value);
        let starred = |arg: &ExprId| matches!(self.project.kind(ExprRef::new(site.file, *arg)), ExprKind::Starred(_));
        let positional = || {
            let before = args.get(..=index as usize)?;
            (!before.iter().any(starred)).then(|| args[index as usize])
        };
        named
            .or_else(positional)
            .map(|argument| ExprRef::new(site.file, argument))
    }
}

/// An annotation such as `QObject` or `QWidget` says less than what is passed.
fn vague(types: &Types) -> bool {
    types.values().all(|ty| match ty {
        Ty::Instance(Class::Qt(class)) => matches!(class.name(), "QObject" | "QWidget" | "QMainWindow" | "QDialog"),
        Ty::Instance(Class::Other(_)) => true,
        _ => false,
    })
}
