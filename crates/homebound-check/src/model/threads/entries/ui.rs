//! Where the user interface enters the program's code.

use super::assigned::{assigned, to_itself};
use super::{Entries, classes};
use crate::model::code::Call;
use crate::model::infer::Infer;
use crate::model::project::FileId;
use crate::model::threads::{Cause, Colour, Entry, Threads};
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef};
use crate::model::wiring::{Connect, Wiring};
use crate::syntax::tree::{FuncId, FuncKind};

pub(in crate::model::threads) fn ui(infer: &Infer<'_>, wiring: &Wiring, threads: &Threads) -> Entries {
    let mut entries = Entries::new();
    let program = |file: &FileId| !infer.project.file(*file).is_test;
    wiring
        .connects
        .iter()
        .filter(|connect| program(&connect.call.file))
        .for_each(|connect| ui_slots(infer, wiring, connect, &mut entries));
    for file in infer.project.ids().filter(program) {
        for class in classes(infer, file).filter(|class| infer.is_gui(&Class::Own(*class))) {
            handlers(infer, class, &mut entries);
            named_slots(infer, class, &mut entries);
            to_itself(infer, class, &mut entries);
        }
        assigned(infer, file, &mut entries);
        single_shots(infer, file, threads, &mut entries);
        said_to_be_ui(infer, file, &mut entries);
    }
    entries
}

fn ui_slots(infer: &Infer<'_>, wiring: &Wiring, connect: &Connect, entries: &mut Entries) {
    let moved = |class: &Class| matches!(class, Class::Own(own) if wiring.is_moved(infer, *own));
    let from_gui = connect.sender_classes.iter().any(|class| infer.is_gui(class));
    let direct = connect.kind.as_deref() == Some("DirectConnection");
    for (func, class) in connect.functions() {
        let here = match class {
            Some(class) => {
                let own = Class::Own(class);
                let at_home = || infer.is_a(&own, "QObject") && (infer.is_gui(&own) || infer.project.is_named(class));
                !moved(&own) && !direct && (from_gui || at_home())
            }
            None => from_gui && infer.project.func(func).kind != FuncKind::Module,
        };
        if here && infer.runs_when_called(func) {
            let what = "is a slot in the thread of the user interface";
            entries.push_back((func, super::slot(infer, connect, func, what)));
        }
    }
}

fn handlers(infer: &Infer<'_>, class: ClassRef, entries: &mut Entries) {
    let own = Class::Own(class);
    let bases = infer.qt_bases(&own);
    let def = infer.project.class(class);
    let mut methods: Vec<(&str, FuncId)> = def.methods.iter().map(|(name, func)| (&**name, *func)).collect();
    methods.sort_unstable_by_key(|(_, func)| *func);
    for (name, func) in methods {
        let handler = name.ends_with("Event") || matches!(name, "eventFilter" | "accept" | "reject" | "done" | "event");
        if name == "__init__" || (handler && bases.iter().any(|base| base.method(name).is_some())) {
            let func = FuncRef::new(class.file, func);
            let message = if name == "__init__" {
                format!(
                    "widgets such as `{}` are made in the thread of the user interface",
                    def.name
                )
            } else {
                format!("Qt calls {} in the thread of the user interface", infer.title(func))
            };
            let range = infer.project.func(func).name_range;
            entries.push_back((
                func,
                Cause::Entry {
                    file: class.file,
                    range,
                    message,
                    entry: Entry::Handler,
                },
            ));
        }
    }
}

/// Signals by which `connectSlotsByName` finds methods such as `on_open_clicked`.
const NAMED: [&str; 15] = [
    "clicked",
    "pressed",
    "released",
    "toggled",
    "triggered",
    "activated",
    "currentIndexChanged",
    "currentTextChanged",
    "textChanged",
    "textEdited",
    "returnPressed",
    "editingFinished",
    "valueChanged",
    "stateChanged",
    "itemClicked",
];

/// Slots that Qt connects by their names, where the class sets up a form.
fn named_slots(infer: &Infer<'_>, class: ClassRef, entries: &mut Entries) {
    let tree = infer.project.tree(class.file);
    let forms = ["setupUi", "loadUi", "connectSlotsByName"];
    let mut setups = forms.iter().flat_map(|name| tree.method_calls(name));
    if !setups.any(|call| infer.class_around(FuncRef::new(class.file, tree.expr(call.id).func)) == Some(class)) {
        return;
    }
    let methods = infer.project.class(class).methods.iter();
    let mut slots: Vec<FuncId> = methods
        .filter(|(name, _)| {
            let signal = name.strip_prefix("on_").and_then(|rest| rest.rsplit_once('_'));
            signal.is_some_and(|(object, signal)| !object.is_empty() && NAMED.contains(&signal))
        })
        .map(|(_, func)| *func)
        .collect();
    slots.sort_unstable();
    for func in slots.into_iter().map(|func| FuncRef::new(class.file, func)) {
        let message = format!(
            "Qt connects {} by its name, in the thread of the user interface",
            infer.title(func)
        );
        entries.push_back((
            func,
            Cause::Entry {
                file: class.file,
                range: infer.project.func(func).name_range,
                message,
                entry: Entry::Slot,
            },
        ));
    }
}

/// `QTimer.singleShot` in the user interface's code.
fn single_shots(infer: &Infer<'_>, file: FileId, threads: &Threads, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    for call in tree.method_calls("singleShot") {
        let around = FuncRef::new(file, tree.expr(call.id).func);
        let in_widget = infer
            .class_around(around)
            .is_some_and(|class| infer.is_gui(&Class::Own(class)));
        if in_widget && !threads.runs_on(around, Colour::Worker) {
            single_shot(infer, file, &call, entries);
        }
    }
}

/// `QTimer.singleShot` in functions that are known to run in the user interface only.
pub(in crate::model::threads) fn delayed(infer: &Infer<'_>, threads: &Threads) -> Entries {
    let mut entries = Entries::new();
    for file in infer.project.ids() {
        let tree = infer.project.tree(file);
        for call in tree.method_calls("singleShot") {
            let around = FuncRef::new(file, tree.expr(call.id).func);
            if threads.runs_on(around, Colour::Ui) && !threads.runs_on(around, Colour::Worker) {
                single_shot(infer, file, &call, &mut entries);
            }
        }
    }
    entries
}

fn single_shot(infer: &Infer<'_>, file: FileId, call: &Call<'_>, entries: &mut Entries) {
    let Some(slot) = call.args.last() else { return };
    for func in infer.functions(ExprRef::new(file, *slot)) {
        let message = format!(
            "a timer calls {} in the thread of the user interface",
            infer.title(func)
        );
        entries.push_back((
            func,
            Cause::Entry {
                file,
                range: infer.project.tree(file).range(call.id),
                message,
                entry: Entry::Slot,
            },
        ));
    }
}

/// `@ui_thread`: the program's own word that a function runs in the user interface.
fn said_to_be_ui(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    let count = u32::try_from(tree.funcs.len()).unwrap_or(0);
    for func in (0..count).map(|func| FuncRef::new(file, FuncId(func))) {
        let decorators = infer.project.func(func).decorators.iter();
        let said = decorators
            .copied()
            .find(|decorator| tree.last_name(*decorator).is_some_and(|name| name == "ui_thread"));
        if let Some(decorator) = said {
            let message = format!(
                "`@ui_thread` says that {} runs in the thread of the user interface",
                infer.title(func)
            );
            entries.push_back((
                func,
                Cause::Entry {
                    file,
                    range: tree.range(decorator),
                    message,
                    entry: Entry::Handler,
                },
            ));
        }
    }
}
