//! The door to a table.

use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::FixedState;
use sea_query::{Alias as Iden, Expr, ExprTrait, Query, SelectStatement};

mod change;
mod insert;
mod written;

use super::read::Occurrence;
use super::rule::InsideARule;
use super::shape::Column;
use super::write::OnlyARest;
use super::{Alias, Guard, Predicate, Scalar, Sight, Slot};
use crate::error::{Error, Result};
use crate::plan::{Asked, Removal};
use crate::schema::{Comparison, Field, FieldId, Model, ModelId, Operation, Operations, Schema};
use crate::value::Value;

/// One occurrence of a table, with the rules of its model inside.
///
/// Invariant: what is left of the table is what is in sight of what the rules of `model` leave for the caller and the
/// operation; only the constructors below say so, and nothing takes it away again. What a statement says of the source it
/// says of what is left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    model: ModelId,
    purpose: Purpose,
    alias: Alias,
    left: Left,
}

/// What is left of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Rest {
    /// The name of the table inside, where the rules see it.
    inner: Alias,
    rows: Predicate,
    /// The fields of these rows that the caller may not always see, with the rows where he may.
    masks: Vec<(FieldId, Predicate)>,
    /// Fields that are computed from what is left, and the name under which they see it.
    computed: Vec<(FieldId, Scalar)>,
    outer: Alias,
}

/// The same, shared by the statements of many callers, and quickly compared: most of a statement is what the rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Left(Arc<Known>);

/// What is left of a table, and what is asked of it with each statement.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    hash: u64,
    /// Whether nothing is looked at but the row itself.
    local: bool,
    rest: Rest,
}

impl From<Rest> for Left {
    fn from(rest: Rest) -> Self {
        Self(Arc::new(Known { hash: FixedState::default().hash_one(&rest), local: rest.is_local(), rest }))
    }
}

impl Deref for Left {
    type Target = Rest;

    fn deref(&self) -> &Rest {
        &self.0.rest
    }
}

impl Hash for Left {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

/// What a source was opened for, and so what its rules were asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// An operation of the caller; the first of those it was opened for.
    Of(Operation),
    /// A delete that takes rows away.
    Removal,
    /// A delete that marks rows as deleted.
    Marking,
    /// The inside of a rule.
    Rule,
}

impl<'a> Guard<'a> {
    /// The rows of `model` that the caller may `operation`, for every one of `operations`.
    pub(super) fn open(&mut self, model: ModelId, operations: &[Operation]) -> Result<Source> {
        let purpose = operations.first().copied().map(Purpose::Of);
        let purpose = purpose.ok_or_else(|| Error::internal("a table is opened for no operation"))?;
        // What an update leaves behind is looked at wherever it is.
        let sight = if operations == [Operation::PostUpdate] { Sight::All } else { self.sight };
        self.open_for(model, operations, purpose, sight)
    }

    /// The rows of `model` that the caller may delete, and may `also` do something else with.
    pub(super) fn open_for_removal(&mut self, model: ModelId, also: &[Operation], removal: Removal) -> Result<Source> {
        let marks = self.schema.model(model)?.deleted.is_some() && removal == Removal::Usual;
        // What is marked already has been deleted.
        let (purpose, sight) = if marks { (Purpose::Marking, Sight::Live) } else { (Purpose::Removal, Sight::All) };
        let operations = [&[Operation::Delete], also].concat();
        self.open_for(model, &operations, purpose, sight)
    }

    /// The rows of `model` that the caller may read, whether or not they are marked as deleted: for what a write gives of
    /// rows that were in its own sight.
    pub(super) fn open_as_it_is(&mut self, model: ModelId) -> Result<Source> {
        self.open_for(model, &[Operation::Read], Purpose::Of(Operation::Read), Sight::All)
    }

    /// The rows of `model` that the caller may read, where fields that are computed with arguments are columns as others.
    pub(super) fn open_asked(&mut self, model: ModelId, asked: &[Asked]) -> Result<Source> {
        let source = self.open(model, &[Operation::Read])?;
        if asked.is_empty() {
            return Ok(source);
        }
        let mut rest = (*source.left).clone();
        let row = Occurrence { alias: rest.outer, model };
        for (at, one) in asked.iter().enumerate() {
            match asked.iter().take(at).find(|other| other.field == one.field) {
                Some(other) if other == one => {}
                Some(_) => {
                    let model = self.schema.model(model)?;
                    let (model, field) = (&model.name, &model.field(one.field)?.name);
                    let message =
                        format!("`{model}.{field}` is summarized with one set of arguments in a query, not two");
                    return Err(Error::invalid(message));
                }
                None => {
                    let (_, value) = self.asked(one, row)?;
                    rest.computed.push((one.field, value));
                }
            }
        }
        Ok(Source { left: rest.into(), ..source })
    }

    fn open_for(&mut self, model: ModelId, operations: &[Operation], purpose: Purpose, sight: Sight) -> Result<Source> {
        if operations.contains(&Operation::Update) {
            return Err(Error::internal("a table is opened for an update that does not say which fields it changes"));
        }
        let question = self.question(purpose, set(operations), sight);
        self.answer(model, question, |guard| {
            let (alias, inner) = (guard.alias(), guard.alias());
            let mut rows = guard.in_sight(model, sight, inner)?;
            for operation in operations {
                rows.and(guard.rows(model, *operation, inner)?);
            }
            // What an update leaves behind is looked at for the rules alone.
            let masks = if operations == [Operation::PostUpdate] { Vec::new() } else { guard.masks(model, inner)? };
            let (computed, outer) = guard.computed_fields(model)?;
            Ok(Source::new(model, purpose, alias, Rest { inner, rows, masks, computed, outer }))
        })
    }

    /// The computed fields of a source, and the name under which they see its rows.
    fn computed_fields(&mut self, model: ModelId) -> Result<(Vec<(FieldId, Scalar)>, Alias)> {
        let outer = self.alias();
        Ok((self.computed(model, outer)?, outer))
    }

    /// The rows in `sight` of `model` in which the caller may change `fields`, of those that he may `also` do something
    /// else with, and in which he may see the fields `seen`.
    pub(super) fn open_for_update(
        &mut self,
        model: ModelId,
        fields: &[FieldId],
        seen: &[FieldId],
        also: &[Operation],
        sight: Sight,
    ) -> Result<Source> {
        let (described, purpose) = (self.schema.model(model)?, Purpose::Of(Operation::Update));
        let no_rules = |fields: &[FieldId], operation| {
            let open = |field: &Field| !field.has_rules_about(operation);
            fields.iter().all(|field| described.field(*field).is_ok_and(open))
        };
        // Without rules of its own a field is as any other, and as none. With them, what is kept would be different for
        // every choice of fields.
        let question = if no_rules(fields, Operation::Update) && no_rules(seen, Operation::Read) {
            self.question(purpose, set(also).with(Operation::Update), sight)
        } else {
            None
        };
        self.answer(model, question, |guard| {
            let (alias, inner) = (guard.alias(), guard.alias());
            let mut rows = vec![guard.in_sight(model, sight, inner)?, guard.changes(model, fields, inner)?];
            for field in seen {
                rows.push(guard.shows(model, *field, inner)?);
            }
            for operation in also {
                rows.push(guard.rows(model, *operation, inner)?);
            }
            let masks = guard.masks(model, inner)?;
            let (computed, outer) = guard.computed_fields(model)?;
            Ok(Source::new(model, purpose, alias, Rest { inner, rows: Predicate::all(rows), masks, computed, outer }))
        })
    }

    /// Rows of `model` that an update has left: those with one of these keys, each as far as the rules accept it since
    /// it was as `before`. `None` if they accept every one of them.
    pub(super) fn open_since(&mut self, model: ModelId, rows: &[Since<'a>]) -> Result<Option<Source>> {
        let (alias, inner) = (self.alias(), self.alias());
        let (mut each, mut open) = (Vec::with_capacity(rows.len()), true);
        for Since { key, before } in rows {
            self.before = before;
            let accepted = self.rows(model, Operation::PostUpdate, inner)?;
            open &= accepted == Predicate::TRUE;
            let same = key.iter().map(|(field, value)| Predicate::Compare {
                comparison: Comparison::Equal,
                left: Scalar::Column(Column { alias: inner, model, field: *field }),
                right: Scalar::Slot(self.slot(value.clone())),
                unknown: None,
            });
            each.push(Predicate::all(same.chain([accepted])));
        }
        let (purpose, rows) = (Purpose::Of(Operation::PostUpdate), Predicate::any(each));
        Ok((!open).then(|| Source::new(model, purpose, alias, Rest { rows, ..Rest::all(inner) })))
    }

    /// The fields of a row that the rules do not always show.
    pub(super) fn masks(&mut self, model: ModelId, inner: Alias) -> Result<Vec<(FieldId, Predicate)>> {
        let mut masks = Vec::new();
        for (id, field) in (0..).map(FieldId).zip(self.schema.model(model)?.fields.iter()) {
            if field.can_be_hidden() {
                let shown = self.shows(model, id, inner)?;
                if shown != Predicate::TRUE {
                    masks.push((id, shown));
                }
            }
        }
        Ok(masks)
    }

    /// A place for one new row of `model`, open as far as the rules allow `row`.
    pub(super) fn open_for_insert(&mut self, model: ModelId, row: &[Option<Value>]) -> Result<Source> {
        let alias = self.alias();
        let rows = self.admits(model, row)?;
        Ok(Source::new(model, Purpose::Of(Operation::Create), alias, Rest { rows, ..Rest::all(alias) }))
    }

    /// The rest of a row of `model`, another part of which was written a moment ago under the rules.
    pub(super) fn open_for_rest(&mut self, model: ModelId, operation: Operation, _: &OnlyARest) -> Source {
        let alias = self.alias();
        Source::plain(model, Purpose::Of(operation), alias)
    }

    /// All rows of `model` that are not deleted, for the inside of a rule: what a rule says of a related row does not
    /// depend on whether the caller may see it, and what is deleted gives nobody anything, whoever looks.
    pub(super) fn open_for_rule(&mut self, model: ModelId, _: &InsideARule) -> Result<Source> {
        let alias = self.alias();
        let rows = self.in_sight(model, Sight::Live, alias)?;
        Ok(Source::new(model, Purpose::Rule, alias, Rest { rows, ..Rest::all(alias) }))
    }

    /// The parts that rows of a delegate have in the table of `model`, deleted or not: the rules about a part are asked
    /// whenever something is done with the row.
    pub(super) fn open_for_parts(&mut self, model: ModelId, _: &InsideARule) -> Source {
        let alias = self.alias();
        Source::plain(model, Purpose::Rule, alias)
    }
}

/// Operations, as one.
fn set(operations: &[Operation]) -> Operations {
    operations.iter().fold(Operations::NONE, |all, operation| all.with(*operation))
}

/// The rows of a source that an UPDATE or a DELETE is about.
#[derive(Clone, Copy)]
pub(crate) struct Which<'a> {
    pub(crate) filter: &'a Predicate,
    /// At most so many.
    pub(crate) take: Option<Slot>,
    /// Whether the conditions are asked of the table that is written.
    pub(crate) direct: bool,
}

/// A row that was updated: its key, and how it was before, by field.
pub(crate) struct Since<'a> {
    pub(crate) key: Vec<(FieldId, Value)>,
    pub(crate) before: &'a [Option<Value>],
}

impl Rest {
    /// All of it; `inner` is its name there.
    const fn all(inner: Alias) -> Self {
        Self { inner, rows: Predicate::TRUE, masks: Vec::new(), computed: Vec::new(), outer: inner }
    }

    fn is_local(&self) -> bool {
        self.rows.is_local()
            && self.masks.iter().all(|(_, shown)| shown.is_local())
            && self.computed.iter().all(|(_, value)| value.is_local())
    }
}

impl Source {
    /// All rows of a model, as they are; only the constructors above make one.
    fn plain(model: ModelId, purpose: Purpose, alias: Alias) -> Self {
        Self::new(model, purpose, alias, Rest::all(alias))
    }

    fn new(model: ModelId, purpose: Purpose, alias: Alias, rest: Rest) -> Self {
        // Where nothing is hidden or computed, rules and filters stand side by side and speak of the same rows.
        let alias = if rest.masks.is_empty() && rest.computed.is_empty() { rest.inner } else { alias };
        Self { model, purpose, alias, left: rest.into() }
    }

    pub(crate) const fn model(&self) -> ModelId {
        self.model
    }

    pub(crate) const fn alias(&self) -> Alias {
        self.alias
    }

    /// Whether it has a column for a field that is computed with arguments.
    pub(super) fn has_asked(&self, field: FieldId) -> bool {
        self.left.computed.iter().any(|(computed, _)| *computed == field)
    }

    /// Whether it has a column for a field: not for what is computed with arguments, if nobody gave any.
    pub(crate) fn has(&self, id: FieldId, field: &crate::schema::Field) -> bool {
        field.params.is_empty() || self.has_asked(id)
    }

    /// Of its rows those alone that satisfy a condition on what stands in the table.
    pub(super) fn only(self, rows: Predicate) -> Self {
        let mut rest = (*self.left).clone();
        rest.rows.and(rows);
        Self { left: rest.into(), ..self }
    }

    /// Whether the caller may not always see the whole id of its rows.
    pub(super) fn hides_id(&self, model: &Model) -> bool {
        self.left.masks.iter().any(|(field, _)| model.id.contains(field))
    }

    /// What the rules leave of the table, and the name under which they see it.
    pub(super) fn rows(&self) -> &Predicate {
        &self.left.rows
    }

    pub(crate) fn inner(&self) -> Alias {
        self.left.inner
    }

    /// Whether it has rows of `model`, or its rules look at such rows beside the row at hand.
    pub(super) fn looks_at(&self, model: ModelId) -> bool {
        let masks = || self.left.masks.iter().any(|(_, shown)| shown.looks_at(model));
        self.model == model || self.left.rows.looks_at(model) || masks()
    }

    /// Whether the caller alone decides that no row is in reach.
    pub(super) fn is_nothing(&self) -> bool {
        self.left.rows == Predicate::FALSE
    }

    /// Whether the rules look at no other table.
    pub(super) fn is_local(&self) -> bool {
        self.left.0.local
    }

    /// Whether the caller alone decides that every row is in reach, with every field.
    pub(super) fn is_everything(&self) -> bool {
        self.left.rows == Predicate::TRUE && self.left.masks.is_empty()
    }

    /// Adds the source to the FROM of a statement. `lower` makes SQL of a predicate.
    pub(crate) fn place(
        &self,
        statement: &mut SelectStatement,
        schema: &Schema,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<()> {
        if self.left.computed.is_empty() {
            return self.place_rows(statement, schema, lower, self.alias);
        }
        let mut left = Query::select();
        self.place_rows(&mut left, schema, lower, self.left.outer)?;
        for (id, field) in (0..).map(FieldId).zip(schema.model(self.model)?.fields.iter()) {
            let column = Iden::new(field.column.clone());
            match self.left.computed.iter().find(|(computed, _)| *computed == id) {
                Some((_, value)) => {
                    // A condition that a value holds is the value itself.
                    let value = lower(&Predicate::Holds { value: value.clone(), unknown: None })?;
                    left.expr_as(value, column);
                }
                None if field.computed => {}
                None => {
                    left.expr(Expr::col((alias(self.left.outer), column)));
                }
            }
        }
        for id in self.ids_beside(schema)? {
            left.expr_as(Expr::col((alias(self.left.outer), id.clone())), id);
        }
        statement.from_subquery(left, alias(self.alias));
        Ok(())
    }

    /// The names under which the id stands beside the fields, where the caller may not always see it.
    fn ids_beside(&self, schema: &Schema) -> Result<Vec<Iden>> {
        let model = schema.model(self.model)?;
        if !self.hides_id(model) {
            return Ok(Vec::new());
        }
        model.id.iter().map(|id| Ok(beside(model.field(*id)?))).collect()
    }

    /// The columns with the id of a row, as it is: for the engine, which finds the row by it.
    pub(crate) fn id(&self, schema: &Schema) -> Result<Vec<Iden>> {
        let model = schema.model(self.model)?;
        if self.hides_id(model) {
            return self.ids_beside(schema);
        }
        model.id.iter().map(|id| Ok(Iden::new(model.field(*id)?.column.clone()))).collect()
    }

    /// What the rules leave, under a name of its own.
    fn place_rows(
        &self,
        statement: &mut SelectStatement,
        schema: &Schema,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
        occurrence: Alias,
    ) -> Result<()> {
        let model = schema.model(self.model)?;
        if self.is_everything() {
            table(statement, schema, model, occurrence)?;
            return Ok(());
        }
        if occurrence == self.left.inner && self.left.masks.is_empty() {
            table(statement, schema, model, occurrence)?;
            statement.and_where(lower(&self.left.rows)?);
            return Ok(());
        }
        let mut inside = Query::select();
        table(&mut inside, schema, model, self.left.inner)?;
        inside.and_where(lower(&self.left.rows)?);
        for (id, field) in (0..).map(FieldId).zip(model.fields.iter()).filter(|(_, field)| !field.computed) {
            let column = Expr::col((alias(self.left.inner), Iden::new(field.column.clone())));
            match self.left.masks.iter().find(|(masked, _)| *masked == id) {
                Some((_, shown)) => {
                    let masked = Expr::case(lower(shown)?, column).finally(Expr::null());
                    inside.expr_as(masked, Iden::new(field.column.clone()));
                }
                None => {
                    inside.expr(column);
                }
            }
        }
        for (id, name) in model.id.iter().zip(self.ids_beside(schema)?) {
            inside.expr_as(Expr::col((alias(self.left.inner), Iden::new(model.field(*id)?.column.clone()))), name);
        }
        statement.from_subquery(inside, alias(occurrence));
        Ok(())
    }

    /// Whether it was opened to mark rows as deleted.
    pub(super) fn marks(&self) -> bool {
        self.purpose == Purpose::Marking
    }

    /// A source is used for what its rules were asked about, and for nothing else.
    fn must_be_for(&self, operation: Operation) -> Result<()> {
        if self.purpose == Purpose::Of(operation) {
            return Ok(());
        }
        Err(self.misused(&format!("{operation:?}")))
    }

    fn misused(&self, what: &str) -> Error {
        Error::internal(format!("a table opened for {:?} is used for {what}", self.purpose))
    }
}

/// Adds the rows of a model to the FROM of a statement. A model that extends a delegate has each row in two tables, or
/// more.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn table(statement: &mut SelectStatement, schema: &Schema, model: &Model, occurrence: Alias) -> Result<()> {
    let Some(base) = &model.base else {
        statement.from_as(name(model), alias(occurrence));
        return Ok(());
    };
    let own = Iden::new("own");
    let mut joined = Query::select();
    joined.from_as(name(model), own.clone());
    let mut parts = vec![(None, own.clone())];
    let mut next = Some(base.model);
    while let Some(id) = next {
        let delegate = schema.model(id)?;
        let part = Iden::new(format!("base{}", parts.len()));
        let mut same = sea_query::Condition::all();
        for (here, there) in model.id.iter().zip(delegate.id.iter()) {
            let here = Expr::col((own.clone(), Iden::new(model.field(*here)?.column.clone())));
            same = same.add(here.eq(Expr::col((part.clone(), Iden::new(delegate.field(*there)?.column.clone())))));
        }
        joined.join_as(sea_query::JoinType::InnerJoin, name(delegate), part.clone(), same);
        parts.push((Some(id), part));
        next = delegate.base.as_ref().map(|base| base.model);
    }
    for field in model.fields.iter().filter(|field| !field.computed) {
        let part = parts.iter().find(|(part, _)| *part == field.inherited);
        let (_, part) = part.ok_or(crate::schema::Broken)?;
        joined.expr(Expr::col((part.clone(), Iden::new(field.column.clone()))));
    }
    statement.from_subquery(joined, alias(occurrence));
    Ok(())
}

/// What a part of the id is called beside the column of the same field.
fn beside(field: &crate::schema::Field) -> Iden {
    Iden::new(format!("zmodel:{}", field.column))
}

fn name(model: &Model) -> sea_query::TableRef {
    model.table.reference()
}

/// How an occurrence of a table is called in SQL.
pub(crate) fn alias(alias: Alias) -> Iden {
    Iden::new(format!("t{}", alias.0))
}
