//! What the rules of a table came to, kept for the next caller of the same kind.
//!
//! To bind rules to a caller takes longer than to read a row. But what they come to is the same for most callers: which
//! conditions fall away depends on a few facts about them, and their values become parameters. So it is kept together
//! with these facts, and whoever they hold of gets the same, with his own values.
//!
//! How a table is called and where its parameters stand depends on how much is in front of it in the statement, so that is
//! a part of the question. Far into a statement nothing is kept: there would be too many questions.

use std::sync::{PoisonError, RwLock};

use super::asker::{Fact, Given, Kind};
use super::source::{Purpose, Source};
use super::{Guard, Sight};
use crate::error::{Error, Result};
use crate::schema::{ModelId, Operations};
use crate::value::Value;

/// So many are kept for a question. Where there are more kinds of callers, the rest is bound each time.
const MOST: usize = 16;

/// Where more names of tables and parameters are in front of a table, it is far into a statement.
const FAR: usize = 12;

/// The rulings of an engine, by model.
#[derive(Debug)]
pub(crate) struct Rulings(Box<[RwLock<Asked>]>);

/// What was asked about a table, and the answers.
type Asked = Vec<(Question, Vec<Ruling>)>;

#[derive(Debug)]
struct Ruling {
    facts: Vec<Fact>,
    params: Vec<Param>,
    /// How many names of tables there are with it.
    aliases: u32,
    source: Source,
}

#[derive(Debug)]
enum Param {
    /// The same for everybody.
    Fixed(Value),
    Given(Given),
}

/// What the rules are asked, and what the answer depends on besides facts about the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    kind: Kind,
    purpose: Purpose,
    operations: Operations,
    /// Which rows of the table are there, and which of those that computed fields look at.
    sights: (Sight, Sight),
    /// How many names of tables and how many parameters are in front of it.
    place: (u32, usize),
}

impl Rulings {
    /// None yet, for so many models.
    pub(crate) fn new(models: usize) -> Self {
        Self((0..models).map(|_| RwLock::default()).collect())
    }

    fn of(&self, model: ModelId) -> Option<&RwLock<Asked>> {
        self.0.get(model.index())
    }
}

impl Guard<'_> {
    /// The question that opening a table for these operations comes to; none far into a statement, and while something
    /// else is being bound.
    pub(super) fn question(&self, purpose: Purpose, operations: Operations, sight: Sight) -> Option<Question> {
        let (kind, sights, place) = (self.asker.kind(), (sight, self.sight), (self.aliases, self.params.len()));
        let near = place.0 as usize + place.1 <= FAR;
        (near && self.is_between()).then_some(Question { kind, purpose, operations, sights, place })
    }

    /// The table that a question is about: as it came to be for somebody else, or else as `bind` makes it of the rules,
    /// which is kept then.
    pub(super) fn answer(
        &mut self,
        model: ModelId,
        question: Option<Question>,
        bind: impl FnOnce(&mut Self) -> Result<Source>,
    ) -> Result<Source> {
        let Some(question) = question else { return bind(self) };
        if let Some(source) = self.recall(model, question)? {
            return Ok(source);
        }
        let source = bind(self)?;
        self.keep(question, &source);
        Ok(source)
    }

    /// What the rules came to for somebody else, with the values of this caller. If there is nothing, what is learnt
    /// about the caller is noted from now on.
    fn recall(&mut self, model: ModelId, question: Question) -> Result<Option<Source>> {
        let Some(rulings) = self.rulings.of(model) else { return Ok(None) };
        let rulings = rulings.read().unwrap_or_else(PoisonError::into_inner);
        let rulings = rulings.iter().find(|(before, _)| *before == question).map_or(&[][..], |(_, rulings)| rulings);
        let same = |ruling: &&Ruling| ruling.facts.iter().all(|fact| fact.holds(&self.asker));
        let Some(ruling) = rulings.iter().find(same) else {
            if rulings.len() < MOST {
                self.asker.note();
            }
            return Ok(None);
        };
        for param in &ruling.params {
            let value = match param {
                Param::Fixed(value) => Some(value.clone()),
                Param::Given(given) => given.value(&self.asker),
            };
            self.slot_for_column(value.ok_or_else(|| Error::internal("a fact holds and does not"))?);
        }
        self.aliases = ruling.aliases;
        Ok(Some(ruling.source.clone()))
    }

    /// Keeps what the rules have come to, if it holds for others.
    fn keep(&mut self, question: Question, source: &Source) {
        let (Some(notes), None) = (self.asker.noted(), &self.refused) else { return };
        let mut given = notes.given.into_iter().peekable();
        let params = self.params.iter().enumerate().skip(question.place.1);
        let params = params.map(|(at, value)| match given.next_if(|(place, _)| *place == at) {
            Some((_, given)) => Param::Given(given),
            None => Param::Fixed(value.clone()),
        });
        let params = params.collect();
        let ruling = Ruling { facts: notes.facts, params, aliases: self.aliases, source: source.clone() };
        let Some(rulings) = self.rulings.of(source.model()) else { return };
        let mut rulings = rulings.write().unwrap_or_else(PoisonError::into_inner);
        match rulings.iter_mut().find(|(before, _)| *before == question) {
            Some((_, rulings)) => {
                // Somebody else can have asked at the same time.
                if rulings.len() < MOST && rulings.iter().all(|other| other.facts != ruling.facts) {
                    rulings.push(ruling);
                }
            }
            None => rulings.push((question, vec![ruling])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Caller;
    use crate::guard::query::{Column, Scalar};
    use crate::provided::Provided;
    use crate::schema::{
        CallerPath, Comparison, Condition, Effect, Field, FieldId, FieldRule, List, Literal, Model, Moment, Operand,
        Operation, Place, Provider, RelationMode, Row, Rule, Schema, Text, Type,
    };
    use crate::value::{ContextValue, IntoContext};

    /// Somebody with a number, and perhaps with a role.
    struct Person(i64, Option<&'static str>);

    impl IntoContext for Person {
        fn into_context(self) -> ContextValue {
            let role = self.1.map_or(ContextValue::Null, |role| ContextValue::Scalar(Value::Text(role.into())));
            ContextValue::Members(vec![ContextValue::Scalar(Value::Int(self.0)), role].into())
        }
    }

    fn person(id: i64, role: Option<&'static str>) -> Caller {
        Caller::user(Person(id, role))
    }

    fn brought(member: u16) -> Operand {
        Operand::Caller(CallerPath { from: None, members: vec![member].into() })
    }

    fn field(at: u16) -> Operand {
        Operand::Field(Row(0), List::Borrowed(&[]), FieldId(at))
    }

    fn allow(condition: Condition) -> Rule {
        Rule {
            effect: Effect::Allow,
            operations: Operations::ALL,
            moment: Moment::Now,
            condition,
            text: Text::Borrowed(""),
            place: Place { file: Text::Borrowed(""), line: 1, column: 1 },
        }
    }

    const PLAIN: FieldId = FieldId(0);
    const OTHER: FieldId = FieldId(1);
    const HIDDEN: FieldId = FieldId(2);
    const FIXED: FieldId = FieldId(3);

    /// A model of which everybody may do everything with the rows of which one of these is true, but nobody may read one
    /// of the fields, or change another.
    fn schema(conditions: Vec<Condition>) -> Schema {
        let rules = conditions.into_iter().map(allow);
        let field = |ty| Field { ty, ..Field::PLAIN };
        let closed = |operation| {
            let operations = Operations::NONE.with(operation);
            let rule = Rule { operations, ..allow(Condition::Constant(false)) };
            Field { rules: vec![FieldRule { rule, overrides: false }].into(), ..field(Type::Int) }
        };
        let fields = vec![field(Type::Int), field(Type::DateTime), closed(Operation::Read), closed(Operation::Update)];
        Schema {
            provider: Provider::Sqlite,
            relation_mode: RelationMode::ForeignKeys,
            models: vec![Model { fields: fields.into(), rules: rules.collect(), ..Model::PLAIN }].into(),
            enums: List::Borrowed(&[]),
            shapes: List::Borrowed(&[]),
            documents: List::Borrowed(&[]),
            procedures: List::Borrowed(&[]),
            auth: None,
        }
    }

    /// The rules, and what they came to.
    struct Asking(Schema, Rulings, Provided);

    impl Asking {
        fn new(conditions: Vec<Condition>) -> Self {
            Self(schema(conditions), Rulings::new(1), Provided::default())
        }

        fn guard<'a>(&'a self, caller: &'a Caller) -> Guard<'a> {
            Guard::new(&self.0, caller, Provider::Sqlite, &self.2, &self.1)
        }

        fn question(guard: &Guard<'_>) -> Question {
            let reading = Operations::NONE.with(Operation::Read);
            guard.question(Purpose::Of(Operation::Read), reading, Sight::Live).unwrap()
        }

        /// Reads, and says whether it was known what the rules come to.
        fn knows(&self, caller: &Caller) -> bool {
            let mut guard = self.guard(caller);
            let question = Self::question(&guard);
            let known = guard.recall(ModelId(0), question).unwrap().is_some();
            self.guard(caller).open(ModelId(0), &[Operation::Read]).unwrap();
            known
        }

        fn kept(&self) -> usize {
            self.1.of(ModelId(0)).unwrap().read().unwrap().iter().map(|(_, rulings)| rulings.len()).sum()
        }
    }

    fn own_or_role(role: &'static str) -> Vec<Condition> {
        let role = Operand::Literal(Literal::String(role.into()));
        vec![
            Condition::Compare(Comparison::Equal, brought(0), field(0)),
            Condition::Compare(Comparison::Equal, brought(1), role),
        ]
    }

    #[test]
    fn whoever_the_same_holds_of_gets_what_is_kept() {
        let asking = Asking::new(own_or_role("admin"));
        for (caller, known) in [
            (person(1, None), false),
            (person(1, None), true),
            // Another number is another parameter.
            (person(2, None), true),
            (person(3, Some("admin")), false),
            (person(4, Some("admin")), true),
            (person(5, Some("guest")), false),
            (person(6, Some("guest")), true),
            (person(7, None), true),
            (Caller::Anonymous, false),
            (Caller::Anonymous, true),
        ] {
            assert_eq!(asking.knows(&caller), known, "{:?}", caller.value(&[]));
        }
        assert_eq!(asking.kept(), 4);
    }

    #[test]
    fn what_time_it_is_is_a_parameter() {
        let asking = Asking::new(vec![Condition::Compare(Comparison::Less, Operand::Now, field(1))]);
        assert_eq!([(); 2].map(|()| asking.knows(&Caller::Anonymous)), [false, true]);
    }

    #[test]
    fn so_many_are_kept_and_no_more() {
        let asking = Asking::new(own_or_role("admin"));
        let roles = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r"];
        for round in 0..2 {
            for (at, role) in roles.iter().enumerate() {
                assert_eq!(asking.knows(&person(1, Some(role))), round == 1 && at < MOST, "{round} {role}");
            }
        }
        assert_eq!(asking.kept(), MOST);
    }

    #[test]
    fn who_asks_at_the_same_time_keeps_nothing_twice() {
        let (asking, other) = (Asking::new(own_or_role("admin")), Asking::new(own_or_role("admin")));
        let caller = person(1, None);
        let source = other.guard(&caller).open(ModelId(0), &[Operation::Read]).unwrap();
        let mut guards = [asking.guard(&caller), asking.guard(&caller)];
        let question = Asking::question(&guards[0]);
        for guard in &mut guards {
            assert!(guard.recall(ModelId(0), question).unwrap().is_none());
        }
        for guard in &mut guards {
            guard.keep(question, &source);
        }
        assert_eq!(asking.kept(), 1);
    }

    #[test]
    fn who_asks_at_the_same_time_keeps_no_more_than_fits() {
        let (asking, other) = (Asking::new(own_or_role("admin")), Asking::new(own_or_role("admin")));
        for role in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"] {
            asking.knows(&person(1, Some(role)));
        }
        let source = other.guard(&Caller::Anonymous).open(ModelId(0), &[Operation::Read]).unwrap();
        let callers = [person(1, Some("p")), person(1, Some("q"))];
        let mut guards = callers.each_ref().map(|caller| asking.guard(caller));
        let question = Asking::question(&guards[0]);
        for guard in &mut guards {
            assert!(guard.recall(ModelId(0), question).unwrap().is_none());
            guard.asker.value(&[1]);
        }
        for guard in &mut guards {
            guard.keep(question, &source);
        }
        assert_eq!(asking.kept(), MOST);
    }

    #[test]
    fn an_update_is_kept_unless_a_field_has_rules() {
        let asking = Asking::new(own_or_role("admin"));
        let read = [Operation::Read];
        let cases: [(&[_], &[_], &[_], _, _); 9] = [
            (&[PLAIN], &[], &[], Sight::Live, 1),
            (&[HIDDEN, PLAIN], &[OTHER, FIXED], &[], Sight::Live, 1),
            (&[], &[], &[], Sight::Live, 1),
            (&[FIXED], &[], &[], Sight::Live, 1),
            (&[PLAIN, FIXED], &[], &[], Sight::Live, 1),
            (&[PLAIN], &[HIDDEN], &[], Sight::Live, 1),
            (&[PLAIN], &[], &read, Sight::Live, 2),
            (&[PLAIN], &[], &[], Sight::Deleted, 3),
            (&[OTHER], &[], &read, Sight::Live, 3),
        ];
        for (at, (fields, seen, also, sight, kept)) in (0..).zip(cases) {
            let (caller, fresh) = (person(at, None), Asking::new(own_or_role("admin")));
            let open = |mut guard: Guard<'_>| {
                let source = guard.open_for_update(ModelId(0), fields, seen, also, sight).unwrap();
                (source, guard.params, guard.aliases)
            };
            assert_eq!(open(asking.guard(&caller)), open(fresh.guard(&caller)), "{at}");
            assert_eq!(asking.kept(), kept, "{at}");
        }
        let caller = person(1, None);
        assert!(asking.guard(&caller).open_for_update(ModelId(0), &[FieldId(4)], &[], &[], Sight::Live).is_err());
    }

    #[test]
    fn what_is_kept_belongs_to_a_place() {
        let asking = Asking::new(own_or_role("admin"));
        let in_front = [(0, 0), (2, 0), (2, 1), (0, 1), (FAR, 0), (0, FAR), (2, FAR - 2), (2, FAR - 1), (FAR, 1)];
        for round in 0..2 {
            for (at, (aliases, params)) in (0..).zip(in_front) {
                let (caller, fresh) = (person(at + 10 * round, None), Asking::new(own_or_role("admin")));
                let open = |mut guard: Guard<'_>| {
                    (0..aliases).for_each(|_| _ = guard.alias());
                    (0..params).for_each(|_| _ = guard.slot(Value::Int(at)));
                    (guard.open(ModelId(0), &[Operation::Read]).unwrap(), guard.params, guard.aliases)
                };
                assert_eq!(open(asking.guard(&caller)), open(fresh.guard(&caller)), "{round} {at}");
                assert_eq!(fresh.kept(), usize::from(at < 7), "{at}");
            }
            assert_eq!(asking.kept(), 7);
        }
    }

    #[test]
    fn while_something_is_bound_nothing_is_asked() {
        let (asking, caller) = (Asking::new(own_or_role("admin")), person(1, None));
        let asks = |change: fn(&mut Guard<'_>)| {
            let mut guard = asking.guard(&caller);
            change(&mut guard);
            guard.question(Purpose::Rule, Operations::NONE, Sight::Live).is_some()
        };
        assert!(asks(|_| ()));
        assert!(!asks(|guard| guard.within_rule = true));
        assert!(!asks(|guard| guard.computing = true));
        assert!(!asks(|guard| guard.before = &[None]));
        assert!(!asks(|guard| guard.asker.note()));
        assert!(!asks(|guard| {
            let slot = guard.slot(Value::Null);
            let column = Column { alias: guard.alias(), model: ModelId(0), field: PLAIN };
            guard.asking = Some((column, Scalar::Slot(slot)));
        }));
    }

    #[test]
    fn what_another_guard_learns_is_nobody_elses() {
        let (asking, caller) = (Asking::new(own_or_role("admin")), person(1, None));
        let mut guard = asking.guard(&caller);
        guard.asker.note();
        assert!(!guard.anew().asker.is_noting());
        assert!(guard.asker.noted().is_none());
        guard.asker.note();
        assert!(guard.asker.noted().is_some());
    }
}
