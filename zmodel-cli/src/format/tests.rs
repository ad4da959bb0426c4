//! What each construct looks like, and that nothing is lost.

use std::path::{Path, PathBuf};

use super::*;
use crate::diagnostic::render;
use crate::source::SourceMap;

mod layouts;
mod properties;

/// The text, laid out; laying it out again changes nothing.
#[track_caller]
fn formatted(text: &str) -> String {
    let once = format(FileId(0), text).unwrap_or_else(|found| panic!("{text}\n{}", rendered(text, &found)));
    assert_eq!(format(FileId(0), &once).as_deref(), Ok(once.as_str()), "the second time\n{text}");
    once
}

fn rendered(text: &str, found: &Diagnostics) -> String {
    let mut sources = SourceMap::new();
    sources.add("schema.zmodel", text);
    render::text(&sources, found, false)
}

#[test]
fn a_file_that_does_not_parse_is_refused_with_its_findings() {
    let text = "model A {\n  id Int @id(\n}\n";
    insta::assert_snapshot!(rendered(text, &format(FileId(0), text).unwrap_err()), @r"
    error[unexpected-token]: expected an expression, but the line ends
     --> schema.zmodel:2:14
      |
    2 |   id Int @id(
      |              ^ expected an expression
    ");
}

/// A mistake of the formatter's own is one, and not a schema that means something else.
#[test]
fn what_is_not_the_same_is_noticed() {
    let parsed = |text| Parsed::new(FileId(0), text).unwrap();
    let text = "model A { a Int @x(b && c) // c\n d Int }";
    let same = |other| parsed(text).same(&parsed(other));
    assert!(same("model A {\na Int\n@x( b&&c )   // c \n\nd Int\n}"));
    for other in [
        "model A { a Int @x(b || c) // c\n d Int }",
        "model A { a Int @x((b && c)) // c\n d Int }",
        "model A { a Int @x(b && c)\n d Int }",
        "model A { a Int @x(b && c) // d\n d Int }",
        "model A { a Int\n // c\n @x(b && c) d Int }",
        "model A { a Int @x(b && c) // c\n d Int} // c",
    ] {
        assert!(!same(other), "{other}");
    }
    // A comment that documents belongs to what is before it or to what is after it.
    assert!(!parsed("model A { a Int /// c\n b Int }").same(&parsed("model A { a Int\n /// c\n b Int }")));
}

#[test]
fn every_schema_of_the_repository_is_the_same_after_the_second_time() {
    let files = schemas(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        if let Ok(once) = format(FileId(0), &text) {
            assert_eq!(format(FileId(0), &once).as_deref(), Ok(once.as_str()), "{}", file.display());
            let windows = once.replace('\n', "\r\n");
            assert_eq!(format(FileId(0), &windows).as_deref(), Ok(windows.as_str()), "{}", file.display());
        } else {
            let code =
                Parsed::new(FileId(0), &text).err().and_then(|found| found.iter().next().map(|found| found.code));
            assert_ne!(code, None, "{} parses and cannot be formatted", file.display());
        }
    }
}

/// All `.zmodel` files in `folder`, but those in hidden folders and in `target`.
fn schemas(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            found.extend(schemas(&path));
        } else if path.extension().is_some_and(|extension| extension == "zmodel") {
            found.push(path);
        }
    }
    found
}

/// Half-written texts are refused or laid out, and end the formatter in no other way.
#[test]
fn every_beginning_of_a_file_is_survived() {
    let text = include_str!("tests/comments.zmodel");
    let mut whole = 0;
    for (end, _) in text.char_indices() {
        if let Ok(once) = format(FileId(0), &text[..end]) {
            assert_eq!(format(FileId(0), &once).as_deref(), Ok(once.as_str()), "{}", &text[..end]);
            whole += 1;
        } else {
            assert!(Parsed::new(FileId(0), &text[..end]).is_err(), "{}", &text[..end]);
        }
    }
    assert!(whole > 50, "{whole}");
}
