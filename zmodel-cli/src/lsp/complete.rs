//! What could be written at a place.
//!
//! This looks at the tokens before the cursor and at what the parser made of the rest: while somebody types, the text
//! is seldom whole.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent, MarkupKind,
    TextEdit,
};

use super::declared::Declared;
use super::files::Files;
use super::workspace::Workspace;
use crate::source::Span;
use crate::syntax::ast::{self, AttributeKind, ModelKind};
use crate::syntax::token::Kind;

mod cursor;
mod scope;

mod config;

mod arguments;
mod members;

use cursor::{Body, Cursor};
use scope::Scope;

/// Something that could be written.
#[derive(Debug, Clone)]
struct Proposal {
    label: String,
    kind: CompletionItemKind,
    /// What is inserted, with `${1:…}` where something is to be filled in; the label if there is nothing to say.
    snippet: Option<String>,
    detail: Option<String>,
    docs: String,
    /// What comes first; those of the same rank are in the order of their labels.
    rank: u8,
    /// Another stretch to replace than the word at the cursor.
    span: Option<Span>,
}

impl Proposal {
    fn new(label: impl Into<String>, kind: CompletionItemKind) -> Self {
        Self { label: label.into(), kind, snippet: None, detail: None, docs: String::new(), rank: 5, span: None }
    }

    fn snippet(mut self, snippet: impl Into<String>) -> Self {
        self.snippet = Some(snippet.into());
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    fn rank(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }

    /// With what is known of a declaration.
    fn about(mut self, files: &Files, declared: Declared<'_>) -> Self {
        self.detail = Some(declared.head(|span| files.text(span).to_owned()));
        self.docs = declared.docs().join("\n");
        self
    }
}

/// Everything that is needed to propose something.
struct Place<'a> {
    files: &'a Files,
    scope: Scope<'a>,
    cursor: Cursor<'a>,
    tree: &'a ast::File,
    /// The brackets around the cursor, the innermost first.
    brackets: Vec<usize>,
}

/// What could be written at a place. `snippets`: whether the client knows gaps to be filled in.
pub(super) fn complete(workspace: &Workspace, place: Span, snippets: bool) -> Vec<CompletionItem> {
    let files = &workspace.files;
    let Some(document) = files.get(place.file) else { return Vec::new() };
    let Some(cursor) = Cursor::new(place.file, &document.text, place.start) else { return Vec::new() };
    let mut seen: Vec<_> = workspace.projects_of(place.file).flat_map(|project| &project.files).collect();
    seen.sort();
    seen.dedup();
    let others = seen.into_iter().map(|(id, _)| *id).filter(|id| *id != place.file);
    let trees = std::iter::once(place.file).chain(others).map(|id| files.tree(id));
    let brackets = cursor.brackets();
    let here = Place { files, scope: Scope::new(trees), cursor, tree: document.edited.tree(), brackets };
    let mut proposals = here.proposals();
    proposals.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    proposals.dedup_by(|a, b| a.label == b.label && a.kind == b.kind);
    proposals.into_iter().filter_map(|proposal| item(&here, proposal, snippets)).collect()
}

fn item(here: &Place<'_>, proposal: Proposal, snippets: bool) -> Option<CompletionItem> {
    let Proposal { label, kind, snippet, detail, docs, rank, span } = proposal;
    let range = here.files.location(span.unwrap_or(here.cursor.word))?.range;
    let insert = match &snippet {
        Some(snippet) if snippets => snippet.clone(),
        Some(snippet) => without_gaps(snippet),
        None => label.clone(),
    };
    let gaps = snippets && snippet.is_some();
    let docs = MarkupContent { kind: MarkupKind::Markdown, value: docs };
    Some(CompletionItem {
        sort_text: Some(format!("{rank}{label}")),
        filter_text: Some(label.clone()),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(range, insert))),
        insert_text_format: Some(if gaps { InsertTextFormat::SNIPPET } else { InsertTextFormat::PLAIN_TEXT }),
        documentation: (!docs.value.is_empty()).then_some(Documentation::MarkupContent(docs)),
        kind: Some(kind),
        label,
        detail,
        ..CompletionItem::default()
    })
}

/// `@relation(fields: [${1:authorId}])` as `@relation(fields: [authorId])`
fn without_gaps(snippet: &str) -> String {
    let mut text = String::new();
    let mut rest = snippet;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        let numbered = after.strip_prefix('{').and_then(|gap| gap.split_once('}'));
        rest = if let Some((gap, after)) = numbered {
            text.push_str(gap.split_once(':').map_or("", |(_, shown)| shown));
            after
        } else {
            after.trim_start_matches(|c: char| c.is_ascii_digit())
        };
    }
    text + rest
}

impl<'a> Place<'a> {
    fn proposals(&self) -> Vec<Proposal> {
        let Some(open) = self.brackets.first().copied() else { return self.outside() };
        let body = self.brackets.last().and_then(|at| self.cursor.body(*at));
        if let Some(string) = self.cursor.string {
            return self.inside_string(body, open, string);
        }
        match body {
            Some(body) if self.brackets.len() > 1 => self.inside_brackets(body),
            Some(body) => match body.what {
                "model" | "view" | "type" | "enum" => self.member(body),
                "datasource" | "generator" | "plugin" => config::entry(&self.cursor, body.what),
                "function" => self.expression(body, "AccessPolicy"),
                _ => Vec::new(),
            },
            // The parameters of a function or an attribute.
            None if self.cursor.back(1) == Some(Kind::Colon) => self.types(true),
            None => Vec::new(),
        }
    }

    /// Between declarations, and in their heads.
    fn outside(&self) -> Vec<Proposal> {
        let cursor = &self.cursor;
        if cursor.string.is_some() {
            return Vec::new();
        }
        let kinds = |wanted: &[ModelKind]| -> Vec<Proposal> {
            self.scope.models().filter(|model| wanted.contains(&model.kind)).map(|model| self.named(model)).collect()
        };
        match (cursor.back(1), cursor.back_text(1)) {
            (_, "with") => return kinds(&[ModelKind::Type]),
            (_, "extends") => return kinds(&[ModelKind::Abstract, ModelKind::Model]),
            (Some(Kind::Colon), _) => return self.types(true),
            // More names of a list.
            (Some(Kind::Comma), _) => return kinds(&[ModelKind::Type, ModelKind::Abstract]),
            _ => {}
        }
        if cursor.starts_line() {
            return config::declarations();
        }
        let words = ["extends", "with"];
        let named = matches!(cursor.back_text(2), "model" | "type" | "view");
        words.into_iter().filter(|_| named).map(|word| Proposal::new(word, CompletionItemKind::KEYWORD)).collect()
    }

    fn named(&self, model: &ast::Model) -> Proposal {
        let kind = match model.kind {
            ModelKind::Type => CompletionItemKind::STRUCT,
            ModelKind::Abstract => CompletionItemKind::INTERFACE,
            ModelKind::Model | ModelKind::View => CompletionItemKind::CLASS,
        };
        Proposal::new(&model.name.text, kind).about(self.files, Declared::Model(model))
    }

    /// The types that a field can have, or a parameter.
    fn types(&self, param: bool) -> Vec<Proposal> {
        let scalars = super::hover::SCALARS.iter().filter(|(name, _)| !param || *name != "Unsupported");
        let scalars = scalars.map(|(name, about)| {
            let proposal = Proposal::new(*name, CompletionItemKind::KEYWORD).detail(*about).rank(6);
            if *name == "Unsupported" { proposal.snippet("Unsupported(\"$1\")") } else { proposal }
        });
        let models = self.scope.models().filter(|model| model.kind != ModelKind::Abstract);
        let models = models.map(|model| self.named(model));
        let enums = self.scope.enums().map(|declared| {
            Proposal::new(&declared.name.text, CompletionItemKind::ENUM).about(self.files, Declared::Enum(declared))
        });
        scalars.chain(models).chain(enums).collect()
    }

    fn fields(&self, model: &'a ast::Model, wanted: impl Fn(&ast::Field) -> bool) -> Vec<Proposal> {
        let fields = self.scope.fields(model).into_iter().filter(|field| wanted(field));
        let proposals = fields.map(|field| {
            let proposal = Proposal::new(&field.name.text, CompletionItemKind::FIELD).rank(3);
            Proposal { docs: field.docs.join("\n"), ..proposal }.detail(self.files.text(field.ty.span))
        });
        proposals.collect()
    }

    fn enum_members(&self, declared: &ast::Enum, rank: u8) -> Vec<Proposal> {
        let members = declared.members.iter().map(|member| {
            let proposal = Proposal::new(&member.name.text, CompletionItemKind::ENUM_MEMBER).rank(rank);
            proposal.about(self.files, Declared::Member(declared, member))
        });
        members.collect()
    }

    /// The field that the cursor stands in or after.
    fn field(&self, body: Body<'_>) -> Option<&'a ast::Field> {
        let start = self.brackets.last().and_then(|at| self.cursor.span_at(*at))?.start;
        let mut declared = self.tree.items.iter().filter_map(|item| match item {
            ast::Item::Model(model) if model.name.text == body.name && model.span.start < start => Some(model),
            _ => None,
        });
        let before = |field: &&ast::Field| field.span.start < self.cursor.word.start;
        declared.next_back()?.fields.iter().rev().find(before)
    }

    /// The attributes of a kind that may stand where the cursor is; on a field, those that fit its type.
    fn attributes(&self, kind: AttributeKind, container: &str, field: Option<&ast::Field>) -> Vec<Proposal> {
        let categories = field.map(|field| self.scope.categories(&field.ty));
        let fits = self.scope.attributes.iter().filter(|decl| {
            let on = arguments::names(&decl.attributes, "on");
            let target = arguments::names(&decl.attributes, "targetField");
            let usual = container != "EnumMember" && container != "Enum";
            decl.kind == kind
                && on.map_or(usual, |on| on.contains(&container))
                && target.zip(categories.as_ref()).is_none_or(|(target, categories)| {
                    categories.iter().any(|category| target.contains(&category.as_str()))
                })
        });
        fits.map(|decl| {
            let written = self.files.text(decl.name.span).to_owned();
            let native = decl.name.text.starts_with("db.");
            let proposal = Proposal::new(written.clone(), CompletionItemKind::PROPERTY)
                .about(self.files, Declared::Attribute(decl))
                .rank(if native { 7 } else { 5 });
            match members::skeleton(&self.scope, decl, field) {
                Some(arguments) => proposal.snippet(format!("{written}({arguments})")),
                None => proposal,
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
