//! Fields: what they hold, and what the attributes on them say.

use std::collections::BTreeSet;

use zmodel_runtime::schema::{EnumId, Secret, Type};

use super::attributes::{Application, Holder, Site, Value, marked};
use super::collect::Named;
use super::fixes::{after, before};
use super::keys::is_rule;
use super::names::{closest, some};
use super::validation::limits;
use super::{Field, FieldType, Native, Resolver, types};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

impl<'a> Resolver<'a, '_> {
    /// A field with its type, before its attributes are looked at.
    pub(super) fn field_shell(&mut self, field: &'a ast::Field) -> Field {
        let ignored = field.attributes.iter().any(|attribute| attribute.name.text == "ignore");
        Field {
            name: field.name.clone(),
            docs: field.docs.clone(),
            ty: self.field_type(&field.ty),
            optional: field.ty.optional,
            list: field.ty.list,
            ignored,
            column: field.name.text.clone(),
            default: None,
            updated_at: None,
            deleted_at: false,
            omitted: false,
            secret: None,
            computed: false,
            params: Vec::new(),
            full_text: false,
            fuzzy: false,
            native: native_text(&field.ty),
            claim: None,
            relation: None,
            rules: Vec::new(),
            inherited: None,
            steps: Vec::new(),
            type_span: field.ty.span,
            span: field.span,
        }
    }

    fn field_type(&mut self, ty: &'a ast::TypeRef) -> FieldType {
        let name = ty.name.text.as_str();
        if name.is_empty() {
            return FieldType::Error;
        }
        if name == "Unsupported" {
            return FieldType::Unsupported;
        }
        if let Some(scalar) = types::scalar(name) {
            return FieldType::Scalar(scalar);
        }
        self.uses_type(&ty.name);
        let message = match self.decls.named(name) {
            Some(Named::Model(at)) => return FieldType::Model(at),
            Some(Named::Type(at)) => return FieldType::Type(at),
            Some(Named::Enum(at)) => match u16::try_from(at) {
                Ok(at) => return FieldType::Scalar(Type::Enum(EnumId(at))),
                Err(_) => return FieldType::Error,
            },
            Some(Named::Abstract) => format!("`{name}` is an abstract model, which has no rows to refer to"),
            Some(Named::Other(what)) => format!("`{name}` is a {what}, not a type"),
            None => format!("there is no type `{name}`"),
        };
        let scalars =
            ["String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes"].into_iter();
        let found = Diagnostic::error("unknown-type", ty.name.span, message);
        let meant = match name {
            "Integer" | "Number" | "i32" | "int" => Some("Int"),
            "Bool" | "bool" => Some("Boolean"),
            "Text" | "Varchar" => Some("String"),
            "Date" | "Timestamp" => Some("DateTime"),
            _ => closest(name, self.decls.type_names().chain(scalars)),
        };
        self.report(match meant {
            Some(meant) => found.did_you_mean(meant),
            None => {
                found.help(format!("declare `model {name} {{ … }}`, `type {name} {{ … }}` or `enum {name} {{ … }}`"))
            }
        });
        FieldType::Error
    }

    /// The fields of a declaration.
    pub(super) fn fields_of(&self, holder: Holder) -> &[Field] {
        let fields = match holder {
            Holder::Model(at) => self.schema.models.get(at).map(|model| &model.fields),
            Holder::Type(at) => self.schema.types.get(at).map(|ty| &ty.fields),
            Holder::Enum(_) | Holder::Member => None,
        };
        fields.map_or(&[], Vec::as_slice)
    }

    /// The field that an attribute stands on.
    pub(super) fn field_of(&self, site: &Site) -> Option<&Field> {
        self.fields_of(site.holder).get(site.field?)
    }

    /// The position of a field that can be named.
    pub(super) fn find_field(&self, holder: Holder, name: &str) -> Option<usize> {
        self.fields_of(holder).iter().position(|field| field.name.text == name)
    }

    /// Notes that a name stands for a field.
    pub(super) fn uses_field(&mut self, holder: Holder, at: usize, name: &ast::Name) {
        if let Some(target) = self.fields_of(holder).get(at).map(|field| field.name.span) {
            self.uses(name, target);
        }
    }

    /// How messages call the declaration that fields are in.
    pub(super) fn holder_name(&self, holder: Holder) -> String {
        match holder {
            Holder::Model(at) => self.type_name(super::ValueType::Model(at)),
            Holder::Type(at) => self.type_name(super::ValueType::Type(at)),
            Holder::Enum(_) | Holder::Member => String::new(),
        }
    }

    /// Reports a name that is not a field, unless the field may come from something that was reported.
    pub(super) fn report_field(&mut self, holder: Holder, name: &ast::Name) {
        if !self.incomplete.contains(&self.holder_name(holder)) {
            let found = self.unknown_field(holder, name);
            self.report(found);
        }
    }

    fn unknown_field(&self, holder: Holder, name: &ast::Name) -> Diagnostic {
        let owner = self.holder_name(holder);
        let message = format!("`{owner}` has no field `{}`", name.text);
        let found = Diagnostic::error("unknown-field", name.span, message);
        let names = self.field_names(holder);
        match closest(&name.text, names.iter().copied()) {
            Some(meant) => found.did_you_mean(meant),
            None => found.help(format!("its fields are: {}", some(&names))),
        }
    }

    /// The names of the fields that are not ignored.
    pub(super) fn field_names(&self, holder: Holder) -> Vec<&str> {
        let known = self.fields_of(holder).iter().filter(|field| !field.ignored);
        known.map(|field| field.name.text.as_str()).collect()
    }

    /// A field, or a list of fields, by bare names.
    pub(super) fn field_list(&mut self, holder: Holder, given: &'a ast::Expr, list: bool) -> Option<Vec<usize>> {
        let items: &[ast::Expr] = match &given.kind {
            ExprKind::Array(items) if list => items,
            _ if list => {
                let found = Diagnostic::error("not-a-field-list", given.span, "a list of fields is expected here");
                let found = found.help("put the names in brackets: `[a, b]`");
                self.report(match &given.kind {
                    ExprKind::Reference(..) => {
                        found.fix("add brackets", vec![before(given.span, "["), after(given.span, "]")])
                    }
                    _ => found,
                });
                return None;
            }
            _ => std::slice::from_ref(given),
        };
        if items.is_empty() {
            let found = Diagnostic::error("empty-field-list", given.span, "the list of fields is empty");
            self.report(found.help("name at least one field"));
            return None;
        }
        let mut fields = Vec::new();
        let mut whole = true;
        for item in items {
            let ExprKind::Reference(name, _) = &item.kind else {
                if item.kind != ExprKind::Error {
                    let found = Diagnostic::error("not-a-field", item.span, "the name of a field is expected here");
                    self.report(match &item.kind {
                        ExprKind::String(name) if self.find_field(holder, name).is_some() => {
                            found.help("write it without quotes").replacing(name)
                        }
                        _ => found.help("write the name of a field, without quotes or anything around it"),
                    });
                }
                whole = false;
                continue;
            };
            let Some(at) = self.find_field(holder, &name.text) else {
                self.report_field(holder, name);
                whole = false;
                continue;
            };
            self.uses_field(holder, at, name);
            if fields.contains(&at) {
                let message = format!("`{}` is in the list twice", name.text);
                self.report(Diagnostic::error("repeated-field", name.span, message).help("remove one of them"));
                whole = false;
            }
            fields.push(at);
        }
        whole.then_some(fields)
    }

    /// Looks at the fields of all models and types and at their attributes.
    pub(super) fn fields(&mut self) {
        for at in 0..self.flats.len() {
            let fields = self.flats.get(at).map(|flat| flat.fields.clone()).unwrap_or_default();
            self.once(&fields);
            for (position, field) in fields.into_iter().enumerate() {
                self.field(Site { holder: Holder::Model(at), field: Some(position) }, field);
            }
        }
        for at in 0..self.type_flats.len() {
            let fields = self.type_flats.get(at).map(|flat| flat.fields.clone()).unwrap_or_default();
            for (position, field) in fields.into_iter().enumerate() {
                self.field(Site { holder: Holder::Type(at), field: Some(position) }, field);
            }
        }
    }

    /// Attributes that only one field of a declaration can have.
    fn once(&mut self, fields: &[&'a ast::Field]) {
        let attributes = || fields.iter().flat_map(|field| &field.attributes);
        for (at, used) in attributes().enumerate() {
            let limited = || self.decls.attribute(used).is_some_and(|decl| marked(&decl.attributes, "onceInModel"));
            let first = attributes().take(at).find(|other| other.name.text == used.name.text);
            if let Some(first) = first.filter(|_| limited()) {
                let message = format!("only one field can be `@{}`", used.name.text);
                let found = Diagnostic::error("repeated-attribute", used.span, message);
                let found = found.related(first.span, "the first one").help("remove one of them");
                self.report(found.removing("this one", used.span));
            }
        }
    }

    fn field(&mut self, site: Site, field: &'a ast::Field) {
        let computed = field.attributes.iter().any(|attribute| attribute.name.text == "computed");
        if let Some(param) = field.params.first().filter(|_| !computed) {
            let found = Diagnostic::error("parameters-of-field", param.span, "only a computed field has parameters");
            self.report(found.help("mark it `@computed`, or remove the parameters"));
        }
        self.named_types(field.params.iter().map(|param| &param.ty), &[]);
        if let Some(given) = &field.ty.unsupported
            && !matches!(given.kind, ExprKind::String(_) | ExprKind::Error)
        {
            let found = Diagnostic::error("unsupported-type", given.span, "the type must be a text in quotes");
            self.report(found.help("write it as in `Unsupported(\"point\")`"));
        }
        self.shape(&site, field);
        for used in self.apply_all(&site, field.attributes.iter().filter(|attribute| !is_rule(&attribute.name.text))) {
            self.field_attribute(&site, &used);
            self.set_aside(&site, used);
        }
    }

    /// Keeps what is looked at again when all fields are known.
    fn set_aside(&mut self, site: &Site, used: Application<'a>) {
        let flat = match site.holder {
            Holder::Model(at) => self.flats.get_mut(at),
            Holder::Type(at) => self.type_flats.get_mut(at),
            Holder::Enum(_) | Holder::Member => None,
        };
        let (Some(flat), Some(field)) = (flat, site.field) else { return };
        match used.name() {
            "id" | "unique" => flat.keys.push((field, used)),
            "relation" => flat.wiring.push((field, used)),
            _ => {}
        }
    }

    /// What a field of a model with a table can hold.
    fn shape(&mut self, site: &Site, field: &ast::Field) {
        let Holder::Model(at) = site.holder else { return };
        if self.schema.models.get(at).is_none_or(|model| model.ignored) {
            return;
        }
        let Some(ty) = self.field_of(site).map(|field| field.ty) else { return };
        let span = field.ty.span;
        if field.ty.list && field.ty.optional {
            let found = Diagnostic::error("optional-list", span, "a list cannot be optional");
            self.report(found.help("remove the `?`: a list can be empty").removing("the `?`", span.last()));
            return;
        }
        let json = field.attributes.iter().any(|attribute| attribute.name.text == "json");
        if let FieldType::Type(_) = ty
            && !json
        {
            let message = format!("`{}` holds a `type`, which is stored as JSON", field.name.text);
            let found = Diagnostic::error("missing-json", span, message);
            self.report(found.help("say so: add `@json` after it").fix("add `@json`", vec![after(span, " @json")]));
        }
        if let FieldType::Type(at) = ty
            && let Some((owner, relation)) = self.relation_inside(at)
        {
            let found = Diagnostic::error("relation-in-json", span, "a JSON document cannot hold a relation");
            let text = format!("`{owner}` has one here");
            self.report(found.related(relation, text).help("store the id instead"));
        }
    }

    /// A field of a `type`, or of one inside it, that is a relation.
    fn relation_inside(&self, ty: usize) -> Option<(String, Span)> {
        let (mut seen, mut open) = (BTreeSet::from([ty]), vec![ty]);
        while let Some(ty) = open.pop().and_then(|at| self.schema.types.get(at)) {
            for field in &ty.fields {
                match field.ty {
                    FieldType::Model(_) => return Some((ty.name.text.clone(), field.span)),
                    FieldType::Type(inner) if seen.insert(inner) => open.push(inner),
                    _ => {}
                }
            }
        }
        None
    }

    fn field_attribute(&mut self, site: &Site, used: &Application<'a>) {
        match used.name() {
            "map" => {
                let column = used.text("name").to_owned();
                self.change(site, |field| field.column = column);
            }
            "claim" => {
                let path = used.text("path").to_owned();
                if path.is_empty() || path.split('.').any(str::is_empty) {
                    let span = used.given("path").map_or(used.used.span, |given| given.span);
                    let found = Diagnostic::error("wrong-claim", span, "the path of a claim cannot be empty");
                    self.report(found.help("write the names with dots between them: `@claim(\"metadata.role\")`"));
                    return;
                }
                self.change(site, |field| field.claim = Some(path));
            }
            "updatedAt" => {
                let ignored = used.fields("ignore").unwrap_or_default().to_vec();
                self.change(site, |field| field.updated_at = Some(ignored));
            }
            "deletedAt" => self.change(site, |field| field.deleted_at = true),
            "omit" => self.change(site, |field| field.omitted = true),
            "computed" => self.computed(site, used),
            "fullText" => self.change(site, |field| field.full_text = true),
            "fuzzy" => self.change(site, |field| field.fuzzy = true),
            "password" => self.secret(site, used, Secret::Password),
            "encrypted" => self.secret(site, used, Secret::Encrypted),
            "default" => {
                if let Some(Value::Default(default)) = used.value("value") {
                    let default = default.clone();
                    self.change(site, |field| field.default = Some(default));
                }
            }
            name => {
                if let Some(name) = name.strip_prefix("db.") {
                    let args = used.used.args.iter().map(|arg| match &arg.value.kind {
                        ExprKind::Number(text) | ExprKind::String(text) => text.clone(),
                        ExprKind::Reference(name, _) => name.text.clone(),
                        _ => String::new(),
                    });
                    let native = Native::Named(name.to_owned(), args.filter(|arg| !arg.is_empty()).collect());
                    self.change(site, |field| {
                        field.steps.extend(limits(&native, field));
                        field.native = Some(native);
                    });
                } else if let Some(step) = self.value_step(used) {
                    self.change(site, |field| field.steps.push(step));
                }
            }
        }
    }

    /// What has no column is a value, a list of values, or a structure.
    fn computed(&mut self, site: &Site, used: &Application<'a>) {
        let flat = match site.holder {
            Holder::Model(at) => self.flats.get(at),
            _ => None,
        };
        let written = flat.and_then(|flat| flat.fields.get(site.field?).copied());
        let params = written.map_or(&[][..], |field| &field.params);
        let params = self.params(params);
        self.change(site, |field| (field.computed, field.params) = (true, params));
        let Some(field) = self.field_of(site) else { return };
        match field.ty {
            FieldType::Model(_) | FieldType::Unsupported => {
                let shown = self.shown_field(field);
                let message =
                    format!("what is computed is a value or a structure, `{}` is of type {shown}", field.name.text);
                let found = Diagnostic::error("misplaced-computed", used.used.span, message);
                self.report(found.help("remove the `@computed`, or declare what the expression gives"));
            }
            FieldType::Scalar(_) | FieldType::Type(_) | FieldType::Error => {}
        }
    }

    /// A hash has nothing in it that could be decrypted, and makes its own salt.
    fn secret(&mut self, site: &Site, used: &Application<'a>, secret: Secret) {
        if self.field_of(site).is_some_and(|field| field.secret.is_some()) {
            let message = "a field is either `@password` or `@encrypted`";
            let found = Diagnostic::error("misplaced-secret", used.used.span, message);
            let help = "keep `@password` if the value is only compared, `@encrypted` if it is read again";
            self.report(found.help(help).removing("this one", used.used.span));
        }
        if let Some(first) = used.used.args.first() {
            let message = "passwords are hashed with Argon2id and a salt of their own, so this changes nothing";
            let found = Diagnostic::warning("password-setting", first.span, message);
            self.report(found.help("write `@password` without arguments"));
        }
        self.change(site, |field| field.secret = Some(secret));
    }

    /// Changes a field.
    pub(super) fn change(&mut self, site: &Site, change: impl FnOnce(&mut Field)) {
        let fields = match site.holder {
            Holder::Model(at) => self.schema.models.get_mut(at).map(|model| &mut model.fields),
            Holder::Type(at) => self.schema.types.get_mut(at).map(|ty| &mut ty.fields),
            Holder::Enum(_) | Holder::Member => None,
        };
        if let (Some(fields), Some(at)) = (fields, site.field)
            && let Some(field) = fields.get_mut(at)
        {
            change(field);
        }
    }
}

/// The text of `Unsupported("…")`.
fn native_text(ty: &ast::TypeRef) -> Option<Native> {
    match &ty.unsupported.as_ref()?.kind {
        ExprKind::String(text) => Some(Native::Text(text.clone())),
        _ => None,
    }
}
