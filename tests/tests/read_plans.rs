//! Plans that read, as the untyped doors make them: what they give, and what they refuse.

#![cfg(test)]

use std::borrow::Cow;

use db::{Db, r#box, shelf, thing};
use zmodel_macros::zmodel;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::plan::{
    Aggregate, Cursor, Direction, Exists, Filter, Find, GroupBy, GroupOrder, Grouped, Having, Include, Measure, Nulls,
    Order, OrderBy, Place,
};
use zmodel_runtime::schema::{Comparison, FieldId, ModelId, RelationId, Schema};
use zmodel_runtime::session::Session;
use zmodel_runtime::{Result, Value};
use zmodel_tests::database::{self, Database};

/// Things, boxes, shelves.
#[zmodel("schemas/data.zmodel")]
pub mod db {}

fn schema() -> Schema {
    let text = include_str!("../schemas/data.zmodel");
    zmodel_cli::compile("data.zmodel".as_ref(), &|_| Ok(text.to_owned())).schema.unwrap()
}

struct Data {
    guest: Session,
    schema: Schema,
}

impl Data {
    fn model(&self, name: &str) -> ModelId {
        self.schema.find_model(name).unwrap().0
    }

    fn field(&self, model: &str, name: &str) -> FieldId {
        self.schema.find_model(model).unwrap().1.visible_field(name).unwrap().0
    }

    fn relation(&self, model: &str, name: &str) -> RelationId {
        self.schema.find_model(model).unwrap().1.find_relation(name).unwrap().0
    }

    async fn numbers(&self, find: &Find) -> Result<Vec<i64>> {
        let rows = self.guest.find(find, false).await?;
        let first = rows.cells.chunks(rows.width.max(1)).map(|row| row[0].clone());
        Ok(first.map(|cell| if let Value::Int(id) = cell { id } else { panic!("{cell:?}") }).collect())
    }
}

/// Shelf 1 holds boxes 1 (visible) and 2 (hidden); shelf 2 holds 3 and 4; things a, b, c are in box 1, d in 2, e in 3.
async fn data() -> Result<Data> {
    let driver = database::driver().await?;
    let db = Db::new(driver.clone());
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for (id, label) in [(1, "top"), (2, "bottom")] {
        all.shelf().create(shelf::New { id, label: label.into() }).await?;
    }
    for (id, hidden, shelf) in [(1, false, 1), (2, true, 1), (3, false, 2), (4, false, 2)] {
        let new = all.r#box().create(r#box::New { id, label: format!("box {id}") });
        new.set(|b| b.hidden, hidden).set(|b| b.shelf_id, shelf).await?;
    }
    let things = [("a", 1, Some("x")), ("b", 1, None), ("c", 1, Some("x")), ("d", 2, Some("y")), ("e", 3, None)];
    for (at, (name, of, text)) in (1..).zip(things) {
        let new = all.thing().create(thing::New { name: name.to_owned() }).set(|t| t.box_id, of);
        new.set(|t| t.text, text).set(|t| t.small, at).await?;
    }
    let schema = schema();
    let guest = Session::new(Engine::new(Cow::Owned(schema.clone()), driver), Caller::Anonymous);
    Ok(Data { guest, schema })
}

fn ascending(by: OrderBy) -> Order {
    Order { by, direction: Direction::Ascending, nulls: None }
}

async fn an_order_by_related_rows_knows_visible_rows_only() -> Result<()> {
    let data = data().await?;
    let thing = |name| data.field("Thing", name);
    let (in_box, label) = (data.relation("Thing", "box"), data.field("Box", "label"));
    let mut find = Find::new(data.model("Thing"));
    let by_label = OrderBy::Related(in_box, Box::new(OrderBy::Field(label)));
    find.order = vec![
        Order { by: by_label.clone(), direction: Direction::Descending, nulls: Some(Nulls::Last) },
        Order::field(thing("name"), Direction::Descending),
    ];
    find.fields = Some(vec![data.field("Thing", "id")]);
    // The box of 4 is hidden, so there is none.
    assert_eq!(data.numbers(&find).await?, [5, 3, 2, 1, 4]);
    let mut shelves = Find::new(data.model("Shelf"));
    let boxes = data.relation("Shelf", "boxes");
    shelves.order = vec![ascending(OrderBy::Count(boxes, Filter::Constant(true)))];
    assert_eq!(data.numbers(&shelves).await?, [1, 2]);
    shelves.order[0].direction = Direction::Descending;
    assert_eq!(data.numbers(&shelves).await?, [2, 1]);
    Ok(())
}

async fn a_negative_take_gives_the_last_rows_in_order() -> Result<()> {
    let data = data().await?;
    let mut find = Find::new(data.model("Thing"));
    find.take = Some(-2);
    assert_eq!(data.numbers(&find).await?, [4, 5]);
    find.skip = Some(1);
    assert_eq!(data.numbers(&find).await?, [3, 4]);
    find.order = vec![Order::field(data.field("Thing", "text"), Direction::Ascending)];
    find.skip = None;
    find.take = Some(-3);
    // 2 and 5 have none: PostgreSQL puts them last, SQLite first.
    let last = if database::here() == Database::Postgres { [4, 2, 5] } else { [1, 3, 4] };
    assert_eq!(data.numbers(&find).await?, last);
    Ok(())
}

async fn a_cursor_row_stands_among_nulls_and_equals() -> Result<()> {
    let data = data().await?;
    let id = data.field("Thing", "id");
    let mut find = Find::new(data.model("Thing"));
    let nulls_are_highest = database::here() == Database::Postgres;
    for (nulls, direction, whole) in [
        (None, Direction::Ascending, if nulls_are_highest { [1, 3, 4, 2, 5] } else { [2, 5, 1, 3, 4] }),
        (None, Direction::Descending, if nulls_are_highest { [2, 5, 4, 1, 3] } else { [4, 1, 3, 2, 5] }),
        (Some(Nulls::Last), Direction::Ascending, [1, 3, 4, 2, 5]),
        (Some(Nulls::First), Direction::Descending, [2, 5, 4, 1, 3]),
    ] {
        let by = OrderBy::Field(data.field("Thing", "text"));
        find.order = vec![Order { by, direction, nulls }];
        for (at, row) in whole.iter().enumerate() {
            let key = Filter::Compare(Comparison::Equal, id, Value::Int(*row));
            for inclusive in [false, true] {
                find.cursor = Some(Cursor { at: Place::Row(key.clone()), inclusive });
                find.take = None;
                let start = if inclusive { at } else { at + 1 };
                assert_eq!(data.numbers(&find).await?, whole[start..], "{nulls:?} {direction:?} after {row}");
                find.take = Some(-9);
                let end = if inclusive { at + 1 } else { at };
                assert_eq!(data.numbers(&find).await?, whole[..end], "{nulls:?} {direction:?} before {row}");
            }
        }
    }
    let key = Filter::Compare(Comparison::Equal, id, Value::Int(99));
    find.cursor = Some(Cursor { at: Place::Row(key), inclusive: true });
    assert!(data.numbers(&find).await?.is_empty());
    Ok(())
}

async fn a_cursor_at_a_hidden_row_gives_nothing() -> Result<()> {
    let data = data().await?;
    let mut find = Find::new(data.model("Box"));
    let key = Filter::Compare(Comparison::Equal, data.field("Box", "id"), Value::Int(2));
    find.cursor = Some(Cursor { at: Place::Row(key), inclusive: true });
    assert!(data.numbers(&find).await?.is_empty());
    Ok(())
}

async fn distinct_keeps_the_first_row_of_each_value() -> Result<()> {
    let data = data().await?;
    let mut find = Find::new(data.model("Thing"));
    find.distinct = vec![data.field("Thing", "text")];
    find.order = vec![Order::field(data.field("Thing", "name"), Direction::Descending)];
    assert_eq!(data.numbers(&find).await?, [5, 4, 3]);
    find.take = Some(-1);
    assert_eq!(data.numbers(&find).await?, [3]);
    find.take = Some(2);
    let count = data.guest.count(&zmodel_runtime::plan::Count { find }).await?;
    assert_eq!(count, 2);
    Ok(())
}

async fn windows_of_included_rows_are_each_parents_own() -> Result<()> {
    let data = data().await?;
    let mut things = Find::new(data.model("Thing"));
    things.fields = Some(vec![data.field("Thing", "name")]);
    things.distinct = vec![data.field("Thing", "text")];
    things.order = vec![Order::field(data.field("Thing", "name"), Direction::Ascending)];
    things.take = Some(-2);
    let mut boxes = Find::new(data.model("Box"));
    boxes.fields = Some(vec![data.field("Box", "id")]);
    let relation = data.relation("Box", "things");
    boxes.includes = vec![Include::Rows(relation, things.clone()), Include::Count(relation, Find::new(things.model))];
    boxes.order = vec![Order::field(data.field("Box", "id"), Direction::Ascending)];
    let rows = data.guest.find(&boxes, false).await?;
    // A driver gives related rows as records in bytes, each with its length before it: one cell, a text, and its length.
    let names = |names: &[&str]| {
        let number = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
        let record = |name: &&str| {
            let header = [number(12 + name.len()), number(1), number(25), number(name.len())];
            [header.as_flattened(), name.as_bytes()].concat()
        };
        Value::Bytes(names.iter().flat_map(record).collect())
    };
    let expected = [
        [Value::Int(1), names(&["a", "b"]), Value::Int(3)],
        [Value::Int(3), names(&["e"]), Value::Int(1)],
        [Value::Int(4), names(&[]), Value::Int(0)],
    ];
    assert_eq!(rows.cells, expected.concat());
    Ok(())
}

async fn measures_are_of_visible_rows() -> Result<()> {
    let data = data().await?;
    let (id, label) = (data.field("Box", "id"), data.field("Box", "label"));
    let measures = vec![
        Measure::Rows,
        Measure::Count(id),
        Measure::Sum(id),
        Measure::Average(id),
        Measure::Minimum(label),
        Measure::Maximum(label),
    ];
    let mut find = Find::new(data.model("Box"));
    let aggregate = |find: &Find| Aggregate { find: find.clone(), measures: measures.clone(), asked: Vec::new() };
    let rows = data.guest.aggregate(&aggregate(&find)).await?;
    let text = |text: &str| Value::Text(text.into());
    assert_eq!(rows.cells[..3], [3, 3, 8].map(Value::Int));
    assert_eq!(rows.cells[3..], [Value::Float(8.0 / 3.0), text("box 1"), text("box 4")]);
    find.take = Some(-1);
    let rows = data.guest.aggregate(&aggregate(&find)).await?;
    assert_eq!(rows.cells[..3], [1, 1, 4].map(Value::Int));
    find.filter = Filter::Compare(Comparison::Equal, id, Value::Int(2));
    let rows = data.guest.aggregate(&aggregate(&find)).await?;
    let nothing = [Value::Int(0), Value::Int(0), Value::Null, Value::Null, Value::Null, Value::Null];
    assert_eq!(rows.cells, nothing);
    let exists = |filter| Exists { model: find.model, filter };
    assert!(!data.guest.exists(&exists(find.filter.clone())).await?);
    assert!(data.guest.exists(&exists(Filter::Constant(true))).await?);
    Ok(())
}

async fn groups_have_conditions_orders_and_limits() -> Result<()> {
    let data = data().await?;
    let (text, small, name) = (data.field("Thing", "text"), data.field("Thing", "small"), data.field("Thing", "name"));
    let mut group = GroupBy::new(data.model("Thing"), vec![text]);
    group.measures = vec![Measure::Rows, Measure::Sum(small), Measure::Maximum(name)];
    let by = |by, direction| GroupOrder { by, direction, nulls: Some(Nulls::First) };
    group.order = vec![
        by(Grouped::Measure(Measure::Rows), Direction::Descending),
        by(Grouped::Field(text), Direction::Ascending),
    ];
    let value = |text: &str| Value::Text(text.into());
    let (none, x, y) = (
        [Value::Null, Value::Int(2), Value::Int(7), value("e")],
        [value("x"), Value::Int(2), Value::Int(4), value("c")],
        [value("y"), Value::Int(1), Value::Int(4), value("d")],
    );
    assert_eq!(data.guest.group_by(&group).await?.cells, [none.clone(), x.clone(), y.clone()].concat());
    group.take = Some(-2);
    assert_eq!(data.guest.group_by(&group).await?.cells, [x.clone(), y.clone()].concat());
    group.take = None;
    group.having = Having::Compare(Comparison::Less, Measure::Sum(small), Value::Int(7));
    assert_eq!(data.guest.group_by(&group).await?.cells, [x.clone(), y].concat());
    group.having = Having::Group(Filter::Compare(Comparison::Equal, text, value("x")));
    assert_eq!(data.guest.group_by(&group).await?.cells, x);
    group.having = Having::Group(Filter::Compare(Comparison::Equal, name, value("x")));
    assert!(data.guest.group_by(&group).await.is_err());
    // A field beside another: both have to be shared.
    group.having = Having::Group(Filter::Fields(Comparison::NotEqual, text, name));
    assert!(data.guest.group_by(&group).await.is_err());
    let mut by_both = GroupBy::new(group.model, vec![text, name]);
    by_both.having = group.having.clone();
    assert_eq!(data.guest.group_by(&by_both).await?.cells.len(), 2 * 3);
    group.having = Having::Constant(true);
    group.order = vec![by(Grouped::Field(name), Direction::Ascending)];
    assert!(data.guest.group_by(&group).await.is_err());
    Ok(())
}

async fn a_measure_fits_its_field() -> Result<()> {
    let text = "datasource db { provider = 'sqlite' }
        model Odd {
          id Int @id
          name String
          list Int[]
          data Json?
          size Int @omit
          code String @omit
          @@allow('all', true)
        }";
    let schema = zmodel_cli::compile("odd.zmodel".as_ref(), &|_| Ok(text.to_owned())).schema.unwrap();
    let (model, odd) = schema.find_model("Odd").unwrap();
    let field = |name: &str| (0..).map(FieldId).zip(odd.fields.iter()).find(|(_, it)| it.name == name).unwrap().0;
    let engine = Engine::new(Cow::Owned(schema.clone()), database::driver().await?);
    engine.create_tables().await?;
    let guest = Session::new(engine, Caller::Anonymous);
    let [id, name, list, data, size, code] = ["id", "name", "list", "data", "size", "code"].map(field);
    let fits = [
        Measure::Count(id),
        Measure::Count(list),
        Measure::Count(data),
        Measure::Sum(id),
        Measure::Average(id),
        Measure::Minimum(name),
        Measure::Maximum(id),
    ];
    let does_not = [
        Measure::Count(code),
        Measure::Sum(name),
        Measure::Average(name),
        Measure::Sum(list),
        Measure::Sum(size),
        Measure::Minimum(list),
        Measure::Maximum(data),
        Measure::Minimum(code),
    ];
    for (measures, right) in [(&fits[..], true), (&does_not[..], false)] {
        for measure in measures {
            let plan = Aggregate { find: Find::new(model), measures: vec![*measure], asked: Vec::new() };
            assert_eq!(guest.aggregate(&plan).await.is_ok(), right, "{measure:?}");
        }
    }
    Ok(())
}

async fn rows_that_share_nothing_are_one_group() -> Result<()> {
    let data = data().await?;
    let mut group = GroupBy::new(data.model("Box"), Vec::new());
    group.measures = vec![Measure::Rows];
    assert_eq!(data.guest.group_by(&group).await?.cells, [Value::Int(3)]);
    group.take = Some(-1);
    assert_eq!(data.guest.group_by(&group).await?.cells, [Value::Int(3)]);
    for nothing in [Filter::Constant(false), Filter::Compare(Comparison::Equal, data.field("Box", "id"), Value::Int(2))]
    {
        group.filter = nothing;
        assert!(data.guest.group_by(&group).await?.cells.is_empty());
    }
    (group.filter, group.having) = (Filter::Constant(true), Having::Constant(false));
    assert!(data.guest.group_by(&group).await?.cells.is_empty());
    Ok(())
}

zmodel_tests::on_each_database!(
    a_measure_fits_its_field,
    rows_that_share_nothing_are_one_group,
    an_order_by_related_rows_knows_visible_rows_only,
    a_negative_take_gives_the_last_rows_in_order,
    a_cursor_row_stands_among_nulls_and_equals,
    a_cursor_at_a_hidden_row_gives_nothing,
    distinct_keeps_the_first_row_of_each_value,
    windows_of_included_rows_are_each_parents_own,
    measures_are_of_visible_rows,
    groups_have_conditions_orders_and_limits,
);
