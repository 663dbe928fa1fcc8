//! What touches the user interface.

use crate::context::Context;
use crate::model::code::Call;
use crate::model::types::UI_CHILD;
use crate::model::{Class, Ty};
use crate::qt::{QtClass, is_widget_method};
use crate::syntax::tree::ExprKind;

/// Methods that any thread may call, or that say nothing about the user interface.
const HARMLESS: [&str; 16] = [
    "postEvent",
    "instance",
    "quit",
    "exit",
    "deleteLater",
    "thread",
    "moveToThread",
    "processEvents",
    "sendEvent",
    "exec",
    "exec_",
    "isCurrentThread",
    "aboutToQuit",
    "applicationName",
    "primaryScreen",
    "translate",
];

/// What a call does to the user interface, in words; nothing where it does not.
pub(crate) fn touches(context: &Context<'_>, call: &Call<'_>) -> Option<String> {
    let types = context.types(call.callee);
    if types.list.is_empty() {
        // Only the application has these, whatever `instance()` of it is known to be.
        if matches!(call.name, "setOverrideCursor" | "restoreOverrideCursor") {
            return Some(format!("`{}` of the application is called", call.name));
        }
        return ui_child(context, call).or_else(|| some_widget(context, call));
    }
    let mut said = None;
    for ty in types.values() {
        said = Some(match ty {
            Ty::QtMethod(class, name, _) => method(*class, name)?,
            Ty::Class(class) => construction(context, class)?,
            Ty::Instance(Class::Other(name)) if name == UI_CHILD => return ui_child(context, call),
            Ty::Other(name) => function(name)?,
            _ => return None,
        });
    }
    said
}

fn method(class: QtClass, name: &str) -> Option<String> {
    let (definer, _) = class.method(name)?;
    if definer.name() == "QPixmap"
        && matches!(
            name,
            "fromImage" | "grabWindow" | "grabWidget" | "load" | "loadFromData"
        )
    {
        return Some(format!("`QPixmap.{name}` works on the window system"));
    }
    let application = definer.is_a("QCoreApplication");
    let visible = [
        "clipboard",
        "setOverrideCursor",
        "restoreOverrideCursor",
        "beep",
        "alert",
        "activeWindow",
        "setStyleSheet",
        "topLevelWidgets",
        "focusWidget",
    ];
    if application && visible.contains(&name) {
        return Some(format!("`{}.{name}` belongs to the user interface", class.name()));
    }
    let touches = definer.is_gui() && !application && !HARMLESS.contains(&name);
    touches.then(|| format!("`{name}` of a `{}` is called", class.name()))
}

fn construction(context: &Context<'_>, class: &Class) -> Option<String> {
    let name = match class {
        Class::Qt(class) => class.name().to_owned(),
        Class::Own(own) => context.class_name(*own).to_string(),
        Class::Other(_) => return None,
    };
    let bases = context.infer.qt_bases(class);
    let pixmap = bases.iter().any(|base| base.is_a("QPixmap"));
    let widget = bases
        .iter()
        .any(|base| base.is_gui() && !base.is_a("QLayoutItem") && !base.is_a("QAction"));
    (pixmap || widget).then(|| format!("a `{name}` is made"))
}

fn function(name: &str) -> Option<String> {
    let known = matches!(name, "qt.QToolTip.showText" | "qt.QWhatsThis.showText");
    known.then(|| format!("`{}` is called", name.trim_start_matches("qt.")))
}

/// What is only known to be a widget (`layout.itemAt(0).widget()`), asked for what widgets of some class have.
fn some_widget(context: &Context<'_>, call: &Call<'_>) -> Option<String> {
    let receiver = call.receiver?;
    let types = context.types(receiver);
    let widget = |ty: &Ty| matches!(ty, Ty::Instance(Class::Qt(class)) if class.name() == "QWidget");
    let known = !types.unknown && types.values().next().is_some() && types.values().all(widget);
    (known && is_widget_method(call.name) && !HARMLESS.contains(&call.name))
        .then(|| format!("`{}` of a widget is called", call.name))
}

/// A child of a form: its class is not known, its method must be one of a widget's.
fn ui_child(context: &Context<'_>, call: &Call<'_>) -> Option<String> {
    let receiver = call.receiver?;
    let types = context.types(receiver);
    let child = |ty: &Ty| matches!(ty, Ty::Instance(Class::Other(name)) if name == UI_CHILD);
    let plain = matches!(context.tree().kind(receiver), ExprKind::Attribute { .. });
    let known = plain
        && !types.unknown
        && types.values().next().is_some()
        && types.values().all(child)
        && is_widget_method(call.name);
    (known && !HARMLESS.contains(&call.name)).then(|| format!("`{}` of a child of the form is called", call.name))
}
