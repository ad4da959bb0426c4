//! What zmodel promises, tested through its public doors: schema in, generated client used, rows out.
//!
//! The clients here are shared by tests that need one and do not care for its schema. That they compile without a
//! warning, hostile names and all, is a test by itself: the lints of the workspace are on.

#![deny(missing_docs, unreachable_pub)]

pub mod database;
pub mod heard;
pub mod rules;

/// The schema of a small blog.
#[zmodel_macros::zmodel("schemas/blog.zmodel")]
pub mod blog {}

/// A schema with most of what a schema can have.
#[zmodel_macros::zmodel("schemas/shop.zmodel")]
pub mod shop {}

/// A schema whose names mean something to Rust and to SQL.
#[zmodel_macros::zmodel("schemas/hostile.zmodel")]
pub mod hostile {}

/// A schema whose context is called like the client.
#[zmodel_macros::zmodel("schemas/hostile_context.zmodel")]
pub mod hostile_context {}

/// A schema with procedures of every kind.
#[zmodel_macros::zmodel("schemas/procedures.zmodel")]
pub mod procedures {}

/// A schema with fields that the database must not know.
#[zmodel_macros::zmodel("schemas/secrets.zmodel")]
pub mod secrets {}

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
