//! Predicates in words, for people who ask why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::shape::{Alias, Column, Json, JsonKind, Predicate, Scalar, Search, Slot, Step};
use crate::error::Result;
use crate::schema::{Comparison, Model, ModelId, Needle, Quantifier, Schema, Share};
use crate::value::{Value, instant_text};

/// Says what a predicate asks of the rows of one occurrence of a table.
pub(super) struct Words<'a> {
    schema: &'a Schema,
    params: &'a [Value],
    /// The row that is spoken of, whose fields need no name before them.
    row: Alias,
    /// How many occurrences of each model have been named.
    named: BTreeMap<Alias, String>,
}

impl<'a> Words<'a> {
    pub(super) const fn new(schema: &'a Schema, params: &'a [Value], row: Alias) -> Self {
        Self { schema, params, row, named: BTreeMap::new() }
    }

    pub(super) fn predicate(&mut self, predicate: &Predicate) -> Result<String> {
        Ok(match predicate {
            Predicate::Constant(value) => value.to_string(),
            Predicate::Not(inner) => format!("not ({})", self.predicate(inner)?),
            Predicate::All(list) => self.joined(list, " and ")?,
            Predicate::Any(list) => self.joined(list, " or ")?,
            Predicate::Compare { comparison, left, right, unknown } => {
                let sign = sign(*comparison);
                let (left, right) = (self.scalar(left)?, self.scalar(right)?);
                settled(format!("{left} {sign} {right}"), *unknown)
            }
            Predicate::In { value, list, unknown } => {
                let mut items: Vec<String> = list.iter().map(|slot| self.slot(*slot)).collect();
                // A list is padded with its last value.
                items.dedup();
                settled(format!("{} in [{}]", self.scalar(value)?, items.join(", ")), *unknown)
            }
            Predicate::Holds { value, unknown } => settled(self.scalar(value)?, *unknown),
            Predicate::Text { needle, text, sought, ignore_case, unknown } => {
                let case = if *ignore_case { " in any case" } else { "" };
                let text = format!("{} {} {}{case}", self.scalar(text)?, verb(*needle), self.scalar(sought)?);
                settled(text, *unknown)
            }
            Predicate::SameText { text, sought } => {
                format!("{} = {} in any case", self.scalar(text)?, self.scalar(sought)?)
            }
            Predicate::Search { text, search, unknown } => {
                let (verb, sought) = match search {
                    Search::FullText { query, .. } => ("has the words", query),
                    Search::Fuzzy { text, .. } => ("is similar to", text),
                };
                settled(format!("{} {verb} {}", self.scalar(text)?, self.slot(*sought)), *unknown)
            }
            Predicate::IsNull(value) => format!("{} is null", self.scalar(value)?),
            Predicate::Listed { value, list, unknown } => {
                settled(format!("{} in {}", self.scalar(value)?, self.scalar(list)?), *unknown)
            }
            Predicate::ListedJson { list, test, unknown } => {
                settled(format!("{} has an item that {}", self.scalar(list)?, self.json(test)), *unknown)
            }
            Predicate::Share { share, list, sought, unknown } => {
                let share = match share {
                    Share::Some => "some",
                    Share::Every => "every one",
                };
                settled(format!("{} has {share} of {}", self.scalar(list)?, self.scalar(sought)?), *unknown)
            }
            Predicate::SameList { left, right, unknown } | Predicate::SameJson { left, right, unknown } => {
                settled(format!("{} = {}", self.scalar(left)?, self.scalar(right)?), *unknown)
            }
            Predicate::Items { list, items, unknown, .. } => {
                let items = items.iter().map(|(_, item)| self.scalar(item)).collect::<Result<Vec<_>>>()?;
                settled(format!("{} = [{}]", self.scalar(list)?, items.join(", ")), *unknown)
            }
            Predicate::Within { list, values, unknown } => {
                let values = values.iter().map(|value| self.scalar(value)).collect::<Result<Vec<_>>>()?;
                settled(format!("every one of {} is in [{}]", self.scalar(list)?, values.join(", ")), *unknown)
            }
            Predicate::Empty { list, unknown } => settled(format!("{} is empty", self.scalar(list)?), *unknown),
            Predicate::Exists { source, filter } => self.rows("there is a", source, filter)?,
            Predicate::Json { value, test, unknown } => {
                settled(format!("{} {}", self.scalar(value)?, self.json(test)), *unknown)
            }
            Predicate::Item { list, filter, .. } => {
                format!("{} has an item with ({})", self.scalar(list)?, self.predicate(filter)?)
            }
            Predicate::Linked { here, there, .. } => {
                format!("{} and {} are linked", self.scalar(here)?, self.scalar(there)?)
            }
        })
    }

    fn joined(&mut self, list: &[Predicate], between: &str) -> Result<String> {
        let parts = list.iter().map(|part| {
            let text = self.predicate(part)?;
            let compound = matches!(part, Predicate::All(_) | Predicate::Any(_));
            Ok(if compound { format!("({text})") } else { text })
        });
        Ok(parts.collect::<Result<Vec<_>>>()?.join(between))
    }

    /// Rows of another table, with what its rules and the filter ask of them.
    fn rows(&mut self, what: &str, source: &super::Source, filter: &Predicate) -> Result<String> {
        let name = self.name(source.alias(), source.model())?;
        self.named.insert(source.inner(), name.clone());
        let asked = Predicate::all([source.rows().clone(), filter.clone()]);
        Ok(format!("{what} {name} with ({})", self.predicate(&asked)?))
    }

    fn scalar(&mut self, scalar: &Scalar) -> Result<String> {
        Ok(match scalar {
            Scalar::Column(column) => self.column(*column)?,
            Scalar::Slot(slot) => self.slot(*slot),
            Scalar::Letters { text, .. } => self.scalar(text)?,
            Scalar::Lookup { source, filter, value } => {
                let rows = self.rows("the", source, filter)?;
                format!("{} of {rows}", self.scalar(value)?)
            }
            Scalar::Tally { source, filter } => self.rows("the number of", source, filter)?,
            Scalar::Relevance { .. } => "how well it fits".to_owned(),
            Scalar::Measure(_) => "a summary of the group".to_owned(),
            Scalar::Calculated(_) | Scalar::Asked { .. } => "a computed value".to_owned(),
            Scalar::Item(_) => "the item".to_owned(),
            Scalar::Inside { structure, path, .. } => {
                let mut text = self.scalar(structure)?;
                for name in path {
                    let name = self.params.get(name.at as usize);
                    let _ = match name {
                        Some(Value::Text(name)) => write!(text, ".{name}"),
                        _ => write!(text, ".?"),
                    };
                }
                text
            }
        })
    }

    fn column(&mut self, column: Column) -> Result<String> {
        let field = &self.schema.model(column.model)?.field(column.field)?.name;
        if column.alias == self.row {
            return Ok(field.clone().into_owned());
        }
        Ok(format!("{}.{field}", self.name(column.alias, column.model)?))
    }

    /// The model, with a number where several of its rows are spoken of.
    fn name(&mut self, alias: Alias, model: ModelId) -> Result<String> {
        if let Some(name) = self.named.get(&alias) {
            return Ok(name.clone());
        }
        let model: &Model = self.schema.model(model)?;
        let taken = |name: &str| self.named.values().any(|other| other == name);
        let mut name = model.name.clone().into_owned();
        let mut number = 2;
        while taken(&name) {
            name = format!("{} {number}", model.name);
            number += 1;
        }
        self.named.insert(alias, name.clone());
        Ok(name)
    }

    fn slot(&self, slot: Slot) -> String {
        self.params.get(slot.at as usize).map_or_else(|| "?".to_owned(), value)
    }

    fn json(&self, test: &Json) -> String {
        let list = |list: &[Json], between: &str| {
            let parts: Vec<String> = list.iter().map(|test| self.json(test)).collect();
            format!("({})", parts.join(between))
        };
        match test {
            Json::Not(inner) => format!("not {}", self.json(inner)),
            Json::All(all) => list(all, " and "),
            Json::Any(any) => list(any, " or "),
            Json::At(steps, inner) => {
                let mut path = String::new();
                for step in steps {
                    let (Step::Key(slot) | Step::Index(slot)) = step;
                    let _ = write!(path, "[{}]", self.slot(*slot));
                }
                format!("at {path} {}", self.json(inner))
            }
            Json::Absent => "is absent".to_owned(),
            Json::Null => "is the value null".to_owned(),
            Json::True => "is true".to_owned(),
            Json::False => "is false".to_owned(),
            Json::Compare(comparison, JsonKind::Text | JsonKind::Number, slot) => {
                format!("{} {}", sign(*comparison), self.slot(*slot))
            }
            Json::Same(slot) => format!("= {}", self.slot(*slot)),
            Json::Text(needle, slot, _) => format!("{} {}", verb(*needle), self.slot(*slot)),
            Json::Empty => "is empty".to_owned(),
            Json::Elements(quantifier, inner) => {
                let quantifier = match quantifier {
                    Quantifier::Some => "some",
                    Quantifier::Every => "every",
                    Quantifier::None => "no",
                };
                format!("has {quantifier} element that {}", self.json(inner))
            }
        }
    }
}

const fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

const fn verb(needle: Needle) -> &'static str {
    match needle {
        Needle::Contains => "contains",
        Needle::StartsWith => "starts with",
        Needle::EndsWith => "ends with",
    }
}

/// What cannot be decided counts for something.
fn settled(text: String, unknown: Option<bool>) -> String {
    match unknown {
        Some(true) => format!("({text}, or null)"),
        Some(false) | None => text,
    }
}

/// A value as one would write it.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::DateTime(instant) => instant_text(*instant),
        Value::Json(json) => json.to_string(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Value::List(values) => format!("[{}]", values.iter().map(self::value).collect::<Vec<_>>().join(", ")),
    }
}
