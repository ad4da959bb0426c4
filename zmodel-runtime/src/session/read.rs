//! Operations that read.

use super::{Session, Spot};
use crate::driver::{QueryKind, Reader, Rows};
use crate::error::{Error, Result};
use crate::gather::{Gather, number};
use crate::guard::{Shape, Verdict};
use crate::plan::{self, Find};
use crate::schema::Operation;
use crate::value::Value;

impl Session {
    pub(in crate::session) async fn run_find(&self, plan: &Find, by_key: bool, reader: &mut dyn Reader) -> Result<u64> {
        let Verdict::Run(guarded) = self.guard().find(plan)? else {
            self.nothing(plan.model);
            return Ok(0);
        };
        let point = matches!(&guarded.shape, Shape::Find(select) if select.is_point(by_key));
        let query = self.engine.query(guarded, if point { QueryKind::Point } else { QueryKind::Read })?;
        if self.reads_encrypted(plan)? {
            let rows = Box::pin(self.run(plan.model, Operation::Read, query, Spot::Alone)).await?;
            return self.open(plan, rows)?.read_by(reader);
        }
        self.read(plan.model, query, reader).await
    }

    pub(in crate::session) async fn run_exists(&self, plan: &plan::Exists) -> Result<bool> {
        let Verdict::Run(guarded) = self.guard().exists(plan)? else {
            self.nothing(plan.model);
            return Ok(false);
        };
        let query = self.engine.query(guarded, QueryKind::Read)?;
        let mut answer = Gather::<Option<_>, _>::new(|row| match row.cell()? {
            Value::Int(found) => Ok(found != 0),
            Value::Bool(found) => Ok(found),
            _ => Err(Error::internal("an answer that is neither yes nor no")),
        });
        self.read(plan.model, query, &mut answer).await?;
        answer.into_kept().ok_or_else(|| Error::internal("no answer"))
    }

    pub(in crate::session) async fn run_aggregate(&self, plan: &plan::Aggregate) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().aggregate(plan)? else {
            return Err(Error::internal("an aggregate was decided without the database"));
        };
        let query = self.engine.query(guarded, QueryKind::Read)?;
        self.run(plan.find.model, Operation::Read, query, Spot::Alone).await
    }

    pub(in crate::session) async fn run_group_by(&self, plan: &plan::GroupBy) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().group_by(plan)? else { return Ok(self.nothing(plan.model)) };
        let query = self.engine.query(guarded, QueryKind::Read)?;
        self.run(plan.model, Operation::Read, query, Spot::Alone).await
    }

    pub(in crate::session) async fn run_count(&self, plan: &plan::Count) -> Result<u64> {
        let model = plan.find.model;
        let Verdict::Run(guarded) = self.guard().count(plan)? else {
            self.nothing(model);
            return Ok(0);
        };
        let query = self.engine.query(guarded, QueryKind::Read)?;
        let mut count = Gather::<Option<_>, _>::new(number);
        self.read(model, query, &mut count).await?;
        count.into_kept().ok_or_else(|| Error::internal("a count without a row"))
    }
}
