//! Rules, for one caller and one place in a statement.
//!
//! A rule is true, false or unknown, by Kleene's logic. An allow needs it to be *certainly* true, a deny fires unless
//! it is *certainly* false; so a condition is bound in one of two [`Mode`]s, and in either the result is an ordinary
//! predicate that is never unknown. What depends on the caller alone is folded away on the way.

use super::link::{Link, ends};
use super::shape::{Alias, Column, Predicate, Scalar};
use super::{Guard, fold};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::schema::{
    Collection, Comparison, Condition, Effect, FieldId, ModelId, Operand, Operation, Quantifier, Relation, RelationId,
    Row, Type,
};
use crate::value::{ContextValue, Value, now};

/// Proof that a table is opened inside a rule, where its own rules do not apply. Only this module has one.
pub(super) struct InsideARule(());

/// How deep rules can check each other. The compiler refuses those that go in a circle.
const MOST_CHECKS: u8 = 64;

const INSIDE_A_RULE: InsideARule = InsideARule(());

/// What an unknown counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// As false: the condition must hold.
    Must,
    /// As true: the condition may hold.
    May,
}

impl Mode {
    const fn flip(self) -> Self {
        match self {
            Self::Must => Self::May,
            Self::May => Self::Must,
        }
    }

    const fn unknown(self) -> bool {
        matches!(self, Self::May)
    }
}

/// A row that a condition can speak of.
#[derive(Clone, Copy)]
enum Seen<'a> {
    /// A row of an occurrence of a table.
    Table(Alias, ModelId),
    /// A row that does not exist yet: its values by field; none where the database makes one.
    Proposed(&'a [Option<Value>], ModelId),
}

impl Seen<'_> {
    const fn model(self) -> ModelId {
        match self {
            Self::Table(_, model) | Self::Proposed(_, model) => model,
        }
    }
}

/// An operand, bound.
enum Bound {
    /// Missing: a comparison with it is unknown, and it is null.
    Missing,
    /// Made by the database later: whatever is asked about it is unknown.
    Unfilled,
    /// Known now.
    Known(Value),
    /// Known to the database; the flag says whether it can be NULL there.
    Sql(Scalar, bool),
}

impl Guard<'_> {
    /// Which rows of `model`, in the occurrence `alias`, the caller may `operation`.
    pub(super) fn rows(&mut self, model: ModelId, operation: Operation, alias: Alias) -> Result<Predicate> {
        self.decide(operation, Seen::Table(alias, model))
    }

    /// Whether the caller may create `row`.
    pub(super) fn admits(&mut self, model: ModelId, row: &[Option<Value>]) -> Result<Predicate> {
        self.decide(Operation::Create, Seen::Proposed(row, model))
    }

    /// One allow certainly holds, and no deny may hold.
    fn decide(&mut self, operation: Operation, row: Seen<'_>) -> Result<Predicate> {
        if matches!(self.caller, Caller::Unguarded(_)) {
            return Ok(Predicate::TRUE);
        }
        let model = self.schema.model(row.model())?;
        let (mut allows, mut denies) = (Vec::new(), Vec::new());
        for rule in model.rules.iter().filter(|rule| rule.operations.contains(operation)) {
            match rule.effect {
                Effect::Allow => allows.push(self.bind(&rule.condition, Mode::Must, &[row])?),
                Effect::Deny => denies.push(self.bind(&rule.condition, Mode::May, &[row])?.negate()),
            }
        }
        // What an update leaves behind is acceptable unless a rule says what is.
        let allowed = if operation == Operation::PostUpdate && allows.is_empty() {
            Predicate::TRUE
        } else {
            Predicate::any(allows)
        };
        Ok(Predicate::all(std::iter::once(allowed).chain(denies)))
    }

    /// Binds a condition. `rows` are the rows in sight, the innermost last.
    fn bind(&mut self, condition: &Condition, mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        let unknown = Predicate::Constant(mode.unknown());
        Ok(match condition {
            Condition::Constant(value) => Predicate::Constant(*value),
            Condition::Not(inner) => self.bind(inner, mode.flip(), rows)?.negate(),
            Condition::All(list) => {
                let bound: Result<Vec<_>> = list.iter().map(|c| self.bind(c, mode, rows)).collect();
                Predicate::all(bound?)
            }
            Condition::Any(list) => {
                let bound: Result<Vec<_>> = list.iter().map(|c| self.bind(c, mode, rows)).collect();
                Predicate::any(bound?)
            }
            Condition::Holds(operand) => match self.operand(operand, rows)? {
                Bound::Missing | Bound::Unfilled => unknown,
                Bound::Known(Value::Bool(value)) => Predicate::Constant(value),
                Bound::Known(_) => return Err(Error::internal("a condition is not a Boolean")),
                Bound::Sql(value, nullable) => Predicate::Holds { value, unknown: nullable.then_some(mode.unknown()) },
            },
            Condition::Compare(comparison, left, right) => {
                let (left, right) = (self.operand(left, rows)?, self.operand(right, rows)?);
                self.compare(*comparison, left, right, mode)
            }
            Condition::In(operand, list) => self.one_of(operand, list, mode, rows)?,
            Condition::InCaller(operand, path) => match self.caller.value(path) {
                Some(ContextValue::List(list)) => self.one_of_caller(operand, list, mode, rows)?,
                _ => unknown,
            },
            Condition::Text(needle, text, sought, ignore_case) => {
                match (self.operand(text, rows)?, self.operand(sought, rows)?) {
                    (Bound::Missing | Bound::Unfilled, _) | (_, Bound::Missing | Bound::Unfilled) => unknown,
                    (Bound::Known(text), Bound::Known(sought)) => {
                        fold::text(*needle, &text, &sought, *ignore_case).map_or(unknown, Predicate::Constant)
                    }
                    (text, sought) => {
                        let (text, sought) = (self.scalar(text), self.scalar(sought));
                        let nullable = text.1 || sought.1;
                        Predicate::Text {
                            needle: *needle,
                            text: text.0,
                            sought: sought.0,
                            ignore_case: *ignore_case,
                            unknown: nullable.then_some(mode.unknown()),
                        }
                    }
                }
            }
            Condition::IsNull(operand) => match self.operand(operand, rows)? {
                Bound::Missing => Predicate::TRUE,
                Bound::Unfilled => unknown,
                Bound::Known(_) | Bound::Sql(_, false) => Predicate::FALSE,
                Bound::Sql(value, true) => Predicate::IsNull(value),
            },
            Condition::Missing(row, through) => self.missing(seen(rows, *row)?, through, mode, rows)?,
            Condition::Anonymous => Predicate::Constant(self.caller.is_anonymous()),
            Condition::Check(row, through, operation) => {
                let start = seen(rows, *row)?;
                self.whole(start, through, mode, rows, |guard, end| {
                    guard.checks += 1;
                    if guard.checks > MOST_CHECKS {
                        return Err(Error::internal("rules that check each other without an end"));
                    }
                    let allowed = guard.decide(*operation, end)?;
                    guard.checks -= 1;
                    Ok(allowed)
                })?
            }
            Condition::Quantified(quantifier, collection, inner) => {
                self.quantified(*quantifier, collection, inner, mode, rows)?
            }
        })
    }

    /// Whether following `through` from a row leads to no row.
    fn missing(&mut self, from: Seen<'_>, through: &[RelationId], mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        let none = self.some_row(from, through, rows, |_, _| Ok(Predicate::TRUE))?.negate();
        let (Seen::Proposed(..), Some((first, rest)), Mode::Must) = (from, through.split_first(), mode) else {
            return Ok(none);
        };
        // A row that is not there yet may be about to refer to itself, or get its foreign key from the database. So it
        // is certain only if the foreign key is null, or leads to a row that is there already and goes no further.
        let relation = self.schema.model(from.model())?.relation(*first)?;
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

    fn compare(&mut self, comparison: Comparison, left: Bound, right: Bound, mode: Mode) -> Predicate {
        match self.alike(left, right) {
            (Bound::Missing | Bound::Unfilled, _) | (_, Bound::Missing | Bound::Unfilled) => {
                Predicate::Constant(mode.unknown())
            }
            (Bound::Known(left), Bound::Known(right)) => {
                Predicate::Constant(fold::compare(comparison, &left, &right).unwrap_or(mode.unknown()))
            }
            (left, right) => {
                let ((left, left_null), (right, right_null)) = (self.scalar(left), self.scalar(right));
                let unknown = (left_null || right_null).then_some(mode.unknown());
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

    fn is_decimal(&self, scalar: &Scalar) -> bool {
        match scalar {
            Scalar::Column(Column { model, field, .. }) => {
                let field = self.schema.model(*model).and_then(|model| model.field(*field));
                field.is_ok_and(|field| field.ty == Type::Decimal)
            }
            Scalar::Lookup { value, .. } => self.is_decimal(value),
            Scalar::Slot(_) => false,
        }
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

    /// The rows that a to-many relation leads to, against a condition. Both what a quantifier means and what an
    /// unknown in it means follow from "a quantifier is the conjunction or disjunction over the elements".
    fn quantified(
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
    fn whole<'r>(
        &mut self,
        start: Seen<'r>,
        through: &[RelationId],
        mode: Mode,
        rows: &[Seen<'r>],
        test: impl FnOnce(&mut Self, Seen<'r>) -> Result<Predicate>,
    ) -> Result<Predicate> {
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
        let relation = self.schema.model(from.model())?.relation(*first)?;
        let source = self.open_for_rule(relation.target, &INSIDE_A_RULE);
        let there = Seen::Table(source.alias(), relation.target);
        let join = self.join(from, *first, relation, source.alias())?;
        let inner = self.some_row(there, rest, rows, test)?;
        let filter = Predicate::all([join, inner]);
        // The join alone can already be impossible: a new row without the foreign key has no related row.
        if filter == Predicate::FALSE {
            return Ok(Predicate::FALSE);
        }
        Ok(Predicate::Exists { source: Box::new(source), filter: Box::new(filter) })
    }

    /// The row called `alias` belongs to `from`, by a relation.
    fn join(&mut self, from: Seen<'_>, id: RelationId, relation: &Relation, alias: Alias) -> Result<Predicate> {
        let model = relation.target;
        if let Some(link) = Link::of(from.model(), id, relation) {
            let (near, far) = ends(relation)?;
            let here = match self.field(from, near)? {
                Bound::Missing | Bound::Unfilled => return Ok(Predicate::FALSE),
                bound => self.scalar(bound).0,
            };
            return Ok(Predicate::Linked { link, here, there: Scalar::Column(Column { alias, model, field: far }) });
        }
        let mut pairs = Vec::with_capacity(relation.on.len());
        for (here, there) in relation.on.iter() {
            let right = Scalar::Column(Column { alias, model, field: *there });
            let left = match self.field(from, *here)? {
                Bound::Missing | Bound::Unfilled => return Ok(Predicate::FALSE),
                bound => self.scalar(bound).0,
            };
            // A NULL on either side joins to nothing, as SQL has it; inside EXISTS unknown and false are one.
            pairs.push(Predicate::Compare { comparison: Comparison::Equal, left, right, unknown: None });
        }
        Ok(Predicate::all(pairs))
    }

    fn operand(&mut self, operand: &Operand, rows: &[Seen<'_>]) -> Result<Bound> {
        Ok(match operand {
            Operand::Literal(literal) => Bound::Known(Value::from_literal(literal, None)?),
            Operand::Member(id, at) => {
                let member =
                    self.schema.enumeration(*id)?.members.get(usize::from(*at)).ok_or(crate::schema::Broken)?;
                Bound::Known(Value::Text(member.stored.clone().into_owned()))
            }
            Operand::Field(row, through, field) => self.path(seen(rows, *row)?, through, *field)?,
            Operand::Caller(path) => match self.caller.value(path) {
                Some(ContextValue::Scalar(value)) => Bound::Known(value.clone()),
                _ => Bound::Missing,
            },
            Operand::Now => Bound::Known(Value::DateTime(now())),
        })
    }

    /// A field of the row that some to-one relations lead to.
    fn path(&mut self, from: Seen<'_>, through: &[RelationId], field: FieldId) -> Result<Bound> {
        let Some((first, rest)) = through.split_first() else { return self.field(from, field) };
        let relation = self.schema.model(from.model())?.relation(*first)?;
        let source = self.open_for_rule(relation.target, &INSIDE_A_RULE);
        let join = self.join(from, *first, relation, source.alias())?;
        if join == Predicate::FALSE {
            return Ok(Bound::Missing);
        }
        let there = Seen::Table(source.alias(), relation.target);
        let bound = self.path(there, rest, field)?;
        let value = Box::new(self.scalar(bound).0);
        Ok(Bound::Sql(Scalar::Lookup { source: Box::new(source), filter: Box::new(join), value }, true))
    }

    fn field(&self, row: Seen<'_>, field: FieldId) -> Result<Bound> {
        Ok(match row {
            Seen::Table(alias, model) => {
                let optional = self.schema.model(model)?.field(field)?.optional;
                Bound::Sql(Scalar::Column(Column { alias, model, field }), optional)
            }
            Seen::Proposed(values, _) => match values.get(field.index()) {
                None | Some(None) => Bound::Unfilled,
                Some(Some(Value::Null)) => Bound::Missing,
                Some(Some(value)) => Bound::Known(value.clone()),
            },
        })
    }

    fn scalar(&mut self, bound: Bound) -> (Scalar, bool) {
        match bound {
            Bound::Missing | Bound::Unfilled => (Scalar::Slot(self.slot(Value::Null)), true),
            Bound::Known(value) => (Scalar::Slot(self.slot(value)), false),
            Bound::Sql(scalar, nullable) => (scalar, nullable),
        }
    }
}

/// A number as a Decimal; what is none cannot be compared with one.
fn decimal(value: &Value) -> Bound {
    fold::exact(value).map_or(Bound::Missing, |number| Bound::Known(Value::Decimal(number.normalize())))
}

fn seen<'a>(rows: &[Seen<'a>], row: Row) -> Result<Seen<'a>> {
    let at = rows.len().checked_sub(1 + usize::from(row.0));
    at.and_then(|at| rows.get(at)).copied().ok_or_else(|| Error::internal("a rule speaks of a row out of sight"))
}
