//! Conditions on the elements of lists.

use sea_query::{Expr, ExprTrait};

use super::predicate::{constant, presumed, settled};
use super::read::sub_select;
use super::{Lower, place};
use crate::error::Result;
use crate::guard::{Scalar, Slot};
use crate::schema::Type;

/// What items of a list are, as far as it matters to who compares them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Items {
    Plain,
    /// Exact numbers.
    Exact,
    Json,
}

impl Lower<'_> {
    /// A value is an element of a list.
    pub(super) fn listed(self, value: &Scalar, list_of: &Scalar, unknown: Option<bool>) -> Result<Expr> {
        let (value, list, items) = (self.as_item(value, list_of)?, self.scalar(list_of)?, self.items(list_of)?);
        let equal = |element: Expr| settled(self.is_element(element, value.clone(), items), unknown);
        Ok(presumed(self.dialect.some_element(list.clone(), &equal), &[list], unknown))
    }

    /// Every element of a list is one of some values.
    pub(super) fn within(self, list_of: &Scalar, values: &[Scalar], unknown: Option<bool>) -> Result<Expr> {
        let values = values.iter().map(|value| self.as_item(value, list_of)).collect::<Result<Vec<_>>>()?;
        let (list, items) = (self.scalar(list_of)?, self.items(list_of)?);
        let beyond = |element: Expr| {
            let equal =
                values.iter().map(|value| settled(self.is_element(element.clone(), value.clone(), items), unknown));
            equal.reduce(ExprTrait::or).unwrap_or_else(|| constant(false)).not()
        };
        Ok(presumed(self.dialect.some_element(list.clone(), &beyond).not(), &[list], unknown))
    }

    /// A list has so many items, and these.
    pub(super) fn has_items(
        self,
        list_of: &Scalar,
        (length, one): (Slot, Slot),
        items: &[(Slot, Scalar)],
    ) -> Result<Expr> {
        let (list, kind) = (self.scalar(list_of)?, self.items(list_of)?);
        let mut same = self.dialect.length(list.clone()).eq(place(length));
        for (at, item) in items {
            let mut element = self.dialect.elements(list.clone(), kind == Items::Json);
            element.limit(one.at.into()).offset(at.at.into());
            same = same.and(self.same_item(sub_select(element), self.as_item(item, list_of)?, kind));
        }
        Ok(same)
    }

    /// A value as it is compared with the items of a list.
    fn as_item(self, value: &Scalar, list: &Scalar) -> Result<Expr> {
        let mut item = self.scalar(value)?;
        if self.is_decimal(value)? && !self.is_decimal(list)? {
            item = self.dialect.as_float(item);
        }
        Ok(if self.is_bytes(list)? { self.dialect.as_element(item) } else { item })
    }

    /// Whether an element of a list, where a condition is about it, is a value.
    fn is_element(self, element: Expr, value: Expr, items: Items) -> Expr {
        let item = if items == Items::Json { self.dialect.json_item() } else { element };
        self.same_item(item, value, items)
    }

    /// Whether an item of a list is a value.
    fn same_item(self, item: Expr, value: Expr, items: Items) -> Expr {
        match items {
            Items::Plain => item.eq(value),
            Items::Exact => self.dialect.as_decimal(item).eq(value),
            Items::Json => self.dialect.json_same(item, self.dialect.json(value)),
        }
    }

    /// What the items of a list are.
    fn items(self, list: &Scalar) -> Result<Items> {
        Ok(match (self.is_decimal(list)?, self.is_json(list)?) {
            (true, _) => Items::Exact,
            (false, true) => Items::Json,
            (false, false) => Items::Plain,
        })
    }

    /// Whether it is JSON, or a list of that.
    pub(super) fn is_json(self, scalar: &Scalar) -> Result<bool> {
        Ok(match scalar {
            Scalar::Inside { of, .. } => of.ty() == Type::Json,
            other => self.field_of(other)?.is_some_and(|field| field.ty == Type::Json),
        })
    }

    fn is_bytes(self, scalar: &Scalar) -> Result<bool> {
        Ok(self.field_of(scalar)?.is_some_and(|field| field.ty == Type::Bytes))
    }
}
