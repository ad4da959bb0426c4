//! `zmodel docs`: a schema as a book.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::folder::{self, Target};
use super::{Done, report};
use crate::{check, docs};

/// Which book, and where to.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The schema file
    #[arg(long, value_name = "FILE", default_value = "schema.zmodel")]
    schema: PathBuf,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = "docs/schema")]
    out: PathBuf,
    /// What to write: index.html, README.md, or both
    #[arg(long, value_enum, default_value_t = Format::Html)]
    format: Format,
    /// Write nothing; fail if what is there is not what would be written
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Html,
    Markdown,
    Both,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Both => "both",
        }
    }
}

/// Writes the book, if the schema has no errors.
pub(super) fn run(options: &Options, out: &mut impl Write, err: &mut impl Write) -> Done {
    let checked = check(&options.schema, &|path| std::fs::read_to_string(path));
    report(&checked.sources, &checked.diagnostics, "nothing was written", err)?;
    let Some(schema) = checked.schema.filter(|_| !checked.diagnostics.has_errors()) else { return Ok(false) };
    let file = |name: &str, text: Result<String, askama::Error>| -> io::Result<(PathBuf, String)> {
        // A template has no line break at its end.
        Ok((options.out.join(name), text.map_err(io::Error::other)? + "\n"))
    };
    let mut files = Vec::new();
    if options.format != Format::Markdown {
        files.push(file("index.html", docs::html(&schema, &checked.sources))?);
    }
    if options.format != Format::Html {
        files.push(file("README.md", docs::markdown(&schema, &checked.sources))?);
    }
    let target = Target { folder: &options.out, mark: folder::PAGE, extensions: &["html", "md"] };
    let again = again(&options.schema, &options.out, options.format);
    folder::put(&target, &files, options.check, &again, out, err)
}

/// The command that writes what `--check` looks for.
fn again(schema: &Path, out: &Path, format: Format) -> String {
    format!("zmodel docs --schema {} --out {} --format {}", schema.display(), out.display(), format.name())
}
