//! Rounds of fixing: what fits together is applied, then everything is looked at anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use homebound_check::{Checker, Diagnostic, Edit, Fix, RuleSet, Settings, SourceFile, fix as apply_fixes, rule};

use super::{Change, Fixed, Refused};
use crate::output::applies;
use crate::run::Loaded;

/// Fixes that undo each other would go on for ever.
const MOST_ROUNDS: usize = 100;

/// Applies all fixes that may be applied, in memory: `loaded` holds the new texts afterwards.
pub(crate) fn fix(loaded: &mut Loaded, unsafe_fixes: bool) -> Fixed {
    let before: BTreeMap<PathBuf, SourceFile> = loaded
        .files
        .iter()
        .map(|file| (file.path.clone(), file.clone()))
        .collect();
    let (mut fixed, mut checker) = (Fixed::default(), Checker::default());
    for _ in 0..MOST_ROUNDS {
        fixed.left = loaded.check(&mut checker);
        if !round(loaded, unsafe_fixes, &mut fixed) {
            break;
        }
    }
    let changed = loaded.files.iter().filter_map(|after| {
        let before = before.get(&after.path).filter(|before| before.text != after.text)?;
        Some(Change {
            before: before.clone(),
            after: after.clone(),
        })
    });
    fixed.changes = changed.collect();
    fixed
}

/// Whether anything was changed.
fn round(loaded: &mut Loaded, unsafe_fixes: bool, fixed: &mut Fixed) -> bool {
    let asked: BTreeSet<PathBuf> = loaded
        .project
        .parts
        .iter()
        .flat_map(|part| part.asked.iter().cloned())
        .collect();
    let mut wanted: Vec<(&Diagnostic, Fix)> = Vec::new();
    for finding in fixed.left.iter().filter(|finding| finding.suppressed.is_none()) {
        let Some(fix) = finding.fix.as_ref().filter(|fix| applies(fix, unsafe_fixes)) else {
            continue;
        };
        if is_refused(&fixed.refused, finding, fix) {
            continue;
        }
        match beyond(&loaded.files, &asked, fix) {
            Some(why) => drop(fixed.refused.insert(refusal(finding, fix, why))),
            None => wanted.push((finding, with_line_ends(fix, &loaded.files))),
        }
    }
    let mut tally = |finding: &Diagnostic, fix: &Fix| {
        let paths: BTreeSet<PathBuf> = fix.edits.iter().map(|edit| edit.path.clone()).collect();
        fixed.together.extend(Some(paths).filter(|paths| paths.len() > 1));
        let rules = fixed.applied.entry(finding.path.clone()).or_default();
        rules.entry(finding.rule.code).or_insert((finding.rule, 0)).1 += 1;
    };
    fix_files(&mut loaded.files, wanted, &mut fixed.refused, &mut tally)
}

fn is_refused(refused: &BTreeSet<Refused>, finding: &Diagnostic, fix: &Fix) -> bool {
    refused
        .iter()
        .any(|it| it.path == finding.path && it.code == finding.rule.code && it.title == fix.title)
}

/// Why a fix may not even be tried.
fn beyond(files: &[SourceFile], asked: &BTreeSet<PathBuf>, fix: &Fix) -> Option<String> {
    let foreign = fix.edits.iter().find(|edit| !asked.contains(&edit.path));
    if let Some(edit) = foreign {
        let path = edit.path.display();
        return Some(format!(
            "it would change {path} as well: check that file together with this one"
        ));
    }
    let taken = |edit: &Edit| {
        files
            .iter()
            .any(|file| file.path == edit.path && file.takes(edit.range))
    };
    let all = fix.edits.iter().all(taken);
    (!all).then(|| "it would change a line of the notebook that is not Python, or two cells".to_owned())
}

/// Applies what fits, all at once. Where that harms a file, its fixes are tried one by one, to see which of them does.
fn fix_files(
    files: &mut [SourceFile],
    mut wanted: Vec<(&Diagnostic, Fix)>,
    refused: &mut BTreeSet<Refused>,
    tally: &mut dyn FnMut(&Diagnostic, &Fix),
) -> bool {
    let mut doubtful: Vec<(&Diagnostic, Fix)> = Vec::new();
    let mut changed = false;
    loop {
        let all: Vec<&Fix> = wanted.iter().map(|(_, fix)| fix).collect();
        let (after, applied) = apply_fixes::apply_all(files, &all);
        let harmed: BTreeSet<PathBuf> = after
            .iter()
            .filter(|(at, after)| harm(&files[*at], after).is_some())
            .map(|(_, after)| after.path.clone())
            .collect();
        if harmed.is_empty() {
            changed |= put(files, after);
            applied
                .iter()
                .for_each(|index| tally(wanted[*index].0, &wanted[*index].1));
            break;
        }
        let touches = |(_, fix): &(&Diagnostic, Fix)| fix.edits.iter().any(|edit| harmed.contains(&edit.path));
        let (worse, fine) = wanted.into_iter().partition(touches);
        doubtful.extend::<Vec<_>>(worse);
        wanted = fine;
    }
    // Other places move with the first change: they are found again in the next round.
    for (finding, fix) in &doubtful {
        if changed {
            break;
        }
        let (after, _) = apply_fixes::apply_all(files, &[fix]);
        match after.iter().find_map(|(at, after)| harm(&files[*at], after)) {
            Some(why) => drop(refused.insert(refusal(finding, fix, why))),
            None if put(files, after) => {
                tally(finding, fix);
                changed = true;
            }
            None => {}
        }
    }
    changed
}

/// Puts changed files in their places; whether any is another text now.
fn put(files: &mut [SourceFile], after: Vec<(usize, SourceFile)>) -> bool {
    let mut changed = false;
    for (at, file) in after {
        changed |= files[at].text != file.text;
        files[at] = file;
    }
    changed
}

fn refusal(finding: &Diagnostic, fix: &Fix, why: String) -> Refused {
    Refused {
        path: finding.path.clone(),
        code: finding.rule.code,
        title: fix.title.clone(),
        why,
    }
}

/// Why a changed file may not be written.
fn harm(before: &SourceFile, after: &SourceFile) -> Option<String> {
    if breaks_syntax(before, after) {
        return Some("it would break the syntax".to_owned());
    }
    after.encode().err().map(|error| error.to_string())
}

/// Whether `after` has syntax errors that `before` had not.
pub(crate) fn breaks_syntax(before: &SourceFile, after: &SourceFile) -> bool {
    syntax_errors(after) > syntax_errors(before)
}

fn syntax_errors(file: &SourceFile) -> usize {
    let select: RuleSet = rule("HB001").into_iter().collect();
    let settings = Settings {
        select,
        ..Settings::default()
    };
    homebound_check::check(std::slice::from_ref(file), &settings).list.len()
}

/// The fix with the line ends of the texts that it goes into.
pub(crate) fn with_line_ends(fix: &Fix, files: &[SourceFile]) -> Fix {
    let windows = |text: &str| text.find('\n').is_some_and(|first| text[..first].ends_with('\r'));
    let mut fix = fix.clone();
    for edit in &mut fix.edits {
        let file = files.iter().find(|file| file.path == edit.path);
        if file.is_some_and(|file| windows(&file.text)) {
            edit.replacement = edit.replacement.replace("\r\n", "\n").replace('\n', "\r\n");
        }
    }
    fix
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use homebound_check::{Applicability, Diagnostic, Edit, Fix, SourceFile, TextRange, rules};

    use super::fix_files;

    fn finding(title: &str, start: u32, end: u32, replacement: &str) -> Diagnostic {
        let range = TextRange::new(start, end);
        let edits = vec![Edit {
            path: "a.py".into(),
            range,
            replacement: replacement.to_owned(),
        }];
        let fix = Fix {
            title: title.to_owned(),
            applicability: Applicability::Safe,
            edits,
        };
        Diagnostic {
            rule: rules()[0],
            path: "a.py".into(),
            range,
            message: String::new(),
            help: None,
            related: Vec::new(),
            fix: Some(fix),
            suppressed: None,
        }
    }

    #[test]
    fn a_fix_that_would_break_the_syntax_is_refused_and_the_others_are_applied() {
        let mut files = [SourceFile::new("a.py", b"x = 1\ny = 2\n".to_vec()).unwrap()];
        let findings = [finding("breaks", 4, 5, "("), finding("mends", 10, 11, "3")];
        let wanted = findings
            .iter()
            .map(|finding| (finding, finding.fix.clone().unwrap()))
            .collect();
        let (mut refused, mut applied) = (BTreeSet::new(), 0);
        assert!(fix_files(&mut files, wanted, &mut refused, &mut |_, _| applied += 1));
        assert_eq!((&*files[0].text, applied), ("x = 1\ny = 3\n", 1));
        let refused: Vec<&str> = refused.iter().map(|refused| refused.title.as_str()).collect();
        assert_eq!(refused, ["breaks"]);
    }
}
