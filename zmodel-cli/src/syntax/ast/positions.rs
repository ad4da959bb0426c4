//! The positions of everything in a tree: to compare trees without them, and to move them.

use super::{
    Arg, Attribute, AttributeDecl, AttributeParam, Config, Enum, Expr, ExprKind, File, Function, Import, Item, Model,
    Name, Param, Procedure, TypeRef,
};
use crate::source::{FileId, Span};

/// The position of everything in a tree without positions.
const NOWHERE: Span = Span::new(FileId(0), 0, 0);

impl File {
    /// The same tree, with all spans alike: two texts that differ in blanks and comments only have the same.
    #[must_use]
    pub fn without_positions(mut self) -> Self {
        let mut clear = |span: &mut Span| *span = NOWHERE;
        self.imports.iter_mut().for_each(|import| import.each_span(&mut clear));
        self.items.iter_mut().for_each(|item| item.each_span(&mut clear));
        self
    }
}

impl Import {
    /// Shows the span of each of its parts to `see`, which can change it.
    pub(crate) fn each_span(&mut self, see: &mut impl FnMut(&mut Span)) {
        see(&mut self.path.span);
        see(&mut self.span);
    }
}

impl Item {
    /// Shows the span of each of its parts to `see`, which can change it.
    pub(crate) fn each_span(&mut self, see: &mut impl FnMut(&mut Span)) {
        match self {
            Self::Datasource(config) | Self::Generator(config) | Self::Plugin(config) => of_config(config, see),
            Self::Model(model) => of_model(model, see),
            Self::Enum(decl) => of_enum(decl, see),
            Self::Function(function) => of_function(function, see),
            Self::Attribute(decl) => of_declaration(decl, see),
            Self::Procedure(procedure) => of_procedure(procedure, see),
        }
    }
}

fn of_config(config: &mut Config, see: &mut impl FnMut(&mut Span)) {
    see(&mut config.span);
    of_name(&mut config.name, see);
    for entry in &mut config.entries {
        see(&mut entry.span);
        of_name(&mut entry.key, see);
        of_expr(&mut entry.value, see);
    }
}

fn of_model(model: &mut Model, see: &mut impl FnMut(&mut Span)) {
    see(&mut model.span);
    of_name(&mut model.name, see);
    model.extends.iter_mut().chain(&mut model.mixins).for_each(|it| of_name(it, see));
    for field in &mut model.fields {
        see(&mut field.span);
        of_name(&mut field.name, see);
        of_params(&mut field.params, see);
        of_type(&mut field.ty, see);
        of_attributes(&mut field.attributes, see);
    }
    of_attributes(&mut model.attributes, see);
}

fn of_enum(decl: &mut Enum, see: &mut impl FnMut(&mut Span)) {
    see(&mut decl.span);
    of_name(&mut decl.name, see);
    for member in &mut decl.members {
        see(&mut member.span);
        of_name(&mut member.name, see);
        of_attributes(&mut member.attributes, see);
    }
    of_attributes(&mut decl.attributes, see);
}

fn of_function(function: &mut Function, see: &mut impl FnMut(&mut Span)) {
    see(&mut function.span);
    of_name(&mut function.name, see);
    of_params(&mut function.params, see);
    of_type(&mut function.returns, see);
    function.body.iter_mut().for_each(|it| of_expr(it, see));
    of_attributes(&mut function.attributes, see);
}

fn of_procedure(procedure: &mut Procedure, see: &mut impl FnMut(&mut Span)) {
    see(&mut procedure.span);
    of_name(&mut procedure.name, see);
    of_params(&mut procedure.params, see);
    of_type(&mut procedure.returns, see);
    of_attributes(&mut procedure.attributes, see);
}

fn of_declaration(decl: &mut AttributeDecl, see: &mut impl FnMut(&mut Span)) {
    see(&mut decl.span);
    of_name(&mut decl.name, see);
    for param in &mut decl.params {
        let AttributeParam { name, ty, attributes, span, .. } = param;
        see(span);
        of_name(name, see);
        of_type(ty, see);
        of_attributes(attributes, see);
    }
    of_attributes(&mut decl.attributes, see);
}

fn of_params(params: &mut [Param], see: &mut impl FnMut(&mut Span)) {
    for param in params {
        see(&mut param.span);
        of_name(&mut param.name, see);
        of_type(&mut param.ty, see);
    }
}

fn of_name(name: &mut Name, see: &mut impl FnMut(&mut Span)) {
    see(&mut name.span);
}

fn of_type(ty: &mut TypeRef, see: &mut impl FnMut(&mut Span)) {
    see(&mut ty.span);
    of_name(&mut ty.name, see);
    ty.unsupported.iter_mut().for_each(|it| of_expr(it, see));
}

fn of_attributes(attributes: &mut [Attribute], see: &mut impl FnMut(&mut Span)) {
    for attribute in attributes {
        see(&mut attribute.span);
        of_name(&mut attribute.name, see);
        of_args(&mut attribute.args, see);
    }
}

fn of_args(args: &mut [Arg], see: &mut impl FnMut(&mut Span)) {
    for arg in args {
        see(&mut arg.span);
        arg.label.iter_mut().for_each(|it| of_name(it, see));
        of_expr(&mut arg.value, see);
    }
}

fn of_expr(expr: &mut Expr, see: &mut impl FnMut(&mut Span)) {
    see(&mut expr.span);
    match &mut expr.kind {
        ExprKind::Reference(name, args) => {
            of_name(name, see);
            of_args(args, see);
        }
        ExprKind::Member(operand, name) => {
            of_expr(operand, see);
            of_name(name, see);
        }
        ExprKind::Call(name, args) => {
            of_name(name, see);
            for arg in args {
                of_expr(arg, see);
            }
        }
        ExprKind::Array(items) => items.iter_mut().for_each(|it| of_expr(it, see)),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                of_name(key, see);
                of_expr(value, see);
            }
        }
        ExprKind::Not(operand) | ExprKind::Paren(operand) => of_expr(operand, see),
        ExprKind::Binary(_, left, right) => {
            of_expr(left, see);
            of_expr(right, see);
        }
        ExprKind::Predicate { collection, binding, condition, .. } => {
            of_expr(collection, see);
            if let Some(binding) = binding {
                of_name(binding, see);
            }
            of_expr(condition, see);
        }
        ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Null
        | ExprKind::This
        | ExprKind::Error => {}
    }
}
