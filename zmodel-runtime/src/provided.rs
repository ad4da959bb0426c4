//! What a schema leaves to the application.

use crate::computed::Expr;
use crate::error::{Error, Result};
use crate::field::Field;
use crate::model::Model;
use crate::plan;
use crate::schema::{self, FieldId, ModelId, Schema};
use crate::secret::Keys;

/// What a schema leaves to the application, and an engine needs to work with it. A generated client asks for what its
/// schema needs, and for nothing else.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Provided {
    /// The keys for fields marked `@encrypted`.
    pub keys: Option<Keys>,
    /// What the computed fields are.
    pub computed: Vec<Computed>,
}

/// What a computed field is.
#[derive(Debug, Clone)]
pub struct Computed {
    pub(crate) model: ModelId,
    pub(crate) field: FieldId,
    pub(crate) expr: plan::Expr,
}

impl Computed {
    /// A computed field of `M`.
    pub fn new<M: Model, T, S>(field: Field<M, T, S>, expr: Expr<M, T>) -> Self {
        Self { model: M::ID, field: field.id(), expr: expr.plan }
    }
}

impl Provided {
    /// Whether it fits a schema: every computed field is there, and looks at nothing that it cannot look at.
    pub(crate) fn check(&self, schema: &Schema) -> Result<()> {
        for (id, model) in (0..).map(ModelId).zip(schema.models.iter()) {
            let own = |field: &schema::Field| field.computed && field.inherited.is_none();
            for (field_id, field) in (0..).map(FieldId).zip(model.fields.iter()).filter(|(_, field)| own(field)) {
                let name = || format!("`{}.{}`", model.name, field.name);
                let given = self.computed.iter().find(|given| (given.model, given.field) == (id, field_id));
                let given =
                    given.ok_or_else(|| Error::invalid(format!("{} is computed, and nothing says how", name())))?;
                if let Some(closed) = given.expr.closed_field(schema, model) {
                    let why = "which is computed itself or a secret";
                    return Err(Error::invalid(format!("{} cannot be computed from `{closed}`, {why}", name())));
                }
            }
        }
        Ok(())
    }
}
