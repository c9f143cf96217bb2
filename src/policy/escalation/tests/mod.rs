//! Small estates with known answers.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod administrators;
pub mod build;
mod chains;
mod every_path;
mod limits;
mod shared;
mod size;
