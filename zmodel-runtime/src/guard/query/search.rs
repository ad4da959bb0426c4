//! Searches in texts.

use super::Guard;
use super::read::Occurrence;
use super::shape::{Predicate, Scalar, Search};
use crate::error::{Error, Result};
use crate::plan::{FullText, Fuzzy, Sought};
use crate::schema::{FieldId, text_query};
use crate::value::Value;

impl Guard<'_> {
    /// Whether a text is found in a field of a row, as the caller sees it.
    pub(super) fn found(&mut self, row: Occurrence, field: FieldId, sought: &Sought) -> Result<Predicate> {
        let (text, search) = (self.searched(row, field, sought)?, self.sought(sought)?);
        Ok(Predicate::Search { text, search, unknown: None })
    }

    /// How well a text fits some fields of a row, as the caller sees them.
    pub(super) fn relevance(&mut self, row: Occurrence, fields: &[FieldId], sought: &Sought) -> Result<Scalar> {
        if fields.is_empty() {
            return Err(Error::invalid("a search looks into one field at least"));
        }
        let texts = fields.iter().map(|field| self.searched(row, *field, sought)).collect::<Result<_>>()?;
        Ok(Scalar::Relevance { texts, search: Box::new(self.sought(sought)?) })
    }

    /// A field that can be searched so.
    fn searched(&self, row: Occurrence, id: FieldId, sought: &Sought) -> Result<Scalar> {
        let model = self.schema.model(row.model)?;
        let field = model.field(id)?;
        let (marked, mark) = match sought {
            Sought::FullText(_) => (field.full_text, "@fullText"),
            Sought::Fuzzy(_) => (field.fuzzy, "@fuzzy"),
        };
        if !marked || field.list {
            let (model, field) = (&model.name, &field.name);
            return Err(Error::invalid(format!("`{model}.{field}` is no text that is marked `{mark}`")));
        }
        self.column_of(row, id).map(Scalar::Column)
    }

    fn sought(&mut self, sought: &Sought) -> Result<Search> {
        Ok(match sought {
            Sought::FullText(FullText { query, config }) => {
                let Some(words) = text_query(query) else {
                    return Err(Error::invalid(
                        "a full-text search is of words with `&`, `|`, `!` or `<->` between them, as in `cat & !dog`",
                    ));
                };
                Search::FullText {
                    query: self.slot(Value::Text(words)),
                    config: config.as_ref().map(|name| self.slot(Value::Text(name.clone()))),
                }
            }
            Sought::Fuzzy(Fuzzy { search, mode, threshold, unaccent }) => {
                if search.is_empty() {
                    return Err(Error::invalid("a fuzzy search is of a text that is not empty"));
                }
                if threshold.is_some_and(|least| !(0.0..=1.0).contains(&least)) {
                    return Err(Error::invalid("the threshold of a fuzzy search is a number from 0 to 1"));
                }
                Search::Fuzzy {
                    text: self.slot(Value::Text(search.clone())),
                    mode: *mode,
                    threshold: threshold.map(|least| self.slot_for_column(Value::Float(least))),
                    unaccent: *unaccent,
                }
            }
        })
    }
}
