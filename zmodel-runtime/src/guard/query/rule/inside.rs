//! Parts of structures that fields keep as JSON.

use super::super::shape::{Extracted, Predicate, Scalar};
use super::super::{Guard, fold};
use super::operand::Bound;
use super::{Mode, Seen, seen};
use crate::error::{Error, Result};
use crate::plan::JsonFilter;
use crate::schema::{Comparison, Condition, Inside, InsideOf, Quantifier, Type};
use crate::validate;
use crate::value::{Json, Value, decimal_in_json, instant_in_json, list_json};

/// What stands at the end of a path, bound.
enum Part {
    /// Nothing.
    Missing,
    /// What an update will make of it.
    Coming,
    /// Known now.
    Known(Json),
    /// Known to the database.
    Sql(Scalar),
}

impl Guard<'_> {
    /// A value inside a structure.
    pub(super) fn inside(&mut self, inside: &Inside, rows: &[Seen<'_>]) -> Result<Bound> {
        Ok(match self.part(inside, rows)? {
            Part::Missing => Bound::Missing,
            Part::Coming => Bound::Coming,
            Part::Known(json) => self.known_inside(inside.ty, &json)?.map_or(Bound::Missing, Bound::Known),
            Part::Sql(structure) => {
                let names = self.names_of(inside.ty)?;
                Bound::Sql(self.extracted(structure, inside, Extracted::One(inside.ty, names)), true)
            }
        })
    }

    /// Whether two values are the same, of which one is JSON.
    pub(super) fn same_json(&mut self, one: Bound, other: Bound, mode: Mode) -> Result<Predicate> {
        let unknown = Some(mode.unknown());
        Ok(match (one, other) {
            (Bound::Missing | Bound::Unfilled, _) | (_, Bound::Missing | Bound::Unfilled) => {
                Predicate::Constant(mode.unknown())
            }
            (Bound::Coming, _) | (_, Bound::Coming) => mode.open(),
            (Bound::Known(one), Bound::Known(other)) => {
                Predicate::Constant(fold::compare(Comparison::Equal, &one, &other).unwrap_or(mode.unknown()))
            }
            (Bound::Sql(value, _), Bound::Known(known)) | (Bound::Known(known), Bound::Sql(value, _)) => {
                let test = self.json(&JsonFilter::Equal(fold::as_json(&known)))?;
                Predicate::Json { value, test, unknown }
            }
            (Bound::Sql(left, _), Bound::Sql(right, _)) => Predicate::SameJson { left, right, unknown },
        })
    }

    /// The items of a list inside a structure: none if there is no list, and nothing for an item of another kind.
    pub(super) fn list_inside(&mut self, inside: &Inside, rows: &[Seen<'_>]) -> Result<ListInside> {
        Ok(match self.part(inside, rows)? {
            Part::Coming => ListInside::Coming,
            Part::Known(Json::Array(items)) => {
                let items = items.iter().map(|item| self.known_inside(inside.ty, item));
                ListInside::Known(items.collect::<Result<_>>()?)
            }
            Part::Missing | Part::Known(_) => ListInside::Missing,
            Part::Sql(structure) => {
                let names = self.names_of(inside.ty)?;
                ListInside::Sql(self.extracted(structure, inside, Extracted::List(inside.ty, names)))
            }
        })
    }

    /// The items of a list inside a structure, against a condition: their conjunction or disjunction.
    pub(super) fn items(
        &mut self,
        quantifier: Quantifier,
        list: &Inside,
        condition: &Condition,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        let inner_mode = if quantifier == Quantifier::None { mode.flip() } else { mode };
        match self.part(list, rows)? {
            Part::Coming => Ok(mode.open()),
            Part::Known(Json::Array(items)) => {
                let mut bound = Vec::with_capacity(items.len());
                for item in &items {
                    let mut within = rows.to_vec();
                    within.push(Seen::Inner(item));
                    bound.push(self.bind(condition, inner_mode, &within)?);
                }
                Ok(match quantifier {
                    Quantifier::Some => Predicate::any(bound),
                    Quantifier::Every => Predicate::all(bound),
                    Quantifier::None => Predicate::any(bound).negate(),
                })
            }
            Part::Missing | Part::Known(_) => Ok(Predicate::Constant(mode.unknown())),
            Part::Sql(structure) => {
                let list = self.extracted(structure, list, Extracted::List(Type::Json, Vec::new()));
                let alias = self.alias();
                let mut within = rows.to_vec();
                within.push(Seen::Item(alias));
                let bound = self.bind(condition, inner_mode, &within)?;
                let filter = if quantifier == Quantifier::Every { bound.negate() } else { bound };
                let some = match filter {
                    Predicate::Constant(false) => Predicate::FALSE,
                    filter => Predicate::Item { list: list.clone(), alias, filter: Box::new(filter) },
                };
                let outcome = if quantifier == Quantifier::Some { some } else { some.negate() };
                let missing = Predicate::IsNull(list);
                Ok(match mode {
                    Mode::Must => Predicate::all([missing.negate(), outcome]),
                    Mode::May => Predicate::any([missing, outcome]),
                })
            }
        }
    }

    /// The structure that a path starts from, and, where it is known, what the path leads to.
    fn part(&mut self, inside: &Inside, rows: &[Seen<'_>]) -> Result<Part> {
        let whole = match &inside.from {
            InsideOf::Field(row, through, field) => match self.path(seen(rows, *row)?, through, *field)? {
                Bound::Missing | Bound::Unfilled => return Ok(Part::Missing),
                Bound::Coming => return Ok(Part::Coming),
                Bound::Sql(structure, _) => return Ok(Part::Sql(structure)),
                Bound::Known(Value::Json(json)) => *json,
                Bound::Known(Value::List(items)) => list_json(&items),
                Bound::Known(_) => return Err(Error::internal("a structure is no JSON")),
            },
            InsideOf::Element(row) => match seen(rows, *row)? {
                Seen::Item(alias) => return Ok(Part::Sql(Scalar::Item(alias))),
                Seen::Inner(json) => json.clone(),
                Seen::Table(..) | Seen::Proposed(..) | Seen::Coming(_) | Seen::Brought(_) => {
                    return Err(Error::internal("a rule takes a row for a part of a structure"));
                }
            },
        };
        let end = inside.path.iter().try_fold(&whole, |json, name| json.get(&**name));
        Ok(end.filter(|json| !json.is_null()).map_or(Part::Missing, |json| Part::Known(json.clone())))
    }

    /// What stands somewhere, if it is of this type.
    pub(super) fn known_inside(&self, ty: Type, json: &Json) -> Result<Option<Value>> {
        Ok(match ty {
            _ if json.is_null() => None,
            // As the database reads it, which knows fewer forms than whoever writes one into a structure.
            Type::DateTime => json.as_str().and_then(instant_in_json).map(Value::DateTime),
            Type::Decimal if json.is_string() => {
                json.as_str().and_then(decimal_in_json).map(|number| Value::Decimal(number.normalize()))
            }
            ty => validate::read(self.schema, ty, json)?.ok(),
        })
    }

    fn extracted(&mut self, structure: Scalar, inside: &Inside, of: Extracted) -> Scalar {
        let path = inside.path.iter().map(|name| self.slot(Value::Text(name.clone().into_owned()))).collect();
        Scalar::Inside { structure: Box::new(structure), path, of: Box::new(of) }
    }

    /// What a structure calls the members of an enum, and what the database does, where these are not the same.
    fn names_of(&mut self, ty: Type) -> Result<Vec<(super::super::Slot, super::super::Slot)>> {
        let Type::Enum(id) = ty else { return Ok(Vec::new()) };
        let members = &self.schema.enumeration(id)?.members;
        if members.iter().all(|member| member.name == member.stored) {
            return Ok(Vec::new());
        }
        let mut slot = |text: &str| self.slot(Value::Text(text.to_owned()));
        Ok(members.iter().map(|member| (slot(&member.name), slot(&member.stored))).collect())
    }
}

/// A list inside a structure, bound.
pub(super) enum ListInside {
    Missing,
    Coming,
    Known(Vec<Option<Value>>),
    Sql(Scalar),
}
