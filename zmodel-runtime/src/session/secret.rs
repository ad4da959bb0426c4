//! Fields that the database must not know: what is written into them is sealed, and what is read from them opened.

use super::Session;
use crate::driver::{QueryKind, Rows};
use crate::error::{Error, Result};
use crate::guard::Verdict;
use crate::plan::{Assign, Filter, Find, Include};
use crate::row::Row;
use crate::schema::{Field, FieldId, Model, ModelId, Operation, Secret};
use crate::secret;
use crate::value::{FieldValue, Value};

/// Where the encrypted cells of a row are.
#[derive(Default)]
struct Encrypted<'s> {
    cells: Vec<(usize, &'s Model, &'s Field)>,
    /// Related rows, in a cell: whether they are many, and where in each of them.
    related: Vec<(usize, bool, Encrypted<'s>)>,
}

impl Encrypted<'_> {
    const fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.related.is_empty()
    }
}

impl Session {
    /// Seals the values of a new row. To be called when its defaults are there.
    pub(super) async fn seal(&self, model: ModelId, values: &mut [(FieldId, Value)]) -> Result<()> {
        let model = self.model(model)?;
        for (id, value) in values {
            self.seal_value(model, model.field(*id)?, value).await?;
        }
        Ok(())
    }

    /// Seals the values of an update.
    pub(super) async fn seal_changes(&self, model: ModelId, values: &mut [(FieldId, Assign)]) -> Result<()> {
        let model = self.model(model)?;
        for (id, assign) in values {
            let field = model.field(*id)?;
            match assign {
                Assign::Set(value) => self.seal_value(model, field, value).await?,
                Assign::Push(items) => {
                    for item in items {
                        self.seal_value(model, field, item).await?;
                    }
                }
                Assign::Increment(_) | Assign::Decrement(_) | Assign::Multiply(_) | Assign::Divide(_) => {}
            }
        }
        Ok(())
    }

    async fn seal_value(&self, model: &Model, field: &Field, value: &mut Value) -> Result<()> {
        let Some(secret) = field.secret else { return Ok(()) };
        let one = std::slice::from_mut(value);
        let texts = match one {
            [Value::List(items)] => items.as_mut_slice(),
            one => one,
        };
        for value in texts {
            let Value::Text(text) = value else { continue };
            *text = match secret {
                Secret::Password => secret::hash(std::mem::take(text)).await?,
                Secret::Encrypted => self.keys(model, field)?.encrypt(text)?,
            };
        }
        Ok(())
    }

    fn keys(&self, model: &Model, field: &Field) -> Result<&secret::Keys> {
        self.engine.provided().keys.as_ref().ok_or_else(|| {
            Error::invalid(format!("`{}.{}` is encrypted, and no keys were given for it", model.name, field.name))
        })
    }

    /// Whether something has to be opened of what a plan reads.
    pub(super) fn reads_encrypted(&self, plan: &Find) -> Result<bool> {
        Ok(self.engine.has_encrypted() && !self.encrypted(plan)?.is_empty())
    }

    /// Opens what a plan has read.
    pub(super) fn open(&self, plan: &Find, mut rows: Rows) -> Result<Rows> {
        if !self.engine.has_encrypted() || rows.cells.is_empty() {
            return Ok(rows);
        }
        let encrypted = self.encrypted(plan)?;
        if !encrypted.is_empty() {
            for row in rows.cells.chunks_mut(rows.width.max(1)) {
                self.open_row(&encrypted, row)?;
            }
        }
        Ok(rows)
    }

    fn encrypted<'s>(&'s self, plan: &Find) -> Result<Encrypted<'s>> {
        let model = self.model(plan.model)?;
        let fields = plan.fields.clone().unwrap_or_else(|| model.read_fields().map(|(id, _)| id).collect());
        let mut found = Encrypted::default();
        for (at, id) in fields.iter().enumerate() {
            let field = model.field(*id)?;
            if field.secret == Some(Secret::Encrypted) {
                found.cells.push((at, model, field));
            }
        }
        for (at, include) in plan.includes.iter().enumerate() {
            if let Include::Rows(relation, find) = include {
                let there = self.encrypted(find)?;
                if !there.is_empty() {
                    found.related.push((fields.len() + at, model.relation(*relation)?.many, there));
                }
            }
        }
        Ok(found)
    }

    fn open_row(&self, encrypted: &Encrypted<'_>, row: &mut [Value]) -> Result<()> {
        for (at, model, field) in &encrypted.cells {
            let cell = row.get_mut(*at).ok_or_else(|| Error::internal("a row has too few cells"))?;
            let sealed = std::mem::replace(cell, Value::Null);
            *cell = self.open_value(model, field, sealed)?;
        }
        for (at, many, there) in &encrypted.related {
            let cell = row.get_mut(*at).ok_or_else(|| Error::internal("a row has too few cells"))?;
            let opened = |row: &mut Row<'_>| {
                let mut cells = row.rest()?;
                self.open_row(there, &mut cells)?;
                Ok(Value::List(cells))
            };
            let mut sealed = vec![std::mem::replace(cell, Value::Null)].into_iter();
            let mut sealed = Row::of(&mut sealed, 1);
            *cell = if *many {
                Value::List(sealed.all_related(opened)?)
            } else {
                sealed.related(opened)?.unwrap_or(Value::Null)
            };
        }
        Ok(())
    }

    fn open_value(&self, model: &Model, field: &Field, sealed: Value) -> Result<Value> {
        if sealed.is_null() {
            return Ok(Value::Null);
        }
        let keys = self.keys(model, field)?;
        let decode = |expected| Error::Decode {
            model: model.name.clone().into_owned(),
            field: field.name.clone().into_owned(),
            expected,
        };
        let opened =
            |text: &str| keys.decrypt(text).map(Value::Text).ok_or_else(|| decode("encrypted with one of the keys"));
        if field.list {
            let items = Vec::<String>::from_value(sealed).map_err(decode)?;
            return items.iter().map(|text| opened(text)).collect::<Result<_>>().map(Value::List);
        }
        opened(&String::from_value(sealed).map_err(decode)?)
    }

    /// Whether a password is that of the row with a key, in a field marked `@password`. It is not where the caller sees
    /// no such row, or not this field of it, or there is no password; all of it takes the same time.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails.
    pub async fn verify_password(&self, model: ModelId, key: &Filter, field: FieldId, password: &str) -> Result<bool> {
        let mut hash = None;
        if let Verdict::Run(guarded) = self.guard().password(model, key, field)? {
            let query = self.engine.query(guarded, QueryKind::Read)?;
            let rows = self.run(model, Operation::Read, query, super::Spot::Here).await?;
            if let Some(Value::Text(text)) = rows.cells.into_iter().next() {
                hash = Some(text);
            }
        }
        secret::verify(password.to_owned(), hash).await
    }
}
