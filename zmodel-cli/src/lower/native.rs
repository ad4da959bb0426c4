//! The types that databases give fields, in their own words.

use crate::hir::Native;

/// The type of a column as SQL writes it: `@db.VarChar(30)` is `varchar(30)`.
pub(super) fn column_type(native: &Native) -> String {
    let (name, args) = match native {
        Native::Text(text) => return text.clone(),
        Native::Named(name, args) => (name.as_str(), args),
    };
    let plain = name.to_ascii_lowercase();
    let ty = match plain.as_str() {
        "varbit" => "bit varying",
        "doubleprecision" => "double precision",
        "unsignedint" => "int unsigned",
        "unsignedsmallint" => "smallint unsigned",
        "unsignedmediumint" => "mediumint unsigned",
        "unsignedbigint" => "bigint unsigned",
        "unsignedtinyint" => "tinyint unsigned",
        other => other,
    };
    if args.is_empty() { ty.to_owned() } else { format!("{ty}({})", args.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arguments() {
        let named = |name: &str, args: &[&str]| {
            column_type(&Native::Named(name.to_owned(), args.iter().map(|arg| (*arg).to_owned()).collect()))
        };
        assert_eq!(named("VarChar", &["30"]), "varchar(30)");
        assert_eq!(named("Decimal", &["10", "2"]), "decimal(10, 2)");
        assert_eq!(named("DoublePrecision", &[]), "double precision");
        assert_eq!(column_type(&Native::Text("point".to_owned())), "point");
    }
}
