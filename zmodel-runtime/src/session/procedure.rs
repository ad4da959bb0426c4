//! Calls of procedures.

use super::Session;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::procedure::{Arguments, Implementation};
use crate::schema::{Procedure, ProcedureId};
use crate::validate;
use crate::value::Value;

impl Session {
    /// Calls a procedure of the schema; for generated code. The arguments are in the order of the schema.
    ///
    /// # Errors
    /// The schema does not accept an argument; the application implements no procedures; a hook refuses; the caller has
    /// no rules; otherwise those of the implementation.
    pub async fn procedure(&self, id: ProcedureId, mut arguments: Vec<Value>) -> Result<Value> {
        let procedure = self.schema().procedure(id)?;
        validate::arguments(self.schema(), procedure, &mut arguments)?;
        let implementation = self.implementation(procedure)?;
        self.watched_procedure(procedure, implementation.call(self.clone(), id, Arguments::new(arguments))).await
    }

    fn implementation(&self, procedure: &Procedure) -> Result<&dyn Implementation> {
        let name = &procedure.name;
        if let Caller::Unguarded(_) = self.caller {
            let message = format!("the procedure `{name}` cannot be called without rules: say who calls it");
            return Err(Error::invalid(message));
        }
        let help = "give the application's to `Db::with_procedures`";
        self.engine
            .procedures()
            .ok_or_else(|| Error::invalid(format!("the procedure `{name}` has no implementation; {help}")))
    }
}
