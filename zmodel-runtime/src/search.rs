//! Searches in texts, which PostgreSQL makes: by their words in fields marked `@fullText`, by similar letters in fields
//! marked `@fuzzy`.
//!
//! ```text
//! me.post().find_many().filter(|p| p.body.full_text("cat & !dog"))
//! me.post().find_many().filter(|p| p.body.full_text(FullText::words(typed).config("english")))
//!     .order_by(|p| p.title.full_text_relevance("cat").and(p.body).desc())
//! me.user().find_many().filter(|u| u.name.fuzzy(Fuzzy::new("jon").threshold(0.4)))
//!     .order_by(|u| u.name.fuzzy_relevance("jon").desc())
//! ```
//!
//! `@fuzzy` needs the extension `pg_trgm`, and [`Fuzzy::unaccent`] the extension `unaccent`. `create_tables` makes them if
//! it may; a connection with a `schema` of its own in the URL finds them only there.
//!
//! A search sees what the caller sees: a field that a rule hides is NULL to it, is not found, and fits not at all. On
//! SQLite each of these is an error.

use std::marker::PhantomData;

use crate::field::{Field, Textual};
use crate::filter::Filter;
use crate::order::Order;
use crate::plan::{self, Direction, OrderBy, Sought};
use crate::schema::{FieldId, text_query};

pub use crate::plan::{FullText, Fuzzy, Similarity};

impl FullText {
    /// Words with `&`, `|`, `!` and `<->` between them: `cat & (dog | mouse)`.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), config: None }
    }

    /// All of the words of a text, as somebody types it: what means something in a query is a letter like any other.
    #[must_use]
    pub fn words(text: &str) -> Self {
        Self::new(text.split_whitespace().map(text_query::quoted).collect::<Vec<_>>().join(" & "))
    }

    /// With a configuration of PostgreSQL that says what a word is; one that is not there finds nothing.
    #[must_use]
    pub fn config(self, name: impl Into<String>) -> Self {
        Self { config: Some(name.into()), ..self }
    }
}

impl From<&str> for FullText {
    fn from(query: &str) -> Self {
        Self::new(query)
    }
}

impl Fuzzy {
    /// Something like this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { search: text.into(), mode: Similarity::Simple, threshold: None, unaccent: false }
    }

    /// Compared with the part of the field that is most similar.
    #[must_use]
    pub fn word(self) -> Self {
        Self { mode: Similarity::Word, ..self }
    }

    /// Compared with the words of the field that are most similar.
    #[must_use]
    pub fn strict_word(self) -> Self {
        Self { mode: Similarity::StrictWord, ..self }
    }

    /// So similar or more, from 0 to 1. It means nothing in an order.
    #[must_use]
    pub fn threshold(self, least: f64) -> Self {
        Self { threshold: Some(least), ..self }
    }

    /// Where letters with and without accents are the same; the database needs the extension `unaccent`.
    #[must_use]
    pub fn unaccent(self) -> Self {
        Self { unaccent: true, ..self }
    }
}

impl From<&str> for Fuzzy {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<M, T: Textual, S> Field<M, T, S> {
    /// Has these words; the field must be marked `@fullText`.
    pub fn full_text(self, words: impl Into<FullText>) -> Filter<M> {
        Filter::new(plan::Filter::Search(self.id(), Sought::FullText(words.into())))
    }

    /// Is similar to this; the field must be marked `@fuzzy`.
    pub fn fuzzy(self, text: impl Into<Fuzzy>) -> Filter<M> {
        Filter::new(plan::Filter::Search(self.id(), Sought::Fuzzy(text.into())))
    }

    /// How well these words fit, to order by; the field must be marked `@fullText`.
    pub fn full_text_relevance(self, words: impl Into<FullText>) -> Relevance<M> {
        Relevance { fields: vec![self.id()], sought: Sought::FullText(words.into()), of: PhantomData }
    }

    /// How similar this is, to order by; the field must be marked `@fuzzy`.
    pub fn fuzzy_relevance(self, text: impl Into<Fuzzy>) -> Relevance<M> {
        Relevance { fields: vec![self.id()], sought: Sought::Fuzzy(text.into()), of: PhantomData }
    }
}

/// How well a row fits a search; see [`Field::full_text_relevance`] and [`Field::fuzzy_relevance`].
#[derive(Debug, Clone)]
#[must_use = "say whether the best or the worst come first"]
pub struct Relevance<M> {
    fields: Vec<FieldId>,
    sought: Sought,
    of: PhantomData<fn() -> M>,
}

impl<M> Relevance<M> {
    /// Looking into another field too: at the words of both, or at the one that is more similar.
    pub fn and<T: Textual, S>(mut self, field: Field<M, T, S>) -> Self {
        self.fields.push(field.id());
        self
    }

    /// What fits best first.
    pub fn desc(self) -> Order<M> {
        self.order(Direction::Descending)
    }

    /// What fits least first.
    pub fn asc(self) -> Order<M> {
        self.order(Direction::Ascending)
    }

    fn order(self, direction: Direction) -> Order<M> {
        Order::of(OrderBy::Relevance(self.fields, self.sought), direction)
    }
}
