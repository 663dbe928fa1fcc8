//! Prints what all default rules find below a folder, a line each.
#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use homebound_check::{LineIndex, RuleSet, Settings, SourceFile, check};
use std::path::{Path, PathBuf};

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort();
        entries
            .iter()
            .filter(|entry| !entry.is_symlink())
            .for_each(|entry| collect(entry, out));
    } else if path.extension().is_some_and(|extension| extension == "py") {
        out.push(path.to_owned());
    }
}

fn main() {
    let verbose = std::env::args().any(|arg| arg == "-v");
    let mut paths = Vec::new();
    std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .for_each(|arg| collect(Path::new(&arg), &mut paths));
    let files: Vec<SourceFile> = paths
        .iter()
        .filter_map(|path| SourceFile::new(path, std::fs::read(path).ok()?).ok())
        .collect();
    let settings = Settings {
        select: if std::env::args().any(|arg| arg == "-a") {
            RuleSet::all()
        } else {
            RuleSet::defaults()
        },
        ..Settings::default()
    };
    let found = check(&files, &settings);
    for diagnostic in found.active() {
        let file = files.iter().find(|file| file.path == diagnostic.path).unwrap();
        let index = LineIndex::new(&file.text);
        let line = index.line(diagnostic.range.start);
        println!(
            "{}:{} {} {}",
            diagnostic.path.display(),
            line + 1,
            diagnostic.rule.code,
            diagnostic.message
        );
        println!(
            "        {}",
            index.line_range(line, &file.text).slice(&file.text).trim()
        );
        if verbose {
            for related in &diagnostic.related {
                let file = files.iter().find(|file| file.path == related.path).unwrap();
                println!(
                    "      - {}:{} {}",
                    related.path.file_name().unwrap().to_string_lossy(),
                    LineIndex::new(&file.text).line(related.range.start) + 1,
                    related.message
                );
            }
        }
    }
}
