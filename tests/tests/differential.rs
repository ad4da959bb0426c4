//! Random rules over random rows: the engine's SQL against an evaluator that knows nothing of SQL.
//!
//! The rules go through the compiler as text, so parser, resolution, lowering, guard and SQL are all asked at once. The
//! model refers to itself, because there a wrong alias shows at once.

#![cfg(test)]

mod differential {
    pub(super) mod random;
    pub(super) mod rule;
}

use std::borrow::Cow;
use std::sync::Arc;

use differential::random::Random;
use differential::rule::{Item, Person, Row, Rule, World};
use zmodel_runtime::caller::Caller;
use zmodel_runtime::driver::sqlite::Sqlite;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::plan::{self, Filter, Find};
use zmodel_runtime::schema::{Comparison, FieldId, ModelId, Quantifier, RelationId, Schema};
use zmodel_runtime::session::Session;
use zmodel_runtime::value::ContextValue;
use zmodel_runtime::{Result, Value};

const NODE: ModelId = ModelId(0);
const B: FieldId = FieldId(4);
const PARENT: RelationId = RelationId(0);

/// The schema with rules for the model, and for its field `b`.
fn schema(rules: &str, masks: &str) -> Cow<'static, Schema> {
    let text = format!(
        "datasource db {{ provider = 'sqlite' }}
         type Person {{ id Int @id  a Int?  s String?  f Boolean?  list Int[]  items Item[]?  @@auth }}
         type Item {{ a Int?  s String?  f Boolean? }}
         model Node {{
           id Int @id
           a Int?  s String?  f Boolean?
           b Int? {masks}
           parentId Int?
           parent Node? @relation('tree', fields: [parentId], references: [id])
           children Node[] @relation('tree')
           {rules}
         }}"
    );
    let compiled = zmodel_cli::compile("random.zmodel".as_ref(), &|_| Ok(text.clone()));
    let shown =
        || zmodel_cli::diagnostic::render::plain_one(&compiled.sources, compiled.diagnostics.iter().next().unwrap());
    Cow::Owned(compiled.schema.clone().unwrap_or_else(|| panic!("{rules}\n{}", shown())))
}

fn int(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Int)
}

fn values(row: &Row) -> Vec<(FieldId, Value)> {
    let cells = [
        Value::Int(row.id),
        int(row.a),
        row.s.clone().map_or(Value::Null, Value::Text),
        row.f.map_or(Value::Null, Value::Bool),
        int(row.b),
        int(row.parent),
    ];
    (0..).map(FieldId).zip(cells).collect()
}

fn scalar(value: Value) -> ContextValue {
    if value.is_null() { ContextValue::Null } else { ContextValue::Scalar(value) }
}

fn item(item: &Item) -> ContextValue {
    let text = item.s.clone().map_or(Value::Null, Value::Text);
    let members = [int(item.a), text, item.f.map_or(Value::Null, Value::Bool)];
    ContextValue::Members(members.into_iter().map(scalar).collect())
}

fn caller(person: Option<&Person>) -> Caller {
    let Some(person) = person else { return Caller::Anonymous };
    let list: Vec<ContextValue> = person.list.iter().map(|n| ContextValue::Scalar(Value::Int(*n))).collect();
    Caller::User(Arc::new(ContextValue::Members(
        vec![
            scalar(Value::Int(person.id)),
            scalar(int(person.a)),
            scalar(person.s.clone().map_or(Value::Null, Value::Text)),
            scalar(person.f.map_or(Value::Null, Value::Bool)),
            ContextValue::List(list.into()),
            person
                .items
                .as_ref()
                .map_or(ContextValue::Null, |items| ContextValue::List(items.iter().map(item).collect())),
        ]
        .into(),
    )))
}

async fn ids(session: &Session, filter: Filter) -> Result<Vec<i64>> {
    let mut find = Find::new(NODE);
    find.and(filter);
    let rows = session.find(&find, false).await?;
    let mut ids: Vec<i64> = rows
        .cells
        .chunks(rows.width.max(1))
        .map(|row| match row[0] {
            Value::Int(id) => id,
            ref other => panic!("{other:?} is no id"),
        })
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

/// The rows that a caller sees: their ids, and what is seen of `b`.
async fn seen(session: &Session) -> Result<Vec<(i64, Option<i64>)>> {
    let rows = session.find(&Find::new(NODE), false).await?;
    let at = usize::from(B.0);
    let mut seen: Vec<(i64, Option<i64>)> = rows
        .cells
        .chunks(rows.width.max(1))
        .map(|row| match (&row[0], &row[at]) {
            (Value::Int(id), Value::Int(b)) => (*id, Some(*b)),
            (Value::Int(id), Value::Null) => (*id, None),
            other => panic!("{other:?} is no row"),
        })
        .collect();
    seen.sort_unstable();
    Ok(seen)
}

async fn one(seed: u64) -> Result<()> {
    let mut random = Random::new(seed);
    let driver = Sqlite::open("sqlite::memory:")?;
    let mut world = World::random(&mut random);
    let arrange = Session::new(Engine::new(schema("", ""), driver.clone()), Caller::Unguarded("arrange"));
    Engine::new(schema("", ""), driver.clone()).create_tables().await?;
    for row in &world.rows {
        arrange.create(plan::Create { model: NODE, new: new(values(row)), includes: Vec::new() }).await?;
    }
    for _ in 0..12 {
        let rules = Rule::set(&mut random, "read", false);
        let creates = Rule::set(&mut random, "create", true);
        let updates = Rule::set(&mut random, "update", false);
        let masks = Rule::set(&mut random, "read", false);
        // A rule of a field has one `@` less.
        let masked = masks.iter().map(|rule| rule.to_string()[1..].to_owned()).collect::<Vec<_>>().join(" ");
        let text = rules.iter().chain(&creates).chain(&updates).map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let engine = Engine::new(schema(&text, &masked), driver.clone());
        let unguarded = Session::new(engine.clone(), Caller::Unguarded("a look at the truth"));
        for _ in 0..4 {
            let person = Person::random(&mut random);
            let session = Session::new(engine.clone(), caller(person.as_ref()));
            let at = || format!("seed {seed}\n{text}\n{person:?}\n{world:#?}");
            let reads = |world: &World, row: &Row| Rule::decide(&rules, &updates, world, row, person.as_ref());
            let expected: Vec<i64> = world.rows.iter().filter(|row| reads(&world, row)).map(|row| row.id).collect();
            assert_eq!(ids(&session, Filter::Constant(true)).await?, expected, "reads, {}", at());
            let hidden = ids(&session, Filter::Not(Box::new(Filter::Constant(true)))).await?;
            assert!(hidden.is_empty(), "a negated filter, {}", at());

            let shown = |row: &Row| Rule::decide(&masks, &updates, &world, row, person.as_ref()).then_some(row.b?);
            let at = || format!("{masked}\n{}", at());
            let readable: Vec<&Row> = world.rows.iter().filter(|row| reads(&world, row)).collect();
            let expected: Vec<(i64, Option<i64>)> = readable.iter().map(|row| (row.id, shown(row))).collect();
            assert_eq!(seen(&session).await?, expected, "what is seen, {}", at());
            let is_one = || Filter::Compare(Comparison::Equal, B, Value::Int(1));
            let matching = |wanted: &dyn Fn(&Row) -> bool| {
                readable.iter().filter(|row| wanted(row)).map(|row| row.id).collect::<Vec<_>>()
            };
            assert_eq!(ids(&session, is_one()).await?, matching(&|row| shown(row) == Some(1)), "a filter, {}", at());
            let negated = Filter::Not(Box::new(is_one()));
            let other = matching(&|row| shown(row).is_some_and(|b| b != 1));
            assert_eq!(ids(&session, negated).await?, other, "a negated filter, {}", at());
            let related = Filter::Related(PARENT, Quantifier::Some, Box::new(is_one()));
            let of_parent = matching(&|row| {
                readable.iter().any(|parent| row.parent == Some(parent.id) && shown(parent) == Some(1))
            });
            assert_eq!(ids(&session, related).await?, of_parent, "a filter on a relation, {}", at());

            let new = Row::random(&mut random, 100, world.rows.len());
            let may = Rule::decide(&creates, &updates, &world, &new, person.as_ref());
            let made =
                session.create(plan::Create { model: NODE, new: self::new(values(&new)), includes: Vec::new() }).await;
            world.rows.push(new.clone());
            let readable = reads(&world, &new);
            let at = || format!("seed {seed}\n{text}\n{person:?}\n{new:?}\n{world:#?}");
            match made {
                Ok(_) => assert!(may && readable, "a create, {}", at()),
                Err(error) if error.is_unreadable() => assert!(may && !readable, "a create, {}", at()),
                Err(error) => assert!(error.is_denied() && !may, "a create: {error}, {}", at()),
            }
            let key = Filter::Compare(Comparison::Equal, FieldId(0), Value::Int(100));
            assert_eq!(ids(&unguarded, key.clone()).await?.len(), usize::from(may), "{}", at());
            if may {
                let key = plan::Key { unique: key, when: None };
                unguarded.delete(plan::Delete { model: NODE, key, includes: Vec::new() }).await?;
            }
            world.rows.pop();
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_engine_and_a_naive_evaluator_agree_on_who_may_read_and_create_what() -> Result<()> {
    // 60 databases, 12 rule sets for each, 4 callers for each of those. A failure names its seed, and `ZMODEL_SEEDS`
    // says which to run: `17..18`, or more than anybody waits for every day.
    let seeds = std::env::var("ZMODEL_SEEDS").unwrap_or_else(|_| "1..61".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    for seed in from.parse().unwrap()..to.parse().unwrap() {
        one(seed).await?;
    }
    Ok(())
}

/// A new row without relations.
const fn new(values: Vec<(FieldId, Value)>) -> plan::New {
    plan::New { values, nested: Vec::new() }
}
