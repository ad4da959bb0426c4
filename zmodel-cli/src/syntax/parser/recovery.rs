//! What to do about a mistake: say it once, and find the place to go on from.

use std::cell::Cell;

use super::MAX_DEPTH;
use super::input::{Res, State, Tokens};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::token::Kind;

/// The words a declaration starts with.
pub const DECLARATIONS: &[&str] = &[
    "import",
    "datasource",
    "generator",
    "plugin",
    "model",
    "abstract",
    "view",
    "type",
    "enum",
    "function",
    "attribute",
    "procedure",
    "mutation",
];

/// Where skipping ends: whether to stop here, with so many brackets open since skipping began.
pub(super) type Stop = fn(Tokens<'_>, u32) -> bool;

/// Between declarations: a line that starts one.
pub(super) const AT_ITEM: Stop = |input, depth| {
    input.on_new_line(0)
        && (starts_declaration(input) || depth == 0 && input.is(Kind::Word) && DECLARATIONS.contains(&input.text(0)))
};

/// Between the members of a declaration: a new line, or its `}`.
pub(super) const AT_MEMBER: Stop =
    |input, depth| depth == 0 && (input.on_new_line(0) || input.is(Kind::RightBrace)) || starts_member_line(input);

/// Between the items of a list: a `,`, or what closes it or something around it.
pub(super) const AT_ARGUMENT: Stop = |input, depth| {
    depth == 0 && input.kind(0).is_some_and(|kind| kind == Kind::Comma || kind.closes()) || starts_member_line(input)
};

/// Before what closes a pair of brackets around here.
pub(super) const AT_CLOSING: Stop =
    |input, depth| depth == 0 && input.kind(0).is_some_and(Kind::closes) || starts_member_line(input);

/// After at least one token, the next place to stop at.
pub(super) fn skip_to(mut input: Tokens<'_>, stop: Stop) -> Tokens<'_> {
    let mut depth = 0u32;
    while let Some(kind) = input.kind(0) {
        if kind.opens() {
            depth += 1;
        } else if kind.closes() {
            depth = depth.saturating_sub(1);
        }
        input = input.skip(1);
        if stop(input, depth) {
            break;
        }
    }
    input
}

/// Whether a declaration starts here, and not a field with the name of a keyword: fields have no `{` after them.
pub(super) fn starts_declaration(input: Tokens<'_>) -> bool {
    let head = |n: usize| {
        let named = input.kind(n) == Some(Kind::Word);
        let clause = matches!(input.text(n + 1), "extends" | "with") && !input.on_new_line(n + 1);
        input.kind(n) == Some(Kind::LeftBrace)
            || named && (input.kind(n + 1) == Some(Kind::LeftBrace) || clause && !input.on_new_line(n))
    };
    let signature = |n: usize| {
        input.kind(n) == Some(Kind::Word)
            && input.text(n) != "Unsupported"
            && input.kind(n + 1) == Some(Kind::LeftParen)
    };
    match input.text(0) {
        "import" => input.kind(1) == Some(Kind::String),
        "attribute" => {
            matches!(input.kind(1), Some(Kind::FieldAttribute | Kind::ModelAttribute | Kind::InternalAttribute))
                && input.kind(2) == Some(Kind::LeftParen)
        }
        "function" | "procedure" => signature(1),
        "mutation" => input.text(1) == "procedure" && signature(2),
        "abstract" => input.text(1) == "model" && head(2),
        "datasource" | "generator" | "plugin" | "model" | "view" | "type" | "enum" => head(1),
        _ => false,
    }
}

/// Whether a line starts here that cannot be the inside of a list: its brackets were not closed.
pub(super) fn starts_member_line(input: Tokens<'_>) -> bool {
    // `x in [..]`, where `x` may well be called `model` and the `[` be a `{`, is a condition.
    let condition = input.text(1) == "in";
    let field = || match input.kind(1) {
        Some(Kind::Word) => !input.on_new_line(1),
        Some(Kind::Equals) => true,
        _ => false,
    };
    input.on_new_line(0)
        && match input.kind(0) {
            Some(Kind::ModelAttribute) => true,
            Some(Kind::Word) => !condition && (field() || starts_declaration(input)),
            _ => false,
        }
}

impl Tokens<'_> {
    /// Reports something.
    pub(super) fn report(self, diagnostic: Diagnostic) {
        self.state.reports.borrow_mut().push(diagnostic);
    }

    /// Reports that `what` is missing here: at the next token, or after the previous one if the line ends there.
    pub(super) fn expected(self, what: &str) {
        self.expected_with(what, |diagnostic| diagnostic);
    }

    /// The same, with something to add.
    pub(super) fn expected_with(self, what: &str, add: impl FnOnce(Diagnostic) -> Diagnostic) {
        if !self.may_report() {
            return;
        }
        let diagnostic = match self.nth(0) {
            Some(token) if !token.on_new_line => {
                let message = format!("expected {what}, but found {}", self.found());
                hint(Diagnostic::error("unexpected-token", token.span, message), self)
            }
            Some(_) => Diagnostic::error("unexpected-token", self.gap(), format!("expected {what}, but the line ends")),
            None => Diagnostic::error("unexpected-token", self.gap(), format!("expected {what}, but the file ends")),
        };
        self.report(add(diagnostic.label(format!("expected {what}"))));
    }

    /// Reports the next token, where `what` should stand.
    pub(super) fn unexpected(self, what: &str) {
        self.unexpected_with(what, |diagnostic| diagnostic);
    }

    /// The same, with something to add.
    pub(super) fn unexpected_with(self, what: &str, add: impl FnOnce(Diagnostic) -> Diagnostic) {
        if let (true, Some(token)) = (self.may_report(), self.nth(0)) {
            let message = format!("expected {what}, but found {}", self.found());
            let diagnostic = Diagnostic::error("unexpected-token", token.span, message);
            self.report(add(hint(diagnostic, self).label(format!("expected {what}"))));
        }
    }

    /// How many reports there are so far.
    pub(super) fn report_count(self) -> usize {
        self.state.reports.borrow().len()
    }

    /// Whether nothing has been said about this place yet; from now on, something has.
    pub(super) fn may_report(self) -> bool {
        let reported = self.state.reported.replace(Some(self.at()));
        let told = [self.nth(0), self.previous()].into_iter().flatten().any(|token| token.kind.is_reported());
        !told && reported != Some(self.at())
    }

    /// The next token, for a message.
    pub(super) fn found(self) -> String {
        let text = self.text(0);
        match text.char_indices().nth(40).map_or(text, |(end, _)| text.get(..end).unwrap_or("")) {
            short if short.len() < text.len() => format!("`{}…`", short.escape_debug()),
            whole => format!("`{whole}`"),
        }
    }
}

/// Adds what the user may have meant by the next token.
fn hint(diagnostic: Diagnostic, input: Tokens<'_>) -> Diagnostic {
    let after = |kind| input.previous().is_some_and(|token| token.kind == kind);
    match input.text(0) {
        "=" if after(Kind::EqualsEquals) || after(Kind::BangEquals) => {
            diagnostic.help("there is no `===` and no `!==`: write `==` or `!=`")
        }
        "=" => diagnostic.help("values are compared with `==`"),
        "?" => diagnostic.help("there is no `a ? b : c`: write `(a && b) || (!a && c)`"),
        "and" => diagnostic.help("write `&&`"),
        "or" => diagnostic.help("write `||`"),
        text if text.starts_with(['+', '-']) => diagnostic.help("there is no arithmetic in a schema"),
        _ => diagnostic,
    }
}

/// After the token that closes the brackets `open` opened; what stands before it is reported and skipped.
pub(super) fn close(input: Tokens<'_>, kind: Kind, open: Span) -> Tokens<'_> {
    if input.is(kind) {
        return input.skip(1);
    }
    let end = if AT_CLOSING(input, 0) { input } else { skip_to(input, AT_CLOSING) };
    let closed = end.is(kind);
    input.expected_with(kind.describe(), |diagnostic| {
        if closed { diagnostic } else { diagnostic.related(open, "this is not closed") }
    });
    if closed { end.skip(1) } else { end }
}

/// One more level of brackets, until it is dropped.
pub(super) struct Level<'a>(&'a Cell<u32>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// One more level of brackets; none if there are too many.
fn enter<'a>(state: &'a State<'_>) -> Option<Level<'a>> {
    if state.depth.get() >= MAX_DEPTH {
        return None;
    }
    state.depth.set(state.depth.get() + 1);
    Some(Level(&state.depth))
}

/// What `parser` reads, one level deeper. Beyond the last level, reports that and skips to the end of the argument.
pub(super) fn nested<'a, T>(input: Tokens<'a>, parser: fn(Tokens<'a>) -> Res<'a, T>, or: fn(Span) -> T) -> Res<'a, T> {
    let Some(_level) = enter(input.state) else {
        let rest = skip_too_deep(input);
        return Ok((rest, or(input.span_to(rest))));
    };
    parser(input)
}

fn skip_too_deep(input: Tokens<'_>) -> Tokens<'_> {
    let message = format!("this is nested more than {MAX_DEPTH} levels deep");
    let place = input.nth(0).map_or(input.gap(), |token| token.span);
    input.report(Diagnostic::error("nesting-too-deep", place, message).help("take it apart"));
    let rest = if AT_CLOSING(input, 0) { input } else { skip_to(input, AT_CLOSING) };
    // The brackets around it may be left open; one report is enough.
    rest.state.reported.set(Some(rest.at()));
    rest
}
