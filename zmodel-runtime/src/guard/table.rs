//! The name of a table.

use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "engine")]
use crate::schema::Schema;
use crate::schema::Text;

/// The name of a table, which only the guard can read.
///
/// It is a constant of the schema, but no accessor gives it away: a query that names a table has gone through
/// [the guard](crate::guard), and what comes out of there carries the rules.
#[derive(Clone, PartialEq, Eq)]
pub struct TableName {
    /// The schema of PostgreSQL that it is in; without one it is where the connection looks first.
    pub(in crate::guard) schema: Option<Text>,
    pub(in crate::guard) name: Text,
}

impl TableName {
    /// No table: of a model of which nothing is said.
    pub const NONE: Self = Self { schema: None, name: Cow::Borrowed("") };

    /// A table called `name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { schema: None, name: Cow::Borrowed(name) }
    }

    /// A table called `name` in a schema of PostgreSQL.
    #[must_use]
    pub const fn within(schema: &'static str, name: &'static str) -> Self {
        Self { schema: Some(Cow::Borrowed(schema)), name: Cow::Borrowed(name) }
    }

    /// A table whose name was read while the program runs.
    #[must_use]
    pub fn owned(schema: Option<String>, name: String) -> Self {
        Self { schema: schema.map(Cow::Owned), name: Cow::Owned(name) }
    }

    /// As a database has it that has no schemas: that of the table is a part of its name, so that no two tables are one.
    #[cfg(feature = "engine")]
    fn flat(&self) -> Self {
        match &self.schema {
            Some(schema) => Self::owned(None, format!("{schema}.{}", self.name)),
            None => self.clone(),
        }
    }

    /// The table, to be put into a statement.
    #[cfg(feature = "engine")]
    pub(in crate::guard) fn reference(&self) -> sea_query::TableRef {
        use sea_query::{Alias, IntoTableRef as _};
        let name = Alias::new(self.name.clone());
        match &self.schema {
            Some(schema) => (Alias::new(schema.clone()), name).into_table_ref(),
            None => name.into_table_ref(),
        }
    }

    /// A column of the table in the statement that writes it, where the table goes by its own name.
    #[cfg(feature = "engine")]
    pub(in crate::guard) fn column(&self, column: &Text) -> sea_query::Expr {
        use sea_query::Alias;
        sea_query::Expr::col((Alias::new(self.name.clone()), Alias::new(column.clone())))
    }
}

/// A schema for a database that has no schemas within it, or of which one alone is meant.
#[cfg(feature = "engine")]
pub(crate) fn flat(mut schema: Cow<'static, Schema>) -> Cow<'static, Schema> {
    let named = schema.models.iter().any(|model| model.table.schema.is_some());
    if !named && schema.enums.iter().all(|described| described.schema.is_none()) {
        return schema;
    }
    for described in schema.to_mut().enums.to_mut() {
        if let Some(place) = described.schema.take() {
            described.database = format!("{place}.{}", described.database).into();
        }
    }
    for model in schema.to_mut().models.to_mut() {
        if let Some(place) = model.table.schema.clone() {
            // There, an index is called like no other of the whole database.
            for index in model.uniques.to_mut().iter_mut().chain(model.indexes.to_mut()) {
                index.name = format!("{place}.{}", index.name).into();
            }
        }
        model.table = model.table.flat();
        for link in model.relations.to_mut().iter_mut().filter_map(|relation| relation.link.as_mut()) {
            link.table = link.table.flat();
        }
    }
    schema
}

impl fmt::Debug for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TableName")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shown_gives_the_name_away() {
        assert_eq!(format!("{:?}", TableName::within("auth", "secrets")), "TableName");
    }
}
