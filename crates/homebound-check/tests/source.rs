//! Files of any bytes.

#[path = "support/findings.rs"]
mod findings;

use findings::{codes, found};
use homebound_check::{
    Applicability, Diagnostic, Edit, Fix, RuleSet, Settings, SourceFile, SourceKind, TextRange, check, fix,
};

const PROGRAM: &str = "from PyQt5.QtCore import QThread\nQThread().terminate()\n";

fn found_in(text: &str) -> Vec<Diagnostic> {
    found(&[("example.py", text)], RuleSet::defaults()).list
}

fn read(path: &str, bytes: &[u8]) -> Result<SourceFile, String> {
    SourceFile::new(path, bytes.to_vec()).map_err(|error| error.to_string())
}

#[test]
fn encodings_are_taken_from_the_mark_and_from_the_comment() {
    assert_eq!(&*read("a.py", b"\xef\xbb\xbfx = 1\n").unwrap().text, "x = 1\n");
    assert_eq!(&*read("a.py", b"\xff\xfex\0\n\0").unwrap().text, "x\n");
    let latin = read("a.py", b"#!/usr/bin/python\n# -*- coding: latin-1 -*-\nx = '\xe9'\n").unwrap();
    assert!(latin.text.contains('é'));
    let windows = read("a.py", b"# vim: set fileencoding=cp1251 :\nx = '\xe9'\n").unwrap();
    assert!(windows.text.contains('й'));
    let japanese = read("a.py", b"# coding: cp932\nx = '\x82\xa0'\n").unwrap();
    assert!(japanese.text.contains('あ'));
}

#[test]
fn what_cannot_be_decoded_says_what_to_do() {
    let wrong = read("a.py", b"x = '\xe9'\n").unwrap_err();
    assert_eq!(
        wrong,
        "a.py: not valid UTF-8 at byte 5: save the file as UTF-8, or name its encoding in the first line (# -*- coding: latin-1 -*-)"
    );
    let unknown = read("a.py", b"# coding: klingon\n").unwrap_err();
    assert_eq!(
        unknown,
        "a.py: unknown encoding `klingon` in line 1: write one that Python knows, such as utf-8 or latin-1"
    );
    assert!(
        read("a.ipynb", b"{}")
            .unwrap_err()
            .starts_with("a.ipynb: not a notebook: it has no list of cells")
    );
}

#[test]
fn a_notebook_is_the_code_of_its_cells() {
    let notebook = serde_json::json!({"cells": [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["%gui qt\n", "from PyQt5.QtCore import QThread"]},
        {"cell_type": "code", "source": "!ls\nQThread().terminate()"},
        {"cell_type": "code", "source": "%%bash\nfor x in"},
    ]});
    let file = read("a.ipynb", notebook.to_string().as_bytes()).unwrap();
    assert_eq!(file.kind, SourceKind::Notebook);
    let found = check(std::slice::from_ref(&file), &Settings::default());
    assert_eq!(codes(&found), ["HB204"]);
    let place = found.list[0].range.start;
    assert_eq!(
        file.cell(place).map(|(number, start)| (number, place - start)),
        Some((2, 4))
    );
    assert_eq!(file.slice(found.list[0].range), "QThread().terminate()");
}

#[test]
fn a_file_of_python_2_is_read_as_far_as_it_goes() {
    let text = format!("{PROGRAM}print 'done'\nexec 'x'\n");
    let codes: Vec<_> = found_in(&text).iter().map(|diagnostic| diagnostic.rule.code).collect();
    assert_eq!(codes, ["HB204", "HB001"]);
}

#[test]
fn deep_nesting_is_refused_and_long_files_are_not() {
    for deep in [
        "(".repeat(100_000),
        "a.".repeat(100_000),
        "x = ".to_owned() + &"not ".repeat(100_000),
        "[".repeat(50_000) + "1" + &"]".repeat(50_000),
        "1+".repeat(100_000) + "1",
        "f(".repeat(10_000),
        "lambda: ".repeat(20_000),
    ] {
        let codes: Vec<_> = found_in(&deep).iter().map(|diagnostic| diagnostic.rule.code).collect();
        assert_eq!(codes, ["HB001"], "{}", &deep[..20]);
    }
    let mut blocks = String::new();
    for depth in 0..4_000 {
        blocks.extend([&" ".repeat(depth), "if x:\n"]);
    }
    assert!(!found_in(&blocks).is_empty());
    let deepest = "x = ".to_owned() + &"(".repeat(900) + "1" + &")".repeat(900) + "\n";
    assert!(found_in(&deepest).is_empty());
    let long = "x = [".to_owned() + &"1, ".repeat(300_000) + "]\n" + &"y = 1 + 2\n".repeat(100_000) + PROGRAM;
    assert_eq!(found_in(&long).len(), 1);
}

#[test]
fn cycles_of_imports_of_inheritance_and_of_assignments_end() {
    let cycle = [
        (
            "a.py",
            "from PyQt5.QtCore import *\nfrom b import *\nfrom b import B\nclass A(B): pass\nx = y\n",
        ),
        (
            "b.py",
            "from a import *\nfrom a import A, x\nclass B(A):\n    def run(self):\n        self.z = self.w = self.z()\ny = x\n",
        ),
        (
            "c.py",
            "import c\nfrom c import d\nclass C(C): pass\nclass D(E): pass\nclass E(D): pass\nd = d\nd.e = d.e.f\nE().go(E)\n",
        ),
    ];
    let files: Vec<SourceFile> = cycle
        .iter()
        .map(|(path, text)| read(path, text.as_bytes()).unwrap())
        .collect();
    assert!(
        check(
            &files,
            &Settings {
                select: RuleSet::all(),
                ..Settings::default()
            }
        )
        .list
        .is_empty()
    );
}

#[test]
fn a_text_goes_back_into_the_bytes_that_it_came_from() {
    for bytes in [
        b"x = 1\r\n".as_slice(),
        b"\xef\xbb\xbfx = '\xc3\xa9'\n",
        b"\xff\xfex\0\n\0",
        b"\xfe\xff\0x\0\n",
        b"# coding: latin-1\nx = '\xe9\x80'\n",
        b"# coding: ascii\nx\n",
        b"# -*- coding: cp1251 -*-\nx = '\xe9'\n",
        b"#!/bin/python\n# coding: cp932\r\nx = '\x82\xa0'\r\n",
        b"# coding: euc-jp\nx = '\xa4\xa2'\n",
        b"# encoding coding: koi8-r\nx = '\xc1'\n",
    ] {
        assert_eq!(read("a.py", bytes).unwrap().encode().unwrap(), bytes);
    }
}

#[test]
fn a_fix_is_written_in_the_encoding_of_the_file() {
    let file = read("a.py", b"# coding: cp1251\r\nx = '\xe9'\r\n").unwrap();
    assert_eq!(
        edited(&file, 18, 19, "\u{44f}").unwrap(),
        b"# coding: cp1251\r\n\xff = '\xe9'\r\n"
    );
}

#[test]
fn what_the_encoding_cannot_hold_is_told() {
    let file = read("a.py", b"# coding: latin-1\nx = '\xe9'\n").unwrap();
    assert_eq!(
        edited(&file, 18, 19, "\u{20ac}").unwrap_err(),
        "a.py: `\u{20ac}` in line 2 cannot be written in ISO-8859-1: save the file as UTF-8 first"
    );
    assert!(
        edited(&file, 0, 17, "# coding: utf-8")
            .unwrap_err()
            .contains("cannot be written in ISO-8859-1 so that it is read again"),
    );
}

const NOTEBOOK: &str = r##"{
 "cells": [
  {"cell_type": "markdown", "source": ["# T\u00e9tle"], "metadata": {}},
  {
   "cell_type": "code",
   "source": [
    "!ls caf\u00e9\n",
    "x = '\u00e9'\n",
    "y = 2"
   ],
   "outputs": [ 1.50 ]
  },
  {"source": "%%bash\nif x; then\n  é\nfi", "cell_type": "code"},
  {"source": "%%time\nz = 3\nfiles = !ls\nprint?\na = (1\n% z)\nif a:\n  !pwd\n", "cell_type": "code"}
 ]
}
"##;

#[test]
fn lines_of_a_notebook_that_are_not_python_are_of_no_consequence() {
    let file = read("a.ipynb", NOTEBOOK.as_bytes()).unwrap();
    assert!(found_in_file(&file).is_empty(), "{}", file.text);
    assert_eq!(file.text.len(), file.shown().len());
    assert!(
        file.shown()
            .contains("!ls café\nx = 'é'\ny = 2\n%%bash\nif x; then\n  é\nfi\n%%time")
    );
    assert_eq!(file.encode().unwrap(), NOTEBOOK.as_bytes());
}

#[test]
fn a_fix_in_a_notebook_changes_its_line_alone() {
    let file = read("a.ipynb", NOTEBOOK.as_bytes()).unwrap();
    let at = |text: &str| u32::try_from(file.text.find(text).unwrap()).unwrap();
    let (y, z) = (at("y = 2"), at("z = 3"));
    assert_eq!(
        String::from_utf8(edited(&file, y, y + 5, "y = \"2\"\nw = 'ü'").unwrap()).unwrap(),
        NOTEBOOK.replace("    \"y = 2\"\n", "    \"y = \\\"2\\\"\\n\",\n    \"w = 'ü'\"\n")
    );
    assert_eq!(
        String::from_utf8(edited(&file, z, z, "q\n").unwrap()).unwrap(),
        NOTEBOOK.replace("%%time\\nz", "%%time\\nq\\nz")
    );
}

#[test]
fn an_edit_of_what_is_not_python_is_not_taken() {
    let file = read("a.ipynb", NOTEBOOK.as_bytes()).unwrap();
    let at = |text: &str| u32::try_from(file.text.find(text).unwrap()).unwrap();
    let (x, y, z) = (at("x = "), at("y = 2"), at("z = 3"));
    assert!(file.takes(TextRange::new(0, 0)) && file.takes(TextRange::new(x, y + 5)));
    assert!(!file.takes(TextRange::new(2, 3)) && !file.takes(TextRange::new(0, 1)));
    assert!(!file.takes(TextRange::new(y, z + 1)) && !file.takes(TextRange::new(z - 1, z - 1)));
}

fn found_in_file(file: &SourceFile) -> Vec<Diagnostic> {
    check(std::slice::from_ref(file), &Settings::default()).list
}

/// The bytes of a file after one edit.
fn edited(file: &SourceFile, start: u32, end: u32, replacement: &str) -> Result<Vec<u8>, String> {
    let edit = Edit {
        path: file.path.clone(),
        range: TextRange::new(start, end),
        replacement: replacement.to_owned(),
    };
    let change = Fix {
        title: String::new(),
        applicability: Applicability::Safe,
        edits: vec![edit],
    };
    let (after, applied) = fix::apply(file, &[&change]);
    assert_eq!(applied, [0]);
    after.encode().map_err(|error| error.to_string())
}
