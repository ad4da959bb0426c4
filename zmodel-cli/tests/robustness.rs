//! Whatever a file holds, the compiler ends with findings: it does not panic, hang, or point outside the file, and what
//! it prints is Rust.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../fuzz/driver.rs"]
mod driver;

use std::fs;
use std::path::{Path, PathBuf};

use driver::{in_bounds, survive};
use zmodel_cli::{check, compile_file};

/// What the fuzzer starts from, and the schemas of the tests.
fn corpus() -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("fuzz/corpus/schema"), here.join("../tests/schemas")];
    let mut paths: Vec<PathBuf> =
        folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "zmodel"));
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn what_the_fuzzer_starts_from() {
    let corpus = corpus();
    assert!(corpus.len() > 20, "{}", corpus.len());
    for text in &corpus {
        survive(text);
    }
}

#[test]
fn ten_megabytes() {
    let mut text = String::from("datasource db { provider = 'sqlite' url = 'file:x' }\n");
    let mut models = 0;
    while text.len() < 10 << 20 {
        let filler = "x".repeat(900);
        let model = format!("id Int @id name String @@allow('read', name == '{filler}')");
        let whole = format!("/// {filler}\nmodel M{models} {{ {model} }}\n");
        text.push_str(&whole);
        models += 1;
    }
    let checked = check(Path::new("big.zmodel"), &|_| Ok(text.clone()));
    in_bounds(&checked.sources, &checked.diagnostics);
    assert!(checked.diagnostics.is_empty());
    assert_eq!(checked.schema.unwrap().models.len(), models);
}

/// Each declaration leads to the next one.
fn chain(length: usize, link: impl Fn(usize) -> String, end: &str) -> String {
    let links: String = (0..length).map(link).collect();
    format!("datasource db {{ provider = 'sqlite' }}\n{links}{end}")
}

#[test]
fn long_chains_of_declarations() {
    let end = "type T4000 { id Int @id }\nmodel M with T0 { j T0 @json\n @@allow('all', true) }";
    let mixed = chain(4_000, |at| format!("type T{at} with T{} {{ a{at} Int }}\n", at + 1), end);
    let abstracts = chain(4_000, |at| format!("abstract model T{at} extends T{} {{ a{at} Int }}\n", at + 1), end);
    let held = chain(4_000, |at| format!("type T{at} {{ a T{} }}\n", at + 1), end);
    for text in [mixed, abstracts, held] {
        let checked = check(Path::new("chain.zmodel"), &|_| Ok(text.clone()));
        in_bounds(&checked.sources, &checked.diagnostics);
    }
}

#[test]
fn thousands_of_findings_are_drawn_in_one_go() {
    let compiled = survive(&"import 'a'\n".repeat(3_000));
    assert!(compiled.diagnostics.iter().count() > 3_000);
}

/// Numbers that look random and are the same in each run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    "@",
    "@@",
    "?",
    "!",
    "^",
    ".",
    ",",
    ":",
    "\n",
    "//",
    "/*",
    "é",
    "\u{202e}",
    "\0",
    "model ",
    "enum ",
    "auth()",
    "before().",
    "null",
    "this.",
    "99999999999999999999",
    "extends A",
    "with A",
    "@@allow('all', ",
    "@relation(fields: [id], references: [id])",
    "@default(",
    "@@delegate(id)",
    "in ",
    " == ",
];

#[test]
fn schemas_with_pieces_moved_removed_and_put_in() {
    let corpus = corpus();
    let mut numbers = Numbers(0x5eed);
    for _ in 0..150 {
        let mut text = corpus.get(numbers.below(corpus.len())).unwrap().clone();
        for _ in 0..=numbers.below(3) {
            let (a, b) = (numbers.place(&text), numbers.place(&text));
            let mut near = a.min(b) + numbers.below(30);
            near = near.min(a.max(b));
            while !text.is_char_boundary(near) {
                near += 1;
            }
            let start = a.min(b);
            match numbers.below(3) {
                0 => text.replace_range(start..near, ""),
                1 => text.insert_str(start, PIECES.get(numbers.below(PIECES.len())).unwrap()),
                _ => {
                    let copied = text.get(start..near).unwrap().to_owned();
                    text.insert_str(b, &copied);
                }
            }
        }
        survive(&text);
    }
}

#[test]
fn names_that_mean_something_elsewhere() {
    let long = "x".repeat(5_000);
    let names = [
        "Self",
        "self",
        "crate",
        "super",
        "r",
        "fn",
        "struct",
        "async",
        "dyn",
        "gen",
        "try",
        "union",
        "static",
        "box",
        "yield",
        "abstract",
        "become",
        "_",
        "__",
        "_1",
        "String",
        "Option",
        "Vec",
        "Result",
        "Box",
        "Some",
        "None",
        "Ok",
        "Err",
        "Db",
        "Drop",
        "Clone",
        "From",
        "SELECT",
        "select",
        "table",
        "order",
        "group",
        "rowid",
        "sqlite_master",
        "é",
        "Größe",
        "名前",
        "ﬁ",
        "K",
        "std",
        "core",
        "zmodel_runtime",
        "bool",
        "u8",
        "str",
        "macro_rules",
        "main",
        &long,
    ];
    for name in names {
        let by_place = [
            format!("model {name} {{ id Int @id\n @@allow('all', true) }}"),
            format!("model A {{ {name} Int @id\n b Int?\n @@allow('all', true) }}"),
            format!("enum {name} {{ A }} model M {{ id Int @id\n e {name}\n @@allow('all', true) }}"),
            format!("enum E {{ {name} B }} model M {{ id Int @id\n e E @default({name})\n @@allow('all', true) }}"),
            format!(
                "type {name} {{ id String @id\n @@auth }} model M {{ id Int @id\n @@allow('all', auth() != null) }}"
            ),
        ];
        for text in by_place {
            let compiled = survive(&format!("datasource db {{ provider = 'sqlite' }}\n{text}"));
            // Either it is refused with a reason, or there is code, which has been read as Rust.
            assert_ne!(compiled.code.is_some(), compiled.diagnostics.has_errors(), "{text:.80}");
        }
    }
}

#[test]
fn raw_names_of_rust_are_no_names_here() {
    let compiled = survive("datasource db { provider = 'sqlite' }\nmodel r#fn { id Int @id\n @@allow('all', true) }");
    assert!(compiled.diagnostics.has_errors());
}

#[test]
fn bytes_that_are_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.zmodel");
    let mut numbers = Numbers(0xb17e5);
    for length in [1, 2, 7, 100, 5_000] {
        let mut bytes: Vec<u8> = (0..length).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
        bytes.push(0xff);
        fs::write(&path, &bytes).unwrap();
        let compiled = compile_file(&path);
        let codes: Vec<_> = compiled.diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(codes, ["unreadable-schema"]);
        assert!(compiled.diagnostics.iter().all(|found| found.message.contains("not UTF-8")));
    }
}

#[test]
fn marks_and_line_ends_of_other_systems() {
    survive("\u{feff}model A { id Int @id }");
    survive("model A {\r\n  id Int @id\r\n}\r\n");
    survive("model A {\r  id Int @id\r}\r");
    survive("");
}
