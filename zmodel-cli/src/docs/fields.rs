//! Fields, keys and validation, in words.

use zmodel_runtime::schema::{Generator, ReferentialAction, Type};

use super::book::{Library, Link, anchor};
use super::rules::code;
use crate::hir::{Auth, Default, Field, FieldType, Model, Native, Relation, Unique};
use crate::syntax::ast::{self, ExprKind};

/// A field.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) docs: String,
    /// What it holds; with an anchor if that has a place in the book.
    pub(super) ty: Link,
    /// "", "list of ", …: what stands before the type.
    pub(super) before: &'static str,
    /// What stands after it.
    pub(super) after: &'static str,
    /// Sentences about it.
    pub(super) notes: Vec<String>,
    /// Attributes that there are no words for, as written.
    pub(super) written: Vec<String>,
}

impl Row {
    /// The attributes without words as code in Markdown. A bar would end the cell of a table even in code.
    pub(super) fn code(&self) -> String {
        let written = self.written.iter().map(|text| code(text).replace('|', "\\|"));
        written.collect::<Vec<_>>().join(" ")
    }
}

/// A key or an index of several fields, or one with something to say about it.
#[derive(Debug)]
pub(super) struct Key {
    /// What it does.
    pub(super) kind: &'static str,
    /// Its fields, and how they are in it.
    pub(super) fields: String,
    /// What else there is.
    pub(super) more: String,
}

/// Attributes that are in other words already.
const SAID: &[&str] =
    &["id", "unique", "default", "map", "ignore", "updatedAt", "relation", "allow", "deny", "claim", "json"];

/// A field, in words.
pub(super) fn row(library: Library<'_>, model: Option<&Model>, field: &Field) -> Row {
    let mut notes = Vec::new();
    let mut written = Vec::new();
    if let Some(model) = model {
        let at = model.fields.iter().position(|other| other.name == field.name);
        let alone = |key: &[usize]| key.len() == 1 && key.first().copied() == at;
        if alone(&model.id) {
            notes.push("Identifies a row.".to_owned());
        } else if model.uniques.iter().any(|unique| alone(&unique.fields)) {
            notes.push("Unique: no two rows have the same.".to_owned());
        }
        notes.extend(field.relation.as_ref().and_then(|relation| wiring(library, model, field, relation)));
        notes.extend(field.inherited.map(|at| format!("Kept in the table of {}.", library.model(at).name)));
    }
    notes.extend(field.default.as_ref().map(|default| format!("Default: {}.", default_words(library, field, default))));
    if let Some(ignored) = &field.updated_at {
        let ignored = model.map_or(String::new(), |model| names(model, ignored));
        let more = if ignored.is_empty() { ignored } else { format!(" of more than {ignored}") };
        notes.push(format!("Set to the time of each update{more}."));
    }
    if field.ignored {
        notes.push("Hidden from the client.".to_owned());
    }
    if let Some(path) = &field.claim {
        notes.push(format!("Filled from the claim “{path}” of the session token."));
    }
    if field.column != field.name.text && !field.ty.is_model() {
        notes.push(format!("Called “{}” in the database.", field.column));
    }
    if let Some(Native::Named(name, arguments)) = &field.native {
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        notes.push(format!("{name}{arguments} in the database."));
    }
    let declared = library.written.field(field.span);
    let params = declared.map(|field| field.params.as_slice()).unwrap_or_default();
    if !params.is_empty() {
        let params: Vec<String> = params.iter().map(|param| library.source(param.span)).collect();
        notes.push(format!("Asked with {}.", params.join(", ")));
    }
    for attribute in declared.map(|field| field.attributes.as_slice()).unwrap_or_default() {
        let name = attribute.name.text.as_str();
        if SAID.contains(&name) || name.starts_with("db.") {
            continue;
        }
        match validation(attribute) {
            Some(words) => notes.push(words),
            None => written.push(library.source(attribute.span)),
        }
    }
    let before = if field.list { "list of " } else { "" };
    let after = if field.optional { ", may be empty" } else { "" };
    let docs = field.docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned();
    Row { name: field.name.text.clone(), docs, ty: type_of(library, field), before, after, notes, written }
}

fn type_of(library: Library<'_>, field: &Field) -> Link {
    let plain = |name: &str| Link { name: name.to_owned(), anchor: String::new() };
    match field.ty {
        FieldType::Model(at) => library.model(at),
        FieldType::Type(at) => library.structure(at),
        FieldType::Scalar(Type::Enum(id)) => {
            let name = library.schema.enums.get(id.index()).map_or("", |of| &of.name.text);
            Link { name: name.to_owned(), anchor: anchor("enum", name) }
        }
        FieldType::Scalar(ty) => plain(scalar(ty)),
        FieldType::Unsupported | FieldType::Error => match &field.native {
            Some(Native::Text(text)) => plain(text),
            _ => plain(&library.source(field.type_span)),
        },
    }
}

/// The name of a scalar in the schema.
pub(super) const fn scalar(ty: Type) -> &'static str {
    match ty {
        Type::String => "String",
        Type::Boolean => "Boolean",
        Type::Int => "Int",
        Type::BigInt => "BigInt",
        Type::Float => "Float",
        Type::Decimal => "Decimal",
        Type::DateTime => "DateTime",
        Type::Json => "Json",
        Type::Bytes => "Bytes",
        _ => "Unsupported",
    }
}

/// How a relation is held, and what becomes of it.
fn wiring(library: Library<'_>, model: &Model, field: &Field, relation: &Relation) -> Option<String> {
    let FieldType::Model(at) = field.ty else { return None };
    let target = library.schema.models.get(at)?;
    if relation.owns_key() {
        let (here, there) = (names(model, &relation.fields), names(target, &relation.references));
        let deleted = reaction(relation.on_delete, "deleted", &here);
        return Some(format!("{here} holds the {there} of a {}. {deleted}", target.name.text));
    }
    let opposite = relation.opposite.and_then(|at| target.fields.get(at)).map_or("", |field| &field.name.text);
    Some(match &relation.link {
        Some(link) => format!("Both sides have many; the table {} links them.", link.table),
        None => format!("The other side of {}.{opposite}.", target.name.text),
    })
}

fn reaction(action: ReferentialAction, what: &str, key: &str) -> String {
    match action {
        ReferentialAction::Cascade => format!("When that is {what}, this row is too."),
        ReferentialAction::Restrict | ReferentialAction::NoAction => {
            format!("That cannot be {what} while this row is there.")
        }
        ReferentialAction::SetNull => format!("When that is {what}, {key} becomes empty."),
        ReferentialAction::SetDefault => format!("When that is {what}, {key} gets its default."),
    }
}

fn names(model: &Model, fields: &[usize]) -> String {
    let names = fields.iter().filter_map(|at| Some(model.fields.get(*at)?.name.text.as_str()));
    names.collect::<Vec<_>>().join(" and ")
}

fn default_words(library: Library<'_>, field: &Field, default: &Default) -> String {
    match default {
        Default::Bool(value) => value.to_string(),
        Default::Number(text) => text.clone(),
        Default::String(text) => format!("“{text}”"),
        Default::Member(at) => {
            let of = match field.ty {
                FieldType::Scalar(Type::Enum(id)) => library.schema.enums.get(id.index()),
                _ => None,
            };
            of.and_then(|of| of.members.get(*at)).map_or(String::new(), |member| member.name.text.clone())
        }
        Default::List(items) if items.is_empty() => "an empty list".to_owned(),
        Default::List(items) => {
            items.iter().map(|item| default_words(library, field, item)).collect::<Vec<_>>().join(", ")
        }
        Default::Now => "the current time".to_owned(),
        Default::Generated(generator, _) => match generator {
            Generator::Cuid => "a new CUID".to_owned(),
            Generator::Cuid2 => "a new CUID of version 2".to_owned(),
            Generator::Uuid4 => "a new random UUID".to_owned(),
            Generator::Uuid7 => "a new UUID that sorts by time".to_owned(),
            Generator::Nanoid(length) => format!("a new Nano ID of {length} characters"),
            Generator::Ulid => "a new ULID".to_owned(),
            _ => "a new id".to_owned(),
        },
        Default::AutoIncrement => "the next number".to_owned(),
        Default::Database(text) if text.is_empty() => "what the database gives".to_owned(),
        Default::Database(text) => format!("what the database gives for “{text}”"),
        Default::Caller(path) => caller(library, path),
    }
}

fn caller(library: Library<'_>, path: &[usize]) -> String {
    let mut at = library.schema.auth;
    let mut said = "the caller".to_owned();
    for step in path {
        let fields = match at {
            Some(Auth::Model(at)) => library.schema.models.get(at).map(|model| &model.fields),
            Some(Auth::Type(at)) => library.schema.types.get(at).map(|ty| &ty.fields),
            None => None,
        };
        let Some(field) = fields.and_then(|fields| fields.get(*step)) else { break };
        said = format!("{said}’s {}", field.name.text);
        at = match field.ty {
            FieldType::Model(at) => Some(Auth::Model(at)),
            FieldType::Type(at) => Some(Auth::Type(at)),
            _ => None,
        };
    }
    said
}

/// A validation attribute; none if there are no words for it.
fn validation(attribute: &ast::Attribute) -> Option<String> {
    let given = |at: usize, name: &str| {
        let labelled = attribute.args.iter().find(|arg| arg.label.as_ref().is_some_and(|label| label.text == name));
        labelled.or_else(|| attribute.args.get(at).filter(|arg| arg.label.is_none())).map(|arg| &arg.value)
    };
    let number = |at, name| match given(at, name).map(|value| &value.kind) {
        Some(ExprKind::Number(text)) => Some(text.as_str()),
        _ => None,
    };
    let text = |at, name| match given(at, name).map(|value| &value.kind) {
        Some(ExprKind::String(text)) => Some(text.as_str()),
        _ => None,
    };
    Some(match attribute.name.text.as_str() {
        "length" => match (number(0, "min"), number(1, "max")) {
            (Some(min), Some(max)) => format!("Between {min} and {max} long."),
            (Some(min), None) => format!("At least {min} long."),
            (None, Some(max)) => format!("At most {max} long."),
            (None, None) => return None,
        },
        "startsWith" => format!("Starts with “{}”.", text(0, "text")?),
        "endsWith" => format!("Ends with “{}”.", text(0, "text")?),
        "contains" => format!("Contains “{}”.", text(0, "text")?),
        "regex" => format!("Matches the regular expression “{}”.", text(0, "regex")?),
        "email" => "An email address.".to_owned(),
        "url" => "A URL.".to_owned(),
        "datetime" => "A date and time in ISO 8601.".to_owned(),
        "date" => "A date in ISO 8601.".to_owned(),
        "time" => "A time of day in ISO 8601.".to_owned(),
        "phone" => "A phone number.".to_owned(),
        "uuid" => "A UUID.".to_owned(),
        "trim" => "Blanks around it are removed.".to_owned(),
        "lower" => "Turned into lower case.".to_owned(),
        "upper" => "Turned into upper case.".to_owned(),
        "gt" => format!("More than {}.", number(0, "value")?),
        "gte" => format!("At least {}.", number(0, "value")?),
        "lt" => format!("Less than {}.", number(0, "value")?),
        "lte" => format!("At most {}.", number(0, "value")?),
        "password" => "Kept as a hash only.".to_owned(),
        "encrypted" => "Encrypted in the database.".to_owned(),
        "omit" => "Left out of results unless asked for.".to_owned(),
        "computed" => "Computed when it is read.".to_owned(),
        "deletedAt" => "Set when the row is deleted, which stays in the table and is not seen any more.".to_owned(),
        "fullText" => "Can be searched by its words.".to_owned(),
        "fuzzy" => "Can be searched by what is similar.".to_owned(),
        _ => return None,
    })
}

/// Keys and indexes.
pub(super) fn keys(model: &Model) -> Vec<Key> {
    let id = (model.id.len() > 1).then(|| Key {
        kind: "Identifies a row",
        fields: names(model, &model.id),
        more: model.id_key.as_ref().map_or(String::new(), |name| format!("Called {name} in the client.")),
    });
    let uniques = model.uniques.iter().filter(|unique| unique.fields.len() > 1);
    let uniques = uniques.map(|unique| key(model, unique, "Unique together"));
    let indexes = model.indexes.iter().map(|index| key(model, index, "Index"));
    id.into_iter().chain(uniques).chain(indexes).collect()
}

fn key(model: &Model, unique: &Unique, kind: &'static str) -> Key {
    let fields = unique.fields.iter().enumerate().filter_map(|(position, at)| {
        let name = &model.fields.get(*at)?.name.text;
        let part = unique.parts.get(position);
        let descending = if part.is_some_and(|part| part.descending) { ", descending" } else { "" };
        let length = part.and_then(|part| part.length.as_ref());
        let length = length.map_or(String::new(), |length| format!(", the first {length} characters"));
        Some(format!("{name}{length}{descending}"))
    });
    let fields = fields.collect::<Vec<_>>().join("; ");
    let more = [
        unique.name.as_ref().map(|name| format!("Called {name} in the client.")),
        unique.map.as_ref().map(|map| format!("Called “{map}” in the database.")),
        unique.method.as_ref().map(|method| format!("Built as {method}.")),
    ];
    Key { kind, fields, more: more.into_iter().flatten().collect::<Vec<_>>().join(" ") }
}
