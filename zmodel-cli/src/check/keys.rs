//! The fields that rows are found by, each as model and field. Only who needs them should ask: every field of the schema
//! is looked at.

use std::collections::BTreeSet;

use crate::hir::{Field, FieldType, Schema};

/// Ids, foreign keys and what these refer to, if a field of the schema is one that makes it matter.
pub(super) fn keys(schema: &Schema, matters: impl Fn(&Field) -> bool) -> BTreeSet<(usize, usize)> {
    let mut keys = BTreeSet::new();
    if !schema.models.iter().any(|model| model.fields.iter().any(&matters)) {
        return keys;
    }
    for (at, model) in schema.models.iter().enumerate() {
        keys.extend(model.id.iter().map(|of| (at, *of)));
        for field in &model.fields {
            let (FieldType::Model(target), Some(relation)) = (field.ty, &field.relation) else { continue };
            keys.extend(relation.fields.iter().map(|of| (at, *of)));
            keys.extend(relation.references.iter().map(|of| (target, *of)));
        }
    }
    keys
}

/// All that the database compares by itself: [`keys`], and what unique constraints, indexes and delegates are about.
pub(super) fn compared(schema: &Schema, matters: impl Fn(&Field) -> bool) -> BTreeSet<(usize, usize)> {
    let mut keys = keys(schema, matters);
    if !keys.is_empty() {
        for (at, model) in schema.models.iter().enumerate() {
            let indexes = model.uniques.iter().chain(&model.indexes).flat_map(|index| &index.fields);
            keys.extend(indexes.chain(&model.discriminator).map(|of| (at, *of)));
        }
    }
    keys
}
