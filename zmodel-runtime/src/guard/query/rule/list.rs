//! Conditions on lists: those written down, and those that the caller brings.

use super::super::shape::Predicate;
use super::super::{Guard, fold};
use super::operand::Bound;
use super::{Mode, Seen};
use crate::error::Result;
use crate::schema::{CallerPath, Comparison, Condition, Items, Operand, Quantifier};
use crate::value::{ContextValue, Value};

impl Guard<'_> {
    /// Whether a value is in a list: equal to one of its elements.
    pub(super) fn contained(
        &mut self,
        operand: &Operand,
        items: &Items,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        match items {
            Items::Written(list) => self.one_of(operand, list, mode, rows),
            Items::Caller(path) => match self.brought(path, rows)? {
                Some(ContextValue::List(list)) => self.one_of_caller(operand, list, mode, rows),
                _ => Ok(Predicate::Constant(mode.unknown())),
            },
        }
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

    fn one_of_caller(
        &mut self,
        operand: &Operand,
        list: &[ContextValue],
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        // An empty list holds nothing, whatever the operand is.
        if list.is_empty() {
            return Ok(Predicate::FALSE);
        }
        let mut known = Vec::with_capacity(list.len());
        for element in list {
            match element {
                ContextValue::Scalar(value) => known.push(value.clone()),
                // Equality with an element that is missing is unknown.
                _ if mode == Mode::May => return Ok(Predicate::TRUE),
                _ => {}
            }
        }
        Ok(match self.operand(operand, rows)? {
            Bound::Missing | Bound::Unfilled => Predicate::Constant(mode.unknown()),
            Bound::Known(value) => Predicate::any(known.iter().map(|element| {
                Predicate::Constant(fold::compare(Comparison::Equal, &value, element).unwrap_or(mode.unknown()))
            })),
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
                self.in_list(value, known, nullable.then_some(mode.unknown()))
            }
        })
    }
}
