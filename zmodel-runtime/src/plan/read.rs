//! Plans that read.

use super::{Asked, Filter, Having, Sought};
use crate::schema::{FieldId, ModelId, RelationId};
use crate::value::Value;

/// Rows to read.
///
/// The parts apply in this order: filter, distinct, cursor, skip, take; all but the first by the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// The model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
    /// In which order.
    pub order: Vec<Order>,
    /// At most so many: the first ones, or, if it is negative, the last ones.
    pub take: Option<i64>,
    /// After leaving out so many, counted from the end that `take` counts from.
    pub skip: Option<u32>,
    /// From this place of the order on, or, if `take` is negative, up to it.
    pub cursor: Option<Cursor>,
    /// Only the first row, by the order, of those that have the same values in these fields.
    pub distinct: Vec<FieldId>,
    /// The fields to read, in this order; without it every field that can be read, in the order of the schema.
    pub fields: Option<Vec<FieldId>>,
    /// What to bring along.
    pub includes: Vec<Include>,
    /// Whether each row also says where in the order it stands: the values of the whole order, after all else.
    pub places: bool,
}

impl Find {
    /// Every row of `model`.
    #[must_use]
    pub const fn new(model: ModelId) -> Self {
        Self {
            model,
            filter: Filter::Constant(true),
            order: Vec::new(),
            take: None,
            skip: None,
            cursor: None,
            distinct: Vec::new(),
            fields: None,
            includes: Vec::new(),
            places: false,
        }
    }

    /// Adds a condition.
    pub fn and(&mut self, filter: Filter) {
        self.filter = std::mem::replace(&mut self.filter, Filter::Constant(true)).and(filter);
    }
}

/// Something to bring along with each row.
#[derive(Debug, Clone, PartialEq)]
pub enum Include {
    /// Rows along a relation of the including model; the model of `find` is the relation's target.
    Rows(RelationId, Find),
    /// How many such rows there are.
    Count(RelationId, Find),
    /// What a field of the row is with arguments.
    Asked(Asked),
}

/// A place in an ordering.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// By this value.
    pub by: OrderBy,
    /// From low to high, or from high to low.
    pub direction: Direction,
    /// Where NULLs stand; without it the database decides.
    pub nulls: Option<Nulls>,
}

impl Order {
    /// By a field.
    #[must_use]
    pub const fn field(field: FieldId, direction: Direction) -> Self {
        Self { by: OrderBy::Field(field), direction, nulls: None }
    }
}

/// What rows are ordered by.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderBy {
    /// A field of the row.
    Field(FieldId),
    /// What a field of the row is with arguments.
    Asked(Asked),
    /// Something of the row that a to-one relation leads to; NULL if it leads to none that the caller may see.
    Related(RelationId, Box<OrderBy>),
    /// How many related rows satisfy a condition, of those that the caller may see.
    Count(RelationId, Filter),
    /// How well some fields of the row fit a search that the database makes.
    Relevance(Vec<FieldId>, Sought),
}

/// From low to high, or from high to low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From low to high.
    Ascending,
    /// From high to low.
    Descending,
}

/// Where NULLs stand in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nulls {
    /// Before all else.
    First,
    /// After all else.
    Last,
}

/// A place in the order of a read.
///
/// With one, the id is added to the order where it is not there yet, so that every row has a place of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// Which place.
    pub at: Place,
    /// Whether what stands right there is read too.
    pub inclusive: bool,
}

/// How a [`Cursor`] names its place.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// Where the row with this unique key stands. If the caller can see no such row, nothing is read.
    Row(Filter),
    /// Where a row with these values would stand: one for each part of the whole order.
    Values(Vec<Value>),
}

/// Rows to count.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// Which rows; order and includes do not matter.
    pub find: Find,
}

/// A question whether there is a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Exists {
    /// The model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
}

/// Rows to summarize: one row of the values of `measures`.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which rows; includes do not matter.
    pub find: Find,
    /// What to say of them.
    pub measures: Vec<Measure>,
    /// What the fields are that are computed with arguments, wherever a measure is of one.
    pub asked: Vec<Asked>,
}

/// Rows to summarize in groups: a row for each group, with the values of `by`, then those of `measures`.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    /// The model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
    /// Rows with the same values in these fields are one group; with no field, there is one group at most.
    pub by: Vec<FieldId>,
    /// What to say of each group.
    pub measures: Vec<Measure>,
    /// What the fields are that are computed with arguments, wherever one is grouped by, measured or ordered by.
    pub asked: Vec<Asked>,
    /// Which groups.
    pub having: Having,
    /// In which order.
    pub order: Vec<GroupOrder>,
    /// At most so many groups: the first ones, or, if it is negative, the last ones.
    pub take: Option<i64>,
    /// After leaving out so many.
    pub skip: Option<u32>,
}

impl GroupBy {
    /// All rows of `model`, in groups of the same values of `by`.
    #[must_use]
    pub const fn new(model: ModelId, by: Vec<FieldId>) -> Self {
        Self {
            model,
            filter: Filter::Constant(true),
            by,
            measures: Vec::new(),
            asked: Vec::new(),
            having: Having::Constant(true),
            order: Vec::new(),
            take: None,
            skip: None,
        }
    }
}

/// A place in an ordering of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupOrder {
    /// By this value.
    pub by: Grouped,
    /// From low to high, or from high to low.
    pub direction: Direction,
    /// Where NULLs stand; without it the database decides.
    pub nulls: Option<Nulls>,
}

/// A value of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grouped {
    /// A field that the rows are grouped by.
    Field(FieldId),
    /// Something about the rows of the group.
    Measure(Measure),
}

/// Something to say about some rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// How many there are.
    Rows,
    /// In how many of them a field is not NULL.
    Count(FieldId),
    /// The sum of a field that holds numbers; NULL if there is none.
    Sum(FieldId),
    /// The average of a field that holds numbers; NULL if there is none.
    Average(FieldId),
    /// The lowest value of a field; NULL if there is none.
    Minimum(FieldId),
    /// The highest value of a field; NULL if there is none.
    Maximum(FieldId),
}
