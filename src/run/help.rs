//! What to do about errors of the system, whichever room met them.

use std::io::{self, ErrorKind};

/// The line of help for an error that does not bring its own.
pub fn line(error: &anyhow::Error) -> Option<&'static str> {
    if error.chain().any(|cause| cause.to_string().contains("help:")) {
        return None;
    }
    error.chain().find_map(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        kind.and_then(of_kind).or_else(|| of_text(&cause.to_string()))
    })
}

/// What a fault of the program says about itself.
pub fn fault(fault: &(dyn std::any::Any + Send)) -> &str {
    let text = fault.downcast_ref::<String>().map(String::as_str).or_else(|| fault.downcast_ref::<&str>().copied());
    text.unwrap_or("it does not say why")
}

fn of_kind(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("free space there, or write to another disk with --out (report) or --store (ingest); nothing half written was left")
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Some("change the permissions of that path, or give another one"),
        _ => None,
    }
}

/// The query engine passes on what the system said as text only.
fn of_text(text: &str) -> Option<&'static str> {
    let kinds = [
        ("No space left on device", ErrorKind::StorageFull),
        ("Disk quota exceeded", ErrorKind::QuotaExceeded),
        ("Read-only file system", ErrorKind::ReadOnlyFilesystem),
        ("Permission denied", ErrorKind::PermissionDenied),
    ];
    kinds.iter().find(|(words, _)| text.contains(words)).and_then(|(_, kind)| of_kind(*kind))
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn help_is_given_once() {
        let full = || Err::<(), _>(io::Error::from(ErrorKind::StorageFull));
        assert!(line(&full().context("x cannot be written").unwrap_err()).unwrap().contains("space"));
        assert_eq!(line(&full().context("x cannot be written\nhelp: y").unwrap_err()), None);
        assert!(line(&anyhow::anyhow!("x: No space left on device (os error 28)")).unwrap().contains("space"));
        assert_eq!(line(&anyhow::anyhow!("no such thing")), None);
    }
}
