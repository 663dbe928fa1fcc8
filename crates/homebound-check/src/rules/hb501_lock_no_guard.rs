use super::locks::{all_locks, find_unlock, locked, releases};
use super::mend::{has_long_texts, line_of, next_line, with_end};
use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::code::Call;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Branch, ExprId, StmtId, StmtKind};
use crate::text::{LineIndex, TextRange};

declare_rule! {
    /// ## What it does
    ///
    /// Reports `lock()` and `unlock()` around calls that may raise, without `try` and `finally`.
    ///
    /// ## Why is this bad
    ///
    /// After an exception the lock stays taken. The next thread that wants it waits for ever; if that is the user
    /// interface, the window hangs.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QMutex, QMutexLocker
    ///
    ///
    /// class Store:
    ///     def __init__(self):
    ///         self.mutex = QMutex()
    ///
    ///     def add(self, text):
    ///         self.mutex.lock()
    ///         self.items.append(parse(text))
    ///         self.mutex.unlock()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QMutex, QMutexLocker
    ///
    ///
    /// class Store:
    ///     def __init__(self):
    ///         self.mutex = QMutex()
    ///
    ///     def add(self, text):
    ///         with QMutexLocker(self.mutex):
    ///             self.items.append(parse(text))
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all. A `QMutex` itself is no context manager; `QMutexLocker` is. `threading.Lock` is one.
    ///
    /// ## Limits
    ///
    /// Both ends must stand in one block. Assignments and calls that do not raise (`len`, `append`, Qt's own methods)
    /// are not reported.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qmutexlocker.html>
    pub(crate) static RULE = {
        code: "HB501",
        name: "lock-no-guard",
        summary: "A lock stays held after an exception",
        group: Group::Locks,
        default: true,
        level: 1,
        fix: FixAvailability::Sometimes,
    };
}

const TAKES: [&str; 4] = ["lock", "acquire", "lockForWrite", "lockForRead"];

/// Calls that do not raise.
const CALM: [&str; 31] = [
    "len",
    "sleep",
    "int",
    "float",
    "append",
    "wait",
    "wakeAll",
    "wakeOne",
    "notify",
    "notify_all",
    "unlock",
    "release",
    "time",
    "clear",
    "copy",
    "min",
    "max",
    "sum",
    "abs",
    "round",
    "monotonic",
    "isinstance",
    "str",
    "bool",
    "list",
    "dict",
    "tuple",
    "set",
    "id",
    "appendleft",
    "lock",
];

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for call in TAKES.iter().flat_map(|name| tree.method_calls(name)) {
        let Some(stmt) = tree.stmt_of(call.id).filter(|_| tree.is_statement(call.id)) else {
            continue;
        };
        let Some(lock) = locked(context.infer, context.id, &call, &TAKES).filter(|_| !call.has_arguments()) else {
            continue;
        };
        let Some(unlock) = find_unlock(context.infer, context.id, stmt, lock) else {
            continue;
        };
        let (Some(path), false) = (tree.path(lock), in_finally(context, stmt, lock)) else {
            continue;
        };
        if guarded(context, unlock, &path) {
            continue;
        }
        let way = match (returns(context, stmt, unlock, &path), may_raise(context, stmt, unlock)) {
            (Some(line), _) => format!("the `return` in line {line} leaves `{path}` locked:"),
            (None, Some(raises)) => format!("if `{raises}` raises, `{path}` stays locked and"),
            (None, None) => continue,
        };
        let message = format!("{way} the next thread that wants it waits for ever");
        let (guard, locker) = guard_text(context, &call, lock);
        let mut report = context
            .report(&RULE, tree.range(call.id), message)
            .help(format!("write `with {guard}:`"));
        let known = all_locks(&context.types(lock));
        if let Some(edits) = known.then(|| rewrite(context, stmt, unlock, &guard, locker)).flatten() {
            report = report.fix(format!("Hold the lock in `with {guard}`"), Applicability::Safe, edits);
        }
        report.done();
    }
}

/// The guard of a lock, and the class that it takes.
fn guard_text(context: &Context<'_>, call: &Call<'_>, lock: ExprId) -> (String, Option<&'static str>) {
    let types = context.types(lock);
    let qt = types.values().any(|ty| matches!(ty, Ty::Instance(Class::Qt(_))));
    let locker = match call.name {
        "lockForRead" => "QReadLocker",
        "lockForWrite" => "QWriteLocker",
        // `threading` has no lock with this method.
        "lock" => "QMutexLocker",
        _ if qt => "QMutexLocker",
        _ => return (context.text(lock).to_owned(), None),
    };
    (format!("{locker}({})", context.text(lock)), Some(locker))
}

/// Whether the release is in a `finally`.
fn guarded(context: &Context<'_>, unlock: StmtId, path: &crate::syntax::tree::Name) -> bool {
    let tree = context.tree();
    let inside = |stmt: &StmtId| match &tree.stmt(*stmt).kind {
        StmtKind::Try { finally, .. } => finally.iter().any(|last| releases(tree, *last, path)),
        _ => false,
    };
    tree.statements(&[unlock]).iter().any(inside)
}

/// Whether the whole block is in a `try` whose `finally` releases the lock.
fn in_finally(context: &Context<'_>, stmt: StmtId, lock: ExprId) -> bool {
    let tree = context.tree();
    let Some(path) = tree.path(lock) else { return true };
    tree.around(stmt).any(|(outer, branch)| match &tree.stmt(outer).kind {
        StmtKind::Try { finally, handlers, .. } if branch == Branch::Body => {
            let handled = handlers.iter().flatten();
            finally.iter().chain(handled).any(|last| releases(tree, *last, &path))
        }
        _ => false,
    })
}

/// The line of a `return` between, with no release before it.
fn returns(context: &Context<'_>, stmt: StmtId, unlock: StmtId, path: &crate::syntax::tree::Name) -> Option<usize> {
    let tree = context.tree();
    let start = tree.stmt(stmt).range.end;
    let between = |inner: &&StmtId| {
        let range = tree.stmt(**inner).range;
        range.start > start && range.end < tree.stmt(unlock).range.start
    };
    let released = |inner: StmtId| {
        let before = TextRange::new(start, tree.stmt(inner).range.start);
        tree.calls_within(tree.stmt(stmt).func, before).any(|call| {
            matches!(call.name, "unlock" | "release")
                && call.receiver.and_then(|receiver| tree.path(receiver)).as_ref() == Some(path)
        })
    };
    let inside = tree.statements(tree.block_of(stmt));
    let left = inside
        .iter()
        .filter(between)
        .find(|inner| matches!(tree.stmt(**inner).kind, StmtKind::Return) && !released(**inner))?;
    let text = &context.file().source.text;
    Some(LineIndex::new(text).line(tree.stmt(*left).range.start) as usize + 1)
}

/// The first call between that may raise.
fn may_raise<'c>(context: &Context<'c>, stmt: StmtId, unlock: StmtId) -> Option<&'c str> {
    let tree = context.tree();
    let between = TextRange::new(tree.stmt(stmt).range.end, tree.stmt(unlock).range.start);
    let calls = tree.calls_within(tree.stmt(stmt).func, between);
    calls
        .into_iter()
        .find(|call| {
            // A signal without arguments has none that could be wrong.
            let plain = call.name == "emit" && !call.has_arguments();
            !plain && !CALM.contains(&call.name) && !is_qt(context, call.callee)
        })
        .map(|call| context.file().slice(tree.range(call.callee)))
}

/// Qt's own methods do not raise.
fn is_qt(context: &Context<'_>, callee: ExprId) -> bool {
    let types = context.types(callee);
    types.values().next().is_some()
        && types
            .values()
            .all(|ty| matches!(ty, Ty::QtMethod(..) | Ty::Class(crate::model::Class::Qt(_)) | Ty::Data))
}

/// The section as a `with` block, where both ends stand in one block, each on lines of its own.
fn rewrite(
    context: &Context<'_>,
    stmt: StmtId,
    unlock: StmtId,
    guard: &str,
    locker: Option<&str>,
) -> Option<Vec<Edit>> {
    let (tree, text) = (context.tree(), &*context.file().source.text);
    let (start, end) = (tree.stmt(stmt).range, tree.stmt(unlock).range);
    let StmtKind::Expr(_) = tree.stmt(unlock).kind else {
        return None;
    };
    if locker.is_some_and(|locker| !is_imported(context, locker)) {
        return None;
    }
    let indent = context.indent_at(start.start)?;
    let (first, last) = (line_of(text, start.end), line_of(text, end.end));
    let alone = |end: u32, line: TextRange| {
        let tail = TextRange::new(end, line.end).slice(text).trim();
        tail.is_empty() || tail.starts_with('#')
    };
    let whole = line_of(text, end.start) == last && context.indent_at(end.start) == Some(indent);
    if !whole || !alone(start.end, first) || !alone(end.end, last) {
        return None;
    }
    let body = TextRange::new(next_line(text, first)?.start, last.start);
    let released_before = tree
        .calls_within(tree.stmt(stmt).func, body)
        .any(|call| matches!(call.name, "unlock" | "release"));
    let nothing = tree.stmt(stmt).index + 1 >= tree.stmt(unlock).index;
    // Released on a way out of it too: the guard would release it again.
    if released_before || nothing || has_long_texts(context, body, None) {
        return None;
    }
    Some(indented(context, start, body, last, &format!("with {guard}:")))
}

fn is_imported(context: &Context<'_>, class: &str) -> bool {
    let types = context.infer.exported(context.id, &class.into());
    types.list.iter().any(|ty| matches!(ty, Ty::Class(_)))
}

fn indented(context: &Context<'_>, start: TextRange, body: TextRange, last: TextRange, head: &str) -> Vec<Edit> {
    let text = &*context.file().source.text;
    let tabs = context
        .indent_at(start.start)
        .is_some_and(|indent| indent.contains('\t'));
    let step = if tabs { "\t" } else { "    " };
    let mut edits = vec![context.edit(start, head)];
    let mut line = Some(line_of(text, body.start));
    while let Some(range) = line.filter(|line| line.start < body.end) {
        if !range.slice(text).trim().is_empty() {
            edits.push(context.edit(TextRange::new(range.start, range.start), step));
        }
        line = next_line(text, range);
    }
    // The comment of the release stays where it was.
    let comment = last
        .slice(text)
        .find('#')
        .map(|at| u32::try_from(at).unwrap_or(0) + last.start);
    let gone = match comment {
        Some(comment) => TextRange::new(last.start + indent_length(context, start), comment),
        None => with_end(text, last),
    };
    edits.push(context.edit(gone, ""));
    edits
}

fn indent_length(context: &Context<'_>, start: TextRange) -> u32 {
    context
        .indent_at(start.start)
        .map_or(0, |indent| u32::try_from(indent.len()).unwrap_or(0))
}
