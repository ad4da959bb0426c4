//! What the rules of a table came to, kept for the next caller of the same kind.
//!
//! To bind rules to a caller takes longer than to read a row. But what they come to is the same for most callers: which
//! conditions fall away depends on a few facts about them, and their values become parameters. So it is kept together
//! with these facts, and whoever they hold of gets the same, with his own values.
//!
//! Only the first table of a statement is kept, since its names and the places of its parameters are always the same.

use std::sync::{PoisonError, RwLock};

use super::asker::{Fact, Given, Kind};
use super::source::{Purpose, Source};
use super::{Guard, Sight};
use crate::error::{Error, Result};
use crate::schema::{ModelId, Operations};
use crate::value::Value;

/// So many are kept for a question. Where there are more kinds of callers, the rest is bound each time.
const MOST: usize = 16;

/// The rulings of an engine, by model.
#[derive(Debug)]
pub(crate) struct Rulings(Box<[RwLock<Asked>]>);

/// What was asked about a table, and the answers.
type Asked = Vec<(Question, Vec<Ruling>)>;

#[derive(Debug)]
struct Ruling {
    facts: Vec<Fact>,
    params: Vec<Param>,
    /// How many names of tables it takes.
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
    /// The question that opening a table for these operations comes to; none if the table is not the first.
    pub(super) fn question(&self, purpose: Purpose, operations: Operations, sight: Sight) -> Option<Question> {
        let first = self.params.is_empty() && self.aliases == 0 && self.before.is_empty();
        let (kind, sights) = (self.asker.kind(), (sight, self.sight));
        first.then_some(Question { kind, purpose, operations, sights })
    }

    /// What the rules came to for somebody else, with the values of this caller. If there is nothing, what is learnt
    /// about the caller is noted from now on.
    pub(super) fn recall(&mut self, model: ModelId, question: Question) -> Result<Option<Source>> {
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
    pub(super) fn keep(&mut self, question: Question, source: &Source) {
        let (Some(notes), None) = (self.asker.noted(), &self.refused) else { return };
        let mut given = notes.given.into_iter().peekable();
        let params = self.params.iter().enumerate().map(|(at, value)| match given.next_if(|(place, _)| *place == at) {
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
    use crate::provided::Provided;
    use crate::schema::{
        CallerPath, Comparison, Condition, Effect, Field, FieldId, List, Literal, Model, Moment, Operand, Operation,
        Place, Provider, RelationMode, Row, Rule, Schema, Text, Type,
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

    /// A model with a number and a time, of which everybody may read the rows of which one of these is true.
    fn schema(conditions: Vec<Condition>) -> Schema {
        let rules = conditions.into_iter().map(|condition| Rule {
            effect: Effect::Allow,
            operations: Operations::ALL,
            moment: Moment::Now,
            condition,
            text: Text::Borrowed(""),
            place: Place { file: Text::Borrowed(""), line: 1, column: 1 },
        });
        let field = |ty| Field { ty, ..Field::PLAIN };
        let fields = vec![field(Type::Int), field(Type::DateTime)];
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
        for guard in &mut guards {
            assert!(guard.recall(ModelId(0), Asking::question(guard)).unwrap().is_none());
        }
        for guard in &mut guards {
            guard.keep(Asking::question(guard), &source);
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
        for guard in &mut guards {
            assert!(guard.recall(ModelId(0), Asking::question(guard)).unwrap().is_none());
            guard.asker.value(&[1]);
        }
        for guard in &mut guards {
            guard.keep(Asking::question(guard), &source);
        }
        assert_eq!(asking.kept(), MOST);
    }
}
