//! A column whose type takes different texts for the same: to a rule they are different.

#![cfg(test)]

use std::borrow::Cow;

use serde_json::json;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::{self, Operation};
use zmodel_runtime::session::Session;
use zmodel_tests::database;

const SCHEMA: &str = "
datasource db { provider = 'postgresql' url = env('DATABASE_URL') }
type User { code String @id  codes String[]  @@auth }
model Note {
  id   Int    @id
  code String @db.Char(5)
  @@allow('read', code == auth().code)
}
model Listed {
  id   Int    @id
  code String @db.Char(5)
  @@allow('read', code in auth().codes)
}
";

async fn every_letter_counts_in_rules() {
    let compiled = zmodel_cli::compile_schema("letters.zmodel".as_ref(), &|_| Ok(SCHEMA.to_owned()));
    let engine = Engine::new(Cow::Owned(compiled.schema.unwrap()), database::driver().await.unwrap());
    engine.create_tables().await.unwrap();
    let all = Session::new(engine.clone(), Caller::Unguarded("arrange"));
    for model in ["note", "listed"] {
        let args = json!({ "data": { "id": 1, "code": "ab" } });
        all.call(model, Operation::Create, &args).await.unwrap();
        for (code, seen) in [("ab", 1), ("ab ", 0), ("AB", 0)] {
            let auth = json!({ "code": code, "codes": ["x", code] });
            let session = Session::new(engine.clone(), json::caller(engine.schema(), &auth).unwrap());
            let count = session.call(model, Operation::Count, &json!({})).await.unwrap();
            assert_eq!(count, seen, "{model} as `{code}`");
        }
    }
}

zmodel_tests::on_each_database!(every_letter_counts_in_rules);
