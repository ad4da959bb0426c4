//! `zmodel call`: operations on a database, under the rules of a schema, without generated code.

use std::borrow::Cow;
use std::io::{self, BufRead as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value as Json, json};
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::{self, Operation};
use zmodel_runtime::session::Session;

use super::report;
use crate::compile_schema;

/// What to call, where, and who asks.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("caller").args(["auth", "anonymous", "unguarded", "stdin"]).required(true))]
pub(super) struct Options {
    /// The schema file
    #[arg(long, value_name = "FILE", default_value = "schema.zmodel")]
    schema: PathBuf,
    /// The database, such as `sqlite:app.db` or `sqlite::memory:`
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database: String,
    /// Make the tables that are not there yet
    #[arg(long)]
    create_tables: bool,
    /// Somebody who is signed in: what `auth()` is, as a JSON object
    #[arg(long, value_name = "JSON")]
    auth: Option<String>,
    /// Somebody who is not signed in
    #[arg(long)]
    anonymous: bool,
    /// No rule applies, for this reason
    #[arg(long, value_name = "REASON")]
    unguarded: Option<String>,
    /// Read calls from standard input, one JSON object a line: `{"auth": …, "model": …, "op": …, "args": …}`
    ///
    /// `auth` is an object, null for nobody, or "raw" for a call that no rule applies to. Each line is answered by
    /// one: `{"ok": …}` or `{"error": {"kind": …, "message": …}}`.
    #[arg(long, conflicts_with_all = ["model", "operation", "args"])]
    stdin: bool,
    /// The model
    #[arg(required_unless_present = "stdin")]
    model: Option<String>,
    /// The operation, as Prisma calls it: `findMany`, `create`, …
    #[arg(required_unless_present = "stdin")]
    operation: Option<String>,
    /// Its arguments, as a JSON object
    #[arg(default_value = "{}")]
    args: String,
}

/// Why there is no outcome.
enum Failed {
    /// The call, or what it needs, cannot be used; said in words.
    Unusable(String),
    /// There is nobody to tell.
    Output(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<String> for Failed {
    fn from(message: String) -> Self {
        Self::Unusable(message)
    }
}

/// Makes the calls and prints an outcome for each: ends with 0 if all was well, 1 if a single call failed, 2 if it could
/// not be made.
pub(super) fn run(options: &Options, out: &mut impl Write, err: &mut impl Write) -> io::Result<ExitCode> {
    let compiled = compile_schema(&options.schema, &|path| std::fs::read_to_string(path));
    if compiled.diagnostics.has_errors() {
        report(&compiled.sources, &compiled.diagnostics, "nothing was called", err)?;
    }
    let Some(schema) = compiled.schema else { return Ok(ExitCode::from(2)) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let engine = Engine::connect(Cow::Owned(schema), &options.database).await.map_err(|error| error.to_string())?;
        if options.create_tables {
            engine.create_tables().await.map_err(|error| error.to_string())?;
        }
        if options.stdin { lines(&engine, out).await.map(|()| true) } else { once(&engine, options, out).await }
    });
    match outcome {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(Failed::Output(error)) => Err(error),
        Err(Failed::Unusable(message)) => {
            writeln!(err, "error: {message}")?;
            Ok(ExitCode::from(2))
        }
    }
}

/// Makes the one call of the command line. Whether it went well.
async fn once(engine: &Engine, options: &Options, out: &mut impl Write) -> Result<bool, Failed> {
    let parse = |what: &str, text: &str| -> Result<Json, String> {
        serde_json::from_str(text).map_err(|error| format!("{what} is not JSON: {error}"))
    };
    let auth = match (&options.auth, &options.unguarded) {
        (Some(auth), _) => parse("`--auth`", auth)?,
        (None, Some(_)) => "raw".into(),
        (None, None) => Json::Null,
    };
    let reason = options.unguarded.as_deref().unwrap_or("zmodel call");
    let args = parse("ARGS", &options.args)?;
    let (model, operation) = (options.model.as_deref(), options.operation.as_deref());
    let outcome = call(engine, &auth, reason, model.unwrap_or_default(), operation.unwrap_or_default(), args).await;
    let well = outcome.get("ok").is_some();
    writeln!(out, "{outcome:#}")?;
    Ok(well)
}

/// Answers calls, a line each, until there are no more.
async fn lines(engine: &Engine, out: &mut impl Write) -> Result<(), Failed> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let outcome = match serde_json::from_str::<Map<String, Json>>(&line) {
            Ok(mut asked) => {
                let null = Json::Null;
                let auth = asked.get("auth").unwrap_or(&null).clone();
                let args = asked.remove("args").unwrap_or(Json::Null);
                let text = |key: &str| asked.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
                call(engine, &auth, "zmodel call --stdin", &text("model"), &text("op"), args).await
            }
            Err(error) => unusable(&format!("not a call in JSON: {error}")),
        };
        writeln!(out, "{outcome}")?;
        out.flush()?;
    }
    Ok(())
}

/// Makes a call: `{"ok": …}`, or `{"error": …}`.
async fn call(engine: &Engine, auth: &Json, reason: &str, model: &str, operation: &str, args: Json) -> Json {
    let parsed = operation.parse::<Operation>();
    if parsed.is_err() && model != "$procs" {
        let names: Vec<&str> = Operation::EVERY.iter().map(|operation| operation.name()).collect();
        return unusable(&format!("there is no operation `{operation}`; there are {}", names.join(", ")));
    }
    let caller = match auth {
        Json::String(raw) if raw == "raw" => Ok(Caller::Unguarded(kept(reason))),
        auth => json::caller(engine.schema(), auth),
    };
    let outcome = match caller {
        Ok(caller) => {
            let args = json::without_undefined(args);
            let session = Session::new(engine.clone(), caller);
            match parsed {
                Ok(parsed) if model != "$procs" => session.answer(model, parsed, &args).await,
                _ => session.answer_procedure(operation, &args).await,
            }
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(answer) => json!({ "ok": answer.into_tagged() }),
        Err(error) => json!({ "error": json::failure(&error) }),
    }
}

/// A reason for as long as the command runs; there are at most two.
fn kept(reason: &str) -> &'static str {
    if reason == "zmodel call --stdin" { "zmodel call --stdin" } else { Box::leak(reason.to_owned().into_boxed_str()) }
}

fn unusable(message: &str) -> Json {
    json!({ "error": { "kind": "invalid-input", "message": message } })
}
