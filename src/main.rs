//! Parses the command line, runs the command and turns what stopped it into text and an exit code.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::Parser as _;
use sixpillars::cli::Cli;
use sixpillars::run::bounded::Allocator;
use sixpillars::run::help::Advice;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Where the last fault of the program happened.
static FAULT: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    // Faults inside the query engine become errors of one query; a trace of them on the screen would help nobody.
    std::panic::set_hook(Box::new(|fault| {
        let mut place = FAULT.lock().unwrap_or_else(PoisonError::into_inner);
        *place = fault.location().map(ToString::to_string).unwrap_or_default();
    }));
    let error = match std::panic::catch_unwind(|| sixpillars::run::run(Cli::parse())) {
        Ok(Ok(code)) => return code,
        Ok(Err(error)) => error,
        Err(fault) => {
            let why = sixpillars::run::help::fault(fault.as_ref());
            let place = FAULT.lock().unwrap_or_else(PoisonError::into_inner);
            anyhow::Error::from(Advice::new(
                format!("the program has a fault, at {place}: {why}"),
                "report it with the command that was run; the output must not be used",
            ))
        }
    };
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
    let text = sixpillars::run::screen::shown(&text);
    // Nothing can be done about a closed standard error.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(1)
}
