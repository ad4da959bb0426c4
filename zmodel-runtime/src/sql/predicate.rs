//! Conditions.

use sea_query::{BinOper, Expr, ExprTrait, Func, Query};

use super::read::sub_select;
use super::{Lower, place, sqlite};
use crate::error::Result;
use crate::guard::{Column, Extracted, Function, Measure, Predicate, Scalar};
use crate::schema::{Comparison, Field, Type};

impl<'a> Lower<'a> {
    pub(super) fn predicate(self, predicate: &Predicate) -> Result<Expr> {
        Ok(match predicate {
            Predicate::Constant(value) => constant(*value),
            Predicate::Not(inner) => self.predicate(inner)?.not(),
            Predicate::All(list) => self.chain(list, true)?,
            Predicate::Any(list) => self.chain(list, false)?,
            Predicate::Compare { comparison, left, right, unknown } => {
                let exact = self.is_decimal(left)? || self.is_decimal(right)?;
                let (mut left, right) = (self.scalar(left)?, self.scalar(right)?);
                if exact {
                    left = sqlite::as_decimal(left);
                }
                settle(left.binary(operator(*comparison), right), *unknown)
            }
            Predicate::In { value, list, unknown } => {
                let exact = self.is_decimal(value)?;
                let value = self.scalar(value)?;
                let value = if exact { sqlite::as_decimal(value) } else { value };
                settle(value.is_in(list.iter().map(|slot| place(*slot))), *unknown)
            }
            Predicate::Holds { value, unknown } => settle(self.scalar(value)?, *unknown),
            Predicate::Text { needle, text, sought, ignore_case, unknown } => {
                let (text, sought) = (self.scalar(text)?, self.scalar(sought)?);
                let (text, sought) =
                    if *ignore_case { (Func::lower(text).into(), Func::lower(sought).into()) } else { (text, sought) };
                settle(sqlite::text(*needle, text, sought), *unknown)
            }
            Predicate::SameText { text, sought } => {
                Expr::from(Func::lower(self.scalar(text)?)).eq(Func::lower(self.scalar(sought)?))
            }
            Predicate::Listed { value, list: list_of, unknown } => {
                let (exact, exact_list) = (self.is_decimal(value)?, self.is_decimal(list_of)?);
                let (mut value, list) = (self.scalar(value)?, self.scalar(list_of)?);
                if exact && !exact_list {
                    value = sqlite::as_float(value);
                }
                if self.is_bytes(list_of)? {
                    value = sqlite::as_element(value);
                }
                let equal = |element: Expr| {
                    settle(if exact_list { sqlite::as_decimal(element) } else { element }.eq(value), *unknown)
                };
                presumed(sqlite::some_element(list.clone(), equal), &[list], *unknown)
            }
            Predicate::Share { share, list, sought, unknown } => {
                let (list, sought) = (self.scalar(list)?, self.scalar(sought)?);
                let shared = sqlite::share(*share, list.clone(), sought.clone());
                presumed(shared, &[list, sought], *unknown)
            }
            Predicate::Empty { list, unknown } => settle(sqlite::is_empty(self.scalar(list)?), *unknown),
            Predicate::IsNull(value) => self.scalar(value)?.is_null(),
            Predicate::Json { value, test } => super::json::condition(sqlite::json(self.scalar(value)?), test, 0),
            Predicate::Exists { source, filter } => {
                let mut inside = Query::select();
                inside.expr(Expr::cust("1"));
                source.place(&mut inside, self.schema, &|predicate| self.predicate(predicate))?;
                inside.and_where(self.predicate(filter)?);
                Expr::exists(inside)
            }
            Predicate::Item { list, alias, filter } => {
                let mut inside = Query::select();
                inside.expr(Expr::cust("1"));
                inside.from_function(sqlite::json_elements(self.scalar(list)?), crate::guard::alias(*alias));
                inside.and_where(self.predicate(filter)?);
                Expr::exists(inside)
            }
            Predicate::Linked { link, here, there } => {
                self.scalar(there)?.in_subquery(link.keys(self.schema, self.scalar(here)?)?)
            }
        })
    }

    fn chain(self, list: &[Predicate], all: bool) -> Result<Expr> {
        // Halves, not one after the other: databases limit how deep an expression may be.
        match list {
            [] => Ok(constant(all)),
            [one] => self.predicate(one),
            _ => {
                let (left, right) = list.split_at(list.len() / 2);
                let (left, right) = (self.chain(left, all)?, self.chain(right, all)?);
                Ok(if all { left.and(right) } else { left.or(right) })
            }
        }
    }

    pub(super) fn scalar(self, scalar: &Scalar) -> Result<Expr> {
        Ok(match scalar {
            Scalar::Column(column) => self.column(*column)?,
            Scalar::Slot(slot) => place(*slot),
            Scalar::Lookup { source, filter, value } => {
                let mut inside = Query::select();
                inside.expr(self.scalar(value)?);
                source.place(&mut inside, self.schema, &|predicate| self.predicate(predicate))?;
                inside.and_where(self.predicate(filter)?);
                sub_select(inside)
            }
            Scalar::Tally { source, filter } => {
                let mut inside = Query::select();
                inside.expr(Func::count(Expr::cust("*")));
                source.place(&mut inside, self.schema, &|predicate| self.predicate(predicate))?;
                inside.and_where(self.predicate(filter)?);
                sub_select(inside)
            }
            Scalar::Measure(measure) => self.measure(*measure)?,
            Scalar::Item(alias) => sqlite::json_of_element(&crate::guard::alias(*alias)),
            Scalar::Inside { structure, path, of } => {
                let whole = self.scalar(structure)?;
                let whole = if matches!(**structure, Scalar::Item(_)) { whole } else { sqlite::json(whole) };
                let part = path.iter().fold(whole, |part, name| sqlite::json_member(part, place(*name)));
                match of {
                    Extracted::One(ty, names) => {
                        let names = names.iter().map(|(name, stored)| (place(*name), place(*stored)));
                        sqlite::json_value(part, *ty, names)
                    }
                    Extracted::List(_) => sqlite::json_list(part),
                }
            }
        })
    }

    pub(super) fn column(self, column: Column) -> Result<Expr> {
        let name = self.field(column)?.column.clone();
        Ok(Expr::col((crate::guard::alias(column.alias), sea_query::Alias::new(name))))
    }

    fn field(self, column: Column) -> Result<&'a Field> {
        Ok(self.schema.model(column.model)?.field(column.field)?)
    }

    fn is_bytes(self, scalar: &Scalar) -> Result<bool> {
        match scalar {
            Scalar::Column(column) => Ok(self.field(*column)?.ty == Type::Bytes),
            Scalar::Lookup { value, .. } => self.is_bytes(value),
            Scalar::Slot(_) | Scalar::Item(_) | Scalar::Inside { .. } | Scalar::Tally { .. } | Scalar::Measure(_) => {
                Ok(false)
            }
        }
    }

    pub(super) fn is_decimal(self, scalar: &Scalar) -> Result<bool> {
        match scalar {
            Scalar::Column(column) => Ok(self.field(*column)?.ty == Type::Decimal),
            Scalar::Lookup { value, .. } => self.is_decimal(value),
            Scalar::Measure(Measure::Of(function, column)) if *function != Function::Count => {
                Ok(self.field(*column)?.ty == Type::Decimal)
            }
            Scalar::Inside { of, .. } => Ok(of.ty() == Type::Decimal),
            Scalar::Slot(_) | Scalar::Item(_) | Scalar::Tally { .. } | Scalar::Measure(_) => Ok(false),
        }
    }
}

pub(super) fn constant(value: bool) -> Expr {
    Expr::cust(if value { "TRUE" } else { "FALSE" })
}

/// Says what a condition counts as where it is unknown.
fn settle(condition: Expr, unknown: Option<bool>) -> Expr {
    match unknown {
        None => condition,
        Some(value) => Func::coalesce([condition, constant(value)]).into(),
    }
}

/// Says what a condition on lists counts as where one of them is NULL; a caller's own condition is unknown there.
fn presumed(condition: Expr, lists: &[Expr], unknown: Option<bool>) -> Expr {
    let Some(unknown) = unknown else {
        let nulls = lists.iter().map(|list| list.clone().is_null()).reduce(ExprTrait::or);
        return nulls.map_or(condition.clone(), |null| Expr::case(null, Expr::null()).finally(condition).into());
    };
    lists.iter().fold(condition, |condition, list| {
        if unknown { list.clone().is_null().or(condition) } else { list.clone().is_not_null().and(condition) }
    })
}

pub(super) const fn operator(comparison: Comparison) -> BinOper {
    match comparison {
        Comparison::Equal => BinOper::Equal,
        Comparison::NotEqual => BinOper::NotEqual,
        Comparison::Less => BinOper::SmallerThan,
        Comparison::LessOrEqual => BinOper::SmallerThanOrEqual,
        Comparison::Greater => BinOper::GreaterThan,
        Comparison::GreaterOrEqual => BinOper::GreaterThanOrEqual,
    }
}
