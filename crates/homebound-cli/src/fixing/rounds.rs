//! Rounds of fixing: what fits together is applied, then everything is looked at anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use homebound_check::{Checker, Diagnostic, Fix, RuleSet, Settings, SourceFile, fix as apply_fixes, rule};

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
    let mut wanted: BTreeMap<&Path, Vec<(&Diagnostic, &Fix)>> = BTreeMap::new();
    for finding in fixed.left.iter().filter(|finding| finding.suppressed.is_none()) {
        if let Some(fix) = finding.fix.as_ref().filter(|fix| applies(fix, unsafe_fixes)) {
            wanted.entry(&finding.path).or_default().push((finding, fix));
        }
    }
    let mut changed = false;
    for (path, wanted) in wanted {
        let Some(file) = loaded.files.iter_mut().find(|file| file.path == path) else {
            continue;
        };
        let mut tally = |finding: &Diagnostic| {
            let rules = fixed.applied.entry(path.to_owned()).or_default();
            rules.entry(finding.rule.code).or_insert((finding.rule, 0)).1 += 1;
        };
        changed |= fix_file(file, &wanted, &mut fixed.refused, &mut tally);
    }
    changed
}

fn fix_file(
    file: &mut SourceFile,
    wanted: &[(&Diagnostic, &Fix)],
    refused: &mut BTreeSet<Refused>,
    tally: &mut dyn FnMut(&Diagnostic),
) -> bool {
    let mut wanted: Vec<(&Diagnostic, Fix)> = wanted
        .iter()
        .map(|(finding, fix)| (*finding, with_line_ends(fix, &file.text)))
        .collect();
    let known: BTreeSet<(&str, &str)> = refused
        .iter()
        .filter(|refused| refused.path == file.path)
        .map(|refused| (refused.code, &*refused.title))
        .collect();
    wanted.retain(|(finding, fix)| !known.contains(&(finding.rule.code, &*fix.title)));
    // All at once; and if that breaks the syntax, one by one, to see which of them does.
    let all: Vec<&Fix> = wanted.iter().map(|(_, fix)| fix).collect();
    if let Ok(applied) = try_apply(file, &all) {
        applied.iter().for_each(|index| tally(wanted[*index].0));
        return !applied.is_empty();
    }
    for (finding, fix) in &wanted {
        match try_apply(file, &[fix]) {
            Ok(applied) if !applied.is_empty() => {
                tally(finding);
                // The other places have moved: they are found again in the next round.
                return true;
            }
            Ok(_) => {}
            Err(why) => drop(refused.insert(refusal(finding, fix, why))),
        }
    }
    false
}

fn refusal(finding: &Diagnostic, fix: &Fix, why: String) -> Refused {
    Refused {
        path: finding.path.clone(),
        code: finding.rule.code,
        title: fix.title.clone(),
        why,
    }
}

/// Applies what fits; or says why the result may not be written.
fn try_apply(file: &mut SourceFile, fixes: &[&Fix]) -> Result<Vec<usize>, String> {
    let beyond = |fix: &&Fix| fix.edits.iter().any(|edit| !file.takes(edit.range));
    if fixes.iter().any(beyond) {
        return Err("it would change a line of the notebook that is not Python, or two cells".to_owned());
    }
    let (after, applied) = apply_fixes::apply(file, fixes);
    if applied.is_empty() || after.text == file.text {
        return Ok(Vec::new());
    }
    if breaks_syntax(file, &after) {
        return Err("it would break the syntax".to_owned());
    }
    after.encode().map_err(|error| error.to_string())?;
    *file = after;
    Ok(applied)
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

/// The fix with the line ends of the text that it goes into.
pub(crate) fn with_line_ends(fix: &Fix, text: &str) -> Fix {
    let mut fix = fix.clone();
    if text.find('\n').is_some_and(|first| text[..first].ends_with('\r')) {
        for edit in &mut fix.edits {
            edit.replacement = edit.replacement.replace("\r\n", "\n").replace('\n', "\r\n");
        }
    }
    fix
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use homebound_check::{Applicability, Diagnostic, Edit, Fix, SourceFile, TextRange, rules};

    use super::fix_file;

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
        let mut file = SourceFile::new("a.py", b"x = 1\ny = 2\n".to_vec()).unwrap();
        let findings = [finding("breaks", 4, 5, "("), finding("mends", 10, 11, "3")];
        let wanted: Vec<_> = findings
            .iter()
            .map(|finding| (finding, finding.fix.as_ref().unwrap()))
            .collect();
        let (mut refused, mut applied) = (BTreeSet::new(), 0);
        assert!(fix_file(&mut file, &wanted, &mut refused, &mut |_| applied += 1));
        assert_eq!((&*file.text, applied), ("x = 1\ny = 3\n", 1));
        let refused: Vec<&str> = refused.iter().map(|refused| refused.title.as_str()).collect();
        assert_eq!(refused, ["breaks"]);
    }
}
