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
