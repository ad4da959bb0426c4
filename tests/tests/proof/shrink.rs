//! Makes a case that failed as small as it goes on failing in the same way.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value as Json;

use super::case::{Case, Difference};
use super::database::Database;
use super::rule::Is;
use super::world::GONE;

/// So many smaller cases are tried at most.
const TRIES: usize = 600;

/// In which way a case fails.
fn way(difference: &Difference) -> (Option<&'static str>, Option<String>, bool) {
    let expected = difference.expected.0.as_ref().err().map(|failure| failure.kind);
    let found = difference.found.0.get("error").map(|error| error["kind"].to_string());
    (expected, found, difference.expected.1 == difference.found.1)
}

/// The smallest case that was found, and how it fails.
pub(crate) async fn shrink(case: Case, database: Database, first: Box<Difference>) -> (Case, Box<Difference>) {
    let (mut case, mut difference) = (case, first);
    let mut tries = 0;
    'smaller: loop {
        for smaller in candidates(&case) {
            tries += 1;
            if tries > TRIES {
                return (case, difference);
            }
            // What is taken away may be what the call needs; then the reference gives up.
            if catch_unwind(AssertUnwindSafe(|| smaller.expected(database))).is_err() {
                continue;
            }
            if let Some(found) = smaller.alone(database).await
                && way(&found) == way(&difference)
            {
                (case, difference) = (smaller, found);
                continue 'smaller;
            }
        }
        return (case, difference);
    }
}

/// Cases that are a little smaller, the smallest first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut smaller = case.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    if case.schema.loose {
        with(&|case| case.schema.loose = false);
    }
    for (at, model) in case.schema.models.iter().enumerate() {
        for rule in 0..model.rules.len() {
            with(&|case| drop(case.schema.models[at].rules.remove(rule)));
        }
        for (number, field) in model.fields.iter().enumerate() {
            for rule in 0..field.rules.len() {
                with(&|case| drop(case.schema.models[at].fields[number].rules.remove(rule)));
            }
        }
        for (id, row) in &case.world.tables[at] {
            with(&|case| drop(case.world.tables[at].remove(id)));
            if row.contains_key(GONE) {
                with(&|case| drop(case.world.tables[at].get_mut(id).unwrap().remove(GONE)));
            }
        }
    }
    for (table, links) in case.world.links.iter().enumerate() {
        for link in links {
            with(&|case| case.world.links[table].retain(|it| it != link));
        }
    }
    for args in smaller_json(&case.args) {
        with(&|case| case.args = args.clone());
    }
    if let Json::Object(members) = &case.caller {
        for name in members.keys().filter(|name| *name != "id") {
            with(&|case| drop(case.caller.as_object_mut().unwrap().remove(name)));
        }
    }
    for (at, model) in case.schema.models.iter().enumerate() {
        for (number, rule) in model.rules.iter().enumerate() {
            for is in smaller_conditions(&rule.is) {
                with(&|case| case.schema.models[at].rules[number].is = is.clone());
            }
        }
        for (field, described) in model.fields.iter().enumerate() {
            for (number, rule) in described.rules.iter().enumerate() {
                for is in smaller_conditions(&rule.is) {
                    with(&|case| case.schema.models[at].fields[field].rules[number].is = is.clone());
                }
            }
        }
    }
    // A removed row must not be missed by another one.
    all.retain(|case| {
        let ids = |table: usize| case.world.tables[table].len();
        case.world.is_sound(&case.schema) && (0..case.world.tables.len()).map(ids).sum::<usize>() == case.world.len()
    });
    all
}

/// A value without one of its parts.
fn smaller_json(json: &Json) -> Vec<Json> {
    let mut all = Vec::new();
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                let mut without = members.clone();
                without.shift_remove(name);
                all.push(Json::Object(without));
                for smaller in smaller_json(value) {
                    let mut with = members.clone();
                    with.insert(name.clone(), smaller);
                    all.push(Json::Object(with));
                }
            }
        }
        Json::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                let mut without = items.clone();
                without.remove(at);
                all.push(Json::Array(without));
                for smaller in smaller_json(value) {
                    let mut with = items.clone();
                    with[at] = smaller;
                    all.push(Json::Array(with));
                }
            }
        }
        _ => {}
    }
    all
}

/// A constant instead of a condition, or a part of it.
fn smaller_conditions(is: &Is) -> Vec<Is> {
    let mut all = match is {
        Is::Constant(_) => return Vec::new(),
        _ => vec![Is::Constant(true), Is::Constant(false)],
    };
    match is {
        Is::Not(inner) => {
            all.push((**inner).clone());
            all.extend(smaller_conditions(inner).into_iter().map(|it| Is::Not(Box::new(it))));
        }
        Is::And(list) | Is::Or(list) => {
            let again = |list| if matches!(is, Is::And(_)) { Is::And(list) } else { Is::Or(list) };
            all.extend(list.iter().cloned());
            for (at, inner) in list.iter().enumerate() {
                for smaller in smaller_conditions(inner) {
                    let mut list = list.clone();
                    list[at] = smaller;
                    all.push(again(list));
                }
            }
        }
        Is::Rows(quantifier, path, relation, inner) => {
            let again = |it| Is::Rows(*quantifier, path.clone(), relation.clone(), Box::new(it));
            all.extend(smaller_conditions(inner).into_iter().map(again));
        }
        Is::Items(quantifier, inner) => {
            all.extend(smaller_conditions(inner).into_iter().map(|it| Is::Items(*quantifier, Box::new(it))));
        }
        _ => {}
    }
    all
}
