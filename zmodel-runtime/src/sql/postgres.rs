//! What PostgreSQL says in its own way.
//!
//! Types are taken seriously here: a placeholder gets its type from what stands beside it, and what related rows hold
//! arrives as records, each value in its own type.

use sea_query::{Alias, Expr, ExprTrait, Func, FunctionCall, Query, SelectStatement};

use super::dialect::{Calculation, Dialect, JsonIs, Sought, renamed};
use crate::error::Result;
use crate::guard::{Function, Number};
use crate::plan::Similarity;
use crate::schema::{Field, Needle, Share, Type};
use crate::value::IN_JSON;

/// A Decimal, as a text in JSON. In a database that knows the digits of everybody, `\d` would find more than can be cast.
const DECIMAL: &str = r"'^-?[0-9]{1,60}(\.[0-9]{1,60})?$'";

#[derive(Debug)]
pub(super) struct Postgres;

impl Dialect for Postgres {
    /// A placeholder beside a column would take the column's type, and a large number or a fraction would not fit it.
    fn number(&self, placeholder: Expr, number: Number) -> Expr {
        placeholder.cast_as(match number {
            Number::Whole => "int8",
            Number::Float => "float8",
            Number::Exact => "numeric",
        })
    }

    fn typed(&self, placeholder: Expr, ty: Type, list: bool) -> Expr {
        let name = match ty {
            Type::String | Type::Enum(_) | Type::Unsupported => "text",
            Type::Boolean => "boolean",
            Type::Int => "int4",
            Type::BigInt => "int8",
            Type::Float => "float8",
            Type::Decimal => "numeric",
            Type::DateTime => "timestamp(3)",
            Type::Json => "jsonb",
            Type::Bytes => "bytea",
        };
        placeholder.cast_as(Alias::new(format!("{name}{}", if list { "[]" } else { "" })))
    }

    /// PostgreSQL compares no `xml`, no `json`, and `money` with nothing else; of an `oid` it takes no sums. What is read of a
    /// `real` are its digits, so these are compared too: 0.1 is 0.1.
    fn compared(&self, field: &Field, column: Expr) -> Expr {
        match native(field) {
            "xml" => cast(field, column, "text"),
            "json" if !field.list => column.cast_as("jsonb"),
            "money" => cast(field, column, "numeric"),
            "oid" => cast(field, column, "int8"),
            "real" => cast(field, cast(field, column, "text"), "float8"),
            _ => column,
        }
    }

    /// How an amount of money is written is up to the server; what number it is, is not.
    fn given(&self, field: &Field, placeholder: Expr) -> Expr {
        if native(field) == "money" { cast(field, placeholder, "numeric") } else { placeholder }
    }

    /// What the driver does not know by its number travels as text.
    fn read(&self, field: &Field, column: Expr) -> Expr {
        match field.ty {
            Type::Enum(_) => cast(field, column, "text"),
            Type::String if !is_text(field) && !matches!(native(field), "uuid" | "inet" | "bit" | "bit varying") => {
                cast(field, column, "text")
            }
            Type::Decimal if native(field) == "money" => cast(field, column, "numeric"),
            _ => column,
        }
    }

    fn cell(&self, field: &Field, column: Expr) -> Expr {
        self.read(field, column)
    }

    /// Only as far as the type is known: it can be written in many ways.
    fn sorts_as_read(&self, field: &Field) -> bool {
        let types: &[&str] = match field.ty {
            Type::Boolean => &["", "boolean", "bool"],
            Type::Int | Type::BigInt => &["", "integer", "int", "int4", "bigint", "int8", "smallint", "int2"],
            Type::DateTime => &["", "timestamp", "timestamptz", "date"],
            _ => &[],
        };
        !field.list && is_one_of(field, types)
    }

    fn nulls_are_highest(&self) -> bool {
        true
    }

    fn nested(&self, rows: Expr) -> Expr {
        rows
    }

    fn row(&self, cells: Vec<Expr>) -> Expr {
        Func::cust("ROW").args(cells).into()
    }

    fn array(&self, rows: &SelectStatement) -> Option<Expr> {
        Some(Func::cust("ARRAY").arg(super::read::sub_select(rows.clone())).into())
    }

    fn rows(&self, cells: Vec<Expr>) -> Expr {
        Func::cust("array_agg").arg(self.row(cells)).into()
    }

    /// To `char(n)` blanks at the end are nothing, and to `citext` case is. Of what only the database knows it may not know
    /// what is the same.
    fn letters(&self, field: &Field, text: Expr) -> Expr {
        if blurs(field) || field.ty == Type::Unsupported { text.cast_as("text") } else { text }
    }

    fn as_decimal(&self, column: Expr) -> Expr {
        column
    }

    fn as_float(&self, value: Expr) -> Expr {
        value.cast_as("float8")
    }

    fn as_text(&self, field: &Field, column: Expr) -> Expr {
        match native(field) {
            // Without the mask of a single address, as it is read.
            "inet" => Func::cust("abbrev").arg(column).into(),
            _ if is_text(field) => column,
            _ => column.cast_as("text"),
        }
    }

    /// Sums and averages have the types that a client expects, and not wider ones; what does not fit is an error.
    fn measure(&self, function: Function, field: &Field, column: Expr) -> Expr {
        let whole = matches!(field.ty, Type::Int | Type::BigInt);
        match function {
            Function::Count => Func::count(column).into(),
            Function::Sum if whole => Expr::from(Func::sum(column)).cast_as("int8"),
            Function::Sum => Func::sum(column).into(),
            Function::Average if whole => Expr::from(Func::avg(column)).cast_as("float8"),
            Function::Average => Func::avg(column).into(),
            Function::Minimum => least(field, column, true),
            Function::Maximum => least(field, column, false),
        }
    }

    fn calculated(&self, field: &Field, column: Expr, calculation: Calculation, value: Expr) -> Expr {
        let column = self.compared(field, column);
        match calculation {
            Calculation::Add => column.add(value),
            Calculation::Subtract => column.sub(value),
            Calculation::Multiply => column.mul(value),
            Calculation::Divide => column.div(value),
        }
    }

    fn appended(&self, field: &Field, list: Expr, more: Expr) -> Expr {
        let list = if native(field) == "money" { self.compared(field, list) } else { list };
        // Beside NULL, `||` takes the other side whole.
        Expr::cust_with_exprs("($1 || $2)", [list, more])
    }

    fn text(&self, needle: Needle, text: Expr, sought: Expr) -> Expr {
        match needle {
            Needle::Contains => Expr::from(Func::cust("strpos").args([text, sought])).gt(Expr::cust("0")),
            Needle::StartsWith => Func::cust("starts_with").args([text, sought]).into(),
            Needle::EndsWith => {
                let length = Func::cust("length").arg(sought.clone());
                Expr::from(Func::cust("right").args([text, length.into()])).eq(sought)
            }
        }
    }

    fn found(&self, text: Expr, sought: Sought) -> Result<Expr> {
        Ok(match sought {
            Sought::FullText { query, config } => {
                Expr::cust_with_exprs("($1 @@ $2)", [words(config.clone(), text), asked(config, query)])
            }
            Sought::Fuzzy { text: sought, mode, threshold, unaccent } => {
                let (text, sought) = (letters(text, unaccent), letters(sought, unaccent));
                match (threshold, mode) {
                    (Some(least), _) => similarity(mode, text, sought).gt(least.cast_as("float4")),
                    (None, Similarity::Simple) => Expr::cust_with_exprs("($1 % $2)", [text, sought]),
                    (None, Similarity::Word) => Expr::cust_with_exprs("($1 <% $2)", [sought, text]),
                    (None, Similarity::StrictWord) => Expr::cust_with_exprs("($1 <<% $2)", [sought, text]),
                }
            }
        })
    }

    fn relevance(&self, texts: Vec<Expr>, sought: Sought) -> Result<Expr> {
        Ok(match sought {
            Sought::FullText { query, config } => {
                let whole = Func::cust("concat_ws").args(std::iter::once(Expr::cust("' '")).chain(texts));
                let (words, query) = (words(config.clone(), whole.into()), asked(config, query));
                or_none(Func::cust("ts_rank").args([words, query]).into())
            }
            Sought::Fuzzy { text: sought, mode, unaccent, threshold: _ } => {
                let sought = letters(sought, unaccent);
                let each =
                    texts.into_iter().map(|text| or_none(similarity(mode, letters(text, unaccent), sought.clone())));
                Func::cust("greatest").args(each).into()
            }
        })
    }

    fn some_element(&self, list: Expr, condition: &dyn Fn(Expr) -> Expr) -> Expr {
        let mut elements = Query::select();
        elements.from_function(Func::cust("unnest").arg(list), "element");
        elements.expr(Expr::cust("1")).and_where(condition(Expr::col(("element", "element"))));
        Expr::exists(elements)
    }

    fn share(&self, share: Share, list: Expr, sought: Expr, _: bool) -> Expr {
        match share {
            Share::Some => Expr::cust_with_exprs("($1 && $2)", [list, sought]),
            Share::Every => Expr::cust_with_exprs("($1 @> $2)", [list, sought]),
        }
    }

    fn same_list(&self, left: Expr, right: Expr) -> Expr {
        left.eq(right)
    }

    fn json_item(&self) -> Expr {
        Expr::col(("element", "element")).cast_as("jsonb")
    }

    fn length(&self, list: Expr) -> Expr {
        Func::cust("cardinality").arg(list).into()
    }

    fn elements(&self, list: Expr, _: bool) -> SelectStatement {
        let mut elements = Query::select();
        elements.from_function(Func::cust("unnest").arg(list), "element").column(("element", "element"));
        elements
    }

    fn is_empty(&self, list: Expr) -> Expr {
        self.length(list).eq(Expr::cust("0"))
    }

    fn as_element(&self, bytes: Expr) -> Expr {
        bytes
    }

    fn json(&self, column: Expr) -> Expr {
        column.cast_as("jsonb")
    }

    fn json_member(&self, json: Expr, key: Expr) -> Expr {
        Expr::cust_with_exprs("($1 -> $2)", [json, key.cast_as("text")])
    }

    fn json_element(&self, json: Expr, at: Expr) -> Expr {
        Expr::cust_with_exprs("($1 -> $2)", [json, at.cast_as("int4")])
    }

    fn json_is(&self, json: Expr, kind: JsonIs) -> Expr {
        let name = match kind {
            JsonIs::Null => "'null'",
            JsonIs::True => return json.eq(Expr::cust("'true'::jsonb")),
            JsonIs::False => return json.eq(Expr::cust("'false'::jsonb")),
            JsonIs::Text => "'string'",
            JsonIs::Number => "'number'",
            JsonIs::Whole => {
                let number = self.json_text(json.clone()).cast_as("numeric");
                let whole = Expr::from(Func::cust("trunc").arg(number.clone())).eq(number);
                return Expr::case(self.json_is(json, JsonIs::Number), whole).finally(Expr::cust("FALSE")).into();
            }
            JsonIs::Array => "'array'",
        };
        Expr::from(Func::cust("jsonb_typeof").arg(json)).eq(Expr::cust(name))
    }

    fn json_text(&self, json: Expr) -> Expr {
        Expr::cust_with_exprs("($1 #>> '{}')", [json])
    }

    /// The conditions of a statement are looked at in any order, so this one looks for itself: what cannot be cast would
    /// be an error, one that tells of a row that the caller cannot see.
    fn json_number(&self, json: Expr, whole: bool) -> Expr {
        let number = self.json_text(json.clone()).cast_as("numeric");
        let number = Expr::case(self.json_is(json, JsonIs::Number), number).finally(Expr::null());
        if whole { number.into() } else { as_float(number.into()) }
    }

    fn json_value(&self, json: Expr, ty: Type, names: Vec<(Expr, Expr)>) -> Expr {
        let only = |kind, value: Expr| Expr::case(self.json_is(json.clone(), kind), value).finally(Expr::null()).into();
        let text = || self.json_text(json.clone());
        match ty {
            // Only whether there is something is asked of it.
            Type::Json | Type::Unsupported | Type::Bytes => {
                Expr::case(self.json_is(json.clone(), JsonIs::Null), Expr::null()).finally(json).into()
            }
            Type::String | Type::Enum(_) => only(JsonIs::Text, renamed(text(), names)),
            Type::Boolean => Expr::case(self.json_is(json.clone(), JsonIs::True), Expr::cust("TRUE"))
                .case(self.json_is(json, JsonIs::False), Expr::cust("FALSE"))
                .finally(Expr::null())
                .into(),
            Type::Int | Type::BigInt => only(JsonIs::Whole, text().cast_as("numeric")),
            Type::Float => self.json_number(json, false),
            Type::Decimal => {
                let written = self.json_is(json.clone(), JsonIs::Text).and(matches(text(), Expr::cust(DECIMAL)));
                Expr::case(self.json_is(json.clone(), JsonIs::Number).or(written), text().cast_as("numeric"))
                    .finally(Expr::null())
                    .into()
            }
            Type::DateTime => {
                // A cast would round what is behind the milliseconds.
                let text_to_the_millisecond =
                    Expr::cust_with_expr(r"regexp_replace($1, '(\.[0-9]{3})[0-9]+', '\1')", text());
                let instant = text_to_the_millisecond.cast_as("timestamptz").cast_as("timestamp(3)");
                let form = Expr::cust(format!("'{IN_JSON}'"));
                let written = self.json_is(json.clone(), JsonIs::Text).and(matches(text(), form));
                Expr::case(written, instant).finally(Expr::null()).into()
            }
        }
    }

    fn json_list(&self, json: Expr, ty: Type, names: Vec<(Expr, Expr)>) -> Expr {
        let alias = Alias::new("item");
        let mut items = Query::select();
        let item = self.json_of_element(&alias);
        items.expr(if ty == Type::Json { item } else { self.json_value(item, ty, names) });
        items.from_function(self.json_elements(json.clone()), alias);
        let list = Func::cust("ARRAY").arg(super::read::sub_select(items));
        Expr::case(self.json_is(json, JsonIs::Array), Expr::from(list)).finally(Expr::null()).into()
    }

    fn json_same(&self, json: Expr, other: Expr) -> Expr {
        json.eq(other.cast_as("jsonb"))
    }

    fn json_is_empty(&self, json: Expr) -> Expr {
        json.eq(Expr::cust("'[]'::jsonb"))
    }

    fn json_elements(&self, json: Expr) -> FunctionCall {
        let array = Expr::case(self.json_is(json.clone(), JsonIs::Array), json).finally(Expr::cust("'[]'::jsonb"));
        Func::cust("jsonb_array_elements").arg(array)
    }

    fn json_of_element(&self, alias: &Alias) -> Expr {
        Expr::col((alias.clone(), "value"))
    }

    fn explain(&self) -> &'static str {
        "EXPLAIN "
    }
}

/// The words of a text.
fn words(config: Option<Expr>, text: Expr) -> Expr {
    Func::cust("to_tsvector").args(config.map(named).into_iter().chain([text.cast_as("text")])).into()
}

/// What is asked of the words of a text.
fn asked(config: Option<Expr>, query: Expr) -> Expr {
    Func::cust("to_tsquery").args(config.map(named).into_iter().chain([query.cast_as("text")])).into()
}

/// The configuration of a name, with or without its schema. One that is not there is NULL: as an error it would be
/// reported only where the database comes to a row, which may be one that the caller cannot see.
fn named(config: Expr) -> Expr {
    let question = "(SELECT c.oid::regconfig FROM pg_catalog.pg_ts_config c \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace \
        WHERE CAST($1 AS text) IN (c.oid::regconfig::text, n.nspname || '.' || c.cfgname) LIMIT 1)";
    Expr::cust_with_exprs(question, [config])
}

/// A text as a fuzzy search compares it.
fn letters(text: Expr, unaccent: bool) -> Expr {
    let lower = Func::lower(text.cast_as("text"));
    if unaccent { Func::cust("unaccent").arg(lower).into() } else { lower.into() }
}

fn similarity(mode: Similarity, text: Expr, sought: Expr) -> Expr {
    match mode {
        Similarity::Simple => Func::cust("similarity").args([text, sought]),
        Similarity::Word => Func::cust("word_similarity").args([sought, text]),
        Similarity::StrictWord => Func::cust("strict_word_similarity").args([sought, text]),
    }
    .into()
}

/// What is not there fits not at all.
fn or_none(relevance: Expr) -> Expr {
    Func::coalesce([relevance, Expr::cust("0")]).into()
}

/// Whether a text is written in a way.
fn matches(text: Expr, pattern: Expr) -> Expr {
    Expr::cust_with_exprs("($1 ~ $2)", [text, pattern])
}

/// A number as a Float, if it is not beyond all of them.
fn as_float(number: Expr) -> Expr {
    let fits = Expr::from(Func::cust("abs").arg(number.clone())).lt(Expr::cust("1.7e308"));
    Expr::case(fits, number.cast_as("float8")).finally(Expr::null()).into()
}

/// Whether the database keeps a String field as a text, by the type that the schema names.
fn is_text(field: &Field) -> bool {
    let texts = ["text", "varchar", "char", "bpchar", "character", "character varying"];
    if field.native.is_none() { !matches!(field.ty, Type::Enum(_)) } else { is_one_of(field, &texts) }
}

/// The type of a column that the schema names, without what is in parentheses.
fn native(field: &Field) -> &str {
    field.native.as_deref().unwrap_or_default().split('(').next().unwrap_or_default().trim()
}

fn is_one_of(field: &Field, names: &[&str]) -> bool {
    names.iter().any(|name| native(field).eq_ignore_ascii_case(name))
}

/// A value of a field, or each of a list of them, as one of another type.
fn cast(field: &Field, value: Expr, ty: &str) -> Expr {
    value.cast_as(Alias::new(format!("{ty}{}", if field.list { "[]" } else { "" })))
}

/// Whether the type of a column takes different texts for the same.
fn blurs(field: &Field) -> bool {
    is_one_of(field, &["char", "bpchar", "character", "citext"])
}

/// The least or the greatest value; PostgreSQL has neither for Booleans nor for bytes.
fn least(field: &Field, column: Expr, least: bool) -> Expr {
    let call = |column| if least { Func::min(column) } else { Func::max(column) };
    match field.ty {
        Type::Boolean => Func::cust(if least { "bool_and" } else { "bool_or" }).arg(column).into(),
        Type::Bytes => Func::cust("decode")
            .args([call(Func::cust("encode").args([column, Expr::cust("'hex'")]).into()).into(), Expr::cust("'hex'")])
            .into(),
        Type::String if native(field) == "inet" => call(column).into(),
        Type::String if native(field) == "citext" => Expr::from(call(column)).cast_as("text"),
        Type::String if !is_text(field) => call(column.cast_as("text")).into(),
        _ => call(column).into(),
    }
}
