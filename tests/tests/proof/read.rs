//! Reads, answered from what the caller can see.
//!
//! First the rules leave the rows that the caller may read, and in these the fields that he may read; a field that he
//! may not read is null. Everything else, filters, orders, cursors, counts, relations, looks at nothing but these: to a row
//! whose id is hidden nothing is seen to belong. Only a write that has found a row goes on with it whatever is hidden of it,
//! by [`REAL`] and [`LINKED`].

use std::cmp::Ordering;

use serde_json::{Map, json};

use super::rule::{Scene, Seen, and, compare, not, or};
use super::schema::{End, Schema};
use super::world::{REAL, World, less};
use super::{Failure, Json, Row, none};

/// In a condition: that a row is linked to one that was found; no row has a field of that name.
pub(crate) const LINKED: &str = "#linked";

/// What a caller can see.
pub(crate) struct Reader<'a> {
    pub(crate) scene: Scene<'a>,
    /// The rows of each model, masked, by id.
    views: Vec<Vec<Row>>,
    /// Whether the database takes NULL for the highest value.
    nulls_high: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(schema: &'a Schema, world: &'a World, caller: &'a Json, nulls_high: bool) -> Self {
        Self::seeing(false, schema, world, caller, nulls_high)
    }

    /// The same; for a caller for whom rows are there that are deleted, `all` of them.
    pub(crate) fn seeing(all: bool, schema: &'a Schema, world: &'a World, caller: &'a Json, nulls_high: bool) -> Self {
        let scene = Scene { schema, world, caller, before: None };
        let view = |model| {
            let rows = world.in_sight(schema, model, all).into_iter();
            let readable = rows.filter(|(_, row)| scene.allows("read", Seen::Row(model, row)));
            readable.map(|(_, row)| masked(&scene, model, row)).collect()
        };
        Self { scene, views: (0..schema.models.len()).map(view).collect(), nulls_high }
    }

    pub(crate) fn views(&self) -> &[Vec<Row>] {
        &self.views
    }

    /// A row, whether the caller sees its id or not.
    pub(crate) fn visible(&self, model: usize, id: &Json) -> Option<&Row> {
        self.views[model].iter().find(|row| row[REAL] == *id)
    }

    /// The visible rows that a relation leads to from what is seen of a row.
    fn related(&self, model: usize, row: &Row, name: &str) -> Vec<&Row> {
        let relation = self.scene.schema.models[model].relation(name).unwrap();
        let all = self.views[relation.target].iter();
        let same = |one: &Json, other: &Json| compare(one, "==", other) == Some(true);
        match &relation.end {
            End::Key(key, _) => all.filter(|there| same(&there["id"], &row[key])).collect(),
            End::Referring(key, _) => all.filter(|there| same(&there[key], &row["id"])).collect(),
            End::Linked(table, first) => all.filter(|there| self.linked((*table, *first), &row["id"], there)).collect(),
        }
    }

    /// Whether a row is seen to be linked to one that has this id.
    fn linked(&self, (table, first): (usize, bool), here: &Json, there: &Row) -> bool {
        !here.is_null() && there["id"].as_i64().is_some_and(|there| self.scene.world.linked(table, first, here, there))
    }

    /// Whether a row is linked to one that was found, as long as that one is seen.
    fn linked_to_found(&self, row: &Row, found: &Json) -> bool {
        let number = |at: usize| usize::try_from(found[at].as_u64().unwrap()).unwrap();
        let first = found[2].as_bool().unwrap();
        self.visible(number(0), &found[3]).is_some() && self.linked((number(1), first), &found[3], row)
    }

    /// Answers a read.
    pub(crate) fn answer(&self, model: usize, operation: &str, args: &Json) -> Result<Json, Failure> {
        let rows = || self.find(model, self.views[model].iter().collect(), args);
        let show = |row: &Row| self.show(model, row, args);
        let first = || rows().first().map(|row| show(row));
        let unique = || {
            let matches = |row: &&Row| self.holds(model, row, &args["where"]) == Some(true);
            self.views[model].iter().find(matches).map(show)
        };
        let missing = || Failure::missing(&self.scene.schema.models[model].name);
        Ok(match operation {
            "findMany" => rows().into_iter().map(show).collect(),
            "findFirst" => first().unwrap_or_default(),
            "findFirstOrThrow" => first().ok_or_else(missing)?,
            "findUnique" => unique().unwrap_or_default(),
            "findUniqueOrThrow" => unique().ok_or_else(missing)?,
            "exists" => (!rows().is_empty()).into(),
            "count" => match args.get("select") {
                Some(select) => members(&rows(), "_count", select),
                None => rows().len().into(),
            },
            "aggregate" => Json::Object(measures(&rows(), args)),
            "groupBy" => self.groups(model, args),
            other => panic!("{other} is no read"),
        })
    }

    /// Whether a row satisfies a condition; unknown where it looks at a null.
    pub(crate) fn holds(&self, model: usize, row: &Row, filter: &Json) -> Option<bool> {
        let Some(members) = filter.as_object() else { return Some(true) };
        and(members.iter().map(|(key, asked)| {
            let each = || list(asked).into_iter().map(|one| self.holds(model, row, one));
            match key.as_str() {
                "AND" => return and(each()),
                "OR" => return or(each()),
                "NOT" if list(asked).is_empty() => return Some(true),
                "NOT" => return not(and(each())),
                LINKED => return Some(self.linked_to_found(row, asked)),
                _ => {}
            }
            match self.scene.schema.models[model].relation(key) {
                Some(relation) if relation.many() => self.of_many(model, row, key, relation.target, asked),
                Some(relation) => self.of_one(model, row, key, relation.target, asked),
                None => scalar(&row[key], asked, false),
            }
        }))
    }

    fn of_many(&self, model: usize, row: &Row, name: &str, target: usize, asked: &Json) -> Option<bool> {
        let there = self.related(model, row, name);
        let quantifiers = asked.as_object().unwrap().iter().map(|(quantifier, filter)| {
            let count = |is: bool| there.iter().filter(|row| self.holds(target, row, filter) == Some(is)).count();
            Some(match quantifier.as_str() {
                "some" => count(true) > 0,
                "none" => count(true) == 0,
                _ => count(false) == 0,
            })
        });
        and(quantifiers)
    }

    fn of_one(&self, model: usize, row: &Row, name: &str, target: usize, asked: &Json) -> Option<bool> {
        let there = self.related(model, row, name);
        let leads_to = |filter: &Json| there.iter().any(|row| self.holds(target, row, filter) == Some(true));
        let relation = self.scene.schema.models[model].relation(name).unwrap();
        match (asked, relation.key()) {
            (Json::Null, Some(key)) => Some(row[key].is_null()),
            (Json::Null, None) => Some(there.is_empty()),
            (Json::Object(members), _) if members.contains_key("is") || members.contains_key("isNot") => {
                and(members.iter().map(|(word, filter)| {
                    let is = if filter.is_null() { there.is_empty() } else { leads_to(filter) };
                    Some(is == (word == "is"))
                }))
            }
            (filter, _) => Some(leads_to(filter)),
        }
    }

    /// Filter, order, distinct, cursor, skip, take.
    fn find<'r>(&'r self, model: usize, rows: Vec<&'r Row>, args: &Json) -> Vec<&'r Row> {
        let matches = |row: &&Row| args.get("where").is_none_or(|asked| self.holds(model, row, asked) == Some(true));
        let mut rows: Vec<&Row> = rows.into_iter().filter(matches).collect();
        let by_id = json!({ "id": "asc" });
        let order: Vec<&Json> = args.get("orderBy").map(list).unwrap_or_default().into_iter().chain([&by_id]).collect();
        rows.sort_by(|a, b| self.order(model, a, b, &order));
        if let Some(distinct) = args.get("distinct") {
            let same =
                |a: &Row, b: &Row| list(distinct).iter().all(|it| a[it.as_str().unwrap()] == b[it.as_str().unwrap()]);
            let all = std::mem::take(&mut rows);
            for row in all {
                if !rows.iter().any(|before| same(before, row)) {
                    rows.push(row);
                }
            }
        }
        let take = args["take"].as_i64();
        let from_end = take.is_some_and(|take| take < 0);
        if from_end {
            rows.reverse();
        }
        if let Some(cursor) = args.get("cursor") {
            let at = self.views[model].iter().find(|row| self.holds(model, row, cursor) == Some(true));
            let Some(at) = at else { return Vec::new() };
            let before = if from_end { Ordering::Greater } else { Ordering::Less };
            rows.retain(|row| self.order(model, row, at, &order) != before);
        }
        let skip = usize::try_from(args["skip"].as_u64().unwrap_or(0)).unwrap();
        let count = take.map_or(usize::MAX, |take| usize::try_from(take.unsigned_abs()).unwrap());
        let mut rows: Vec<&Row> = rows.into_iter().skip(skip).take(count).collect();
        if from_end {
            rows.reverse();
        }
        rows
    }

    fn order(&self, model: usize, a: &Row, b: &Row, order: &[&Json]) -> Ordering {
        for part in order {
            let ((left, sort), (right, _)) = (self.sorted_by(model, a, part), self.sorted_by(model, b, part));
            let ordering = self.compare_for_order(&left, &right, &sort);
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }

    fn compare_for_order(&self, left: &Json, right: &Json, sort: &Json) -> Ordering {
        let descending = sort == "desc" || sort["sort"] == "desc";
        let nulls_first = match sort["nulls"].as_str() {
            Some(place) => place == "first",
            None => self.nulls_high == descending,
        };
        let before = |is: bool| if is { Ordering::Less } else { Ordering::Greater };
        match (left.is_null(), right.is_null()) {
            (true, true) => Ordering::Equal,
            (false, false) if left == right => Ordering::Equal,
            (false, false) => before(less(left, right) != descending),
            (left_is_null, _) => before(left_is_null == nulls_first),
        }
    }

    /// What a row is sorted by, by one part of an order, and how.
    fn sorted_by(&self, model: usize, row: &Row, part: &Json) -> (Json, Json) {
        let (key, sort) = part.as_object().unwrap().iter().next().unwrap();
        match self.scene.schema.models[model].relation(key) {
            None => (row[key].clone(), sort.clone()),
            Some(relation) if relation.many() => (self.related(model, row, key).len().into(), sort["_count"].clone()),
            Some(relation) => {
                let mut how = sort;
                while let Some(inner) = how.as_object().filter(|it| !it.contains_key("sort")) {
                    how = inner.values().next().unwrap();
                }
                let there = self.related(model, row, key).into_iter().next();
                let value = there.map(|there| self.sorted_by(relation.target, there, sort).0);
                (value.unwrap_or_default(), how.clone())
            }
        }
    }

    /// What is shown of a row: `select`, `include` and `omit`.
    pub(crate) fn show(&self, model: usize, row: &Row, args: &Json) -> Json {
        let described = &self.scene.schema.models[model];
        let wanted = |name: &str| match args.get("select") {
            Some(select) => select[name] == true,
            None => args["omit"][name] != true,
        };
        let mut shown: Row = Map::new();
        for field in described.fields.iter().filter(|field| wanted(&field.name)) {
            shown.insert(field.name.clone(), row[&field.name].clone());
        }
        for asked in ["select", "include"].iter().filter_map(|word| args.get(word)) {
            for relation in &described.relations {
                let Some(inner) = asked.get(&relation.name).filter(|inner| **inner != false) else { continue };
                let rows = self.find(relation.target, self.related(model, row, &relation.name), inner);
                let mut rows = rows.into_iter().map(|row| self.show(relation.target, row, inner));
                let there = if relation.many() { rows.collect() } else { rows.next().unwrap_or_default() };
                shown.insert(relation.name.clone(), there);
            }
            if let Some(counts) = asked.get("_count") {
                shown.insert("_count".to_owned(), self.counts(model, row, counts));
            }
        }
        // A row of a delegate shows what it has besides, as far as the caller sees it: that it is the same row is told by its id.
        if described.delegate && !row["id"].is_null() && args.get("select").is_none() {
            let whole = self.scene.schema.concrete(model).into_iter();
            let whole = whole.filter_map(|concrete| Some((concrete, self.visible(concrete, &row[REAL])?)));
            for (concrete, whole) in whole {
                let own = &self.scene.schema.models[concrete].fields[described.fields.len()..];
                shown.extend(own.iter().map(|field| (field.name.clone(), whole[&field.name].clone())));
            }
        }
        Json::Object(shown)
    }

    fn counts(&self, model: usize, row: &Row, asked: &Json) -> Json {
        let all = self.scene.schema.models[model].relations.iter().filter(|relation| relation.many());
        let counted = all.filter_map(|relation| {
            let asked = match asked.get("select") {
                Some(select) => select.get(&relation.name)?,
                None => none(),
            };
            let rows = self.find(relation.target, self.related(model, row, &relation.name), asked);
            Some((relation.name.clone(), Json::from(rows.len())))
        });
        counted.collect()
    }

    fn groups(&self, model: usize, args: &Json) -> Json {
        let by: Vec<&str> = list(&args["by"]).iter().map(|it| it.as_str().unwrap()).collect();
        let rows = self.find(
            model,
            self.views[model].iter().collect(),
            &json!({ "where": args.get("where").unwrap_or(none()) }),
        );
        let mut groups: Vec<Vec<&Row>> = Vec::new();
        for row in rows {
            match groups.iter_mut().find(|group| by.iter().all(|it| group[0][*it] == row[*it])) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        if let Some(having) = args.get("having") {
            groups.retain(|group| group_holds(group, having) == Some(true));
        }
        let order: Vec<Json> = list(&args["orderBy"]).into_iter().cloned().collect();
        let rest = by.iter().map(|it| json!({ *it: "asc" }));
        let order: Vec<Json> = order.into_iter().chain(rest).collect();
        groups.sort_by(|a, b| {
            let sorted_by = |group: &[&Row], part: &Json| {
                let (key, sort) = part.as_object().unwrap().iter().next().unwrap();
                if !key.starts_with('_') {
                    return (group[0][key].clone(), sort.clone());
                }
                let (field, sort) = sort.as_object().unwrap().iter().next().unwrap();
                (measure(group, key, field), sort.clone())
            };
            let parts = order.iter().map(|part| {
                let ((left, sort), (right, _)) = (sorted_by(a, part), sorted_by(b, part));
                self.compare_for_order(&left, &right, &sort)
            });
            parts.into_iter().find(|it| *it != Ordering::Equal).unwrap_or(Ordering::Equal)
        });
        let take = args["take"].as_i64();
        let from_end = take.is_some_and(|take| take < 0);
        if from_end {
            groups.reverse();
        }
        let skip = usize::try_from(args["skip"].as_u64().unwrap_or(0)).unwrap();
        let count = take.map_or(usize::MAX, |take| usize::try_from(take.unsigned_abs()).unwrap());
        let mut groups: Vec<_> = groups.into_iter().skip(skip).take(count).collect();
        if from_end {
            groups.reverse();
        }
        let shown = groups.iter().map(|group| {
            let mut shown: Row = by.iter().map(|it| ((*it).to_owned(), group[0][*it].clone())).collect();
            shown.extend(measures(group, args));
            Json::Object(shown)
        });
        shown.collect()
    }
}

/// What is said of some rows: `_count`, `_sum`, `_avg`, `_min` and `_max`.
fn measures(rows: &[&Row], args: &Json) -> Row {
    let words = ["_count", "_avg", "_sum", "_min", "_max"];
    let asked = words.iter().filter_map(|word| Some((*word, args.get(word)?)));
    let asked = asked.filter(|(_, asked)| asked.as_object().is_none_or(|it| !it.is_empty()));
    let measured = asked.map(|(word, asked)| {
        let said = if *asked == true { rows.len().into() } else { members(rows, word, asked) };
        (word.to_owned(), said)
    });
    measured.collect()
}

fn members(rows: &[&Row], word: &str, asked: &Json) -> Json {
    let fields = asked.as_object().unwrap().keys();
    fields.map(|field| (field.clone(), measure(rows, word, field))).collect()
}

fn measure(rows: &[&Row], word: &str, field: &str) -> Json {
    if field == "_all" {
        return rows.len().into();
    }
    let values: Vec<&Json> = rows.iter().map(|row| &row[field]).filter(|value| !value.is_null()).collect();
    let sum = || values.iter().filter_map(|value| value.as_i64()).sum::<i64>();
    match word {
        "_count" => values.len().into(),
        _ if values.is_empty() => Json::Null,
        "_sum" => sum().into(),
        "_avg" => {
            let count = i64::try_from(values.len()).unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let average = sum() as f64 / count as f64;
            // JSON knows no difference between 4 and 4.0.
            if sum() % count == 0 { (sum() / count).into() } else { average.into() }
        }
        _ => {
            let mut sorted = values;
            sorted.sort_by(|a, b| if less(a, b) { Ordering::Less } else { Ordering::Greater });
            (if word == "_min" { sorted[0] } else { sorted[sorted.len() - 1] }).clone()
        }
    }
}

fn group_holds(group: &[&Row], having: &Json) -> Option<bool> {
    and(having.as_object().unwrap().iter().map(|(key, asked)| {
        let each = || list(asked).into_iter().map(|one| group_holds(group, one));
        match key.as_str() {
            "AND" => return and(each()),
            "OR" => return or(each()),
            "NOT" if list(asked).is_empty() => return Some(true),
            "NOT" => return not(and(each())),
            _ => {}
        }
        let word = asked.as_object().and_then(|it| it.iter().next()).filter(|(word, _)| word.starts_with('_'));
        match word {
            Some((word, asked)) => scalar(&measure(group, word, key), asked, false),
            None => scalar(&group[0][key], asked, false),
        }
    }))
}

/// What a caller sees of a row that he may read, and its id.
pub(crate) fn masked<'a>(scene: &Scene<'a>, model: usize, row: &'a Row) -> Row {
    let fields = scene.schema.models[model].fields.iter();
    let seen = fields.map(|field| {
        let shown = scene.opens("read", model, row, &field.name);
        (field.name.clone(), if shown { row[&field.name].clone() } else { Json::Null })
    });
    seen.chain([(REAL.to_owned(), row["id"].clone())]).collect()
}

/// Several or one.
pub(crate) fn list(json: &Json) -> Vec<&Json> {
    match json {
        Json::Array(list) => list.iter().collect(),
        Json::Null => Vec::new(),
        one => vec![one],
    }
}

/// What is asked of a value.
fn scalar(value: &Json, asked: &Json, ignore_case: bool) -> Option<bool> {
    let fold = |json: &Json| match json {
        Json::String(text) if ignore_case => text.to_lowercase().into(),
        other => other.clone(),
    };
    let Some(operators) = asked.as_object() else {
        return if asked.is_null() { Some(value.is_null()) } else { compare(&fold(value), "==", &fold(asked)) };
    };
    let ignore_case = ignore_case || operators.get("mode").is_some_and(|mode| mode == "insensitive");
    let fold = |json: &Json| match json {
        Json::String(text) if ignore_case => text.to_lowercase().into(),
        other => other.clone(),
    };
    let equal = |asked: &Json| compare(&fold(value), "==", &fold(asked));
    let has = |one: &Json| value.as_array().map(|list| list.contains(one));
    and(operators.iter().filter(|(operator, _)| *operator != "mode").map(|(operator, asked)| match operator.as_str() {
        "equals" => scalar(value, asked, ignore_case),
        "not" => not(scalar(value, asked, ignore_case)),
        "in" => or(list(asked).into_iter().map(equal)),
        "notIn" => not(or(list(asked).into_iter().map(equal))),
        "lt" => compare(value, "<", asked),
        "lte" => compare(value, "<=", asked),
        "gt" => compare(value, ">", asked),
        "gte" => compare(value, ">=", asked),
        "between" => and([compare(value, ">=", &asked[0]), compare(value, "<=", &asked[1])]),
        "contains" => Some(fold(value).as_str()?.contains(fold(asked).as_str()?)),
        "startsWith" => Some(fold(value).as_str()?.starts_with(fold(asked).as_str()?)),
        "endsWith" => Some(fold(value).as_str()?.ends_with(fold(asked).as_str()?)),
        "has" => has(asked),
        // Of a list that is not there, nothing is known.
        _ if !value.is_array() && ["hasSome", "hasEvery", "isEmpty"].contains(&operator.as_str()) => None,
        "hasSome" => or(list(asked).into_iter().map(has)),
        "hasEvery" => and(list(asked).into_iter().map(has)),
        "isEmpty" => Some(value.as_array()?.is_empty() == *asked),
        other => panic!("{other} is no operator"),
    }))
}
