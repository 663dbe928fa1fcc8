//! Checks that follow each other, and checks that are given up.

#[path = "support/files.rs"]
mod files;

use files::file;
use homebound_check::{Checker, Diagnostics, Settings, SourceFile, check};
use std::sync::atomic::{AtomicUsize, Ordering};

fn project() -> Vec<SourceFile> {
    let threads = (0..20).map(|number| {
        let text = "from PyQt6.QtCore import QThread\nQThread().terminate()\n";
        file(&format!("thread{number}.py"), text)
    });
    threads.collect()
}

fn places(found: &Diagnostics) -> Vec<String> {
    let list = found.list.iter();
    list.map(|finding| format!("{}:{}", finding.path.display(), finding.rule.code))
        .collect()
}

#[test]
fn a_check_that_is_given_up_answers_with_nothing_and_the_next_one_with_all() {
    let (files, settings) = (project(), Settings::default());
    let all = places(&check(&files, &settings));
    let mut checker = Checker::default();
    let mut given_up = 0;
    for patience in 0..40 {
        let asked = AtomicUsize::new(0);
        let go_on = || asked.fetch_add(1, Ordering::Relaxed) < patience;
        match checker.check_while(&files, &settings, &|_| true, &go_on) {
            Some(found) => assert_eq!(places(&found), all),
            None => given_up += 1,
        }
        assert_eq!(places(&checker.check(&files, &settings, &|_| true)), all);
    }
    assert!((1..40).contains(&given_up), "{given_up}");
}
