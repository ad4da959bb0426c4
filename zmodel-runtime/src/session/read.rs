//! Operations that read.

use super::{Session, Spot};
use crate::driver::{Query, QueryKind, Reader, Rows};
use crate::error::{Error, Result};
use crate::gather::{Gather, number};
use crate::guard::{Shape, Verdict};
use crate::plan::{self, Find};
use crate::reading::{Completed, Readings};
use crate::schema::Operation;
use crate::sql::leave_to_reader;
use crate::value::Value;

impl Session {
    pub(in crate::session) async fn run_find(&self, plan: &Find, by_key: bool) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().find(plan)? else { return Ok(self.nothing(plan.model)) };
        let kind = kind(&guarded.shape, by_key);
        let query = self.engine.query(guarded, kind)?;
        let rows = self.run(plan.model, Operation::Read, query, Spot::Alone).await?;
        self.open(plan, rows)
    }

    pub(in crate::session) async fn run_find_by(
        &self,
        plan: &Find,
        by_key: bool,
        reader: &mut dyn Reader,
    ) -> Result<u64> {
        if self.reads_encrypted(plan)? {
            return Box::pin(self.run_find(plan, by_key)).await?.read_by(reader);
        }
        let Some((query, readings)) = self.find_statement(plan, by_key)? else {
            self.nothing(plan.model);
            return Ok(0);
        };
        match &readings {
            None => self.read(plan.model, query, reader).await,
            Some(readings) => self.read(plan.model, query, &mut Completed { readings, reader }).await,
        }
    }

    /// The statement of a read whose rows are read one after the other, and what it leaves to whoever reads them; none if the
    /// caller alone decides that there is nothing.
    pub(crate) fn find_statement(&self, plan: &Find, by_key: bool) -> Result<Option<(Query, Option<Box<Readings>>)>> {
        let Verdict::Run(mut guarded) = self.guard().find(plan)? else { return Ok(None) };
        let kind = kind(&guarded.shape, by_key);
        let readings = leave_to_reader(self.engine.schema(), self.engine.provider(), &mut guarded.shape)?;
        Ok(Some((self.engine.query(guarded, kind)?, readings)))
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

fn kind(shape: &Shape, by_key: bool) -> QueryKind {
    let point = matches!(shape, Shape::Find(select) if select.is_point(by_key));
    if point { QueryKind::Point } else { QueryKind::Read }
}
