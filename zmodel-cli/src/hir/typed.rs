//! Expressions with their types.

use zmodel_runtime::schema::{Check, Operation, Share, Type};

use super::Auth;
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Quantifier};

/// A typed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// What it yields.
    pub ty: ExprType,
    /// Where it stands.
    pub span: Span,
}

/// What an expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExprType {
    /// The type of the value, or of an element of the list.
    pub of: ValueType,
    /// Whether it is a list.
    pub list: bool,
    /// Whether it can be null.
    pub nullable: bool,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// A scalar or an enum.
    Scalar(Type),
    /// A row of a model, by position.
    Model(usize),
    /// A structure, by position.
    Type(usize),
    /// The keyword `null`.
    Null,
    /// Anything: what cannot be checked.
    Any,
    /// Not known; already reported.
    Error,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string.
    String(String),
    /// `null`
    Null,
    /// A member of an enum: enum and member, by position.
    Member(usize, usize),
    /// `auth()` and members of it, or an element of a list in it.
    Caller(CallerPath),
    /// A row in sight, and relation fields to follow from it: `this`, `author`, `this.author.team`, a binding.
    Row(RowPath),
    /// A scalar field of such a row, by position; also one that keeps a structure.
    Field(RowPath, usize),
    /// A part of a structure that a field keeps as JSON.
    Document(DocumentPath),
    /// A `Json` value as a value of this type: missing if it is of another one.
    JsonAs(Box<Expr>, Type),
    /// `now()`
    Now,
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `!a`
    Not(Box<Expr>),
    /// `a && b` and the like.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `contains(a, b)`, `startsWith(a, b)`, `endsWith(a, b)`, `search(a, b)`; the flag ignores case.
    Text(TextFunction, Box<Expr>, Box<Expr>, bool),
    /// `hasSome(list, sought)`, `hasEvery(list, sought)`: whether some or every item of the second list is in the first.
    Share(Share, Box<Expr>, Box<Expr>),
    /// `isEmpty(list)`
    Empty(Box<Expr>),
    /// `length(text)`, in a validation.
    Length(Box<Expr>),
    /// `isEmail(text)` and the like, in a validation: whether a value passes a check.
    Passes(Check, Box<Expr>),
    /// `currentModel()`, `currentOperation()`: a text that is known once the rule is that of one model and operation.
    Current(Current, Casing),
    /// `check(relation, operation)`: what the rules of the related row's model say of it, about the operation at hand
    /// if none is given.
    Check(RowPath, Option<Operation>),
    /// `collection?[condition]`; the condition sees the element as its innermost row.
    Predicate(Quantifier, Collection, Box<Expr>),
    /// What a function was not given: a value, a row or a list that is missing. As a condition it is unknown.
    Missing,
    /// Not understood; already reported.
    Error,
}

/// Which of the text functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFunction {
    /// `contains`
    Contains,
    /// `startsWith`
    StartsWith,
    /// `endsWith`
    EndsWith,
    /// `search`
    Search,
}

/// What a rule can ask about its own use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    /// `currentModel()`
    Model,
    /// `currentOperation()`
    Operation,
}

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Casing {
    /// As it is.
    Original,
    /// `LIKE THIS`
    Upper,
    /// `like this`
    Lower,
    /// `Like this`
    Capitalize,
    /// `lIKE THIS`, if it is so but for its first letter.
    Uncapitalize,
}

/// What a predicate is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Collection {
    /// The rows that a relation leads to.
    Rows(RowPath),
    /// A list that the caller brings.
    Caller(CallerPath),
    /// A list inside JSON.
    Document(DocumentPath),
}

/// A part of a structure that is kept as JSON: where it starts, and members to follow, by position at each level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPath {
    /// Where it starts.
    pub start: DocumentStart,
    /// The members to follow.
    pub members: Vec<usize>,
}

/// Where a path into JSON starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentStart {
    /// A field that keeps a structure, by position.
    Field(RowPath, usize),
    /// An element of a list that a predicate is about, or the structure that a validation is about: how many rows
    /// outwards it is, and its type.
    Element(u8, usize),
}

/// A value that the caller brings: where it starts, and members to follow, by position at each level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerPath {
    /// Where it starts.
    pub start: CallerStart,
    /// The members to follow.
    pub members: Vec<usize>,
}

impl CallerPath {
    /// Whether it is `auth()` itself.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        self.start == CallerStart::Auth && self.members.is_empty()
    }
}

/// Where a path into what the caller brings starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerStart {
    /// `auth()`
    Auth,
    /// An element of a list that a predicate is about: how many rows outwards it is, and what it is.
    Element(u8, Auth),
}

/// A row in sight and the relation fields to follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPath {
    /// How many rows outwards: 0 is the innermost. Beyond the row that the rule is about is its other state: that
    /// before an update in a rule about `post-update`, that after it in a rule about `update`.
    pub up: u8,
    /// The model of the row it starts from.
    pub model: usize,
    /// Relation fields to follow, by position in the model at hand.
    pub through: Vec<usize>,
}
