//! Delegates: models whose rows have a part in the table of a model that others extend too.

use zmodel_runtime::schema::Type;

use super::attributes::Holder;
use super::collect::Named;
use super::{Base, FieldType, Relation, Resolver};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, ModelKind};

impl Resolver<'_, '_> {
    /// Which models extend a delegate, and which of their fields lie in its table.
    pub(super) fn bases(&mut self) {
        for (at, model) in self.decls.models.clone().into_iter().enumerate() {
            let discriminator = model.attributes.iter().find(|attribute| attribute.name.text == "delegate");
            let discriminator = discriminator.and_then(|delegate| match &delegate.args.first()?.value.kind {
                ExprKind::Reference(field, _) => self.find_field(Holder::Model(at), &field.text),
                _ => None,
            });
            let base = model.extends.iter().find_map(|parent| match self.decls.named(&parent.text) {
                Some(Named::Model(base)) => Some(base),
                _ => None,
            });
            let Some(resolved) = self.schema.models.get_mut(at) else { continue };
            resolved.discriminator = discriminator;
            // Until `@@delegateMap` is looked at.
            resolved.base = base.map(|model| Base { model, tag: resolved.name.text.clone() });
        }
        for at in 0..self.schema.models.len() {
            let Some(model) = self.schema.models.get(at) else { continue };
            let places: Vec<Option<usize>> =
                model.fields.iter().map(|field| self.place_of(at, field.name.span, 0)).collect();
            if let Some(model) = self.schema.models.get_mut(at) {
                for (field, place) in model.fields.iter_mut().zip(places) {
                    field.inherited = place;
                }
            }
        }
    }

    /// The delegate in whose table a field of a model lies; none if it is in that of the model itself.
    fn place_of(&self, model: usize, field: Span, depth: usize) -> Option<usize> {
        let base = self.schema.models.get(model)?.base.as_ref()?.model;
        // A circle was reported.
        let inherited = self.schema.models.get(base)?.fields.iter().any(|other| other.name.span == field);
        (inherited && depth <= self.schema.models.len()).then(|| self.place_of(base, field, depth + 1).unwrap_or(base))
    }

    /// Relations that are inherited from a delegate are wired as they are there.
    pub(super) fn inherited_relations(&mut self) {
        // A delegate can extend another one, so the outer ones come first.
        let mut order: Vec<(usize, usize)> =
            (0..self.schema.models.len()).map(|at| (self.depth(at), at)).filter(|(depth, _)| *depth > 0).collect();
        order.sort_unstable();
        for (_, at) in order {
            let wired: Vec<(usize, Relation)> = self.inherited_by(at);
            for (position, relation) in wired {
                if let Some(field) = self.schema.models.get_mut(at).and_then(|model| model.fields.get_mut(position)) {
                    field.relation = Some(relation);
                }
            }
        }
    }

    fn inherited_by(&self, at: usize) -> Vec<(usize, Relation)> {
        let Some(model) = self.schema.models.get(at) else { return Vec::new() };
        let Some(base) = model.base.as_ref().and_then(|base| self.schema.models.get(base.model)) else {
            return Vec::new();
        };
        let fields = model.fields.iter().enumerate().filter(|(_, field)| field.inherited.is_some());
        let wired = fields.filter_map(|(position, field)| {
            let of_base = base.fields.iter().find(|other| other.name.span == field.name.span)?;
            let mut relation = of_base.relation.clone()?;
            for key in &mut relation.fields {
                let name = &base.fields.get(*key)?.name.text;
                *key = model.fields.iter().position(|field| field.name.text == *name)?;
            }
            Some((position, relation))
        });
        wired.collect()
    }

    /// How many delegates a model has above it.
    fn depth(&self, model: usize) -> usize {
        let mut at = model;
        for depth in 0..=self.schema.models.len() {
            match self.schema.models.get(at).and_then(|model| model.base.as_ref()) {
                Some(base) => at = base.model,
                None => return depth,
            }
        }
        0
    }

    /// What the models say that share the table of a delegate.
    pub(super) fn delegates(&mut self) {
        let mut taken: Vec<(&str, String, &ast::Model)> = Vec::new();
        for model in self.decls.models.clone() {
            let mut maps = model.attributes.iter().filter(|attribute| attribute.name.text == "delegateMap");
            let map = maps.next();
            if let (Some(first), Some(second)) = (map, maps.next()) {
                let found =
                    Diagnostic::error("repeated-attribute", second.span, "`@@delegateMap` can be here only once");
                let found = found.related(first.span, "the first one").help("remove one of them");
                self.report(found.removing("this one", second.span));
            }
            let base = model.extends.iter().find_map(|parent| self.decls.body(&parent.text));
            let base = base.filter(|base| base.kind == ModelKind::Model);
            let (Some(base), given) = (base, map.and_then(|map| map.args.first())) else {
                if let Some(map) = map {
                    let message =
                        format!("`{}` extends no delegate, so nothing tells it apart by a value", model.name.text);
                    let found = Diagnostic::error("misplaced-attribute", map.span, message).help("remove it");
                    self.report(found.removing("the attribute", map.span));
                }
                continue;
            };
            let Some(value) =
                given.map_or(Some(model.name.text.clone()), |given| self.discriminator(base, &given.value))
            else {
                continue;
            };
            let same = taken.iter().find(|(of, other, _)| *of == base.name.text && *other == value);
            if let Some((_, _, first)) = same {
                let span = map.map_or(model.name.span, |map| map.span);
                let message =
                    format!("`{}` and `{}` are both told apart by `{value}`", first.name.text, model.name.text);
                let found =
                    Diagnostic::error("same-discriminator", span, message).related(first.name.span, "the other one");
                self.report(found.help("give one of them another value with `@@delegateMap`"));
            }
            if let Some(Named::Model(at)) = self.decls.named(&model.name.text)
                && let Some(resolved) = self.schema.models.get_mut(at)
                && let Some(base) = &mut resolved.base
            {
                base.tag.clone_from(&value);
            }
            taken.push((&base.name.text, value, model));
        }
    }

    /// The value of `@@delegateMap`, of the type of the field that it is compared with; none if that was reported.
    fn discriminator(&mut self, base: &ast::Model, given: &ast::Expr) -> Option<String> {
        let delegate = base.attributes.iter().find(|attribute| attribute.name.text == "delegate")?;
        let ExprKind::Reference(field, _) = &delegate.args.first()?.value.kind else { return None };
        let Some(Named::Model(at)) = self.decls.named(&base.name.text) else { return None };
        let position = self.find_field(Holder::Model(at), &field.text)?;
        let ty = self.fields_of(Holder::Model(at)).get(position)?.ty;
        let (wanted, help, fits) = match (ty, &given.kind) {
            (FieldType::Scalar(Type::Enum(id)), kind) => {
                let members = &self.members_of(id)?.members;
                let fits = match kind {
                    ExprKind::Reference(name, _) => members.iter().any(|member| member.name.text == name.text),
                    _ => false,
                };
                let names: Vec<&str> = members.iter().map(|member| member.name.text.as_str()).collect();
                ("a member of its enum", format!("its members are: {}", names.join(", ")), fits)
            }
            (_, kind) => {
                let help = "write it as in `@@delegateMap(\"post\")`".to_owned();
                ("a text in quotes", help, matches!(kind, ExprKind::String(_)))
            }
        };
        if !fits {
            let message = format!("`{}` tells the models apart, so the value must be {wanted}", field.text);
            let found = Diagnostic::error("wrong-discriminator", given.span, message);
            self.report(found.related(field.span, "the field").help(help));
            return None;
        }
        match &given.kind {
            ExprKind::String(text) => Some(text.clone()),
            ExprKind::Reference(name, _) => Some(name.text.clone()),
            _ => None,
        }
    }
}
