//! Sizes that several parts share, and text that has to fit.

use std::borrow::Cow;

use eframe::egui::{FontId, Ui, Vec2};

/// The least size of a button: easy to hit.
pub(super) const BUTTON: Vec2 = Vec2::new(84.0, 28.0);
/// The height of a line in a list. A whole number, so that a million lines stand exactly where they belong.
pub(super) const LINE: f32 = 16.0;
/// The height of a letter in a list.
pub(super) const LETTERS: f32 = 12.0;

pub(super) fn list_font() -> FontId {
    FontId::monospace(LETTERS)
}

/// How many letters of a list fit into this width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a width on a screen"
)]
pub(super) fn room(ui: &Ui, width: f32) -> usize {
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&list_font(), '0'));
    (width / letter.max(1.0)).max(0.0) as usize
}

/// Leaves out the middle of what is too long: of a path, the beginning and the name at its end say most.
pub(super) fn shorten(text: &str, room: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= room {
        return Cow::Borrowed(text);
    }
    let kept = room.saturating_sub(1);
    let head = kept / 3;
    let tail = kept - head;
    let mut shortened: String = text.chars().take(head).collect();
    shortened.push('…');
    shortened.extend(text.chars().skip(length - tail));
    Cow::Owned(shortened)
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        assert_eq!(shorten("/a/b/c", 6), "/a/b/c");
        assert_eq!(shorten("/home/user/documents/report.txt", 16), "/home…report.txt");
        assert_eq!(shorten("äöüßÄÖÜ", 4), "ä…ÖÜ");
        assert_eq!(shorten("abc", 1), "…");
        assert_eq!(shorten("abc", 0), "…");
    }
}
