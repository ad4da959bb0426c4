//! What a column can hold whose type the schema names in the database's own words, where no validation attribute could
//! say it: `@db.Decimal(10, 2)`, `@db.Uuid`. What one could say (`@db.VarChar(30)`, `@db.SmallInt`) the compiler has made a
//! step of the field, but for the length of each text of a list: there an attribute would be about the list.
//!
//! Whatever the database would refuse is said to be wrong before it is asked, as any other value that cannot be used.

use std::net::IpAddr;

use crate::schema::Field;
use crate::value::{Decimal, Value};

/// The code and the message of what a column of this type refuses a value for.
pub(super) fn refuses(field: &Field, value: &Value) -> Option<(&'static str, String)> {
    let (name, arguments) = parts(field.native.as_deref()?);
    match value {
        Value::Text(text) if field.list && matches!(&*name, "varchar" | "char") => {
            let most = arguments.first().copied().or((name == "char").then_some(1))?;
            (text.chars().count() > most as usize).then(|| ("length", format!("must have at most {most} characters")))
        }
        Value::Text(text) => refuses_text(&name, &arguments, text),
        Value::Decimal(number) => refuses_decimal(&name, &arguments, number),
        _ => None,
    }
}

/// `varchar(30)`: the name in small letters, and the numbers in parentheses.
fn parts(native: &str) -> (String, Vec<u32>) {
    let (name, rest) = native.split_once('(').unwrap_or((native, ""));
    let arguments = rest.trim_end_matches(')').split(',').filter_map(|argument| argument.trim().parse().ok());
    (name.trim().to_ascii_lowercase(), arguments.collect())
}

fn refuses_text(name: &str, arguments: &[u32], text: &str) -> Option<(&'static str, String)> {
    match name {
        "bit" | "varbit" | "bit varying" => {
            let bits = text.len();
            let most = arguments.first().copied().or((name == "bit").then_some(1));
            let fits =
                most.is_none_or(|most| if name == "bit" { bits == most as usize } else { bits <= most as usize });
            if fits && text.bytes().all(|byte| matches!(byte, b'0' | b'1')) {
                return None;
            }
            Some((
                "type",
                most.map_or_else(
                    || "must be bits".to_owned(),
                    |most| match name {
                        "bit" => format!("must be exactly {most} bits"),
                        _ => format!("must be at most {most} bits"),
                    },
                ),
            ))
        }
        "uuid" => uuid::Uuid::try_parse(text).is_err().then(|| ("type", "must be a UUID".to_owned())),
        "inet" => {
            let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
            let most = match address.parse() {
                Ok(IpAddr::V4(_)) => Some(32),
                Ok(IpAddr::V6(_)) => Some(128),
                Err(_) => None,
            };
            let fits =
                prefix.is_empty() || prefix.parse::<u8>().is_ok_and(|prefix| most.is_some_and(|most| prefix <= most));
            (most.is_none() || !fits).then(|| ("type", "must be an IP address".to_owned()))
        }
        _ => None,
    }
}

/// `decimal(precision, scale)`: digits behind the point are rounded, and those before it must have their places.
fn refuses_decimal(name: &str, arguments: &[u32], number: &Decimal) -> Option<(&'static str, String)> {
    if !matches!(name, "decimal" | "numeric") {
        return None;
    }
    let (precision, scale) = (*arguments.first()?, arguments.get(1).copied().unwrap_or(0));
    let places = precision.checked_sub(scale)?;
    let rounded = number.round_dp(scale).abs().trunc();
    let digits = if rounded.is_zero() { 0 } else { rounded.normalize().to_string().len() };
    (digits > places as usize).then(|| ("range", format!("must have at most {places} digits before the point")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_holds_what_it_has_place_for() {
        let field = |native: &str, list| Field { native: Some(native.to_owned().into()), list, ..Field::PLAIN };
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |text: &str| Value::Decimal(text.parse().unwrap());
        for (native, fits, refused) in [
            ("bit(2)", text("01"), text("1")),
            ("varbit(2)", text("1"), text("12")),
            ("uuid", text("6f9619ff-8b86-d011-b42d-00cf4fc964ff"), text("x")),
            ("inet", text("::1/64"), text("10.0.0.1/33")),
            ("decimal(4, 2)", number("99.99"), number("99.995")),
            ("numeric(2)", number("-99.4"), number("100")),
            ("decimal(2, 2)", number("0.99"), number("1")),
        ] {
            assert_eq!(refuses(&field(native, false), &fits), None, "{native}");
            assert!(refuses(&field(native, false), &refused).is_some(), "{native}");
        }
        for (native, fits, refused) in [("varchar(2)", "ab", "abc"), ("char(2)", "ä", "äöü"), ("char", "ä", "äö")]
        {
            assert_eq!(refuses(&field(native, true), &text(fits)), None, "{native}");
            assert!(refuses(&field(native, true), &text(refused)).is_some(), "{native}");
        }
        // Without a limit, or of another kind, it is not the matter of this module.
        for (native, value) in [("text", text("x")), ("decimal", number("1e20")), ("date", text("x"))] {
            assert_eq!(refuses(&field(native, false), &value), None, "{native}");
        }
    }
}
