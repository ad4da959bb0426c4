//! A resolved schema as the table that the engine reads.

use std::borrow::Cow;

use zmodel_runtime::schema::{
    self, Condition, Default, Effect, EnumId, FieldId, FieldRule, Index, Literal, Member, Moment, Operation,
    Operations, Place, Relation, Rule, Schema, Shape, ShapeMember, ShapeType, TableName, Text,
};

use crate::cores;
use crate::hir;
use crate::source::SourceMap;
use crate::source::Span;

mod condition;
mod document;
mod native;
mod positions;
mod procedure;
mod reach;
mod text;
mod validation;

use condition::Conditions;
pub use positions::Positions;

#[cfg(test)]
mod tests;

/// Lowers a schema without errors. What an error left unknown is left out.
pub fn lower(hir: &hir::Schema, sources: &SourceMap) -> Schema {
    let lowering = Lowering { hir, sources, positions: Positions::new(hir) };
    Schema {
        provider: hir.datasource.as_ref().map_or(schema::Provider::Sqlite, |source| source.provider),
        relation_mode: hir.datasource.as_ref().map_or(schema::RelationMode::ForeignKeys, |source| source.relation_mode),
        models: list(lowering.models()),
        enums: list(hir.enums.iter().map(enumeration)),
        shapes: list(lowering.shapes()),
        documents: list(lowering.documents()),
        procedures: list(lowering.procedures()),
        auth: hir.auth.and_then(|auth| lowering.positions.shape(auth)),
    }
}

#[derive(Debug)]
struct Lowering<'h> {
    hir: &'h hir::Schema,
    sources: &'h SourceMap,
    positions: Positions,
}

fn list<T: Clone>(items: impl IntoIterator<Item = T>) -> schema::List<T> {
    Cow::Owned(items.into_iter().collect())
}

fn name(text: &str) -> Text {
    Cow::Owned(text.to_owned())
}

fn table(table: &hir::Table) -> TableName {
    TableName::owned(table.schema.clone(), table.name.clone())
}

fn small(position: usize) -> u16 {
    u16::try_from(position).unwrap_or(u16::MAX)
}

/// Whether the rules of one kind about updates wait for what the update leaves behind: one of them says `future()`.
fn waits(model: &hir::Model, allow: bool) -> bool {
    let alike = model.rules.iter().filter(|rule| rule.allow == allow);
    alike.filter(|rule| rule.operations.contains(Operation::Update)).any(|rule| rule.condition.compares_states())
}

fn enumeration(declared: &hir::Enum) -> schema::Enum {
    let members = declared.members.iter();
    schema::Enum {
        name: name(&declared.name.text),
        schema: declared.schema.as_deref().map(name),
        database: name(&declared.database),
        members: list(members.map(|member| Member { name: name(&member.name.text), stored: name(&member.stored) })),
    }
}

fn number(text: &str) -> Literal {
    text.parse().map_or_else(|_| Literal::Number(name(text.trim_start_matches('+'))), Literal::Int)
}

impl Lowering<'_> {
    fn models(&self) -> Vec<schema::Model> {
        let models = self.hir.models.iter().enumerate();
        let tables: Vec<_> = models.filter(|(at, _)| self.positions.model(*at).is_some()).collect();
        cores::on_all(&tables, |(at, model)| self.model(*at, model), || ()).0
    }

    fn model(&self, at: usize, model: &hir::Model) -> schema::Model {
        let fields = model.fields.iter().enumerate();
        let columns = fields.clone().filter(|(field, _)| self.positions.field(at, *field).is_some());
        let relations = fields.filter_map(|(field, relation)| self.relation(at, field, relation));
        schema::Model {
            name: name(&model.name.text),
            view: model.view,
            table: table(&model.table),
            fields: list(columns.filter_map(|(_, field)| self.field(at, model, field))),
            relations: list(relations.chain(self.parts(at, model))),
            id: list(self.fields(at, &model.id)),
            id_key: model.id_key.as_deref().map(name),
            uniques: list(model.uniques.iter().map(|unique| self.index(at, model, unique, "key"))),
            indexes: list(model.indexes.iter().map(|index| self.index(at, model, index, "idx"))),
            rules: list(model.rules.iter().flat_map(|rule| self.rule(model, rule))),
            base: self.base(at, model),
            discriminator: model.discriminator.and_then(|field| self.positions.field(at, field)),
            validations: self.validations(&model.validations),
            deleted: model
                .fields
                .iter()
                .position(|field| field.deleted_at)
                .and_then(|field| self.positions.field(at, field)),
        }
    }

    fn base(&self, at: usize, model: &hir::Model) -> Option<schema::Base> {
        let base = model.base.as_ref()?;
        let delegate = self.hir.models.get(base.model)?;
        let discriminator = delegate.fields.get(delegate.discriminator?)?;
        let position = model.fields.iter().position(|field| field.name.text == discriminator.name.text)?;
        let stored = match discriminator.ty {
            hir::FieldType::Scalar(schema::Type::Enum(id)) => {
                let members = &self.hir.enums.get(id.index())?.members;
                &members.iter().find(|member| member.name.text == base.tag)?.stored
            }
            _ => &base.tag,
        };
        Some(schema::Base {
            model: self.positions.model(base.model)?,
            discriminator: self.positions.field(at, position)?,
            value: name(stored),
        })
    }

    /// From a delegate to the models that extend it.
    fn parts(&self, at: usize, model: &hir::Model) -> Vec<Relation> {
        if model.discriminator.is_none() {
            return Vec::new();
        }
        let all = self.hir.models.iter().enumerate();
        let extending = all.filter(|(_, other)| other.base.as_ref().is_some_and(|base| base.model == at));
        let parts = extending.filter_map(|(there, other)| {
            let pairs = model.id.iter().map(|id| {
                let name = &model.fields.get(*id)?.name.text;
                let same = other.fields.iter().position(|field| field.name.text == *name)?;
                Some((self.positions.field(at, *id)?, self.positions.field(there, same)?))
            });
            Some(Relation {
                name: Cow::Owned(format!("delegate_aux_{}", other.name.text)),
                target: self.positions.model(there)?,
                on: list(pairs.collect::<Option<Vec<_>>>()?),
                many: false,
                owner: false,
                on_delete: schema::ReferentialAction::NoAction,
                on_update: schema::ReferentialAction::NoAction,
                part: true,
                link: None,
            })
        });
        parts.collect()
    }

    fn fields(&self, model: usize, fields: &[usize]) -> Vec<FieldId> {
        fields.iter().filter_map(|field| self.positions.field(model, *field)).collect()
    }

    fn field(&self, at: usize, model: &hir::Model, field: &hir::Field) -> Option<schema::Field> {
        let rules = list(field.rules.iter().flat_map(|rule| self.field_rule(model, rule)));
        let updated_at = field.updated_at.as_ref().map(|ignored| list(self.fields(at, ignored)));
        let params = list(self.params(&field.params)?);
        let (ty, list) = match field.ty {
            hir::FieldType::Scalar(ty) => (ty, field.list),
            hir::FieldType::Type(_) => (schema::Type::Json, false),
            hir::FieldType::Unsupported => (schema::Type::Unsupported, field.list),
            hir::FieldType::Model(_) | hir::FieldType::Error => return None,
        };
        Some(schema::Field {
            name: name(&field.name.text),
            column: name(&field.column),
            ty,
            list,
            hidden: field.ignored || ty == schema::Type::Unsupported,
            kept: self.kept(field),
            native: field.native.as_ref().map(|native| native::column_type(native).into()),
            optional: field.optional,
            default: field.default.as_ref().and_then(|default| self.default(default, ty)),
            updated_at,
            omitted: field.omitted,
            secret: field.secret,
            computed: field.computed,
            params,
            full_text: field.full_text,
            fuzzy: field.fuzzy,
            rules,
            inherited: field.inherited.and_then(|base| self.positions.model(base)),
            steps: Cow::Owned(field.steps.clone()),
        })
    }

    fn default(&self, default: &hir::Default, ty: schema::Type) -> Option<Default> {
        Some(match default {
            hir::Default::Bool(value) => Default::Literal(Literal::Boolean(*value)),
            hir::Default::Number(text) => Default::Literal(number(text)),
            hir::Default::String(value) if ty == schema::Type::DateTime => {
                Default::Literal(Literal::String(Cow::Owned(text::instant(value))))
            }
            hir::Default::String(value) => Default::Literal(Literal::String(name(value))),
            hir::Default::Member(at) => Default::Member(small(*at)),
            hir::Default::List(items) => {
                Default::List(list(items.iter().map(|item| self.default(item, ty)).collect::<Option<Vec<_>>>()?))
            }
            hir::Default::Now => Default::Now,
            hir::Default::Generated(generator, format) => Default::Generated(*generator, format.as_deref().map(name)),
            hir::Default::AutoIncrement => Default::AutoIncrement,
            hir::Default::Database(sql) => Default::Database(name(sql)),
            hir::Default::Caller(path) => {
                Default::Caller(list(self.positions.caller(self.hir, self.hir.auth?, path)?))
            }
        })
    }

    fn relation(&self, model: usize, at: usize, field: &hir::Field) -> Option<Relation> {
        self.positions.relation(model, at)?;
        let (hir::FieldType::Model(target), Some(relation)) = (field.ty, &field.relation) else { return None };
        let owner = relation.owns_key();
        // The side without the foreign key reads the pairs of the other side the other way round.
        let straight = owner || relation.link.is_some();
        let (wired, here, there) = if straight {
            (relation, model, target)
        } else {
            let opposite = self.hir.models.get(target)?.fields.get(relation.opposite?)?.relation.as_ref()?;
            (opposite, target, model)
        };
        // A relation that is inherited from a delegate refers to the delegate's fields.
        let of = if straight { there } else { field.inherited.unwrap_or(model) };
        let same = |id: usize| {
            let name = &self.hir.models.get(of)?.fields.get(id)?.name.text;
            self.hir.models.get(there)?.fields.iter().position(|field| field.name.text == *name)
        };
        let pairs = wired.fields.iter().zip(&wired.references).filter_map(|(key, id)| {
            let (key, id) = (self.positions.field(here, *key)?, self.positions.field(there, same(*id)?)?);
            Some(if straight { (key, id) } else { (id, key) })
        });
        Some(Relation {
            name: name(&field.name.text),
            target: self.positions.model(target)?,
            on: list(pairs),
            many: field.list,
            owner,
            on_delete: relation.on_delete,
            on_update: relation.on_update,
            part: false,
            link: relation.link.as_ref().map(|link| {
                let (here, there) = if link.first { ("A", "B") } else { ("B", "A") };
                schema::Link { table: table(&link.table), here: here.into(), there: there.into() }
            }),
        })
    }

    fn index(&self, at: usize, model: &hir::Model, index: &hir::Unique, kind: &str) -> Index {
        let fields = index.fields.iter().filter_map(|field| model.fields.get(*field));
        let columns: Vec<&str> = fields.map(|field| field.column.as_str()).collect();
        let usual = || format!("{}_{}_{kind}", model.table.name, columns.join("_"));
        Index {
            name: Cow::Owned(index.map.clone().unwrap_or_else(usual)),
            key: index.name.as_deref().map(name),
            fields: list(self.fields(at, &index.fields)),
        }
    }

    fn field_rule(&self, model: &hir::Model, field: &hir::FieldRule) -> Vec<FieldRule> {
        let rules = Self::split(&field.rule, |operations, operation| {
            self.rule_about(model, &field.rule, operations, operation, Moment::Now)
        });
        rules.into_iter().map(|rule| FieldRule { rule, overrides: field.overrides }).collect()
    }

    /// A rule of a model, for the operations about which it is the same.
    fn rule(&self, model: &hir::Model, rule: &hir::Rule) -> Vec<Rule> {
        let about = |operations, operation| {
            let moment = if operations == Operations::NONE.with(Operation::Update) && waits(model, rule.allow) {
                Moment::UntilAfter
            } else if rule.condition.compares_states() {
                Moment::SinceBefore
            } else {
                Moment::Now
            };
            self.rule_about(model, rule, operations, operation, moment)
        };
        // Only as a rule about updates it is asked again after them.
        if rule.operations.contains(Operation::Update) && waits(model, rule.allow) {
            let rest = hir::Rule { operations: rule.operations.without(Operation::Update), ..rule.clone() };
            let update = Operations::NONE.with(Operation::Update);
            let mut rules = Self::split(&rest, about);
            rules.push(about(update, Some(Operation::Update)));
            return rules;
        }
        Self::split(rule, about)
    }

    /// One rule for all operations, or one for each if the condition depends on them.
    fn split(rule: &hir::Rule, about: impl Fn(Operations, Option<Operation>) -> Rule) -> Vec<Rule> {
        if rule.operations == Operations::NONE {
            return Vec::new();
        }
        if !condition::depends_on_operation(&rule.condition) {
            return vec![about(rule.operations, None)];
        }
        rule.operations.iter().map(|one| about(Operations::NONE.with(one), Some(one))).collect()
    }

    fn rule_about(
        &self,
        model: &hir::Model,
        rule: &hir::Rule,
        operations: Operations,
        operation: Option<Operation>,
        moment: Moment,
    ) -> Rule {
        let conditions = Conditions { lowering: self, model: &model.name.text, operation };
        Rule {
            effect: if rule.allow { Effect::Allow } else { Effect::Deny },
            operations,
            moment,
            // A condition that is not understood refuses: it never allows, and always denies.
            condition: conditions.condition(&rule.condition).unwrap_or(Condition::Constant(!rule.allow)),
            text: Cow::Owned(text::one_line(self.sources.text(rule.condition.span))),
            place: self.place(rule.span),
        }
    }

    fn place(&self, span: Span) -> Place {
        let file = self.sources.file(span.file).map(|file| file.name.clone()).unwrap_or_default();
        let at = self.sources.line_column(span);
        Place { file: Cow::Owned(file), line: at.line, column: at.column }
    }

    fn shapes(&self) -> Vec<Shape> {
        self.positions.shapes().iter().filter_map(|auth| self.shape(*auth)).collect()
    }

    fn shape(&self, auth: hir::Auth) -> Option<Shape> {
        let (title, fields, id, row) = match auth {
            hir::Auth::Model(at) => {
                let model = self.hir.models.get(at)?;
                (&model.name.text, &model.fields, &model.id, !model.ignored)
            }
            hir::Auth::Type(at) => {
                let ty = self.hir.types.get(at)?;
                (&ty.name.text, &ty.fields, &ty.id, false)
            }
        };
        let members = fields.iter().enumerate().filter_map(|(at, field)| {
            self.positions.member(auth, at)?;
            let ty = match field.ty {
                hir::FieldType::Scalar(ty) => ShapeType::Scalar(ty),
                hir::FieldType::Type(inner) => ShapeType::Shape(self.positions.shape(hir::Auth::Type(inner))?),
                hir::FieldType::Model(inner) => ShapeType::Shape(self.positions.shape(hir::Auth::Model(inner))?),
                hir::FieldType::Unsupported | hir::FieldType::Error => return None,
            };
            // Of a row in a table only the id has to be known to act as that row.
            let optional = field.optional || (row && !id.contains(&at));
            Some(ShapeMember { name: name(&field.name.text), ty, optional, list: field.list })
        });
        Some(Shape {
            name: name(title),
            members: list(members),
            id: list(id.iter().filter_map(|at| self.positions.member(auth, *at))),
        })
    }

    fn enum_id(at: usize) -> EnumId {
        EnumId(small(at))
    }
}
