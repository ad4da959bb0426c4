//! Conditions of rules in plain English.
//!
//! A field by itself is one of the row at hand: the row that the rule is about, or, inside the brackets of a
//! predicate, the element. Everything else says whose it is.

use zmodel_runtime::schema::{Check, Format, Operation, Share, Type};

use crate::hir::{
    Auth, CallerPath, CallerStart, Casing, Collection, Current, DocumentPath, DocumentStart, Expr, ExprKind, Field,
    FieldType, RowPath, Schema, TextFunction, ValueType,
};
use crate::source::SourceMap;
use crate::syntax::ast::{BinaryOp, Quantifier};

/// What the words of one rule depend on.
#[derive(Debug, Clone)]
pub(super) struct Words<'s> {
    schema: &'s Schema,
    sources: &'s SourceMap,
    /// What the rows in sight are called, outermost first.
    frames: Vec<&'s str>,
    /// What tells the row in its other state from the row at hand.
    other_state: &'static str,
}

impl<'s> Words<'s> {
    /// For rules of `model`, about an update that has happened (`post-update`) or one that is to come.
    pub(super) fn new(schema: &'s Schema, sources: &'s SourceMap, model: &'s str, after_update: bool) -> Self {
        let other_state = if after_update { "before the update" } else { "after the update" };
        Self { schema, sources, frames: vec![model], other_state }
    }

    /// A condition, to stand after "if".
    pub(super) fn condition(&self, expr: &Expr) -> String {
        self.said(expr, true)
    }

    /// A condition, or its opposite.
    fn said(&self, expr: &Expr, holds: bool) -> String {
        match &expr.kind {
            ExprKind::Bool(value) => if *value == holds { "always" } else { "never" }.to_owned(),
            ExprKind::Not(inner) => self.said(inner, !holds),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), ..) => {
                let chain = self.chain(*op, expr);
                if holds { chain } else { format!("it is not the case that ({chain})") }
            }
            ExprKind::Binary(op, left, right) => self.comparison(*op, left, right, holds),
            ExprKind::Text(function, field, search, fold) => {
                let verb = match (function, holds) {
                    (TextFunction::Contains, true) => "contains",
                    (TextFunction::Contains, false) => "does not contain",
                    (TextFunction::StartsWith, true) => "starts with",
                    (TextFunction::StartsWith, false) => "does not start with",
                    (TextFunction::EndsWith, true) => "ends with",
                    (TextFunction::EndsWith, false) => "does not end with",
                    (TextFunction::Search, true) => "has the words",
                    (TextFunction::Search, false) => "does not have the words",
                };
                let fold = if *fold { ", whether in upper or lower case" } else { "" };
                format!("{} {verb} {}{fold}", self.value(field), self.value(search))
            }
            ExprKind::Share(share, list, sought) => {
                let which = match (share, holds) {
                    (Share::Some, true) => "has at least one of",
                    (Share::Some, false) => "has none of",
                    (Share::Every, true) => "has all of",
                    (Share::Every, false) => "does not have all of",
                };
                format!("{} {which} {}", self.value(list), self.value(sought))
            }
            ExprKind::Passes(check, value) => format!("{} {} {}", self.value(value), is(holds), passing(check)),
            ExprKind::Empty(list) => format!("{} {} empty", self.value(list), is(holds)),
            ExprKind::Check(path, operation) => {
                let (row, may) = (self.row(path), if holds { "may" } else { "may not" });
                match operation {
                    Some(operation) => format!("the rules say that the caller {may} {} {row}", operation.name()),
                    None => format!("the rules say that the caller {may} do the same to {row}"),
                }
            }
            ExprKind::Predicate(quantifier, about, inner) => self.predicate(*quantifier, about, inner, holds),
            ExprKind::Error => {
                let source = self.source(expr);
                if holds { format!("`{source}` holds") } else { format!("`{source}` does not hold") }
            }
            ExprKind::Caller(path) if path.is_auth() => signed_in(holds).to_owned(),
            _ => format!("{} is {holds}", self.value(expr)),
        }
    }

    /// `a && b && c`, with brackets around what is joined otherwise.
    fn chain(&self, op: BinaryOp, expr: &Expr) -> String {
        let mut parts = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(here, left, right) = &first.kind
            && *here == op
        {
            parts.push(self.part(right));
            first = left;
        }
        parts.push(self.part(first));
        parts.reverse();
        parts.join(if op == BinaryOp::And { " and " } else { " or " })
    }

    /// A condition beside others.
    fn part(&self, expr: &Expr) -> String {
        let said = self.condition(expr);
        match &expr.kind {
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..) => format!("({said})"),
            _ => said,
        }
    }

    fn comparison(&self, op: BinaryOp, left: &Expr, right: &Expr, holds: bool) -> String {
        if op == BinaryOp::In {
            return self.contained(left, right, holds);
        }
        let opposite = match op {
            BinaryOp::Eq => BinaryOp::Ne,
            BinaryOp::Ne => BinaryOp::Eq,
            BinaryOp::Lt => BinaryOp::Ge,
            BinaryOp::Le => BinaryOp::Gt,
            BinaryOp::Gt => BinaryOp::Le,
            BinaryOp::Ge => BinaryOp::Lt,
            other => other,
        };
        let op = if holds { op } else { opposite };
        let equal = op == BinaryOp::Eq;
        match (&left.kind, &right.kind) {
            (_, ExprKind::Null) => return self.null(left, equal),
            (ExprKind::Null, _) => return self.null(right, equal),
            _ => {}
        }
        let instants = [left, right].iter().any(|side| side.ty.of == ValueType::Scalar(Type::DateTime));
        let verb = match (op, instants) {
            (BinaryOp::Ne, _) => "is not",
            (BinaryOp::Lt, true) => "is before",
            (BinaryOp::Lt, false) => "is less than",
            (BinaryOp::Le, true) => "is not after",
            (BinaryOp::Le, false) => "is at most",
            (BinaryOp::Gt, true) => "is after",
            (BinaryOp::Gt, false) => "is more than",
            (BinaryOp::Ge, true) => "is not before",
            (BinaryOp::Ge, false) => "is at least",
            _ => "is",
        };
        // "authorId is the caller's id" reads better than "the caller's id is authorId".
        let turned = matches!(op, BinaryOp::Eq | BinaryOp::Ne)
            && (matches!(&left.kind, ExprKind::Caller(path) if path.start == CallerStart::Auth) || is_fixed(left))
            && matches!(right.kind, ExprKind::Field(..) | ExprKind::Row(_));
        let (left, right) = if turned { (right, left) } else { (left, right) };
        format!("{} {verb} {}", self.value(left), self.value(right))
    }

    fn null(&self, tested: &Expr, equal: bool) -> String {
        match &tested.kind {
            ExprKind::Caller(path) if path.is_auth() => signed_in(!equal).to_owned(),
            ExprKind::Row(_) => format!("{} is {}", self.value(tested), if equal { "missing" } else { "there" }),
            _ => format!("{} is {}", self.value(tested), if equal { "empty" } else { "not empty" }),
        }
    }

    fn contained(&self, left: &Expr, right: &Expr, holds: bool) -> String {
        let (value, list) = (self.value(left), self.value(right));
        match (&right.kind, holds) {
            (ExprKind::Array(_), true) => format!("{value} is one of {list}"),
            (ExprKind::Array(_), false) => format!("{value} is none of {list}"),
            (_, _) => format!("{value} {} in {list}", is(holds)),
        }
    }

    fn predicate(&self, quantifier: Quantifier, about: &Collection, inner: &Expr, holds: bool) -> String {
        let (list, element) = match about {
            Collection::Rows(path) => (self.row(path), self.end(path)),
            Collection::Caller(path) => (self.caller(path), self.caller_end(path)),
            Collection::Document(path) => (self.document(path), "item"),
        };
        let any = matches!(inner.kind, ExprKind::Bool(true));
        let mut within = self.clone();
        within.frames.push(element);
        let condition = within.condition(inner);
        match (quantifier, holds, any) {
            (Quantifier::Some, true, true) | (Quantifier::None, false, true) => format!("there are {list}"),
            (Quantifier::None, true, true) | (Quantifier::Some, false, true) => format!("there are no {list}"),
            (Quantifier::Some, true, false) | (Quantifier::None, false, false) => {
                format!("for at least one of {list}: ({condition})")
            }
            (Quantifier::None, true, false) | (Quantifier::Some, false, false) => {
                format!("for none of {list}: ({condition})")
            }
            (Quantifier::Every, true, _) => format!("for every one of {list}, or if there are none: ({condition})"),
            (Quantifier::Every, false, _) => format!("not for every one of {list}: ({condition})"),
        }
    }

    /// Anything that is compared.
    fn value(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Number(text) => text.clone(),
            ExprKind::String(text) => format!("“{text}”"),
            ExprKind::Null | ExprKind::Missing => "empty".to_owned(),
            ExprKind::Member(of, member) => {
                let of = self.schema.enums.get(*of).and_then(|of| of.members.get(*member));
                of.map_or_else(|| self.source(expr), |member| member.name.text.clone())
            }
            ExprKind::Caller(path) => self.caller(path),
            ExprKind::Row(path) => self.row(path),
            ExprKind::Field(path, field) => {
                let field = self.schema.models.get(self.end_at(path)).and_then(|model| model.fields.get(*field));
                let field = field.map_or("", |field| field.name.text.as_str());
                self.of_row(path, field)
            }
            ExprKind::Document(path) => self.document(path),
            ExprKind::JsonAs(value, _) => self.value(value),
            ExprKind::Now => "now".to_owned(),
            ExprKind::Length(value) => format!("the length of {}", self.value(value)),
            ExprKind::Array(items) => match items.iter().map(|item| self.value(item)).collect::<Vec<_>>().as_slice() {
                [] => "nothing".to_owned(),
                [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
                items => items.concat(),
            },
            ExprKind::Current(what, casing) => {
                let what = match what {
                    Current::Model => "the name of the model",
                    Current::Operation => "the name of the operation",
                };
                let casing = match casing {
                    Casing::Original => "",
                    Casing::Upper => " in upper case",
                    Casing::Lower => " in lower case",
                    Casing::Capitalize => " with a capital letter first",
                    Casing::Uncapitalize => " with a small letter first",
                };
                format!("{what}{casing}")
            }
            ExprKind::Error => format!("`{}`", self.source(expr)),
            // What is true or false itself, compared with something.
            ExprKind::Not(_)
            | ExprKind::Binary(..)
            | ExprKind::Text(..)
            | ExprKind::Share(..)
            | ExprKind::Empty(_)
            | ExprKind::Passes(..)
            | ExprKind::Check(..)
            | ExprKind::Predicate(..) => format!("whether ({})", self.condition(expr)),
        }
    }

    /// A part of a structure inside JSON.
    fn document(&self, path: &DocumentPath) -> String {
        let (mut text, mut at) = match &path.start {
            DocumentStart::Field(row, field) => {
                let field = self.schema.models.get(self.end_at(row)).and_then(|model| model.fields.get(*field));
                let name = field.map_or("", |field| field.name.text.as_str());
                (self.of_row(row, name), field.map(|field| field.ty))
            }
            DocumentStart::Element(_, ty) => (String::new(), Some(FieldType::Type(*ty))),
        };
        for member in &path.members {
            let Some(FieldType::Type(ty)) = at else { break };
            let Some(field) = self.schema.types.get(ty).and_then(|ty| ty.fields.get(*member)) else { break };
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&field.name.text);
            at = Some(field.ty);
        }
        if text.is_empty() { "this item".to_owned() } else { text }
    }

    /// A row by itself, or what relations lead to from it.
    fn row(&self, path: &RowPath) -> String {
        let Some((last, before)) = path.through.split_last() else {
            return match self.frame(path.up) {
                Some(name) => format!("this {name}"),
                None => format!("this {} {}", self.outermost(), self.other_state),
            };
        };
        let before = RowPath { through: before.to_vec(), ..path.clone() };
        let field = self.schema.models.get(self.end_at(&before)).and_then(|model| model.fields.get(*last));
        self.of_row(&before, field.map_or("", |field| field.name.text.as_str()))
    }

    /// A field of a row.
    fn of_row(&self, path: &RowPath, field: &str) -> String {
        match (path.up, path.through.is_empty()) {
            (0, true) => field.to_owned(),
            (up, true) if usize::from(up) >= self.frames.len() => format!("{field} {}", self.other_state),
            _ => format!("{}’s {field}", self.row(path)),
        }
    }

    /// What a row in sight is called.
    fn frame(&self, up: u8) -> Option<&'s str> {
        self.frames.iter().rev().nth(up.into()).copied()
    }

    fn outermost(&self) -> &'s str {
        self.frames.first().copied().unwrap_or_default()
    }

    /// Position of the model where a path ends.
    fn end_at(&self, path: &RowPath) -> usize {
        path.through.iter().fold(path.model, |at, step| {
            let field = self.schema.models.get(at).and_then(|model| model.fields.get(*step));
            match field.map(|field| field.ty) {
                Some(crate::hir::FieldType::Model(next)) => next,
                _ => at,
            }
        })
    }

    fn end(&self, path: &RowPath) -> &'s str {
        self.schema.models.get(self.end_at(path)).map_or("row", |model| model.name.text.as_str())
    }

    /// What the caller brings.
    fn caller(&self, path: &CallerPath) -> String {
        let (mut at, start) = match path.start {
            CallerStart::Auth => (self.schema.auth, "the caller".to_owned()),
            CallerStart::Element(up, of) => (Some(of), format!("this {}", self.frame(up).unwrap_or_default())),
        };
        let mut said = start;
        for (depth, step) in path.members.iter().enumerate() {
            let field = at.and_then(|at| self.members(at).get(*step));
            let name = field.map_or("", |field| field.name.text.as_str());
            said = match (depth, path.start) {
                (0, CallerStart::Element(0, _)) => name.to_owned(),
                _ => format!("{said}’s {name}"),
            };
            at = field.and_then(holder);
        }
        said
    }

    fn caller_end(&self, path: &CallerPath) -> &'s str {
        let start = match path.start {
            CallerStart::Auth => self.schema.auth,
            CallerStart::Element(_, of) => Some(of),
        };
        let end = path.members.iter().fold(start, |at, step| at.and_then(|at| holder(self.members(at).get(*step)?)));
        let name = match end {
            Some(Auth::Model(at)) => self.schema.models.get(at).map(|model| &model.name),
            Some(Auth::Type(at)) => self.schema.types.get(at).map(|ty| &ty.name),
            None => None,
        };
        name.map_or("element", |name| name.text.as_str())
    }

    fn members(&self, of: Auth) -> &'s [Field] {
        match of {
            Auth::Model(at) => self.schema.models.get(at).map_or(&[], |model| &model.fields),
            Auth::Type(at) => self.schema.types.get(at).map_or(&[], |ty| &ty.fields),
        }
    }

    /// As it is written.
    fn source(&self, expr: &Expr) -> String {
        self.sources.text(expr.span).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn holder(field: &Field) -> Option<Auth> {
    match field.ty {
        crate::hir::FieldType::Model(at) => Some(Auth::Model(at)),
        crate::hir::FieldType::Type(at) => Some(Auth::Type(at)),
        _ => None,
    }
}

const fn is(holds: bool) -> &'static str {
    if holds { "is" } else { "is not" }
}

const fn signed_in(holds: bool) -> &'static str {
    if holds { "the caller is signed in" } else { "the caller is not signed in" }
}

/// Whether it is written in the schema.
const fn is_fixed(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Member(..))
}

/// What a value is that passes a check.
fn passing(check: &Check) -> String {
    let format = match check {
        Check::Length(Some(min), Some(max)) => return format!("between {min} and {max} long"),
        Check::Length(Some(min), None) => return format!("at least {min} long"),
        Check::Length(None, Some(max)) => return format!("at most {max} long"),
        Check::Pattern(pattern) => return format!("a match of the pattern “{pattern}”"),
        Check::Format(format) => format,
        _ => return "as the check wants it".to_owned(),
    };
    let format = match format {
        Format::Email => "an email address",
        Format::Url => "a URL",
        Format::Phone => "a phone number",
        Format::DateTime => "a date and time in ISO 8601",
        Format::Date => "a date in ISO 8601",
        Format::Time(_) => "a time of day in ISO 8601",
        Format::Uuid(_) => "a UUID",
        _ => "of the right form",
    };
    format.to_owned()
}

/// An operation, as somebody who does it.
pub(super) const fn verb(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "Create",
        Operation::Read => "Read",
        Operation::Update => "Update",
        Operation::Delete => "Delete",
        Operation::PostUpdate => "Leave behind by an update",
    }
}
