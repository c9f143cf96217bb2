//! Which reader reads which format.

use std::io::BufRead;

use super::batch::Output;
use super::cli_answers;
use super::config;
use super::cost;
use super::credentials;
use super::detect::Format;
use super::pages;

/// Formats read as a stream, since one file can be larger than memory.
pub fn is_streamed(format: Format) -> bool {
    matches!(format, Format::CostCur | Format::CostCur2 | Format::CostFocus)
}

/// Reads a streamed format.
pub fn read_stream(format: Format, input: &mut dyn BufRead, path: &str, out: &mut Output<'_>) {
    let _ = (format, path);
    if let Err(error) = cost::read_detected(input, cost::CostOptions::default(), out) {
        failed(out, &error.to_string());
    }
}

/// Reads a format held whole.
pub fn read_text(format: Format, text: &[u8], path: &str, out: &mut Output<'_>) {
    // Whatever the answer, a token left over says that more of it exists.
    if let Some(token) = pages::left(text) {
        out.note(pages::incomplete(token));
    }
    match format {
        Format::ConfigSnapshot | Format::ConfigHistory | Format::ConfigBatch | Format::ConfigItem | Format::ConfigSelect => {
            if let Some(kind) = config::Kind::of(text) {
                config::read(kind, text, &config::Context::from_path(path), out);
            }
        }
        Format::CredentialReport => {
            if let Err(error) = credentials::read_csv(&mut &*text, path, out) {
                failed(out, &error.to_string());
            }
        }
        Format::CredentialReportJson => {
            if let Err(error) = credentials::read_json(text, out) {
                failed(out, &error.to_string());
            }
        }
        Format::ConfigAnswers
        | Format::ConfigRecorders
        | Format::DescribeTrails
        | Format::TrailStatus
        | Format::EventSelectors
        | Format::OrganizationAccounts
        | Format::AccountSummary => {
            if let Err(error) = cli_answers::read_text(text, path, out) {
                failed(out, &error.to_string());
            }
        }
        Format::ClientControls => {
            if let Err(error) = cli_answers::read_control_matrix(&mut &*text, out) {
                failed(out, &error.to_string());
            }
        }
        _ => {}
    }
}

/// A file whose frame is broken counts as one record that could not be read.
fn failed(out: &mut Output<'_>, why: &str) {
    out.read(1);
    out.reject(0, None, why);
}

/// The text of one record of a file that holds no events, for `evidence`.
pub fn find(format: Format, text: &[u8], record: u64) -> Option<String> {
    if let Some(kind) = config::Kind::of(text) {
        let document: serde_json::Value = serde_json::from_slice(text).ok()?;
        let at = usize::try_from(record).ok()?;
        let found = match kind {
            config::Kind::Items => document.get("configurationItems")?.get(at)?,
            config::Kind::BaseItems => {
                document.get("baseConfigurationItems").or_else(|| document.get("BaseConfigurationItems"))?.get(at)?
            }
            config::Kind::Select => document.get("Results")?.get(at)?,
            config::Kind::List => document.get(at)?,
            config::Kind::Item => &document,
        };
        // Answers to queries hold items as text.
        return Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned));
    }
    if matches!(
        format,
        Format::ConfigAnswers | Format::ConfigRecorders | Format::DescribeTrails | Format::EventSelectors | Format::OrganizationAccounts
    ) {
        let document: serde_json::Value = serde_json::from_slice(super::detect::inner(text)).ok()?;
        let list = document.as_object()?.values().find_map(serde_json::Value::as_array)?;
        return Some(list.get(usize::try_from(record).ok()?)?.to_string());
    }
    if is_streamed(format) || matches!(format, Format::CredentialReport | Format::ClientControls) {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let header = reader.headers().ok()?.clone();
        let found = reader.records().nth(usize::try_from(record).ok()?)?.ok()?;
        let object: serde_json::Map<String, serde_json::Value> =
            header.iter().zip(found.iter()).map(|(n, v)| (n.to_owned(), v.into())).collect();
        return serde_json::to_string(&object).ok();
    }
    None
}
