//! The same schema, laid out: `zmodel format`.
//!
//! [`format()`] walks the tree with a `writer` that copies one token after the other and says only what stands between
//! them. It cannot write what is not there, and a comment comes along with the token it stands beside. What was said
//! is a `layout`, which breaks long brackets and conditions over lines.
//!
//! - Two spaces a level, as Prisma's formatter has it and as rules, which are long lines already, need it.
//! - Names, types and the first attributes of fields stand in columns, as do the `=` of options. A blank line starts
//!   new columns.
//! - Brackets, and conditions with `&&` and `||`, are on one line if they fit into `layout::WIDTH` and were on one
//!   line before: a line break in them is a decision of the author's, and is kept by giving each part its line.
//!   Whether `&&` ends a line or starts the next is kept too, since comments stand beside it.
//! - Attributes of a field stay on the line they were on.
//! - Between declarations is one blank line; functions, procedures and declarations of attributes, a line each, may
//!   also stand together. In a block, one blank line is kept.
//!
//! Invariants: the tokens are the same, byte for byte and in the same order; the comments are the same, between the
//! same tokens; the tree is the same. This is checked each time, and where it does not hold nothing is formatted.
//! Formatting twice changes nothing more.

mod declarations;
mod expressions;
mod layout;
mod members;
mod writer;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::syntax::ast::File;
use crate::syntax::lexer::{self, Lexed};
use crate::syntax::parser;
use crate::syntax::token::Kind;
use writer::Writer;

/// The text of a file, laid out.
///
/// ```
/// use zmodel_cli::{format::format, source::FileId};
///
/// let text = "model User{ id Int @id // the key\n email   String }";
/// let formatted = "model User {\n  id    Int    @id // the key\n  email String\n}\n";
/// assert_eq!(format(FileId(0), text).as_deref(), Ok(formatted));
/// ```
///
/// # Errors
/// What is wrong with a text that does not parse. Such a text is not formatted.
pub fn format(file: FileId, text: &str) -> Result<String, Diagnostics> {
    let before = Parsed::new(file, text)?;
    let mut writer = Writer::new(text, &before.lexed);
    writer.file(&before.tree);
    let formatted = writer.layout().print(line_ending(text, &before.lexed));
    let mark = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK } else { "" };
    let formatted = format!("{mark}{formatted}");
    match Parsed::new(file, &formatted) {
        Ok(after) if before.same(&after) => Ok(formatted),
        _ => Err(refusal(file)),
    }
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What must not change.
struct Parsed<'a> {
    text: &'a str,
    lexed: Lexed,
    tree: File,
}

impl<'a> Parsed<'a> {
    fn new(file: FileId, text: &'a str) -> Result<Self, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let lexed = lexer::lex(file, text, &mut diagnostics);
        let tree = parser::parse(file, text, &lexed, &mut diagnostics);
        diagnostics.sort();
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(Self { text, lexed, tree }) }
    }

    fn same(&self, other: &Self) -> bool {
        self.tokens().eq(other.tokens())
            && self.comments().eq(other.comments())
            && self.tree.clone().without_positions() == other.tree.clone().without_positions()
    }

    fn tokens(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.lexed.tokens.iter().map(|token| (token.kind, slice(self.text, token.span)))
    }

    /// The token that each comment stands before, and its lines without the blanks around them.
    fn comments(&self) -> impl Iterator<Item = (usize, Vec<&str>)> {
        let lines = |span| slice(self.text, span).lines().map(str::trim).collect();
        self.lexed.comments.iter().map(move |comment| (comment.before, lines(comment.span)))
    }
}

fn refusal(file: FileId) -> Diagnostics {
    let message = "formatting would change what this file says, so it was not formatted";
    let mut diagnostics = Diagnostics::default();
    let found = Diagnostic::error("internal-error", Span::new(file, 0, 0), message);
    diagnostics.push(found.help("this is a mistake of zmodel's: please report it, with the file"));
    diagnostics
}

/// The first line break that is no part of a string or comment.
fn line_ending(text: &str, lexed: &Lexed) -> &'static str {
    let mut pieces: Vec<Span> = lexed.tokens.iter().map(|token| token.span).collect();
    pieces.extend(lexed.comments.iter().map(|comment| comment.span));
    pieces.sort_unstable();
    let ends = std::iter::once(0).chain(pieces.iter().map(|span| span.end));
    let starts = pieces.iter().map(|span| span.start).chain(u32::try_from(text.len()).ok());
    let mut gaps = ends.zip(starts).map(|(end, start)| text.get(end as usize..start as usize).unwrap_or(""));
    let first = gaps.find(|gap| gap.contains('\n')).unwrap_or("");
    if first.split('\n').next().is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" }
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or("")
}

#[cfg(test)]
mod tests;
