//! What the checker knows of Qt's classes: bases, methods, signals.
//!
//! `qt/classes.txt` has one class a line: `QLabel(QFrame) QtWidgets setText buddy>QWidget ~linkActivated`: the bases, the
//! module, the methods with the class they answer with, and the signals after `~`.

use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::LazyLock;

/// A class of Qt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct QtClass(u16);

struct Entry {
    name: &'static str,
    bases: Vec<&'static str>,
    methods: FxHashMap<&'static str, Option<&'static str>>,
    signals: FxHashSet<&'static str>,
}

struct Table {
    entries: Vec<Entry>,
    by_name: FxHashMap<&'static str, u16>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let entries: Vec<Entry> = include_str!("qt/classes.txt").lines().map(parse_line).collect();
    let by_name = entries
        .iter()
        .zip(0..)
        .map(|(entry, index)| (entry.name, index))
        .collect();
    Table { entries, by_name }
});

/// Methods of widgets, by name: what a child from a `.ui` file may be asked.
static WIDGET_METHODS: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    let classes = (0..TABLE.entries.len())
        .filter_map(|index| u16::try_from(index).ok())
        .map(QtClass);
    let widgets = classes.filter(|class| class.is_a("QWidget"));
    widgets
        .flat_map(|class| TABLE.entries[class.0 as usize].methods.keys().copied())
        .collect()
});

fn parse_line(line: &'static str) -> Entry {
    let mut words = line.split(' ');
    let head = words.next().unwrap_or_default();
    let (name, bases) = head.split_once('(').unwrap_or((head, ""));
    let bases = bases
        .trim_end_matches(')')
        .split(',')
        .filter(|base| !base.is_empty())
        .collect();
    let mut entry = Entry {
        name,
        bases,
        methods: FxHashMap::default(),
        signals: FxHashSet::default(),
    };
    for word in words.skip(1) {
        if let Some(signal) = word.strip_prefix('~') {
            entry.signals.insert(signal);
        } else {
            let (method, answer) = word
                .split_once('>')
                .map_or((word, None), |(method, answer)| (method, Some(answer)));
            entry.methods.insert(method, answer);
        }
    }
    entry
}

/// Whether some widget has this method.
pub(crate) fn is_widget_method(name: &str) -> bool {
    WIDGET_METHODS.contains(name)
}

impl QtClass {
    pub(crate) fn named(name: &str) -> Option<Self> {
        TABLE.by_name.get(name).copied().map(Self)
    }

    fn entry(self) -> &'static Entry {
        &TABLE.entries[self.0 as usize]
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry().name
    }

    pub(crate) fn bases(self) -> impl Iterator<Item = Self> {
        self.entry().bases.iter().filter_map(|base| Self::named(base))
    }

    pub(crate) fn is_a(self, name: &str) -> bool {
        self.entry().name == name || self.bases().any(|base| base.is_a(name))
    }

    /// The class that defines a method, and the class it answers with.
    pub(crate) fn method(self, name: &str) -> Option<(Self, Option<Self>)> {
        match self.entry().methods.get(name) {
            Some(answer) => Some((self, answer.and_then(Self::named))),
            None => self.bases().find_map(|base| base.method(name)),
        }
    }

    pub(crate) fn has_signal(self, name: &str) -> bool {
        self.entry().signals.contains(name) || self.bases().any(|base| base.has_signal(name))
    }

    /// Whether only the thread of the user interface may use it.
    pub(crate) fn is_gui(self) -> bool {
        const GUI: [&str; 12] = [
            "QWidget",
            "QGraphicsItem",
            "QGraphicsScene",
            "QLayout",
            "QAction",
            "QSystemTrayIcon",
            "QWindow",
            "QClipboard",
            "QButtonGroup",
            "QWebEnginePage",
            "QCompleter",
            "QGraphicsEffect",
        ];
        GUI.iter().any(|name| self.is_a(name)) && self.name() != "QWidgetItem"
    }
}
