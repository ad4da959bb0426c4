//! Random reads.

use serde_json::{Map, json};

use super::super::schema::{Field, NUMBER, Schema, Type};
use super::{Generator, Json};

impl Generator {
    pub(super) fn read_of(&mut self, schema: &Schema, model: usize) -> (&'static str, Json) {
        let operation = self.random.pick(&[
            "findMany",
            "findMany",
            "findMany",
            "findMany",
            "findFirst",
            "findFirstOrThrow",
            "findUnique",
            "findUniqueOrThrow",
            "exists",
            "count",
            "count",
            "aggregate",
            "groupBy",
        ]);
        let mut args = Map::new();
        match operation {
            "findUnique" | "findUniqueOrThrow" => {
                args.insert("where".to_owned(), self.key(schema, model));
                self.selection(schema, model, 2, &mut args);
            }
            "exists" => self.maybe_where(schema, model, &mut args),
            "groupBy" => return (operation, self.groups(schema, model)),
            _ => {
                self.window(schema, model, 2, &mut args);
                match operation {
                    "count" => {
                        args.remove("cursor");
                        args.remove("distinct");
                        let tells_apart = if schema.models[model].hides_ids() { NUMBER } else { "id" };
                        args.insert("orderBy".to_owned(), json!({ tells_apart: "asc" }));
                        if self.random.one_in(2) {
                            let fields = self.fields(schema, model, |_| true);
                            let counted: Map<String, Json> =
                                fields.into_iter().map(|name| (name, true.into())).collect();
                            args.insert("select".to_owned(), Json::Object(counted));
                            args["select"]["_all"] = true.into();
                        }
                    }
                    "aggregate" => {
                        args.remove("distinct");
                        self.measures(schema, model, &mut args);
                    }
                    _ => {
                        if operation != "findMany" {
                            args.remove("take");
                        }
                        self.selection(schema, model, 2, &mut args);
                    }
                }
            }
        }
        (operation, Json::Object(args))
    }

    fn fields(&mut self, schema: &Schema, model: usize, which: impl Fn(&Field) -> bool) -> Vec<String> {
        let fields = schema.models[model].fields.iter().filter(|field| which(field));
        let fields: Vec<String> = fields.map(|field| field.name.clone()).collect();
        fields.into_iter().filter(|_| self.random.one_in(2)).collect()
    }

    fn maybe_where(&mut self, schema: &Schema, model: usize, args: &mut Map<String, Json>) {
        if !self.random.one_in(3) {
            args.insert("where".to_owned(), self.filter(schema, model, 2));
        }
    }

    /// Which rows, in a whole order.
    fn window(&mut self, schema: &Schema, model: usize, depth: usize, args: &mut Map<String, Json>) {
        if !self.random.one_in(3) {
            args.insert("where".to_owned(), self.filter(schema, model, depth));
        }
        if self.random.one_in(3) {
            args.insert("skip".to_owned(), self.random.below(3).into());
        }
        if self.random.one_in(2) {
            let take = i64::try_from(self.random.below(7)).unwrap() - 3;
            args.insert("take".to_owned(), take.into());
        }
        if self.random.one_in(4) {
            args.insert("cursor".to_owned(), self.place(schema, model));
        }
        let mut order: Vec<Json> = (0..self.random.below(3)).map(|_| self.order(schema, model, 1)).collect();
        // With a cursor every row has a place of its own, whatever the order says.
        if !args.contains_key("cursor") || self.random.one_in(2) {
            order.push(json!({ "id": self.direction() }));
        }
        if schema.models[model].hides_ids() {
            order.push(json!({ NUMBER: self.direction() }));
        }
        if !order.is_empty() {
            args.insert("orderBy".to_owned(), if order.len() == 1 { order.swap_remove(0) } else { order.into() });
        }
        if self.random.one_in(4) {
            let fields = self.fields(schema, model, |field| field.ty != Type::Ints);
            if !fields.is_empty() {
                args.insert("distinct".to_owned(), fields.into());
            }
        }
    }

    /// A row that a window begins at.
    fn place(&mut self, schema: &Schema, model: usize) -> Json {
        let by_number = schema.models[model].hides_ids() && self.random.one_in(2);
        json!({ if by_number { NUMBER } else { "id" }: self.id() })
    }

    fn direction(&mut self) -> Json {
        self.random.pick(&["asc", "desc"]).into()
    }

    fn sort(&mut self, field: &Field, related: bool) -> Json {
        let can_be_null = related || field.optional || field.rules.iter().any(|rule| rule.is_about("read"));
        if can_be_null && self.random.one_in(3) {
            return json!({ "sort": self.direction(), "nulls": self.random.pick(&["first", "last"]) });
        }
        self.direction()
    }

    fn order(&mut self, schema: &Schema, model: usize, depth: usize) -> Json {
        let relations = schema.models[model].relations.clone();
        if depth > 0 && !relations.is_empty() && self.random.one_in(3) {
            let relation = self.random.pick(&relations);
            if relation.many() {
                return json!({ relation.name: { "_count": self.direction() } });
            }
            return json!({ relation.name: self.order(schema, relation.target, depth - 1) });
        }
        let fields =
            schema.models[model].fields.iter().filter(|field| field.ty != Type::Ints && field.ty != Type::Kind);
        let field = self.random.pick(&fields.cloned().collect::<Vec<_>>());
        json!({ &field.name: self.sort(&field, depth == 0) })
    }

    /// `select`, `include`, `omit`.
    pub(super) fn selection(&mut self, schema: &Schema, model: usize, depth: usize, args: &mut Map<String, Json>) {
        let mut related = Map::new();
        if depth > 0 {
            for relation in &schema.models[model].relations {
                if self.random.one_in(3) {
                    let mut inner = Map::new();
                    if relation.many() {
                        self.window(schema, relation.target, 1, &mut inner);
                    }
                    self.selection(schema, relation.target, depth - 1, &mut inner);
                    let alone = inner.is_empty();
                    related.insert(relation.name.clone(), if alone { true.into() } else { Json::Object(inner) });
                }
            }
            let many: Vec<_> = schema.models[model].relations.iter().filter(|relation| relation.many()).collect();
            if !many.is_empty() && self.random.one_in(4) {
                let relation = self.random.pick(&many);
                let counted = if self.random.one_in(2) {
                    json!(true)
                } else {
                    json!({ "select": { &relation.name: { "where": self.filter(schema, relation.target, 1) } } })
                };
                related.insert("_count".to_owned(), counted);
            }
        }
        if self.random.one_in(4) {
            for field in self.fields(schema, model, |_| true) {
                related.insert(field, true.into());
            }
            related.insert("id".to_owned(), true.into());
            args.insert("select".to_owned(), Json::Object(related));
            return;
        }
        if !related.is_empty() {
            args.insert("include".to_owned(), Json::Object(related));
        }
        if self.random.one_in(6) {
            let omitted = self.fields(schema, model, |field| field.name != "id");
            args.insert("omit".to_owned(), omitted.into_iter().map(|name| (name, Json::Bool(true))).collect());
        }
    }

    fn measures(&mut self, schema: &Schema, model: usize, args: &mut Map<String, Json>) {
        let whole = |fields: Vec<String>| fields.into_iter().map(|name| (name, Json::Bool(true))).collect::<Json>();
        for word in ["_sum", "_avg", "_min", "_max"] {
            if self.random.one_in(2) {
                let numbers = word == "_sum" || word == "_avg";
                let fields =
                    self.fields(schema, model, |field| field.ty == Type::Int || !numbers && field.ty == Type::Text);
                if !fields.is_empty() {
                    args.insert(word.to_owned(), whole(fields));
                }
            }
        }
        let mut counted = self.fields(schema, model, |_| true);
        counted.push("_all".to_owned());
        args.insert("_count".to_owned(), if self.random.one_in(2) { json!(true) } else { whole(counted) });
    }

    fn groups(&mut self, schema: &Schema, model: usize) -> Json {
        let mut args = Map::new();
        self.maybe_where(schema, model, &mut args);
        let mut by = self.fields(schema, model, |field| field.ty != Type::Ints);
        by.truncate(2);
        if by.is_empty() {
            by.push(schema.models[model].fields[1].name.clone());
            if schema.models[model].fields[1].ty == Type::Ints {
                by = vec!["id".to_owned()];
            }
        }
        self.measures(schema, model, &mut args);
        let mut order: Vec<Json> = Vec::new();
        if self.random.one_in(2) {
            let word = self.random.pick(&["_count", "_sum", "_min", "_max"]);
            let field = self.int(schema, model);
            order.push(json!({ word: { field: self.direction() } }));
        }
        // Enums are ordered by name here and by their place there.
        order.extend(by.iter().map(|field| json!({ field: self.direction() })));
        if self.random.one_in(2) {
            args.insert("having".to_owned(), self.having(schema, model, &by, 2));
        }
        if self.random.one_in(3) {
            args.insert("skip".to_owned(), self.random.below(2).into());
        }
        if self.random.one_in(3) {
            args.insert("take".to_owned(), (i64::try_from(self.random.below(5)).unwrap() - 2).into());
        }
        args.insert("by".to_owned(), by.into());
        args.insert("orderBy".to_owned(), order.into());
        Json::Object(args)
    }

    fn int(&mut self, schema: &Schema, model: usize) -> String {
        let ints = schema.models[model].fields.iter().filter(|field| field.ty == Type::Int);
        self.random.pick(&ints.map(|field| field.name.clone()).collect::<Vec<_>>())
    }

    fn having(&mut self, schema: &Schema, model: usize, by: &[String], depth: usize) -> Json {
        match self.random.below(if depth == 0 { 2 } else { 5 }) {
            0 => {
                let field = self.random.pick(by);
                let described = schema.models[model].field(&field).unwrap().clone();
                json!({ field: self.condition(&described) })
            }
            1 => {
                let word = self.random.pick(&["_count", "_sum", "_avg", "_min", "_max"]);
                let op = self.random.pick(&["lt", "lte", "gt", "gte"]);
                let asked = json!({ word: { op: self.number() } });
                json!({ self.int(schema, model): asked })
            }
            2 => json!({ "NOT": self.having(schema, model, by, depth - 1) }),
            word => {
                let several: Vec<Json> = (0..2).map(|_| self.having(schema, model, by, depth - 1)).collect();
                json!({ if word == 3 { "AND" } else { "OR" }: several })
            }
        }
    }

    /// Which rows of a model.
    pub(super) fn filter(&mut self, schema: &Schema, model: usize, depth: usize) -> Json {
        let described = &schema.models[model];
        match self.random.below(if depth == 0 { 4 } else { 9 }) {
            4 => {
                let word = self.random.pick(&["AND", "OR"]);
                json!({ word: (0..self.random.below(3)).map(|_| self.filter(schema, model, depth - 1)).collect::<Vec<_>>() })
            }
            5 => json!({ "NOT": self.filter(schema, model, depth - 1) }),
            6..=8 if !described.relations.is_empty() => {
                let relation = self.random.pick(&described.relations);
                let inner = self.filter(schema, relation.target, depth - 1);
                if relation.many() {
                    return json!({ relation.name: { self.random.pick(&["some", "every", "none"]): inner } });
                }
                let optional = relation.key().is_none_or(|key| described.field(key).unwrap().optional);
                match self.random.below(if optional { 6 } else { 3 }) {
                    0 => json!({ relation.name: inner }),
                    1 => json!({ relation.name: { "is": inner } }),
                    2 => json!({ relation.name: { "isNot": inner } }),
                    3 => json!({ relation.name: null }),
                    4 => json!({ relation.name: { "is": null } }),
                    _ => json!({ relation.name: { "isNot": null } }),
                }
            }
            _ => {
                let field = self.random.pick(&described.fields);
                json!({ &field.name: self.condition(&field) })
            }
        }
    }

    /// What is asked of a field.
    fn condition(&mut self, field: &Field) -> Json {
        if field.optional && self.random.one_in(5) {
            return if self.random.one_in(2) { Json::Null } else { json!({ "not": null }) };
        }
        let one = |this: &mut Self| if field.name == "id" || field.unique { this.id() } else { this.of_type(field.ty) };
        let some = |this: &mut Self| (0..this.random.below(3)).map(|_| one(this)).collect::<Json>();
        match field.ty {
            Type::Ints => match self.random.below(5) {
                0 => json!({ "has": self.number() }),
                1 => json!({ "hasSome": self.ints() }),
                2 => json!({ "hasEvery": self.ints() }),
                3 => json!({ "isEmpty": self.random.one_in(2) }),
                _ => json!({ "equals": self.ints() }),
            },
            Type::Flag => match self.random.below(3) {
                0 => one(self),
                1 => json!({ "equals": one(self) }),
                _ => json!({ "not": one(self) }),
            },
            ty => {
                let operators = if ty == Type::Kind { 5 } else { 8 };
                match self.random.below(operators) {
                    0 => one(self),
                    1 => json!({ "equals": one(self) }),
                    2 => json!({ "not": one(self) }),
                    3 => json!({ "in": some(self) }),
                    4 => json!({ "notIn": some(self) }),
                    5 if ty == Type::Text => {
                        let operator = self.random.pick(&["contains", "startsWith", "endsWith", "equals"]);
                        let mode = self.random.pick(&["default", "insensitive"]);
                        json!({ operator: self.text(), "mode": mode })
                    }
                    5 => json!({ "between": [one(self), one(self)] }),
                    6 => json!({ "not": { self.random.pick(&["lt", "gte"]): one(self) } }),
                    _ => json!({ self.random.pick(&["lt", "lte", "gt", "gte"]): one(self) }),
                }
            }
        }
    }
}
