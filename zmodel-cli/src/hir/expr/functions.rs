//! What each function of the standard library becomes.

use zmodel_runtime::schema::{Operation, Provider, Share, Type, text_query};

use super::super::{Casing, Collection, Current, Expr, ExprKind, ExprType, Resolver, RowPath, TextFunction, ValueType};
use super::json;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, Quantifier};

const CASINGS: [(&str, Casing); 5] = [
    ("original", Casing::Original),
    ("upper", Casing::Upper),
    ("lower", Casing::Lower),
    ("capitalize", Casing::Capitalize),
    ("uncapitalize", Casing::Uncapitalize),
];

const OPERATIONS: [(&str, Operation); 4] = [
    ("create", Operation::Create),
    ("read", Operation::Read),
    ("update", Operation::Update),
    ("delete", Operation::Delete),
];

impl Resolver<'_, '_> {
    /// A call whose arguments fit the declaration; none if something in it was reported. `alone`: whether it stands in a
    /// function that is looked at by itself.
    pub(super) fn called(
        &mut self,
        alone: bool,
        name: &str,
        span: Span,
        written: &[ast::Expr],
        given: Vec<Expr>,
    ) -> Option<ExprKind> {
        match name {
            "now" => Some(ExprKind::Now),
            "contains" => Self::text(TextFunction::Contains, given),
            "startsWith" => Self::text(TextFunction::StartsWith, given),
            "endsWith" => Self::text(TextFunction::EndsWith, given),
            "search" => self.search(span, given),
            "currentModel" => self.current(Current::Model, &given),
            "currentOperation" => self.current(Current::Operation, &given),
            "check" => self.check_of(alone, written, &given),
            "has" => self.has(given),
            "hasSome" => self.share(Share::Some, given),
            "hasEvery" => self.share(Share::Every, given),
            "isEmpty" => empty(given),
            "length" if written.len() == 1 => Some(ExprKind::Length(Box::new(given.into_iter().next()?))),
            "length" | "regex" | "email" | "isEmail" | "url" | "isUrl" | "datetime" | "isDateTime" | "isDate"
            | "isTime" | "isPhone" | "isUuid" => {
                let check = self.check_called(name, written)?;
                Some(ExprKind::Passes(check, Box::new(given.into_iter().next()?)))
            }
            // The rest stands in no expression.
            _ => None,
        }
    }

    fn text(function: TextFunction, given: Vec<Expr>) -> Option<ExprKind> {
        let mut given = given.into_iter();
        let (field, search) = (given.next()?, given.next()?);
        let (field, search) = (field.if_json_as(Type::String), search.if_json_as(Type::String));
        let compared = |fold| ExprKind::Text(function, Box::new(field.clone()), Box::new(search.clone()), fold);
        let flag = match given.next() {
            None => return Some(compared(false)),
            Some(Expr { kind: ExprKind::Bool(fold), .. }) => return Some(compared(fold)),
            Some(flag) => flag.if_json_as(Type::Boolean),
        };
        // Which of the two it is, is known with the flag: `flag && … || !flag && …`.
        let span = flag.span;
        let either =
            |op, left: Expr, right: Expr| Expr::boolean(ExprKind::Binary(op, Box::new(left), Box::new(right)), span);
        let not = Expr::boolean(ExprKind::Not(Box::new(flag.clone())), span);
        let folded = either(BinaryOp::And, flag, Expr::boolean(compared(true), span));
        let exact = either(BinaryOp::And, not, Expr::boolean(compared(false), span));
        Some(either(BinaryOp::Or, folded, exact).kind)
    }

    /// Words in a text, which PostgreSQL looks for.
    fn search(&mut self, span: Span, given: Vec<Expr>) -> Option<ExprKind> {
        let [field, sought] = <[Expr; 2]>::try_from(given).ok()?;
        if let ExprKind::String(text) = &sought.kind
            && text_query(text).is_none()
        {
            let message = "this is no search: words need `&`, `|` or `<->` between them";
            let found = Diagnostic::error("wrong-argument", sought.span, message);
            self.report(found.help("write it as in `search(title, 'cat & !dog')`"));
            return None;
        }
        if self.schema.datasource.as_ref().is_some_and(|source| source.provider != Provider::Postgresql) {
            let found = Diagnostic::error("wrong-provider", span, "`search()` is only for `postgresql`");
            self.schema.unsupported.push(found.help("look for a part of the text: `contains(field, text)`"));
        }
        if sought.has(|part| matches!(part.kind, ExprKind::Field(..) | ExprKind::Document(_))) {
            let message = "what is searched for must be known before the database is asked";
            let found = Diagnostic::error("wrong-argument", sought.span, message);
            self.report(found.help("give a text, or something that `auth()` brings"));
            return None;
        }
        let (field, sought) = (field.if_json_as(Type::String), sought.if_json_as(Type::String));
        Some(ExprKind::Text(TextFunction::Search, Box::new(field), Box::new(sought), false))
    }

    fn has(&mut self, given: Vec<Expr>) -> Option<ExprKind> {
        let [list, sought] = <[Expr; 2]>::try_from(given).ok()?;
        self.among(sought, list)
    }

    fn share(&mut self, share: Share, given: Vec<Expr>) -> Option<ExprKind> {
        let [list, sought] = <[Expr; 2]>::try_from(given).ok()?;
        let items = |of: Expr, list: &Expr| match of.kind {
            ExprKind::Array(items) => {
                let items = items.into_iter().map(|item| json::sought(item, list)).collect();
                Expr { kind: ExprKind::Array(items), ..of }
            }
            kind => Expr { kind, ..of },
        };
        let (list, sought) = (items(list.clone(), &sought), items(sought, &list));
        let fits = match &sought.kind {
            ExprKind::Array(items) => items.iter().all(|item| self.contained(item, &list)),
            _ => {
                let one = Expr { ty: ExprType { list: false, ..sought.ty }, ..sought.clone() };
                self.contained(&one, &list)
            }
        };
        if list.kind == ExprKind::Missing || sought.kind == ExprKind::Missing {
            return fits.then_some(ExprKind::Missing);
        }
        fits.then(|| ExprKind::Share(share, Box::new(list), Box::new(sought)))
    }

    fn current(&mut self, what: Current, given: &[Expr]) -> Option<ExprKind> {
        let Some(casing) = given.first() else { return Some(ExprKind::Current(what, Casing::Original)) };
        let casing = self.one_of(casing, &CASINGS, "casing")?;
        Some(ExprKind::Current(what, casing))
    }

    fn check_of(&mut self, alone: bool, written: &[ast::Expr], given: &[Expr]) -> Option<ExprKind> {
        let relation = given.first()?;
        let help = "name a relation field of the model by itself: `check(author)`";
        let named = matches!(written.first().map(|expr| &expr.kind), Some(ast::ExprKind::Reference(..)));
        let path: &RowPath = match (&relation.kind, relation.ty.of) {
            (ExprKind::Row(path), ValueType::Model(_)) if named && (alone || !path.through.is_empty()) => path,
            (ExprKind::Missing, ValueType::Model(_)) if named && !relation.ty.list => return Some(ExprKind::Missing),
            _ => {
                let message = "`check()` asks about a relation of the row itself";
                self.report(Diagnostic::error("wrong-argument", relation.span, message).help(help));
                return None;
            }
        };
        if relation.ty.list {
            let message = "`check()` asks about one row, and this relation leads to many";
            let found = Diagnostic::error("wrong-argument", relation.span, message);
            self.report(found.help("write what must hold for the rows: `…?[…]`"));
            return None;
        }
        let operation = match given.get(1) {
            None => None,
            Some(operation) => Some(self.one_of(operation, &OPERATIONS, "operation")?),
        };
        Some(ExprKind::Check(path.clone(), operation))
    }

    /// One of some words, written as a text.
    fn one_of<T: Copy>(&mut self, given: &Expr, known: &[(&str, T)], what: &str) -> Option<T> {
        let names = || known.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let ExprKind::String(text) = &given.kind else {
            let found = Diagnostic::error("wrong-argument", given.span, format!("the {what} must be a text in quotes"));
            self.report(found.help(format!("write one of {}", names())));
            return None;
        };
        let found = known.iter().find(|(name, _)| name == text).map(|(_, value)| *value);
        if found.is_none() {
            let found = Diagnostic::error("wrong-argument", given.span, format!("there is no {what} `{text}`"));
            let meant = super::super::names::closest(text, known.iter().map(|(name, _)| *name));
            self.report(match meant {
                Some(meant) => found.did_you_mean(meant),
                None => found.help(format!("write one of {}", names())),
            });
        }
        found
    }
}

fn empty(given: Vec<Expr>) -> Option<ExprKind> {
    let list = given.into_iter().next()?;
    match (list.kind, list.ty.of) {
        (ExprKind::Missing, _) => Some(ExprKind::Missing),
        // No related row.
        (ExprKind::Row(path), _) => {
            let any = Expr { kind: ExprKind::Bool(true), ty: ExprType::scalar(Type::Boolean), span: list.span };
            Some(ExprKind::Predicate(Quantifier::None, Collection::Rows(path), Box::new(any)))
        }
        (kind, _) => Some(ExprKind::Empty(Box::new(Expr { kind, ty: list.ty, span: list.span }))),
    }
}
