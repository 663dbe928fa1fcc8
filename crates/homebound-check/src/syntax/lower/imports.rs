//! Imports.

use super::Lower;
use crate::syntax::tree::{Binding, Import, Name, Source, StmtKind};
use ruff_python_ast as ast;

impl Lower {
    pub(super) fn import(&mut self, import: &ast::StmtImport) -> StmtKind {
        for alias in &import.names {
            let module = self.name(alias.name.as_str());
            let root = module.split('.').next().unwrap_or_default();
            let bound = self.name(alias.asname.as_ref().map_or(root, |name| name.as_str()));
            let binds_root = alias.asname.is_none();
            self.add_import(
                Import {
                    module,
                    level: 0,
                    name: None,
                    binds_root,
                },
                bound,
            );
        }
        StmtKind::Import
    }

    pub(super) fn import_from(&mut self, import: &ast::StmtImportFrom) -> StmtKind {
        let module = import
            .module
            .as_ref()
            .map_or_else(Name::default, |module| self.name(module.as_str()));
        for alias in &import.names {
            let name = self.name(alias.name.as_str());
            let bound = alias
                .asname
                .as_ref()
                .map_or_else(|| name.clone(), |name| self.name(name.as_str()));
            let level = import.level;
            let import = Import {
                module: module.clone(),
                level,
                name: Some(name),
                binds_root: false,
            };
            self.add_import(import, bound);
        }
        StmtKind::Import
    }

    fn add_import(&mut self, import: Import, bound: Name) {
        let index = u32::try_from(self.tree.imports.len()).unwrap_or(u32::MAX);
        self.tree.imports.push(import);
        self.bind_name(
            bound,
            Binding {
                source: Source::Import(index),
                target: None,
            },
        );
    }
}
