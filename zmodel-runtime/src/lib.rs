//! The runtime of zmodel.
#[cfg(feature = "engine")]
pub mod clerk;
pub mod door;
pub mod schema;
