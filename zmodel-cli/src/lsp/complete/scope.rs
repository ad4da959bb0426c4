//! What names mean, by the declarations that the parser could make out.

use std::collections::BTreeMap;

use super::cursor::{Body, Cursor, Link};
use crate::hir;
use crate::syntax::ast::{self, AttributeKind, Item, ModelKind};
use crate::syntax::token::Kind;

/// The declarations of a schema.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    models: BTreeMap<&'a str, &'a ast::Model>,
    enums: BTreeMap<&'a str, &'a ast::Enum>,
    /// Also those of the standard library.
    pub(super) functions: BTreeMap<&'a str, &'a ast::Function>,
    /// Also those of the standard library.
    pub(super) attributes: Vec<&'a ast::AttributeDecl>,
    library_enums: BTreeMap<&'a str, &'a ast::Enum>,
}

/// What is in sight inside an expression: the row that a rule is about, then an element for each `?[` around.
#[derive(Debug, Default)]
pub(super) struct Rows<'a> {
    rows: Vec<(Option<&'a ast::Model>, Option<&'a str>)>,
    /// The parameters of a function, if it is the body of one.
    params: Vec<&'a ast::Param>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(files: impl Iterator<Item = &'a ast::File>) -> Self {
        let mut scope = Self::default();
        let (_, library) = hir::stdlib();
        for item in &library.items {
            match item {
                Item::Function(function) => drop(scope.functions.insert(&function.name.text, function)),
                Item::Attribute(decl) => scope.attributes.push(decl),
                Item::Enum(declared) => drop(scope.library_enums.insert(&declared.name.text, declared)),
                _ => {}
            }
        }
        for item in files.flat_map(|file| &file.items) {
            match item {
                Item::Model(model) => drop(scope.models.insert(&model.name.text, model)),
                Item::Enum(declared) => drop(scope.enums.insert(&declared.name.text, declared)),
                Item::Function(function) => drop(scope.functions.insert(&function.name.text, function)),
                Item::Attribute(decl) => scope.attributes.push(decl),
                _ => {}
            }
        }
        scope
    }

    /// Models, views, types and abstract models.
    pub(super) fn models(&self) -> impl Iterator<Item = &'a ast::Model> {
        self.models.values().copied()
    }

    /// The user's enums.
    pub(super) fn enums(&self) -> impl Iterator<Item = &'a ast::Enum> {
        self.enums.values().copied()
    }

    pub(super) fn model(&self, name: &str) -> Option<&'a ast::Model> {
        self.models.get(name).copied()
    }

    /// An enum, also of the standard library.
    pub(super) fn any_enum(&self, name: &str) -> Option<&'a ast::Enum> {
        self.enums.get(name).or_else(|| self.library_enums.get(name)).copied()
    }

    /// The declaration of an attribute, by its name as it is written.
    pub(super) fn attribute(&self, written: &str) -> Option<&'a ast::AttributeDecl> {
        let name = written.trim_start_matches('@');
        let kind = match written.len() - name.len() {
            1 => AttributeKind::Field,
            2 => AttributeKind::Model,
            _ => return None,
        };
        self.attributes.iter().rev().find(|decl| decl.kind == kind && decl.name.text == name).copied()
    }

    /// The fields of a model, inherited ones first.
    pub(super) fn fields(&self, model: &'a ast::Model) -> Vec<&'a ast::Field> {
        let (mut fields, mut seen) = (Vec::new(), Vec::new());
        self.gather(model, &mut fields, &mut seen);
        fields
    }

    fn gather(&self, model: &'a ast::Model, fields: &mut Vec<&'a ast::Field>, seen: &mut Vec<&'a str>) {
        if seen.contains(&model.name.text.as_str()) {
            return;
        }
        seen.push(&model.name.text);
        for parent in model.mixins.iter().chain(&model.extends) {
            if let Some(parent) = self.model(&parent.text) {
                self.gather(parent, fields, seen);
            }
        }
        fields.extend(model.fields.iter().filter(|field| !field.name.text.is_empty()));
    }

    pub(super) fn field(&self, model: &'a ast::Model, name: &str) -> Option<&'a ast::Field> {
        self.fields(model).into_iter().find(|field| field.name.text == name)
    }

    /// What `auth()` is.
    pub(super) fn auth(&self) -> Option<&'a ast::Model> {
        let marked = |model: &&ast::Model| model.attributes.iter().any(|used| used.name.text == "auth");
        self.models().find(marked).or_else(|| self.model("User"))
    }

    /// What is in sight of a cursor inside an expression.
    pub(super) fn rows(&self, cursor: &Cursor<'a>, body: Body<'a>, brackets: &[usize]) -> Rows<'a> {
        let function = self.functions.get(body.name).filter(|_| body.what == "function");
        let params = function.into_iter().flat_map(|function| &function.params).collect();
        let about = self.model(body.name).filter(|_| function.is_none());
        let mut rows = Rows { rows: vec![(about, None)], params };
        for open in brackets.iter().rev().copied() {
            let quantifier = open.checked_sub(1).and_then(|at| cursor.kind(at));
            let asks = matches!(quantifier, Some(Kind::Question | Kind::Bang | Kind::Caret));
            if !asks || cursor.kind(open) != Some(Kind::LeftBracket) {
                continue;
            }
            let element = cursor
                .chain(open - 1)
                .and_then(|links| self.field_of(&rows, &links))
                .and_then(|field| self.model(&field.ty.name.text));
            let bound = cursor.kind(open + 1) == Some(Kind::Word) && cursor.kind(open + 2) == Some(Kind::Comma);
            let binding = (bound && open + 2 < cursor.at).then(|| cursor.word_at(open + 1));
            rows.rows.push((element, binding));
        }
        rows
    }

    /// What a chain leads to, if that has members.
    pub(super) fn members_of(&self, rows: &Rows<'a>, links: &[Link<'a>]) -> Option<&'a ast::Model> {
        let (first, rest) = links.split_first()?;
        let mut model = match *first {
            Link::Name("this") | Link::Call("future" | "before") => rows.outer()?,
            Link::Call("auth") => self.auth()?,
            Link::Call(_) => return None,
            Link::Name(name) => {
                let field = rows.inner().and_then(|model| self.field(model, name));
                match field {
                    Some(field) => self.model(&field.ty.name.text)?,
                    None => self.bindings(rows).find(|(binding, _)| *binding == name)?.1?,
                }
            }
        };
        for link in rest {
            let Link::Name(name) = *link else { return None };
            model = self.model(&self.field(model, name)?.ty.name.text)?;
        }
        Some(model)
    }

    /// The names given to elements, the innermost first, and parameters, with what they are.
    pub(super) fn bindings(&self, rows: &Rows<'a>) -> impl Iterator<Item = (&'a str, Option<&'a ast::Model>)> {
        let elements = rows.rows.iter().rev().filter_map(|(model, binding)| Some(((*binding)?, *model)));
        let params = rows.params.iter().map(|param| (param.name.text.as_str(), self.model(&param.ty.name.text)));
        elements.collect::<Vec<_>>().into_iter().chain(params.collect::<Vec<_>>())
    }

    /// The field that a chain ends with.
    pub(super) fn field_of(&self, rows: &Rows<'a>, links: &[Link<'a>]) -> Option<&'a ast::Field> {
        let (last, before) = links.split_last()?;
        let Link::Name(name) = *last else { return None };
        let model = if before.is_empty() { rows.inner()? } else { self.members_of(rows, before)? };
        self.field(model, name)
    }

    /// How attributes call what a field holds; none for an enum.
    pub(super) fn categories(&self, ty: &ast::TypeRef) -> Vec<String> {
        let name = ty.name.text.as_str();
        let category = match self.model(name) {
            Some(model) if model.kind == ModelKind::Type => Some("TypeDefField".to_owned()),
            Some(_) => Some("ModelField".to_owned()),
            None if self.any_enum(name).is_some() => None,
            None => Some(format!("{name}Field")),
        };
        let list = (ty.list && category.as_deref() != Some("ModelField")).then(|| "ListField".to_owned());
        category.into_iter().chain(list).collect()
    }
}

impl<'a> Rows<'a> {
    /// The row that the rule is about.
    fn outer(&self) -> Option<&'a ast::Model> {
        self.rows.first()?.0
    }

    /// The row that bare names are about.
    pub(super) fn inner(&self) -> Option<&'a ast::Model> {
        self.rows.last()?.0
    }
}
