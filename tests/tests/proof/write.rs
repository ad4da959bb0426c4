//! Writes, carried out on rows in memory.
//!
//! A row is created if the rules allow what it is about to be, before it is there; updated and deleted if they allow it
//! as it is; and whatever was updated must be acceptable at the end of the call. The row whose key changes is the one
//! that is updated; the row at its other end must be one that the caller can see.

use serde_json::json;

use super::read::{Reader, list, masked};
use super::rule::{Scene, Seen};
use super::schema::{End, Model, Relation, Schema, Type};
use super::world::{GONE, REAL, World};
use super::{Failure, Json, Row, none};

#[path = "deleted.rs"]
mod deleted;
#[path = "nested.rs"]
mod nested;

type Result<T> = std::result::Result<T, Failure>;

/// One call that writes.
#[expect(clippy::struct_excessive_bools, reason = "each is about something else")]
pub(crate) struct Writer<'a> {
    schema: &'a Schema,
    caller: &'a Json,
    nulls_high: bool,
    /// Whether rows are there for the caller that are deleted.
    pub(crate) all: bool,
    pub(crate) world: World,
    /// What was updated, and how it was before.
    updated: Vec<(usize, i64, Row)>,
    /// The outcome depends on the order in which a database deletes rows that go along with each other.
    pub(crate) either: bool,
    /// Whether constraints are looked at only when all is done.
    late: bool,
}

/// Which rows, as conditions that all hold.
#[derive(Debug, Clone)]
struct Which(Vec<Json>);

impl Which {
    fn new(filter: &Json) -> Self {
        // `{}` asks for nothing, of rows and of fields.
        let asks = |value: &Json| value.as_object().is_none_or(|it| !it.is_empty());
        let empty = !filter.as_object().is_some_and(|it| it.values().any(asks));
        Self(if empty { Vec::new() } else { vec![filter.clone()] })
    }

    fn id(id: i64) -> Self {
        Self(vec![json!({ REAL: id })])
    }

    fn and(&self, filter: &Json) -> Self {
        Self(self.0.iter().cloned().chain(Self::new(filter).0).collect())
    }

    fn filter(&self) -> Json {
        json!({ "AND": self.0 })
    }

    /// Whether it says more of rows than that they are there, or which unique key one has. Only then does the outcome
    /// tell something of what rows hold, and the caller must be able to read them.
    fn looks(&self, model: &Model) -> bool {
        let parts: Vec<&Json> = match self.0.as_slice() {
            [one] if one.as_object().is_some_and(|it| it.len() == 1 && it.contains_key("AND")) => list(&one["AND"]),
            all => all.iter().collect(),
        };
        let members: Vec<(&String, &Json)> = parts.iter().flat_map(|part| part.as_object().unwrap()).collect();
        let is_key =
            |field: &str| field == "id" || field == REAL || model.field(field).is_some_and(|field| field.unique);
        let plain = |value: &Json| !value.is_null() && !value.is_object() && !value.is_array();
        let equals = |value: &Json| value.as_object().is_some_and(|it| it.len() == 1 && plain(&value["equals"]));
        let is_value = |value: &Json| plain(value) || equals(value);
        let same = |(key, value): &(&String, &Json)| *key == members[0].0 && is_key(key) && is_value(value);
        !self.0.is_empty() && (members.is_empty() || !members.iter().all(same))
    }
}

impl<'a> Writer<'a> {
    pub(crate) fn new(schema: &'a Schema, world: &World, caller: &'a Json, nulls_high: bool) -> Self {
        let (all, updated) = (false, Vec::new());
        Self { schema, caller, nulls_high, all, world: world.clone(), updated, either: false, late: false }
    }

    /// Carries a call out. What is left of the world is what is kept of it: nothing, if the call failed, unless it
    /// failed only because the caller cannot see what he has done.
    pub(crate) fn answer(&mut self, model: usize, operation: &str, args: &Json) -> Result<Json> {
        let before = self.world.clone();
        let outcome = self.run(model, operation, args);
        if outcome.as_ref().is_err_and(|failure| failure.reason != Some("cannot-read-back")) {
            self.world = before;
        }
        outcome
    }

    fn run(&mut self, model: usize, operation: &str, args: &Json) -> Result<Json> {
        let name = self.schema.models[model].name.clone();
        let data = args.get("data").unwrap_or(none());
        let which = Which::new(args.get("where").unwrap_or(none()));
        let id = match operation {
            "create" => self.create(model, data, &[])?,
            "update" if is_empty(data) => {
                self.visible(model, &which).ok_or_else(|| Failure::missing(&name))?[REAL].as_i64().unwrap()
            }
            "update" => self.update(model, &which, data)?.ok_or_else(|| Failure::missing(&name))?,
            "upsert" => self.upsert(model, &which, &args["create"], &args["update"], &[])?.0,
            "delete" => {
                let seen = self.visible(model, &which);
                let shown = seen.map(|row| self.reader().show(model, &row, args));
                if self.delete(model, &which)? == 0 {
                    return Err(Failure::missing(&name));
                }
                return shown.ok_or_else(|| Failure::unreadable(&name));
            }
            "createMany" | "createManyAndReturn" => {
                let skip = args.get("skipDuplicates").is_some_and(|skip| *skip == true);
                let ids = self.insert_all(model, &list(data), &[], skip)?;
                return self.many(model, &ids, operation.ends_with("Return"), args);
            }
            "updateMany" | "updateManyAndReturn" => {
                let ids = if is_empty(data) { Vec::new() } else { self.change(model, &which, data, &[])? };
                self.accept()?;
                return self.many(model, &ids, operation.ends_with("Return"), args);
            }
            "upsertMany" => {
                let ids = self.upsert_all(model, &list(data))?;
                return self.many(model, &ids, false, args);
            }
            "upsertManyAndReturn" => {
                let ids = self.upsert_all(model, &list(data))?;
                return self.many(model, &ids, true, args);
            }
            "deleteMany" => return Ok(json!({ "count": self.delete(model, &which)? })),
            "deleteForGood" | "deleteManyForGood" | "restore" | "restoreMany" | "restoreManyAndReturn" => {
                return self.about_deleted(model, operation, &which);
            }
            other => panic!("{other} is no write"),
        };
        self.accept()?;
        let reader = self.reader();
        let row = reader.visible(model, &id.into()).ok_or_else(|| Failure::unreadable(&name))?;
        Ok(reader.show(model, row, args))
    }

    fn many(&self, model: usize, ids: &[i64], back: bool, args: &Json) -> Result<Json> {
        if !back {
            return Ok(json!({ "count": ids.len() }));
        }
        let reader = self.reader();
        let unreadable = || Failure::unreadable(&self.schema.models[model].name);
        let rows = ids.iter().map(|id| reader.visible(model, &(*id).into()).ok_or_else(unreadable));
        rows.map(|row| Ok(reader.show(model, row?, args))).collect()
    }

    fn reader(&self) -> Reader<'_> {
        Reader::seeing(self.all, self.schema, &self.world, self.caller, self.nulls_high)
    }

    fn scene(&self) -> Scene<'_> {
        Scene { schema: self.schema, world: &self.world, caller: self.caller, before: None }
    }

    /// The first row that the caller can see.
    fn visible(&self, model: usize, which: &Which) -> Option<Row> {
        let (reader, filter) = (self.reader(), which.filter());
        reader.views()[model].iter().find(|row| reader.holds(model, row, &filter) == Some(true)).cloned()
    }

    /// Inserts rows, all or none. Several can be in one statement: then the rules are asked of all of them before the
    /// first is there, and what they refer to can come with them. Where that makes a difference, either outcome will do.
    fn insert_all(&mut self, model: usize, rows: &[&Json], given: &[(String, Json)], skip: bool) -> Result<Vec<i64>> {
        let start = self.world.clone();
        let at_once = self.insert_at_once(model, rows, given, skip);
        self.world = start;
        let mut ids = Vec::new();
        let one_by_one = rows.iter().try_for_each(|row| -> Result<()> {
            ids.extend(self.insert(model, row, given, skip)?);
            Ok(())
        });
        let one_by_one: Result<Vec<i64>> = one_by_one.map(|()| ids);
        self.either |=
            at_once.as_ref().map_err(|failure| failure.kind) != one_by_one.as_ref().map_err(|failure| failure.kind);
        one_by_one
    }

    fn insert_at_once(
        &mut self,
        model: usize,
        rows: &[&Json],
        given: &[(String, Json)],
        skip: bool,
    ) -> Result<Vec<i64>> {
        let rows: Vec<Row> = rows.iter().map(|data| self.new_row(model, data, given)).collect();
        if rows.iter().any(|row| !self.scene().allows("create", Seen::New(model, row))) {
            return Err(Failure::denied(&self.schema.models[model].name));
        }
        let mut ids = Vec::new();
        for row in rows {
            ids.extend(self.put(model, row, skip)?);
        }
        self.sound()?;
        Ok(ids)
    }

    /// Changes or creates rows, all or none. Several can be in one statement: then what they refer to can come with them.
    /// Where that makes a difference, either outcome will do.
    fn upsert_all(&mut self, model: usize, rows: &[&Json]) -> Result<Vec<i64>> {
        let start = self.world.clone();
        self.late = true;
        let at_once = self.upsert_each(model, rows);
        self.late = false;
        let at_once = at_once.and_then(|ids| self.sound().map(|()| ids));
        (self.world, self.updated) = (start, Vec::new());
        let one_by_one = self.upsert_each(model, rows);
        self.either |=
            at_once.as_ref().map_err(|failure| failure.kind) != one_by_one.as_ref().map_err(|failure| failure.kind);
        one_by_one
    }

    fn upsert_each(&mut self, model: usize, rows: &[&Json]) -> Result<Vec<i64>> {
        let mut ids = Vec::new();
        for row in rows {
            ids.push(self.upsert(model, &Which::new(&row["where"]), &row["create"], &row["update"], &[])?.0);
        }
        self.accept()?;
        Ok(ids)
    }

    fn new_row(&self, model: usize, data: &Json, given: &[(String, Json)]) -> Row {
        let described = &self.schema.models[model];
        let fields = described.fields.iter().map(|field| {
            let filled = given.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
            let empty = if field.ty == Type::Ints { json!([]) } else { Json::Null };
            let value = filled.or(data.get(&field.name)).or(field.default.as_ref()).cloned().unwrap_or(empty);
            (field.name.clone(), if field.tag { described.name.clone().into() } else { value })
        });
        fields.collect()
    }

    /// Inserts a row. None if it is a duplicate, and such rows are to be left out.
    fn insert(&mut self, model: usize, data: &Json, given: &[(String, Json)], skip: bool) -> Result<Option<i64>> {
        let row = self.new_row(model, data, given);
        if !self.scene().allows("create", Seen::New(model, &row)) {
            return Err(Failure::denied(&self.schema.models[model].name));
        }
        let put = self.put(model, row, skip)?;
        self.sound()?;
        Ok(put)
    }

    /// Puts a row in its table, if there is place for it.
    fn put(&mut self, model: usize, row: Row, skip: bool) -> Result<Option<i64>> {
        let described = &self.schema.models[model];
        let id = row["id"].as_i64().unwrap();
        let roots = described.base.map_or_else(|| self.schema.concrete(model), |base| self.schema.concrete(base));
        let there = roots.iter().any(|model| self.world.tables[*model].contains_key(&id));
        let unique = described.fields.iter().filter(|field| field.unique && !row[&field.name].is_null());
        let taken = |field: &str| self.world.all_rows(self.schema, model).iter().any(|(_, it)| it[field] == row[field]);
        if there || unique.into_iter().any(|field| taken(&field.name)) {
            return if skip { Ok(None) } else { Err(Failure::constraint()) };
        }
        self.world.tables[model].insert(id, row);
        Ok(Some(id))
    }

    fn sound(&self) -> Result<()> {
        if self.late || self.world.is_sound(self.schema) { Ok(()) } else { Err(Failure::constraint()) }
    }

    /// Changes rows alike: those that the rules let the caller change.
    fn change(&mut self, model: usize, which: &Which, data: &Json, given: &[(String, Json)]) -> Result<Vec<i64>> {
        let described = &self.schema.models[model];
        let (scene, reader, filter) = (self.scene(), self.reader(), which.filter());
        let values: Vec<(&str, &Json)> = data
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, to)| (name.as_str(), to))
            .filter(|(name, _)| described.field(name).is_some())
            .chain(given.iter().map(|(name, to)| (name.as_str(), to)))
            .collect();
        let mut may_but_for_fields = 0;
        let mut chosen = Vec::new();
        for (id, row) in self.world.in_sight(self.schema, model, self.all) {
            let may = scene.allows("update", Seen::Row(model, row))
                && (!which.looks(described) || scene.allows("read", Seen::Row(model, row)));
            if !may || reader.holds(model, &masked(&scene, model, row), &filter) != Some(true) {
                continue;
            }
            may_but_for_fields += 1;
            // Whether one can calculate with a number depends on what it was: he must be able to see it.
            let open = |(name, to): &(&str, &Json)| {
                scene.opens("update", model, row, name)
                    && (!is_calculation(to) || scene.opens("read", model, row, name))
            };
            if values.iter().all(open) {
                chosen.push((id, row.clone()));
            }
        }
        let ruled =
            |(name, _): &(&str, &Json)| described.field(name).unwrap().rules.iter().any(|rule| rule.is_about("update"));
        let refused = *self.caller != "raw" && values.iter().any(ruled) && chosen.len() < may_but_for_fields;
        if refused && described.base.is_some() {
            return Err(Failure::denied(&described.name));
        }
        let mut world = self.world.clone();
        for (id, row) in &chosen {
            for (name, to) in &values {
                world.change(self.schema, model, *id, name, &becomes(&row[*name], to));
            }
        }
        let ids: Vec<i64> = chosen.iter().map(|(id, _)| *id).collect();
        self.world = world;
        self.sound()?;
        if refused {
            return Err(Failure::denied(&self.schema.models[model].name));
        }
        self.updated.extend(chosen.into_iter().map(|(id, row)| (model, id, row)));
        Ok(ids)
    }

    /// Deletes the rows that the rules let the caller delete; how many.
    fn delete(&mut self, model: usize, which: &Which) -> Result<usize> {
        let marks = self.schema.models[model].soft;
        self.remove(model, which, marks)
    }

    /// The same; rows are marked or taken away.
    fn remove(&mut self, model: usize, which: &Which, marks: bool) -> Result<usize> {
        let described = &self.schema.models[model];
        let (scene, reader, filter) = (self.scene(), self.reader(), which.filter());
        let chosen = |(_, row): &(i64, &Row)| {
            scene.allows("delete", Seen::Row(model, row))
                && (!which.looks(described) || scene.allows("read", Seen::Row(model, row)))
                && reader.holds(model, &masked(&scene, model, row), &filter) == Some(true)
        };
        let rows = self.world.in_sight(self.schema, model, !marks);
        let ids: Vec<i64> = rows.into_iter().filter(|row| chosen(row)).map(|(id, _)| id).collect();
        let mut world = self.world.clone();
        for id in ids.iter().filter(|_| marks) {
            world.change(self.schema, model, *id, GONE, &true.into());
        }
        for id in ids.iter().filter(|_| !marks) {
            self.either |= world.row(self.schema, model, &(*id).into()).is_none();
            if !world.delete(self.schema, model, *id) {
                return Err(Failure::constraint());
            }
        }
        self.world = world;
        self.sound()?;
        Ok(ids.len())
    }

    /// Whether the rules accept every row that was updated, as it is now.
    fn accept(&mut self) -> Result<()> {
        for (model, id, before) in std::mem::take(&mut self.updated) {
            let now = self.world.row(self.schema, model, &id.into());
            let scene = Scene { before: Some(&before), ..self.scene() };
            // What is gone is neither good nor bad.
            if now.is_none() {
                self.either = true;
                continue;
            }
            let has_rules = *self.caller != "raw" && self.has_rules_after(model);
            if has_rules && !now.is_some_and(|row| scene.allows("post-update", Seen::Row(model, row))) {
                return Err(Failure::denied(&self.schema.models[model].name));
            }
        }
        Ok(())
    }

    /// Without a rule about what an update leaves behind, nobody looks at it.
    fn has_rules_after(&self, model: usize) -> bool {
        let concrete = self.schema.concrete(model);
        let mut rules = self.schema.rules(model).chain(concrete.into_iter().flat_map(|model| self.schema.rules(model)));
        rules.any(|rule| rule.is_about("post-update"))
    }

    /// Inserts a row, and does what is to be done along its relations.
    fn create(&mut self, model: usize, data: &Json, given: &[(String, Json)]) -> Result<i64> {
        let (first, later) = self.split(model, data);
        let mut keys = given.to_vec();
        for (relation, verb, args) in first {
            let (key, target) = (relation.key().unwrap().to_owned(), relation.target);
            let id = match verb {
                "create" => self.create(target, args, &[])?,
                "connect" => self.target(target, args)?,
                _ => self.found_or_new(target, args)?,
            };
            keys.push((key, id.into()));
        }
        let id = self.insert(model, data, &keys, false)?.unwrap();
        self.along(model, id, later)?;
        Ok(id)
    }

    /// Changes a row, and does what is to be done along its relations. None if there is no such row to change.
    fn update(&mut self, model: usize, which: &Which, data: &Json) -> Result<Option<i64>> {
        if self.nested(model, data).is_empty() {
            return Ok(self.change(model, which, data, &[])?.first().copied());
        }
        match self.visible(model, which) {
            Some(row) => self.update_seen(model, &row, data).map(Some),
            None => Ok(None),
        }
    }

    /// Changes a row or, if there is none that the caller may change, creates one; and whether it was there.
    fn upsert(
        &mut self,
        model: usize,
        which: &Which,
        create: &Json,
        update: &Json,
        given: &[(String, Json)],
    ) -> Result<(i64, bool)> {
        let there = if self.nested(model, update).is_empty() && !is_empty(update) {
            self.change(model, which, update, &[])?.first().copied()
        } else {
            match self.visible(model, which) {
                Some(row) => {
                    let only_along = !is_empty(update) && self.has_no_values(model, update);
                    let id = &row[REAL];
                    let raw = self.world.row(self.schema, model, id).unwrap();
                    if only_along || self.scene().allows("update", Seen::Row(model, raw)) {
                        Some(self.update_seen(model, &row, update)?)
                    } else {
                        None
                    }
                }
                None => None,
            }
        };
        match there {
            Some(id) => Ok((id, true)),
            None => Ok((self.create(model, create, given)?, false)),
        }
    }

    fn has_no_values(&self, model: usize, data: &Json) -> bool {
        let fields = data.as_object().unwrap().keys();
        fields.into_iter().all(|name| self.schema.models[model].field(name).is_none())
    }

    /// What data asks for along relations: the relation, the verb and its arguments, one by one.
    fn nested<'d>(&self, model: usize, data: &'d Json) -> Vec<(&'a Relation, &'d str, &'d Json)> {
        let members = data.as_object().into_iter().flatten();
        let along = members.filter_map(|(name, asked)| Some((self.schema.models[model].relation(name)?, asked)));
        let verbs = along.flat_map(|(relation, asked)| {
            asked.as_object().unwrap().iter().flat_map(move |(verb, args)| {
                let each = if verb == "set" { vec![args] } else { list(args) };
                each.into_iter().map(move |args| (relation, verb.as_str(), args))
            })
        });
        verbs.filter(|(_, _, args)| **args != false).collect()
    }

    /// What comes before the row itself, since the row refers to it, and what comes after it.
    #[expect(clippy::type_complexity, reason = "two lists of the same")]
    fn split<'d>(
        &self,
        model: usize,
        data: &'d Json,
    ) -> (Vec<(&'a Relation, &'d str, &'d Json)>, Vec<(&'a Relation, &'d str, &'d Json)>) {
        self.nested(model, data).into_iter().partition(|(relation, ..)| relation.key().is_some())
    }

    /// A row to refer to: one that the caller can see.
    fn target(&self, model: usize, key: &Json) -> Result<i64> {
        let missing = || Failure::missing(&self.schema.models[model].name);
        let row = self.visible(model, &Which::new(key)).ok_or_else(missing)?;
        Ok(row[REAL].as_i64().unwrap())
    }

    fn found_or_new(&mut self, model: usize, args: &Json) -> Result<i64> {
        match self.visible(model, &Which::new(&args["where"])) {
            Some(row) => Ok(row[REAL].as_i64().unwrap()),
            None => self.create(model, &args["create"], &[]),
        }
    }
}

fn is_empty(data: &Json) -> bool {
    data.as_object().is_none_or(serde_json::Map::is_empty)
}

fn is_calculation(to: &Json) -> bool {
    to.as_object().is_some_and(|it| it.keys().any(|it| ["increment", "decrement", "multiply"].contains(&it.as_str())))
}

/// What becomes of a value.
fn becomes(from: &Json, to: &Json) -> Json {
    let Some((verb, by)) = to.as_object().and_then(|it| it.iter().next()) else { return to.clone() };
    let calculated =
        |f: fn(i64, i64) -> i64| from.as_i64().map_or(Json::Null, |from| f(from, by.as_i64().unwrap()).into());
    match verb.as_str() {
        "set" => by.clone(),
        "increment" => calculated(|a, b| a + b),
        "decrement" => calculated(|a, b| a - b),
        "multiply" => calculated(|a, b| a * b),
        _ => list(from).into_iter().chain(list(by)).cloned().collect(),
    }
}
