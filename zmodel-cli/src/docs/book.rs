//! What the book says, before it is laid out.

use std::collections::BTreeMap;

use crate::hir::{self, Auth, Model, Schema, Url};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast;

use super::diagram::{self, Drawing, Surroundings};
use super::fields::{self, Key, Row};
use super::rules::{self, Access, FieldAccess, Said};
use super::words::Words;

/// A schema, in words.
#[derive(Debug)]
pub(super) struct Book {
    /// The name of the schema file.
    pub(super) title: String,
    pub(super) version: &'static str,
    /// The database, in a sentence; none if there is no `datasource`.
    pub(super) database: Option<String>,
    /// What `auth()` is; none if nothing is.
    pub(super) caller: Option<Link>,
    pub(super) models: Vec<Chapter>,
    pub(super) types: Vec<Structure>,
    pub(super) enums: Vec<Choice>,
    pub(super) procedures: Vec<Procedure>,
    /// The diagram, drawn; empty where there are too many tables for one.
    pub(super) drawing: Drawing,
    /// The diagram, as Mermaid.
    pub(super) mermaid: String,
}

/// A name that has a place of its own in the book.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) name: String,
    /// Where it is; empty if nowhere.
    pub(super) anchor: String,
}

/// A model or view.
#[derive(Debug)]
pub(super) struct Chapter {
    pub(super) name: String,
    pub(super) anchor: String,
    /// What it is, in a sentence.
    pub(super) kind: String,
    pub(super) docs: Vec<String>,
    /// Whether it has a table, and so rules.
    pub(super) stored: bool,
    /// The tables around it, where there are too many for one diagram.
    pub(super) drawing: Option<Drawing>,
    pub(super) fields: Vec<Row>,
    pub(super) keys: Vec<Key>,
    pub(super) checks: Vec<Said>,
    pub(super) access: Vec<Access>,
    pub(super) field_access: Vec<FieldAccess>,
}

/// A `type`.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) docs: Vec<String>,
    pub(super) strict: bool,
    pub(super) fields: Vec<Row>,
}

/// An enum.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) docs: Vec<String>,
    pub(super) members: Vec<Member>,
}

/// A member of an enum.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) docs: String,
    /// How the database has it, if that is not its name.
    pub(super) stored: String,
}

/// A procedure.
#[derive(Debug)]
pub(super) struct Procedure {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) docs: Vec<String>,
    pub(super) mutation: bool,
    pub(super) parameters: Vec<String>,
    pub(super) returns: String,
}

/// The declarations as written, for what the resolved schema does not keep.
#[derive(Debug, Default)]
pub(super) struct Written {
    files: Vec<ast::File>,
    fields: BTreeMap<Span, (usize, usize, usize)>,
}

impl Written {
    fn new(sources: &SourceMap) -> Self {
        let mut written = Self::default();
        for (id, file) in sources.iter() {
            // What is wrong with it was said when it was checked.
            let mut said = crate::diagnostic::Diagnostics::default();
            written.files.push(crate::syntax::parse(FileId(id.0), &file.text, &mut said));
        }
        for (at, file) in written.files.iter().enumerate() {
            for (item, declared) in file.items.iter().enumerate() {
                let ast::Item::Model(model) = declared else { continue };
                for (position, field) in model.fields.iter().enumerate() {
                    written.fields.insert(field.span, (at, item, position));
                }
            }
        }
        written
    }

    /// A field, as written.
    pub(super) fn field(&self, span: Span) -> Option<&ast::Field> {
        let (file, item, field) = self.fields.get(&span)?;
        match self.files.get(*file)?.items.get(*item)? {
            ast::Item::Model(model) => model.fields.get(*field),
            _ => None,
        }
    }

    fn procedures(&self) -> impl Iterator<Item = &ast::Procedure> {
        self.files.iter().flat_map(|file| &file.items).filter_map(|item| match item {
            ast::Item::Procedure(procedure) => Some(procedure),
            _ => None,
        })
    }
}

/// What is needed to say anything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Library<'a> {
    pub(super) schema: &'a Schema,
    pub(super) sources: &'a SourceMap,
    pub(super) written: &'a Written,
}

impl Library<'_> {
    /// A stretch of the schema on one line.
    pub(super) fn source(&self, span: Span) -> String {
        self.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The name of a model, by position.
    pub(super) fn model(&self, at: usize) -> Link {
        let name = self.schema.models.get(at).map_or("", |model| &model.name.text);
        Link { name: name.to_owned(), anchor: anchor("model", name) }
    }

    /// The name of a type, by position.
    pub(super) fn structure(&self, at: usize) -> Link {
        let name = self.schema.types.get(at).map_or("", |ty| &ty.name.text);
        Link { name: name.to_owned(), anchor: anchor("type", name) }
    }
}

/// Where something is in the book.
pub(super) fn anchor(kind: &str, name: &str) -> String {
    format!("{kind}-{name}")
}

/// The book of a schema.
pub(super) fn book(schema: &Schema, sources: &SourceMap) -> Book {
    let written = Written::new(sources);
    let library = Library { schema, sources, written: &written };
    let mut order: Vec<usize> = (0..schema.models.len()).collect();
    order.sort_by_key(|at| schema.models.get(*at).map(|model| (model.ignored, model.name.text.to_lowercase())));
    let surroundings = Surroundings::new(library);
    let models = order.iter().filter_map(|at| {
        let drawing = surroundings.as_ref().and_then(|surroundings| surroundings.of(*at));
        Some(Chapter { drawing, ..chapter(library, schema.models.get(*at)?) })
    });
    let models = models.collect();
    Book {
        title: sources.iter().next().map_or(String::new(), |(_, file)| file.name.clone()),
        version: env!("CARGO_PKG_VERSION"),
        database: schema.datasource.as_ref().map(database),
        caller: schema.auth.map(|auth| match auth {
            Auth::Model(at) => library.model(at),
            Auth::Type(at) => library.structure(at),
        }),
        models,
        types: schema.types.iter().map(|ty| structure(library, ty)).collect(),
        enums: schema.enums.iter().map(choice).collect(),
        procedures: written.procedures().map(|procedure| self::procedure(library, procedure)).collect(),
        drawing: diagram::draw(library),
        mermaid: diagram::mermaid(library),
    }
}

fn database(datasource: &hir::Datasource) -> String {
    let provider = match datasource.provider {
        zmodel_runtime::schema::Provider::Sqlite => "SQLite",
        zmodel_runtime::schema::Provider::Postgresql => "PostgreSQL",
        zmodel_runtime::schema::Provider::Mysql => "MySQL",
        _ => "Another database",
    };
    // A URL written in the schema may hold a password, which a book must not tell.
    match &datasource.url {
        Some(Url::Env(name)) => format!("{provider}; its URL is in the environment variable {name}"),
        _ => provider.to_owned(),
    }
}

fn chapter(library: Library<'_>, model: &Model) -> Chapter {
    let name = model.name.text.clone();
    Chapter {
        anchor: anchor("model", &name),
        kind: kind(library, model),
        docs: paragraphs(&model.docs),
        stored: !model.ignored,
        drawing: None,
        fields: model.fields.iter().map(|field| fields::row(library, Some(model), field)).collect(),
        keys: fields::keys(model),
        checks: checks(library, model),
        access: rules::access(library, model),
        field_access: rules::field_access(library, model),
        name,
    }
}

fn kind(library: Library<'_>, model: &Model) -> String {
    let what = if model.ignored {
        return "Not in the database as far as the client goes: it has no operations.".to_owned();
    } else if model.view {
        format!("A view, which is only read: {}.", model.table)
    } else {
        format!("A table: {}.", model.table)
    };
    let mut said = vec![what];
    if let Some(base) = &model.base {
        let of = library.model(base.model).name;
        said.push(format!("Its rows are also rows of {of}, told apart by “{}”.", base.tag));
    }
    if let Some(field) = model.discriminator.and_then(|at| model.fields.get(at)) {
        said.push(format!("The field {} says which model a row belongs to.", field.name.text));
    }
    said.join(" ")
}

/// What the values of a row must satisfy together.
fn checks(library: Library<'_>, model: &Model) -> Vec<Said> {
    let words = Words::new(library.schema, library.sources, &model.name.text, false);
    let checks = model.validations.iter();
    let said =
        checks.map(|check| Said { words: words.condition(&check.condition), source: library.source(check.span) });
    said.collect()
}

fn structure(library: Library<'_>, ty: &hir::TypeDef) -> Structure {
    Structure {
        name: ty.name.text.clone(),
        anchor: anchor("type", &ty.name.text),
        docs: paragraphs(&ty.docs),
        strict: ty.strict,
        fields: ty.fields.iter().map(|field| fields::row(library, None, field)).collect(),
    }
}

fn choice(of: &hir::Enum) -> Choice {
    let members = of.members.iter().map(|member| Member {
        name: member.name.text.clone(),
        docs: member.docs.join(" ").trim().to_owned(),
        stored: if member.stored == member.name.text { String::new() } else { member.stored.clone() },
    });
    Choice {
        name: of.name.text.clone(),
        anchor: anchor("enum", &of.name.text),
        docs: paragraphs(&of.docs),
        members: members.collect(),
    }
}

fn procedure(library: Library<'_>, procedure: &ast::Procedure) -> Procedure {
    let parameters = procedure.params.iter();
    let parameters =
        parameters.map(|param| format!("{}: {}", param.name.text, library.source(param.ty.span))).collect();
    Procedure {
        name: procedure.name.text.clone(),
        anchor: anchor("procedure", &procedure.name.text),
        docs: paragraphs(&procedure.docs),
        mutation: procedure.mutation,
        parameters,
        returns: library.source(procedure.returns.span),
    }
}

/// Lines of documentation as paragraphs, which empty lines part.
pub(super) fn paragraphs(lines: &[String]) -> Vec<String> {
    let parts = lines.split(|line| line.trim().is_empty());
    parts
        .map(|part| part.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "))
        .filter(|p| !p.is_empty())
        .collect()
}
