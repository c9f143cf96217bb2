//! What this program writes itself, so that it is known again: among the inputs, where it is no evidence, and
//! before it is replaced. Each is known by what stands in it, never by the name of its folder.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cli_answers::format::{CLIENT, CONTROLS};
use super::declaration::{Declaration, Mark, Request, rank};

/// Value of `kind` in the manifest of a report.
pub const REPORT_KIND: &str = "sixpillars-report";

/// Version of that manifest.
pub const REPORT_VERSION: u32 = 1;

/// File name of the manifest of a report.
pub const REPORT_MANIFEST: &str = "manifest.json";

/// The file of a report that differs from run to run; its manifest lists every file but these two.
pub const REPORT_RUN: &str = "run.json";

/// File that marks a folder whose content an unfinished run wrote.
pub const MARK: &str = ".sixpillars";

/// Text of that file.
pub const MARK_TEXT: &str = "sixpillars: unfinished output, removed by the next run that writes here\n";

/// Bytes that are enough to recognise any of these files.
pub const HEAD: u64 = 512;

/// A file of a report, as its manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

#[derive(Deserialize)]
struct Package {
    kind: String,
    schema_version: u32,
    outputs: BTreeMap<String, Listed>,
}

/// The files that the manifest of a report lists, by path below its folder with forward slashes. `None` if the text is
/// not such a manifest, or one of another version.
pub fn outputs(manifest: &[u8]) -> Option<BTreeMap<String, Listed>> {
    let package: Package = serde_json::from_slice(manifest).ok()?;
    (package.kind == REPORT_KIND && package.schema_version == REPORT_VERSION).then_some(package.outputs)
}

/// The table that an engagement file begins with.
pub const ENGAGEMENT_TABLE: &[u8] = b"[engagement]";

/// The engagement file; read by the command line, not by a reader. It is TOML: its first line that is no comment opens a
/// table.
pub(in crate::ingest) static ENGAGEMENT: Declaration = Declaration {
    label: "engagement file",
    docs: Some((
        &CLIENT,
        "`engagement.toml` (period, scope, thresholds, client controls, representations, owners, risk acceptances, responses, custody)",
    )),
    limits: "what the client says, not evidence",
    rank: rank::TEXTS,
    marks: &[Mark::Text(|text| {
        let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty() && !line.starts_with(b"#"));
        lines.next() == Some(ENGAGEMENT_TABLE)
    })],
    requests: &[
        &CONTROLS,
        &Request {
            order: 13,
            tells: "period, scope, representations",
            each: false,
            beside: None,
            what: "engagement.toml",
            how: "sixpillars init",
        },
    ],
    examples: &["# a comment\n\n[engagement]\nclient = 1\n", "[engagement]\n"],
    ..Declaration::NO_EVIDENCE
};

/// Manifest of an earlier report; the files that it lists are set aside with it.
pub(in crate::ingest) static EARLIER_REPORT: Declaration = Declaration {
    label: "earlier report of this program, not read as evidence",
    limits: "set aside with the files that it lists",
    examples: &[r#"{"kind": "sixpillars-report", "schema_version": 1, "inputs": [], "outputs": {}}"#],
    ..Declaration::NO_EVIDENCE
};

/// Manifest of an evidence store; its tables are set aside with it.
pub(in crate::ingest) static EVIDENCE_STORE: Declaration = Declaration {
    label: "evidence store of this program, not read as evidence",
    limits: "set aside with its tables; a store is read when it is an input of its own",
    examples: &[r#"{"format":2,"tables":{"costs":[]}}"#],
    ..Declaration::NO_EVIDENCE
};

/// A table of an evidence store, by the columns that only its tables have.
pub(in crate::ingest) static STORE_TABLE: Declaration = Declaration {
    label: "table of an evidence store of this program, not read as evidence",
    limits: "what this program wrote, set aside",
    ..Declaration::NO_EVIDENCE
};

/// Mark of an output that an interrupted run left; all of it is set aside.
pub(in crate::ingest) static UNFINISHED_OUTPUT: Declaration = Declaration {
    label: "output of an interrupted run of this program, not read as evidence",
    limits: "set aside with its folder",
    examples: &[MARK_TEXT],
    ..Declaration::NO_EVIDENCE
};

/// What this program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// The manifest of a report.
    EarlierReport,
    /// The manifest of a store.
    EvidenceStore,
    /// The mark of an unfinished output.
    UnfinishedOutput,
}

/// What of this program's own a text is, if it is any: the manifest of a report, that of a store, or the mark of an
/// unfinished output. All three begin as nothing else does.
pub fn recognise(text: &[u8]) -> Option<Own> {
    if text.starts_with(MARK_TEXT.as_bytes()) {
        return Some(Own::UnfinishedOutput);
    }
    let rest = text.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    if let Some(version) = rest.strip_prefix(b"\"format\":") {
        let digits = version.iter().take_while(|b| b.is_ascii_digit()).count();
        return (digits > 0 && version[digits..].starts_with(b",\"tables\":{")).then_some(Own::EvidenceStore);
    }
    let kind = rest.strip_prefix(b"\"kind\"")?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let value = kind.strip_prefix(b"\"")?.strip_prefix(REPORT_KIND.as_bytes())?;
    value.starts_with(b"\"").then_some(Own::EarlierReport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_program_wrote_is_its_own() {
        let report =
            br#"{"kind": "sixpillars-report", "schema_version": 1, "inputs": [], "outputs": {"report.md": {"sha256": "00", "bytes": 3}}}"#;
        assert_eq!(recognise(report), Some(Own::EarlierReport));
        assert_eq!(outputs(report).unwrap()["report.md"], Listed { sha256: "00".to_owned(), bytes: 3 });
        assert_eq!(recognise(br#"{"format":2,"tables":{"costs":[]}"#), Some(Own::EvidenceStore));
        assert_eq!(recognise(MARK_TEXT.as_bytes()), Some(Own::UnfinishedOutput));
        for foreign in [
            r#"{"kind": "sixpillars-reporter", "schema_version": 1, "outputs": {}}"#,
            r#"{"schema_version": 1, "inputs": [], "outputs": {}}"#,
            r#"{"format":"","tables":{}}"#,
            r#"{"format":2,"files":{}}"#,
            r#"{"sourceBucket":"logs","fileFormat":"CSV","files":[]}"#,
            "",
            "sixpillars",
        ] {
            assert_eq!(recognise(foreign.as_bytes()), None, "{foreign}");
            assert_eq!(outputs(foreign.as_bytes()), None, "{foreign}");
        }
        // Of another version it is still a report, but what it wrote is not known.
        let later = br#"{"kind": "sixpillars-report", "schema_version": 9, "outputs": {}}"#;
        assert_eq!((recognise(later), outputs(later)), (Some(Own::EarlierReport), None));
    }
}
