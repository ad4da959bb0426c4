//! What SQLite says in its own way.

use sea_query::{BinOper, Expr, ExprTrait, Func, Query, SelectStatement};

use crate::schema::{Field, Needle, Share, Type};

/// The collation that orders decimal numbers kept as text; the driver defines it on every connection.
pub(crate) const DECIMAL: &str = "zmodel_decimal";

/// Calculates with a number that is there: its type, an operator and both numbers. The driver defines it on every
/// connection; SQLite alone would round a Decimal, and let an Int grow out of its bounds.
pub(crate) const CALCULATE: &str = "zmodel_calculate";

/// Puts the elements of one list behind those of another. The driver defines it on every connection; SQLite alone
/// would forget which of them are Booleans.
pub(crate) const APPEND: &str = "zmodel_append";

/// A number after a calculation.
pub(super) fn number(field: &Field, column: Expr, operator: BinOper, value: Expr) -> Expr {
    let kind = match field.ty {
        Type::Decimal => "'decimal'",
        Type::Int => "'int'",
        Type::BigInt => "'bigint'",
        _ => "'float'",
    };
    let operator = match operator {
        BinOper::Add => "'+'",
        BinOper::Sub => "'-'",
        BinOper::Mul => "'*'",
        _ => "'/'",
    };
    Func::cust(CALCULATE).args([Expr::cust(kind), Expr::cust(operator), column, value]).into()
}

/// A list with more elements at its end.
pub(super) fn appended(list: Expr, more: Expr) -> Expr {
    Func::cust(APPEND).args([list, more]).into()
}

/// Sums and averages of decimal numbers, exactly; the driver defines them on every connection.
pub(crate) const DECIMAL_SUM: &str = "zmodel_decimal_sum";
pub(crate) const DECIMAL_AVERAGE: &str = "zmodel_decimal_average";

/// A decimal is kept as text, since SQLite's own numbers would round it; a collation compares it exactly.
pub(super) fn as_decimal(column: Expr) -> Expr {
    Expr::cust_with_expr(format!("? COLLATE {DECIMAL}"), column)
}

/// Looks for a text without LIKE, which ignores the case of ASCII letters and gives `%` and `_` a meaning.
pub(super) fn text(needle: Needle, text: Expr, sought: Expr) -> Expr {
    let length = |text: &Expr| Expr::from(Func::char_length(text.clone()));
    match needle {
        Needle::Contains => Expr::from(Func::cust("instr").args([text, sought])).gt(Expr::cust("0")),
        Needle::StartsWith => {
            let start = Func::cust("substr").args([text, Expr::cust("1"), length(&sought)]);
            Expr::from(start).eq(sought)
        }
        Needle::EndsWith => {
            let from = length(&text).sub(length(&sought)).add(Expr::cust("1"));
            let long_enough = length(&text).gte(length(&sought));
            let end = Func::cust("substr").args([text, from]);
            long_enough.and(Expr::from(end).eq(sought))
        }
    }
}

/// A list is kept as a JSON array. Whether one of its elements satisfies a condition.
pub(super) fn some_element(list: Expr, condition: impl FnOnce(Expr) -> Expr) -> Expr {
    let mut elements = elements(list);
    elements.expr(Expr::cust("1")).and_where(condition(Expr::col("value")));
    Expr::exists(elements)
}

/// Whether some or every element of a list is in another.
pub(super) fn share(share: Share, list: Expr, sought: Expr) -> Expr {
    let mut all = elements(list);
    all.column("value");
    match share {
        Share::Some => some_element(sought, |element| element.in_subquery(all)),
        Share::Every => some_element(sought, |element| element.not_in_subquery(all)).not(),
    }
}

/// Whether a list has no element; NULL if there is no list.
pub(super) fn is_empty(list: Expr) -> Expr {
    Expr::from(Func::cust("json_array_length").arg(list)).eq(Expr::cust("0"))
}

fn elements(list: Expr) -> SelectStatement {
    let mut elements = Query::select();
    elements.from_function(Func::cust("json_each").arg(list), "element");
    elements
}

/// Bytes, as they are kept in a list.
pub(super) fn as_element(bytes: Expr) -> Expr {
    Func::lower(Func::cust("hex").arg(bytes)).into()
}

/// A number that is kept as text, as a Float.
pub(super) fn as_float(value: Expr) -> Expr {
    value.cast_as("REAL")
}

/// A field inside a JSON array, such that nothing is lost on the way: JSON holds no bytes, and SQLite rounds a Float
/// that it writes into JSON.
pub(super) fn cell(field: &Field, column: Expr) -> Expr {
    match field.ty {
        // A list is a text of JSON already.
        _ if field.list => column,
        Type::Bytes => {
            let hex = Expr::from(Func::cust("hex").arg(column.clone()));
            Expr::case(column.is_null(), Expr::null()).finally(hex).into()
        }
        Type::Float => {
            let text = Expr::from(Func::cust("printf").args([Expr::cust("'%!.17g'"), column.clone()]));
            Expr::case(column.is_null(), Expr::null()).finally(text).into()
        }
        _ => column,
    }
}

/// One row as a JSON array.
pub(super) fn row(cells: Vec<Expr>) -> Expr {
    Func::cust("json_array").args(cells).into()
}

/// All rows as a JSON array.
pub(super) fn rows(row: Expr) -> Expr {
    Func::cust("json_group_array").arg(row).into()
}

/// A value that is JSON already, as part of another.
pub(super) fn nested(json: Expr) -> Expr {
    Func::cust("json").arg(json).into()
}

/// A column of JSON. SQLite may look at it before the rules do, and what is no JSON would be an error: one that tells of
/// a row that the caller cannot see. So it counts as nothing.
pub(super) fn json(column: Expr) -> Expr {
    Expr::case(Expr::from(Func::cust("json_valid").arg(column.clone())), column).finally(Expr::null()).into()
}

/// The member of a JSON object.
pub(super) fn json_member(json: Expr, key: Expr) -> Expr {
    Expr::cust_with_exprs(r#"(? -> ('$."' || ? || '"'))"#, [json, key])
}

/// The element of a JSON array.
pub(super) fn json_element(json: Expr, at: Expr) -> Expr {
    Expr::cust_with_exprs("(? -> ?)", [json, at])
}

/// Whether a JSON value is of one of some kinds, each in quotation marks.
pub(super) fn json_is(json: Expr, kinds: &[&'static str]) -> Expr {
    let kinds = kinds.iter().map(|kind| Expr::cust(*kind));
    Expr::from(Func::cust("json_type").arg(json)).is_in(kinds)
}

/// What a JSON text or number holds, as SQL has it.
pub(super) fn json_scalar(json: Expr) -> Expr {
    Expr::cust_with_exprs("(? ->> '$')", [json])
}

/// Whether two JSON values are written alike.
pub(super) fn json_same(json: Expr, other: Expr) -> Expr {
    nested(json).eq(nested(other))
}

/// The elements of a JSON array; of anything else, none.
pub(super) fn json_elements(json: Expr) -> sea_query::FunctionCall {
    let array = Expr::case(json_is(json.clone(), &["'array'"]), json).finally(Expr::cust("'[]'"));
    Func::cust("json_each").arg(array)
}

/// An element of a JSON array as JSON, where `json_each` gives what SQL makes of it.
pub(super) fn json_of_element(alias: &sea_query::Alias) -> Expr {
    let column = |name: &'static str| Expr::col((alias.clone(), name));
    let kind = |kinds: &[&'static str]| column("type").is_in(kinds.iter().map(|kind| Expr::cust(*kind)));
    Expr::case(kind(&["'array'", "'object'"]), column("value"))
        .case(kind(&["'true'", "'false'", "'null'"]), column("type"))
        .finally(Expr::from(Func::cust("json_quote").arg(column("value"))))
        .into()
}

/// A JSON value as SQL has one of its type; NULL if it is of another kind.
pub(super) fn json_value(json: Expr, ty: Type, names: impl Iterator<Item = (Expr, Expr)>) -> Expr {
    let kinds: &[&'static str] = match ty {
        // Only whether there is something is asked of it.
        Type::Json | Type::Unsupported | Type::Bytes => {
            let null = json_is(json.clone(), &["'null'"]);
            return Expr::case(null, Expr::null()).finally(json).into();
        }
        Type::String | Type::DateTime | Type::Enum(_) => &["'text'"],
        Type::Boolean => &["'true'", "'false'"],
        Type::Int | Type::BigInt => &["'integer'"],
        Type::Float => &["'integer'", "'real'"],
        Type::Decimal => &["'text'", "'integer'", "'real'"],
    };
    let value = json_scalar(json.clone());
    let value = match ty {
        Type::Decimal => value.cast_as("TEXT"),
        // Whatever its form, as instants are kept in columns.
        Type::DateTime => Func::cust("strftime").args([Expr::cust("'%Y-%m-%dT%H:%M:%fZ'"), value]).into(),
        _ => value,
    };
    let mut cases = names.fold(None::<sea_query::CaseStatement>, |cases, (name, stored)| {
        let same = value.clone().eq(name);
        Some(match cases {
            None => Expr::case(same, stored),
            Some(cases) => cases.case(same, stored),
        })
    });
    let value = match cases.take() {
        Some(cases) => cases.finally(Expr::null()).into(),
        None => value,
    };
    Expr::case(json_is(json, kinds), value).finally(Expr::null()).into()
}

/// A JSON value if it is a list, else NULL.
pub(super) fn json_list(json: Expr) -> Expr {
    Expr::case(json_is(json.clone(), &["'array'"]), json).finally(Expr::null()).into()
}
