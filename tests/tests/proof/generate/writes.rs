//! Random writes.

use serde_json::{Map, json};

use super::super::schema::{End, Relation, Schema, Type};
use super::{Generator, Json};

impl Generator {
    /// Any write, what is done with deleted rows among them.
    pub(crate) fn write_or_restore(&mut self, schema: &Schema) -> (String, &'static str, Json) {
        if !self.random.one_in(5) {
            return self.write(schema);
        }
        let operation = self.random.pick(&[
            "restore",
            "restore",
            "restoreMany",
            "restoreManyAndReturn",
            "deleteForGood",
            "deleteManyForGood",
        ]);
        // Now and then one whose rows do not stay.
        let soft: Vec<usize> =
            (0..schema.models.len()).filter(|at| schema.models[*at].soft || self.random.one_in(20)).collect();
        if soft.is_empty() {
            return self.write(schema);
        }
        let at = self.random.pick(&soft);
        let uniques: Vec<String> =
            schema.models[at].fields.iter().filter(|field| field.unique).map(|it| it.name.clone()).collect();
        let numbers: Vec<String> =
            schema.models[at].fields.iter().filter(|it| it.ty == Type::Int).map(|it| it.name.clone()).collect();
        let filter = match self.random.below(5) {
            _ if !operation.contains("Many") && (uniques.is_empty() || !self.random.one_in(4)) => {
                json!({ "id": self.id() })
            }
            _ if !operation.contains("Many") => json!({ self.random.pick(&uniques): self.random.below(6) }),
            0 | 1 => json!({}),
            2 => json!({ "id": { "in": [self.id(), self.id()] } }),
            3 => json!({ self.random.pick(&numbers): self.number() }),
            _ => {
                let optional: Vec<&String> =
                    numbers.iter().filter(|name| schema.models[at].field(name).unwrap().optional).collect();
                if optional.is_empty() { json!({}) } else { json!({ self.random.pick(&optional): null }) }
            }
        };
        (schema.models[at].name.clone(), operation, json!({ "where": filter }))
    }

    /// Any write: its model, operation and arguments.
    pub(crate) fn write(&mut self, schema: &Schema) -> (String, &'static str, Json) {
        let operation = self.random.pick(&[
            "create",
            "create",
            "createMany",
            "createManyAndReturn",
            "update",
            "update",
            "update",
            "updateMany",
            "updateManyAndReturn",
            "upsert",
            "upsertMany",
            "upsertManyAndReturn",
            "delete",
            "deleteMany",
        ]);
        let creates = operation.starts_with("create") || operation.starts_with("upsert");
        let models: Vec<usize> =
            (0..schema.models.len()).filter(|at| !creates || !schema.models[*at].delegate).collect();
        let at = self.random.pick(&models);
        let mut args = Map::new();
        let mut put = |name: &str, value: Json| args.insert(name.to_owned(), value);
        match operation {
            "create" => drop(put("data", self.row_data(schema, at, 2, &[]))),
            "createMany" | "createManyAndReturn" => {
                let count = 1 + self.random.below(3);
                put("data", (0..count).map(|_| self.row_data(schema, at, 0, &[])).collect());
                if schema.models[at].base.is_none() && self.random.one_in(3) {
                    put("skipDuplicates", true.into());
                }
            }
            "update" => {
                put("where", self.key(schema, at));
                put("data", self.changes(schema, at, 2, &[]));
            }
            "upsert" => {
                put("where", self.key(schema, at));
                put("create", self.row_data(schema, at, 1, &[]));
                put("update", self.changes(schema, at, 1, &[]));
            }
            "upsertMany" | "upsertManyAndReturn" => {
                // Now and then what the new row has, or the same for all: these can go together.
                let (same, given) = (self.changes(schema, at, 0, &[]), self.random.below(3));
                let rows = (0..=self.random.below(2)).map(|_| {
                    let create = self.row_data(schema, at, 0, &[]);
                    let update = match given {
                        0 => self.changes(schema, at, 0, &[]),
                        1 => same.clone(),
                        _ => {
                            let mut update = create.clone();
                            update.as_object_mut().unwrap().remove("id");
                            update
                        }
                    };
                    let mut key = self.key(schema, at);
                    if self.random.one_in(2) {
                        key = json!({ "id": create["id"] });
                    }
                    json!({ "where": key, "create": create, "update": update })
                });
                put("data", rows.collect());
            }
            "delete" => drop(put("where", self.key(schema, at))),
            _ => {
                if !self.random.one_in(5) {
                    put("where", self.filter(schema, at, 2));
                }
                if operation != "deleteMany" {
                    put("data", self.changes(schema, at, 0, &[]));
                }
            }
        }
        if ["create", "update", "upsert", "delete"].contains(&operation) && self.random.one_in(3) {
            self.selection(schema, at, 1, &mut args);
        }
        (schema.models[at].name.clone(), operation, Json::Object(args))
    }

    /// A new row, without the fields that are `filled` already.
    pub(super) fn row_data(&mut self, schema: &Schema, model: usize, depth: usize, filled: &[&str]) -> Json {
        let described = &schema.models[model];
        let mut data = Map::new();
        data.insert("id".to_owned(), self.free_number());
        for field in described.fields.iter().filter(|field| field.name != "id" && !field.tag) {
            if filled.contains(&field.name.as_str()) {
                continue;
            }
            let needed = !field.optional && field.default.is_none() && field.ty != Type::Ints;
            let relation = described.relations.iter().find(|relation| relation.key() == Some(&field.name));
            match relation {
                Some(relation) if depth > 0 && self.random.one_in(2) && (needed || self.random.one_in(2)) => {
                    let write = self.verb(schema, relation, false, depth - 1);
                    data.insert(relation.name.clone(), write);
                }
                Some(_) if needed || self.random.one_in(2) => {
                    let null = !needed && self.random.one_in(3);
                    data.insert(field.name.clone(), if null { Json::Null } else { self.id() });
                }
                None if needed || !self.random.one_in(3) => {
                    data.insert(field.name.clone(), self.value(field));
                }
                _ => {}
            }
        }
        self.along(schema, model, false, depth, filled, &mut data);
        Json::Object(data)
    }

    /// What becomes of a row.
    fn changes(&mut self, schema: &Schema, model: usize, depth: usize, filled: &[&str]) -> Json {
        let described = &schema.models[model];
        let mut data = Map::new();
        for field in described.fields.iter().filter(|field| field.name != "id" && !field.tag) {
            if filled.contains(&field.name.as_str()) || !self.random.one_in(3) {
                continue;
            }
            let relation = described.relations.iter().find(|relation| relation.key() == Some(&field.name));
            let to = match relation {
                Some(relation) if depth > 0 && self.random.one_in(2) => {
                    let write = self.verb(schema, relation, true, depth - 1);
                    data.insert(relation.name.clone(), write);
                    continue;
                }
                Some(_) if field.optional && self.random.one_in(3) => Json::Null,
                Some(_) => self.id(),
                None if field.ty == Type::Ints && self.random.one_in(2) => json!({ "push": self.ints() }),
                None if field.ty == Type::Int && !field.unique && self.random.one_in(2) => {
                    json!({ self.random.pick(&["increment", "decrement", "multiply"]): self.number() })
                }
                None => self.value(field),
            };
            data.insert(
                field.name.clone(),
                if self.random.one_in(8) && !to.is_object() { json!({ "set": to }) } else { to },
            );
        }
        self.along(schema, model, true, depth, filled, &mut data);
        Json::Object(data)
    }

    /// What is done along relations whose key is not in the row.
    fn along(
        &mut self,
        schema: &Schema,
        model: usize,
        there: bool,
        depth: usize,
        filled: &[&str],
        data: &mut Map<String, Json>,
    ) {
        let _ = filled;
        if depth == 0 {
            return;
        }
        for relation in schema.models[model].relations.iter().filter(|relation| relation.key().is_none()) {
            if self.random.one_in(4) {
                data.insert(relation.name.clone(), self.verb(schema, relation, there, depth - 1));
            }
        }
    }

    /// One or two things to do along a relation of a row that is `there` already, or new.
    fn verb(&mut self, schema: &Schema, relation: &Relation, there: bool, depth: usize) -> Json {
        let target = &schema.models[relation.target];
        let many = relation.many();
        let optional = match &relation.end {
            End::Key(..) => {
                let owner = schema.models[relation.target].relation(&relation.back).unwrap().target;
                schema.models[owner].field(relation.key().unwrap()).unwrap().optional
            }
            _ => true,
        };
        let mut verbs = vec!["connect", "connect"];
        if !target.delegate {
            verbs.extend(["create", "create", "connectOrCreate"]);
            if matches!(relation.end, End::Referring(_, true)) {
                verbs.push("createMany");
            }
            if there {
                verbs.push("upsert");
            }
        }
        if there {
            verbs.extend(["update", "update"]);
            if optional {
                verbs.extend(["disconnect", "delete"]);
            }
            if many {
                verbs.extend(["set", "updateMany", "deleteMany"]);
            }
        }
        let mut writes = Map::new();
        // A relation to one row is written once; the second write of a key would be refused.
        for _ in 0..if many && self.random.one_in(4) { 2 } else { 1 } {
            let verb = self.random.pick(&verbs);
            let args = self.verb_args(schema, relation, verb, depth);
            writes.insert(verb.to_owned(), args);
        }
        Json::Object(writes)
    }

    fn verb_args(&mut self, schema: &Schema, relation: &Relation, verb: &str, depth: usize) -> Json {
        let (target, many) = (relation.target, relation.many());
        let filled: Vec<&str> = if let End::Referring(key, _) = &relation.end { vec![key] } else { Vec::new() };
        let several = |this: &mut Self, make: &mut dyn FnMut(&mut Self) -> Json| {
            if many && this.random.one_in(3) { (0..2).map(|_| make(this)).collect() } else { make(this) }
        };
        match verb {
            "create" => several(self, &mut |this| this.row_data(schema, target, depth, &filled)),
            "createMany" => {
                let rows: Vec<Json> = (0..2).map(|_| self.row_data(schema, target, 0, &filled)).collect();
                if schema.models[target].base.is_none() && self.random.one_in(3) {
                    json!({ "data": rows, "skipDuplicates": true })
                } else {
                    json!({ "data": rows })
                }
            }
            "connect" => several(self, &mut |this| this.key(schema, target)),
            "set" => (0..self.random.below(3)).map(|_| self.key(schema, target)).collect(),
            "connectOrCreate" => several(
                self,
                &mut |this| json!({ "where": this.key(schema, target), "create": this.row_data(schema, target, depth, &filled) }),
            ),
            "disconnect" | "delete" if many => several(self, &mut |this| this.key(schema, target)),
            "disconnect" | "delete" if self.random.one_in(3) => self.filter(schema, target, 1),
            "disconnect" | "delete" => json!(true),
            "update" if many => several(
                self,
                &mut |this| json!({ "where": this.key(schema, target), "data": this.changes(schema, target, depth, &filled) }),
            ),
            "update" if self.random.one_in(2) => self.changes(schema, target, depth, &filled),
            "update" => {
                json!({ "where": self.filter(schema, target, 1), "data": self.changes(schema, target, depth, &filled) })
            }
            "upsert" => several(self, &mut |this| {
                let mut args = json!({
                    "create": this.row_data(schema, target, depth, &filled),
                    "update": this.changes(schema, target, depth, &filled),
                });
                if many {
                    args["where"] = this.key(schema, target);
                }
                args
            }),
            "updateMany" => {
                json!({ "where": self.filter(schema, target, 1), "data": self.changes(schema, target, 0, &filled) })
            }
            _ => self.filter(schema, target, 1),
        }
    }
}
