//! Parses the command line, runs the command and turns what stopped it into text and an exit code.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use sixpillars::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match sixpillars::run::run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            let mut text = format!("error: {error}\n");
            for cause in error.chain().skip(1).map(ToString::to_string) {
                // Some errors print their cause themselves.
                if !text.contains(&cause) {
                    text.push_str(&format!("  because: {cause}\n"));
                }
            }
            if let Some(help) = sixpillars::run::help::line(&error) {
                text.push_str(&format!("help: {help}\n"));
            }
            // Names of files and their content stand in errors: what steers a terminal is not passed on.
            let text: String = text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect();
            // Nothing can be done about a closed standard error.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
            ExitCode::from(1)
        }
    }
}
