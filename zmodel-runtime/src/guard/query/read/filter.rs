//! Conditions of a caller.

use super::super::shape::{Json, JsonKind, Predicate, Scalar, Step};
use super::super::{Guard, Source};
use super::Occurrence;
use crate::error::{Error, Result};
use crate::plan::{self, Filter, JsonFilter, Known};
use crate::schema::{Comparison, FieldId, Quantifier, RelationId};
use crate::value::{self as values, Value};

/// Lists up to this length are padded.
const PADDED: usize = 1024;

impl Guard<'_> {
    /// A caller's condition on the rows of `source`.
    pub(in super::super) fn filter(&mut self, filter: &Filter, source: &Source) -> Result<Predicate> {
        self.filter_on(filter, Occurrence::of(source))
    }

    /// A condition on a row.
    pub(in super::super) fn filter_on(&mut self, filter: &Filter, row: Occurrence) -> Result<Predicate> {
        let column = |guard: &Self, field: &FieldId| match &guard.asking {
            Some((asked, value)) if (asked.alias, asked.field) == (row.alias, *field) => Ok(value.clone()),
            _ => guard.column_of(row, *field).map(Scalar::Column),
        };
        Ok(match filter {
            Filter::Constant(value) => Predicate::Constant(*value),
            Filter::Not(inner) => self.filter_on(inner, row)?.negate(),
            Filter::All(list) => {
                let list: Result<Vec<_>> = list.iter().map(|inner| self.filter_on(inner, row)).collect();
                Predicate::all(list?)
            }
            Filter::Any(list) => {
                let list: Result<Vec<_>> = list.iter().map(|inner| self.filter_on(inner, row)).collect();
                Predicate::any(list?)
            }
            Filter::Compare(comparison, field, value) => {
                let right = self.literal(value.clone());
                Predicate::Compare { comparison: *comparison, left: column(self, field)?, right, unknown: None }
            }
            Filter::Fields(comparison, left, right) => {
                let (left, right) = (column(self, left)?, column(self, right)?);
                Predicate::Compare { comparison: *comparison, left, right, unknown: None }
            }
            Filter::In(field, values) => {
                let value = column(self, field)?;
                self.in_list(value, values.clone(), None)
            }
            Filter::Text(needle, field, sought, ignore_case) => Predicate::Text {
                needle: *needle,
                text: column(self, field)?,
                sought: self.literal(Value::Text(sought.clone())),
                ignore_case: *ignore_case,
                unknown: None,
            },
            Filter::SameText(field, sought) => {
                let sought = self.literal(Value::Text(sought.clone()));
                Predicate::SameText { text: column(self, field)?, sought }
            }
            Filter::Search(field, sought) => self.found(row, *field, sought)?,
            Filter::IsNull(field) => Predicate::IsNull(column(self, field)?),
            Filter::Has(field, sought) => {
                let value = self.literal(sought.clone());
                Predicate::Listed { value, list: column(self, field)?, unknown: None }
            }
            Filter::Share(share, field, sought) => {
                let sought = self.literal(Value::List(sought.clone()));
                Predicate::Share { share: *share, list: column(self, field)?, sought, unknown: None }
            }
            Filter::Empty(field) => Predicate::Empty { list: column(self, field)?, unknown: None },
            Filter::Json(field, test) => {
                Predicate::Json { value: column(self, field)?, test: self.json(test)?, unknown: None }
            }
            Filter::Asked(asked, inner) => {
                let (column, value) = self.asked(asked, row)?;
                let value = Scalar::Asked { column, value: Box::new(value) };
                let around = self.asking.replace((column, value));
                let condition = self.filter_on(inner, row);
                self.asking = around;
                condition?
            }
            Filter::Related(relation, quantifier, inner) => self.related(*relation, *quantifier, inner, row)?,
            // What is known of a row is asked where its table is opened.
            Filter::Known(_) => return Err(Error::internal("a key that is known stands within a condition")),
        })
    }

    /// What a filter leaves of a source, and what it asks of that besides: what the engine knows is asked of the rows as they
    /// are, and everything else of what the caller may see.
    pub(in super::super) fn chosen(&mut self, source: Source, filter: &Filter) -> Result<(Source, Predicate)> {
        let parts = if let Filter::All(parts) = filter { parts.as_slice() } else { std::slice::from_ref(filter) };
        if !parts.iter().any(is_known) {
            let filter = self.filter(filter, &source)?;
            return Ok((source, filter));
        }
        let (mut rows, mut asked) = (Predicate::TRUE, Predicate::TRUE);
        let inside = Occurrence { alias: source.inner(), model: source.model() };
        for part in parts {
            match part {
                Filter::Known(Known(key)) => rows.and(self.filter_on(key, inside)?),
                Filter::Not(inner) => match &**inner {
                    Filter::Known(Known(key)) => rows.and(self.filter_on(key, inside)?.negate()),
                    _ => asked.and(self.filter(part, &source)?),
                },
                part => asked.and(self.filter(part, &source)?),
            }
        }
        Ok((source.only(rows), asked))
    }

    pub(in super::super) fn literal(&mut self, value: Value) -> Scalar {
        Scalar::Slot(self.slot(value))
    }

    /// A condition on related rows, of those that the caller may see.
    fn related(
        &mut self,
        id: RelationId,
        quantifier: Quantifier,
        inner: &Filter,
        row: Occurrence,
    ) -> Result<Predicate> {
        let relation = self.schema.model(row.model)?.relation(id)?;
        let there = self.open_related(relation.target)?;
        let (there, join) = if is_known(inner) {
            // What belongs to a row that is known does so by what stands in the table.
            let inside = Occurrence { alias: there.inner(), model: there.model() };
            let join = self.joined_rows(row, id, inside)?;
            (there.only(join), Predicate::TRUE)
        } else {
            let join = self.joined_to(row, id, &there)?;
            (there, join)
        };
        let (there, condition) = self.chosen(there, inner)?;
        let condition = if quantifier == Quantifier::Every { condition.negate() } else { condition };
        let exists = Predicate::exists(there, Predicate::all([join, condition]));
        Ok(if quantifier == Quantifier::Some { exists } else { exists.negate() })
    }

    /// Equal to one of some values. A short list is padded to a power of two, so that lists of different lengths share
    /// one SQL text.
    pub(in super::super) fn in_list(
        &mut self,
        value: Scalar,
        mut values: Vec<Value>,
        unknown: Option<bool>,
    ) -> Predicate {
        values.retain(|value| !value.is_null());
        let Some(padding) = values.last().cloned() else { return Predicate::FALSE };
        if values.len() <= PADDED {
            values.resize(values.len().next_power_of_two(), padding);
        }
        let list = values.into_iter().map(|value| self.slot(value)).collect();
        Predicate::In { value, list, unknown }
    }

    pub(in super::super) fn json(&mut self, filter: &JsonFilter) -> Result<Json> {
        Ok(match filter {
            JsonFilter::Not(inner) => Json::Not(Box::new(self.json(inner)?)),
            JsonFilter::All(list) => Json::All(list.iter().map(|inner| self.json(inner)).collect::<Result<_>>()?),
            JsonFilter::Any(list) => Json::Any(list.iter().map(|inner| self.json(inner)).collect::<Result<_>>()?),
            JsonFilter::At(path, inner) => {
                let path = path.iter().map(|step| self.step(step)).collect::<Result<_>>()?;
                Json::At(path, Box::new(self.json(inner)?))
            }
            JsonFilter::Absent => Json::Absent,
            JsonFilter::Equal(values::Json::Null) => Json::Null,
            JsonFilter::Equal(values::Json::Bool(true)) => Json::True,
            JsonFilter::Equal(values::Json::Bool(false)) => Json::False,
            JsonFilter::Equal(document @ (values::Json::Object(_) | values::Json::Array(_))) => {
                Json::Same(self.slot(document.clone().into()))
            }
            JsonFilter::Equal(sought) => self.json_compare(Comparison::Equal, sought)?,
            JsonFilter::Compare(comparison, sought) => self.json_compare(*comparison, sought)?,
            JsonFilter::Text(needle, sought, ignore_case) => {
                Json::Text(*needle, self.slot(Value::Text(sought.clone())), *ignore_case)
            }
            JsonFilter::Empty => Json::Empty,
            JsonFilter::Elements(quantifier, inner) => Json::Elements(*quantifier, Box::new(self.json(inner)?)),
        })
    }

    fn json_compare(&mut self, comparison: Comparison, sought: &values::Json) -> Result<Json> {
        let (kind, value) = match sought {
            values::Json::String(text) => (JsonKind::Text, Value::Text(text.clone())),
            values::Json::Number(_) => (JsonKind::Number, Value::from_json(sought.clone())),
            _ => return Err(Error::invalid("only texts and numbers in JSON can be compared by size")),
        };
        Ok(Json::Compare(comparison, kind, self.slot(value)))
    }

    fn step(&mut self, step: &plan::Step) -> Result<Step> {
        Ok(match step {
            plan::Step::Index(at) => Step::Index(self.slot(Value::Int(*at))),
            // SQLite has no way to write such a key in a path.
            plan::Step::Key(key) if key.contains(|c: char| c == '"' || c == '\\' || c.is_control()) => {
                return Err(Error::invalid(
                    "a key with a quotation mark or a backslash cannot be part of a path into JSON",
                ));
            }
            plan::Step::Key(key) => Step::Key(self.slot(Value::Text(key.clone()))),
        })
    }
}

/// Whether it is a key of rows that the engine knows, or all rows but those.
fn is_known(filter: &Filter) -> bool {
    match filter {
        Filter::Known(_) => true,
        Filter::Not(inner) => matches!(**inner, Filter::Known(_)),
        _ => false,
    }
}
