//! `@@allow` and `@@deny`, and `@allow` and `@deny` on fields.

use zmodel_runtime::schema::{Operation, Operations, Secret};

use super::attributes::{Application, Holder, Site, Value};
use super::expr::State;
use super::keys::is_rule;
use super::names::closest;
use super::{Collection, Expr, ExprKind, ExprType, FieldRule, Resolver, RowPath, Rule};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, ExprKind as Written};

/// What a rule on a field can be about.
const KNOWN_OF_FIELDS: &[(&str, Operations)] = &[
    ("read", Operations::NONE.with(Operation::Read)),
    ("update", Operations::NONE.with(Operation::Update)),
    ("all", Operations::NONE.with(Operation::Read).with(Operation::Update)),
];

const KNOWN: &[(&str, Operations)] = &[
    ("create", Operations::NONE.with(Operation::Create)),
    ("read", Operations::NONE.with(Operation::Read)),
    ("update", Operations::NONE.with(Operation::Update)),
    ("post-update", Operations::NONE.with(Operation::PostUpdate)),
    ("delete", Operations::NONE.with(Operation::Delete)),
    ("all", Operations::ALL),
];

impl<'a> Resolver<'a, '_> {
    /// The rules of all models, inherited ones first.
    pub(super) fn rules(&mut self) {
        for at in 0..self.flats.len() {
            self.rules_of(at);
        }
    }

    /// The rules of a model and of its fields.
    pub(super) fn rules_of(&mut self, at: usize) {
        let attributes = self.flats.get(at).map(|flat| flat.attributes.clone()).unwrap_or_default();
        let mut rules = Vec::new();
        for attribute in attributes.into_iter().filter(|attribute| is_rule(&attribute.name.text)) {
            rules.push(self.rule(&Site { holder: Holder::Model(at), field: None }, attribute));
        }
        if let Some(model) = self.schema.models.get_mut(at) {
            model.rules = rules;
        }
        let fields = self.flats.get(at).map(|flat| flat.fields.clone()).unwrap_or_default();
        for (position, field) in fields.into_iter().enumerate() {
            let site = Site { holder: Holder::Model(at), field: Some(position) };
            let mut rules = Vec::new();
            for attribute in field.attributes.iter().filter(|attribute| is_rule(&attribute.name.text)) {
                rules.extend(self.rule_of_field(&site, attribute));
            }
            self.change(&site, |field| field.rules = rules);
        }
    }

    /// A rule of a field; none if it was reported.
    fn rule_of_field(&mut self, site: &Site, attribute: &'a ast::Attribute) -> Option<FieldRule> {
        let mut used = self.apply_all(site, std::iter::once(attribute)).pop()?;
        let operations = self.operations(&used, KNOWN_OF_FIELDS);
        let Some(Value::Condition(condition)) = used.take("condition") else { return None };
        self.nothing_encrypted(&condition);
        self.nothing_without_table(&condition);
        let overrides = matches!(used.given("override").map(|given| &given.kind), Some(Written::Bool(true)));
        let allow = attribute.name.text == "allow";
        let rule = Rule { allow, operations, condition, span: attribute.span };
        Some(FieldRule { rule, overrides })
    }

    pub(super) fn rule(&mut self, site: &Site, attribute: &'a ast::Attribute) -> Rule {
        let mut rule = Rule {
            allow: attribute.name.text == "allow",
            operations: Operations::NONE,
            condition: Expr { kind: ExprKind::Error, ty: ExprType::ERROR, span: attribute.span },
            span: attribute.span,
        };
        self.states.clear();
        let Some(mut used) = self.apply_all(site, std::iter::once(attribute)).pop() else { return rule };
        rule.operations = self.operations(&used, KNOWN);
        self.states_fit(rule.operations);
        if let Some(Value::Condition(condition)) = used.take("condition") {
            self.nothing_encrypted(&condition);
            self.nothing_without_table(&condition);
            rule.condition = condition;
        }
        rule
    }

    /// Reports rows without a table where more than whose row it is would have to be known.
    fn nothing_without_table(&mut self, condition: &Expr) {
        if let Some(span) = self.without_table(condition) {
            let message = "this leads to rows without a table: their model is marked `@@ignore`";
            let found = Diagnostic::error("ignored-field", span, message);
            self.report(
                found.help("such a row can be compared with `auth()` or `null`, if its key is a foreign key here"),
            );
        }
    }

    fn without_table(&self, expr: &Expr) -> Option<Span> {
        let leads = |path: &RowPath| {
            let end = self.schema.end(path).and_then(|at| self.schema.models.get(at));
            !path.through.is_empty() && end.is_some_and(|model| model.ignored)
        };
        let compared = |side: &Expr| match &side.kind {
            ExprKind::Row(path) if leads(path) => {
                let known = self.schema.to_ignored(path).is_some_and(|(_, relation)| relation.owns_key());
                (!known).then_some(side.span)
            }
            _ => self.without_table(side),
        };
        match &expr.kind {
            ExprKind::Row(path) | ExprKind::Check(path, _) => leads(path).then_some(expr.span),
            ExprKind::Predicate(_, Collection::Rows(path), _) if leads(path) => Some(expr.span),
            ExprKind::Predicate(_, _, inner)
            | ExprKind::Not(inner)
            | ExprKind::JsonAs(inner, _)
            | ExprKind::Empty(inner)
            | ExprKind::Length(inner)
            | ExprKind::Passes(_, inner) => self.without_table(inner),
            ExprKind::Binary(BinaryOp::Eq | BinaryOp::Ne, left, right) => compared(left).or_else(|| compared(right)),
            ExprKind::Binary(_, left, right) | ExprKind::Text(_, left, right, _) | ExprKind::Share(_, left, right) => {
                self.without_table(left).or_else(|| self.without_table(right))
            }
            ExprKind::Array(items) => items.iter().find_map(|item| self.without_table(item)),
            _ => None,
        }
    }

    /// Reports fields that the database holds encrypted: there a rule would be about the cipher.
    fn nothing_encrypted(&mut self, condition: &Expr) {
        let mut read = Vec::new();
        condition.walk(&mut |part, _| {
            if let ExprKind::Field(path, position) = &part.kind {
                read.push((path, *position, part.span));
            }
        });
        for (path, position, span) in read {
            let model = self.schema.end(path);
            let field = model.and_then(|model| self.schema.models.get(model)?.fields.get(position));
            if let Some(secret) = field.and_then(|field| field.secret) {
                self.report(about_secret(secret, span));
            }
        }
    }

    /// Reports `before()` and `future()` in a rule about something where there is no such state.
    fn states_fit(&mut self, operations: Operations) {
        for (state, span) in std::mem::take(&mut self.states) {
            let (only, help) = match state {
                State::Before => (Operation::PostUpdate, "write a rule about `'post-update'` alone"),
                State::After => (
                    Operation::Update,
                    "write a rule about `'update'` alone, or one about `'post-update'`, where names mean the new values",
                ),
            };
            if operations != Operations::NONE && operations != Operations::NONE.with(only) {
                let name = state.name();
                let message = format!("`{name}()` can be used only in a rule about `{}` alone", only.name());
                self.report(Diagnostic::error("wrong-context", span, message).help(help));
            }
        }
    }

    fn operations(&mut self, used: &Application<'a>, known: &[(&str, Operations)]) -> Operations {
        let Some(given) = used.given("operation") else { return Operations::NONE };
        let help = || {
            let single: Vec<String> =
                known.iter().map(|(name, _)| format!("`{name}`")).filter(|name| name != "`all`").collect();
            format!("write some of {}, or `all`, with commas between them", single.join(", "))
        };
        let Written::String(text) = &given.kind else {
            let found = Diagnostic::error("unknown-operation", given.span, "the operation must be a text in quotes");
            self.report(found.help(help()));
            return Operations::NONE;
        };
        let mut operations = Operations::NONE;
        for item in text.split(',').map(str::trim) {
            if let Some((_, known)) = known.iter().find(|(name, _)| *name == item) {
                operations.0 |= known.0;
                continue;
            }
            let message = if item.is_empty() {
                "the name of an operation is missing".to_owned()
            } else {
                format!("there is no operation `{item}`")
            };
            let found = Diagnostic::error("unknown-operation", given.span, message);
            self.report(match closest(item, known.iter().map(|(name, _)| *name)) {
                Some(meant) => meant_operation(found, text, item, meant),
                None => found.help(help()),
            });
        }
        operations
    }
}

/// With the operation that `item` of the underlined list was most likely meant to be.
pub(super) fn meant_operation(found: Diagnostic, list: &str, item: &str, meant: &str) -> Diagnostic {
    let Some(span) = found.span else { return found };
    let items = list.split(',').map(|one| if one.trim() == item { one.replace(item, meant) } else { one.to_owned() });
    let mended = items.collect::<Vec<_>>().join(",");
    let found = found.help(format!("did you mean `{meant}`?"));
    found.fix(format!("replace by `{meant}`"), vec![(span, format!("'{mended}'"))])
}

/// What to say about a rule that looks into a field that the database must not know.
pub(super) fn about_secret(secret: Secret, span: Span) -> Diagnostic {
    let (message, help) = match secret {
        Secret::Encrypted => (
            "a rule cannot look into an encrypted field",
            "write the rule about another field, or do not encrypt this one",
        ),
        Secret::Password => {
            ("a rule cannot look into a password, of which there is only a hash", "write the rule about another field")
        }
    };
    Diagnostic::error("rule-on-encrypted", span, message).help(help)
}
