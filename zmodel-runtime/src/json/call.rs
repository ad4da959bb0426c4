//! Calls: an operation on a model, with its arguments.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value as Json};

use super::answer::Answer;
use super::fault::{Fault, Parsed, known, unknown};
use super::selection::Selection;
use super::{find, summary, write};
use crate::batch::Prepared;
use crate::driver::{BoxFuture, Rows};
use crate::error::{Error, InputError, Result};
use crate::gather::Gather;
use crate::plan;
use crate::schema::{Model, ModelId, Schema};
use crate::session::Session;

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// An operation of a client, under its name in Prisma and ZenStack: `"findMany".parse()`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// Every operation.
            pub const EVERY: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as Prisma has it: `findMany`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

operations! {
    /// Reads the rows that match: a list.
    FindMany = "findMany",
    /// Reads the first row that matches, or null.
    FindFirst = "findFirst",
    /// Reads the first row that matches, or fails as not found.
    FindFirstOrThrow = "findFirstOrThrow",
    /// Reads the row with a unique key, or null.
    FindUnique = "findUnique",
    /// Reads the row with a unique key, or fails as not found.
    FindUniqueOrThrow = "findUniqueOrThrow",
    /// Whether a row matches.
    Exists = "exists",
    /// Counts the rows that match.
    Count = "count",
    /// Summarizes the rows that match.
    Aggregate = "aggregate",
    /// Summarizes the rows that match, in groups.
    GroupBy = "groupBy",
    /// Inserts a row.
    Create = "create",
    /// Inserts rows; how many.
    CreateMany = "createMany",
    /// Inserts rows and gives them back.
    CreateManyAndReturn = "createManyAndReturn",
    /// Changes the row with a unique key.
    Update = "update",
    /// Changes rows alike; how many.
    UpdateMany = "updateMany",
    /// Changes rows alike and gives them back.
    UpdateManyAndReturn = "updateManyAndReturn",
    /// Changes the row with a unique key, or inserts one.
    Upsert = "upsert",
    /// Changes or inserts rows, each by its unique key; how many.
    UpsertMany = "upsertMany",
    /// Changes or inserts rows, each by its unique key, and gives them back.
    UpsertManyAndReturn = "upsertManyAndReturn",
    /// Deletes the row with a unique key.
    Delete = "delete",
    /// Deletes rows; how many.
    DeleteMany = "deleteMany",
    /// Deletes rows and gives them back as they were.
    DeleteManyAndReturn = "deleteManyAndReturn",
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no operation has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no operation `{0}`")]
pub struct UnknownOperation(String);

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(name: &str) -> Result<Self, UnknownOperation> {
        let found = Self::EVERY.iter().find(|operation| operation.name() == name);
        found.copied().ok_or_else(|| UnknownOperation(name.to_owned()))
    }
}

/// An error about the arguments of a call.
pub(super) fn refused(model: &str, operation: &str, fault: Fault) -> Error {
    if fault.is_broken() {
        return Error::internal(fault.into_message());
    }
    let path = fault.place();
    let (model, operation, message) = (model.to_owned(), operation.to_owned(), fault.into_message());
    Error::Input(Box::new(InputError { model, operation, path, message }))
}

/// The model that a call names: its first letter may be small, as in a client.
fn model<'s>(schema: &'s Schema, name: &str) -> Parsed<(ModelId, &'s Model)> {
    let same = |model: &str| {
        let (mut a, mut b) = (model.chars(), name.chars());
        let first = (a.next(), b.next());
        matches!(first, (Some(a), Some(b)) if a.eq_ignore_ascii_case(&b)) && a.as_str() == b.as_str()
    };
    let found = (0..).map(ModelId).zip(schema.models.iter()).find(|(_, model)| same(&model.name));
    found.ok_or_else(|| unknown(name, schema.models.iter().map(|model| &*model.name)))
}

impl Session {
    /// Calls an operation with JSON arguments in Prisma's shape, and gives its result as plain JSON.
    ///
    /// # Errors
    /// [`Error::Input`] if the arguments are wrong, with their place; otherwise as the operation itself.
    pub async fn call(&self, model: &str, operation: Operation, args: &Json) -> Result<Json> {
        self.answer(model, operation, args).await.map(Answer::into_json)
    }

    /// Calls an operation as [`Session::call`] does, and keeps what JSON cannot tell of the types of its result.
    ///
    /// # Errors
    /// Those of [`Session::call`].
    pub async fn answer(&self, model: &str, operation: Operation, args: &Json) -> Result<Answer> {
        let schema = self.schema();
        let none = Json::Object(Map::new());
        let args = if args.is_null() { &none } else { args };
        let (id, declared) = self::model(schema, model).map_err(|fault| refused("", operation.name(), fault))?;
        let call = Call { session: self, schema, model: id, name: &declared.name, operation };
        if declared.view && !call.reads() {
            let fault = Fault::new("a view cannot be written; write to the models that it is made of");
            return Err(call.refused(fault));
        }
        Box::pin(call.run(args)).await
    }
}

/// A call that is to be made with others: see [`Session::call_all`].
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The model, as [`Session::call`] takes it.
    pub model: String,
    /// The operation.
    pub operation: Operation,
    /// Its arguments.
    pub args: Json,
}

impl Session {
    /// Makes calls one after the other in one transaction, and gives the result of each; all of them are done or none.
    ///
    /// # Errors
    /// That of the first call that fails.
    pub async fn call_all(&self, requests: &[Request]) -> Result<Vec<Json>> {
        Ok(self.answer_all(requests).await?.into_iter().map(Answer::into_json).collect())
    }

    /// Makes calls as [`Session::call_all`] does, and keeps what JSON cannot tell of the types of their results.
    ///
    /// # Errors
    /// Those of [`Session::call_all`].
    pub async fn answer_all(&self, requests: &[Request]) -> Result<Vec<Answer>> {
        self.batch(requests.iter().map(|request| Asked { session: self, request }).collect::<Vec<_>>()).await
    }
}

/// A request and who makes it.
struct Asked<'r> {
    session: &'r Session,
    request: &'r Request,
}

impl Prepared for Asked<'_> {
    type Out = Answer;

    fn asked_by(&self) -> &Session {
        self.session
    }

    fn run_in<'s>(self, session: &'s Session) -> BoxFuture<'s, Result<Answer>>
    where
        Self: 's,
    {
        let Request { model, operation, args } = self.request;
        Box::pin(session.answer(model, *operation, args))
    }
}

/// A call that is being made.
#[derive(Clone, Copy)]
struct Call<'s> {
    session: &'s Session,
    schema: &'s Schema,
    model: ModelId,
    name: &'s str,
    operation: Operation,
}

impl Call<'_> {
    const fn reads(&self) -> bool {
        match self.operation {
            Operation::FindMany
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::Exists
            | Operation::Count
            | Operation::Aggregate
            | Operation::GroupBy => true,
            Operation::Create
            | Operation::CreateMany
            | Operation::CreateManyAndReturn
            | Operation::Update
            | Operation::UpdateMany
            | Operation::UpdateManyAndReturn
            | Operation::Upsert
            | Operation::UpsertMany
            | Operation::UpsertManyAndReturn
            | Operation::Delete
            | Operation::DeleteMany
            | Operation::DeleteManyAndReturn => false,
        }
    }

    fn refused(&self, fault: Fault) -> Error {
        refused(self.name, self.operation.name(), fault)
    }

    fn parsed<T>(&self, parsed: Parsed<T>) -> Result<T> {
        parsed.map_err(|fault| self.refused(fault))
    }

    async fn run(self, args: &Json) -> Result<Answer> {
        match self.operation {
            Operation::FindMany => {
                let (find, selection) = self.parsed(self.many(args))?;
                self.find(&find, false, &selection).await.map(Answer::List)
            }
            Operation::FindFirst | Operation::FindFirstOrThrow => {
                let (mut find, selection) = self.parsed(self.many(args))?;
                if find.take.is_some_and(|take| take != 1) {
                    return Err(self.refused(Fault::new("the first row is one row: `take` can only be 1")));
                }
                find.take = Some(1);
                self.first(self.find(&find, false, &selection).await?)
            }
            Operation::FindUnique | Operation::FindUniqueOrThrow => {
                let (find, selection) = self.parsed(self.unique(args))?;
                self.first(self.find(&find, true, &selection).await?)
            }
            Operation::Exists => {
                let args = self.parsed(known(args, &["where"]))?;
                let filter = self.parsed(write::rows(self.schema, self.model, args))?;
                let found = self.session.exists(&plan::Exists { model: self.model, filter }).await?;
                Ok(Answer::Plain(found.into()))
            }
            Operation::Count => {
                let args = self.parsed(known(args, &["where", "skip", "take", "orderBy", "select"]))?;
                if let Some(select) = args.get("select").filter(|select| !select.is_boolean()) {
                    let read = summary::count_fields(self.schema, self.model, args, select);
                    let (plan, summary) = self.parsed(read)?;
                    return summary::counts(self.schema, &summary, self.session.aggregate(&plan).await?);
                }
                let mut find = plan::Find::new(self.model);
                self.parsed(find::rows(self.schema, &mut find, args))?;
                Ok(Answer::Plain(self.session.count(&plan::Count { find }).await?.into()))
            }
            Operation::Aggregate => {
                let (plan, summary) = self.parsed(summary::aggregate(self.schema, self.model, args))?;
                let rows = self.session.aggregate(&plan).await?;
                let shown = summary.rows(self.schema, rows)?.pop();
                shown.ok_or_else(|| Error::internal("an aggregate without a row"))
            }
            Operation::GroupBy => {
                let (plan, summary) = self.parsed(summary::group_by(self.schema, self.model, args))?;
                summary.rows(self.schema, self.session.group_by(&plan).await?).map(Answer::List)
            }
            Operation::Create => {
                let (plan, selection) = self.parsed(write::create(self.schema, self.model, args))?;
                self.one(self.session.create(plan).await?, &selection)
            }
            Operation::Update => {
                let (plan, selection) = self.parsed(write::update(self.schema, self.model, args))?;
                self.one(self.session.update(plan).await?, &selection)
            }
            Operation::Delete => {
                let (plan, selection) = self.parsed(write::delete(self.schema, self.model, args))?;
                self.one(self.session.delete(plan).await?, &selection)
            }
            Operation::Upsert => {
                let (plan, selection) = self.parsed(write::upsert(self.schema, self.model, args))?;
                self.one(self.session.upsert(plan).await?, &selection)
            }
            Operation::CreateMany
            | Operation::CreateManyAndReturn
            | Operation::UpdateMany
            | Operation::UpdateManyAndReturn
            | Operation::UpsertMany
            | Operation::UpsertManyAndReturn
            | Operation::DeleteMany
            | Operation::DeleteManyAndReturn => self.write_many(args).await,
        }
    }

    /// A write of many rows.
    async fn write_many(self, args: &Json) -> Result<Answer> {
        match self.operation {
            Operation::CreateMany => {
                let plan = self.parsed(write::create_many(self.schema, self.model, args))?;
                Ok(count_answer(self.session.create_many(plan).await?))
            }
            Operation::CreateManyAndReturn => {
                let read = self.parsed(write::create_many_and_return(self.schema, self.model, args))?;
                let (plan, selection, includes) = read;
                self.rows(self.session.create_many_and_return(plan, includes).await?, &selection)
            }
            Operation::UpdateMany => {
                let plan = self.parsed(write::update_many(self.schema, self.model, args))?;
                Ok(count_answer(self.session.update_many(plan).await?))
            }
            Operation::UpdateManyAndReturn => {
                let read = self.parsed(write::update_many_and_return(self.schema, self.model, args))?;
                let (plan, selection, includes) = read;
                self.rows(self.session.update_many_and_return(plan, includes).await?, &selection)
            }
            Operation::UpsertMany => {
                let plan = self.parsed(write::upsert_many(self.schema, self.model, args))?;
                Ok(count_answer(self.session.upsert_many(plan).await?))
            }
            Operation::UpsertManyAndReturn => {
                let (plan, selection, includes) =
                    self.parsed(write::upsert_many_and_return(self.schema, self.model, args))?;
                self.rows(self.session.upsert_many_and_return(plan, includes).await?, &selection)
            }
            Operation::DeleteMany => {
                let plan = self.parsed(write::delete_many(self.schema, self.model, args))?;
                Ok(count_answer(self.session.delete_many(&plan).await?))
            }
            Operation::DeleteManyAndReturn => {
                let (plan, selection, includes) =
                    self.parsed(write::delete_many_and_return(self.schema, self.model, args))?;
                self.rows(self.session.delete_many_and_return(&plan, includes).await?, &selection)
            }
            _ => Err(Error::internal("not a write of many rows")),
        }
    }

    fn many(&self, args: &Json) -> Parsed<(plan::Find, Selection)> {
        find::find(self.schema, self.model, known(args, &find::NESTED)?)
    }

    fn unique(&self, args: &Json) -> Parsed<(plan::Find, Selection)> {
        find::unique(self.schema, self.model, known(args, &["where", "select", "include", "omit"])?)
    }

    async fn find(&self, find: &plan::Find, by_key: bool, selection: &Selection) -> Result<Vec<Answer>> {
        let mut gather = Gather::<Vec<_>, _>::new(|row| selection.row(self.schema, row));
        self.session.find_by(find, by_key, &mut gather).await?;
        Ok(gather.into_kept())
    }

    fn rows(&self, rows: Rows, selection: &Selection) -> Result<Answer> {
        Gather::of(rows, |row| selection.row(self.schema, row)).map(Answer::List)
    }

    fn first(&self, mut rows: Vec<Answer>) -> Result<Answer> {
        let throws = matches!(self.operation, Operation::FindFirstOrThrow | Operation::FindUniqueOrThrow);
        if !rows.is_empty() {
            return Ok(rows.swap_remove(0));
        }
        if throws { Err(Error::NotFound { model: self.name.to_owned() }) } else { Ok(Answer::Null) }
    }

    fn one(&self, rows: Rows, selection: &Selection) -> Result<Answer> {
        let row: Option<_> = Gather::of(rows, |row| selection.row(self.schema, row))?;
        row.ok_or_else(|| Error::internal("a write without a row"))
    }
}

/// `{"count": n}`
fn count_answer(count: u64) -> Answer {
    Answer::Object(vec![("count".to_owned(), Answer::Plain(count.into()))])
}

/// Arguments without what is marked as not given: `{"$undefined": true}`.
#[must_use]
pub fn without_undefined(args: Json) -> Json {
    let undefined = |json: &Json| json.as_object().is_some_and(|o| o.len() == 1 && o.contains_key("$undefined"));
    match args {
        Json::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !undefined(value))
            .map(|(key, value)| (key, without_undefined(value)))
            .collect(),
        Json::Array(items) => items.into_iter().filter(|item| !undefined(item)).map(without_undefined).collect(),
        other => other,
    }
}
