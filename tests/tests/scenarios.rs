//! Scenarios that were played with ZenStack 3.9, played again: every step must have the outcome that it has there, and
//! the rows at the end must be the same.
//!
//! `scenarios/*.json` hold a schema, steps (who asks, which operation, which arguments) and the recorded outcomes.
//! Where we differ on purpose, `scenarios/differences.txt` says why; a difference that is listed and is none any more
//! fails as well.

#![cfg(test)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::{self, Operation};
use zmodel_runtime::schema::Schema;
use zmodel_runtime::session::Session;
use zmodel_tests::database::{self, Database};

/// Scenario and step; `final` for the rows at the end.
type Step = (String, String);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// `scenario step, step: reason`
fn differences() -> BTreeMap<Step, String> {
    let text = fs::read_to_string(folder().join("differences.txt")).unwrap();
    let mut listed = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (place, reason) = line.split_once(": ").unwrap();
        let (scenario, steps) = place.split_once(' ').unwrap();
        for step in steps.split(", ") {
            assert!(listed.insert((scenario.to_owned(), step.to_owned()), reason.to_owned()).is_none(), "{line}");
        }
    }
    listed
}

fn compile(text: &str) -> Schema {
    let text = format!("datasource db {{\n  provider = 'sqlite'\n  url = 'file:x'\n}}\n{text}");
    let compiled = zmodel_cli::compile_schema("scenario.zmodel".as_ref(), &|_| Ok(text.clone()));
    let found: Vec<_> = compiled.diagnostics.iter().map(|found| found.message.clone()).collect();
    compiled.schema.unwrap_or_else(|| panic!("{found:?}"))
}

async fn outcome(engine: &Engine, step: &Json) -> Json {
    let auth = step.get("auth").unwrap_or(&Json::Null);
    let caller = match auth {
        Json::String(raw) if raw == "raw" => Ok(Caller::Unguarded("the scenario")),
        auth => json::caller(engine.schema(), auth),
    };
    let operation: Operation = step["op"].as_str().unwrap().parse().unwrap();
    let answer = match caller {
        Ok(caller) => {
            let args = json::without_undefined(step.get("args").cloned().unwrap_or_default());
            Session::new(engine.clone(), caller).answer(step["model"].as_str().unwrap(), operation, &args).await
        }
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) => json!({ "ok": answer.into_tagged() }),
        Err(error) => json!({ "error": json::failure(&error) }),
    }
}

/// Whether an outcome is the recorded one. Messages are our own.
fn same(recorded: &Json, outcome: &Json) -> bool {
    match recorded.get("error") {
        None => recorded == outcome,
        Some(error) => {
            let ours = outcome.get("error").and_then(Json::as_object);
            let told = |key: &String, value: &Json| ours.is_some_and(|ours| ours.get(key) == Some(value));
            error.as_object().unwrap().iter().all(|(key, value)| key == "message" || told(key, value))
        }
    }
}

/// All rows, with what they are linked to, in the order of their ids.
async fn rows(engine: &Engine) -> Json {
    let mut all = Map::new();
    for model in engine.schema().models.iter() {
        let links = model.relations.iter().filter(|relation| relation.link.is_some());
        let id = |model: &zmodel_runtime::schema::Model| {
            let fields = model.id.iter().map(|id| json!({ &*model.field(*id).unwrap().name: "asc" }));
            fields.collect::<Vec<Json>>()
        };
        let include: Map<String, Json> = links
            .map(|relation| {
                let order = id(engine.schema().model(relation.target).unwrap());
                let shown: Map<String, Json> = order
                    .iter()
                    .flat_map(|by| by.as_object().unwrap().keys())
                    .map(|name| (name.clone(), true.into()))
                    .collect();
                (relation.name.to_string(), json!({ "select": shown, "orderBy": order }))
            })
            .collect();
        let args = json!({ "orderBy": id(model), "include": include });
        let session = Session::new(engine.clone(), Caller::Unguarded("the rows at the end"));
        let found = session.answer(&model.name, Operation::FindMany, &args).await.unwrap();
        // A model without rows is not recorded.
        let found = found.into_tagged();
        if found != json!([]) {
            all.insert(model.name.to_string(), found);
        }
    }
    Json::Object(all)
}

async fn scenarios_end_as_they_do_in_zenstack() {
    let listed = differences();
    let (mut differ, mut steps, mut report) = (BTreeSet::new(), 0, Vec::new());
    let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "json"));
    files.sort();
    for file in &files {
        let scenario: Json = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let name = scenario["name"].as_str().unwrap().to_owned();
        let schema: Cow<'static, Schema> = Cow::Owned(compile(scenario["schema"].as_str().unwrap()));
        let engine = Engine::new(schema, database::driver().await.unwrap());
        engine.create_tables().await.unwrap();
        for (at, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            steps += 1;
            let outcome = outcome(&engine, step).await;
            let recorded = match database::here() {
                Database::Sqlite => &step["expect"],
                // Where nothing else was recorded for it, PostgreSQL is no different.
                Database::Postgres => step.pointer("/expectOn/postgresql").unwrap_or(&step["expect"]),
            };
            if !same(recorded, &outcome) {
                let place = (name.clone(), at.to_string());
                if !listed.contains_key(&place) {
                    report.push(format!("{name} {at}: {step}\n  ours: {outcome}"));
                }
                differ.insert(place);
            }
        }
        let rows = rows(&engine).await;
        if rows != scenario["final"] {
            let place = (name.clone(), "final".to_owned());
            if !listed.contains_key(&place) {
                report.push(format!("{name} final: {}\n  ours: {rows}", scenario["final"]));
            }
            differ.insert(place);
        }
    }
    let gone: Vec<&Step> = listed.keys().filter(|place| !differ.contains(*place)).collect();
    assert!(report.is_empty(), "{} differences:\n{}", report.len(), report.join("\n"));
    assert!(gone.is_empty(), "listed differences that are none any more: {gone:?}");
    println!("{} scenarios, {steps} steps, {} differences on purpose", files.len(), differ.len());
}

zmodel_tests::on_each_database!(scenarios_end_as_they_do_in_zenstack,);
