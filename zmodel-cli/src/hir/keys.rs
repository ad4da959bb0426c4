//! What identifies a row, what is unique, what is indexed, and the other attributes of models.

use zmodel_runtime::schema::Provider;

use super::attributes::{Application, Holder, Site, Value};
use super::fixes::{Edit, after};
use super::{FieldType, IndexPart, Native, Resolver, Unique};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

/// The keys that were found on a model or type.
#[derive(Debug, Default)]
struct Keys {
    /// `@id`: the field and the attribute.
    ids: Vec<(usize, Span)>,
    /// `@@id`.
    compound: Vec<(Vec<usize>, Span, Option<String>)>,
    /// `@unique`, then `@@unique`.
    uniques: Vec<Unique>,
    indexes: Vec<Unique>,
}

impl<'a> Resolver<'a, '_> {
    /// Looks at the `@@` attributes of all models and types, and at `@id` and `@unique`.
    pub(super) fn keys(&mut self) {
        for at in 0..self.flats.len() {
            let keys = self.keys_of(Holder::Model(at));
            self.set_keys(at, keys);
        }
        for at in 0..self.type_flats.len() {
            let keys = self.keys_of(Holder::Type(at));
            if let Some(ty) = self.schema.types.get_mut(at) {
                ty.id = keys.ids.into_iter().map(|(field, _)| field).collect();
            }
        }
    }

    fn keys_of(&mut self, holder: Holder) -> Keys {
        let flat = match holder {
            Holder::Model(at) => self.flats.get_mut(at),
            Holder::Type(at) => self.type_flats.get_mut(at),
            Holder::Enum(_) | Holder::Member => None,
        };
        let mut keys = Keys::default();
        let Some(flat) = flat else { return keys };
        let (fields, attributes) = (flat.fields.clone(), flat.attributes.clone());
        let well_written = std::mem::take(&mut flat.keys);
        for (at, field) in fields.iter().enumerate() {
            let site = Site { holder, field: Some(at) };
            // A field that the client cannot name identifies nothing for it.
            if self.field_of(&site).is_none_or(|field| field.ignored) {
                continue;
            }
            for attribute in field.attributes.iter().filter(|a| matches!(a.name.text.as_str(), "id" | "unique")) {
                let used = well_written.iter().find(|(of, used)| *of == at && std::ptr::eq(used.used, attribute));
                let Some((_, used)) = used else {
                    self.key_failed(holder);
                    continue;
                };
                if used.name() == "id" {
                    if self.key_fields(holder, used, &[at]) {
                        keys.ids.push((at, attribute.span));
                    } else {
                        self.key_failed(holder);
                    }
                } else if self.key_fields(holder, used, &[at]) {
                    keys.uniques.push(unique(used, vec![at]));
                } else {
                    self.key_failed(holder);
                }
            }
        }
        let site = Site { holder, field: None };
        let repeatable: Vec<_> = attributes.into_iter().filter(|a| !is_rule(&a.name.text)).collect();
        let failing = repeatable.iter().filter(|a| matches!(a.name.text.as_str(), "id" | "unique")).count();
        let fitting = self.apply_all(&site, repeatable.into_iter());
        if fitting.iter().filter(|used| matches!(used.name(), "id" | "unique")).count() < failing {
            self.key_failed(holder);
        }
        for used in &fitting {
            self.model_attribute(holder, used, &mut keys);
        }
        keys
    }

    fn key_failed(&mut self, holder: Holder) {
        if let Holder::Model(at) = holder {
            self.no_identity.insert(at);
        }
    }

    fn model_attribute(&mut self, holder: Holder, used: &Application<'a>, keys: &mut Keys) {
        match used.name() {
            "map" | "schema" => {
                if let Holder::Model(at) = holder
                    && let Some(model) = self.schema.models.get_mut(at)
                {
                    match used.name() {
                        "schema" => model.table.schema = used.text_of("map").map(str::to_owned),
                        _ => used.text("name").clone_into(&mut model.table.name),
                    }
                }
            }
            "validate" => self.validation(holder, used),
            name @ ("id" | "unique" | "index") => {
                let Some(fields) = used.fields("fields").map(<[usize]>::to_vec) else { return };
                if !self.key_fields(holder, used, &fields) {
                    self.key_failed(holder);
                    return;
                }
                match name {
                    "id" => keys.compound.push((fields, used.used.span, used.text_of("name").map(str::to_owned))),
                    "unique" => keys.uniques.push(unique(used, fields)),
                    _ => keys.indexes.push(unique(used, fields)),
                }
            }
            _ => {}
        }
    }

    /// The fields of a key must be columns that the client knows.
    fn key_fields(&mut self, holder: Holder, used: &Application<'a>, fields: &[usize]) -> bool {
        let mut whole = self.operators_are_written(used);
        for at in fields {
            let Some(field) = self.fields_of(holder).get(*at).cloned() else { continue };
            let span = used.given("fields").map_or(used.used.span, |given| given.span);
            if matches!(field.ty, FieldType::Model(_)) {
                let message = format!("`{}` is a relation, which is not stored in the table itself", field.name.text);
                let found = Diagnostic::error("relation-in-key", span, message);
                self.report(found.help("name the fields of its foreign key instead"));
                whole = false;
            }
            if let Some(Native::Named(name, _)) = &field.native
                && matches!(name.as_str(), "Xml" | "Json")
                && self.schema.datasource.as_ref().is_some_and(|source| source.provider == Provider::Postgresql)
            {
                let (ty, field) = (name.to_ascii_lowercase(), &field.name.text);
                let message = format!("PostgreSQL has no order of `{ty}`, so `{field}` can be in no key and no index");
                let found = Diagnostic::error("wrong-native-type", span, message);
                self.report(found.help(match &*ty {
                    "json" => "write `@db.JsonB`",
                    _ => "keep it as a text, without `@db.Xml`",
                }));
                whole = false;
            }
        }
        whole
    }

    /// How a database compares what it indexes is a name that the language knows, or `raw(…)`.
    fn operators_are_written(&mut self, used: &Application<'a>) -> bool {
        let Some(ExprKind::Array(items)) = used.given("fields").map(|given| &given.kind) else { return true };
        let mut written = true;
        for item in items {
            let ExprKind::Reference(_, args) = &item.kind else { continue };
            for arg in args.iter().filter(|arg| arg.label.as_ref().is_some_and(|label| label.text == "ops")) {
                let computed = match &arg.value.kind {
                    ExprKind::Call(name, _) => name.text != "raw",
                    ExprKind::Member(..) => true,
                    _ => false,
                };
                if computed {
                    let message = "what an index compares by cannot be computed";
                    let found = Diagnostic::error("wrong-context", arg.value.span, message);
                    self.report(found.help("write the name of an operator class, or `raw(\"…\")`"));
                    written = false;
                }
            }
        }
        written
    }

    fn set_keys(&mut self, at: usize, keys: Keys) {
        let Some(model) = self.schema.models.get(at) else { return };
        let (name, name_span) = (model.name.text.clone(), model.name.span);
        let mut ids = keys.ids.iter();
        let first = ids.next();
        for (_, second) in ids {
            let message = format!("`{name}` has several `@id` fields");
            let found =
                Diagnostic::error("several-ids", *second, message).related(first.map_or(*second, |f| f.1), "the first");
            self.report(found.help("for an id of several fields write `@@id([a, b])`"));
        }
        if let (Some((_, id)), Some((_, compound, _))) = (first, keys.compound.first()) {
            let message = format!("`{name}` has both `@id` and `@@id`");
            let found = Diagnostic::error("several-ids", *compound, message).related(*id, "the other id");
            self.report(found.help("keep one of them; `@@unique` keeps the fields of the other unique"));
        }
        let mut uniques = keys.uniques;
        let required = |unique: &Unique| {
            let fields = self.fields_of(Holder::Model(at));
            unique.fields.iter().all(|at| fields.get(*at).is_some_and(|field| !field.optional))
        };
        let (id, id_key) = if let Some((field, _)) = first {
            (vec![*field], None)
        } else if let Some((fields, _, key)) = keys.compound.first() {
            (fields.clone(), key.clone())
        } else if let Some(position) = uniques.iter().position(required) {
            let unique = uniques.remove(position);
            (unique.fields, unique.name)
        } else {
            let model = self.schema.models.get(at);
            let exempt = model.is_none_or(|model| model.view || model.ignored)
                || self.no_identity.contains(&at)
                || self.incomplete.contains(&name);
            if !exempt {
                let found = if let Some(unique) = uniques.first() {
                    let message = format!("nothing identifies a row of `{name}`: what is unique can be null");
                    Diagnostic::error("no-id", name_span, message).related(unique.span, "optional")
                } else {
                    Diagnostic::error("no-id", name_span, format!("nothing identifies a row of `{name}`"))
                };
                let found = found.help("mark a field with `@id`, or write `@@id([a, b])`");
                self.report(match self.id_fix(Holder::Model(at)) {
                    Some((title, edit)) => found.fix(title, vec![edit]),
                    None => found,
                });
                self.no_identity.insert(at);
            }
            (Vec::new(), None)
        };
        if let Some(model) = self.schema.models.get_mut(at) {
            model.id = id;
            model.id_key = id_key;
            model.uniques = uniques;
            model.indexes = keys.indexes;
        }
    }
}

impl Resolver<'_, '_> {
    /// An `@id` on the field that is called so, else a new field.
    fn id_fix(&self, holder: Holder) -> Option<(String, Edit)> {
        let Some(at) = self.find_field(holder, "id") else {
            let line = "id Int @id @default(autoincrement())".to_owned();
            return Some(("add a field with `@id`".to_owned(), self.new_members(holder, &[line])?));
        };
        let field = self.fields_of(holder).get(at)?;
        let single = matches!(field.ty, FieldType::Scalar(_)) && !field.list && !field.optional && !field.ignored;
        single.then(|| ("mark `id` with `@id`".to_owned(), after(field.type_span, " @id")))
    }
}

fn unique(used: &Application<'_>, fields: Vec<usize>) -> Unique {
    let whole = IndexPart {
        descending: matches!(used.value("sort"), Some(Value::Member(name)) if name == "Desc"),
        length: used.given("length").and_then(number),
        operators: None,
    };
    let parts = match used.given("fields").map(|given| &given.kind) {
        Some(ExprKind::Array(items)) => items.iter().map(part).collect(),
        _ => fields.iter().map(|_| whole.clone()).collect(),
    };
    let method = match used.value("type") {
        Some(Value::Member(name)) => Some(name.clone()),
        _ => None,
    };
    Unique {
        parts,
        method,
        name: used.text_of("name").map(str::to_owned),
        map: used.text_of("map").map(str::to_owned),
        fields,
        span: used.used.span,
    }
}

/// `title(sort: Desc, length: 10, ops: TextOps)`
fn part(item: &ast::Expr) -> IndexPart {
    let mut part = IndexPart::default();
    let ExprKind::Reference(_, args) = &item.kind else { return part };
    for arg in args {
        let label = arg.label.as_ref().map_or("", |label| label.text.as_str());
        match (label, &arg.value.kind) {
            ("sort", ExprKind::Reference(name, _)) => part.descending = name.text == "Desc",
            ("length", _) => part.length = number(&arg.value),
            ("ops", ExprKind::Reference(name, _)) => part.operators = Some(name.text.clone()),
            ("ops", ExprKind::Call(_, args)) => {
                part.operators = args.first().and_then(|text| match &text.kind {
                    ExprKind::String(text) => Some(text.clone()),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    part
}

fn number(given: &ast::Expr) -> Option<String> {
    match &given.kind {
        ExprKind::Number(text) => Some(text.clone()),
        _ => None,
    }
}

/// Whether a `@@` attribute is an access rule.
pub(super) fn is_rule(name: &str) -> bool {
    matches!(name, "allow" | "deny")
}
