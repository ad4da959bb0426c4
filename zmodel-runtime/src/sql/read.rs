//! Reads: one statement, related rows included.

use sea_query::{
    Alias as Iden, Expr, ExprTrait, Func, NullOrdering, OrderedStatement, OverStatement, Query, SelectStatement,
    WindowStatement,
};

use super::Lower;
use crate::error::Result;
use crate::guard::{Column, Groups, Include, Limit, Measure, Order, Predicate, Select, Slot};
use crate::plan::{Direction, Nulls};
use crate::schema::{Field, FieldId, Model};

impl<'a> Lower<'a> {
    /// The fields of the rows, then one column for each include, then the values of the order if they are asked for.
    pub(super) fn find(self, select: &Select) -> Result<SelectStatement> {
        let mut statement = self.rows(select)?;
        for (field, column) in self.columns(select)? {
            statement.expr(self.dialect.read(field, column));
        }
        for include in &select.includes {
            statement.expr(match include {
                Include::Asked(column, value) => self.dialect.read(self.field(*column)?, self.scalar(value)?),
                related => self.include(related)?,
            });
        }
        if select.places {
            for order in &select.order {
                statement.expr(self.scalar(&order.value)?);
            }
        }
        Ok(statement)
    }

    pub(super) fn count(self, select: &Select) -> Result<SelectStatement> {
        self.aggregate(select, &[Measure::Rows])
    }

    pub(super) fn exists(self, select: &Select) -> Result<SelectStatement> {
        let mut inside = self.rows(select)?;
        inside.expr(Expr::cust("1"));
        let mut statement = Query::select();
        statement.expr(Expr::exists(inside));
        Ok(statement)
    }

    pub(super) fn aggregate(self, select: &Select, measures: &[Measure]) -> Result<SelectStatement> {
        let mut statement = if select.is_plain() { self.rows(select)? } else { self.derived(select)? };
        for measure in measures {
            statement.expr(self.measure(*measure)?);
        }
        Ok(statement)
    }

    pub(super) fn groups(self, groups: &Groups) -> Result<SelectStatement> {
        let mut statement = Query::select();
        groups.source.place(&mut statement, self.schema, &|predicate| self.predicate(predicate))?;
        if groups.filter != Predicate::TRUE {
            statement.and_where(self.predicate(&groups.filter)?);
        }
        let mut inside = Vec::with_capacity(groups.by.len() + groups.measures.len());
        for column in &groups.by {
            inside.push(self.column(*column)?);
            statement.add_group_by([self.column(*column)?]);
        }
        if groups.by.is_empty() {
            // All rows are one group, and no rows are none.
            statement.and_having(Expr::from(Func::count(Expr::cust("*"))).gt(Expr::cust("0")));
        }
        for measure in &groups.measures {
            inside.push(self.measure(*measure)?);
        }
        if groups.having != Predicate::TRUE {
            statement.and_having(self.predicate(&groups.having)?);
        }
        if !groups.from_end {
            statement.exprs(inside);
            self.order(&mut statement, &groups.order, false)?;
            limit(&mut statement, groups.take, groups.skip);
            return Ok(statement);
        }
        // The last groups are the first ones of the order turned around, and then turned around again.
        let name = |kind: &str, at: usize| Iden::new(format!("{kind}{at}"));
        let mut turned = Query::select();
        for (at, column) in inside.into_iter().enumerate() {
            statement.expr_as(column, name("c", at));
            turned.column(name("c", at));
        }
        for (at, order) in groups.order.iter().enumerate() {
            statement.expr_as(self.ordered(order)?, name("o", at));
            put(&mut turned, self.collated(order, Expr::col(name("o", at)))?, order, false);
        }
        self.order(&mut statement, &groups.order, true)?;
        limit(&mut statement, groups.take, groups.skip);
        turned.from_subquery(statement, crate::guard::alias(groups.source.alias()));
        Ok(turned)
    }

    /// FROM, WHERE, ORDER BY, LIMIT and OFFSET.
    fn rows(self, select: &Select) -> Result<SelectStatement> {
        let mut statement = Query::select();
        let alias = crate::guard::alias(select.source.alias());
        let filter = if select.filter == Predicate::TRUE { None } else { Some(self.predicate(&select.filter)?) };
        // Rules are longer than most filters, and databases ask what stands first. But what could fail would tell of rows
        // that the rules hide, so it is asked of the others alone.
        let (before, after) = if select.filter.cannot_fail() { (filter, None) } else { (None, filter) };
        statement.and_where_option(before);
        select.source.place(&mut statement, self.schema, &|predicate| self.predicate(predicate))?;
        statement.and_where_option(after);
        if !select.distinct.is_empty() {
            let model = self.schema.model(select.source.model())?;
            let place = Iden::new(unused_name(model));
            let mut window = WindowStatement::new();
            for field in &select.distinct {
                let column = Column { alias: select.source.alias(), model: select.source.model(), field: *field };
                window.add_partition_by(self.column(column)?);
            }
            self.order(&mut window, &select.order, false)?;
            self.all_columns(&mut statement, select)?;
            statement.expr_window_as(Func::cust("row_number"), window, place.clone());
            let ranked = std::mem::replace(&mut statement, Query::select());
            statement.from_subquery(ranked, alias.clone());
            statement.and_where(Expr::col((alias.clone(), place)).eq(Expr::cust("1")));
            if select.beyond != Predicate::TRUE {
                statement.and_where(self.predicate(&select.beyond)?);
            }
        }
        self.order(&mut statement, &select.order, select.from_end)?;
        limit(&mut statement, select.take, select.skip);
        if select.from_end {
            // The last rows are the first ones of the order turned around, and then turned around again.
            self.all_columns(&mut statement, select)?;
            let last = std::mem::replace(&mut statement, Query::select());
            statement.from_subquery(last, alias);
            self.order(&mut statement, &select.order, false)?;
        }
        Ok(statement)
    }

    /// The rows as a table of their own, under the name of their source.
    fn derived(self, select: &Select) -> Result<SelectStatement> {
        let mut rows = self.rows(select)?;
        self.all_columns(&mut rows, select)?;
        let mut derived = Query::select();
        derived.from_subquery(rows, crate::guard::alias(select.source.alias()));
        Ok(derived)
    }

    /// Every column of a source, such that what is around the statement can look at it as at the source.
    fn all_columns(self, statement: &mut SelectStatement, select: &Select) -> Result<()> {
        let of = select.source.model();
        for (id, field) in (0..).map(FieldId).zip(self.schema.model(of)?.fields.iter()) {
            if !select.source.has(id, field) {
                continue;
            }
            let column = self.stored(Column { alias: select.source.alias(), model: of, field: id })?;
            statement.expr_as(column, Iden::new(field.column.clone()));
        }
        Ok(())
    }

    fn order(self, statement: &mut impl OrderedStatement, orders: &[Order], turned: bool) -> Result<()> {
        for order in orders {
            put(statement, self.ordered(order)?, order, turned);
        }
        Ok(())
    }

    /// The value that an order is by, such that the database compares it as it should.
    fn ordered(self, order: &Order) -> Result<Expr> {
        self.collated(order, self.scalar(&order.value)?)
    }

    fn collated(self, order: &Order, value: Expr) -> Result<Expr> {
        Ok(if self.is_decimal(&order.value)? { self.dialect.as_decimal(value) } else { value })
    }

    /// The fields of a source that are read.
    fn columns(self, select: &Select) -> Result<Vec<(&'a Field, Expr)>> {
        let model = self.schema.model(select.source.model())?;
        let (alias, of) = (select.source.alias(), select.source.model());
        let column = |id: FieldId| Ok((model.field(id)?, self.stored(Column { alias, model: of, field: id })?));
        if let Some(fields) = &select.fields {
            let ids = select.source.id(self.schema)?;
            let key = |field: FieldId| {
                let at = model.id.iter().position(|id| *id == field).filter(|_| select.keys);
                match at.and_then(|at| ids.get(at)) {
                    Some(id) => Ok((model.field(field)?, Expr::col((crate::guard::alias(alias), id.clone())))),
                    None => column(field),
                }
            };
            return fields.iter().copied().map(key).collect();
        }
        model.read_fields().map(|(id, _)| column(id)).collect()
    }

    /// Related rows as one value: all of them, or one, each the cells by position; or their number.
    fn include(self, include: &Include) -> Result<Expr> {
        Ok(sub_select(match include {
            Include::Asked(column, value) => return Ok(self.dialect.cell(self.field(*column)?, self.scalar(value)?)),
            Include::Count(select) => self.count(select)?,
            Include::One(select) => {
                let mut one = self.rows(select)?;
                one.expr(self.row(select)?);
                one
            }
            Include::Many(select) => {
                let mut rows = self.rows(select)?;
                if let Some(array) = self.dialect.array(rows.expr(self.row(select)?)) {
                    return Ok(array);
                }
                // An order and a limit belong to the rows, not to the one array made of them.
                let mut all = if select.is_plain() { self.rows(select)? } else { self.derived(select)? };
                all.expr(self.dialect.rows(self.cells(select)?));
                all
            }
        }))
    }

    /// A row with what it brings along, as one value.
    fn row(self, select: &Select) -> Result<Expr> {
        self.cells(select).map(|cells| self.dialect.row(cells))
    }

    /// The cells of a row with what it brings along.
    fn cells(self, select: &Select) -> Result<Vec<Expr>> {
        let columns = self.columns(select)?.into_iter();
        let mut cells: Vec<Expr> = columns.map(|(field, column)| self.dialect.cell(field, column)).collect();
        for nested in &select.includes {
            cells.push(match nested {
                Include::Count(_) | Include::Asked(..) => self.include(nested)?,
                Include::One(_) | Include::Many(_) => self.dialect.nested(self.include(nested)?),
            });
        }
        Ok(cells)
    }

    /// A value made of many rows.
    pub(super) fn measure(self, measure: Measure) -> Result<Expr> {
        let Measure::Of(function, column) = measure else { return Ok(Func::count(Expr::cust("*")).into()) };
        let field = self.schema.model(column.model)?.field(column.field)?;
        Ok(self.dialect.measure(function, field, self.column(column)?))
    }
}

/// A name that no column of the model has.
fn unused_name(model: &Model) -> String {
    let mut name = "place".to_owned();
    while model.fields.iter().any(|field| field.column.eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    name
}

fn put(statement: &mut impl OrderedStatement, value: Expr, order: &Order, turned: bool) {
    let ascending = (order.direction == Direction::Ascending) != turned;
    let direction = if ascending { sea_query::Order::Asc } else { sea_query::Order::Desc };
    match order.nulls {
        None => statement.order_by_expr(value, direction),
        Some(nulls) => {
            let first = (nulls == Nulls::First) != turned;
            let nulls = if first { NullOrdering::First } else { NullOrdering::Last };
            statement.order_by_expr_with_nulls(value, direction, nulls)
        }
    };
}

fn limit(statement: &mut SelectStatement, take: Option<Limit>, skip: Option<Slot>) {
    match take {
        None => {}
        Some(Limit::One) => {
            statement.limit(super::ONE);
        }
        Some(Limit::Slot(take)) => {
            statement.limit(take.at.into());
        }
    }
    if let Some(skip) = skip {
        statement.offset(skip.at.into());
    }
}

pub(super) fn sub_select(select: SelectStatement) -> Expr {
    Expr::from(sea_query::SubQueryStatement::SelectStatement(select))
}
