//! What a check of integrity found, its weight, and what the digests of a chain are good for.

/// Weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A check failed.
    Failed,
    /// A check could not be made though what it takes was supplied in part.
    NotConfirmed,
    /// Something to know.
    Notice,
}

impl Severity {
    /// The word in table `integrity_findings`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NotConfirmed => "not confirmed",
            Self::Notice => "notice",
        }
    }
}

/// How far the digests of a chain can be relied upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assurance {
    /// A check of the digests failed.
    None,
    /// The hashes agree, no signature was verified: whoever can rewrite every file can make all hashes anew.
    Files,
    /// Every signature is verified but those of digests without a successor, which are hash-linked only.
    Keys,
    /// Every signature is verified.
    Metadata,
}

impl Assurance {
    /// The words in table `integrity_chains`.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Files => "files only",
            Self::Keys => "files and keys",
            Self::Metadata => "files keys and metadata",
        }
    }

    /// What it means, in a sentence without an end.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::None => "a check of the digests failed",
            Self::Files => "chain consistent, signature not verified",
            Self::Keys => "signatures verified, the newest digest hash-linked only",
            Self::Metadata => "all signatures verified",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Weight.
    pub severity: Severity,
    /// Account; may be empty.
    pub account: String,
    /// Region; may be empty.
    pub region: String,
    /// Trail; may be empty.
    pub trail: String,
    /// Start of what it is about, UTC microseconds.
    pub from: Option<i64>,
    /// End of what it is about.
    pub until: Option<i64>,
    /// Kind, a word.
    pub kind: &'static str,
    /// Object key, or path as supplied.
    pub file: String,
    /// In words.
    pub detail: String,
    /// The file supplied, if there is one.
    pub file_id: String,
}

impl Finding {
    /// A finding about nothing in particular yet.
    pub(crate) fn new(severity: Severity, kind: &'static str, detail: impl Into<String>) -> Self {
        let none = String::new;
        Self {
            severity,
            kind,
            detail: detail.into(),
            account: none(),
            region: none(),
            trail: none(),
            from: None,
            until: None,
            file: none(),
            file_id: none(),
        }
    }
}
