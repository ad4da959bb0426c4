//! What of a row is shown: `select`, `include`, `omit`.

use serde_json::{Map, Value as Json};

use super::answer::Answer;
use super::fault::{Fault, Parsed, Within, boolean, known, object, unknown};
use super::filter::names;
use super::{asked, find, scalar};
use crate::error::{Error, Result};
use crate::plan::{Find, Include};
use crate::row::Row;
use crate::schema::{Field, FieldId, Model, ModelId, RelationId, Schema};
use crate::value::Value;

/// What of a row is shown.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    model: ModelId,
    fields: Vec<FieldId>,
    /// In the order of the includes of the plan.
    related: Vec<Brought>,
    /// How many related rows there are, by relation; the includes after those.
    counts: Vec<RelationId>,
    /// What rows of a delegate have besides, in the models that extend it; the last includes of the plan.
    parts: Vec<Selection>,
}

/// A field marked `@omit` or `@password` is never shown, whoever asks.
fn shown(model: &Model, id: FieldId) -> Parsed<()> {
    let field = model.field(id)?;
    if field.is_shown() {
        return Ok(());
    }
    let mark = if field.omitted { "@omit" } else { "@password" };
    Err(Fault::new(format!("this field is marked `{mark}` and never shown")))
}

/// What is brought along with a row.
#[derive(Debug, Clone)]
enum Brought {
    /// Related rows.
    Rows(RelationId, Selection),
    /// A field that is computed with arguments.
    Asked(FieldId),
}

impl Selection {
    /// All fields, but no related rows.
    pub(super) fn everything(schema: &Schema, model: ModelId) -> Parsed<Self> {
        let fields = schema.model(model)?.read_fields().map(|(id, _)| id).collect();
        Ok(Self { model, fields, related: Vec::new(), counts: Vec::new(), parts: Vec::new() })
    }

    /// What `select`, `include` and `omit` among `args` ask for, and what has to be included for it.
    pub(super) fn read(schema: &Schema, id: ModelId, args: &Map<String, Json>) -> Parsed<(Self, Vec<Include>)> {
        for (one, other) in [("select", "include"), ("select", "omit")] {
            if args.contains_key(one) && args.contains_key(other) {
                return Err(Fault::new(format!("`{one}` and `{other}` cannot be given together")));
            }
        }
        let mut selection = Self::everything(schema, id)?;
        let mut includes = Vec::new();
        if let Some(select) = args.get("select") {
            selection.fields.clear();
            selection.select(schema, select, &mut includes).under("select")?;
        }
        if let Some(include) = args.get("include") {
            selection.include(schema, include, &mut includes).under("include")?;
        }
        if let Some(omit) = args.get("omit") {
            selection.omit(schema, omit).under("omit")?;
        }
        for (word, json) in
            ["select", "include"].iter().filter_map(|word| Some((*word, args.get(*word)?.get("_count")?)))
        {
            includes.extend(selection.count(schema, json).under("_count").under(word)?);
        }
        if selection.is_empty() {
            return Err(Fault::new("nothing is selected")).under("select");
        }
        if !args.contains_key("select") {
            includes.extend(selection.extended(schema)?);
        }
        Ok((selection, includes))
    }

    /// Adds what rows have in the models that extend this one, and says what has to be included for it.
    fn extended(&mut self, schema: &Schema) -> Parsed<Vec<Include>> {
        let mut includes = Vec::new();
        let relations = (0..).map(RelationId).zip(schema.model(self.model)?.relations.iter());
        for (relation, described) in relations.filter(|(_, relation)| relation.part) {
            let model = schema.model(described.target)?;
            let own =
                |id: &FieldId| model.field(*id).is_ok_and(|field| field.inherited.is_none()) && !model.id.contains(id);
            let mut part = Self::everything(schema, described.target)?;
            part.fields.retain(own);
            let find = Find { includes: part.extended(schema)?, ..Find::new(described.target) };
            includes.push(Include::Rows(relation, find));
            self.parts.push(part);
        }
        Ok(includes)
    }

    fn select(&mut self, schema: &Schema, json: &Json, includes: &mut Vec<Include>) -> Parsed<()> {
        let model = schema.model(self.model)?;
        for (key, value) in object(json)?.iter().filter(|(key, _)| *key != "_count") {
            if let Some((id, field)) = model.visible_field(key) {
                if !field.params.is_empty() {
                    self.ask(schema, id, field, value, includes).under(key)?;
                } else if boolean(value).under(key)? {
                    shown(model, id).under(key)?;
                    self.fields.push(id);
                }
            } else {
                self.relation(schema, key, value, includes).under(key)?;
            }
        }
        self.fields.sort_unstable();
        Ok(())
    }

    fn include(&mut self, schema: &Schema, json: &Json, includes: &mut Vec<Include>) -> Parsed<()> {
        let model = schema.model(self.model)?;
        for (key, value) in object(json)?.iter().filter(|(key, _)| *key != "_count") {
            if let Some((id, field)) = model.visible_field(key) {
                if field.params.is_empty() {
                    return Err(Fault::new("only relations can be included; fields are there anyway")).under(key);
                }
                self.ask(schema, id, field, value, includes).under(key)?;
                continue;
            }
            self.relation(schema, key, value, includes).under(key)?;
        }
        Ok(())
    }

    /// A field that is computed with arguments.
    fn ask(
        &mut self,
        schema: &Schema,
        id: FieldId,
        field: &Field,
        json: &Json,
        includes: &mut Vec<Include>,
    ) -> Parsed<()> {
        shown(schema.model(self.model)?, id)?;
        let (asked, rest) = asked::split(schema, id, field, json)?;
        if let Some(key) = rest.keys().next() {
            return Err(unknown(key, std::iter::once("args")));
        }
        includes.push(Include::Asked(asked));
        self.related.push(Brought::Asked(id));
        Ok(())
    }

    fn relation(&mut self, schema: &Schema, key: &str, json: &Json, includes: &mut Vec<Include>) -> Parsed<()> {
        let model = schema.model(self.model)?;
        let Some((relation_id, relation)) = model.find_relation(key) else { return Err(unknown(key, names(model))) };
        let none = Map::new();
        let args = match json {
            Json::Bool(false) => return Ok(()),
            Json::Bool(true) => &none,
            Json::Object(_) if relation.many => known(json, &find::NESTED)?,
            Json::Object(_) => known(json, &["where", "select", "include", "omit"])?,
            other => return Err(Fault::expected("`true`, `false` or an object", other)),
        };
        let (find, selection) = find::find(schema, relation.target, args)?;
        includes.push(Include::Rows(relation_id, find));
        self.related.push(Brought::Rows(relation_id, selection));
        Ok(())
    }

    /// `_count`: of every relation to many rows, or of those that are named, all rows or those that match.
    fn count(&mut self, schema: &Schema, json: &Json) -> Parsed<Vec<Include>> {
        let model = schema.model(self.model)?;
        let mut includes = Vec::new();
        let mut add = |id: RelationId, find: Find| {
            self.counts.push(id);
            includes.push(Include::Count(id, find));
        };
        match json {
            Json::Bool(false) => {}
            Json::Bool(true) => {
                let relations = (0..).map(RelationId).zip(model.relations.iter());
                relations.filter(|(_, one)| one.many).for_each(|(id, one)| add(id, Find::new(one.target)));
            }
            json => {
                let members = known(json, &["select"])?;
                let select = members.get("select").ok_or_else(|| Fault::new("`select` is missing"))?;
                for (key, value) in object(select).under("select")? {
                    let many = model.find_relation(key).filter(|(_, relation)| relation.many);
                    let lists = model.relations.iter().filter(|relation| relation.many);
                    let found = many.ok_or_else(|| unknown(key, lists.map(|relation| &*relation.name)));
                    let (id, relation) = found.under(key).under("select")?;
                    let mut find = Find::new(relation.target);
                    match value {
                        Json::Bool(false) => continue,
                        Json::Bool(true) => {}
                        value => {
                            let args = known(value, &["where"]).under(key).under("select")?;
                            find::rows(schema, &mut find, args).under(key).under("select")?;
                        }
                    }
                    add(id, find);
                }
            }
        }
        Ok(includes)
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.related.is_empty() && self.counts.is_empty()
    }

    fn omit(&mut self, schema: &Schema, json: &Json) -> Parsed<()> {
        let model = schema.model(self.model)?;
        for (key, value) in object(json)? {
            let Some((field, described)) = model.visible_field(key) else {
                return Err(unknown(key, names(model))).under(key);
            };
            asked::without(described).under(key)?;
            if boolean(value).under(key)? {
                self.fields.retain(|shown| *shown != field);
            } else {
                shown(model, field).under(key)?;
            }
        }
        Ok(())
    }

    /// Shows a row: its cells are the fields that are read, in the order of the schema, then the included rows.
    pub(super) fn row(&self, schema: &Schema, row: &mut Row<'_>) -> Result<Answer> {
        let model = schema.model(self.model)?;
        let mut members = Vec::with_capacity(self.fields.len() + self.related.len());
        for (id, field) in model.read_fields() {
            let cell = row.cell()?;
            if self.fields.contains(&id) {
                members.push((field.name.clone().into_owned(), scalar::answer(schema, field, cell)?));
            }
        }
        for brought in &self.related {
            let (relation, selection) = match brought {
                Brought::Rows(relation, selection) => (relation, selection),
                Brought::Asked(id) => {
                    let field = model.field(*id)?;
                    members.push((field.name.clone().into_owned(), scalar::answer(schema, field, row.cell()?)?));
                    continue;
                }
            };
            let relation = model.relation(*relation)?;
            let nested = |row: &mut Row<'_>| selection.row(schema, row);
            let shown = if relation.many {
                Answer::List(row.all_related(nested)?)
            } else {
                row.related(nested)?.unwrap_or(Answer::Null)
            };
            members.push((relation.name.clone().into_owned(), shown));
        }
        if !self.counts.is_empty() {
            let counts = self.counts.iter().map(|id| match row.cell()? {
                Value::Int(count) => Ok((model.relation(*id)?.name.clone().into_owned(), Answer::Plain(count.into()))),
                _ => Err(Error::internal("a count without a number")),
            });
            members.push(("_count".to_owned(), Answer::Object(counts.collect::<Result<_>>()?)));
        }
        for part in &self.parts {
            if let Some(Answer::Object(own)) = row.related(|row| part.row(schema, row))? {
                members.extend(own);
            }
        }
        Ok(Answer::Object(members))
    }
}
