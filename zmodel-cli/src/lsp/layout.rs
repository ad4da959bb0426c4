//! The layout of a file, as changes that leave alone what is right: the cursor and the folds of an editor stay.

use std::iter::zip;

use lsp_types::TextEdit;

use super::files::Document;
use super::text::Encoding;
use crate::format;
use crate::source::{FileId, Span};

/// The changes that give a file its layout; none if it does not parse.
pub(super) fn edits(file: FileId, document: &Document, encoding: Encoding) -> Option<Vec<TextEdit>> {
    let laid_out = format::format(file, &document.text).ok()?;
    let edits = changes(&document.text, &laid_out).into_iter().map(|(start, end, text)| {
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        TextEdit::new(document.range(Span::new(file, small(start), small(end)), encoding), text)
    });
    Some(edits.collect())
}

/// From one text to another: bytes, and what they are replaced by.
fn changes(from: &str, to: &str) -> Vec<(usize, usize, String)> {
    let old: Vec<&str> = from.split_inclusive('\n').collect();
    let new: Vec<&str> = to.split_inclusive('\n').collect();
    let same_start = zip(&old, &new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - same_start;
    let same_end = zip(old.iter().rev(), new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let middle = |lines: &[&str]| -> Vec<String> {
        let lines = lines.iter().take(lines.len() - same_end).skip(same_start);
        lines.map(|line| (*line).to_owned()).collect()
    };
    let (old_middle, new_middle) = (middle(&old), middle(&new));
    let mut at: usize = old.iter().take(same_start).map(|line| line.len()).sum();
    if old_middle.len() != new_middle.len() {
        return vec![(at, at + old_middle.concat().len(), new_middle.concat())];
    }
    let mut changes = Vec::new();
    for (before, after) in zip(old_middle, new_middle) {
        let end = at + before.len();
        if before != after {
            changes.push((at, end, after));
        }
        at = end;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_changed() {
        let check = |from: &str, to: &str, count: usize| {
            let changes = changes(from, to);
            assert_eq!(changes.len(), count, "{from:?} {to:?}");
            let mut text = from.to_owned();
            for (start, end, new) in changes.into_iter().rev() {
                text.replace_range(start..end, &new);
            }
            assert_eq!(text, to);
        };
        check("", "", 0);
        check("a\nb\n", "a\nb\n", 0);
        check("a\nb\nc\nd\n", "a\nB\nc\nD\n", 2);
        check("a\n\n\nb", "a\n\nb\n", 1);
        check("a\na\n", "a\na\na\n", 1);
        check("a\na\na\n", "a\n", 1);
        check("", "a", 1);
        check("a", "", 1);
    }
}
