//! The specification of the rules, in Markdown that is run: `specs/*.md`.
//!
//! A file is prose with, in it, a schema (a block marked `zmodel`), rows (a table below the name of a model), callers
//! (`- **ann** is { id: 1 }`) and calls (a block marked `calls`). Each block of calls starts from the rows above it. A
//! schema marked `zmodel refused CODE` must not compile, for that reason.

#![cfg(test)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value as Json, json};
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::{self, Operation};
use zmodel_runtime::schema::Schema;
use zmodel_runtime::session::Session;

/// What was read of a file so far.
#[derive(Default)]
struct Spec {
    schema: Option<Schema>,
    callers: BTreeMap<String, Json>,
    rows: Vec<(String, Vec<Json>)>,
    calls: usize,
    failures: Vec<String>,
}

/// A call and what it must come to.
struct Call {
    line: usize,
    caller: String,
    model: String,
    operation: String,
    args: Json,
    outcome: String,
}

/// JSON as people write it: bare names, single quotes.
fn relaxed(text: &str) -> Json {
    let mut strict = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => {
                let quoted: String = rest.by_ref().take_while(|it| *it != c).collect();
                write!(strict, "{}", Json::from(quoted)).unwrap();
            }
            c if c.is_alphabetic() || c == '_' || c == '$' => {
                let mut name = c.to_string();
                while let Some(c) = rest.next_if(|it| it.is_alphanumeric() || "_$".contains(*it)) {
                    name.push(c);
                }
                let word = ["true", "false", "null"].contains(&name.as_str());
                if word { strict.push_str(&name) } else { write!(strict, "{}", Json::from(name)).unwrap() }
            }
            c => strict.push(c),
        }
    }
    serde_json::from_str(&strict).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The value of a cell: JSON if it is some, a text if it is not, null if there is nothing.
fn cell(text: &str) -> Json {
    match text.trim().trim_matches('`') {
        "" => Json::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

fn compile(text: &str) -> Result<Schema, Vec<String>> {
    let usual = if text.contains("datasource") { "" } else { "datasource db { provider = 'sqlite' }\n" };
    let text = format!("{usual}{text}");
    let compiled = zmodel_cli::compile_schema("spec.zmodel".as_ref(), &|_| Ok(text.clone()));
    let found = || compiled.diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect();
    compiled.schema.clone().ok_or_else(found)
}

fn calls(first: usize, lines: &[&str]) -> Vec<Call> {
    let mut all: Vec<Call> = Vec::new();
    let mut text: Vec<(usize, String, String)> = Vec::new();
    let mut outcome = false;
    for (at, line) in lines.iter().enumerate() {
        let line = line.trim();
        if let Some(call) = line.strip_prefix("as ") {
            text.push((first + at, call.to_owned(), String::new()));
            outcome = false;
        } else if let Some(rest) = line.strip_prefix("→") {
            outcome = true;
            rest.trim().clone_into(&mut text.last_mut().unwrap().2);
        } else if let Some((_, call, come)) = text.last_mut() {
            let part = if outcome { come } else { call };
            part.push(' ');
            part.push_str(line);
        }
    }
    for (line, call, outcome) in text {
        let (caller, call) = call.split_once(": ").unwrap_or_else(|| panic!("{line}: who calls what?"));
        let (target, args) = call.split_once(' ').unwrap_or((call, "{}"));
        let (model, operation) = target.split_once('.').unwrap_or_else(|| panic!("{line}: {target}?"));
        all.push(Call {
            line,
            caller: caller.to_owned(),
            model: model.to_owned(),
            operation: operation.to_owned(),
            args: relaxed(args),
            outcome: outcome.trim().to_owned(),
        });
    }
    all
}

fn is_json(outcome: &str) -> bool {
    let word = ["true", "false", "null"].contains(&outcome) || outcome.parse::<f64>().is_ok();
    word || outcome.starts_with(['[', '{'])
}

/// An outcome that is not a result, in words.
fn in_words(error: &Json) -> String {
    match (error["kind"].as_str().unwrap(), error["policyReason"].as_str()) {
        ("not-found", _) => "not found".to_owned(),
        ("rejected-by-policy", Some("cannot-read-back")) => "done, but not shown".to_owned(),
        ("rejected-by-policy", _) => format!("denied: {}", error["model"].as_str().unwrap()),
        ("db-query-error", _) => "a constraint of the database".to_owned(),
        ("invalid-input", _) => "invalid".to_owned(),
        (other, _) => format!("{other}: {}", error["message"]),
    }
}

impl Spec {
    async fn database(&self) -> Engine {
        let schema = self.schema.clone().expect("calls come after a schema");
        let engine = Engine::connect(Cow::Owned(schema), &zmodel_tests::database::url().await).await.unwrap();
        engine.create_tables().await.unwrap();
        let session = Session::new(engine.clone(), Caller::Unguarded("the rows of the specification"));
        for (model, rows) in &self.rows {
            for row in rows {
                session.call(model, Operation::Create, &json!({ "data": row })).await.unwrap_or_else(|error| {
                    panic!("{model} {row}: {}", json::failure(&error));
                });
            }
        }
        engine
    }

    fn caller(&self, schema: &Schema, name: &str) -> Result<Caller, zmodel_runtime::Error> {
        match name {
            "nobody" => Ok(Caller::Anonymous),
            "the database" => Ok(Caller::Unguarded("a look at what is there")),
            name => json::caller(schema, self.callers.get(name).unwrap_or_else(|| panic!("who is {name}?"))),
        }
    }

    async fn run(&mut self, file: &str, calls: Vec<Call>) {
        let engine = self.database().await;
        for Call { line, caller, model, operation, args, outcome } in calls {
            self.calls += 1;
            let operation: Operation = operation.parse().unwrap();
            let found = match self.caller(engine.schema(), &caller) {
                Ok(caller) => Session::new(engine.clone(), caller).call(&model, operation, &args).await,
                Err(error) => Err(error),
            };
            let (same, found) = match found {
                Ok(found) => (is_json(&outcome) && relaxed(&outcome) == found, found.to_string()),
                Err(error) => {
                    let words = in_words(&json::failure(&error));
                    (outcome == words, words)
                }
            };
            if !same {
                self.failures
                    .push(format!("{file}:{line}: {model}.{operation} {args}\n  says  {outcome}\n  found {found}"));
            }
        }
    }

    async fn read(&mut self, file: &str, text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if let Some(kind) = line.strip_prefix("```") {
                let end = at + 1 + lines[at + 1..].iter().position(|line| *line == "```").expect("a block ends");
                let inside = &lines[at + 1..end];
                match kind {
                    "zmodel" => {
                        *self =
                            Self { calls: self.calls, failures: std::mem::take(&mut self.failures), ..Self::default() };
                        match compile(&inside.join("\n")) {
                            Ok(schema) => self.schema = Some(schema),
                            Err(found) => panic!("{file}:{at}: {found:?}"),
                        }
                    }
                    "calls" => self.run(file, calls(at + 2, inside)).await,
                    _ => {
                        if let Some(code) = kind.strip_prefix("zmodel refused ") {
                            self.calls += 1;
                            let found = compile(&inside.join("\n")).err().unwrap_or_default();
                            if !found.iter().any(|found| found.split(' ').next() == Some(code)) {
                                self.failures.push(format!("{file}:{at}: not refused for {code}: {found:?}"));
                            }
                        }
                    }
                }
                at = end;
            } else if let Some((name, who)) = line.strip_prefix("- **").and_then(|line| line.split_once("** is ")) {
                self.callers
                    .insert(name.to_owned(), relaxed(who.trim_end_matches(['.', ';', '`']).trim_start_matches('`')));
            } else if line.starts_with('|') {
                let model = lines[..at].iter().rev().find(|line| !line.is_empty()).expect("a table has a name");
                let end = at + lines[at..].iter().position(|line| !line.starts_with('|')).unwrap_or(lines.len() - at);
                // Only what stands below the name of a model is rows; other tables are prose.
                if let Some(model) = model.strip_prefix("**").and_then(|it| it.strip_suffix("**")) {
                    let names = cells(line);
                    let rows = lines[at + 2..end].iter().map(|row| {
                        let members = names.iter().map(|name| (*name).to_owned()).zip(cells(row).into_iter().map(cell));
                        Json::Object(members.filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
                    });
                    let rows = rows.collect();
                    self.rows.push((model.to_owned(), rows));
                }
                at = end - 1;
            }
            at += 1;
        }
    }
}

async fn the_specification_is_true() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let (mut calls, mut failures) = (0, Vec::new());
    for file in &files {
        let mut spec = Spec::default();
        let name = file.file_name().unwrap().to_string_lossy();
        spec.read(&name, &fs::read_to_string(file).unwrap()).await;
        assert!(spec.calls > 0, "{name} says nothing that can be tried");
        calls += spec.calls;
        failures.extend(spec.failures);
    }
    assert!(failures.is_empty(), "{} of {calls}:\n{}", failures.len(), failures.join("\n"));
    println!("{} specifications, {calls} calls", files.len());
}

/// Whether a test with a name stands in a file of tests: `reads.rs: a_name`.
fn is_test(place: &str) -> bool {
    let Some((file, name)) = place.split_once(": ") else { return false };
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file));
    text.is_ok_and(|text| text.contains(&format!("fn {name}(")))
}

#[test]
fn every_row_of_the_clients_table_has_its_tests() {
    let (mut rows, mut missing) = (0, Vec::new());
    for chapter in ["10-client-reads.md", "12-client-writes.md"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("specs").join(chapter)).unwrap();
        for row in text.split("\n### ").skip(1) {
            let (title, rest) = row.split_once('\n').unwrap();
            let typed: Vec<&str> = rest.lines().filter(|line| line.starts_with("Typed: ")).collect();
            let named = typed.iter().flat_map(|line| line.split('`').skip(1).step_by(2));
            let tested = named.clone().count() > 0 && named.clone().all(is_test) && rest.contains("```calls");
            if !tested {
                missing.push(title.to_owned());
            }
            rows += 1;
        }
    }
    assert!(missing.is_empty(), "rows without a test: {missing:#?}");
    println!("{rows} rows of the client's table, each with its tests, typed and in JSON");
}

zmodel_tests::on_each_database!(the_specification_is_true,);
