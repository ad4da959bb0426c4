//! Compiles the schema.

fn main() -> zmodel_cli::build::Result {
    zmodel_cli::build::generate("schema.zmodel")
}
