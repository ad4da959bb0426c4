//! Guarded queries: a plan, bound to its caller.

mod asker;
mod columns;
mod computed;
mod fold;
mod link;
mod many;
mod read;
mod references;
mod rule;
mod ruling;
mod search;
mod shape;
mod sight;
mod source;
mod tables;
mod why;
mod words;
mod write;

pub(crate) use self::link::Link;
pub(crate) use self::many::{Upserted, at_once};
pub(crate) use self::ruling::Rulings;
pub(crate) use self::shape::{
    Alias, Assignment, Calculated, Column, Extracted, Function, Groups, Include, Insert, InsertColumns, InsertMany,
    Json, JsonKind, Limit, Linking, Measure, Mutation, Number, Order, Predicate, Returning, Scalar, Search, Select,
    Shape, Slot, Step, Upsert,
};
pub(crate) use self::sight::Sight;
pub(crate) use self::source::{Since, Source, Which, alias};
pub(crate) use self::tables::create_tables;
pub(crate) use self::why::written;
pub(crate) use self::write::{Chosen, Want};

use self::asker::Asker;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::provided::Provided;
use crate::schema::{ModelId, Provider, Schema};
use crate::value::Value;

/// A guarded query: its shape, and its parameters by slot.
#[derive(Debug)]
pub(crate) struct Guarded {
    pub(crate) shape: Shape,
    pub(crate) params: Vec<Value>,
}

/// What the guard makes of a plan.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Run this.
    Run(Box<Guarded>),
    /// The caller alone decides: no row is in reach, whatever the database holds.
    Nothing,
}

impl Verdict {
    /// What a write gives of the rows that it writes.
    pub(crate) fn returning(&self) -> Option<&Returning> {
        let Self::Run(guarded) = self else { return None };
        match &guarded.shape {
            Shape::Insert(insert) => Some(&insert.returning),
            Shape::InsertMany(insert) => Some(&insert.returning),
            Shape::InsertColumns(insert) => Some(&insert.returning),
            Shape::Upsert(upsert) => Some(&upsert.insert.returning),
            Shape::Update(mutation, ..) | Shape::Delete(mutation) | Shape::MarkDeleted(mutation, _) => {
                Some(&mutation.returning)
            }
            Shape::Find(_)
            | Shape::Count(_)
            | Shape::Exists(_)
            | Shape::Aggregate(..)
            | Shape::Groups(_)
            | Shape::Admits(_)
            | Shape::AdmitsAll(_)
            | Shape::Before(_)
            | Shape::DeletePart(_)
            | Shape::Link(_)
            | Shape::UnlinkAll(..)
            | Shape::Relink { .. } => None,
        }
    }
}

/// SQLite takes 32,766 parameters in a statement, PostgreSQL and MySQL twice as many.
const MOST_PARAMETERS: usize = 32_766;

/// Guards the plans of one call.
pub(crate) struct Guard<'a> {
    schema: &'a Schema,
    asker: Asker<'a>,
    /// What the rules came to for others.
    rulings: &'a Rulings,
    /// Whose SQL the query will be written in.
    provider: Provider,
    /// Which rows are there for the query.
    sight: Sight,
    /// The row that is updated as it was before, by field; not known where there is no such row.
    before: &'a [Option<Value>],
    params: Vec<Value>,
    aliases: u32,
    /// What the schema leaves to the application.
    provided: &'a Provided,
    /// Whether a computed field is being bound, so that the rows it looks at have none.
    computing: bool,
    /// The field that the condition is about that is being bound, and what it is with the arguments that are given.
    asking: Option<(Column, Scalar)>,
    /// Whether it is bound for a rule, so that it looks at all rows.
    within_rule: bool,
    /// How many rules are being asked for others that check them.
    checks: u8,
    /// The related row that every path of the condition leads to that is being bound.
    there: Option<(Alias, ModelId)>,
    /// The first value that cannot be bound.
    refused: Option<Error>,
}

impl<'a> Guard<'a> {
    pub(crate) const fn new(
        schema: &'a Schema,
        caller: &'a Caller,
        provider: Provider,
        provided: &'a Provided,
        rulings: &'a Rulings,
    ) -> Self {
        Self::asked_by(Asker::new(caller), schema, provider, provided, rulings)
    }

    const fn asked_by(
        asker: Asker<'a>,
        schema: &'a Schema,
        provider: Provider,
        provided: &'a Provided,
        rulings: &'a Rulings,
    ) -> Self {
        Self {
            schema,
            asker,
            rulings,
            provider,
            sight: Sight::Live,
            before: &[],
            params: Vec::new(),
            aliases: 0,
            provided,
            computing: false,
            asking: None,
            within_rule: false,
            checks: 0,
            there: None,
            refused: None,
        }
    }

    /// The guard of another statement of the same caller.
    fn anew(&mut self) -> Self {
        let asker = self.asker.anew();
        Self::asked_by(asker, self.schema, self.provider, self.provided, self.rulings).seeing(self.sight)
    }

    /// Whether nothing is half bound, on which it could depend what the rules of a table come to.
    const fn is_between(&self) -> bool {
        let inside = self.within_rule || self.computing || self.asking.is_some() || self.asker.is_noting();
        self.before.is_empty() && !inside
    }

    /// A name for one occurrence of a table that no other occurrence in the statement has.
    fn alias(&mut self) -> Alias {
        let alias = Alias(self.aliases);
        self.aliases += 1;
        alias
    }

    /// A slot for a value that is compared with something.
    fn slot(&mut self, value: Value) -> Slot {
        let number = match value {
            Value::Int(_) => Some(Number::Whole),
            Value::Float(_) => Some(Number::Float),
            Value::Decimal(_) => Some(Number::Exact),
            _ => None,
        };
        Slot { number, ..self.slot_for_column(value) }
    }

    /// A slot for a value that is put into a column, or is counted by: whatever it is, the statement is the same.
    fn slot_for_column(&mut self, value: Value) -> Slot {
        if let (None, Err(error)) = (&self.refused, value.check()) {
            self.refused = Some(error);
        }
        self.asker.taken(self.params.len());
        self.params.push(value);
        // A statement with more parameters than this is refused by every database long before.
        Slot { at: u32::try_from(self.params.len() - 1).unwrap_or(u32::MAX), number: None }
    }

    fn finish(self, shape: Shape) -> Result<Verdict> {
        match self.refused {
            Some(error) => Err(error),
            None if self.params.len() > MOST_PARAMETERS => {
                let count = self.params.len();
                Err(Error::invalid(format!("a query with {count} values is too large; ask in parts")))
            }
            None => Ok(Verdict::Run(Box::new(Guarded { shape, params: self.params }))),
        }
    }
}
