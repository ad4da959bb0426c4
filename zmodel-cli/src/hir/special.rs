//! What single attributes ask for beyond what their declaration says.

use zmodel_runtime::schema::{Provider, Type};

use super::attributes::{Application, Holder, Site, Value};
use super::names::closest;
use super::rules::meant_operation;
use super::{Collection, DocumentStart, ExprKind as Resolved, FieldType, Resolver};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, AttributeKind, ExprKind};

impl<'a> Resolver<'a, '_> {
    /// Looks at a use that fits its declaration; false if it means nothing all the same.
    pub(super) fn means_something(&mut self, site: &Site, used: &Application<'a>) -> bool {
        match (used.used.kind, used.name()) {
            (AttributeKind::Field, "allow" | "deny") => self.field_rule(site, used),
            (AttributeKind::Field, "id") | (AttributeKind::Model, "id" | "index") if self.is_view(site.holder) => {
                let what = if used.name() == "id" { "no identity of its own" } else { "no index" };
                let found = Diagnostic::error("view-key", used.used.span, format!("a view has {what}"));
                let found = found.help("remove it; `@unique` or `@@unique` says what tells its rows apart");
                let name = used.used.name.span;
                self.report(match (used.used.kind, used.name()) {
                    (AttributeKind::Field, _) => found.fix("replace by `@unique`", vec![(name, "@unique".to_owned())]),
                    (_, "id") => found.fix("replace by `@@unique`", vec![(name, "@@unique".to_owned())]),
                    _ => found.removing("the index", used.used.span),
                });
                false
            }
            (AttributeKind::Model, "id" | "unique" | "index") => self.own_fields(site, used),
            (AttributeKind::Field, "uuid") => match used.given("version").map(|given| (&given.kind, given.span)) {
                Some((ExprKind::Number(version), span)) if version != "4" && version != "7" => {
                    let found = Diagnostic::error("wrong-argument", span, "there is no such version of a UUID here");
                    self.report(found.help("the versions are 4 and 7"));
                    false
                }
                _ => true,
            },
            (AttributeKind::Field, name @ ("fuzzy" | "fullText")) => {
                if self.provider_is_not(Provider::Postgresql) {
                    let message = format!("`@{name}` is only for `postgresql`");
                    let found = Diagnostic::error("wrong-provider", used.used.span, message).help("remove it");
                    self.report(found.removing("the attribute", used.used.span));
                    return false;
                }
                true
            }
            (AttributeKind::Model, "fulltext") => {
                if self.provider_is_not(Provider::Mysql) {
                    let message = "`@@fulltext` is an index of `mysql`, and has no effect here";
                    let found = Diagnostic::warning("unused-attribute", used.used.span, message);
                    let help = "remove it; on `postgresql`, `@fullText` on a field makes it searchable";
                    self.report(found.help(help).removing("the index", used.used.span));
                }
                true
            }
            (AttributeKind::Model, "schema") => self.listed_schema(used),
            (AttributeKind::Model, "validate") => self.own_values(used),
            (AttributeKind::Field, name) => name.strip_prefix("db.").is_none_or(|name| self.native(site, used, name)),
            _ => true,
        }
    }

    fn provider_is_not(&self, provider: Provider) -> bool {
        self.schema.datasource.as_ref().is_some_and(|source| source.provider != provider)
    }

    fn is_view(&self, holder: Holder) -> bool {
        matches!(holder, Holder::Model(at) if self.schema.models.get(at).is_some_and(|model| model.view))
    }

    /// `@allow` and `@deny` are about reading and updating a column.
    fn field_rule(&mut self, site: &Site, used: &Application<'a>) -> bool {
        if let Some(given) = used.given("operation") {
            let known = ["read", "update", "all"];
            let list = if let ExprKind::String(text) = &given.kind { text.as_str() } else { "" };
            if let Some(item) = list.split(',').map(str::trim).find(|item| !known.contains(item)) {
                let message = match item {
                    "create" | "delete" | "post-update" => format!("a single field has no rule about `{item}`"),
                    _ => format!("there is no operation `{item}`"),
                };
                let found = Diagnostic::error("unknown-operation", given.span, message);
                self.report(match closest(item, known) {
                    Some(meant) => meant_operation(found, list, item, meant),
                    None => found.help("write some of `read` and `update`, or `all`"),
                });
                return false;
            }
        }
        if let Some(span) =
            used.given("condition").and_then(|it| call_of("before", it).or_else(|| call_of("future", it)))
        {
            let found =
                Diagnostic::error("wrong-context", span, "the row as it was is only known to `post-update` rules");
            self.report(found.help("write a `@@deny('post-update', …)` for the model"));
            return false;
        }
        let Some(field) = self.field_of(site) else { return true };
        if matches!(field.ty, FieldType::Model(_)) {
            let message = format!("`{}` is a relation, which has no rules of its own", field.name.text);
            let found = Diagnostic::error("rule-on-relation", used.used.span, message);
            self.report(found.help("put the rule on the field of its foreign key, which hides the relation too"));
            return false;
        }
        let computed = self.attributes_of(site).iter().any(|attribute| attribute.name.text == "computed");
        if computed {
            let found =
                Diagnostic::error("rule-on-computed", used.used.span, "a computed field has no rules of its own");
            self.report(found.help("remove the rule, or put it on the fields that the value is computed from"));
        }
        !computed
    }

    fn attributes_of(&self, site: &Site) -> &'a [ast::Attribute] {
        let flat = match site.holder {
            Holder::Model(at) => self.flats.get(at),
            Holder::Type(at) => self.type_flats.get(at),
            Holder::Enum(_) | Holder::Member => None,
        };
        let field = flat.and_then(|flat| flat.fields.get(site.field?));
        field.map_or(&[], |field| &field.attributes)
    }

    /// A key of a model lies in its own table, where what it inherits from a delegate is not.
    fn own_fields(&mut self, site: &Site, used: &Application<'a>) -> bool {
        let Holder::Model(at) = site.holder else { return true };
        let fields = used.fields("fields").unwrap_or_default();
        let inherited = fields.iter().find_map(|field| {
            let field = self.fields_of(site.holder).get(*field)?;
            let base = self.schema.models.get(field.inherited?)?;
            Some((field.name.clone(), base.name.text.clone()))
        });
        let (Some((name, base)), Some(model)) = (inherited, self.schema.models.get(at)) else { return true };
        let message = format!("`{}` is in the table of `{base}`, not in that of `{}`", name.text, model.name.text);
        let span = used.given("fields").map_or(used.used.span, |given| given.span);
        let found = Diagnostic::error("inherited-key", span, message).related(name.span, "the field");
        self.report(found.help(format!("write it in `{base}`")));
        false
    }

    fn listed_schema(&mut self, used: &Application<'a>) -> bool {
        let name = used.text("map").to_owned();
        let listed = self.schema.datasource.as_ref().map(|source| source.schemas.clone());
        let Some(listed) = listed.filter(|listed| !listed.contains(&name)) else { return true };
        let message = format!("`{name}` is not among the `schemas` of the datasource");
        let span = used.given("map").map_or(used.used.span, |given| given.span);
        let found = Diagnostic::error("unlisted-schema", span, message);
        self.report(if listed.is_empty() {
            found.help(format!("add `schemas = [\"{name}\"]` to the datasource; only `postgresql` has schemas"))
        } else {
            found.help(format!("its schemas are: {}", listed.join(", ")))
        });
        false
    }

    /// What is validated is a row by itself, before any other row is looked at.
    fn own_values(&mut self, used: &Application<'a>) -> bool {
        let Some(Value::Condition(condition)) = used.value("value") else { return true };
        let mut relation: Option<Span> = None;
        condition.walk(&mut |part, _| match &part.kind {
            Resolved::Row(path) | Resolved::Field(path, _) if !path.through.is_empty() => {
                relation.get_or_insert(part.span);
            }
            Resolved::Document(inside) => match &inside.start {
                DocumentStart::Field(path, _) if !path.through.is_empty() => {
                    relation.get_or_insert(part.span);
                }
                DocumentStart::Field(..) | DocumentStart::Element(..) => {}
            },
            Resolved::Predicate(_, Collection::Rows(_), _) => {
                relation.get_or_insert(part.span);
            }
            _ => {}
        });
        let mut items: Option<Span> = None;
        condition.walk(&mut |part, _| {
            if matches!(part.kind, Resolved::Predicate(_, Collection::Document(_), _)) {
                items.get_or_insert(part.span);
            }
        });
        if let Some(span) = items {
            let message = "a validation cannot look at the items of a list one by one";
            let found = Diagnostic::error("relation-in-validation", span, message);
            self.report(found.help("put a `@@validate` on the type of the items"));
            return false;
        }
        let Some(span) = relation else { return true };
        let found = Diagnostic::error("relation-in-validation", span, "a validation cannot look at related rows");
        self.report(found.help("validate the row's own fields; what depends on other rows is an access rule"));
        false
    }

    /// `@db.X` is a type that the database has, for values as the field has them.
    fn native(&mut self, site: &Site, used: &Application<'a>, name: &str) -> bool {
        let Some(provider) = self.schema.datasource.as_ref().map(|source| source.provider) else { return true };
        let only = POSTGRESQL_ONLY.iter().find(|(named, _)| *named == name && provider == Provider::Postgresql);
        if let (Some((_, only)), Some(field)) = (only, self.field_of(site))
            && !matches!(field.ty, FieldType::Scalar(ty) if ty == *only)
        {
            let message = format!("in PostgreSQL `{name}` is for a `{only:?}`, not for a {}", self.shown_field(field));
            let found = Diagnostic::error("wrong-native-type", used.used.name.span, message);
            let help = format!("make the field a `{only:?}`, or remove the attribute");
            self.report(found.help(help).removing("the attribute", used.used.span));
            return false;
        }
        let (database, known): (_, &[&[&str]]) = match provider {
            Provider::Postgresql => ("PostgreSQL", &[BOTH, POSTGRESQL]),
            Provider::Mysql => ("MySQL", &[BOTH, MYSQL]),
            _ => ("SQLite", &[]),
        };
        if known.iter().any(|names| names.contains(&name)) {
            return true;
        }
        let message = format!("{database} has no type `{name}`");
        let found = Diagnostic::error("wrong-native-type", used.used.name.span, message);
        let names = known.iter().flat_map(|names| names.iter().copied());
        self.report(match closest(name, names) {
            Some(meant) => found.did_you_mean(&format!("@db.{meant}")),
            None => found.help("remove it: the field's own type says enough").removing("the attribute", used.used.span),
        });
        false
    }
}

/// A call of a function somewhere in an expression.
pub(super) fn call_of(function: &str, expr: &ast::Expr) -> Option<Span> {
    let inside = |expr: &ast::Expr| call_of(function, expr);
    match &expr.kind {
        ExprKind::Call(name, _) if name.text == function => Some(expr.span),
        ExprKind::Call(_, list) | ExprKind::Array(list) => list.iter().find_map(inside),
        ExprKind::Member(inner, _) | ExprKind::Paren(inner) | ExprKind::Not(inner) => inside(inner),
        ExprKind::Binary(_, left, right) => inside(left).or_else(|| inside(right)),
        ExprKind::Predicate { collection, condition, .. } => inside(collection).or_else(|| inside(condition)),
        _ => None,
    }
}

/// The types of columns that both PostgreSQL and MySQL have.
const BOTH: &[&str] =
    &["Text", "Char", "VarChar", "Bit", "Int", "SmallInt", "BigInt", "Decimal", "Timestamp", "Date", "Time", "Json"];

/// The types of columns whose values are read as one type of the language, though other databases keep others in such
/// columns as well.
const POSTGRESQL_ONLY: &[(&str, Type)] = &[
    ("Bit", Type::String),
    ("DoublePrecision", Type::Float),
    ("Real", Type::Float),
    ("Decimal", Type::Decimal),
    ("Money", Type::Decimal),
];

const POSTGRESQL: &[&str] = &[
    "VarBit",
    "Uuid",
    "Xml",
    "Inet",
    "Citext",
    "Boolean",
    "Integer",
    "Oid",
    "DoublePrecision",
    "Real",
    "Money",
    "Timestamptz",
    "Timetz",
    "JsonB",
    "ByteA",
];

const MYSQL: &[&str] = &[
    "TinyText",
    "MediumText",
    "LongText",
    "TinyInt",
    "UnsignedInt",
    "UnsignedSmallInt",
    "UnsignedMediumInt",
    "MediumInt",
    "Year",
    "UnsignedTinyInt",
    "UnsignedBigInt",
    "Float",
    "Double",
    "DateTime",
    "LongBlob",
    "TinyBlob",
    "Blob",
    "MediumBlob",
    "Binary",
    "VarBinary",
];
