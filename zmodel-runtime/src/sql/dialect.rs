//! What databases say in different ways.
//!
//! The modules beside this one build statements of what all databases have in common, and ask a dialect for the rest.
//! A dialect is one file.

use sea_query::{Alias, Expr, ExprTrait, FunctionCall, SelectStatement};

use super::postgres::Postgres;
use super::sqlite::Sqlite;
use crate::error::{Error, Result};
use crate::guard::{Function, Number};
use crate::plan::Similarity;
use crate::schema::{Field, Needle, Provider, Share, Type};

/// The way in which a database says what not every database says alike.
///
/// A JSON value is an expression that gives JSON, or NULL where there is none; a list is what a list field holds.
pub(crate) trait Dialect: Sync {
    /// The placeholder of a number, such that it is compared as the number that it is, whatever stands beside it.
    fn number(&self, placeholder: Expr, number: Number) -> Expr;

    /// The placeholder of a value that nothing stands beside which says of which type it is.
    fn typed(&self, placeholder: Expr, ty: Type, list: bool) -> Expr;

    /// A column as it is compared, ordered, grouped and calculated with.
    fn compared(&self, field: &Field, column: Expr) -> Expr;

    /// The placeholder of a value that a field is given.
    fn given(&self, field: &Field, placeholder: Expr) -> Expr;

    /// A field of a row that the statement gives.
    fn read(&self, field: &Field, column: Expr) -> Expr;

    /// A field as a part of a row inside a row.
    fn cell(&self, field: &Field, column: Expr) -> Expr;

    /// Whether what is read of a field stands in the same order as the database would put it in: numbers from low to high,
    /// texts by their bytes.
    fn sorts_as_read(&self, field: &Field) -> bool;

    /// Whether NULLs are above everything else in an order that says nothing of them, and not below.
    fn nulls_are_highest(&self) -> bool;

    /// What a row brings along, as a part of it.
    fn nested(&self, rows: Expr) -> Expr;

    /// One row, by position, as a single value.
    fn row(&self, cells: Vec<Expr>) -> Expr;

    /// All rows that a statement gives, each made by [`Dialect::row`], as a single value in their order; none where only
    /// an aggregate can make one.
    fn array(&self, rows: &SelectStatement) -> Option<Expr>;

    /// An aggregate of all rows, each of these cells, as a single value.
    fn rows(&self, cells: Vec<Expr>) -> Expr;

    /// The text of a field, such that every letter of it counts.
    fn letters(&self, field: &Field, text: Expr) -> Expr;

    /// A Decimal, such that it is compared exactly.
    fn as_decimal(&self, column: Expr) -> Expr;

    /// A Decimal as a Float.
    fn as_float(&self, value: Expr) -> Expr;

    /// The value of a field as a text that can be searched.
    fn as_text(&self, field: &Field, column: Expr) -> Expr;

    /// A value made of the values that a field has in many rows.
    fn measure(&self, function: Function, field: &Field, column: Expr) -> Expr;

    /// A number after a calculation; an error if its type cannot hold it.
    fn calculated(&self, field: &Field, column: Expr, calculation: Calculation, value: Expr) -> Expr;

    /// A list with more elements at its end; a list that is NULL has no elements.
    fn appended(&self, field: &Field, list: Expr, more: Expr) -> Expr;

    /// Whether a text is found in another, letter by letter.
    fn text(&self, needle: Needle, text: Expr, sought: Expr) -> Expr;

    /// Whether a text is found by a search.
    fn found(&self, text: Expr, sought: Sought) -> Result<Expr>;

    /// How well some texts fit a search; never NULL.
    fn relevance(&self, texts: Vec<Expr>, sought: Sought) -> Result<Expr>;

    /// Whether some element of a list satisfies a condition.
    fn some_element(&self, list: Expr, condition: &dyn Fn(Expr) -> Expr) -> Expr;

    /// Whether some or every element of `sought` is in `list`; both are lists of JSON, or neither.
    fn share(&self, share: Share, list: Expr, sought: Expr, json: bool) -> Expr;

    /// Whether two lists have the same elements in the same order.
    fn same_list(&self, left: Expr, right: Expr) -> Expr;

    /// An element of a list of JSON, where a condition is about it, as JSON.
    fn json_item(&self) -> Expr;

    /// How many elements a list has; NULL if there is no list.
    fn length(&self, list: Expr) -> Expr;

    /// The elements of a list, of JSON perhaps, in their order.
    fn elements(&self, list: Expr, json: bool) -> SelectStatement;

    /// Whether a list has no element; NULL if there is no list.
    fn is_empty(&self, list: Expr) -> Expr;

    /// Bytes, as they are kept in a list.
    fn as_element(&self, bytes: Expr) -> Expr;

    /// A column of JSON; what is no JSON counts as nothing.
    fn json(&self, column: Expr) -> Expr;

    /// The member of a JSON object.
    fn json_member(&self, json: Expr, key: Expr) -> Expr;

    /// The element of a JSON array.
    fn json_element(&self, json: Expr, at: Expr) -> Expr;

    /// Whether a JSON value is of a kind.
    fn json_is(&self, json: Expr, kind: JsonIs) -> Expr;

    /// What a JSON text holds.
    fn json_text(&self, json: Expr) -> Expr;

    /// What a JSON number holds, to be compared with a whole number or with a Float; NULL or anything at all where it is
    /// none.
    fn json_number(&self, json: Expr, whole: bool) -> Expr;

    /// A JSON value as SQL has one of its type; NULL if it is of another kind. With `names`, a text is replaced by the
    /// second of the pair that begins with it, and is NULL if there is none.
    fn json_value(&self, json: Expr, ty: Type, names: Vec<(Expr, Expr)>) -> Expr;

    /// A JSON array as what a list field of such values holds; NULL if it is none. With `names` as with a single value.
    fn json_list(&self, json: Expr, ty: Type, names: Vec<(Expr, Expr)>) -> Expr;

    /// Whether two JSON values are the same.
    fn json_same(&self, json: Expr, other: Expr) -> Expr;

    /// Whether a JSON array has no element.
    fn json_is_empty(&self, json: Expr) -> Expr;

    /// The elements of a JSON array, to select from; of anything else, none.
    fn json_elements(&self, json: Expr) -> FunctionCall;

    /// An element of those that [`Dialect::json_elements`] gives under a name, as JSON.
    fn json_of_element(&self, alias: &Alias) -> Expr;

    /// What stands before a statement to ask how it would run.
    fn explain(&self) -> &'static str;
}

/// What is searched for in a text.
#[derive(Debug)]
pub(crate) enum Sought {
    FullText { query: Expr, config: Option<Expr> },
    Fuzzy { text: Expr, mode: Similarity, threshold: Option<Expr>, unaccent: bool },
}

/// A calculation with a number that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calculation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Kinds of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonIs {
    Null,
    True,
    False,
    Text,
    Number,
    /// A number without a fraction.
    Whole,
    Array,
}

/// The dialect of a database.
pub(crate) fn dialect(provider: Provider) -> Result<&'static dyn Dialect> {
    match provider {
        Provider::Sqlite => Ok(&Sqlite),
        Provider::Postgresql => Ok(&Postgres),
        Provider::Mysql => Err(Error::invalid("there is no SQL for MySQL yet; SQLite and PostgreSQL have it")),
    }
}

/// A text replaced by the second of the pair that begins with it; as it is without pairs.
pub(super) fn renamed(text: Expr, names: Vec<(Expr, Expr)>) -> Expr {
    let mut cases = None::<sea_query::CaseStatement>;
    for (name, stored) in names {
        let same = text.clone().eq(name);
        cases = Some(match cases {
            None => Expr::case(same, stored),
            Some(cases) => cases.case(same, stored),
        });
    }
    match cases {
        Some(cases) => cases.finally(Expr::null()).into(),
        None => text,
    }
}
