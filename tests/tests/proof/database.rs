//! Databases that the proof runs on, through the public doors alone: schema text in, calls in JSON, rows out.

use std::borrow::Cow;

use serde_json::json;
use zmodel_runtime::Value;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::driver::Rows;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::{self, Operation};
use zmodel_runtime::plan::{self, Filter, Key, Removal};
use zmodel_runtime::schema::{Comparison, Model, Schema as Compiled};
use zmodel_runtime::session::Session;

use super::schema::{End, Schema};
use super::world::{GONE, World};
use super::{Failure, Json, Row};

pub(crate) use zmodel_tests::database::Database;

/// What the proof has to know of a kind of database.
pub(crate) trait Kind: Copy {
    fn provider(self) -> &'static str;

    /// Whether it takes NULL for the highest value.
    fn nulls_high(self) -> bool;

    /// A new database with empty tables.
    async fn open(self, schema: Compiled) -> Engine {
        let engine = Engine::connect(Cow::Owned(schema), &zmodel_tests::database::url().await).await.unwrap();
        engine.create_tables().await.unwrap();
        engine
    }

    /// A new database with the rows of a world.
    async fn holding(self, schema: &Schema, world: &World) -> Result<Engine, String> {
        let engine = self.open(compile(&schema.print(self.provider()))?).await;
        for (model, operation, args) in arrangement(schema, world) {
            let outcome = call(&engine, &"raw".into(), &model, operation, &args).await;
            if outcome.get("ok").is_none() {
                return Err(format!("{model} {operation} {args}: {outcome}"));
            }
        }
        Ok(engine)
    }
}

impl Kind for Database {
    fn provider(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }

    fn nulls_high(self) -> bool {
        self == Self::Postgres
    }
}

pub(crate) fn compile(text: &str) -> Result<Compiled, String> {
    let compiled = zmodel_cli::compile_schema("proof.zmodel".as_ref(), &|_| Ok(text.to_owned()));
    let errors = compiled.diagnostics.iter();
    let errors: Vec<String> =
        errors.map(|one| zmodel_cli::diagnostic::render::plain_one(&compiled.sources, one)).collect();
    compiled.schema.ok_or_else(|| format!("{text}\n{}", errors.join("\n")))
}

/// The calls that make the rows of a world in an empty database.
pub(crate) fn arrangement(schema: &Schema, world: &World) -> Vec<(String, &'static str, Json)> {
    let mut calls = Vec::new();
    let mut keys = Vec::new();
    for (at, model) in schema.models.iter().enumerate() {
        // Keys that need not be there come when every row is.
        let later =
            |name: &str| model.relations.iter().any(|it| it.key() == Some(name)) && model.field(name).unwrap().optional;
        let given = |name: &str| !later(name) && !model.field(name).unwrap().tag;
        let row = |row: &Row, which: &dyn Fn(&str) -> bool| -> Row {
            let members = row.iter().filter(|(name, _)| *name != GONE && which(name));
            members.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let rows: Vec<Json> = world.tables[at].values().map(|it| Json::Object(row(it, &given))).collect();
        if !rows.is_empty() {
            calls.push((model.name.clone(), "createMany", json!({ "data": rows })));
        }
        for (id, values) in &world.tables[at] {
            let mut changes = row(values, &|name| later(name) && !values[name].is_null());
            for relation in &model.relations {
                if let End::Linked(table, true) = relation.end {
                    let linked = world.links[table].iter().filter(|(here, _)| here == id);
                    let linked: Vec<Json> = linked.map(|(_, there)| json!({ "id": there })).collect();
                    if !linked.is_empty() {
                        changes.insert(relation.name.clone(), json!({ "connect": linked }));
                    }
                }
            }
            if !changes.is_empty() {
                keys.push((model.name.clone(), "update", json!({ "where": { "id": id }, "data": changes })));
            }
        }
    }
    calls.extend(keys);
    for (at, model) in schema.models.iter().enumerate() {
        let gone = world.tables[at].iter().filter(|(_, row)| row.contains_key(GONE));
        calls.extend(gone.map(|(id, _)| (model.name.clone(), "delete", json!({ "where": { "id": id } }))));
    }
    calls
}

/// `{"ok": …}` or `{"error": …}`.
pub(crate) async fn call(engine: &Engine, caller: &Json, model: &str, operation: &str, args: &Json) -> Json {
    call_seeing(false, engine, caller, model, operation, args).await
}

/// The same; for a caller for whom rows are there that are deleted, `all` of them.
pub(crate) async fn call_seeing(
    all: bool,
    engine: &Engine,
    caller: &Json,
    model: &str,
    operation: &str,
    args: &Json,
) -> Json {
    let who = if *caller == "raw" { Ok(Caller::Unguarded("the proof")) } else { json::caller(engine.schema(), caller) };
    match who {
        Ok(who) => {
            let session = Session::new(engine.clone(), who);
            let session = if all { session.with_deleted() } else { session };
            call_in(&session, model, operation, args).await
        }
        Err(error) => json!({ "error": json::failure(&error) }),
    }
}

async fn call_in(session: &Session, model: &str, operation: &str, args: &Json) -> Json {
    let outcome = match operation.parse::<Operation>() {
        Ok(operation) => session.call(model, operation, args).await,
        Err(_) => about_deleted(session, model, operation, &args["where"]).await,
    };
    match outcome {
        Ok(ok) => json!({ "ok": ok }),
        Err(error) => json!({ "error": json::failure(&error) }),
    }
}

/// What JSON has no words for: deletes for good, and restores. Of rows that come back, the ids are shown.
async fn about_deleted(session: &Session, name: &str, operation: &str, filter: &Json) -> zmodel_runtime::Result<Json> {
    let (model, described) = session.schema().find_model(name).unwrap();
    let filter = filter_of(described, filter);
    let (unique, removal) = (filter.clone(), Removal::ForGood);
    let (key, limit) = (Key { unique, when: None }, None);
    let ids = |rows: Rows| -> Vec<Json> {
        let ids = rows.cells.chunks(rows.width.max(1)).map(|row| match row[0] {
            Value::Int(id) => id.into(),
            Value::Null => Json::Null,
            _ => panic!("{row:?}"),
        });
        ids.map(|id: Json| json!({ "id": id })).collect()
    };
    Ok(match operation {
        "deleteForGood" => {
            let plan = plan::Delete { model, key, includes: Vec::new(), removal };
            ids(session.delete(plan).await?).swap_remove(0)
        }
        "deleteManyForGood" => {
            json!({ "count": session.delete_many(&plan::DeleteMany { model, filter, limit, removal }).await? })
        }
        "restore" => ids(session.restore(plan::Restore { model, key }).await?).swap_remove(0),
        "restoreMany" => json!({ "count": session.restore_many(&plan::RestoreMany { model, filter, limit }).await? }),
        "restoreManyAndReturn" => {
            ids(session.restore_many_and_return(&plan::RestoreMany { model, filter, limit }).await?).into()
        }
        other => panic!("{other} is no operation"),
    })
}

/// A filter of one condition, or none.
fn filter_of(model: &Model, filter: &Json) -> Filter {
    let Some((name, asked)) = filter.as_object().and_then(|it| it.iter().next()) else { return Filter::Constant(true) };
    let (field, _) = model.visible_field(name).unwrap();
    let value = |json: &Json| Value::Int(json.as_i64().unwrap());
    match asked {
        Json::Null => Filter::IsNull(field),
        Json::Object(one_of) => Filter::In(field, one_of["in"].as_array().unwrap().iter().map(value).collect()),
        number => Filter::Compare(Comparison::Equal, field, value(number)),
    }
}

/// Whether an outcome is what the reference says it must be.
pub(crate) fn same(operation: &str, outcome: &Json, expected: &Result<Json, Failure>) -> bool {
    match expected {
        // Which of many changed rows comes back first is up to the database.
        Ok(ok) if ["updateManyAndReturn", "restoreManyAndReturn"].contains(&operation) => {
            outcome.get("ok").is_some_and(|it| sorted(it) == sorted(ok))
        }
        Ok(ok) => outcome.get("ok") == Some(ok),
        Err(failure) => {
            let Some(error) = outcome.get("error") else { return false };
            error["kind"] == failure.kind
                && (failure.reason.is_none() || error["policyReason"].as_str() == failure.reason)
                && (failure.model.is_none() || error["model"].as_str() == failure.model.as_deref())
        }
    }
}

pub(crate) fn sorted(json: &Json) -> Vec<String> {
    let mut all: Vec<String> = json.as_array().into_iter().flatten().map(Json::to_string).collect();
    all.sort();
    all
}

/// What a database holds.
pub(crate) async fn dump(engine: &Engine, schema: &Schema) -> World {
    let mut world = World::empty(schema);
    for (at, model) in schema.models.iter().enumerate().filter(|(_, model)| !model.delegate) {
        let links: Row = model
            .relations
            .iter()
            .filter(|relation| matches!(relation.end, End::Linked(_, true)))
            .map(|relation| (relation.name.clone(), json!({ "select": { "id": true } })))
            .collect();
        let args = if links.is_empty() { json!({}) } else { json!({ "include": links }) };
        let session = Session::new(engine.clone(), Caller::Unguarded("the proof"));
        let outcome = call_in(&session.with_deleted(), &model.name, "findMany", &args).await;
        let Some(Json::Array(rows)) = outcome.get("ok") else { panic!("{outcome}") };
        let live =
            if model.soft { call_in(&session, &model.name, "findMany", &json!({})).await } else { outcome.clone() };
        let live: Vec<&Json> = live["ok"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
        for row in rows {
            let id = row["id"].as_i64().unwrap();
            for relation in &model.relations {
                if let End::Linked(table, true) = relation.end {
                    let there = row[&relation.name].as_array().unwrap().iter();
                    world.links[table].extend(there.map(|there| (id, there["id"].as_i64().unwrap())));
                }
            }
            let own = model.fields.iter().map(|field| (field.name.clone(), row[&field.name].clone()));
            let gone = (!live.contains(&&row["id"])).then(|| (GONE.to_owned(), true.into()));
            world.tables[at].insert(id, own.chain(gone).collect());
        }
    }
    world
}
