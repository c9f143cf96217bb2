//! Which reader reads which format.

use std::io::BufRead;

use super::cli_answers;
use super::cli_error;
use super::config;
use super::cost;
use super::credentials;
use super::integrity;
use super::posture;
use crate::ingest::batch::Output;
use crate::ingest::detect::Format;
use crate::ingest::reading::pages;

/// Formats read as a stream, since one file can be larger than memory.
pub fn is_streamed(format: Format) -> bool {
    format.is_charges() || format == Format::S3AccessLog
}

/// Reads a streamed format.
pub fn read_stream(format: Format, input: &mut dyn BufRead, path: &str, out: &mut Output<'_>) {
    let _ = path;
    if format == Format::S3AccessLog {
        if let Err(error) = posture::s3_access::read(input, out) {
            failed(out, &error.to_string());
        }
        return;
    }
    if let Err(error) = cost::read_detected(input, cost::CostOptions::default(), out) {
        failed(out, &causes(&error));
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
        Format::CliError => cli_error::read(text, out),
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
        Format::AuthorizationDetails => config::authorization::read(text, path, out),
        format if is_posture(format) => posture::read(text, path, out),
        Format::MetricsCsv => {
            if let Err(error) = posture::read_csv(&mut &*text, out) {
                failed(out, &error.to_string());
            }
        }
        Format::ConfigAnswers
        | Format::ConfigInventory
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
        Format::CloudtrailDigest => integrity::read_digest(text, out),
        Format::PublicKeys => integrity::read_public_keys(text, out),
        Format::ObjectMetadata => integrity::read_metadata(text, path, out),
        Format::LakeSignFile => integrity::read_sign_file(text, out),
        Format::ClientControls => {
            if let Err(error) = cli_answers::read_control_matrix(&mut &*text, out) {
                failed(out, &error.to_string());
            }
        }
        Format::CostExplorer => {
            if let Err(error) = cost::read_explorer(text, out) {
                failed(out, &error.to_string());
            }
        }
        Format::Invoices => {
            if let Err(error) = cost::read_invoices(text, out) {
                failed(out, &error.to_string());
            }
        }
        Format::CostOptimizationHubAnswer => {
            if let Err(error) = cost::read_hub_answer(text, out) {
                failed(out, &error.to_string());
            }
        }
        Format::CostOptimizationHub | Format::ComputeOptimizer | Format::CarbonEmissions => {
            if let Err(error) = cost::read_table(&mut &*text, out) {
                failed(out, &error.to_string());
            }
        }
        Format::DetailedBilling => {
            out.note("AWS has retired this report and it holds no amortised costs: it is not read. Ask for the Cost and Usage Report or a FOCUS export of the month");
        }
        _ => {}
    }
}

/// Formats that [`posture::read`] reads.
pub fn is_posture(format: Format) -> bool {
    matches!(
        format,
        Format::LastAccessed
            | Format::SecurityHubFindings
            | Format::GuardDutyFindings
            | Format::AccessAnalyzerFindings
            | Format::InspectorFindings
            | Format::TrustedAdvisor
            | Format::IdentityCenter
            | Format::OrganizationPolicies
            | Format::OrganizationParents
            | Format::BackupJobs
            | Format::Metrics
            | Format::WellArchitectedTool
    )
}

/// An error with what caused it: a stream that breaks says why only there.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

/// A file whose frame is broken counts as one record that could not be read.
fn failed(out: &mut Output<'_>, why: &str) {
    out.read(1);
    out.reject(0, None, why);
}

/// The text of one record of a file that holds no events, for `evidence`.
pub fn find(format: Format, text: &[u8], record: u64) -> Option<String> {
    if is_posture(format) {
        return posture::find(text, record);
    }
    if format == Format::AuthorizationDetails {
        return config::authorization::find(text, record);
    }
    if format == Format::S3AccessLog {
        return posture::s3_access::find(text, record);
    }
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
        Format::ConfigAnswers
            | Format::ConfigInventory
            | Format::ConfigRecorders
            | Format::DescribeTrails
            | Format::EventSelectors
            | Format::OrganizationAccounts
    ) {
        let document: serde_json::Value = serde_json::from_slice(crate::ingest::detect::inner(text)).ok()?;
        let list = document.as_object()?.values().find_map(serde_json::Value::as_array)?;
        return Some(list.get(usize::try_from(record).ok()?)?.to_string());
    }
    if let Some(found) = integrity::find(format, text, record) {
        return Some(found);
    }
    let starts = text.iter().find(|b| !b.is_ascii_whitespace());
    let answer = matches!(format, Format::CostExplorer | Format::Invoices | Format::CostOptimizationHubAnswer);
    if answer && matches!(starts, Some(b'{' | b'[')) {
        return cost::find_answer(format, text, record);
    }
    let table = matches!(
        format,
        Format::CredentialReport
            | Format::ClientControls
            | Format::CostExplorer
            | Format::Invoices
            | Format::CostOptimizationHub
            | Format::ComputeOptimizer
            | Format::CarbonEmissions
            | Format::MetricsCsv
    );
    if is_streamed(format) || table {
        return cost::find_csv(text, record);
    }
    None
}
