//! Two databases that differ only in what a caller cannot see give him the same answers, byte for byte.

use super::case::Case;
use zmodel_tests::database::here;

use super::database::{Kind as _, call};
use super::generate::Generator;
use super::read::Reader;
use super::rule::{Scene, Seen};
use super::schema::Schema;
use super::world::World;
use super::{Json, Row, databases};

/// What somebody sees of a world.
fn view(schema: &Schema, world: &World, caller: &Json) -> Vec<Vec<Row>> {
    Reader::new(schema, world, caller, false).views().to_vec()
}

/// The links between rows that somebody sees.
fn links(schema: &Schema, world: &World, caller: &Json) -> Vec<String> {
    let reader = Reader::new(schema, world, caller, false);
    let mut all = Vec::new();
    for (at, model) in schema.models.iter().enumerate() {
        for row in &reader.views()[at] {
            for relation in model.relations.iter().filter(|relation| relation.many()) {
                let there =
                    world.related(schema, at, &world.row(schema, at, &row["id"]).unwrap().clone(), &relation.name);
                let seen = there.iter().filter(|it| reader.visible(relation.target, &it["id"]).is_some());
                let seen: Vec<String> = seen.map(|it| it["id"].to_string()).collect();
                if matches!(relation.end, super::schema::End::Linked(..)) {
                    all.push(format!("{} {} {} {seen:?}", model.name, row["id"], relation.name));
                }
            }
        }
    }
    all
}

/// Which rows somebody may change, in which fields, and delete; by which keys. Whoever knows the key of a row that he may
/// change reaches it, and so learns that it is there, also if he cannot read it.
fn permissions(schema: &Schema, world: &World, caller: &Json) -> Vec<String> {
    let scene = Scene { schema, world, caller, before: None };
    let mut all = Vec::new();
    for (at, model) in schema.models.iter().enumerate() {
        for (id, row) in world.rows(schema, at) {
            for operation in ["update", "delete"].iter().filter(|it| scene.allows(it, Seen::Row(at, row))) {
                all.push(format!("{operation} {} {id}", model.name));
                for field in model.fields.iter().filter(|it| it.unique && scene.opens("read", at, row, &it.name)) {
                    all.push(format!("  by {} {}", field.name, row[&field.name]));
                }
                for field in model.fields.iter().filter(|field| !scene.opens("update", at, row, &field.name)) {
                    all.push(format!("  but {}", field.name));
                }
            }
        }
    }
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
    let (mut pairs, mut reads, mut writes, mut constraints, mut rules) = (0, 0, 0, 0, 0);
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
        let (here, there) =
            (database.holding(&schema, &world).await.unwrap(), database.holding(&schema, &other).await.unwrap());
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
            if expected.0 != expected_there.0 {
                rules += 1;
                break;
            }
            let answer = call(&here, &caller, &model, operation, &args).await.to_string();
            let twin = call(&there, &caller, &model, operation, &args).await.to_string();
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
        "{database:?}: {pairs} pairs of twins, {reads} reads and {writes} writes alike; {constraints} writes told of a \
         constraint, {rules} of a rule about what is written"
    );
}

zmodel_tests::on_each_database!(what_is_hidden_changes_no_answer);
