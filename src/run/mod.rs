//! One file for each command: what the flags ask for, done with the rooms to the left.

pub mod bounded;
pub mod catalogue;
pub mod compare;
pub mod evidence;
pub mod flags;
pub mod folder;
pub mod former;
pub mod help;
pub mod ingest;
pub mod init;
pub mod inputs;
pub mod inspect;
pub mod named;
pub mod opened;
pub mod place;
pub mod query;
pub mod report;
pub mod screen;
mod topics;
pub mod verify;

pub use flags::{limits, reading, threads};
pub use inputs::{catalogue, engagement, store};
pub use opened::{Opened, open};

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::engagement::{self};

/// Runs the command.
///
/// # Errors
/// Whatever stopped it; `main` turns it into text.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = &cli.global;
    match cli.command {
        Command::Report(options) => report::run(&options, global),
        Command::Inspect(options) => inspect::run(&options, global),
        Command::Verify(options) => verify::run(&options, global),
        Command::Ingest(options) => ingest::run(&options, global),
        Command::Query(options) => query::run(&options, global),
        Command::Evidence(options) => evidence::run(&options, global),
        Command::Compare(options) => compare::run(&options, global),
        Command::Controls(options) => catalogue::controls(&options, global),
        Command::Tables(options) => catalogue::tables(&options, global),
        Command::Templates(options) => catalogue::templates(&options),
        Command::Topics(options) => topics::run(&options, global),
        Command::Init(options) => init::run(&options),
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command, "sixpillars", &mut text);
            screen::out(&String::from_utf8_lossy(&text))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
