//! Attributes and the expressions in them.

use super::writer::{Blank, Writer};
use crate::syntax::ast::{Arg, Attribute, BinaryOp, Expr, ExprKind};
use crate::syntax::token::Kind;

impl Writer<'_> {
    pub(super) fn attribute(&mut self, attribute: &Attribute) {
        self.token();
        if self.next() == Some(Kind::LeftParen) {
            self.arguments(&attribute.args);
        }
    }

    /// `(a, name: b)`
    ///
    /// The strings that come first are what the others are about, as in `@@allow('read', …)`: they stay beside the `(`.
    /// So does a list that is all there is besides.
    fn arguments(&mut self, args: &[Arg]) {
        let kinds = || args.iter().map(|arg| if arg.label.is_none() { Some(&arg.value.kind) } else { None });
        let strings = kinds().take_while(|kind| matches!(kind, Some(ExprKind::String(_)))).count();
        let listed = matches!(kinds().next_back(), Some(Some(ExprKind::Array(_) | ExprKind::Object(_))));
        let beside =
            if listed && strings + 1 == args.len() { args.len() } else { strings.min(args.len().saturating_sub(1)) };
        self.brackets(0, args, beside, |writer, arg| writer.labelled(arg.label.is_some(), &arg.value));
    }

    /// What opens, the items, and what closes: on one line with so many spaces inside, or each item on its line.
    /// The first `beside` of them are beside what opens in any case, and what closes is beside the last if all are.
    pub(super) fn brackets<T>(&mut self, spaces: usize, items: &[T], beside: usize, item: impl Fn(&mut Self, &T)) {
        let indented = beside < items.len();
        self.open();
        self.token();
        if indented {
            self.indent();
        }
        for (at, one) in items.iter().enumerate() {
            if at >= beside {
                self.line(if at == 0 { spaces } else { 1 });
            } else if at > 0 {
                self.space();
            }
            item(self, one);
            self.token_if(Kind::Comma);
        }
        if indented {
            self.close_indent();
            self.line(spaces);
        }
        self.token();
        self.close();
    }

    /// The end of what is indented in brackets: comments above what closes belong to the inside.
    fn close_indent(&mut self) {
        self.last_lines(Blank::No, Blank::No);
        self.dedent();
    }

    /// `name: value`, or only the value
    fn labelled(&mut self, label: bool, value: &Expr) {
        if label {
            self.token();
            self.colon();
            self.indent();
        }
        self.expression(value);
        if label {
            self.dedent();
        }
    }

    pub(super) fn expression(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Reference(_, args) => {
                self.token();
                if !args.is_empty() {
                    self.arguments(args);
                }
            }
            ExprKind::Member(operand, _) => {
                self.expression(operand);
                self.token();
                self.token();
            }
            ExprKind::Call(_, args) => {
                self.token();
                self.brackets(0, args, 0, Self::expression);
            }
            ExprKind::Array(items) => self.brackets(0, items, 0, Self::expression),
            ExprKind::Object(entries) => {
                self.brackets(1, entries, 0, |writer, (_, value)| writer.labelled(true, value));
            }
            ExprKind::Not(operand) => {
                self.token();
                self.expression(operand);
            }
            ExprKind::Paren(inner) => self.brackets(0, &[inner], 0, |writer, inner| writer.expression(inner)),
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..) => self.condition(expr),
            ExprKind::Binary(_, left, right) => {
                self.expression(left);
                self.space();
                self.token();
                self.space();
                self.expression(right);
            }
            ExprKind::Predicate { collection, binding, condition, .. } => {
                self.expression(collection);
                self.token();
                self.predicate(binding.is_some(), condition);
            }
            ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Null
            | ExprKind::This
            | ExprKind::Error => self.token(),
        }
    }

    /// `[condition]` or `[binding, condition]`
    fn predicate(&mut self, binding: bool, condition: &Expr) {
        self.open();
        self.token();
        self.indent();
        if binding {
            self.token();
            self.token();
        }
        self.line(usize::from(binding));
        self.expression(condition);
        self.close_indent();
        self.line(0);
        self.token();
        self.close();
    }

    /// `a && b || c`, which reads from left to right: on one line, or each operand on its own.
    fn condition(&mut self, expr: &Expr) {
        let (mut first, mut others) = (expr, Vec::new());
        while let ExprKind::Binary(BinaryOp::And | BinaryOp::Or, left, right) = &first.kind {
            others.push(right.as_ref());
            first = left;
        }
        others.reverse();
        // The first line break says whether operators end lines or start them.
        let breaks = others.iter().map(|operand| self.were_on_new_line(operand.span.start));
        let broken = breaks.into_iter().find(|(operand, operator)| *operand || *operator);
        let at_end = broken.is_some_and(|(_, operator)| !operator);
        self.open();
        if broken.is_some() {
            self.layout().break_groups();
        }
        self.expression(first);
        for operand in others {
            if at_end {
                self.space();
                self.token();
                self.line(1);
            } else {
                self.line(1);
                self.token();
                self.space();
            }
            self.expression(operand);
        }
        self.close();
    }
}
