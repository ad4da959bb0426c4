//! What the rules of a model come down to for one caller.

use super::shape::{Predicate, Select, Shape};
use super::words::{Words, value};
use super::{Guard, Guarded};
use crate::error::Result;
use crate::schema::{FieldId, ModelId, Operation, Rule};
use crate::value::Value;

/// What the rules of a model come down to.
pub(crate) struct Reasons<'s> {
    /// Each rule about the operation, and when it applies.
    pub(crate) rules: Vec<(&'s Rule, String)>,
    /// All of them together.
    pub(crate) whole: String,
    /// The fields that are not always shown, and when they are.
    pub(crate) fields: Vec<(FieldId, String)>,
    /// The question how many rows there are that the caller may do it with; none if the caller alone decides.
    pub(crate) count: Option<Guarded>,
}

impl<'a> Guard<'a> {
    /// Explains what the rules of `model` say of an operation. The row that is spoken of is the one it is done with; of
    /// a create, the new one.
    pub(crate) fn reasons(mut self, model: ModelId, operation: Operation) -> Result<Reasons<'a>> {
        let schema = self.schema;
        let described = schema.model(model)?;
        let (alias, mut rules) = (self.alias(), Vec::new());
        for rule in described.rules.iter().filter(|rule| rule.operations.contains(operation)) {
            rules.push((rule, self.applies(rule, model, alias)?));
        }
        let whole = self.there(model, operation, alias)?;
        let mut fields = Vec::new();
        if operation == Operation::Read {
            for (id, field) in (0..).map(FieldId).zip(described.fields.iter()) {
                if field.can_be_hidden() {
                    fields.push((id, self.shows(model, id, alias)?));
                }
            }
        }
        let params = std::mem::take(&mut self.params);
        let words = |predicate: &Predicate| Words::new(schema, &params, alias).predicate(predicate);
        let rules = rules.into_iter().map(|(rule, when)| Ok((rule, words(&when)?))).collect::<Result<_>>()?;
        let fields = fields.into_iter().map(|(id, shown)| Ok((id, words(&shown)?))).collect::<Result<_>>()?;
        let count = match whole {
            Predicate::Constant(_) => None,
            _ => self.counting(model, operation)?,
        };
        Ok(Reasons { rules, whole: words(&whole)?, fields, count })
    }

    /// Explains what the rules of `model` say of a new row with these values: what they come down to, and the question
    /// whether they allow it; none if the caller and the values alone decide.
    pub(crate) fn reasons_for_new(
        mut self,
        model: ModelId,
        values: &[(FieldId, Value)],
    ) -> Result<(String, Option<Guarded>)> {
        let source = self.open_for_new(model, values)?;
        let whole = Words::new(self.schema, &self.params, source.alias()).predicate(source.rows())?;
        let decided = source.is_nothing() || source.is_everything();
        Ok((whole, (!decided).then(|| Guarded { shape: Shape::Admits(source), params: self.params })))
    }

    /// With which rows the caller may do something, of those that are there. A new row is not there yet.
    fn there(&mut self, model: ModelId, operation: Operation, alias: super::Alias) -> Result<Predicate> {
        let rows = self.rows(model, operation, alias)?;
        if matches!(operation, Operation::Create | Operation::PostUpdate) {
            return Ok(rows);
        }
        Ok(Predicate::all([rows, self.in_sight(model, self.sight, alias)?]))
    }

    /// The statement that counts the rows of a model with which the caller may do something.
    fn counting(mut self, model: ModelId, operation: Operation) -> Result<Option<Guarded>> {
        self.params.clear();
        let source = match operation {
            // There is no table of rows that do not exist yet.
            Operation::Create => return Ok(None),
            Operation::Update => self.open_for_update(model, &[], &[], &[], self.sight)?,
            other => self.open(model, &[other])?,
        };
        let shape = Shape::Count(Select::new(source, Predicate::TRUE));
        Ok(Some(Guarded { shape, params: self.params }))
    }
}

/// Parameters as one would write them.
pub(crate) fn written(params: &[Value]) -> Vec<String> {
    params.iter().map(value).collect()
}
