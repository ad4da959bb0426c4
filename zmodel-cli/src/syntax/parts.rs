//! A long file is read in parts, by a core each.
//!
//! A part begins where a declaration most likely ends: after a `}` that is all of a line. Whether one does end there
//! shows when the part before it has been read: its reader has to come to that place, and remember there what the reader
//! of the next part began with (see [`Place`]). If it does not, the file is read again as a whole.

use std::ops::ControlFlow;
use std::thread;

use super::ast;
use super::lexer::Lexer;
use super::parser::{self, Part, Place};
use super::token::{Kind, Token};
use crate::cores;
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};

/// A shorter part is read sooner than a thread is started.
const SHORTEST: usize = 1 << 15;

/// How much of the next part is looked at, since the parser looks ahead.
const AHEAD: usize = 1 << 10;

/// What was read.
#[derive(Default)]
struct Read {
    tree: ast::File,
    /// What the lexer found, then what the parser found.
    found: [Diagnostics; 2],
}

/// Parses a file; what is wrong with it is added to `diagnostics`.
pub(super) fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> ast::File {
    let starts = starts(file, text);
    let ends = starts.iter().skip(1).copied().map(Some).chain([None]);
    let parts: Option<Vec<Read>> = thread::scope(|scope| {
        let mut ranges = starts.iter().copied().zip(ends);
        let own = ranges.next();
        let others: Vec<_> = ranges.map(|(from, to)| scope.spawn(move || read(file, text, from, to))).collect();
        let own = own.map(|(from, to)| read(file, text, from, to));
        // If one panicked, so do we.
        let others = others.into_iter().map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        own.into_iter().chain(others).collect()
    });
    let parts = parts.or_else(|| Some(vec![read(file, text, Place::default(), None)?])).unwrap_or_default();
    let mut whole = Read::default();
    for Read { tree, found } in parts {
        whole.tree.imports.extend(tree.imports);
        whole.tree.items.extend(tree.items);
        for (all, found) in whole.found.iter_mut().zip(found) {
            all.append(found);
        }
    }
    whole.found.into_iter().for_each(|found| diagnostics.append(found));
    whole.tree
}

/// Where the parts begin.
fn starts(file: FileId, text: &str) -> Vec<Place> {
    const LINE: &str = "\n}\n";
    let parts = cores::count().min(text.len() / SHORTEST).max(1);
    let mut starts = vec![Place::default()];
    for part in 1..parts {
        let about = text.floor_char_boundary(text.len() / parts * part);
        let Some(at) = text.get(about..).and_then(|rest| rest.find(LINE)) else { break };
        let Ok(brace) = u32::try_from(about + at + 1) else { break };
        let token = Token { kind: Kind::RightBrace, span: Span::new(file, brace, brace + 1), on_new_line: true };
        let place = Place { previous: Some(token), reported: None, declared: true };
        if starts.last() != Some(&place) {
            starts.push(place);
        }
    }
    starts
}

/// Reads from a place to another one, or to the end; none if the parser does not come to that place.
fn read(file: FileId, text: &str, from: Place, to: Option<Place>) -> Option<Read> {
    let end = |place: Place| place.previous.map_or(0, |token| token.span.end as usize);
    let until = to.map_or(text.len(), end);
    let mut lexer = Lexer::new(file, text, from.previous);
    lexer.reserve(until - end(from));
    let mut read = Read::default();
    let Read { tree, found: [complaints, found] } = &mut read;
    let whole = lexer.read_to(until.saturating_add(AHEAD).min(text.len()), complaints);
    // What is ahead is for the next part to say.
    complaints.retain(|complaint| complaint.span.is_none_or(|span| (span.start as usize) < until));
    let mut arrived = to.is_none();
    parser::rounds(file, text, &lexer.lexed, from, |round| {
        if !whole && round.seen.end > lexer.lexed.tokens.len() {
            return ControlFlow::Break(());
        }
        match round.part {
            Some(Part::Import(import)) => tree.imports.push(import),
            Some(Part::Item(item)) => tree.items.push(item),
            None => {}
        }
        round.found.into_iter().for_each(|one| found.push(one));
        arrived |= Some(round.next) == to;
        if Some(round.next) == to { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    arrived.then_some(read)
}

#[cfg(test)]
mod tests {
    use super::super::{lexer, parser};
    use super::*;

    fn as_a_whole(text: &str) -> (ast::File, Diagnostics) {
        let mut found = Diagnostics::default();
        let lexed = lexer::lex(FileId(0), text, &mut found);
        (parser::parse(FileId(0), text, &lexed, &mut found), found)
    }

    #[test]
    fn parts_are_what_the_whole_is() {
        let model = |at: usize| format!("/// {at}\nmodel M{at} {{\n  id Int @id @default('x') $\n  other\n}}\n\n");
        let models = |from: usize, to: usize| (from..to).map(model).collect::<Vec<_>>().concat();
        let (first, second) = (models(0, 600), models(600, 1_200));
        let open = [
            "",
            "/*",
            "*/",
            "'",
            "\"",
            "model X {",
            "model X {\n  id Int @default(",
            "}",
            "import 'x'",
            "@@allow(",
            "type",
        ];
        for inserted in open {
            for text in [
                format!("{first}{inserted}\n{second}"),
                format!("{inserted}\n{first}{second}"),
                format!("{first}{second}{inserted}"),
            ] {
                let mut found = Diagnostics::default();
                let tree = parse(FileId(0), &text, &mut found);
                assert!(starts(FileId(0), &text).len() == cores::count().min(text.len() / SHORTEST), "{inserted}");
                let (whole, expected) = as_a_whole(&text);
                assert!(tree == whole, "{inserted}");
                assert!(found == expected, "{inserted}");
            }
        }
    }

    #[test]
    fn a_part_begins_where_a_declaration_ends() {
        let text = "model A {\n  id Int\n}\nmodel B {\n}\n".repeat(2_000);
        let read = |from, to| read(FileId(0), &text, from, to);
        for pair in starts(FileId(0), &text).windows(2) {
            assert!(read(pair[0], Some(pair[1])).is_some());
            let inside = pair[1].previous.map(|token| Token { span: Span { start: 1, end: 2, ..token.span }, ..token });
            assert!(read(pair[0], Some(Place { previous: inside, ..pair[1] })).is_none());
        }
    }
}
