//! The `zmodel` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    zmodel_cli::cli::main()
}
