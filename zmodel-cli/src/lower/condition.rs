//! Conditions of rules.

use std::borrow::Cow;

use zmodel_runtime::schema::{
    CallerPath, Collection, Comparison, Condition, Inside, InsideOf, Items, Literal, Needle, Node, Operand, Operation,
    Quantifier, RelationId, Row, Type,
};

use super::{Lowering, list, name, number, small, text};
use crate::hir::{
    self, CallerStart, Current, DocumentPath, DocumentStart, Expr, ExprKind, FieldType, RowPath, TextFunction,
    ValueType,
};
use crate::syntax::ast::{self, BinaryOp};

pub(super) fn not(condition: Condition) -> Condition {
    match condition {
        Condition::Constant(value) => Condition::Constant(!value),
        other => Condition::Not(Node::new(other)),
    }
}

fn negated_if(negated: bool, condition: Condition) -> Condition {
    if negated { not(condition) } else { condition }
}

/// The use of a rule that its conditions are lowered for.
pub(super) struct Conditions<'l> {
    pub(super) lowering: &'l Lowering<'l>,
    /// The model that has the rule, also if it inherited it.
    pub(super) model: &'l str,
    /// The operation that the rule is asked about; any, if it does not matter to the rule.
    pub(super) operation: Option<Operation>,
}

/// Whether what a rule says depends on the operation it is asked about.
pub(super) fn depends_on_operation(rule: &Expr) -> bool {
    rule.has(|part| matches!(part.kind, ExprKind::Current(Current::Operation, _) | ExprKind::Check(_, None)))
}

impl Conditions<'_> {
    /// A boolean expression; none if something in it was reported as wrong.
    pub(super) fn condition(&self, expr: &Expr) -> Option<Condition> {
        Some(match &expr.kind {
            ExprKind::Bool(value) => Condition::Constant(*value),
            ExprKind::Not(inner) => not(self.condition(inner)?),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), ..) => self.chain(*op, expr)?,
            ExprKind::Binary(BinaryOp::In, left, right) => self.contained(left, right)?,
            ExprKind::Binary(op, left, right) => self.comparison(*op, left, right)?,
            ExprKind::Text(function, field, search, fold) => {
                let (field, search) = (self.operand_like(field, search)?, self.operand_like(search, field)?);
                let needle = match function {
                    TextFunction::Contains => Needle::Contains,
                    TextFunction::StartsWith => Needle::StartsWith,
                    TextFunction::EndsWith => Needle::EndsWith,
                    TextFunction::Search => return Some(Condition::Search(field, search)),
                };
                Condition::Text(needle, field, search, *fold)
            }
            ExprKind::Share(share, all, sought) => {
                Condition::Share(*share, self.items(all, sought)?, self.items(sought, all)?)
            }
            ExprKind::Empty(all) => Condition::Empty(self.items(all, all)?),
            ExprKind::Check(path, operation) => {
                let (row, through) = self.path(path)?;
                Condition::Check(row, list(through), operation.or(self.operation)?)
            }
            ExprKind::Predicate(quantifier, about, inner) => {
                let quantifier = match quantifier {
                    ast::Quantifier::Some => Quantifier::Some,
                    ast::Quantifier::Every => Quantifier::Every,
                    ast::Quantifier::None => Quantifier::None,
                };
                let inner = Node::new(self.condition(inner)?);
                match about {
                    hir::Collection::Rows(path) => {
                        let (row, mut through) = self.path(path)?;
                        let relation = through.pop()?;
                        Condition::Quantified(quantifier, Collection { row, through: list(through), relation }, inner)
                    }
                    hir::Collection::Caller(path) => Condition::Brought(quantifier, self.brought(path)?, inner),
                    hir::Collection::Document(path) => Condition::Elements(quantifier, self.inside(path)?, inner),
                }
            }
            _ => Condition::Holds(self.operand(expr)?),
        })
    }

    /// `a && b && c` as one list; only operators of one kind are joined.
    fn chain(&self, op: BinaryOp, expr: &Expr) -> Option<Condition> {
        let mut parts = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(here, left, right) = &first.kind
            && *here == op
        {
            parts.push(self.condition(right)?);
            first = left;
        }
        parts.push(self.condition(first)?);
        parts.reverse();
        Some(if op == BinaryOp::And { Condition::All(list(parts)) } else { Condition::Any(list(parts)) })
    }

    fn contained(&self, left: &Expr, right: &Expr) -> Option<Condition> {
        let value = self.operand_like(left, right)?;
        Some(Condition::In(value, self.items(right, left)?))
    }

    /// A list beside something that is compared with its items.
    fn items(&self, expr: &Expr, other: &Expr) -> Option<Items> {
        Some(match &expr.kind {
            ExprKind::Array(items) => {
                let items: Option<Vec<Operand>> = items.iter().map(|item| self.operand_like(item, other)).collect();
                Items::Written(list(items?))
            }
            ExprKind::Caller(path) => Items::Caller(self.brought(path)?),
            ExprKind::Document(path) => Items::Inside(self.inside(path)?),
            ExprKind::Field(path, field) if matches!(expr.ty.of, ValueType::Type(_)) => {
                let start = DocumentStart::Field(path.clone(), *field);
                Items::Inside(self.inside(&DocumentPath { start, members: Vec::new() })?)
            }
            ExprKind::Field(path, field) => {
                let (row, through) = self.path(path)?;
                Items::Field(row, list(through), self.lowering.positions.field(self.end(path)?, *field)?)
            }
            _ => return None,
        })
    }

    fn comparison(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Option<Condition> {
        let negated = op == BinaryOp::Ne;
        match (&left.kind, &right.kind) {
            (ExprKind::Null, ExprKind::Null) => return Some(Condition::Constant(!negated)),
            (_, ExprKind::Null) => return Some(negated_if(negated, self.null_test(left)?)),
            (ExprKind::Null, _) => return Some(negated_if(negated, self.null_test(right)?)),
            _ => {}
        }
        if left.ty.list {
            return Some(negated_if(negated, self.same_list(left, right)?));
        }
        if let (ValueType::Model(model), ValueType::Model(_)) = (left.ty.of, right.ty.of) {
            return Some(negated_if(negated, self.same_row(model, left, right)?));
        }
        let json = ValueType::Scalar(Type::Json);
        // Bytes inside a structure are a list of numbers there.
        let bytes =
            |side: &Expr| matches!(side.kind, ExprKind::Document(_)) && side.ty.of == ValueType::Scalar(Type::Bytes);
        if left.ty.of == json || right.ty.of == json || bytes(left) || bytes(right) {
            return Some(negated_if(negated, Condition::SameJson(self.operand(left)?, self.operand(right)?)));
        }
        let comparison = match op {
            BinaryOp::Eq => Comparison::Equal,
            BinaryOp::Ne => Comparison::NotEqual,
            BinaryOp::Lt => Comparison::Less,
            BinaryOp::Le => Comparison::LessOrEqual,
            BinaryOp::Gt => Comparison::Greater,
            BinaryOp::Ge => Comparison::GreaterOrEqual,
            BinaryOp::And | BinaryOp::Or | BinaryOp::In => return None,
        };
        if let (Some(left), Some(right)) = (self.operand_like(left, right), self.operand_like(right, left)) {
            return Some(Condition::Compare(comparison, left, right));
        }
        // Only conditions are no operands, and those have no order.
        Some(negated_if(negated, self.both_or_neither(left, right)?))
    }

    /// Conditions that are compared: `(a && b) || (!a && !b)`, which is unknown if one of them is.
    fn both_or_neither(&self, left: &Expr, right: &Expr) -> Option<Condition> {
        Some(match (self.condition(left)?, self.condition(right)?) {
            (Condition::Constant(value), other) | (other, Condition::Constant(value)) => negated_if(!value, other),
            (a, b) => Condition::Any(list([
                Condition::All(list([a.clone(), b.clone()])),
                Condition::All(list([not(a), not(b)])),
            ])),
        })
    }

    /// Two lists with the same items in the same order.
    fn same_list(&self, left: &Expr, right: &Expr) -> Option<Condition> {
        let (ExprKind::Array(a), ExprKind::Array(b)) = (&left.kind, &right.kind) else {
            return Some(Condition::Same(self.items(left, right)?, self.items(right, left)?));
        };
        if a.len() != b.len() {
            return Some(Condition::Constant(false));
        }
        let pairs: Option<Vec<_>> = a.iter().zip(b).map(|(a, b)| self.comparison(BinaryOp::Eq, a, b)).collect();
        Some(Condition::All(list(pairs?)))
    }

    fn null_test(&self, side: &Expr) -> Option<Condition> {
        Some(match &side.kind {
            ExprKind::Caller(path) if path.is_auth() => Condition::Anonymous,
            ExprKind::Row(path) => match self.lowering.hir.to_ignored(path) {
                Some((before, relation)) => {
                    let keys = relation.fields.iter().map(|key| Some(Condition::IsNull(self.field(&before, *key)?)));
                    Condition::Any(list(keys.collect::<Option<Vec<_>>>()?))
                }
                None => {
                    let (row, through) = self.path(path)?;
                    Condition::Missing(row, list(through))
                }
            },
            _ => Condition::IsNull(self.operand(side)?),
        })
    }

    /// Two rows, or the caller and a row, are the same if all their id fields are equal.
    fn same_row(&self, model: usize, left: &Expr, right: &Expr) -> Option<Condition> {
        let ids = &self.lowering.hir.models.get(model)?.id;
        let mut parts = Vec::new();
        for id in ids {
            let (left, right) = (self.id_of(left, *id)?, self.id_of(right, *id)?);
            parts.push(Condition::Compare(Comparison::Equal, left, right));
        }
        if parts.len() > 1 { Some(Condition::All(list(parts))) } else { parts.pop() }
    }

    fn id_of(&self, side: &Expr, id: usize) -> Option<Operand> {
        match &side.kind {
            ExprKind::Caller(path) => {
                let mut path = path.clone();
                path.members.push(id);
                Some(Operand::Caller(self.brought(&path)?))
            }
            ExprKind::Missing => Some(Operand::Missing),
            ExprKind::Row(path) => match self.lowering.hir.to_ignored(path) {
                // The foreign key is the id.
                Some((before, relation)) => {
                    let position = relation.references.iter().position(|field| *field == id)?;
                    self.field(&before, *relation.fields.get(position)?)
                }
                None => self.field(path, id),
            },
            _ => None,
        }
    }

    pub(super) fn path(&self, path: &RowPath) -> Option<(Row, Vec<RelationId>)> {
        let mut model = path.model;
        let mut through = Vec::new();
        for step in &path.through {
            through.push(self.lowering.positions.relation(model, *step)?);
            model = match self.lowering.hir.models.get(model)?.fields.get(*step)?.ty {
                FieldType::Model(target) => target,
                _ => return None,
            };
        }
        Some((Row(path.up), through))
    }

    fn brought(&self, path: &hir::CallerPath) -> Option<CallerPath> {
        let (from, of) = match path.start {
            CallerStart::Auth => (None, self.lowering.hir.auth?),
            CallerStart::Element(up, of) => (Some(Row(up)), of),
        };
        let members = self.lowering.positions.caller(self.lowering.hir, of, &path.members)?;
        Some(CallerPath { from, members: list(members) })
    }

    /// The model that a path leads to.
    pub(super) fn end(&self, path: &RowPath) -> Option<usize> {
        self.lowering.hir.end(path)
    }

    fn field(&self, path: &RowPath, field: usize) -> Option<Operand> {
        let (row, through) = self.path(path)?;
        Some(Operand::Field(row, list(through), self.lowering.positions.field(self.end(path)?, field)?))
    }

    /// An operand beside another one: a text beside a member of an enum is the name of a member.
    fn operand_like(&self, expr: &Expr, other: &Expr) -> Option<Operand> {
        if let (ExprKind::String(text), ValueType::Scalar(Type::Enum(id))) = (&expr.kind, other.ty.of) {
            let declared = self.lowering.hir.enums.get(id.index())?;
            if let Some(at) = declared.members.iter().position(|member| member.name.text == *text) {
                return Some(Operand::Member(id, small(at)));
            }
        }
        self.operand(expr)
    }

    /// A JSON value as one of a type.
    fn json_as(&self, json: &Expr, ty: Type) -> Option<Operand> {
        Some(match &json.kind {
            ExprKind::Field(path, field) => {
                let (row, through) = self.path(path)?;
                let field = self.lowering.positions.field(self.end(path)?, *field)?;
                Operand::Inside(Inside { from: InsideOf::Field(row, list(through), field), path: list([]), ty })
            }
            ExprKind::Document(path) => Operand::Inside(Inside { ty, ..self.inside(path)? }),
            ExprKind::Caller(path) => Operand::CallerJson(self.brought(path)?, ty),
            _ => return None,
        })
    }

    fn operand(&self, expr: &Expr) -> Option<Operand> {
        Some(match &expr.kind {
            ExprKind::Bool(value) => Operand::Literal(Literal::Boolean(*value)),
            ExprKind::Number(text) => Operand::Literal(number(text)),
            ExprKind::String(text) => Operand::Literal(Literal::String(name(text))),
            ExprKind::Member(of, member) => Operand::Member(Lowering::enum_id(*of), small(*member)),
            ExprKind::Caller(path) => Operand::Caller(self.brought(path)?),
            ExprKind::Field(path, field) => self.field(path, *field)?,
            ExprKind::Document(path) => Operand::Inside(self.inside(path)?),
            ExprKind::JsonAs(json, ty) => self.json_as(json, *ty)?,
            ExprKind::Now => Operand::Now,
            ExprKind::Missing => Operand::Missing,
            ExprKind::Current(what, casing) => {
                let text = match what {
                    Current::Model => self.model,
                    Current::Operation => self.operation?.name(),
                };
                Operand::Literal(Literal::String(Cow::Owned(text::cased(text, *casing))))
            }
            _ => return None,
        })
    }
}
