//! Three doors, the same items.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SCHEMAS: &[&str] = &["blog", "shop", "hostile", "hostile_context"];

fn schema(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/schemas").join(format!("{name}.zmodel"))
}

/// The command.
fn zmodel(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmodel"));
    command.args(args).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Items as text, the same for the same items.
fn plain(items: Vec<syn::Item>) -> String {
    prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items })
}

/// The items of a file that the command wrote, with the modules that are files beside it put in place.
fn inlined(folder: &Path, file: &str) -> Vec<syn::Item> {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let mut items = syn::parse_file(&text).unwrap().items;
    for item in &mut items {
        if let syn::Item::Mod(module) = item
            && module.content.is_none()
        {
            let name = module.ident.to_string();
            let inner = inlined(folder, &format!("{}.rs", name.strip_prefix("r#").unwrap_or(&name)));
            module.content = Some((syn::token::Brace::default(), inner));
            module.semi = None;
        }
    }
    items
}

#[test]
fn the_command_the_build_script_and_the_macro_print_the_same_items() {
    for name in SCHEMAS {
        let compiled = zmodel_cli::compile_file(&schema(name));
        let rendered = zmodel_cli::diagnostic::render::text(&compiled.sources, &compiled.diagnostics, false);
        assert!(!compiled.diagnostics.has_errors(), "{rendered}");
        // The macro puts this into the module as it is; reading it as a file tells that it is items.
        let by_macro = syn::parse_file(&compiled.code.unwrap().nested()).unwrap();
        let by_macro = plain(by_macro.items);

        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("db");
        let output = zmodel(
            &["generate", "--schema", schema(name).to_str().unwrap(), "--out", out.to_str().unwrap()],
            folder.path(),
        );
        assert!(output.status.success(), "{}", error(&output));
        assert_eq!(plain(inlined(&out, "mod.rs")), by_macro, "{name}: the command");

        let by_build = zmodel_cli::build::text(&schema(name)).unwrap();
        let by_build = syn::parse_file(&by_build).unwrap();
        assert_eq!(plain(by_build.items), by_macro, "{name}: the build script");
    }
}

#[test]
fn generating_again_changes_nothing_and_check_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(schema("blog"), folder.path().join("schema.zmodel")).unwrap();
    assert!(zmodel(&["generate", "--check"], folder.path()).status.code() == Some(1), "nothing is there yet");
    assert!(!folder.path().join("src").exists(), "--check writes nothing");
    assert!(zmodel(&["generate"], folder.path()).status.success());
    let post = folder.path().join("src/db/post.rs");
    let written = fs::metadata(&post).unwrap().modified().unwrap();
    assert!(zmodel(&["generate"], folder.path()).status.success());
    assert_eq!(fs::metadata(&post).unwrap().modified().unwrap(), written);
    assert!(zmodel(&["generate", "--check"], folder.path()).status.success());

    fs::write(&post, "// mine").unwrap();
    let output = zmodel(&["generate", "--check"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("src/db/post.rs"), "{}", error(&output));
}

#[test]
fn files_of_models_that_are_gone_are_removed_and_others_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.zmodel");
    fs::copy(schema("blog"), &path).unwrap();
    assert!(zmodel(&["generate"], folder.path()).status.success());
    fs::write(folder.path().join("src/db/mine.rs"), "// mine").unwrap();
    let renamed = fs::read_to_string(&path).unwrap().replace("model Post", "model Note");
    fs::write(&path, renamed).unwrap();
    assert!(zmodel(&["generate"], folder.path()).status.success());
    let files = |name: &str| folder.path().join("src/db").join(name).exists();
    assert_eq!((files("note.rs"), files("post.rs"), files("mine.rs")), (true, false, true));
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, text) in [("empty.zmodel", ""), ("words.zmodel", "hello"), ("blank.zmodel", "// nothing\n")] {
        fs::write(at.join(name), text).unwrap();
        let output = zmodel(&["generate", "--schema", name], at);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(error(&output).starts_with("error["), "{name}: {}", error(&output));
    }
    let output = zmodel(&["generate", "--schema", "missing.zmodel"], at);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(error(&output), @r"
    error[unreadable-schema]: cannot read `missing.zmodel`: there is no such file
     |
     = help: name the schema with `--schema`, or write one with `zmodel init`

    1 error; nothing was written
    for more: zmodel explain unreadable-schema
    ");
    fs::write(at.join("binary.zmodel"), [0xff, 0xfe, 0]).unwrap();
    assert!(error(&zmodel(&["generate", "--schema", "binary.zmodel"], at)).contains("it is not UTF-8 text"));
    fs::create_dir(at.join("folder.zmodel")).unwrap();
    assert!(error(&zmodel(&["generate", "--schema", "folder.zmodel"], at)).contains("it is a folder"));

    // The output is a file, so no folder can be made of it.
    fs::copy(schema("blog"), at.join("schema.zmodel")).unwrap();
    fs::write(at.join("taken"), "mine").unwrap();
    let output = zmodel(&["generate", "--out", "taken/db"], at);
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).starts_with("error: cannot make the folder `taken/db`"), "{}", error(&output));
    assert_eq!(fs::read_to_string(at.join("taken")).unwrap(), "mine");
    assert!(!at.join("src").exists(), "nothing was written anywhere");
}

#[test]
fn a_file_that_somebody_wrote_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(schema("hostile_context"), folder.path().join("schema.zmodel")).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), "fn main() {}").unwrap();
    let output = zmodel(&["generate", "--out", "src"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("`src/main.rs` was not written by zmodel"), "{}", error(&output));
    assert_eq!(fs::read_to_string(folder.path().join("src/main.rs")).unwrap(), "fn main() {}");
    assert!(!folder.path().join("src/mod.rs").exists());
}

#[test]
fn a_name_with_a_line_break_writes_no_code() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(schema("blog"), folder.path().join("a\nfn x() {}.zmodel")).unwrap();
    assert!(zmodel(&["generate", "--schema", "a\nfn x() {}.zmodel"], folder.path()).status.success());
    let text = fs::read_to_string(folder.path().join("src/db/mod.rs")).unwrap();
    assert!(text.lines().take(2).all(|line| line.starts_with("//")), "{text}");
}

#[test]
fn a_schema_to_start_from_compiles() {
    let folder = tempfile::tempdir().unwrap();
    assert!(zmodel(&["init"], folder.path()).status.success());
    assert!(zmodel(&["generate"], folder.path()).status.success());
    let output = zmodel(&["init"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("already there"));
}

#[test]
fn five_mistakes_are_five_findings_at_their_places() {
    let folder = &Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let output = zmodel(&["generate", "--schema", "schemas/five.zmodel", "--out", "target/never"], folder);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(error(&output));
    assert!(!folder.join("target/never").exists());
}
