//! Comments that excuse, and those that excuse nothing.

#[path = "support/files.rs"]
mod files;
#[path = "support/findings.rs"]
mod findings;

use files::file;
use findings::{codes, found};
use homebound_check::{Diagnostics, RuleSet, fix};

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
fn a_directive_stands_behind_any_sign_of_a_comment() {
    assert!(active("thread.terminate()  # type: ignore  # homebound: ignore[terminate] it hangs\n").is_empty());
    assert!(active("thread.terminate()  # homebound: ignore[terminate] see #12  # type: ignore\n").is_empty());
    assert!(active("thread.terminate()  #type: ignore #noqa: HB204\n").is_empty());
    assert!(active("# type: ignore  # homebound: ignore[terminate]\nthread.terminate()\n").is_empty());
    assert_eq!(
        active("thread.terminate()  # type: ignore  # homebound: ignore[HB101]\n"),
        ["HB204", "HB002"]
    );
    assert_eq!(active("thread.terminate()  # noqattend\n"), ["HB204"]);
}

#[test]
fn the_reason_is_that_of_its_own_part() {
    let (text, found) = run("thread.terminate()  # homebound: ignore[terminate] see #12  # type: ignore\n");
    let excuse = found.list[0].suppressed.as_ref().unwrap();
    assert_eq!(excuse.reason.as_deref(), Some("see #12"));
    assert_eq!(excuse.range.slice(&text), "# homebound: ignore[terminate] see #12");
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
        (
            "pass  # type: ignore  # homebound: ignore[HB204] why\n",
            "pass  # type: ignore\n",
        ),
        (
            "pass  # homebound: ignore[HB204] why  # type: ignore\n",
            "pass  # type: ignore\n",
        ),
        ("pass  # noqa: HB204  # type: ignore\n", "pass  # type: ignore\n"),
        ("# homebound: ignore[HB204]  # more\npass\n", "# more\npass\n"),
        ("# homebound: ignore[HB204]\r\npass\r\n", "pass\r\n"),
    ] {
        let (text, found) = run(body);
        let fixes: Vec<_> = found
            .active()
            .filter_map(|diagnostic| diagnostic.fix.as_ref())
            .collect();
        assert_eq!(codes(&found), ["HB002"], "{body}");
        let (after, _) = fix::apply(&file("example.py", &text), &fixes);
        assert_eq!(&*after.text, format!("{HEAD}{fixed}"));
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
