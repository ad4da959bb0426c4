//! Rust names for the names of a schema.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::procedures::NAMES;
use super::rust::Ident;
use crate::hir;

/// The Rust names of a schema's declarations, by position. Two that fall together are told apart by a number.
pub(super) struct Names {
    models: Vec<ModelNames>,
    types: Vec<Ident>,
    /// The handles of the members of each type.
    members: Vec<Ident>,
    enums: Vec<Ident>,
    /// The structs of models with a table as part of what the caller brings, by position of the model.
    contexts: BTreeMap<usize, Ident>,
    /// Every name of a type.
    pub(super) taken: BTreeSet<String>,
}

/// The Rust names of a model.
pub(super) struct ModelNames {
    /// Its module, also the method of the client: `post`.
    pub(super) module: Ident,
    /// Its struct: `Post`.
    pub(super) ty: Ident,
    /// Whether its struct is re-exported at the top, where `Db` and `Client` already are.
    pub(super) exported: bool,
    /// Its fields, by position.
    pub(super) fields: Vec<Ident>,
}

impl Names {
    /// `shapes` are the declarations that become part of what the caller brings.
    pub(super) fn new(hir: &hir::Schema, shapes: &[hir::Auth]) -> Self {
        // Names that the generated code has itself.
        let mut top: BTreeSet<String> = ["Db", "Client", "Provided", "Computed"].map(str::to_owned).into();
        let own = [
            CLIENT_MODULE,
            "mod",
            "schema_table",
            "zm",
            "begin",
            "in_transaction",
            "retry_in_transaction",
            "call",
            "call_all",
            "batch",
            "with_deleted",
            "sql",
        ];
        let mut modules: BTreeSet<String> = own.map(str::to_owned).into();
        if !hir.procedures.is_empty() {
            top.extend(NAMES.map(str::to_owned));
            modules.extend(["procedures", "call_procedure"].map(str::to_owned));
        }
        let mut snakes = BTreeMap::new();
        let models = hir.models.iter().map(|model| {
            let ty = camel(&model.name.text);
            // Inside its module the struct must differ from what is generated beside it.
            let inside = ["Fields", "Key", "New", "Changes"].contains(&ty.as_str());
            let ty = if inside { format!("{ty}Model") } else { ty };
            // A context struct lives at the top and nowhere else, so there its name must be its own.
            let ty = if model.ignored { distinct(&mut top, &ty) } else { ty };
            let exported = !model.ignored && top.insert(ty.clone());
            ModelNames {
                module: ident(&unique(&mut modules, &snake(&model.name.text))),
                ty: ident(&ty),
                exported,
                fields: fields_like(&model.fields, &mut snakes),
            }
        });
        let models = models.collect();
        let types = hir.types.iter().map(|ty| ident(&distinct(&mut top, &camel(&ty.name.text)))).collect();
        let members = hir.types.iter().map(|ty| format!("{}Members", camel(&ty.name.text)));
        let members = members.map(|name| ident(&distinct(&mut top, &name))).collect();
        let enums = hir.enums.iter().map(|it| ident(&distinct(&mut top, &camel(&it.name.text)))).collect();
        let contexts = shapes.iter().filter_map(|shape| match shape {
            hir::Auth::Model(at) => hir.models.get(*at).filter(|model| !model.ignored).map(|model| (*at, model)),
            hir::Auth::Type(_) => None,
        });
        let contexts = contexts
            .map(|(at, model)| (at, ident(&distinct(&mut top, &format!("{}Context", camel(&model.name.text))))))
            .collect();
        Self { models, types, members, enums, contexts, taken: top }
    }

    pub(super) fn model(&self, at: usize) -> &ModelNames {
        #[expect(clippy::indexing_slicing, reason = "one entry for each model; positions come from the same list")]
        &self.models[at]
    }

    /// The struct of a model or type as part of what the caller brings.
    pub(super) fn context(&self, of: hir::Auth) -> &Ident {
        match of {
            hir::Auth::Model(at) => self.contexts.get(&at).unwrap_or(&self.model(at).ty),
            hir::Auth::Type(at) => self.ty(at),
        }
    }

    pub(super) fn ty(&self, at: usize) -> &Ident {
        #[expect(clippy::indexing_slicing, reason = "one entry for each type; positions come from the same list")]
        &self.types[at]
    }

    /// The handles of the members of a type.
    pub(super) fn members(&self, at: usize) -> &Ident {
        #[expect(clippy::indexing_slicing, reason = "one entry for each type; positions come from the same list")]
        &self.members[at]
    }

    pub(super) fn enumeration(&self, at: usize) -> &Ident {
        #[expect(clippy::indexing_slicing, reason = "one entry for each enum; positions come from the same list")]
        &self.enums[at]
    }
}

/// The module of what belongs to no model.
pub(super) const CLIENT_MODULE: &str = "generated";

/// The names of some fields, told apart.
pub(super) fn fields(list: &[hir::Field]) -> Vec<Ident> {
    fields_like(list, &mut BTreeMap::new())
}

/// The same, where many fields have the same names: those in snake case are kept in `snakes`.
fn fields_like<'h>(list: &'h [hir::Field], snakes: &mut BTreeMap<&'h str, String>) -> Vec<Ident> {
    let mut taken = BTreeSet::new();
    let names = list.iter().map(|field| field.name.text.as_str());
    names.map(|name| ident(&unique(&mut taken, snakes.entry(name).or_insert_with(|| snake(name))))).collect()
}

/// Some names in snake case, told apart.
pub(super) fn told_apart<'a>(list: impl IntoIterator<Item = &'a str>) -> Vec<Ident> {
    let mut taken = BTreeSet::new();
    list.into_iter().map(|name| ident(&unique(&mut taken, &snake(name)))).collect()
}

/// The names of some variants, told apart.
pub(super) fn variants<'a>(list: impl IntoIterator<Item = &'a str>) -> Vec<Ident> {
    let mut taken = BTreeSet::new();
    list.into_iter().map(|name| ident(&distinct(&mut taken, &camel(name)))).collect()
}

/// An identifier, also if the name is a keyword.
pub(super) fn ident(name: &str) -> Ident {
    match name {
        "self" | "super" | "crate" | "Self" | "_" => Ident::new(&format!("{name}_")),
        _ if KEYWORDS.contains(&name) => Ident::new_raw(name),
        _ => Ident::new(name),
    }
}

/// A name in snake case that is not taken.
fn unique(taken: &mut BTreeSet<String>, name: &str) -> String {
    numbered(taken, name, "_")
}

/// A name in camel case that is not taken.
fn distinct(taken: &mut BTreeSet<String>, name: &str) -> String {
    numbered(taken, name, "")
}

fn numbered(taken: &mut BTreeSet<String>, name: &str, joint: &str) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}{joint}{number}");
        number += 1;
    }
    candidate
}

fn snake(name: &str) -> String {
    usable(name.to_snake_case(), name)
}

fn camel(name: &str) -> String {
    // A name that is written as a type already stays as it is: `HTTPLog`.
    let written = name.starts_with(|c: char| c.is_ascii_uppercase())
        && !name.contains('_')
        && name.contains(|c: char| c.is_ascii_lowercase());
    usable(if written { name.to_owned() } else { name.to_upper_camel_case() }, name)
}

/// Names of underscores and digits alone leave nothing, or something that starts with a digit.
fn usable(converted: String, name: &str) -> String {
    match converted.chars().next() {
        None => format!("n{}", name.len()),
        Some(first) if first.is_ascii_digit() => format!("n{converted}"),
        Some(_) => converted,
    }
}

/// Every keyword of every edition, that a name could be.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_rust_names() {
        for (name, as_field, as_type) in [
            ("authorId", "author_id", "AuthorId"),
            ("userID", "user_id", "UserId"),
            ("HTTPLog", "http_log", "HTTPLog"),
            ("type", "type", "Type"),
            ("_", "n1", "n1"),
            ("_2nd", "n2nd", "n2nd"),
            ("in_progress", "in_progress", "InProgress"),
            ("ADMIN", "admin", "Admin"),
        ] {
            assert_eq!((snake(name).as_str(), camel(name).as_str()), (as_field, as_type), "{name}");
        }
        assert_eq!(ident("type").to_string(), "r#type");
        assert_eq!(ident("self").to_string(), "self_");
    }

    #[test]
    fn names_that_fall_together_are_told_apart() {
        let names: Vec<String> = variants(["a_b", "aB", "AB"]).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["AB", "AB2", "Ab"]);
    }
}
