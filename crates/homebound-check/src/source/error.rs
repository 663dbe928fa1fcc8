//! Why a file is not read, or not written.

use std::path::PathBuf;

/// Why a file cannot be read as text, or a text not be written into it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The bytes are not of the encoding.
    #[error("{}: not valid {encoding} at byte {offset}: save the file as UTF-8, or name its encoding in the first line (# -*- coding: latin-1 -*-)", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoding that it claims, or UTF-8.
        encoding: String,
        /// The first wrong byte.
        offset: usize,
    },
    /// The file names an encoding that nobody knows.
    #[error("{}: unknown encoding `{encoding}` in line {line}: write one that Python knows, such as utf-8 or latin-1", path.display())]
    UnknownEncoding {
        /// The file.
        path: PathBuf,
        /// The name.
        encoding: String,
        /// The line, from one.
        line: usize,
    },
    /// A notebook that is none.
    #[error("{}: not a notebook: {reason}; save it again with Jupyter, or exclude it", path.display())]
    Notebook {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// More than can be addressed.
    #[error("{}: {size} bytes are too many for one file: exclude it", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: usize,
    },
    /// A character of the text is not in the encoding.
    #[error("{}: `{character}` in line {line} cannot be written in {encoding}: save the file as UTF-8 first", path.display())]
    Unencodable {
        /// The file.
        path: PathBuf,
        /// The encoding.
        encoding: String,
        /// The first such character.
        character: char,
        /// Its line, from one.
        line: usize,
    },
    /// The bytes of the text would be read as another text.
    #[error("{}: the text cannot be written in {encoding} so that it is read again as it is: save the file as UTF-8 first", path.display())]
    Ambiguous {
        /// The file.
        path: PathBuf,
        /// The encoding.
        encoding: String,
    },
}
