//! A schema as plain data.
//!
//! The compiler lowers a `schema.zmodel` file to one [`Schema`] value, generated code holds it as a `static`, and the
//! engine reads nothing else. Every type here can be written as a constant (`Cow::Borrowed` slices) and can also be
//! built while a program runs (`Cow::Owned` vectors), so that tools without generated code use the same engine.
//!
//! Things refer to each other by position: a [`ModelId`] is an index into [`Schema::models`], a [`FieldId`] into
//! [`Model::fields`] of the model at hand, and so on.
//!
//! Invariant: every index is in bounds. The compiler guarantees it for what it prints; the engine reads through the
//! checked accessors of this module and reports [`Broken`] for a value made by hand that does not hold it.

use std::borrow::Cow;
use std::fmt;

mod document;
mod node;
mod procedure;
mod rule;
pub mod text_query;
mod types;
mod validation;

pub use crate::guard::TableName;
pub use document::{Document, DocumentMember, DocumentType, Kept};
pub use node::Node;
pub use procedure::{Param, Passed, PassedType, Procedure};
pub use rule::{
    CallerPath, Collection, Comparison, Condition, Effect, Inside, InsideOf, Items, Moment, Needle, Operand, Operation,
    Operations, Place, Quantifier, Row, Rule, Share,
};
pub use text_query::text_query;
pub use types::{Default, Enum, Generator, Literal, Member, ReferentialAction, Secret, Type};
pub use validation::{Check, Format, Step, Validation, ValueCondition, ValueOperand};

/// Text that is either part of the program or was read while it runs.
pub type Text = Cow<'static, str>;

/// A list that is either part of the program or was built while it runs.
pub type List<T> = Cow<'static, [T]>;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u16);

        impl $name {
            /// The position as an index.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A model's position in [`Schema::models`].
    ModelId;
    /// A field's position in [`Model::fields`].
    FieldId;
    /// A relation's position in [`Model::relations`].
    RelationId;
    /// An enum's position in [`Schema::enums`].
    EnumId;
    /// A shape's position in [`Schema::shapes`].
    ShapeId;
    /// A document's position in [`Schema::documents`].
    DocumentId;
    /// A procedure's position in [`Schema::procedures`].
    ProcedureId;
}

/// A whole schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The database of the `datasource` block.
    pub provider: Provider,
    /// Who keeps the references between rows.
    pub relation_mode: RelationMode,
    /// The models that have a table, in the order of the schema.
    pub models: List<Model>,
    /// The enums, in the order of the schema.
    pub enums: List<Enum>,
    /// The structured values that have no table: the context type of `auth()` and the types inside it.
    pub shapes: List<Shape>,
    /// The structures that fields keep as JSON, and those inside them.
    pub documents: List<Document>,
    /// What the application does for who calls it by name, in the order of the schema.
    pub procedures: List<Procedure>,
    /// What `auth()` is, if the schema says so.
    pub auth: Option<ShapeId>,
}

/// A database that a schema can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// `sqlite`
    Sqlite,
    /// `postgresql`
    Postgresql,
    /// `mysql`
    Mysql,
}

/// Who keeps the references between rows: what becomes of a row when the row that it refers to goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RelationMode {
    /// `foreignKeys`: the database, by its foreign keys.
    ForeignKeys,
    /// `prisma`: the engine, with each write; the database has no foreign keys.
    ///
    /// What `onDelete` and `onUpdate` say is done in the transaction of the write, once the write itself is done, by the
    /// engine in its own name: as with foreign keys, no rule is asked about it, `@updatedAt` stays as it is, and nobody
    /// hears of it. `Restrict` and `NoAction` refuse the write if something still refers then. That a row refers to one
    /// that is there is not looked at when it is written, and two writers at once can leave a row that refers to
    /// nothing; so a relation can lead nowhere also where it is required. To a rule that is a row that is missing, and
    /// for the typed client it is always an `Option`.
    Prisma,
}

/// A model: a table, what its rows hold, and who may do what with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The name in the schema.
    pub name: Text,
    /// Whether it is a view, which is read and never written.
    pub view: bool,
    /// The table, which only the guard can name in a query.
    pub table: TableName,
    /// The columns, in the order of the schema.
    pub fields: List<Field>,
    /// The relation fields, in the order of the schema.
    pub relations: List<Relation>,
    /// The fields that identify a row; empty only for a view.
    pub id: List<FieldId>,
    /// The name that the client has for an id of several fields, where the schema gives it one (`name:`).
    pub id_key: Option<Text>,
    /// The other unique constraints.
    pub uniques: List<Index>,
    /// The plain indexes.
    pub indexes: List<Index>,
    /// The access rules, in the order of the schema.
    pub rules: List<Rule>,
    /// The delegate that it extends: each of its rows has a part in that model's table.
    pub base: Option<Base>,
    /// Where other models extend it: the field that says to which of them a row belongs. Its rows are made through them.
    pub discriminator: Option<FieldId>,
    /// What the values of a row must satisfy together, in the order of the schema.
    pub validations: List<Validation>,
    /// Where its rows are not deleted but marked as deleted (`@deletedAt`): the field that holds when. It lies in the
    /// table of the outermost delegate.
    pub deleted: Option<FieldId>,
}

impl Model {
    /// A model that has nothing: the rest of one, where only what it has is written.
    pub const PLAIN: Self = Self {
        name: Text::Borrowed(""),
        view: false,
        table: TableName::NONE,
        fields: List::Borrowed(&[]),
        relations: List::Borrowed(&[]),
        id: List::Borrowed(&[]),
        id_key: None,
        uniques: List::Borrowed(&[]),
        indexes: List::Borrowed(&[]),
        rules: List::Borrowed(&[]),
        base: None,
        discriminator: None,
        validations: List::Borrowed(&[]),
        deleted: None,
    };
}

/// The delegate that a model extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The delegate.
    pub model: ModelId,
    /// The delegate's discriminator, as a field of the model that extends it.
    pub discriminator: FieldId,
    /// What it holds for rows of the model that extends it, as the database stores it.
    pub value: Text,
}

/// A scalar field: a column.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own in the schema")]
pub struct Field {
    /// The name in the schema.
    pub name: Text,
    /// The name in the database.
    pub column: Text,
    /// What it holds.
    pub ty: Type,
    /// Whether it holds a list of such values.
    pub list: bool,
    /// Whether it may be NULL.
    pub optional: bool,
    /// What a new row gets when nothing is given.
    pub default: Option<Default>,
    /// Whether updates set it to the current time: all but those that give values to no other fields than these.
    pub updated_at: Option<List<FieldId>>,
    /// Whether only the database and the rules know it (`@ignore`, `Unsupported("…")`): no client reads or writes it.
    pub hidden: bool,
    /// Whether rows are read without it (`@omit`): it is written and can be asked about, and is shown to a program alone
    /// that names it in a struct of its own.
    pub omitted: bool,
    /// What the database knows of its values instead of the values.
    pub secret: Option<Secret>,
    /// Whether it has no column and is computed when it is read (`@computed`), as the application says.
    pub computed: bool,
    /// What it is computed with besides the row. A field that has such parameters is in no row: it is asked for with
    /// arguments, one by one.
    pub params: List<Param>,
    /// Whether it can be searched by its words (`@fullText`).
    pub full_text: bool,
    /// Whether it can be searched by similarity (`@fuzzy`).
    pub fuzzy: bool,
    /// The structure that it keeps as JSON, where the schema gives it one.
    pub kept: Option<Kept>,
    /// The type that the database gives it, where the schema names one (`@db.VarChar(30)`, `Unsupported("point")`).
    pub native: Option<Text>,
    /// Its own rules: who sees it and who may change it, of those who may see and change the row.
    pub rules: List<FieldRule>,
    /// The delegate in whose table it lies, where it is inherited from one.
    pub inherited: Option<ModelId>,
    /// What happens to a value that is given for it, in the order of the schema.
    pub steps: List<Step>,
}

/// One `@allow` or `@deny` on a field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRule {
    /// What it says.
    pub rule: Rule,
    /// Whether it also allows a change that the rules of the model do not, if each changed field has such a rule.
    pub overrides: bool,
}

impl Field {
    /// A field of which nothing is said: the rest of one, where only what is said is written.
    pub const PLAIN: Self = Self {
        name: Text::Borrowed(""),
        column: Text::Borrowed(""),
        ty: Type::String,
        list: false,
        optional: false,
        default: None,
        updated_at: None,
        hidden: false,
        omitted: false,
        secret: None,
        computed: false,
        params: List::Borrowed(&[]),
        full_text: false,
        fuzzy: false,
        kept: None,
        native: None,
        rules: List::Borrowed(&[]),
        inherited: None,
        steps: List::Borrowed(&[]),
    };

    /// Whether a rule can hide it in a row that can be read: then it is NULL to who may not see it.
    #[must_use]
    pub fn can_be_hidden(&self) -> bool {
        self.has_rules_about(Operation::Read)
    }

    /// Whether rules of its own are about an operation.
    #[must_use]
    pub fn has_rules_about(&self, operation: Operation) -> bool {
        self.rules.iter().any(|field| field.rule.operations.contains(operation))
    }

    /// Whether a row that is read has it.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.is_shown() && self.params.is_empty()
    }

    /// Whether clients are shown it: with a row, or where they ask for it with arguments.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        !self.omitted && self.is_read_by_name()
    }

    /// Whether a program that names it in a struct of its own can read it, also if other rows are without it.
    #[must_use]
    pub const fn is_read_by_name(&self) -> bool {
        !self.hidden && !matches!(self.secret, Some(Secret::Password))
    }
}

/// A relation as seen from one of its two models.
///
/// Both sides are described alike: a row here and a row there belong together when every pair of columns in
/// [`Relation::on`] is equal.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// The name of the relation field in the schema.
    pub name: Text,
    /// The model at the other end.
    pub target: ModelId,
    /// Pairs of (field of this model, field of the target).
    pub on: List<(FieldId, FieldId)>,
    /// Whether there can be several rows at the other end.
    pub many: bool,
    /// Whether this model holds the foreign key.
    pub owner: bool,
    /// What becomes of this model's rows when the target's row is deleted (on the owner's side).
    pub on_delete: ReferentialAction,
    /// What becomes of them when the target's key changes (on the owner's side).
    pub on_update: ReferentialAction,
    /// Whether it leads from a delegate to a model that extends it: no client has it by name.
    pub part: bool,
    /// The table between two models that have many of each other. Then [`Relation::on`] is the one pair of keys that
    /// it links, and rows belong together when there is a link between them.
    pub link: Option<Link>,
}

/// A table that links two models which have many of each other, seen from one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The table, which only the guard can name in a query.
    pub table: TableName,
    /// The column with the key of this model's row: `A` or `B`.
    pub here: Text,
    /// The column with the key of the target's row.
    pub there: Text,
}

/// Some fields that are unique together, or indexed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The name in the database.
    pub name: Text,
    /// The name that the client has for several unique fields, where the schema gives it one (`name:`).
    pub key: Option<Text>,
    /// The fields, in order.
    pub fields: List<FieldId>,
}

/// A structured value without a table, as `auth()` is.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The name in the schema.
    pub name: Text,
    /// The members, in order.
    pub members: List<ShapeMember>,
    /// Positions of the members that identify the caller; may be empty.
    pub id: List<u16>,
}

/// A member of a [`Shape`].
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeMember {
    /// The name in the schema.
    pub name: Text,
    /// What it holds.
    pub ty: ShapeType,
    /// Whether it may be missing.
    pub optional: bool,
    /// Whether it holds a list.
    pub list: bool,
}

/// What a [`ShapeMember`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeType {
    /// A single value.
    Scalar(Type),
    /// A nested structure.
    Shape(ShapeId),
}

/// A schema value that refers to something it does not have.
///
/// Code printed by the compiler never causes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the schema table refers to something that it does not have")
    }
}

impl std::error::Error for Broken {}

impl Schema {
    /// The model at `id`.
    pub fn model(&self, id: ModelId) -> Result<&Model, Broken> {
        self.models.get(id.index()).ok_or(Broken)
    }

    /// The models that extend the delegate `id`.
    pub fn extending(&self, id: ModelId) -> impl Iterator<Item = (ModelId, &Model)> {
        let models = (0..).map(ModelId).zip(self.models.iter());
        models.filter(move |(_, model)| model.base.as_ref().is_some_and(|base| base.model == id))
    }

    /// The model called `name` in the schema, with its position.
    pub fn find_model(&self, name: &str) -> Option<(ModelId, &Model)> {
        let (at, model) = (0..).zip(self.models.iter()).find(|(_, model)| model.name == name)?;
        Some((ModelId(at), model))
    }

    /// The enum at `id`.
    pub fn enumeration(&self, id: EnumId) -> Result<&Enum, Broken> {
        self.enums.get(id.index()).ok_or(Broken)
    }

    /// The document at `id`.
    pub fn document(&self, id: DocumentId) -> Result<&Document, Broken> {
        self.documents.get(id.index()).ok_or(Broken)
    }

    /// The procedure at `id`.
    pub fn procedure(&self, id: ProcedureId) -> Result<&Procedure, Broken> {
        self.procedures.get(id.index()).ok_or(Broken)
    }

    /// The procedure called `name` in the schema, with its position.
    pub fn find_procedure(&self, name: &str) -> Option<(ProcedureId, &Procedure)> {
        let (at, procedure) = (0..).zip(self.procedures.iter()).find(|(_, procedure)| procedure.name == name)?;
        Some((ProcedureId(at), procedure))
    }

    /// The shape at `id`.
    pub fn shape(&self, id: ShapeId) -> Result<&Shape, Broken> {
        self.shapes.get(id.index()).ok_or(Broken)
    }
}

impl Model {
    /// The field at `id`.
    pub fn field(&self, id: FieldId) -> Result<&Field, Broken> {
        self.fields.get(id.index()).ok_or(Broken)
    }

    /// Whether it has a field that is computed when it is read.
    #[cfg(feature = "engine")]
    pub(crate) fn has_computed(&self) -> bool {
        self.fields.iter().any(|field| field.computed)
    }

    /// Whether a rule can hide a part of the id of a row that can be read.
    #[cfg(feature = "engine")]
    pub(crate) fn can_hide_id(&self) -> bool {
        self.id.iter().any(|id| self.field(*id).is_ok_and(Field::can_be_hidden))
    }

    /// The relation at `id`.
    pub fn relation(&self, id: RelationId) -> Result<&Relation, Broken> {
        self.relations.get(id.index()).ok_or(Broken)
    }

    /// The field that clients know under this name, with its position.
    pub fn visible_field(&self, name: &str) -> Option<(FieldId, &Field)> {
        let (at, field) = (0..).zip(self.fields.iter()).find(|(_, field)| field.name == name && !field.hidden)?;
        Some((FieldId(at), field))
    }

    /// The relation called `name`, with its position.
    pub fn find_relation(&self, name: &str) -> Option<(RelationId, &Relation)> {
        let mut visible = (0..).zip(self.relations.iter()).filter(|(_, relation)| !relation.part);
        let (at, relation) = visible.find(|(_, relation)| relation.name == name)?;
        Some((RelationId(at), relation))
    }

    /// Whether the engine alone writes a field: it says to which model a row belongs, or when it was deleted.
    #[must_use]
    pub fn is_kept_by_engine(&self, schema: &Schema, id: FieldId) -> bool {
        self.deleted == Some(id) || self.is_discriminator(schema, id)
    }

    /// Whether a field says to which model a row belongs.
    #[must_use]
    pub fn is_discriminator(&self, schema: &Schema, id: FieldId) -> bool {
        let mut at = Some(self);
        while let Some(model) = at {
            let own = model.discriminator.and_then(|field| model.field(field).ok());
            let base = model.base.as_ref().and_then(|base| model.field(base.discriminator).ok());
            let name = self.field(id).map(|field| &field.name).ok();
            if [own, base].into_iter().flatten().any(|field| Some(&field.name) == name) {
                return true;
            }
            at = model.base.as_ref().and_then(|base| schema.model(base.model).ok());
        }
        false
    }

    /// The fields that a row has which is read whole, in order.
    pub fn read_fields(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        (0..).map(FieldId).zip(self.fields.iter()).filter(|(_, field)| field.is_read())
    }

    /// The fields by which a row is found and by which others refer to it: those of the id first, then those of
    /// relations.
    #[must_use]
    pub fn key_fields(&self) -> Vec<FieldId> {
        let mut fields = self.id.to_vec();
        for (field, _) in self.relations.iter().flat_map(|relation| relation.on.iter()) {
            if !fields.contains(field) {
                fields.push(*field);
            }
        }
        fields
    }

    /// Whether the rules about an update look at the row as it was before.
    #[must_use]
    pub fn remembers(&self) -> bool {
        self.rules.iter().any(|rule| rule.moment != Moment::Now)
    }

    /// Whether everybody can read every row, and none can be deleted but stay in the table, so that a required relation to
    /// this model always leads to a row in sight, if foreign keys keep it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let about_reading = || self.rules.iter().filter(|rule| rule.operations.contains(Operation::Read));
        self.deleted.is_none()
            && about_reading().all(|rule| rule.effect == Effect::Allow)
            && about_reading().any(|rule| rule.condition == Condition::Constant(true))
    }
}
