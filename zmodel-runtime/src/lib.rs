//! The runtime of zmodel.
pub mod door;
pub mod schema;
