//! Edits, applied.

#[path = "support/files.rs"]
mod files;

use files::file;
use homebound_check::{Applicability, Edit, Fix, TextRange, fix};

fn change(edits: &[(u32, u32, &str)]) -> Fix {
    let edit = |(start, end, text): &(u32, u32, &str)| Edit {
        path: "a.py".into(),
        range: TextRange::new(*start, *end),
        replacement: (*text).to_owned(),
    };
    Fix {
        title: "change".to_owned(),
        applicability: Applicability::Safe,
        edits: edits.iter().map(edit).collect(),
    }
}

fn apply(fixes: &[Fix]) -> (String, Vec<usize>) {
    let (file, applied) = fix::apply(&file("a.py", "abcdef"), &fixes.iter().collect::<Vec<_>>());
    (file.text.to_string(), applied)
}

#[test]
fn all_edits_of_a_fix_are_applied_or_none() {
    assert_eq!(
        apply(&[change(&[(0, 1, "X"), (4, 4, "-")])]),
        ("Xbcd-ef".to_owned(), vec![0])
    );
    assert_eq!(
        apply(&[change(&[(0, 1, "X"), (4, 99, "-")])]),
        ("abcdef".to_owned(), vec![])
    );
}

#[test]
fn a_fix_that_touches_an_applied_one_waits_for_the_next_round() {
    let fixes = [
        change(&[(2, 4, "X")]),
        change(&[(0, 1, "Y"), (3, 5, "Z")]),
        change(&[(4, 5, "")]),
    ];
    assert_eq!(apply(&fixes), ("abXf".to_owned(), vec![0, 2]));
    assert_eq!(
        apply(&[change(&[(2, 2, "X")]), change(&[(2, 2, "Y")])]),
        ("abXcdef".to_owned(), vec![0])
    );
}

#[test]
fn edits_of_other_files_and_empty_fixes_are_left() {
    let mut other = change(&[(0, 1, "X")]);
    other.edits[0].path = "b.py".into();
    assert_eq!(apply(&[other, change(&[])]), ("abcdef".to_owned(), vec![]));
}
