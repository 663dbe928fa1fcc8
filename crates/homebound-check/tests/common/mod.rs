//! What the tests share.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::mod_module_files
)]

use homebound_check::{Diagnostic, Diagnostics, RuleSet, Settings, SourceFile, check};

/// A file from a text.
pub fn file(path: &str, text: &str) -> SourceFile {
    SourceFile::new(path, text.as_bytes().to_vec()).unwrap()
}

/// What these rules find in these files.
pub fn found(files: &[(&str, &str)], select: RuleSet) -> Diagnostics {
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| file(path, text)).collect();
    check(
        &files,
        &Settings {
            select,
            ..Settings::default()
        },
    )
}

/// What the default rules find in one file.
pub fn found_in(text: &str) -> Vec<Diagnostic> {
    found(&[("example.py", text)], RuleSet::defaults()).list
}

/// The codes of the findings that count.
pub fn codes(found: &Diagnostics) -> Vec<&'static str> {
    found.active().map(|diagnostic| diagnostic.rule.code).collect()
}
