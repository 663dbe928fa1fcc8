//! Comments that excuse, and those that excuse nothing.

#[path = "support/findings.rs"]
mod findings;

use findings::{codes, found};
use homebound_check::{Diagnostics, RuleSet, fix};
use std::path::Path;

const HEAD: &str = "from PyQt5.QtCore import QThread\nthread = QThread()\n";

fn run(body: &str) -> (String, Diagnostics) {
    let text = format!("{HEAD}{body}");
    let found = found(&[("example.py", &text)], RuleSet::all());
    (text, found)
}

fn active(body: &str) -> Vec<&'static str> {
    codes(&run(body).1)
}

#[test]
fn noqa_excuses_its_codes_in_its_line() {
    assert!(active("thread.terminate()  # noqa: HB204 the last resort\n").is_empty());
    assert!(active("thread.terminate()  # noqa:E501,HB204\n").is_empty());
    assert!(active("thread.terminate()  # NOQA\n").is_empty());
    assert_eq!(active("thread.terminate()  # noqa: E501\n"), ["HB204"]);
    assert_eq!(active("thread.terminate()\npass  # noqa: E501\n"), ["HB204"]);
}

#[test]
fn own_comments_take_names_prefixes_and_the_next_line() {
    assert!(active("thread.terminate()  # homebound: ignore[terminate] it hangs\n").is_empty());
    assert!(active("# homebound: ignore[HB2]\n# more\nthread.terminate()\n").is_empty());
    assert!(active("# homebound: disable[HB204]\nthread.terminate()\nthread.terminate()\n").is_empty());
    assert!(active("thread.terminate()\n# homebound: file-ignore[HB204]\n").is_empty());
    let after = "# homebound: disable[HB204]\nthread.terminate()\n# homebound: enable[HB204]\nthread.terminate()\n";
    assert_eq!(active(after), ["HB204"]);
}

#[test]
fn an_excused_finding_stays_in_the_list_with_its_reason() {
    let (text, found) = run("thread.terminate()  # homebound: ignore[terminate] it hangs\n");
    let excuse = found.list[0].suppressed.as_ref().unwrap();
    assert_eq!(excuse.reason.as_deref(), Some("it hangs"));
    assert_eq!(excuse.range.slice(&text), "# homebound: ignore[terminate] it hangs");
}

#[test]
fn what_excuses_nothing_is_found_and_removed() {
    for (body, fixed) in [
        ("pass  # homebound: ignore[terminate] why\n", "pass\n"),
        ("# homebound: ignore[HB204]\npass\n", "pass\n"),
        (
            "thread.terminate()  # noqa: HB204, HB101\n",
            "thread.terminate()  # noqa: HB204\n",
        ),
        ("pass  # noqa: E501, HB204\n", "pass  # noqa: E501\n"),
        ("pass  # homebound: ignore[nonsense]\n", "pass\n"),
    ] {
        let (text, found) = run(body);
        let fixes: Vec<_> = found
            .active()
            .filter_map(|diagnostic| diagnostic.fix.as_ref())
            .collect();
        assert_eq!(codes(&found), ["HB002"], "{body}");
        let (after, _) = fix::apply(Path::new("example.py"), &text, &fixes);
        assert_eq!(after, format!("{HEAD}{fixed}"));
    }
}

#[test]
fn words_in_strings_and_in_prose_are_no_comments_of_ours() {
    assert_eq!(
        active("text = '# homebound: ignore[terminate]'; thread.terminate()\n"),
        ["HB204"]
    );
    assert_eq!(
        active("thread.terminate()  # see homebound: ignore[terminate]\n"),
        ["HB204"]
    );
}
