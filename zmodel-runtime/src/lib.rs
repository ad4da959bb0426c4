//! The runtime of zmodel.
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "engine")]
pub mod clerk;
pub mod door;
pub mod schema;
