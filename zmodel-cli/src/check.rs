//! Rules about a resolved schema: one a file, each with its explanation first and its test last.

use crate::diagnostic::Diagnostics;
use crate::hir::Schema;

mod computed;
mod deleted;
mod identity;
mod keys;
mod names;
mod secret;

mod ignored;
mod sequence;
mod size;

mod circle;
mod claim;
mod create;
mod no_rules;

mod caller_null;
mod constant;
mod deny_null;
mod empty_text;
mod every_null;
mod negated_check;
mod nulls;
mod shown_key;
mod unreachable;
mod update_null;

/// Looks for what no code can be generated for yet, in a schema that is well written.
pub fn check_generation(schema: &Schema, diagnostics: &mut Diagnostics) {
    for found in &schema.unsupported {
        diagnostics.push(found.clone());
    }
    diagnostics.sort();
}

/// Looks for everything in a resolved schema that is wrong or worth a look.
pub fn check(schema: &Schema, diagnostics: &mut Diagnostics) {
    identity::check(schema, diagnostics);
    names::check(schema, diagnostics);
    secret::check(schema, diagnostics);
    computed::check(schema, diagnostics);
    deleted::check(schema, diagnostics);
    ignored::check(schema, diagnostics);
    sequence::check(schema, diagnostics);
    size::check(schema, diagnostics);
    claim::check(schema, diagnostics);
    circle::check(schema, diagnostics);
    create::check(schema, diagnostics);
    no_rules::check(schema, diagnostics);
    constant::check(schema, diagnostics);
    unreachable::check(schema, diagnostics);
    deny_null::check(schema, diagnostics);
    caller_null::check(schema, diagnostics);
    every_null::check(schema, diagnostics);
    update_null::check(schema, diagnostics);
    negated_check::check(schema, diagnostics);
    empty_text::check(schema, diagnostics);
    shown_key::check(schema, diagnostics);
    diagnostics.sort();
}

/// The models that have a table, or are a view.
fn tables(schema: &Schema) -> impl Iterator<Item = (usize, &crate::hir::Model)> {
    schema.models.iter().enumerate().filter(|(_, model)| !model.ignored)
}

/// The models whose rows can be written.
fn written(schema: &Schema) -> impl Iterator<Item = (usize, &crate::hir::Model)> {
    tables(schema).filter(|(_, model)| !model.view)
}
