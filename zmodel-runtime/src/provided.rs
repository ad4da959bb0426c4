//! What a schema leaves to the application.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::computed::Expr;
use crate::error::{Error, Result};
use crate::field::Field;
use crate::model::Model;
use crate::plan;
use crate::procedure::Arguments;
use crate::schema::{self, FieldId, ModelId, Schema};
use crate::secret::Keys;
use crate::value::Value;

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
    expr: Made,
}

/// How the expression of a computed field is made.
#[derive(Clone)]
enum Made {
    /// It is always the same.
    Once(plan::Expr),
    /// It depends on the arguments.
    Each(Arc<dyn Fn(Arguments) -> Result<plan::Expr> + Send + Sync>),
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once(expr) => f.debug_tuple("Once").field(expr).finish(),
            Self::Each(_) => f.write_str("Each(..)"),
        }
    }
}

impl Computed {
    /// A computed field of `M`.
    pub fn new<M: Model, T, S>(field: Field<M, T, S>, expr: Expr<M, T>) -> Self {
        Self { model: M::ID, field: field.id(), expr: Made::Once(expr.plan) }
    }

    /// A computed field of `M` that is asked with arguments.
    pub fn asked<M: Model, T, S>(
        field: Field<M, T, S>,
        expr: impl Fn(&mut Arguments) -> Result<Expr<M, T>> + Send + Sync + 'static,
    ) -> Self {
        let each = move |mut arguments| Ok(expr(&mut arguments)?.plan);
        Self { model: M::ID, field: field.id(), expr: Made::Each(Arc::new(each)) }
    }

    /// The expression, with these arguments.
    pub(crate) fn with(&self, args: &[Value]) -> Result<Cow<'_, plan::Expr>> {
        match &self.expr {
            Made::Once(expr) => Ok(Cow::Borrowed(expr)),
            Made::Each(each) => each(Arguments::new(args.to_vec())).map(Cow::Owned),
        }
    }

    /// The error for an expression that looks at what it cannot look at.
    pub(crate) fn closed(model: &schema::Model, field: &schema::Field, closed: &str) -> Error {
        let name = format!("`{}.{}`", model.name, field.name);
        Error::invalid(format!("{name} cannot be computed from `{closed}`, which is computed itself or a secret"))
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
                // With arguments it is known only when it is asked.
                if let Made::Once(expr) = &given.expr
                    && let Some(closed) = expr.closed_field(schema, model)
                {
                    return Err(Computed::closed(model, field, closed));
                }
            }
        }
        Ok(())
    }
}
