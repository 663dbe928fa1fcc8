//! Whatever the text, there is an answer.

#[path = "support/files.rs"]
mod files;

use files::file;
use homebound_check::{RuleSet, Settings, SourceFile, check, fix, rules, threads};
use proptest::prelude::*;
use std::path::Path;

/// All the programs of the rules' documentation, one after the other.
fn corpus() -> Vec<String> {
    let docs = rules().iter().map(|rule| rule.docs());
    let blocks = docs.flat_map(|docs| {
        docs.split("```python\n")
            .skip(1)
            .map(|block| block.split("```").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    });
    blocks.collect()
}

/// Checks with all rules; all ranges must lie in the text, and fixes must apply.
fn survives(text: &str) {
    let files = [file("example.py", text)];
    let settings = Settings {
        select: RuleSet::all(),
        ..Settings::default()
    };
    let found = check(&files, &settings);
    for diagnostic in &found.list {
        for range in diagnostic
            .related
            .iter()
            .map(|related| related.range)
            .chain([diagnostic.range])
        {
            assert!(
                text.get(range.start as usize..range.end as usize).is_some(),
                "{diagnostic:?}"
            );
        }
    }
    let edits: Vec<_> = found
        .list
        .iter()
        .filter_map(|diagnostic| diagnostic.fix.as_ref())
        .collect();
    fix::apply(&files[0], &edits);
    threads(&files, &settings, Path::new("example.py"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_truncated_program_is_read(which in 0usize..1000, cut in 0usize..4000) {
        let corpus = corpus();
        let text = &corpus[which % corpus.len()];
        let mut end = cut.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        survives(&text[..end]);
    }

    #[test]
    fn a_mutated_program_is_read(which in 0usize..1000, edits in prop::collection::vec((0usize..4000, "[a-z(){}:.,'\"#\\\\\n =é@*]{0,4}"), 1..6)) {
        let corpus = corpus();
        let mut text = corpus[which % corpus.len()].clone();
        for (at, insert) in edits {
            let mut place = at % (text.len() + 1);
            while !text.is_char_boundary(place) {
                place -= 1;
            }
            text.insert_str(place, &insert);
        }
        survives(&text);
    }

    #[test]
    fn two_programs_with_shuffled_lines_are_read(one in 0usize..1000, other in 0usize..1000, seed in any::<u64>()) {
        let corpus = corpus();
        let mut lines: Vec<&str> = corpus[one % corpus.len()].lines().chain(corpus[other % corpus.len()].lines()).collect();
        let mut state = seed | 1;
        for index in (1..lines.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            lines.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
        }
        survives(&lines.join("\n"));
    }

    #[test]
    fn any_notebook_is_read_and_written_as_it_was(cells in prop::collection::vec("([a-z%!?#=\\\\ é]|\n|\r\n|%%time\n|!ls){0,40}", 0..5), lines in any::<bool>()) {
        let source = |cell: &String| {
            if lines { serde_json::json!(cell.split_inclusive('\n').collect::<Vec<_>>()) } else { serde_json::json!(cell) }
        };
        let cells: Vec<_> = cells.iter().map(|cell| serde_json::json!({ "cell_type": "code", "source": source(cell) })).collect();
        let bytes = serde_json::json!({ "cells": cells }).to_string().into_bytes();
        let notebook = SourceFile::new("a.ipynb", bytes.clone()).unwrap();
        prop_assert_eq!(notebook.encode().unwrap(), bytes);
        prop_assert_eq!(notebook.text.len(), notebook.shown().len());
        prop_assert_eq!(notebook.cells().len(), cells.len());
    }

    #[test]
    fn any_bytes_are_read_or_refused_and_written_so_that_they_are_read_again(mark in 0usize..6, bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let marks: [&[u8]; 6] = [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"# coding: cp932\n", b"# coding: latin-1\n"];
        let Ok(file) = SourceFile::new("a.py", [marks[mark], &bytes].concat()) else { return Ok(()) };
        if let Ok(written) = file.encode() {
            prop_assert_eq!(SourceFile::new("a.py", written).unwrap().text, file.text);
        }
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        survives(&text);
    }
}

#[test]
fn a_fixed_program_is_clean_and_parses() {
    for rule in rules() {
        let docs = rule.docs();
        let text = docs
            .split("```python\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap()
            .to_owned();
        let settings = Settings {
            select: RuleSet::defaults().union([*rule].into_iter().collect()),
            ..Settings::default()
        };
        let found = check(&[file("example.py", &text)], &settings);
        let Some(fixed) = found
            .active()
            .find(|diagnostic| diagnostic.rule == *rule)
            .and_then(|diagnostic| diagnostic.fix.as_ref())
        else {
            continue;
        };
        let (after, applied) = fix::apply(&file("example.py", &text), &[fixed]);
        assert_eq!(applied, [0], "{}", rule.code);
        let again = check(std::slice::from_ref(&after), &settings);
        assert!(
            again
                .active()
                .all(|diagnostic| diagnostic.rule != *rule && diagnostic.rule.code != "HB001"),
            "{}: {}",
            rule.code,
            after.text
        );
    }
}
