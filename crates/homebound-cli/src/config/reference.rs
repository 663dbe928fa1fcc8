//! Every setting once: its name, what it may be, what it does. The reader of files, `homebound config` and the manual use this table.

use super::value::Kind;
use crate::output::Format;

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: &'static str,
    pub(crate) example: &'static str,
    pub(crate) doc: &'static str,
}

pub(crate) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// What is left out where `exclude` says nothing.
pub(crate) const USUAL_EXCLUDES: &[&str] = &[
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pypackages__",
    "__pycache__",
    "_build",
    "buck-out",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
];

/// What counts as a Python file in a folder.
pub(crate) const USUAL_INCLUDES: &[&str] = &["*.py", "*.pyi", "*.pyw", "*.ipynb"];

/// All settings, in the order of the manual.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        key: "binding",
        kind: Kind::Binding,
        default: "\"auto\"",
        example: "binding = \"pyside6@6.8\"",
        doc: "The binding that the program runs on, with its version where that matters: some mistakes exist in one binding only. \
              `auto` looks at the imports, then at pyproject.toml, requirements and lock files.",
    },
    Setting {
        key: "select",
        kind: Kind::Selectors,
        default: "the rules that are on by default",
        example: "select = [\"HB1\", \"thread-not-stopped\"]",
        doc: "The rules to use, in place of the default ones. A code (`HB101`), a prefix (`HB1`), a name (`ui-from-thread`) or `ALL`. \
              The more exact word wins over the less exact one.",
    },
    Setting {
        key: "extend-select",
        kind: Kind::Selectors,
        default: "[]",
        example: "extend-select = [\"HB603\"]",
        doc: "Rules to use besides those that `select`, or the default, gives.",
    },
    Setting {
        key: "ignore",
        kind: Kind::Selectors,
        default: "[]",
        example: "ignore = [\"HB102\"]",
        doc: "Rules not to use.",
    },
    Setting {
        key: "level",
        kind: Kind::Level,
        default: "unset: the default rules",
        example: "level = 0",
        doc: "Uses all rules up to a level where `select` is not given: findings of level 0 are nearly always right, of level 1 mostly, \
              of level 2 they are a matter of judgement.",
    },
    Setting {
        key: "per-file-ignores",
        kind: Kind::PatternSelectors,
        default: "{}",
        example: "per-file-ignores = { \"tests/*\" = [\"HB102\"] }",
        doc: "Rules not to use in files that match a pattern, by their name or by their path from the folder of this file. A `!` before \
              the pattern turns it round.",
    },
    Setting {
        key: "extend-per-file-ignores",
        kind: Kind::PatternSelectors,
        default: "{}",
        example: "extend-per-file-ignores = { \"examples/**\" = [\"HB2\"] }",
        doc: "The same, on top of what the extended file says.",
    },
    Setting {
        key: "include",
        kind: Kind::Patterns,
        default: "[\"*.py\", \"*.pyi\", \"*.pyw\", \"*.ipynb\"]",
        example: "include = [\"*.py\", \"scripts/*\"]",
        doc: "The files of a folder that are checked. Files named on the command line are checked whatever they are called.",
    },
    Setting {
        key: "extend-include",
        kind: Kind::Patterns,
        default: "[]",
        example: "extend-include = [\"*.pyx\"]",
        doc: "Files to check besides those that `include` gives.",
    },
    Setting {
        key: "exclude",
        kind: Kind::Patterns,
        default: "the usual folders: .git, .venv, dist, node_modules, site-packages, venv, …",
        example: "exclude = [\"vendor\", \"src/generated/*\"]",
        doc: "Files and folders to leave out, in place of the usual ones. A pattern without `/` matches a name anywhere, one with `/` a \
              path from the folder of this file.",
    },
    Setting {
        key: "extend-exclude",
        kind: Kind::Patterns,
        default: "[]",
        example: "extend-exclude = [\"ui_*.py\"]",
        doc: "Files and folders to leave out besides those that `exclude` gives.",
    },
    Setting {
        key: "force-exclude",
        kind: Kind::Flag,
        default: "false",
        example: "force-exclude = true",
        doc: "Leaves out excluded files even if they are named on the command line, as hooks do that pass the changed files.",
    },
    Setting {
        key: "respect-gitignore",
        kind: Kind::Flag,
        default: "true",
        example: "respect-gitignore = false",
        doc: "Leaves out what `.gitignore`, `.ignore` and git's own exclude files name.",
    },
    Setting {
        key: "src",
        kind: Kind::Texts,
        default: "[\".\", \"src\"]",
        example: "src = [\"python\", \"plugins\"]",
        doc: "Folders that imports start from, relative to the folder of this file.",
    },
    Setting {
        key: "fix",
        kind: Kind::Flag,
        default: "false",
        example: "fix = true",
        doc: "Applies safe fixes without being asked on the command line.",
    },
    Setting {
        key: "unsafe-fixes",
        kind: Kind::Flag,
        default: "false",
        example: "unsafe-fixes = true",
        doc: "Counts unsafe fixes among those to apply.",
    },
    Setting {
        key: "fix-only",
        kind: Kind::Flag,
        default: "false",
        example: "fix-only = true",
        doc: "Applies fixes, and says nothing of what is left.",
    },
    Setting {
        key: "show-fixes",
        kind: Kind::Flag,
        default: "false",
        example: "show-fixes = true",
        doc: "Lists what was fixed.",
    },
    Setting {
        key: "fixable",
        kind: Kind::Selectors,
        default: "[\"ALL\"]",
        example: "fixable = [\"HB305\"]",
        doc: "The rules whose fixes may be applied.",
    },
    Setting {
        key: "extend-fixable",
        kind: Kind::Selectors,
        default: "[]",
        example: "extend-fixable = [\"HB404\"]",
        doc: "Rules whose fixes may be applied besides those.",
    },
    Setting {
        key: "unfixable",
        kind: Kind::Selectors,
        default: "[]",
        example: "unfixable = [\"HB501\"]",
        doc: "Rules whose fixes may not be applied.",
    },
    Setting {
        key: "baseline",
        kind: Kind::Text,
        default: "none",
        example: "baseline = \"homebound-baseline.json\"",
        doc: "A file of known findings, relative to the folder of this file: they are not reported.",
    },
    Setting {
        key: "output-format",
        kind: Kind::Choice(Format::NAMES),
        default: "\"full\"",
        example: "output-format = \"concise\"",
        doc: "How findings are printed.",
    },
    Setting {
        key: "extend",
        kind: Kind::Text,
        default: "none",
        example: "extend = \"../homebound.toml\"",
        doc: "Another configuration file whose settings hold where this one says nothing; lists that begin with `extend-` are joined.",
    },
    Setting {
        key: "required-version",
        kind: Kind::Text,
        default: "any",
        example: "required-version = \">=0.1\"",
        doc: "The versions of homebound that may check this project, so that everybody sees the same findings: `0.1.0`, `>=0.1`, \
              `>=0.1,<0.3`.",
    },
];
