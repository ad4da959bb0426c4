//! Who may do what, in words.

use zmodel_runtime::schema::Operation;

use super::book::Library;
use super::words::{Words, verb};
use crate::hir::{ExprKind, Model, Rule};

/// One operation on a model.
#[derive(Debug)]
pub(super) struct Access {
    /// What is done.
    pub(super) operation: &'static str,
    /// Who may do it, if the rules are not needed to say it, or the start of a sentence that they complete.
    pub(super) who: &'static str,
    /// Any of these lets somebody do it.
    pub(super) allows: Vec<Said>,
    /// None of these may apply.
    pub(super) denies: Vec<Said>,
}

/// Who sees and changes one field.
#[derive(Debug)]
pub(super) struct FieldAccess {
    pub(super) field: String,
    pub(super) access: Vec<Access>,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Said {
    /// In words.
    pub(super) words: String,
    /// As written.
    pub(super) source: String,
}

impl Said {
    /// The rule as code in Markdown, which no rule can break out of.
    pub(super) fn code(&self) -> String {
        code(&self.source)
    }
}

/// A text as code in Markdown.
pub(super) fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// What may be done with rows of a model.
pub(super) fn access(library: Library<'_>, model: &Model) -> Vec<Access> {
    if model.ignored {
        return Vec::new();
    }
    Operation::EVERY.into_iter().filter_map(|operation| operation_access(library, model, operation)).collect()
}

fn operation_access(library: Library<'_>, model: &Model, operation: Operation) -> Option<Access> {
    let name = verb(operation);
    if model.view && operation != Operation::Read {
        return None;
    }
    let about: Vec<&Rule> = model.rules.iter().filter(|rule| rule.operations.contains(operation)).collect();
    let words = Words::new(library.schema, library.sources, &model.name.text, operation == Operation::PostUpdate);
    let (allows, denies): (Vec<&Rule>, Vec<&Rule>) = about.into_iter().partition(|rule| rule.allow);
    let who = match operation {
        _ if denies.iter().any(|rule| is(rule, true)) => "Nobody: a rule always denies it.",
        Operation::PostUpdate if allows.is_empty() && denies.is_empty() => return None,
        Operation::PostUpdate if allows.is_empty() => "Any row",
        _ if allows.is_empty() => "Nobody: no rule allows it.",
        _ if allows.iter().any(|rule| is(rule, true)) => {
            if operation == Operation::PostUpdate {
                "Any row"
            } else {
                "Everybody, signed in or not"
            }
        }
        _ if allows.iter().all(|rule| is(rule, false)) => "Nobody: the rules that allow it never apply.",
        Operation::PostUpdate => "A row",
        _ => "The caller",
    };
    Some(Access {
        operation: name,
        who,
        allows: said(library, &words, &allows),
        denies: said(library, &words, &denies),
    })
}

/// What may be done with the fields that have rules of their own.
pub(super) fn field_access(library: Library<'_>, model: &Model) -> Vec<FieldAccess> {
    let fields = model.fields.iter().filter(|field| !field.rules.is_empty() && !model.ignored);
    let fields = fields.map(|field| {
        let mut access = Vec::new();
        for (operation, name) in [(Operation::Read, "Read"), (Operation::Update, "Update")] {
            let about = field.rules.iter().filter(|rule| rule.rule.operations.contains(operation));
            let (allows, denies): (Vec<_>, Vec<_>) = about.partition(|rule| rule.rule.allow);
            let overrides: Vec<&Rule> = allows.iter().filter(|rule| rule.overrides).map(|rule| &rule.rule).collect();
            let allows: Vec<&Rule> = allows.iter().map(|rule| &rule.rule).collect();
            let denies: Vec<&Rule> = denies.iter().map(|rule| &rule.rule).collect();
            let words = Words::new(library.schema, library.sources, &model.name.text, false);
            if !allows.is_empty() || !denies.is_empty() {
                let who = match () {
                    () if denies.iter().any(|rule| is(rule, true)) => "Nobody: a rule always denies it.",
                    () if allows.is_empty() => "Whoever may do so with the row",
                    () if allows.iter().all(|rule| is(rule, false)) => "Nobody: the rules that allow it never apply.",
                    () => "Whoever may do so with the row, and only",
                };
                let (allows, denies) = (said(library, &words, &allows), said(library, &words, &denies));
                access.push(Access { operation: name, who, allows, denies });
            }
            if !overrides.is_empty() {
                let operation = if operation == Operation::Read { "Read, in any row" } else { "Update, in any row" };
                let who = "Also a caller who may not do so with the row as a whole";
                access.push(Access { operation, who, allows: said(library, &words, &overrides), denies: Vec::new() });
            }
        }
        FieldAccess { field: field.name.text.clone(), access }
    });
    fields.collect()
}

fn said(library: Library<'_>, words: &Words<'_>, rules: &[&Rule]) -> Vec<Said> {
    let said = |rule: &&Rule| Said { words: words.condition(&rule.condition), source: library.source(rule.span) };
    rules.iter().map(said).collect()
}

fn is(rule: &Rule, value: bool) -> bool {
    rule.condition.kind == ExprKind::Bool(value)
}
