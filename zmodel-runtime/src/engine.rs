//! The engine: a schema, a database, and the SQL that was made before.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::driver::{Driver, Query, QueryKind, Transaction};
use crate::error::{Error, Result};
use crate::guard::{Guarded, Rulings, Shape, create_tables, flat};
use crate::hooks::Hook;
use crate::procedure::Implementation;
use crate::provided::Provided;
use crate::schema::{Provider, Schema, Secret};
use crate::sql::{self, Statement};
use crate::transaction::Isolation;
use crate::value::Value;

/// So many shapes are kept; an application has a few hundred at most, and what makes more is not worth keeping.
const SHAPES: usize = 4096;

/// A schema and the database that holds its rows. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
    hooks: Arc<[Arc<dyn Hook>]>,
    procedures: Option<Arc<dyn Implementation>>,
    /// Statements that take longer are logged.
    slow: Option<Duration>,
}

struct Inner {
    schema: Cow<'static, Schema>,
    driver: Box<dyn Driver>,
    provided: Provided,
    /// Whether some field is encrypted.
    encrypted: bool,
    rulings: Rulings,
    statements: RwLock<HashMap<Shape, Arc<Kept>, foldhash::fast::RandomState>>,
}

/// A statement that was made before.
struct Kept {
    text: Arc<str>,
    slots: Vec<usize>,
    /// Whether every value is used once, so that it can be moved out.
    once: bool,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("driver", &self.inner.driver).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine for `schema` on `driver`.
    #[must_use]
    pub fn new(schema: impl Into<Cow<'static, Schema>>, driver: impl Driver) -> Self {
        let schema: Cow<'static, Schema> = schema.into();
        let schema = if driver.is_one_schema() { flat(schema) } else { schema };
        let mut fields = schema.models.iter().flat_map(|model| model.fields.iter());
        let encrypted = fields.any(|field| field.secret == Some(Secret::Encrypted));
        let (driver, provided) = (Box::new(driver), Provided::default());
        let rulings = Rulings::new(schema.models.len());
        let inner = Inner { schema, driver, provided, encrypted, rulings, statements: RwLock::default() };
        Self { inner: Arc::new(inner), hooks: Arc::new([]), procedures: None, slow: None }
    }

    /// With a hook that is told of every call, after those that it has already.
    #[must_use]
    pub fn hook(self, hook: impl Hook) -> Self {
        let hook: Arc<dyn Hook> = Arc::new(hook);
        let hooks = self.hooks.iter().cloned().chain([hook]).collect();
        Self { hooks, ..self }
    }

    /// With the implementation of the schema's procedures.
    #[must_use]
    pub fn with_procedures(self, procedures: impl Implementation) -> Self {
        Self { procedures: Some(Arc::new(procedures)), ..self }
    }

    /// With a log of the statements that take longer than `limit`: a warning of `tracing` each, under the target
    /// `zmodel::slow`, with the SQL and without its values.
    #[must_use]
    pub fn log_slower_than(self, limit: Duration) -> Self {
        Self { slow: Some(limit), ..self }
    }

    /// Whether both run on the same driver.
    pub(crate) fn shares_database(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(crate) fn hooks(&self) -> &[Arc<dyn Hook>] {
        &self.hooks
    }

    pub(crate) fn procedures(&self) -> Option<&dyn Implementation> {
        self.procedures.as_deref()
    }

    pub(crate) const fn slow(&self) -> Option<Duration> {
        self.slow
    }

    /// With what the schema leaves to the application.
    ///
    /// # Errors
    /// It does not fit the schema, or the engine is in use already.
    pub fn providing(mut self, provided: Provided) -> Result<Self> {
        provided.check(self.schema())?;
        let Some(inner) = Arc::get_mut(&mut self.inner) else {
            return Err(Error::invalid("what the schema needs is given to an engine before it is cloned"));
        };
        // What was made before was made without it.
        inner.rulings = Rulings::new(inner.schema.models.len());
        inner.provided = provided;
        Ok(self)
    }

    /// Connects to the database at `url`, whose scheme says which driver is meant.
    ///
    /// # Errors
    /// No driver of this build is meant by the URL, or the database cannot be reached.
    pub async fn connect(schema: impl Into<Cow<'static, Schema>>, url: &str) -> Result<Self> {
        #[cfg(feature = "sqlite")]
        if ["sqlite:", "file:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Ok(Self::new(schema, crate::driver::sqlite::Sqlite::open(url)?));
        }
        #[cfg(feature = "postgres")]
        if ["postgresql:", "postgres:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Ok(Self::new(schema, crate::driver::postgres::Postgres::connect(url).await?));
        }
        let _ = schema;
        let asked = url.split_once(':').map_or("", |(scheme, _)| scheme);
        let known = "SQLite's is `sqlite:path` or `sqlite::memory:` (feature `sqlite`), PostgreSQL's \
                     `postgresql://user:password@host/database` (feature `postgres`)";
        Err(Error::invalid(format!("this build has no driver for a `{asked}:` URL; {known}")))
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    /// Makes the tables and indexes that are not there yet; what is there is left as it is.
    ///
    /// Meant for an embedded or a throw-away database; it is no migration.
    ///
    /// # Errors
    /// The database refuses; then nothing was made.
    pub async fn create_tables(&self) -> Result<()> {
        let mut transaction = self.inner.driver.begin().await?;
        for text in create_tables(self.schema(), self.provider())? {
            transaction.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Definition }).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// What the schema leaves to the application.
    pub(crate) fn provided(&self) -> &Provided {
        &self.inner.provided
    }

    /// What the rules came to for callers before.
    pub(crate) fn rulings(&self) -> &Rulings {
        &self.inner.rulings
    }

    /// Whether some field of the schema is encrypted.
    pub(crate) fn has_encrypted(&self) -> bool {
        self.inner.encrypted
    }

    /// The database that the driver speaks to.
    ///
    /// It decides how statements are written. The provider that the schema names is what the schema was checked for:
    /// with the same schema an application can have PostgreSQL, and its tests SQLite.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.inner.driver.provider()
    }

    /// Where the statements run.
    pub(crate) fn driver(&self) -> &dyn Driver {
        &*self.inner.driver
    }

    /// Begins a transaction that is isolated in this way, or in the one that the database is set to.
    pub(crate) async fn begin(&self, isolation: Option<Isolation>) -> Result<Box<dyn Transaction>> {
        let mut transaction = self.inner.driver.begin().await?;
        if let Some(text) = isolation.and_then(|isolation| sql::isolate(self.provider(), isolation)) {
            transaction.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Definition }).await?;
        }
        Ok(transaction)
    }

    /// The statement for a guarded query, with its values in place.
    pub(crate) fn query(&self, mut guarded: Box<Guarded>, kind: QueryKind) -> Result<Query> {
        let Guarded { shape, params } = &mut *guarded;
        let kept = self.kept(shape)?;
        let mut values = Vec::with_capacity(kept.slots.len());
        for slot in &kept.slots {
            let value = params.get_mut(*slot).ok_or_else(|| Error::internal("a slot without a value"))?;
            values.push(if kept.once { std::mem::replace(value, Value::Null) } else { value.clone() });
        }
        Ok(Query { text: Arc::clone(&kept.text), values, kind })
    }

    fn kept(&self, shape: &Shape) -> Result<Arc<Kept>> {
        if let Some(kept) = self.inner.statements.read().unwrap_or_else(PoisonError::into_inner).get(shape) {
            return Ok(Arc::clone(kept));
        }
        let Statement { text, slots } = sql::statement(self.schema(), self.provider(), shape)?;
        let slots: Vec<usize> = slots.into_iter().map(|slot| slot as usize).collect();
        let mut sorted = slots.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let kept = Arc::new(Kept { text: text.into(), once: sorted.len() == slots.len(), slots });
        let mut statements = self.inner.statements.write().unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= SHAPES {
            statements.clear();
        }
        statements.insert(shape.clone(), Arc::clone(&kept));
        Ok(kept)
    }
}
