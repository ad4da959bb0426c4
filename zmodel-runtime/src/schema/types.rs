//! What a field can hold, and what it holds when nothing is given.

use super::{EnumId, List, Text};

/// The type of a scalar field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// `String`
    String,
    /// `Boolean`
    Boolean,
    /// `Int`: 32 bits, signed.
    Int,
    /// `BigInt`: 64 bits, signed.
    BigInt,
    /// `Float`: 64 bits.
    Float,
    /// `Decimal`: exact.
    Decimal,
    /// `DateTime`: an instant, to the millisecond.
    DateTime,
    /// `Json`
    Json,
    /// `Bytes`
    Bytes,
    /// A member of an enum.
    Enum(EnumId),
    /// A type of the database alone, which [`Field::native`](super::Field::native) names.
    Unsupported,
}

/// A value that the schema writes down.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `true`, `false`
    Boolean(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, as written.
    Number(Text),
    /// Text; also an instant (RFC 3339) or a JSON document, where the field's type asks for one.
    String(Text),
}

/// What a new row gets in a field when nothing is given.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Default {
    /// A fixed value.
    Literal(Literal),
    /// A member of the field's enum, by position.
    Member(u16),
    /// For a list: what is in it, each a literal or a member.
    List(List<Default>),
    /// The current time.
    Now,
    /// A fresh identifier, made by the client; where there is a format, in place of each `%s` in it that no backslash
    /// stands before.
    Generated(Generator, Option<Text>),
    /// The next number of a sequence, made by the database.
    AutoIncrement,
    /// Whatever the database makes of this SQL expression; nothing is known of an empty one.
    Database(Text),
    /// A member of `auth()`, by position at each level.
    Caller(List<u16>),
}

/// How a fresh identifier is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Generator {
    /// `cuid()`, `cuid(1)`
    Cuid,
    /// `cuid(2)`
    Cuid2,
    /// `uuid()`, `uuid(4)`
    Uuid4,
    /// `uuid(7)`
    Uuid7,
    /// `nanoid(length)`
    Nanoid(u16),
    /// `ulid()`
    Ulid,
}

/// What the database knows of the values of a field instead of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Secret {
    /// `@password`: a hash. It is never read.
    Password,
    /// `@encrypted`: a cipher, which the client decrypts.
    Encrypted,
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// The name in the schema.
    pub name: Text,
    /// The schema of PostgreSQL that its type is in, where one is named.
    pub schema: Option<Text>,
    /// The name in the database.
    pub database: Text,
    /// The members, in order.
    pub members: List<Member>,
}

/// A member of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name in the schema.
    pub name: Text,
    /// How the database stores it.
    pub stored: Text,
}

/// What becomes of rows that refer to a row that goes away or changes its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferentialAction {
    /// They go, or change, with it.
    Cascade,
    /// It is refused.
    Restrict,
    /// It is refused at the end of the statement.
    NoAction,
    /// They lose the reference.
    SetNull,
    /// They get the default reference.
    SetDefault,
}
