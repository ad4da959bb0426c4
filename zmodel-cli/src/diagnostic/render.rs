//! Renderers of a [`Diagnostic`](super::Diagnostic).
