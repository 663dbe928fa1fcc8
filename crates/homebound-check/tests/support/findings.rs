use homebound_check::{Diagnostics, RuleSet, Settings, SourceFile, check};

/// What these rules find in these files.
pub(crate) fn found(files: &[(&str, &str)], select: RuleSet) -> Diagnostics {
    let read = |(path, text): &(&str, &str)| SourceFile::new(*path, text.as_bytes().to_vec()).unwrap();
    let files: Vec<SourceFile> = files.iter().map(read).collect();
    check(
        &files,
        &Settings {
            select,
            ..Settings::default()
        },
    )
}

/// The codes of the findings that count.
pub(crate) fn codes(found: &Diagnostics) -> Vec<&'static str> {
    found.active().map(|diagnostic| diagnostic.rule.code).collect()
}
