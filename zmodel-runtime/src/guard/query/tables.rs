//! Tables for an empty, embedded database.

use sea_query::{
    Alias as Iden, ColumnDef, Expr, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index as Indexes,
    SqliteQueryBuilder, Table,
};

use crate::error::Result;
use crate::schema::{Base, Default, Field, FieldId, Index, Model, ReferentialAction, Relation, Schema, Text, Type};

/// The statements that make every table of `schema` that is not there yet, and its indexes.
pub(crate) fn create_tables(schema: &Schema) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for model in schema.models.iter().filter(|model| !model.view) {
        statements.push(table(schema, model)?);
        for unique in model.uniques.iter().filter(|unique| is_own(model, &unique.fields)) {
            statements.push(index(model, unique, true)?);
        }
        for plain in model.indexes.iter().filter(|plain| is_own(model, &plain.fields)) {
            statements.push(index(model, plain, false)?);
        }
        for key in foreign_keys(model) {
            statements.push(index(model, &key, false)?);
        }
    }
    for model in schema.models.iter() {
        // Both ends describe the table between them; one of them makes it.
        for relation in
            model.relations.iter().filter(|relation| relation.link.as_ref().is_some_and(|link| link.here == "A"))
        {
            statements.extend(link(schema, model, relation)?);
        }
    }
    Ok(statements)
}

/// The table between two models that have many of each other, as Prisma makes it.
fn link(schema: &Schema, model: &Model, relation: &Relation) -> Result<[String; 2]> {
    let (Some(link), Some((near, far))) = (&relation.link, relation.on.first()) else {
        return Err(crate::schema::Broken.into());
    };
    let target = schema.model(relation.target)?;
    let mut table = Table::create();
    table.table(Iden::new(link.table.0.clone())).if_not_exists();
    let mut key = Indexes::create();
    for (column, model, field) in [(&link.here, model, near), (&link.there, target, far)] {
        let field = model.field(*field)?;
        let mut cell = ColumnDef::new(iden(column));
        cell.custom(Iden::new(column_type(field))).not_null();
        table.col(&mut cell);
        key.col(iden(column));
        let mut foreign = ForeignKey::create();
        foreign.from_tbl(Iden::new(link.table.0.clone())).to_tbl(name(model));
        foreign.from_col(iden(column)).to_col(iden(&field.column));
        foreign.on_delete(ForeignKeyAction::Cascade).on_update(ForeignKeyAction::Cascade);
        table.foreign_key(&mut foreign);
    }
    table.primary_key(&mut key);
    let mut index = Indexes::create();
    index.if_not_exists().name(format!("{}_B_index", link.table.0)).table(Iden::new(link.table.0.clone()));
    index.col(iden(&link.there));
    Ok([table.to_string(SqliteQueryBuilder), index.to_string(SqliteQueryBuilder)])
}

fn table(schema: &Schema, model: &Model) -> Result<String> {
    let mut table = Table::create();
    table.table(name(model)).if_not_exists();
    let mut primary_key = Some(Indexes::create());
    let own = (0..).map(FieldId).zip(model.fields.iter());
    // The id is in the table of the delegate and in this one.
    for (_, field) in own.filter(|(id, field)| field.inherited.is_none() || model.id.contains(id)) {
        let mut column = ColumnDef::new(iden(&field.column));
        column.custom(Iden::new(column_type(field)));
        if !field.optional {
            column.not_null();
        }
        match &field.default {
            // SQLite counts only in a primary key, and says so in the column itself.
            Some(Default::AutoIncrement) if field.inherited.is_none() => {
                column = ColumnDef::new(iden(&field.column));
                column.integer().not_null().auto_increment().primary_key();
                primary_key = None;
            }
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
    if let Some(base) = &model.base {
        table.foreign_key(&mut part_of(schema, model, base)?);
    }
    for relation in owners(model) {
        table.foreign_key(&mut foreign_key(schema, model, relation)?);
    }
    Ok(table.to_string(SqliteQueryBuilder))
}

fn column_type(field: &Field) -> Text {
    Text::Borrowed(match field.ty {
        // Several values are kept as a JSON array.
        _ if field.list => "TEXT",
        Type::Unsupported => return field.native.clone().unwrap_or(Text::Borrowed("BLOB")),
        Type::String | Type::Decimal | Type::DateTime | Type::Json | Type::Enum(_) => "TEXT",
        Type::Boolean => "BOOLEAN",
        Type::Int | Type::BigInt => "INTEGER",
        Type::Float => "REAL",
        Type::Bytes => "BLOB",
    })
}

/// Indexes for the foreign keys that no other index begins with: rules and relations look rows up by them.
fn foreign_keys(model: &Model) -> Vec<Index> {
    let begins = |fields: &[FieldId], key: &[FieldId]| fields.get(..key.len()) == Some(key);
    let keys = owners(model).filter_map(|relation| {
        let key: Vec<FieldId> = relation.on.iter().map(|(here, _)| *here).collect();
        let covered = begins(&model.id, &key)
            || model.uniques.iter().chain(model.indexes.iter()).any(|index| begins(&index.fields, &key));
        let name = format!("{}_{}_fkey_idx", model.table.0, relation.name);
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
    key.from_tbl(name(model)).to_tbl(name(target));
    for (here, there) in model.id.iter().zip(target.id.iter()) {
        key.from_col(iden(&model.field(*here)?.column)).to_col(iden(&target.field(*there)?.column));
    }
    key.on_delete(ForeignKeyAction::Cascade).on_update(ForeignKeyAction::Cascade);
    Ok(key)
}

fn foreign_key(schema: &Schema, model: &Model, relation: &Relation) -> Result<ForeignKeyCreateStatement> {
    let target = schema.model(relation.target)?;
    let mut key = ForeignKey::create();
    key.from_tbl(name(model)).to_tbl(name(target));
    for (here, there) in relation.on.iter() {
        key.from_col(iden(&model.field(*here)?.column)).to_col(iden(&target.field(*there)?.column));
    }
    key.on_delete(action(relation.on_delete)).on_update(action(relation.on_update));
    Ok(key)
}

fn index(model: &Model, index: &Index, unique: bool) -> Result<String> {
    let mut statement = Indexes::create();
    statement.if_not_exists().name(index.name.clone()).table(name(model));
    for field in index.fields.iter() {
        statement.col(iden(&model.field(*field)?.column));
    }
    if unique {
        statement.unique();
    }
    Ok(statement.to_string(SqliteQueryBuilder))
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

fn name(model: &Model) -> Iden {
    Iden::new(model.table.0.clone())
}

fn iden(name: &Text) -> Iden {
    Iden::new(name.clone())
}
