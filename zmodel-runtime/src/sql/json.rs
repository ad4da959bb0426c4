//! Conditions on JSON values. A value is an expression that gives JSON as text, or NULL where there is none.

use sea_query::{Expr, ExprTrait, Func, Query};

use super::predicate::{constant, operator};
use super::{place, sqlite};
use crate::guard::{Json, JsonKind, Step};
use crate::schema::{Comparison, Quantifier};

/// `depth` counts the lists around the value.
pub(super) fn condition(value: Expr, test: &Json, depth: usize) -> Expr {
    let all = |list: &[Json]| list.iter().map(|inner| condition(value.clone(), inner, depth)).collect::<Vec<_>>();
    match test {
        Json::Not(inner) => condition(value, inner, depth).not(),
        Json::All(list) => all(list).into_iter().reduce(ExprTrait::and).unwrap_or_else(|| constant(true)),
        Json::Any(list) => all(list).into_iter().reduce(ExprTrait::or).unwrap_or_else(|| constant(false)),
        Json::At(path, inner) => {
            let there = path.iter().fold(value, |value, step| match step {
                Step::Key(slot) => sqlite::json_member(value, place(*slot)),
                Step::Index(slot) => sqlite::json_element(value, place(*slot)),
            });
            condition(there, inner, depth)
        }
        Json::Absent => value.is_null(),
        Json::Null => sqlite::json_is(value, &["'null'"]),
        Json::True => sqlite::json_is(value, &["'true'"]),
        Json::False => sqlite::json_is(value, &["'false'"]),
        Json::Compare(comparison, kind, slot) => {
            let of_kind = match kind {
                JsonKind::Text => sqlite::json_is(value.clone(), &["'text'"]),
                JsonKind::Number => sqlite::json_is(value.clone(), &["'integer'", "'real'"]),
            };
            let compared = sqlite::json_scalar(value).binary(operator(*comparison), place(*slot));
            // What is of another kind is certainly not equal.
            if *comparison == Comparison::NotEqual { of_kind.not().or(compared) } else { of_kind.and(compared) }
        }
        Json::Same(slot) => sqlite::json_same(value, place(*slot)),
        Json::Text(needle, slot, ignore_case) => {
            let (text, sought) = (sqlite::json_scalar(value.clone()), place(*slot));
            let (text, sought) =
                if *ignore_case { (Func::lower(text).into(), Func::lower(sought).into()) } else { (text, sought) };
            sqlite::json_is(value, &["'text'"]).and(sqlite::text(*needle, text, sought))
        }
        Json::Empty => sqlite::json_is(value.clone(), &["'array'"]).and(sqlite::is_empty(value)),
        Json::Elements(quantifier, inner) => {
            let alias = format!("element{depth}");
            let matches = condition(sqlite::json_of_element(&sea_query::Alias::new(alias.clone())), inner, depth + 1);
            let matches = if *quantifier == Quantifier::Every { matches.not() } else { matches };
            let mut elements = Query::select();
            elements.from_function(sqlite::json_elements(value.clone()), sea_query::Alias::new(alias));
            elements.expr(constant(true)).and_where(matches);
            let exists = Expr::exists(elements);
            let outcome = if *quantifier == Quantifier::Some { exists } else { exists.not() };
            Expr::case(value.is_null(), Expr::null()).finally(outcome).into()
        }
    }
}
