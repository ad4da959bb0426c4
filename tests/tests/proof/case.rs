//! One call on one database: what the engine makes of it, and what it must make of it.

use std::fmt::{self, Write as _};

use serde_json::json;
use zmodel_runtime::engine::Engine;

use super::database::{Database, Kind as _, arrangement, call_seeing, dump, same};
use super::read::Reader;
use super::schema::Schema;
use super::world::World;
use super::write::Writer;
use super::{Failure, Json};

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) schema: Schema,
    /// What the database holds before the call.
    pub(crate) world: World,
    pub(crate) caller: Json,
    /// Whether rows are there for the caller that are deleted.
    pub(crate) all: bool,
    pub(crate) model: String,
    pub(crate) operation: &'static str,
    pub(crate) args: Json,
}

/// What a call came to: its outcome and the rows afterwards.
pub(crate) type After<T> = (T, World);

/// Where engine and reference differ.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) expected: After<Result<Json, Failure>>,
    pub(crate) found: After<Json>,
}

const WRITES: [&str; 16] = [
    "create",
    "createMany",
    "createManyAndReturn",
    "update",
    "updateMany",
    "updateManyAndReturn",
    "upsert",
    "upsertMany",
    "upsertManyAndReturn",
    "delete",
    "deleteMany",
    "deleteForGood",
    "deleteManyForGood",
    "restore",
    "restoreMany",
    "restoreManyAndReturn",
];

impl Case {
    pub(crate) fn writes(&self) -> bool {
        WRITES.contains(&self.operation)
    }

    /// What the reference says.
    pub(crate) fn expected(&self, database: Database) -> After<Result<Json, Failure>> {
        self.expected_if_determined(database).0
    }

    /// What the reference says, and whether it is up to the database what comes of it.
    pub(crate) fn expected_if_determined(&self, database: Database) -> (After<Result<Json, Failure>>, bool) {
        let model = self.schema.model(&self.model);
        if self.writes() {
            let mut writer = Writer::new(&self.schema, &self.world, &self.caller, database.nulls_high());
            writer.all = self.all;
            let outcome = writer.answer(model, self.operation, &self.args);
            return ((outcome, writer.world), writer.either);
        }
        let reader = Reader::seeing(self.all, &self.schema, &self.world, &self.caller, database.nulls_high());
        ((reader.answer(model, self.operation, &self.args), self.world.clone()), false)
    }

    /// Makes the call on a database that holds the world already.
    pub(crate) async fn run(&self, database: Database, engine: &Engine) -> Result<After<Json>, Box<Difference>> {
        let (expected, either) = self.expected_if_determined(database);
        let Self { caller, model, operation, args, .. } = self;
        let outcome = call_seeing(self.all, engine, caller, model, operation, args).await;
        let world = if self.writes() { dump(engine, &self.schema).await } else { self.world.clone() };
        let found = (outcome, world);
        if either || same(self.operation, &found.0, &expected.0) && found.1 == expected.1 {
            Ok(found)
        } else {
            Err(Box::new(Difference { expected, found }))
        }
    }

    /// Makes the call on a database of its own; none if it cannot be made.
    pub(crate) async fn alone(&self, database: Database) -> Option<Box<Difference>> {
        let engine = database.holding(&self.schema, &self.world).await.ok()?;
        self.run(database, &engine).await.err()
    }
}

impl fmt::Display for Case {
    /// A schema and lines for `zmodel call --stdin --create-tables`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "schema.zmodel:\n\n{}", self.schema.print("sqlite"))?;
        writeln!(f, "zmodel call --stdin --create-tables --database sqlite::memory: <<'END'")?;
        for (model, operation, args) in arrangement(&self.schema, &self.world) {
            writeln!(f, "{}", json!({ "auth": "raw", "model": model, "op": operation, "args": args }))?;
        }
        let Self { caller, all, model, operation, args, .. } = self;
        if *all {
            writeln!(f, "# with deleted rows")?;
        }
        writeln!(f, "{}\nEND", json!({ "auth": caller, "model": model, "op": operation, "args": args }))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        match &expected.0 {
            Ok(ok) => writeln!(f, "expected: {ok}")?,
            Err(failure) => writeln!(f, "expected: {failure:?}")?,
        }
        writeln!(f, "found:    {}", found.0)?;
        let show = |world: &World| {
            let mut text = String::new();
            for row in world.tables.iter().flat_map(|table| table.values()) {
                write!(text, "\n  {}", Json::Object(row.clone())).unwrap();
            }
            format!("{text}\n  {:?}", world.links)
        };
        if expected.1 != found.1 {
            writeln!(f, "rows expected: {}\nrows found: {}", show(&expected.1), show(&found.1))?;
        }
        Ok(())
    }
}
