//! Places in a text, as the protocol and as the compiler count them.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::source::Span;

/// What a column of the protocol counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: what every client understands.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The one that suits us best, of those that the client offers.
    pub(super) fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offered = offered.unwrap_or_default();
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offered.contains(&PositionEncodingKind::UTF32) && !offered.contains(&PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub(super) const fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn length(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The first byte after so many units; never inside a character, never after the end.
    fn bytes(self, text: &str, units: usize) -> usize {
        let mut left = units;
        for (at, c) in text.char_indices() {
            let length = match self {
                Self::Utf8 => c.len_utf8(),
                Self::Utf16 => c.len_utf16(),
                Self::Utf32 => 1,
            };
            if left < length {
                return at;
            }
            left -= length;
        }
        text.len()
    }
}

/// Where the lines of a text start.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    starts: Vec<u32>,
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Lines {
    /// The protocol has three ends of lines: `\n`, `\r\n` and `\r`.
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = ends.map(|(at, _)| small(at + 1));
        Self { starts: std::iter::once(0).chain(starts).collect() }
    }

    /// A line, without its end.
    fn line<'t>(&self, text: &'t str, line: usize) -> (u32, &'t str) {
        let Some(start) = self.starts.get(line).copied() else { return (small(text.len()), "") };
        let end = self.starts.get(line + 1).map_or(text.len(), |next| *next as usize);
        (start, text.get(start as usize..end).unwrap_or("").trim_end_matches(['\r', '\n']))
    }

    /// The byte at a position; what lies outside the text is drawn in.
    pub(super) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let (start, line) = self.line(text, position.line as usize);
        start + small(encoding.bytes(line, position.character as usize))
    }

    /// The position of a byte.
    pub(super) fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let offset = small(text.floor_char_boundary(offset as usize));
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start as usize..offset as usize).unwrap_or("");
        Position::new(small(line), small(encoding.length(before)))
    }

    /// The range of a stretch.
    pub(super) fn range(&self, text: &str, span: Span, encoding: Encoding) -> Range {
        Range::new(self.position(text, span.start, encoding), self.position(text, span.end.max(span.start), encoding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_was_agreed() {
        let text = "a𐐀é\r\nb\rc\n";
        let lines = Lines::new(text);
        for (encoding, column) in [(Encoding::Utf8, 5), (Encoding::Utf16, 3), (Encoding::Utf32, 2)] {
            assert_eq!(lines.position(text, 5, encoding), Position::new(0, column));
            assert_eq!(lines.offset(text, Position::new(0, column), encoding), 5);
        }
        let at = |line, character| lines.offset(text, Position::new(line, character), Encoding::Utf16);
        assert_eq!((at(1, 0), at(2, 0), at(3, 0)), (9, 11, 13));
        // Inside a character, after the end of a line, after the end of the text.
        assert_eq!((at(0, 2), at(0, 99), at(1, 5), at(99, 0), at(u32::MAX, u32::MAX)), (1, 7, 10, 13, 13));
        assert_eq!(lines.position(text, u32::MAX, Encoding::Utf16), Position::new(3, 0));
        assert_eq!(Lines::new("").position("", 7, Encoding::Utf16), Position::new(0, 0));
    }

    #[test]
    fn bytes_are_agreed_on_where_possible() {
        let utf16 = [PositionEncodingKind::UTF16];
        let both = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::negotiate(None), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(Some(&utf16)), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(Some(&both)), Encoding::Utf8);
    }
}
