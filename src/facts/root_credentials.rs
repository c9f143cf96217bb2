//! Table `root_credentials`: what the newest credential report and the account summary say of the root user of each account.
//! Neither says when the other was made, so what one of them shows as open is taken as open.

use std::collections::BTreeMap;

use polars::prelude::{BooleanChunked, DataFrame, DataType, Int64Chunked, PolarsResult, StringChunked};

use super::evidence::Evidence;
use crate::ingest::batch::Batch;
use crate::schema::row::Row as _;
use crate::schema::tables::{IamAccountSummaryRow, IamCredentialsRow, RootCredentialsRow};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD, Schema};
use crate::store::StoreError;

/// The table.
pub const ROOT_CREDENTIALS: &str = RootCredentialsRow::TABLE.name;

/// The tables that it is made from.
pub const SOURCES: [&str; 2] = [IamCredentialsRow::TABLE.name, IamAccountSummaryRow::TABLE.name];

/// What one record says; `None` where it does not say it.
#[derive(Debug, Clone, Default)]
struct Said {
    mfa: Option<bool>,
    password: Option<bool>,
    key: Option<bool>,
    file: String,
    record: i64,
}

/// What all records say of one account.
#[derive(Debug, Default)]
struct Root {
    report: Vec<Said>,
    summary: Vec<Said>,
}

/// The table.
///
/// # Errors
/// When the credential reports or the summaries cannot be read.
pub fn compute(schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let Some(table) = schema.table(ROOT_CREDENTIALS) else { return Ok(Vec::new()) };
    let error = |e| evidence.error(ROOT_CREDENTIALS, e);
    let mut table = Batch::new(table);
    let mut roots: BTreeMap<String, Root> = BTreeMap::new();
    reports(&evidence.frame(IamCredentialsRow::TABLE.name)?, &mut roots).map_err(error)?;
    summaries(&evidence.frame(IamAccountSummaryRow::TABLE.name)?, &mut roots).map_err(error)?;
    for (account, root) in &roots {
        push(&mut table, account, root);
    }
    Ok(vec![table])
}

fn push(table: &mut Batch, account: &str, root: &Root) {
    let all = || root.report.iter().chain(&root.summary);
    let mfa = all_of(all().filter_map(|said| said.mfa));
    let password = any_of(all().filter_map(|said| said.password));
    let key = any_of(all().filter_map(|said| said.key));
    let said_by = match (root.report.is_empty(), root.summary.is_empty()) {
        (false, true) => "credential report",
        (true, _) => "account summary",
        (false, false) => "credential report and account summary",
    };
    let differs = |of: &dyn Fn(&Said) -> Option<bool>| {
        let mut answers = all().filter_map(of);
        answers.next().is_some_and(|first| answers.any(|other| other != first))
    };
    // The record to look up is the one that shows what is open.
    let open = |said: &&Said| said.key == Some(true) || said.mfa == Some(false) && said.password != Some(false);
    let Some(shown) = all().find(open).or_else(|| all().next()) else { return };
    table.push(
        0,
        &RootCredentialsRow {
            account_id: Some(account),
            mfa_active: mfa,
            password_enabled: password,
            access_key_active: key,
            said_by: Some(said_by),
            mfa_differs: Some(differs(&|said| said.mfa)),
            access_key_differs: Some(differs(&|said| said.key)),
            source_file_id: Some(&shown.file),
            source_record: Some(shown.record),
        },
    );
}

/// True if all are, `None` of none.
fn all_of(answers: impl Iterator<Item = bool>) -> Option<bool> {
    answers.reduce(|a, b| a && b)
}

/// True if any is, `None` of none.
fn any_of(answers: impl Iterator<Item = bool>) -> Option<bool> {
    answers.reduce(|a, b| a || b)
}

fn texts(frame: &DataFrame, name: &str) -> PolarsResult<StringChunked> {
    frame.column(name)?.str().cloned()
}

fn flags(frame: &DataFrame, name: &str) -> PolarsResult<BooleanChunked> {
    frame.column(name)?.bool().cloned()
}

fn numbers(frame: &DataFrame, name: &str) -> PolarsResult<Int64Chunked> {
    frame.column(name)?.i64().cloned()
}

/// The root rows of the newest credential reports.
fn reports(frame: &DataFrame, roots: &mut BTreeMap<String, Root>) -> PolarsResult<()> {
    let (accounts, files) = (texts(frame, IamCredentialsRow::account_id)?, texts(frame, SOURCE_FILE_ID)?);
    let (root, mfa, password) = (
        flags(frame, IamCredentialsRow::is_root)?,
        flags(frame, IamCredentialsRow::mfa_active)?,
        flags(frame, IamCredentialsRow::password_enabled)?,
    );
    let keys = [flags(frame, IamCredentialsRow::access_key_1_active)?, flags(frame, IamCredentialsRow::access_key_2_active)?];
    let records = numbers(frame, SOURCE_RECORD)?;
    let made = frame.column(IamCredentialsRow::report_generated_at)?.cast(&DataType::Int64)?.i64()?.clone();
    let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
    for (account, made) in accounts.iter().zip(made.iter()) {
        if let (Some(account), Some(made)) = (account, made) {
            let latest = newest.entry(account).or_insert(made);
            *latest = made.max(*latest);
        }
    }
    for row in (0..frame.height()).filter(|row| root.get(*row) == Some(true)) {
        let Some(account) = accounts.get(row) else { continue };
        // A report without a date is always read.
        if made.get(row).is_some_and(|made| newest.get(account) != Some(&made)) {
            continue;
        }
        let key = match (keys[0].get(row), keys[1].get(row)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
        roots.entry(account.to_owned()).or_default().report.push(Said {
            mfa: mfa.get(row),
            password: password.get(row),
            key,
            file: files.get(row).unwrap_or_default().to_owned(),
            record: records.get(row).unwrap_or_default(),
        });
    }
    Ok(())
}

/// The figures of account summaries that are about the root user. An answer that does not say its account says nothing of any.
fn summaries(frame: &DataFrame, roots: &mut BTreeMap<String, Root>) -> PolarsResult<()> {
    let (accounts, files) = (texts(frame, IamAccountSummaryRow::account_id)?, texts(frame, SOURCE_FILE_ID)?);
    let (keys, values) = (texts(frame, IamAccountSummaryRow::summary_key)?, numbers(frame, IamAccountSummaryRow::summary_value)?);
    let records = numbers(frame, SOURCE_RECORD)?;
    for row in 0..frame.height() {
        let (Some(account), Some(key), Some(value)) = (accounts.get(row), keys.get(row), values.get(row)) else { continue };
        let mut said =
            Said { file: files.get(row).unwrap_or_default().to_owned(), record: records.get(row).unwrap_or_default(), ..Said::default() };
        match key {
            "AccountMFAEnabled" => said.mfa = Some(value > 0),
            "AccountAccessKeysPresent" => said.key = Some(value > 0),
            "AccountPasswordPresent" => said.password = Some(value > 0),
            _ => continue,
        }
        roots.entry(account.to_owned()).or_default().summary.push(said);
    }
    Ok(())
}
