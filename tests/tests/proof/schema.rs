//! A schema as the proof sees it: enough of the language to ask every question, and printed as text for the compiler.

use std::fmt::{self, Write as _};

use super::Json;
use super::rule::Rule;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Int,
    Text,
    Flag,
    Kind,
    Ints,
}

/// What rows are told apart by where rules hide their ids.
pub(crate) const NUMBER: &str = "n";

pub(crate) const KINDS: [&str; 2] = ["X", "Y"];

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) optional: bool,
    pub(crate) unique: bool,
    /// It says which model a row of a delegate belongs to.
    pub(crate) tag: bool,
    pub(crate) default: Option<Json>,
    pub(crate) rules: Vec<Rule>,
}

/// Where a relation is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// This field of the row holds the id of the row at the other end.
    Key(String, Action),
    /// This field of the rows at the other end holds the id of the row; the flag says whether they can be many.
    Referring(String, bool),
    /// In a table of links; the flag says whether this end comes first there.
    Linked(usize, bool),
}

/// What becomes of a row when what it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Cascade,
    SetNull,
}

#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) target: usize,
    /// The same relation, as its other end calls it.
    pub(crate) back: String,
    pub(crate) end: End,
}

impl Relation {
    pub(crate) fn many(&self) -> bool {
        matches!(self.end, End::Referring(_, true) | End::Linked(..))
    }

    pub(crate) fn key(&self) -> Option<&str> {
        if let End::Key(field, _) = &self.end { Some(field) } else { None }
    }
}

/// A model. One that extends a delegate has all that the delegate has, first.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) relations: Vec<Relation>,
    /// Its own rules, without those of its delegate.
    pub(crate) rules: Vec<Rule>,
    pub(crate) base: Option<usize>,
    pub(crate) delegate: bool,
    /// Its deleted rows stay, marked.
    pub(crate) soft: bool,
}

impl Model {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether rules can hide the ids of its rows. Then they have a number, which everybody sees and which tells them apart.
    pub(crate) fn hides_ids(&self) -> bool {
        self.field(NUMBER).is_some()
    }

    pub(crate) fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) models: Vec<Model>,
    pub(crate) link_tables: usize,
    /// The database has no foreign keys: a key can lead nowhere, and what deletes do to rows that refer is done for it.
    pub(crate) loose: bool,
}

impl Schema {
    pub(crate) fn model(&self, name: &str) -> usize {
        self.models.iter().position(|model| model.name == name).unwrap_or_else(|| panic!("no model {name}"))
    }

    /// The models whose rows are rows of `model`: itself, or those that extend it.
    pub(crate) fn concrete(&self, model: usize) -> Vec<usize> {
        if !self.models[model].delegate {
            return vec![model];
        }
        (0..self.models.len()).filter(|at| self.models[*at].base == Some(model)).collect()
    }

    /// The rules about a model: its own, and those of its delegate.
    pub(crate) fn rules(&self, model: usize) -> impl Iterator<Item = &Rule> {
        let model = &self.models[model];
        let inherited = model.base.map(|base| self.models[base].rules.iter());
        inherited.into_iter().flatten().chain(&model.rules)
    }

    pub(crate) fn print(&self, provider: &str) -> String {
        let mode = if self.loose { " relationMode = 'prisma'" } else { "" };
        let mut text = format!("datasource db {{ provider = '{provider}'{mode} }}\nenum Kind {{ X Y }}\n");
        text += "type Person { id Int @id  a Int?  s String?  f Boolean?  k Kind?  l Int[]  items Item[]?  @@auth }\n";
        text += "type Item { a Int?  s String?  f Boolean? }\n";
        for model in &self.models {
            self.print_model(model, &mut text).unwrap();
        }
        text
    }

    fn print_model(&self, model: &Model, text: &mut String) -> fmt::Result {
        let base = model.base.map(|base| &self.models[base]);
        let extends = base.map(|base| format!(" extends {}", base.name)).unwrap_or_default();
        writeln!(text, "model {}{extends} {{", model.name)?;
        let (fields, relations) = base.map_or((0, 0), |base| (base.fields.len(), base.relations.len()));
        for field in &model.fields[fields..] {
            let ty = match field.ty {
                Type::Int => "Int",
                Type::Text => "String",
                Type::Flag => "Boolean",
                Type::Kind => "Kind",
                Type::Ints => "Int[]",
            };
            let optional = if field.optional { "?" } else { "" };
            write!(text, "  {} {ty}{optional}", field.name)?;
            if field.name == "id" {
                text.push_str(" @id");
            }
            if field.unique {
                text.push_str(" @unique");
            }
            if let Some(default) = &field.default {
                write!(text, " @default({})", Literal(default))?;
            }
            for rule in &field.rules {
                write!(text, " @{rule}")?;
            }
            text.push('\n');
        }
        if model.soft && base.is_none() {
            text.push_str("  gone DateTime? @deletedAt @ignore\n");
        }
        for relation in &model.relations[relations..] {
            let target = &self.models[relation.target];
            let back = target.relation(&relation.back).unwrap();
            // The name of a relation: that of the end that comes first.
            let first = match &relation.end {
                End::Key(..) | End::Linked(_, true) => &relation.name,
                End::Referring(..) | End::Linked(_, false) => &back.name,
            };
            write!(text, "  {} {}", relation.name, target.name)?;
            match &relation.end {
                End::Key(key, action) => {
                    let optional = if model.field(key).is_some_and(|key| key.optional) { "?" } else { "" };
                    let action = format!("{action:?}");
                    write!(
                        text,
                        "{optional} @relation('{first}', fields: [{key}], references: [id], onDelete: {action})"
                    )?;
                }
                End::Referring(_, false) => write!(text, "? @relation('{first}')")?,
                End::Referring(_, true) | End::Linked(..) => write!(text, "[] @relation('{first}')")?,
            }
            text.push('\n');
        }
        for rule in &model.rules {
            writeln!(text, "  @@{rule}")?;
        }
        if model.delegate {
            text.push_str("  @@delegate(tag)\n");
        }
        text.push_str("}\n");
        Ok(())
    }
}

/// A value as the language writes it.
pub(crate) struct Literal<'a>(pub(crate) &'a Json);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Json::String(text) if KINDS.contains(&text.as_str()) => f.write_str(text),
            Json::String(text) => write!(f, "'{text}'"),
            other => write!(f, "{other}"),
        }
    }
}
