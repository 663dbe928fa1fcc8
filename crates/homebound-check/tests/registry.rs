//! Laws over all rules.

#[path = "support/findings.rs"]
mod findings;

use findings::{codes, found};
use homebound_check::{FixAvailability, RuleSet, Selectors, resolve_selection, rule, rules};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The code block under a heading of a rule's documentation.
fn block(docs: &str, heading: &str) -> String {
    let section = docs.split(&format!("## {heading}\n")).nth(1).unwrap_or_default();
    let code = section.split("```python\n").nth(1).unwrap_or_default();
    code.split("```").next().unwrap_or_default().to_owned()
}

#[test]
fn codes_and_names_are_unique_and_sorted() {
    let codes: Vec<_> = rules().iter().map(|rule| rule.code).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
    let mut names: Vec<_> = rules().iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), codes.len());
}

#[test]
fn names_are_kebab_case_and_files_are_named_after_their_rule() {
    for rule in rules() {
        assert!(
            rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{}",
            rule.name
        );
        let file = format!("{}_{}.rs", rule.code.to_lowercase(), rule.name.replace('-', "_"));
        assert!(rule.source.ends_with(&file), "{} is not in {file}", rule.code);
    }
}

#[test]
fn each_documentation_has_its_sections_in_order() {
    let sections = [
        "What it does",
        "Why is this bad",
        "Example",
        "Use instead",
        "Binding notes",
        "Limits",
        "References",
    ];
    for rule in rules() {
        let docs = rule.docs();
        let places: Vec<_> = sections
            .iter()
            .map(|section| docs.find(&format!("## {section}\n")))
            .collect();
        assert!(
            places.iter().all(Option::is_some) && places.is_sorted(),
            "{}: {places:?}",
            rule.code
        );
    }
}

#[test]
fn each_example_is_flagged_and_what_to_use_instead_is_not() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let select = RuleSet::defaults().union([*rule].into_iter().collect());
        let docs = rule.docs();
        let bad = codes(&found(&[("example.py", &block(&docs, "Example"))], select));
        if !bad.contains(&rule.code) {
            wrong.push(format!("{}: the example is not flagged", rule.code));
        }
        let good = codes(&found(&[("example.py", &block(&docs, "Use instead"))], select));
        if !good.is_empty() {
            wrong.push(format!("{}: {good:?} in what to use instead", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_rule_has_a_page_that_says_what_its_source_says() {
    let write = std::env::var_os("HOMEBOUND_WRITE_PAGES").is_some();
    for rule in rules() {
        let path = root().join(format!("docs/rules/{}.md", rule.code));
        if write {
            std::fs::write(&path, rule.page()).unwrap();
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(page, rule.page(), "run the test with HOMEBOUND_WRITE_PAGES=1");
    }
}

#[test]
fn each_rule_has_literate_cases() {
    for rule in rules() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/rules/{}.md", rule.code));
        assert!(path.exists(), "{} has no {}", rule.code, path.display());
    }
}

#[test]
fn the_page_of_contents_names_each_rule() {
    let index = std::fs::read_to_string(root().join("docs/rules/README.md")).unwrap();
    for rule in rules() {
        assert!(
            index.contains(&format!("[{}]({}.md)", rule.code, rule.code)),
            "{}",
            rule.code
        );
    }
}

#[test]
fn a_rule_is_found_by_code_and_by_name() {
    assert_eq!(rule("hb202").map(|rule| rule.code), Some("HB202"));
    assert_eq!(rule("thread-not-kept").map(|rule| rule.code), Some("HB202"));
    assert_eq!(rule("HB999"), None);
}

#[test]
fn a_rule_without_fix_says_so() {
    let with_fix: Vec<_> = rules()
        .iter()
        .filter(|rule| rule.fix != FixAvailability::None)
        .map(|rule| rule.code)
        .collect();
    assert_eq!(
        with_fix,
        [
            "HB002", "HB202", "HB203", "HB305", "HB401", "HB403", "HB404", "HB405", "HB406", "HB501"
        ]
    );
}

fn select(select: &[&str], ignore: &[&str]) -> Result<RuleSet, String> {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let selectors = Selectors {
        select: Some(own(select)),
        extend_select: Vec::new(),
        ignore: own(ignore),
    };
    resolve_selection(&selectors).map_err(|error| error.to_string())
}

#[test]
fn the_more_exact_word_wins() {
    let set = select(&["HB1", "terminate"], &["HB10", "HB2"]).unwrap();
    assert_eq!(set.iter().map(|rule| rule.code).collect::<Vec<_>>(), ["HB204"]);
    let set = select(&["ALL"], &["HB1", "HB2", "HB3", "HB4", "HB5", "HB6"]).unwrap();
    assert_eq!(set.iter().map(|rule| rule.code).collect::<Vec<_>>(), ["HB001", "HB002"]);
    let set = select(&["HB101"], &["HB1"]).unwrap();
    assert_eq!(set.iter().map(|rule| rule.code).collect::<Vec<_>>(), ["HB101"]);
}

#[test]
fn an_unknown_word_names_the_nearest() {
    assert_eq!(
        select(&["HB201x"], &[]).unwrap_err(),
        "`HB201x` names no rule; did you mean `HB201`?"
    );
    assert_eq!(
        select(&["terminat"], &[]).unwrap_err(),
        "`terminat` names no rule; did you mean `terminate`?"
    );
    assert_eq!(select(&["E501"], &[]).unwrap_err(), "`E501` names no rule");
}
