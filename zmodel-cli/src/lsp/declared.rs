//! What is declared where, in trees that may be full of gaps.

use crate::source::Span;
use crate::syntax::ast::{self, AttributeKind, Item, ModelKind};

/// Something that has a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Declared<'a> {
    Model(&'a ast::Model),
    Field(&'a ast::Model, &'a ast::Field),
    Enum(&'a ast::Enum),
    Member(&'a ast::Enum, &'a ast::EnumMember),
    Function(&'a ast::Function),
    Procedure(&'a ast::Procedure),
    Param(&'a ast::Param),
    Attribute(&'a ast::AttributeDecl),
    AttributeParam(&'a ast::AttributeParam),
    Config(&'static str, &'a ast::Config),
}

impl<'a> Declared<'a> {
    /// What a declaration of a file declares, itself first.
    fn of_item(item: &'a Item) -> Vec<Self> {
        match item {
            Item::Datasource(config) => vec![Self::Config("datasource", config)],
            Item::Generator(config) => vec![Self::Config("generator", config)],
            Item::Plugin(config) => vec![Self::Config("plugin", config)],
            Item::Model(model) => {
                let fields = model.fields.iter().flat_map(|field| {
                    std::iter::once(Self::Field(model, field)).chain(field.params.iter().map(Self::Param))
                });
                std::iter::once(Self::Model(model)).chain(fields).collect()
            }
            Item::Enum(declared) => {
                let members = declared.members.iter().map(|member| Self::Member(declared, member));
                std::iter::once(Self::Enum(declared)).chain(members).collect()
            }
            Item::Function(function) => {
                std::iter::once(Self::Function(function)).chain(function.params.iter().map(Self::Param)).collect()
            }
            Item::Procedure(procedure) => {
                std::iter::once(Self::Procedure(procedure)).chain(procedure.params.iter().map(Self::Param)).collect()
            }
            Item::Attribute(decl) => {
                let params = decl.params.iter().map(Self::AttributeParam);
                std::iter::once(Self::Attribute(decl)).chain(params).collect()
            }
        }
    }

    /// Everything that a file declares.
    pub(super) fn all(file: &'a ast::File) -> impl Iterator<Item = Self> {
        file.items.iter().flat_map(Self::of_item)
    }

    /// What has its name at a place of a file.
    pub(super) fn at(file: &'a ast::File, place: Span) -> Option<Self> {
        let around = |span: Span| span.start <= place.start && place.end <= span.end;
        let after = file.items.partition_point(|item| span_of(item).start <= place.start);
        let item = file.items.get(after.checked_sub(1)?)?;
        Self::of_item(item).into_iter().find(|declared| around(declared.name().span))
    }

    /// Its name.
    pub(super) fn name(self) -> &'a ast::Name {
        match self {
            Self::Model(model) => &model.name,
            Self::Field(_, field) => &field.name,
            Self::Enum(declared) => &declared.name,
            Self::Member(_, member) => &member.name,
            Self::Function(function) => &function.name,
            Self::Procedure(procedure) => &procedure.name,
            Self::Param(param) => &param.name,
            Self::Attribute(decl) => &decl.name,
            Self::AttributeParam(param) => &param.name,
            Self::Config(_, config) => &config.name,
        }
    }

    /// All of it.
    pub(super) fn span(self) -> Span {
        match self {
            Self::Model(model) => model.span,
            Self::Field(_, field) => field.span,
            Self::Enum(declared) => declared.span,
            Self::Member(_, member) => member.span,
            Self::Function(function) => function.span,
            Self::Procedure(procedure) => procedure.span,
            Self::Param(param) => param.span,
            Self::Attribute(decl) => decl.span,
            Self::AttributeParam(param) => param.span,
            Self::Config(_, config) => config.span,
        }
    }

    /// Its `///` lines.
    pub(super) fn docs(self) -> &'a [String] {
        match self {
            Self::Model(model) => &model.docs,
            Self::Field(_, field) => &field.docs,
            Self::Enum(declared) => &declared.docs,
            Self::Member(_, member) => &member.docs,
            Self::Function(function) => &function.docs,
            Self::Procedure(procedure) => &procedure.docs,
            Self::Param(param) => &param.docs,
            Self::Attribute(decl) => &decl.docs,
            Self::AttributeParam(param) => &param.docs,
            Self::Config(_, config) => &config.docs,
        }
    }

    /// Its first line, as written or, if that says too little by itself, with what is around it.
    pub(super) fn head(self, text: impl Fn(Span) -> String) -> String {
        let until = |span: Span, end: Span| one_line(&text(Span { end: end.end, ..span }));
        match self {
            Self::Model(model) => {
                let what = match model.kind {
                    ModelKind::Model => "model",
                    ModelKind::Abstract => "abstract model",
                    ModelKind::View => "view",
                    ModelKind::Type => "type",
                };
                let list = |word: &str, names: &[ast::Name]| {
                    let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
                    if names.is_empty() { String::new() } else { format!(" {word} {}", names.join(", ")) }
                };
                let (extends, mixins) = (list("extends", &model.extends), list("with", &model.mixins));
                format!("{what} {}{extends}{mixins}", model.name.text)
            }
            Self::Field(model, field) => {
                let attributes = field.attributes.iter().map(|used| format!(" {}", one_line(&text(used.span))));
                let attributes: String = attributes.collect();
                format!("{}.{}: {}{attributes}", model.name.text, field.name.text, one_line(&text(field.ty.span)))
            }
            Self::Enum(declared) => {
                let members: Vec<&str> = declared.members.iter().map(|member| member.name.text.as_str()).collect();
                format!("enum {} {{ {} }}", declared.name.text, members.join(" "))
            }
            Self::Member(declared, member) => format!("{}.{}", declared.name.text, member.name.text),
            Self::Function(function) => until(function.span, function.returns.span),
            Self::Procedure(procedure) => until(procedure.span, procedure.returns.span),
            Self::Attribute(decl) => {
                let params: Vec<String> = decl.params.iter().map(|param| attribute_param(param, &text)).collect();
                let sigil = match decl.kind {
                    AttributeKind::Field => "@",
                    AttributeKind::Model => "@@",
                    AttributeKind::Internal => "@@@",
                };
                format!("attribute {sigil}{}({})", decl.name.text, params.join(", "))
            }
            Self::AttributeParam(param) => attribute_param(param, &text),
            Self::Param(param) => one_line(&text(param.span)),
            Self::Config(what, config) => format!("{what} {}", config.name.text),
        }
    }
}

fn attribute_param(param: &ast::AttributeParam, text: impl Fn(Span) -> String) -> String {
    let positional = if param.positional { "_ " } else { "" };
    format!("{positional}{}: {}", param.name.text, one_line(&text(param.ty.span)))
}

/// The whole of a declaration.
pub(super) const fn span_of(item: &Item) -> Span {
    match item {
        Item::Datasource(config) | Item::Generator(config) | Item::Plugin(config) => config.span,
        Item::Model(model) => model.span,
        Item::Enum(declared) => declared.span,
        Item::Function(function) => function.span,
        Item::Procedure(procedure) => procedure.span,
        Item::Attribute(decl) => decl.span,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
