//! Writes along relations.

use serde_json::{Map, Value as Json};

use super::data;
use super::fault::{Fault, Parsed, Within, boolean, each, known, object, unknown};
use super::filter::filter;
use super::key::key;
use super::write::{limit, needed, rows};
use crate::plan::{Filter, Key, Nested, NestedWrite};
use crate::schema::{FieldId, ModelId, Relation, RelationId, Schema};

/// A relation that is written along.
#[derive(Clone, Copy)]
struct Along<'s> {
    schema: &'s Schema,
    model: ModelId,
    relation: &'s Relation,
}

/// What a new row does along a relation.
pub(super) fn in_create(
    schema: &Schema,
    model: ModelId,
    id: RelationId,
    relation: &Relation,
    json: &Json,
) -> Parsed<Vec<Nested>> {
    let along = Along { schema, model, relation };
    let verbs: &[&str] = match (relation.many, relation.link.is_some()) {
        (true, false) => &["create", "createMany", "connect", "connectOrCreate"],
        (true, true) | (false, _) => &["create", "connect", "connectOrCreate"],
    };
    along.all(id, json, verbs)
}

/// What an update does along a relation.
pub(super) fn in_update(
    schema: &Schema,
    model: ModelId,
    id: RelationId,
    relation: &Relation,
    json: &Json,
) -> Parsed<Vec<Nested>> {
    let along = Along { schema, model, relation };
    let verbs: &[&str] = match (relation.many, relation.link.is_some()) {
        (true, true) => &[
            "create",
            "connect",
            "connectOrCreate",
            "disconnect",
            "set",
            "update",
            "upsert",
            "updateMany",
            "delete",
            "deleteMany",
        ],
        (true, false) => &[
            "create",
            "createMany",
            "connect",
            "connectOrCreate",
            "disconnect",
            "set",
            "update",
            "upsert",
            "updateMany",
            "delete",
            "deleteMany",
        ],
        (false, _) if along.is_optional() => {
            &["create", "connect", "connectOrCreate", "disconnect", "update", "upsert", "delete"]
        }
        (false, _) => &["create", "connect", "connectOrCreate", "update", "upsert"],
    };
    along.all(id, json, verbs)
}

impl Along<'_> {
    fn is_optional(self) -> bool {
        let optional = |model: ModelId, field: FieldId| {
            self.schema.model(model).and_then(|model| model.field(field)).is_ok_and(|field| field.optional)
        };
        !self.relation.owner || self.relation.on.iter().any(|(near, _)| optional(self.model, *near))
    }

    fn target(self) -> ModelId {
        self.relation.target
    }

    /// The fields of rows at the other end that get their values from the row at hand.
    fn filled(self) -> Vec<FieldId> {
        if self.relation.owner || self.relation.link.is_some() {
            return Vec::new();
        }
        self.relation.on.iter().map(|(_, far)| *far).collect()
    }

    fn all(self, id: RelationId, json: &Json, verbs: &[&str]) -> Parsed<Vec<Nested>> {
        let mut writes = Vec::new();
        for (verb, json) in object(json)? {
            if !verbs.contains(&verb.as_str()) {
                return Err(unknown(verb, verbs.iter().copied())).under(verb);
            }
            let read = self.verb(verb, json).under(verb)?;
            writes.extend(read.into_iter().map(|write| Nested { relation: id, write }));
        }
        Ok(writes)
    }

    fn verb(self, verb: &str, json: &Json) -> Parsed<Vec<NestedWrite>> {
        let Self { schema, .. } = self;
        let target = self.target();
        if !self.relation.many && json.is_array() {
            return Err(Fault::expected("one object, since it is a relation to one row", json));
        }
        match verb {
            "create" => each(json, |one| data::new(schema, target, one, &self.filled()).map(NestedWrite::Create)),
            "createMany" => {
                let args = known(json, &["data", "skipDuplicates"])?;
                let rows = each(needed(args, "data")?, |row| data::flat(schema, target, row, &self.filled()));
                let skip =
                    args.get("skipDuplicates").map_or(Ok(false), |json| boolean(json).under("skipDuplicates"))?;
                Ok(vec![NestedWrite::CreateMany(rows.under("data")?, skip)])
            }
            "connect" => each(json, |one| key(schema, target, one).map(NestedWrite::Connect)),
            "connectOrCreate" => each(json, |one| {
                let args = known(one, &["where", "create"])?;
                let wanted = key(schema, target, needed(args, "where")?).under("where")?;
                let new = data::new(schema, target, needed(args, "create")?, &self.filled()).under("create")?;
                Ok(NestedWrite::ConnectOrCreate(wanted, new))
            }),
            "disconnect" => self.these(json, NestedWrite::Disconnect),
            "delete" => self.these(json, NestedWrite::Delete),
            "set" => each(json, |one| key(schema, target, one)).map(|keys| vec![NestedWrite::Set(keys)]),
            "update" => each(json, |one| {
                let (filter, data) = self.data(one)?;
                Ok(NestedWrite::Update(filter, data::changes(schema, target, data, &self.filled())?))
            }),
            "upsert" => each(json, |one| {
                let args = known(one, &["where", "create", "update"])?;
                let filter = self.chosen(args)?;
                let new = data::new(schema, target, needed(args, "create")?, &self.filled()).under("create")?;
                let changes = data::changes(schema, target, needed(args, "update")?, &self.filled()).under("update")?;
                Ok(NestedWrite::Upsert(filter, new, changes))
            }),
            "updateMany" => each(json, |one| {
                let args = known(one, &["where", "data", "limit"])?;
                let values = data::assignments(schema, target, needed(args, "data")?).under("data")?;
                Ok(NestedWrite::UpdateMany(rows(schema, target, args)?, values, limit(args)?))
            }),
            "deleteMany" => each(json, |one| Ok(NestedWrite::DeleteMany(filter(schema, target, one)?, None))),
            _ => Err(Fault::new("there is no such write")),
        }
    }

    /// The related rows that a `disconnect` or `delete` is about: `true` or a filter along a relation to one row, keys
    /// along one to many.
    fn these(self, json: &Json, write: impl Fn(Filter) -> NestedWrite) -> Parsed<Vec<NestedWrite>> {
        if self.relation.many {
            return each(json, |one| key(self.schema, self.target(), one).map(|key| write(key.into_filter())));
        }
        match json {
            Json::Bool(false) => Ok(Vec::new()),
            Json::Bool(true) => Ok(vec![write(Filter::Constant(true))]),
            other => Ok(vec![write(filter(self.schema, self.target(), other)?)]),
        }
    }

    /// `where` of one related row: a key along a relation to many, any filter or none along one to one row.
    fn chosen(self, args: &Map<String, Json>) -> Parsed<Filter> {
        if self.relation.many {
            return key(self.schema, self.target(), needed(args, "where")?).under("where").map(Key::into_filter);
        }
        rows(self.schema, self.target(), args)
    }

    /// Which related row is changed, and what it becomes. Along a relation to one row the data can stand alone.
    fn data(self, json: &Json) -> Parsed<(Filter, &Json)> {
        let members = object(json)?;
        let model = self.schema.model(self.target())?;
        let wrapped = members.get("data").is_some_and(Json::is_object)
            && members.keys().all(|key| key == "where" || key == "data")
            && model.visible_field("data").is_none();
        if !self.relation.many && !wrapped {
            return Ok((Filter::Constant(true), json));
        }
        let args = known(json, &["where", "data"])?;
        Ok((self.chosen(args)?, needed(args, "data")?))
    }
}
