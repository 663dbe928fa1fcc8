//! What a rule is given: one file, and the whole project around it.

use crate::binding::Binding;
use crate::diagnostic::{Diagnostic, Related};
use crate::fix::{Applicability, Edit, Fix};
use crate::model::threads::{Colour, Threads, related};
use crate::model::wiring::Wiring;
use crate::model::{Class, ClassRef, ExprRef, File, FileId, FuncRef, Infer, Project, Types};
use crate::rule::Rule;
use crate::syntax::Tree;
use crate::syntax::tree::{ClassId, ExprId, FuncId, Name};
use crate::text::TextRange;
use std::cell::RefCell;

pub(crate) struct Context<'c> {
    pub infer: &'c Infer<'c>,
    pub wiring: &'c Wiring,
    pub threads: &'c Threads,
    pub id: FileId,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'c> Context<'c> {
    pub(crate) fn new(infer: &'c Infer<'c>, wiring: &'c Wiring, threads: &'c Threads, id: FileId) -> Self {
        Self {
            infer,
            wiring,
            threads,
            id,
            found: RefCell::default(),
        }
    }

    pub(crate) fn into_found(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }

    pub(crate) fn project(&self) -> &'c Project<'c> {
        self.infer.project
    }

    pub(crate) fn file(&self) -> &'c File<'c> {
        self.infer.project.file(self.id)
    }

    pub(crate) fn tree(&self) -> &'c Tree {
        &self.file().tree
    }

    pub(crate) fn types(&self, expr: ExprId) -> std::rc::Rc<Types> {
        self.infer.in_file(self.id, expr)
    }

    pub(crate) fn at(&self, expr: ExprId) -> ExprRef {
        ExprRef::new(self.id, expr)
    }

    pub(crate) fn func(&self, func: FuncId) -> FuncRef {
        FuncRef::new(self.id, func)
    }

    pub(crate) fn text(&self, expr: ExprId) -> &'c str {
        self.file().slice(self.tree().range(expr))
    }

    pub(crate) fn binding(&self) -> Option<Binding> {
        self.project().binding(self.id)
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = ClassRef> + use<> {
        let (file, count) = (self.id, u32::try_from(self.tree().classes.len()).unwrap_or(0));
        (0..count).map(move |class| ClassRef::new(file, ClassId(class)))
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = FuncRef> + use<> {
        let (file, count) = (self.id, u32::try_from(self.tree().funcs.len()).unwrap_or(0));
        (0..count).map(move |func| FuncRef::new(file, FuncId(func)))
    }

    /// Whether an expression is an object of Qt's class, whatever it is.
    pub(crate) fn is(&self, expr: ExprId, class: &str) -> bool {
        self.infer.all_are(&self.types(expr), class)
    }

    /// The program's own class that an expression is an object of, where there is just one.
    pub(crate) fn own_class(&self, expr: ExprId) -> Option<ClassRef> {
        let types = self.types(expr);
        match types.instances().as_slice() {
            [Class::Own(class)] => Some(*class),
            _ => None,
        }
    }

    pub(crate) fn runs_on(&self, func: FuncRef, colour: Colour) -> bool {
        self.threads.runs_on(func, colour)
    }

    pub(crate) fn report(&self, rule: &'static Rule, range: TextRange, message: impl Into<String>) -> Report<'_> {
        let diagnostic = Diagnostic {
            rule,
            path: self.file().source.path.clone(),
            range,
            message: message.into(),
            help: None,
            related: Vec::new(),
            fix: None,
            suppressed: None,
        };
        Report {
            found: &self.found,
            diagnostic: Some(diagnostic),
        }
    }

    pub(crate) fn related(&self, range: TextRange, message: impl Into<String>) -> Related {
        related(self.infer, self.id, range, message.into())
    }

    pub(crate) fn edit(&self, range: TextRange, replacement: impl Into<String>) -> Edit {
        Edit {
            path: self.file().source.path.clone(),
            range,
            replacement: replacement.into(),
        }
    }

    /// The spaces before the statement at a byte, where nothing else stands before it in its line.
    pub(crate) fn indent_at(&self, start: u32) -> Option<&'c str> {
        let head = self.file().source.text.get(..start as usize)?;
        let line = &head[head.rfind('\n').map_or(0, |end| end + 1)..];
        line.chars().all(|c| c == ' ' || c == '\t').then_some(line)
    }

    /// Whether the file is a test: there somebody waits and pumps events on purpose.
    pub(crate) fn is_test(&self) -> bool {
        self.file().is_test
    }

    /// The binding's name as users know it, for messages.
    pub(crate) fn binding_name(&self) -> String {
        self.binding()
            .map_or_else(|| "Qt".to_owned(), |binding| binding.api.name().to_owned())
    }

    pub(crate) fn class_name(&self, class: ClassRef) -> &'c Name {
        &self.project().class(class).name
    }
}

/// A finding in the making; it counts when it goes out of scope.
#[must_use = "a finding counts when it is dropped"]
pub(crate) struct Report<'r> {
    found: &'r RefCell<Vec<Diagnostic>>,
    diagnostic: Option<Diagnostic>,
}

impl Report<'_> {
    fn with(mut self, change: impl FnOnce(&mut Diagnostic)) -> Self {
        if let Some(diagnostic) = self.diagnostic.as_mut() {
            change(diagnostic);
        }
        self
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        self.with(|diagnostic| diagnostic.help = Some(help.into()))
    }

    pub(crate) fn related(self, related: Vec<Related>) -> Self {
        self.with(|diagnostic| diagnostic.related.extend(related))
    }

    pub(crate) fn fix(self, title: impl Into<String>, applicability: Applicability, edits: Vec<Edit>) -> Self {
        self.with(|diagnostic| {
            diagnostic.fix = Some(Fix {
                title: title.into(),
                applicability,
                edits,
            });
        })
    }

    /// Says so, where nothing is added.
    pub(crate) fn done(self) {
        drop(self);
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.found.borrow_mut().extend(self.diagnostic.take());
    }
}
