//! Bases and subclasses of the program's own classes, resolved once.

use super::infer::Infer;
use super::project::Project;
use super::types::{Class, ClassRef};
use crate::syntax::tree::ClassId;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

#[derive(Debug, Default)]
pub(crate) struct Hierarchy {
    bases: FxHashMap<ClassRef, Vec<Class>>,
    subclasses: FxHashMap<ClassRef, Vec<ClassRef>>,
}

impl Hierarchy {
    pub(crate) fn new(project: &Project<'_>) -> Self {
        let files: Vec<_> = project.ids().collect();
        let lists: Vec<Vec<(ClassRef, Vec<Class>)>> = files
            .par_iter()
            .map(|file| {
                let infer = Infer::new(project);
                let count = u32::try_from(project.tree(*file).classes.len()).unwrap_or(0);
                let classes = (0..count).map(|class| ClassRef::new(*file, ClassId(class)));
                classes.map(|class| (class, infer.bases_of(class))).collect()
            })
            .collect();
        let mut hierarchy = Self::default();
        for (class, bases) in lists.into_iter().flatten() {
            for base in &bases {
                if let Class::Own(base) = base {
                    hierarchy.subclasses.entry(*base).or_default().push(class);
                }
            }
            hierarchy.bases.insert(class, bases);
        }
        hierarchy
    }

    pub(crate) fn bases(&self, class: ClassRef) -> &[Class] {
        self.bases.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The classes below, the class itself left out; each once, cycles or not.
    pub(crate) fn below(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut out: Vec<ClassRef> = Vec::new();
        let mut open = vec![class];
        while let Some(at) = open.pop() {
            for sub in self.subclasses.get(&at).into_iter().flatten() {
                if *sub != class && !out.contains(sub) {
                    out.push(*sub);
                    open.push(*sub);
                }
            }
        }
        out
    }

    /// The class and what is above it, nearest first; each once, cycles or not.
    pub(crate) fn ancestry(&self, class: ClassRef) -> Vec<Class> {
        let mut out = Vec::new();
        self.climb(class, &mut out);
        out
    }

    fn climb(&self, class: ClassRef, out: &mut Vec<Class>) {
        out.push(Class::Own(class));
        for base in self.bases(class) {
            match base {
                Class::Own(base) if !out.contains(&Class::Own(*base)) => self.climb(*base, out),
                Class::Own(_) => {}
                _ => out.push(base.clone()),
            }
        }
    }
}
