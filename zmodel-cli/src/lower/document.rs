//! Structures that are kept as JSON.

use std::borrow::Cow;

use zmodel_runtime::schema::{Document, DocumentMember, DocumentType, Inside, InsideOf, Kept, Row, Text, Type};

use super::condition::Conditions;
use super::positions::members;
use super::{Lowering, list, name};
use crate::hir::{DocumentPath, DocumentStart, Field, FieldType};

impl Lowering<'_> {
    pub(super) fn documents(&self) -> Vec<Document> {
        let types = self.positions.documents().iter().filter_map(|at| self.hir.types.get(*at));
        let documents = types.map(|ty| Document {
            name: name(&ty.name.text),
            members: list(members(&ty.fields).filter_map(|(_, field)| self.member(field))),
            strict: ty.strict,
            validations: self.validations(&ty.validations),
        });
        documents.collect()
    }

    fn member(&self, field: &Field) -> Option<DocumentMember> {
        let ty = match field.ty {
            FieldType::Scalar(ty) => DocumentType::Scalar(ty),
            FieldType::Type(at) => DocumentType::Document(self.positions.document(at)?),
            // Only procedures pass such structures; a row in one is what its members are.
            FieldType::Model(_) | FieldType::Unsupported => DocumentType::Scalar(Type::Json),
            FieldType::Error => return None,
        };
        Some(DocumentMember {
            name: name(&field.name.text),
            ty,
            optional: field.optional,
            list: field.list,
            steps: Cow::Owned(field.steps.clone()),
        })
    }

    /// The structure that a field keeps.
    pub(super) fn kept(&self, field: &Field) -> Option<Kept> {
        match field.ty {
            FieldType::Type(at) => Some(Kept { document: self.positions.document(at)?, many: field.list }),
            _ => None,
        }
    }

    /// The names of members to follow from a type, and what stands at the end.
    pub(super) fn names(&self, ty: usize, path: &[usize]) -> Option<(Vec<Text>, Type)> {
        let (mut names, mut at) = (Vec::with_capacity(path.len()), FieldType::Type(ty));
        for member in path {
            let FieldType::Type(ty) = at else { return None };
            let field = self.hir.types.get(ty)?.fields.get(*member)?;
            names.push(name(&field.name.text));
            at = field.ty;
        }
        match at {
            FieldType::Scalar(ty) => Some((names, ty)),
            FieldType::Type(_) => Some((names, Type::Json)),
            FieldType::Model(_) | FieldType::Unsupported | FieldType::Error => None,
        }
    }
}

impl Conditions<'_> {
    /// A part of a structure.
    pub(super) fn inside(&self, path: &DocumentPath) -> Option<Inside> {
        let (from, ty) = match &path.start {
            DocumentStart::Field(row, field) => {
                let end = self.end(row)?;
                let FieldType::Type(ty) = self.lowering.hir.models.get(end)?.fields.get(*field)?.ty else {
                    return None;
                };
                let (start, through) = self.path(row)?;
                (InsideOf::Field(start, list(through), self.lowering.positions.field(end, *field)?), ty)
            }
            DocumentStart::Element(up, ty) => (InsideOf::Element(Row(*up)), *ty),
        };
        let (names, ty) = self.lowering.names(ty, &path.members)?;
        Some(Inside { from, path: list(names), ty })
    }
}
