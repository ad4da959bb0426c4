//! Where parsing goes on after a mistake.

use super::super::token::{Kind, Tokens};

/// Words that start a declaration.
const ITEM_WORDS: &[&str] = &[
    "abstract",
    "attribute",
    "datasource",
    "enum",
    "function",
    "generator",
    "import",
    "model",
    "mutation",
    "plugin",
    "procedure",
    "type",
    "view",
];

/// Whether a declaration starts here, as seen from inside a body that should have been closed: a keyword first on its
/// line, with what must follow it. A field can have a keyword as its name; a declaration has a brace after that.
pub(super) fn starts_item(i: Tokens<'_>) -> bool {
    let (first, second, third) = (i.peek(0), i.peek(1), i.peek(2));
    let word = i.text(first);
    if !first.on_new_line || first.kind != Kind::Word || second.on_new_line || third.on_new_line {
        return false;
    }
    match word {
        "import" => second.kind == Kind::String,
        "function" | "procedure" => second.kind == Kind::Word && i.is_mark(2, "("),
        "attribute" => matches!(second.kind, Kind::Attribute(_)),
        "abstract" => i.is_word(1, "model"),
        "mutation" => i.is_word(1, "procedure"),
        _ if ITEM_WORDS.contains(&word) => {
            second.kind == Kind::Word && (i.is_mark(2, "{") || i.is_word(2, "extends") || i.is_word(2, "with"))
        }
        _ => false,
    }
}

/// To the next declaration, or the end.
pub(super) fn to_item(mut i: Tokens<'_>) -> Tokens<'_> {
    i = i.next();
    let item = |i: Tokens<'_>| i.peek(0).on_new_line && ITEM_WORDS.contains(&i.text(i.peek(0)));
    while !i.is_end() && !item(i) {
        i = i.next();
    }
    i
}

/// To the next member of a body: a new line or the closing brace. Brackets that were opened are closed on the way.
pub(super) fn to_member(mut i: Tokens<'_>) -> Tokens<'_> {
    let mut open = 0u32;
    loop {
        match i.peek(0).kind {
            Kind::End => return i,
            Kind::Mark("(" | "[" | "{") => open += 1,
            Kind::Mark(")" | "]") => open = open.saturating_sub(1),
            Kind::Mark("}") if open == 0 => return i,
            Kind::Mark("}") => open -= 1,
            _ => {}
        }
        i = i.next();
        if i.peek(0).on_new_line && (open == 0 || starts_item(i) || matches!(i.peek(0).kind, Kind::Attribute(2))) {
            return i;
        }
    }
}

/// To the end of an argument: `,`, or the bracket that closes the list, or where a list surely ended.
pub(super) fn to_argument<'a>(mut i: Tokens<'a>, close: &str) -> Tokens<'a> {
    let mut open = 0u32;
    while !i.is_end() {
        match i.peek(0).kind {
            Kind::Mark("," | ":") if open == 0 => return i,
            Kind::Mark(mark) if mark == close && open == 0 => return i,
            Kind::Mark("(" | "[" | "{") => open += 1,
            Kind::Mark(")" | "]" | "}") if open > 0 => open -= 1,
            Kind::Mark(")" | "]" | "}") => return i,
            Kind::Attribute(2) if i.peek(0).on_new_line => return i,
            _ if starts_item(i) => return i,
            // A line that starts with a name is the next member, if no bracket of ours is open.
            Kind::Word if open == 0 && i.peek(0).on_new_line => return i,
            _ => {}
        }
        i = i.next();
    }
    i
}
