//! How the time of each stage grows with the schema.

use std::path::Path;

use divan::Bencher;
use zmodel_cli::diagnostic::Diagnostics;
use zmodel_cli::source::FileId;

#[path = "growth/schema.rs"]
mod schema;

const MODELS: [usize; 4] = [10, 100, 1_000, 5_000];

fn main() {
    divan::main();
}

/// From text to its tree.
#[divan::bench(args = MODELS)]
fn parse(bencher: Bencher<'_, '_>, models: usize) {
    let text = schema::schema(models);
    bencher.bench(|| zmodel_cli::syntax::parse(FileId(0), &text, &mut Diagnostics::default()));
}

/// `zmodel check`: from text to findings.
#[divan::bench(args = MODELS)]
fn check(bencher: Bencher<'_, '_>, models: usize) {
    let text = schema::schema(models);
    bencher.bench(|| zmodel_cli::check(Path::new("schema.zmodel"), &|_| Ok(text.clone())));
}

/// What the language server does after an edit: the old tree and the new one are let go of beside its work.
#[divan::bench(args = MODELS)]
fn edit(bencher: Bencher<'_, '_>, models: usize) {
    let text = schema::schema(models);
    bencher.bench(|| {
        let mut found = Diagnostics::default();
        let tree = zmodel_cli::syntax::parse(FileId(0), &text, &mut found);
        let schema = zmodel_cli::hir::resolve(std::slice::from_ref(&tree), &mut found);
        zmodel_cli::check::check(&schema, &mut found);
        (tree, schema, found)
    });
}

/// `build.rs`: from a file to the text of the generated code.
#[divan::bench(args = MODELS)]
fn generate(bencher: Bencher<'_, '_>, models: usize) {
    let path = std::env::temp_dir().join(format!("zmodel-growth-{models}-{}.zmodel", std::process::id()));
    let written = std::fs::write(&path, schema::schema(models));
    assert!(written.is_ok(), "{written:?}");
    bencher.bench(|| zmodel_cli::build::text(&path));
    drop(std::fs::remove_file(&path));
}
