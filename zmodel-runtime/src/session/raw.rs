//! Statements that an application writes itself.

use super::{Session, Spot};
use crate::caller::Caller;
use crate::driver::{Query, Rows};
use crate::error::{Error, Result};

impl Session {
    pub(super) async fn run_raw(&self, query: Query) -> Result<Rows> {
        match self.caller {
            Caller::Unguarded(_) => self.traced("", None, query, Spot::Here).await,
            Caller::Anonymous | Caller::User(..) => {
                Err(Error::invalid("SQL knows no rules, so only an unguarded client can run it"))
            }
        }
    }
}
