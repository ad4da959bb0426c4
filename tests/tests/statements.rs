//! What is said to the database, where it matters how it is said.

#![cfg(test)]

use std::borrow::Cow;

use db::{Computed, Db, Provided, book, shelf, shop};
use serde_json::{Value as Json, json};
use zmodel_macros::zmodel;
use zmodel_runtime::Result;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::computed::{count, when, when_expr};
use zmodel_runtime::driver::QueryKind;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::Operation;
use zmodel_runtime::plan::{Direction, Filter, Find, Include, Order};
use zmodel_runtime::schema::{Comparison, FieldId, Quantifier, RelationId};
use zmodel_runtime::session::Session;
use zmodel_runtime::value::Value;
use zmodel_tests::database;
use zmodel_tests::heard::{Heard, Said};

/// Shops and shelves that compute something of what belongs to them.
#[zmodel("schemas/statements.zmodel")]
pub mod db {}

const COMPUTED: Computed = Computed {
    shop_busy: |s, way| match way {
        0 => s.x.expr() + 1,
        1 => count(s.visits, |v| v.id.gt(0)) + s.x,
        2 => when_expr(s.visits.some(|v| v.id.gt(0)), s.x).otherwise(0),
        3 => when_expr(s.x.gt(9), count(s.visits, |v| v.id.gt(0))).otherwise(1),
        _ => when(s.x.gt(9), 0).otherwise_expr(count(s.visits, |v| v.id.gt(0))),
    },
    shelf_held: |s| count(s.books, |b| b.id.gt(0)),
};

/// A database with a schema, and what is said to it.
async fn database_of(text: &str) -> Result<(Engine, Said)> {
    let text = format!("datasource db {{ provider = 'sqlite' }}\n{text}");
    let compiled = zmodel_cli::compile("statements.zmodel".as_ref(), &|_| Ok(text.clone()));
    let found = compiled.diagnostics.iter().map(|found| found.message.clone()).collect::<Vec<_>>();
    let schema = compiled.schema.unwrap_or_else(|| panic!("{found:?}"));
    let said = Said::default();
    let engine = Engine::new(Cow::Owned(schema), Heard::new(database::driver().await?, &said));
    engine.create_tables().await?;
    Ok((engine, said))
}

/// A visitor of a database with a schema.
async fn visitor(text: &str) -> Result<(Session, Said)> {
    let (engine, said) = database_of(text).await?;
    said.take();
    Ok((Session::new(engine, Caller::Anonymous), said))
}

async fn a_foreign_key_has_one_index_to_be_found_by() -> Result<()> {
    let (_, said) = database_of(
        "model Box  { id Int @id  first Note[] @relation('a')  only Note? @relation('b')  any Note[] @relation('c') }
         model Note { at Int  aId Int  a Box @relation('a', fields: [aId], references: [id])
                      bId Int @unique  b Box @relation('b', fields: [bId], references: [id])
                      cId Int  c Box @relation('c', fields: [cId], references: [id])
                      @@id([aId, at]) }",
    )
    .await?;
    let indexes =
        said.take().into_iter().filter(|query| query.text.contains("INDEX") && !query.text.contains("UNIQUE"));
    let indexes: Vec<String> = indexes.map(|query| query.text.to_string()).collect();
    assert!(matches!(&indexes[..], [one] if one.contains("\"cId\"")), "{indexes:#?}");
    Ok(())
}

async fn a_look_at_the_row_of_a_key_and_at_nothing_else_is_a_point() -> Result<()> {
    let (guest, said) = visitor(
        "model Box  { id Int @id  size Int  notes Note[]  @@allow('all', true) }
         model Note { id Int @id  boxId Int  box Box @relation(fields: [boxId], references: [id])
                      @@allow('read', box.size > 1) }",
    )
    .await?;
    let model = |name: &str| guest.schema().find_model(name).unwrap().0;
    let (id, notes) = (FieldId(0), RelationId(0));
    let key = Filter::Compare(Comparison::Equal, id, Value::Int(1));
    let find = || Find { filter: key.clone(), ..Find::new(model("Box")) };
    let with_note =
        Filter::All(vec![key.clone(), Filter::Related(notes, Quantifier::Some, Box::new(Filter::Constant(true)))]);
    for (find, by_key, point) in [
        (find(), true, true),
        (Find { fields: Some(vec![id]), ..find() }, true, true),
        (find(), false, false),
        (Find { order: vec![Order::field(id, Direction::Ascending)], ..find() }, true, false),
        (Find { distinct: vec![id], ..find() }, true, false),
        (Find { includes: vec![Include::Rows(notes, Find::new(model("Note")))], ..find() }, true, false),
        (Find { filter: with_note, ..find() }, true, false),
        // Its rules look at boxes.
        (Find { filter: key.clone(), ..Find::new(model("Note")) }, true, false),
    ] {
        guest.find(&find, by_key).await?;
        let kind = if point { QueryKind::Point } else { QueryKind::Read };
        assert_eq!(said.one().kind, kind, "{find:?}");
    }
    Ok(())
}

/// A filter that only compares comes first, since rules are longer than most. One that could fail is asked of the rows that
/// the rules leave, so that an error tells nothing of others.
async fn a_filter_that_could_fail_stands_behind_the_rules() -> Result<()> {
    let (guest, said) = visitor(
        "model Note { id Int @id  size Int?  name String  done Boolean  j Json?  open Boolean  @@allow('read', open) }",
    )
    .await?;
    for (filter, column, first) in [
        (json!({ "size": 1 }), "size", true),
        (json!({ "size": null }), "size", true),
        (json!({ "done": true }), "done", true),
        (json!({ "size": { "in": [1, 2] } }), "size", true),
        (json!({ "NOT": { "size": 1 } }), "size", true),
        (json!({ "size": 1, "done": true }), "size", true),
        (json!({ "OR": [{ "size": 1 }, { "done": true }] }), "size", true),
        (json!({ "name": { "contains": "x" } }), "name", false),
        (json!({ "j": { "path": ["a"], "gt": 1 } }), "j", false),
        (json!({ "NOT": { "name": { "contains": "x" } } }), "name", false),
        (json!({ "OR": [{ "size": 1 }, { "name": { "contains": "x" } }] }), "size", false),
        (json!({ "size": 1, "name": { "contains": "x" } }), "size", false),
    ] {
        guest.call("note", Operation::FindMany, &json!({ "where": filter })).await?;
        let text = said.one().text;
        let (_, conditions) = text.split_once(" WHERE ").unwrap();
        let at = |column: &str| conditions.find(&format!(".\"{column}\"")).unwrap();
        assert_eq!(at(column) < at("open"), first, "{filter}: {conditions}");
    }
    Ok(())
}

async fn what_holds_of_everybody_is_not_asked() -> Result<()> {
    for rules in ["@@allow('read', true) @@allow('read', open)", "@@allow('read', open) @@allow('read', true)"] {
        let (guest, said) = visitor(&format!("model Note {{ id Int @id  open Boolean  {rules} }}")).await?;
        guest.call("note", Operation::FindMany, &json!({})).await?;
        let text = said.one().text;
        assert!(!text.contains("WHERE"), "{rules}: {text}");
    }
    Ok(())
}

async fn rows_that_are_only_counted_are_no_table_of_their_own() -> Result<()> {
    let (guest, said) = visitor("model Note { id Int @id  size Int  @@allow('all', true) }").await?;
    for (args, tables) in [
        (json!({}), 1),
        (json!({ "where": { "size": 1 } }), 1),
        (json!({ "orderBy": { "size": "asc" } }), 1),
        (json!({ "take": 2 }), 2),
        (json!({ "skip": 2 }), 2),
    ] {
        guest.call("note", Operation::Count, &args).await?;
        let text = said.one().text;
        assert_eq!(text.matches("SELECT").count(), tables, "{args}: {text}");
    }
    Ok(())
}

/// PostgreSQL asks again of a row that it had to wait for, but of nothing else: where a rule looks at other rows, the row is
/// locked before.
async fn rows_are_locked_before_a_rule_looks_at_others() -> Result<()> {
    for (rule, locked) in [
        ("level > 1", false),
        ("level in [1, level]", false),
        ("startsWith(name, 'a')", false),
        ("name in tags", false),
        ("tags == [name]", false),
        ("hasEvery([name], tags)", false),
        ("plan.parts?[size == this.level]", false),
        ("parent.level > 1", true),
        ("children?[level > 1]", true),
        ("level in [parent.level]", true),
        ("startsWith(name, parent.plan.top.name)", true),
        ("name in parent.tags", true),
        ("tags == [name, parent.name]", true),
        ("hasEvery([name, parent.name], tags)", true),
        ("plan.parts?[size == this.parent.level]", true),
        ("mark == parent.mark", true),
        ("level > 1 && children?[level > 1]", true),
    ] {
        let (guest, said) = visitor(&format!(
            "type Part {{ size Int  name String }}
             type Plan {{ top Part  parts Part[] }}
             model Node {{
               id Int @id  level Int  name String  tags String[]  mark Json  plan Plan @json
               parentId Int?
               parent   Node?  @relation('tree', fields: [parentId], references: [id])
               children Node[] @relation('tree')
               @@allow('read', true)
               @@allow('update', {rule})
             }}"
        ))
        .await?;
        guest.call("node", Operation::UpdateMany, &json!({ "data": { "name": "x" } })).await?;
        let text = said.one().text;
        assert_eq!(text.contains(" FOR "), locked, "{rule}: {text}");
    }
    Ok(())
}

/// What becomes of a row that no rule judges is known before it is written, also where deleted rows are marked.
async fn an_update_that_no_rule_judges_afterwards_is_one_statement() -> Result<()> {
    for mark in ["", "deletedAt DateTime? @deletedAt"] {
        let (guest, said) =
            visitor(&format!("model Box {{ id Int @id  size Int  {mark}  @@allow('all', true) }}")).await?;
        guest.call("box", Operation::Create, &json!({ "data": { "id": 1, "size": 1 } })).await?;
        said.take();
        guest.call("box", Operation::Update, &json!({ "where": { "id": 1 }, "data": { "size": 2 } })).await?;
        assert!(said.one().text.starts_with("UPDATE"), "{mark}");
    }
    Ok(())
}

async fn what_is_computed_of_other_rows_is_a_look_at_them() -> Result<()> {
    let said = Said::default();
    let db = Db::new(Heard::new(database::driver().await?, &said), Provided { computed: COMPUTED })?;
    db.create_tables().await?;
    let guest = db.anonymous();
    guest.shop().create(shop::New { id: 1 }).await?;
    for (way, others) in [(0, false), (1, true), (2, true), (3, true), (4, true)] {
        let busy = |condition: &str, value: Json| json!({ "args": { "way": way }, condition: value });
        said.take();
        let args = json!({ "where": { "id": 1, "busy": busy("gte", json!(0)) }, "select": { "id": true } });
        assert_eq!(guest.call("shop", Operation::FindUnique, &args).await?, json!({ "id": 1 }));
        let kind = if others { QueryKind::Read } else { QueryKind::Point };
        assert_eq!(said.one().kind, kind, "{way}");
        // It could fail, too.
        let args = json!({ "where": { "busy": busy("gte", json!(0)) }, "select": { "id": true } });
        assert_eq!(guest.call("shop", Operation::FindMany, &args).await?, json!([{ "id": 1 }]));
        let text = said.one().text;
        let (_, conditions) = text.split_once(" WHERE ").unwrap();
        assert!(conditions.find(".\"open\"") < conditions.find(">="), "{way}: {conditions}");
    }
    Ok(())
}

async fn each_of_many_new_rows_is_judged_by_what_is_computed_then() -> Result<()> {
    let db = Db::new(database::driver().await?, Provided { computed: COMPUTED })?;
    db.create_tables().await?;
    let guest = db.anonymous();
    for id in [1, 2] {
        guest.shelf().create(shelf::New { id }).await?;
    }
    let books = |shelf: i32, count: i32| (0..count).map(move |at| book::New { id: shelf * 10 + at, shelf_id: shelf });
    assert_eq!(guest.book().create_many(books(1, 2)).await?, 2);
    let refused = guest.book().create_many(books(2, 3)).await.unwrap_err();
    assert!(refused.is_denied(), "{refused}");
    assert_eq!(guest.book().count().await?, 2);
    Ok(())
}

zmodel_tests::on_each_database!(
    a_foreign_key_has_one_index_to_be_found_by,
    a_look_at_the_row_of_a_key_and_at_nothing_else_is_a_point,
    a_filter_that_could_fail_stands_behind_the_rules,
    what_holds_of_everybody_is_not_asked,
    rows_that_are_only_counted_are_no_table_of_their_own,
    an_update_that_no_rule_judges_afterwards_is_one_statement,
    what_is_computed_of_other_rows_is_a_look_at_them,
    each_of_many_new_rows_is_judged_by_what_is_computed_then,
);

zmodel_tests::on_postgres!(rows_are_locked_before_a_rule_looks_at_others);
