//! `inspect`: what is here.
use std::process::ExitCode;
use crate::cli::{Global, Inspect};
/// Runs `inspect`.
///
/// # Errors
/// When an input does not exist.
pub fn run(_options: &Inspect, _global: &Global) -> anyhow::Result<ExitCode> { Ok(ExitCode::SUCCESS) }
