//! Operations that read.

use super::{Session, Spot};
use crate::driver::{QueryKind, Rows};
use crate::error::{Error, Result};
use crate::guard::{Shape, Verdict};
use crate::plan::{self, Find};
use crate::schema::Operation;
use crate::value::Value;

impl Session {
    pub(in crate::session) async fn run_find(&self, plan: &Find, by_key: bool) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().find(plan)? else { return Ok(self.nothing(plan.model)) };
        let point = matches!(&guarded.shape, Shape::Find(select) if select.is_point(by_key));
        let query = self.engine.query(*guarded, if point { QueryKind::Point } else { QueryKind::Read })?;
        let rows = self.run(plan.model, Operation::Read, query, Spot::Alone).await?;
        self.open(plan, rows)
    }

    pub(in crate::session) async fn run_exists(&self, plan: &plan::Exists) -> Result<bool> {
        let Verdict::Run(guarded) = self.guard().exists(plan)? else {
            self.nothing(plan.model);
            return Ok(false);
        };
        let query = self.engine.query(*guarded, QueryKind::Read)?;
        let rows = self.run(plan.model, Operation::Read, query, Spot::Alone).await?;
        match rows.cells.first() {
            Some(Value::Int(found)) => Ok(*found != 0),
            Some(Value::Bool(found)) => Ok(*found),
            _ => Err(Error::internal("an answer that is neither yes nor no")),
        }
    }

    pub(in crate::session) async fn run_aggregate(&self, plan: &plan::Aggregate) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().aggregate(plan)? else {
            return Err(Error::internal("an aggregate was decided without the database"));
        };
        let query = self.engine.query(*guarded, QueryKind::Read)?;
        self.run(plan.find.model, Operation::Read, query, Spot::Alone).await
    }

    pub(in crate::session) async fn run_group_by(&self, plan: &plan::GroupBy) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().group_by(plan)? else { return Ok(self.nothing(plan.model)) };
        let query = self.engine.query(*guarded, QueryKind::Read)?;
        self.run(plan.model, Operation::Read, query, Spot::Alone).await
    }

    pub(in crate::session) async fn run_count(&self, plan: &plan::Count) -> Result<u64> {
        let model = plan.find.model;
        let Verdict::Run(guarded) = self.guard().count(plan)? else {
            self.nothing(model);
            return Ok(0);
        };
        let query = self.engine.query(*guarded, QueryKind::Read)?;
        let rows = self.run(model, Operation::Read, query, Spot::Alone).await?;
        match rows.cells.first() {
            Some(Value::Int(count)) => u64::try_from(*count).map_err(|_| Error::internal("a negative count")),
            _ => Err(Error::internal("a count without a number")),
        }
    }
}
