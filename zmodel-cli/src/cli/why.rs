//! `zmodel why`: what the rules of a schema come down to for one caller.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::Value as Json;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::driver::{BoxFuture, Driver, Query, Rows, Transaction};
use zmodel_runtime::engine::Engine;
use zmodel_runtime::error::{DatabaseError, DatabaseErrorKind};
use zmodel_runtime::json;
use zmodel_runtime::schema::{Operation, Provider};
use zmodel_runtime::session::Session;

use super::report;
use crate::compile_schema;

/// Whose rules, and who asks.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("caller").args(["auth", "anonymous"]).required(true))]
pub(super) struct Options {
    /// The schema file
    #[arg(long, value_name = "FILE", default_value = "schema.zmodel")]
    schema: PathBuf,
    /// Somebody who is signed in: what `auth()` is, as a JSON object
    #[arg(long, value_name = "JSON")]
    auth: Option<String>,
    /// Somebody who is not signed in
    #[arg(long)]
    anonymous: bool,
    /// Whose SQL is shown; without it, that of the schema's provider
    #[arg(long, value_enum)]
    sql: Option<Dialect>,
    /// The values of a new row, as a JSON object: what the rules say of this one. For `create`
    #[arg(long, value_name = "JSON", requires = "operation")]
    data: Option<String>,
    /// The model
    model: String,
    /// What is done with its rows; every operation without it
    #[arg(value_enum)]
    operation: Option<Asked>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dialect {
    Sqlite,
    Postgresql,
}

impl From<Dialect> for Provider {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::Sqlite,
            Dialect::Postgresql => Self::Postgresql,
        }
    }
}

/// No database: it only says which SQL is spoken.
#[derive(Debug)]
struct Nowhere(Provider);

impl Nowhere {
    fn error() -> DatabaseError {
        let source = Box::new(io::Error::other("there is no database here"));
        DatabaseError { kind: DatabaseErrorKind::Connection, code: None, constraint: None, source }
    }
}

impl Driver for Nowhere {
    fn provider(&self) -> Provider {
        self.0
    }

    fn run(&self, _: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async { Err(Self::error()) })
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        Box::pin(async { Err(Self::error()) })
    }
}

/// An operation of rules, or the operation of a client that asks for it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Asked {
    #[value(aliases = ["createMany", "createManyAndReturn"])]
    Create,
    #[value(aliases = ["findMany", "findFirst", "findUnique", "exists", "count", "aggregate", "groupBy"])]
    Read,
    #[value(aliases = ["updateMany", "updateManyAndReturn"])]
    Update,
    #[value(aliases = ["deleteMany"])]
    Delete,
    #[value(aliases = ["postUpdate"])]
    PostUpdate,
}

impl From<Asked> for Operation {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Create => Self::Create,
            Asked::Read => Self::Read,
            Asked::Update => Self::Update,
            Asked::Delete => Self::Delete,
            Asked::PostUpdate => Self::PostUpdate,
        }
    }
}

/// Prints the rules, what they come down to and the SQL; ends with 0, or with 2 if the question cannot be answered.
pub(super) fn run(options: &Options, out: &mut impl Write, err: &mut impl Write) -> io::Result<ExitCode> {
    let compiled = compile_schema(&options.schema, &|path| std::fs::read_to_string(path));
    if compiled.diagnostics.has_errors() {
        report(&compiled.sources, &compiled.diagnostics, "nothing is explained", err)?;
    }
    let Some(schema) = compiled.schema else { return Ok(ExitCode::from(2)) };
    let explained = (|| {
        let auth: Json = match &options.auth {
            Some(auth) => serde_json::from_str(auth).map_err(|error| format!("`--auth` is not JSON: {error}"))?,
            None => Json::Null,
        };
        let caller: Caller = json::caller(&schema, &auth).map_err(|error| error.to_string())?;
        let same = |name: &str| name.eq_ignore_ascii_case(&options.model);
        let names = || schema.models.iter().map(|model| &*model.name).collect::<Vec<_>>().join(", ");
        let model = schema.models.iter().map(|model| &model.name).find(|name| same(name)).cloned();
        let model = model.ok_or_else(|| format!("there is no model `{}`; there are {}", options.model, names()))?;
        let (id, _) = schema.find_model(&model).ok_or_else(|| format!("there is no model `{model}`"))?;
        let driver = Nowhere(options.sql.map_or(schema.provider, Provider::from));
        let session = Session::new(Engine::new(Cow::Owned(schema.clone()), driver), caller);
        if let Some(data) = &options.data {
            if !matches!(options.operation, Some(Asked::Create)) {
                return Err("`--data` are the values of a new row: it goes with `create`".to_owned());
            }
            let data = serde_json::from_str(data).map_err(|error| format!("`--data` is not JSON: {error}"))?;
            let why = session.why_new(id, &data).map_err(|error| error.to_string())?;
            return Ok(vec![why.to_string()]);
        }
        let asked = match options.operation {
            Some(asked) => vec![Operation::from(asked)],
            None => Operation::EVERY.to_vec(),
        };
        let parts = asked.into_iter().map(|operation| session.why(id, operation).map(|why| why.to_string()));
        parts.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())
    })();
    match explained {
        Ok(parts) => {
            write!(out, "{}", parts.join("\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err::<_, String>(message) => {
            writeln!(err, "error: {message}")?;
            Ok(ExitCode::from(2))
        }
    }
}
