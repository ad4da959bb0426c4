//! Procedures: what the application does for clients that call it by name.

use super::{DocumentId, List, ModelId, Text, Type};

/// A procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    /// The name in the schema.
    pub name: Text,
    /// Whether it is said to change something. Over HTTP such a one is asked for with POST, the others with GET.
    pub mutation: bool,
    /// What it is given, in the order of the schema.
    pub params: List<Param>,
    /// What it gives; nothing where the schema says `Void`.
    pub returns: Option<Passed>,
}

/// A parameter of a procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name in the schema.
    pub name: Text,
    /// What it is.
    pub passed: Passed,
}

/// What a procedure is given, or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// What one value of it is.
    pub ty: PassedType,
    /// Whether it is a list of such values.
    pub list: bool,
    /// Whether it may be absent.
    pub optional: bool,
}

/// What one value is that a procedure is given, or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassedType {
    /// A single value.
    Scalar(Type),
    /// A structure.
    Document(DocumentId),
    /// A row of a model: the fields that are read, in order.
    Row(ModelId),
}
