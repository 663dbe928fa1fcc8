use super::hb404_callable_slot_thread::CALLABLES_OF_SENDER;
use super::mend::{after_line, base_call, line_of, next_line};
use crate::binding::{Api, Binding};
use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::{Class, ClassRef, FileId, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Expr, ExprId, ExprKind, Source, StmtId, StmtKind};
use crate::text::TextRange;

declare_rule! {
    /// ## What it does
    ///
    /// Reports an object of signals that is made in the body of a `QRunnable` class.
    ///
    /// ## Why is this bad
    ///
    /// It is made once, for all jobs. Each `connect` of each job adds another slot to it, and each result goes to
    /// all: with three jobs, a slot is called three times per result.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QRunnable, Signal
    ///
    ///
    /// class Signals(QObject):
    ///     done = Signal(int)
    ///
    ///
    /// class Job(QRunnable):
    ///     signals = Signals()
    ///
    ///     def run(self):
    ///         self.signals.done.emit(1)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QRunnable, Signal
    ///
    ///
    /// class Signals(QObject):
    ///     done = Signal(int)
    ///
    ///
    /// class Job(QRunnable):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.signals = Signals()
    ///
    ///     def run(self):
    ///         self.signals.done.emit(1)
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all. In PySide6 from 6.8 on, or of unknown version, the fix is an unsafe one: there a lambda or a function
    /// belongs to the sender, so a result that is on its way to it is dropped when the job ends and takes its object of
    /// signals along. Methods of a `QObject` get theirs.
    ///
    /// ## Limits
    ///
    /// There is no fix where the class itself is asked for the object (`Job.signals`), where the value is made of other
    /// names of the class's body, or where a base that is not Qt's has a constructor and the class has none.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qrunnable.html>
    pub(crate) static RULE = {
        code: "HB403",
        name: "shared-runnable-signals",
        summary: "All jobs share one object of signals",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for class in context
        .classes()
        .filter(|class| context.infer.is_a(&Class::Own(*class), "QRunnable"))
    {
        for (name, bindings) in &context.tree().func(context.project().class(class).body).bindings {
            for binding in bindings {
                let Source::Value(value) = binding.source else { continue };
                let makes = context.tree().call(value).is_some();
                if makes
                    && context
                        .own_class(value)
                        .is_some_and(|holder| context.infer.is_a(&Class::Own(holder), "QObject"))
                {
                    let message = format!(
                        "`{name}` is made once for the class: each job's signals go to the slots of all jobs, so with three jobs a slot is called three times per result"
                    );
                    let report = context
                        .report(&RULE, context.tree().range(value), message)
                        .help(format!(
                            "make it in `__init__`: `self.{name} = {}`",
                            context.text(value)
                        ));
                    match into_init(context, class, name, value) {
                        Some(edits) => report
                            .fix("Make it for each job, in `__init__`", applicability(context), edits)
                            .done(),
                        None => report.done(),
                    }
                }
            }
        }
    }
}

/// An object for each job dies with its job: then PySide drops what is on its way to a callable, which belongs to the sender.
fn applicability(context: &Context<'_>) -> Applicability {
    let drops = |binding: Binding| {
        binding.api == Api::PySide6 && binding.version.is_none_or(|version| version >= CALLABLES_OF_SENDER)
    };
    if context.binding().is_none_or(drops) {
        Applicability::Unsafe
    } else {
        Applicability::Safe
    }
}

/// The line moves behind the constructor's call of its base, or into a constructor of its own.
fn into_init(context: &Context<'_>, class: ClassRef, name: &str, value: ExprId) -> Option<Vec<Edit>> {
    let (tree, text) = (context.tree(), &*context.file().source.text);
    let stmt = tree.stmt_of(value).filter(|stmt| is_plain(context, *stmt, value))?;
    let range = tree.stmt(stmt).range;
    let indent = context.indent_at(range.start)?;
    let line = line_of(text, range.start);
    let tail = TextRange::new(range.end, line_of(text, range.end).end)
        .slice(text)
        .trim();
    if !(tail.is_empty() || tail.starts_with('#')) {
        return None;
    }
    if !is_used_on_objects(context, class, name) {
        return None;
    }
    let assign = |this: &str| format!("{this}.{name} = {}", context.text(value));
    let def = context.project().class(class);
    let Some(init) = def.methods.get("__init__") else {
        let direct = def.bases.len() == 1 && context.infer.method(class, "__init__").is_none();
        let step = if indent.contains('\t') { "\t" } else { "    " };
        let head = format!(
            "def __init__(self):\n{indent}{step}super().__init__()\n{indent}{step}{}",
            assign("self")
        );
        return direct.then(|| vec![context.edit(range, head)]);
    };
    let base = base_call(context, *init)?;
    let inner = context.indent_at(base.start)?;
    let this = &tree.func(*init).params.first()?.name;
    // A body of a class is never empty: there is the constructor.
    let mut next = next_line(text, line_of(text, range.end))?;
    // The body begins with what comes next.
    while tree.stmt(stmt).index == 0 && next.slice(text).trim().is_empty() {
        next = next_line(text, next)?;
    }
    let gone = TextRange::new(line.start, next.start);
    let written = format!("\n{inner}{}", assign(this));
    Some(vec![
        context.edit(gone, ""),
        context.edit(after_line(text, base.end), written),
    ])
}

/// Whether a statement of the class's body is `name = value`, whose value is the same wherever it is made.
fn is_plain(context: &Context<'_>, stmt: StmtId, value: ExprId) -> bool {
    let tree = context.tree();
    let one = matches!(&tree.stmt(stmt).kind, StmtKind::Assign(targets) if targets.len() == 1);
    let body = tree.expr(value).func;
    let of_class = |expr: &Expr| match &expr.kind {
        ExprKind::Name(name) => tree.func(body).bindings.contains_key(name),
        _ => false,
    };
    let whole = tree.range(value);
    let inside = tree.exprs.iter().filter(|expr| whole.contains(expr.range));
    let whole_value = tree.expr(value).parent.is_none();
    one && whole_value && tree.stmt(stmt).parent.is_none() && !inside.into_iter().any(of_class)
}

/// Whether the program asks objects alone for an attribute, never the class.
fn is_used_on_objects(context: &Context<'_>, class: ClassRef, name: &str) -> bool {
    let project = context.project();
    let family: Vec<ClassRef> = std::iter::once(class).chain(project.hierarchy.below(class)).collect();
    let of_class = |file: FileId, expr: &Expr| match &expr.kind {
        ExprKind::Attribute { value, attr } if attr == name => {
            let types = context.infer.in_file(file, *value);
            let ours = |ty: &Ty| matches!(ty, Ty::Class(Class::Own(own)) if family.contains(own));
            types.list.iter().any(ours)
        }
        _ => false,
    };
    !project
        .ids()
        .any(|file| project.tree(file).exprs.iter().any(|expr| of_class(file, expr)))
}
