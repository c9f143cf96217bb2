//! What to do about an error, as data beside it. The command line prints it once, in a `help:` line below the error.

use std::borrow::Cow;
use std::io::ErrorKind;

/// An error that may know what to do about it.
pub trait Help {
    /// What to do, in words that follow `help: `; `None` where it does not know.
    fn help(&self) -> Option<Cow<'static, str>>;
}

impl Help for std::io::Error {
    fn help(&self) -> Option<Cow<'static, str>> {
        of_kind(self.kind()).map(Cow::Borrowed)
    }
}

/// What to do about an error of the system.
pub fn of_kind(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("free space there, or write to another disk with --out (report) or --store (ingest); nothing half written was left")
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Some("change the permissions of that path, or give another one"),
        _ => None,
    }
}

/// An error as the command line prints it, with its help.
#[cfg(test)]
pub fn printed(error: &(impl std::fmt::Display + Help)) -> String {
    error.help().map_or_else(|| error.to_string(), |help| format!("{error}\nhelp: {help}"))
}
