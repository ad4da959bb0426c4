//! Which two relation fields are the two ends of one relation.

use std::collections::{BTreeMap, BTreeSet};

use super::super::attributes::Holder;
use super::super::{FieldType, Resolver};
use super::{End, Wiring, lower};
use crate::diagnostic::Diagnostic;

/// The relation fields between two models that have the same relation name.
#[derive(Debug, Default)]
struct Group {
    /// In the model that comes first.
    left: Vec<End>,
    /// In the other one; empty for a relation of a model to itself.
    right: Vec<End>,
}

impl Resolver<'_, '_> {
    /// The pairs; what cannot be paired is reported.
    pub(super) fn pair(&mut self, wirings: &BTreeMap<End, Wiring>, broken: &BTreeSet<usize>) -> Vec<(End, End)> {
        let mut groups: BTreeMap<(usize, usize, Option<&str>), Group> = BTreeMap::new();
        for (end, wiring) in wirings {
            let Some(FieldType::Model(target)) = self.end(*end).map(|field| field.ty) else { continue };
            let key = (end.0.min(target), end.0.max(target), wiring.name.as_deref());
            let group = groups.entry(key).or_default();
            if end.0 <= target { group.left.push(*end) } else { group.right.push(*end) }
        }
        let mut pairs = Vec::new();
        let mut alone: Vec<End> = Vec::new();
        for ((first, second, name), group) in groups {
            if first == second {
                match (group.left.as_slice(), name) {
                    ([a, ..], None) => self.unnamed_self_relation(*a),
                    ([a, b], _) => pairs.push((*a, *b)),
                    ([a], _) => alone.push(*a),
                    (all, _) => self.ambiguous(all),
                }
                continue;
            }
            match (group.left.as_slice(), group.right.as_slice()) {
                ([a], [b]) => pairs.push((*a, *b)),
                (all @ [_, ..], []) | ([], all @ [_, ..]) => alone.extend(all),
                (left, right) => self.ambiguous(if left.len() > 1 { left } else { right }),
            }
        }
        alone.retain(|end| match self.end(*end).map(|field| field.ty) {
            Some(FieldType::Model(target)) => !broken.contains(&target),
            _ => false,
        });
        self.alone(alone, wirings);
        pairs
    }

    fn unnamed_self_relation(&mut self, end: End) {
        let Some(field) = self.end(end).cloned() else { return };
        let message = format!("`{}` refers to its own model, so the relation needs a name", field.name.text);
        let found = Diagnostic::error("unnamed-self-relation", field.span, message);
        let help =
            "write the same name on both sides: `@relation(\"Name\", …)` here and `@relation(\"Name\")` on the other";
        self.report(found.help(help));
    }

    fn ambiguous(&mut self, all: &[End]) {
        let fields: Vec<_> = all.iter().filter_map(|end| self.end(*end).cloned()).collect();
        let (Some(first), Some(second)) = (fields.first(), fields.get(1)) else { return };
        let message = format!(
            "it is not clear which of `{}` and `{}` belongs to which relation",
            first.name.text, second.name.text
        );
        let mut found = Diagnostic::error("ambiguous-relation", second.span, message);
        for other in fields.iter().filter(|field| field.span != second.span) {
            found = found.related(other.span, "another relation between the same models");
        }
        self.report(found.help("give each relation a name, on both sides: `@relation(\"Name\")`"));
    }

    /// Fields without another end. Two that only differ by name are one mistake.
    fn alone(&mut self, mut alone: Vec<End>, wirings: &BTreeMap<End, Wiring>) {
        let model_at = |this: &Self, end: End| match this.end(end).map(|field| field.ty) {
            Some(FieldType::Model(target)) => Some(target),
            _ => None,
        };
        while let Some(end) = (!alone.is_empty()).then(|| alone.remove(0)) {
            let (Some(field), Some(target)) = (self.end(end).cloned(), model_at(self, end)) else { continue };
            let other = alone.iter().position(|other| other.0 == target && model_at(self, *other) == Some(end.0));
            if let Some(at) = other {
                let other = alone.remove(at);
                let Some(opposite) = self.end(other).cloned() else { continue };
                let shown = |end: &End| match wirings.get(end).and_then(|wiring| wiring.name.as_deref()) {
                    Some(name) => format!("the name \"{name}\""),
                    None => "no name".to_owned(),
                };
                let message = format!(
                    "`{}` and `{}` would be one relation, but one has {} and the other {}",
                    field.name.text,
                    opposite.name.text,
                    shown(&end),
                    shown(&other)
                );
                let found = Diagnostic::error("relation-names-differ", field.span, message);
                let found = found.related(opposite.span, "the other side");
                self.report(found.help("write the same name in both `@relation`s"));
                continue;
            }
            let (Some(model), Some(goal)) = (self.schema.models.get(end.0), self.schema.models.get(target)) else {
                continue;
            };
            let (here, there) = (model.name.text.clone(), goal.name.text.clone());
            let name = wirings.get(&end).and_then(|wiring| wiring.name.as_deref());
            let owns = wirings.get(&end).is_some_and(|wiring| wiring.fields.is_some());
            let message = format!("`{}` has no other end in `{there}`", field.name.text);
            let named = name.map(|name| format!("\"{name}\"")).unwrap_or_default();
            let lines = if owns || !field.list {
                let at = if named.is_empty() { String::new() } else { format!(" @relation({named})") };
                vec![format!("{}s {here}[]{at}", lower(&here))]
            } else {
                let key = format!("{}Id", lower(&here));
                let comma = if named.is_empty() { "" } else { ", " };
                let id = model.id.first().and_then(|at| model.fields.get(*at));
                let id_type = id.map_or_else(|| "String".to_owned(), |id| self.shown_field(id).replace('`', ""));
                let id = id.map_or("id", |id| id.name.text.as_str());
                let relation = format!("@relation({named}{comma}fields: [{key}], references: [{id}])");
                vec![format!("{} {here} {relation}", lower(&here)), format!("{key} {id_type}")]
            };
            let shown: Vec<String> = lines.iter().map(|line| format!("`{line}`")).collect();
            let found = Diagnostic::error("missing-opposite", field.span, message);
            let found = found.help(format!("add {} to `{there}`", shown.join(" and ")));
            let holder = Holder::Model(target);
            let taken = lines.iter().filter_map(|line| line.split(' ').next());
            let taken = taken.filter(|name| self.find_field(holder, name).is_some()).count() > 0;
            self.report(match self.new_members(holder, &lines).filter(|_| !taken) {
                Some(edit) => found.fix(format!("add the other end to `{there}`"), vec![edit]),
                None => found,
            });
        }
    }
}
