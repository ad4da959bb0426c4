//! The engine against itself: two ways to ask the same must give the same, whatever it is.

use serde_json::{Map, json};

use zmodel_tests::database::here;

use super::database::{Database, Kind as _, call, dump};
use super::generate::Generator;
use super::rule::{Is, Rule};
use super::schema::{End, Relation, Schema};
use super::world::World;
use super::{Json, databases};

/// A schema, rows, and how often each relation was looked at.
struct Laboratory {
    database: Database,
    generator: Generator,
    schema: Schema,
    world: World,
    caller: Json,
    seed: u64,
}

impl Laboratory {
    fn at(&self) -> String {
        format!("ZMODEL_PROOF_SEED={}\n{}\n{}\n{:?}", self.seed, self.schema.print("sqlite"), self.caller, self.world)
    }

    /// All that the caller sees of every model, by another schema for the same rows.
    async fn seen(&self, schema: &Schema, caller: &Json) -> Vec<Json> {
        let engine = self.database.holding(schema, &self.world).await.unwrap();
        let mut all = Vec::new();
        for model in &schema.models {
            let related = model.relations.iter().map(|relation| {
                let args = if relation.many() { json!({ "orderBy": { "id": "asc" } }) } else { json!(true) };
                (relation.name.clone(), args)
            });
            let include: Map<String, Json> = related.collect();
            let mut args = json!({ "orderBy": { "id": "asc" } });
            if !include.is_empty() {
                args["include"] = include.into();
            }
            all.push(call(&engine, caller, &model.name, "findMany", &args).await);
        }
        all
    }

    /// The ids of the visible rows of each model.
    async fn ids(&self, schema: &Schema) -> Vec<Vec<i64>> {
        let rows = self.seen(schema, &self.caller).await;
        let ids = |rows: &Json| rows["ok"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        rows.iter().map(ids).collect()
    }

    /// The schema with its rules changed.
    fn with(&self, change: &dyn Fn(&mut Vec<Rule>)) -> Schema {
        let mut schema = self.schema.clone();
        for model in &mut schema.models {
            change(&mut model.rules);
            model.fields.iter_mut().filter(|field| !field.rules.is_empty()).for_each(|field| change(&mut field.rules));
        }
        schema
    }
}

/// Makes schemas in which everybody sees the ids: what is the same is told by them here.
fn with_ids(seed: u64) -> Generator {
    let mut generator = Generator::new(seed);
    generator.hides_ids = false;
    generator
}

fn rewritten(write: fn(Is) -> Is) -> impl Fn(&mut Vec<Rule>) {
    move |rules| rules.iter_mut().for_each(|rule| rule.is = write(rule.is.clone()))
}

async fn two_ways_to_say_a_rule_are_the_same() {
    let mut count = 0;
    for seed in databases(30) {
        let mut generator = with_ids(seed.wrapping_add(0x1357));
        let schema = generator.schema();
        let (world, caller) = (generator.world(&schema), generator.caller());
        let laboratory = Laboratory { database: here(), generator, schema, world, caller, seed };
        let seen = laboratory.seen(&laboratory.schema, &laboratory.caller).await;
        let ways: [(&str, Schema); 6] = [
            ("the other order", laboratory.with(&|rules: &mut Vec<Rule>| rules.reverse())),
            ("each twice", laboratory.with(&|rules: &mut Vec<Rule>| rules.extend(rules.clone()))),
            ("and true", laboratory.with(&rewritten(|is| Is::And(vec![is, Is::Constant(true)])))),
            ("or false", laboratory.with(&rewritten(|is| Is::Or(vec![Is::Constant(false), is])))),
            ("not not", laboratory.with(&rewritten(|is| Is::Not(Box::new(Is::Not(Box::new(is))))))),
            ("all, in full", {
                let mut schema = laboratory.schema.clone();
                let full = "create,read,update,delete";
                let rules = schema.models.iter_mut().flat_map(|model| model.rules.iter_mut());
                rules.filter(|rule| rule.operations == "all").for_each(|rule| rule.operations = full.to_owned());
                schema
            }),
        ];
        for (way, schema) in ways {
            assert_eq!(laboratory.seen(&schema, &laboratory.caller).await, seen, "{way}\n{}", laboratory.at());
            count += 1;
        }
        // An allow more hides nothing, a deny more shows nothing.
        let before = laboratory.ids(&laboratory.schema).await;
        for allow in [true, false] {
            let mut schema = laboratory.schema.clone();
            let at = usize::try_from(seed).unwrap() % schema.models.len();
            let mut one = Generator::new(seed.wrapping_add(0x2468)).rule_about(&schema, at, "read");
            one.allow = allow;
            schema.models[at].rules.push(one);
            let after = laboratory.ids(&schema).await;
            for (before, after) in before.iter().zip(&after) {
                let (fewer, more) = if allow { (before, after) } else { (after, before) };
                assert!(fewer.iter().all(|id| more.contains(id)), "allow: {allow}\n{}", laboratory.at());
            }
            count += 1;
        }
        // Where everything is allowed, rules are as if there were none.
        let open = laboratory.with(&|rules: &mut Vec<Rule>| {
            *rules = vec![Rule { allow: true, operations: "all".to_owned(), is: Is::Constant(true) }];
        });
        let all = laboratory.seen(&open, &"raw".into()).await;
        assert_eq!(laboratory.seen(&open, &laboratory.caller).await, all, "{}", laboratory.at());
        count += 1;
    }
    println!("{count} pairs of schemas that say the same");
}

async fn two_ways_to_ask_are_the_same() {
    let database = here();
    let mut count = 0;
    for seed in databases(60) {
        let mut generator = with_ids(seed.wrapping_add(0x9753));
        let schema = generator.schema();
        let (world, caller) = (generator.world(&schema), generator.caller());
        let mut it = Laboratory { database, generator, schema, world, caller, seed };
        let engine = database.holding(&it.schema, &it.world).await.unwrap();
        for at in 0..it.schema.models.len() {
            let model = it.schema.models[at].name.clone();
            let filter = it.generator.filter_of(&it.schema, at);
            let other = it.generator.filter_of(&it.schema, at);
            let found = async |filter: &Json| -> Vec<i64> {
                let args = json!({ "where": filter, "orderBy": { "id": "asc" } });
                let rows = call(&engine, &it.caller, &model, "findMany", &args).await;
                rows["ok"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
            };
            let at_filter = || format!("{filter} {other}\n{}", it.at());
            let (all, yes, no) =
                (found(&json!({})).await, found(&filter).await, found(&json!({ "NOT": filter })).await);
            let neither = found(&json!({ "AND": [{ "NOT": filter }, filter] })).await;
            // True, not true, and unknown: three parts of what is visible, and unknown is not found by either.
            assert!(yes.iter().chain(&no).all(|id| all.contains(id)), "more than all: {}", at_filter());
            assert!(yes.iter().all(|id| !no.contains(id)) && neither.is_empty(), "both: {}", at_filter());
            let either = found(&json!({ "OR": [filter, { "NOT": filter }] })).await;
            assert_eq!(either.len(), yes.len() + no.len(), "either: {}", at_filter());
            let same = [
                (json!({ "NOT": { "NOT": filter } }), filter.clone()),
                (json!({ "AND": [filter, filter] }), filter.clone()),
                (json!({ "NOT": { "OR": [filter, other] } }), json!({ "AND": [{ "NOT": filter }, { "NOT": other }] })),
                (json!({ "NOT": { "AND": [filter, other] } }), json!({ "OR": [{ "NOT": filter }, { "NOT": other }] })),
                (json!({ "AND": [filter, other] }), json!({ "AND": [other, filter] })),
            ];
            for (one, two) in &same {
                assert_eq!(found(one).await, found(two).await, "{one} and {two}: {}", it.at());
                count += 1;
            }
            // A count is the number of rows, and there is one if there are some.
            let ask = async |operation: &str, args: Json| {
                call(&engine, &it.caller, &model, operation, &args).await["ok"].clone()
            };
            assert_eq!(ask("count", json!({ "where": filter })).await, yes.len(), "{}", at_filter());
            assert_eq!(ask("exists", json!({ "where": filter })).await, !yes.is_empty(), "{}", at_filter());
            let aggregated = ask("aggregate", json!({ "where": filter, "_count": true })).await;
            assert_eq!(aggregated["_count"], yes.len(), "{}", at_filter());
            let groups = ask("groupBy", json!({ "where": filter, "by": ["id"], "orderBy": { "id": "asc" } })).await;
            assert_eq!(groups.as_array().unwrap().len(), yes.len(), "{}", at_filter());
            count += 4;
            for id in &all {
                let key = json!({ "where": { "id": id } });
                assert_eq!(ask("findUnique", key.clone()).await, ask("findFirst", key).await, "{}", it.at());
                count += 1;
            }
            // Rows that are included are those that a read of their own finds. Along a relation of a delegate the way
            // back leads to a row of the delegate, about which its rules can say less than those of the row's own model.
            let models = &it.schema.models;
            let returns = |relation: &&Relation| {
                let there = &models[relation.target].relations;
                there.iter().any(|other| other.name == relation.back && other.target == at)
            };
            for relation in models[at].relations.iter().filter(|relation| relation.many()).filter(returns) {
                let include = json!({ &relation.name: { "orderBy": { "id": "asc" } } });
                let rows = ask("findMany", json!({ "include": include, "orderBy": { "id": "asc" } })).await;
                let target = it.schema.models[relation.target].name.clone();
                for row in rows.as_array().unwrap() {
                    let back = match relation.end {
                        End::Linked(..) => json!({ &relation.back: { "some": { "id": row["id"] } } }),
                        _ => json!({ &relation.back: { "is": { "id": row["id"] } } }),
                    };
                    let args = json!({ "where": back, "orderBy": { "id": "asc" } });
                    let own = call(&engine, &it.caller, &target, "findMany", &args).await["ok"].clone();
                    assert_eq!(row[&relation.name], own, "{} of {model} {}\n{}", relation.name, row["id"], it.at());
                    count += 1;
                }
            }
        }
    }
    println!("{database:?}: {count} pairs of reads that ask the same");
}

async fn one_row_of_many_is_written_like_one_row() {
    let database = here();
    let mut count = 0;
    for seed in databases(40) {
        let mut generator = Generator::new(seed.wrapping_add(0x8642));
        let schema = generator.schema();
        let (world, caller) = (generator.world(&schema), generator.caller());
        let (here, there) =
            (database.holding(&schema, &world).await.unwrap(), database.holding(&schema, &world).await.unwrap());
        for at in (0..schema.models.len()).filter(|at| !schema.models[*at].delegate) {
            let model = &schema.models[at].name;
            let row = generator.flat(&schema, at);
            let mut outcomes = Vec::new();
            for (engine, operation, data) in [(&here, "create", row.clone()), (&there, "createMany", json!([row]))] {
                let outcome = call(engine, &caller, model, operation, &json!({ "data": data })).await;
                let kind = (outcome["error"]["kind"].clone(), outcome["error"]["policyReason"].clone());
                // Who creates many is not told what they are.
                outcomes.push(if kind.1 == "cannot-read-back" { (Json::Null, Json::Null) } else { kind });
            }
            let (left, right) = (dump(&here, &schema).await, dump(&there, &schema).await);
            assert_eq!(
                outcomes[0],
                outcomes[1],
                "ZMODEL_PROOF_SEED={seed}\n{row}\n{caller}\n{}",
                schema.print("sqlite")
            );
            assert_eq!(left, right, "ZMODEL_PROOF_SEED={seed}\n{row}\n{caller}\n{}", schema.print("sqlite"));
            count += 1;
        }
    }
    println!("{database:?}: {count} rows written alone and as many");
}

zmodel_tests::on_each_database!(
    two_ways_to_say_a_rule_are_the_same,
    two_ways_to_ask_are_the_same,
    one_row_of_many_is_written_like_one_row
);
