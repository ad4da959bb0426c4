//! Many new rows as columns, where a database takes lists: a statement that is the same however many they are.

use super::shape::{InsertColumns, Returning, Shape};
use super::tables::list_type;
use super::{Guard, Verdict, Want};
use crate::error::Result;
use crate::schema::{FieldId, ModelId, Provider};
use crate::value::Value;

/// So many rows go into one statement at most, and so many values.
const ROWS: usize = 16_384;
const VALUES: usize = 262_144;

impl Guard<'_> {
    /// Guards an insert of the first of some rows that have values for the same fields, in the same order: says how many
    /// they are. `None` if the database does not take columns, or if the rules do not allow every row for the caller and
    /// its values alone.
    pub(crate) fn insert_columns(
        mut self,
        model: ModelId,
        rows: &[Vec<(FieldId, Value)>],
        skip: bool,
        want: Want,
    ) -> Result<Option<(Verdict, usize)>> {
        let Some(first) =
            rows.first().filter(|first| self.provider == Provider::Postgresql && rows.len() > 1 && !first.is_empty())
        else {
            return Ok(None);
        };
        let described = self.schema.model(model)?;
        for (id, _) in first {
            if list_type(self.schema, described.field(*id)?)?.is_none() {
                return Ok(None);
            }
        }
        let rows = rows.get(..rows.len().min(ROWS).min(VALUES / first.len().max(1))).unwrap_or(rows);
        let mut open = None;
        let before = self.params.len();
        for row in rows {
            let source = self.open_for_new(model, row)?;
            if !source.is_everything() {
                return Ok(None);
            }
            self.params.truncate(before);
            open.get_or_insert(source);
        }
        let Some(source) = open else { return Ok(None) };
        let mut columns = Vec::with_capacity(first.len());
        for (at, (id, _)) in first.iter().enumerate() {
            let field = described.field(*id)?;
            let column = rows.iter().filter_map(|row| row.get(at)).map(|(_, value)| self.sealed(field, value));
            let values = column.collect::<Result<_>>()?;
            columns.push((*id, self.slot_for_column(Value::List(values))));
        }
        let returning = if want == Want::Number { Returning::Nothing } else { Returning::Keys };
        let insert = InsertColumns { source, columns, skip, returning };
        let count = rows.len();
        Ok(Some((self.finish(Shape::InsertColumns(insert))?, count)))
    }
}
