//! Conditions on related rows.

use super::super::Guard;
use super::super::link::{Link, ends};
use super::super::shape::{Alias, Column, Predicate, Scalar};
use super::operand::Bound;
use super::{INSIDE_A_RULE, Mode, Seen, seen};
use crate::error::{Error, Result};
use crate::schema::{Collection, Comparison, Condition, Quantifier, Relation, RelationId};

impl Guard<'_> {
    /// Whether following `through` from a row leads to no row.
    pub(super) fn missing(
        &mut self,
        from: Seen<'_>,
        through: &[RelationId],
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        if let Seen::Coming(_) = from {
            return Ok(mode.open());
        }
        let none = self.some_row(from, through, rows, |_, _| Ok(Predicate::TRUE))?.negate();
        let (Seen::Proposed(..), Some((first, rest)), Mode::Must) = (from, through.split_first(), mode) else {
            return Ok(none);
        };
        // A row that is not there yet may be about to refer to itself, or get its foreign key from the database. So it
        // is certain only if the foreign key is null, or leads to a row that is there already and goes no further.
        let relation = self.schema.model(from.model()?)?.relation(*first)?;
        for (here, _) in relation.on.iter() {
            if matches!(self.field(from, *here)?, Bound::Missing) {
                return Ok(Predicate::TRUE);
            }
        }
        self.some_row(from, &[*first], rows, |guard, within| {
            let Some(there) = within.last() else { return Err(Error::internal("no row in sight")) };
            Ok(guard.some_row(*there, rest, rows, |_, _| Ok(Predicate::TRUE))?.negate())
        })
    }

    /// The rows that a to-many relation leads to, against a condition. Both what a quantifier means and what an
    /// unknown in it means follow from "a quantifier is the conjunction or disjunction over the elements".
    pub(super) fn quantified(
        &mut self,
        quantifier: Quantifier,
        collection: &Collection,
        condition: &Condition,
        mode: Mode,
        rows: &[Seen<'_>],
    ) -> Result<Predicate> {
        // Some: a row where c.  Every: no row where not c.  None: no row where c.
        let (negate_inner, negate_outer) = match quantifier {
            Quantifier::Some => (false, false),
            Quantifier::Every => (true, true),
            Quantifier::None => (false, true),
        };
        let inner_mode = if negate_inner == negate_outer { mode } else { mode.flip() };
        let start = seen(rows, collection.row)?;
        if let Seen::Coming(_) = start {
            return Ok(mode.open());
        }
        let test = |guard: &mut Self, from: Seen<'_>| -> Result<Predicate> {
            let exists = guard.some_row(from, &[collection.relation], rows, |guard, rows| {
                let bound = guard.bind(condition, inner_mode, rows)?;
                Ok(if negate_inner { bound.negate() } else { bound })
            })?;
            Ok(if negate_outer { exists.negate() } else { exists })
        };
        if collection.through.is_empty() {
            return test(self, start);
        }
        self.whole(start, &collection.through, mode, rows, test)
    }

    /// What `test` says of the row that some to-one relations lead to: unknown where they lead to no row. So it must
    /// hold if there is a row for which it must, and it may hold unless there is a row for which it may not.
    pub(super) fn whole<'r>(
        &mut self,
        start: Seen<'r>,
        through: &[RelationId],
        mode: Mode,
        rows: &[Seen<'r>],
        test: impl FnOnce(&mut Self, Seen<'r>) -> Result<Predicate>,
    ) -> Result<Predicate> {
        if let Seen::Coming(_) = start {
            return Ok(mode.open());
        }
        let found = |guard: &mut Self, rows: &[Seen<'r>]| -> Result<Predicate> {
            let Some(end) = rows.last() else { return Err(Error::internal("no row in sight")) };
            let holds = test(guard, *end)?;
            Ok(if mode == Mode::May { holds.negate() } else { holds })
        };
        let exists = self.some_row(start, through, rows, found)?;
        Ok(if mode == Mode::May { exists.negate() } else { exists })
    }

    /// Whether following `through` from a row leads to a row that satisfies `test`, which sees that row as the
    /// innermost of `rows`.
    fn some_row<'r>(
        &mut self,
        from: Seen<'r>,
        through: &[RelationId],
        rows: &[Seen<'r>],
        test: impl FnOnce(&mut Self, &[Seen<'r>]) -> Result<Predicate>,
    ) -> Result<Predicate> {
        let Some((first, rest)) = through.split_first() else {
            let mut within = rows.to_vec();
            within.push(from);
            return test(self, &within);
        };
        let relation = self.schema.model(from.model()?)?.relation(*first)?;
        let source = self.open_for_rule(relation.target, &INSIDE_A_RULE)?;
        let there = Seen::Table(source.alias(), relation.target);
        let join = self.join(from, *first, relation, source.alias())?;
        let inner = self.some_row(there, rest, rows, test)?;
        // The join alone can already be impossible: a new row without the foreign key has no related row.
        Ok(Predicate::exists(source, Predicate::all([join, inner])))
    }

    /// The row called `alias` belongs to `from`, by a relation.
    pub(super) fn join(
        &mut self,
        from: Seen<'_>,
        id: RelationId,
        relation: &Relation,
        alias: Alias,
    ) -> Result<Predicate> {
        let model = relation.target;
        if let Some(link) = Link::of(from.model()?, id, relation) {
            let (near, far) = ends(relation)?;
            let here = match self.field(from, near)? {
                Bound::Missing | Bound::Unfilled | Bound::Coming => return Ok(Predicate::FALSE),
                bound => self.scalar(bound).0,
            };
            return Ok(Predicate::Linked { link, here, there: Scalar::Column(Column { alias, model, field: far }) });
        }
        let mut pairs = Vec::with_capacity(relation.on.len());
        for (here, there) in relation.on.iter() {
            let right = Scalar::Column(Column { alias, model, field: *there });
            let left = match self.field(from, *here)? {
                Bound::Missing | Bound::Unfilled | Bound::Coming => return Ok(Predicate::FALSE),
                bound => self.scalar(bound).0,
            };
            // A NULL on either side joins to nothing, as SQL has it; inside EXISTS unknown and false are one.
            pairs.push(Predicate::Compare { comparison: Comparison::Equal, left, right, unknown: None });
        }
        Ok(Predicate::all(pairs))
    }
}
