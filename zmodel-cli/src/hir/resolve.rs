//! The order in which a schema is resolved.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use zmodel_runtime::schema::EnumId;

use super::collect::{self, Declarations};
use super::inheritance::Flat;
use super::{Auth, Datasource, Enum, EnumMember, Model, Schema, Table, TypeDef};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::ast::{self, ModelKind};

/// Resolves the declarations of `files`, which see each other, and reports everything that is wrong with them.
///
/// The result can be incomplete when errors were reported. The findings are sorted at the end.
pub fn resolve<F: Borrow<ast::File>>(files: &[F], diagnostics: &mut Diagnostics) -> Schema {
    let (_, stdlib) = collect::stdlib();
    let decls = Declarations::collect(files, stdlib, diagnostics);
    let mut resolver = Resolver::new(decls, diagnostics);
    for item in files.iter().flat_map(|file| &file.borrow().items) {
        resolver.signature(item);
    }
    resolver.datasource();
    resolver.enums();
    resolver.shells();
    resolver.bases();
    resolver.auth();
    resolver.fields();
    resolver.keys();
    resolver.relations();
    resolver.inherited_relations();
    resolver.rules();
    resolver.spare_rules();
    resolver.delegates();
    resolver.declarations(files.iter().flat_map(|file| &file.borrow().items));
    let mut schema = resolver.schema;
    schema.unsupported.sort();
    schema.uses.sort();
    diagnostics.sort();
    schema
}

/// Whether an attribute of an enum says what the database calls it.
pub(super) fn names(attribute: &ast::Attribute) -> bool {
    matches!(attribute.name.text.as_str(), "map" | "schema")
}

/// The work in hand.
#[derive(Debug)]
pub(super) struct Resolver<'a, 'd> {
    pub(super) decls: Declarations<'a>,
    pub(super) out: &'d mut Diagnostics,
    pub(super) schema: Schema,
    /// What each model has, by position.
    pub(super) flats: Vec<Flat<'a>>,
    /// What each type has, by position.
    pub(super) type_flats: Vec<Flat<'a>>,
    /// Models whose identity cannot be judged, because what says it was reported.
    pub(super) no_identity: BTreeSet<usize>,
    /// Declarations that are part of a circle of inheritance.
    pub(super) cyclic: BTreeSet<String>,
    /// Declarations of which something could not be inherited: what seems to be missing in them may come from there.
    pub(super) incomplete: BTreeSet<String>,
    /// Whether it was said that `auth()` has no type.
    pub(super) auth_missed: bool,
    /// Where the rule at hand says `before()` and `future()`.
    pub(super) states: Vec<(super::expr::State, Span)>,
    reported: BTreeSet<(Span, &'static str)>,
}

impl Model {
    /// What a declaration is called, without anything that it has.
    pub(super) fn empty(declared: &ast::Model) -> Self {
        Self {
            name: declared.name.clone(),
            docs: declared.docs.clone(),
            view: false,
            ignored: false,
            table: Table { schema: None, name: declared.name.text.clone() },
            fields: Vec::new(),
            id: Vec::new(),
            id_key: None,
            uniques: Vec::new(),
            indexes: Vec::new(),
            rules: Vec::new(),
            validations: Vec::new(),
            base: None,
            discriminator: None,
            span: declared.span,
        }
    }
}

impl<'a, 'd> Resolver<'a, 'd> {
    fn new(decls: Declarations<'a>, out: &'d mut Diagnostics) -> Self {
        Self {
            decls,
            out,
            schema: Schema::default(),
            flats: Vec::new(),
            type_flats: Vec::new(),
            no_identity: BTreeSet::new(),
            cyclic: BTreeSet::new(),
            incomplete: BTreeSet::new(),
            auth_missed: false,
            states: Vec::new(),
            reported: BTreeSet::new(),
        }
    }

    /// Reports a finding, once for each place: what several models inherit is looked at in each of them.
    pub(super) fn report(&mut self, found: Diagnostic) {
        if found.span.is_none_or(|span| self.reported.insert((span, found.code))) {
            self.out.push(found);
        }
    }

    /// Notes what a name stands for.
    pub(super) fn uses(&mut self, name: &ast::Name, target: Span) {
        self.schema.uses.add(name.span, target);
    }

    /// Notes what a name stands for that is that of a type.
    pub(super) fn uses_type(&mut self, name: &ast::Name) {
        if let Some(target) = self.decls.declared(&name.text) {
            self.uses(name, target);
        }
    }

    /// The names that stand in the head of a declaration.
    fn signature(&mut self, item: &ast::Item) {
        let (params, returns, marks) = match item {
            ast::Item::Function(f) => {
                (f.params.iter().map(|param| &param.ty).collect(), Some(&f.returns), &f.attributes)
            }
            ast::Item::Procedure(p) => {
                (p.params.iter().map(|param| &param.ty).collect(), Some(&p.returns), &p.attributes)
            }
            ast::Item::Attribute(a) => {
                (a.params.iter().map(|param| &param.ty).collect::<Vec<_>>(), None, &a.attributes)
            }
            _ => return,
        };
        for ty in params.into_iter().chain(returns) {
            self.uses_type(&ty.name);
        }
        for mark in marks {
            if let Some(decl) = self.decls.attribute(mark) {
                self.uses(&mark.name, decl.name.span);
            }
        }
    }

    fn enums(&mut self) {
        let own = self.decls.own_enums;
        for (at, declared) in self.decls.enums.clone().into_iter().take(own).enumerate() {
            let (mut schema, mut database) = (self.home(), declared.name.text.clone());
            let site = super::attributes::Site::of_enum(at);
            // The others may speak of models; see `spare_rules`.
            let named = declared.attributes.iter().filter(|attribute| names(attribute));
            for used in self.apply_all(&site, named) {
                match used.name() {
                    "schema" => schema = used.text_of("map").map(str::to_owned),
                    _ => used.text("name").clone_into(&mut database),
                }
            }
            let mut members: Vec<EnumMember> = Vec::new();
            for member in &declared.members {
                let mut stored = member.name.text.clone();
                for used in self.apply_all(&super::attributes::Site::of_member(), member.attributes.iter()) {
                    if used.name() == "map" {
                        used.text("name").clone_into(&mut stored);
                    }
                }
                if let Some(first) = members.iter().find(|other| other.stored == stored && other.name != member.name)
                    && first.name.text != member.name.text
                {
                    let message = format!("two members of `{}` are stored as `{stored}`", declared.name.text);
                    let found = Diagnostic::error("duplicate-map", member.name.span, message);
                    self.report(
                        found.related(first.name.span, "the other one").help("give them different `@map` names"),
                    );
                }
                members.push(EnumMember { name: member.name.clone(), docs: member.docs.clone(), stored });
            }
            self.schema.enums.push(Enum {
                name: declared.name.clone(),
                docs: declared.docs.clone(),
                schema,
                database,
                members,
                span: declared.span,
            });
        }
    }

    /// The schema of PostgreSQL that something is in of which nothing is said.
    fn home(&self) -> Option<String> {
        self.schema.datasource.as_ref().and_then(Datasource::home).map(str::to_owned)
    }

    /// Models and types with their fields, whose attributes are not looked at yet.
    fn shells(&mut self) {
        for model in self.decls.models.clone() {
            let flat = self.flatten(model);
            let has = |name: &str| flat.attributes.iter().any(|attribute| attribute.name.text == name);
            let view = model.kind == ModelKind::View;
            let fields = flat.fields.iter().map(|field| self.field_shell(field)).collect();
            let ignored = has("ignore");
            let mut empty = Model::empty(model);
            empty.table.schema = self.home();
            self.schema.models.push(Model { view, ignored, fields, ..empty });
            self.flats.push(flat);
        }
        for ty in self.decls.types.clone() {
            let flat = self.flatten(ty);
            let fields = flat.fields.iter().map(|field| self.field_shell(field)).collect();
            self.schema.types.push(TypeDef {
                name: ty.name.clone(),
                docs: ty.docs.clone(),
                fields,
                id: Vec::new(),
                validations: Vec::new(),
                strict: flat.attributes.iter().any(|attribute| attribute.name.text == "strict"),
                span: ty.span,
            });
            self.type_flats.push(flat);
        }
    }

    /// The declaration marked `@@auth`, else the one called `User`.
    fn auth(&mut self) {
        let marked = |attribute: &&ast::Attribute| attribute.name.text == "auth";
        let models = self.flats.iter().enumerate().filter_map(|(at, flat)| {
            flat.attributes.iter().copied().find(marked).map(|attribute| (Auth::Model(at), attribute.span))
        });
        let types = self.type_flats.iter().enumerate().filter_map(|(at, flat)| {
            flat.attributes.iter().copied().find(marked).map(|attribute| (Auth::Type(at), attribute.span))
        });
        let mut all: Vec<(Auth, Span)> = models.chain(types).collect();
        all.sort_by_key(|(_, span)| *span);
        for (_, second) in all.iter().skip(1) {
            let found = Diagnostic::error("several-auth", *second, "only one declaration can be `@@auth`");
            let first = all.first().map_or(*second, |(_, span)| *span);
            let found = found.related(first, "the first one").help("remove `@@auth` from one of them");
            self.report(found.removing("this one", *second));
        }
        let called = || match self.decls.named("User") {
            Some(collect::Named::Model(at)) => Some(Auth::Model(at)),
            Some(collect::Named::Type(at)) => Some(Auth::Type(at)),
            _ => None,
        };
        self.schema.auth = all.first().map(|(auth, _)| *auth).or_else(called);
    }

    /// The name and members of an enum, also of the standard library.
    pub(super) fn members_of(&self, id: EnumId) -> Option<&'a ast::Enum> {
        self.decls.enums.get(id.index()).copied()
    }
}
