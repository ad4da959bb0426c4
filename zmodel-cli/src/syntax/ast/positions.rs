//! Trees without their positions, to be compared.

use super::{
    Arg, Attribute, AttributeDecl, AttributeParam, Config, Enum, Expr, ExprKind, File, Function, Item, Model, Name,
    Param, Procedure, TypeRef,
};
use crate::source::{FileId, Span};

/// The position of everything in a tree without positions.
const NOWHERE: Span = Span::new(FileId(0), 0, 0);

impl File {
    /// The same tree, with all spans alike: two texts that differ in blanks and comments only have the same.
    #[must_use]
    pub fn without_positions(mut self) -> Self {
        for import in &mut self.imports {
            import.path.span = NOWHERE;
            import.span = NOWHERE;
        }
        for item in &mut self.items {
            match item {
                Item::Datasource(config) | Item::Generator(config) | Item::Plugin(config) => clear_config(config),
                Item::Model(model) => clear_model(model),
                Item::Enum(decl) => clear_enum(decl),
                Item::Function(function) => clear_function(function),
                Item::Attribute(decl) => clear_declaration(decl),
                Item::Procedure(procedure) => clear_procedure(procedure),
            }
        }
        self
    }
}

fn clear_config(config: &mut Config) {
    config.span = NOWHERE;
    clear_name(&mut config.name);
    for entry in &mut config.entries {
        entry.span = NOWHERE;
        clear_name(&mut entry.key);
        clear_expr(&mut entry.value);
    }
}

fn clear_model(model: &mut Model) {
    model.span = NOWHERE;
    clear_name(&mut model.name);
    model.extends.iter_mut().chain(&mut model.mixins).for_each(clear_name);
    for field in &mut model.fields {
        field.span = NOWHERE;
        clear_name(&mut field.name);
        clear_params(&mut field.params);
        clear_type(&mut field.ty);
        clear_attributes(&mut field.attributes);
    }
    clear_attributes(&mut model.attributes);
}

fn clear_enum(decl: &mut Enum) {
    decl.span = NOWHERE;
    clear_name(&mut decl.name);
    for member in &mut decl.members {
        member.span = NOWHERE;
        clear_name(&mut member.name);
        clear_attributes(&mut member.attributes);
    }
    clear_attributes(&mut decl.attributes);
}

fn clear_function(function: &mut Function) {
    function.span = NOWHERE;
    clear_name(&mut function.name);
    clear_params(&mut function.params);
    clear_type(&mut function.returns);
    function.body.iter_mut().for_each(clear_expr);
    clear_attributes(&mut function.attributes);
}

fn clear_procedure(procedure: &mut Procedure) {
    procedure.span = NOWHERE;
    clear_name(&mut procedure.name);
    clear_params(&mut procedure.params);
    clear_type(&mut procedure.returns);
    clear_attributes(&mut procedure.attributes);
}

fn clear_declaration(decl: &mut AttributeDecl) {
    decl.span = NOWHERE;
    clear_name(&mut decl.name);
    for param in &mut decl.params {
        let AttributeParam { name, ty, attributes, span, .. } = param;
        *span = NOWHERE;
        clear_name(name);
        clear_type(ty);
        clear_attributes(attributes);
    }
    clear_attributes(&mut decl.attributes);
}

fn clear_params(params: &mut [Param]) {
    for param in params {
        param.span = NOWHERE;
        clear_name(&mut param.name);
        clear_type(&mut param.ty);
    }
}

const fn clear_name(name: &mut Name) {
    name.span = NOWHERE;
}

fn clear_type(ty: &mut TypeRef) {
    ty.span = NOWHERE;
    clear_name(&mut ty.name);
    ty.unsupported.iter_mut().for_each(clear_expr);
}

fn clear_attributes(attributes: &mut [Attribute]) {
    for attribute in attributes {
        attribute.span = NOWHERE;
        clear_name(&mut attribute.name);
        clear_args(&mut attribute.args);
    }
}

fn clear_args(args: &mut [Arg]) {
    for arg in args {
        arg.span = NOWHERE;
        arg.label.iter_mut().for_each(clear_name);
        clear_expr(&mut arg.value);
    }
}

fn clear_expr(expr: &mut Expr) {
    expr.span = NOWHERE;
    match &mut expr.kind {
        ExprKind::Reference(name, args) => {
            clear_name(name);
            clear_args(args);
        }
        ExprKind::Member(operand, name) => {
            clear_expr(operand);
            clear_name(name);
        }
        ExprKind::Call(name, args) => {
            clear_name(name);
            args.iter_mut().for_each(clear_expr);
        }
        ExprKind::Array(items) => items.iter_mut().for_each(clear_expr),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                clear_name(key);
                clear_expr(value);
            }
        }
        ExprKind::Not(operand) | ExprKind::Paren(operand) => clear_expr(operand),
        ExprKind::Binary(_, left, right) => {
            clear_expr(left);
            clear_expr(right);
        }
        ExprKind::Predicate { collection, binding, condition, .. } => {
            clear_expr(collection);
            binding.iter_mut().for_each(clear_name);
            clear_expr(condition);
        }
        ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Null
        | ExprKind::This
        | ExprKind::Error => {}
    }
}
