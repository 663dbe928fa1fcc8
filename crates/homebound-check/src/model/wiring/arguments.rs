//! Connections that are made without `connect`: `QPushButton("Go", clicked=self.go)`, `menu.addAction("Go", self.go)`.

use super::Connect;
use crate::model::code::Call;
use crate::model::infer::Infer;
use crate::model::project::FileId;
use crate::model::types::{Class, ExprRef, Ty};
use crate::qt::QtClass;
use crate::syntax::tree::{ExprId, Name};

pub(super) fn connects(infer: &Infer<'_>, file: FileId) -> Vec<Connect> {
    let tree = infer.project.tree(file);
    let mut made: Vec<ExprId> = tree
        .calls
        .iter()
        .filter(|(name, _)| QtClass::named(name).is_some())
        .flat_map(|(_, calls)| calls.iter().copied())
        .collect();
    made.sort_unstable();
    let keywords = made.into_iter().filter_map(|id| tree.call(id));
    let mut out: Vec<Connect> = keywords.flat_map(|call| of_construction(infer, file, &call)).collect();
    out.extend(
        tree.method_calls("addAction")
            .filter_map(|call| of_action(infer, file, &call)),
    );
    out
}

fn of_construction(infer: &Infer<'_>, file: FileId, call: &Call<'_>) -> Vec<Connect> {
    let Some(class) = QtClass::named(call.name).filter(|_| !call.keywords.is_empty()) else {
        return Vec::new();
    };
    if infer.in_file(file, call.callee).list != [Ty::Class(Class::Qt(class))] {
        return Vec::new();
    }
    let signals = call
        .keywords
        .iter()
        .filter_map(|(name, value)| Some((name.as_ref()?, *value)));
    signals
        .filter(|(name, _)| class.has_signal(name))
        .map(|(name, slot)| connect(infer, file, call, class, name.clone(), slot))
        .collect()
}

/// `addAction` with a callable at its end.
fn of_action(infer: &Infer<'_>, file: FileId, call: &Call<'_>) -> Option<Connect> {
    let slot = *call.args.last()?;
    let action = QtClass::named("QAction")?;
    let types = infer.in_file(file, slot);
    let callable = types.list.iter().any(|ty| matches!(ty, Ty::Func(_) | Ty::Method(..)));
    let of_qt = |ty: &Ty| matches!(ty, Ty::QtMethod(..));
    let on_widget = infer.in_file(file, call.callee).list.iter().any(of_qt);
    (callable && on_widget).then(|| connect(infer, file, call, action, "triggered".into(), slot))
}

fn connect(infer: &Infer<'_>, file: FileId, call: &Call<'_>, class: QtClass, signal: Name, slot: ExprId) -> Connect {
    Connect {
        call: ExprRef::new(file, call.id),
        sender: None,
        sender_classes: vec![Class::Qt(class)],
        signal,
        slot,
        slots: infer.in_file(file, slot).values().cloned().collect(),
        kind: None,
    }
}
