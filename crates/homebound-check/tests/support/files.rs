use homebound_check::SourceFile;

/// A file from a text.
pub(crate) fn file(path: &str, text: &str) -> SourceFile {
    SourceFile::new(path, text.as_bytes().to_vec()).unwrap()
}
