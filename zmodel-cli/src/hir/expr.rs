//! Expressions: what names mean, and which type everything has.

use zmodel_runtime::schema::Type;

use super::attributes::Holder;
use super::{
    Auth, CallerPath, CallerStart, Collection, DocumentPath, DocumentStart, Expr, ExprKind, ExprType, Resolver,
    RowPath, ValueType,
};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, Quantifier};

mod calls;
mod functions;
mod json;
mod operators;
mod own;
mod paths;
mod rows;

pub(in crate::hir) use own::body;

/// How deep expressions can be nested.
const MAX_DEPTH: usize = 100;

/// What an expression is for, which decides what it can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// `@default(…)`
    Default,
    /// `@@allow(…)`, `@@deny(…)`
    Policy,
    /// `@@validate(…)`
    Validation,
    /// The body of a function by itself, wherever that may be called.
    Function,
}

/// The other state of a row that is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// `before()`
    Before,
    /// `future()`
    After,
}

impl State {
    /// The function that gives it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "future",
        }
    }
}

/// What is in sight.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    context: Context,
    /// The rows, outermost first: the one the rule is about, then an element for each predicate around.
    frames: Vec<Frame<'a>>,
    /// The functions of the schema that are being written out, outermost first.
    calls: Vec<own::Call<'a>>,
    /// How much was written out so far.
    written: usize,
    depth: usize,
}

#[derive(Debug)]
struct Frame<'a> {
    of: FrameOf,
    binding: Option<&'a ast::Name>,
}

/// What a row in sight is.
#[derive(Debug, Clone, Copy)]
enum FrameOf {
    /// A row of a model.
    Row(usize),
    /// An element of a list that the caller brings.
    Caller(Auth),
    /// A structure that is kept as JSON, by its type.
    Document(usize),
}

impl Frame<'_> {
    /// Where its fields are declared.
    fn holder(&self) -> Holder {
        match self.of {
            FrameOf::Row(at) | FrameOf::Caller(Auth::Model(at)) => Holder::Model(at),
            FrameOf::Caller(Auth::Type(at)) | FrameOf::Document(at) => Holder::Type(at),
        }
    }

    /// The row itself, which is so many rows outwards.
    fn expr(&self, up: usize, span: Span) -> Expr {
        let up = u8::try_from(up).unwrap_or(u8::MAX);
        match self.of {
            FrameOf::Row(model) => row(RowPath { up, model, through: Vec::new() }, span),
            FrameOf::Document(at) => {
                let path = DocumentPath { start: DocumentStart::Element(up, at), members: Vec::new() };
                let ty = ExprType { of: ValueType::Type(at), list: false, nullable: false };
                Expr { kind: ExprKind::Document(path), ty, span }
            }
            FrameOf::Caller(of) => {
                let value = match of {
                    Auth::Model(at) => ValueType::Model(at),
                    Auth::Type(at) => ValueType::Type(at),
                };
                let path = CallerPath { start: CallerStart::Element(up, of), members: Vec::new() };
                let ty = ExprType { of: value, list: false, nullable: false };
                Expr { kind: ExprKind::Caller(path), ty, span }
            }
        }
    }

    fn is_bound_to(&self, name: &str) -> bool {
        self.binding.is_some_and(|binding| binding.text == name)
    }
}

impl Scope<'_> {
    /// Nothing in sight.
    pub(super) fn new(context: Context) -> Self {
        Self { context, frames: Vec::new(), calls: Vec::new(), written: 0, depth: 0 }
    }
}

impl Expr {
    fn error(span: Span) -> Self {
        Self { kind: ExprKind::Error, ty: ExprType::ERROR, span }
    }

    fn boolean(kind: ExprKind, span: Span) -> Self {
        Self { kind, ty: ExprType::scalar(Type::Boolean), span }
    }

    /// Whether it is a single JSON value.
    fn is_json(&self) -> bool {
        let value =
            matches!(self.kind, ExprKind::Field(..) | ExprKind::Document(_) | ExprKind::Caller(_) | ExprKind::Error);
        value && !self.ty.list && self.ty.of == ValueType::Scalar(Type::Json)
    }

    /// A JSON value as a value of a type, where it is none of that; anything else as it is.
    fn if_json_as(self, ty: Type) -> Self {
        if !self.is_json() {
            return self;
        }
        let (span, of) = (self.span, ExprType { nullable: true, ..ExprType::scalar(ty) });
        Self { kind: ExprKind::JsonAs(Box::new(self), ty), ty: of, span }
    }

    /// Whether it can be anything: a parameter of a function that says so, seen from inside.
    fn is_anything(&self) -> bool {
        self.ty.of == ValueType::Any && matches!(self.kind, ExprKind::Error | ExprKind::Missing)
    }

    /// Whether it is `null`, written as such.
    fn is_null(&self) -> bool {
        matches!(self.kind, ExprKind::Null)
    }
}

impl<'a> Resolver<'a, '_> {
    /// The condition of a rule of `model`.
    pub(super) fn condition(&mut self, model: usize, given: &'a ast::Expr, validation: bool) -> Expr {
        let mut scope = Scope::new(if validation { Context::Validation } else { Context::Policy });
        scope.frames.push(Frame { of: FrameOf::Row(model), binding: None });
        let condition = self.expr(&mut scope, given, None);
        self.condition_of(condition, "a condition")
    }

    /// The condition of a validation of a type.
    pub(super) fn condition_of_type(&mut self, ty: usize, given: &'a ast::Expr) -> Expr {
        let mut scope = Scope::new(Context::Validation);
        scope.frames.push(Frame { of: FrameOf::Document(ty), binding: None });
        let condition = self.expr(&mut scope, given, None);
        self.condition_of(condition, "a condition")
    }

    /// Resolves an expression. The hint is the enum that a bare name is likely a member of.
    pub(super) fn expr(&mut self, scope: &mut Scope<'a>, given: &'a ast::Expr, hint: Option<Type>) -> Expr {
        if scope.depth >= MAX_DEPTH {
            let found = Diagnostic::error("nesting-too-deep", given.span, "this expression is nested too deeply");
            self.report(found.help("split it into several rules"));
            return Expr::error(given.span);
        }
        if !self.still_fits(scope, given.span) {
            return Expr::error(given.span);
        }
        scope.depth += 1;
        let resolved = self.expr_inner(scope, given, hint);
        scope.depth -= 1;
        resolved
    }

    fn expr_inner(&mut self, scope: &mut Scope<'a>, given: &'a ast::Expr, hint: Option<Type>) -> Expr {
        let span = given.span;
        let literal = |kind, ty| Expr { kind, ty: ExprType::scalar(ty), span };
        match &given.kind {
            ast::ExprKind::Error => Expr::error(span),
            ast::ExprKind::Bool(value) => literal(ExprKind::Bool(*value), Type::Boolean),
            ast::ExprKind::Number(text) if text.contains('.') => literal(ExprKind::Number(text.clone()), Type::Float),
            ast::ExprKind::Number(text) => literal(ExprKind::Number(text.clone()), Type::Int),
            ast::ExprKind::String(text) => literal(ExprKind::String(text.clone()), Type::String),
            ast::ExprKind::Null => {
                let ty = ExprType { of: ValueType::Null, list: false, nullable: true };
                Expr { kind: ExprKind::Null, ty, span }
            }
            ast::ExprKind::Paren(inner) => Expr { span, ..self.expr(scope, inner, hint) },
            ast::ExprKind::This => self.this(scope, span),
            ast::ExprKind::Reference(name, args) => {
                if let Some(arg) = args.first() {
                    let found = Diagnostic::error("named-argument", arg.span, "arguments are given without names here");
                    self.report(found.help("write only the value"));
                    return Expr::error(span);
                }
                self.reference(scope, name, hint, false)
            }
            ast::ExprKind::Member(base, name) => self.member(scope, base, name, span),
            ast::ExprKind::Call(name, args) => self.call(scope, span, name, args),
            ast::ExprKind::Array(items) => self.array(scope, items, span, hint),
            ast::ExprKind::Object(_) => {
                let found = Diagnostic::error("object-in-rule", span, "an object cannot be used in an expression");
                self.report(found.help("compare the values one by one"));
                Expr::error(span)
            }
            ast::ExprKind::Not(inner) => self.not(scope, inner, span),
            ast::ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..) => self.logical(scope, given),
            ast::ExprKind::Binary(op, left, right) => self.binary(scope, *op, left, right, span),
            ast::ExprKind::Predicate { quantifier, collection, binding, condition } => {
                self.predicate(scope, *quantifier, collection, binding.as_ref(), condition, span)
            }
        }
    }

    fn this(&mut self, scope: &Scope<'a>, span: Span) -> Expr {
        match scope.outermost() {
            Some(frame) => frame.expr(scope.frames.len() - 1, span),
            None => self.no_row(scope, span, "this"),
        }
    }

    fn array(&mut self, scope: &mut Scope<'a>, items: &'a [ast::Expr], span: Span, hint: Option<Type>) -> Expr {
        let items: Vec<Expr> = items.iter().map(|item| self.expr(scope, item, hint)).collect();
        let of = items.iter().map(|item| item.ty.of).find(|of| *of != ValueType::Error);
        let error = items.iter().any(|item| item.ty.is_error());
        let of = if error { ValueType::Error } else { of.unwrap_or(ValueType::Any) };
        Expr { kind: ExprKind::Array(items), ty: ExprType { of, list: true, nullable: false }, span }
    }

    fn predicate(
        &mut self,
        scope: &mut Scope<'a>,
        quantifier: Quantifier,
        collection: &'a ast::Expr,
        binding: Option<&'a ast::Name>,
        condition: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let sign = match quantifier {
            Quantifier::Some => '?',
            Quantifier::Every => '!',
            Quantifier::None => '^',
        };
        if let ast::ExprKind::Not(_) = collection.kind {
            // The parser has said what is meant.
            return Expr::error(span);
        }
        let base = self.operand(scope, collection);
        let missing = base.kind == ExprKind::Missing;
        let (about, of) = match (base.kind, base.ty.of, base.ty.list) {
            (_, ValueType::Error, _) => return Expr::error(span),
            (ExprKind::Row(path), ValueType::Model(at), true) => (Collection::Rows(path), FrameOf::Row(at)),
            // Of what a function gives only the types are known.
            (ExprKind::Error | ExprKind::Missing, ValueType::Model(at), true) => {
                let nowhere = RowPath { up: 0, model: at, through: Vec::new() };
                (Collection::Rows(nowhere), FrameOf::Row(at))
            }
            (ExprKind::Caller(path), ValueType::Model(at), true) => {
                (Collection::Caller(path), FrameOf::Caller(Auth::Model(at)))
            }
            (ExprKind::Caller(path), ValueType::Type(at), true) => {
                (Collection::Caller(path), FrameOf::Caller(Auth::Type(at)))
            }
            (ExprKind::Missing, ValueType::Type(at), true) => {
                let nowhere = DocumentPath { start: DocumentStart::Element(0, at), members: Vec::new() };
                (Collection::Document(nowhere), FrameOf::Document(at))
            }
            (ExprKind::Field(path, field), ValueType::Type(at), true) => {
                let path = DocumentPath { start: DocumentStart::Field(path, field), members: Vec::new() };
                (Collection::Document(path), FrameOf::Document(at))
            }
            (ExprKind::Document(path), ValueType::Type(at), true) => {
                (Collection::Document(path), FrameOf::Document(at))
            }
            _ => {
                let shown = self.shown(base.ty);
                let message = format!("`{sign}[…]` asks about the rows of a list, this is of type {shown}");
                let found = Diagnostic::error("not-a-collection", collection.span, message);
                let help = match base.ty.of {
                    ValueType::Model(_) => "follow a relation to one row with a dot: `author.name`",
                    _ => "write a relation to many rows before it",
                };
                self.report(found.help(help));
                return Expr::error(span);
            }
        };
        scope.frames.push(Frame { of, binding });
        let inner = self.expr(scope, condition, None);
        scope.frames.pop();
        let inner = self.condition_of(inner, "what stands in the brackets");
        if inner.ty.is_error() {
            return Expr::error(span);
        }
        if missing {
            return Expr::boolean(ExprKind::Missing, span);
        }
        Expr::boolean(ExprKind::Predicate(quantifier, about, Box::new(inner)), span)
    }

    /// An expression as a condition; one that is none is reported.
    fn condition_of(&mut self, expr: Expr, what: &str) -> Expr {
        let expr = expr.if_json_as(Type::Boolean);
        if !expr.ty.is_error()
            && !expr.is_anything()
            && (expr.ty.list || expr.ty.of != ValueType::Scalar(Type::Boolean))
        {
            let shown = self.shown(expr.ty);
            let message = format!("{what} must be true or false, this is of type {shown}");
            let found = Diagnostic::error("not-a-condition", expr.span, message);
            self.report(match expr.ty.of {
                _ if expr.ty.list => found.help("ask about the elements: `…?[…]`"),
                ValueType::Model(_) => found.help("compare it: `… != null`"),
                _ => found.help("compare it with something"),
            });
        }
        expr
    }

    /// Whether a bare name is a field or a binding in sight.
    fn is_in_sight(&self, scope: &Scope<'a>, name: &str) -> bool {
        let field = scope.frames().last().is_some_and(|frame| self.find_field(frame.holder(), name).is_some());
        field || scope.frames().iter().any(|frame| frame.is_bound_to(name)) || scope.given(name).is_some()
    }
}

fn row(path: RowPath, span: Span) -> Expr {
    let ty = ExprType { of: ValueType::Model(path.model), list: false, nullable: false };
    Expr { kind: ExprKind::Row(path), ty, span }
}
