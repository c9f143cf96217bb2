//! Tables about the scope: the engagement, what is expected, what was seen, what is recorded where,
//! and the coverage of the period by account, Region and day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::costs;
use super::integrity::Integrity;
use super::observation::Observation;
use super::recorded::{Recorded, Recording};
use super::seen::{Days, Seen};
use super::snapshots;
use super::trail_states;
use crate::base::account::is_account;
use crate::base::time::{self, DAY};
use crate::engagement::{Engagement, Period, Workload};
use crate::ingest::batch::Batch;
use crate::ingest::formats::config::item::AUTHORIZATION_DETAIL;
use crate::reason::{Expected, Reason};
use crate::schema::Schema as Declared;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{
    AccountRegionsRow, AccountsRow, AllowListsRow, ConfigRecordersRow, EmptyAnswersRow, EngagementRow, IamCredentialsRow, ItemColumns,
    KnownAccountsRow, OrganizationAccountsRow, RecordedTypesRow, RequiredTagsRow, TrailCoverageRow, TrailsRow, WorkloadChoicesRow,
    WorkloadsRow,
};
use crate::store::manifest::InputFile;
use crate::store::{Store, StoreError};

/// State of one account, Region and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DayState {
    /// There are events that came with the log files of the day.
    Covered,
    /// No event, and digest files of the day show that no log file held any.
    Quiet,
    /// No event, between days with events: unknown without a digest.
    Silent,
    /// Expected, and nothing from before or after is there either.
    NotDelivered,
}

impl DayState {
    /// The word in table `trail_coverage`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Quiet => "quiet",
            Self::Silent => "silent",
            Self::NotDelivered => "not_delivered",
        }
    }
}

/// One account and Region over the days of the period.
#[derive(Debug, Clone)]
pub struct CoverageLine {
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Named as expected.
    pub expected: bool,
    /// State and number of events of each day.
    pub days: Vec<(DayState, u64)>,
    /// Files that hold its events.
    pub files: u64,
    /// Events of each day that stand in files as a trail delivers them.
    pub delivered: Vec<u64>,
}

impl CoverageLine {
    /// Days whose events all come from exports that hold less than a trail delivers.
    pub fn weaker_days(&self) -> Vec<usize> {
        let weaker = |day: &usize| self.days[*day].1 > 0 && self.delivered.get(*day) == Some(&0);
        (0..self.days.len()).filter(weaker).collect()
    }
}

/// What is known about the scope.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Account: name, environment, expected, seen in, who says so.
    pub accounts: BTreeMap<String, AccountLine>,
    /// Account and Region: expected, seen.
    pub account_regions: BTreeMap<(String, String), (bool, bool)>,
    /// Whether anyone said what to expect, and who.
    pub expected_by: Option<String>,
    /// Files of the list of accounts that the expected set rests on, where they hold less than the list.
    pub expected_in_part: Vec<String>,
    /// Resource types by account and Region, and how it is known.
    pub recorded: Arc<Recorded>,
    /// Types with any item.
    pub types: BTreeSet<String>,
    /// Accounts and Regions with items.
    pub config: BTreeSet<(String, String)>,
    /// Coverage of the period by events.
    pub coverage: Vec<CoverageLine>,
    /// First day of the period as days since 1970.
    pub first_day: i32,
    /// Events in the period, and outside it by file.
    pub events: u64,
    /// Events outside the period, by file id.
    pub outside: BTreeMap<String, u64>,
    /// Of which times all events are here.
    pub observation: Arc<Observation>,
}

/// One account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountLine {
    /// Name.
    pub name: String,
    /// Environment.
    pub environment: String,
    /// Expected.
    pub expected: bool,
    /// Kinds of input it was seen in.
    pub seen_in: BTreeSet<&'static str>,
    /// Who says it is expected.
    pub said_by: String,
}

/// What a credential report is called among the kinds of input.
const CREDENTIAL_REPORT: &str = "credential report";

fn kind_of(file: &InputFile) -> Option<&'static str> {
    file.format.declaration().source
}

impl Scope {
    /// Reads what the store and the engagement say.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn read(store: &Store, engagement: &Engagement, period: &Period, integrity: &Integrity, seen: Seen) -> Result<Self, StoreError> {
        let mut scope = Self { first_day: time::day_of(period.start + DAY / 2), ..Self::default() };
        scope.expectations(store, engagement)?;
        for file in store.manifest.files.values() {
            let Some(kind) = kind_of(file) else { continue };
            for (account, region) in file.seen.iter().filter(|(account, _)| is_account(account)) {
                let place = || (account.to_owned(), region.to_owned());
                scope.accounts.entry(account.to_owned()).or_default().seen_in.insert(kind);
                if kind == "AWS Config" {
                    scope.config.insert(place());
                }
                if !region.is_empty() && region != "global" && kind != "cost" {
                    scope.account_regions.entry(place()).or_insert((false, false)).1 = true;
                }
            }
        }
        scope.credential_reports(store)?;
        let mut recorded = Recorded::default();
        scope.items(store, &mut recorded)?;
        for place in recorders(store, &mut recorded)? {
            scope.account_regions.entry(place).or_insert((false, true));
        }
        trails(store, &mut recorded, &mut scope.accounts)?;
        scope.recorded = Arc::new(recorded);
        scope.cover(period, integrity, seen);
        scope.observation = Arc::new(Observation::read(store, integrity, period, scope.account_regions.keys())?);
        Ok(scope)
    }

    fn expectations(&mut self, store: &Store, engagement: &Engagement) -> Result<(), StoreError> {
        for account in &engagement.scope.account {
            let line = self.accounts.entry(account.id.clone()).or_default();
            line.name.clone_from(&account.name);
            line.environment.clone_from(&account.environment);
            line.expected = true;
            "engagement".clone_into(&mut line.said_by);
            for region in &account.regions {
                self.account_regions.insert((account.id.clone(), region.clone()), (true, false));
            }
            self.expected_by = Some("engagement".to_owned());
        }
        let Some(table) = store.schema().table(OrganizationAccountsRow::TABLE.name) else { return Ok(()) };
        let frame = store.read(&table, None)?;
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(|e| StoreError::polars(store.folder(), e));
        let (ids, names, status) = (
            text(OrganizationAccountsRow::account_id)?,
            text(OrganizationAccountsRow::account_name)?,
            text(OrganizationAccountsRow::status)?,
        );
        for row in 0..frame.height() {
            let Some(id) = ids.get(row).filter(|id| is_account(id)) else { continue };
            let line = self.accounts.entry(id.to_owned()).or_default();
            if line.name.is_empty() {
                names.get(row).unwrap_or("").clone_into(&mut line.name);
            }
            if status.get(row) == Some("ACTIVE") && !line.expected {
                line.expected = true;
                "organizations list-accounts".clone_into(&mut line.said_by);
                self.expected_by.get_or_insert_with(|| "organizations list-accounts".to_owned());
            }
        }
        // Where the engagement names the accounts, the set is known without the list.
        if engagement.scope.account.is_empty() {
            let in_part = store.givers(&table).into_iter().filter(|file| file.is_in_part());
            self.expected_in_part = in_part.map(|file| file.paths.first().unwrap_or(&file.file_id).clone()).collect();
            self.expected_in_part.sort();
        }
        Ok(())
    }

    /// Accounts with a credential report, which belongs to no Region.
    fn credential_reports(&mut self, store: &Store) -> Result<(), StoreError> {
        let Some(table) = store.schema().table(IamCredentialsRow::TABLE.name) else { return Ok(()) };
        let frame = store.read(&table, Some(&[IamCredentialsRow::account_id.to_owned()]))?;
        let accounts = frame.column(IamCredentialsRow::account_id).and_then(|c| c.str().cloned());
        for account in accounts.map_err(|e| StoreError::polars(store.folder(), e))?.iter().flatten().filter(|account| is_account(account)) {
            self.accounts.entry(account.to_owned()).or_default().seen_in.insert(CREDENTIAL_REPORT);
        }
        Ok(())
    }

    /// Which types are recorded where: an item proves it.
    fn items(&mut self, store: &Store, recorded: &mut Recorded) -> Result<(), StoreError> {
        let error = |e| StoreError::polars(store.folder(), e);
        let Some(table) = store.schema().table("config_items") else { return Ok(()) };
        let columns =
            [ItemColumns::account_id, ItemColumns::region, ItemColumns::resource_type, ItemColumns::item_status].map(str::to_owned);
        let frame = store.read(&table, Some(&columns))?;
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
        let (accounts, regions, kinds, status) = (
            text(ItemColumns::account_id)?,
            text(ItemColumns::region)?,
            text(ItemColumns::resource_type)?,
            text(ItemColumns::item_status)?,
        );
        for (((account, region), kind), status) in accounts.iter().zip(regions.iter()).zip(kinds.iter()).zip(status.iter()) {
            let (Some(account), Some(kind)) = (account, kind) else { continue };
            let said = match status {
                Some("ResourceNotRecorded" | "ResourceDeletedNotRecorded") => Recording::SaidNot,
                Some(AUTHORIZATION_DETAIL) => Recording::Details,
                _ => Recording::Items,
            };
            if said != Recording::SaidNot && !self.types.contains(kind) {
                self.types.insert(kind.to_owned());
            }
            recorded.add(account, region.unwrap_or("global"), kind, said);
        }
        Ok(())
    }

    /// Days with events, days without between them, and days before the first or after the last.
    fn cover(&mut self, period: &Period, integrity: &Integrity, seen: Seen) {
        let days = period.days();
        let counts = seen.lines;
        (self.events, self.outside) = (seen.events, seen.outside);
        if !period.known {
            // No event is there, and no day that one could be missing on.
            return;
        }
        let expected: BTreeSet<(String, String)> = self.expected();
        let quiet = integrity.quiet();
        for key in expected.iter().chain(counts.keys()).collect::<BTreeSet<_>>() {
            if key.0.is_empty() {
                continue;
            }
            let none = Days::new(days);
            let Days { events: line, late, delivered, files } = counts.get(key).unwrap_or(&none);
            // An event that came days later does not show that its own day was delivered.
            let on_time = |day: usize| line.get(day) > late.get(day);
            let first = (0..line.len()).find(|day| on_time(*day));
            let last = (0..line.len()).rfind(|day| on_time(*day));
            let states = line
                .iter()
                .enumerate()
                .map(|(day, n)| {
                    let inside = first.is_some_and(|f| day > f) && last.is_some_and(|l| day < l);
                    let from = period.start + i64::try_from(day).unwrap_or(0) * DAY;
                    let state = if on_time(day) {
                        DayState::Covered
                    } else if quiet.holds(&key.0, &key.1, from, from + DAY) {
                        DayState::Quiet
                    } else if inside {
                        DayState::Silent
                    } else {
                        DayState::NotDelivered
                    };
                    (state, *n)
                })
                .collect();
            self.coverage.push(CoverageLine {
                account: key.0.clone(),
                region: key.1.clone(),
                expected: expected.contains(key),
                days: states,
                files: files.len() as u64,
                delivered: delivered.clone(),
            });
        }
    }

    /// Expected accounts and Regions.
    pub fn expected(&self) -> BTreeSet<(String, String)> {
        self.account_regions.iter().filter(|(_, (expected, _))| *expected).map(|(k, _)| k.clone()).collect()
    }

    /// Days with events, from a trail's log files, of which nothing shows that all log files are here. Days that are told as
    /// silent, not delivered or weaker are counted there.
    fn days_not_shown(&self, line: &CoverageLine) -> usize {
        let weaker: BTreeSet<usize> = line.weaker_days().into_iter().collect();
        let shown = self.observation.shown_days(&line.account, &line.region, line.days.len());
        let with_events = |day: &usize| line.days.get(*day).is_some_and(|(state, _)| *state == DayState::Covered);
        (0..line.days.len()).filter(|day| with_events(day) && !weaker.contains(day) && shown.get(*day) != Some(&true)).count()
    }

    /// Why events do not cover the whole period.
    pub fn event_gaps(&self) -> Vec<Reason> {
        let mut gaps = Vec::new();
        if self.expected_by.is_none() {
            gaps.push(Reason::ExpectedUnknown { what: Expected::AccountsAndRegions });
        } else if self.expected().is_empty() {
            gaps.push(Reason::ExpectedUnknown { what: Expected::Regions });
        }
        gaps.extend(self.list_in_part());
        let count = |of: &dyn Fn(&CoverageLine) -> usize, counts: &dyn Fn(&CoverageLine) -> bool| -> (u64, u64) {
            let lines: Vec<usize> = self.coverage.iter().filter(|l| counts(l)).map(of).filter(|n| *n > 0).collect();
            (lines.len() as u64, lines.iter().sum::<usize>() as u64)
        };
        let in_state = |state: DayState| count(&|l| l.days.iter().filter(|(s, _)| *s == state).count(), &|l| l.expected);
        let (lines, days) = in_state(DayState::NotDelivered);
        if days > 0 {
            gaps.push(Reason::DaysNotSupplied { days, lines });
        }
        let (lines, days) = in_state(DayState::Silent);
        if days > 0 {
            gaps.push(Reason::DaysSilent { days, lines });
        }
        let counts = |l: &CoverageLine| l.expected || self.expected_by.is_none();
        let (lines, days) = count(&|l| self.days_not_shown(l), &counts);
        if days > 0 {
            gaps.push(Reason::DaysNotShown { days, lines });
        }
        let (lines, days) = count(&|l| l.weaker_days().len(), &counts);
        if days > 0 {
            gaps.push(Reason::DaysWeaker { days, lines });
        }
        gaps
    }

    /// That the expected accounts are known in part.
    fn list_in_part(&self) -> Option<Reason> {
        (!self.expected_in_part.is_empty()).then(|| Reason::ExpectedInPart { files: self.expected_in_part.clone() })
    }

    /// The reach that decides extents.
    pub fn reach(&self) -> ReachParts {
        ReachParts {
            recorded: Arc::clone(&self.recorded),
            expected: self.expected(),
            expected_known: self.expected_by.is_some(),
            event_gaps: self.event_gaps(),
            expected_in_part: self.list_in_part(),
        }
    }

    /// The derived tables.
    pub fn tables(&self, schema: &Declared, engagement: &Engagement, period: &Period) -> Vec<Batch> {
        let start = |name: &str| schema.table(name).map(Batch::new);
        let mut all = Vec::new();
        if let Some(mut t) = start("engagement") {
            let seconds = |m: i64| m.div_euclid(1_000_000);
            let thresholds = &engagement.thresholds;
            let last_day = time::day_of(period.end - 1 - DAY / 2 + DAY / 2);
            let (first_month, last_month) = costs::charge_months(period.start, period.end);
            t.push(
                0,
                &EngagementRow {
                    client: Some(&engagement.engagement.client),
                    period_start: period.known.then_some(period.start),
                    period_end: period.known.then_some(period.end),
                    period_start_date: period.known.then_some(self.first_day),
                    period_end_date: period.known.then_some(last_day.max(self.first_day)),
                    as_of: period.known.then_some(period.as_of),
                    as_of_date: period.known.then_some(time::day_of(period.as_of - 1)),
                    as_of_epoch: period.known.then_some(seconds(period.as_of)),
                    period_end_epoch: period.known.then_some(seconds(period.end)),
                    period_days: period.known.then_some((period.end - period.start + DAY / 2) / DAY),
                    first_charge_month: period.known.then_some(first_month.as_str()),
                    last_charge_month: period.known.then_some(last_month.as_str()),
                    charge_months: period.known.then_some(costs::count_of_months(period.start, period.end)),
                    business_hour_from: period.business.as_ref().map(|b| b.from),
                    business_hour_to: period.business.as_ref().map(|b| b.to),
                    max_key_age_days: Some(thresholds.max_key_age()),
                    max_idle_days: Some(thresholds.max_idle()),
                    min_retention_days: Some(thresholds.min_retention()),
                    max_key_age_is_stated: Some(thresholds.max_key_age_days.is_some()),
                    max_idle_is_stated: Some(thresholds.max_idle_days.is_some()),
                    min_retention_is_stated: Some(thresholds.min_retention_days.is_some()),
                    examination: period.examination.words(),
                },
            );
            all.push(t);
        }
        if let Some(mut t) = start("accounts") {
            for (id, line) in &self.accounts {
                let seen: Vec<&str> = line.seen_in.iter().copied().collect();
                let opt = |s: &'_ str| if s.is_empty() { None } else { Some(s.to_owned()) };
                let (name, environment, said) = (opt(&line.name), opt(&line.environment), opt(&line.said_by));
                let seen = seen.join(", ");
                t.push(
                    0,
                    &AccountsRow {
                        account_id: Some(id),
                        account_name: name.as_deref(),
                        environment: environment.as_deref(),
                        expected: Some(line.expected),
                        seen_in: Some(&seen),
                        said_by: said.as_deref(),
                    },
                );
            }
            all.push(t);
        }
        if let Some(mut t) = start(AccountRegionsRow::TABLE.name) {
            for ((account, region), (expected, seen)) in &self.account_regions {
                let with_items = self.config.contains(&(account.clone(), region.clone()));
                t.push(
                    0,
                    &AccountRegionsRow {
                        account_id: Some(account),
                        region: Some(region),
                        expected: Some(*expected),
                        seen: Some(*seen),
                        with_items: Some(with_items),
                    },
                );
            }
            all.push(t);
        }
        if let Some(mut t) = start(KnownAccountsRow::TABLE.name) {
            for known in &engagement.scope.known_account {
                t.push(0, &KnownAccountsRow { account_id: Some(&known.id), label: Some(&known.label) });
            }
            // The client's own accounts are known too.
            let known: BTreeSet<&str> = engagement.scope.known_account.iter().map(|k| k.id.as_str()).collect();
            for (id, line) in &self.accounts {
                if line.expected && !known.contains(id.as_str()) {
                    t.push(0, &KnownAccountsRow { account_id: Some(id), label: Some(&line.name) });
                }
            }
            all.push(t);
        }
        if let Some(mut t) = start(RequiredTagsRow::TABLE.name) {
            for key in &engagement.scope.required_tags {
                t.push(0, &RequiredTagsRow { tag_key: Some(key), folded_key: Some(&crate::ingest::formats::cost::folded_key(key)) });
            }
            all.push(t);
        }
        if let Some(mut t) = start(AllowListsRow::TABLE.name) {
            for list in &engagement.allow_list {
                for value in &list.values {
                    t.push(0, &AllowListsRow { list_name: Some(&list.name), value: Some(value) });
                }
            }
            all.push(t);
        }
        if let (Some(mut workloads), Some(mut choices)) = (start(WorkloadsRow::TABLE.name), start(WorkloadChoicesRow::TABLE.name)) {
            for (position, workload) in (0..).zip(&engagement.workload) {
                add_workload(position, workload, &mut workloads, &mut choices);
            }
            all.extend([workloads, choices]);
        }
        if let Some(mut t) = start(RecordedTypesRow::TABLE.name) {
            for (account, region, kind, said) in self.recorded.iter() {
                let (recorded, words) = (said.shows(), Some(said.words()));
                t.push(
                    0,
                    &RecordedTypesRow {
                        account_id: Some(account),
                        region: Some(region),
                        resource_type: Some(kind),
                        recorded,
                        evidence: words,
                    },
                );
            }
            all.push(t);
        }
        if let Some(mut t) = start(TrailCoverageRow::TABLE.name) {
            for line in &self.coverage {
                for (day, (state, events)) in line.days.iter().enumerate() {
                    let date = self.first_day + i32::try_from(day).unwrap_or(0);
                    t.push(
                        0,
                        &TrailCoverageRow {
                            account_id: Some(&line.account),
                            region: Some(&line.region),
                            day: Some(date),
                            expected: Some(line.expected),
                            events: Some(i64::try_from(*events).unwrap_or(i64::MAX)),
                            delivered_events: line.delivered.get(day).map(|n| i64::try_from(*n).unwrap_or(i64::MAX)),
                            log_files: Some(i64::try_from(line.files).unwrap_or(i64::MAX)),
                            state: Some(if line.expected || *events > 0 { state.word() } else { "outside" }),
                        },
                    );
                }
            }
            all.push(t);
        }
        all.extend(self.observation.table(schema));
        all
    }
}

/// Which types the recorders say they record: some list them, some record all. Gives the accounts and Regions that answers about
/// recorders name. The answer that says whether a recorder is
/// recording does not say what, and one that says what does not say whether it is: a stopped recorder records nothing.
fn recorders(store: &Store, recorded: &mut Recorded) -> Result<BTreeSet<(String, String)>, StoreError> {
    let error = |e| StoreError::polars(store.folder(), e);
    let Some(table) = store.schema().table(ConfigRecordersRow::TABLE.name) else { return Ok(BTreeSet::new()) };
    let frame = store.read(&table, None)?;
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
    let flag = |name: &str| frame.column(name).and_then(|c| c.bool().cloned()).map_err(error);
    let (accounts, regions, names, listed) = (
        text(ConfigRecordersRow::account_id)?,
        text(ConfigRecordersRow::region)?,
        text(ConfigRecordersRow::recorder_name)?,
        text(ConfigRecordersRow::resource_types)?,
    );
    let snapshots = snapshots::snapshots(store);
    let (recording, all, is_item) = (
        flag(ConfigRecordersRow::recording)?,
        flag(ConfigRecordersRow::all_supported)?,
        frame.column(ConfigRecordersRow::item_captured_at).map_err(error)?.is_not_null(),
    );
    let place = |row: usize| Some((accounts.get(row)?, regions.get(row)?, names.get(row)?));
    let is_answer = |row: &usize| is_item.get(*row) == Some(false);
    let stopped: BTreeSet<(&str, &str, &str)> =
        (0..frame.height()).filter(is_answer).filter(|row| recording.get(*row) == Some(false)).filter_map(place).collect();
    for row in 0..frame.height() {
        let Some((account, region, name)) = place(row) else { continue };
        let list: Vec<String> = listed.get(row).and_then(|l| serde_json::from_str(l).ok()).unwrap_or_default();
        let is_stopped = recording.get(row) == Some(false) || is_answer(&row) && stopped.contains(&(account, region, name));
        // Types left out carry a sign in front; all others are recorded.
        let leaves_out = list.iter().all(|t| t.starts_with(['-', '!']));
        let named: BTreeSet<&str> = list.iter().map(|t| if leaves_out { t.trim_start_matches(['-', '!']) } else { t.as_str() }).collect();
        for kind in store.schema().resources().iter().map(|r| r.resource_type.as_str()) {
            let said = match named.contains(kind) {
                _ if is_stopped => Recording::Stopped,
                _ if all.get(row) == Some(true) => Recording::All,
                _ if list.is_empty() => continue,
                true if leaves_out => Recording::LeftOut,
                false if leaves_out => Recording::AllButOthers,
                true => Recording::Listed,
                false => Recording::NotListed,
            };
            // What a recorder records stands in its snapshots: without one, that no item is here shows nothing.
            let is_shown = said.shows() != Some(true) || snapshots.contains(&(account.to_owned(), region.to_owned()));
            recorded.add(account, region, kind, if is_shown { said } else { Recording::Undelivered });
        }
    }
    let told = (0..frame.height()).filter(is_answer).filter_map(place).filter(|(account, ..)| is_account(account));
    Ok(told.map(|(account, region, _)| (account.to_owned(), region.to_owned())).collect())
}

/// The places whose trails describe-trails lists, or says that there are none of. An answer that does not say where it is
/// from is of the account of the trails that it lists, and of the only account there is where it lists none.
fn trails(store: &Store, recorded: &mut Recorded, accounts: &mut BTreeMap<String, AccountLine>) -> Result<(), StoreError> {
    let error = |e| StoreError::polars(store.folder(), e);
    let (Some(trails), Some(empty)) = (store.schema().table(TrailsRow::TABLE.name), store.schema().table(EmptyAnswersRow::TABLE.name))
    else {
        return Ok(());
    };
    let frame = store.read(&trails, None)?;
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
    let (asked, regions, owners, homes) =
        (text(TrailsRow::asked_account_id)?, text(TrailsRow::asked_region)?, text(TrailsRow::account_id)?, text(TrailsRow::home_region)?);
    let mut places: BTreeSet<(String, String)> = BTreeSet::new();
    for row in 0..frame.height() {
        let region = regions.get(row).or_else(|| homes.get(row)).unwrap_or("global");
        places.extend(asked.get(row).or_else(|| owners.get(row)).map(|account| (account.to_owned(), region.to_owned())));
    }
    let frame = store.read(&empty, None)?;
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
    let (tables, asked, regions) = (text(EmptyAnswersRow::table_name)?, text(EmptyAnswersRow::account_id)?, text(EmptyAnswersRow::region)?);
    let only = accounts.keys().next().filter(|_| accounts.len() == 1).cloned();
    for row in (0..frame.height()).filter(|row| tables.get(*row) == Some("trails")) {
        let region = regions.get(row).unwrap_or("global").to_owned();
        places.extend(asked.get(row).map(str::to_owned).or_else(|| only.clone()).map(|account| (account, region)));
    }
    for (account, region) in places.iter().filter(|(account, _)| is_account(account)) {
        accounts.entry(account.clone()).or_default().seen_in.insert("describe-trails");
        recorded.add(account, region, trail_states::TYPE, Recording::Answered);
    }
    Ok(())
}

/// The parts of a reach that the scope knows.
#[derive(Debug, Clone, Default)]
pub struct ReachParts {
    /// Recorded types.
    pub recorded: Arc<Recorded>,
    /// Expected accounts and Regions.
    pub expected: BTreeSet<(String, String)>,
    /// Whether anyone said so.
    pub expected_known: bool,
    /// Gaps of events in words.
    pub event_gaps: Vec<Reason>,
    /// That the expected accounts are known in part.
    pub expected_in_part: Option<Reason>,
}

/// Tag that CloudFormation puts on the resources of a stack.
const STACK: &str = "aws:cloudformation:stack-name";

fn add_workload(position: i64, workload: &Workload, workloads: &mut Batch, choices: &mut Batch) {
    let mut conditions: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
    if !workload.accounts.is_empty() {
        conditions.push((None, workload.accounts.iter().map(String::as_str).collect()));
    }
    conditions.extend(workload.tags.iter().map(|(key, value)| (Some(key.as_str()), vec![value.as_str()])));
    if !workload.stacks.is_empty() {
        conditions.push((Some(STACK), workload.stacks.iter().map(String::as_str).collect()));
    }
    for (condition, (tag_key, values)) in (0..).zip(&conditions) {
        for choice in values {
            let row = WorkloadChoicesRow { position: Some(position), condition: Some(condition), tag_key: *tag_key, choice: Some(choice) };
            choices.push(0, &row);
        }
    }
    let tags: Vec<String> = workload.tags.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let [accounts, tags, stacks] = [&workload.accounts, &tags, &workload.stacks].map(|list| list.join(", "));
    let count = |list: &[String]| i64::try_from(list.len()).ok();
    let row = WorkloadsRow {
        position: Some(position),
        workload_name: Some(&workload.name),
        conditions: i64::try_from(conditions.len()).ok(),
        accounts: filled(&accounts),
        account_count: count(&workload.accounts),
        tags: filled(&tags),
        stacks: filled(&stacks),
        stack_count: count(&workload.stacks),
    };
    workloads.push(0, &row);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::steps::assert_in_step;

    #[test]
    fn coverage_of_very_many_accounts_and_regions_is_worked_out_in_step() {
        let period = |to: &str| Engagement::default().period(Some("2026-04-01"), Some(to), None, None).unwrap();
        let expecting = |size: usize| {
            let mut scope = Scope::default();
            for n in 0..size {
                scope.account_regions.insert((format!("{:012}", n / 3), format!("region-{}", n % 3)), (true, false));
            }
            scope
        };
        assert_in_step("accounts and Regions", 2_000, 2_000, |size| {
            let (mut scope, period) = (expecting(size), period("2026-06-30"));
            move || {
                scope.cover(&period, &Integrity::default(), Seen::default());
                assert_eq!((scope.coverage.len(), scope.coverage[0].days.len()), (size, 91));
                assert_eq!(scope.event_gaps().len(), 2);
            }
        });
        // A longer period costs its days.
        let steps = ["2026-04-30", "2027-03-31"].map(|to| {
            let (mut scope, period) = (expecting(500), period(to));
            crate::base::steps::taken(move || scope.cover(&period, &Integrity::default(), Seen::default()))
        });
        assert!(steps[1] < steps[0] * 365 / 30 * 2, "{steps:?}");
    }
}
