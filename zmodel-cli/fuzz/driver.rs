//! What holds for any text that is compiled: it ends with findings that lie inside the text, what is printed is Rust, and
//! a text that can be laid out is laid out once and for all. The fuzzer and the tests ask the same.

use std::io;
use std::path::Path;

use zmodel_cli::diagnostic::{Diagnostics, render};
use zmodel_cli::source::{FileId, SourceMap};
use zmodel_cli::{Compilation, compile, format};

/// Compiles and lays out a text, and checks what holds for any.
#[track_caller]
pub(crate) fn survive(text: &str) -> Compilation {
    let compiled = compile(Path::new("schema.zmodel"), &|path| {
        if path == Path::new("schema.zmodel") { Ok(text.to_owned()) } else { Err(io::ErrorKind::NotFound.into()) }
    });
    in_bounds(&compiled.sources, &compiled.diagnostics);
    // Drawing the findings slices the text by their spans.
    let drawn = render::text(&compiled.sources, &compiled.diagnostics, false);
    assert_eq!(drawn.is_empty(), compiled.diagnostics.is_empty());
    if let Some(code) = &compiled.code {
        let printed = code.nested();
        assert!(syn::parse_file(&printed).is_ok(), "{text}\n{printed}");
    }
    match format::format(FileId(0), text) {
        Ok(laid_out) => assert_eq!(format::format(FileId(0), &laid_out).ok().as_ref(), Some(&laid_out), "{text}"),
        // It looks at what it has made, and rather gives nothing than something else than was there.
        Err(found) => assert!(found.iter().all(|found| found.code != "internal-error"), "{text}"),
    }
    compiled
}

#[track_caller]
pub(crate) fn in_bounds(sources: &SourceMap, diagnostics: &Diagnostics) {
    for found in diagnostics {
        let spans = found.span.into_iter().chain(found.related.iter().map(|(span, _)| *span));
        let edits = found.fixes.iter().flat_map(|fix| fix.edits.iter().map(|(span, _)| *span));
        for span in spans.chain(edits) {
            // What the standard library declares is in no file.
            let Some(file) = sources.file(span.file) else { continue };
            let text = file.text.get(span.start as usize..span.end as usize);
            assert!(text.is_some(), "{found:?} is not in the file, or splits a character");
        }
    }
}
