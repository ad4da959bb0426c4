//! `zmodel format`, run as a command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::{TempDir, tempdir};

const UGLY: &str = "model A{ id   Int @id // key\n}";
const NEAT: &str = "model A {\n  id Int @id // key\n}\n";

fn zmodel(folder: &TempDir, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmodel"));
    command.args(args).current_dir(folder.path()).env("NO_COLOR", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    if !input.is_empty() {
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    }
    child.wait_with_output().unwrap()
}

/// The exit code, standard output and standard error.
fn told(output: &Output) -> (i32, &str, &str) {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, text) in files {
        write(&folder.path().join(name), text);
    }
    folder
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn without_files_the_schema_and_what_it_imports_are_laid_out() {
    let schema = format!("import './models/a'\n{UGLY}");
    let folder = folder(&[("schema.zmodel", &schema), ("models/a.zmodel", UGLY), ("other.zmodel", UGLY)]);
    let output = zmodel(&folder, &["format"], "");
    assert_eq!(told(&output), (0, "schema.zmodel\nmodels/a.zmodel\n", "2 files, 2 changed\n"));
    assert_eq!(read(&folder, "schema.zmodel"), format!("import './models/a'\n\n{NEAT}"));
    assert_eq!(read(&folder, "models/a.zmodel"), NEAT);
    assert_eq!(read(&folder, "other.zmodel"), UGLY);
    let output = zmodel(&folder, &["format", "--schema", "other.zmodel"], "");
    assert_eq!(told(&output), (0, "other.zmodel\n", "1 file, 1 changed\n"));
}

#[test]
fn what_is_laid_out_is_not_written_again() {
    let folder = folder(&[("a.zmodel", NEAT)]);
    let modified = || fs::metadata(folder.path().join("a.zmodel")).unwrap().modified().unwrap();
    let before = modified();
    assert_eq!(told(&zmodel(&folder, &["format", "a.zmodel"], "")), (0, "", "1 file, 0 changed\n"));
    assert_eq!(modified(), before);
}

#[test]
fn check_lists_files_and_writes_nothing() {
    let folder = folder(&[("a.zmodel", UGLY), ("b.zmodel", NEAT)]);
    let output = zmodel(&folder, &["format", "--check", "a.zmodel", "b.zmodel"], "");
    assert_eq!(told(&output), (1, "a.zmodel\n", "1 file of 2 not laid out; run `zmodel format`\n"));
    assert_eq!(read(&folder, "a.zmodel"), UGLY);
    let output = zmodel(&folder, &["format", "--check", "b.zmodel"], "");
    assert_eq!(told(&output), (0, "", "1 file is laid out\n"));
}

#[test]
fn a_file_with_errors_is_left_as_it_is_and_the_others_are_laid_out() {
    let broken = "model B{ id Int @id(\n}";
    let folder = folder(&[("a.zmodel", UGLY), ("b.zmodel", broken)]);
    let output = zmodel(&folder, &["format", "b.zmodel", "a.zmodel", "c.zmodel"], "");
    let (code, out, err) = told(&output);
    assert_eq!((code, out), (1, "a.zmodel\n"));
    insta::assert_snapshot!(err, @r"
    error[unreadable-schema]: cannot read `c.zmodel`: there is no such file

    error[unexpected-token]: expected an expression, but the line ends
     --> b.zmodel:1:21
      |
    1 | model B{ id Int @id(
      |                     ^ expected an expression

    2 errors; files with errors are left as they are
    for more: zmodel explain CODE
    2 files, 1 changed
    ");
    assert_eq!((read(&folder, "a.zmodel"), read(&folder, "b.zmodel")), (NEAT.to_owned(), broken.to_owned()));
    assert_eq!(told(&zmodel(&folder, &["format", "--check", "a.zmodel", "b.zmodel"], "")).0, 1);
}

#[test]
fn a_schema_that_is_not_there_is_said() {
    let output = zmodel(&folder(&[]), &["format"], "");
    let (code, out, err) = told(&output);
    assert_eq!((code, out), (1, ""));
    assert!(err.starts_with("error[unreadable-schema]: cannot read `schema.zmodel`"), "{err}");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder(&[]);
    assert_eq!(told(&zmodel(&folder, &["format", "--stdin"], UGLY)), (0, NEAT, ""));
    assert_eq!(told(&zmodel(&folder, &["format", "--stdin", "--check"], UGLY)), (1, "", ""));
    assert_eq!(told(&zmodel(&folder, &["format", "--stdin", "--check"], NEAT)), (0, "", ""));
    let output = zmodel(&folder, &["format", "--stdin"], "model");
    let (code, out, err) = told(&output);
    assert_eq!((code, out), (1, ""));
    assert!(err.contains("<stdin>:1:6"), "{err}");
    assert_eq!(told(&zmodel(&folder, &["format", "--stdin", "a.zmodel"], "")).0, 2);
}

#[test]
fn what_init_writes_is_laid_out() {
    let folder = folder(&[]);
    assert_eq!(told(&zmodel(&folder, &["init"], "")).0, 0);
    assert_eq!(told(&zmodel(&folder, &["format", "--check"], "")), (0, "", "1 file is laid out\n"));
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("real/a.zmodel", UGLY)]);
    let (real, link) = (folder.path().join("real/a.zmodel"), folder.path().join("a.zmodel"));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    assert_eq!(told(&zmodel(&folder, &["format", "a.zmodel"], "")).0, 0);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(read(&folder, "real/a.zmodel"), NEAT);
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}
