//! The cases in `tests/rules/*.md`.
//!
//! A section is a program: each block ` ```python path.py ` is one of its files (`example.py` where no path is given).
//! A comment `# error: [HB101] "part of the message"` expects a finding that begins in its line; what is not expected
//! must not be found. ` ```python fixed ` is the first file after all fixes, ` ```python fixed path.py ` another one; what
//! was fixed is checked again. A title that ends with `(no fix)` says that none is offered. A line `Binding: PySide6@6.7` sets it.

#[path = "support/files.rs"]
mod files;

use files::file;
use homebound_check::{Diagnostic, LineIndex, RuleSet, Settings, SourceFile, check, fix, rule};
use std::fmt::Write as _;
use std::path::Path;

struct Section {
    title: String,
    files: Vec<(String, String)>,
    /// Files after all fixes; the first file has no path here.
    fixed: Vec<(Option<String>, String)>,
    binding: Option<String>,
}

fn sections(text: &str) -> Vec<Section> {
    let mut out: Vec<Section> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            out.push(Section {
                title: title.to_owned(),
                files: Vec::new(),
                fixed: Vec::new(),
                binding: None,
            });
        } else if let (Some(binding), Some(section)) = (line.strip_prefix("Binding: "), out.last_mut()) {
            section.binding = Some(binding.to_owned());
        } else if let (Some(info), Some(section)) = (line.strip_prefix("```python"), out.last_mut()) {
            let code: String = lines
                .by_ref()
                .take_while(|line| *line != "```")
                .flat_map(|line| [line, "\n"])
                .collect();
            match info.trim() {
                "fixed" => section.fixed.push((None, code)),
                info if info.starts_with("fixed ") => section.fixed.push((Some(info[6..].to_owned()), code)),
                "" => section.files.push(("example.py".to_owned(), code)),
                path => section.files.push((path.to_owned(), code)),
            }
        }
    }
    out
}

/// Path, line from one, code, part of the message.
fn expected(files: &[(String, String)]) -> Vec<(String, u32, String, String)> {
    let mut out = Vec::new();
    for (path, text) in files {
        for (number, line) in (1..).zip(text.lines()) {
            for expectation in line.split("# error: [").skip(1) {
                let (code, rest) = expectation.split_once(']').unwrap();
                let message = rest.trim().trim_matches('"').to_owned();
                out.push((path.clone(), number, code.to_owned(), message));
            }
        }
    }
    out
}

fn judge(section: &Section, select: RuleSet) -> Result<(), String> {
    let files: Vec<SourceFile> = section.files.iter().map(|(path, text)| file(path, text)).collect();
    let binding = section.binding.as_ref().map(|binding| binding.parse().unwrap());
    let found = check(
        &files,
        &Settings {
            select,
            binding,
            ..Settings::default()
        },
    );
    let mut missing = expected(&section.files);
    let mut wrong = String::new();
    for diagnostic in found.active() {
        let (path, line) = place(&files, diagnostic);
        let fits = |(expected_path, expected_line, code, message): &(String, u32, String, String)| {
            *expected_path == path
                && *expected_line == line
                && code == diagnostic.rule.code
                && diagnostic.message.contains(message.as_str())
        };
        match missing.iter().position(fits) {
            Some(index) => drop(missing.remove(index)),
            None => writeln!(
                wrong,
                "  found {path}:{line} {} {}",
                diagnostic.rule.code, diagnostic.message
            )
            .unwrap(),
        }
    }
    for (path, line, code, message) in missing {
        writeln!(wrong, "  missing {path}:{line} {code} {message}").unwrap();
    }
    wrong.push_str(&mended(section, &files, &found.list, select));
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// What is wrong with the files after all fixes.
fn mended(section: &Section, files: &[SourceFile], found: &[Diagnostic], select: RuleSet) -> String {
    let active = found.iter().filter(|diagnostic| diagnostic.suppressed.is_none());
    let fixes: Vec<_> = active.filter_map(|diagnostic| diagnostic.fix.as_ref()).collect();
    let (changed, applied) = fix::apply_all(files, &fixes);
    let mut after = files.to_vec();
    changed.into_iter().for_each(|(at, file)| after[at] = file);
    let mut wrong = String::new();
    for (path, fixed) in &section.fixed {
        let path = path.as_ref().unwrap_or(&section.files[0].0);
        let file = after.iter().find(|file| file.path == Path::new(path)).unwrap();
        let plain: String = file
            .text
            .lines()
            .flat_map(|line| [line.split("  # error:").next().unwrap(), "\n"])
            .collect();
        if plain != *fixed {
            writeln!(wrong, "  {path} fixed to:\n{plain}").unwrap();
        }
    }
    let mut select = select;
    select.insert(rule("HB001").unwrap());
    let settings = Settings {
        select,
        binding: section.binding.as_ref().map(|binding| binding.parse().unwrap()),
        ..Settings::default()
    };
    let again = check(&after, &settings);
    let broken = |diagnostic: &&Diagnostic| diagnostic.rule.code == "HB001";
    let before = found.iter().filter(broken).count();
    if again.list.iter().filter(broken).count() > before {
        writeln!(wrong, "  the fixes break the syntax: {:?}", after[0].text).unwrap();
    }
    if section.title.ends_with("(no fix)") && !applied.is_empty() {
        writeln!(wrong, "  there is a fix: {:?}", fixes[0].title).unwrap();
    }
    wrong
}

fn place(files: &[SourceFile], diagnostic: &Diagnostic) -> (String, u32) {
    let file = files.iter().find(|file| file.path == diagnostic.path).unwrap();
    (
        file.path.display().to_string(),
        LineIndex::new(&file.text).line(diagnostic.range.start) + 1,
    )
}

#[test]
fn each_case_is_found_where_it_says_and_nowhere_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut wrong = String::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let select = rule(&name).map_or_else(RuleSet::defaults, |rule| [rule].into_iter().collect());
        let sections = sections(&std::fs::read_to_string(&path).unwrap());
        let flagged = sections.iter().any(|section| !expected(&section.files).is_empty());
        let clean = sections
            .iter()
            .any(|section| expected(&section.files).is_empty() && !section.files.is_empty());
        assert!(flagged && clean, "{name}: cases for and against");
        for section in sections {
            if let Err(error) = judge(&section, select) {
                writeln!(wrong, "{name}: {}\n{error}", section.title).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
