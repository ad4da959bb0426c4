//! Where the cursor is, told from the tokens before it: they are there however broken the rest of the text is.

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};
use crate::syntax::lexer;
use crate::syntax::parser::DECLARATIONS;
use crate::syntax::token::{CommentKind, Kind, Token};

/// A place in a text, and what stands before it.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// How many tokens stand before the word that is being written.
    pub(super) at: usize,
    /// The word that is being written, with the `@`s of an attribute; empty if there is none.
    pub(super) word: Span,
    /// The string around the cursor.
    pub(super) string: Option<Span>,
    pub(super) offset: u32,
}

/// The braces of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Body<'t> {
    /// The keyword.
    pub(super) what: &'t str,
    /// The name.
    pub(super) name: &'t str,
}

/// A part of `a.b().c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link<'t> {
    Name(&'t str),
    Call(&'t str),
}

impl<'t> Cursor<'t> {
    /// None inside a comment.
    pub(super) fn new(file: FileId, text: &'t str, offset: u32) -> Option<Self> {
        let lexed = lexer::lex(file, text, &mut Diagnostics::default());
        let commented = lexed.comments.iter().any(|comment| {
            let open_end = comment.kind != CommentKind::Block;
            comment.span.start < offset && (offset < comment.span.end || open_end && offset == comment.span.end)
        });
        if commented {
            return None;
        }
        let tokens = lexed.tokens;
        let mut at = tokens.partition_point(|token| token.span.start < offset);
        let mut cursor = Self { text, tokens, at, word: Span::new(file, offset, offset), string: None, offset };
        let Some(touched) = at.checked_sub(1).and_then(|at| cursor.token(at)).filter(|token| offset <= token.span.end)
        else {
            return Some(cursor);
        };
        match touched.kind {
            Kind::String if offset < touched.span.end => cursor.string = Some(touched.span),
            Kind::OpenString => cursor.string = Some(touched.span),
            Kind::Word | Kind::FieldAttribute | Kind::ModelAttribute | Kind::InternalAttribute => {
                cursor.word = touched.span;
            }
            Kind::Unknown if cursor.text_of(touched.span).starts_with('@') => cursor.word = touched.span,
            // `@db.`, of which the name after the dot is to come.
            Kind::Dot if at > 1 && cursor.token(at - 2).is_some_and(|token| token.kind == Kind::FieldAttribute) => {
                at -= 1;
                let start = cursor.token(at - 1).map_or(offset, |token| token.span.start);
                cursor.word = Span::new(file, start, offset);
            }
            _ => return Some(cursor),
        }
        cursor.at = at - 1;
        Some(cursor)
    }

    fn token(&self, at: usize) -> Option<Token> {
        self.tokens.get(at).copied()
    }

    pub(super) fn text_of(&self, span: Span) -> &'t str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// What is written of the word, up to the cursor.
    pub(super) fn written(&self) -> &'t str {
        self.text_of(Span { end: self.offset.max(self.word.start), ..self.word })
    }

    /// The kind of a token, by its position.
    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.token(at).map(|token| token.kind)
    }

    /// The text of a token, by its position.
    pub(super) fn word_at(&self, at: usize) -> &'t str {
        self.token(at).map_or("", |token| self.text_of(token.span))
    }

    pub(super) fn span_at(&self, at: usize) -> Option<Span> {
        self.token(at).map(|token| token.span)
    }

    /// The token that stands so many before the word: 1 is the last one.
    pub(super) fn back(&self, count: usize) -> Option<Kind> {
        self.at.checked_sub(count).and_then(|at| self.kind(at))
    }

    /// The text of the token that stands so many before the word.
    pub(super) fn back_text(&self, count: usize) -> &'t str {
        self.at.checked_sub(count).map_or("", |at| self.word_at(at))
    }

    /// Whether the word is the first thing of its line.
    pub(super) fn starts_line(&self) -> bool {
        let end = self.at.checked_sub(1).and_then(|at| self.token(at)).map_or(0, |token| token.span.end);
        end == 0 || self.text.get(end as usize..self.word.start as usize).is_some_and(|gap| gap.contains('\n'))
    }

    /// Whether a token begins a line that no brackets before it reach into.
    fn starts_member(&self, at: usize) -> bool {
        let Some(token) = self.token(at).filter(|token| token.on_new_line) else { return false };
        match token.kind {
            Kind::ModelAttribute => true,
            Kind::Word => match self.token(at + 1) {
                Some(next) if next.kind == Kind::Word => !next.on_new_line && self.word_at(at + 1) != "in",
                Some(next) => next.kind == Kind::Equals,
                None => false,
            },
            _ => false,
        }
    }

    /// The brackets around the word, by their positions, the innermost first; the last one is the brace of a
    /// declaration, if the word is in one.
    pub(super) fn brackets(&self) -> Vec<usize> {
        let mut found = Vec::new();
        let (mut depth, mut only_braces) = (0usize, false);
        for at in (0..self.at).rev() {
            let Some(kind) = self.kind(at) else { continue };
            if matches!(kind, Kind::RightBrace | Kind::RightBracket | Kind::RightParen) {
                // A declaration that ended is not around what comes after it.
                if kind == Kind::RightBrace && depth == 0 && self.starts_declaration(at + 1) {
                    return found;
                }
                depth += 1;
            } else if matches!(kind, Kind::LeftBrace | Kind::LeftBracket | Kind::LeftParen) {
                if depth > 0 {
                    depth -= 1;
                } else if !only_braces || kind == Kind::LeftBrace {
                    found.push(at);
                    if self.body(at).is_some() {
                        return found;
                    }
                }
            }
            only_braces |= depth == 0 && self.starts_member(at);
            if depth == 0 && self.starts_declaration(at) {
                return found;
            }
        }
        found
    }

    fn starts_declaration(&self, at: usize) -> bool {
        self.token(at).is_some_and(|token| token.on_new_line)
            && DECLARATIONS.contains(&self.word_at(at))
            && self.kind(at + 1) == Some(Kind::Word)
            && matches!(self.word_at(at + 2), "{" | "(" | "extends" | "with" | "procedure" | "model")
    }

    /// The declaration that a brace opens.
    pub(super) fn body(&self, brace: usize) -> Option<Body<'t>> {
        self.kind(brace).filter(|kind| *kind == Kind::LeftBrace)?;
        for at in (0..brace).rev() {
            match self.kind(at)? {
                Kind::LeftBrace | Kind::RightBrace | Kind::String => return None,
                Kind::Word if DECLARATIONS.contains(&self.word_at(at)) && self.kind(at + 1) == Some(Kind::Word) => {
                    return Some(Body { what: self.word_at(at), name: self.word_at(at + 1) });
                }
                _ => {}
            }
        }
        None
    }

    /// `a.b().c`, whose last token stands before `end`; outermost first.
    pub(super) fn chain(&self, end: usize) -> Option<Vec<Link<'t>>> {
        let mut links = Vec::new();
        let mut end = end;
        loop {
            let last = end.checked_sub(1)?;
            let start = match self.kind(last)? {
                Kind::Word => {
                    links.push(Link::Name(self.word_at(last)));
                    last
                }
                Kind::RightParen => {
                    let open = self.opening(last)?;
                    match open.checked_sub(1).filter(|before| self.kind(*before) == Some(Kind::Word)) {
                        Some(name) => {
                            links.push(Link::Call(self.word_at(name)));
                            name
                        }
                        None => {
                            let mut inner = self.chain(last)?;
                            inner.reverse();
                            links.extend(inner);
                            open
                        }
                    }
                }
                _ => return None,
            };
            match start.checked_sub(1).filter(|before| self.kind(*before) == Some(Kind::Dot)) {
                Some(dot) => end = dot,
                None => break,
            }
        }
        links.reverse();
        Some(links)
    }

    /// The parenthesis that another one closes.
    fn opening(&self, close: usize) -> Option<usize> {
        let mut depth = 0usize;
        for at in (0..=close).rev() {
            match self.kind(at)? {
                Kind::RightParen | Kind::RightBracket | Kind::RightBrace => depth += 1,
                Kind::LeftParen | Kind::LeftBracket | Kind::LeftBrace => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The arguments between an opening bracket and the word, each as the positions of its first token and the one
    /// after its last; the last one is being written.
    pub(super) fn arguments(&self, open: usize) -> Vec<(usize, usize)> {
        let (mut found, mut start, mut depth) = (Vec::new(), open + 1, 0usize);
        for at in open + 1..self.at {
            match self.kind(at) {
                Some(Kind::LeftParen | Kind::LeftBracket | Kind::LeftBrace) => depth += 1,
                Some(Kind::RightParen | Kind::RightBracket | Kind::RightBrace) => depth = depth.saturating_sub(1),
                Some(Kind::Comma) if depth == 0 => {
                    found.push((start, at));
                    start = at + 1;
                }
                _ => {}
            }
        }
        found.push((start, self.at));
        found
    }

    /// The name of an argument, if it has one.
    pub(super) fn label(&self, argument: (usize, usize)) -> Option<&'t str> {
        let named = self.kind(argument.0) == Some(Kind::Word) && self.kind(argument.0 + 1) == Some(Kind::Colon);
        (named && argument.0 + 1 < argument.1.max(self.at)).then(|| self.word_at(argument.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is around the `|` of a text: the word, the brackets and the declaration.
    fn around(text: &str) -> (String, String, Option<String>) {
        let offset = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let cursor = Cursor::new(FileId(0), &text, u32::try_from(offset).unwrap()).unwrap();
        let brackets = cursor.brackets();
        let shown = brackets.iter().map(|at| cursor.word_at(*at)).collect();
        let body = brackets.last().and_then(|at| cursor.body(*at)).map(|body| format!("{} {}", body.what, body.name));
        (cursor.written().to_owned(), shown, body)
    }

    #[test]
    fn brackets_that_were_not_closed_end_with_their_line() {
        let in_a = |word: &str, brackets: &str| (word.to_owned(), brackets.to_owned(), Some("model A".to_owned()));
        assert_eq!(around("model A { x Int @de|"), in_a("@de", "{"));
        assert_eq!(around("model A {\n x Int @default(\n y St|"), in_a("St", "{"));
        assert_eq!(around("model A {\n @@allow('read', [a, (b || |"), in_a("", "([({"));
        assert_eq!(around("model A {\n @@allow('read',\n  b|"), in_a("b", "({"));
        assert_eq!(around("model B {\n x Int @id(\n\nmodel A {\n |"), in_a("", "{"));
        assert_eq!(around("enum B { x } model A with B {|}"), in_a("", "{"));
        assert_eq!(around("model A { x String @db.|"), in_a("@db.", "{"));
        assert_eq!(around("model A {\n @@|"), in_a("@@", "{"));
        assert_eq!(around("model A { id Int }\n|"), (String::new(), String::new(), None));
        assert!(Cursor::new(FileId(0), "// x", 4).is_none());
        assert!(Cursor::new(FileId(0), "/* x */ y", 4).is_none());
        assert!(Cursor::new(FileId(0), "/* x */ y", 9).is_some());
    }

    #[test]
    fn chains() {
        let chain = |text: &str| {
            let cursor = Cursor::new(FileId(0), text, u32::try_from(text.len()).unwrap()).unwrap();
            cursor.chain(cursor.at - 1).map(|links| format!("{links:?}"))
        };
        assert_eq!(chain("x && auth().a.b.").unwrap(), r#"[Call("auth"), Name("a"), Name("b")]"#);
        assert_eq!(chain("(this.a).b.").unwrap(), r#"[Name("this"), Name("a"), Name("b")]"#);
        assert_eq!(chain("a?[b]."), None);
        assert_eq!(chain(")."), None);
    }
}
