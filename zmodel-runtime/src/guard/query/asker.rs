//! Who is asking, as far as rules may know: what they learn of him is noted.
//!
//! Nothing else in the guard has the caller, so a note cannot be forgotten.

use std::mem::{Discriminant, discriminant};

use super::Guard;
use super::shape::Slot;
use crate::caller::Caller;
use crate::schema::CallerPath;
use crate::value::{ContextValue, Value, now};

/// What kind of caller it is: known to whoever asks for a ruling, so nobody notes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Anonymous,
    User,
    Unguarded,
}

pub(super) struct Asker<'a> {
    caller: &'a Caller,
    notes: Option<Notes>,
}

/// What was learnt of a caller while something was bound to him.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) facts: Vec<Fact>,
    /// Parameters that are not the same for everybody, by their position, in its order.
    pub(super) given: Vec<(usize, Given)>,
    /// Whether it holds for him alone, or now alone.
    personal: bool,
}

/// Something about a caller that decided what the rules come to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact {
    /// What he brings there, which is a single value or is missing.
    Is(Box<[u16]>, Option<Value>),
    /// He brings a single value of this kind there, whichever it is.
    Has(Box<[u16]>, Discriminant<Value>),
}

/// Where a parameter comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// The caller, at this path.
    Caller(Box<[u16]>),
    /// The clock.
    Now,
}

impl Fact {
    pub(super) fn holds(&self, asker: &Asker<'_>) -> bool {
        match self {
            Self::Is(path, before) => match (asker.caller.value(path), before) {
                (None, None) => true,
                (Some(ContextValue::Scalar(value)), Some(before)) => value == before,
                _ => false,
            },
            Self::Has(path, kind) => asker.single(path).is_some_and(|value| discriminant(value) == *kind),
        }
    }
}

impl Given {
    /// The value, for whoever asks now.
    pub(super) fn value(&self, asker: &Asker<'_>) -> Option<Value> {
        match self {
            Self::Caller(path) => asker.single(path).cloned(),
            Self::Now => Some(Value::DateTime(now())),
        }
    }
}

impl<'a> Asker<'a> {
    pub(super) const fn new(caller: &'a Caller) -> Self {
        Self { caller, notes: None }
    }

    /// The same caller for a question of its own. What is learnt there is not noted here, so what is bound here holds for
    /// him alone.
    pub(super) fn anew(&mut self) -> Self {
        if let Some(notes) = &mut self.notes {
            notes.personal = true;
        }
        Self::new(self.caller)
    }

    pub(super) const fn kind(&self) -> Kind {
        match self.caller {
            Caller::Anonymous => Kind::Anonymous,
            Caller::User(_) => Kind::User,
            Caller::Unguarded(_) => Kind::Unguarded,
        }
    }

    pub(super) fn is_unguarded(&self) -> bool {
        self.kind() == Kind::Unguarded
    }

    /// From now on what is learnt is noted.
    pub(super) fn note(&mut self) {
        self.notes = Some(Notes::default());
    }

    pub(super) const fn is_noting(&self) -> bool {
        self.notes.is_some()
    }

    /// What has been noted; nothing if it holds for nobody else.
    pub(super) fn noted(&mut self) -> Option<Notes> {
        self.notes.take().filter(|notes| !notes.personal)
    }

    /// Something that he brings; none if it is missing.
    pub(super) fn value(&mut self, path: &[u16]) -> Option<&'a ContextValue> {
        let value = self.caller.value(path);
        if let Some(notes) = &mut self.notes {
            match value {
                None => notes.learn(Fact::Is(path.into(), None)),
                Some(ContextValue::Scalar(single)) => notes.learn(Fact::Is(path.into(), Some(single.clone()))),
                // Nobody else has the same list, or hardly anybody.
                Some(_) => notes.personal = true,
            }
        }
        value
    }

    /// What time it is.
    fn now(&mut self) -> Value {
        if let Some(notes) = &mut self.notes {
            notes.personal = true;
        }
        Value::DateTime(now())
    }

    fn single(&self, path: &[u16]) -> Option<&'a Value> {
        match self.caller.value(path) {
            // What is inside of these decides what a condition on them becomes.
            Some(ContextValue::Scalar(Value::Json(_) | Value::List(_))) => None,
            Some(ContextValue::Scalar(value)) => Some(value),
            _ => None,
        }
    }
}

impl Notes {
    fn learn(&mut self, fact: Fact) {
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }
}

impl Guard<'_> {
    /// What time it is, for a condition that may be decided by it.
    pub(super) fn now(&mut self) -> Value {
        self.asker.now()
    }

    /// A slot for what the caller brings at a path, if it is a single value; of that only the kind is learnt.
    pub(super) fn slot_of_caller(&mut self, path: &CallerPath) -> Option<Slot> {
        let value = self.asker.single(&path.members).filter(|_| path.from.is_none())?.clone();
        let kind = discriminant(&value);
        let slot = self.slot(value);
        if let Some(notes) = &mut self.asker.notes {
            notes.learn(Fact::Has(path.members.as_ref().into(), kind));
            notes.given.push((slot.at as usize, Given::Caller(path.members.as_ref().into())));
        }
        Some(slot)
    }

    /// A slot for what time it is.
    pub(super) fn slot_of_now(&mut self) -> Slot {
        let slot = self.slot(Value::DateTime(now()));
        if let Some(notes) = &mut self.asker.notes {
            notes.given.push((slot.at as usize, Given::Now));
        }
        slot
    }
}

impl Asker<'_> {
    /// A parameter is taken at this position. What was there, or behind, was given up before.
    pub(super) fn taken(&mut self, at: usize) {
        if let Some(notes) = &mut self.notes {
            while notes.given.pop_if(|(given, _)| *given >= at).is_some() {}
        }
    }
}
