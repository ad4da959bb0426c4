//! Two databases that differ only in what a caller cannot see give him the same answers, byte for byte.

use std::fmt::Write as _;

use super::case::Case;
use zmodel_tests::database::here;

use super::database::{Kind as _, call, sorted};
use super::generate::Generator;
use super::read::Reader;
use super::rule::{Scene, Seen};
use super::schema::{Field, NUMBER, Schema};
use super::world::{REAL, World};
use super::{Json, Row, databases};

/// What somebody sees of a world. Where he sees no id, he does not see in which order the ids are.
fn view(schema: &Schema, world: &World, caller: &Json) -> Vec<Vec<String>> {
    let reader = Reader::new(schema, world, caller, false);
    let shown = |row: &Row| {
        let mut row = row.clone();
        row.shift_remove(REAL);
        Json::Object(row).to_string()
    };
    let views = reader.views().iter().map(|rows| {
        let mut rows: Vec<String> = rows.iter().map(shown).collect();
        rows.sort();
        rows
    });
    views.collect()
}

/// What somebody tells a row by: its id, or its number where he does not see that.
fn name(row: &Row) -> String {
    if row["id"].is_null() { format!("{NUMBER} {}", row[NUMBER]) } else { row["id"].to_string() }
}

/// The ids of the rows that somebody sees without them.
fn hidden_ids(schema: &Schema, world: &World, caller: &Json) -> Vec<String> {
    let reader = Reader::new(schema, world, caller, false);
    let hidden = reader.views().iter().flatten().filter(|row| row["id"].is_null());
    let mut all: Vec<String> = hidden.map(|row| format!("{} {}", row[NUMBER], row[REAL])).collect();
    all.sort();
    all
}

/// The links between rows that somebody sees.
fn links(schema: &Schema, world: &World, caller: &Json) -> Vec<String> {
    let reader = Reader::new(schema, world, caller, false);
    let mut all = Vec::new();
    for (at, model) in schema.models.iter().enumerate() {
        for row in &reader.views()[at] {
            for relation in model.relations.iter().filter(|relation| relation.many()) {
                let there =
                    world.related(schema, at, &world.row(schema, at, &row[REAL]).unwrap().clone(), &relation.name);
                let seen = there.iter().filter_map(|it| reader.visible(relation.target, &it["id"]));
                let mut seen: Vec<String> = seen.map(name).collect();
                seen.sort();
                if matches!(relation.end, super::schema::End::Linked(..)) {
                    all.push(format!("{} {} {} {seen:?}", model.name, name(row), relation.name));
                }
            }
        }
    }
    all.sort();
    all
}

/// Which rows somebody may change, in which fields, and delete; by which keys. Whoever knows the key of a row that he may
/// change reaches it, and so learns that it is there, also if he cannot read it.
fn permissions(schema: &Schema, world: &World, caller: &Json) -> Vec<String> {
    let scene = Scene { schema, world, caller, before: None };
    let mut all = Vec::new();
    for (at, model) in schema.models.iter().enumerate() {
        for (_, row) in world.rows(schema, at) {
            for operation in ["update", "delete"].iter().filter(|it| scene.allows(it, Seen::Row(at, row))) {
                let mut what = format!("{operation} {}", model.name);
                let is_key = |field: &Field| field.unique || field.name == "id";
                for field in model.fields.iter().filter(|it| is_key(it) && scene.opens("read", at, row, &it.name)) {
                    write!(what, " by {} {}", field.name, row[&field.name]).unwrap();
                }
                for field in model.fields.iter().filter(|field| !scene.opens("update", at, row, &field.name)) {
                    write!(what, " but {}", field.name).unwrap();
                }
                all.push(what);
            }
        }
    }
    all.sort();
    all
}

/// Another world in which a caller sees the same.
fn twin(generator: &mut Generator, schema: &Schema, world: &World, caller: &Json) -> World {
    let seen =
        |world: &World| (view(schema, world, caller), links(schema, world, caller), permissions(schema, world, caller));
    let wanted = seen(world);
    let mut twin = world.clone();
    for _ in 0..24 {
        let mut tried = twin.clone();
        generator.disturb(schema, &mut tried);
        if tried.is_sound(schema) && seen(&tried) == wanted {
            twin = tried;
        }
    }
    twin
}

async fn what_is_hidden_changes_no_answer() {
    let database = here();
    let (mut pairs, mut with_other_ids, mut reads, mut writes, mut constraints, mut rules) = (0, 0, 0, 0, 0, 0);
    for seed in databases(150) {
        let mut generator = Generator::new(seed.wrapping_add(0x7715));
        let schema = generator.schema();
        let world = generator.world(&schema);
        let caller = generator.caller();
        let other = twin(&mut generator, &schema, &world, &caller);
        if other == world {
            continue;
        }
        pairs += 1;
        with_other_ids += u64::from(hidden_ids(&schema, &world, &caller) != hidden_ids(&schema, &other, &caller));
        let (here, there) =
            (database.holding(&schema, &world).await.unwrap(), database.holding(&schema, &other).await.unwrap());
        generator.look(&schema, &world);
        for _ in 0..20 {
            let (model, operation, args) = generator.read(&schema);
            let answer = call(&here, &caller, &model, operation, &args).await.to_string();
            let twin = call(&there, &caller, &model, operation, &args).await.to_string();
            let case = Case {
                schema: schema.clone(),
                world: world.clone(),
                caller: caller.clone(),
                all: false,
                model,
                operation,
                args,
            };
            assert_eq!(answer, twin, "ZMODEL_PROOF_SEED={seed}\n{case}\nits twin: {other:#?}");
            reads += 1;
        }
        let (mut world, mut other) = (world, other);
        for _ in 0..10 {
            let (model, operation, args) = generator.write(&schema);
            let case = |world: &World| Case {
                schema: schema.clone(),
                world: world.clone(),
                caller: caller.clone(),
                all: false,
                model: model.clone(),
                operation,
                args: args.clone(),
            };
            let (expected, either) = case(&world).expected_if_determined(database);
            let (expected_there, either_there) = case(&other).expected_if_determined(database);
            // How many rows go of those that go along with each other is up to the database.
            if either || either_there {
                break;
            }
            // Two things are told by writes, and cannot be otherwise: which constraint of the database does not hold, and
            // what the rules say of what is written, which look at all rows.
            let kinds = [&expected.0, &expected_there.0].map(|it| it.as_ref().err().map(|failure| failure.kind));
            if kinds.contains(&Some("db-query-error")) {
                constraints += 1;
                break;
            }
            // Which of many changed rows comes back first is up to the database.
            let shown = |ok: &Json| if operation == "updateManyAndReturn" { sorted(ok).into() } else { ok.clone() };
            if expected.0.as_ref().map(shown) != expected_there.0.as_ref().map(shown) {
                rules += 1;
                break;
            }
            let answer = call(&here, &caller, &model, operation, &args).await;
            let twin = call(&there, &caller, &model, operation, &args).await;
            let told = |answer: &Json| answer.get("ok").map_or_else(|| answer.to_string(), |ok| shown(ok).to_string());
            let (answer, twin) = (told(&answer), told(&twin));
            assert_eq!(answer, twin, "ZMODEL_PROOF_SEED={seed}\n{}\nits twin: {other:#?}", case(&world));
            writes += 1;
            (world, other) = (expected.1, expected_there.1);
            let seen = |world: &World| (view(&schema, world, &caller), permissions(&schema, world, &caller));
            if seen(&world) != seen(&other) {
                break;
            }
        }
    }
    println!(
        "{database:?}: {pairs} pairs of twins, {with_other_ids} of them with other ids that are hidden, {reads} reads and \
         {writes} writes alike; {constraints} writes told of a constraint, {rules} of a rule about what is written"
    );
}

zmodel_tests::on_each_database!(what_is_hidden_changes_no_answer);
