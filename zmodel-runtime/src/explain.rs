//! Why a caller sees what he sees: the rules, what they come down to for him, and the SQL that carries them.

use std::fmt;

use serde_json::Value as Json;

use crate::defaults;
use crate::driver::{Query, QueryKind};
use crate::error::Result;
use crate::guard::written;
use crate::json;
use crate::plan;
use crate::schema::{Effect, ModelId, Operation};
use crate::session::Session;
use crate::sql::dialect;
use crate::value::Value;

/// What the rules of a model say of an operation, for one caller: what [`Session::why`] gives. Printed, it is a text for
/// people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Why {
    /// The model.
    pub model: String,
    /// The operation.
    pub operation: Operation,
    /// The rules about it, in the order of the schema.
    pub rules: Vec<WhyRule>,
    /// What they come down to: `true`, `false`, or a condition on the row.
    pub outcome: String,
    /// The fields that this caller does not always see, and when he does.
    pub fields: Vec<(String, String)>,
    /// Whether it is about one new row with values, as [`Session::why_new`] asks.
    pub new: bool,
    /// The SQL that counts the rows in reach, or asks whether the new row is allowed, where the caller alone does not
    /// decide.
    pub sql: Option<Statement>,
}

/// A rule, and when it applies to one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WhyRule {
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Its condition, as it is written in the schema.
    pub text: String,
    /// Where it is written: file, line and column.
    pub place: String,
    /// When it applies to this caller: `true`, `false`, or a condition on the row.
    pub when: String,
}

/// A statement and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// The text, with placeholders.
    pub text: String,
    /// The parameters, in the order of the placeholders, as one would write them.
    pub params: Vec<String>,
}

/// How a query runs: what [`Find::explain`](crate::find::Find::explain) gives. Printed, it is a text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The statement; none if the caller alone decides that there is nothing.
    ///
    /// It leaves out what the client does as well: it does not say in which order related rows are where the values that are
    /// read say as much, and does not repeat a key in each of the rows that it leads to.
    pub sql: Option<Statement>,
    /// The database's plan of it, line by line.
    pub plan: Vec<String>,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.operation.name();
        writeln!(f, "{verb} of {}", self.model)?;
        if self.rules.is_empty() {
            writeln!(f, "  no rule is about it")?;
        }
        for rule in &self.rules {
            let effect = match rule.effect {
                Effect::Allow => "allow",
                Effect::Deny => "deny",
            };
            writeln!(f, "  {effect} if {}   ({})", rule.text, rule.place)?;
            writeln!(f, "    for this caller: {}", outcome(&rule.when))?;
        }
        match (self.outcome.as_str(), self.new) {
            ("true", false) => writeln!(f, "allowed for every row")?,
            ("false", false) => writeln!(f, "allowed for no row")?,
            (condition, false) => writeln!(f, "allowed where {condition}")?,
            ("true", true) => writeln!(f, "this row is allowed")?,
            ("false", true) => writeln!(f, "this row is not allowed")?,
            (condition, true) => writeln!(f, "this row is allowed if {condition}")?,
        }
        for (field, shown) in &self.fields {
            match shown.as_str() {
                "true" => writeln!(f, "`{field}` is always shown")?,
                "false" => writeln!(f, "`{field}` is never shown")?,
                condition => writeln!(f, "`{field}` is shown where {condition}")?,
            }
        }
        let asked = if self.new { "whether it is" } else { "how many these are" };
        self.sql.iter().try_for_each(|sql| write!(f, "in SQL, {asked}:\n{sql}"))
    }
}

fn outcome(when: &str) -> &str {
    match when {
        "true" => "always",
        "false" => "never",
        condition => condition,
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        let params = self.params.iter().zip(1..);
        params.into_iter().try_for_each(|(param, at)| writeln!(f, "  {at}: {param}"))
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sql {
            None => writeln!(f, "the database is not asked: the rules leave nothing for this caller")?,
            Some(sql) => write!(f, "{sql}")?,
        }
        self.plan.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Session {
    /// Explains what the rules of a model say of an operation to the caller of this session. The database is not asked.
    ///
    /// # Errors
    /// A value of the caller cannot be bound.
    pub fn why(&self, model: ModelId, operation: Operation) -> Result<Why> {
        let described = self.schema().model(model)?;
        let reasons = self.guard().reasons(model, operation)?;
        let rules = reasons.rules.into_iter().map(|(rule, when)| {
            let place = &rule.place;
            WhyRule {
                effect: rule.effect,
                text: rule.text.clone().into_owned(),
                place: format!("{}:{}:{}", place.file, place.line, place.column),
                when,
            }
        });
        let fields = reasons.fields.into_iter().map(|(id, shown)| Ok((described.field(id)?.name.to_string(), shown)));
        let sql = reasons.count.map(|count| self.engine().query(Box::new(count), QueryKind::Read)).transpose()?;
        Ok(Why {
            model: described.name.to_string(),
            operation,
            rules: rules.collect(),
            outcome: reasons.whole,
            fields: fields.collect::<Result<_>>()?,
            new: false,
            sql: sql.map(|query| statement(&query)),
        })
    }

    /// Explains what the rules of a model say of a new row to the caller of this session. `data` are its values, as a
    /// create takes them in JSON, without anything along its relations. The database is not asked.
    ///
    /// # Errors
    /// The values are not ones that a create could take.
    pub fn why_new(&self, model: ModelId, data: &Json) -> Result<Why> {
        let mut values = json::new_row(self.schema(), model, data)?;
        defaults::complete(self.schema(), self.caller(), model, &mut values)?;
        let (outcome, asked) = self.guard().reasons_for_new(model, &values)?;
        let sql = asked.map(|asked| self.engine().query(Box::new(asked), QueryKind::Read)).transpose()?;
        let sql = sql.map(|query| statement(&query));
        Ok(Why { outcome, new: true, sql, ..self.why(model, Operation::Create)? })
    }

    /// Explains how a read runs, and asks the database for its plan.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails.
    pub async fn explain(&self, plan: &plan::Find) -> Result<Explained> {
        let Some((query, _)) = self.find_statement(plan, false)? else {
            return Ok(Explained { sql: None, plan: Vec::new() });
        };
        let sql = Some(statement(&query));
        let text = format!("{}{}", dialect(self.engine().provider())?.explain(), query.text);
        let rows = self.run_as_it_is(Query { text: text.into(), ..query }).await?;
        // The last column is the step in words.
        let lines = rows.cells.chunks(rows.width.max(1)).filter_map(|row| match row.last() {
            Some(Value::Text(step)) => Some(step.clone()),
            _ => None,
        });
        Ok(Explained { sql, plan: lines.collect() })
    }
}

fn statement(query: &Query) -> Statement {
    Statement { text: query.text.to_string(), params: written(&query.values) }
}
