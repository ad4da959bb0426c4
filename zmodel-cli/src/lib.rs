//! The zmodel compiler.
pub mod diagnostic;
pub mod source;
pub mod syntax;

pub mod hir;

pub mod check;

pub mod lower;

#[cfg(test)]
mod testing;
