//! What is measured, and how a rival answers for it.
//!
//! Every rival is a process of its own, since their versions of SQLite cannot live in one program. The runner sends it a
//! line for each thing to do and reads a line back, so that the rivals take turns: see [`serve`].

mod allocations;
pub mod data;
mod operation;
mod serve;
mod show;
mod storm;

pub use allocations::Counting;
pub use operation::{Operation, Rival};
pub use serve::serve;
pub use show::Show;
