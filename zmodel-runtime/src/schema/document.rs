//! Structures that are kept as JSON.

use super::{DocumentId, List, Step, Text, Type, Validation};

/// A `type` of the schema that some field keeps as JSON, or that is part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The name in the schema.
    pub name: Text,
    /// What is in it, in the order of the schema.
    pub members: List<DocumentMember>,
    /// Whether nothing else may be in it (`@@strict`).
    pub strict: bool,
    /// What its members must satisfy together; a [`ValueOperand::Field`](super::ValueOperand::Field) is one of them, by
    /// position.
    pub validations: List<Validation>,
}

/// A member of a [`Document`].
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentMember {
    /// The name in the schema, and in JSON.
    pub name: Text,
    /// What it holds.
    pub ty: DocumentType,
    /// Whether it may be null or missing.
    pub optional: bool,
    /// Whether it holds a list.
    pub list: bool,
    /// What happens to a value that is given for it, in the order of the schema.
    pub steps: List<Step>,
}

/// What a [`DocumentMember`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentType {
    /// A single value.
    Scalar(Type),
    /// Another structure.
    Document(DocumentId),
}

/// The structure that a field keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Which one.
    pub document: DocumentId,
    /// Whether it keeps a list of them.
    pub many: bool,
}

impl Document {
    /// The member called `name`.
    pub fn member(&self, name: &str) -> Option<&DocumentMember> {
        self.members.iter().find(|member| member.name == name)
    }
}
