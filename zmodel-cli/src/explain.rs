//! What each kind of finding means: a page for each code.
//!
//! The pages are Markdown, `explain/CODE.md`: a title with the code and one line about it, what is wrong and why it
//! matters, a schema that has the finding, and the same one mended.

use crate::hir::closest;

/// What there is to say about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The code, as findings have it.
    pub code: &'static str,
    /// The page, in Markdown.
    pub text: &'static str,
}

impl Page {
    /// One line about the code.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.split_once("`: ").map_or(line, |(_, title)| title)
    }
}

/// The page about a code; none if there is no such code.
///
/// ```
/// let page = zmodel_cli::explain::page("no-rules").unwrap();
/// assert_eq!(page.title(), "nobody can use a model, because no rule allows anything");
/// ```
#[must_use]
pub fn page(code: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.code == code)
}

/// The code that `name` was most likely meant to be.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    closest(name, PAGES.iter().map(|page| page.code))
}

macro_rules! pages {
    ($($code:literal)*) => {
        &[$(Page { code: $code, text: include_str!(concat!("explain/", $code, ".md")) }),*]
    };
}

/// The pages, by code.
pub const PAGES: &[Page] = pages! {
    "ambiguous-relation"
    "autoincrement-not-id"
    "bare-binding"
    "caller-null"
    "check-circle"
    "constant-rule"
    "create-sees-relation"
    "deny-null"
    "deprecated"
    "duplicate-field"
    "duplicate-map"
    "duplicate-name"
    "empty-enum"
    "empty-field-list"
    "empty-name"
    "empty-text"
    "enum-mismatch"
    "every-null"
    "expression-too-long"
    "foreign-key-type"
    "function-circle"
    "function-without-body"
    "id-type"
    "ignored-field"
    "ignored-required"
    "import-after-declaration"
    "import-not-found"
    "incomplete-relation"
    "inheritance-cycle"
    "inherited-key"
    "internal-error"
    "invalid-option-value"
    "list-owns-relation"
    "many-to-many-id"
    "member-of-list"
    "misplaced-attribute"
    "misplaced-claim"
    "misplaced-computed"
    "misplaced-deleted-at"
    "misplaced-secret"
    "missing-argument"
    "missing-closing-brace"
    "missing-json"
    "missing-opposite"
    "mixed-and-or"
    "mixed-arguments"
    "model-comparison"
    "named-argument"
    "negated-check"
    "negated-collection"
    "nesting-too-deep"
    "never-null"
    "no-auth"
    "no-datasource"
    "no-id"
    "no-members"
    "no-provider"
    "no-rules"
    "no-this"
    "not-a-collection"
    "not-a-condition"
    "not-a-constant"
    "not-a-field"
    "not-a-field-list"
    "null-in-list"
    "object-in-rule"
    "one-to-one-not-unique"
    "optional-foreign-key"
    "optional-list"
    "optional-list-item"
    "optional-return-type"
    "parameters-of-field"
    "password-setting"
    "references-not-unique"
    "relation-before"
    "relation-in-json"
    "relation-in-key"
    "relation-in-validation"
    "relation-lengths"
    "relation-names-differ"
    "relation-on-both-sides"
    "relation-without-key"
    "repeated-attribute"
    "repeated-field"
    "required-relation"
    "reserved-name"
    "reserved-word"
    "rule-on-computed"
    "rule-on-encrypted"
    "rule-on-relation"
    "rule-without-arguments"
    "same-discriminator"
    "set-null-on-required"
    "several-auth"
    "several-datasources"
    "several-ids"
    "shown-key"
    "too-many"
    "trailing-comma"
    "type-mismatch"
    "unexpected-token"
    "unique-deleted"
    "unknown-attribute"
    "unknown-character"
    "unknown-enum-member"
    "unknown-field"
    "unknown-function"
    "unknown-name"
    "unknown-operation"
    "unknown-provider"
    "unknown-setting"
    "unknown-type"
    "unlisted-schema"
    "unnamed-self-relation"
    "unreachable-rule"
    "unreadable-schema"
    "unsafe-claim"
    "unsupported-type"
    "unterminated-comment"
    "unterminated-string"
    "unused-attribute"
    "unused-rule"
    "update-null"
    "view-key"
    "wrong-ancestor"
    "wrong-argument"
    "wrong-argument-type"
    "wrong-claim"
    "wrong-context"
    "wrong-default"
    "wrong-discriminator"
    "wrong-field-type"
    "wrong-format"
    "wrong-native-type"
    "wrong-operand"
    "wrong-pattern"
    "wrong-provider"
    "wrong-setting"
    "wrong-url"
};

#[cfg(test)]
mod tests;
