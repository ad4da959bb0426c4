//! The schema table: the lowered schema, printed as one static value.

use zmodel_runtime::schema::{
    CallerPath, Condition, Default, Effect, Enum, Field, FieldRule, Generator, Index, Items, Literal, Model, Operand,
    Place, Provider, Relation, Rule, Schema, Shape, ShapeType, Text, Type,
};

use super::rust::{Ident, TokenStream, quote};
use super::{Draft, Emit, allowances};

mod document;
mod validation;

impl Emit<'_> {
    pub(super) fn table(&self) -> Draft {
        let tables: Vec<TableNames<'_>> = self
            .tables()
            .map(|table| {
                let relations = self.relations(&table).into_iter();
                let links = relations.map(|(_, hir, _)| Some(hir.relation.as_ref()?.link.as_ref()?.table.as_str()));
                TableNames { table: &table.hir.table, links: links.collect() }
            })
            .collect();
        let schema = schema(self.schema, &tables);
        let items = quote! {
            use ::std::borrow::Cow::Borrowed;
            use ::zmodel_runtime::schema as s;


            /// The schema, as the engine reads it.
            pub(super) static SCHEMA: s::Schema = #schema;
        };
        Draft { name: Ident::new("schema_table"), head: allowances(), items }
    }
}

/// The names of tables, which the lowered schema keeps to itself.
struct TableNames<'a> {
    /// The model's own table.
    table: &'a str,
    /// The link table of each relation, if it has one.
    links: Vec<Option<&'a str>>,
}

fn schema(schema: &Schema, tables: &[TableNames<'_>]) -> TokenStream {
    let provider = match schema.provider {
        Provider::Sqlite => quote!(Sqlite),
        Provider::Postgresql => quote!(Postgresql),
        Provider::Mysql => quote!(Mysql),
        other => unknown(&other),
    };
    let models = list(schema.models.iter().zip(tables), |(model, table)| self::model(model, table));
    let enums = list(schema.enums.iter(), enumeration);
    let shapes = list(schema.shapes.iter(), shape);
    let documents = list(schema.documents.iter(), document::document);
    let auth = option(schema.auth.map(|id| id.0).map(|id| quote!(s::ShapeId(#id))));
    quote! {
        s::Schema {
            provider: s::Provider::#provider,
            models: #models,
            enums: #enums,
            shapes: #shapes,
            documents: #documents,
            auth: #auth,
        }
    }
}

fn model(model: &Model, names: &TableNames<'_>) -> TokenStream {
    let (name, view, table) = (text(&model.name), model.view, names.table);
    let fields = list(model.fields.iter(), field);
    // The parts of a delegate come after the relations that the schema names.
    let links = names.links.iter().copied().chain(std::iter::repeat(None));
    let relations = list(model.relations.iter().zip(links), |(of, link)| relation(of, link));
    let id = list(model.id.iter(), |id| field_id(id.0));
    let id_key = option(model.id_key.as_ref().map(text));
    let uniques = list(model.uniques.iter(), index);
    let indexes = list(model.indexes.iter(), index);
    let rules = list(model.rules.iter(), rule);
    let discriminator = option(model.discriminator.map(|id| field_id(id.0)));
    let base = option(model.base.as_ref().map(|base| {
        let (model, discriminator, value) = (base.model.0, field_id(base.discriminator.0), text(&base.value));
        quote!(s::Base { model: s::ModelId(#model), discriminator: #discriminator, value: #value })
    }));
    let validations = list(model.validations.iter(), validation::validation);
    quote! {
        s::Model {
            name: #name,
            view: #view,
            table: s::TableName::new(#table),
            fields: #fields,
            relations: #relations,
            id: #id,
            id_key: #id_key,
            uniques: #uniques,
            indexes: #indexes,
            rules: #rules,
            base: #base,
            discriminator: #discriminator,
            validations: #validations,
        }
    }
}

fn field(field: &Field) -> TokenStream {
    let (name, column, ty) = (text(&field.name), text(&field.column), ty(field.ty));
    let rules = list(field.rules.iter(), |FieldRule { rule: said, overrides }| {
        let said = rule(said);
        quote!(s::FieldRule { rule: #said, overrides: #overrides })
    });
    let kept = option(field.kept.map(document::kept));
    let native = option(field.native.as_ref().map(text));
    let default = option(field.default.as_ref().map(default));
    let inherited = option(field.inherited.map(|id| id.0).map(|id| quote!(s::ModelId(#id))));
    let steps = list(field.steps.iter(), validation::step);
    let ignored = field.updated_at.as_ref();
    let updated_at = option(ignored.map(|ignored| list(ignored.iter(), |id| field_id(id.0))));
    let secret = option(field.secret.map(|secret| {
        let secret = Ident::of(&secret);
        quote!(s::Secret::#secret)
    }));
    let Field { list, optional, hidden, omitted, .. } = field;
    quote! {
        s::Field {
            name: #name,
            column: #column,
            ty: #ty,
            list: #list,
            optional: #optional,
            default: #default,
            updated_at: #updated_at,
            hidden: #hidden,
            omitted: #omitted,
            secret: #secret,
            kept: #kept,
            native: #native,
            rules: #rules,
            inherited: #inherited,
            steps: #steps,
        }
    }
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

fn relation(relation: &Relation, table: Option<&str>) -> TokenStream {
    let (name, target, many, owner) = (text(&relation.name), relation.target.0, relation.many, relation.owner);
    let on = list(relation.on.iter(), |(here, there)| {
        let (here, there) = (field_id(here.0), field_id(there.0));
        quote!((#here, #there))
    });
    let link = option(relation.link.as_ref().zip(table).map(|(link, table)| {
        let (here, there) = (text(&link.here), text(&link.there));
        quote!(s::Link { table: s::TableName::new(#table), here: #here, there: #there })
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
        Operand::Inside(part) => {
            let part = document::inside(part);
            quote!(s::Operand::Inside(#part))
        }
        Operand::Now => quote!(s::Operand::Now),
        other => unknown(other),
    }
}

fn enumeration(it: &Enum) -> TokenStream {
    let (name, database) = (text(&it.name), text(&it.database));
    let members = list(it.members.iter(), |member| {
        let (name, stored) = (text(&member.name), text(&member.stored));
        quote!(s::Member { name: #name, stored: #stored })
    });
    quote!(s::Enum { name: #name, database: #database, members: #members })
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
