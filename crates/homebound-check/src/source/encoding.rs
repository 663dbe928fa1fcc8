//! From bytes to text, and back.

use super::SourceError;
use std::path::Path;

/// More than any program that people write.
const LARGEST: usize = 1 << 30;

const MARK_OF_UTF_8: &[u8] = b"\xef\xbb\xbf";

/// How the text of a file became bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Encoding {
    codec: Codec,
    /// Whether a byte order mark stands before the text.
    mark: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Codec {
    #[default]
    Utf8,
    Utf16 {
        big: bool,
    },
    Ascii,
    Latin1,
    Other(&'static encoding_rs::Encoding),
}

pub(super) fn decode(path: &Path, bytes: Vec<u8>) -> Result<(String, Encoding), SourceError> {
    if bytes.len() > LARGEST {
        return Err(SourceError::TooLarge {
            path: path.to_owned(),
            size: bytes.len(),
        });
    }
    let marked = |codec| Encoding { codec, mark: true };
    let (encoding, skipped) = match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => (marked(Codec::Utf8), MARK_OF_UTF_8.len()),
        [0xff, 0xfe, ..] => (marked(Codec::Utf16 { big: false }), 2),
        [0xfe, 0xff, ..] => (marked(Codec::Utf16 { big: true }), 2),
        _ => (unmarked(path, &bytes)?, 0),
    };
    Ok((encoding.decode(path, bytes, skipped)?, encoding))
}

fn unmarked(path: &Path, bytes: &[u8]) -> Result<Encoding, SourceError> {
    let Some((name, line)) = declared(bytes) else {
        return Ok(Encoding::default());
    };
    let unknown = || SourceError::UnknownEncoding {
        path: path.to_owned(),
        encoding: name.clone(),
        line,
    };
    let codec = Codec::named(&name).ok_or_else(unknown)?;
    Ok(Encoding { codec, mark: false })
}

impl Codec {
    /// Python's names, where they are not the web's.
    fn named(name: &str) -> Option<Self> {
        let plain = name.to_ascii_lowercase().replace('_', "-");
        let web = match plain.as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "utf" | "u8" => return Some(Self::Utf8),
            "ascii" | "us-ascii" | "646" => return Some(Self::Ascii),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" | "8859" => return Some(Self::Latin1),
            "cp932" | "ms932" => "shift_jis",
            "cp936" => "gbk",
            "cp949" => "euc-kr",
            "cp950" => "big5",
            label => label,
        };
        let web = web
            .strip_prefix("cp")
            .map_or_else(|| web.to_owned(), |number| format!("windows-{number}"));
        encoding_rs::Encoding::for_label(web.as_bytes()).map(Self::Other)
    }

    fn decode(self, bytes: Vec<u8>, skipped: usize) -> Result<String, usize> {
        match self {
            Self::Utf8 => utf8(bytes, skipped),
            Self::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(at) => Err(at),
                None => utf8(bytes, skipped),
            },
            Self::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Self::Utf16 { big } => utf16(&bytes[skipped..], big).map_err(|at| at + skipped),
            Self::Other(encoding) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes);
                let wrong = || encoding_rs::Encoding::utf8_valid_up_to(&bytes);
                text.map(std::borrow::Cow::into_owned).ok_or_else(wrong)
            }
        }
    }

    /// The bytes, or the character that has none.
    fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Ascii => text
                .chars()
                .map(|c| u8::try_from(c).ok().filter(u8::is_ascii).ok_or(c))
                .collect(),
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).map_err(|_| c)).collect(),
            Self::Utf16 { big } => {
                let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
                Ok(text.encode_utf16().flat_map(bytes).collect())
            }
            Self::Other(encoding) => match encoding.encode(text) {
                (bytes, _, false) => Ok(bytes.into_owned()),
                _ => Err(text.chars().find(|c| without_bytes(encoding, *c)).unwrap_or('?')),
            },
        }
    }
}

fn without_bytes(encoding: &'static encoding_rs::Encoding, character: char) -> bool {
    encoding.encode(character.encode_utf8(&mut [0; 4])).2
}

impl Encoding {
    pub(super) fn name(self) -> &'static str {
        match self.codec {
            Codec::Utf8 => "UTF-8",
            Codec::Utf16 { big: false } => "UTF-16LE",
            Codec::Utf16 { big: true } => "UTF-16BE",
            Codec::Ascii => "ASCII",
            Codec::Latin1 => "ISO-8859-1",
            Codec::Other(encoding) => encoding.name(),
        }
    }

    fn decode(self, path: &Path, bytes: Vec<u8>, skipped: usize) -> Result<String, SourceError> {
        self.codec
            .decode(bytes, skipped)
            .map_err(|offset| SourceError::Encoding {
                path: path.to_owned(),
                encoding: self.name().to_owned(),
                offset,
            })
    }

    pub(super) fn encode(self, path: &Path, text: &str) -> Result<Vec<u8>, SourceError> {
        let unencodable = |character| SourceError::Unencodable {
            path: path.to_owned(),
            encoding: self.name().to_owned(),
            character,
            line: text.split(character).next().unwrap_or_default().matches('\n').count() + 1,
        };
        let body = self.codec.encode(text).map_err(unencodable)?;
        let mark: &[u8] = match self.codec {
            _ if !self.mark => &[],
            Codec::Utf16 { big: false } => b"\xff\xfe",
            Codec::Utf16 { big: true } => b"\xfe\xff",
            _ => MARK_OF_UTF_8,
        };
        Ok([mark, &body].concat())
    }
}

fn utf8(mut bytes: Vec<u8>, skipped: usize) -> Result<String, usize> {
    bytes.drain(..skipped);
    String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to() + skipped)
}

fn utf16(bytes: &[u8], big: bool) -> Result<String, usize> {
    let units = bytes.chunks(2).map(|pair| match pair {
        [one, two] if big => u16::from_be_bytes([*one, *two]),
        [one, two] => u16::from_le_bytes([*one, *two]),
        // Half a unit is a lone surrogate: wrong, and told with its place.
        _ => 0xdc00,
    });
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = 0;
    for character in char::decode_utf16(units) {
        let character = character.map_err(|_| at)?;
        at += character.len_utf16() * 2;
        text.push(character);
    }
    Ok(text)
}

/// The encoding that a comment in the first two lines names.
fn declared(bytes: &[u8]) -> Option<(String, usize)> {
    for (index, line) in bytes.splitn(3, |byte| *byte == b'\n').take(2).enumerate() {
        let line = line.trim_ascii();
        if !line.starts_with(b"#") {
            if line.is_empty() {
                continue;
            }
            return None;
        }
        let text = String::from_utf8_lossy(line);
        if let Some(name) = cookie(&text) {
            return Some((name, index + 1));
        }
    }
    None
}

/// What stands behind the first `coding:` or `coding=` of a comment.
fn cookie(comment: &str) -> Option<String> {
    let values = comment
        .match_indices("coding")
        .map(|(at, word)| &comment[at + word.len()..]);
    values
        .filter_map(|after| after.strip_prefix([':', '=']))
        .find_map(|value| {
            let name: String = value
                .trim_start()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
                .collect();
            (!name.is_empty()).then_some(name)
        })
}
