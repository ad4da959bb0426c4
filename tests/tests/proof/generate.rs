//! Random schemas, rules, rows, callers and calls: small, so that equal values, nulls and hidden rows meet often.

use serde_json::{Map, json};

use super::random::Random;
use super::rule::Rule;
use super::schema::{Action, End, Field, KINDS, Model, NUMBER, Relation, Schema, Type};
use super::world::{GONE, World};
use super::{Json, Row};

#[path = "generate/reads.rs"]
mod reads;
#[path = "generate/rules.rs"]
mod rules;
#[path = "generate/writes.rs"]
mod writes;

const TEXTS: [&str; 7] = ["", "a", "A", "ab", "%", "_b", "Ba"];

/// Makes what the proof asks about.
pub(crate) struct Generator {
    pub(crate) random: Random,
    /// Whether rules can hide ids.
    pub(crate) hides_ids: bool,
    /// Rows by model that calls can be about; without any, they are about whatever comes.
    there: Vec<Vec<Row>>,
}

fn field(name: &str, ty: Type, optional: bool) -> Field {
    let name = name.to_owned();
    Field { name, ty, optional, unique: false, tag: false, default: None, rules: Vec::new() }
}

fn model(name: &str, fields: Vec<Field>) -> Model {
    Model {
        name: name.to_owned(),
        fields,
        relations: Vec::new(),
        rules: Vec::new(),
        base: None,
        delegate: false,
        soft: false,
    }
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), hides_ids: true, there: Vec::new() }
    }

    /// A schema with rules.
    pub(crate) fn schema(&mut self) -> Schema {
        let mut schema = self.bare();
        for at in 0..schema.models.len() {
            self.add_rules(&mut schema, at);
        }
        schema
    }

    fn bare(&mut self) -> Schema {
        let mut models: Vec<Model> =
            ["One", "Two", "Three"].iter().take(2 + self.random.below(2)).map(|name| self.model(name)).collect();
        if self.random.one_in(4) {
            let mut base = self.model("Thing");
            base.fields.insert(1, Field { tag: true, ..field("tag", Type::Text, false) });
            base.delegate = true;
            models.push(base);
        }
        let mut schema = Schema { models, link_tables: 0, loose: self.random.one_in(4) };
        for number in 0..2 + self.random.below(3) {
            self.relation(&mut schema, number);
        }
        // What extends the delegate has all of it, and relations lead to the delegate.
        if let Some(base) = schema.models.iter().position(|model| model.delegate) {
            for name in ["Book", "Film"] {
                let mut extending =
                    Model { name: name.to_owned(), base: Some(base), delegate: false, ..schema.models[base].clone() };
                extending.fields.push(field("p", Type::Int, true));
                if name == "Book" {
                    extending.fields.push(field("q", Type::Text, true));
                }
                schema.models.push(extending);
            }
        }
        schema
    }

    fn model(&mut self, name: &str) -> Model {
        let mut fields = vec![field("id", Type::Int, false)];
        let pool = [
            field("a", Type::Int, true),
            Field { default: self.random.one_in(2).then(|| 1.into()), ..field("b", Type::Int, false) },
            field("s", Type::Text, true),
            field("f", Type::Flag, true),
            field("k", Type::Kind, true),
            field("l", Type::Ints, false),
            Field { unique: true, ..field("u", Type::Int, true) },
        ];
        fields.extend(pool.into_iter().filter(|_| !self.random.one_in(3)));
        if fields.len() == 1 {
            fields.push(field("a", Type::Int, true));
        }
        if self.hides_ids && self.random.one_in(3) {
            fields.push(Field { unique: true, ..field(NUMBER, Type::Int, false) });
        }
        Model { soft: self.random.one_in(3), ..model(name, fields) }
    }

    fn relation(&mut self, schema: &mut Schema, number: usize) {
        let count = schema.models.len();
        let (mut owner, mut target) = (self.random.below(count), self.random.below(count));
        let (name, back) = (format!("r{number}"), format!("b{number}"));
        let delegates = schema.models[owner].delegate || schema.models[target].delegate;
        if self.random.one_in(4) && !delegates {
            let table = schema.link_tables;
            schema.link_tables += 1;
            let end = |first| End::Linked(table, first);
            schema.models[owner].relations.push(Relation {
                name: name.clone(),
                target,
                back: back.clone(),
                end: end(true),
            });
            schema.models[target].relations.push(Relation { name: back, target: owner, back: name, end: end(false) });
            return;
        }
        let required = owner != target && self.random.one_in(4);
        if required && owner < target {
            // Rows are made in the order of the models, and what is required has to be there.
            (owner, target) = (target, owner);
        }
        let unique = !required && self.random.one_in(4);
        let action = match (required, self.random.one_in(3)) {
            (true, _) | (false, true) => Action::Cascade,
            (false, false) => Action::SetNull,
        };
        let key = format!("{name}Id");
        schema.models[owner].fields.push(Field { unique, ..field(&key, Type::Int, !required) });
        let near = Relation { name: name.clone(), target, back: back.clone(), end: End::Key(key.clone(), action) };
        schema.models[owner].relations.push(near);
        let far = Relation { name: back, target: owner, back: name, end: End::Referring(key, !unique) };
        schema.models[target].relations.push(far);
    }

    /// Rows and links that every constraint allows.
    pub(crate) fn world(&mut self, schema: &Schema) -> World {
        let mut world = World::empty(schema);
        let mut ids: Vec<(usize, i64)> = Vec::new();
        for at in 0..schema.models.len() {
            if schema.models[at].delegate {
                continue;
            }
            let family = schema.models[at].base.unwrap_or(at);
            for _ in 0..self.random.below(5) {
                let id = 1 + i64::try_from(self.random.below(5)).unwrap();
                if ids.contains(&(family, id)) {
                    continue;
                }
                let row = self.row(schema, &world, at, id);
                let mut tried = world.clone();
                tried.tables[at].insert(id, row);
                if tried.is_sound(schema) {
                    world = tried;
                    ids.push((family, id));
                }
            }
        }
        self.wire(schema, &mut world);
        for (rows, _) in world.tables.iter_mut().zip(&schema.models).filter(|(_, model)| model.soft) {
            for row in rows.values_mut().filter(|_| self.random.one_in(4)) {
                row.insert(GONE.to_owned(), true.into());
            }
        }
        world
    }

    fn row(&mut self, schema: &Schema, world: &World, at: usize, id: i64) -> Row {
        let model = &schema.models[at];
        let fields = model.fields.iter().map(|field| {
            let relation = model.relations.iter().find(|relation| relation.key() == Some(&field.name));
            let value = match relation {
                _ if field.name == "id" => id.into(),
                _ if field.name == NUMBER => self.id(),
                _ if field.tag => model.name.clone().into(),
                Some(relation) if !field.optional => {
                    let there: Vec<i64> = world.rows(schema, relation.target).iter().map(|(id, _)| *id).collect();
                    if there.is_empty() { Json::Null } else { self.random.pick(&there).into() }
                }
                Some(_) => Json::Null,
                None => self.value(field),
            };
            (field.name.clone(), value)
        });
        fields.collect()
    }

    /// Keys that need no row, and links.
    fn wire(&mut self, schema: &Schema, world: &mut World) {
        for (at, model) in schema.models.iter().enumerate() {
            for relation in &model.relations {
                let there: Vec<i64> = world.rows(schema, relation.target).iter().map(|(id, _)| *id).collect();
                let here: Vec<i64> = world.tables[at].keys().copied().collect();
                for id in here {
                    if let End::Key(key, _) = &relation.end
                        && schema.loose
                        && self.random.one_in(5)
                    {
                        // It may lead to a row that is not there, or not yet.
                        let mut tried = world.clone();
                        let to = 1 + i64::try_from(self.random.below(6)).unwrap();
                        tried.change(schema, at, id, key, &to.into());
                        if tried.is_sound(schema) {
                            *world = tried;
                        }
                        continue;
                    }
                    if there.is_empty() || self.random.one_in(3) {
                        continue;
                    }
                    let to = self.random.pick(&there);
                    match &relation.end {
                        End::Key(key, _) if model.field(key).unwrap().optional => {
                            let mut tried = world.clone();
                            tried.change(schema, at, id, key, &to.into());
                            if tried.is_sound(schema) {
                                *world = tried;
                            }
                        }
                        End::Linked(table, true) => {
                            world.links[*table].insert((id, to));
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn number(&mut self) -> Json {
        i64::try_from(self.random.below(3)).unwrap().into()
    }

    fn text(&mut self) -> Json {
        self.random.pick(&TEXTS).into()
    }

    fn ints(&mut self) -> Json {
        (0..self.random.below(3)).map(|_| self.number()).collect()
    }

    /// A value of a type, never null.
    fn of_type(&mut self, ty: Type) -> Json {
        match ty {
            Type::Int => self.number(),
            Type::Text => self.text(),
            Type::Flag => self.random.one_in(2).into(),
            Type::Kind => self.random.pick(&KINDS).into(),
            Type::Ints => self.ints(),
        }
    }

    fn value(&mut self, field: &Field) -> Json {
        if field.optional && self.random.one_in(3) {
            return Json::Null;
        }
        match &*field.name {
            NUMBER => self.free_number(),
            _ if field.unique => self.random.below(6).into(),
            _ => self.of_type(field.ty),
        }
    }

    /// `"raw"`, nobody, or somebody of whom much is unknown.
    pub(crate) fn caller(&mut self) -> Json {
        match self.random.below(10) {
            0 => return "raw".into(),
            1 | 2 => return Json::Null,
            _ => {}
        }
        let mut caller = Map::new();
        caller.insert("id".to_owned(), (1 + self.random.below(3)).into());
        for (name, ty) in [("a", Type::Int), ("s", Type::Text), ("f", Type::Flag), ("k", Type::Kind), ("l", Type::Ints)]
        {
            if !self.random.one_in(3) {
                caller.insert(name.to_owned(), self.of_type(ty));
            }
        }
        if !self.random.one_in(4) {
            let mut item = || {
                let mut members = [("a", Type::Int), ("s", Type::Text), ("f", Type::Flag)].map(|(name, ty)| {
                    let value = if self.random.one_in(3) { Json::Null } else { self.of_type(ty) };
                    (name.to_owned(), value)
                });
                members.sort_by(|a, b| a.0.cmp(&b.0));
                Json::Object(members.into_iter().collect())
            };
            let items = [item(), item(), item()];
            let count = self.random.below(4);
            caller.insert("items".to_owned(), items.into_iter().take(count).collect());
        }
        Json::Object(caller)
    }

    /// Looks at what is there, so that calls are about it more often than not.
    pub(crate) fn look(&mut self, schema: &Schema, world: &World) {
        let rows = |model| world.rows(schema, model).into_iter().map(|(_, row)| row.clone()).collect();
        self.there = (0..schema.models.len()).map(rows).collect();
    }

    /// Any call: its model, operation and arguments.
    pub(crate) fn read(&mut self, schema: &Schema) -> (String, &'static str, Json) {
        let at = self.random.below(schema.models.len());
        let (operation, args) = self.read_of(schema, at);
        (schema.models[at].name.clone(), operation, args)
    }

    fn id(&mut self) -> Json {
        let most = if self.random.one_in(4) { 8 } else { 5 };
        (1 + self.random.below(most)).into()
    }

    /// The number of a new row: most likely one that no row has.
    fn free_number(&mut self) -> Json {
        if self.random.one_in(3) { self.id() } else { (8 + self.random.below(40)).into() }
    }

    /// One unique key, sometimes with a condition besides.
    fn key(&mut self, schema: &Schema, model: usize) -> Json {
        let uniques: Vec<String> =
            schema.models[model].fields.iter().filter(|field| field.unique).map(|it| it.name.clone()).collect();
        if let Some(rows) = self.there.get(model).filter(|rows| !rows.is_empty())
            && !self.random.one_in(3)
        {
            let row = self.random.pick(rows);
            let keys: Vec<&str> = uniques.iter().map(String::as_str).filter(|key| !row[*key].is_null()).collect();
            let key = if keys.is_empty() || self.random.one_in(2) { "id" } else { self.random.pick(&keys) };
            return json!({ key: row[key] });
        }
        if !uniques.is_empty() && self.random.one_in(4) {
            let unique = self.random.pick(&uniques);
            return json!({ unique: self.random.below(6) });
        }
        let mut key = json!({ "id": self.id() });
        if self.random.one_in(5) {
            key["AND"] = json!([self.filter(schema, model, 1)]);
        }
        key
    }
}

/// Rules about operations that create cannot look at rows that refer to the new row.
fn creates(rule: &str) -> bool {
    rule.split(',').any(|operation| operation == "create" || operation == "all")
}

impl Generator {
    /// A rule about one operation on a model.
    pub(crate) fn rule_about(&mut self, schema: &Schema, model: usize, operation: &str) -> Rule {
        self.rule(schema, model, operation, true)
    }

    /// Which rows of a model.
    pub(crate) fn filter_of(&mut self, schema: &Schema, model: usize) -> Json {
        self.filter(schema, model, 2)
    }

    /// A new row without anything along its relations.
    pub(crate) fn flat(&mut self, schema: &Schema, model: usize) -> Json {
        self.row_data(schema, model, 0, &[])
    }

    /// Changes something of a world, whatever it is.
    pub(crate) fn disturb(&mut self, schema: &Schema, world: &mut World) {
        let concrete: Vec<usize> = (0..schema.models.len()).filter(|at| !schema.models[*at].delegate).collect();
        let at = self.random.pick(&concrete);
        let model = &schema.models[at];
        let ids: Vec<i64> = world.tables[at].keys().copied().collect();
        match self.random.below(6) {
            5 if model.hides_ids() && !ids.is_empty() => {
                let id = self.random.pick(&ids);
                let new = 1 + i64::try_from(self.random.below(9)).unwrap();
                world.rename(schema, at, id, new);
            }
            4 if model.soft && !ids.is_empty() => {
                let row = world.tables[at].get_mut(&self.random.pick(&ids)).unwrap();
                if row.remove(GONE).is_none() {
                    row.insert(GONE.to_owned(), true.into());
                }
            }
            0 => {
                let id = 1 + i64::try_from(self.random.below(9)).unwrap();
                let family = model.base.map_or_else(|| vec![at], |base| schema.concrete(base));
                if !family.iter().any(|at| world.tables[*at].contains_key(&id)) {
                    let row = self.row(schema, world, at, id);
                    world.tables[at].insert(id, row);
                }
            }
            1 if !ids.is_empty() => {
                let id = self.random.pick(&ids);
                world.delete(schema, at, id);
            }
            _ if !ids.is_empty() => {
                let id = self.random.pick(&ids);
                let fields: Vec<&Field> =
                    model.fields.iter().filter(|field| field.name != "id" && !field.tag).collect();
                let field = self.random.pick(&fields);
                let is_key = model.relations.iter().any(|relation| relation.key() == Some(&field.name));
                let value = match (is_key, field.optional && self.random.one_in(3)) {
                    (true, true) => Json::Null,
                    (true, false) => self.id(),
                    (false, _) => self.value(field),
                };
                world.change(schema, at, id, &field.name, &value);
            }
            _ => self.wire(schema, world),
        }
    }
}
