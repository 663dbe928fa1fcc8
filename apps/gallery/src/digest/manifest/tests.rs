use super::*;

const EMPTY: &str = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

fn line_of(name: &str) -> String {
    let mut line = String::new();
    push_line(&blake3::hash(b""), name, &mut line);
    line
}

#[test]
fn an_ordinary_path_stands_as_it_is() {
    assert_eq!(line_of("a  b) = ü/\t."), format!("{EMPTY}  a  b) = ü/\t.\n"));
}

#[test]
fn a_path_that_would_break_its_line_is_escaped() {
    assert_eq!(line_of("a\nb\\c\r"), format!("\\{EMPTY}  a\\nb\\\\c\\r\n"));
}

#[test]
fn what_is_written_is_read_back() {
    for name in [
        "a",
        "  a  b",
        "\\",
        "\n",
        "\r\n",
        "a\\nb",
        "BLAKE3 (a) = b",
        "-",
        " ",
        "\u{1F600}",
        "\\\\n\\r",
    ] {
        let line = parse_line(&line_of(name)).expect(name);
        assert_eq!((line.sum, line.path.to_str()), (blake3::hash(b""), Some(name)));
    }
}

#[test]
fn a_verdict_is_escaped_as_the_line_was() {
    let mut lines = String::new();
    push_verdict("a\nb", "OK", &mut lines);
    push_verdict("c", "FAILED", &mut lines);
    assert_eq!(lines, "\\a\\nb: OK\nc: FAILED\n");
}

#[test]
fn tagged_lines_are_read() {
    let line = parse_line(&format!("BLAKE3 (a) = b) = {EMPTY}\r\n")).expect("tagged");
    assert_eq!(line.path, Path::new("a) = b"));
    let line = parse_line(&format!("\\BLAKE3 (a\\nb) = {EMPTY}")).expect("tagged and escaped");
    assert_eq!(line.path, Path::new("a\nb"));
}

#[test]
fn malformed_lines_are_refused() {
    let upper = EMPTY.to_uppercase();
    let short = &EMPTY[1..];
    for line in [
        String::new(),
        "\n".to_owned(),
        "\\".to_owned(),
        "hello".to_owned(),
        EMPTY.to_owned(),
        format!("{EMPTY} a"),
        format!("{EMPTY}  "),
        format!("{upper}  a"),
        format!("{short}  a"),
        format!("{EMPTY}0  a"),
        format!("\u{fc}{}  a", &EMPTY[2..]),
        format!("\\{EMPTY}  a\\"),
        format!("\\{EMPTY}  a\\t"),
        format!("{EMPTY}  a\u{FFFD}"),
        format!("{EMPTY}  a\0"),
        format!("BLAKE3 (a = {EMPTY}"),
    ] {
        assert!(parse_line(&line).is_err(), "{line:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_path_that_is_no_text_has_no_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    assert_eq!(name(Path::new(OsStr::from_bytes(b"a\xff"))), None);
    assert_eq!(name(Path::new("a\u{FFFD}")), None, "b3sum refuses it when it checks");
    assert_eq!(name(Path::new("a\u{1F600}")), Some("a\u{1F600}"));
}

#[test]
fn lines_are_read_with_their_numbers_and_one_bad_line_stops_nothing() {
    let mut text = format!("{EMPTY}  a\nnonsense\n").into_bytes();
    text.extend(std::iter::repeat_n(b'x', 300_000));
    text.extend([b'\n', 0xc3]);
    text.extend(format!("\n{EMPTY}  b").bytes());
    let mut lines = Lines::new(&*text);

    let read: Vec<_> = std::iter::from_fn(|| {
        let line = lines.next()?.expect("memory can be read");
        Some((lines.number(), line.ok().map(|line| line.path)))
    })
    .collect();

    let good = |name: &str| Some(PathBuf::from(name));
    assert_eq!(read, [(1, good("a")), (2, None), (3, None), (4, None), (5, good("b"))]);
}

#[test]
fn a_line_of_exactly_the_longest_length_is_read() {
    let name = "n".repeat(usize::try_from(LONGEST_LINE).expect("small") - EMPTY.len() - 3);
    for end in ["", "\n", "\nx"] {
        let text = format!("{EMPTY}  {name}{end}");
        let first = Lines::new(text.as_bytes()).next().expect("a line").expect("read");
        assert!(first.is_ok(), "{end:?}");
    }
}
