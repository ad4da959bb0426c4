//! Uses of attributes: what all of them have in common, checked by their declarations.

use zmodel_runtime::schema::{EnumId, Type};

use super::collect::{is_library, written};
use super::keys::is_rule;
use super::names::closest;
use super::types::Family;
use super::{Default, Expr, FieldType, Resolver};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, AttributeKind, AttributeParam, ExprKind};

/// What an attribute stands on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// The declaration around it.
    pub(super) holder: Holder,
    /// The field, by position.
    pub(super) field: Option<usize>,
}

/// The declaration that an attribute stands in or on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A model or view, by position.
    Model(usize),
    /// A type, by position.
    Type(usize),
    /// An enum, by position.
    Enum(usize),
    /// A member of an enum.
    Member,
}

impl Site {
    /// On an enum.
    pub(super) const fn of_enum(at: usize) -> Self {
        Self { holder: Holder::Enum(at), field: None }
    }

    /// On a member of an enum.
    pub(super) const fn of_member() -> Self {
        Self { holder: Holder::Member, field: None }
    }
}

/// A use of an attribute that fits its declaration.
#[derive(Debug)]
pub(super) struct Application<'a> {
    /// As written.
    pub(super) used: &'a ast::Attribute,
    args: Vec<(&'a str, &'a ast::Expr, Value)>,
}

/// The value of an argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// Fields, by position.
    Fields(Vec<usize>),
    /// A member of an enum of the standard library.
    Member(String),
    /// The value of `@default`.
    Default(Default),
    /// A condition.
    Condition(Expr),
    /// Anything else.
    Other,
}

impl<'a> Application<'a> {
    /// The attribute's name, without `@`s.
    pub(super) fn name(&self) -> &'a str {
        &self.used.name.text
    }

    /// The value of a parameter.
    pub(super) fn value(&self, param: &str) -> Option<&Value> {
        self.args.iter().find(|(name, ..)| *name == param).map(|(.., value)| value)
    }

    /// The value of a parameter, which is not there afterwards.
    pub(super) fn take(&mut self, param: &str) -> Option<Value> {
        let (.., value) = self.args.iter_mut().find(|(name, ..)| *name == param)?;
        Some(std::mem::replace(value, Value::Other))
    }

    /// The expression given for a parameter.
    pub(super) fn given(&self, param: &str) -> Option<&'a ast::Expr> {
        self.args.iter().find(|(name, ..)| *name == param).map(|(_, given, _)| *given)
    }

    /// The text given for a parameter, if one was.
    pub(super) fn text_of(&self, param: &str) -> Option<&str> {
        match self.value(param) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The text given for a parameter, else an empty one.
    pub(super) fn text(&self, param: &str) -> &str {
        self.text_of(param).unwrap_or_default()
    }

    /// The fields given for a parameter.
    pub(super) fn fields(&self, param: &str) -> Option<&[usize]> {
        match self.value(param) {
            Some(Value::Fields(fields)) => Some(fields),
            _ => None,
        }
    }
}

/// The names in the list of a `@@@` attribute, if a declaration has that.
fn mark<'d>(attributes: &'d [ast::Attribute], name: &str) -> Option<impl Iterator<Item = &'d str> + use<'d>> {
    let found = attributes.iter().find(|attribute| attribute.name.text == name)?;
    let items = match found.args.first().map(|arg| &arg.value.kind) {
        Some(ExprKind::Array(items)) => items.as_slice(),
        _ => &[],
    };
    Some(items.iter().filter_map(|item| match &item.kind {
        ExprKind::Reference(name, _) => Some(name.text.as_str()),
        _ => None,
    }))
}

/// Whether a declaration has a `@@@` attribute.
pub(super) fn marked(attributes: &[ast::Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.name.text == name)
}

/// The contexts that a function is declared for.
pub(super) fn contexts(function: &ast::Function) -> impl Iterator<Item = &str> {
    mark(&function.attributes, "expressionContext").into_iter().flatten()
}

impl<'a> Resolver<'a, '_> {
    /// Checks uses of attributes on one thing; those that fit.
    pub(super) fn apply_all(
        &mut self,
        site: &Site,
        attributes: impl Iterator<Item = &'a ast::Attribute>,
    ) -> Vec<Application<'a>> {
        let mut before: Vec<&ast::Attribute> = Vec::new();
        let mut fitting = Vec::new();
        for used in attributes {
            let once = || self.decls.attribute(used).is_some_and(|decl| marked(&decl.attributes, "once"));
            let same = before.iter().rfind(|before| before.name.text == used.name.text);
            if let Some(before) = same.filter(|_| once()) {
                let message = format!("`{}` can be here only once", written(used.kind, &used.name.text));
                let found = Diagnostic::error("repeated-attribute", used.span, message);
                let found = found.related(before.span, "the first one").help("remove one of them");
                self.report(found.removing("this one", used.span));
                continue;
            }
            before.push(used);
            fitting.extend(self.apply(site, used));
        }
        fitting
    }

    fn apply(&mut self, site: &Site, used: &'a ast::Attribute) -> Option<Application<'a>> {
        let Some(decl) = self.decls.attribute(used) else {
            let found = self.decls.unknown_attribute(used);
            self.report(found);
            return None;
        };
        self.uses(&used.name, decl.name.span);
        let shown = || written(used.kind, &used.name.text);
        if let Some(message) = decl.attributes.iter().find(|mark| mark.name.text == "deprecated") {
            let why = match message.args.first().map(|arg| &arg.value.kind) {
                Some(ExprKind::String(why)) => why.as_str(),
                _ => "",
            };
            let message = format!("`{}` is deprecated: {why}", shown());
            self.report(Diagnostic::warning("deprecated", used.name.span, message));
        }
        if used.name.text == "prisma.passthrough" {
            let message = format!("`{}` is for Prisma, and nothing is passed on to it", shown());
            let found = Diagnostic::warning("unused-attribute", used.span, message);
            self.report(
                found.help("write what it says as an attribute of its own").removing("the attribute", used.span),
            );
        }
        if !self.stands_right(site, used, decl) || !self.fits_field(site, used, decl) {
            return None;
        }
        let bound = self.bind(used, decl)?;
        let mut args = Vec::with_capacity(bound.len());
        let mut whole = true;
        for (param, given) in bound {
            match self.argument(site, used, param, given) {
                Some(value) => args.push((param.name.text.as_str(), given, value)),
                None => whole = false,
            }
        }
        let application = Application { used, args };
        (whole && self.means_something(site, &application)).then_some(application)
    }

    fn stands_right(&mut self, site: &Site, used: &ast::Attribute, decl: &ast::AttributeDecl) -> bool {
        let here = match (site.field, site.holder) {
            (Some(_), _) => "Field",
            (None, Holder::Model(at)) if self.schema.models.get(at).is_some_and(|model| model.view) => "View",
            (None, Holder::Model(_)) => "Model",
            (None, Holder::Type(_)) => "Type",
            (None, Holder::Enum(_)) => "Enum",
            (None, Holder::Member) => "EnumMember",
        };
        let places = mark(&decl.attributes, "on");
        let library = is_library(decl.span);
        let usual = || match used.kind {
            _ if !library => true,
            AttributeKind::Field => here == "Field",
            _ => ["Model", "View", "Type"].contains(&here),
        };
        let said = places.is_some();
        if places.map_or_else(usual, |mut places| places.any(|place| place == here)) {
            return true;
        }
        match (site.holder, is_rule(&used.name.text)) {
            // ZenStack takes nearly everything there. Of rules `spare_rules` speaks.
            (Holder::Enum(_), true) => return true,
            (Holder::Enum(_) | Holder::Member, false) if !said => {
                let what = if here == "Enum" { "an enum" } else { "a member of an enum" };
                let message = format!("`{}` means nothing on {what}", written(used.kind, &used.name.text));
                let found = Diagnostic::warning("unused-attribute", used.name.span, message).help("remove it");
                self.report(found.removing("the attribute", used.span));
                return true;
            }
            _ => {}
        }
        let what = match here {
            "Field" => "a field",
            "View" => "a view",
            "Model" => "a model",
            "Type" => "a type",
            "Enum" => "an enum",
            _ => "a member of an enum",
        };
        let message = format!("`{}` cannot stand on {what}", written(used.kind, &used.name.text));
        let found = Diagnostic::error("misplaced-attribute", used.name.span, message).help("remove it");
        self.report(found.removing("the attribute", used.span));
        false
    }

    fn fits_field(&mut self, site: &Site, used: &ast::Attribute, decl: &ast::AttributeDecl) -> bool {
        let wanted = || mark(&decl.attributes, "targetField").into_iter().flatten();
        let (Some(_), Some(field)) = (wanted().next(), self.field_of(site)) else { return true };
        let category = match field.ty {
            FieldType::Scalar(Type::Enum(_)) => "an enum",
            FieldType::Scalar(ty) => &format!("{ty:?}Field"),
            FieldType::Model(_) => "ModelField",
            FieldType::Type(_) => "TypeDefField",
            FieldType::Unsupported => "Unsupported",
            FieldType::Error => return true,
        };
        let list = field.list && !matches!(field.ty, FieldType::Model(_));
        if wanted().any(|name| name == category || list && name == "ListField") {
            return true;
        }
        let names: Vec<String> = wanted()
            .map(|name| match name {
                "ModelField" => "relation".to_owned(),
                "TypeDefField" => "`type`".to_owned(),
                "ListField" => "list".to_owned(),
                name => format!("`{}`", name.trim_end_matches("Field")),
            })
            .collect();
        let shown = self.shown_field(field);
        let message = format!("`{}` cannot be used on a field of type {shown}", written(used.kind, &used.name.text));
        let help = format!("it is for {} fields", names.join(", "));
        self.report(Diagnostic::error("wrong-field-type", used.name.span, message).help(help));
        false
    }

    /// Which argument is for which parameter; none if that was reported.
    pub(super) fn bind(
        &mut self,
        used: &'a ast::Attribute,
        decl: &'a ast::AttributeDecl,
    ) -> Option<Vec<(&'a AttributeParam, &'a ast::Expr)>> {
        let shown = || written(used.kind, &used.name.text);
        let mut bound: Vec<(&AttributeParam, &ast::Expr)> = Vec::new();
        for arg in &used.args {
            let taken = |param: &AttributeParam| bound.iter().any(|(other, _)| std::ptr::eq(*other, param));
            let param = match &arg.label {
                None => decl.params.iter().find(|param| param.positional && !taken(param)),
                Some(label) => decl.params.iter().find(|param| param.name.text == label.text),
            };
            let Some(param) = param else {
                let found = match &arg.label {
                    None if decl.params.is_empty() => {
                        let message = format!("`{}` takes no arguments", shown());
                        Diagnostic::error("wrong-argument", arg.span, message).help("remove the argument")
                    }
                    None => {
                        let message = format!("`{}` does not take another argument without a name", shown());
                        let names: Vec<&str> = decl.params.iter().map(|param| param.name.text.as_str()).collect();
                        let help = format!("its parameters are: {}", names.join(", "));
                        Diagnostic::error("wrong-argument", arg.span, message).help(help)
                    }
                    Some(label) => {
                        let message = format!("`{}` has no parameter `{}`", shown(), label.text);
                        let found = Diagnostic::error("wrong-argument", label.span, message);
                        let names: Vec<&str> = decl.params.iter().map(|param| param.name.text.as_str()).collect();
                        match closest(&label.text, names.iter().copied()) {
                            Some(meant) => found.did_you_mean(meant),
                            None if names.is_empty() => found.help("it takes no arguments: remove this one"),
                            None => found.help(format!("its parameters are: {}", names.join(", "))),
                        }
                    }
                };
                self.report(found);
                return None;
            };
            if let Some(label) = &arg.label {
                self.uses(label, param.name.span);
            }
            if taken(param) {
                let message = format!("`{}` is given twice", param.name.text);
                self.report(Diagnostic::error("wrong-argument", arg.span, message).help("remove one of them"));
                return None;
            }
            bound.push((param, &arg.value));
        }
        let missing: Vec<String> = decl
            .params
            .iter()
            .filter(|param| !param.ty.optional && !bound.iter().any(|(other, _)| std::ptr::eq(*other, *param)))
            .map(|param| format!("`{}`", param.name.text))
            .collect();
        if !missing.is_empty() {
            let message = format!("`{}` needs {}", shown(), missing.join(" and "));
            let required = decl.params.iter().filter(|param| !param.ty.optional);
            let params: Vec<String> = required
                .map(|param| match (param.positional, param.name.text.as_str()) {
                    (true, name) => name.to_owned(),
                    (false, name) => format!("{name}: …"),
                })
                .collect();
            let found = Diagnostic::error("missing-argument", used.span, message);
            self.report(found.help(format!("write `{}({})`", shown(), params.join(", "))));
            return None;
        }
        Some(bound)
    }

    /// Checks an argument against its parameter.
    fn argument(
        &mut self,
        site: &Site,
        used: &'a ast::Attribute,
        param: &'a AttributeParam,
        given: &'a ast::Expr,
    ) -> Option<Value> {
        let list = param.ty.list;
        match (param.ty.name.text.as_str(), &given.kind) {
            (_, ExprKind::Error) => None,
            ("ContextType", _) if site.field.is_some() => self.default_value(site, given).map(Value::Default),
            ("FieldReference", _) => self.field_list(site.holder, given, list).map(Value::Fields),
            ("TransitiveFieldReference", _) => {
                let target = match self.field_of(site)?.ty {
                    FieldType::Model(at) => Holder::Model(at),
                    _ => return None,
                };
                self.field_list(target, given, list).map(Value::Fields)
            }
            ("Boolean", kind)
                if !list
                    && (!matches!(kind, ExprKind::Bool(_))
                        || param.name.text == "condition"
                        || used.name.text == "validate") =>
            {
                let validation = used.name.text == "validate";
                Some(match site.holder {
                    Holder::Model(model) => Value::Condition(self.condition(model, given, validation)),
                    Holder::Type(ty) if validation => Value::Condition(self.condition_of_type(ty, given)),
                    // There are no rows: what is said is looked at as if there were a model without fields.
                    Holder::Enum(_) => Value::Condition(self.condition(self.schema.models.len(), given, validation)),
                    // The rules of a type are those of the models that it is mixed into.
                    Holder::Type(_) | Holder::Member => Value::Other,
                })
            }
            ("String", ExprKind::String(text)) if !list => Some(Value::Text(text.clone())),
            ("Any" | "ContextType", _) if !list => Some(Value::Other),
            (name, ExprKind::Array(items)) if list => {
                let mut whole = true;
                for item in items {
                    whole &= self.constant(used, param, name, item).is_some();
                }
                whole.then_some(Value::Other)
            }
            (name, _) if !list => self.constant(used, param, name, given),
            _ => {
                self.wrong_type(used, param, given);
                None
            }
        }
    }

    /// Checks a single constant against the type that a parameter is declared with.
    pub(super) fn constant(
        &mut self,
        used: &ast::Attribute,
        param: &AttributeParam,
        name: &str,
        given: &'a ast::Expr,
    ) -> Option<Value> {
        if let Some(wanted) = self.enum_of_param(name) {
            let members = self.members_of(wanted)?;
            if let ExprKind::Reference(member, args) = &given.kind
                && args.is_empty()
            {
                if let Some(known) = members.members.iter().find(|known| known.name.text == member.text) {
                    self.uses(member, known.name.span);
                    return Some(Value::Member(member.text.clone()));
                }
                let found = self.unknown_member(wanted, member);
                self.report(found);
                return None;
            }
        }
        let family = match &given.kind {
            ExprKind::String(_) => Family::String,
            ExprKind::Bool(_) => Family::Boolean,
            ExprKind::Number(text) if text.contains('.') => Family::Float,
            ExprKind::Number(_) => Family::Int,
            ExprKind::Paren(inner) => return self.constant(used, param, name, inner),
            _ => {
                self.wrong_type(used, param, given);
                return None;
            }
        };
        let fits = Family::named(name).is_some_and(|wanted| wanted.takes(family));
        let unknown = Family::named(name).is_none() && self.enum_of_param(name).is_none();
        if fits || unknown {
            return Some(Value::Other);
        }
        self.wrong_type(used, param, given);
        None
    }

    fn enum_of_param(&self, name: &str) -> Option<EnumId> {
        let at = match self.decls.named(name) {
            Some(super::collect::Named::Enum(at)) => at,
            _ => self.decls.library_enum(name)?,
        };
        u16::try_from(at).ok().map(EnumId)
    }

    /// Reports an argument that its parameter cannot take.
    pub(super) fn wrong_type(&mut self, used: &ast::Attribute, param: &AttributeParam, given: &ast::Expr) {
        let shown = written(used.kind, &used.name.text);
        let name = match param.ty.name.text.as_str() {
            "String" => "a text in quotes".to_owned(),
            "Int" => "a whole number".to_owned(),
            "Boolean" => "`true` or `false`".to_owned(),
            other => format!("a value of type `{other}`"),
        };
        let many = if param.ty.list { "a list `[…]`, each item " } else { "" };
        let message = format!("`{}` of `{shown}` must be {many}{name}", param.name.text);
        self.report(Diagnostic::error("wrong-argument-type", given.span, message));
    }

    /// What to say about a name that is not a member of an enum.
    pub(super) fn unknown_member(&self, of: EnumId, name: &ast::Name) -> Diagnostic {
        let Some(declared) = self.members_of(of) else {
            return Diagnostic::error("unknown-enum-member", name.span, format!("there is no member `{}`", name.text));
        };
        let message = format!("`{}` has no member `{}`", declared.name.text, name.text);
        let found = Diagnostic::error("unknown-enum-member", name.span, message);
        let names: Vec<&str> = declared.members.iter().map(|member| member.name.text.as_str()).collect();
        match closest(&name.text, names.iter().copied()) {
            Some(meant) => found.did_you_mean(meant),
            None => found.help(format!("its members are: {}", names.join(", "))),
        }
    }
}
