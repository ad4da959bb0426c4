//! One module for each model: its struct, its handles, and what a new row, a change and a key are.

use zmodel_runtime::schema::{Effect, Field, Index, Operation, Relation, RelationMode, Secret};

use super::field::optional;
use super::rust::{Ident, TokenStream, quote};
use super::{Draft, Emit, Table, allowances, docs, docs_or, names};
use crate::hir;

/// A column of a model, as resolved and as lowered.
struct Column<'a> {
    ident: &'a Ident,
    hir: &'a hir::Field,
    schema: &'a Field,
    id: u16,
    /// Its Rust type, without the `Option`.
    bare: TokenStream,
    /// Its Rust type.
    ty: TokenStream,
    /// Its Rust type in a row, where it is nothing to who may not see it.
    seen: TokenStream,
    /// Whether it is not written by the application: it is computed, or says which model a row belongs to, or when it
    /// was deleted.
    fixed: bool,
}

impl Emit<'_> {
    pub(super) fn model(&self, table: &Table<'_>) -> Draft {
        let names = self.names.model(table.at);
        let columns = self.columns(table);
        let mut items = vec![self.row(table, &columns), self.fields(table, &columns)];
        if !table.hir.view {
            items.extend([self.changes(table, &columns), self.writable(table)]);
        }
        // Rows of a delegate are made through the models that extend it.
        if !table.hir.view && table.hir.discriminator.is_none() {
            items.push(self.new_row(table, &columns));
        }
        items.extend([self.key(table, &columns), self.model_impl(table, &columns)]);
        let text = format!("The model [`{}`]: its fields, keys, and what to create and change it with.", names.ty);
        let (doc, allow) = (docs([text.as_str()]), allowances());
        Draft { name: names.module.clone(), head: quote!(#doc #allow pub), items: quote!(#(#items)*) }
    }

    fn columns<'t>(&'t self, table: &Table<'t>) -> Vec<Column<'t>> {
        let idents = &self.names.model(table.at).fields;
        let columns = table.hir.fields.iter().zip(idents).enumerate().filter_map(|(at, (hir, ident))| {
            let id = self.positions.field(table.at, at)?;
            let schema = table.schema.field(id).ok().filter(|field| !field.hidden)?;
            let bare = self.field_type(hir, schema, &quote!(super::));
            let ty = optional(bare.clone(), schema.optional);
            let seen = optional(bare.clone(), schema.optional || may_be_hidden(table.schema, schema));
            let fixed = schema.computed || table.schema.is_kept_by_engine(self.schema, id);
            Some(Column { ident, hir, schema, id: id.0, bare, ty, seen, fixed })
        });
        columns.collect()
    }

    /// The struct that a row becomes.
    fn row(&self, table: &Table<'_>, columns: &[Column<'_>]) -> TokenStream {
        let ty = &self.names.model(table.at).ty;
        let mut lines: Vec<String> = table.hir.docs.iter().map(|line| line.trim().to_owned()).collect();
        if lines.is_empty() {
            lines.push(format!("A row of `{}`.", table.hir.name.text));
        }
        lines.push(String::new());
        lines.push(readers(table.schema));
        let doc = docs(lines.iter().map(String::as_str));
        let fields = columns.iter().filter(|column| column.schema.is_read()).map(|column| {
            let Column { ident, hir, schema, seen, .. } = column;
            let mut lines: Vec<String> = hir.docs.iter().map(|line| line.trim().to_owned()).collect();
            if lines.is_empty() {
                lines.push(format!("The field `{}`.", schema.name));
            }
            if schema.can_be_hidden() {
                lines.extend([String::new(), visibility(schema)]);
            }
            let doc = docs(lines.iter().map(String::as_str));
            quote!(#doc pub #ident: #seen)
        });
        let members = members(columns.iter().filter(|column| column.schema.is_read()));
        quote! {
            #doc
            #[derive(Debug, Clone, PartialEq)]
            pub struct #ty { #(#fields,)* }

            ::zmodel_runtime::object!(row #ty { #members });
        }
    }

    /// The handles that the closures of a query are given.
    fn fields(&self, table: &Table<'_>, columns: &[Column<'_>]) -> TokenStream {
        let model = &self.names.model(table.at).ty;
        let text = format!("The fields and relations of [`{model}`], for the closures of a query.");
        let doc = docs([text.as_str()]);
        let (asked, columns): (Vec<_>, Vec<_>) = columns.iter().partition(|column| !column.schema.params.is_empty());
        let scalars = columns.iter().map(|Column { ident, hir, schema, ty, seen, .. }| {
            let doc = docs_or(&hir.docs, &format!("The field `{}`.", schema.name));
            let sealed = quote!(::zmodel_runtime::secret::Sealed<#ty>);
            // What a row shows is said only where it differs.
            let (held, seen) = match schema.secret {
                Some(Secret::Password) => (&sealed, TokenStream::new()),
                Some(Secret::Encrypted) => (&sealed, quote!(, #seen)),
                None if may_be_hidden(table.schema, schema) && !schema.optional => (ty, quote!(, #seen)),
                None => (ty, TokenStream::new()),
            };
            quote!(#doc pub #ident: ::zmodel_runtime::field::Field<#model, #held #seen>)
        });
        let relations = self.relations(table);
        let relations = relations.iter().map(|(ident, hir, relation)| {
            let doc = docs_or(&hir.docs, &format!("The relation `{}`.", relation.name));
            let ty = self.relation_type(table, model, hir, relation);
            quote!(#doc pub #ident: #ty)
        });
        let methods = self.asked(table, model, &asked);
        quote! {
            #doc
            pub struct Fields { #(#scalars,)* #(#relations,)* }

            #methods

            ::zmodel_runtime::handles!(Fields);
        }
    }

    /// The methods for fields that are computed with arguments.
    fn asked(&self, table: &Table<'_>, model: &Ident, columns: &[&Column<'_>]) -> TokenStream {
        if columns.is_empty() {
            return TokenStream::new();
        }
        let methods = columns.iter().map(|Column { ident, hir, schema, id, ty, seen, .. }| {
            let doc = docs_or(&hir.docs, &format!("The field `{}`, computed with these arguments.", schema.name));
            let names = names::told_apart(hir.params.iter().map(|param| param.name.text.as_str()));
            let types = hir.params.iter().map(|param| self.passed(param.passed, &quote!(super::)));
            let seen = may_be_hidden(table.schema, schema).then(|| quote!(, #seen));
            quote! {
                #doc
                #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "as the schema has it")]
                pub fn #ident(self, #(#names: #types),*) -> ::zmodel_runtime::asked::Asked<#model, #ty #seen> {
                    ::zmodel_runtime::asked::Asked::new(
                        #id,
                        ::std::vec![#(::zmodel_runtime::value::FieldValue::into_value(#names)),*],
                    )
                }
            }
        });
        quote!(impl Fields { #(#methods)* })
    }

    pub(super) fn relations<'t>(&'t self, table: &Table<'t>) -> Vec<(&'t Ident, &'t hir::Field, &'t Relation)> {
        let idents = &self.names.model(table.at).fields;
        let relations = table.hir.fields.iter().zip(idents).enumerate().filter_map(|(at, (hir, ident))| {
            let id = self.positions.relation(table.at, at)?;
            Some((ident, hir, table.schema.relation(id).ok()?))
        });
        relations.collect()
    }

    fn relation_type(&self, table: &Table<'_>, model: &Ident, hir: &hir::Field, relation: &Relation) -> TokenStream {
        let hir::FieldType::Model(at) = hir.ty else { return quote!(()) };
        let names = self.names.model(at);
        let (module, target) = (&names.module, &names.ty);
        if relation.many {
            return quote!(::zmodel_runtime::include::Many<#model, super::#module::#target>);
        }
        // Only where nothing can hide the row, and it is sure to be there, does its absence need no `Option`.
        let always = self.schema.relation_mode == RelationMode::ForeignKeys
            && relation.owner
            && !hir.optional
            && !self.joins_by_hidden(table, relation)
            && self.schema.models.get(relation.target.index()).is_some_and(zmodel_runtime::schema::Model::is_public);
        let presence = if always { quote!(Always) } else { quote!(Maybe) };
        quote! {
            ::zmodel_runtime::include::One<#model, super::#module::#target, ::zmodel_runtime::include::#presence>
        }
    }

    /// Whether a rule can hide a field by which a relation finds its row.
    fn joins_by_hidden(&self, table: &Table<'_>, relation: &Relation) -> bool {
        let target = self.schema.model(relation.target);
        relation.on.iter().any(|(here, there)| {
            let fields = [table.schema.field(*here), target.and_then(|target| target.field(*there))];
            fields.iter().flatten().any(|field| field.can_be_hidden())
        })
    }

    /// What a new row must have.
    fn new_row(&self, table: &Table<'_>, columns: &[Column<'_>]) -> TokenStream {
        let model = &self.names.model(table.at).ty;
        let required: Vec<_> = columns.iter().filter(|column| is_required(column.schema) && !column.fixed).collect();
        let text = format!("What a new [`{model}`] must have; `.set(..)` gives the rest.");
        let doc = docs([text.as_str()]);
        // What refers to another row is either a key or, inside a nested write, the row around it.
        let keys: Vec<&Column<'_>> = required.iter().copied().filter(|column| Self::refers(table, column.id)).collect();
        let params: Vec<String> = keys.iter().map(|column| format!("{}_key", column.schema.name)).collect();
        let keys: Vec<(Ident, &Column<'_>)> =
            names::variants(params.iter().map(String::as_str)).into_iter().zip(keys).collect();
        let param = |column: &Column<'_>| keys.iter().find(|(_, key)| key.id == column.id).map(|(param, _)| param);
        let fields = required.iter().map(|column| {
            let Column { ident, hir, schema, ty, .. } = column;
            let doc = docs_or(&hir.docs, &format!("The field `{}`.", schema.name));
            let ty = param(column).map_or_else(|| ty.clone(), |param| quote!(#param));
            quote!(#doc pub #ident: #ty)
        });
        let with = required.iter().map(|column| {
            let ident = column.ident;
            let with = if param(column).is_some() { quote!(with_key) } else { quote!(with) };
            quote!(.#with(fields.#ident, new.#ident))
        });
        let count = required.len();
        let (default, fields_of, argument) = if required.is_empty() {
            (quote!(, Default), TokenStream::new(), quote!(_))
        } else {
            let handles = quote!(let fields = <#model as ::zmodel_runtime::model::Model>::FIELDS;);
            (TokenStream::new(), handles, quote!(new))
        };
        let (mut declared, mut bound, mut given) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
        if !keys.is_empty() {
            let params: Vec<&Ident> = keys.iter().map(|(param, _)| param).collect();
            let types: Vec<&TokenStream> = keys.iter().map(|(_, column)| &column.ty).collect();
            declared = quote!(<#(#params = #types),*>);
            bound = quote!(<#(#params: ::zmodel_runtime::draft::ForeignKey<#types>),*>);
            given = quote!(<#(#params),*>);
        }
        let params = keys.iter().map(|(param, _)| param);
        let members = members(required.iter().copied());
        quote! {
            #doc
            #[derive(Debug, Clone, PartialEq #default)]
            pub struct New #declared { #(#fields,)* }

            ::zmodel_runtime::object!(new New [#(#params)*] { #members });

            impl #bound ::std::convert::From<New #given> for ::zmodel_runtime::model::Values<#model> {
                fn from(#argument: New #given) -> Self {
                    #fields_of
                    Self::with_capacity(#count) #(#with)*
                }
            }

            impl #bound ::std::convert::From<New #given> for ::zmodel_runtime::draft::Draft<#model> {
                fn from(new: New #given) -> Self {
                    ::zmodel_runtime::model::Values::from(new).into()
                }
            }

            impl #bound New #given {
                /// The row as a draft, which can have more than it must.
                pub fn draft(self) -> ::zmodel_runtime::draft::Draft<#model> {
                    self.into()
                }
            }

            impl ::zmodel_runtime::model::Creatable for #model {
                type New = New;
            }
        }
    }

    /// Whether a field is a part of a foreign key.
    fn refers(table: &Table<'_>, field: u16) -> bool {
        let owners = table.schema.relations.iter().filter(|relation| relation.owner && relation.link.is_none());
        owners.flat_map(|relation| relation.on.iter()).any(|(here, _)| here.0 == field)
    }

    /// What an update may change.
    fn changes(&self, table: &Table<'_>, columns: &[Column<'_>]) -> TokenStream {
        let model = &self.names.model(table.at).ty;
        let text = format!("Changes to a [`{model}`], as a PATCH body brings them: what is absent stays as it is.");
        let doc = docs([text.as_str()]);
        let open: Vec<_> = columns.iter().filter(|column| !column.fixed).collect();
        let fields = open.iter().map(|Column { ident, hir, schema, ty, .. }| {
            let doc = docs_or(&hir.docs, &format!("The field `{}`.", schema.name));
            quote!(#doc pub #ident: ::zmodel_runtime::model::Patch<#ty>)
        });
        let members = members(open.iter().copied());
        let patches = open.iter().map(|Column { ident, .. }| quote!(.patch(fields.#ident, changes.#ident)));
        quote! {
            #doc
            #[derive(Debug, Clone, Default, PartialEq)]
            pub struct Changes { #(#fields,)* }

            ::zmodel_runtime::object!(changes Changes { #members });

            impl ::std::convert::From<Changes> for ::zmodel_runtime::model::Values<#model> {
                fn from(changes: Changes) -> Self {
                    let fields = <#model as ::zmodel_runtime::model::Model>::FIELDS;
                    Self::with_capacity(0) #(#patches)*
                }
            }
        }
    }

    fn writable(&self, table: &Table<'_>) -> TokenStream {
        let model = &self.names.model(table.at).ty;
        let restorable = table.schema.deleted.map(|_| quote!(impl ::zmodel_runtime::model::Restorable for #model {}));
        quote! {
            impl ::zmodel_runtime::model::Writable for #model {
                type Changes = Changes;
            }

            #restorable
        }
    }

    /// A value of one of the unique constraints.
    fn key(&self, table: &Table<'_>, columns: &[Column<'_>]) -> TokenStream {
        let model = &self.names.model(table.at).ty;
        let id = Index { name: "".into(), key: None, fields: table.schema.id.clone() };
        let mut keys: Vec<Vec<&Column<'_>>> = Vec::new();
        for unique in std::iter::once(&id).chain(table.schema.uniques.iter()) {
            let fields: Option<Vec<_>> =
                unique.fields.iter().map(|field| columns.iter().find(|column| column.id == field.0)).collect();
            let Some(fields) = fields else { continue };
            let same = |other: &Vec<&Column<'_>>| other.iter().map(|c| c.id).eq(fields.iter().map(|c| c.id));
            if !fields.is_empty() && !keys.iter().any(same) {
                keys.push(fields);
            }
        }
        let joined = keys.iter().map(|key| key.iter().map(|c| &*c.schema.name).collect::<Vec<_>>().join("_"));
        let joined: Vec<String> = joined.collect();
        let variants = names::variants(joined.iter().map(String::as_str));
        let text = format!("What tells one [`{model}`] from all others.");
        let doc = docs([text.as_str()]);
        // Named in full: a field can have any name that a variable could.
        let handles = quote!(<#model as ::zmodel_runtime::model::Model>::FIELDS);
        let mut members = Vec::new();
        let mut arms = Vec::new();
        for (variant, key) in variants.iter().zip(&keys) {
            let names = key.iter().map(|column| format!("`{}`", column.schema.name)).collect::<Vec<_>>().join(" and ");
            let doc = docs([format!("By {names}.").as_str()]);
            if let [column] = key.as_slice() {
                let Column { ident, bare, .. } = column;
                members.push(quote!(#doc #variant(#bare)));
                arms.push(quote!(Key::#variant(value) => #handles.#ident.eq(value)));
            } else {
                let idents: Vec<_> = key.iter().map(|column| column.ident).collect();
                let types = key.iter().map(|column| &column.bare);
                let docs = key.iter().map(|column| docs([format!("The field `{}`.", column.schema.name).as_str()]));
                let equal = idents.iter().map(|ident| quote!(#handles.#ident.eq(#ident)));
                members.push(quote!(#doc #variant { #(#docs #idents: #types,)* }));
                arms.push(quote!(Key::#variant { #(#idents),* } => #(#equal)&*));
            }
        }
        let from = match (keys.first().map(Vec::as_slice), variants.first()) {
            (Some([column]), Some(variant)) => key_from(column, variant),
            _ => TokenStream::new(),
        };
        quote! {
            #doc
            #[derive(Debug, Clone, PartialEq)]
            pub enum Key { #(#members,)* }

            #from

            impl ::std::convert::From<Key> for ::zmodel_runtime::filter::Filter<#model> {
                fn from(key: Key) -> Self {
                    match key { #(#arms,)* }
                }
            }
        }
    }

    fn model_impl(&self, table: &Table<'_>, columns: &[Column<'_>]) -> TokenStream {
        let model = &self.names.model(table.at).ty;
        let (id, name) = (table.id, &table.hir.name.text);
        let handles = columns.iter().filter(|column| column.schema.params.is_empty());
        let scalars = handles.map(|Column { ident, id, .. }| quote!(#ident: ::zmodel_runtime::field::Field::new(#id)));
        let relations = self.relations(table);
        let relations = (0u16..).zip(&relations).map(|(id, (ident, _, relation))| {
            let handle = if relation.many { quote!(Many) } else { quote!(One) };
            quote!(#ident: ::zmodel_runtime::include::#handle::new(#id))
        });
        let reads = columns.iter().filter(|column| column.schema.is_read()).map(|Column { ident, schema, .. }| {
            let name = &*schema.name;
            quote!(#ident: row.field(#name)?)
        });
        quote! {
            impl ::zmodel_runtime::model::Model for #model {
                const ID: ::zmodel_runtime::schema::ModelId = ::zmodel_runtime::schema::ModelId(#id);
                const NAME: &'static str = #name;
                type Fields = Fields;
                const FIELDS: Fields = Fields { #(#scalars,)* #(#relations,)* };
                type Key = Key;

                fn decode(row: &mut ::zmodel_runtime::model::Row<'_>) -> ::zmodel_runtime::Result<Self> {
                    ::std::result::Result::Ok(Self { #(#reads,)* })
                }
            }
        }
    }
}

/// Whether a field can be nothing to who may not see it, or may not see what it is computed from.
pub(super) fn may_be_hidden(model: &zmodel_runtime::schema::Model, field: &Field) -> bool {
    field.can_be_hidden() || field.computed && model.fields.iter().any(Field::can_be_hidden)
}

/// Whether a new row needs a value from the caller.
fn is_required(field: &Field) -> bool {
    !field.optional && field.default.is_none() && field.updated_at.is_none() && !field.list
}

/// The id alone is enough of a key.
fn key_from(column: &Column<'_>, variant: &Ident) -> TokenStream {
    let bare = &column.bare;
    let text = (column.schema.ty == zmodel_runtime::schema::Type::String).then(|| {
        quote! {
            impl ::std::convert::From<&str> for Key {
                fn from(value: &str) -> Self {
                    Self::#variant(value.to_owned())
                }
            }

            impl ::std::convert::From<&::std::string::String> for Key {
                fn from(value: &::std::string::String) -> Self {
                    Self::#variant(value.clone())
                }
            }
        }
    });
    quote! {
        impl ::std::convert::From<#bare> for Key {
            fn from(value: #bare) -> Self {
                Self::#variant(value)
            }
        }

        #text
    }
}

/// Who sees a field that a rule can hide, in one line.
fn visibility(field: &Field) -> String {
    let about_reading = |effect| {
        let rules = field.rules.iter().map(|field| &field.rule);
        let rules = rules.filter(move |rule| rule.effect == effect && rule.operations.contains(Operation::Read));
        rules.map(|rule| format!("`{}`", rule.text)).collect::<Vec<_>>()
    };
    let (allows, denies) = (about_reading(Effect::Allow), about_reading(Effect::Deny));
    match (allows.is_empty(), denies.is_empty()) {
        (_, true) => format!("Seen only if {}.", allows.join(", or ")),
        (true, false) => format!("Not seen if {}.", denies.join(", or ")),
        (false, false) => format!("Seen only if {}; never if {}.", allows.join(", or "), denies.join(", or ")),
    }
}

/// Who may read a model, in one line.
fn readers(model: &zmodel_runtime::schema::Model) -> String {
    let about_reading = |effect| {
        let rules =
            model.rules.iter().filter(move |rule| rule.effect == effect && rule.operations.contains(Operation::Read));
        rules.map(|rule| format!("`{}`", rule.text)).collect::<Vec<_>>()
    };
    let (allows, denies) = (about_reading(Effect::Allow), about_reading(Effect::Deny));
    if allows.is_empty() {
        return "Readable by nobody: no rule allows it.".to_owned();
    }
    let allowed = if allows.iter().any(|allow| allow == "`true`") {
        "Readable by everybody".to_owned()
    } else {
        format!("Readable if {}", allows.join(", or "))
    };
    if denies.is_empty() { format!("{allowed}.") } else { format!("{allowed}; never if {}.", denies.join(", or ")) }
}

/// What [`zmodel_runtime::object!`] is told of some fields: what they are called here and in the schema.
fn members<'a>(columns: impl Iterator<Item = &'a Column<'a>>) -> TokenStream {
    let members = columns.map(|Column { ident, schema, .. }| {
        let name = &*schema.name;
        quote!(#ident #name)
    });
    quote!(#(#members),*)
}
