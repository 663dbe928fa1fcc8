//! What `parent()` answers with: who is handed to Qt's constructor.

use super::Infer;
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef, Ty, Types};
use crate::syntax::tree::{ExprId, ExprKind};

impl Infer<'_> {
    /// The parent that the program gives to objects of a class.
    pub(super) fn parent_of(&self, class: ClassRef) -> Types {
        let Some(init) = self.method(class, "__init__") else {
            return self.given_to(class);
        };
        let params = &self.project.func(init).params;
        let named = params.iter().zip(0..).find(|(param, _)| param.name == "parent");
        match named {
            Some((_, index)) => (*self.param(init, index)).clone(),
            None => self.handed_on(init).unwrap_or_else(Types::unknown),
        }
    }

    /// `super().__init__(window)`: the first argument.
    fn handed_on(&self, init: FuncRef) -> Option<Types> {
        let tree = self.project.tree(init.file);
        let base = tree.calls_in(init.func).find(|call| call.name == "__init__")?;
        let on_super = matches!(tree.kind(base.receiver?), ExprKind::Call { .. });
        let given = base
            .keyword("parent")
            .or_else(|| base.args.get(usize::from(!on_super)).copied())?;
        Some((*self.in_file(init.file, given)).clone())
    }

    /// Without a constructor of its own, what calls of the class pass goes to Qt's.
    fn given_to(&self, class: ClassRef) -> Types {
        let makes = |site: &ExprRef| match self.project.kind(*site) {
            ExprKind::Call { callee, .. } => {
                let made = self.in_file(site.file, *callee);
                made.list.contains(&Ty::Class(Class::Own(class)))
            }
            _ => false,
        };
        let sites = self.project.calls_named(&self.project.class(class).name).iter();
        let mut types = Types::default();
        for site in sites.filter(|site| makes(site)).take(20) {
            match self.first_argument(*site) {
                Some(parent) => types.join(&self.in_file(site.file, parent)),
                None => types.add(Ty::None),
            }
        }
        types.unknown |= types.list.is_empty();
        types
    }

    fn first_argument(&self, site: ExprRef) -> Option<ExprId> {
        let call = self.project.tree(site.file).call(site.expr)?;
        call.argument(0, "parent")
    }
}
