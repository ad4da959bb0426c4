//! Inside brackets: arguments of attributes and functions, and expressions.

use lsp_types::CompletionItemKind;

use super::super::declared::Declared;
use super::cursor::{Body, Link};
use super::{Place, Proposal, config};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, ModelKind};
use crate::syntax::token::Kind;

/// The names in the list of a `@@@` attribute.
pub(super) fn names<'d>(attributes: &'d [ast::Attribute], name: &str) -> Option<Vec<&'d str>> {
    let found = attributes.iter().find(|attribute| attribute.name.text == name)?;
    let Some(ExprKind::Array(items)) = found.args.first().map(|arg| &arg.value.kind) else { return Some(Vec::new()) };
    let names = items.iter().filter_map(|item| match &item.kind {
        ExprKind::Reference(name, _) => Some(name.text.as_str()),
        ExprKind::String(text) => Some(text.as_str()),
        _ => None,
    });
    Some(names.collect())
}

/// An attribute whose arguments are around the cursor.
#[derive(Debug, Clone, Copy)]
struct Around<'a> {
    decl: &'a ast::AttributeDecl,
    /// Its parenthesis.
    open: usize,
    /// Its parameter that is being written; none if there is none any more.
    param: Option<&'a ast::AttributeParam>,
}

impl Around<'_> {
    /// What the argument is for, as the marks of functions call it.
    fn context(&self) -> &'static str {
        match self.param.map(|param| param.ty.name.text.as_str()) {
            Some("ContextType") => "DefaultValue",
            _ if names(&self.decl.attributes, "validation").is_some() => "ValidationRule",
            _ => "AccessPolicy",
        }
    }
}

impl<'a> Place<'a> {
    fn attribute_around(&self) -> Option<Around<'a>> {
        let open = self.brackets.iter().copied().find(|open| {
            let before = open.checked_sub(1).and_then(|at| self.cursor.kind(at));
            matches!(before, Some(Kind::FieldAttribute | Kind::ModelAttribute))
        })?;
        let decl = self.scope.attribute(self.cursor.word_at(open - 1))?;
        let arguments = self.cursor.arguments(open);
        let (last, before) = arguments.split_last()?;
        let param = match self.cursor.label(*last) {
            Some(label) => decl.params.iter().find(|param| param.name.text == label),
            None => {
                let labels: Vec<&str> = before.iter().filter_map(|given| self.cursor.label(*given)).collect();
                let positional = decl.params.iter().filter(|param| param.positional);
                let mut free = positional.filter(|param| !labels.contains(&param.name.text.as_str()));
                free.nth(before.len() - labels.len())
            }
        };
        Some(Around { decl, open, param })
    }

    pub(super) fn inside_brackets(&self, body: Body<'a>) -> Vec<Proposal> {
        let Some(around) = self.attribute_around() else {
            return match body.what {
                "datasource" => config::values(&self.cursor),
                "function" => self.expression(body, "AccessPolicy"),
                _ => Vec::new(),
            };
        };
        let mut proposals = self.labels(&around);
        let Some(param) = around.param else { return proposals };
        let field = self.field(body);
        let direct = self.brackets.first() == Some(&around.open);
        let in_list = self.brackets.get(1) == Some(&around.open) && param.ty.list;
        let literal = |word: &str| Proposal::new(word, CompletionItemKind::KEYWORD);
        proposals.extend(match param.ty.name.text.as_str() {
            "FieldReference" if direct && param.ty.list => vec![literal("[]").snippet("[$1]")],
            "FieldReference" if direct || in_list => {
                let model = self.scope.model(body.name);
                let key = |field: &ast::Field| !self.is_relation(field) && !field.ty.list;
                model.map(|model| self.fields(model, key)).unwrap_or_default()
            }
            "TransitiveFieldReference" if direct => vec![literal("[]").snippet("[$1]")],
            "TransitiveFieldReference" if in_list => {
                let target = field.and_then(|field| self.scope.model(&field.ty.name.text));
                let key = |field: &ast::Field| !self.is_relation(field) && !field.ty.list;
                target.map(|model| self.fields(model, key)).unwrap_or_default()
            }
            "Boolean" if param.ty.optional => vec![literal("true"), literal("false")],
            "Boolean" => self.expression(body, around.context()),
            "ContextType" => self.default_value(body, &around),
            "Any" | "String" | "Int" => Vec::new(),
            other => self.scope.any_enum(other).map(|found| self.enum_members(found, 3)).unwrap_or_default(),
        });
        proposals
    }

    /// The names of parameters that were not given yet.
    fn labels(&self, around: &Around<'a>) -> Vec<Proposal> {
        let arguments = self.cursor.arguments(around.open);
        let Some(((first, _), before)) = arguments.split_last() else { return Vec::new() };
        if self.brackets.first() != Some(&around.open) || *first != self.cursor.at {
            return Vec::new();
        }
        let given: Vec<&str> = before.iter().filter_map(|given| self.cursor.label(*given)).collect();
        let current = around.param.map(|param| param.name.text.as_str());
        let required = |param: &ast::AttributeParam| param.positional && !param.ty.optional;
        let free = around.decl.params.iter().filter(|param| {
            !required(param)
                && !given.contains(&param.name.text.as_str())
                && (current != Some(&param.name.text) || param.ty.optional)
        });
        free.map(|param| {
            let gap = match (param.ty.list, param.ty.name.text.as_str()) {
                (true, _) => "[$1]",
                (false, "String") => "'$1'",
                _ => "$1",
            };
            let label = format!("{}:", param.name.text);
            let proposal = Proposal::new(&label, CompletionItemKind::PROPERTY).snippet(format!("{label} {gap}"));
            proposal.about(self.files, Declared::AttributeParam(param)).rank(4)
        })
        .collect()
    }

    fn is_relation(&self, field: &ast::Field) -> bool {
        self.scope.model(&field.ty.name.text).is_some_and(|model| model.kind != ModelKind::Type)
    }

    /// The functions that may be called in a context, of those that give what is wanted.
    fn functions(&self, context: &str, wanted: impl Fn(&ast::TypeRef) -> bool) -> Vec<Proposal> {
        let known = self.scope.functions.values().filter(|function| {
            let contexts = names(&function.attributes, "expressionContext");
            contexts.is_none_or(|contexts| contexts.contains(&context)) && wanted(&function.returns)
        });
        known
            .filter(|function| function.name.text != "env")
            .map(|function| {
                let needed = function.params.iter().filter(|param| !param.ty.optional).zip(1..);
                let gaps: Vec<String> = needed.map(|(param, at)| format!("${{{at}:{}}}", param.name.text)).collect();
                let label = format!("{}()", function.name.text);
                let snippet = format!("{}({})", function.name.text, gaps.join(", "));
                Proposal::new(label, CompletionItemKind::FUNCTION)
                    .about(self.files, Declared::Function(function))
                    .snippet(snippet)
            })
            .collect()
    }

    /// Inside `@default(…)`.
    fn default_value(&self, body: Body<'a>, around: &Around<'a>) -> Vec<Proposal> {
        if self.cursor.back(1) == Some(Kind::Dot) {
            return self.expression(body, around.context());
        }
        let Some(field) = self.field(body) else { return Vec::new() };
        let ty = field.ty.name.text.as_str();
        if let Some(declared) = self.scope.any_enum(ty) {
            return self.enum_members(declared, 1);
        }
        let whole = ["Int", "BigInt"];
        let fits = |returns: &ast::TypeRef| {
            let gives = returns.name.text.as_str();
            gives == ty || gives == "Any" || whole.contains(&gives) && whole.contains(&ty)
        };
        let mut proposals = self.functions("DefaultValue", fits);
        if ty == "Boolean" {
            proposals.extend(["true", "false"].map(|word| Proposal::new(word, CompletionItemKind::KEYWORD).rank(1)));
        }
        proposals
    }

    /// Inside a condition, or the body of a function.
    pub(super) fn expression(&self, body: Body<'a>, context: &str) -> Vec<Proposal> {
        let rows = self.scope.rows(&self.cursor, body, &self.brackets);
        if self.cursor.back(1) == Some(Kind::Dot) {
            let links = self.cursor.chain(self.cursor.at - 1).unwrap_or_default();
            let found = self.scope.members_of(&rows, &links);
            return found.map(|model| self.fields(model, |_| true)).unwrap_or_default();
        }
        let mut proposals = rows.inner().map(|model| self.fields(model, |_| true)).unwrap_or_default();
        proposals.extend(self.functions(context, |_| true));
        let compared = self.compared_with().and_then(|links| self.scope.field_of(&rows, &links));
        let compared = compared.map(|field| field.ty.name.text.as_str());
        for declared in self.scope.enums() {
            let rank = if compared == Some(declared.name.text.as_str()) { 1 } else { 6 };
            proposals.extend(self.enum_members(declared, rank));
        }
        for (name, model) in self.scope.bindings(&rows) {
            let what = model.map_or("", |model| model.name.text.as_str());
            proposals.push(Proposal::new(name, CompletionItemKind::VARIABLE).detail(what).rank(2));
        }
        // A function stands by no row.
        let this = (body.what != "function").then_some("this");
        for word in this.into_iter().chain(["true", "false", "null"]) {
            proposals.push(Proposal::new(word, CompletionItemKind::KEYWORD).rank(6));
        }
        proposals
    }

    /// What stands before the operator before the word, or before the list that the word is in.
    fn compared_with(&self) -> Option<Vec<Link<'a>>> {
        let mut at = self.cursor.at.checked_sub(1)?;
        if self.cursor.kind(at) == Some(Kind::Comma) || self.cursor.kind(at) == Some(Kind::LeftBracket) {
            at = self.brackets.first()?.checked_sub(1)?;
        }
        let operator =
            matches!(self.cursor.kind(at)?, Kind::EqualsEquals | Kind::BangEquals) || self.cursor.word_at(at) == "in";
        if operator { self.cursor.chain(at) } else { None }
    }

    /// Inside a string.
    pub(super) fn inside_string(&self, body: Option<Body<'a>>, open: usize, string: Span) -> Vec<Proposal> {
        let Some(body) = body else { return Vec::new() };
        // Between the quotes: the item of the list, up to its commas.
        let written = self.cursor.text_of(Span { start: string.start + 1, end: self.cursor.offset, ..string });
        let rest = self.cursor.text_of(Span { start: self.cursor.offset, ..string });
        let item = written.rsplit(',').next().unwrap_or(written).trim_start();
        let tail = rest.split([',', '\'', '"', '\n']).next().unwrap_or("");
        let length = |text: &str| u32::try_from(text.len()).unwrap_or(0);
        let (start, end) = (self.cursor.offset - length(item), self.cursor.offset + length(tail.trim_end()));
        let span = Some(Span { start, end, ..string });
        let words: Vec<&str> = if self.brackets.len() == 1 {
            config::choices(body.what, self.cursor.back_text(2)).to_vec()
        } else if let Some(around) = self.attribute_around().filter(|around| around.open == open) {
            let hints = around.param.and_then(|param| names(&param.attributes, "completionHint"));
            hints.unwrap_or_default()
        } else {
            Vec::new()
        };
        let proposals =
            words.into_iter().map(|word| Proposal { span, ..Proposal::new(word, CompletionItemKind::VALUE) });
        proposals.collect()
    }
}
