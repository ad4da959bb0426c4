//! Reads: one statement, related rows included.

use sea_query::{Expr, Func, Order, Query, SelectStatement};

use super::{Lower, sqlite};
use crate::error::Result;
use crate::guard::{Column, Include, Select};
use crate::plan::Direction;
use crate::schema::{Field, FieldId, Type};

impl<'a> Lower<'a> {
    /// The fields of the rows in the order of the schema, then one column for each include.
    pub(super) fn find(self, select: &Select) -> Result<SelectStatement> {
        let mut statement = self.rows(select)?;
        for (_, column) in self.columns(select)? {
            statement.expr(column);
        }
        for include in &select.includes {
            statement.expr(self.include(include)?);
        }
        Ok(statement)
    }

    pub(super) fn count(self, select: &Select) -> Result<SelectStatement> {
        if select.take.is_none() && select.skip.is_none() {
            let mut statement = self.rows(select)?;
            statement.expr(Func::count(Expr::cust("*")));
            return Ok(statement);
        }
        let mut limited = self.rows(select)?;
        limited.expr(Expr::cust("1"));
        let mut statement = Query::select();
        statement.expr(Func::count(Expr::cust("*"))).from_subquery(limited, "limited");
        Ok(statement)
    }

    /// FROM, WHERE, ORDER BY, LIMIT and OFFSET.
    fn rows(self, select: &Select) -> Result<SelectStatement> {
        let mut statement = Query::select();
        select.source.place(&mut statement, self.schema, &|predicate| self.predicate(predicate))?;
        if select.filter != crate::guard::Predicate::TRUE {
            statement.and_where(self.predicate(&select.filter)?);
        }
        let model = self.schema.model(select.source.model())?;
        for order in &select.order {
            let column =
                self.column(Column { alias: select.source.alias(), model: select.source.model(), field: order.field })?;
            let column =
                if model.field(order.field)?.ty == Type::Decimal { sqlite::as_decimal(column) } else { column };
            let direction = match order.direction {
                Direction::Ascending => Order::Asc,
                Direction::Descending => Order::Desc,
            };
            statement.order_by_expr(column, direction);
        }
        if let Some(take) = select.take {
            statement.limit(take.0.into());
        }
        if let Some(skip) = select.skip {
            statement.offset(skip.0.into());
        }
        Ok(statement)
    }

    /// The fields of a source that are read, in the order of the schema.
    fn columns(self, select: &Select) -> Result<Vec<(&'a Field, Expr)>> {
        let model = self.schema.model(select.source.model())?;
        let (alias, of) = (select.source.alias(), select.source.model());
        let fields = (0..).map(FieldId).zip(model.fields.iter()).filter(|(_, field)| field.is_read());
        fields.map(|(id, field)| Ok((field, self.column(Column { alias, model: of, field: id })?))).collect()
    }

    /// Related rows as one JSON value: an array of rows, or one row, each an array by position.
    fn include(self, include: &Include) -> Result<Expr> {
        let select = &include.select;
        let mut cells: Vec<Expr> =
            self.columns(select)?.into_iter().map(|(field, column)| sqlite::cell(field, column)).collect();
        for nested in &select.includes {
            cells.push(sqlite::nested(self.include(nested)?));
        }
        let row = sqlite::row(cells);
        if !include.many {
            let mut one = self.rows(select)?;
            one.expr(row);
            return Ok(sub_select(one));
        }
        let mut all = Query::select();
        if select.order.is_empty() && select.take.is_none() && select.skip.is_none() {
            all = self.rows(select)?;
        } else {
            // The order and the limit belong to the rows, not to the one array made of them.
            let mut rows = self.rows(select)?;
            for (field, column) in self.columns(select)? {
                rows.expr_as(column, sea_query::Alias::new(field.column.clone()));
            }
            all.from_subquery(rows, crate::guard::alias(select.source.alias()));
        }
        all.expr(sqlite::rows(row));
        Ok(sub_select(all))
    }
}

fn sub_select(select: SelectStatement) -> Expr {
    Expr::from(sea_query::SubQueryStatement::SelectStatement(select))
}
