//! Rows of models that extend a delegate: each has a part in the table of every delegate above it.

use super::steps::{AT_ONCE, Before};
use super::{Writer, Written, fields};
use crate::error::{DeniedReason, Error, Result};
use crate::guard::Chosen;
use crate::plan::Assign;
use crate::schema::{Base, FieldId, Model, ModelId, Operation};
use crate::value::Value;

impl Writer<'_> {
    /// Inserts a row, the part of the outermost delegate first. The rules are asked then, about the whole row.
    pub(super) async fn insert_parts(&mut self, model: ModelId, mut values: Vec<(FieldId, Value)>) -> Result<Written> {
        let described = self.session.model(model)?;
        for (field, tag) in self.tags(described)? {
            values.retain(|(given, _)| *given != field);
            values.push((field, Value::Text(tag)));
        }
        let mut first = true;
        for part in self.parts(described)? {
            let verdict = self.session.guard().insert_part(model, part, &values, first)?;
            let rows = self.ask(model, Operation::Create, verdict).await?;
            if rows.is_empty() {
                return Err(self.session.refused(model)?);
            }
            // What the database made of the id is that of every part.
            for (id, cell) in described.id.iter().zip(rows.cells) {
                let value = cell.held_by(described.field(*id)?)?;
                values.retain(|(given, _)| given != id);
                values.push((*id, value));
            }
            first = false;
        }
        Ok(Written { values })
    }

    /// Updates rows; those that the rules leave. They are chosen under the rules first, then changed part by part.
    pub(super) async fn change_parts(
        &mut self,
        chosen: Chosen<'_>,
        values: Vec<(FieldId, Assign)>,
    ) -> Result<Vec<Written>> {
        let Chosen { model, .. } = chosen;
        let described = self.session.model(model)?;
        let open = match self.session.guard().but_for_fields(chosen, &fields(&values))? {
            Some(question) => Some(self.count(model, Operation::Update, question).await?),
            None => None,
        };
        let before = self.remember(chosen, &values).await?;
        if open.is_some_and(|open| before.len() < open) {
            return Err(self.session.denied(model, Operation::Update, DeniedReason::NoAccess)?);
        }
        if before.is_empty() {
            return Ok(Vec::new());
        }
        if values.iter().any(|(field, _)| described.id.contains(field)) {
            return Err(Error::invalid(format!("the id of a row of `{}` cannot change", described.name)));
        }
        let rows: Vec<Written> = before.iter().map(|before| after(before, &values)).collect();
        for part in self.parts(described)? {
            let here = |(id, _): &(FieldId, Assign)| described.field(*id).is_ok_and(|field| field.inherited == part);
            if values.iter().any(here) {
                for some in rows.chunks(AT_ONCE) {
                    let ids = self.session.key_of_any(model, some)?;
                    let verdict = self.session.guard().update_part(model, part, &ids, &values)?;
                    self.ask(model, Operation::Update, verdict).await?;
                }
            }
        }
        let follows = self.session.keeps_what_follows(model, &values)?;
        let before = if follows || self.session.remembers(model)? { Some(before) } else { None };
        self.note(model, &rows, before, follows).await?;
        Ok(rows)
    }

    /// The tables that a row lies in, the outermost delegate first; none stands for the model's own.
    fn parts(&self, model: &Model) -> Result<Vec<Option<ModelId>>> {
        let mut parts = vec![None];
        let mut next = model.base.as_ref();
        while let Some(Base { model, .. }) = next {
            parts.push(Some(*model));
            next = self.session.model(*model)?.base.as_ref();
        }
        parts.reverse();
        Ok(parts)
    }

    /// What the discriminators of the delegates above a model hold for its rows.
    fn tags(&self, model: &Model) -> Result<Vec<(FieldId, String)>> {
        let mut tags = Vec::new();
        let mut at = model;
        while let Some(base) = &at.base {
            let name = &at.field(base.discriminator)?.name;
            let same = (0..).map(FieldId).zip(model.fields.iter()).find(|(_, field)| field.name == *name);
            let (field, _) = same.ok_or(crate::schema::Broken)?;
            tags.push((field, base.value.clone().into_owned()));
            at = self.session.model(base.model)?;
        }
        Ok(tags)
    }
}

/// What is known of a row after an update.
fn after(before: &Before, values: &[(FieldId, Assign)]) -> Written {
    let set = |id: FieldId| {
        values.iter().find_map(|(field, assign)| match assign {
            Assign::Set(value) if *field == id => Some(value.clone()),
            _ => None,
        })
    };
    let held = (0..).map(FieldId).zip(&before.fields);
    let held = held.filter_map(|(id, value)| Some((id, set(id).or_else(|| value.clone())?)));
    Written { values: held.collect() }
}
