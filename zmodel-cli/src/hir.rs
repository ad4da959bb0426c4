//! The schema with its names resolved: declarations of all files together, types known, relations paired, rules typed.
//!
//! Things refer to each other by position in the lists of [`Schema`]. Inheritance is already flattened: a model's
//! fields and rules include those of its mixins and abstract bases, inherited ones first.

use zmodel_runtime::schema::{
    Generator, Operation, Operations, Provider, ReferentialAction, RelationMode, Secret, Step, Type,
};

use crate::diagnostic::Diagnostics;
use crate::source::Span;
use crate::syntax::ast::Name;

mod resolve;

mod uses;

mod collect;
mod datasource;
mod inheritance;
mod names;

mod fixes;

mod typed;
mod types;

mod attributes;
mod fields;

mod defaults;
mod delegates;
mod keys;

mod pattern;
mod validation;

mod expr;
mod walk;

mod relations;
mod rules;
mod spare;

mod declarations;
mod procedures;
mod special;

pub use collect::{STDLIB, stdlib};
pub(crate) use names::closest;
use resolve::Resolver;
pub use resolve::resolve;
pub use typed::{
    CallerPath, CallerStart, Casing, Collection, Current, DocumentPath, DocumentStart, Expr, ExprKind, ExprType,
    RowPath, TextFunction, ValueType,
};
pub use uses::{Use, Uses};

#[cfg(test)]
mod tests;

/// A resolved schema. May be incomplete when errors were reported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    /// The `datasource` block.
    pub datasource: Option<Datasource>,
    /// Models and views; abstract models and mixins are flattened into these and are not here.
    pub models: Vec<Model>,
    /// `type` declarations, mixins included.
    pub types: Vec<TypeDef>,
    /// The user's enums (not those of the standard library).
    pub enums: Vec<Enum>,
    /// What the application does for who calls it by name.
    pub procedures: Vec<Procedure>,
    /// What `auth()` is.
    pub auth: Option<Auth>,
    /// What is well written and no code can be generated for yet: errors for who generates, nothing for who checks.
    pub unsupported: Diagnostics,
    /// Which name in the text stands for what.
    pub uses: Uses,
}

impl Schema {
    /// What is passed to procedures and to computed fields, and what procedures give.
    pub fn passed(&self) -> impl Iterator<Item = Passed> {
        let fields = self.models.iter().flat_map(|model| &model.fields);
        let params = self.procedures.iter().flat_map(|procedure| &procedure.params);
        let params = params.chain(fields.flat_map(|field| &field.params));
        params.map(|param| param.passed).chain(self.procedures.iter().filter_map(|procedure| procedure.returns))
    }

    /// Whether the database has no foreign keys, so that nothing keeps the row there that a required relation leads to.
    #[must_use]
    pub fn is_without_foreign_keys(&self) -> bool {
        self.datasource.as_ref().is_some_and(|source| source.relation_mode == RelationMode::Prisma)
    }

    /// The model that a path leads to.
    pub(crate) fn end(&self, path: &RowPath) -> Option<usize> {
        path.through.iter().try_fold(path.model, |model, step| match self.models.get(model)?.fields.get(*step)?.ty {
            FieldType::Model(target) => Some(target),
            _ => None,
        })
    }

    /// The relation that a path ends with, and the model that has it, if it leads to a model without a table.
    pub(crate) fn to_ignored(&self, path: &RowPath) -> Option<(RowPath, &Relation)> {
        let target = self.models.get(self.end(path)?)?;
        let mut before = path.clone();
        let last = before.through.pop().filter(|_| target.ignored)?;
        let relation = self.models.get(self.end(&before)?)?.fields.get(last)?.relation.as_ref()?;
        Some((before, relation))
    }
}

/// The `datasource` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Datasource {
    /// Its name.
    pub name: Name,
    /// Its database.
    pub provider: Provider,
    /// Where the database is.
    pub url: Option<Url>,
    /// `relationMode`
    pub relation_mode: RelationMode,
    /// `schemas`, of PostgreSQL.
    pub schemas: Vec<String>,
    /// `defaultSchema`
    pub default: Option<String>,
}

impl Datasource {
    /// The schema of PostgreSQL that something is in of which nothing is said; none if the datasource speaks of no
    /// schemas, so that it is where the connection looks first.
    #[must_use]
    pub fn home(&self) -> Option<&str> {
        let usual = (!self.schemas.is_empty()).then_some("public");
        self.default.as_deref().or(usual)
    }
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// Written in the schema.
    Literal(String),
    /// `env("NAME")`
    Env(String),
}

/// The declaration that `auth()` is typed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Auth {
    /// A model, by position; context-only if it is [`Model::ignored`].
    Model(usize),
    /// A type, by position; always context-only.
    Type(usize),
}

/// A model or view.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: Name,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// Whether it is a `view`.
    pub view: bool,
    /// `@@ignore`: no table, no client.
    pub ignored: bool,
    /// Its table.
    pub table: Table,
    /// All its fields.
    pub fields: Vec<Field>,
    /// Positions of the fields that identify a row.
    pub id: Vec<usize>,
    /// `name:` of these fields together.
    pub id_key: Option<String>,
    /// Its other unique constraints.
    pub uniques: Vec<Unique>,
    /// Its plain indexes.
    pub indexes: Vec<Unique>,
    /// Its access rules.
    pub rules: Vec<Rule>,
    /// The delegate that it extends.
    pub base: Option<Base>,
    /// `@@delegate`: position of the field that says which model a row belongs to.
    pub discriminator: Option<usize>,
    /// What the values of a row must satisfy together.
    pub validations: Vec<Validation>,
    /// The whole declaration.
    pub span: Span,
}

/// What a table is called in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The schema of PostgreSQL that it is in (`@@schema`, else `defaultSchema`), if the datasource speaks of any.
    pub schema: Option<String>,
    /// Its name there (`@@map`, else that of the model).
    pub name: String,
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The delegate that a model extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The model.
    pub model: usize,
    /// What its discriminator holds for rows of the model that extends it: a text, or the name of a member.
    pub tag: String,
}

/// `@@unique([a, b])`, `@unique`, `@@index([a])`
#[derive(Debug, Clone, PartialEq)]
pub struct Unique {
    /// `name:`, the name in the client.
    pub name: Option<String>,
    /// `map:`, the name in the database.
    pub map: Option<String>,
    /// Positions of the fields.
    pub fields: Vec<usize>,
    /// What is said of each of the fields.
    pub parts: Vec<IndexPart>,
    /// `type:`, how the database builds it.
    pub method: Option<String>,
    /// The attribute.
    pub span: Span,
}

/// What an index says of one of its fields: `title(sort: Desc, length: 10, ops: TextOps)`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexPart {
    /// `sort: Desc`
    pub descending: bool,
    /// `length:`, the number of leading characters that are indexed.
    pub length: Option<String>,
    /// `ops:`, the operator class: a name, or the text given to `raw(…)`.
    pub operators: Option<String>,
}

/// A `type`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDef {
    /// Its name.
    pub name: Name,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// All its fields.
    pub fields: Vec<Field>,
    /// Positions of the fields marked `@id`.
    pub id: Vec<usize>,
    /// `@@strict`: its JSON has no other keys.
    pub strict: bool,
    /// What its members must satisfy together.
    pub validations: Vec<Validation>,
    /// The whole declaration.
    pub span: Span,
}

/// An enum.
#[derive(Debug, Clone, PartialEq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// The schema of PostgreSQL that it is in, as [`Table::schema`].
    pub schema: Option<String>,
    /// Its name in the database.
    pub database: String,
    /// Its members.
    pub members: Vec<EnumMember>,
    /// The whole declaration.
    pub span: Span,
}

/// A member of an enum.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumMember {
    /// Its name.
    pub name: Name,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// How the database stores it (`@map`, else its name).
    pub stored: String,
}

/// A procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct Procedure {
    /// Its name.
    pub name: Name,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// Whether it is said to change something.
    pub mutation: bool,
    /// What it is given.
    pub params: Vec<Param>,
    /// What it gives; nothing if that is `Void`.
    pub returns: Option<Passed>,
    /// The whole declaration.
    pub span: Span,
}

/// A parameter of a procedure or of a computed field.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// What it is.
    pub passed: Passed,
}

/// What a procedure is given, or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// What one value of it is.
    pub ty: FieldType,
    /// `[]`
    pub list: bool,
    /// `?`
    pub optional: bool,
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own in the schema")]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// What it holds.
    pub ty: FieldType,
    /// `?`
    pub optional: bool,
    /// `[]`
    pub list: bool,
    /// `@ignore`: kept in the database, hidden from the client.
    pub ignored: bool,
    /// Its column (`@map`, else its name).
    pub column: String,
    /// `@default`
    pub default: Option<Default>,
    /// `@updatedAt`: positions of the fields whose change alone does not count.
    pub updated_at: Option<Vec<usize>>,
    /// `@deletedAt`
    pub deleted_at: bool,
    /// `@omit`
    pub omitted: bool,
    /// `@password`, `@encrypted`
    pub secret: Option<Secret>,
    /// `@computed`
    pub computed: bool,
    /// What it is computed with besides the row.
    pub params: Vec<Param>,
    /// `@fullText`
    pub full_text: bool,
    /// `@fuzzy`
    pub fuzzy: bool,
    /// `@db.VarChar(30)`, `Unsupported("point")`
    pub native: Option<Native>,
    /// `@claim("path")`, on a field of the context type.
    pub claim: Option<String>,
    /// How a relation field is wired.
    pub relation: Option<Relation>,
    /// Its own access rules.
    pub rules: Vec<FieldRule>,
    /// The delegate whose table holds it, where it is inherited from one.
    pub inherited: Option<usize>,
    /// What happens to a value that is given for it, in the order of its attributes.
    pub steps: Vec<Step>,
    /// The type as written.
    pub type_span: Span,
    /// The whole field.
    pub span: Span,
}

impl Field {
    /// Whether a rule can hide it in a row that can be read.
    #[must_use]
    pub fn can_be_hidden(&self) -> bool {
        self.rules.iter().any(|field| field.rule.operations.contains(Operation::Read))
    }
}

/// The type that the database gives a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Native {
    /// `@db.Name(arguments)`: the name without `db.`, and the arguments as written.
    Named(String, Vec<String>),
    /// The text of `Unsupported("…")`.
    Text(String),
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A single value.
    Scalar(Type),
    /// Rows of a model, by position.
    Model(usize),
    /// A structure, by position.
    Type(usize),
    /// `Unsupported("…")`
    Unsupported,
    /// Not known; already reported.
    Error,
}

impl FieldType {
    /// Whether it is a relation.
    #[must_use]
    pub const fn is_model(self) -> bool {
        matches!(self, Self::Model(_))
    }
}

/// How a relation field is wired.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// The relation's name, which pairs fields when there are several.
    pub name: Option<String>,
    /// Positions of the foreign key fields, in this model; empty on the other side. With a link, the id.
    pub fields: Vec<usize>,
    /// Positions of the fields they refer to, in the target model.
    pub references: Vec<usize>,
    /// Position of the field at the other end, in the target model.
    pub opposite: Option<usize>,
    /// The table between two models that have many of each other.
    pub link: Option<Link>,
    /// `onDelete`, or what Prisma does when nothing is said.
    pub on_delete: ReferentialAction,
    /// `onUpdate`, or what Prisma does when nothing is said.
    pub on_update: ReferentialAction,
}

impl Relation {
    /// Whether this side's table holds the foreign key.
    #[must_use]
    pub const fn owns_key(&self) -> bool {
        !self.fields.is_empty() && self.link.is_none()
    }
}

/// The table between two models that have many of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The table: `_PostToTag`, or `_` and the name of the relation, in the schema of the model whose key is in `A`.
    pub table: Table,
    /// Whether this side's key is in column `A`; else it is in column `B`.
    pub first: bool,
}

/// What a field gets when nothing is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Default {
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string.
    String(String),
    /// A member of the field's enum, by position.
    Member(usize),
    /// `[a, b]`, for a list.
    List(Vec<Default>),
    /// `now()`
    Now,
    /// `uuid()` and the like, and the text that it is put into.
    Generated(Generator, Option<String>),
    /// `autoincrement()`
    AutoIncrement,
    /// `dbgenerated("…")`; empty when it does not say how.
    Database(String),
    /// `auth().a.b`: positions of the members.
    Caller(Vec<usize>),
}

/// One `@@allow` or `@@deny`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// `@@allow`, not `@@deny`.
    pub allow: bool,
    /// What it is about.
    pub operations: Operations,
    /// When it applies; a boolean expression.
    pub condition: Expr,
    /// The whole attribute.
    pub span: Span,
}

/// One `@allow` or `@deny` on a field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRule {
    /// What it says.
    pub rule: Rule,
    /// The third argument: it counts against the rules of the model too.
    pub overrides: bool,
}

/// One `@@validate`.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// What must hold; a boolean expression over the fields of the row itself.
    pub condition: Expr,
    /// What to say if it does not.
    pub message: Option<String>,
    /// The place that it is said of.
    pub path: Vec<String>,
    /// The whole attribute.
    pub span: Span,
}
