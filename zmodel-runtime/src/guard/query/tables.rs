//! Tables for an empty or a throw-away database.

mod types;

pub(super) use types::list_type;

use std::collections::BTreeSet;

use sea_query::{
    Alias as Iden, ColumnDef, Expr, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index as Indexes,
    PostgresQueryBuilder, SchemaStatementBuilder, SqliteQueryBuilder, Table, TableRef,
};

use crate::error::{Error, Result};
use crate::schema::{
    Base, Default, Enum, Field, FieldId, Index, Model, Provider, ReferentialAction, Relation, RelationMode, Schema,
    Text,
};

/// The statements that make every table of `schema` that is not there yet, and its indexes.
pub(crate) fn create_tables(schema: &Schema, provider: Provider) -> Result<Vec<String>> {
    let mut tables = Tables { schema, provider, statements: Vec::new(), keys: Vec::new() };
    match provider {
        Provider::Sqlite => tables.all()?,
        Provider::Postgresql => {
            // Whoever does the same at the same time waits.
            tables.statements.push("SELECT pg_advisory_xact_lock(8241996524)".to_owned());
            tables.schemas();
            tables.extensions();
            tables.enums();
            tables.all()?;
        }
        Provider::Mysql => return Err(Error::invalid("tables can be made for SQLite and PostgreSQL")),
    }
    tables.statements.append(&mut tables.keys);
    Ok(tables.statements)
}

struct Tables<'a> {
    schema: &'a Schema,
    provider: Provider,
    statements: Vec<String>,
    /// Foreign keys that are made when all tables are there, since tables can refer to each other in a circle. SQLite
    /// takes a foreign key to a table that comes later.
    keys: Vec<String>,
}

impl Tables<'_> {
    fn all(&mut self) -> Result<()> {
        let schema = self.schema;
        for model in schema.models.iter().filter(|model| !model.view) {
            self.table(model)?;
            for unique in model.uniques.iter().filter(|unique| is_own(model, &unique.fields)) {
                self.index(model, unique, true)?;
            }
            for plain in model.indexes.iter().filter(|plain| is_own(model, &plain.fields)) {
                self.index(model, plain, false)?;
            }
            for key in foreign_keys(model) {
                self.index(model, &key, false)?;
            }
        }
        for model in schema.models.iter() {
            // Both ends describe the table between them; one of them makes it.
            for relation in
                model.relations.iter().filter(|relation| relation.link.as_ref().is_some_and(|link| link.here == "A"))
            {
                self.link(model, relation)?;
            }
        }
        Ok(())
    }

    /// The schemas that something is in.
    fn schemas(&mut self) {
        let models = self.schema.models.iter();
        let tables = models.flat_map(|model| {
            let links = model.relations.iter().filter_map(|relation| relation.link.as_ref());
            std::iter::once(&model.table).chain(links.map(|link| &link.table))
        });
        let enums = self.schema.enums.iter().filter_map(|described| described.schema.as_ref());
        let names: BTreeSet<&Text> = tables.filter_map(|table| table.schema.as_ref()).chain(enums).collect();
        for name in names {
            // Who may not make one is refused also where it is there, so that is asked first.
            let there = format!("SELECT FROM pg_catalog.pg_namespace WHERE nspname = {}", literal(name));
            let create = format!("CREATE SCHEMA {}", quoted(name));
            self.statements.push(block(&format!("IF NOT EXISTS ({there}) THEN {create}; END IF")));
        }
    }

    /// What fuzzy searches and texts without capitals need. `unaccent` is for those searches alone that ask for it.
    fn extensions(&mut self) {
        let fields = || self.schema.models.iter().flat_map(|model| model.fields.iter());
        let is_citext = |native: &Text| native.eq_ignore_ascii_case("citext");
        let needed = |attribute: &str, name: &str| {
            let failed = format!("`{attribute}` needs the extension `{name}`, which cannot be made here: %");
            block(&format!(
                "CREATE EXTENSION IF NOT EXISTS {name}; \
                 EXCEPTION WHEN OTHERS THEN RAISE EXCEPTION '{failed}', SQLERRM"
            ))
        };
        let fuzzy = fields().any(|field| field.fuzzy);
        if self.schema.provider == Provider::Postgresql
            && fields().any(|field| field.native.as_ref().is_some_and(is_citext))
        {
            self.statements.push(needed("@db.Citext", "citext"));
        }
        if fuzzy {
            self.statements.push(needed("@fuzzy", "pg_trgm"));
            let unaccent = "CREATE EXTENSION IF NOT EXISTS unaccent; EXCEPTION WHEN OTHERS THEN NULL";
            self.statements.push(block(unaccent));
        }
    }

    /// PostgreSQL keeps enums as types of their own.
    fn enums(&mut self) {
        for described in self.schema.enums.iter() {
            let members: Vec<String> = described.members.iter().map(|member| literal(&member.stored)).collect();
            let create = format!("CREATE TYPE {} AS ENUM ({})", type_name(described), members.join(", "));
            self.statements.push(unless_there(&create));
        }
    }

    fn push(&mut self, statement: &impl SchemaStatementBuilder) {
        let text = self.text(statement);
        self.statements.push(text);
    }

    fn text(&self, statement: &impl SchemaStatementBuilder) -> String {
        match self.provider {
            Provider::Postgresql => statement.to_string(PostgresQueryBuilder),
            Provider::Sqlite | Provider::Mysql => statement.to_string(SqliteQueryBuilder),
        }
    }

    /// The table between two models that have many of each other, as Prisma makes it.
    fn link(&mut self, model: &Model, relation: &Relation) -> Result<()> {
        let (Some(link), Some((near, far))) = (&relation.link, relation.on.first()) else {
            return Err(crate::schema::Broken.into());
        };
        let target = self.schema.model(relation.target)?;
        let name_of_link = || link.table.reference();
        let mut table = Table::create();
        table.table(name_of_link()).if_not_exists();
        let mut key = Indexes::create();
        let mut keys = Vec::with_capacity(2);
        for (column, model, field) in [(&link.here, model, near), (&link.there, target, far)] {
            let field = model.field(*field)?;
            let mut cell = ColumnDef::new(iden(column));
            cell.custom(Iden::new(self.column_type(field)?)).not_null();
            table.col(&mut cell);
            key.col(iden(column));
            let mut foreign = ForeignKey::create();
            foreign
                .name(within(&format!("{}_{column}_fkey", link.table.name)))
                .from_tbl(name_of_link())
                .to_tbl(name(model));
            foreign.from_col(iden(column)).to_col(iden(&field.column));
            foreign.on_delete(ForeignKeyAction::Cascade).on_update(ForeignKeyAction::Cascade);
            keys.push(foreign);
        }
        table.primary_key(&mut key);
        self.finish(&mut table, keys);
        let mut index = Indexes::create();
        index.if_not_exists().name(within(&format!("{}_B_index", link.table.name))).table(name_of_link());
        index.col(iden(&link.there));
        self.push(&index);
        Ok(())
    }

    /// A table with its foreign keys, now or when all tables are there; without them where the engine keeps the references.
    fn finish(&mut self, table: &mut sea_query::TableCreateStatement, mut keys: Vec<ForeignKeyCreateStatement>) {
        if self.schema.relation_mode == RelationMode::Prisma {
            keys.clear();
        }
        for mut key in keys {
            if self.provider == Provider::Postgresql {
                self.keys.push(unless_there(&key.to_string(PostgresQueryBuilder)));
            } else {
                table.foreign_key(&mut key);
            }
        }
        self.push(table);
    }

    fn table(&mut self, model: &Model) -> Result<()> {
        let mut table = Table::create();
        table.table(name(model)).if_not_exists();
        let mut primary_key = Some(Indexes::create());
        let own = (0..).map(FieldId).zip(model.fields.iter());
        // The id is in the table of the delegate and in this one.
        let here =
            |(id, field): &(FieldId, &Field)| !field.computed && (field.inherited.is_none() || model.id.contains(id));
        for (_, field) in own.filter(here) {
            let mut column = ColumnDef::new(iden(&field.column));
            column.custom(Iden::new(self.column_type(field)?));
            if !field.optional {
                column.not_null();
            }
            match &field.default {
                Some(Default::AutoIncrement) if field.inherited.is_none() => match self.provider {
                    Provider::Postgresql => {
                        column = ColumnDef::new(iden(&field.column));
                        column.custom(Iden::new(types::counter(field))).not_null();
                    }
                    // SQLite counts only in a primary key, and says so in the column itself.
                    Provider::Sqlite | Provider::Mysql => {
                        column = ColumnDef::new(iden(&field.column));
                        column.integer().not_null().auto_increment().primary_key();
                        primary_key = None;
                    }
                },
                Some(Default::Database(expression)) if !expression.is_empty() => {
                    column.default(Expr::cust(format!("({expression})")));
                }
                _ => {}
            }
            table.col(&mut column);
        }
        if let Some(mut key) = primary_key {
            for field in model.id.iter() {
                key.col(iden(&model.field(*field)?.column));
            }
            table.primary_key(&mut key);
        }
        let mut keys = Vec::new();
        if let Some(base) = &model.base {
            keys.push(part_of(self.schema, model, base)?);
        }
        for relation in owners(model) {
            keys.push(foreign_key(self.schema, model, relation)?);
        }
        self.finish(&mut table, keys);
        Ok(())
    }

    fn index(&mut self, model: &Model, index: &Index, unique: bool) -> Result<()> {
        let mut statement = Indexes::create();
        statement.if_not_exists().name(within(&index.name)).table(name(model));
        for field in index.fields.iter() {
            statement.col(iden(&model.field(*field)?.column));
        }
        if unique {
            statement.unique();
        }
        self.push(&statement);
        Ok(())
    }

    fn column_type(&self, field: &Field) -> Result<Text> {
        match self.provider {
            Provider::Postgresql => types::postgres(self.schema, field),
            Provider::Sqlite | Provider::Mysql => Ok(types::sqlite(field)),
        }
    }
}

/// A statement of PostgreSQL that does nothing if what it makes is there already.
fn unless_there(create: &str) -> String {
    block(&format!("{create}; EXCEPTION WHEN duplicate_object THEN NULL"))
}

/// Statements of PostgreSQL that are one.
fn block(statements: &str) -> String {
    let mut tag = "$zmodel$".to_owned();
    while statements.contains(&tag) {
        tag.insert(1, 'z');
    }
    format!("DO {tag} BEGIN {statements}; END {tag}")
}

/// The type that PostgreSQL has for an enum.
fn type_name(described: &Enum) -> String {
    let schema = described.schema.as_ref().map(|schema| quoted(schema) + ".").unwrap_or_default();
    schema + &quoted(&described.database)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", within(name))
}

/// A name within quotes; those of indexes and foreign keys are written as they are given.
fn within(name: &str) -> String {
    name.replace('"', "\"\"")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Indexes for the foreign keys that no other index begins with: rules and relations look rows up by them.
fn foreign_keys(model: &Model) -> Vec<Index> {
    let begins = |fields: &[FieldId], key: &[FieldId]| fields.get(..key.len()) == Some(key);
    let keys = owners(model).filter_map(|relation| {
        let key: Vec<FieldId> = relation.on.iter().map(|(here, _)| *here).collect();
        let covered = begins(&model.id, &key)
            || model.uniques.iter().chain(model.indexes.iter()).any(|index| begins(&index.fields, &key));
        let name = format!("{}_{}_fkey_idx", model.table.name, relation.name);
        (!covered).then(|| Index { name: name.into(), key: None, fields: key.into() })
    });
    keys.collect()
}

/// Whether the fields of an index lie in the model's own table.
fn is_own(model: &Model, fields: &[FieldId]) -> bool {
    fields.iter().all(|id| model.field(*id).is_ok_and(|field| field.inherited.is_none()))
}

/// The relations whose foreign key lies in the model's own table.
fn owners(model: &Model) -> impl Iterator<Item = &Relation> {
    let own = |relation: &&Relation| {
        let key: Vec<FieldId> = relation.on.iter().map(|(here, _)| *here).collect();
        relation.owner && is_own(model, &key)
    };
    model.relations.iter().filter(own)
}

/// A row goes with its part in the table of the delegate.
fn part_of(schema: &Schema, model: &Model, base: &Base) -> Result<ForeignKeyCreateStatement> {
    let target = schema.model(base.model)?;
    let mut key = ForeignKey::create();
    key.name(within(&format!("{}_base_fkey", model.table.name))).from_tbl(name(model)).to_tbl(name(target));
    for (here, there) in model.id.iter().zip(target.id.iter()) {
        key.from_col(iden(&model.field(*here)?.column)).to_col(iden(&target.field(*there)?.column));
    }
    key.on_delete(ForeignKeyAction::Cascade).on_update(ForeignKeyAction::Cascade);
    Ok(key)
}

fn foreign_key(schema: &Schema, model: &Model, relation: &Relation) -> Result<ForeignKeyCreateStatement> {
    let target = schema.model(relation.target)?;
    let mut key = ForeignKey::create();
    key.name(within(&format!("{}_{}_fkey", model.table.name, relation.name)))
        .from_tbl(name(model))
        .to_tbl(name(target));
    for (here, there) in relation.on.iter() {
        key.from_col(iden(&model.field(*here)?.column)).to_col(iden(&target.field(*there)?.column));
    }
    key.on_delete(action(relation.on_delete)).on_update(action(relation.on_update));
    Ok(key)
}

const fn action(action: ReferentialAction) -> ForeignKeyAction {
    match action {
        ReferentialAction::Cascade => ForeignKeyAction::Cascade,
        ReferentialAction::Restrict => ForeignKeyAction::Restrict,
        ReferentialAction::NoAction => ForeignKeyAction::NoAction,
        ReferentialAction::SetNull => ForeignKeyAction::SetNull,
        ReferentialAction::SetDefault => ForeignKeyAction::SetDefault,
    }
}

fn name(model: &Model) -> TableRef {
    model.table.reference()
}

fn iden(name: &Text) -> Iden {
    Iden::new(name.clone())
}
