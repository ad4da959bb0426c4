//! Writes along relations.

use super::super::read::LINKED;
use super::{End, Failure, Json, REAL, Relation, Result, Row, Seen, Which, Writer, is_empty, json, list};

impl<'a> Writer<'a> {
    /// Changes a row that the caller can see, and does what is to be done along its relations.
    pub(super) fn update_seen(&mut self, model: usize, row: &Row, data: &Json) -> Result<i64> {
        let id = row[REAL].as_i64().unwrap();
        let (first, later) = self.split(model, data);
        let mut keys = Vec::new();
        let mut unreferred = Vec::new();
        for (relation, verb, args) in first {
            self.owned(relation, row, verb, args, &mut keys, &mut unreferred)?;
        }
        if !keys.is_empty() || !self.has_no_values(model, data) {
            self.change_one(model, &Which::id(id), data, &keys)?;
        }
        for (target, there) in unreferred {
            self.delete_one(target, &Which::id(there))?;
        }
        self.along(model, id, later)?;
        Ok(id)
    }

    fn missing(&self, model: usize) -> Failure {
        Failure::missing(&self.schema.models[model].name)
    }

    fn change_one(&mut self, model: usize, which: &Which, data: &Json, given: &[(String, Json)]) -> Result<()> {
        if self.change(model, which, data, given)?.is_empty() { Err(self.missing(model)) } else { Ok(()) }
    }

    fn delete_one(&mut self, model: usize, which: &Which) -> Result<()> {
        if self.delete(model, which)? == 0 { Err(self.missing(model)) } else { Ok(()) }
    }

    fn update_or_look(&mut self, model: usize, which: &Which, data: &Json) -> Result<()> {
        let found = if is_empty(data) {
            self.visible(model, which).is_some()
        } else {
            self.update(model, which, data)?.is_some()
        };
        if found { Ok(()) } else { Err(self.missing(model)) }
    }

    /// Along a relation whose key is in the row itself.
    fn owned(
        &mut self,
        relation: &'a Relation,
        row: &Row,
        verb: &str,
        args: &Json,
        keys: &mut Vec<(String, Json)>,
        unreferred: &mut Vec<(usize, i64)>,
    ) -> Result<()> {
        let (key, target) = (relation.key().unwrap().to_owned(), relation.target);
        let none = if row[&key].is_null() { json!({ "OR": [] }) } else { json!({ "id": row[&key] }) };
        let there = Which::new(&none);
        // `true` is any row, and the data can stand alone.
        let filter = |args: &Json| if *args == true { json!({}) } else { args.clone() };
        let wrapped = args.get("data").is_some();
        let which = |args: &Json| there.and(args.get("where").unwrap_or(&Json::Null));
        match verb {
            "create" => keys.push((key, self.create(target, args, &[])?.into())),
            "connect" => keys.push((key, self.target(target, args)?.into())),
            "connectOrCreate" => keys.push((key, self.found_or_new(target, args)?.into())),
            "disconnect" => {
                if self.visible(target, &there.and(&filter(args))).is_some() {
                    keys.push((key, Json::Null));
                }
            }
            "update" if wrapped => self.update_or_look(target, &which(args), &args["data"])?,
            "update" => self.update_or_look(target, &there, args)?,
            "upsert" => {
                let (there, found) = if row[&key].is_null() {
                    (self.create(target, &args["create"], &[])?, false)
                } else {
                    self.upsert(target, &which(args), &args["create"], &args["update"], &[])?
                };
                if !found {
                    keys.push((key, there.into()));
                }
            }
            _ => {
                let row = self.visible(target, &there.and(&filter(args))).ok_or_else(|| self.missing(target))?;
                if !self.schema.models[target].soft {
                    keys.push((key, Json::Null));
                }
                unreferred.push((target, row[REAL].as_i64().unwrap()));
            }
        }
        Ok(())
    }

    /// What is done at the other ends, once the row is there. As with [`Writer::insert_all`], several rows that are created
    /// there can be in one statement.
    pub(super) fn along(&mut self, model: usize, id: i64, writes: Vec<(&'a Relation, &str, &Json)>) -> Result<()> {
        let mut at_once = Vec::new();
        for relation in &self.schema.models[model].relations {
            let plain = |(of, verb, args): &&(&Relation, &str, &Json)| {
                of.name == relation.name && *verb == "create" && self.nested(of.target, args).is_empty()
            };
            let rows: Vec<&Json> = writes.iter().filter(plain).map(|(_, _, args)| *args).collect();
            if let (End::Referring(key, _), 2..) = (&relation.end, rows.len()) {
                let start = self.world.clone();
                let made = self.insert_at_once(relation.target, &rows, &[(key.clone(), id.into())], false);
                self.world = start;
                at_once.push(made.map_err(|failure| failure.kind).err());
            }
        }
        let one_by_one = self.along_each(model, id, writes);
        let kind = one_by_one.as_ref().map_err(|failure| failure.kind).err();
        self.either |= at_once.iter().any(|made| made.is_some() && *made != kind);
        one_by_one
    }

    fn along_each(&mut self, model: usize, id: i64, writes: Vec<(&'a Relation, &str, &Json)>) -> Result<()> {
        for (relation, verb, args) in writes {
            match &relation.end {
                End::Key(..) => panic!("the row refers to it"),
                End::Referring(key, many) => self.referring(relation, key, *many, id, verb, args)?,
                End::Linked(table, first) => self.through(model, relation, (*table, *first), id, verb, args)?,
            }
        }
        Ok(())
    }

    /// Along a relation whose key is in the rows at the other end.
    fn referring(
        &mut self,
        relation: &Relation,
        key: &str,
        many: bool,
        id: i64,
        verb: &str,
        args: &Json,
    ) -> Result<()> {
        let target = relation.target;
        let given = [(key.to_owned(), Json::from(id))];
        let here = Which(vec![json!({ key: id })]);
        let filter = |args: &Json| if *args == true { json!({}) } else { args.clone() };
        let which = |args: &Json| here.and(args.get("where").unwrap_or(&Json::Null));
        match verb {
            "create" => self.create(target, args, &given).map(drop),
            "createMany" => {
                let skip = args.get("skipDuplicates").is_some_and(|skip| *skip == true);
                self.insert_all(target, &list(&args["data"]), &given, skip).map(drop)
            }
            "connect" => self.refer(target, key, many, id, args),
            "connectOrCreate" => match self.visible(target, &Which::new(&args["where"])) {
                Some(_) => self.refer(target, key, many, id, &args["where"]),
                None => self.create(target, &args["create"], &given).map(drop),
            },
            "disconnect" => self.let_go(target, key, &here.and(&filter(args))),
            "set" => {
                self.let_go(target, key, &here.and(&json!({ "NOT": { "OR": list(args) } })))?;
                list(args).into_iter().try_for_each(|wanted| self.refer(target, key, many, id, wanted))
            }
            "update" if many || args.get("data").is_some() => self.update_or_look(target, &which(args), &args["data"]),
            "update" => self.update_or_look(target, &here, args),
            "upsert" => self.upsert(target, &which(args), &args["create"], &args["update"], &given).map(drop),
            "updateMany" => self.change(target, &which(args), &args["data"], &[]).map(drop),
            "delete" => self.delete_one(target, &here.and(&filter(args))),
            _ => self.delete(target, &here.and(args)).map(drop),
        }
    }

    /// Makes a row at the other end refer to this one.
    fn refer(&mut self, target: usize, key: &str, many: bool, id: i64, wanted: &Json) -> Result<()> {
        let there = self.target(target, wanted)?;
        let optional = self.schema.models[target].field(key).unwrap().optional;
        if !many && optional {
            // There is place for one: whoever has it makes way, if the rules let him.
            let holder = Which(vec![json!({ key: id }), json!({ "NOT": { REAL: there } })]);
            self.change(target, &holder, &json!({}), &[(key.to_owned(), Json::Null)])?;
        }
        self.change_one(target, &Which::id(there), &json!({}), &[(key.to_owned(), id.into())])
    }

    /// Makes rows at the other end refer to nothing. Those that the caller can see and may not change refuse it.
    fn let_go(&mut self, target: usize, key: &str, which: &Which) -> Result<()> {
        if self.visible(target, which).is_none() {
            return Ok(());
        }
        if !self.schema.models[target].field(key).unwrap().optional {
            return Err(Failure { kind: "invalid-input", reason: None, model: None });
        }
        self.change(target, which, &json!({}), &[(key.to_owned(), Json::Null)])?;
        match self.visible(target, which) {
            None => Ok(()),
            Some(_) => Err(Failure::denied(&self.schema.models[target].name)),
        }
    }

    /// Along a relation that is kept in a table of links.
    fn through(
        &mut self,
        model: usize,
        relation: &Relation,
        table: (usize, bool),
        id: i64,
        verb: &str,
        args: &Json,
    ) -> Result<()> {
        let target = relation.target;
        let here = Which(vec![json!({ LINKED: [model, table.0, table.1, id] })]);
        let which = |args: &Json| here.and(args.get("where").unwrap_or(&Json::Null));
        let link = |this: &mut Self, there: i64, on: bool| this.link(model, relation, table, (id, there), on);
        match verb {
            "create" => {
                let there = self.create(target, args, &[])?;
                link(self, there, true)
            }
            "connect" => {
                let there = self.target(target, args)?;
                link(self, there, true)
            }
            "connectOrCreate" => {
                let there = self.found_or_new(target, args)?;
                link(self, there, true)
            }
            "disconnect" => {
                while let Some(there) = self.visible(target, &here.and(args)) {
                    link(self, there[REAL].as_i64().unwrap(), false)?;
                }
                Ok(())
            }
            "set" => {
                let others = here.and(&json!({ "NOT": { "OR": list(args) } }));
                while let Some(there) = self.visible(target, &others) {
                    link(self, there[REAL].as_i64().unwrap(), false)?;
                }
                for wanted in list(args) {
                    let there = self.target(target, wanted)?;
                    link(self, there, true)?;
                }
                Ok(())
            }
            "update" => {
                let row = self.visible(target, &which(args)).ok_or_else(|| self.missing(target))?;
                self.update_or_look(target, &Which::id(row[REAL].as_i64().unwrap()), &args["data"])
            }
            "upsert" => {
                if let Some(row) = self.visible(target, &which(args)) {
                    return self.update_or_look(target, &Which::id(row[REAL].as_i64().unwrap()), &args["update"]);
                }
                let there = self.create(target, &args["create"], &[])?;
                link(self, there, true)
            }
            "updateMany" => self.change(target, &which(args), &args["data"], &[]).map(drop),
            "delete" => self.delete_one(target, &here.and(args)),
            _ => self.delete(target, &here.and(args)).map(drop),
        }
    }

    /// Makes a link or takes it away. Both ends must be rows that the caller may update.
    fn link(
        &mut self,
        model: usize,
        relation: &Relation,
        (table, first): (usize, bool),
        (here, there): (i64, i64),
        on: bool,
    ) -> Result<()> {
        for (model, id) in [(model, here), (relation.target, there)] {
            let row = self.world.in_sight(self.schema, model, self.all).into_iter().find(|(it, _)| *it == id);
            let row = row.map(|(_, row)| row);
            if !row.is_some_and(|row| self.scene().allows("update", Seen::Row(model, row))) {
                return Err(Failure::denied(&self.schema.models[model].name));
            }
        }
        let link = if first { (here, there) } else { (there, here) };
        if on {
            self.world.links[table].insert(link)
        } else {
            self.world.links[table].remove(&link)
        };
        Ok(())
    }
}
