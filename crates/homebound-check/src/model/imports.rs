//! What an import leads to.

use super::project::{FileId, Project};
use super::types::{Class, Ty};
use crate::qt::QtClass;
use crate::syntax::tree::{Import, Name};

/// Names of modules that hold Qt's classes, in any binding and any shim.
const QT_MODULES: [&str; 28] = [
    "QtCore",
    "QtGui",
    "QtWidgets",
    "QtNetwork",
    "QtMultimedia",
    "QtMultimediaWidgets",
    "QtPrintSupport",
    "QtSerialPort",
    "QtSql",
    "QtSvg",
    "QtSvgWidgets",
    "QtOpenGL",
    "QtOpenGLWidgets",
    "QtQml",
    "QtQuick",
    "QtQuickWidgets",
    "QtTest",
    "QtWebSockets",
    "QtWebChannel",
    "QtWebEngineWidgets",
    "QtWebEngineCore",
    "QtCharts",
    "QtBluetooth",
    "QtDBus",
    "QtWebKit",
    "QtWebKitWidgets",
    "QtConcurrent",
    "QtUiTools",
];

const QT_ROOTS: [&str; 9] = [
    "PyQt4", "PyQt5", "PyQt6", "PySide", "PySide2", "PySide6", "qtpy", "AnyQt", "Qt",
];

impl Project<'_> {
    /// The module that a dotted path names, seen from a file.
    pub(crate) fn find_module(&self, from: FileId, level: u32, path: &str) -> Option<FileId> {
        let here = &self.file(from).module;
        if level > 0 {
            let up = level as usize - usize::from(self.file(from).is_package);
            let mut wanted = here.get(..here.len().checked_sub(up)?)?.to_vec();
            wanted.extend(path.split('.').filter(|part| !part.is_empty()).map(Name::from));
            return self.candidates(&wanted).find(|file| self.file(*file).module == wanted);
        }
        let wanted: Vec<Name> = path.split('.').map(Name::from).collect();
        let ends = |file: &FileId| self.file(*file).module.ends_with(&wanted);
        let near = |file: &FileId| {
            let module = &self.file(*file).module;
            let shared = module.iter().zip(here).take_while(|(a, b)| a == b).count();
            let root = module.len() - wanted.len();
            // A root that is no folder above the importing file is a worse guess than one that is.
            (
                root <= shared,
                shared,
                usize::MAX - module.len(),
                usize::MAX - file.0 as usize,
            )
        };
        self.candidates(&wanted)
            .filter(ends)
            .filter(|file| *file != from)
            .max_by_key(near)
            .or_else(|| self.below_another_root(from, &wanted))
    }

    /// The module that a path names without its root: a plugin's folder is called otherwise where it is installed.
    fn below_another_root(&self, from: FileId, wanted: &[Name]) -> Option<FileId> {
        let inner = wanted.get(1..).filter(|inner| inner.len() > 1)?;
        let mut found = self
            .candidates(inner)
            .filter(|file| *file != from && self.file(*file).module.ends_with(inner));
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether one of two files imports the other.
    pub(crate) fn acquainted(&self, one: FileId, other: FileId) -> bool {
        let imports = |from: FileId, to: FileId| {
            self.tree(from).imports.iter().any(|import| {
                let member = import.name.as_ref().map(|name| dotted(&import.module, name));
                let paths = member.iter().chain(std::iter::once(&import.module));
                paths
                    .into_iter()
                    .any(|path| self.find_module(from, import.level, path) == Some(to))
            })
        };
        one == other || imports(one, other) || imports(other, one)
    }

    fn candidates(&self, module: &[Name]) -> impl Iterator<Item = FileId> {
        module
            .last()
            .map_or(&[] as &[FileId], |stem| self.files_with_stem(stem))
            .iter()
            .copied()
    }

    /// What `import` binds where it binds a module or something of another library; the file and the name else.
    pub(crate) fn import_target(&self, from: FileId, import: &Import) -> Target {
        let Some(name) = &import.name else {
            return self.module_target(from, import);
        };
        if is_qt_module(&import.module) && import.level == 0 {
            return Target::Type(qt_member(name));
        }
        if let Some(file) = self.find_module(from, import.level, &import.module) {
            return Target::Member(file, name.clone());
        }
        let path = if import.module.is_empty() {
            name.clone()
        } else {
            dotted(&import.module, name)
        };
        if let Some(file) = self.find_module(from, import.level, &path) {
            return Target::Type(Ty::Module(file));
        }
        Target::Type(other(&path))
    }

    fn module_target(&self, from: FileId, import: &Import) -> Target {
        let root = import.module.split('.').next().unwrap_or_default();
        let path = if import.binds_root { root } else { &*import.module };
        if !is_qt_module(&import.module)
            && let Some(file) = self.find_module(from, 0, path)
        {
            return Target::Type(Ty::Module(file));
        }
        Target::Type(other(path))
    }
}

/// What an import is bound to.
pub(crate) enum Target {
    Type(Ty),
    /// A name in another file.
    Member(FileId, Name),
}

/// Whether a dotted path is a module of Qt, under whatever package.
pub(crate) fn is_qt_module(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    QT_MODULES.contains(&last)
        || QT_ROOTS.contains(&path)
        || matches!(path, "qgis.PyQt" | "qt" | "silx.gui.qt")
        || path.ends_with(".Qt")
}

/// A member of a module of Qt.
pub(crate) fn qt_member(name: &str) -> Ty {
    if QT_MODULES.contains(&name) {
        return Ty::Other(dotted("qt", name));
    }
    match (QtClass::named(name), name) {
        (_, "Qt") => Ty::Other("qt.Qt".into()),
        (Some(class), _) => Ty::Class(Class::Qt(class)),
        (None, "pyqtSignal" | "Signal") => Ty::Other("qt.Signal".into()),
        (None, "pyqtSlot" | "Slot") => Ty::Other("qt.Slot".into()),
        _ => Ty::Other(dotted("qt", name)),
    }
}

/// Something of a library that is not among the files: Qt's names are known wherever they come from.
pub(crate) fn other(path: &str) -> Ty {
    let last = path.rsplit('.').next().unwrap_or_default();
    if is_qt_module(path) {
        return Ty::Other(dotted("qt", last));
    }
    let shim = QtClass::named(last).is_some() || matches!(last, "pyqtSignal" | "pyqtSlot");
    if shim && path.contains('.') {
        qt_member(last)
    } else {
        Ty::Other(path.into())
    }
}

/// A member of something of another library.
pub(crate) fn member(path: &str, name: &str) -> Ty {
    let is_module = path == "qt" || (path.starts_with("qt.Qt") && QT_MODULES.contains(&&path[3..]));
    if is_module {
        qt_member(name)
    } else {
        other(&dotted(path, name))
    }
}

pub(crate) fn dotted(path: &str, name: &str) -> Name {
    arcstr::format!("{path}.{name}")
}
