//! All files, and where their names lead.

use super::hierarchy::Hierarchy;
use super::types::{ClassRef, ExprRef, FuncRef};
use crate::binding::{Api, Binding};
use crate::settings::Settings;
use crate::source::{SourceFile, SourceKind};
use crate::syntax::tree::{Class, Expr, ExprId, ExprKind, Func, Name, Source, Tree};
use crate::syntax::{parse, tree};
use crate::text::TextRange;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, OnceLock};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(crate) u32);

#[derive(Debug)]
pub(crate) struct File<'a> {
    pub source: &'a SourceFile,
    pub tree: Arc<Tree>,
    /// The folders and the stem: `["app", "ui", "window"]`; of `__init__.py`, the folders alone.
    pub module: Vec<Name>,
    pub is_package: bool,
    /// The bindings that it imports.
    pub apis: Vec<Api>,
    /// Whether it tests the program: what it does says little of what the program does.
    pub is_test: bool,
}

/// An assignment to an attribute of some object.
pub(crate) type Foreign = (FileId, ExprId, Source);

#[derive(Debug)]
pub(crate) struct Project<'a> {
    pub files: Vec<File<'a>>,
    pub settings: &'a Settings,
    pub hierarchy: Hierarchy,
    pub uses_qt: bool,
    stems: FxHashMap<Name, Vec<FileId>>,
    /// Calls by the last name of what is called, of names that the program defines.
    calls: FxHashMap<Name, Vec<ExprRef>>,
    /// The names that files import from others.
    imported: FxHashSet<Name>,
    foreign: FxHashMap<Name, Vec<Foreign>>,
    pub properties: FxHashSet<Name>,
    main_api: Option<Api>,
    /// The names and words in the program, once somebody asks for them.
    pub(super) spoken: OnceLock<FxHashSet<Box<str>>>,
}

impl<'a> Project<'a> {
    pub(crate) fn new(sources: &'a [SourceFile], settings: &'a Settings) -> Self {
        Self::with(sources, settings, parsed)
    }

    /// The project of files whose trees `tree` knows.
    pub(crate) fn with(
        sources: &'a [SourceFile],
        settings: &'a Settings,
        tree: impl Fn(&SourceFile) -> Arc<Tree> + Sync,
    ) -> Self {
        let files: Vec<File<'a>> = sources
            .par_iter()
            .map(|source| File::new(source, tree(source)))
            .collect();
        let uses_qt = files.iter().any(|file| !file.apis.is_empty() || file.mentions_qt());
        let mut project = Self {
            stems: stems(&files),
            calls: FxHashMap::default(),
            imported: FxHashSet::default(),
            foreign: FxHashMap::default(),
            properties: FxHashSet::default(),
            main_api: main_api(&files),
            spoken: OnceLock::new(),
            hierarchy: Hierarchy::default(),
            files,
            settings,
            uses_qt,
        };
        if uses_qt {
            project.index();
            project.hierarchy = Hierarchy::new(&project);
        }
        project
    }

    fn index(&mut self) {
        let mut defined: FxHashSet<&Name> = FxHashSet::default();
        for file in &self.files {
            defined.extend(file.tree.funcs.iter().map(|func| &func.name));
        }
        for (id, file) in (0..).map(FileId).zip(&self.files) {
            for (name, calls) in file.tree.calls.iter().filter(|(name, _)| defined.contains(name)) {
                let known = self.calls.entry(name.clone()).or_default();
                known.extend(calls.iter().map(|call| ExprRef::new(id, *call)));
            }
            let imports = file.tree.imports.iter();
            self.imported.extend(imports.filter_map(|import| import.name.clone()));
            for (base, name, source) in &file.tree.foreign_attributes {
                self.foreign.entry(name.clone()).or_default().push((id, *base, *source));
            }
            let methods = file
                .tree
                .funcs
                .iter()
                .filter(|func| func.class.is_some() && file.is_property(func));
            self.properties.extend(methods.map(|func| func.name.clone()));
        }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..u32::try_from(self.files.len()).unwrap_or(u32::MAX)).map(FileId)
    }

    pub(crate) fn file(&self, id: FileId) -> &File<'a> {
        &self.files[id.0 as usize]
    }

    pub(crate) fn tree(&self, id: FileId) -> &Tree {
        &self.files[id.0 as usize].tree
    }

    pub(crate) fn class(&self, class: ClassRef) -> &Class {
        self.tree(class.file).class(class.class)
    }

    pub(crate) fn func(&self, func: FuncRef) -> &Func {
        self.tree(func.file).func(func.func)
    }

    pub(crate) fn kind(&self, expr: ExprRef) -> &ExprKind {
        self.tree(expr.file).kind(expr.expr)
    }

    pub(crate) fn calls_named(&self, name: &str) -> &[ExprRef] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the program speaks of a class, or of one below it, besides defining it. Of another the objects are made by
    /// a loader of plugins or the like, on whatever thread that does.
    pub(crate) fn is_named(&self, class: ClassRef) -> bool {
        let below = self.hierarchy.below(class);
        std::iter::once(class)
            .chain(below.iter().copied())
            .any(|class| self.is_named_itself(class))
    }

    fn is_named_itself(&self, class: ClassRef) -> bool {
        let (tree, def) = (self.tree(class.file), self.class(class));
        let named = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if *name == def.name || &**name == "cls");
        !self.calls_named(&def.name).is_empty() || self.imported.contains(&def.name) || tree.exprs.iter().any(named)
    }

    pub(crate) fn foreign_attributes(&self, name: &str) -> &[Foreign] {
        self.foreign.get(name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn files_with_stem(&self, stem: &str) -> &[FileId] {
        self.stems.get(stem).map_or(&[], Vec::as_slice)
    }

    /// The binding that a file runs on: as set, as imported, or as most other files import.
    pub(crate) fn binding(&self, file: FileId) -> Option<Binding> {
        let set = self.settings.binding;
        let imported = match self.file(file).apis.as_slice() {
            [] => self.main_api,
            [api] => Some(*api),
            // A shim: any of them.
            _ => None,
        };
        match (set, imported) {
            (Some(set), Some(api)) if set.api != api && !self.file(file).apis.is_empty() => {
                Some(Binding { api, version: None })
            }
            (Some(set), _) => Some(set),
            (None, api) => api.map(|api| Binding { api, version: None }),
        }
    }
}

pub(crate) fn parsed(source: &SourceFile) -> Arc<Tree> {
    Arc::new(parse(&source.text, source.kind == SourceKind::Stub))
}

fn stems(files: &[File<'_>]) -> FxHashMap<Name, Vec<FileId>> {
    let mut stems: FxHashMap<Name, Vec<FileId>> = FxHashMap::default();
    for (id, file) in (0..).map(FileId).zip(files) {
        if let Some(stem) = file.module.last() {
            stems.entry(stem.clone()).or_default().push(id);
        }
    }
    stems
}

fn main_api(files: &[File<'_>]) -> Option<Api> {
    let mut counts: FxHashMap<Api, usize> = FxHashMap::default();
    for api in files.iter().flat_map(|file| &file.apis) {
        *counts.entry(*api).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    counts
        .into_iter()
        .max_by_key(|(api, count)| (*count, *api))
        .filter(|(_, count)| count * 2 > total)
        .map(|(api, _)| api)
}

impl<'a> File<'a> {
    fn new(source: &'a SourceFile, tree: Arc<Tree>) -> Self {
        let mut module: Vec<Name> = source
            .path
            .iter()
            .map(|part| Name::from(part.to_string_lossy()))
            .collect();
        let stem = source.path.file_stem().map(|stem| Name::from(stem.to_string_lossy()));
        module.pop();
        let is_package = stem.as_deref() == Some("__init__");
        module.extend(stem.filter(|_| !is_package));
        let apis = apis(&tree);
        let is_test = is_test(&module, &tree);
        Self {
            source,
            tree,
            module,
            is_package,
            apis,
            is_test,
        }
    }

    /// Whether it imports anything that may be Qt under another name.
    fn mentions_qt(&self) -> bool {
        let words = |import: &tree::Import| import.module.to_ascii_lowercase().contains("qt");
        self.tree.imports.iter().any(words)
    }

    pub(crate) fn is_property(&self, func: &Func) -> bool {
        func.decorators
            .iter()
            .any(|decorator| match self.tree.kind(*decorator) {
                ExprKind::Name(name) => name == "property" || name == "cached_property",
                ExprKind::Attribute { attr, .. } => attr == "cached_property",
                _ => false,
            })
    }

    pub(crate) fn slice(&self, range: TextRange) -> &str {
        range.slice(&self.source.text)
    }
}

fn apis(tree: &Tree) -> Vec<Api> {
    let mut apis: Vec<Api> = Vec::new();
    for import in &tree.imports {
        let root = import.module.split('.').next().unwrap_or_default();
        apis.extend(Api::of_package(root).filter(|api| import.level == 0 && !apis.contains(api)));
    }
    apis
}

/// Whether a file's place or name is that of a test.
///
/// Small programs are called `test.py` as well: unless it stands among tests, it must look like one inside.
fn is_test(module: &[Name], tree: &Tree) -> bool {
    let folder = |part: &Name| matches!(&**part, "tests" | "_tests" | "benchmarks");
    let named = |part: &Name| {
        part.starts_with("test_") || part.ends_with("_test") || matches!(&**part, "tests" | "test" | "conftest")
    };
    let mut outer = module.iter().rev().skip(1);
    let among = outer.next().is_some_and(folder);
    among || ((module.last().is_some_and(named) || outer.take(2).any(folder)) && tests_something(tree))
}

fn tests_something(tree: &Tree) -> bool {
    let tool = |module: &str| matches!(module, "pytest" | "pytestqt" | "unittest" | "nose" | "hypothesis");
    let mut roots = tree.imports.iter().filter_map(|import| import.module.split('.').next());
    tree.funcs.iter().any(|func| func.name.starts_with("test")) || roots.any(tool)
}
