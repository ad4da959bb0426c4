//! What is asked of values: validation attributes of fields, and `@@validate`.

use zmodel_runtime::schema::{Check, Comparison, Format, Literal, Needle, Step, Type};

use super::attributes::{Application, Holder, Value};
use super::pattern::translate;
use super::{Expr, Field, FieldType, Native, Resolver, Validation};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, ExprKind};

impl<'a> Resolver<'a, '_> {
    /// What an attribute of a field does with its values, if it is about them; none also if a mistake was reported.
    pub(super) fn value_step(&mut self, used: &Application<'a>) -> Option<Step> {
        let text = |param: &str| used.text(param).to_owned().into();
        let check = match used.name() {
            "trim" => return Some(Step::Trim),
            "lower" => return Some(Step::Lower),
            "upper" => return Some(Step::Upper),
            "length" => Check::Length(self.count(used, "min")?, self.count(used, "max")?),
            "startsWith" => Check::Text(Needle::StartsWith, text("text")),
            "endsWith" => Check::Text(Needle::EndsWith, text("text")),
            "contains" => Check::Text(Needle::Contains, text("text")),
            "regex" => Check::Pattern(self.pattern(used.given("regex")?)?.into()),
            "gt" => self.bound(used, Comparison::Greater)?,
            "gte" => self.bound(used, Comparison::GreaterOrEqual)?,
            "lt" => self.bound(used, Comparison::Less)?,
            "lte" => self.bound(used, Comparison::LessOrEqual)?,
            name => Check::Format(match name {
                "email" => Format::Email,
                "url" => Format::Url,
                "phone" => Format::Phone,
                "datetime" => Format::DateTime,
                "date" => Format::Date,
                "time" => Format::Time(self.precision(used.given("precision"))?),
                "uuid" => Format::Uuid(used.given("version").and_then(number).and_then(|text| text.parse().ok())),
                _ => return None,
            }),
        };
        Some(Step::Check(check, used.text_of("message").map(|text| text.to_owned().into())))
    }

    /// A bound of a length.
    #[expect(clippy::option_option, reason = "a mistake, or no such bound, or the bound")]
    fn count(&mut self, used: &Application<'a>, param: &str) -> Option<Option<u32>> {
        let Some(given) = used.given(param) else { return Some(None) };
        self.whole(given).map(Some)
    }

    /// A number of characters, or of items.
    fn whole(&mut self, given: &ast::Expr) -> Option<u32> {
        let count = number(given).and_then(|text| text.parse().ok());
        if count.is_none() {
            let found = Diagnostic::error("wrong-argument", given.span, "a length is a whole number from 0 on");
            self.report(found);
        }
        count
    }

    /// How many digits the seconds of a time have.
    #[expect(clippy::option_option, reason = "a mistake, or no such number, or the number")]
    fn precision(&mut self, given: Option<&ast::Expr>) -> Option<Option<i8>> {
        let Some(given) = given else { return Some(None) };
        let digits = number(given).and_then(|text| text.parse().ok()).filter(|digits| (-1..=9).contains(digits));
        if digits.is_none() {
            let message = "this is no precision of a time";
            let found = Diagnostic::error("wrong-argument", given.span, message);
            self.report(found.help("write the number of digits after the seconds, 0 to 9, or -1 for no seconds"));
        }
        digits.map(Some)
    }

    fn bound(&mut self, used: &Application<'a>, comparison: Comparison) -> Option<Check> {
        let given = used.given("value")?;
        let Some(text) = number(given) else {
            let message = format!("`@{}` compares with a number", used.name());
            self.report(Diagnostic::error("wrong-argument-type", given.span, message).help("write a number here"));
            return None;
        };
        Some(Check::Compare(comparison, literal(text)))
    }

    /// A pattern in the dialect of the engine.
    pub(super) fn pattern(&mut self, given: &ast::Expr) -> Option<String> {
        let ExprKind::String(text) = &given.kind else { return None };
        match translate(text) {
            Ok(pattern) => Some(pattern),
            Err(message) => {
                let found = Diagnostic::error("wrong-pattern", given.span, message);
                self.report(found.help("write a regular expression as JavaScript has it, without `/` around it"));
                None
            }
        }
    }

    /// The check that a function of validation rules makes of its first argument, or none if it makes none.
    pub(super) fn check_called(&mut self, name: &str, args: &[ast::Expr]) -> Option<Check> {
        let format = match name {
            "regex" => return Some(Check::Pattern(self.pattern(args.get(1)?)?.into())),
            "length" => {
                let min = self.whole(args.get(1)?)?;
                let max = match args.get(2) {
                    Some(given) => Some(self.whole(given)?),
                    None => None,
                };
                return Some(Check::Length(Some(min), max));
            }
            "email" | "isEmail" => Format::Email,
            "url" | "isUrl" => Format::Url,
            "datetime" | "isDateTime" => Format::DateTime,
            "isDate" => Format::Date,
            "isTime" => Format::Time(self.precision(args.get(1))?),
            "isPhone" => Format::Phone,
            "isUuid" => Format::Uuid(args.get(1).and_then(number).and_then(|text| text.parse().ok())),
            _ => return None,
        };
        Some(Check::Format(format))
    }

    /// `@@validate`
    pub(super) fn validation(&mut self, holder: Holder, used: &Application<'a>) {
        let Some(Value::Condition(condition)) = used.value("value") else { return };
        let path = match used.given("path").map(|given| &given.kind) {
            Some(ExprKind::Array(items)) => items.iter().filter_map(|item| match &item.kind {
                ExprKind::String(text) => Some(text.clone()),
                _ => None,
            }),
            _ => return self.keep(holder, used, condition, Vec::new()),
        };
        self.keep(holder, used, condition, path.collect());
    }

    fn keep(&mut self, holder: Holder, used: &Application<'a>, condition: &Expr, path: Vec<String>) {
        let message = used.text_of("message").map(str::to_owned);
        let validation = Validation { condition: condition.clone(), message, path, span: used.used.span };
        let validations = match holder {
            Holder::Model(at) => self.schema.models.get_mut(at).map(|model| &mut model.validations),
            Holder::Type(at) => self.schema.types.get_mut(at).map(|ty| &mut ty.validations),
            Holder::Enum(_) | Holder::Member => None,
        };
        if let Some(validations) = validations {
            validations.push(validation);
        }
    }
}

/// A number, as written.
fn number(given: &ast::Expr) -> Option<&str> {
    match &given.kind {
        ExprKind::Number(text) => Some(text.trim_start_matches('+')),
        ExprKind::Paren(inner) => number(inner),
        _ => None,
    }
}

fn literal(text: &str) -> Literal {
    text.parse().map_or_else(|_| Literal::Number(text.to_owned().into()), Literal::Int)
}

/// What the type of a column leaves of the values of a field.
pub(super) fn limits(native: &Native, field: &Field) -> Vec<Step> {
    let Native::Named(name, args) = native else { return Vec::new() };
    let check = |check| Step::Check(check, None);
    let range = |min: i64, max: i64| {
        vec![
            check(Check::Compare(Comparison::GreaterOrEqual, Literal::Int(min))),
            check(Check::Compare(Comparison::LessOrEqual, Literal::Int(max))),
        ]
    };
    let size = args.first().and_then(|size| size.parse().ok());
    match (name.as_str(), field.ty) {
        // How long a list is, is not up to its column.
        ("VarChar" | "Char" | "NChar" | "NVarChar" | "Binary" | "VarBinary", _) if field.list => Vec::new(),
        ("VarChar" | "Char" | "NChar" | "NVarChar" | "Binary" | "VarBinary", _) => {
            // Of `Char` alone there is one.
            let size = size.or((name == "Char").then_some(1));
            size.map(|size| check(Check::Length(None, Some(size)))).into_iter().collect()
        }
        ("SmallInt" | "Int2", _) => range(-0x8000, 0x7fff),
        ("TinyInt", FieldType::Scalar(Type::Int)) => range(-0x80, 0x7f),
        ("UnsignedTinyInt", _) => range(0, 0xff),
        ("UnsignedSmallInt", _) => range(0, 0xffff),
        ("MediumInt", _) => range(-0x80_0000, 0x7f_ffff),
        ("UnsignedMediumInt", _) => range(0, 0xff_ffff),
        ("UnsignedInt" | "Oid" | "UnsignedBigInt", _) => {
            vec![check(Check::Compare(Comparison::GreaterOrEqual, Literal::Int(0)))]
        }
        _ => Vec::new(),
    }
}
