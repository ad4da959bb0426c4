//! Functions of the schema: a call is replaced by the body, with what is given in place of the parameters.
//!
//! A body sees its parameters, members of enums, and what it calls: `auth()`, `now()`, other functions. It sees nothing of
//! where it is called, neither fields nor `this`, so it means the same everywhere. What it becomes is judged there as
//! if it had been written there.

use super::super::collect::duplicates;
use super::super::{
    CallerPath, CallerStart, Collection, DocumentPath, DocumentStart, Expr, ExprKind, ExprType, Resolver, RowPath,
    ValueType,
};
use super::{Context, Frame, Scope, State};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;

/// So much is written out for one rule: a function that calls another twice, which calls a third twice, soon is more
/// than a query can be.
const MAX_WRITTEN: usize = 1_000;

/// A call that is being replaced by the body of the function.
#[derive(Debug)]
pub(super) struct Call<'a> {
    function: &'a ast::Function,
    /// What is given for each parameter, as seen where the call stands.
    given: Vec<Expr>,
    /// How many rows are in sight there, which the body does not see.
    frames: usize,
}

/// The expression that a function stands for, if it says one.
pub(in crate::hir) fn body(function: &ast::Function) -> Option<&ast::Expr> {
    function.body.as_ref().filter(|body| body.kind != ast::ExprKind::Error)
}

impl<'a> Scope<'a> {
    /// The rows whose fields and bindings are in sight.
    pub(super) fn frames(&self) -> &[Frame<'a>] {
        let hidden = self.calls.last().map_or(0, |call| call.frames);
        self.frames.get(hidden..).unwrap_or_default()
    }

    /// The row that a rule is about; none inside a function.
    pub(super) fn outermost(&self) -> Option<&Frame<'a>> {
        self.frames.first().filter(|_| self.calls.is_empty())
    }

    /// What is given for a parameter of the function at hand.
    pub(super) fn given(&self, name: &str) -> Option<(&'a ast::Param, &Expr)> {
        let call = self.calls.last()?;
        call.function.params.iter().zip(&call.given).find(|(param, _)| param.name.text == name)
    }

    /// Whether one function is being looked at, and none that it calls.
    pub(super) fn is_within_one(&self) -> bool {
        self.calls.len() == 1
    }

    /// The parameters in sight.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &'a str> {
        let function = self.calls.last().map(|call| call.function);
        function.into_iter().flat_map(|function| &function.params).map(|param| param.name.text.as_str())
    }
}

impl<'a> Resolver<'a, '_> {
    /// Looks at what a function says, whether or not it is called.
    pub(in crate::hir) fn function(&mut self, function: &'a ast::Function) {
        let Some(body) = body(function) else { return };
        duplicates(function.params.iter().map(|param| &param.name), "parameter", &mut self.schema.unsupported);
        self.states.clear();
        let nothing = |param: &ast::Param| {
            let ty = self.declared(&param.ty);
            // Of what will be given only the type is known.
            let kind = match ty.of {
                ValueType::Model(model) if !ty.list => ExprKind::Row(RowPath { up: 0, model, through: Vec::new() }),
                ValueType::Type(at) => {
                    ExprKind::Document(DocumentPath { start: DocumentStart::Element(0, at), members: Vec::new() })
                }
                _ => ExprKind::Error,
            };
            Expr { kind, ty, span: param.span }
        };
        let given = function.params.iter().map(nothing).collect();
        let mut scope = Scope::new(Context::Function);
        // What no code can be generated for matters where the function is called.
        let kept = std::mem::take(&mut self.schema.unsupported);
        self.replaced(&mut scope, function, body, given);
        self.schema.unsupported = kept;
    }

    /// A call of a function of the schema.
    pub(super) fn own(
        &mut self,
        scope: &mut Scope<'a>,
        span: Span,
        function: &'a ast::Function,
        given: &[Expr],
    ) -> Expr {
        let name = &function.name.text;
        let unknown = Expr { kind: ExprKind::Error, ty: self.declared(&function.returns), span };
        let Some(body) = body(function) else {
            let message = format!("nothing says what `{name}()` does");
            let found = Diagnostic::error("function-without-body", span, message);
            let found = found.related(function.name.span, "declared here, without a body");
            self.schema.unsupported.push(found.help("write what it stands for between its braces: `{ … }`"));
            return unknown;
        };
        // What is not given is missing, and so is what is given as `null`.
        let given = function.params.iter().enumerate().map(|(at, param)| match given.get(at) {
            Some(arg) if !arg.is_null() => arg.clone(),
            arg => {
                let ty = ExprType { nullable: true, ..self.declared(&param.ty) };
                Expr { kind: ExprKind::Missing, ty, span: arg.map_or(span, |arg| arg.span) }
            }
        });
        let given = given.collect();
        if let Some(call) = scope.calls.iter().find(|call| std::ptr::eq(call.function, function)) {
            let found = Diagnostic::error("function-circle", span, format!("`{name}()` ends up calling itself"));
            let found = found.related(call.function.name.span, "declared here");
            self.report(found.help("write out what one of the calls stands for"));
            return Expr::error(span);
        }
        let result = self.replaced(scope, function, body, given);
        Expr { span, ..result }
    }

    /// The body of a function for what is given.
    fn replaced(
        &mut self,
        scope: &mut Scope<'a>,
        function: &'a ast::Function,
        body: &'a ast::Expr,
        given: Vec<Expr>,
    ) -> Expr {
        let wanted = self.declared(&function.returns);
        let hint = match wanted.of {
            ValueType::Scalar(ty) => Some(ty),
            _ => None,
        };
        scope.calls.push(Call { function, given, frames: scope.frames.len() });
        let result = self.expr(scope, body, hint);
        scope.calls.pop();
        let Some((family, found)) = wanted.of.family().zip(result.ty.of.family()) else { return result };
        let free = wanted.of == ValueType::Any && !wanted.list;
        if free || family.takes(found) && wanted.list == result.ty.list {
            return result;
        }
        let (shown, declared) = (self.shown(result.ty), self.shown(wanted));
        let message = format!("`{}()` is declared to give {declared}, this is of type {shown}", function.name.text);
        let found = Diagnostic::error("type-mismatch", body.span, message);
        let found = found.related(function.returns.span, "declared here");
        self.report(found.help("declare the type of what it stands for"));
        Expr::error(body.span)
    }

    /// What is given for a parameter, as seen from inside the function.
    pub(super) fn parameter(&mut self, scope: &mut Scope<'a>, name: &'a ast::Name) -> Option<Expr> {
        let further = scope.frames().len();
        let (param, given) = scope.given(&name.text)?;
        let mut given = given.clone();
        self.uses(name, param.name.span);
        given.outwards(u8::try_from(further).unwrap_or(u8::MAX), 0);
        // Whether it is there can be asked of what could be missing as the parameter is declared.
        let plain = matches!(&given.kind, ExprKind::Row(path) if path.through.is_empty());
        let could = matches!(
            given.kind,
            ExprKind::Row(_)
                | ExprKind::Field(..)
                | ExprKind::Document(_)
                | ExprKind::Caller(_)
                | ExprKind::JsonAs(..)
                | ExprKind::Missing
                | ExprKind::Error
                // Of these it is known that they are there.
                | ExprKind::Bool(_)
                | ExprKind::Number(_)
                | ExprKind::String(_)
                | ExprKind::Member(..)
                | ExprKind::Now
                | ExprKind::Current(..)
        );
        let alone = scope.context == Context::Function && scope.is_within_one();
        given.ty.nullable |= param.ty.optional && could && (!plain || alone);
        let mut parts = 0;
        given.walk(&mut |_, _| parts += 1);
        scope.written += parts;
        Some(if self.still_fits(scope, name.span) { given } else { Expr::error(name.span) })
    }

    /// Whether what is written out for functions still fits; it is reported where it does not.
    pub(super) fn still_fits(&mut self, scope: &mut Scope<'a>, span: Span) -> bool {
        if scope.calls.is_empty() {
            return true;
        }
        scope.written += 1;
        let fits = scope.written < MAX_WRITTEN;
        if !fits {
            let message = "the functions that are called come to more operators than fit";
            let found = Diagnostic::error("expression-too-long", span, message);
            self.report(found.help("call fewer of them within one another, or write several rules"));
        }
        fits
    }

    /// Whether it is the row as `before()` gives it.
    pub(super) fn is_before(&self, scope: &Scope<'a>, expr: &Expr) -> bool {
        let beyond = matches!(&expr.kind, ExprKind::Row(path) if usize::from(path.up) >= scope.frames.len());
        beyond && self.states.iter().any(|(state, _)| *state == State::Before)
    }

    /// Reports a word for a row where there is none.
    pub(super) fn no_row(&mut self, scope: &Scope<'a>, span: Span, what: &str) -> Expr {
        let found = Diagnostic::error("no-this", span, format!("there is no row here that `{what}` could be"));
        self.report(found.help(match scope.calls.last() {
            Some(_) => "declare a parameter for the row, and give it where the function is called",
            None => "write a fixed value",
        }));
        Expr::error(span)
    }
}

impl Expr {
    /// The same, seen from so many rows further inwards. `depth` is how many rows of its own are around a part.
    pub(super) fn outwards(&mut self, by: u8, depth: u8) {
        if by == 0 {
            return;
        }
        let row = |path: &mut RowPath| further(&mut path.up, by, depth);
        let caller = |path: &mut CallerPath| {
            if let CallerStart::Element(up, _) = &mut path.start {
                further(up, by, depth);
            }
        };
        let document = |path: &mut DocumentPath| match &mut path.start {
            DocumentStart::Field(path, _) => further(&mut path.up, by, depth),
            DocumentStart::Element(up, _) => further(up, by, depth),
        };
        match &mut self.kind {
            ExprKind::Row(path) | ExprKind::Field(path, _) | ExprKind::Check(path, _) => row(path),
            ExprKind::Caller(path) => caller(path),
            ExprKind::Document(path) => document(path),
            ExprKind::Predicate(_, collection, inner) => {
                match collection {
                    Collection::Rows(path) => row(path),
                    Collection::Caller(path) => caller(path),
                    Collection::Document(path) => document(path),
                }
                inner.outwards(by, depth.saturating_add(1));
            }
            ExprKind::Array(items) => items.iter_mut().for_each(|item| item.outwards(by, depth)),
            ExprKind::Not(inner)
            | ExprKind::JsonAs(inner, _)
            | ExprKind::Empty(inner)
            | ExprKind::Length(inner)
            | ExprKind::Passes(_, inner) => {
                inner.outwards(by, depth);
            }
            ExprKind::Binary(_, left, right) | ExprKind::Text(_, left, right, _) | ExprKind::Share(_, left, right) => {
                left.outwards(by, depth);
                right.outwards(by, depth);
            }
            ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Null
            | ExprKind::Member(..)
            | ExprKind::Now
            | ExprKind::Current(..)
            | ExprKind::Missing
            | ExprKind::Error => {}
        }
    }
}

/// Rows beyond those of the expression itself are so many further away.
const fn further(up: &mut u8, by: u8, depth: u8) {
    if *up >= depth {
        *up = up.saturating_add(by);
    }
}
