//! What SQLite says in its own way.
//!
//! It has no lists and no decimal numbers: a list is kept as a text of JSON, a Decimal as text. The driver defines what
//! is missing as functions on every connection.

use sea_query::{Alias, Expr, ExprTrait, Func, FunctionCall, Query, SelectStatement};

use super::dialect::{Calculation, Dialect, JsonIs, Sought, renamed};
use crate::error::{Error, Result};
use crate::guard::{Function, Number};
use crate::schema::{Field, Needle, Share, Type};

/// The collation that orders decimal numbers kept as text; the driver defines it on every connection.
pub(crate) const DECIMAL: &str = "zmodel_decimal";

/// A number in JSON, or a text there that is one, as a Decimal is kept; NULL for any other text. The driver defines it on
/// every connection.
pub(crate) const DECIMAL_OF: &str = "zmodel_decimal_of";

/// A text in JSON that is an instant, as an instant is kept; NULL for any other. The driver defines it on every connection;
/// SQLite alone would take the 31st of February for the 3rd of March.
pub(crate) const INSTANT_OF: &str = "zmodel_instant_of";

/// Calculates with a number that is there: its type, an operator and both numbers. The driver defines it on every
/// connection; SQLite alone would round a Decimal, and let an Int grow out of its bounds.
pub(crate) const CALCULATE: &str = "zmodel_calculate";

/// Puts the elements of one list behind those of another. The driver defines it on every connection; SQLite alone
/// would forget which of them are Booleans.
pub(crate) const APPEND: &str = "zmodel_append";

/// JSON, written such that what is the same is written alike; the driver defines it on every connection.
pub(crate) const CANONICAL: &str = "zmodel_json";

/// A row as one value, and all rows as one; the driver defines them on every connection.
pub(crate) const ROW: &str = "zmodel_row";
pub(crate) const ROWS: &str = "zmodel_rows";

/// Sums and averages of decimal numbers, exactly; the driver defines them on every connection.
pub(crate) const DECIMAL_SUM: &str = "zmodel_decimal_sum";
pub(crate) const DECIMAL_AVERAGE: &str = "zmodel_decimal_average";

#[derive(Debug)]
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn number(&self, placeholder: Expr, _: Number) -> Expr {
        placeholder
    }

    fn typed(&self, placeholder: Expr, _: Type, _: bool) -> Expr {
        placeholder
    }

    fn compared(&self, _: &Field, column: Expr) -> Expr {
        column
    }

    fn given(&self, _: &Field, placeholder: Expr) -> Expr {
        placeholder
    }

    fn read(&self, _: &Field, column: Expr) -> Expr {
        column
    }

    fn cell(&self, _: &Field, column: Expr) -> Expr {
        column
    }

    /// Texts have a collation, which only the database knows; but that of an instant changes nothing.
    fn sorts_as_read(&self, field: &Field) -> bool {
        !field.list && matches!(field.ty, Type::Boolean | Type::Int | Type::BigInt | Type::DateTime)
    }

    fn nulls_are_highest(&self) -> bool {
        false
    }

    fn nested(&self, rows: Expr) -> Expr {
        rows
    }

    fn row(&self, cells: Vec<Expr>) -> Expr {
        Func::cust(ROW).args(cells).into()
    }

    fn array(&self, _: &SelectStatement) -> Option<Expr> {
        None
    }

    fn rows(&self, cells: Vec<Expr>) -> Expr {
        Func::cust(ROWS).args(cells).into()
    }

    fn letters(&self, _: &Field, text: Expr) -> Expr {
        text
    }

    fn as_decimal(&self, column: Expr) -> Expr {
        Expr::cust_with_expr(format!("? COLLATE {DECIMAL}"), column)
    }

    fn as_float(&self, value: Expr) -> Expr {
        value.cast_as("REAL")
    }

    fn as_text(&self, _: &Field, column: Expr) -> Expr {
        column
    }

    fn measure(&self, function: Function, field: &Field, column: Expr) -> Expr {
        let exact = field.ty == Type::Decimal;
        match function {
            Function::Count => Func::count(column),
            Function::Sum if exact => Func::cust(DECIMAL_SUM).arg(column),
            Function::Average if exact => Func::cust(DECIMAL_AVERAGE).arg(column),
            Function::Sum => Func::sum(column),
            Function::Average => Func::avg(column),
            Function::Minimum if exact => Func::min(self.as_decimal(column)),
            Function::Maximum if exact => Func::max(self.as_decimal(column)),
            Function::Minimum => Func::min(column),
            Function::Maximum => Func::max(column),
        }
        .into()
    }

    fn calculated(&self, field: &Field, column: Expr, calculation: Calculation, value: Expr) -> Expr {
        let kind = match field.ty {
            Type::Decimal => "'decimal'",
            Type::Int => "'int'",
            Type::BigInt => "'bigint'",
            _ => "'float'",
        };
        let operator = match calculation {
            Calculation::Add => "'+'",
            Calculation::Subtract => "'-'",
            Calculation::Multiply => "'*'",
            Calculation::Divide => "'/'",
        };
        Func::cust(CALCULATE).args([Expr::cust(kind), Expr::cust(operator), column, value]).into()
    }

    fn appended(&self, _: &Field, list: Expr, more: Expr) -> Expr {
        Func::cust(APPEND).args([list, more]).into()
    }

    /// Without LIKE, which ignores the case of ASCII letters and gives `%` and `_` a meaning.
    fn text(&self, needle: Needle, text: Expr, sought: Expr) -> Expr {
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

    fn found(&self, _: Expr, sought: Sought) -> Result<Expr> {
        Err(no_search(&sought))
    }

    fn relevance(&self, _: Vec<Expr>, sought: Sought) -> Result<Expr> {
        Err(no_search(&sought))
    }

    fn some_element(&self, list: Expr, condition: &dyn Fn(Expr) -> Expr) -> Expr {
        let mut elements = elements(list);
        elements.expr(Expr::cust("1")).and_where(condition(Expr::col("value")));
        Expr::exists(elements)
    }

    fn share(&self, share: Share, list: Expr, sought: Expr, json: bool) -> Expr {
        let all = self.elements(list, json);
        let item = |element| if json { canonical(self.json_item()) } else { element };
        match share {
            Share::Some => self.some_element(sought, &|element| item(element).in_subquery(all.clone())),
            Share::Every => self.some_element(sought, &|element| item(element).not_in_subquery(all.clone())).not(),
        }
    }

    fn same_list(&self, left: Expr, right: Expr) -> Expr {
        self.json_same(self.json(left), self.json(right))
    }

    fn json_item(&self) -> Expr {
        self.json_of_element(&Alias::new("element"))
    }

    fn length(&self, list: Expr) -> Expr {
        Func::cust("json_array_length").arg(list).into()
    }

    /// What SQL makes of `true` or of an object is what it makes of a number or of a text.
    fn elements(&self, list: Expr, json: bool) -> SelectStatement {
        let mut elements = elements(list);
        if json {
            elements.expr(canonical(self.json_item()));
        } else {
            elements.column("value");
        }
        elements
    }

    fn is_empty(&self, list: Expr) -> Expr {
        self.length(list).eq(Expr::cust("0"))
    }

    fn as_element(&self, bytes: Expr) -> Expr {
        Func::lower(Func::cust("hex").arg(bytes)).into()
    }

    /// SQLite may look at it before the rules do, and what is no JSON would be an error: one that tells of a row that
    /// the caller cannot see.
    fn json(&self, column: Expr) -> Expr {
        Expr::case(Expr::from(Func::cust("json_valid").arg(column.clone())), column).finally(Expr::null()).into()
    }

    fn json_member(&self, json: Expr, key: Expr) -> Expr {
        Expr::cust_with_exprs(r#"(? -> ('$."' || ? || '"'))"#, [json, key])
    }

    fn json_element(&self, json: Expr, at: Expr) -> Expr {
        Expr::cust_with_exprs("(? -> ?)", [json, at])
    }

    fn json_is(&self, json: Expr, kind: JsonIs) -> Expr {
        let kinds: &[&'static str] = match kind {
            JsonIs::Null => &["'null'"],
            JsonIs::True => &["'true'"],
            JsonIs::False => &["'false'"],
            JsonIs::Text => &["'text'"],
            JsonIs::Number => &["'integer'", "'real'"],
            JsonIs::Whole => &["'integer'"],
            JsonIs::Array => &["'array'"],
        };
        Expr::from(Func::cust("json_type").arg(json)).is_in(kinds.iter().map(|kind| Expr::cust(*kind)))
    }

    fn json_text(&self, json: Expr) -> Expr {
        Expr::cust_with_exprs("(? ->> '$')", [json])
    }

    fn json_number(&self, json: Expr, _: bool) -> Expr {
        self.json_text(json)
    }

    fn json_value(&self, json: Expr, ty: Type, names: Vec<(Expr, Expr)>) -> Expr {
        let kinds: &[JsonIs] = match ty {
            // Only whether there is something is asked of it.
            Type::Json | Type::Unsupported | Type::Bytes => {
                return Expr::case(self.json_is(json.clone(), JsonIs::Null), Expr::null()).finally(json).into();
            }
            Type::String | Type::DateTime | Type::Enum(_) => &[JsonIs::Text],
            Type::Boolean => &[JsonIs::True, JsonIs::False],
            Type::Int | Type::BigInt => &[JsonIs::Whole],
            Type::Float => &[JsonIs::Number],
            Type::Decimal => &[JsonIs::Text, JsonIs::Number],
        };
        let value = self.json_text(json.clone());
        let value = match ty {
            Type::Decimal => Func::cust(DECIMAL_OF).arg(value).into(),
            Type::DateTime => Func::cust(INSTANT_OF).arg(value).into(),
            _ => value,
        };
        let of_kind = kinds.iter().map(|kind| self.json_is(json.clone(), *kind)).reduce(ExprTrait::or);
        let of_kind = of_kind.unwrap_or_else(|| Expr::cust("FALSE"));
        Expr::case(of_kind, renamed(value, names)).finally(Expr::null()).into()
    }

    fn json_list(&self, json: Expr, _: Type, names: Vec<(Expr, Expr)>) -> Expr {
        if !names.is_empty() {
            let mut items = Query::select();
            items.expr(Func::cust("json_group_array").arg(renamed(Expr::col(("item", "value")), names)));
            items.from_function(self.json_elements(json.clone()), "item");
            let list = super::read::sub_select(items);
            return Expr::case(self.json_is(json, JsonIs::Array), list).finally(Expr::null()).into();
        }
        Expr::case(self.json_is(json.clone(), JsonIs::Array), json).finally(Expr::null()).into()
    }

    fn json_same(&self, json: Expr, other: Expr) -> Expr {
        canonical(json).eq(canonical(other))
    }

    fn json_is_empty(&self, json: Expr) -> Expr {
        self.is_empty(json)
    }

    fn json_elements(&self, json: Expr) -> FunctionCall {
        let array = Expr::case(self.json_is(json.clone(), JsonIs::Array), json).finally(Expr::cust("'[]'"));
        Func::cust("json_each").arg(array)
    }

    /// `json_each` gives what SQL makes of an element.
    fn json_of_element(&self, alias: &Alias) -> Expr {
        let column = |name: &'static str| Expr::col((alias.clone(), name));
        let kind = |kinds: &[&'static str]| column("type").is_in(kinds.iter().map(|kind| Expr::cust(*kind)));
        Expr::case(kind(&["'array'", "'object'"]), column("value"))
            .case(kind(&["'true'", "'false'", "'null'"]), column("type"))
            .finally(Expr::from(Func::cust("json_quote").arg(column("value"))))
            .into()
    }

    fn explain(&self) -> &'static str {
        "EXPLAIN QUERY PLAN "
    }
}

fn elements(list: Expr) -> SelectStatement {
    let mut elements = Query::select();
    elements.from_function(Func::cust("json_each").arg(list), "element");
    elements
}

/// A value that is JSON already, as JSON written in one way.
fn canonical(json: Expr) -> Expr {
    Func::cust(CANONICAL).arg(json).into()
}

fn no_search(sought: &Sought) -> Error {
    let what = match sought {
        Sought::FullText { .. } => "full-text",
        Sought::Fuzzy { .. } => "fuzzy",
    };
    Error::invalid(format!("SQLite has no {what} search; PostgreSQL has it"))
}
