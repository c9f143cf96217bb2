//! What a JSON object is that is a record of CloudTrail, or holds one, by the names of its members.

/// Members of a log record, of which a damaged one still has most.
pub const OF_A_RECORD: [&str; 10] = [
    "awsRegion",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "recipientAccountId",
    "sourceIPAddress",
    "userIdentity",
];

/// An object that is a record or holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// An entry of `lookup-events`.
    Lookup,
    /// A summary of data events.
    Aggregated,
    /// An EventBridge envelope.
    Envelope,
    /// A record as Logstash leaves it.
    Logstash,
    /// A record.
    Record,
}

impl Carrier {
    /// Tells an object by the names of its members.
    pub fn of(names: &[&str]) -> Option<Self> {
        let has = |n: &str| names.contains(&n);
        Some(if has("CloudTrailEvent") {
            Self::Lookup
        } else if has("summary") && has("timeWindow") {
            Self::Aggregated
        } else if ["detail-type", "detail", "source"].iter().all(|n| has(n)) {
            Self::Envelope
        } else if (has("@timestamp") || has("@version")) && has("eventSource") && has("eventVersion") {
            Self::Logstash
        } else if (has("eventSource") || has("insightDetails")) && (has("eventTime") || has("eventVersion")) && !has("Sns") && !has("s3") {
            Self::Record
        } else {
            return None;
        })
    }
}

/// Whether a damaged object, by the names that are left, was a record.
pub fn was_record(names: &[&str]) -> bool {
    OF_A_RECORD.iter().filter(|name| names.contains(name)).count() > OF_A_RECORD.len() / 2
}

/// Whether text, also JSON within JSON, speaks of CloudTrail's members.
pub fn is_about_trail(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"eventVersion").is_some() && memchr::memmem::find(text, b"eventSource").is_some()
}
