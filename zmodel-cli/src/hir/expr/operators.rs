//! Operators, and which operands they take.

use zmodel_runtime::schema::Type;

use super::super::closest;
use super::super::fixes::parentheses;
use super::super::types::Family;
use super::super::{Expr, ExprKind, Resolver, ValueType};
use super::{Context, Scope, json, rows};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp};

fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::And => "&&",
        BinaryOp::Or => "||",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
    }
}

impl<'a> Resolver<'a, '_> {
    pub(super) fn not(&mut self, scope: &mut Scope<'a>, inner: &'a ast::Expr, span: Span) -> Expr {
        let inner = self.expr(scope, inner, None);
        if inner.ty.is_error() {
            return Expr::error(span);
        }
        if inner.ty.list || inner.ty.of != ValueType::Scalar(Type::Boolean) {
            let shown = self.shown(inner.ty);
            let message = format!("`!` negates true or false, this is of type {shown}");
            let found = Diagnostic::error("wrong-operand", inner.span, message);
            self.report(match inner.ty.of {
                ValueType::Model(_) if !inner.ty.list => found.help("to ask whether it is missing write `… == null`"),
                _ => found.help("put what is negated in parentheses: `!(… == …)`"),
            });
            return Expr::error(span);
        }
        Expr::boolean(ExprKind::Not(Box::new(inner)), span)
    }

    /// A chain of `&&` and `||`, which have the same precedence and are read from left to right.
    pub(super) fn logical(&mut self, scope: &mut Scope<'a>, given: &'a ast::Expr) -> Expr {
        let mut operands = Vec::new();
        let mut first = given;
        while let ast::ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) = &first.kind {
            operands.push((*op, right.as_ref(), first.span));
            first = left;
        }
        operands.reverse();
        let has = |wanted: BinaryOp| operands.iter().any(|(op, ..)| *op == wanted);
        if has(BinaryOp::And) && has(BinaryOp::Or) {
            let message = "`&&` and `||` are mixed without parentheses, and are read from left to right";
            let found = Diagnostic::warning("mixed-and-or", given.span, message);
            let found = found.help("neither binds tighter than the other: add parentheses to say what is meant");
            let rest: Vec<_> = operands.iter().map(|(op, operand, _)| (*op, *operand)).collect();
            let titles = ["add parentheses as it is read now", "add parentheses around each `&&`"];
            let fixes = titles.into_iter().zip(parentheses(first, &rest));
            self.report(fixes.fold(found, |found, (title, edits)| found.fix(title, edits)));
        }
        let mut all = self.logical_operand(scope, first);
        for (op, right, span) in operands {
            let right = self.logical_operand(scope, right);
            // An operand that is wrong does not make the others wrong.
            let error = all.ty.is_error() || right.ty.is_error();
            all = if error {
                Expr::error(span)
            } else {
                Expr::boolean(ExprKind::Binary(op, Box::new(all), Box::new(right)), span)
            };
        }
        all
    }

    fn logical_operand(&mut self, scope: &mut Scope<'a>, given: &'a ast::Expr) -> Expr {
        let operand = self.expr(scope, given, None);
        if operand.ty.is_error() {
            return operand;
        }
        let operand = operand.if_json_as(Type::Boolean);
        if operand.is_anything() {
            return operand;
        }
        if operand.ty.list || operand.ty.of != ValueType::Scalar(Type::Boolean) {
            let shown = self.shown(operand.ty);
            let message = format!("`&&` and `||` join things that are true or false, this is of type {shown}");
            let found = Diagnostic::error("wrong-operand", operand.span, message);
            self.report(match operand.ty.of {
                ValueType::Model(_) if !operand.ty.list => found.help("to ask whether it is there write `… != null`"),
                _ => found.help("compare it with something"),
            });
            return Expr::error(operand.span);
        }
        operand
    }

    pub(super) fn binary(
        &mut self,
        scope: &mut Scope<'a>,
        op: BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let (l, r) = self.both(scope, left, right);
        if l.ty.is_error() || r.ty.is_error() {
            return Expr::error(span);
        }
        if op == BinaryOp::In {
            return self.among(l, r).map_or(Expr::error(span), |kind| Expr::boolean(kind, span));
        }
        let (l, r) = json::compared(op, l, r, scope.context == Context::Validation);
        if let (BinaryOp::Eq | BinaryOp::Ne, ValueType::Model(a), ValueType::Model(b), true, true) =
            (op, l.ty.of, r.ty.of, l.ty.list, r.ty.list)
            && a == b
            && !self.plain_rows(left, right, &l, span)
        {
            let same = rows::same(&l, &r, span);
            return if op == BinaryOp::Ne { Expr::boolean(ExprKind::Not(Box::new(same)), span) } else { same };
        }
        let fits = match op {
            BinaryOp::Eq | BinaryOp::Ne => {
                let rows = matches!((l.ty.of, r.ty.of), (ValueType::Model(a), ValueType::Model(b)) if a == b);
                // What is validated may not be there yet, so every field of it can be asked about.
                let absent = |field: &Expr, null: &Expr| {
                    null.is_null() && matches!(field.kind, ExprKind::Field(..) | ExprKind::Document(_))
                };
                let validation = scope.context == Context::Validation && (absent(&l, &r) || absent(&r, &l));
                !(rows && self.plain_rows(left, right, &l, span)) && (validation || self.equality(op, &l, &r, span))
            }
            _ => self.order(op, &l, &r, span),
        };
        if !fits {
            return Expr::error(span);
        }
        if l.ty.list && (l.kind == ExprKind::Missing || r.kind == ExprKind::Missing) {
            return Expr::boolean(ExprKind::Missing, span);
        }
        Expr::boolean(ExprKind::Binary(op, Box::new(l), Box::new(r)), span)
    }

    /// Both operands; a bare name is looked up among the members of the other one's enum first.
    fn both(&mut self, scope: &mut Scope<'a>, left: &'a ast::Expr, right: &'a ast::Expr) -> (Expr, Expr) {
        let hint = |expr: &Expr| match expr.ty.of {
            ValueType::Scalar(ty @ Type::Enum(_)) => Some(ty),
            _ => None,
        };
        let free = match &left.kind {
            ast::ExprKind::Reference(name, _) => !self.is_in_sight(scope, &name.text),
            _ => false,
        };
        if free {
            let r = self.expr(scope, right, None);
            (self.expr(scope, left, hint(&r)), r)
        } else {
            let l = self.expr(scope, left, None);
            let hint = hint(&l);
            (l, self.expr(scope, right, hint))
        }
    }

    fn order(&mut self, op: BinaryOp, l: &Expr, r: &Expr, span: Span) -> bool {
        let time = |expr: &Expr| !expr.ty.list && expr.ty.of.family() == Some(Family::DateTime);
        let opaque = |expr: &Expr| expr.ty.of.family() == Some(Family::Any);
        if (time(l) && opaque(r)) || (opaque(l) && time(r)) {
            self.mismatch(op, l, r, span);
            return false;
        }
        for side in [l, r] {
            if side.is_anything() {
                continue;
            }
            let fits = matches!(side.ty.of.family(), Some(Family::Int | Family::Float | Family::DateTime));
            if !fits || side.ty.list {
                let shown = self.shown(side.ty);
                let message = format!("`{}` compares numbers and times, this is of type {shown}", sign(op));
                let found = Diagnostic::error("wrong-operand", side.span, message);
                let other = if std::ptr::eq(side, l) { r } else { l };
                let date = matches!(side.kind, ExprKind::String(_)) && other.ty.of.family() == Some(Family::DateTime);
                self.report(found.help(match side.ty.of {
                    _ if date => "compare with `now()` or another `DateTime` field",
                    _ if side.ty.list => "ask about the elements: `…?[…]`",
                    ValueType::Model(_) => "compare a field of it",
                    _ => "write `==` or `!=`, or `in` with a list of values",
                }));
                return false;
            }
        }
        if time(l) != time(r) {
            self.mismatch(op, l, r, span);
            return false;
        }
        true
    }

    fn mismatch(&mut self, op: BinaryOp, l: &Expr, r: &Expr, span: Span) {
        let (left, right) = (self.shown(l.ty), self.shown(r.ty));
        let message = format!("`{}` cannot compare {left} with {right}", sign(op));
        let found = Diagnostic::error("type-mismatch", span, message);
        let date =
            |a: &Expr, b: &Expr| matches!(a.kind, ExprKind::String(_)) && b.ty.of.family() == Some(Family::DateTime);
        let id = match (l.ty.of, r.ty.of) {
            (ValueType::Model(_), ValueType::Model(_)) => None,
            (ValueType::Model(at), _) | (_, ValueType::Model(at)) => self.id_name(at),
            _ => None,
        };
        self.report(match id {
            _ if date(l, r) || date(r, l) => found.help("compare with `now()` or another `DateTime` field"),
            Some(id) => found.help(format!("compare its id: `….{id}`")),
            None => found.help("compare values of the same type"),
        });
    }

    fn id_name(&self, model: usize) -> Option<String> {
        let model = self.schema.models.get(model)?;
        Some(model.fields.get(*model.id.first()?)?.name.text.clone())
    }

    fn equality(&mut self, op: BinaryOp, l: &Expr, r: &Expr, span: Span) -> bool {
        if l.ty.list != r.ty.list {
            let (left, right) = (self.shown(l.ty), self.shown(r.ty));
            let message = format!("`{}` cannot compare a list with a single value: {left} with {right}", sign(op));
            let found = Diagnostic::error("type-mismatch", span, message);
            let null = l.is_null() || r.is_null();
            self.report(if null { found.help("a list is never null") } else { found.help("write `… in list`") });
            return false;
        }
        if l.ty.list {
            let rows = |side: &Expr| matches!(side.ty.of, ValueType::Model(_));
            if !rows(l) && !rows(r) {
                let alike = l.ty.of.family().zip(r.ty.of.family()).is_some_and(|(l, r)| l.takes(r) || r.takes(l));
                let named = |side: &Expr| matches!(side.ty.of.family(), Some(Family::Enum(_)));
                if !alike && !named(l) && !named(r) {
                    self.mismatch(op, l, r, span);
                    return false;
                }
            }
            if rows(l) != rows(r) {
                let (left, right) = (self.shown(l.ty), self.shown(r.ty));
                let message = format!("`{}` cannot compare rows with values: {left} with {right}", sign(op));
                self.not_compared(span, message, "to ask whether there is a row write `…?[true]`");
                return false;
            }
            if rows(l) {
                self.mismatch(op, l, r, span);
                return false;
            }
            return self.same_lists(l, r, span);
        }
        match (l.is_null(), r.is_null()) {
            (true, true) => return true,
            (true, false) => return self.null_test(op, r, span),
            (false, true) => return self.null_test(op, l, span),
            (false, false) => {}
        }
        let row = |side: &Expr| matches!(side.ty.of, ValueType::Model(_));
        if row(l) != row(r) {
            self.mismatch(op, l, r, span);
            return false;
        }
        if l.is_json() && json::may_be(r) || r.is_json() && json::may_be(l) || l.is_anything() || r.is_anything() {
            return true;
        }
        // What only the database knows is compared with its like; nothing else has a value in common with it.
        let closed = |side: &Expr| side.ty.of == ValueType::Any || side.is_json();
        if closed(l) || closed(r) {
            if l.ty.of == ValueType::Any && r.ty.of == ValueType::Any {
                return true;
            }
            self.mismatch(op, l, r, span);
            return false;
        }
        let (Some(left), Some(right)) = (l.ty.of.family(), r.ty.of.family()) else { return false };
        match (left, right) {
            (Family::Model(a), Family::Model(b)) if a == b => true,
            (Family::Model(_) | Family::Type(_), _) | (_, Family::Model(_) | Family::Type(_)) => {
                self.mismatch(op, l, r, span);
                false
            }
            (Family::Enum(_), _) | (_, Family::Enum(_)) => self.enum_equality(op, l, r, span),
            (Family::Bytes, Family::Bytes) if bytes_inside(l) != bytes_inside(r) && !known(l) && !known(r) => {
                let message =
                    "bytes in a column are not compared with the list of numbers that a structure has for them";
                self.not_compared(span, message, "keep both in columns, or both in structures");
                false
            }
            _ if left.takes(right) || right.takes(left) => self.few_compared_conditions(l, r, span),
            _ => {
                self.mismatch(op, l, r, span);
                false
            }
        }
    }

    /// Lists are the same if they have the same items in the same order.
    fn same_lists(&mut self, l: &Expr, r: &Expr, span: Span) -> bool {
        let array = |side: &Expr| matches!(side.kind, ExprKind::Array(_));
        if !array(l) && self.unlisted(l) || !array(r) && self.unlisted(r) {
            return false;
        }
        let number = |side: &Expr| matches!(side.ty.of.family(), Some(Family::Int | Family::Float));
        if !array(l) && !array(r) && number(l) && number(r) && l.ty.of != r.ty.of {
            let (left, right) = (self.shown(l.ty), self.shown(r.ty));
            let message = format!("databases do not compare lists of different numbers, {left} with {right}");
            self.not_compared(span, message, "declare both with the same type");
            return false;
        }
        true
    }

    /// Conditions that are compared are written out twice, so there cannot be many of them inside one another.
    fn few_compared_conditions(&mut self, l: &Expr, r: &Expr, span: Span) -> bool {
        let few = compared_conditions(l).max(compared_conditions(r)) < 4;
        if !few {
            let found =
                Diagnostic::error("nesting-too-deep", span, "too many comparisons are compared with each other");
            self.report(found.help("write them with `&&` and `||`"));
        }
        few
    }

    fn null_test(&mut self, op: BinaryOp, side: &Expr, span: Span) -> bool {
        match (&side.kind, side.ty.of) {
            (ExprKind::Row(path), _) if path.through.is_empty() && !side.ty.nullable => {
                self.never_null(op, side, span);
                false
            }
            (_, ValueType::Model(_) | ValueType::Type(_) | ValueType::Any | ValueType::Scalar(Type::Json)) => true,
            _ if side.ty.nullable => true,
            _ => {
                self.never_null(op, side, span);
                false
            }
        }
    }

    fn never_null(&mut self, op: BinaryOp, side: &Expr, span: Span) {
        let message = format!("this is never null, so `{} null` says nothing", sign(op));
        let found = Diagnostic::error("never-null", span, message).related(side.span, "required");
        self.report(found.help("remove the comparison, or make the field optional with `?`"));
    }

    /// The language does not compare a relation named by itself with another one, or with `this`.
    fn plain_rows(&mut self, left: &ast::Expr, right: &ast::Expr, row: &Expr, span: Span) -> bool {
        let named = |expr: &ast::Expr| matches!(expr.kind, ast::ExprKind::Reference(..));
        let this = |expr: &ast::Expr| matches!(expr.kind, ast::ExprKind::This);
        let plain = (named(left) && (named(right) || this(right))) || (this(left) && named(right));
        if plain {
            let id = match row.ty.of {
                ValueType::Model(at) => self.id_name(at),
                _ => None,
            };
            let id = id.as_deref().unwrap_or("id");
            let found = Diagnostic::error("model-comparison", span, "two rows cannot be compared directly");
            self.report(found.help(format!("compare their ids: `….{id} == ….{id}`")));
        }
        plain
    }

    fn enum_equality(&mut self, op: BinaryOp, l: &Expr, r: &Expr, span: Span) -> bool {
        let (ValueType::Scalar(left), ValueType::Scalar(right)) = (l.ty.of, r.ty.of) else { return true };
        match (left, right) {
            (Type::Enum(a), Type::Enum(b)) if a == b => {}
            (Type::Enum(_), Type::Enum(_)) => self.enum_mismatch(l, r, span),
            (Type::Enum(of), Type::String) => self.enum_text(of, r),
            (Type::String, Type::Enum(of)) => self.enum_text(of, l),
            _ => {
                self.mismatch(op, l, r, span);
                return false;
            }
        }
        true
    }

    fn enum_mismatch(&mut self, l: &Expr, r: &Expr, span: Span) {
        let (left, right) = (self.shown(l.ty), self.shown(r.ty));
        let message = format!("{left} and {right} are different enums, so this is never equal");
        self.report(Diagnostic::warning("enum-mismatch", span, message).help("compare with a member of the same enum"));
    }

    fn enum_text(&mut self, of: zmodel_runtime::schema::EnumId, text: &Expr) {
        let Some(declared) = self.members_of(of) else { return };
        let mapped = declared.members.iter().find(|member| stored(member) != member.name.text);
        let ExprKind::String(value) = &text.kind else {
            // The database has the stored name and the other side the name in the schema: they would never meet, and a
            // deny would never fire.
            if let Some(member) = mapped {
                let (name, stored) = (&member.name.text, stored(member));
                let message = format!(
                    "a plain text cannot be compared with `{}`, whose `{name}` is stored as `{stored}`",
                    declared.name.text
                );
                let help = format!("declare the other side as `{}`", declared.name.text);
                self.report(Diagnostic::error("enum-mismatch", text.span, message).help(help));
            }
            return;
        };
        let as_stored = declared.members.iter().find(|member| stored(member) == value && member.name.text != *value);
        if let Some(member) = as_stored {
            let message = format!("`{value}` is how `{}` is stored; a rule names the member", member.name.text);
            let help = format!("write `{}`", member.name.text);
            let found = Diagnostic::error("enum-mismatch", text.span, message).help(help);
            self.report(found.replacing(&member.name.text));
            return;
        }
        if declared.members.iter().all(|member| member.name.text != *value) {
            let message = format!("`{}` has no member `{value}`, so this is never equal", declared.name.text);
            let names: Vec<&str> = declared.members.iter().map(|member| member.name.text.as_str()).collect();
            let found = Diagnostic::warning("enum-mismatch", text.span, message);
            self.report(match closest(value, names.iter().copied()) {
                Some(meant) => found.did_you_mean(meant),
                None => found.help(format!("its members are: {}", names.join(", "))),
            });
        }
    }

    /// `l in r`
    pub(super) fn among(&mut self, l: Expr, r: Expr) -> Option<ExprKind> {
        let of_json = |items: &[Expr]| l.is_json() || items.iter().any(Expr::is_json);
        let items = match r.kind {
            // Each is compared in its own way.
            ExprKind::Array(items) if !items.is_empty() && of_json(&items) => items,
            kind => {
                let r = Expr { kind, ..r };
                let l = json::sought(l, &r);
                let missing = r.kind == ExprKind::Missing;
                let fits = self.contained(&l, &r);
                let found = || ExprKind::Binary(BinaryOp::In, Box::new(l), Box::new(r));
                return fits.then(|| if missing { ExprKind::Missing } else { found() });
            }
        };
        let mut any: Option<Expr> = None;
        for item in items {
            let (l, item) = json::compared(BinaryOp::Eq, l.clone(), item, false);
            if !self.contained_item(&l, &item) {
                return None;
            }
            let span = item.span;
            let equal = Expr::boolean(ExprKind::Binary(BinaryOp::Eq, Box::new(l), Box::new(item)), span);
            any = Some(match any {
                None => equal,
                Some(others) => Expr::boolean(ExprKind::Binary(BinaryOp::Or, Box::new(others), Box::new(equal)), span),
            });
        }
        any.map(|any| any.kind)
    }

    pub(super) fn contained(&mut self, l: &Expr, r: &Expr) -> bool {
        if !matches!(l.ty.of, ValueType::Scalar(_)) || l.ty.list {
            let shown = self.shown(l.ty);
            let found = if l.is_null() {
                Diagnostic::error("wrong-operand", l.span, "`null` is in no list").help("write `… == null`")
            } else {
                let message = format!("`in` looks for a single value, this is of type {shown}");
                let found = Diagnostic::error("wrong-operand", l.span, message);
                found.help(if l.ty.list { "to look for several write `hasSome(…, …)`" } else { "look for its id" })
            };
            self.report(found);
            return false;
        }
        if !r.ty.list {
            let shown = self.shown(r.ty);
            let message = format!("`in` looks in a list, this is of type {shown}");
            let found = Diagnostic::error("wrong-operand", r.span, message);
            self.report(found.help("write the values in brackets: `in [a, b]`"));
            return false;
        }
        if bytes_inside(l) {
            let message = "bytes in a structure are a list of numbers there, which is not looked for in a list";
            self.not_compared(l.span, message, "keep them in a column");
            return false;
        }
        match &r.kind {
            ExprKind::Array(items) => items.iter().all(|item| self.contained_item(l, item)),
            // Of a parameter of a function only the type may be known.
            ExprKind::Caller(_) | ExprKind::Field(..) | ExprKind::Document(_) | ExprKind::Missing | ExprKind::Error
                if matches!(r.ty.of, ValueType::Scalar(_)) =>
            {
                if self.unlisted(r) {
                    return false;
                }
                if r.ty.of == ValueType::Scalar(Type::Json) && !json::may_be(l) {
                    let shown = self.shown(l.ty);
                    let message = format!("databases do not look for a field of type {shown} in a list of `Json`");
                    self.not_compared(l.span, message, "look for a `Json` value, or for what the caller brings");
                    return false;
                }
                let (item, left) = (r.ty.of.family(), l.ty.of.family());
                let fits = item.zip(left).is_some_and(|(item, left)| {
                    let named =
                        matches!((item, left), (Family::Enum(_), Family::String) | (Family::String, Family::Enum(_)));
                    named || item.takes(left) || left.takes(item)
                });
                if !fits {
                    self.mismatch(BinaryOp::In, l, r, r.span);
                    return false;
                }
                match (l.ty.of, r.ty.of) {
                    (ValueType::Scalar(Type::Enum(of)), ValueType::Scalar(Type::String)) => self.enum_text(of, r),
                    (ValueType::Scalar(Type::String), ValueType::Scalar(Type::Enum(of))) => self.enum_text(of, l),
                    _ => {}
                }
                true
            }
            _ => {
                let shown = self.shown(r.ty);
                let message = format!("`in` cannot look for {} in {shown}", self.shown(l.ty));
                let found = Diagnostic::error("wrong-operand", r.span, message);
                self.report(found.help("ask about the rows of a relation: `…?[… == …]`"));
                false
            }
        }
    }

    /// Reports values that no database compares as they are kept.
    fn not_compared(&mut self, at: Span, message: impl Into<String>, help: &str) {
        self.report(Diagnostic::error("type-mismatch", at, message).help(help));
    }

    /// Reports a list whose elements cannot be compared.
    fn unlisted(&mut self, list: &Expr) -> bool {
        let opaque = bytes_inside(list);
        if opaque {
            let message = "bytes in a structure are lists of numbers there, which are not looked for in a list";
            self.not_compared(list.span, message, "keep the list in a column");
        }
        opaque
    }

    fn contained_item(&mut self, l: &Expr, item: &Expr) -> bool {
        if item.ty.is_error() {
            return false;
        }
        if item.is_null() {
            let found = Diagnostic::error("null-in-list", item.span, "nothing is equal to a `null` in a list");
            self.report(found.help("write `… == null || … in […]`"));
            return false;
        }
        if item.ty.list || !matches!(item.ty.of, ValueType::Scalar(_)) {
            let shown = self.shown(item.ty);
            let message = format!("the items of `[…]` must be single values, this is of type {shown}");
            let found = Diagnostic::error("wrong-operand", item.span, message);
            self.report(found.help("write values, or `in` the list itself without brackets"));
            return false;
        }
        let (Some(left), Some(right)) = (l.ty.of.family(), item.ty.of.family()) else { return false };
        match (left, right) {
            (Family::Enum(_), Family::Enum(_) | Family::String) | (Family::String, Family::Enum(_)) => {
                self.enum_equality(BinaryOp::In, l, item, item.span)
            }
            _ => {
                if !left.takes(right) && !right.takes(left) {
                    let (left, right) = (self.shown(l.ty), self.shown(item.ty));
                    let message = format!("{right} is never equal to {left}");
                    let found = Diagnostic::error("type-mismatch", item.span, message);
                    self.report(found.help("write values of the same type"));
                    return false;
                }
                true
            }
        }
    }
}

/// Whether it is bytes inside a structure, which are a list of numbers there.
fn bytes_inside(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Document(_)) && expr.ty.of == ValueType::Scalar(Type::Bytes)
}

/// Whether it is known before the database is asked.
fn known(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Caller(_) | ExprKind::Missing | ExprKind::Error)
}

/// How many levels of conditions compared with conditions there are.
fn compared_conditions(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Not(inner) | ExprKind::Predicate(_, _, inner) => compared_conditions(inner),
        ExprKind::Binary(op, left, right) => {
            let inner = compared_conditions(left).max(compared_conditions(right));
            let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
            inner + usize::from(equality && left.ty.of == ValueType::Scalar(Type::Boolean))
        }
        _ => 0,
    }
}

/// How the database stores a member: what `@map` says, else its name.
fn stored(member: &ast::EnumMember) -> &str {
    let map = member.attributes.iter().find(|attribute| attribute.name.text == "map");
    match map.and_then(|map| map.args.first()).map(|arg| &arg.value.kind) {
        Some(ast::ExprKind::String(text)) => text,
        _ => &member.name.text,
    }
}
