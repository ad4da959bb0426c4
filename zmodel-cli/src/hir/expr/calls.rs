//! Calls of functions.

use zmodel_runtime::schema::{EnumId, Type};

use super::super::attributes::contexts;
use super::super::collect::{Named, is_library};
use super::super::names::closest;
use super::super::types::{Family, scalar};
use super::super::{Expr, ExprKind, ExprType, Resolver, ValueType};
use super::{Context, Scope, State, own};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Resolver<'a, '_> {
    /// `name(args)`. Where the result is not an access rule, only its type matters.
    pub(in crate::hir) fn call(
        &mut self,
        scope: &mut Scope<'a>,
        span: Span,
        name: &'a ast::Name,
        args: &'a [ast::Expr],
    ) -> Expr {
        let Some(function) = self.decls.function(&name.text) else {
            let found =
                Diagnostic::error("unknown-function", name.span, format!("there is no function `{}`", name.text));
            self.report(match closest(&name.text, self.decls.function_names()) {
                Some(meant) => found.did_you_mean(meant),
                None => found.help("rules call `auth()`, `check()`, `contains()`, `has()` and their like, defaults `now()` or `uuid()`"),
            });
            return Expr::error(span);
        };
        self.uses(name, function.name.span);
        let own = !is_library(function.span);
        let allowed: Vec<&str> = contexts(function).collect();
        // A body says what a function does, and so where that can be done.
        let anywhere = allowed.is_empty() && own::body(function).is_some() && scope.context != Context::Default;
        if let Some((context, place)) = Self::context_name(scope.context)
            && !allowed.contains(&context)
            && !anywhere
        {
            let message = format!("`{}()` cannot be used {place}", name.text);
            let places: Vec<&str> = allowed.iter().filter_map(|context| place_of(context)).collect();
            let found = Diagnostic::error("wrong-context", name.span, message);
            self.report(if places.is_empty() {
                found
            } else {
                found.help(format!("it can be used {}", places.join(" and ")))
            });
            return Expr::error(span);
        }
        if !self.counts(function, span, args) {
            return Expr::error(span);
        }
        let mut given: Vec<Expr> = Vec::with_capacity(args.len());
        for arg in args {
            // What is looked for in a list of an enum is likely a member of that enum.
            let declared = function.params.get(given.len()).filter(|_| own).map(|param| self.declared(&param.ty).of);
            let hint = match declared.or_else(|| given.first().map(|list| list.ty.of)) {
                Some(ValueType::Scalar(ty @ Type::Enum(_))) => Some(ty),
                _ => None,
            };
            let resolved = self.expr(scope, arg, hint);
            given.push(resolved);
        }
        let mut whole = true;
        for (param, arg) in function.params.iter().zip(&given) {
            whole &= self.argument_fits(name, param, arg);
        }
        if !whole || !(own || self.validates(name, args, &given)) {
            return Expr::error(span);
        }
        if own {
            return self.own(scope, span, function, &given);
        }
        match name.text.as_str() {
            "auth" => return self.caller(span),
            "before" => return self.other_state(scope, State::Before, span),
            "future" => return self.other_state(scope, State::After, span),
            _ => {}
        }
        let of = match (name.text.as_str(), args.len()) {
            // Version 3 gives the length; version 2 said whether it is within bounds.
            ("length", 1) => ValueType::Scalar(Type::Int),
            ("length", _) => ValueType::Scalar(Type::Boolean),
            _ => scalar(&function.returns.name.text).map_or(ValueType::Any, ValueType::Scalar),
        };
        let ty = ExprType { of, list: function.returns.list, nullable: false };
        // What a default calls was looked at where defaults are.
        if scope.context == Context::Default && name.text != "now" {
            return Expr { kind: ExprKind::Error, ty, span };
        }
        let alone = scope.context == Context::Function && scope.is_within_one();
        let kind = self.called(alone, &name.text, span, args, given);
        kind.map_or(Expr::error(span), |kind| Expr { kind, ty, span })
    }

    /// The type that a parameter or a result of a function of the schema is declared with.
    pub(super) fn declared(&self, ty: &ast::TypeRef) -> ExprType {
        let name = &ty.name.text;
        let of = scalar(name).map(ValueType::Scalar).or_else(|| match self.decls.named(name)? {
            Named::Model(at) => Some(ValueType::Model(at)),
            Named::Type(at) => Some(ValueType::Type(at)),
            Named::Enum(at) => Some(ValueType::Scalar(Type::Enum(EnumId(u16::try_from(at).ok()?)))),
            Named::Abstract | Named::Other(_) => None,
        });
        ExprType { of: of.unwrap_or(ValueType::Any), list: ty.list, nullable: ty.optional }
    }

    /// The row of the rule as it was before an update, or as it is after one.
    fn other_state(&mut self, scope: &Scope<'a>, state: State, span: Span) -> Expr {
        if scope.outermost().is_some() {
            self.states.push((state, span));
        }
        match scope.outermost() {
            Some(frame) => frame.expr(scope.frames.len(), span),
            None => self.no_row(scope, span, &format!("{}()", state.name())),
        }
    }

    /// What the functions of validation rules ask of their arguments.
    fn validates(&mut self, name: &ast::Name, args: &[ast::Expr], given: &[Expr]) -> bool {
        let wrong = |message: &str, at: Span, help: &str| Diagnostic::error("wrong-argument", at, message).help(help);
        let literal = |at: usize| args.get(at).map(|arg| (&arg.kind, arg.span));
        let found = match name.text.as_str() {
            "length" => {
                let field = given.first().filter(|arg| {
                    let rows = matches!(arg.ty.of, ValueType::Model(_));
                    let text = arg.ty.of == ValueType::Scalar(Type::String);
                    matches!(arg.kind, ExprKind::Field(..) | ExprKind::Document(_) | ExprKind::Error)
                        && !rows
                        && (arg.ty.list || text)
                });
                let span = args.first().map_or(name.span, |arg| arg.span);
                field
                    .is_none()
                    .then(|| wrong("only a text or a list has a length", span, "give the name of such a field"))
            }
            "regex" => match literal(1) {
                Some((ast::ExprKind::String(_), _)) | None => None,
                Some((_, span)) => Some(wrong("the pattern must be a text in quotes", span, "write the pattern here")),
            },
            "isUuid" => match literal(1) {
                Some((ast::ExprKind::Number(version), span)) if version != "4" && version != "7" => {
                    Some(wrong("there is no such version of a UUID here", span, "the versions are 4 and 7"))
                }
                _ => None,
            },
            _ => None,
        };
        let Some(found) = found else { return true };
        self.report(found);
        false
    }

    fn counts(&mut self, function: &ast::Function, span: Span, args: &[ast::Expr]) -> bool {
        let name = &function.name.text;
        if let Some(missing) = function.params.iter().skip(args.len()).find(|param| !param.ty.optional) {
            let message = format!("`{name}()` needs `{}`", missing.name.text);
            let params: Vec<&str> = function.params.iter().map(|param| param.name.text.as_str()).collect();
            let found = Diagnostic::error("missing-argument", span, message);
            self.report(found.help(format!("write `{name}({})`", params.join(", "))));
            return false;
        }
        if let Some(surplus) = args.get(function.params.len()) {
            let message = match function.params.len() {
                0 => format!("`{name}()` takes no arguments"),
                1 => format!("`{name}()` takes one argument"),
                count => format!("`{name}()` takes {count} arguments"),
            };
            self.report(Diagnostic::error("wrong-argument", surplus.span, message).help("remove this one"));
            return false;
        }
        true
    }

    fn argument_fits(&mut self, name: &ast::Name, param: &ast::Param, arg: &Expr) -> bool {
        let named = self.decls.named(&param.ty.name.text).and_then(|_| self.declared(&param.ty).of.family());
        let wanted = Family::named(&param.ty.name.text).or(named);
        let Some((wanted, given)) = wanted.zip(arg.ty.of.family()) else { return !arg.ty.is_error() };
        let fits = (arg.is_null() && param.ty.optional && !is_library(param.span))
            || (wanted == Family::Any && !param.ty.list)
            || (wanted.takes(given) && arg.ty.list == param.ty.list);
        if !fits {
            let shown = self.shown(arg.ty);
            let list = if param.ty.list { "[]" } else { "" };
            let message = format!(
                "`{}` of `{}()` must be of type `{}{list}`, this is of type {shown}",
                param.name.text, name.text, param.ty.name.text
            );
            let found = Diagnostic::error("wrong-argument-type", arg.span, message);
            self.report(found.help(format!("give it something of type `{}{list}`", param.ty.name.text)));
        }
        fits
    }
}

fn place_of(context: &str) -> Option<&'static str> {
    Some(match context {
        "DefaultValue" => "in `@default`",
        "AccessPolicy" => "in access rules",
        "ValidationRule" => "in validation rules",
        "Index" => "in an index",
        _ => return None,
    })
}
