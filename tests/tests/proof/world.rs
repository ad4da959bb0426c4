//! What a database holds: rows by model, and links. Nothing here knows of rules.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{Action, End, Schema};
use super::{Json, Row};

/// What a row has that was deleted and is still there; no row has a field of that name.
pub(crate) const GONE: &str = "gone";

/// What a row that somebody sees has its id as, whether he sees the id or not; no row has a field of that name.
pub(crate) const REAL: &str = "#";

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    /// The rows of each model by id, deleted ones with [`GONE`]; a row of a delegate is with the model that extends it.
    pub(crate) tables: Vec<BTreeMap<i64, Row>>,
    pub(crate) links: Vec<BTreeSet<(i64, i64)>>,
}

pub(crate) fn less(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left.as_f64() < right.as_f64(),
        (Json::String(left), Json::String(right)) => left.as_bytes() < right.as_bytes(),
        (Json::Bool(left), Json::Bool(right)) => left < right,
        _ => panic!("{left} and {right} have no order"),
    }
}

impl World {
    pub(crate) fn empty(schema: &Schema) -> Self {
        Self { tables: vec![BTreeMap::new(); schema.models.len()], links: vec![BTreeSet::new(); schema.link_tables] }
    }

    pub(crate) fn len(&self) -> usize {
        self.tables.iter().map(BTreeMap::len).sum()
    }

    /// The rows of a model that are not deleted, by id.
    pub(crate) fn rows(&self, schema: &Schema, model: usize) -> Vec<(i64, &Row)> {
        let mut rows = self.all_rows(schema, model);
        rows.retain(|(_, row)| !row.contains_key(GONE));
        rows
    }

    /// The rows of a model by id: those that are not deleted, or all of them.
    pub(crate) fn in_sight(&self, schema: &Schema, model: usize, all: bool) -> Vec<(i64, &Row)> {
        if all { self.all_rows(schema, model) } else { self.rows(schema, model) }
    }

    /// The rows of a model, by id; deleted ones have their values and their keys still.
    pub(crate) fn all_rows(&self, schema: &Schema, model: usize) -> Vec<(i64, &Row)> {
        let concrete = schema.concrete(model);
        let mut rows: Vec<(i64, &Row)> =
            concrete.iter().flat_map(|model| self.tables[*model].iter().map(|(id, row)| (*id, row))).collect();
        rows.sort_by_key(|(id, _)| *id);
        rows
    }

    /// A row, with all that it has.
    pub(crate) fn row(&self, schema: &Schema, model: usize, id: &Json) -> Option<&Row> {
        self.whole(schema, model, id).map(|(_, row)| row)
    }

    /// A row that is not deleted.
    pub(crate) fn live(&self, schema: &Schema, model: usize, id: &Json) -> Option<&Row> {
        self.row(schema, model, id).filter(|row| !row.contains_key(GONE))
    }

    /// A row, and the model that it belongs to.
    pub(crate) fn whole(&self, schema: &Schema, model: usize, id: &Json) -> Option<(usize, &Row)> {
        let id = id.as_i64()?;
        schema.concrete(model).into_iter().find_map(|model| Some((model, self.tables[model].get(&id)?)))
    }

    pub(crate) fn change(&mut self, schema: &Schema, model: usize, id: i64, field: &str, value: &Json) {
        for model in schema.concrete(model) {
            if let Some(row) = self.tables[model].get_mut(&id) {
                row.insert(field.to_owned(), value.clone());
            }
        }
    }

    /// The rows that a relation leads to from a row.
    pub(crate) fn related(&self, schema: &Schema, model: usize, row: &Row, name: &str) -> Vec<&Row> {
        let relation = schema.models[model].relation(name).unwrap();
        let all = self.rows(schema, relation.target).into_iter();
        let here = &row["id"];
        match &relation.end {
            End::Key(key, _) => all.filter(|(_, there)| there["id"] == row[key]).map(|(_, row)| row).collect(),
            End::Referring(key, _) => all.filter(|(_, there)| there[key] == *here).map(|(_, row)| row).collect(),
            End::Linked(table, first) => {
                let linked = |there: i64| self.linked(*table, *first, here, there);
                all.filter(|(id, _)| linked(*id)).map(|(_, row)| row).collect()
            }
        }
    }

    pub(crate) fn linked(&self, table: usize, first: bool, here: &Json, there: i64) -> bool {
        let here = here.as_i64().unwrap();
        self.links[table].contains(&if first { (here, there) } else { (there, here) })
    }

    /// Whether every constraint holds: unique values, and keys that lead somewhere, where the database looks at that.
    pub(crate) fn is_sound(&self, schema: &Schema) -> bool {
        schema.models.iter().enumerate().all(|(at, model)| {
            let rows = self.all_rows(schema, at);
            let keys = model.relations.iter().filter_map(|relation| Some((relation.key()?, relation.target)));
            let sound = |(key, target): (&str, usize)| {
                rows.iter().all(|(_, row)| row[key].is_null() || self.row(schema, target, &row[key]).is_some())
            };
            let filled =
                |(_, row): &(i64, &Row)| model.fields.iter().all(|field| field.optional || !row[&field.name].is_null());
            let unique = |field: &str| {
                let values: Vec<&Json> = rows.iter().map(|(_, row)| &row[field]).filter(|it| !it.is_null()).collect();
                values.iter().enumerate().all(|(at, value)| !values[..at].contains(value))
            };
            let uniques = model.fields.iter().filter(|field| field.unique);
            (schema.loose || keys.into_iter().all(sound))
                && rows.iter().all(filled)
                && uniques.into_iter().all(|it| unique(&it.name))
        })
    }

    /// Gives a row another id, if that is free; what refers to the row refers to it still.
    pub(crate) fn rename(&mut self, schema: &Schema, model: usize, old: i64, new: i64) {
        let is_it = |target: usize| target == model || schema.models[model].base == Some(target);
        let family = schema.models[model].base.unwrap_or(model);
        if self.row(schema, family, &new.into()).is_some() {
            return;
        }
        let mut row = self.tables[model].remove(&old).unwrap();
        row.insert("id".to_owned(), new.into());
        self.tables[model].insert(new, row);
        for (at, referring) in schema.models.iter().enumerate().filter(|(_, model)| !model.delegate) {
            for relation in referring.relations.iter().filter(|relation| is_it(relation.target)) {
                match &relation.end {
                    End::Key(key, _) => {
                        for row in self.tables[at].values_mut().filter(|row| row[key] == old) {
                            row.insert(key.clone(), new.into());
                        }
                    }
                    End::Linked(table, first) => {
                        let renamed = |id: i64| if id == old { new } else { id };
                        let links = std::mem::take(&mut self.links[*table]).into_iter();
                        let links = links.map(|(a, b)| if *first { (a, renamed(b)) } else { (renamed(a), b) });
                        self.links[*table] = links.collect();
                    }
                    End::Referring(..) => {}
                }
            }
        }
    }

    /// Takes a row away, and what the database deletes along with it. Whether it can be deleted.
    pub(crate) fn delete(&mut self, schema: &Schema, model: usize, id: i64) -> bool {
        let Some((model, _)) = self.whole(schema, model, &id.into()) else { return true };
        self.tables[model].remove(&id);
        let is_it = |target: usize| target == model || schema.models[model].base == Some(target);
        for (at, referring) in schema.models.iter().enumerate().filter(|(_, model)| !model.delegate) {
            for relation in referring.relations.iter().filter(|relation| is_it(relation.target)) {
                match &relation.end {
                    End::Key(key, action) => {
                        let rows: Vec<i64> =
                            self.tables[at].iter().filter(|(_, row)| row[key] == id).map(|(id, _)| *id).collect();
                        for row in rows {
                            match action {
                                Action::Cascade => {
                                    if !self.delete(schema, at, row) {
                                        return false;
                                    }
                                }
                                Action::SetNull => self.change(schema, at, row, key, &Json::Null),
                            }
                        }
                    }
                    End::Linked(table, first) => {
                        self.links[*table].retain(|(a, b)| if *first { *b != id } else { *a != id });
                    }
                    End::Referring(..) => {}
                }
            }
        }
        true
    }
}
