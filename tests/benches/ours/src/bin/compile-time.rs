//! How long a crate takes to compile that uses so many models, with zmodel, SeaORM and Diesel, and prints a table.
//!
//! `cargo run --release --bin compile-time [-- [--rounds N] MODELS…]`
//!
//! Every crate has the same tables and a function for each of them: a list with a filter, an order and a limit and what
//! is related to its rows, a read by key, a create, an update and a delete.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How often each step is measured, unless `--rounds` says so; the least counts, since others on the machine only ever
/// make it slower.
const ROUNDS: usize = 3;

struct Kind {
    name: &'static str,
    dependencies: &'static str,
    /// What the source files are called, and what is in them.
    files: fn(models: usize) -> Vec<(String, String)>,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "zmodel",
        dependencies: r#"zmodel-macros = { path = "ROOT/zmodel-macros" }
zmodel-runtime = { path = "ROOT/zmodel-runtime" }"#,
        files: zmodel,
    },
    Kind {
        name: "SeaORM",
        dependencies: r#"sea-orm = { version = "2", default-features = false, features = ["runtime-tokio", "sqlx-sqlite", "sqlite-use-returning-for-3_35", "macros", "with-chrono"] }"#,
        files: sea_orm,
    },
    Kind {
        name: "Diesel",
        dependencies: r#"chrono = { version = "0.4", default-features = false }
diesel = { version = "2.3", default-features = false, features = ["sqlite", "chrono", "32-column-tables", "returning_clauses_for_sqlite_3_35"] }"#,
        files: diesel,
    },
];

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut rounds = ROUNDS;
    if words.first().is_some_and(|word| word == "--rounds") {
        rounds = words.get(1).and_then(|n| n.parse().ok()).expect("a number of rounds");
        words.drain(..2);
    }
    let asked: Vec<usize> = words.iter().map(|n| n.parse().expect("a number of models")).collect();
    let sizes = if asked.is_empty() { vec![10, 100, 300] } else { asked };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").canonicalize().expect("the repository");
    let folder = root.join("tests/benches/target/compile-time");
    println!(
        "| models | | check | check after an edit | build | build after an edit | lines | object files |\n|-|-|-|-|-|-|-|-|"
    );
    for size in sizes {
        for kind in KINDS {
            println!("{}", measured(kind, size, rounds, &root, &folder));
        }
    }
}

fn measured(kind: &Kind, models: usize, rounds: usize, root: &Path, folder: &Path) -> String {
    let name = format!("{}-{models}", kind.name.to_lowercase());
    let at = folder.join(kind.name.to_lowercase());
    let src = at.join("src");
    std::fs::create_dir_all(&src).expect("a folder");
    let dependencies = kind.dependencies.replace("ROOT", &root.display().to_string());
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n"
    );
    std::fs::write(at.join("Cargo.toml"), manifest).expect("a manifest");
    let mut lines = 0;
    for (path, text) in (kind.files)(models) {
        lines += text.lines().count();
        std::fs::write(at.join(path), text).expect("a file");
    }
    let (mut times, mut objects) = ([Duration::MAX; 4], 0);
    // Everything that it depends on.
    cargo(&at, folder, &["build"]);
    cargo(&at, folder, &["check"]);
    for _ in 0..rounds {
        cargo(&at, folder, &["clean", "-p", &name]);
        for (step, command) in ["check", "build"].into_iter().enumerate() {
            let clean = cargo(&at, folder, &[command]);
            edit(&src.join("uses.rs"));
            let edited = cargo(&at, folder, &[command]);
            times[step * 2] = times[step * 2].min(clean);
            times[step * 2 + 1] = times[step * 2 + 1].min(edited);
        }
        objects = size_of(&folder.join("target/debug"), &format!("lib{}.rlib", name.replace('-', "_")));
    }
    let seconds = times.map(|time| format!("{:.2} s", time.as_secs_f64())).join(" | ");
    format!("| {models} | {} | {seconds} | {lines} | {:.1} MB |", kind.name, objects as f64 / 1e6)
}

fn cargo(at: &Path, folder: &Path, arguments: &[&str]) -> Duration {
    let mut command = Command::new("cargo");
    command.args(arguments).arg("-q").current_dir(at).env("CARGO_TARGET_DIR", folder.join("target"));
    let begun = Instant::now();
    let output = command.output().expect("cargo");
    let spent = begun.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    spent
}

/// Changes a function.
fn edit(path: &PathBuf) {
    let text = std::fs::read_to_string(path).expect("a file");
    let text = match text.strip_suffix("pub fn edited() -> u32 { 1 }\n") {
        Some(before) => format!("{before}pub fn edited() -> u32 {{ 2 }}\n"),
        None => match text.strip_suffix("pub fn edited() -> u32 { 2 }\n") {
            Some(before) => format!("{before}pub fn edited() -> u32 {{ 1 }}\n"),
            None => format!("{text}pub fn edited() -> u32 {{ 1 }}\n"),
        },
    };
    std::fs::write(path, text).expect("a file");
}

fn size_of(folder: &Path, name: &str) -> u64 {
    std::fs::metadata(folder.join(name)).map_or(0, |file| file.len())
}

/// The model that one refers to.
fn before(n: usize) -> usize {
    n.saturating_sub(1)
}

fn zmodel(models: usize) -> Vec<(String, String)> {
    let mut schema = "datasource db {\n  provider = \"sqlite\"\n  url = \"file:x.db\"\n}\n\ntype Caller {\n  id Int @id\n  @@auth\n}\n".to_owned();
    let mut uses = "use crate::db::*;\nuse zmodel_runtime::Result;\n".to_owned();
    for n in 0..models {
        let (to, from) = (before(n), n + 1);
        let back =
            if from < models { format!("  items{from} Model{from}[] @relation(\"R{from}\")\n") } else { String::new() };
        let own = if n == 0 { "  items0 Model0[] @relation(\"R0\")\n" } else { "" };
        let _ = write!(
            schema,
            "\nmodel Model{n} {{\n  id Int @id @default(autoincrement())\n  created_at DateTime @default(now())\n  title String\n  \
             body String?\n  published Boolean @default(false)\n  views Int @default(0)\n  score Float @default(0)\n  \
             owner_id Int\n  parent Model{to}? @relation(\"R{n}\", fields: [parent_id], references: [id])\n  parent_id Int?\n\
             {back}{own}  @@allow('all', auth().id == owner_id)\n  @@allow('read', published)\n}}\n"
        );
        let _ = write!(
            uses,
            "\npub async fn use{n}(client: &Client) -> Result<usize> {{\n    \
             let list = client.model{n}().find_many().filter(|m| m.views.gt(3) & m.title.ne(\"x\")).order_by(|m| m.created_at.desc()).take(20)\
             .include(|m| m.parent).await?;\n    \
             let one = client.model{n}().find_unique(1).await?;\n    \
             let new = client.model{n}().create(model{n}::New {{ title: \"x\".into(), owner_id: 1 }}).set(|m| m.views, 3).await?;\n    \
             client.model{n}().update(new.id).set(|m| m.title, \"y\").await?;\n    \
             client.model{n}().delete(new.id).await?;\n    Ok(list.len() + usize::from(one.is_some()))\n}}\n"
        );
    }
    let lib = "#[zmodel_macros::zmodel(\"schema.zmodel\")]\npub mod db {}\npub mod uses;\n".to_owned();
    vec![("schema.zmodel".into(), schema), ("src/lib.rs".into(), lib), ("src/uses.rs".into(), uses)]
}

fn sea_orm(models: usize) -> Vec<(String, String)> {
    let mut uses = "use sea_orm::*;\nuse sea_orm::ActiveValue::Set;\nuse crate::entities::*;\n".to_owned();
    let mut entities = String::new();
    for n in 0..models {
        let to = before(n);
        let target = if n == 0 { "Entity".to_owned() } else { format!("super::model{to}::Entity") };
        let column = if n == 0 { "Column::Id".to_owned() } else { format!("super::model{to}::Column::Id") };
        let related = if n == 0 {
            String::new()
        } else {
            format!(
                "    impl Related<super::model{to}::Entity> for Entity {{\n        fn to() -> RelationDef {{ Relation::Parent.def() }}\n    }}\n"
            )
        };
        let _ = write!(
            entities,
            "pub mod model{n} {{\n    use sea_orm::entity::prelude::*;\n\n    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n    \
             #[sea_orm(table_name = \"Model{n}\")]\n    pub struct Model {{\n        #[sea_orm(primary_key)]\n        pub id: i32,\n        \
             pub created_at: DateTimeUtc,\n        pub title: String,\n        pub body: Option<String>,\n        pub published: bool,\n        \
             pub views: i32,\n        pub score: f64,\n        pub owner_id: i32,\n        pub parent_id: Option<i32>,\n    }}\n\n    \
             #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]\n    pub enum Relation {{\n        \
             #[sea_orm(belongs_to = \"{target}\", from = \"Column::ParentId\", to = \"{column}\")]\n        Parent,\n    }}\n\n{related}    \
             impl ActiveModelBehavior for ActiveModel {{}}\n}}\n\n"
        );
        let with = if n == 0 {
            "let list = list.all(db).await?;".to_owned()
        } else {
            format!("let list = list.find_also_related(model{to}::Entity).all(db).await?;")
        };
        let _ = write!(
            uses,
            "\npub async fn use{n}(db: &DatabaseConnection) -> Result<usize, DbErr> {{\n    use model{n}::*;\n    \
             let rule = || Condition::any().add(Column::Published.eq(true)).add(Column::OwnerId.eq(1));\n    \
             let list = Entity::find().filter(Column::Views.gt(3)).filter(Column::Title.ne(\"x\")).filter(rule()).order_by_desc(Column::CreatedAt).limit(20);\n    \
             {with}\n    let one = Entity::find_by_id(1).filter(rule()).one(db).await?;\n    \
             let new = ActiveModel {{ title: Set(\"x\".into()), owner_id: Set(1), views: Set(3), ..Default::default() }};\n    \
             let new = new.insert(db).await?;\n    let id = new.id;\n    let mut new: ActiveModel = new.into();\n    \
             new.title = Set(\"y\".into());\n    new.update(db).await?;\n    Entity::delete_by_id(id).exec(db).await?;\n    \
             Ok(list.len() + usize::from(one.is_some()))\n}}\n"
        );
    }
    let lib = "pub mod entities;\npub mod uses;\n".to_owned();
    vec![("src/lib.rs".into(), lib), ("src/entities.rs".into(), entities), ("src/uses.rs".into(), uses)]
}

fn diesel(models: usize) -> Vec<(String, String)> {
    let mut uses = "use diesel::prelude::*;\nuse crate::tables::*;\n".to_owned();
    let mut tables = "use chrono::{DateTime, Utc};\nuse diesel::prelude::*;\n".to_owned();
    for n in 0..models {
        let to = before(n);
        let _ = write!(
            tables,
            "\ndiesel::table! {{\n    model{n} (id) {{\n        id -> Integer,\n        created_at -> TimestamptzSqlite,\n        \
             title -> Text,\n        body -> Nullable<Text>,\n        published -> Bool,\n        views -> Integer,\n        \
             score -> Double,\n        owner_id -> Integer,\n        parent_id -> Nullable<Integer>,\n    }}\n}}\n\n\
             #[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable)]\n#[diesel(table_name = model{n})]\npub struct Model{n} {{\n    \
             pub id: i32,\n    pub created_at: DateTime<Utc>,\n    pub title: String,\n    pub body: Option<String>,\n    pub published: bool,\n    \
             pub views: i32,\n    pub score: f64,\n    pub owner_id: i32,\n    pub parent_id: Option<i32>,\n}}\n\n\
             #[derive(Insertable)]\n#[diesel(table_name = model{n})]\npub struct New{n} {{\n    pub title: String,\n    pub owner_id: i32,\n    pub views: i32,\n}}\n"
        );
        if n > 0 {
            let _ = write!(
                tables,
                "\ndiesel::joinable!(model{n} -> model{to} (parent_id));\ndiesel::allow_tables_to_appear_in_same_query!(model{n}, model{to});\n"
            );
        }
        let list = if n == 0 {
            format!("let list: Vec<Model{n}> = list.select(Model{n}::as_select()).load(db)?;")
        } else {
            format!(
                "let list: Vec<(Model{n}, Option<Model{to}>)> = list.left_join(model{to}::table).select((Model{n}::as_select(), Option::<Model{to}>::as_select())).load(db)?;"
            )
        };
        let _ = write!(
            uses,
            "\npub fn use{n}(db: &mut SqliteConnection) -> QueryResult<usize> {{\n    use crate::tables::model{n}::dsl::*;\n    \
             let list = model{n}.filter(views.gt(3)).filter(title.ne(\"x\")).filter(published.eq(true).or(owner_id.eq(1))).order(created_at.desc()).limit(20);\n    \
             {list}\n    let one: Option<Model{n}> = model{n}.find(1).filter(published.eq(true).or(owner_id.eq(1))).select(Model{n}::as_select()).first(db).optional()?;\n    \
             let new: Model{n} = diesel::insert_into(model{n}).values(New{n} {{ title: \"x\".into(), owner_id: 1, views: 3 }}).returning(Model{n}::as_returning()).get_result(db)?;\n    \
             let _: Model{n} = diesel::update(model{n}.find(new.id)).set(title.eq(\"y\")).returning(Model{n}::as_returning()).get_result(db)?;\n    \
             diesel::delete(model{n}.find(new.id)).execute(db)?;\n    Ok(list.len() + usize::from(one.is_some()))\n}}\n"
        );
    }
    let lib = "pub mod tables;\npub mod uses;\n".to_owned();
    vec![("src/lib.rs".into(), lib), ("src/tables.rs".into(), tables), ("src/uses.rs".into(), uses)]
}
