//! Locks and the code that runs while they are held.

use super::blocking::is_python_lock;
use crate::model::code::Call;
use crate::model::types::ClassRef;
use crate::model::{Class, FileId, FuncRef, Infer, Ty, Types};
use crate::qt::QtClass;
use crate::syntax::tree::{ExprId, FuncId, Name, StmtId, StmtKind, Tree};
use crate::text::TextRange;

const QT_LOCKS: [&str; 4] = ["QMutex", "QRecursiveMutex", "QReadWriteLock", "QBasicMutex"];

/// Which lock: an attribute of a class, or a name of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum LockId {
    Attribute(ClassRef, Name),
    Global(FileId, Name),
}

/// A stretch of code under a lock.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub lock: LockId,
    pub func: FuncId,
    /// The expression that takes it.
    pub taken: ExprId,
    pub body: TextRange,
    /// Whether others may hold it at the same time: a reader's.
    pub title: String,
}

pub(super) fn is_lock(class: &Class) -> bool {
    is_python_lock(class) || matches!(class, Class::Qt(qt) if QT_LOCKS.iter().any(|name| qt.is_a(name)))
}

pub(super) fn all_locks(types: &Types) -> bool {
    let classes = types.instances();
    !classes.is_empty() && classes.iter().all(|class| is_lock(class))
}

/// What a call of `lock`, `acquire` or `unlock` works on.
pub(super) fn locked(infer: &Infer<'_>, file: FileId, call: &Call<'_>, names: &[&str]) -> Option<ExprId> {
    let receiver = call.receiver.filter(|_| names.contains(&call.name))?;
    let types = infer.in_file(file, receiver);
    let known = all_locks(&types);
    // What a parameter holds is often not seen; a name may say it.
    let by_name = || {
        types.list.is_empty()
            && types.unknown
            && infer
                .project
                .tree(file)
                .last_name(receiver)
                .is_some_and(|name| says_lock(name))
    };
    (known || by_name()).then_some(receiver)
}

/// Whether a name is one that people give to locks.
fn says_lock(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("lock") || lower.ends_with("mutex")
}

fn identify(infer: &Infer<'_>, file: FileId, lock: ExprId) -> Option<LockId> {
    let tree = infer.project.tree(file);
    let func = FuncRef::new(file, tree.expr(lock).func);
    if let Some(attr) = tree.self_attribute(lock) {
        return infer
            .class_around(func)
            .map(|class| LockId::Attribute(class, attr.clone()));
    }
    let name = tree.path(lock).filter(|path| !path.contains('.'))?;
    (infer.owner(func, &name)?.func.0 == 0).then_some(LockId::Global(file, name))
}

/// The lock that the context of a `with` takes.
fn with_lock(infer: &Infer<'_>, file: FileId, context: ExprId) -> Option<ExprId> {
    let tree = infer.project.tree(file);
    if let Some(call) = tree.call(context) {
        let locker = |ty: &Ty| matches!(ty, Ty::Class(Class::Qt(class)) if ["QMutexLocker", "QReadLocker", "QWriteLocker"].iter().any(|name| Some(*class) == QtClass::named(name)));
        return infer
            .in_file(file, call.callee)
            .list
            .iter()
            .any(locker)
            .then(|| call.args.first().copied())
            .flatten();
    }
    all_locks(&infer.in_file(file, context)).then_some(context)
}

/// All stretches under a lock in a file.
pub(super) fn sections(infer: &Infer<'_>, file: FileId) -> Vec<Section> {
    let tree = infer.project.tree(file);
    let mut out = Vec::new();
    for (id, stmt) in (0..).map(StmtId::new).zip(&tree.stmts) {
        match &stmt.kind {
            StmtKind::With { items, body } => {
                let Some(end) = body.last().map(|last| tree.stmt(*last).range.end) else {
                    continue;
                };
                for (context, _) in items {
                    let Some(lock) = with_lock(infer, file, *context) else {
                        continue;
                    };
                    let Some(known) = identify(infer, file, lock) else {
                        continue;
                    };
                    let body = TextRange::new(tree.range(*context).end, end);
                    let title = infer.project.file(file).slice(tree.range(lock)).to_owned();
                    out.push(Section {
                        lock: known,
                        func: stmt.func,
                        taken: *context,
                        body,
                        title,
                    });
                }
            }
            StmtKind::Expr(expr) => {
                let taken = tree
                    .call(*expr)
                    .and_then(|call| locked(infer, file, &call, &["lock", "acquire", "lockForWrite", "lockForRead"]));
                let Some((lock, unlock)) = taken.and_then(|lock| Some((lock, find_unlock(infer, file, id, lock)?)))
                else {
                    continue;
                };
                let Some(known) = identify(infer, file, lock) else {
                    continue;
                };
                let body = TextRange::new(stmt.range.end, tree.stmt(unlock).range.start);
                let title = infer.project.file(file).slice(tree.range(lock)).to_owned();
                out.push(Section {
                    lock: known,
                    func: stmt.func,
                    taken: *expr,
                    body,
                    title,
                });
            }
            _ => {}
        }
    }
    out
}

/// The statement of the same block that releases the lock.
pub(super) fn find_unlock(infer: &Infer<'_>, file: FileId, lock_stmt: StmtId, lock: ExprId) -> Option<StmtId> {
    let tree = infer.project.tree(file);
    let path = tree.path(lock)?;
    let block = tree.block_of(lock_stmt);
    let index = tree.stmt(lock_stmt).index as usize;
    block
        .get(index + 1..)?
        .iter()
        .copied()
        .find(|stmt| releases(tree, *stmt, &path))
}

/// Whether a statement, or one inside it, releases the lock with this path.
pub(super) fn releases(tree: &Tree, stmt: StmtId, path: &Name) -> bool {
    let range = tree.stmt(stmt).range;
    tree.calls_within(tree.stmt(stmt).func, range).any(|call| {
        matches!(call.name, "unlock" | "release")
            && call.receiver.and_then(|receiver| tree.path(receiver)).as_ref() == Some(path)
    })
}

/// Calls in a section, of the same function.
pub(super) fn calls_under<'t>(tree: &'t Tree, section: &Section) -> Vec<Call<'t>> {
    tree.calls_within(section.func, section.body).collect()
}

/// Whether one of some functions takes the lock.
pub(super) fn takes(infer: &Infer<'_>, lock: &LockId, ours: impl Fn(FuncRef) -> bool) -> bool {
    let file = match lock {
        LockId::Attribute(class, _) => class.file,
        LockId::Global(file, _) => *file,
    };
    sections(infer, file)
        .iter()
        .any(|section| section.lock == *lock && ours(FuncRef::new(file, section.func)))
}
