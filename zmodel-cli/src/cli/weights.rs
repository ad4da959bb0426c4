//! How severe findings are, as the command line says.

use clap::Args;

use crate::diagnostic::{Diagnostics, Severity};
use crate::explain;

/// All warnings, for `--deny`.
const WARNINGS: &str = "warnings";

/// Which warnings are errors, and which are left out.
#[derive(Debug, Args)]
pub(super) struct Weights {
    /// Warnings of this code are errors; `warnings` stands for all of them
    #[arg(long, value_name = "CODE", value_parser = denied)]
    deny: Vec<&'static str>,
    /// Warnings of this code are left out
    #[arg(long, value_name = "CODE", value_parser = known)]
    allow: Vec<&'static str>,
}

impl Weights {
    /// The findings, as severe as the command line makes them.
    pub(super) fn weigh(&self, found: &Diagnostics) -> Diagnostics {
        let mut weighed = Diagnostics::default();
        for finding in found {
            let mut finding = finding.clone();
            if finding.severity == Severity::Warning {
                if self.allow.contains(&finding.code) {
                    continue;
                }
                if self.deny.contains(&finding.code) || self.deny.contains(&WARNINGS) {
                    finding.severity = Severity::Error;
                }
            }
            weighed.push(finding);
        }
        weighed
    }
}

fn denied(name: &str) -> Result<&'static str, String> {
    if name == WARNINGS { Ok(WARNINGS) } else { known(name) }
}

fn known(name: &str) -> Result<&'static str, String> {
    explain::page(name).map(|page| page.code).ok_or_else(|| match explain::nearest(name) {
        Some(meant) => format!("there is no such code; did you mean `{meant}`?"),
        None => "there is no such code; `zmodel explain` lists them".to_owned(),
    })
}
