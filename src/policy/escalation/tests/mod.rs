//! Small estates with known answers.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod administrators;
mod build;
mod chains;
mod every_path;
mod limits;
