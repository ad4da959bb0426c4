//! Searches that the database makes in texts.

/// What is looked for in a text, and how.
#[derive(Debug, Clone, PartialEq)]
pub enum Sought {
    /// Its words.
    FullText(FullText),
    /// Something similar.
    Fuzzy(Fuzzy),
}

/// Words to look for in a field that is marked `@fullText`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullText {
    /// Words with `&`, `|`, `!` and `<->` between them, as `to_tsquery` of PostgreSQL reads them.
    pub query: String,
    /// The configuration of PostgreSQL that says what a word is, such as `english`; without it the database's own. One
    /// that is not there finds nothing.
    pub config: Option<String>,
}

/// A text to look for in a field that is marked `@fuzzy`, by the groups of three letters that both have.
#[derive(Debug, Clone, PartialEq)]
pub struct Fuzzy {
    /// The text.
    pub search: String,
    /// What of the field it is compared with.
    pub mode: Similarity,
    /// How similar it must be, from 0 to 1; without it as the database is set up. An order has none.
    pub threshold: Option<f64>,
    /// Whether letters with and without accents are the same.
    pub unaccent: bool,
}

/// What a text is compared with, to say how similar it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Similarity {
    /// The whole of the field.
    #[default]
    Simple,
    /// The part of the field that is most similar.
    Word,
    /// The words of the field that are most similar.
    StrictWord,
}
