//! Where things of the resolved schema are in the lowered one.

use std::collections::BTreeSet;

use zmodel_runtime::schema::{DocumentId, FieldId, ModelId, RelationId, ShapeId};

use super::{reach, small};
use crate::hir::{Auth, Field, FieldType, Schema};

/// From positions in [`hir::Schema`](Schema) to positions in the lowered schema, which leaves things out.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    models: Vec<Option<ModelId>>,
    fields: Vec<Vec<Slot>>,
    shapes: Vec<Auth>,
    members: Vec<Vec<Option<u16>>>,
    documents: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Field(FieldId),
    Relation(RelationId),
    Out,
}

impl Positions {
    /// The positions of everything in `hir`.
    #[must_use]
    pub fn new(hir: &Schema) -> Self {
        let mut positions = Self::default();
        let mut next = 0;
        for model in &hir.models {
            let has_table = !model.ignored;
            positions.models.push(has_table.then(|| {
                next += 1;
                ModelId(small(next - 1))
            }));
            let (mut fields, mut relations) = (0, 0);
            let slots = model.fields.iter().map(|field| match field.ty {
                _ if !has_table => Slot::Out,
                FieldType::Scalar(_) | FieldType::Type(_) | FieldType::Unsupported => {
                    fields += 1;
                    Slot::Field(FieldId(small(fields - 1)))
                }
                FieldType::Model(target) if field.relation.is_some() && !field.ignored && !is_ignored(hir, target) => {
                    relations += 1;
                    Slot::Relation(RelationId(small(relations - 1)))
                }
                _ => Slot::Out,
            });
            positions.fields.push(slots.collect());
        }
        positions.documents = documents(hir);
        if let Some(auth) = hir.auth {
            positions.add_shape(hir, auth, &reach::reached(hir));
        }
        positions
    }

    fn add_shape(&mut self, hir: &Schema, of: Auth, reached: &BTreeSet<reach::Member>) {
        if self.shapes.contains(&of) {
            return;
        }
        let row = matches!(of, Auth::Model(at) if hir.models.get(at).is_some_and(|model| !model.ignored));
        let mut inner = Vec::new();
        let mut next = 0;
        let members = reach::fields(hir, of).iter().enumerate().map(|(at, field)| {
            let known = match reach::leads_to(field) {
                // Of a row only what is mentioned; the rest of it is in the database.
                Some(structure) => {
                    let stored = matches!((of, structure), (Auth::Model(_), Auth::Model(at)) if !is_ignored(hir, at));
                    let known = !(row || stored) || reached.contains(&(of, at));
                    inner.extend(known.then_some(structure));
                    known
                }
                None => matches!(field.ty, FieldType::Scalar(_)),
            };
            // A secret is nothing that a rule could look at.
            (known && !field.ignored && field.secret.is_none()).then(|| {
                next += 1;
                small(next - 1)
            })
        });
        let members = members.collect();
        self.shapes.push(of);
        self.members.push(members);
        for shape in inner {
            self.add_shape(hir, shape, reached);
        }
    }

    /// A model; none if it has no table.
    #[must_use]
    pub fn model(&self, at: usize) -> Option<ModelId> {
        self.models.get(at).copied().flatten()
    }

    /// A scalar field of a model.
    #[must_use]
    pub fn field(&self, model: usize, at: usize) -> Option<FieldId> {
        match self.fields.get(model)?.get(at)? {
            Slot::Field(id) => Some(*id),
            Slot::Relation(_) | Slot::Out => None,
        }
    }

    /// A relation field of a model.
    #[must_use]
    pub fn relation(&self, model: usize, at: usize) -> Option<RelationId> {
        match self.fields.get(model)?.get(at)? {
            Slot::Relation(id) => Some(*id),
            Slot::Field(_) | Slot::Out => None,
        }
    }

    /// What became a shape, in the order of the lowered schema: what `auth()` is, and the structures inside it.
    #[must_use]
    pub fn shapes(&self) -> &[Auth] {
        &self.shapes
    }

    /// The types that fields of tables keep as JSON or that are passed to something, and those inside them, in the order of the lowered schema.
    #[must_use]
    pub fn documents(&self) -> &[usize] {
        &self.documents
    }

    /// The document that a type became.
    #[must_use]
    pub fn document(&self, ty: usize) -> Option<DocumentId> {
        self.documents.iter().position(|document| *document == ty).map(|at| DocumentId(small(at)))
    }

    /// The shape of a model or type.
    #[must_use]
    pub fn shape(&self, of: Auth) -> Option<ShapeId> {
        self.shapes.iter().position(|shape| *shape == of).map(|at| ShapeId(small(at)))
    }

    /// A field of a model or type as a member of its shape.
    #[must_use]
    pub fn member(&self, of: Auth, at: usize) -> Option<u16> {
        let shape = self.shapes.iter().position(|shape| *shape == of)?;
        self.members.get(shape)?.get(at).copied().flatten()
    }

    /// A path of fields from a part of `auth()` as a path of members.
    #[must_use]
    pub fn caller(&self, hir: &Schema, from: Auth, path: &[usize]) -> Option<Vec<u16>> {
        let mut at = Some(from);
        let mut members = Vec::new();
        for step in path {
            let of = at?;
            members.push(self.member(of, *step)?);
            at = reach::leads_to(reach::fields(hir, of).get(*step)?);
        }
        Some(members)
    }
}

fn is_ignored(hir: &Schema, model: usize) -> bool {
    hir.models.get(model).is_some_and(|model| model.ignored)
}

/// The types that fields of tables keep as JSON, or that are passed to something, and those inside them.
fn documents(hir: &Schema) -> Vec<usize> {
    fn held(fields: &[Field]) -> impl Iterator<Item = usize> {
        fields.iter().filter_map(|field| match field.ty {
            FieldType::Type(at) => Some(at),
            _ => None,
        })
    }
    let mut found = BTreeSet::new();
    let tables = hir.models.iter().filter(|model| !model.ignored);
    let passed = hir.passed().filter_map(|passed| match passed.ty {
        FieldType::Type(at) => Some(at),
        _ => None,
    });
    let mut open: Vec<usize> = tables.flat_map(|model| held(&model.fields)).chain(passed).collect();
    while let Some(at) = open.pop() {
        if found.insert(at)
            && let Some(ty) = hir.types.get(at)
        {
            open.extend(held(&ty.fields));
        }
    }
    found.into_iter().collect()
}

/// The members of a type that its JSON has, by position in the type.
pub(super) fn members(fields: &[Field]) -> impl Iterator<Item = (usize, &Field)> {
    let kept = |field: &Field| field.ty != FieldType::Error;
    fields.iter().enumerate().filter(move |(_, field)| kept(field))
}
