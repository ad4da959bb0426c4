//! How the time of each stage grows with the schema.

use std::path::Path;

use divan::Bencher;
use zmodel_cli::diagnostic::Diagnostics;
use zmodel_cli::source::FileId;
use zmodel_cli::syntax::Edited;

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

/// What the language server does after a key was pressed in the middle of a file: from the text to findings. It lets go
/// of the old schema beside its work.
#[divan::bench(args = MODELS)]
fn edit(bencher: Bencher<'_, '_>, models: usize) {
    let text = schema::schema(models);
    let (before, after) = text.split_at(text.len() / 2);
    let mut texts = [text.clone(), before.to_owned() + &after.replacen("price ", "prices ", 1)];
    let mut file = Edited::new(FileId(0));
    file.change("", &text);
    bencher.bench_local(|| {
        let [now, next] = &texts;
        file.change(now, next);
        texts.reverse();
        let mut found = Diagnostics::default();
        let schema = zmodel_cli::hir::resolve(std::slice::from_ref(file.tree()), &mut found);
        zmodel_cli::check::check(&schema, &mut found);
        (schema, found)
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
