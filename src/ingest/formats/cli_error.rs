//! What the AWS CLI writes when a call fails, saved in the place of the answer.

use std::fmt;

use serde::Deserialize;

use super::declaration::{Declaration, Read};
use crate::ingest::batch::Output;

/// An error in the place of an answer. What any text may be, it is asked for last.
pub(in crate::ingest) static FORMAT: Declaration = Declaration {
    label: "error of the AWS CLI",
    limits: "an error in the place of an answer",
    read: Read::Text(|text, _, out| {
        read(text, out);
        Ok(())
    }),
    examples: &[
        "\nAn error occurred (AccessDenied) when calling the DescribeTrails operation: no\n",
        r#"{"Error":{"Code":"ThrottlingException","Message":"Rate exceeded"}}"#,
    ],
    ..Declaration::NO_EVIDENCE
};

/// Bytes up to which a text is looked through: such messages are short.
const SHORT: usize = 16 << 10;
/// What a message of the CLI begins with; the code follows.
const FRONT: &str = "An error occurred (";

/// An error of the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// AWS's code, such as `AccessDenied`.
    pub code: String,
    /// The operation called, where it is said.
    pub operation: Option<String>,
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it holds the error {} of the AWS CLI", self.code)?;
        if let Some(operation) = &self.operation {
            write!(f, ", which was called for {operation},")?;
        }
        f.write_str(" and no answer; export it again with the right that is missing, or where the call is allowed")
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "Error")]
    error: Inner,
}

#[derive(Deserialize)]
struct Inner {
    #[serde(rename = "Code")]
    code: String,
}

/// The error that a text is, if it is one.
pub fn of(text: &[u8]) -> Option<CliError> {
    let text = std::str::from_utf8(text.get(..SHORT).unwrap_or(text)).ok()?.trim_start_matches('\u{feff}').trim();
    let word =
        |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(c)).take(80).collect::<String>();
    if text.starts_with('{') {
        let code = word(&serde_json::from_str::<Document>(text).ok()?.error.code);
        return (!code.is_empty()).then_some(CliError { code, operation: None });
    }
    // Newer versions of the CLI put a line in front of it.
    let message = text.lines().take(4).find_map(|line| line.trim().trim_start_matches("aws: [ERROR]: ").strip_prefix(FRONT))?;
    let (code, rest) = message.split_once(')')?;
    let operation = rest.split_once("calling the ").map(|(_, operation)| word(operation)).filter(|o| !o.is_empty());
    let code = word(code);
    (!code.is_empty()).then_some(CliError { code, operation })
}

/// Counts the file as one record that cannot be read, and says why.
pub fn read(text: &[u8], out: &mut Output<'_>) {
    let record = out.counts.read;
    out.read(1);
    let why = of(text).map_or_else(|| "it is no answer of the AWS CLI".to_owned(), |error| error.to_string());
    out.reject(record, Some(0), why);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_named_with_its_code_and_its_operation() {
        let found = |text: &str| of(text.as_bytes()).map(|e| (e.code, e.operation.unwrap_or_default()));
        let pair = |code: &str, operation: &str| Some((code.to_owned(), operation.to_owned()));
        assert_eq!(
            found("\nAn error occurred (AccessDeniedException) when calling the GetFindings operation: User is not authorized\n"),
            pair("AccessDeniedException", "GetFindings")
        );
        assert_eq!(
            found("aws: [ERROR]: An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: x"),
            pair("NoSuchBucketPolicy", "GetBucketPolicy")
        );
        assert_eq!(found(r#"{"Error":{"Code":"ReportInProgress","Type":"Sender"}}"#), pair("ReportInProgress", ""));
        for other in ["", "An error occurred", "{\"Error\":5}", "An error occurred (", "{\"Errors\":[]}"] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
