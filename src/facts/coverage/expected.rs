//! What the engagement needs against what was received. One row for each account, Region or trail, so that topics can count,
//! group and word it.

use std::collections::{BTreeMap, BTreeSet};

use super::basis::{Basis, int};
use super::deliveries::Deliveries;
use super::trails::{Trail, Trails};
use crate::base::time::DAY;
use crate::engagement::Examination;
use crate::facts::scope::{AccountLine, CoverageLine, DayState};
use crate::ingest::batch::Batch;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{
    ClientControlMatrixRow, ConfigComplianceRow, ConfigRecordersRow, ExpectedEvidenceRow, IamCredentialsRow, OrganizationAccountsRow,
};
use crate::store::StoreError;

/// A snapshot this long before a date still shows what stood at it.
const NEAR: i64 = 7 * DAY;

/// How much of what was expected came.
#[derive(Clone, Copy)]
enum State {
    Received,
    InPart,
    Not,
}

impl State {
    fn of(expected: Option<u64>, received: u64) -> Self {
        match (expected, received) {
            (_, 0) => Self::Not,
            (Some(expected), n) if n >= expected => Self::Received,
            _ => Self::InPart,
        }
    }

    /// The words in table `expected_evidence`.
    fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::InPart => "received in part",
            Self::Not => "not received",
        }
    }
}

/// Account and Region.
type Place<'e> = (&'e str, &'e str);

/// One row of the table.
struct Line<'t> {
    kind: &'static str,
    account: Option<&'t str>,
    region: Option<&'t str>,
    expected: Option<u64>,
    received: u64,
    state: State,
    trail: Option<&'t Trail>,
    trails_known: Option<bool>,
}

impl<'t> Line<'t> {
    fn new(kind: &'static str, account: Option<&'t str>, region: Option<&'t str>, expected: Option<u64>, received: u64) -> Self {
        Self { kind, account, region, expected, received, state: State::of(expected, received), trail: None, trails_known: None }
    }

    fn push(&self, table: &mut Batch) {
        table.push(
            0,
            &ExpectedEvidenceRow {
                kind: Some(self.kind),
                account_id: self.account,
                region: self.region,
                trail_name: self.trail.map(|t| t.name.as_str()),
                expected: self.expected.and_then(int),
                received: int(self.received),
                state: Some(self.state.word()),
                trails_known: self.trails_known,
                log_location: self.trail.and_then(|t| filled(&t.location)),
                organization_trail: self.trail.map(|t| t.organization),
                writes_digests: self.trail.map(|t| t.writes_digests),
            },
        );
    }
}

/// Table `expected_evidence`.
pub(super) fn table(basis: &Basis<'_>, delivered: &Deliveries) -> Result<Option<Batch>, StoreError> {
    let Some(mut t) = basis.batch(ExpectedEvidenceRow::TABLE.name) else { return Ok(None) };
    let trails = Trails::read(basis)?;
    let scope = basis.scope;
    let is_known = scope.expected_by.is_some();
    // Where nobody stated which accounts to expect, those seen.
    let counts = |a: &AccountLine| if is_known { a.expected } else { !a.seen_in.is_empty() };
    let accounts: Vec<&str> = scope.accounts.iter().filter(|(_, a)| counts(a)).map(|(id, _)| id.as_str()).collect();
    let expected = scope.expected();
    let places: Vec<Place<'_>> = expected.iter().map(|(account, region)| (account.as_str(), region.as_str())).collect();
    let mut lines = events(basis, &accounts, is_known);
    lines.extend(digests(basis, &places));
    for line in &mut lines {
        if let Some(account) = line.account {
            line.trail = trails.of(account, line.region);
            line.trails_known = Some(trails.has(account));
        }
    }
    lines.extend(snapshots(basis, delivered, &places));
    let mut history: BTreeMap<&str, u64> = BTreeMap::new();
    for ((account, _), files) in &delivered.history {
        *history.entry(account).or_default() += files;
    }
    lines.extend(each(&accounts, |account| Line {
        // A Region where nothing changed has no history file, so that their number cannot be expected.
        state: State::of(Some(1), history.get(account).copied().unwrap_or(0)),
        ..Line::new("history", Some(account), None, None, history.get(account).copied().unwrap_or(0))
    }));
    lines.extend(recorders(basis, &places)?.iter().map(|(place, has)| place_line("recorders", *place, u64::from(*has))));
    let results: BTreeSet<String> = accounts_of(basis, ConfigComplianceRow::TABLE.name, ConfigComplianceRow::account_id)?;
    lines.extend(each(&accounts, |a| Line::new("rule_results", Some(a), None, Some(1), u64::from(results.contains(a)))));
    let reports = credential_reports(basis)?;
    let dates = if basis.period.examination == Examination::Type2 { 2 } else { 1 };
    lines.extend(each(&accounts, |a| Line::new("credential_reports", Some(a), None, Some(dates), reports.get(a).copied().unwrap_or(0))));
    let of_organization = trails.all.iter().any(|t| t.organization);
    lines.extend(each(&accounts, |a| Line::new("trails", Some(a), None, Some(1), u64::from(of_organization || trails.has(a)))));
    for (kind, has) in [
        ("trail_status", &(|t: &Trail| trails.status.contains(&t.name)) as &dyn Fn(&Trail) -> bool),
        ("trail_selectors", &|t: &Trail| trails.selectors.contains(&t.arn)),
    ] {
        let line = |t| Line { trail: Some(t), ..Line::new(kind, Some(&t.account), Some(&t.region), Some(1), u64::from(has(t))) };
        lines.extend(trails.all.iter().map(line));
        if trails.all.is_empty() {
            lines.push(Line::new(kind, None, None, None, 0));
        }
    }
    for (kind, n) in [
        ("organization_accounts", basis.read(OrganizationAccountsRow::TABLE.name)?.height() as u64),
        ("client_controls", basis.engagement.client_control.len().max(basis.read(ClientControlMatrixRow::TABLE.name)?.height()) as u64),
    ] {
        lines.push(Line { state: State::of(Some(1), n), ..Line::new(kind, None, None, None, n) });
    }
    // A kind with nothing to expect it for is missing as a whole.
    for kind in ["digests", "snapshots", "history", "recorders", "rule_results", "credential_reports", "trails"] {
        if !lines.iter().any(|line| line.kind == kind) {
            lines.push(Line::new(kind, None, None, None, 0));
        }
    }
    lines.iter().for_each(|line| line.push(&mut t));
    Ok(Some(t))
}

fn each<'t>(accounts: &[&'t str], line: impl Fn(&'t str) -> Line<'t>) -> Vec<Line<'t>> {
    accounts.iter().map(|account| line(account)).collect()
}

fn place_line<'t>(kind: &'static str, (account, region): Place<'t>, received: u64) -> Line<'t> {
    Line::new(kind, Some(account), Some(region), Some(1), received)
}

/// Days of each account and Region whose events, or digests that list none, were supplied. Without an expected set, how many
/// accounts and Regions have events; so too for an account whose Regions nobody stated.
fn events<'e>(basis: &Basis<'e>, accounts: &[&'e str], is_known: bool) -> Vec<Line<'e>> {
    let coverage = &basis.scope.coverage;
    if !is_known {
        return vec![Line::new("events", None, None, None, coverage.len() as u64)];
    }
    let mut by_account: BTreeMap<&str, Vec<&CoverageLine>> = BTreeMap::new();
    for line in coverage {
        by_account.entry(&line.account).or_default().push(line);
    }
    let mut lines = Vec::new();
    for account in accounts {
        let own = by_account.remove(account).unwrap_or_default();
        if !own.iter().any(|l| l.expected) {
            lines.push(Line::new("events", Some(account), None, None, own.len() as u64));
        }
        for l in own.into_iter().filter(|l| l.expected) {
            let covered = l.days.iter().filter(|(s, _)| matches!(s, DayState::Covered | DayState::Quiet)).count() as u64;
            lines.push(Line::new("events", Some(account), Some(&l.region), Some(l.days.len() as u64), covered));
        }
    }
    lines
}

/// Digests of each account and Region; all were received where one chain spans the period without a gap.
fn digests<'e>(basis: &Basis<'_>, places: &[Place<'e>]) -> Vec<Line<'e>> {
    let mut chains: BTreeMap<Place<'_>, (u64, bool)> = BTreeMap::new();
    for chain in basis.integrity.chains.iter().filter(|c| !c.backfill) {
        let (digests, is_whole) = chains.entry((&chain.account, &chain.region)).or_default();
        *digests += chain.digests.len() as u64;
        let (first, last) = chain.span();
        let spans = first.is_some_and(|t| t <= basis.period.start) && last.is_some_and(|t| t >= basis.period.end);
        *is_whole |= spans && chain.missing == 0 && chain.restarts == 0;
    }
    let line = |place: &Place<'e>| {
        let (digests, is_whole) = chains.get(place).copied().unwrap_or_default();
        let state = if is_whole { State::Received } else { State::of(None, digests) };
        Line { state, ..Line::new("digests", Some(place.0), Some(place.1), None, digests) }
    };
    places.iter().map(line).collect()
}

/// Snapshots near the start and the end of the period, or near the as-of date of a type 1 examination.
fn snapshots<'e>(basis: &Basis<'_>, delivered: &'e Deliveries, places: &[Place<'e>]) -> Vec<Line<'e>> {
    let period = basis.period;
    let seen: Vec<Place<'_>> = delivered.snapshots.keys().map(|(a, r)| (a.as_str(), r.as_str())).collect();
    let places = if places.is_empty() { &seen } else { places };
    let line = |(account, region): &Place<'e>| {
        let taken = delivered.snapshots.get(&((*account).to_owned(), (*region).to_owned())).map(Vec::as_slice).unwrap_or_default();
        let at_start = taken.iter().any(|at| (-DAY..=NEAR).contains(&(period.start - at)));
        let at_end = taken.iter().any(|at| (period.as_of - at).abs() <= NEAR);
        let is_one = period.examination == Examination::Type1;
        let received = u64::from(at_end) + u64::from(at_start && !is_one);
        // Snapshots of other times are received all the same, and of use for what stood then.
        let state = if received == 0 && !taken.is_empty() { State::InPart } else { State::of(Some(2 - u64::from(is_one)), received) };
        Line { state, ..Line::new("snapshots", Some(account), Some(region), Some(2 - u64::from(is_one)), received) }
    };
    places.iter().map(line).collect()
}

/// Accounts and Regions whose recorders were described.
fn recorders<'e>(basis: &Basis<'_>, places: &[Place<'e>]) -> Result<Vec<(Place<'e>, bool)>, StoreError> {
    let frame = basis.read(ConfigRecordersRow::TABLE.name)?;
    let (accounts, regions) = (basis.texts(&frame, ConfigRecordersRow::account_id)?, basis.texts(&frame, ConfigRecordersRow::region)?);
    let have: BTreeSet<Place<'_>> = accounts.iter().zip(&regions).map(|(a, r)| (a.as_str(), r.as_str())).collect();
    Ok(places.iter().map(|place| (*place, have.contains(place))).collect())
}

/// Accounts with a row in a table; `account` is the column that names them.
fn accounts_of(basis: &Basis<'_>, name: &str, account: &str) -> Result<BTreeSet<String>, StoreError> {
    let Some(table) = basis.store.schema().table(name) else { return Ok(BTreeSet::new()) };
    let frame = basis.store.read(&table, Some(&[account.to_owned()]))?;
    Ok(basis.texts(&frame, account)?.into_iter().collect())
}

/// Number of credential reports of each account.
fn credential_reports(basis: &Basis<'_>) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut reports: BTreeMap<String, u64> = BTreeMap::new();
    for file in basis.store.manifest.files.values().filter(|f| f.format.is_credentials()) {
        for account in file.seen.accounts() {
            *reports.entry(account.to_owned()).or_default() += 1;
        }
    }
    for account in accounts_of(basis, IamCredentialsRow::TABLE.name, IamCredentialsRow::account_id)? {
        reports.entry(account).or_insert(1);
    }
    Ok(reports)
}
