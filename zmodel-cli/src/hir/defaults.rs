//! `@default(…)`

use zmodel_runtime::schema::{Generator, Type};

use super::attributes::Site;
use super::collect::is_library;
use super::expr::{Context, Scope, body};
use super::types::{Family, is_base64, is_instant, is_json};
use super::{
    CallerPath, Default, Expr as Typed, ExprKind as Resolved, ExprType, Field, FieldType, Resolver, ValueType,
};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, Name};

impl<'a> Resolver<'a, '_> {
    /// What `@default` gives to the field it stands on.
    pub(super) fn default_value(&mut self, site: &Site, given: &'a Expr) -> Option<Default> {
        let field = self.field_of(site)?.clone();
        match &given.kind {
            ExprKind::Error => return None,
            ExprKind::Paren(inner) => return self.default_value(site, inner),
            _ if field.ty == FieldType::Error => return None,
            ExprKind::Call(name, args) if name.text != "auth" => return self.generated(&field, given, name, args),
            ExprKind::Call(..) | ExprKind::Member(..) => return self.caller_default(&field, given),
            ExprKind::Reference(name, args) if args.is_empty() => return self.member_default(site, &field, name),
            _ => {}
        }
        let (ty, list) = match field.ty {
            FieldType::Scalar(ty) => (ty, field.list),
            // Structures, and lists of them, are one JSON document.
            FieldType::Type(_) => (Type::Json, false),
            _ => (Type::Unsupported, false),
        };
        if ty == Type::Unsupported {
            let shown = self.shown_field(&field);
            let message = format!("a field of type {shown} cannot have a default");
            self.report(Diagnostic::error("wrong-default", given.span, message).help("remove the `@default`"));
            return None;
        }
        if list {
            let ExprKind::Array(items) = &given.kind else {
                self.wrong_default(&field, given, "a list `[…]`");
                return None;
            };
            let one = Field { list: false, ..field };
            let items: Option<Vec<Default>> = items.iter().map(|item| self.item(site, &one, ty, item)).collect();
            return items.map(Default::List);
        }
        self.literal(&field, ty, given)
    }

    /// An item of a list.
    fn item(&mut self, site: &Site, field: &Field, ty: Type, given: &'a Expr) -> Option<Default> {
        match &given.kind {
            ExprKind::Paren(inner) => self.item(site, field, ty, inner),
            ExprKind::Reference(name, args) if args.is_empty() => self.member_default(site, field, name),
            _ => self.literal(field, ty, given),
        }
    }

    fn literal(&mut self, field: &Field, ty: Type, given: &Expr) -> Option<Default> {
        let fits = match (&given.kind, ty) {
            (ExprKind::Bool(value), Type::Boolean) => return Some(Default::Bool(*value)),
            (ExprKind::Number(text), Type::Int) => text.parse::<i32>().is_ok(),
            (ExprKind::Number(text), Type::BigInt) => text.parse::<i64>().is_ok(),
            (ExprKind::Number(_), Type::Float | Type::Decimal) | (ExprKind::String(_), Type::String) => true,
            (ExprKind::String(text), Type::DateTime) => is_instant(text),
            (ExprKind::String(text), Type::Json) => is_json(text),
            (ExprKind::String(text), Type::Bytes) => is_base64(text),
            (ExprKind::Null, _) => {
                let found = Diagnostic::error("wrong-default", given.span, "`null` cannot be a default");
                self.report(found.help("make the field optional with `?`, it is then null when nothing is given"));
                return None;
            }
            (
                ExprKind::Bool(_)
                | ExprKind::Number(_)
                | ExprKind::String(_)
                | ExprKind::Array(_)
                | ExprKind::Object(_),
                _,
            ) => false,
            _ => {
                self.not_constant(given);
                return None;
            }
        };
        if !fits {
            let wanted = match ty {
                Type::Int => "a whole number of 32 bits",
                Type::BigInt => "a whole number of 64 bits",
                Type::Float | Type::Decimal => "a number",
                Type::Boolean => "`true` or `false`",
                Type::DateTime => "`now()` or a date such as \"2025-01-31\"",
                Type::Bytes => "bytes in base64 and in quotes, such as \"aGk=\"",
                Type::Json => "a JSON document in quotes, such as \"{}\"",
                Type::Enum(_) => "a member of the enum",
                _ => "a text in quotes",
            };
            self.wrong_default(field, given, wanted);
            return None;
        }
        match &given.kind {
            ExprKind::Number(text) => Some(Default::Number(text.clone())),
            ExprKind::String(text) => Some(Default::String(text.clone())),
            _ => None,
        }
    }

    fn wrong_default(&mut self, field: &Field, given: &Expr, wanted: &str) {
        let shown = self.shown_field(field);
        let message = format!("this default does not fit `{}`, which is of type {shown}", field.name.text);
        let found = Diagnostic::error("wrong-default", given.span, message);
        self.report(found.related(field.type_span, "the type").help(format!("write {wanted}")));
    }

    fn not_constant(&mut self, given: &Expr) {
        let found =
            Diagnostic::error("not-a-constant", given.span, "a default must be a fixed value or a function call");
        self.report(found.help("write a literal, a member of an enum, `now()`, `uuid()` or a member of `auth()`"));
    }

    fn member_default(&mut self, site: &Site, field: &Field, name: &Name) -> Option<Default> {
        if let FieldType::Scalar(Type::Enum(id)) = field.ty {
            let members = &self.members_of(id)?.members;
            let at = members.iter().position(|member| member.name.text == name.text);
            if let Some(member) = at.and_then(|at| members.get(at)) {
                self.uses(name, member.name.span);
            } else {
                let found = self.unknown_member(id, name);
                self.report(found);
            }
            if field.list {
                self.wrong_default(field, &Expr { kind: ExprKind::Null, span: name.span }, "a list `[…]`");
                return None;
            }
            return at.map(Default::Member);
        }
        let shown = self.shown_field(field);
        let found = if self.find_field(site.holder, &name.text).is_some() {
            Diagnostic::error("not-a-constant", name.span, "a default cannot be taken from another field")
                .help("set the field when the row is created")
        } else if self.global_member(&name.text, None).is_some() {
            let message = format!("`{}` is a member of an enum, `{}` is of type {shown}", name.text, field.name.text);
            Diagnostic::error("wrong-default", name.span, message).related(field.type_span, "the type")
        } else {
            let message = format!("there is nothing called `{}`", name.text);
            Diagnostic::error("unknown-name", name.span, message)
                .help("put a text in quotes; call a function with `()`")
        };
        self.report(found);
        None
    }

    fn caller_default(&mut self, field: &Field, given: &'a Expr) -> Option<Default> {
        let mut scope = Scope::new(Context::Default);
        if let ExprKind::Member(..) = given.kind
            && !starts_at_auth(given)
        {
            self.not_constant(given);
            return None;
        }
        let value = self.expr(&mut scope, given, None);
        let Resolved::Caller(path) = &value.kind else { return None };
        self.default_of_caller(field, given, path, value.ty)
    }

    fn default_of_caller(&mut self, field: &Field, given: &Expr, path: &CallerPath, ty: ExprType) -> Option<Default> {
        let wanted = field.ty.value().family()?;
        // JSON takes JSON only: another value of the caller is not a document.
        let takes = |given| if wanted == Family::Any { given == Family::Any } else { wanted.takes(given) };
        let fits = ty.list == field.list && ty.of.family().is_some_and(takes);
        let scalar = matches!(ty.of, ValueType::Scalar(_));
        if path.members.is_empty() || !fits || !scalar {
            let (shown, given_type) = (self.shown_field(field), self.shown(ty));
            let message = format!("this is of type {given_type}, `{}` of type {shown}", field.name.text);
            let found = Diagnostic::error("wrong-default", given.span, message).related(field.type_span, "the type");
            self.report(found.help("take a member of `auth()` that is of the type of the field"));
            return None;
        }
        Some(Default::Caller(path.members.clone()))
    }

    /// What a function of the schema comes to.
    fn resolved_default(&mut self, field: &Field, given: &Expr, value: &Typed) -> Option<Default> {
        let literal = |kind| Expr { kind, span: given.span };
        let ty = match field.ty {
            FieldType::Scalar(ty) => ty,
            _ => Type::Json,
        };
        match &value.kind {
            Resolved::Array(items) if field.list => {
                let one = Field { list: false, ..field.clone() };
                let items = items.iter().map(|item| self.resolved_default(&one, given, item));
                items.collect::<Option<Vec<_>>>().map(Default::List)
            }
            _ if field.list => {
                self.wrong_default(field, given, "a list `[…]`");
                None
            }
            Resolved::Bool(value) => self.literal(field, ty, &literal(ExprKind::Bool(*value))),
            Resolved::Number(text) => self.literal(field, ty, &literal(ExprKind::Number(text.clone()))),
            Resolved::String(text) => self.literal(field, ty, &literal(ExprKind::String(text.clone()))),
            Resolved::Member(of, at) if matches!(ty, Type::Enum(id) if id.index() == *of) => Some(Default::Member(*at)),
            Resolved::Now if ty == Type::DateTime => Some(Default::Now),
            Resolved::Caller(path) => self.default_of_caller(field, given, path, value.ty),
            Resolved::Member(..) | Resolved::Now => {
                self.wrong_default(field, given, "a function that gives such a value");
                None
            }
            _ => {
                self.not_constant(given);
                None
            }
        }
    }

    fn generated(&mut self, field: &Field, given: &'a Expr, name: &'a Name, args: &'a [Expr]) -> Option<Default> {
        let mut scope = Scope::new(Context::Default);
        let value = self.call(&mut scope, given.span, name, args);
        let ty = value.ty;
        if ty.is_error() {
            return None;
        }
        if let Some(function) = self.decls.function(&name.text).filter(|function| !is_library(function.span)) {
            // Without a body that was reported.
            let body = body(function)?;
            return match &unwrapped(body).kind {
                ExprKind::Call(name, args) if value.kind == Resolved::Error => self.generated(field, body, name, args),
                _ => self.resolved_default(field, given, &value),
            };
        }
        let wanted = field.ty.value();
        let fits =
            match (name.text.as_str(), wanted) {
                ("autoincrement", of) => matches!(of, ValueType::Scalar(Type::Int | Type::BigInt)),
                ("dbgenerated", _) => true,
                (_, of) => ty.of.family().zip(of.family()).is_some_and(|(given, wanted)| {
                    given == wanted || (wanted == Family::Float && given == Family::Int)
                }),
            };
        if !fits || (field.list && name.text != "dbgenerated") {
            let shown = self.shown_field(field);
            let given_type = self.shown(ExprType { nullable: false, ..ty });
            let message = format!("`{}()` gives {given_type}, `{}` is of type {shown}", name.text, field.name.text);
            let found = Diagnostic::error("wrong-default", given.span, message).related(field.type_span, "the type");
            self.report(found.help(if field.list {
                "a list has a list of values as its default: `[…]`".to_owned()
            } else {
                format!("declare the field as {given_type}, or write another default")
            }));
            return None;
        }
        let first = args.first().map(|arg| &arg.kind);
        let format = if name.text == "ulid" { args.first() } else { args.get(1) };
        if let Some(format) = format
            && let ExprKind::String(text) = &format.kind
            && !has_placeholder(text)
        {
            let found = Diagnostic::error("wrong-format", format.span, "the format has no place for the identifier");
            self.report(found.help("write `%s` where it goes, as in \"order_%s\""));
            return None;
        }
        let generator = match (name.text.as_str(), first) {
            ("now", _) => return Some(Default::Now),
            ("autoincrement", _) => return Some(Default::AutoIncrement),
            ("dbgenerated", Some(ExprKind::String(sql))) => return Some(Default::Database(sql.clone())),
            ("dbgenerated", _) => return Some(Default::Database(String::new())),
            ("uuid", None) => Generator::Uuid4,
            ("uuid", Some(ExprKind::Number(version))) if version == "4" => Generator::Uuid4,
            ("uuid", Some(ExprKind::Number(version))) if version == "7" => Generator::Uuid7,
            ("cuid", None) => Generator::Cuid,
            ("cuid", Some(ExprKind::Number(version))) if version == "1" => Generator::Cuid,
            ("cuid", Some(ExprKind::Number(version))) if version == "2" => Generator::Cuid2,
            ("nanoid", None) => Generator::Nanoid(21),
            ("nanoid", Some(ExprKind::Number(length))) if length.parse::<u8>().is_ok_and(|n| n > 0) => {
                Generator::Nanoid(length.parse().ok()?)
            }
            ("ulid", _) => Generator::Ulid,
            _ => {
                let span = args.first().map_or(given.span, |arg| arg.span);
                let help = match name.text.as_str() {
                    "uuid" => "the versions are 4 and 7",
                    "cuid" => "the versions are 1 and 2",
                    "nanoid" => "the length is a number from 1 to 255",
                    _ => "this function cannot make a default",
                };
                let message = format!("`{}()` does not know this argument", name.text);
                self.report(Diagnostic::error("wrong-argument", span, message).help(help));
                return None;
            }
        };
        let format = format.and_then(|format| match &format.kind {
            ExprKind::String(text) => Some(text.clone()),
            _ => None,
        });
        Some(Default::Generated(generator, format))
    }
}

/// Whether a format has a `%s` that no backslash takes away.
fn has_placeholder(format: &str) -> bool {
    format.match_indices("%s").any(|(at, _)| !format.get(..at).unwrap_or_default().ends_with('\\'))
}

fn starts_at_auth(expr: &Expr) -> bool {
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Member(inner, _) | ExprKind::Paren(inner) => at = inner,
            ExprKind::Call(name, _) => return name.text == "auth",
            _ => return false,
        }
    }
}

/// An expression without the parentheses around it.
fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => unwrapped(inner),
        _ => expr,
    }
}
