//! What is asked of given values, before anything is sent to the database.
//!
//! Invariant: every plan that writes passes here once, as a whole, when it enters the engine. Nested rows are looked at
//! with the row around them, so one error names everything that is wrong with the input. What the rules of access have
//! to say comes later.

use crate::defaults;
use crate::error::{Error, Problem, Result, ValidationError};
use crate::plan::{Assign, Changes, Nested, NestedWrite, New, UpsertRow};
use crate::schema::{
    Check, Default, Field, FieldId, Kept, Model, ModelId, Param, PassedType, Procedure, Relation, Schema, Step, Type,
    Validation,
};
use crate::value::Value;

mod check;
mod column;
mod condition;
mod document;
mod format;
mod pattern;

use condition::{Known, Row};
pub(crate) use document::read;

/// Looks at a new row. Its values become what their fields make of them.
pub(crate) fn create(schema: &Schema, model: ModelId, new: &mut New) -> Result<()> {
    let mut work = Work::new(schema);
    work.new_row(model, new, &[])?;
    work.finish(model)
}

/// Looks at new rows without relations.
pub(crate) fn create_many(schema: &Schema, model: ModelId, rows: &mut [Vec<(FieldId, Value)>]) -> Result<()> {
    let mut work = Work::new(schema);
    work.rows(model, rows, &[])?;
    work.finish(model)
}

/// Looks at the changes of an update.
pub(crate) fn update(schema: &Schema, model: ModelId, changes: &mut Changes) -> Result<()> {
    let mut work = Work::new(schema);
    work.changes(model, changes)?;
    work.finish(model)
}

/// Looks at the changes of an update of many rows.
pub(crate) fn update_many(schema: &Schema, model: ModelId, values: &mut [(FieldId, Assign)]) -> Result<()> {
    let mut work = Work::new(schema);
    work.assigned(model, values)?;
    work.finish(model)
}

/// Looks at both ways that an upsert can take.
pub(crate) fn upsert(schema: &Schema, model: ModelId, create: &mut New, update: &mut Changes) -> Result<()> {
    let mut work = Work::new(schema);
    work.within("create", |work| work.new_row(model, create, &[]))?;
    work.within("update", |work| work.changes(model, update))?;
    work.finish(model)
}

/// Looks at both ways that each of some upserts can take.
pub(crate) fn upsert_many(schema: &Schema, model: ModelId, rows: &mut [UpsertRow]) -> Result<()> {
    let mut work = Work::new(schema);
    for (at, row) in rows.iter_mut().enumerate() {
        work.within(format!("[{at}]"), |work| {
            work.within("create", |work| work.new_row(model, &mut row.create, &[]))?;
            work.within("update", |work| work.changes(model, &mut row.update))
        })?;
    }
    work.finish(model)
}

/// Looks at what a procedure is given. Its structures become what their members make of them.
pub(crate) fn arguments(schema: &Schema, procedure: &Procedure, values: &mut [Value]) -> Result<()> {
    given(schema, &format!("$procs.{}", procedure.name), &procedure.params, values)
}

/// Looks at what is given for parameters of `what`. Its structures become what their members make of them.
pub(crate) fn given(schema: &Schema, what: &str, params: &[Param], values: &mut [Value]) -> Result<()> {
    let mut work = Work::new(schema);
    for (param, value) in params.iter().zip(values) {
        if !value.is_null() {
            work.within(&*param.name, |work| work.passed(param.passed.ty, param.passed.list, value))?;
        }
    }
    work.finish_as(what)
}

/// The problems that were found so far, and where the work is.
struct Work<'s> {
    schema: &'s Schema,
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl<'s> Work<'s> {
    const fn new(schema: &'s Schema) -> Self {
        Self { schema, path: Vec::new(), problems: Vec::new() }
    }

    fn finish(self, model: ModelId) -> Result<()> {
        let model = self.schema.model(model)?;
        self.finish_as(&model.name)
    }

    fn finish_as(self, model: &str) -> Result<()> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Error::Validation(Box::new(ValidationError { model: model.to_owned(), problems: self.problems })))
    }

    fn within<T>(&mut self, step: impl Into<String>, look: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step.into());
        let seen = look(self);
        self.path.pop();
        seen
    }

    fn problem(&mut self, code: &'static str, message: String) {
        let mut path = String::new();
        for step in &self.path {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        self.problems.push(Problem { path, code, message });
    }

    /// What a procedure is given for a parameter.
    fn passed(&mut self, ty: PassedType, list: bool, value: &mut Value) -> Result<()> {
        match (ty, value) {
            (PassedType::Document(document), value) => self.documents(Kept { document, many: list }, value),
            (PassedType::Row(_), Value::List(rows)) if list => rows
                .iter_mut()
                .enumerate()
                .try_for_each(|(at, row)| self.within(format!("[{at}]"), |work| work.passed(ty, false, row))),
            (PassedType::Row(model), Value::List(cells)) => {
                for ((_, field), cell) in self.schema.model(model)?.read_fields().zip(cells) {
                    if let Some(kept) = field.kept.filter(|_| !cell.is_null()) {
                        self.within(&*field.name, |work| work.documents(kept, cell))?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A new row. `filled` are fields that the row around it gives their values.
    fn new_row(&mut self, id: ModelId, new: &mut New, filled: &[FieldId]) -> Result<()> {
        let model = self.schema.model(id)?;
        let mut filled = filled.to_vec();
        for Nested { relation, .. } in &new.nested {
            let relation = model.relation(*relation)?;
            if relation.owner {
                filled.extend(relation.on.iter().map(|(near, _)| *near));
            }
        }
        self.row(model, &mut new.values, &filled)?;
        self.nested(model, &mut new.nested)
    }

    fn rows(&mut self, id: ModelId, rows: &mut [Vec<(FieldId, Value)>], filled: &[FieldId]) -> Result<()> {
        let model = self.schema.model(id)?;
        for (at, values) in rows.iter_mut().enumerate() {
            self.within(format!("[{at}]"), |work| work.row(model, values, filled))?;
        }
        Ok(())
    }

    fn row(&mut self, model: &Model, values: &mut [(FieldId, Value)], filled: &[FieldId]) -> Result<()> {
        for (id, value) in values.iter_mut() {
            self.given(model.field(*id)?, value)?;
        }
        if model.validations.is_empty() {
            return Ok(());
        }
        let mut row = Vec::with_capacity(model.fields.len());
        for (id, field) in (0..).map(FieldId).zip(model.fields.iter()) {
            row.push(match values.iter().find(|(given, _)| *given == id) {
                Some((_, value)) => Known::Value(value.clone()),
                None if filled.contains(&id) => Known::Unknown,
                None => self.unset(field)?,
            });
        }
        self.together(&model.validations, &row)
    }

    /// What a field of a new row holds that is not given.
    fn unset(&self, field: &Field) -> Result<Known> {
        Ok(match &field.default {
            _ if field.computed => Known::Unknown,
            Some(fixed @ (Default::Literal(_) | Default::Member(_) | Default::List(_))) => {
                Known::Value(defaults::fixed(self.schema, field, fixed)?)
            }
            Some(_) => Known::Unknown,
            None if field.updated_at.is_some() => Known::Unknown,
            None if field.list => Known::Value(Value::List(Vec::new())),
            None => Known::Unset,
        })
    }

    fn changes(&mut self, id: ModelId, changes: &mut Changes) -> Result<()> {
        self.assigned(id, &mut changes.values)?;
        let model = self.schema.model(id)?;
        self.nested(model, &mut changes.nested)
    }

    fn assigned(&mut self, id: ModelId, values: &mut [(FieldId, Assign)]) -> Result<()> {
        let model = self.schema.model(id)?;
        if values.is_empty() {
            return Ok(());
        }
        for (id, assign) in values.iter_mut() {
            let field = model.field(*id)?;
            match assign {
                Assign::Set(value) => self.given(field, value)?,
                Assign::Push(items) => {
                    self.within(&*field.name, |work| items.iter_mut().try_for_each(|item| work.single(field, item)))?;
                }
                Assign::Increment(_) | Assign::Decrement(_) | Assign::Multiply(_) | Assign::Divide(_) => {}
            }
        }
        if model.validations.is_empty() {
            return Ok(());
        }
        let known = |id: FieldId| match values.iter().find(|(given, _)| *given == id) {
            Some((_, Assign::Set(value))) => Known::Value(value.clone()),
            // What is computed from what is there satisfies no comparison.
            Some(_) => Known::Value(Value::Float(f64::NAN)),
            None => Known::Unknown,
        };
        let row: Vec<Known> = (0..).map(FieldId).zip(model.fields.iter()).map(|(id, _)| known(id)).collect();
        self.together(&model.validations, &row)
    }

    /// What `@@validate` says of the values of a row, or of the members of a structure.
    fn together(&mut self, validations: &[Validation], row: &[Known]) -> Result<()> {
        for validation in validations {
            let row = Row { schema: self.schema, values: row };
            if row.holds(&validation.condition)? == Some(false) {
                let message = match &validation.message {
                    Some(message) => message.clone().into_owned(),
                    None => format!("must satisfy `{}`", validation.text),
                };
                let depth = self.path.len();
                self.path.extend(validation.path.iter().map(|step| step.clone().into_owned()));
                self.problem("validate", message);
                self.path.truncate(depth);
            }
        }
        Ok(())
    }

    /// A value for a field.
    fn given(&mut self, field: &Field, value: &mut Value) -> Result<()> {
        self.within(&*field.name, |work| match value {
            Value::Null => Ok(()),
            Value::List(items) if field.list => {
                for (at, item) in items.iter_mut().enumerate() {
                    work.within(format!("[{at}]"), |work| work.single(field, item))?;
                }
                work.length(&field.steps, value)
            }
            value => {
                if field.list {
                    work.length(&field.steps, value)?;
                }
                work.single(field, value)
            }
        })
    }

    /// `@length` of a list is about the list; everything else about its items.
    fn length(&mut self, steps: &[Step], value: &Value) -> Result<()> {
        for step in steps {
            if let Step::Check(check @ Check::Length(..), message) = step {
                self.check(check, message.as_deref(), value)?;
            }
        }
        Ok(())
    }

    /// A single value, which takes the steps of its field.
    fn single(&mut self, field: &Field, value: &mut Value) -> Result<()> {
        if let Some(kept) = field.kept {
            return self.documents(kept, value);
        }
        self.fits(field, value)?;
        self.steps(&field.steps, field.list, value)?;
        if let Some((code, message)) = column::refuses(field, value) {
            self.problem(code, message);
        }
        Ok(())
    }

    /// A single value, alone or in a list, takes these steps.
    fn steps(&mut self, steps: &[Step], list: bool, value: &mut Value) -> Result<()> {
        for step in steps {
            match (step, &mut *value) {
                (Step::Trim, Value::Text(text)) => *text = format::trimmed(text).to_owned(),
                (Step::Lower, Value::Text(text)) => *text = text.to_lowercase(),
                (Step::Upper, Value::Text(text)) => *text = text.to_uppercase(),
                (Step::Trim | Step::Lower | Step::Upper, _) => {}
                (Step::Check(Check::Length(..), _), _) if list => {}
                (Step::Check(check, message), value) => self.check(check, message.as_deref(), value)?,
            }
        }
        Ok(())
    }

    fn check(&mut self, check: &Check, message: Option<&str>, value: &Value) -> Result<()> {
        if !check::passes(check, value)? {
            let message = message.map_or_else(|| check::message(check, value), str::to_owned);
            self.problem(check::code(check), message);
        }
        Ok(())
    }

    /// What the type of a field asks of a value.
    fn fits(&mut self, field: &Field, value: &Value) -> Result<()> {
        match (field.ty, value) {
            (Type::Int, Value::Int(number)) if i32::try_from(*number).is_err() => {
                self.problem("range", "must be a whole number of 32 bits".to_owned());
            }
            (Type::Enum(id), Value::Text(stored)) => {
                let declared = self.schema.enumeration(id)?;
                if declared.members.iter().all(|member| member.stored != *stored) {
                    self.problem("type", format!("must be a member of `{}`", declared.name));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What is done along relations.
    fn nested(&mut self, model: &Model, nested: &mut [Nested]) -> Result<()> {
        let key = |nested: &Nested| (nested.relation, name(&nested.write));
        let keys: Vec<_> = nested.iter().map(key).collect();
        for (at, nested) in nested.iter_mut().enumerate() {
            let relation = model.relation(nested.relation)?;
            let key = key(nested);
            let alike = |other: &&_| **other == key;
            let step = match keys.iter().filter(alike).count() {
                1 => key.1.to_owned(),
                _ => format!("{}[{}]", key.1, keys.iter().take(at).filter(alike).count()),
            };
            self.within(&*relation.name, |work| work.within(step, |work| work.along(relation, &mut nested.write)))?;
        }
        Ok(())
    }

    fn along(&mut self, relation: &Relation, write: &mut NestedWrite) -> Result<()> {
        let target = relation.target;
        // A row at the other end gets its foreign key from this one.
        let filled: Vec<FieldId> = if relation.owner || relation.link.is_some() {
            Vec::new()
        } else {
            relation.on.iter().map(|(_, far)| *far).collect()
        };
        match write {
            NestedWrite::Create(new) => self.new_row(target, new, &filled),
            NestedWrite::CreateMany(rows, _) => self.rows(target, rows, &filled),
            NestedWrite::ConnectOrCreate(_, new) => self.within("create", |work| work.new_row(target, new, &filled)),
            NestedWrite::Update(_, changes) => self.changes(target, changes),
            NestedWrite::Upsert(_, new, changes) => {
                self.within("create", |work| work.new_row(target, new, &filled))?;
                self.within("update", |work| work.changes(target, changes))
            }
            NestedWrite::UpdateMany(_, values, _) => self.assigned(target, values),
            NestedWrite::Connect(_)
            | NestedWrite::Disconnect(_)
            | NestedWrite::Set(_)
            | NestedWrite::Delete(_)
            | NestedWrite::DeleteMany(..) => Ok(()),
        }
    }
}

/// How the input calls what is done along a relation.
const fn name(write: &NestedWrite) -> &'static str {
    match write {
        NestedWrite::Create(_) => "create",
        NestedWrite::CreateMany(..) => "createMany",
        NestedWrite::Connect(_) => "connect",
        NestedWrite::ConnectOrCreate(..) => "connectOrCreate",
        NestedWrite::Disconnect(_) => "disconnect",
        NestedWrite::Set(_) => "set",
        NestedWrite::Update(..) => "update",
        NestedWrite::Upsert(..) => "upsert",
        NestedWrite::UpdateMany(..) => "updateMany",
        NestedWrite::Delete(_) => "delete",
        NestedWrite::DeleteMany(..) => "deleteMany",
    }
}
