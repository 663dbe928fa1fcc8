//! Lines of notebooks that are not Python: they become statements of the same length that do nothing.

/// What stood where a line was masked: of as many bytes as what stands there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mask {
    pub at: u32,
    pub original: Box<str>,
}

/// Cells that begin with these hold Python below their first line.
const AROUND_PYTHON: [&str; 9] = [
    "capture", "debug", "prun", "pypy", "python", "python3", "time", "timeit", "ipytest",
];

/// Appends the code of a cell to `joined`.
pub(super) fn mask(code: &str, joined: &mut String, masks: &mut Vec<Mask>) {
    let foreign = is_foreign(code);
    let mut continued = false;
    for line in code.split_inclusive('\n') {
        let more = foreign || continued;
        let magic = more || is_magic(line);
        continued = magic && line.trim_end_matches(['\n', '\r']).ends_with('\\');
        match (magic, more) {
            (false, _) => joined.push_str(line),
            // A block that held nothing else holds something still.
            (true, false) => mask_line(line, '0', joined, masks),
            (true, true) => mask_line(line, '#', joined, masks),
        }
    }
}

/// Whether a cell is of another language.
fn is_foreign(code: &str) -> bool {
    let name = code.strip_prefix("%%").map(|rest| {
        rest.split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
    });
    name.is_some_and(|name| !AROUND_PYTHON.contains(&name))
}

/// For the shell, for `IPython`'s own commands, or a question for help.
fn is_magic(line: &str) -> bool {
    let line = line.trim();
    let command = |text: &str| {
        text.strip_prefix('%')
            .is_some_and(|rest| rest.starts_with(|c: char| c == '%' || c.is_ascii_alphabetic()))
            || (text.starts_with('!') && !text.starts_with("!="))
    };
    let assigned = line.split_once('=').is_some_and(|(target, value)| {
        let path = |c: char| c.is_alphanumeric() || "_., ".contains(c);
        target.chars().all(path) && command(value.trim_start())
    });
    let help = line.ends_with('?') && !line.contains(['#', '"', '\'']);
    command(line) || assigned || help || line.starts_with('?')
}

/// `!ls` becomes `0#s`, or `##s`.
fn mask_line(line: &str, sign: char, joined: &mut String, masks: &mut Vec<Mask>) {
    let body = line.trim_start();
    joined.push_str(&line[..line.len() - body.len()]);
    let mut head = 0;
    for character in body.trim_end().chars().take(2) {
        head += character.len_utf8();
    }
    if head > 0 {
        masks.push(Mask {
            at: u32::try_from(joined.len()).unwrap_or(u32::MAX),
            original: body[..head].into(),
        });
        joined.push(sign);
        joined.extend(std::iter::repeat_n('#', head - 1));
    }
    joined.push_str(&body[head..]);
}
