//! Handlers that are put in place by an assignment: `self.label.mousePressEvent = self.pressed`.

use super::Entries;
use crate::model::infer::Infer;
use crate::model::project::FileId;
use crate::model::threads::{Cause, Entry};
use crate::model::types::{Class, ClassRef, ExprRef};
use crate::syntax::tree::{ExprId, Source};

/// Handlers of a widget's events that the widget assigns to itself, or somebody to one of its widgets.
pub(super) fn assigned(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    for (base, name, source) in &tree.foreign_attributes {
        let (true, Source::Value(value)) = (name.ends_with("Event"), source) else {
            continue;
        };
        let types = infer.in_file(file, *base);
        let classes = types.instances();
        if !classes.is_empty() && classes.iter().all(|class| handles(infer, class, name)) {
            push(infer, ExprRef::new(file, *value), entries);
        }
    }
}

/// Those that a class of the user interface assigns to its own object.
pub(super) fn to_itself(infer: &Infer<'_>, class: ClassRef, entries: &mut Entries) {
    let attributes = &infer.project.class(class).attributes;
    let mut values: Vec<ExprId> = attributes
        .iter()
        .filter(|(name, _)| name.ends_with("Event") && handles(infer, &Class::Own(class), name))
        .flat_map(|(_, bindings)| bindings)
        .filter_map(|binding| match binding.source {
            Source::Value(value) => Some(value),
            _ => None,
        })
        .collect();
    values.sort_unstable();
    for value in values {
        push(infer, ExprRef::new(class.file, value), entries);
    }
}

fn handles(infer: &Infer<'_>, class: &Class, name: &str) -> bool {
    infer.is_gui(class) && infer.qt_bases(class).iter().any(|base| base.method(name).is_some())
}

fn push(infer: &Infer<'_>, value: ExprRef, entries: &mut Entries) {
    for func in infer.functions(value) {
        let message = format!(
            "Qt calls {} for the event that it is assigned to, in the thread of the user interface",
            infer.title(func)
        );
        entries.push_back((
            func,
            Cause::Entry {
                file: value.file,
                range: infer.project.tree(value.file).range(value.expr),
                message,
                entry: Entry::Handler,
            },
        ));
    }
}
