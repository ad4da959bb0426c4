//! `zmodel docs`: a schema as a book, what its tables hold and who may do what with them.
//!
//! The book is one page, with a list of contents: readers search it with their browser, and links in it work from a
//! file as well as from a server. There is one as HTML and one as Markdown, made from the same [`Book`].

mod book;
mod diagram;
mod fields;
mod rules;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;

use askama::Template;

use crate::hir;
use crate::source::SourceMap;
use book::Book;

/// The book as a page that needs nothing beside it.
#[derive(Template)]
#[template(path = "docs.html")]
struct Html<'a> {
    book: &'a Book,
}

/// The book as Markdown, with a diagram that code forges draw.
#[derive(Template)]
#[template(path = "docs.md")]
struct Markdown<'a> {
    book: &'a Book,
}

/// The book of a schema as HTML.
pub(crate) fn html(schema: &hir::Schema, sources: &SourceMap) -> Result<String, askama::Error> {
    Html { book: &book::book(schema, sources) }.render()
}

/// The book of a schema as Markdown.
pub(crate) fn markdown(schema: &hir::Schema, sources: &SourceMap) -> Result<String, askama::Error> {
    Markdown { book: &book::book(schema, sources) }.render()
}

/// Keeps text from being taken for Markdown or HTML.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarkdownText;

impl askama::filters::Escaper for MarkdownText {
    fn write_escaped_str<W: fmt::Write>(&self, mut into: W, text: &str) -> fmt::Result {
        let mut line_start = true;
        for c in text.chars() {
            match c {
                '<' => into.write_str("&lt;")?,
                '>' => into.write_str("&gt;")?,
                '&' => into.write_str("&amp;")?,
                // In a table or a list a new line would be the end.
                '\n' | '\r' => into.write_char(' ')?,
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => write!(into, "\\{c}")?,
                '-' | '+' | '=' if line_start => write!(into, "\\{c}")?,
                // `1.` and `1)` would be lists.
                '.' | ')' if text.starts_with(|c: char| c.is_ascii_digit()) => write!(into, "\\{c}")?,
                c if c.is_control() => into.write_char(' ')?,
                c => into.write_char(c)?,
            }
            line_start = line_start && c.is_whitespace();
        }
        Ok(())
    }
}
