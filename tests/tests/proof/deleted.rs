//! What is done with rows that are deleted and still there.

use super::{Failure, GONE, Json, Result, Seen, Which, Writer, json, masked};

impl Writer<'_> {
    /// Deletes for good, and restores: all rows are there for it.
    pub(super) fn about_deleted(&mut self, model: usize, operation: &str, which: &Which) -> Result<Json> {
        self.all = true;
        let missing = Failure::missing(&self.schema.models[model].name);
        match operation {
            "deleteManyForGood" => return Ok(json!({ "count": self.remove(model, which, false)? })),
            "deleteForGood" => {
                let seen = self.visible(model, which);
                if self.remove(model, which, false)? == 0 {
                    return Err(missing);
                }
                let unreadable = Failure::unreadable(&self.schema.models[model].name);
                return seen.map(|row| json!({ "id": row["id"] })).ok_or(unreadable);
            }
            _ => {}
        }
        if !self.schema.models[model].soft {
            return Err(Failure { kind: "invalid-input", reason: None, model: None });
        }
        let ids = self.restore(model, which);
        self.accept()?;
        let select = json!({ "select": { "id": true } });
        match operation {
            "restore" if ids.is_empty() => Err(missing),
            "restore" => Ok(self.many(model, &ids, true, &select)?[0].clone()),
            _ => self.many(model, &ids, operation.ends_with("Return"), &select),
        }
    }

    /// Takes the mark from rows that the caller may delete and update.
    fn restore(&mut self, model: usize, which: &Which) -> Vec<i64> {
        let described = &self.schema.models[model];
        let (scene, reader, filter) = (self.scene(), self.reader(), which.filter());
        let may = |operation, row| scene.allows(operation, Seen::Row(model, row));
        let rows = self.world.all_rows(self.schema, model).into_iter().filter(|(_, row)| {
            row.contains_key(GONE)
                && may("delete", row)
                && may("update", row)
                && (!which.looks(described) || may("read", row))
                && reader.holds(model, &masked(&scene, model, row), &filter) == Some(true)
        });
        let rows: Vec<_> = rows.map(|(id, row)| (id, row.clone())).collect();
        for (id, _) in &rows {
            for model in self.schema.concrete(model) {
                if let Some(row) = self.world.tables[model].get_mut(id) {
                    row.shift_remove(GONE);
                }
            }
        }
        let ids = rows.iter().map(|(id, _)| *id).collect();
        self.updated.extend(rows.into_iter().map(|(id, row)| (model, id, row)));
        ids
    }
}
