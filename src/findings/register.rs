//! The columns of the findings register, whatever file holds it.

/// Columns that a report fills.
pub const GENERATED: [&str; 27] = [
    "finding",
    "id",
    "status",
    "severity",
    "title",
    "accounts",
    "regions",
    "resources",
    "criteria",
    "condition",
    "cause",
    "effect",
    "recommendation",
    "evidence",
    "owner",
    "effort",
    "quick_win",
    "exceptions",
    "accepted",
    "deviation_rate",
    "severity_basis",
    "controls",
    "events",
    "actors",
    "first",
    "last",
    "incidents",
];

/// Columns that people fill.
pub const TYPED: [&str; 8] =
    ["response", "response_owner", "due_date", "remediation_status", "remediation_evidence", "retest_date", "retest_result", "comment"];

/// The name of a column as a heading states it: `Due date` is `due_date`.
pub fn column(heading: &str) -> String {
    let words: Vec<String> =
        heading.split(|c: char| c.is_whitespace() || c == '_').filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    words.join("_")
}
