//! Names.

use super::{Infer, Key};
use crate::model::imports::{Target, other};
use crate::model::project::FileId;
use crate::model::types::{Class, ClassRef, FuncRef, Ty, Types};
use crate::syntax::tree::{Binding, FuncKind, MODULE, Name, Source};
use std::rc::Rc;

impl Infer<'_> {
    /// What a name means in a function.
    pub(crate) fn name(&self, scope: FuncRef, name: &Name) -> Rc<Types> {
        match self.owner(scope, name) {
            Some(owner) => self.memo(Key::Name(owner, name.clone()), || self.bound(owner, name)),
            None => Rc::new(self.unbound(scope.file, name)),
        }
    }

    /// The function whose name it is.
    pub(crate) fn owner(&self, scope: FuncRef, name: &Name) -> Option<FuncRef> {
        let tree = self.project.tree(scope.file);
        let mut at = Some(scope.func);
        while let Some(func) = at {
            let here = tree.func(func);
            let visible = here.kind != FuncKind::ClassBody || func == scope.func;
            if visible && here.bindings.contains_key(name) {
                return Some(FuncRef::new(scope.file, func));
            }
            at = here.outer;
        }
        None
    }

    fn bound(&self, owner: FuncRef, name: &Name) -> Types {
        let Some(bindings) = self.project.func(owner).bindings.get(name) else {
            return Types::unknown();
        };
        // Annotations say more than what is assigned.
        let annotated = bindings
            .iter()
            .find(|binding| matches!(binding.source, Source::Annotated(_)));
        if let Some(Binding { source, .. }) = annotated {
            let types = self.source(owner, *source);
            if !types.unknown {
                return types;
            }
        }
        let mut types = Types::default();
        for binding in bindings.iter().take(24) {
            types.join(&self.source(owner, binding.source));
        }
        types
    }

    fn unbound(&self, file: FileId, name: &Name) -> Types {
        if let Some(types) = self.starred(file, name) {
            return types;
        }
        Types::one(Ty::Other(crate::model::imports::dotted("builtins", name)))
    }

    /// A name that `from x import *` may bring.
    fn starred(&self, file: FileId, name: &Name) -> Option<Types> {
        let tree = self.project.tree(file);
        let stars = tree.imports.iter().filter(|import| import.name.as_deref() == Some("*"));
        let mut foreign = false;
        for import in stars {
            if crate::model::imports::is_qt_module(&import.module) {
                let member = crate::model::imports::qt_member(name);
                let known = matches!(&member, Ty::Class(_))
                    || matches!(&member, Ty::Other(other) if matches!(&**other, "qt.Signal" | "qt.Slot" | "qt.Qt"));
                if known {
                    return Some(Types::one(member));
                }
            } else if let Some(module) = self.project.find_module(file, import.level, &import.module) {
                let types = self.exported(module, name);
                if !types.list.is_empty() {
                    return Some((*types).clone());
                }
            } else {
                foreign = true;
            }
        }
        let shim = matches!(other(&format!("?.{name}")), Ty::Class(_));
        (foreign && shim).then(|| Types::one(other(&format!("?.{name}"))))
    }

    /// What a module offers under a name; nothing where it does not.
    pub(crate) fn exported(&self, file: FileId, name: &Name) -> Rc<Types> {
        let module = FuncRef::new(file, MODULE);
        if self.project.func(module).bindings.contains_key(name) {
            return self.memo(Key::Name(module, name.clone()), || self.bound(module, name));
        }
        let key = Key::Name(module, name.clone());
        self.memo(key, || {
            if let Some(types) = self.starred(file, name) {
                return types;
            }
            let inner = self
                .project
                .file(file)
                .is_package
                .then(|| self.project.find_module(file, 1, name))
                .flatten();
            inner.map_or_else(Types::default, |module| Types::one(Ty::Module(module)))
        })
    }

    pub(super) fn import(&self, file: FileId, index: u32) -> Types {
        let import = &self.project.tree(file).imports[index as usize];
        match self.project.import_target(file, import) {
            Target::Type(ty) => Types::one(ty),
            Target::Member(module, name) if module == file => {
                let _ = name;
                Types::unknown()
            }
            Target::Member(module, name) => {
                let types = self.exported(module, &name);
                if types.list.is_empty() && !types.unknown {
                    // A name that the module makes in a way that is not seen: Qt's are known all the same.
                    return Types::one(other(&format!("{}.{name}", import.module)));
                }
                (*types).clone()
            }
        }
    }

    /// The class whose method a function is, lambdas and inner functions not counted.
    pub(crate) fn class_of(&self, func: FuncRef) -> Option<ClassRef> {
        let def = self.project.func(func);
        (def.kind == FuncKind::Def)
            .then_some(def.class?)
            .map(|class| ClassRef::new(func.file, class))
    }

    /// The class of the method that a function is in, however deep.
    pub(crate) fn class_around(&self, func: FuncRef) -> Option<ClassRef> {
        let tree = self.project.tree(func.file);
        let mut at = Some(func.func);
        while let Some(id) = at {
            let here = tree.func(id);
            if let Some(class) = here.class {
                return Some(ClassRef::new(func.file, class));
            }
            at = here.outer;
        }
        None
    }

    pub(super) fn has_decorator(&self, func: FuncRef, name: &str) -> bool {
        let decorators = &self.project.func(func).decorators;
        decorators.iter().any(|decorator| {
            self.in_file(func.file, *decorator).list.iter().any(|ty| match ty {
                Ty::Other(other) | Ty::Class(Class::Other(other)) => other.rsplit('.').next() == Some(name),
                _ => false,
            })
        })
    }
}
