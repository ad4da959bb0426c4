//! Names, and members after a dot.

use zmodel_runtime::schema::{EnumId, Type};

use super::super::attributes::Holder;
use super::super::names::{closest, some};
use super::super::rules::about_secret;
use super::super::{
    Auth, CallerPath, CallerStart, DocumentPath, DocumentStart, Expr, ExprKind, ExprType, FieldType, Resolver, RowPath,
    ValueType,
};
use super::{Context, Scope};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Resolver<'a, '_> {
    /// An expression before a dot or a predicate, where a binding may stand.
    pub(super) fn operand(&mut self, scope: &mut Scope<'a>, given: &'a ast::Expr) -> Expr {
        match &given.kind {
            ast::ExprKind::Paren(inner) => self.operand(scope, inner),
            ast::ExprKind::Reference(name, args) if args.is_empty() => self.reference(scope, name, None, true),
            _ => self.expr(scope, given, None),
        }
    }

    /// A bare name: a field of the innermost row, else a binding, else a member of an enum.
    pub(super) fn reference(
        &mut self,
        scope: &mut Scope<'a>,
        name: &'a ast::Name,
        hint: Option<Type>,
        before_dot: bool,
    ) -> Expr {
        let span = name.span;
        if let Some(frame) = scope.frames().last() {
            let holder = frame.holder();
            if let Some(at) = self.find_field(holder, &name.text) {
                return self.step(frame.expr(0, span), holder, at, name, span);
            }
        }
        let bound = scope.frames().iter().rev().enumerate().find(|(_, frame)| frame.is_bound_to(&name.text));
        if let Some((up, frame)) = bound {
            if !before_dot {
                let message = format!("`{}` is a whole row, which cannot be used by itself", name.text);
                let found = Diagnostic::error("bare-binding", span, message);
                self.report(found.help(format!("use a field of it: `{}.id`", name.text)));
                return Expr::error(span);
            }
            if let Some(binding) = frame.binding {
                self.uses(name, binding.span);
            }
            return frame.expr(up, span);
        }
        if let Some(given) = self.parameter(scope, name) {
            return given;
        }
        if let Some((of, member)) = self.global_member(&name.text, hint) {
            if let Some(declared) = self.decls.enums.get(of).and_then(|declared| declared.members.get(member)) {
                self.uses(name, declared.name.span);
            }
            let ty = u16::try_from(of).map_or(ExprType::ERROR, |of| ExprType::scalar(Type::Enum(EnumId(of))));
            return Expr { kind: ExprKind::Member(of, member), ty, span };
        }
        let inner = scope.frames().last().map(|frame| self.holder_name(frame.holder()));
        if inner.is_none_or(|inner| !self.incomplete.contains(&inner)) {
            let found = self.unknown_name(scope, name, hint);
            self.report(found);
        }
        Expr::error(span)
    }

    /// A member of one of the user's enums, of the hinted one if it has it: enum and member, by position.
    pub(in crate::hir) fn global_member(&self, name: &str, hint: Option<Type>) -> Option<(usize, usize)> {
        let hinted = match hint {
            Some(Type::Enum(id)) => Some(id.index()),
            _ => None,
        };
        let own = self.decls.enums.iter().enumerate().take(self.decls.own_enums);
        let mut all = own.filter_map(|(at, declared)| {
            let member = declared.members.iter().position(|member| member.name.text == name)?;
            Some((at, member))
        });
        let first = all.clone().next();
        all.find(|(at, _)| Some(*at) == hinted).or(first)
    }

    fn unknown_name(&self, scope: &Scope<'a>, name: &ast::Name, hint: Option<Type>) -> Diagnostic {
        let outer = scope.outermost().filter(|_| scope.frames.len() > 1);
        let inner = scope.frames().last().map(super::Frame::holder);
        let shown = inner.map(|holder| self.holder_name(holder)).unwrap_or_default();
        if let Some(outer) = outer.filter(|frame| self.find_field(frame.holder(), &name.text).is_some()) {
            let message = format!("`{shown}` has no field `{}`", name.text);
            let owner = self.holder_name(outer.holder());
            let help =
                format!("inside the brackets names mean fields of `{shown}`; for `{owner}` write `this.{}`", name.text);
            return Diagnostic::error("unknown-name", name.span, message).help(help);
        }
        if let Some(Type::Enum(id)) = hint {
            return self.unknown_member(id, name);
        }
        let fields = inner.map(|holder| self.fields_of(holder)).unwrap_or_default();
        let fields = fields.iter().filter(|field| !field.ignored).map(|field| field.name.text.as_str());
        let own = self.decls.enums.iter().take(self.decls.own_enums);
        let members = own.flat_map(|declared| declared.members.iter().map(|member| member.name.text.as_str()));
        let bindings = scope.frames().iter().filter_map(|frame| Some(frame.binding?.text.as_str()));
        let bindings = bindings.chain(scope.parameters());
        let message = if inner.is_some() {
            format!("`{}` is neither a field of `{shown}` nor a member of an enum", name.text)
        } else {
            format!("there is nothing called `{}`", name.text)
        };
        let found = Diagnostic::error("unknown-name", name.span, message);
        if let Some(meant) = closest(&name.text, fields.chain(members).chain(bindings)) {
            return found.did_you_mean(meant);
        }
        if self.decls.function(&name.text).is_some() {
            return found.help(format!("to call the function write `{}()`", name.text));
        }
        match inner {
            Some(holder) => found.help(format!("the fields of `{shown}` are: {}", some(&self.field_names(holder)))),
            None => found,
        }
    }

    /// `base.name`
    pub(super) fn member(
        &mut self,
        scope: &mut Scope<'a>,
        base: &'a ast::Expr,
        name: &'a ast::Name,
        span: Span,
    ) -> Expr {
        let of_before = matches!(&base.kind, ast::ExprKind::Call(name, _) if name.text == "before");
        let base = self.operand(scope, base);
        let of_before = of_before || self.is_before(scope, &base);
        if base.ty.is_error() || name.text.is_empty() {
            return Expr::error(span);
        }
        let holder = match (&base.kind, base.ty.of) {
            (ExprKind::Row(_) | ExprKind::Caller(_) | ExprKind::Missing, ValueType::Model(at)) => Holder::Model(at),
            (
                ExprKind::Caller(_) | ExprKind::Field(..) | ExprKind::Document(_) | ExprKind::Missing,
                ValueType::Type(at),
            ) => Holder::Type(at),
            _ => {
                let shown = self.shown(base.ty);
                let message = format!("a value of type {shown} has no member `{}`", name.text);
                self.report(Diagnostic::error("no-members", name.span, message).help("remove what follows the dot"));
                return Expr::error(span);
            }
        };
        if base.ty.list {
            let shown = self.shown(base.ty);
            let message = format!("this is a list of type {shown}, which has no member `{}` itself", name.text);
            let found = Diagnostic::error("member-of-list", name.span, message);
            self.report(found.help(format!("ask about its elements: `…?[{} == …]`", name.text)));
            return Expr::error(span);
        }
        let Some(at) = self.find_field(holder, &name.text) else {
            self.report_field(holder, name);
            return Expr::error(span);
        };
        if of_before && self.fields_of(holder).get(at).is_some_and(|field| field.ty.is_model()) {
            let message = format!("`before()` remembers the row's own fields; `{}` is a relation", name.text);
            let found = Diagnostic::error("relation-before", name.span, message);
            self.report(found.help("compare the fields of its foreign key"));
            return Expr::error(span);
        }
        self.step(base, holder, at, name, span)
    }

    fn is_without_foreign_keys(&self) -> bool {
        self.schema.is_without_foreign_keys()
    }

    /// From a row or a structure to one of its fields.
    fn step(&mut self, base: Expr, holder: Holder, at: usize, name: &ast::Name, span: Span) -> Expr {
        let Some(field) = self.fields_of(holder).get(at) else { return Expr::error(span) };
        let (held, secret, ignored, whole) = (field.ty, field.secret, field.ignored, field.span);
        // Without foreign keys nothing keeps the row there that a required relation leads to.
        let loose = held.is_model() && !field.list && self.is_without_foreign_keys();
        let nullable = field.optional || base.ty.nullable || loose;
        let ty = ExprType { of: held.value(), list: field.list, nullable };
        self.uses_field(holder, at, name);
        let column = matches!(base.kind, ExprKind::Row(_)) && matches!(held, FieldType::Scalar(_));
        if ignored && !column {
            let message = format!("`{}` is marked `@ignore`, so rules cannot see it", name.text);
            let found = Diagnostic::error("ignored-field", name.span, message).related(whole, "the field");
            self.report(found.help("remove the `@ignore`, or write the rule without it"));
            return Expr::error(span);
        }
        let kind = match base.kind {
            // Of what is missing everything is missing.
            ExprKind::Missing if held != FieldType::Error => {
                return Expr { kind: ExprKind::Missing, ty: ExprType { nullable: true, ..ty }, span };
            }
            ExprKind::Row(path) if self.is_without_table(&path, holder) => {
                return self.key_of_ignored(path, at, name, span);
            }
            ExprKind::Row(mut path) => match held {
                FieldType::Model(_) => {
                    path.through.push(at);
                    ExprKind::Row(path)
                }
                FieldType::Scalar(_) | FieldType::Type(_) | FieldType::Unsupported => ExprKind::Field(path, at),
                // What is wrong with it is reported where it is declared.
                FieldType::Error => return Expr::error(span),
            },
            ExprKind::Field(..) | ExprKind::Document(_) => {
                let mut path = match base.kind {
                    ExprKind::Field(path, field) => {
                        DocumentPath { start: DocumentStart::Field(path, field), members: Vec::new() }
                    }
                    ExprKind::Document(path) => path,
                    _ => return Expr::error(span),
                };
                match held {
                    FieldType::Scalar(_) | FieldType::Type(_) => path.members.push(at),
                    FieldType::Model(_) | FieldType::Unsupported | FieldType::Error => return Expr::error(span),
                }
                ExprKind::Document(path)
            }
            ExprKind::Caller(mut path) => {
                if held == FieldType::Error {
                    return Expr::error(span);
                }
                // Of a secret the caller brings nothing: the row that he is has none of it.
                if let Some(secret) = secret {
                    self.report(about_secret(secret, span));
                    return Expr::error(span);
                }
                // What only the database knows nobody brings.
                if held == FieldType::Unsupported {
                    return Expr { kind: ExprKind::Missing, ty: ExprType { nullable: true, ..ty }, span };
                }
                // Of what a caller brings nothing is sure to be there.
                path.members.push(at);
                return Expr { kind: ExprKind::Caller(path), ty: ExprType { nullable: true, ..ty }, span };
            }
            _ => return Expr::error(span),
        };
        Expr { kind, ty, span }
    }

    /// Whether a path leads to a row of a model without a table.
    fn is_without_table(&self, path: &RowPath, end: Holder) -> bool {
        !path.through.is_empty() && matches!(end, Holder::Model(at) if self.is_ignored(at))
    }

    /// Of a row without a table only its key is known, since it is the foreign key of the row that refers to it.
    fn key_of_ignored(&mut self, mut path: RowPath, at: usize, name: &ast::Name, span: Span) -> Expr {
        let relation = path.through.pop();
        let owner = self.schema.end(&path);
        let field = owner.zip(relation).and_then(|(model, at)| self.schema.models.get(model)?.fields.get(at));
        let key = field.and_then(|field| field.relation.as_ref()).and_then(|relation| {
            let position = relation.references.iter().position(|id| *id == at)?;
            relation.fields.get(position).copied()
        });
        let Some(key) = key else {
            let message = format!("`{}` is of a row without a table: its model is marked `@@ignore`", name.text);
            let found = Diagnostic::error("ignored-field", name.span, message);
            self.report(found.help("only its key is known here; compare that, or `auth()` with the relation itself"));
            return Expr::error(span);
        };
        let Some(field) = owner.and_then(|model| self.schema.models.get(model)?.fields.get(key)) else {
            return Expr::error(span);
        };
        let ty = ExprType { of: field.ty.value(), list: false, nullable: field.optional };
        Expr { kind: ExprKind::Field(path, key), ty, span }
    }

    pub(in crate::hir) fn is_ignored(&self, model: usize) -> bool {
        self.schema.models.get(model).is_some_and(|model| model.ignored)
    }

    /// `auth()`
    pub(super) fn caller(&mut self, span: Span) -> Expr {
        let of = match self.schema.auth {
            Some(Auth::Model(at)) => ValueType::Model(at),
            Some(Auth::Type(at)) => ValueType::Type(at),
            None => {
                if !self.auth_missed {
                    let found = Diagnostic::error("no-auth", span, "nothing says what `auth()` is");
                    self.report(found.help("add `type User { id String @id @@auth }`, or a model with that name"));
                }
                self.auth_missed = true;
                return Expr::error(span);
            }
        };
        let path = CallerPath { start: CallerStart::Auth, members: Vec::new() };
        Expr { kind: ExprKind::Caller(path), ty: ExprType { of, list: false, nullable: true }, span }
    }

    /// How marks of functions call a context, and how people do; none where every function can be called.
    pub(super) fn context_name(context: Context) -> Option<(&'static str, &'static str)> {
        Some(match context {
            Context::Default => ("DefaultValue", "in `@default`"),
            Context::Policy => ("AccessPolicy", "in an access rule"),
            Context::Validation => ("ValidationRule", "in a validation rule"),
            Context::Function => return None,
        })
    }
}
