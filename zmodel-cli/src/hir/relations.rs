//! Relations: which fields belong together, and what their foreign keys are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use zmodel_runtime::schema::{ReferentialAction, RelationMode};

use super::attributes::{Holder, Site, Value};
use super::fixes::after;
use super::types::Family;
use super::{Field, FieldType, Link, Model, Relation, Resolver, Table};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

mod pairs;

/// A relation field: model and field, by position.
type End = (usize, usize);

/// What `@relation` says on one side.
#[derive(Debug, Clone, Default)]
struct Wiring {
    name: Option<String>,
    fields: Option<Vec<usize>>,
    references: Option<Vec<usize>>,
    on_delete: Option<(ReferentialAction, Span)>,
    on_update: Option<ReferentialAction>,
    /// Where the attribute is.
    span: Option<Span>,
}

impl Resolver<'_, '_> {
    /// Pairs the relation fields of all models.
    pub(super) fn relations(&mut self) {
        let mut wirings: BTreeMap<End, Wiring> = BTreeMap::new();
        // Models in which a relation could not be understood: what refers to them may be missing only because of that.
        let mut broken: BTreeSet<usize> = BTreeSet::new();
        for at in 0..self.flats.len() {
            if self.schema.models.get(at).is_none_or(|model| model.ignored) {
                continue;
            }
            if self.incomplete.contains(&self.holder_name(Holder::Model(at))) {
                broken.insert(at);
            }
            for position in 0..self.fields_of(Holder::Model(at)).len() {
                let end = (at, position);
                if self.end(end).is_some_and(|field| field.ty == FieldType::Error) {
                    broken.insert(at);
                    continue;
                }
                self.keys_of_ignored(end);
                if self.is_relation(end) {
                    match self.wiring(end) {
                        Some(wiring) => drop(wirings.insert(end, wiring)),
                        None => drop(broken.insert(at)),
                    }
                }
            }
        }
        for (left, right) in self.pair(&wirings, &broken) {
            self.wire(left, right, &wirings);
        }
    }

    fn is_relation(&mut self, end: End) -> bool {
        let Some(field) = self.end(end) else { return false };
        let FieldType::Model(target) = field.ty else { return false };
        // What is inherited from a delegate is wired there, once.
        if field.ignored || field.inherited.is_some() {
            return false;
        }
        // A model without a table has no rows to refer to: only the foreign key is here.
        !self.is_ignored(target)
    }

    /// The foreign keys of relations to models without a table: by them a rule knows whose row it is.
    fn keys_of_ignored(&mut self, end: End) {
        let Some(field) = self.end(end) else { return };
        let FieldType::Model(target) = field.ty else { return };
        if field.ignored || field.inherited.is_some() || !self.is_ignored(target) {
            return;
        }
        let Some(wiring) = self.wiring(end) else { return };
        let (Some(fields), Some(references)) = (wiring.fields, wiring.references) else { return };
        let relation = Relation {
            name: wiring.name,
            fields,
            references,
            opposite: None,
            link: None,
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
        };
        self.change(&Site { holder: Holder::Model(end.0), field: Some(end.1) }, |field| {
            field.relation = Some(relation);
        });
    }

    fn end(&self, (model, field): End) -> Option<&Field> {
        self.schema.models.get(model)?.fields.get(field)
    }

    fn owner_of(&self, (model, _): End) -> Option<&Model> {
        self.schema.models.get(model)
    }

    /// What `@relation` says; none if that was reported.
    fn wiring(&mut self, (model, field): End) -> Option<Wiring> {
        let flat = self.flats.get(model)?;
        let mut attributes = flat.fields.get(field)?.attributes.iter();
        let Some(attribute) = attributes.find(|attribute| attribute.name.text == "relation") else {
            return Some(Wiring::default());
        };
        let used = &flat.wiring.iter().find(|(at, _)| *at == field)?.1;
        let action = |param: &str| match used.value(param) {
            Some(Value::Member(name)) => Some(match name.as_str() {
                "Cascade" => ReferentialAction::Cascade,
                "Restrict" => ReferentialAction::Restrict,
                "NoAction" => ReferentialAction::NoAction,
                "SetNull" => ReferentialAction::SetNull,
                _ => ReferentialAction::SetDefault,
            }),
            _ => None,
        };
        let on_delete = action("onDelete").zip(used.given("onDelete").map(|given| given.span));
        let wiring = Wiring {
            name: used.text_of("name").map(str::to_owned),
            fields: used.fields("fields").map(<[usize]>::to_vec),
            references: used.fields("references").map(<[usize]>::to_vec),
            on_delete,
            on_update: action("onUpdate"),
            span: Some(attribute.span),
        };
        let (missing, there) = match (&wiring.fields, &wiring.references) {
            (Some(fields), Some(references)) => {
                if fields.len() == references.len() {
                    return Some(wiring);
                }
                let message = format!(
                    "`fields` names {} of one side, `references` {} of the other",
                    fields.len(),
                    references.len()
                );
                let found = Diagnostic::error("relation-lengths", attribute.span, message);
                self.report(found.help("each field of the foreign key refers to one field of the other model"));
                return None;
            }
            (None, None) => return Some(wiring),
            (Some(_), None) => ("references", "fields"),
            (None, Some(_)) => ("fields", "references"),
        };
        let message = format!("`@relation` has `{there}` but no `{missing}`");
        let found = Diagnostic::error("incomplete-relation", attribute.span, message);
        self.report(found.help(format!("add `{missing}: […]`, or remove `{there}`")));
        None
    }

    /// Checks the two ends of a relation against each other, and stores how they are wired.
    fn wire(&mut self, a: End, b: End, wirings: &BTreeMap<End, Wiring>) {
        let (Some(wa), Some(wb)) = (wirings.get(&a), wirings.get(&b)) else { return };
        let (Some(fa), Some(fb)) = (self.end(a), self.end(b)) else { return };
        if fa.list && fb.list {
            let sides = [(wa, fa), (wb, fb)];
            let owner =
                sides.iter().find_map(|(wiring, field)| Some((wiring.fields.as_ref().and(wiring.span)?, field)));
            if let Some((span, field)) = owner {
                let message = format!("`{}` is a list, so it cannot hold the foreign key", field.name.text);
                let found = Diagnostic::error("list-owns-relation", span, message);
                self.report(found.help("remove `fields` and `references`, or remove the `[]` on this side"));
                return;
            }
            self.linked(a, b, wa.name.as_deref());
            return;
        }
        match (&wa.fields, &wb.fields) {
            (Some(_), Some(_)) => {
                let span = wb.span.unwrap_or(fb.span);
                let found =
                    Diagnostic::error("relation-on-both-sides", span, "both sides have `fields` and `references`");
                let found = found.related(wa.span.unwrap_or(fa.span), "the other side");
                self.report(found.help("keep them on the side whose table holds the foreign key"));
            }
            (None, None) => self.unwired(a, b),
            (Some(_), None) => self.owned(a, b, wa),
            (None, Some(_)) => self.owned(b, a, wb),
        }
    }

    /// Two models that have many of each other, linked by a table of their own, as Prisma makes it.
    fn linked(&mut self, a: End, b: End, name: Option<&str>) {
        let mut keys = Vec::new();
        for end in [a, b] {
            let Some(model) = self.owner_of(end) else { return };
            let [key] = model.id.as_slice() else {
                if !self.no_identity.contains(&end.0) {
                    let message = format!("`{}` has no single field as its id, which a link needs", model.name.text);
                    let Some(field) = self.end(end) else { return };
                    let found = Diagnostic::error("many-to-many-id", field.span, message);
                    self.report(found.help("write the model between the two yourself, with a relation to each"));
                }
                return;
            };
            keys.push(*key);
        }
        let (Some(left), Some(right), [key_a, key_b]) = (self.owner_of(a), self.owner_of(b), keys.as_slice()) else {
            return;
        };
        let names = (left.name.text.clone(), right.name.text.clone());
        let fields = (self.end(a).map(|field| &field.name.text), self.end(b).map(|field| &field.name.text));
        let a_first = if a.0 == b.0 { fields.0 <= fields.1 } else { names.0 <= names.1 };
        let (first, second) = if a_first { (&names.0, &names.1) } else { (&names.1, &names.0) };
        let table = Table {
            schema: if a_first { left } else { right }.table.schema.clone(),
            name: name.map_or_else(|| format!("_{first}To{second}"), |name| format!("_{name}")),
        };
        let ends = [(a, b, *key_a, *key_b, a_first), (b, a, *key_b, *key_a, !a_first)];
        for (here, there, near, far, first) in ends {
            let relation = Relation {
                name: name.map(str::to_owned),
                fields: vec![near],
                references: vec![far],
                opposite: Some(there.1),
                link: Some(Link { table: table.clone(), first }),
                on_delete: ReferentialAction::Cascade,
                on_update: ReferentialAction::Cascade,
            };
            let site = Site { holder: Holder::Model(here.0), field: Some(here.1) };
            self.change(&site, |field| field.relation = Some(relation));
        }
    }

    /// Neither side says what the foreign key is.
    fn unwired(&mut self, a: End, b: End) {
        // The one to hold it is the one that has a single row at the other end.
        let (owner, other) = if self.end(a).is_some_and(|field| field.list) { (b, a) } else { (a, b) };
        let (Some(field), Some(target)) = (self.end(owner).cloned(), self.owner_of(other)) else { return };
        let id = target.id.first().and_then(|at| target.fields.get(*at));
        let id_name = id.map_or("id", |id| id.name.text.as_str());
        let key = format!("{}{}", field.name.text, upper(id_name));
        let ty = id.map_or_else(|| "String".to_owned(), |id| self.shown_field(id).replace('`', ""));
        let optional = if field.optional { "?" } else { "" };
        let mut help = format!(
            "write `{} {} @relation(fields: [{key}], references: [{id_name}])`",
            field.name.text,
            self.shown_field(&field).replace('`', "") + optional
        );
        let missing = self.find_field(Holder::Model(owner.0), &key).is_none();
        if missing {
            let _ = write!(help, ", and add `{key} {ty}{optional}`");
        }
        let message = format!("`{}` does not say what its foreign key is", field.name.text);
        let found = Diagnostic::error("relation-without-key", field.span, message);
        let other_span = self.end(other).map_or(field.span, |field| field.span);
        let found = found.related(other_span, "the other side").help(help);
        // Only where nothing is said yet: else there may be a name, or more to be seen to.
        let plain = field.span.end == field.type_span.end;
        let line = self.new_members(Holder::Model(owner.0), &[format!("{key} {ty}{optional}")]);
        self.report(match line.filter(|_| plain && missing && !field.list) {
            Some(line) => {
                let relation = format!(" @relation(fields: [{key}], references: [{id_name}])");
                found.fix("add the foreign key", vec![after(field.type_span, relation), line])
            }
            None => found,
        });
    }

    /// `owner` holds the foreign key of the relation with `other`.
    fn owned(&mut self, owner: End, other: End, wiring: &Wiring) {
        let mut found = Vec::new();
        let wired = self.checked(owner, other, wiring, &mut found);
        for found in found {
            self.report(found);
        }
        let Some((relation, back)) = wired else { return };
        for ((model, at), relation) in [(owner, relation), (other, back)] {
            let site = Site { holder: Holder::Model(model), field: Some(at) };
            self.change(&site, |field| field.relation = Some(relation));
        }
    }

    /// Both sides of a relation whose foreign key is in `owner`, and what is wrong with it.
    fn checked(
        &self,
        owner: End,
        other: End,
        wiring: &Wiring,
        wrong: &mut Vec<Diagnostic>,
    ) -> Option<(Relation, Relation)> {
        let (field, opposite) = (self.end(owner)?, self.end(other)?);
        let (fields, references) = (wiring.fields.clone()?, wiring.references.clone()?);
        let span = wiring.span.unwrap_or(field.span);
        if field.list {
            let message = format!("`{}` is a list, so it cannot hold the foreign key", field.name.text);
            let found = Diagnostic::error("list-owns-relation", span, message).related(opposite.span, "the other side");
            wrong.push(found.help(format!("move `fields` and `references` to `{}`", opposite.name.text)));
            return None;
        }
        if !opposite.list && !opposite.optional {
            let message =
                format!("`{}` must be optional: there may be no row that refers to this one", opposite.name.text);
            let found = Diagnostic::error("required-relation", opposite.type_span, message);
            wrong.push(
                found
                    .related(span, "the foreign key is here")
                    .help("add a `?`")
                    .fix(format!("make `{}` optional", opposite.name.text), vec![after(opposite.type_span, "?")]),
            );
        }
        let fits = self.keys_fit(owner, other.0, field, (&fields, &references), span, wrong);
        if fits && !opposite.list {
            self.one_to_one(owner, field, &fields, span, wrong);
        }
        let optional =
            field.optional && fields.iter().all(|at| self.end((owner.0, *at)).is_some_and(|field| field.optional));
        if let Some((ReferentialAction::SetNull, at)) = wiring.on_delete
            && !optional
        {
            let message = "`SetNull` cannot work here, because the foreign key cannot be null";
            let found = Diagnostic::warning("set-null-on-required", at, message);
            wrong.push(found.help("make the relation and its foreign key optional, or choose another action"));
        }
        if self.schema.datasource.as_ref().is_some_and(|source| source.relation_mode == RelationMode::Prisma)
            && [wiring.on_delete.map(|(action, _)| action), wiring.on_update]
                .contains(&Some(ReferentialAction::SetDefault))
        {
            let message = "there is no `SetDefault` with `relationMode = \"prisma\"`";
            let found = Diagnostic::error("wrong-setting", span, message);
            wrong.push(found.help("choose `Cascade`, `SetNull`, `Restrict` or `NoAction`"));
        }
        let usual = if optional { ReferentialAction::SetNull } else { ReferentialAction::Restrict };
        let relation = Relation {
            name: wiring.name.clone(),
            fields,
            references,
            opposite: Some(other.1),
            link: None,
            on_delete: wiring.on_delete.map_or(usual, |(action, _)| action),
            on_update: wiring.on_update.unwrap_or(ReferentialAction::Cascade),
        };
        let back = Relation {
            name: wiring.name.clone(),
            fields: Vec::new(),
            references: Vec::new(),
            opposite: Some(owner.1),
            link: None,
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
        };
        Some((relation, back))
    }

    /// The fields of a foreign key fit what they refer to.
    fn keys_fit(
        &self,
        owner: End,
        target: usize,
        field: &Field,
        (fields, references): (&[usize], &[usize]),
        span: Span,
        wrong: &mut Vec<Diagnostic>,
    ) -> bool {
        let mut whole = true;
        for (here, there) in fields.iter().zip(references) {
            let (Some(key), Some(id)) = (self.end((owner.0, *here)), self.end((target, *there))) else {
                return false;
            };
            let family = |field: &Field| match field.ty {
                FieldType::Scalar(ty) => Some(Family::of(ty)),
                _ => None,
            };
            let error = key.ty == FieldType::Error || id.ty == FieldType::Error;
            let list = key.list || id.list;
            if error {
                // Reported with the field.
                whole = false;
            } else if list || family(key).is_none() || family(key) != family(id) {
                let (left, right) = (self.shown_field(key), self.shown_field(id));
                let message = format!("`{}` is of type {left}, but refers to one of type {right}", key.name.text);
                let found = Diagnostic::error("foreign-key-type", key.type_span, message);
                let found = found.related(id.type_span, "what it refers to").related(span, "the relation");
                wrong.push(if id.list || family(id).is_none() {
                    found.help("refer to the id, or to another field with a single value")
                } else {
                    let found = found.help(format!("declare it as {right}"));
                    let optional = if key.optional { "?" } else { "" };
                    found.replacing(&format!("{}{optional}", self.type_name(id.ty.value())))
                });
                whole = false;
            }
            if key.optional && !field.optional {
                let message = format!("`{}` can be null, but the relation `{}` cannot", key.name.text, field.name.text);
                let found = Diagnostic::error("optional-foreign-key", key.type_span, message);
                let help = format!("remove the `?` here, or add one to `{}`", field.name.text);
                let found = found.related(field.type_span, "the relation").help(help);
                let found = found
                    .fix(format!("make `{}` required", key.name.text), vec![(key.type_span.last(), String::new())]);
                let title = format!("make `{}` optional", field.name.text);
                wrong.push(found.fix(title, vec![after(field.type_span, "?")]));
                whole = false;
            }
        }
        let unknown = self.no_identity.contains(&target);
        if whole && !unknown && !self.is_unique(target, references, true) {
            let names: Vec<String> =
                references.iter().filter_map(|at| self.end((target, *at)).map(|f| f.name.text.clone())).collect();
            let message = "what a relation refers to must be unique";
            let help = if let [one] = names.as_slice() {
                format!("add `@unique` to `{one}`, or refer to the id")
            } else {
                format!("add `@@unique([{}])` to the other model, or refer to its id", names.join(", "))
            };
            wrong.push(Diagnostic::error("references-not-unique", span, message).help(help));
            whole = false;
        }
        whole
    }

    /// Whether fields of a model are unique together: exactly them, or already some of them.
    fn is_unique(&self, model: usize, fields: &[usize], exactly: bool) -> bool {
        let Some(model) = self.schema.models.get(model) else { return true };
        let keys = model.uniques.iter().map(|unique| &unique.fields).chain(std::iter::once(&model.id));
        keys.filter(|key| !key.is_empty())
            .any(|key| key.iter().all(|at| fields.contains(at)) && (!exactly || key.len() == fields.len()))
    }

    fn one_to_one(&self, owner: End, field: &Field, fields: &[usize], span: Span, wrong: &mut Vec<Diagnostic>) {
        if self.no_identity.contains(&owner.0) || self.is_unique(owner.0, fields, false) {
            return;
        }
        let names: Vec<String> =
            fields.iter().filter_map(|at| self.end((owner.0, *at)).map(|f| f.name.text.clone())).collect();
        let message = format!("`{}` is one-to-one, so its foreign key must be unique", field.name.text);
        let found = Diagnostic::error("one-to-one-not-unique", span, message);
        wrong.push(match names.as_slice() {
            [one] => {
                let found = found.help(format!("add `@unique` to `{one}`, or `[]` to the other side"));
                let key = fields.first().and_then(|at| self.end((owner.0, *at)));
                match key {
                    Some(key) => found.fix(format!("add `@unique` to `{one}`"), vec![after(key.type_span, " @unique")]),
                    None => found,
                }
            }
            _ => found.help(format!("add `@@unique([{}])`, or `[]` to the other side", names.join(", "))),
        });
    }
}

fn upper(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn lower(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
