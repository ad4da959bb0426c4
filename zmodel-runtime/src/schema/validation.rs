//! What is asked of values before they are stored.
//!
//! A field has [`Step`]s, which a value takes one after the other; a model has [`Validation`]s, which look at all values
//! of a row together. Both are about plain values: no other row and no caller has a part in it.

use super::{Comparison, EnumId, FieldId, List, Literal, Needle, Node, Place, Share, Text, Type};

/// What happens to a value that is given for a field, on its way into the row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// `@trim`: blanks at both ends are taken away.
    Trim,
    /// `@lower`
    Lower,
    /// `@upper`
    Upper,
    /// It must pass a check; with the schema's own words for when it does not, if it has some.
    Check(Check, Option<Text>),
}

/// A question about one value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Check {
    /// `@length(min, max)`: so many characters, or so many items of a list.
    Length(Option<u32>, Option<u32>),
    /// `@startsWith(text)` and the like.
    Text(Needle, Text),
    /// `@regex(pattern)`: somewhere in the text is a match. The pattern is in the dialect of the crate `fancy-regex`.
    Pattern(Text),
    /// `@email` and the like.
    Format(Format),
    /// `@gt(number)` and the like: how the value compares with the number.
    Compare(Comparison, Literal),
}

/// A known form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `name@example.com`
    Email,
    /// `https://example.com/path`
    Url,
    /// `+31201234567`
    Phone,
    /// `2024-05-31T12:00:00Z`
    DateTime,
    /// `2024-05-31`
    Date,
    /// `12:00:00`: with any fraction of a second, or exactly so many digits of it; -1 leaves out the seconds.
    Time(Option<i8>),
    /// A UUID, of this version if there is one.
    Uuid(Option<u8>),
}

/// One `@@validate`.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// What must hold.
    pub condition: ValueCondition,
    /// The schema's own words for when it does not.
    pub message: Option<Text>,
    /// The place that it is said of; the row as a whole if empty.
    pub path: List<Text>,
    /// The condition as the schema writes it, on one line.
    pub text: Text,
    /// Where the schema has it.
    pub place: Place,
}

/// A condition over the values of one row.
///
/// NULL equals NULL alone, and comes neither before nor after anything; functions of NULL are false. What an update
/// does not touch is unknown, and only what is certainly false refuses a row; what it computes (`increment`) satisfies
/// no comparison.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ValueCondition {
    /// `true` or `false`
    Constant(bool),
    /// `!c`
    Not(Node<ValueCondition>),
    /// `a && b && …`
    All(List<ValueCondition>),
    /// `a || b || …`
    Any(List<ValueCondition>),
    /// A boolean value by itself.
    Holds(ValueOperand),
    /// `a == b` and the like, `null` included.
    Compare(Comparison, ValueOperand, ValueOperand),
    /// `a in list`
    In(ValueOperand, ValueOperand),
    /// `hasSome(a, b)`, `hasEvery(a, b)`: some or every item of the second list is in the first.
    Share(Share, ValueOperand, ValueOperand),
    /// `isEmpty(list)`
    Empty(ValueOperand),
    /// `contains(a, b)` and the like. The flag says whether upper and lower case are the same.
    Text(Needle, ValueOperand, ValueOperand, bool),
    /// `isEmail(a)` and the like: the value passes a check.
    Passes(Check, ValueOperand),
}

/// A value in a [`ValueCondition`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ValueOperand {
    /// `null`
    Null,
    /// Written in the schema.
    Literal(Literal),
    /// A member of an enum: which enum, and its position there.
    Member(EnumId, u16),
    /// A field of the row.
    Field(FieldId),
    /// A part of a structure in a field of the row: the names of the members to follow, and what stands there, or each
    /// item of the list there.
    Inside(FieldId, List<Text>, Type),
    /// `[a, b]`
    List(List<ValueOperand>),
    /// `length(a)`: the number of characters of a text, or of items of a list.
    Length(Node<ValueOperand>),
    /// The current time.
    Now,
}
