//! Conditions.

use sea_query::{BinOper, Expr, ExprTrait, Func, Query};

use super::dialect::Sought;
use super::read::sub_select;
use super::{Lower, place};
use crate::error::Result;
use crate::guard::{Calculated, Column, Extracted, Measure, Predicate, Scalar, Search, Slot};
use crate::plan::Calculation;
use crate::schema::{Comparison, Field, Type};

impl<'a> Lower<'a> {
    /// A condition where NULL counts as false, as it does after WHERE and WHEN.
    pub(super) fn predicate(self, predicate: &Predicate) -> Result<Expr> {
        self.condition(predicate, false)
    }

    /// A condition where NULL comes to `null` in the end: an unknown that counts as that too need not be settled, which
    /// leaves a comparison that an index can answer.
    fn condition(self, predicate: &Predicate, null: bool) -> Result<Expr> {
        let settle = |condition, unknown: &Option<bool>| settled(condition, unknown.filter(|unknown| *unknown != null));
        Ok(match predicate {
            Predicate::Constant(value) => constant(*value),
            Predicate::Not(inner) => self.condition(inner, !null)?.not(),
            Predicate::All(list) => self.chain(&list.iter().collect::<Vec<_>>(), true, null)?,
            Predicate::Any(list) => self.chain(&cheapest_first(list), false, null)?,
            Predicate::Compare { comparison, left, right, unknown } => {
                let exact = self.is_decimal(left)? || self.is_decimal(right)?;
                // What stands in a structure is a text there, whatever its type is in a column.
                let inside = matches!(left, Scalar::Inside { .. }) || matches!(right, Scalar::Inside { .. });
                let side = |scalar| if inside { self.as_inside(scalar) } else { self.scalar(scalar) };
                let (mut left, right) = (side(left)?, side(right)?);
                if exact {
                    left = self.dialect.as_decimal(left);
                }
                settle(left.binary(operator(*comparison), right), unknown)
            }
            Predicate::In { value, list, unknown } => {
                let exact = self.is_decimal(value)?;
                let value = self.scalar(value)?;
                let value = if exact { self.dialect.as_decimal(value) } else { value };
                settle(value.is_in(list.iter().map(|slot| self.value(*slot))), unknown)
            }
            Predicate::Holds { value, unknown } => settle(self.scalar(value)?, unknown),
            Predicate::Text { needle, text, sought, ignore_case, unknown } => {
                let (text, sought) = (self.searched(text)?, self.searched(sought)?);
                let (text, sought) =
                    if *ignore_case { (Func::lower(text).into(), Func::lower(sought).into()) } else { (text, sought) };
                settle(self.dialect.text(*needle, text, sought), unknown)
            }
            Predicate::SameText { text, sought } => {
                Expr::from(Func::lower(self.searched(text)?)).eq(Func::lower(self.searched(sought)?))
            }
            Predicate::Listed { value, list, unknown } => self.listed(value, list, *unknown)?,
            Predicate::ListedJson { list, test, unknown } => {
                let list = self.scalar(list)?;
                let fits = |_| settled(self.json(self.dialect.json_item(), test, 0), *unknown);
                presumed(self.dialect.some_element(list.clone(), &fits), &[list], *unknown)
            }
            Predicate::Within { list, values, unknown } => self.within(list, values, *unknown)?,
            Predicate::Items { list, length, one, items, unknown } => {
                settle(self.has_items(list, (*length, *one), items)?, unknown)
            }
            Predicate::Share { share, list, sought, unknown } => {
                // What is bound is there.
                let from_rows = [list, sought].into_iter().filter(|list| !matches!(list, Scalar::Slot(_)));
                let from_rows = from_rows.map(|list| self.scalar(list)).collect::<Result<Vec<_>>>()?;
                let json = self.is_json(list)? || self.is_json(sought)?;
                let shared = self.dialect.share(*share, self.scalar(list)?, self.scalar(sought)?, json);
                presumed(shared, &from_rows, *unknown)
            }
            Predicate::SameList { left, right, unknown } => {
                settle(self.dialect.same_list(self.scalar(left)?, self.scalar(right)?), unknown)
            }
            Predicate::Empty { list, unknown } => settle(self.dialect.is_empty(self.scalar(list)?), unknown),
            Predicate::Search { text, search, unknown } => {
                settle(self.dialect.found(self.searched(text)?, sought(search))?, unknown)
            }
            Predicate::IsNull(value) => self.scalar(value)?.is_null(),
            Predicate::Json { value, test, unknown } => {
                settle(self.json(self.dialect.json(self.scalar(value)?), test, 0), unknown)
            }
            Predicate::SameJson { left, right, unknown } => {
                let (left, right) = (self.dialect.json(self.scalar(left)?), self.dialect.json(self.scalar(right)?));
                settle(self.dialect.json_same(left, right), unknown)
            }
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
                let items = match list {
                    Scalar::Inside { structure, path, .. } => self.part(structure, path)?,
                    other => self.scalar(other)?,
                };
                inside.from_function(self.dialect.json_elements(items), crate::guard::alias(*alias));
                inside.and_where(self.predicate(filter)?);
                Expr::exists(inside)
            }
            Predicate::Linked { link, here, there } => {
                self.scalar(there)?.in_subquery(link.keys(self.schema, self.scalar(here)?)?)
            }
        })
    }

    fn chain(self, list: &[&Predicate], all: bool, null: bool) -> Result<Expr> {
        // Halves, not one after the other: databases limit how deep an expression may be.
        match list {
            [] => Ok(constant(all)),
            [one] => self.condition(one, null),
            _ => {
                let (left, right) = list.split_at(list.len() / 2);
                let (left, right) = (self.chain(left, all, null)?, self.chain(right, all, null)?);
                Ok(if all { left.and(right) } else { left.or(right) })
            }
        }
    }

    pub(super) fn scalar(self, scalar: &Scalar) -> Result<Expr> {
        Ok(match scalar {
            Scalar::Column(column) => self.column(*column)?,
            Scalar::Asked { value, .. } => self.scalar(value)?,
            Scalar::Slot(slot) => self.value(*slot),
            Scalar::Letters { text } => {
                let value = self.scalar(text)?;
                match self.field_of(text)? {
                    Some(field) => self.dialect.letters(field, value),
                    None => value,
                }
            }
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
            Scalar::Relevance { texts, search } => {
                let texts = texts.iter().map(|text| self.searched(text)).collect::<Result<_>>()?;
                self.dialect.relevance(texts, sought(search))?
            }
            Scalar::Measure(measure) => self.measure(*measure)?,
            Scalar::Calculated(calculated) => self.calculated(calculated)?,
            Scalar::Item(alias) => self.dialect.json_of_element(&crate::guard::alias(*alias)),
            Scalar::Inside { structure, path, of } => {
                let part = self.part(structure, path)?;
                let names = |names: &[(Slot, Slot)]| {
                    names.iter().map(|(name, stored)| (place(*name), place(*stored))).collect::<Vec<_>>()
                };
                match &**of {
                    Extracted::One(ty, of) => self.dialect.json_value(part, *ty, names(of)),
                    Extracted::List(ty, of) => self.dialect.json_list(part, *ty, names(of)),
                }
            }
        })
    }

    /// A part of a structure, as the JSON that it is there.
    fn part(self, structure: &Scalar, path: &[Slot]) -> Result<Expr> {
        let whole = self.scalar(structure)?;
        let whole = if matches!(structure, Scalar::Item(_)) { whole } else { self.dialect.json(whole) };
        Ok(path.iter().fold(whole, |part, name| self.dialect.json_member(part, place(*name))))
    }

    /// A value that is computed from others.
    fn calculated(self, calculated: &Calculated) -> Result<Expr> {
        Ok(match calculated {
            Calculated::Number(calculation, one, other) => {
                let (one, other) = (self.scalar(one)?, self.scalar(other)?);
                match calculation {
                    Calculation::Add => one.add(other),
                    Calculation::Subtract => one.sub(other),
                    Calculation::Multiply => one.mul(other),
                    // Not every database has NULL where something is divided by zero.
                    Calculation::Divide => one.div(Func::cust("nullif").args([other, Expr::cust("0")])),
                }
            }
            Calculated::Concat(texts) => {
                let texts: Result<Vec<Expr>> = texts.iter().map(|text| self.scalar(text)).collect();
                let both = |one: Expr, other: Expr| one.binary(BinOper::Custom("||"), other);
                texts?.into_iter().reduce(both).unwrap_or_else(Expr::null)
            }
            Calculated::Otherwise(one, other) => Func::coalesce([self.scalar(one)?, self.scalar(other)?]).into(),
            Calculated::Case(cases, last) => {
                let mut built: Option<sea_query::CaseStatement> = None;
                for (condition, value) in cases {
                    let (condition, value) = (self.predicate(condition)?, self.scalar(value)?);
                    built = Some(match built {
                        None => Expr::case(condition, value),
                        Some(built) => built.case(condition, value),
                    });
                }
                let last = self.scalar(last)?;
                built.map_or(last.clone(), |built| built.finally(last).into())
            }
            Calculated::Lower(text) => Func::lower(self.scalar(text)?).into(),
            Calculated::Upper(text) => Func::upper(self.scalar(text)?).into(),
            Calculated::Length(text) => Func::char_length(self.scalar(text)?).into(),
            Calculated::Exact(value) => self.scalar(value)?,
            Calculated::Typed(slot, ty, list) => self.dialect.typed(place(*slot), *ty, *list),
        })
    }

    /// A column, to compare it or to calculate with it.
    pub(super) fn column(self, column: Column) -> Result<Expr> {
        Ok(self.dialect.compared(self.field(column)?, self.stored(column)?))
    }

    /// A column as it stands in its table.
    pub(super) fn stored(self, column: Column) -> Result<Expr> {
        if let Some(source) = self.written
            && let Some(column) = source.column(column.alias, self.schema, column.field)?
        {
            return Ok(column);
        }
        let name = self.field(column)?.column.clone();
        Ok(Expr::col((crate::guard::alias(column.alias), sea_query::Alias::new(name))))
    }

    pub(super) fn field(self, column: Column) -> Result<&'a Field> {
        Ok(self.schema.model(column.model)?.field(column.field)?)
    }

    /// A value as a text that can be searched.
    fn searched(self, scalar: &Scalar) -> Result<Expr> {
        let value = self.scalar(scalar)?;
        Ok(match self.field_of(scalar)? {
            Some(field) => self.dialect.as_text(field, value),
            None => value,
        })
    }

    /// A value as it is compared with one that stands in a structure.
    fn as_inside(self, scalar: &Scalar) -> Result<Expr> {
        match self.field_of(scalar)?.map(|field| field.ty) {
            Some(Type::String | Type::Enum(_)) => self.searched(scalar),
            _ => self.scalar(scalar),
        }
    }

    /// The field that a value is the value of.
    pub(super) fn field_of(self, scalar: &Scalar) -> Result<Option<&'a Field>> {
        match scalar {
            Scalar::Column(column) | Scalar::Asked { column, .. } => self.field(*column).map(Some),
            Scalar::Lookup { value: inner, .. } | Scalar::Letters { text: inner, .. } => self.field_of(inner),
            Scalar::Slot(_)
            | Scalar::Calculated(_)
            | Scalar::Item(_)
            | Scalar::Inside { .. }
            | Scalar::Tally { .. }
            | Scalar::Relevance { .. }
            | Scalar::Measure(_) => Ok(None),
        }
    }

    pub(super) fn is_decimal(self, scalar: &Scalar) -> Result<bool> {
        let field = match scalar {
            // How many there are is none; that it counts as one changes nothing.
            Scalar::Measure(Measure::Of(_, column)) => Some(self.field(*column)?),
            Scalar::Calculated(calculated) => return Ok(matches!(**calculated, Calculated::Exact(_))),
            Scalar::Inside { of, .. } => return Ok(of.ty() == Type::Decimal),
            other => self.field_of(other)?,
        };
        Ok(field.is_some_and(|field| field.ty == Type::Decimal))
    }
}

/// What is searched for, with a placeholder for each value.
fn sought(search: &Search) -> Sought {
    match *search {
        Search::FullText { query, config } => Sought::FullText { query: place(query), config: config.map(place) },
        Search::Fuzzy { text, mode, threshold, unaccent } => {
            Sought::Fuzzy { text: place(text), mode, threshold: threshold.map(place), unaccent }
        }
    }
}

pub(super) fn constant(value: bool) -> Expr {
    Expr::cust(if value { "TRUE" } else { "FALSE" })
}

/// Alternatives in the order in which they are best asked: databases go from the left to the first that is true.
fn cheapest_first(list: &[Predicate]) -> Vec<&Predicate> {
    let mut list: Vec<&Predicate> = list.iter().collect();
    list.sort_by_key(|predicate| match predicate {
        Predicate::Holds { value: Scalar::Column(_), .. } | Predicate::IsNull(Scalar::Column(_)) => 0,
        predicate if predicate.is_local() => 1,
        _ => 2,
    });
    list
}

/// Says what a condition counts as where it is unknown.
pub(super) fn settled(condition: Expr, unknown: Option<bool>) -> Expr {
    match unknown {
        None => condition,
        Some(value) => Func::coalesce([condition, constant(value)]).into(),
    }
}

/// Says what a condition on lists counts as where one of them is NULL; a caller's own condition is unknown there.
pub(super) fn presumed(condition: Expr, lists: &[Expr], unknown: Option<bool>) -> Expr {
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
