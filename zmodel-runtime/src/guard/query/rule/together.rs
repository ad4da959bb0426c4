//! Conditions on the row that some to-one relations lead to: the row is looked up once for all that is asked of it.
//!
//! A condition that asks nothing but what is unknown without that row is unknown without it, however it is put together.
//! So it can be asked of the row itself, where there is one.

use super::super::Guard;
use super::super::shape::Predicate;
use super::{Mode, Seen, seen};
use crate::error::Result;
use crate::schema::{Condition, Operand, RelationId, Row};

/// The relations that lead to a row.
type Way<'c> = (Row, &'c [RelationId]);

impl Guard<'_> {
    /// Binds the members of a conjunction or a disjunction: those about the same related row as one.
    pub(super) fn members(
        &mut self,
        list: &[Condition],
        join: fn(Vec<Predicate>) -> Predicate,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        let mut bound = Vec::with_capacity(list.len());
        for (at, condition) in list.iter().enumerate() {
            let way = if self.there.is_none() { way(condition) } else { None };
            let Some(way) = way else {
                bound.push(self.bind(condition, mode, rows)?);
                continue;
            };
            let same = |other: &&Condition| self::way(other) == Some(way);
            let (before, after) = list.split_at(at);
            if !before.iter().any(|other| same(&other)) {
                bound.push(self.together(way, after.iter().filter(same), join, mode, rows)?);
            }
        }
        Ok(join(bound))
    }

    /// Binds conditions on one related row.
    pub(super) fn together<'c>(
        &mut self,
        (row, through): Way<'_>,
        conditions: impl Iterator<Item = &'c Condition>,
        join: fn(Vec<Predicate>) -> Predicate,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        let before = self.params.len();
        let bound = self.whole(seen(rows, row)?, through, mode, rows, |guard, there| {
            let Seen::Table(alias, model) = there else { return Ok(mode.open()) };
            guard.there = Some((alias, model));
            let bound = conditions.map(|condition| guard.bind(condition, mode, rows)).collect::<Result<Vec<_>>>();
            guard.there = None;
            Ok(join(bound?))
        })?;
        if let Predicate::Constant(_) = bound {
            self.params.truncate(before);
        }
        Ok(bound)
    }
}

/// The one related row that every part of a condition needs. None if there is no such row, and where a part says
/// something without it.
pub(super) fn way(condition: &Condition) -> Option<Way<'_>> {
    match condition {
        Condition::Not(inner) => way(inner),
        Condition::All(list) | Condition::Any(list) => {
            let (first, rest) = list.split_first()?;
            let way = way(first)?;
            rest.iter().all(|other| self::way(other) == Some(way)).then_some(way)
        }
        Condition::Holds(operand) => needed([operand]),
        Condition::Compare(_, left, right) => needed([left, right]),
        Condition::Text(_, text, sought, _) => needed([text, sought]),
        Condition::Constant(_)
        | Condition::In(..)
        | Condition::Share(..)
        | Condition::Same(..)
        | Condition::Empty(_)
        | Condition::SameJson(..)
        | Condition::Search(..)
        | Condition::IsNull(_)
        | Condition::Missing(..)
        | Condition::Anonymous
        | Condition::Check(..)
        | Condition::Quantified(..)
        | Condition::Brought(..)
        | Condition::Elements(..) => None,
    }
}

/// The one related row that some operands need, if there is one.
fn needed<const N: usize>(operands: [&Operand; N]) -> Option<Way<'_>> {
    let mut way = None;
    for operand in operands {
        match operand {
            Operand::Field(row, through, _) if !through.is_empty() => {
                let this: Way<'_> = (*row, through);
                if *way.get_or_insert(this) != this {
                    return None;
                }
            }
            Operand::Inside(_) => return None,
            Operand::Field(..)
            | Operand::Literal(_)
            | Operand::Member(..)
            | Operand::Caller(_)
            | Operand::CallerJson(..)
            | Operand::Now
            | Operand::Missing => {}
        }
    }
    way
}
