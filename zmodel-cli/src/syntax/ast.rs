//! The tree as written: names are text, nothing is resolved.
//!
//! Invariant: every node's span lies inside its parent's, and every piece of the file that was understood is here.
//! What could not be understood is an [`ExprKind::Error`] or simply absent, and a diagnostic says why.

mod positions;

use crate::source::Span;

/// One `.zmodel` file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    /// `import "…"` lines.
    pub imports: Vec<Import>,
    /// Everything else, in order.
    pub items: Vec<Item>,
}

/// `import "./user"`
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The path, without quotes.
    pub path: Str,
    /// The whole import.
    pub span: Span,
}

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name; for an attribute, without the `@`s (`db.VarChar`).
    pub text: String,
    /// Where it stands; for an attribute, with the `@`s.
    pub span: Span,
}

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Str {
    /// The value: quotes removed, escapes resolved.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// A top-level declaration.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `datasource db { … }`
    Datasource(Config),
    /// `generator client { … }`
    Generator(Config),
    /// `plugin policy { … }`
    Plugin(Config),
    /// `model M { … }`, `view V { … }`, `type T { … }`, `abstract model M { … }`
    Model(Model),
    /// `enum E { … }`
    Enum(Enum),
    /// `function f(a: Int): Boolean { … }`
    Function(Function),
    /// `attribute @a(_ b: Int)`
    Attribute(AttributeDecl),
    /// `procedure p(a: Int): User`
    Procedure(Procedure),
}

/// A `datasource`, `generator` or `plugin` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `///` lines before it, slashes removed.
    pub docs: Vec<String>,
    /// The name of the block.
    pub name: Name,
    /// Its `key = value` lines.
    pub entries: Vec<ConfigEntry>,
    /// The whole block.
    pub span: Span,
}

/// `provider = "sqlite"`
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigEntry {
    /// The key.
    pub key: Name,
    /// The value: a literal, a call, an array or an object. An array item such as `postgis(version: "3")` is an
    /// [`ExprKind::Reference`] with arguments.
    pub value: Expr,
    /// The whole entry.
    pub span: Span,
}

/// What a [`Model`] node was declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKind {
    /// `model`
    Model,
    /// `abstract model` (version 2)
    Abstract,
    /// `view`
    View,
    /// `type`
    Type,
}

/// A model, view or type.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What it was declared as.
    pub kind: ModelKind,
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// Its name.
    pub name: Name,
    /// `extends A, B` (version 3 takes one).
    pub extends: Vec<Name>,
    /// `with A, B`
    pub mixins: Vec<Name>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Its `@@` attributes, in order.
    pub attributes: Vec<Attribute>,
    /// Whether it ends with its `}`.
    pub closed: bool,
    /// The whole declaration.
    pub span: Span,
}

/// A field of a model, view or type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// `///` lines before it (or after it, on its line).
    pub docs: Vec<String>,
    /// Its name.
    pub name: Name,
    /// Parameters of a computed field (3.9).
    pub params: Vec<Param>,
    /// Its type.
    pub ty: TypeRef,
    /// Its `@` attributes, in order.
    pub attributes: Vec<Attribute>,
    /// The whole field.
    pub span: Span,
}

/// `User[]`, `Int?`, `Unsupported("point")`
#[derive(Debug, Clone, PartialEq)]
pub struct TypeRef {
    /// The name; `Unsupported` for an unsupported type. An empty text when the type is missing (already reported).
    pub name: Name,
    /// The argument of `Unsupported(…)`.
    pub unsupported: Option<Expr>,
    /// `[]`
    pub list: bool,
    /// `?`
    pub optional: bool,
    /// The whole type.
    pub span: Span,
}

/// An enum.
#[derive(Debug, Clone, PartialEq)]
pub struct Enum {
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// Its name.
    pub name: Name,
    /// Its members, in order.
    pub members: Vec<EnumMember>,
    /// Its `@@` attributes.
    pub attributes: Vec<Attribute>,
    /// The whole declaration.
    pub span: Span,
}

/// A member of an enum.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumMember {
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// Its name.
    pub name: Name,
    /// Its `@` attributes.
    pub attributes: Vec<Attribute>,
    /// The whole member.
    pub span: Span,
}

/// `function f(a: Int, b: String?): Boolean { … } @@@expressionContext([…])`
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Param>,
    /// What it returns.
    pub returns: TypeRef,
    /// The expression in its braces, if there is one.
    pub body: Option<Expr>,
    /// Its `@@@` attributes.
    pub attributes: Vec<Attribute>,
    /// The whole declaration.
    pub span: Span,
}

/// `mutation procedure p(a: Int): User`
#[derive(Debug, Clone, PartialEq)]
pub struct Procedure {
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// Whether it is a `mutation`.
    pub mutation: bool,
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Param>,
    /// What it returns.
    pub returns: TypeRef,
    /// Its `@@@` attributes.
    pub attributes: Vec<Attribute>,
    /// The whole declaration.
    pub span: Span,
}

/// A parameter of a function, procedure or computed field.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// Its name.
    pub name: Name,
    /// Its type; `?` makes it optional.
    pub ty: TypeRef,
    /// The whole parameter.
    pub span: Span,
}

/// How many `@`s an attribute has, and so what it can stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeKind {
    /// `@a`: on a field or an enum member.
    Field,
    /// `@@a`: on a model, type or enum.
    Model,
    /// `@@@a`: on a declaration of the standard library or a plugin.
    Internal,
}

/// `attribute @a(_ b: Int) @@@targetField([StringField])`
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeDecl {
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// What it can stand on.
    pub kind: AttributeKind,
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<AttributeParam>,
    /// Its `@@@` attributes.
    pub attributes: Vec<Attribute>,
    /// The whole declaration.
    pub span: Span,
}

/// A parameter of an attribute declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeParam {
    /// `///` lines before it.
    pub docs: Vec<String>,
    /// Whether an argument without a name can fill it (`_`).
    pub positional: bool,
    /// Its name.
    pub name: Name,
    /// Its type; `?` makes it optional.
    pub ty: TypeRef,
    /// Its `@@@` attributes.
    pub attributes: Vec<Attribute>,
    /// The whole parameter.
    pub span: Span,
}

/// A use of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// How many `@`s it has.
    pub kind: AttributeKind,
    /// Its name, without the `@`s.
    pub name: Name,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// The whole use.
    pub span: Span,
}

/// An argument of an attribute, or of a reference (`title(sort: Desc)`).
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// `name:`
    pub label: Option<Name>,
    /// The value.
    pub value: Expr,
    /// The whole argument.
    pub span: Span,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, parentheses included.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string, quotes removed and escapes resolved.
    String(String),
    /// `null`
    Null,
    /// `this`
    This,
    /// `name`, or `name(sort: Desc)` where fields are listed.
    Reference(Name, Vec<Arg>),
    /// `operand.name`
    Member(Box<Expr>, Name),
    /// `name(a, b)`
    Call(Name, Vec<Expr>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `{ a: 1 }`
    Object(Vec<(Name, Expr)>),
    /// `!a`
    Not(Box<Expr>),
    /// `a == b` and the like.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `collection?[binding, condition]`
    Predicate {
        /// `?`, `!` or `^`
        quantifier: Quantifier,
        /// What stands before the operator.
        collection: Box<Expr>,
        /// The name given to an element.
        binding: Option<Name>,
        /// What stands in the brackets.
        condition: Box<Expr>,
    },
    /// `(a)`
    Paren(Box<Expr>),
    /// Could not be understood; already reported.
    Error,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
}

/// The operator of a collection predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `?`: at least one.
    Some,
    /// `!`: every one.
    Every,
    /// `^`: not one.
    None,
}
