//! `init`: a commented engagement file to start from.

use std::process::ExitCode;

use super::place::write_new;
use super::screen;
use crate::cli::Init;

/// The text written; also parsed in a test, so that it stays right.
pub const TEXT: &str = include_str!("engagement.toml");

/// Runs `init`.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn run(options: &Init) -> anyhow::Result<ExitCode> {
    write_new(&options.file, TEXT.as_bytes())?;
    screen::out(&format!("{}\n", options.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use crate::engagement::{Engagement, Named};

    #[test]
    fn the_text_is_a_valid_engagement() {
        let engagement = Engagement::parse(super::TEXT, "engagement.toml", Named::Given).unwrap();
        // A period that nobody chose would leave older data untested.
        assert!(!engagement.period(None, None, None, None).unwrap().known);
        // With every comment sign of an example line taken away it is still valid.
        let all: String = super::TEXT.lines().map(|l| format!("{}\n", l.strip_prefix("#: ").unwrap_or(l))).collect();
        let engagement = Engagement::parse(&all, "engagement.toml", Named::Given).unwrap();
        assert_eq!(engagement.period(None, None, None, None).unwrap().to, "2026-06-30");
        assert_eq!(engagement.scope.account.len(), 1);
        assert_eq!(engagement.client_control.len(), 1);
    }
}
