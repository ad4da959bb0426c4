//! Which type a column has.

use crate::error::Result;
use crate::schema::{Field, Provider, Schema, Text, Type};

/// SQLite has few types, and keeps what it has none for as text.
pub(super) fn sqlite(field: &Field) -> Text {
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

/// The types that Prisma gives, if the schema names no other.
pub(super) fn postgres(schema: &Schema, field: &Field) -> Result<Text> {
    let named = field.native.as_deref().filter(|_| schema.provider == Provider::Postgresql);
    let ty: Text = match (field.ty, named) {
        (Type::Enum(id), _) => super::type_name(schema.enumeration(id)?).into(),
        (Type::Unsupported, _) => field.native.clone().unwrap_or(Text::Borrowed("text")),
        (_, Some(native)) => native.to_owned().into(),
        (Type::String, None) => "text".into(),
        (Type::Boolean, None) => "boolean".into(),
        (Type::Int, None) => "integer".into(),
        (Type::BigInt, None) => "bigint".into(),
        (Type::Float, None) => "double precision".into(),
        (Type::Decimal, None) => "decimal(65,30)".into(),
        (Type::DateTime, None) => "timestamp(3)".into(),
        (Type::Json, None) => "jsonb".into(),
        (Type::Bytes, None) => "bytea".into(),
    };
    Ok(if field.list { format!("{ty}[]").into() } else { ty })
}

/// The type of a list of values for a column, without what limits each of them: a value that is too large must be refused
/// by the column, and not be cut to fit. `None` if there is no such list.
pub(in crate::guard::query) fn list_type(schema: &Schema, field: &Field) -> Result<Option<Text>> {
    if field.list || field.ty == Type::Unsupported {
        return Ok(None);
    }
    let one = postgres(schema, field)?;
    if matches!(field.ty, Type::Enum(_)) {
        return Ok(Some(format!("{one}[]").into()));
    }
    let (start, rest) = one.split_once('(').unwrap_or((&one, ")"));
    let name = format!("{}{}", start.trim_end(), rest.split_once(')').map_or("", |(_, end)| end)).to_ascii_lowercase();
    let limited = ["varchar", "char", "bpchar", "character", "character varying", "citext"];
    if limited.contains(&&*name) {
        return Ok(Some("text[]".into()));
    }
    let plain = [
        "text",
        "uuid",
        "boolean",
        "smallint",
        "integer",
        "int",
        "bigint",
        "real",
        "double precision",
        "decimal",
        "numeric",
        "timestamp",
        "timestamptz",
        "timestamp with time zone",
        "timestamp without time zone",
        "date",
        "jsonb",
        "json",
        "bytea",
    ];
    Ok(plain.contains(&&*name).then(|| format!("{name}[]").into()))
}

/// A number that PostgreSQL counts up.
pub(super) fn counter(field: &Field) -> &'static str {
    match (field.ty, field.native.as_deref()) {
        (_, Some(native)) if native.eq_ignore_ascii_case("smallint") => "smallserial",
        (Type::BigInt, _) => "bigserial",
        _ => "serial",
    }
}
