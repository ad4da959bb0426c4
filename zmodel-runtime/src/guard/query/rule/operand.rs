//! Values in a condition.

use super::super::shape::{Calculated, Column, Predicate, Scalar};
use super::super::{Guard, fold};
use super::{INSIDE_A_RULE, Mode, Seen, seen};
use crate::error::{Error, Result};
use crate::schema::{CallerPath, Comparison, FieldId, Operand, RelationId, Type};
use crate::value::{ContextValue, Value};

/// An operand, bound.
pub(super) enum Bound {
    /// Missing: a comparison with it is unknown, and it is null.
    Missing,
    /// Made by the database later: whatever is asked about it is unknown.
    Unfilled,
    /// What an update will make of it: not known yet, and asked again.
    Coming,
    /// Known now.
    Known(Value),
    /// Known to the database; the flag says whether it can be NULL there.
    Sql(Scalar, bool),
}

impl<'g> Guard<'g> {
    /// The two sides of a comparison. What is not known to the database but stands beside a column of it is a parameter,
    /// whatever its value.
    pub(super) fn sides(&mut self, left: &Operand, right: &Operand, rows: &[Seen<'_>]) -> Result<(Bound, Bound)> {
        Ok(match (left, right) {
            (Operand::Caller(_) | Operand::Now, column) => {
                let column = self.operand(column, rows)?;
                (self.beside(left, &column, rows)?, column)
            }
            (column, Operand::Caller(_) | Operand::Now) => {
                let column = self.operand(column, rows)?;
                let right = self.beside(right, &column, rows)?;
                (column, right)
            }
            (left, right) => (self.operand(left, rows)?, self.operand(right, rows)?),
        })
    }

    fn beside(&mut self, operand: &Operand, column: &Bound, rows: &[Seen<'_>]) -> Result<Bound> {
        // Beside a Decimal it depends on the value what it becomes.
        if let Bound::Sql(column, _) = column
            && !self.is_decimal(column)
        {
            let slot = match operand {
                Operand::Caller(path) => self.slot_of_caller(path),
                Operand::Now => Some(self.slot_of_now()),
                _ => None,
            };
            if let Some(slot) = slot {
                return Ok(Bound::Sql(Scalar::Slot(slot), false));
            }
        }
        self.operand(operand, rows)
    }

    pub(super) fn compare(&mut self, comparison: Comparison, left: Bound, right: Bound, mode: Mode) -> Predicate {
        match self.alike(left, right) {
            (Bound::Missing | Bound::Unfilled, _) | (_, Bound::Missing | Bound::Unfilled) => {
                Predicate::Constant(mode.unknown())
            }
            (Bound::Coming, _) | (_, Bound::Coming) => mode.open(),
            (Bound::Known(left), Bound::Known(right)) => {
                Predicate::Constant(fold::compare(comparison, &left, &right).unwrap_or(mode.unknown()))
            }
            (left, right) => {
                let ((left, left_null), (right, right_null)) = (self.scalar(left), self.scalar(right));
                let unknown = (left_null || right_null).then_some(mode.unknown());
                let (left, right) = (self.by_letters(left), self.by_letters(right));
                Predicate::Compare { comparison, left, right, unknown }
            }
        }
    }

    /// Two operands of one kind: a number beside a Decimal column is a Decimal, since the database would compare it as
    /// something else.
    fn alike(&self, left: Bound, right: Bound) -> (Bound, Bound) {
        match (left, right) {
            (Bound::Sql(column, nullable), Bound::Known(value)) if self.is_decimal(&column) => {
                (Bound::Sql(column, nullable), decimal(&value))
            }
            (Bound::Known(value), Bound::Sql(column, nullable)) if self.is_decimal(&column) => {
                (decimal(&value), Bound::Sql(column, nullable))
            }
            other => other,
        }
    }

    /// A value as rules compare it: a text by its letters.
    pub(super) fn by_letters(&self, scalar: Scalar) -> Scalar {
        if self.is_text(&scalar) { Scalar::Letters { text: Box::new(scalar) } } else { scalar }
    }

    fn is_text(&self, scalar: &Scalar) -> bool {
        match scalar {
            Scalar::Column(Column { model, field, .. }) | Scalar::Asked { column: Column { model, field, .. }, .. } => {
                let field = self.schema.model(*model).and_then(|model| model.field(*field));
                field.is_ok_and(|field| matches!(field.ty, Type::String | Type::Unsupported))
            }
            Scalar::Lookup { value, .. } => self.is_text(value),
            Scalar::Slot(_)
            | Scalar::Calculated(_)
            | Scalar::Item(_)
            | Scalar::Inside { .. }
            | Scalar::Letters { .. }
            | Scalar::Tally { .. }
            | Scalar::Relevance { .. }
            | Scalar::Measure(_) => false,
        }
    }

    pub(super) fn is_decimal(&self, scalar: &Scalar) -> bool {
        match scalar {
            Scalar::Column(Column { model, field, .. }) | Scalar::Asked { column: Column { model, field, .. }, .. } => {
                let field = self.schema.model(*model).and_then(|model| model.field(*field));
                field.is_ok_and(|field| field.ty == Type::Decimal)
            }
            Scalar::Lookup { value, .. } => self.is_decimal(value),
            Scalar::Inside { of, .. } => of.ty() == Type::Decimal,
            Scalar::Calculated(calculated) => matches!(**calculated, Calculated::Exact(_)),
            // No rule counts rows or looks at groups of them.
            Scalar::Slot(_)
            | Scalar::Item(_)
            | Scalar::Letters { .. }
            | Scalar::Tally { .. }
            | Scalar::Relevance { .. }
            | Scalar::Measure(_) => false,
        }
    }

    pub(super) fn operand(&mut self, operand: &Operand, rows: &[Seen<'_>]) -> Result<Bound> {
        Ok(match operand {
            Operand::Literal(literal) => Bound::Known(Value::from_literal(literal, None)?),
            Operand::Member(id, at) => {
                let member =
                    self.schema.enumeration(*id)?.members.get(usize::from(*at)).ok_or(crate::schema::Broken)?;
                Bound::Known(Value::Text(member.stored.clone().into_owned()))
            }
            Operand::Field(row, through, field) => match self.there {
                Some((alias, model)) if !through.is_empty() => self.field(Seen::Table(alias, model), *field)?,
                _ => self.path(seen(rows, *row)?, through, *field)?,
            },
            Operand::Caller(path) => match self.brought(path, rows)? {
                Some(ContextValue::Scalar(value)) => Bound::Known(value.clone()),
                _ => Bound::Missing,
            },
            Operand::CallerJson(path, ty) => match self.brought(path, rows)? {
                Some(ContextValue::Scalar(Value::Json(json))) => {
                    self.known_inside(*ty, json)?.map_or(Bound::Missing, Bound::Known)
                }
                _ => Bound::Missing,
            },
            Operand::Inside(inside) => self.inside(inside, rows)?,
            Operand::Now => Bound::Known(self.now()),
            Operand::Missing => Bound::Missing,
        })
    }

    /// Something that the caller brings; none if it is missing.
    pub(super) fn brought<'r>(&mut self, path: &CallerPath, rows: &[Seen<'r>]) -> Result<Option<&'r ContextValue>>
    where
        'g: 'r,
    {
        let Some(row) = path.from else { return Ok(self.asker.value(&path.members)) };
        match seen(rows, row)? {
            Seen::Brought(element) => Ok(element.at(&path.members)),
            Seen::Table(..) | Seen::Proposed(..) | Seen::Coming(_) | Seen::Inner(_) | Seen::Item(_) => {
                Err(Error::internal("a rule takes a row for what the caller brings"))
            }
        }
    }

    /// A field of the row that some to-one relations lead to.
    pub(super) fn path(&mut self, from: Seen<'_>, through: &[RelationId], field: FieldId) -> Result<Bound> {
        let Some((first, rest)) = through.split_first() else { return self.field(from, field) };
        if let Seen::Coming(_) = from {
            return Ok(Bound::Coming);
        }
        let relation = self.schema.model(from.model()?)?.relation(*first)?;
        let source = self.open_for_rule(relation.target, &INSIDE_A_RULE)?;
        let join = self.join(from, *first, relation, source.alias())?;
        if join == Predicate::FALSE {
            return Ok(Bound::Missing);
        }
        let there = Seen::Table(source.alias(), relation.target);
        let bound = self.path(there, rest, field)?;
        let value = Box::new(self.scalar(bound).0);
        Ok(Bound::Sql(Scalar::Lookup { source: Box::new(source), filter: Box::new(join), value }, true))
    }

    pub(super) fn field(&mut self, row: Seen<'_>, field: FieldId) -> Result<Bound> {
        Ok(match row {
            Seen::Table(alias, model) => {
                let described = self.schema.model(model)?.field(field)?;
                if described.computed {
                    return Ok(Bound::Sql(self.computed_for_rule(model, field, alias)?, true));
                }
                let optional = described.optional;
                Bound::Sql(Scalar::Column(Column { alias, model, field }), optional)
            }
            Seen::Proposed(values, _) => match values.get(field.index()) {
                None | Some(None) => Bound::Unfilled,
                Some(Some(Value::Null)) => Bound::Missing,
                Some(Some(value)) => Bound::Known(value.clone()),
            },
            Seen::Coming(_) => Bound::Coming,
            Seen::Brought(_) | Seen::Inner(_) | Seen::Item(_) => {
                return Err(Error::internal("a rule takes a part of a structure for a row"));
            }
        })
    }

    pub(super) fn scalar(&mut self, bound: Bound) -> (Scalar, bool) {
        match bound {
            Bound::Missing | Bound::Unfilled | Bound::Coming => (Scalar::Slot(self.slot(Value::Null)), true),
            Bound::Known(value) => (Scalar::Slot(self.slot(value)), false),
            Bound::Sql(scalar, nullable) => (scalar, nullable),
        }
    }
}

/// A number as a Decimal; what is none cannot be compared with one.
fn decimal(value: &Value) -> Bound {
    fold::exact(value).map_or(Bound::Missing, |number| Bound::Known(Value::Decimal(number.normalize())))
}
