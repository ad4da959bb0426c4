//! `zmodel explain`: what a finding means.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::explain::{PAGES, nearest, page};

/// Prints the page of a code, or the list of all codes. Ends with 2 if there is no such code.
pub(super) fn run(code: Option<&str>, out: &mut impl Write, err: &mut impl Write) -> io::Result<ExitCode> {
    let Some(code) = code else {
        let widest = PAGES.iter().map(|page| page.code.len()).max().unwrap_or_default();
        for page in PAGES {
            writeln!(out, "{:widest$}  {}", page.code, page.title())?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(page) = page(code) {
        write!(out, "{}", page.text)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(err, "error: there is no code `{code}`")?;
    match nearest(code) {
        Some(meant) => writeln!(err, "help: did you mean `{meant}`?")?,
        None => writeln!(err, "help: `zmodel explain` lists them")?,
    }
    Ok(ExitCode::from(2))
}
