//! Random rules that the compiler accepts.

use super::super::rule::{Is, Path, Rule, Value};
use super::super::schema::{Field, NUMBER, Schema, Type};
use super::{Generator, creates};

/// What is in sight where a condition stands.
struct Sight<'s> {
    schema: &'s Schema,
    /// The models of the rows in sight; none for what the caller brings.
    frames: Vec<Option<usize>>,
    /// The outermost row may be one that is not there yet.
    new_row: bool,
    before: bool,
    checks: bool,
}

impl Generator {
    pub(super) fn add_rules(&mut self, schema: &mut Schema, at: usize) {
        let operations =
            ["all", "read", "read", "create", "update", "delete", "read,update", "create,delete", "update,delete"];
        let mut rules = Vec::new();
        let inherits = schema.models[at].base.is_some();
        // Without rules nobody may do anything; so much is allowed, and then some of it is not.
        for _ in 0..if inherits { self.random.below(2) } else { 2 + self.random.below(3) } {
            let operations = self.random.pick(&operations);
            rules.push(self.rule(schema, at, operations, true));
        }
        for operation in ["read", "create", "update", "delete"] {
            if self.random.one_in(2) {
                rules.push(Rule { allow: true, operations: operation.to_owned(), is: Is::Constant(true) });
            }
        }
        for _ in 0..self.random.below(2) {
            let operations = self.random.pick(&operations);
            rules.push(self.rule(schema, at, operations, false));
        }
        if self.random.one_in(3) {
            let allow = self.random.one_in(2);
            rules.push(self.rule(schema, at, "post-update", allow));
        }
        schema.models[at].rules = rules;
        let inherited = schema.models[at].base.map_or(0, |base| schema.models[base].fields.len());
        // The rules of what is inherited are inherited too.
        for field in 0..inherited {
            let base = schema.models[at].base.unwrap();
            schema.models[at].fields[field].rules = schema.models[base].fields[field].rules.clone();
        }
        for field in inherited..schema.models[at].fields.len() {
            let described = &schema.models[at].fields[field];
            let (ruled, operations): (bool, &[&str]) = match &*described.name {
                "id" => (schema.models[at].hides_ids(), &["read"]),
                NUMBER => (self.random.one_in(5), &["update"]),
                _ => (!described.tag && self.random.one_in(5), &["read", "read", "update", "all"]),
            };
            if ruled {
                let count = 1 + self.random.below(2);
                let rules = (0..count).map(|_| {
                    let operations = self.random.pick(operations);
                    let allow = !self.random.one_in(3);
                    self.rule(schema, at, operations, allow)
                });
                schema.models[at].fields[field].rules = rules.collect();
            }
        }
    }

    pub(super) fn rule(&mut self, schema: &Schema, at: usize, operations: &str, allow: bool) -> Rule {
        let depth = self.random.below(3);
        let mut sight = Sight {
            schema,
            frames: vec![Some(at)],
            new_row: creates(operations),
            before: operations == "post-update",
            checks: operations == "read",
        };
        Rule { allow, operations: operations.to_owned(), is: self.is(&mut sight, depth) }
    }

    /// A row in sight, and what is reached from it along relations to one row.
    fn path(&mut self, sight: &Sight<'_>) -> (Path, usize) {
        let rows: Vec<usize> = (0..sight.frames.len()).filter(|at| sight.frames[*at].is_some()).collect();
        let frame = self.random.pick(&rows);
        let mut model = sight.frames[frame].unwrap();
        let mut through = Vec::new();
        while self.random.one_in(3) && through.len() < 2 {
            let new_row = sight.new_row && frame == 0 && through.is_empty();
            let ones: Vec<(String, usize)> = sight.schema.models[model]
                .relations
                .iter()
                .filter(|relation| if new_row { relation.key().is_some() } else { !relation.many() })
                .map(|relation| (relation.name.clone(), relation.target))
                .collect();
            if ones.is_empty() {
                break;
            }
            let (name, target) = self.random.pick(&ones);
            through.push(name);
            model = target;
        }
        (Path { frame, through }, model)
    }

    fn field(&mut self, sight: &Sight<'_>, ty: Type) -> Option<Value> {
        let (path, model) = self.path(sight);
        let fields: Vec<&Field> = sight.schema.models[model].fields.iter().filter(|field| field.ty == ty).collect();
        if fields.is_empty() {
            return None;
        }
        let field = self.random.pick(&fields).name.clone();
        Some(Value::Field(path, field))
    }

    fn before(&mut self, sight: &Sight<'_>, ty: Type) -> Option<Value> {
        if !sight.before || !self.random.one_in(2) {
            return None;
        }
        let fields = sight.schema.models[sight.frames[0].unwrap()].fields.iter();
        let fields: Vec<String> = fields.filter(|field| field.ty == ty).map(|field| field.name.clone()).collect();
        if fields.is_empty() { None } else { Some(Value::Before(self.random.pick(&fields))) }
    }

    /// A member of an element that the caller brings.
    fn item(&mut self, sight: &Sight<'_>, name: &'static str) -> Option<Value> {
        let items: Vec<usize> = (0..sight.frames.len()).filter(|at| sight.frames[*at].is_none()).collect();
        if items.is_empty() || self.random.one_in(3) { None } else { Some(Value::Item(self.random.pick(&items), name)) }
    }

    /// A value of a type.
    fn operand(&mut self, sight: &Sight<'_>, ty: Type) -> Value {
        let member = match ty {
            Type::Int => "a",
            Type::Text => "s",
            Type::Flag => "f",
            Type::Kind => "k",
            Type::Ints => "l",
        };
        if matches!(ty, Type::Int | Type::Text | Type::Flag)
            && let Some(item) = self.item(sight, member)
        {
            return item;
        }
        if let Some(before) = self.before(sight, ty) {
            return before;
        }
        match self.random.below(5) {
            0 if ty != Type::Ints => Value::Literal(self.of_type(ty)),
            1 => Value::Caller(if ty == Type::Int { self.random.pick(&["a", "id"]) } else { member }),
            _ => self.field(sight, ty).unwrap_or(Value::Caller(member)),
        }
    }

    fn is(&mut self, sight: &mut Sight<'_>, depth: usize) -> Is {
        let kinds = if depth == 0 { 13 } else { 21 };
        match self.random.below(kinds) {
            0 if self.random.one_in(3) => Is::Constant(self.random.one_in(2)),
            0 | 1 => Is::Holds(self.operand_no_literal(sight, Type::Flag)),
            2 if self.random.one_in(3) => Is::NoItems,
            2 => Is::Anonymous(self.random.one_in(2)),
            3 | 4 => {
                let op = self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                Is::Compare(self.operand(sight, Type::Int), op, self.operand(sight, Type::Int))
            }
            5 => {
                let ty = self.random.pick(&[Type::Text, Type::Flag, Type::Kind]);
                let op = self.random.pick(&["==", "!="]);
                Is::Compare(self.operand_no_literal(sight, ty), op, self.operand(sight, ty))
            }
            6 => {
                let list = (0..self.random.below(3)).map(|_| self.operand(sight, Type::Int)).collect();
                Is::In(self.operand(sight, Type::Int), list)
            }
            7 => Is::InList(self.operand(sight, Type::Int), self.operand(sight, Type::Ints)),
            8 => match self.random.below(3) {
                0 => Is::Empty(self.operand(sight, Type::Ints)),
                _ => {
                    let list = (0..self.random.below(3)).map(|_| self.operand(sight, Type::Int)).collect();
                    Is::Share(self.random.one_in(2), self.operand(sight, Type::Ints), list)
                }
            },
            9 => {
                let function = self.random.pick(&["contains", "startsWith", "endsWith"]);
                let ignore_case = self.random.one_in(2);
                Is::Text(function, self.operand(sight, Type::Text), self.operand(sight, Type::Text), ignore_case)
            }
            10 => {
                let ty = self.random.pick(&[Type::Int, Type::Text, Type::Flag, Type::Kind]);
                let value = match self.operand_no_literal(sight, ty) {
                    // That something required is null is refused.
                    Value::Field(path, name) if !is_optional(sight, &path, &name) => Value::Caller("a"),
                    Value::Before(name)
                        if sight.schema.models[sight.frames[0].unwrap()]
                            .field(&name)
                            .is_some_and(|it| !it.optional) =>
                    {
                        Value::Caller("a")
                    }
                    Value::Caller("id") => Value::Caller("a"),
                    other => other,
                };
                Is::Null(value, self.random.one_in(2))
            }
            11 | 12 => {
                let (mut path, _) = self.path(sight);
                if path.through.is_empty() {
                    let new_row = sight.new_row && path.frame == 0;
                    let relations = &sight.schema.models[sight.frames[path.frame].unwrap()].relations;
                    let ones = relations.iter().filter(|it| if new_row { it.key().is_some() } else { !it.many() });
                    let ones: Vec<String> = ones.map(|relation| relation.name.clone()).collect();
                    if ones.is_empty() {
                        return Is::Anonymous(self.random.one_in(2));
                    }
                    path.through.push(self.random.pick(&ones));
                }
                if sight.checks && sight.frames.len() == 1 && path.through.len() == 1 && self.random.one_in(2) {
                    return Is::Check(path, self.random.pick(&["update", "delete"]));
                }
                Is::Missing(path, self.random.one_in(2))
            }
            13 => Is::Not(Box::new(self.is(sight, depth - 1))),
            14 => Is::And(self.several(sight, depth)),
            15 => Is::Or(self.several(sight, depth)),
            16 => {
                let quantifier = self.random.pick(&['?', '!', '^']);
                sight.frames.push(None);
                let inner = self.is(sight, depth - 1);
                sight.frames.pop();
                Is::Items(quantifier, Box::new(inner))
            }
            _ => self.rows(sight, depth),
        }
    }

    /// A predicate over the rows of a relation to many.
    fn rows(&mut self, sight: &mut Sight<'_>, depth: usize) -> Is {
        let (path, model) = self.path(sight);
        let new_row = sight.new_row && path.frame == 0 && path.through.is_empty();
        let many = sight.schema.models[model].relations.iter().filter(|relation| relation.many() && !new_row);
        let many: Vec<(String, usize)> = many.map(|relation| (relation.name.clone(), relation.target)).collect();
        if many.is_empty() {
            return self.is(sight, 0);
        }
        let (relation, target) = self.random.pick(&many);
        let quantifier = self.random.pick(&['?', '!', '^']);
        sight.frames.push(Some(target));
        let inner = self.is(sight, depth - 1);
        sight.frames.pop();
        Is::Rows(quantifier, path, relation, Box::new(inner))
    }

    fn several(&mut self, sight: &mut Sight<'_>, depth: usize) -> Vec<Is> {
        (0..2 + self.random.below(2)).map(|_| self.is(sight, depth - 1)).collect()
    }

    fn operand_no_literal(&mut self, sight: &Sight<'_>, ty: Type) -> Value {
        match self.operand(sight, ty) {
            Value::Literal(_) if ty == Type::Kind => Value::Caller("k"),
            Value::Literal(_) => Value::Caller(match ty {
                Type::Int => "a",
                Type::Text => "s",
                _ => "f",
            }),
            other => other,
        }
    }
}

/// Whether a field at the end of a path can be null; the compiler refuses to ask it of others.
fn is_optional(sight: &Sight<'_>, path: &Path, name: &str) -> bool {
    let models = &sight.schema.models;
    let start = sight.frames[path.frame].unwrap();
    let end = path.through.iter().fold(start, |at, relation| models[at].relation(relation).unwrap().target);
    models[end].field(name).unwrap().optional
}
