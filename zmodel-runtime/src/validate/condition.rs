//! Conditions over the values of a row.

use std::cmp::Ordering;

use super::check::{self, found};
use super::document::read;
use crate::error::Result;
use crate::schema::{Broken, Comparison, Literal, Schema, Share, Text, Type, ValueCondition, ValueOperand};
use crate::value::{Json, Value, now, parse_instant};

/// What is known of a value.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// An update does not touch it, or it is still to be made.
    Unknown,
    /// It was not given: it equals NULL, and there is nothing to put in order.
    Unset,
    /// It is this.
    Value(Value),
}

/// The values of a row, by field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'v> {
    pub(super) schema: &'v Schema,
    pub(super) values: &'v [Known],
}

impl Row<'_> {
    /// Whether a condition holds; `None` if that depends on what is not known.
    pub(super) fn holds(self, condition: &ValueCondition) -> Result<Option<bool>> {
        Ok(match condition {
            ValueCondition::Constant(value) => Some(*value),
            ValueCondition::Not(inner) => self.holds(inner)?.map(|value| !value),
            ValueCondition::All(parts) => self.chain(parts, false)?,
            ValueCondition::Any(parts) => self.chain(parts, true)?,
            ValueCondition::Holds(operand) => match self.value(operand)? {
                Known::Unknown | Known::Unset => None,
                Known::Value(value) => Some(value == Value::Bool(true)),
            },
            ValueCondition::Compare(comparison @ (Comparison::Equal | Comparison::NotEqual), left, right) => {
                self.with([left, right], |[left, right]| compare(*comparison, left, right))?
            }
            ValueCondition::Compare(comparison, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                match (left, right) {
                    (Known::Value(left), Known::Value(right)) => Some(compare(*comparison, &left, &right)),
                    _ => None,
                }
            }
            ValueCondition::In(item, list) => {
                self.with([item, list], |[item, list]| matches!(list, Value::List(list) if has(list, item)))?
            }
            ValueCondition::Share(share, all, sought) => {
                self.with([all, sought], |[all, sought]| match (all, sought, share) {
                    (Value::List(all), Value::List(sought), Share::Some) => sought.iter().any(|item| has(all, item)),
                    (Value::List(all), Value::List(sought), Share::Every) => sought.iter().all(|item| has(all, item)),
                    _ => false,
                })?
            }
            ValueCondition::Empty(list) => self.with([list], |[list]| *list == Value::List(Vec::new()))?,
            ValueCondition::Text(needle, text, sought, fold) => {
                self.with([text, sought], |[text, sought]| match (text, sought) {
                    (Value::Text(text), Value::Text(sought)) if *fold => {
                        found(*needle, &text.to_lowercase(), &sought.to_lowercase())
                    }
                    (Value::Text(text), Value::Text(sought)) => found(*needle, text, sought),
                    _ => false,
                })?
            }
            ValueCondition::Passes(asked, operand) => match self.value(operand)? {
                Known::Unknown => None,
                Known::Unset => Some(false),
                Known::Value(value) => Some(check::passes(asked, &value)?),
            },
        })
    }

    /// `&&` and `||`: the first part that has the `deciding` value decides.
    fn chain(self, parts: &[ValueCondition], deciding: bool) -> Result<Option<bool>> {
        let mut all = Some(!deciding);
        for part in parts {
            match self.holds(part)? {
                Some(value) if value == deciding => return Ok(Some(deciding)),
                Some(_) => {}
                None => all = None,
            }
        }
        Ok(all)
    }

    /// Asks about some values, if all of them are known. What was not given is NULL.
    fn with<const N: usize>(
        self,
        operands: [&ValueOperand; N],
        ask: impl FnOnce([&Value; N]) -> bool,
    ) -> Result<Option<bool>> {
        let mut values: [Value; N] = std::array::from_fn(|_| Value::Null);
        for (operand, value) in operands.into_iter().zip(&mut values) {
            match self.value(operand)? {
                Known::Unknown => return Ok(None),
                Known::Unset => {}
                Known::Value(known) => *value = known,
            }
        }
        Ok(Some(ask(values.each_ref())))
    }

    fn value(self, operand: &ValueOperand) -> Result<Known> {
        Ok(Known::Value(match operand {
            ValueOperand::Null => Value::Null,
            ValueOperand::Literal(literal @ (Literal::Int(_) | Literal::Number(_))) => check::number(literal)?,
            ValueOperand::Literal(literal) => Value::from_literal(literal, None)?,
            ValueOperand::Member(id, at) => {
                let member = self.schema.enumeration(*id)?.members.get(usize::from(*at)).ok_or(Broken)?;
                Value::Text(member.stored.clone().into_owned())
            }
            ValueOperand::Field(id) => return Ok(self.values.get(id.index()).ok_or(Broken)?.clone()),
            ValueOperand::Inside(id, path, ty) => {
                return match self.values.get(id.index()).ok_or(Broken)? {
                    Known::Value(Value::Json(json)) => self.inside(json, path, *ty),
                    Known::Value(_) | Known::Unset => Ok(Known::Unset),
                    Known::Unknown => Ok(Known::Unknown),
                };
            }
            ValueOperand::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items.iter() {
                    match self.value(item)? {
                        Known::Unknown => return Ok(Known::Unknown),
                        Known::Unset => values.push(Value::Null),
                        Known::Value(value) => values.push(value),
                    }
                }
                Value::List(values)
            }
            ValueOperand::Length(inner) => match self.value(inner)? {
                Known::Unknown => return Ok(Known::Unknown),
                Known::Unset => Value::Null,
                Known::Value(value) => {
                    let length = check::length(&value).and_then(|length| i64::try_from(length).ok());
                    length.map_or(Value::Null, Value::Int)
                }
            },
            ValueOperand::Now => Value::DateTime(now()),
        }))
    }
}

impl Row<'_> {
    /// What stands in a structure; nothing if it is of another type, which is a problem by itself.
    fn inside(self, json: &Json, path: &[Text], ty: Type) -> Result<Known> {
        let Some(end) = path.iter().try_fold(json, |json, name| json.get(&**name)) else { return Ok(Known::Unset) };
        let known = |value: Option<Value>| value.map_or(Known::Unset, Known::Value);
        if let Json::Array(items) = end {
            let items = items.iter().map(|item| Ok(read(self.schema, ty, item)?.ok()));
            return Ok(known(items.collect::<Result<Option<_>>>()?.map(Value::List)));
        }
        Ok(known(read(self.schema, ty, end)?.ok().filter(|_| !end.is_null())))
    }
}

/// Whether two values are in this relation to each other.
pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> bool {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        Comparison::Less => order(left, right).is_some_and(Ordering::is_lt),
        Comparison::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Comparison::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Comparison::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    left == right || order(left, right) == Some(Ordering::Equal)
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Int(_) | Value::Decimal(_), Value::Int(_) | Value::Decimal(_)) => {
            Some(exact(left)?.cmp(&exact(right)?))
        }
        (Value::Int(_) | Value::Decimal(_) | Value::Float(_), Value::Int(_) | Value::Decimal(_) | Value::Float(_)) => {
            rounded(left)?.partial_cmp(&rounded(right)?)
        }
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::DateTime(left), Value::DateTime(right)) => Some(left.cmp(right)),
        (Value::DateTime(left), Value::Text(right)) => Some(left.cmp(&parse_instant(right)?)),
        (Value::Text(left), Value::DateTime(right)) => Some(parse_instant(left)?.cmp(right)),
        _ => None,
    }
}

fn exact(value: &Value) -> Option<crate::Decimal> {
    match value {
        Value::Int(value) => Some((*value).into()),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

fn rounded(value: &Value) -> Option<f64> {
    match value {
        Value::Float(value) => Some(*value),
        value => f64::try_from(exact(value)?).ok(),
    }
}

/// Whether a list has an item.
fn has(list: &[Value], item: &Value) -> bool {
    list.iter().any(|other| equal(other, item))
}
