//! `@@validate`.

use std::borrow::Cow;

use zmodel_runtime::schema::{
    Comparison, FieldId, List, Literal, Needle, Node, Type, Validation, ValueCondition, ValueOperand,
};

use super::positions::members;
use super::{Lowering, list, name, number, small, text};
use crate::hir::{self, DocumentPath, DocumentStart, Expr, ExprKind, FieldType, TextFunction, ValueType};
use crate::syntax::ast::BinaryOp;

impl Lowering<'_> {
    pub(super) fn validations(&self, validations: &[hir::Validation]) -> List<Validation> {
        list(validations.iter().map(|validation| self.validation(validation)))
    }

    fn validation(&self, validation: &hir::Validation) -> Validation {
        Validation {
            // A condition that is not understood refuses.
            condition: self.value_condition(&validation.condition).unwrap_or(ValueCondition::Constant(false)),
            message: validation.message.as_deref().map(name),
            path: list(validation.path.iter().map(|step| name(step))),
            text: Cow::Owned(text::one_line(self.sources.text(validation.condition.span))),
            place: self.place(validation.span),
        }
    }

    fn value_condition(&self, expr: &Expr) -> Option<ValueCondition> {
        Some(match &expr.kind {
            ExprKind::Not(inner) => not(self.value_condition(inner)?),
            ExprKind::Binary(BinaryOp::And, left, right) => {
                ValueCondition::All(list([self.value_condition(left)?, self.value_condition(right)?]))
            }
            ExprKind::Binary(BinaryOp::Or, left, right) => {
                ValueCondition::Any(list([self.value_condition(left)?, self.value_condition(right)?]))
            }
            ExprKind::Binary(BinaryOp::In, item, of) => {
                ValueCondition::In(self.value_beside(item, of)?, self.value_beside(of, item)?)
            }
            ExprKind::Binary(op, left, right) => self.value_comparison(*op, left, right)?,
            ExprKind::Text(function, whole, sought, fold) => {
                let needle = match function {
                    TextFunction::Contains => Needle::Contains,
                    TextFunction::StartsWith => Needle::StartsWith,
                    TextFunction::EndsWith => Needle::EndsWith,
                    // No validation searches.
                    TextFunction::Search => return None,
                };
                ValueCondition::Text(needle, self.value_operand(whole)?, self.value_operand(sought)?, *fold)
            }
            ExprKind::Share(share, all, sought) => {
                ValueCondition::Share(*share, self.value_beside(all, sought)?, self.value_beside(sought, all)?)
            }
            ExprKind::Empty(all) => ValueCondition::Empty(self.value_beside(all, all)?),
            ExprKind::Passes(check, inner) => ValueCondition::Passes(check.clone(), self.value_operand(inner)?),
            _ => ValueCondition::Holds(self.value_operand(expr)?),
        })
    }

    fn value_comparison(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Option<ValueCondition> {
        let comparison = match op {
            BinaryOp::Eq => Comparison::Equal,
            BinaryOp::Ne => Comparison::NotEqual,
            BinaryOp::Lt => Comparison::Less,
            BinaryOp::Le => Comparison::LessOrEqual,
            BinaryOp::Gt => Comparison::Greater,
            BinaryOp::Ge => Comparison::GreaterOrEqual,
            BinaryOp::And | BinaryOp::Or | BinaryOp::In => return None,
        };
        if let (Some(left), Some(right)) = (self.value_beside(left, right), self.value_beside(right, left)) {
            return Some(ValueCondition::Compare(comparison, left, right));
        }
        // Only conditions are no operands: both hold, or neither.
        let (a, b) = (self.value_condition(left)?, self.value_condition(right)?);
        let same = ValueCondition::Any(list([
            ValueCondition::All(list([a.clone(), b.clone()])),
            ValueCondition::All(list([not(a), not(b)])),
        ]));
        Some(if op == BinaryOp::Ne { not(same) } else { same })
    }

    /// An operand beside another one: a text beside a member of an enum is the name of a member.
    fn value_beside(&self, expr: &Expr, other: &Expr) -> Option<ValueOperand> {
        if let ExprKind::Array(items) = &expr.kind {
            let items: Option<Vec<ValueOperand>> = items.iter().map(|item| self.value_beside(item, other)).collect();
            return Some(ValueOperand::List(list(items?)));
        }
        if let (ExprKind::String(text), ValueType::Scalar(Type::Enum(id))) = (&expr.kind, other.ty.of) {
            let declared = self.hir.enums.get(id.index())?;
            if let Some(at) = declared.members.iter().position(|member| member.name.text == *text) {
                return Some(ValueOperand::Member(id, small(at)));
            }
        }
        self.value_operand(expr)
    }

    fn value_operand(&self, expr: &Expr) -> Option<ValueOperand> {
        Some(match &expr.kind {
            ExprKind::Null | ExprKind::Missing => ValueOperand::Null,
            ExprKind::Bool(value) => ValueOperand::Literal(Literal::Boolean(*value)),
            ExprKind::Number(text) => ValueOperand::Literal(number(text)),
            ExprKind::String(text) => ValueOperand::Literal(Literal::String(name(text))),
            ExprKind::Member(of, member) => ValueOperand::Member(Self::enum_id(*of), small(*member)),
            ExprKind::Field(path, field) if path.up == 0 && path.through.is_empty() => {
                ValueOperand::Field(self.positions.field(path.model, *field)?)
            }
            ExprKind::Document(path) => self.value_inside(path)?,
            ExprKind::JsonAs(json, ty) => match self.value_operand(json)? {
                ValueOperand::Field(field) => ValueOperand::Inside(field, list([]), *ty),
                ValueOperand::Inside(field, path, _) => ValueOperand::Inside(field, path, *ty),
                _ => return None,
            },
            ExprKind::Length(inner) => ValueOperand::Length(Node::new(self.value_operand(inner)?)),
            ExprKind::Now => ValueOperand::Now,
            _ => return None,
        })
    }

    /// A part of a structure in the row, or of the structure that the validation is about.
    fn value_inside(&self, path: &DocumentPath) -> Option<ValueOperand> {
        match &path.start {
            DocumentStart::Field(row, field) if row.up == 0 && row.through.is_empty() => {
                let FieldType::Type(ty) = self.hir.models.get(row.model)?.fields.get(*field)?.ty else { return None };
                let (names, ty) = self.names(ty, &path.members)?;
                Some(ValueOperand::Inside(self.positions.field(row.model, *field)?, list(names), ty))
            }
            DocumentStart::Field(..) => None,
            DocumentStart::Element(_, ty) => {
                let (first, rest) = path.members.split_first()?;
                let fields = &self.hir.types.get(*ty)?.fields;
                let at = FieldId(small(members(fields).position(|(at, _)| at == *first)?));
                if rest.is_empty() {
                    return Some(ValueOperand::Field(at));
                }
                let FieldType::Type(inner) = fields.get(*first)?.ty else { return None };
                let (names, ty) = self.names(inner, rest)?;
                Some(ValueOperand::Inside(at, list(names), ty))
            }
        }
    }
}

fn not(condition: ValueCondition) -> ValueCondition {
    ValueCondition::Not(Node::new(condition))
}
