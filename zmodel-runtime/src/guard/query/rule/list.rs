//! Conditions on lists: those written down, those that the caller brings, and those in fields.

use rust_decimal::prelude::ToPrimitive;

use super::super::shape::{Column, Predicate, Scalar};
use super::super::{Guard, fold};
use super::inside::ListInside;
use super::operand::Bound;
use super::{Mode, Seen, seen};
use crate::error::{Error, Result};
use crate::plan::JsonFilter;
use crate::schema::{CallerPath, Comparison, Condition, Items, Operand, Quantifier, Share, Type};
use crate::value::{ContextValue, Value};

/// A list, bound.
enum Listed {
    /// Not there: whatever is asked about it is unknown.
    Missing,
    /// What an update will make of it.
    Coming,
    /// Known now; an element can be missing.
    Known(Vec<Option<Value>>),
    /// Known to the database; the flag says whether it can be NULL there.
    Sql(Scalar, bool),
}

impl Guard<'_> {
    /// Whether a value is in a list: equal to one of its elements.
    pub(super) fn contained(
        &mut self,
        operand: &Operand,
        items: &Items,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        if let Items::Written(list) = items {
            return self.one_of(operand, list, mode, rows);
        }
        let value = self.operand(operand, rows)?;
        let list = self.listed(items, rows)?;
        self.among(value, list, mode)
    }

    /// Whether some or every item of `sought` is in a list.
    pub(super) fn share(
        &mut self,
        share: Share,
        list: &Items,
        sought: &Items,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        let unknown = Predicate::Constant(mode.unknown());
        // A list that is missing shares nothing that is known, not even with an empty one.
        for items in [list, sought] {
            match items {
                Items::Written(_) => {}
                Items::Caller(_) | Items::Field(..) | Items::Inside(_) => match self.listed(items, rows)? {
                    Listed::Missing => return Ok(unknown),
                    Listed::Coming => return Ok(mode.open()),
                    Listed::Sql(there, true) if is_empty(list) || is_empty(sought) => {
                        // Nor does one that may turn out to be missing.
                        let none = Scalar::Slot(self.slot(Value::List(Vec::new())));
                        let (list, sought) = if is_empty(list) { (none, there) } else { (there, none) };
                        return Ok(Predicate::Share { share, list, sought, unknown: Some(mode.unknown()) });
                    }
                    Listed::Known(_) | Listed::Sql(..) => {}
                },
            }
        }
        let each = match (sought, list) {
            (Items::Written(sought), _) => self.each_contained(sought, list, mode, rows)?,
            (_, Items::Written(list)) if share == Share::Some => self.each_contained(list, sought, mode, rows)?,
            (_, Items::Written(list)) => return self.within(sought, list, mode, rows),
            _ => match (self.listed(sought, rows)?, self.known(list, rows)?) {
                (Listed::Known(values), _) => self.each_among(values, list, mode, rows)?,
                (_, Listed::Known(values)) if share == Share::Some => self.each_among(values, sought, mode, rows)?,
                (Listed::Sql(sought, sought_null), Listed::Known(values)) => {
                    if mode == Mode::May && values.contains(&None) {
                        return Ok(Predicate::TRUE);
                    }
                    let values = values.into_iter().flatten().map(|value| self.as_element(&sought, value)).collect();
                    let list = Scalar::Slot(self.slot(Value::List(values)));
                    let unknown = sought_null.then_some(mode.unknown());
                    return Ok(Predicate::Share { share, list, sought, unknown });
                }
                (Listed::Sql(sought, sought_null), Listed::Sql(list, list_null)) => {
                    let unknown = (sought_null || list_null).then_some(mode.unknown());
                    return Ok(Predicate::Share { share, list, sought, unknown });
                }
                (Listed::Missing, _) | (_, Listed::Missing) => return Ok(unknown),
                (Listed::Coming, _) | (_, Listed::Coming) => return Ok(mode.open()),
            },
        };
        Ok(if share == Share::Some { Predicate::any(each) } else { Predicate::all(each) })
    }

    /// Whether every item of a list is one of those that are written down.
    fn within(&mut self, sought: &Items, list: &[Operand], mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        let sought = match self.listed(sought, rows)? {
            Listed::Missing => return Ok(Predicate::Constant(mode.unknown())),
            Listed::Coming => return Ok(mode.open()),
            Listed::Known(values) => {
                let mut each = Vec::with_capacity(values.len());
                for value in values {
                    let bound = || value.clone().map_or(Bound::Missing, Bound::Known);
                    let mut any = Predicate::FALSE;
                    for operand in list {
                        let operand = self.operand(operand, rows)?;
                        any.or(self.compare(Comparison::Equal, bound(), operand, mode));
                    }
                    each.push(any);
                }
                return Ok(Predicate::all(each));
            }
            Listed::Sql(sought, _) => sought,
        };
        let mut values = Vec::with_capacity(list.len());
        for operand in list {
            values.push(match self.operand(operand, rows)? {
                Bound::Coming => return Ok(mode.open()),
                // It could be any of them.
                Bound::Missing | Bound::Unfilled if mode == Mode::May => return Ok(Predicate::TRUE),
                Bound::Missing | Bound::Unfilled => continue,
                Bound::Known(value) => {
                    let value = self.as_element(&sought, value);
                    Scalar::Slot(self.slot(value))
                }
                Bound::Sql(value, _) => self.by_letters(value),
            });
        }
        Ok(Predicate::Within { list: sought, values, unknown: Some(mode.unknown()) })
    }

    /// A list with fields of rows in it, against another: the same items in the same order.
    fn same_written(&mut self, written: &[Operand], other: &Items, mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        let unknown = mode.unknown();
        let list = match self.listed(other, rows)? {
            Listed::Missing => return Ok(Predicate::Constant(unknown)),
            Listed::Coming => return Ok(mode.open()),
            Listed::Known(values) if values.len() != written.len() => return Ok(Predicate::FALSE),
            Listed::Known(values) => {
                let mut all = Predicate::TRUE;
                for (operand, value) in written.iter().zip(values) {
                    let operand = self.operand(operand, rows)?;
                    let value = value.map_or(Bound::Missing, Bound::Known);
                    all.and(self.compare(Comparison::Equal, operand, value, mode));
                }
                return Ok(all);
            }
            Listed::Sql(list, _) => list,
        };
        let mut items = Vec::with_capacity(written.len());
        for (operand, at) in written.iter().zip(0i64..) {
            let value = match self.operand(operand, rows)? {
                Bound::Coming => return Ok(mode.open()),
                Bound::Known(value) => Bound::Known(self.as_item(&list, value)),
                other => other,
            };
            let (value, _) = self.scalar(value);
            let value = self.by_letters(value);
            items.push((self.slot_for_column(Value::Int(at)), value));
        }
        let length = self.slot_for_column(Value::Int(i64::try_from(written.len()).unwrap_or(i64::MAX)));
        let one = self.slot_for_column(Value::Int(1));
        Ok(Predicate::Items { list, length, one, items, unknown: Some(unknown) })
    }

    /// Whether some of the values of a list that is written down are known to the database alone.
    fn has_fields(&mut self, list: &Items, rows: &[Seen<'_>]) -> Result<bool> {
        let Items::Written(operands) = list else { return Ok(false) };
        for operand in operands.iter() {
            // Bound only to look at it: what it adds to the parameters is taken back.
            let before = self.params.len();
            let bound = self.operand(operand, rows)?;
            self.params.truncate(before);
            if matches!(bound, Bound::Sql(..)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether two lists have the same items in the same order.
    pub(super) fn same(&mut self, one: &Items, other: &Items, mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        for (written, other) in [(one, other), (other, one)] {
            if let Items::Written(operands) = written
                && self.has_fields(written, rows)?
            {
                return self.same_written(operands, other, mode, rows);
            }
        }
        let unknown = Predicate::Constant(mode.unknown());
        Ok(match (self.listed(one, rows)?, self.listed(other, rows)?) {
            (Listed::Missing, _) | (_, Listed::Missing) => unknown,
            (Listed::Coming, _) | (_, Listed::Coming) => mode.open(),
            (Listed::Known(one), Listed::Known(other)) if one.len() != other.len() => Predicate::FALSE,
            (Listed::Known(one), Listed::Known(other)) => Predicate::all(one.iter().zip(&other).map(|pair| {
                let equal = match pair {
                    (Some(one), Some(other)) => fold::compare(Comparison::Equal, one, other),
                    _ => None,
                };
                Predicate::Constant(equal.unwrap_or(mode.unknown()))
            })),
            (Listed::Sql(list, nullable), Listed::Known(values))
            | (Listed::Known(values), Listed::Sql(list, nullable)) => {
                let Some(values) = values.into_iter().collect::<Option<Vec<_>>>() else { return Ok(unknown) };
                let values = values.into_iter().map(|value| self.as_item(&list, value)).collect();
                let right = Scalar::Slot(self.slot(Value::List(values)));
                Predicate::SameList { left: list, right, unknown: nullable.then_some(mode.unknown()) }
            }
            (Listed::Sql(left, left_null), Listed::Sql(right, right_null)) => {
                Predicate::SameList { left, right, unknown: (left_null || right_null).then_some(mode.unknown()) }
            }
        })
    }

    /// A value as the database writes it among the items of a list.
    fn as_item(&self, list: &Scalar, value: Value) -> Value {
        match (self.type_of(list), value) {
            (Some(Type::Float), value) => match fold::exact(&value).and_then(|number| number.to_f64()) {
                Some(number) => Value::Float(number),
                None => value,
            },
            (Some(Type::Int | Type::BigInt), value) => {
                let whole = fold::exact(&value).filter(|number| number.fract().is_zero()).and_then(|n| n.to_i64());
                whole.map_or(value, Value::Int)
            }
            (_, value) => self.as_element(list, value),
        }
    }

    /// The type of the items of a list.
    fn type_of(&self, list: &Scalar) -> Option<Type> {
        match list {
            Scalar::Column(Column { model, field, .. }) | Scalar::Asked { column: Column { model, field, .. }, .. } => {
                Some(self.schema.model(*model).ok()?.field(*field).ok()?.ty)
            }
            Scalar::Lookup { value, .. } => self.type_of(value),
            Scalar::Inside { of, .. } => Some(of.ty()),
            Scalar::Slot(_)
            | Scalar::Item(_)
            | Scalar::Calculated(_)
            | Scalar::Letters { .. }
            | Scalar::Tally { .. }
            | Scalar::Relevance { .. }
            | Scalar::Measure(_) => None,
        }
    }

    pub(super) fn empty(&mut self, items: &Items, mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        if let Items::Written(list) = items {
            return Ok(Predicate::Constant(list.is_empty()));
        }
        Ok(match self.listed(items, rows)? {
            Listed::Missing => Predicate::Constant(mode.unknown()),
            Listed::Coming => mode.open(),
            Listed::Known(values) => Predicate::Constant(values.is_empty()),
            Listed::Sql(list, nullable) => Predicate::Empty { list, unknown: nullable.then_some(mode.unknown()) },
        })
    }

    /// The elements of a list that the caller brings, against a condition: their conjunction or disjunction, written
    /// out.
    pub(super) fn elements(
        &mut self,
        quantifier: Quantifier,
        path: &CallerPath,
        condition: &Condition,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        let Some(ContextValue::List(list)) = self.brought(path, rows)? else {
            return Ok(Predicate::Constant(mode.unknown()));
        };
        let inner_mode = if quantifier == Quantifier::None { mode.flip() } else { mode };
        let mut bound = Vec::with_capacity(list.len());
        for element in list.iter() {
            let mut within = rows.to_vec();
            within.push(Seen::Brought(element));
            bound.push(self.bind(condition, inner_mode, &within)?);
        }
        Ok(match quantifier {
            Quantifier::Some => Predicate::any(bound),
            Quantifier::Every => Predicate::all(bound),
            Quantifier::None => Predicate::any(bound).negate(),
        })
    }

    fn one_of(&mut self, operand: &Operand, list: &[Operand], mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        let mut equal = Vec::with_capacity(list.len());
        for element in list {
            let (left, right) = (self.operand(operand, rows)?, self.operand(element, rows)?);
            equal.push(self.compare(Comparison::Equal, left, right, mode));
        }
        Ok(Predicate::any(equal))
    }

    fn each_contained(
        &mut self,
        operands: &[Operand],
        items: &Items,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Vec<Predicate>> {
        operands.iter().map(|operand| self.contained(operand, items, mode, rows)).collect()
    }

    fn each_among(
        &mut self,
        values: Vec<Option<Value>>,
        items: &Items,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Vec<Predicate>> {
        let each = values.into_iter().map(|value| {
            let value = value.map_or(Bound::Missing, Bound::Known);
            let list = self.known(items, rows)?;
            self.among(value, list, mode)
        });
        each.collect()
    }

    /// A list whose elements are known, if it is none of the database's.
    fn known(&mut self, items: &Items, rows: &[Seen<'_>]) -> Result<Listed> {
        let Items::Written(operands) = items else { return self.listed(items, rows) };
        let mut values = Vec::with_capacity(operands.len());
        for operand in operands.iter() {
            values.push(match self.operand(operand, rows)? {
                Bound::Missing | Bound::Unfilled => None,
                Bound::Coming => return Ok(Listed::Coming),
                Bound::Known(value) => Some(value),
                Bound::Sql(..) => return Err(Error::internal("a list with fields is asked for as a whole")),
            });
        }
        Ok(Listed::Known(values))
    }

    fn listed(&mut self, items: &Items, rows: &[Seen<'_>]) -> Result<Listed> {
        Ok(match items {
            Items::Written(_) => return self.known(items, rows),
            Items::Caller(path) => match self.brought(path, rows)? {
                Some(ContextValue::List(list)) => Listed::Known(list.iter().map(element).collect()),
                _ => Listed::Missing,
            },
            Items::Field(row, through, field) => match self.path(seen(rows, *row)?, through, *field)? {
                Bound::Missing | Bound::Unfilled => Listed::Missing,
                Bound::Coming => Listed::Coming,
                Bound::Known(Value::List(values)) => Listed::Known(values.into_iter().map(Some).collect()),
                Bound::Known(_) => return Err(Error::internal("a list field holds a single value")),
                Bound::Sql(list, nullable) => Listed::Sql(list, nullable),
            },
            Items::Inside(inside) => match self.list_inside(inside, rows)? {
                ListInside::Missing => Listed::Missing,
                ListInside::Coming => Listed::Coming,
                ListInside::Known(values) => Listed::Known(values),
                ListInside::Sql(list) => Listed::Sql(list, true),
            },
        })
    }

    fn among(&mut self, value: Bound, list: Listed, mode: Mode) -> Result<Predicate> {
        let unknown = Predicate::Constant(mode.unknown());
        let list = match list {
            Listed::Missing => return Ok(unknown),
            Listed::Coming => return Ok(mode.open()),
            Listed::Known(list) => list,
            Listed::Sql(list, _) if self.type_of(&list) == Some(Type::Json) && matches!(value, Bound::Known(_)) => {
                let Bound::Known(value) = value else { return Ok(unknown) };
                let test = self.json(&JsonFilter::Equal(fold::as_json(&value)))?;
                return Ok(Predicate::ListedJson { list, test, unknown: Some(mode.unknown()) });
            }
            Listed::Sql(list, list_null) => {
                let value = match value {
                    Bound::Coming => return Ok(mode.open()),
                    Bound::Known(value) => Bound::Known(self.as_element(&list, value)),
                    other => other,
                };
                let (value, value_null) = self.scalar(value);
                let unknown = (value_null || list_null).then_some(mode.unknown());
                return Ok(Predicate::Listed { value, list, unknown });
            }
        };
        if let Bound::Coming = value {
            return Ok(mode.open());
        }
        // An empty list holds nothing, whatever the value is.
        if list.is_empty() {
            return Ok(Predicate::FALSE);
        }
        // Equality with an element that is missing is unknown.
        if mode == Mode::May && list.contains(&None) {
            return Ok(Predicate::TRUE);
        }
        let mut known: Vec<Value> = list.into_iter().flatten().collect();
        Ok(match value {
            Bound::Missing | Bound::Unfilled | Bound::Coming => unknown,
            Bound::Known(value) => Predicate::any(known.iter().map(|element| {
                Predicate::Constant(fold::compare(Comparison::Equal, &value, element).unwrap_or(mode.unknown()))
            })),
            Bound::Sql(value, nullable) if self.type_of(&value) == Some(Type::Json) => {
                let each = known.iter().map(|element| JsonFilter::Equal(fold::as_json(element)));
                let test = self.json(&JsonFilter::Any(each.collect()))?;
                Predicate::Json { value, test, unknown: nullable.then_some(mode.unknown()) }
            }
            Bound::Sql(value, nullable) => {
                if self.is_decimal(&value) {
                    let exact = known.iter().map(|element| fold::exact(element).map(Value::Decimal));
                    // An element that is no number is equal to nothing for certain.
                    known = match exact.clone().collect::<Option<Vec<_>>>() {
                        Some(exact) => exact,
                        None if mode == Mode::May => return Ok(Predicate::TRUE),
                        None => exact.flatten().collect(),
                    };
                }
                let value = self.by_letters(value);
                self.in_list(value, known, nullable.then_some(mode.unknown()))
            }
        })
    }

    /// A number as an element of a list in the database, which keeps exact numbers in another way than others.
    fn as_element(&self, list: &Scalar, value: Value) -> Value {
        if self.type_of(list) == Some(Type::Json) {
            return fold::as_json(&value).into();
        }
        match value {
            Value::Decimal(number) if !self.is_decimal(list) => {
                number.to_f64().map_or(Value::Decimal(number), Value::Float)
            }
            value if self.is_decimal(list) => {
                fold::exact(&value).map_or(value, |number| Value::Decimal(number.normalize()))
            }
            value => value,
        }
    }
}

/// Whether a list is written down, and empty.
fn is_empty(items: &Items) -> bool {
    matches!(items, Items::Written(list) if list.is_empty())
}

/// An element of a list that the caller brings; none if it is missing.
fn element(value: &ContextValue) -> Option<Value> {
    match value {
        ContextValue::Scalar(value) => Some(value.clone()),
        // Structures are not compared; of such a list only whether it is empty is asked.
        ContextValue::Null | ContextValue::Members(_) | ContextValue::List(_) => None,
    }
}
