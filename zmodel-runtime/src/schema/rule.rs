//! Access rules as typed predicates.
//!
//! A [`Condition`] is true, false or *unknown*, by Kleene's logic: a comparison with something that is not there (NULL,
//! a missing related row, a missing value of the caller) is unknown. Only [`Condition::IsNull`], [`Condition::Missing`]
//! and [`Condition::Anonymous`], which the schema writes with the keyword `null`, are never unknown.

use super::{EnumId, FieldId, List, Literal, Node, RelationId, Text, Type};

/// One `@@allow` or `@@deny`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Whether it grants or refuses.
    pub effect: Effect,
    /// What it is about.
    pub operations: Operations,
    /// Which states of the row it compares.
    pub moment: Moment,
    /// When it applies.
    pub condition: Condition,
    /// The condition as the schema writes it, on one line.
    pub text: Text,
    /// Where the schema has it.
    pub place: Place,
}

/// Which states of a row a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The one it is in when the rule is asked.
    Now,
    /// Also the one before the update, as the row around it ([`Row`] 1); a rule about `post-update`.
    SinceBefore,
    /// Mostly the one before the update, and as the row around it the one after; a rule about `update` that is also
    /// asked once the update is done. So version 2 takes every such rule of a kind if one of them says `future()`.
    UntilAfter,
}

/// Whether a rule grants or refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `@@allow`: enough if it is certainly true, and nothing denies.
    Allow,
    /// `@@deny`: refuses unless it is certainly false.
    Deny,
}

/// What a rule can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// May this new row be inserted?
    Create,
    /// May this row be seen?
    Read,
    /// May this row be changed?
    Update,
    /// May this row be deleted?
    Delete,
    /// Is this row, as an update has left it, acceptable? Without a rule that allows it, it is.
    PostUpdate,
}

impl Operation {
    /// Every operation.
    pub const EVERY: [Self; 5] = [Self::Create, Self::Read, Self::Update, Self::Delete, Self::PostUpdate];

    /// The name in a schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::PostUpdate => "post-update",
        }
    }
}

/// A set of [`Operation`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operations(pub u8);

impl Operations {
    /// No operation.
    pub const NONE: Self = Self(0);
    /// What `all` means: every operation but `post-update`.
    pub const ALL: Self = Self(0b1111);

    /// The set with `operation` added.
    #[must_use]
    pub const fn with(self, operation: Operation) -> Self {
        Self(self.0 | 1 << operation as u8)
    }

    /// The set without `operation`.
    #[must_use]
    pub const fn without(self, operation: Operation) -> Self {
        Self(self.0 & !(1 << operation as u8))
    }

    /// The operations in the set.
    pub fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::EVERY.into_iter().filter(move |operation| self.contains(*operation))
    }

    /// Whether `operation` is in the set.
    #[must_use]
    pub const fn contains(self, operation: Operation) -> bool {
        self.0 & 1 << operation as u8 != 0
    }
}

/// A place in a schema file, for error messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named to the compiler.
    pub file: Text,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
}

/// When a rule applies: a predicate over a row and the caller.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// `true` or `false`.
    Constant(bool),
    /// `!c`
    Not(Node<Condition>),
    /// `a && b && …`
    All(List<Condition>),
    /// `a || b || …`
    Any(List<Condition>),
    /// A boolean value by itself, such as `published`.
    Holds(Operand),
    /// `a == b` and the like; neither side is the keyword `null`.
    Compare(Comparison, Operand, Operand),
    /// `a in [x, y]`: equal to one of them.
    In(Operand, Items),
    /// `hasSome(a, b)`, `hasEvery(a, b)`: some or every item of the second list is in the first.
    Share(Share, Items, Items),
    /// `a == b` of lists: the same items in the same order.
    Same(Items, Items),
    /// `isEmpty(a)`
    Empty(Items),
    /// `contains(a, b)` and the like. The flag says whether upper and lower case are the same.
    Text(Needle, Operand, Operand, bool),
    /// `a == b` of which one is a `Json` value: numbers by size, objects and lists by what they hold.
    SameJson(Operand, Operand),
    /// `search(a, b)`: whether a text has the words that a [`text_query`](super::text_query()) asks for.
    Search(Operand, Operand),
    /// `a == null`.
    IsNull(Operand),
    /// `relation == null`: following the relations from the row leads to no row.
    Missing(Row, List<RelationId>),
    /// `auth() == null`.
    Anonymous,
    /// `check(relation, operation)`: the rules of the row that some relations lead to allow the operation. Unknown when
    /// they lead to no row.
    Check(Row, List<RelationId>, Operation),
    /// `relation?[c]`, `relation![c]`, `relation^[c]`.
    Quantified(Quantifier, Collection, Node<Condition>),
    /// The same about a list that the caller brings; unknown when it is missing.
    Brought(Quantifier, CallerPath, Node<Condition>),
    /// The same about a list inside a structure that a field keeps as JSON; unknown when it is missing.
    Elements(Quantifier, Inside, Node<Condition>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Where one text is looked for in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Needle {
    /// Anywhere.
    Contains,
    /// At the start.
    StartsWith,
    /// At the end.
    EndsWith,
}

/// How many elements of a collection must satisfy a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `?[..]`: at least one.
    Some,
    /// `![..]`: every one, so also none at all.
    Every,
    /// `^[..]`: not one.
    None,
}

/// Which of the rows in sight: 0 is the innermost (the row the rule is about, or the element of the innermost
/// predicate), 1 the one around it, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row(pub u8);

/// Something that the caller brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerPath {
    /// The element of a list that it starts from, where a predicate is about one; else `auth()`.
    pub from: Option<Row>,
    /// The members to follow, by position at each level.
    pub members: List<u16>,
}

/// A part of a structure that a field keeps as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Where the structure is.
    pub from: InsideOf,
    /// The names of the members to follow.
    pub path: List<Text>,
    /// What stands there, or what each item of the list there is; [`Type::Json`] for a structure. Something else that
    /// stands there is as good as missing.
    pub ty: Type,
}

/// Where a structure is that is kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsideOf {
    /// In a field of a row, or of the row that some to-one relations lead to.
    Field(Row, List<RelationId>, FieldId),
    /// It is the element of a list that a predicate is about.
    Element(Row),
}

/// A list of values in a condition.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Items {
    /// `[x, y]`
    Written(List<Operand>),
    /// A list that the caller brings; unknown when it is missing.
    Caller(CallerPath),
    /// A list in a field of a row, or of the row that some to-one relations lead to; unknown when they lead nowhere.
    Field(Row, List<RelationId>, FieldId),
    /// A list inside a structure that a field keeps as JSON; unknown when it is missing.
    Inside(Inside),
}

/// How many of the items of a list must be in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Share {
    /// At least one.
    Some,
    /// Every one, so also none at all.
    Every,
}

/// The rows that a to-many relation leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The row it starts from.
    pub row: Row,
    /// To-one relations to follow first.
    pub through: List<RelationId>,
    /// The to-many relation of the row arrived at.
    pub relation: RelationId,
}

/// A value in a condition.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Operand {
    /// Written in the schema.
    Literal(Literal),
    /// A member of an enum: which enum, and its position there.
    Member(EnumId, u16),
    /// A field of a row, or of the row that some to-one relations lead to; null when they lead nowhere.
    Field(Row, List<RelationId>, FieldId),
    /// Something that the caller brings; null when it is missing.
    Caller(CallerPath),
    /// JSON that the caller brings, as a value of this type; null when it is missing or of another type.
    CallerJson(CallerPath, Type),
    /// A part of a structure that a field keeps as JSON, or a whole `Json` value; null when it is missing or of another
    /// type.
    Inside(Inside),
    /// The current time.
    Now,
    /// What is missing in any case: a function was not given it.
    Missing,
}
