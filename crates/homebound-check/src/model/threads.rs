//! Which function runs on which thread.
//!
//! From entry points (a thread's `run`, a moved worker's slot, a handler of the user interface) the colour spreads along
//! calls. A function may have both colours; of each it keeps the first way in which it was reached, as evidence.

mod entries;
mod literals;
mod logging;
mod spread;

use super::infer::Infer;
use super::project::FileId;
use super::types::{ExprRef, FuncRef};
use super::wiring::Wiring;
use crate::diagnostic::Related;
use crate::syntax::tree::ExprId;
use crate::text::TextRange;
use rustc_hash::FxHashMap;
use spread::Reached;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Colour {
    Ui,
    Worker,
}

/// Why a function has a colour.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    Entry {
        file: FileId,
        range: TextRange,
        message: String,
        entry: Entry,
    },
    Call {
        caller: FuncRef,
        call: ExprRef,
    },
}

/// A kind of entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A thread's `run`, or a function that a thread or a pool runs: no event loop but one's own.
    Run,
    /// A slot that an event loop calls.
    Slot,
    /// A handler that Qt calls, or the construction of a widget.
    Handler,
}

#[derive(Debug, Default)]
pub(crate) struct Threads {
    ui: Reached,
    worker: Reached,
    /// The functions of each file with a colour, in source order.
    by_file: FxHashMap<(FileId, Colour), Vec<FuncRef>>,
}

impl Threads {
    pub(crate) fn new(infer: &Infer<'_>, wiring: &Wiring) -> Self {
        let mut threads = Self::default();
        spread::spread(infer, entries::worker(infer, wiring), &mut threads.worker);
        let coroutines = entries::coroutines(infer, &threads.worker.causes);
        spread::spread(infer, coroutines, &mut threads.worker);
        let callbacks = entries::callbacks(infer, &threads.worker.causes);
        spread::spread(infer, callbacks, &mut threads.worker);
        spread::spread(infer, logging::heard(infer, &threads), &mut threads.worker);
        let ui = entries::ui(infer, wiring, &threads);
        spread::spread(infer, ui, &mut threads.ui);
        let delayed = entries::delayed(infer, &threads);
        spread::spread(infer, delayed, &mut threads.ui);
        threads.index();
        threads
    }

    fn index(&mut self) {
        for (colour, funcs) in [(Colour::Ui, &self.ui), (Colour::Worker, &self.worker)] {
            for func in funcs.causes.keys() {
                self.by_file.entry((func.file, colour)).or_default().push(*func);
            }
        }
        self.by_file.values_mut().for_each(|funcs| funcs.sort_unstable());
    }

    fn of(&self, colour: Colour) -> &Reached {
        match colour {
            Colour::Ui => &self.ui,
            Colour::Worker => &self.worker,
        }
    }

    pub(crate) fn runs_on(&self, func: FuncRef, colour: Colour) -> bool {
        self.of(colour).causes.contains_key(&func)
    }

    /// Whether a call in a function with a colour is come to there: not where a literal that all callers give rules it
    /// out.
    pub(crate) fn comes_to(&self, infer: &Infer<'_>, func: FuncRef, call: ExprId, colour: Colour) -> bool {
        self.of(colour).comes_to(infer, func, ExprRef::new(func.file, call))
    }

    /// The functions of a file with a colour, in source order.
    pub(crate) fn in_file(&self, file: FileId, colour: Colour) -> &[FuncRef] {
        self.by_file.get(&(file, colour)).map_or(&[], Vec::as_slice)
    }

    /// The entry point that a function's evidence begins with.
    pub(crate) fn entry(&self, func: FuncRef, colour: Colour) -> Option<(FuncRef, Entry)> {
        let mut at = func;
        loop {
            match self.of(colour).causes.get(&at)? {
                Cause::Entry { entry, .. } => return Some((at, *entry)),
                Cause::Call { caller, .. } => at = *caller,
            }
        }
    }

    /// Whether so many calls lie between the entry point and the function that nobody would believe the way: each may depend
    /// on values that the analysis does not know. Of the longer ways to a widget that were read in large
    /// programs nearly all were wrong.
    pub(crate) fn is_far(&self, func: FuncRef, colour: Colour) -> bool {
        const FARTHEST: usize = 4;
        let causes = &self.of(colour).causes;
        let step = |at: &FuncRef| match causes.get(at)? {
            Cause::Call { caller, .. } => Some(*caller),
            Cause::Entry { .. } => None,
        };
        std::iter::successors(Some(func), step).nth(FARTHEST + 1).is_some()
    }

    /// Whether a worker's function runs where no event loop runs.
    pub(crate) fn without_loop(&self, infer: &Infer<'_>, func: FuncRef) -> bool {
        let Some((entry, Entry::Run)) = self.entry(func, Colour::Worker) else {
            return false;
        };
        let tree = infer.project.tree(entry.file);
        !tree
            .calls_in(entry.func)
            .any(|call| matches!(call.name, "exec" | "exec_" | "processEvents"))
    }

    /// How a function came to run there: the entry point first, then each call.
    pub(crate) fn chain(&self, infer: &Infer<'_>, func: FuncRef, colour: Colour) -> Vec<Related> {
        let mut chain = Vec::new();
        let mut at = Some(func);
        while let Some(func) = at.take() {
            match self.of(colour).causes.get(&func) {
                Some(Cause::Entry {
                    file, range, message, ..
                }) => chain.push(related(infer, *file, *range, message.clone())),
                Some(Cause::Call { caller, call }) => {
                    let range = infer.project.tree(call.file).range(call.expr);
                    let message = format!("{} calls {}", infer.title(*caller), infer.title(func));
                    chain.push(related(infer, call.file, range, message));
                    at = Some(*caller);
                }
                None => {}
            }
        }
        chain.reverse();
        chain
    }
}

pub(crate) fn related(infer: &Infer<'_>, file: FileId, range: TextRange, message: String) -> Related {
    Related {
        path: infer.project.file(file).source.path.clone(),
        range,
        message,
    }
}

impl Infer<'_> {
    /// A function's name as people say it: `Window.on_clicked`.
    pub(crate) fn title(&self, func: FuncRef) -> String {
        let tree = self.project.tree(func.file);
        let def = tree.func(func.func);
        match (def.class, def.outer) {
            (Some(class), _) => format!("{}.{}", tree.class(class).name, def.name),
            (None, Some(outer)) if outer.0 != 0 => {
                format!("{} in {}", def.name, self.title(FuncRef::new(func.file, outer)))
            }
            _ => def.name.to_string(),
        }
    }
}
