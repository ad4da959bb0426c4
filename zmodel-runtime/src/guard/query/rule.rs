//! Rules, for one caller and one place in a statement.
//!
//! A rule is true, false or unknown, by Kleene's logic. An allow needs it to be *certainly* true, a deny fires unless
//! it is *certainly* false; so a condition is bound in one of two [`Mode`]s, and in either the result is an ordinary
//! predicate that is never unknown. What depends on the caller alone is folded away on the way.

use super::asker::Kind;
use super::shape::{Alias, Calculated, Column, Predicate, Scalar, Search};
use super::{Guard, fold};
use crate::error::{Error, Result};
use crate::schema::{
    Condition, Effect, FieldId, FieldRule, ModelId, Moment, Operand, Operation, Row, Rule, Type, text_query,
};
use crate::value::{ContextValue, Json, Value};

mod operand;

mod inside;
mod list;
mod relation;
mod together;

use operand::Bound;

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

    /// What something counts as that can still become true or false: the caller gets the benefit of the doubt, since
    /// it is asked again.
    const fn open(self) -> Predicate {
        Predicate::Constant(matches!(self, Self::Must))
    }
}

/// Who wants to know what the rules of a model say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Who is about to do it.
    Directly,
    /// A rule that checks it, of a row that nothing is done with.
    ByCheck,
}

/// What some rules say.
struct Decision {
    /// Some allow holds; none if there is no allow.
    allowed: Option<Predicate>,
    /// No deny holds.
    undenied: Predicate,
}

impl Decision {
    const NOTHING: Self = Self { allowed: None, undenied: Predicate::TRUE };

    /// One allow holds and no deny; without any allow, what `otherwise` says and no deny.
    fn outcome(self, otherwise: bool) -> Predicate {
        let mut outcome = self.allowed.unwrap_or(Predicate::Constant(otherwise));
        outcome.and(self.undenied);
        outcome
    }
}

/// A row that a condition can speak of.
#[derive(Clone, Copy)]
enum Seen<'a> {
    /// A row of an occurrence of a table.
    Table(Alias, ModelId),
    /// A row that does not exist yet: its values by field; none where the database makes one.
    Proposed(&'a [Option<Value>], ModelId),
    /// What an update will make of a row, which is not known yet.
    Coming(ModelId),
    /// An element of a list that the caller brings.
    Brought(&'a ContextValue),
    /// An element of a list inside JSON.
    Inner(&'a Json),
    /// An element of a list inside JSON that the database holds.
    Item(Alias),
}

impl Seen<'_> {
    fn model(self) -> Result<ModelId> {
        match self {
            Self::Table(_, model) | Self::Proposed(_, model) | Self::Coming(model) => Ok(model),
            Self::Brought(_) | Self::Inner(_) | Self::Item(_) => {
                Err(Error::internal("a rule takes a part of a structure for a row"))
            }
        }
    }
}

/// One of the rows in sight.
fn seen<'a>(rows: &[Seen<'a>], row: Row) -> Result<Seen<'a>> {
    let at = rows.len().checked_sub(1 + usize::from(row.0));
    at.and_then(|at| rows.get(at)).copied().ok_or_else(|| Error::internal("a rule speaks of a row out of sight"))
}

impl Guard<'_> {
    /// Which rows of `model`, in the occurrence `alias`, the caller may `operation`.
    pub(super) fn rows(&mut self, model: ModelId, operation: Operation, alias: Alias) -> Result<Predicate> {
        self.decide(operation, Seen::Table(alias, model), Asked::Directly)
    }

    /// Whether the caller may create `row`.
    pub(super) fn admits(&mut self, model: ModelId, row: &[Option<Value>]) -> Result<Predicate> {
        self.decide(Operation::Create, Seen::Proposed(row, model), Asked::Directly)
    }

    /// One allow certainly holds, and no deny may hold.
    fn decide(&mut self, operation: Operation, row: Seen<'_>, asked: Asked) -> Result<Predicate> {
        if self.asker.is_unguarded() {
            return Ok(Predicate::TRUE);
        }
        let id = row.model()?;
        let unknown = Seen::Proposed(&[], id);
        let before = if asked == Asked::Directly { Seen::Proposed(self.before, id) } else { unknown };
        let (mut plain, mut late) = (Decision::NOTHING, Decision::NOTHING);
        for rule in self.schema.model(id)?.rules.iter() {
            let about = rule.operations.contains(operation);
            match (rule.moment, operation) {
                (Moment::Now, _) if about => self.judge(rule, &[row], &mut plain)?,
                (Moment::SinceBefore, _) if about => self.judge(rule, &[before, row], &mut plain)?,
                // What the update will leave behind is not known yet. It is asked again then, so that now only those
                // are refused for whom nothing that they could write would make it right.
                (Moment::UntilAfter, Operation::Update) if about && asked == Asked::Directly => {
                    self.judge(rule, &[Seen::Coming(id), row], &mut plain)?;
                }
                (Moment::UntilAfter, _) if about => self.judge(rule, &[unknown, row], &mut plain)?,
                (Moment::UntilAfter, Operation::PostUpdate)
                    if asked == Asked::Directly && rule.operations.contains(Operation::Update) =>
                {
                    self.judge(rule, &[row, before], &mut late)?;
                }
                (Moment::Now | Moment::SinceBefore | Moment::UntilAfter, _) => {}
            }
        }
        // What an update leaves behind is acceptable unless a rule says what is.
        let mut outcome = plain.outcome(operation == Operation::PostUpdate);
        outcome.and(late.outcome(true));
        self.extending(id, operation, row)?.into_iter().for_each(|one| outcome.and(one));
        Ok(outcome)
    }

    /// A row of a delegate can be part of a row of a model that extends it. Who writes the one writes the other, and its
    /// rules are asked as well; what they say of the row before or after is not known here, and counts against him.
    fn extending(&mut self, id: ModelId, operation: Operation, row: Seen<'_>) -> Result<Vec<Predicate>> {
        let (Seen::Table(alias, _), true) = (row, operation != Operation::Read) else { return Ok(Vec::new()) };
        let schema = self.schema;
        let mut all = Vec::new();
        for (there, model) in schema.extending(id) {
            let source = self.open_for_parts(there, &INSIDE_A_RULE);
            let allowed = self.decide(operation, Seen::Table(source.alias(), there), Asked::ByCheck)?;
            if allowed == Predicate::TRUE {
                continue;
            }
            let delegate = schema.model(id)?;
            let same = model.id.iter().zip(delegate.id.iter()).map(|(far, near)| Predicate::Compare {
                comparison: crate::schema::Comparison::Equal,
                left: Scalar::Column(Column { alias: source.alias(), model: there, field: *far }),
                right: Scalar::Column(Column { alias, model: id, field: *near }),
                unknown: None,
            });
            let filter = Predicate::all(same.chain([allowed.negate()]));
            all.push(Predicate::exists(source, filter).negate());
        }
        Ok(all)
    }

    /// Of which rows of `model`, in the occurrence `alias`, the caller may see a field, by the rules of the field.
    pub(super) fn shows(&mut self, model: ModelId, field: FieldId, alias: Alias) -> Result<Predicate> {
        self.field_rules(field, Operation::Read, Seen::Table(alias, model), false)
    }

    /// Of which rows of `model`, in the occurrence `alias`, the caller may change some fields, by the rules of the
    /// model and of the fields.
    pub(super) fn changes(&mut self, model: ModelId, fields: &[FieldId], alias: Alias) -> Result<Predicate> {
        let row = Seen::Table(alias, model);
        let mut every = vec![self.decide(Operation::Update, row, Asked::Directly)?];
        let mut overriding = Vec::with_capacity(fields.len());
        for field in fields {
            every.push(self.field_rules(*field, Operation::Update, row, false)?);
            overriding.push(self.field_rules(*field, Operation::Update, row, true)?);
        }
        let usual = Predicate::all(every);
        if fields.is_empty() {
            return Ok(usual);
        }
        Ok(Predicate::any([usual, Predicate::all(overriding)]))
    }

    /// What the rules of a field say: it is open unless a rule says to whom. With `overriding` only an allow that
    /// overrides the rules of the model counts.
    fn field_rules(
        &mut self,
        field: FieldId,
        operation: Operation,
        row: Seen<'_>,
        overriding: bool,
    ) -> Result<Predicate> {
        if self.asker.is_unguarded() {
            return Ok(Predicate::TRUE);
        }
        let mut decision = Decision::NOTHING;
        let rules = self.schema.model(row.model()?)?.field(field)?.rules.iter();
        for FieldRule { rule, overrides } in rules.filter(|field| field.rule.operations.contains(operation)) {
            if !overriding || *overrides || rule.effect == Effect::Deny {
                self.judge(rule, &[row], &mut decision)?;
            }
        }
        Ok(decision.outcome(!overriding))
    }

    /// Rows that a condition of the caller or a computed field looks at: inside a rule all of them.
    pub(super) fn open_related(&mut self, model: ModelId) -> Result<super::Source> {
        if self.within_rule {
            return self.open_for_rule(model, &INSIDE_A_RULE);
        }
        self.open(model, &[Operation::Read])
    }

    /// A computed field of a row, as a rule sees it.
    fn computed_for_rule(&mut self, model: ModelId, field: FieldId, alias: Alias) -> Result<Scalar> {
        let around = std::mem::replace(&mut self.within_rule, true);
        let computed = self.computed_field(model, field, alias, &[]);
        self.within_rule = around;
        let exact = self.schema.model(model)?.field(field)?.ty == Type::Decimal;
        Ok(if exact { Scalar::Calculated(Box::new(Calculated::Exact(computed?))) } else { computed? })
    }

    /// Of which rows of `model`, in the occurrence `alias`, a rule holds: an allow certainly, a deny possibly. How a row
    /// was before is not known.
    pub(super) fn applies(&mut self, rule: &Rule, model: ModelId, alias: Alias) -> Result<Predicate> {
        let (row, unknown) = (Seen::Table(alias, model), Seen::Proposed(&[], model));
        let mode = if rule.effect == Effect::Allow { Mode::Must } else { Mode::May };
        match rule.moment {
            Moment::Now => self.bind(&rule.condition, mode, &[row]),
            Moment::SinceBefore | Moment::UntilAfter => self.bind(&rule.condition, mode, &[unknown, row]),
        }
    }

    /// Adds what one rule says.
    fn judge(&mut self, rule: &Rule, rows: &[Seen<'_>], decision: &mut Decision) -> Result<()> {
        let mode = match rule.effect {
            Effect::Allow => Mode::Must,
            Effect::Deny => Mode::May,
        };
        let bound = self.bind(&rule.condition, mode, rows)?;
        match rule.effect {
            Effect::Allow => decision.allowed.get_or_insert(Predicate::FALSE).or(bound),
            Effect::Deny => decision.undenied.and(bound.negate()),
        }
        Ok(())
    }

    /// Binds a condition. `rows` are the rows in sight, the innermost last.
    fn bind(&mut self, condition: &Condition, mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        let before = self.params.len();
        let bound = self.bind_whole(condition, mode, rows)?;
        // What was folded away needs no parameters.
        if let Predicate::Constant(_) = bound {
            self.params.truncate(before);
        }
        Ok(bound)
    }

    fn bind_whole(&mut self, condition: &Condition, mode: Mode, rows: &[Seen<'_>]) -> Result<Predicate> {
        if let (None, Some(way)) = (self.there, together::way(condition)) {
            return self.together(way, std::iter::once(condition), Predicate::all, mode, rows);
        }
        let unknown = Predicate::Constant(mode.unknown());
        Ok(match condition {
            Condition::Constant(value) => Predicate::Constant(*value),
            Condition::Not(inner) => self.bind(inner, mode.flip(), rows)?.negate(),
            Condition::All(list) => self.members(list, Predicate::all, mode, rows)?,
            Condition::Any(list) => self.members(list, Predicate::any, mode, rows)?,
            Condition::Holds(operand) => match self.operand(operand, rows)? {
                Bound::Missing | Bound::Unfilled => unknown,
                Bound::Coming => mode.open(),
                Bound::Known(Value::Bool(value)) => Predicate::Constant(value),
                Bound::Known(_) => return Err(Error::internal("a condition is not a Boolean")),
                Bound::Sql(value, nullable) => Predicate::Holds { value, unknown: nullable.then_some(mode.unknown()) },
            },
            Condition::Compare(comparison, left, right) => {
                let (left, right) = self.sides(left, right, rows)?;
                self.compare(*comparison, left, right, mode)
            }
            Condition::In(operand, items) => self.contained(operand, items, mode, rows)?,
            Condition::Share(share, list, sought) => self.share(*share, list, sought, mode, rows)?,
            Condition::Same(one, other) => self.same(one, other, mode, rows)?,
            Condition::Empty(list) => self.empty(list, mode, rows)?,
            Condition::Text(needle, text, sought, ignore_case) => {
                match (self.operand(text, rows)?, self.operand(sought, rows)?) {
                    (Bound::Missing | Bound::Unfilled, _) | (_, Bound::Missing | Bound::Unfilled) => unknown,
                    (Bound::Coming, _) | (_, Bound::Coming) => mode.open(),
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
            Condition::SameJson(one, other) => {
                let (one, other) = (self.operand(one, rows)?, self.operand(other, rows)?);
                self.same_json(one, other, mode)?
            }
            Condition::Search(text, sought) => match (self.operand(text, rows)?, self.operand(sought, rows)?) {
                (Bound::Missing | Bound::Unfilled, _) | (_, Bound::Missing | Bound::Unfilled) => unknown,
                (Bound::Coming, _) | (_, Bound::Coming) => mode.open(),
                (text, Bound::Known(Value::Text(sought))) => match text_query(&sought) {
                    Some(words) => {
                        let (text, _) = self.scalar(text);
                        let search = Search::FullText { query: self.slot(Value::Text(words)), config: None };
                        Predicate::Search { text, search, unknown: Some(mode.unknown()) }
                    }
                    // What is no query asks for nothing that could be there or not.
                    None => unknown,
                },
                (_, Bound::Known(_) | Bound::Sql(..)) => unknown,
            },
            // Also of a structure or a list.
            Condition::IsNull(Operand::Caller(path)) => Predicate::Constant(self.brought(path, rows)?.is_none()),
            Condition::IsNull(operand) => match self.operand(operand, rows)? {
                Bound::Missing => Predicate::TRUE,
                Bound::Unfilled => unknown,
                Bound::Coming => mode.open(),
                Bound::Known(_) | Bound::Sql(_, false) => Predicate::FALSE,
                Bound::Sql(value, true) => Predicate::IsNull(value),
            },
            Condition::Missing(row, through) => self.missing(seen(rows, *row)?, through, mode, rows)?,
            Condition::Anonymous => Predicate::Constant(self.asker.kind() == Kind::Anonymous),
            Condition::Check(row, through, operation) => {
                let start = seen(rows, *row)?;
                self.whole(start, through, mode, rows, |guard, end| {
                    guard.checks += 1;
                    if guard.checks > MOST_CHECKS {
                        return Err(Error::internal("rules that check each other without an end"));
                    }
                    let allowed = guard.decide(*operation, end, Asked::ByCheck)?;
                    guard.checks -= 1;
                    Ok(allowed)
                })?
            }
            Condition::Quantified(quantifier, collection, inner) => {
                self.quantified(*quantifier, collection, inner, mode, rows)?
            }
            Condition::Brought(quantifier, path, inner) => self.elements(*quantifier, path, inner, mode, rows)?,
            Condition::Elements(quantifier, list, inner) => self.items(*quantifier, list, inner, mode, rows)?,
        })
    }
}
