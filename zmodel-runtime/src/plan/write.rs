//! Plans that write.

use super::{Filter, Include};
use crate::schema::{FieldId, ModelId};
use crate::value::Value;

/// A row to insert.
#[derive(Debug, Clone, PartialEq)]
pub struct Create {
    /// The model.
    pub model: ModelId,
    /// Values by field; a field that is not here gets its default.
    pub values: Vec<(FieldId, Value)>,
    /// Related rows to bring along when the new row is read back.
    pub includes: Vec<Include>,
}

/// A row to change.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The model.
    pub model: ModelId,
    /// The key of the row: unique fields alone.
    pub key: Filter,
    /// What must hold besides.
    pub when: Option<Filter>,
    /// New values by field.
    pub values: Vec<(FieldId, Value)>,
    /// Related rows to bring along when the row is read back.
    pub includes: Vec<Include>,
}

/// A row to delete.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The model.
    pub model: ModelId,
    /// The key of the row: unique fields alone.
    pub key: Filter,
    /// What must hold besides.
    pub when: Option<Filter>,
}
