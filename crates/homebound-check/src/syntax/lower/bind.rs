//! What names and attributes are bound to.

use super::Lower;
use crate::syntax::tree::{Binding, ExprId, ExprKind, FuncId, Name, Source};

impl Lower {
    /// Binds a target, already lowered, to where its value comes from.
    pub(super) fn bind(&mut self, target: ExprId, source: Source) {
        match self.tree.kind(target) {
            ExprKind::Name(name) => {
                let name = name.clone();
                self.bind_name(
                    name,
                    Binding {
                        source,
                        target: Some(target),
                    },
                );
            }
            ExprKind::Attribute { value, attr, .. } => {
                let (value, attr) = (*value, attr.clone());
                self.bind_attribute(
                    value,
                    attr,
                    Binding {
                        source,
                        target: Some(target),
                    },
                );
            }
            ExprKind::Starred(inner) => {
                let inner = *inner;
                self.bind(inner, Source::Unknown);
            }
            ExprKind::Sequence(items) => {
                let items = items.clone();
                self.bind_items(&items, source);
            }
            ExprKind::Subscript { value, .. } => {
                let value = *value;
                self.tree.items.push((value, source));
            }
            _ => {}
        }
    }

    fn bind_items(&mut self, targets: &[ExprId], source: Source) {
        let values = match source {
            Source::Value(value) => match self.tree.kind(value) {
                ExprKind::Sequence(values) if values.len() == targets.len() => Some(values.clone()),
                _ => None,
            },
            _ => None,
        };
        for (index, target) in targets.iter().enumerate() {
            let item = match (&values, source) {
                (Some(values), _) => Source::Value(values[index]),
                (None, Source::Value(value)) => Source::Item(value, u32::try_from(index).unwrap_or(0)),
                _ => Source::Unknown,
            };
            self.bind(*target, item);
        }
    }

    pub(super) fn bind_name(&mut self, name: Name, binding: Binding) {
        let func = if self.current().globals.contains(&name) {
            self.outer_owner(&name)
        } else {
            self.func
        };
        self.tree.funcs[func.0 as usize]
            .bindings
            .entry(name)
            .or_default()
            .push(binding);
    }

    /// The function that a `global` or `nonlocal` name belongs to.
    fn outer_owner(&self, name: &Name) -> FuncId {
        let mut at = self.tree.func(self.func).outer;
        while let Some(func) = at {
            let outer = self.tree.func(func);
            if outer.bindings.contains_key(name) || outer.outer.is_none() {
                return func;
            }
            at = outer.outer;
        }
        FuncId(0)
    }

    fn bind_attribute(&mut self, value: ExprId, attr: Name, binding: Binding) {
        if let ExprKind::Name(name) = self.tree.kind(value) {
            let own = self
                .selves
                .iter()
                .rev()
                .find(|(_, this)| this == name)
                .map(|(class, _)| *class);
            if let Some(class) = own {
                self.tree.classes[class.0 as usize]
                    .attributes
                    .entry(attr)
                    .or_default()
                    .push(binding);
                return;
            }
        }
        self.tree.foreign_attributes.push((value, attr, binding.source));
    }
}
