//! The schema table: the lowered schema, printed as a constant for each model and one static value of all.

use zmodel_runtime::schema::{
    CallerPath, Condition, Default, Effect, Enum, Field, FieldRule, Generator, Index, Items, Literal, Model, Operand,
    Place, Provider, Relation, RelationMode, Rule, Schema, Shape, ShapeType, Text, Type,
};

use super::rust::{Ident, TokenStream, quote};
use super::{Draft, Emit, Table, allowances};
use crate::hir;

mod document;
mod procedure;
mod validation;

impl Emit<'_> {
    /// All but the models themselves; see [`Emit::model_in_table`].
    pub(super) fn table(&self) -> Draft {
        let schema = schema(self.schema, self.tables().map(|table| constant(&table)));
        let items = quote! {
            use ::std::borrow::Cow::Borrowed;
            use ::zmodel_runtime::schema as s;

            /// The schema, as the engine reads it.
            pub(super) static SCHEMA: s::Schema = #schema;
        };
        Draft { name: Ident::new("schema_table"), head: allowances(), items }
    }

    /// A model's part of the table.
    pub(super) fn model_in_table(&self, table: &Table<'_>) -> TokenStream {
        let relations = self.relations(table).into_iter();
        let links = relations.map(|(_, hir, _)| Some(&hir.relation.as_ref()?.link.as_ref()?.table));
        let names = TableNames { table: &table.hir.table, links: links.collect() };
        let (name, model) = (constant(table), model(table.schema, &names));
        quote!(const #name: s::Model = #model;)
    }
}

/// What the constant of a model is called.
fn constant(table: &Table<'_>) -> Ident {
    Ident::new(&format!("MODEL_{}", table.id))
}

/// The names of tables, which the lowered schema keeps to itself.
struct TableNames<'a> {
    /// The model's own table.
    table: &'a hir::Table,
    /// The link table of each relation, if it has one.
    links: Vec<Option<&'a hir::Table>>,
}

fn schema(schema: &Schema, models: impl Iterator<Item = Ident>) -> TokenStream {
    let provider = match schema.provider {
        Provider::Sqlite => quote!(Sqlite),
        Provider::Postgresql => quote!(Postgresql),
        Provider::Mysql => quote!(Mysql),
        other => unknown(&other),
    };
    let relation_mode = match schema.relation_mode {
        RelationMode::ForeignKeys => quote!(ForeignKeys),
        RelationMode::Prisma => quote!(Prisma),
    };
    let enums = list(schema.enums.iter(), enumeration);
    let shapes = list(schema.shapes.iter(), shape);
    let documents = list(schema.documents.iter(), document::document);
    let procedures = list(schema.procedures.iter(), procedure::procedure);
    let auth = option(schema.auth.map(|id| id.0).map(|id| quote!(s::ShapeId(#id))));
    quote! {
        s::Schema {
            provider: s::Provider::#provider,
            relation_mode: s::RelationMode::#relation_mode,
            models: Borrowed(&[#(#models),*]),
            enums: #enums,
            shapes: #shapes,
            documents: #documents,
            procedures: #procedures,
            auth: #auth,
        }
    }
}

/// A model; what it has not is left to [`Model::PLAIN`].
fn model(model: &Model, names: &TableNames<'_>) -> TokenStream {
    // The names say what there is, so that nothing can be added without being printed.
    let Model {
        name,
        view,
        table: _,
        fields,
        relations,
        id,
        id_key,
        uniques,
        indexes,
        rules,
        base,
        discriminator,
        validations,
        deleted,
    } = model;
    let (name, table) = (text(name), table_name(names.table));
    let view = view.then(|| quote!(view: true,));
    let fields = list(fields.iter(), field);
    // The parts of a delegate come after the relations that the schema names.
    let links = names.links.iter().copied().chain(std::iter::repeat(None));
    let relations = filled(relations)
        .map(|all| list(all.iter().zip(links), |(of, link)| relation(of, link)))
        .map(|all| quote!(relations: #all,));
    let id = filled(id).map(|all| list(all.iter(), |id| field_id(id.0))).map(|all| quote!(id: #all,));
    let id_key = id_key.as_ref().map(text).map(|key| quote!(id_key: ::std::option::Option::Some(#key),));
    let uniques = filled(uniques).map(|all| list(all.iter(), index)).map(|all| quote!(uniques: #all,));
    let indexes = filled(indexes).map(|all| list(all.iter(), index)).map(|all| quote!(indexes: #all,));
    let rules = filled(rules).map(|all| list(all.iter(), rule)).map(|all| quote!(rules: #all,));
    let base = base.as_ref().map(|base| {
        let (model, discriminator, value) = (base.model.0, field_id(base.discriminator.0), text(&base.value));
        let base = quote!(s::Base { model: s::ModelId(#model), discriminator: #discriminator, value: #value });
        quote!(base: ::std::option::Option::Some(#base),)
    });
    let discriminator = discriminator.map(|id| field_id(id.0));
    let discriminator = discriminator.map(|id| quote!(discriminator: ::std::option::Option::Some(#id),));
    let validations =
        filled(validations).map(|all| list(all.iter(), validation::validation)).map(|all| quote!(validations: #all,));
    let deleted = deleted.map(|id| field_id(id.0)).map(|id| quote!(deleted: ::std::option::Option::Some(#id),));
    quote! {
        s::Model {
            name: #name,
            table: #table,
            #view
            fields: #fields,
            #relations
            #id
            #id_key
            #uniques
            #indexes
            #rules
            #base
            #discriminator
            #validations
            #deleted
            ..s::Model::PLAIN
        }
    }
}

/// A field; what is not said of it is left to [`Field::PLAIN`].
fn field(field: &Field) -> TokenStream {
    let Field {
        name,
        column,
        ty: of,
        list: many,
        optional,
        default: given,
        updated_at,
        hidden,
        omitted,
        secret,
        computed,
        params,
        full_text,
        fuzzy,
        kept,
        native,
        rules,
        inherited,
        steps,
    } = field;
    let (name, column, ty) = (text(name), text(column), ty(*of));
    let many = many.then(|| quote!(list: true,));
    let optional = optional.then(|| quote!(optional: true,));
    let default = given.as_ref().map(default).map(|value| quote!(default: ::std::option::Option::Some(#value),));
    let updated_at = updated_at.as_ref().map(|ignored| {
        let ignored = list(ignored.iter(), |id| field_id(id.0));
        quote!(updated_at: ::std::option::Option::Some(#ignored),)
    });
    let hidden = hidden.then(|| quote!(hidden: true,));
    let omitted = omitted.then(|| quote!(omitted: true,));
    let secret = secret.map(|secret| Ident::of(&secret));
    let secret = secret.map(|secret| quote!(secret: ::std::option::Option::Some(s::Secret::#secret),));
    let computed = computed.then(|| quote!(computed: true,));
    let params = filled(params).map(|all| list(all.iter(), procedure::param)).map(|all| quote!(params: #all,));
    let full_text = full_text.then(|| quote!(full_text: true,));
    let fuzzy = fuzzy.then(|| quote!(fuzzy: true,));
    let kept = kept.map(document::kept).map(|kept| quote!(kept: ::std::option::Option::Some(#kept),));
    let native = native.as_ref().map(text).map(|native| quote!(native: ::std::option::Option::Some(#native),));
    let rules = filled(rules).map(|all| {
        let all = list(all.iter(), |FieldRule { rule: said, overrides }| {
            let said = rule(said);
            quote!(s::FieldRule { rule: #said, overrides: #overrides })
        });
        quote!(rules: #all,)
    });
    let inherited = inherited.map(|id| id.0);
    let inherited = inherited.map(|id| quote!(inherited: ::std::option::Option::Some(s::ModelId(#id)),));
    let steps = filled(steps).map(|all| list(all.iter(), validation::step)).map(|all| quote!(steps: #all,));
    quote! {
        s::Field {
            name: #name,
            column: #column,
            ty: #ty,
            #many
            #optional
            #default
            #updated_at
            #hidden
            #omitted
            #secret
            #computed
            #params
            #full_text
            #fuzzy
            #kept
            #native
            #rules
            #inherited
            #steps
            ..s::Field::PLAIN
        }
    }
}

/// A list that has something in it.
fn filled<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

fn ty(ty: Type) -> TokenStream {
    match ty {
        Type::Enum(id) => {
            let id = id.0;
            quote!(s::Type::Enum(s::EnumId(#id)))
        }
        plain => {
            let name = Ident::of(&plain);
            quote!(s::Type::#name)
        }
    }
}

fn default(default: &Default) -> TokenStream {
    match default {
        Default::Literal(value) => {
            let value = literal(value);
            quote!(s::Default::Literal(#value))
        }
        Default::Member(at) => quote!(s::Default::Member(#at)),
        Default::List(items) => {
            let items = list(items.iter(), self::default);
            quote!(s::Default::List(#items))
        }
        Default::Now => quote!(s::Default::Now),
        Default::Generated(generator, format) => {
            let format = option(format.as_ref().map(text));
            let generator = match generator {
                Generator::Nanoid(length) => quote!(Nanoid(#length)),
                plain => {
                    let name = Ident::of(plain);
                    quote!(#name)
                }
            };
            quote!(s::Default::Generated(s::Generator::#generator, #format))
        }
        Default::AutoIncrement => quote!(s::Default::AutoIncrement),
        Default::Database(expression) => {
            let expression = text(expression);
            quote!(s::Default::Database(#expression))
        }
        Default::Caller(path) => {
            let path = list(path.iter(), |at| quote!(#at));
            quote!(s::Default::Caller(#path))
        }
        other => unknown(other),
    }
}

fn literal(literal: &Literal) -> TokenStream {
    match literal {
        Literal::Boolean(value) => quote!(s::Literal::Boolean(#value)),
        Literal::Int(value) => quote!(s::Literal::Int(#value)),
        Literal::Number(value) => {
            let value = text(value);
            quote!(s::Literal::Number(#value))
        }
        Literal::String(value) => {
            let value = text(value);
            quote!(s::Literal::String(#value))
        }
    }
}

fn relation(relation: &Relation, table: Option<&hir::Table>) -> TokenStream {
    let (name, target, many, owner) = (text(&relation.name), relation.target.0, relation.many, relation.owner);
    let on = list(relation.on.iter(), |(here, there)| {
        let (here, there) = (field_id(here.0), field_id(there.0));
        quote!((#here, #there))
    });
    let link = option(relation.link.as_ref().zip(table).map(|(link, table)| {
        let (table, here, there) = (table_name(table), text(&link.here), text(&link.there));
        quote!(s::Link { table: #table, here: #here, there: #there })
    }));
    let part = relation.part;
    let on_delete = Ident::of(&relation.on_delete);
    let on_update = Ident::of(&relation.on_update);
    quote! {
        s::Relation {
            name: #name,
            target: s::ModelId(#target),
            on: #on,
            many: #many,
            owner: #owner,
            on_delete: s::ReferentialAction::#on_delete,
            on_update: s::ReferentialAction::#on_update,
            part: #part,
            link: #link,
        }
    }
}

fn index(index: &Index) -> TokenStream {
    let (name, fields) = (text(&index.name), list(index.fields.iter(), |id| field_id(id.0)));
    let key = option(index.key.as_ref().map(text));
    quote!(s::Index { name: #name, key: #key, fields: #fields })
}

fn rule(rule: &Rule) -> TokenStream {
    let effect = match rule.effect {
        Effect::Allow => quote!(Allow),
        Effect::Deny => quote!(Deny),
    };
    let (operations, condition, source) = (rule.operations.0, condition(&rule.condition), text(&rule.text));
    let (moment, place) = (Ident::of(&rule.moment), place(&rule.place));
    quote! {
        s::Rule {
            effect: s::Effect::#effect,
            operations: s::Operations(#operations),
            moment: s::Moment::#moment,
            condition: #condition,
            text: #source,
            place: #place,
        }
    }
}

fn place(place: &Place) -> TokenStream {
    let (file, line, column) = (text(&place.file), place.line, place.column);
    quote!(s::Place { file: #file, line: #line, column: #column })
}

fn condition(it: &Condition) -> TokenStream {
    let inner = match it {
        Condition::Constant(value) => quote!(Constant(#value)),
        Condition::Not(inner) => {
            let inner = condition(inner);
            quote!(Not(s::Node::Static(&#inner)))
        }
        Condition::All(all) => {
            let all = list(all.iter(), condition);
            quote!(All(#all))
        }
        Condition::Any(any) => {
            let any = list(any.iter(), condition);
            quote!(Any(#any))
        }
        Condition::Holds(value) => {
            let value = operand(value);
            quote!(Holds(#value))
        }
        Condition::Compare(comparison, left, right) => {
            let comparison = Ident::of(comparison);
            let (left, right) = (operand(left), operand(right));
            quote!(Compare(s::Comparison::#comparison, #left, #right))
        }
        Condition::In(value, of) => {
            let (value, of) = (operand(value), items(of));
            quote!(In(#value, #of))
        }
        Condition::Text(needle, whole, sought, ignore_case) => {
            let needle = Ident::of(needle);
            let (whole, sought) = (operand(whole), operand(sought));
            quote!(Text(s::Needle::#needle, #whole, #sought, #ignore_case))
        }
        Condition::SameJson(one, other) => {
            let (one, other) = (operand(one), operand(other));
            quote!(SameJson(#one, #other))
        }
        Condition::Search(whole, sought) => {
            let (whole, sought) = (operand(whole), operand(sought));
            quote!(Search(#whole, #sought))
        }
        Condition::IsNull(value) => {
            let value = operand(value);
            quote!(IsNull(#value))
        }
        Condition::Missing(row, through) => {
            let (row, through) = (row.0, list(through.iter(), |id| relation_id(id.0)));
            quote!(Missing(s::Row(#row), #through))
        }
        Condition::Anonymous => quote!(Anonymous),
        Condition::Share(share, all, sought) => {
            let share = Ident::of(share);
            let (all, sought) = (items(all), items(sought));
            quote!(Share(s::Share::#share, #all, #sought))
        }
        Condition::Same(one, other) => {
            let (one, other) = (items(one), items(other));
            quote!(Same(#one, #other))
        }
        Condition::Empty(all) => {
            let all = items(all);
            quote!(Empty(#all))
        }
        Condition::Check(row, through, operation) => {
            let (row, through) = (row.0, list(through.iter(), |id| relation_id(id.0)));
            let operation = Ident::of(operation);
            quote!(Check(s::Row(#row), #through, s::Operation::#operation))
        }
        Condition::Quantified(quantifier, of, inner) => {
            let quantifier = Ident::of(quantifier);
            let (row, through) = (of.row.0, list(of.through.iter(), |id| relation_id(id.0)));
            let (relation, inner) = (relation_id(of.relation.0), condition(inner));
            quote! {
                Quantified(
                    s::Quantifier::#quantifier,
                    s::Collection { row: s::Row(#row), through: #through, relation: #relation },
                    s::Node::Static(&#inner),
                )
            }
        }
        Condition::Brought(quantifier, path, inner) => {
            let quantifier = Ident::of(quantifier);
            let (path, inner) = (caller_path(path), condition(inner));
            quote!(Brought(s::Quantifier::#quantifier, #path, s::Node::Static(&#inner)))
        }
        Condition::Elements(quantifier, part, inner) => {
            let quantifier = Ident::of(quantifier);
            let (part, inner) = (document::inside(part), condition(inner));
            quote!(Elements(s::Quantifier::#quantifier, #part, s::Node::Static(&#inner)))
        }
        other => return unknown(other),
    };
    quote!(s::Condition::#inner)
}

fn items(it: &Items) -> TokenStream {
    match it {
        Items::Written(all) => {
            let all = list(all.iter(), operand);
            quote!(s::Items::Written(#all))
        }
        Items::Caller(path) => {
            let path = caller_path(path);
            quote!(s::Items::Caller(#path))
        }
        Items::Field(row, through, field) => {
            let (row, through) = (row.0, list(through.iter(), |id| relation_id(id.0)));
            let field = field_id(field.0);
            quote!(s::Items::Field(s::Row(#row), #through, #field))
        }
        Items::Inside(part) => {
            let part = document::inside(part);
            quote!(s::Items::Inside(#part))
        }
        other => unknown(other),
    }
}

fn caller_path(path: &CallerPath) -> TokenStream {
    let from = option(path.from.map(|row| row.0).map(|row| quote!(s::Row(#row))));
    let members = list(path.members.iter(), |at| quote!(#at));
    quote!(s::CallerPath { from: #from, members: #members })
}

fn operand(it: &Operand) -> TokenStream {
    match it {
        Operand::Literal(value) => {
            let value = literal(value);
            quote!(s::Operand::Literal(#value))
        }
        Operand::Member(id, at) => {
            let id = id.0;
            quote!(s::Operand::Member(s::EnumId(#id), #at))
        }
        Operand::Field(row, through, field) => {
            let (row, through) = (row.0, list(through.iter(), |id| relation_id(id.0)));
            let field = field_id(field.0);
            quote!(s::Operand::Field(s::Row(#row), #through, #field))
        }
        Operand::Caller(path) => {
            let path = caller_path(path);
            quote!(s::Operand::Caller(#path))
        }
        Operand::CallerJson(path, of) => {
            let (path, of) = (caller_path(path), ty(*of));
            quote!(s::Operand::CallerJson(#path, #of))
        }
        Operand::Inside(part) => {
            let part = document::inside(part);
            quote!(s::Operand::Inside(#part))
        }
        Operand::Now => quote!(s::Operand::Now),
        Operand::Missing => quote!(s::Operand::Missing),
        other => unknown(other),
    }
}

fn table_name(hir::Table { schema, name }: &hir::Table) -> TokenStream {
    match schema {
        Some(schema) => quote!(s::TableName::within(#schema, #name)),
        None => quote!(s::TableName::new(#name)),
    }
}

fn enumeration(it: &Enum) -> TokenStream {
    let (name, database) = (text(&it.name), text(&it.database));
    let schema = option(it.schema.as_ref().map(text));
    let members = list(it.members.iter(), |member| {
        let (name, stored) = (text(&member.name), text(&member.stored));
        quote!(s::Member { name: #name, stored: #stored })
    });
    quote!(s::Enum { name: #name, schema: #schema, database: #database, members: #members })
}

fn shape(shape: &Shape) -> TokenStream {
    let name = text(&shape.name);
    let members = list(shape.members.iter(), |member| {
        let (name, optional, many) = (text(&member.name), member.optional, member.list);
        let of = match member.ty {
            ShapeType::Scalar(scalar) => {
                let scalar = ty(scalar);
                quote!(Scalar(#scalar))
            }
            ShapeType::Shape(id) => {
                let id = id.0;
                quote!(Shape(s::ShapeId(#id)))
            }
        };
        quote!(s::ShapeMember { name: #name, ty: s::ShapeType::#of, optional: #optional, list: #many })
    });
    let id = list(shape.id.iter(), |at| quote!(#at));
    quote!(s::Shape { name: #name, members: #members, id: #id })
}

fn list<T>(items: impl Iterator<Item = T>, print: impl FnMut(T) -> TokenStream) -> TokenStream {
    let items = items.map(print);
    quote!(Borrowed(&[#(#items),*]))
}

fn text(text: &Text) -> TokenStream {
    let text = &**text;
    quote!(Borrowed(#text))
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::std::option::Option::Some(#value)),
        None => quote!(::std::option::Option::None),
    }
}

fn field_id(id: u16) -> TokenStream {
    quote!(s::FieldId(#id))
}

fn relation_id(id: u16) -> TokenStream {
    quote!(s::RelationId(#id))
}

/// A part of the vocabulary that was added without being printed here: the generated code does not compile, rather
/// than leave a rule out.
fn unknown(value: &impl std::fmt::Debug) -> TokenStream {
    let message = format!("zmodel cannot print `{value:?}` yet");
    quote!(compile_error!(#message))
}
