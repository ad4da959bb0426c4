//! The zmodel compiler.

pub mod source;

pub mod diagnostic;

pub mod syntax;

pub mod hir;

pub mod check;

pub mod lower;

#[cfg(test)]
mod testing;
