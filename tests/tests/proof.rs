//! The engine against a second one, which is slow, short and knows nothing of SQL.
//!
//! Schemas with rules, rows, callers and calls are made at random; each call is answered by the engine and by the
//! reference in here, and both must say the same: the result or the kind of the error, and the whole database afterwards.
//! `README.md` beside the tests says what each part proves, how it is run and what it counts.

#![cfg(test)]

use case::{Case, Difference};
use database::{Database, Kind as _};
use generate::Generator;
use serde_json::{Map, Value as Json};
use zmodel_tests::database::here;

#[path = "proof/case.rs"]
mod case;
#[path = "proof/database.rs"]
mod database;
#[path = "proof/exhaustive.rs"]
mod exhaustive;
#[path = "proof/generate.rs"]
mod generate;
#[path = "proof/metamorphic.rs"]
mod metamorphic;
#[path = "proof/random.rs"]
mod random;
#[path = "proof/read.rs"]
mod read;
#[path = "proof/rule.rs"]
mod rule;
#[path = "proof/schema.rs"]
mod schema;
#[path = "proof/shrink.rs"]
mod shrink;
#[path = "proof/twins.rs"]
mod twins;
#[path = "proof/world.rs"]
mod world;
#[path = "proof/write.rs"]
mod write;

/// A row, by the names of its fields.
type Row = Map<String, Json>;

/// No arguments.
fn none() -> &'static Json {
    &Json::Null
}

/// Why a call has no result: what all callers may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    kind: &'static str,
    reason: Option<&'static str>,
    model: Option<String>,
}

impl Failure {
    fn missing(model: &str) -> Self {
        Self { kind: "not-found", reason: None, model: Some(model.to_owned()) }
    }

    fn denied(model: &str) -> Self {
        Self { kind: "rejected-by-policy", reason: Some("no-access"), model: Some(model.to_owned()) }
    }

    fn unreadable(model: &str) -> Self {
        Self { kind: "rejected-by-policy", reason: Some("cannot-read-back"), model: Some(model.to_owned()) }
    }

    /// A constraint of the database.
    const fn constraint() -> Self {
        Self { kind: "db-query-error", reason: None, model: None }
    }
}

/// So many calls are made of each database.
const CALLS: u64 = 40;

/// Which databases are made: as many as somebody asks for, or as the usual run makes; fewer where they have to be made on
/// a server.
fn databases(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let usual = if here() == Database::Sqlite { usual } else { usual.div_ceil(10) };
    let first = number("ZMODEL_PROOF_SEED").unwrap_or(0);
    first..first + number("ZMODEL_PROOF_DATABASES").unwrap_or(usual)
}

/// Tells how a case fails, as small as it goes.
async fn fail(seed: u64, case: Case, database: Database, difference: Box<Difference>) -> ! {
    std::panic::set_hook(Box::new(|_| {}));
    let (case, difference) = shrink::shrink(case, database, difference).await;
    drop(std::panic::take_hook());
    panic!("ZMODEL_PROOF_SEED={seed}\n{case}\n{difference}");
}

async fn random_calls(database: Database, usual: u64, writes: bool) {
    let (mut calls, mut refused, mut databases_made) = (0, 0, 0);
    for seed in databases(usual) {
        let mut generator = Generator::new(seed);
        let schema = generator.schema();
        let mut world = generator.world(&schema);
        let engine = match database.holding(&schema, &world).await {
            Ok(engine) => engine,
            Err(error) => panic!("ZMODEL_PROOF_SEED={seed}\n{error}"),
        };
        databases_made += 1;
        let mut caller = generator.caller();
        for number in 0..CALLS {
            if number % 4 == 0 {
                caller = generator.caller();
            }
            generator.look(&schema, &world);
            let (model, operation, args) =
                if writes { generator.write_or_restore(&schema) } else { generator.read(&schema) };
            let all = generator.random.one_in(6);
            let case = Case { schema: schema.clone(), world, caller: caller.clone(), all, model, operation, args };
            match case.run(database, &engine).await {
                Ok((outcome, after)) => {
                    calls += 1;
                    refused += u64::from(outcome.get("error").is_some());
                    world = after;
                }
                Err(difference) => fail(seed, case, database, difference).await,
            }
        }
    }
    let what = if writes { "writes" } else { "reads" };
    println!("{database:?}: {calls} {what} of {databases_made} databases, {refused} of them refused");
}

async fn random_reads() {
    random_calls(here(), 500, false).await;
}

async fn random_writes() {
    random_calls(here(), 500, true).await;
}

zmodel_tests::on_each_database!(random_reads, random_writes);
