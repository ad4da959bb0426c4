//! Every rule up to a size, over every small database: nothing is left to chance.
//!
//! Two tables, three rows at most that can have to do with each other, three values (null, 1 and 2), callers who are
//! nobody, somebody of whom nothing is known, and two of whom something is. Each rule stands once as an allow and once as
//! a deny, on a field of its own, so that one read asks dozens of them; all databases lie side by side in one, since no
//! rule goes from one to another.

use serde_json::json;

use zmodel_tests::database::here;

use super::database::{Database, Kind as _, call};
use super::random::Random;
use super::rule::{Is, Path, Rule, Scene, Seen, Value};
use super::schema::{Action, End, Field, Model, Relation, Schema, Type};
use super::world::World;
use super::{Json, Row};

/// So many rules are asked by one read.
const AT_ONCE: usize = 64;

const ONE: usize = 0;

fn field(name: &str, optional: bool, default: Option<Json>) -> Field {
    let name = name.to_owned();
    Field { name, ty: Type::Int, optional, unique: false, tag: false, default, rules: Vec::new() }
}

fn schema() -> Schema {
    let model = |name: &str, fields: Vec<Field>, relation: Relation| Model {
        name: name.to_owned(),
        fields,
        relations: vec![relation],
        rules: vec![Rule { allow: true, operations: "read".to_owned(), is: Is::Constant(true) }],
        base: None,
        delegate: false,
        soft: false,
    };
    let relation = |name: &str, target: usize, back: &str, end: End| Relation {
        name: name.to_owned(),
        target,
        back: back.to_owned(),
        end,
    };
    let key = "twoId".to_owned();
    let two = relation("two", 1, "ones", End::Key(key.clone(), Action::SetNull));
    let ones = relation("ones", 0, "two", End::Referring(key.clone(), true));
    let of_type = |ty: Type, it: Field| Field { ty, ..it };
    let (flag, text) = (of_type(Type::Flag, field("f", true, None)), of_type(Type::Text, field("t", true, None)));
    let numbers = of_type(Type::Ints, field("l", false, None));
    let one =
        model("One", vec![field("id", false, None), field("x", true, None), flag, text, field(&key, true, None)], two);
    let two = model("Two", vec![field("id", false, None), field("y", true, None), numbers], ones);
    Schema { models: vec![one, two], link_tables: 0, loose: false }
}

/// Every database of three rows at most in which all rows have to do with each other.
fn databases(schema: &Schema) -> Vec<World> {
    let values = [Json::Null, 1.into(), 2.into()];
    let row =
        |members: &[(&str, Json)]| -> Row { members.iter().map(|(it, to)| ((*it).to_owned(), to.clone())).collect() };
    let mut all = Vec::new();
    let mut next = 0;
    let mut add = |y: Option<&Json>, xs: &[&Json]| {
        let mut world = World::empty(schema);
        next += 1;
        let two = next;
        if let Some(y) = y {
            let list: Json = y.as_i64().into_iter().collect();
            world.tables[1].insert(two, row(&[("id", two.into()), ("y", y.clone()), ("l", list)]));
        }
        let key = if y.is_some() { two.into() } else { Json::Null };
        for x in xs {
            next += 1;
            // The flag and the text say the same as the number: null, one thing, and another.
            let (flag, text) = (x.as_i64().map(|x| x == 1).into(), x.as_i64().map(|x| format!("a{x}")).into());
            let members = [("id", next.into()), ("x", (*x).clone()), ("f", flag), ("t", text), ("twoId", key.clone())];
            world.tables[0].insert(next, row(&members));
        }
        all.push(world);
    };
    for x in &values {
        add(None, &[x]);
        for (at, y) in values.iter().enumerate() {
            add(Some(x), &[y]);
            values[at..].iter().for_each(|z| add(Some(x), &[y, z]));
        }
    }
    all
}

fn own(name: &str) -> Value {
    Value::Field(Path { frame: 0, through: Vec::new() }, name.to_owned())
}

fn two() -> Path {
    Path { frame: 0, through: vec!["two".to_owned()] }
}

fn y() -> Value {
    Value::Field(two(), "y".to_owned())
}

fn list() -> Value {
    Value::Field(two(), "l".to_owned())
}

fn one() -> Value {
    Value::Literal(1.into())
}

/// Makes a value.
type Make = fn() -> Value;

/// The smallest conditions: of the row, of the row that it refers to, of the caller.
fn atoms() -> Vec<Is> {
    let caller = || Value::Caller("a");
    let pairs: [(Make, Make); 6] = [
        (|| own("x"), || Value::Caller("a")),
        (|| own("x"), one),
        (|| own("x"), y),
        (y, || Value::Caller("a")),
        (y, one),
        (|| Value::Caller("a"), one),
    ];
    let mut all = vec![
        Is::Null(own("x"), true),
        Is::Null(y(), true),
        Is::Missing(two(), true),
        Is::Anonymous(true),
        Is::Compare(own("x"), "==", caller()),
        Is::Compare(y(), "!=", caller()),
        // The ones before are those that are combined further.
        Is::Constant(true),
        Is::Constant(false),
        Is::Null(caller(), true),
        Is::In(own("x"), vec![one(), caller()]),
        Is::In(own("x"), Vec::new()),
        Is::In(caller(), vec![own("x"), y()]),
        Is::Holds(own("f")),
        Is::Text("contains", own("t"), Value::Literal("1".into()), false),
        Is::InList(own("x"), list()),
        Is::Share(false, list(), vec![caller()]),
        Is::Share(true, list(), Vec::new()),
        Is::Empty(list()),
    ];
    for op in ["==", "!=", "<"] {
        all.extend(pairs.iter().map(|(left, right)| Is::Compare(left(), op, right())));
    }
    all
}

/// What can be asked of the rows that refer to the same row.
fn within(quantifier: char, inner: Is) -> Is {
    Is::Rows(quantifier, two(), "ones".to_owned(), Box::new(inner))
}

fn inner_atoms() -> Vec<Is> {
    let it = |name: &str| Value::Field(Path { frame: 1, through: Vec::new() }, name.to_owned());
    vec![
        Is::Null(it("x"), true),
        Is::Compare(it("x"), "==", Value::Caller("a")),
        Is::Compare(it("x"), "==", own("x")),
        Is::Compare(it("id"), "!=", own("id")),
        Is::Compare(it("x"), "<", one()),
        Is::Holds(it("f")),
        Is::Text("startsWith", it("t"), Value::Literal("a1".into()), true),
        Is::InList(it("x"), Value::Caller("l")),
    ]
}

/// What can be asked of what the caller brings.
fn brought() -> Vec<Is> {
    let it = || Value::Item(1, "a");
    let inner = [
        Is::Null(it(), true),
        Is::Compare(it(), "==", one()),
        Is::Compare(it(), "!=", own("x")),
        Is::Holds(Value::Item(1, "f")),
        Is::In(own("x"), vec![it(), one()]),
        Is::And(vec![Is::Compare(it(), "==", one()), Is::Compare(y(), "==", one())]),
    ];
    let each = |quantifier| inner.iter().map(move |is| Is::Items(quantifier, Box::new(is.clone())));
    ['?', '!', '^'].into_iter().flat_map(each).collect()
}

/// One more operator around, or between, conditions.
fn combined(conditions: &[Is]) -> Vec<Is> {
    let mut all: Vec<Is> = conditions.iter().map(|is| Is::Not(Box::new(is.clone()))).collect();
    for (at, left) in conditions.iter().enumerate() {
        for right in &conditions[at + 1..] {
            all.push(Is::And(vec![left.clone(), right.clone()]));
            all.push(Is::Or(vec![left.clone(), right.clone()]));
        }
    }
    all
}

fn rules() -> Vec<Is> {
    let atoms = atoms();
    let few: Vec<Is> = atoms[..6].to_vec();
    let quantified = |inner: &[Is]| {
        let each = |quantifier| inner.iter().map(move |is| within(quantifier, is.clone()));
        ['?', '!', '^'].into_iter().flat_map(each).collect::<Vec<_>>()
    };
    let inner = inner_atoms();
    // Of depth one, of all there is; of depth two, of a few.
    let mut all = atoms.clone();
    all.extend(combined(&atoms));
    all.extend(quantified(&inner));
    all.extend(quantified(&combined(&inner)));
    let caller = || Value::Caller("a");
    for op in ["<=", ">", ">="] {
        let pairs = [(own("x"), caller()), (caller(), one()), (y(), own("x"))];
        all.extend(pairs.into_iter().map(|(left, right)| Is::Compare(left, op, right)));
    }
    let brought = brought();
    all.extend(brought.iter().map(|is| Is::Not(Box::new(is.clone()))));
    all.extend(brought);
    let mut shallow = few.clone();
    shallow.extend(combined(&few));
    shallow.extend(quantified(&inner[..3]));
    all.extend(combined(&shallow));
    all
}

/// The fields that hold a rule each.
fn asked(rules: &[(bool, &Is)]) -> Vec<Field> {
    let fields = rules.iter().enumerate().map(|(at, (allow, is))| {
        let rule = Rule { allow: *allow, operations: "read".to_owned(), is: (*is).clone() };
        Field { rules: vec![rule], ..field(&format!("m{at}"), false, Some(1.into())) }
    });
    fields.collect()
}

/// Whether a condition asks with the keyword `null` for something of the caller.
fn asks_whether_the_caller_is_known(is: &Is) -> bool {
    match is {
        Is::Anonymous(_) | Is::Null(Value::Caller(_) | Value::Item(..), _) => true,
        Is::Not(inner) | Is::Rows(.., inner) | Is::Items(_, inner) => asks_whether_the_caller_is_known(inner),
        Is::And(list) | Is::Or(list) => list.iter().any(asks_whether_the_caller_is_known),
        _ => false,
    }
}

/// And unless a rule asks for null, whoever is less known sees no more than somebody who is known better.
async fn every_small_rule_over_every_small_database() {
    let database = here();
    let bare = schema();
    let worlds = databases(&bare);
    let mut whole = World::empty(&bare);
    for world in &worlds {
        for (all, some) in whole.tables.iter_mut().zip(&world.tables) {
            all.extend(some.clone());
        }
    }
    let callers = [
        Json::Null,
        json!({ "id": 1 }),
        json!({ "id": 1, "a": 1, "items": [] }),
        json!({ "id": 1, "a": 2, "l": [1], "items": [{ "a": 1, "f": true }] }),
        json!({ "id": 1, "items": [{ "a": null, "f": null }, { "a": 2, "f": false }] }),
    ];
    let conditions = rules();
    let mut all: Vec<(bool, &Is)> = conditions.iter().flat_map(|is| [(true, is), (false, is)]).collect();
    // A usual run asks a part of them, spread over all; the others are asked when somebody has the time.
    let usual = if database == Database::Sqlite { 1 } else { 20 };
    let part: usize = std::env::var("ZMODEL_PROOF_EVERY").map_or(usual, |text| text.parse().unwrap());
    let mut random = Random::new(1);
    all.retain(|_| random.below(part) == 0);
    let (mut rules_asked, mut decisions, mut gains) = (0, 0, 0);
    for some in all.chunks(AT_ONCE) {
        let mut schema = bare.clone();
        schema.models[ONE].fields.extend(asked(some));
        let mut world = whole.clone();
        for row in world.tables[ONE].values_mut() {
            row.extend((0..some.len()).map(|at| (format!("m{at}"), 1.into())));
        }
        let engine = database.holding(&schema, &world).await.unwrap();
        let mut shown_to: Vec<Vec<bool>> = Vec::new();
        for caller in &callers {
            let outcome = call(&engine, caller, "One", "findMany", &json!({ "orderBy": { "id": "asc" } })).await;
            let mut rows = outcome["ok"].as_array().unwrap().iter();
            let mut all = Vec::new();
            for small in &worlds {
                let scene = Scene { schema: &bare, world: small, caller, before: None };
                for row in small.tables[ONE].values() {
                    let found = rows.next().unwrap();
                    assert_eq!(found["id"], row["id"]);
                    for (at, (allow, is)) in some.iter().enumerate() {
                        let holds = scene.is(is, &[Seen::Row(ONE, row)]);
                        let expected = if *allow { holds == Some(true) } else { holds == Some(false) };
                        let shown = !found[format!("m{at}")].is_null();
                        let rule = Rule { allow: *allow, operations: "read".to_owned(), is: (*is).clone() };
                        assert_eq!(shown, expected, "{rule}\n{caller}\n{small:#?}");
                        all.push(shown);
                    }
                }
            }
            decisions += all.len();
            shown_to.push(all);
        }
        for (less, more) in [(0, 1), (1, 2), (1, 3), (1, 4)] {
            for (at, (shown, still)) in shown_to[less].iter().zip(&shown_to[more]).enumerate() {
                let (_, is) = &some[at % some.len()];
                let lost = *shown && !*still && !asks_whether_the_caller_is_known(is);
                assert!(!lost, "who is less known sees more: {is:?}\n{}\n{}", callers[less], callers[more]);
                gains += 1;
            }
        }
        rules_asked += some.len();
    }
    println!(
        "{database:?}: {rules_asked} rules over {} databases, {decisions} decisions, {gains} times nothing gained",
        worlds.len()
    );
}

zmodel_tests::on_each_database!(every_small_rule_over_every_small_database);
