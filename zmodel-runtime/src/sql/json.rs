//! Conditions on JSON values. A value is an expression that gives JSON as text, or NULL where there is none.

use sea_query::{Expr, ExprTrait, Func, Query};

use super::dialect::JsonIs;
use super::predicate::{constant, operator};
use super::{Lower, place};
use crate::guard::{Json, JsonKind, Number, Step};
use crate::schema::{Comparison, Quantifier};

impl Lower<'_> {
    /// `depth` counts the lists around the value.
    pub(super) fn json(self, value: Expr, test: &Json, depth: usize) -> Expr {
        let dialect = self.dialect;
        let all = |list: &[Json]| list.iter().map(|inner| self.json(value.clone(), inner, depth)).collect::<Vec<_>>();
        match test {
            Json::Not(inner) => self.json(value, inner, depth).not(),
            Json::All(list) => all(list).into_iter().reduce(ExprTrait::and).unwrap_or_else(|| constant(true)),
            Json::Any(list) => all(list).into_iter().reduce(ExprTrait::or).unwrap_or_else(|| constant(false)),
            Json::At(path, inner) => {
                let there = path.iter().fold(value, |value, step| match step {
                    Step::Key(slot) => dialect.json_member(value, place(*slot)),
                    Step::Index(slot) => dialect.json_element(value, place(*slot)),
                });
                self.json(there, inner, depth)
            }
            Json::Absent => value.is_null(),
            Json::Null => dialect.json_is(value, JsonIs::Null),
            Json::True => dialect.json_is(value, JsonIs::True),
            Json::False => dialect.json_is(value, JsonIs::False),
            Json::Compare(comparison, kind, slot) => {
                let (kind, held) = match kind {
                    JsonKind::Text => (JsonIs::Text, dialect.json_text(value.clone())),
                    JsonKind::Number => {
                        let whole = slot.number == Some(Number::Whole);
                        (JsonIs::Number, dialect.json_number(value.clone(), whole))
                    }
                };
                let of_kind = dialect.json_is(value, kind);
                let compared = held.binary(operator(*comparison), self.value(*slot));
                // What is of another kind is certainly not equal.
                if *comparison == Comparison::NotEqual { of_kind.not().or(compared) } else { of_kind.and(compared) }
            }
            Json::Same(slot) => dialect.json_same(value, place(*slot)),
            Json::Text(needle, slot, ignore_case) => {
                let (text, sought) = (dialect.json_text(value.clone()), place(*slot));
                let (text, sought) =
                    if *ignore_case { (Func::lower(text).into(), Func::lower(sought).into()) } else { (text, sought) };
                dialect.json_is(value, JsonIs::Text).and(dialect.text(*needle, text, sought))
            }
            Json::Empty => dialect.json_is(value.clone(), JsonIs::Array).and(dialect.json_is_empty(value)),
            Json::Elements(quantifier, inner) => {
                let alias = sea_query::Alias::new(format!("element{depth}"));
                let matches = self.json(dialect.json_of_element(&alias), inner, depth + 1);
                let matches = if *quantifier == Quantifier::Every { matches.not() } else { matches };
                let mut elements = Query::select();
                elements.from_function(dialect.json_elements(value.clone()), alias);
                elements.expr(constant(true)).and_where(matches);
                let exists = Expr::exists(elements);
                let outcome = if *quantifier == Quantifier::Some { exists } else { exists.not() };
                Expr::case(value.is_null(), Expr::null()).finally(outcome).into()
            }
        }
    }
}
