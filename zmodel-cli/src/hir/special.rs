//! What single attributes ask for beyond what their declaration says.

use zmodel_runtime::schema::Provider;

use super::attributes::{Application, Holder, Site, Value};
use super::collect::Named;
use super::names::closest;
use super::{ExprKind as Resolved, FieldType, Resolver};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, AttributeKind, ExprKind, ModelKind};

impl<'a> Resolver<'a, '_> {
    /// Looks at a use that fits its declaration; false if it means nothing all the same.
    pub(super) fn means_something(&mut self, site: &Site, used: &Application<'a>) -> bool {
        match (used.used.kind, used.name()) {
            (AttributeKind::Field, "allow" | "deny") => self.field_rule(site, used),
            (AttributeKind::Field, "id") | (AttributeKind::Model, "id" | "index") if self.is_view(site.holder) => {
                let what = if used.name() == "id" { "no identity of its own" } else { "no index" };
                let found = Diagnostic::error("view-key", used.used.span, format!("a view has {what}"));
                self.report(found.help("remove it; `@unique` or `@@unique` says what tells its rows apart"));
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
                    self.report(Diagnostic::error("wrong-provider", used.used.span, message).help("remove it"));
                    return false;
                }
                true
            }
            (AttributeKind::Model, "schema") => self.listed_schema(used),
            (AttributeKind::Model, "validate") => self.own_values(used),
            (AttributeKind::Field, name) => name.strip_prefix("db.").is_none_or(|name| self.native(used, name)),
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
            let items = match &given.kind {
                ExprKind::String(text) => text.split(',').map(str::trim).collect(),
                _ => vec![""],
            };
            if let Some(item) = items.into_iter().find(|item| !known.contains(item)) {
                let message = match item {
                    "create" | "delete" | "post-update" => format!("a single field has no rule about `{item}`"),
                    _ => format!("there is no operation `{item}`"),
                };
                let found = Diagnostic::error("unknown-operation", given.span, message);
                self.report(match closest(item, known) {
                    Some(meant) => found.help(format!("did you mean `{meant}`?")),
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
        let Some(model) = self.decls.models.get(at).copied() else { return true };
        let fields = used.fields("fields").unwrap_or_default().to_vec();
        let inherited = fields.iter().find_map(|field| {
            let name = &self.fields_of(site.holder).get(*field)?.name;
            Some((name.clone(), self.delegate_of(model, name)?))
        });
        let Some((name, base)) = inherited else { return true };
        let message = format!("`{}` is in the table of `{base}`, not in that of `{}`", name.text, model.name.text);
        let span = used.given("fields").map_or(used.used.span, |given| given.span);
        let found = Diagnostic::error("inherited-key", span, message).related(name.span, "the field");
        self.report(found.help(format!("write it in `{base}`")));
        false
    }

    /// The delegate that a field comes from.
    fn delegate_of(&self, model: &ast::Model, field: &ast::Name) -> Option<String> {
        model.extends.iter().find_map(|parent| {
            let base = self.decls.body(&parent.text).filter(|base| base.kind == ModelKind::Model)?;
            let own = base.fields.iter().any(|own| own.name.span == field.span);
            if own { Some(base.name.text.clone()) } else { self.delegate_of(base, field) }
        })
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
            _ => {}
        });
        let Some(span) = relation else { return true };
        let found = Diagnostic::error("relation-in-validation", span, "a validation cannot look at related rows");
        self.report(found.help("validate the row's own fields; what depends on other rows is an access rule"));
        false
    }

    /// `@db.X` is a type that the database has.
    fn native(&mut self, used: &Application<'a>, name: &str) -> bool {
        let Some(provider) = self.schema.datasource.as_ref().map(|source| source.provider) else { return true };
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
            Some(meant) => found.help(format!("did you mean `@db.{meant}`?")),
            None => found.help("remove it: the field's own type says enough"),
        });
        false
    }

    /// What the models say that share the table of a delegate.
    pub(super) fn delegates(&mut self) {
        let mut taken: Vec<(&str, String, &ast::Model)> = Vec::new();
        for model in self.decls.models.clone() {
            let mut maps = model.attributes.iter().filter(|attribute| attribute.name.text == "delegateMap");
            let map = maps.next();
            if let (Some(first), Some(second)) = (map, maps.next()) {
                let found =
                    Diagnostic::error("repeated-attribute", second.span, "`@@delegateMap` can be here only once");
                self.report(found.related(first.span, "the first one").help("remove one of them"));
            }
            let base = model.extends.iter().find_map(|parent| self.decls.body(&parent.text));
            let base = base.filter(|base| base.kind == ModelKind::Model);
            let (Some(base), given) = (base, map.and_then(|map| map.args.first())) else {
                if let Some(map) = map {
                    let message =
                        format!("`{}` extends no delegate, so nothing tells it apart by a value", model.name.text);
                    self.report(Diagnostic::error("misplaced-attribute", map.span, message).help("remove it"));
                }
                continue;
            };
            let Some(value) =
                given.map_or(Some(model.name.text.clone()), |given| self.discriminator(base, &given.value))
            else {
                continue;
            };
            let same = taken.iter().find(|(of, other, _)| *of == base.name.text && *other == value);
            if let Some((_, _, first)) = same {
                let span = map.map_or(model.name.span, |map| map.span);
                let message =
                    format!("`{}` and `{}` are both told apart by `{value}`", first.name.text, model.name.text);
                let found =
                    Diagnostic::error("same-discriminator", span, message).related(first.name.span, "the other one");
                self.report(found.help("give one of them another value with `@@delegateMap`"));
            }
            taken.push((&base.name.text, value, model));
        }
    }

    /// The value of `@@delegateMap`, of the type of the field that it is compared with; none if that was reported.
    fn discriminator(&mut self, base: &ast::Model, given: &ast::Expr) -> Option<String> {
        let delegate = base.attributes.iter().find(|attribute| attribute.name.text == "delegate")?;
        let ExprKind::Reference(field, _) = &delegate.args.first()?.value.kind else { return None };
        let Some(Named::Model(at)) = self.decls.named(&base.name.text) else { return None };
        let position = self.find_field(Holder::Model(at), &field.text)?;
        let ty = self.fields_of(Holder::Model(at)).get(position)?.ty;
        let (wanted, fits) = match (ty, &given.kind) {
            (FieldType::Scalar(zmodel_runtime::schema::Type::Enum(id)), kind) => {
                let members = &self.members_of(id)?.members;
                let fits = match kind {
                    ExprKind::Reference(name, _) => members.iter().any(|member| member.name.text == name.text),
                    _ => false,
                };
                ("a member of its enum", fits)
            }
            (_, kind) => ("a text in quotes", matches!(kind, ExprKind::String(_))),
        };
        if !fits {
            let message = format!("`{}` tells the models apart, so the value must be {wanted}", field.text);
            let found = Diagnostic::error("wrong-discriminator", given.span, message);
            self.report(found.related(field.span, "the field"));
            return None;
        }
        match &given.kind {
            ExprKind::String(text) => Some(text.clone()),
            ExprKind::Reference(name, _) => Some(name.text.clone()),
            _ => None,
        }
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
