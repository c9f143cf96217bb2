//! Of which times the events are here: what a control that concludes from the absence of events rests on. That an event
//! is there shows only itself; that none is there shows something only where all log files are.
//!
//! A time counts as observed where a chain of digest files covers it and every log file that they list was supplied, or
//! where a trail's log files follow one another without a hole. All else is unknown. Whatever was delivered in another
//! form than a trail's log files shows presence only. Data events are never counted as observed: no file says which of
//! them a trail was told to record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::integrity::Integrity;
use super::trail_states;
use crate::base::account::is_account;
use crate::base::arn::account_piece;
use crate::base::steps;
use crate::base::time::{self, DAY};
use crate::engagement::Period;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cloudtrail::Container;
use crate::schema::Schema;
use crate::schema::row::Row as _;
use crate::schema::tables::{ObservationRow, TrailEventSelectorsRow, TrailsRow};
use crate::store::{Store, StoreError};

const MINUTE: i64 = 60_000_000;
/// Log files of an active trail come some five minutes apart; a longer pause than this is a hole. Events come as late.
const PAUSE: i64 = 15 * MINUTE;

/// A kind of events.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Management events, sign-ins among them.
    Management,
    /// Sign-ins. A trail that records management events records them.
    SignIn,
    /// Data events.
    Data,
}

/// How it is known that the events of a time are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Digest files list every log file of it.
    Digests,
    /// Log files follow one another without a hole.
    Deliveries,
}

impl Evidence {
    /// The word in table `observation`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Digests => "digests",
            Self::Deliveries => "deliveries",
        }
    }
}

/// Stretches of time, `(from, until)` in UTC microseconds, apart from one another and in order.
pub(super) type Stretches = Vec<(i64, i64)>;

/// Which times of management events were observed, by account and Region.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    lines: BTreeMap<String, BTreeMap<String, Stretches>>,
    told: BTreeMap<(String, String, Evidence), Stretches>,
    regions: BTreeMap<String, BTreeSet<String>>,
    period: (i64, i64),
}

/// Days of a span that are not wholly observed, summed over Regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Days with any time that is not.
    pub days: u64,
    /// Days of the span.
    pub of: u64,
}

impl Observation {
    /// What the files of a store show. `places` are the accounts and Regions that are expected or seen.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn read<'p>(
        store: &Store,
        integrity: &Integrity,
        period: &Period,
        places: impl Iterator<Item = &'p (String, String)>,
    ) -> Result<Self, StoreError> {
        let mut all = Self { period: (period.start, period.end), ..Self::default() };
        for (account, region) in places {
            all.regions.entry(account.clone()).or_default().insert(region.clone());
        }
        let trails = Selected::read(store)?;
        let recorded = |trail: &str| !trails.narrow.contains(trail);
        for chain in integrity.chains.iter().filter(|chain| !chain.backfill && recorded(&chain.trail)) {
            all.add(&chain.account, &chain.region, Evidence::Digests, chain.observed());
        }
        let mut times: BTreeMap<(&str, &str, &str), BTreeSet<i64>> = BTreeMap::new();
        for file in store.manifest.files.values() {
            if file.format.cloudtrail() != Some(Container::Records) || file.rejected > 0 || file.format.is_weaker_trail_evidence() {
                continue;
            }
            for path in &file.paths {
                steps::count(1);
                if let Some(log) = Delivered::of(path) {
                    times.entry((log.folder, log.account, log.region)).or_default().insert(log.at);
                }
            }
        }
        for ((_, account, region), times) in times.into_iter().filter(|((_, account, _), _)| trails.may_record_all(account)) {
            all.add(account, region, Evidence::Deliveries, without_holes(&times));
        }
        for stretches in all.told.values_mut() {
            *stretches = merged(std::mem::take(stretches));
        }
        for ((account, region, _), stretches) in &all.told {
            all.lines.entry(account.clone()).or_default().entry(region.clone()).or_default().extend(stretches);
        }
        for stretches in all.lines.values_mut().flat_map(BTreeMap::values_mut) {
            *stretches = merged(std::mem::take(stretches));
        }
        Ok(all)
    }

    fn add(&mut self, account: &str, region: &str, evidence: Evidence, stretches: Stretches) {
        if !stretches.is_empty() {
            self.told.entry((account.to_owned(), region.to_owned(), evidence)).or_default().extend(stretches);
        }
    }

    /// What of a span is not observed; `None` when all of it is. Without a Region every expected or seen one of the
    /// account counts; without a start or end the period's.
    pub fn missing(&self, kind: Kind, account: &str, region: Option<&str>, from: Option<i64>, to: Option<i64>) -> Option<Missing> {
        let (from, to) = (from.unwrap_or(self.period.0), to.unwrap_or(self.period.1));
        let whole = self.days(&[], from, to);
        let none = BTreeSet::new();
        let known = self.regions.get(account).unwrap_or(&none);
        let regions: Vec<&str> = region.map_or_else(|| known.iter().map(String::as_str).collect(), |region| vec![region]);
        let line = |region: &str| self.lines.get(account).and_then(|l| l.get(region)).filter(|_| kind != Kind::Data);
        let days: u64 = regions.iter().map(|region| self.days(line(region).map_or(&[], Vec::as_slice), from, to)).sum();
        // Of an account that nothing names, no day is.
        let (days, of) = if regions.is_empty() { (whole, whole) } else { (days, whole * regions.len() as u64) };
        (days > 0).then_some(Missing { days, of })
    }

    /// Since when the time before a moment was observed without a break; that moment where it was not.
    pub fn since(&self, account: &str, region: &str, moment: i64) -> i64 {
        let line = self.lines.get(account).and_then(|l| l.get(region)).map_or(&[][..], Vec::as_slice);
        let at = line.partition_point(|(_, until)| *until < moment);
        line.get(at).filter(|(from, _)| *from <= moment).map_or(moment, |(from, _)| *from)
    }

    /// Until when the time after a moment was observed without a break; that moment where it was not.
    pub fn until(&self, account: &str, region: &str, moment: i64) -> i64 {
        let line = self.lines.get(account).and_then(|l| l.get(region)).map_or(&[][..], Vec::as_slice);
        let at = line.partition_point(|(_, until)| *until <= moment);
        line.get(at).filter(|(from, _)| *from <= moment).map_or(moment, |(_, until)| *until)
    }

    /// Days, counted from the start of the period, of a span that hold time outside the stretches.
    fn days(&self, stretches: &[(i64, i64)], from: i64, to: i64) -> u64 {
        let (mut days, mut at, mut counted) = (0, from, i64::MIN);
        let mut hole = |from: i64, to: i64| {
            let [first, last] = [from, to - 1].map(|t| (t - self.period.0).div_euclid(DAY));
            let first = first.max(counted.saturating_add(1));
            days += u64::try_from(last - first + 1).unwrap_or(0);
            counted = counted.max(last);
        };
        let next = stretches.partition_point(|(_, until)| *until <= from);
        for (start, until) in stretches.get(next..).unwrap_or_default() {
            if *start >= to {
                break;
            }
            if *start > at {
                hole(at, *start);
            }
            at = at.max(*until);
        }
        if at < to {
            hole(at, to);
        }
        days
    }

    /// For each of the first days of the period, whether all of it was observed. Log files of a time before the period
    /// hold nothing of it, so that the first one may come as late as any other after the one before it; those that come
    /// after its end do.
    pub fn shown_days(&self, account: &str, region: &str, days: usize) -> Vec<bool> {
        let line = self.lines.get(account).and_then(|l| l.get(region)).map_or(&[][..], Vec::as_slice);
        let mut at = 0;
        let shown = |day: usize| {
            steps::count(1);
            let from = self.period.0 + i64::try_from(day).unwrap_or(0) * DAY;
            while line.get(at).is_some_and(|(_, until)| *until < from + DAY) {
                at += 1;
            }
            let begins = if day == 0 { from + PAUSE } else { from };
            line.get(at).is_some_and(|(start, _)| *start <= begins)
        };
        (0..days).map(shown).collect()
    }

    /// Table `observation`.
    pub fn table(&self, schema: &Schema) -> Option<Batch> {
        let mut table = Batch::new(schema.table("observation")?);
        for ((account, region, evidence), stretches) in &self.told {
            for kind in ["management", "sign_in"] {
                for (from, until) in stretches {
                    table.push(
                        0,
                        &ObservationRow {
                            account_id: Some(account),
                            region: Some(region),
                            kind: Some(kind),
                            observed_from: Some(*from),
                            observed_until: Some(*until),
                            evidence: Some(evidence.word()),
                        },
                    );
                }
            }
        }
        Some(table)
    }
}

/// What answers of describe-trails and get-event-selectors say of which events trails take in.
#[derive(Default)]
struct Selected {
    /// Names of trails that leave management events out, or that do so by one of several answers.
    narrow: BTreeSet<String>,
    /// Accounts with a trail of their own, each with whether one may take in all management events.
    accounts: BTreeMap<String, bool>,
    /// The same of trails of organisations.
    organisation: Option<bool>,
}

impl Selected {
    fn read(store: &Store) -> Result<Self, StoreError> {
        let error = |e| StoreError::polars(store.folder(), e);
        let mut all = Self::default();
        let (Some(selectors), Some(trails)) =
            (store.schema().table(TrailEventSelectorsRow::TABLE.name), store.schema().table(TrailsRow::TABLE.name))
        else {
            return Ok(all);
        };
        let frame = store.read(&trails, None)?;
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
        let arns = text(TrailsRow::trail_arn)?;
        let organisation = frame.column(TrailsRow::is_organization_trail).and_then(|c| c.bool().cloned()).map_err(error)?;
        let mut known: BTreeMap<String, bool> = BTreeMap::new();
        for (arn, organisation) in arns.iter().zip(organisation.iter()) {
            *known.entry(arn.unwrap_or_default().to_owned()).or_default() |= organisation == Some(true);
        }
        let left_out = trail_states::left_out(&store.read(&selectors, None)?).map_err(error)?;
        for arn in left_out.keys() {
            known.entry(arn.clone()).or_default();
        }
        for (arn, organisation) in known {
            steps::count(1);
            let whole = left_out.get(&arn).is_none_or(|said| said.as_deref() == Some(""));
            let name = arn.rsplit('/').next().unwrap_or_default();
            if !whole {
                all.narrow.insert(name.to_owned());
            }
            if organisation {
                *all.organisation.get_or_insert_default() |= whole;
            }
            *all.accounts.entry(account_piece(&arn).unwrap_or_default().to_owned()).or_default() |= whole;
        }
        Ok(all)
    }

    /// Whether log files of an account may hold all its management events: not where every trail that is known to deliver
    /// them leaves some out.
    fn may_record_all(&self, account: &str) -> bool {
        match (self.accounts.get(account), self.organisation) {
            (None, None) => true,
            (own, organisation) => own == Some(&true) || organisation == Some(true),
        }
    }
}

/// What the name of a log file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Delivered<'p> {
    /// The path before `AWSLogs`, which tells the places of two trails apart.
    folder: &'p str,
    account: &'p str,
    region: &'p str,
    /// When it was delivered, UTC microseconds.
    pub(super) at: i64,
}

impl<'p> Delivered<'p> {
    /// `…/111122223333_CloudTrail_eu-west-1_20240501T1005Z_abc.json.gz`, as CloudTrail names its log files.
    pub(super) fn of(path: &'p str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        let mut parts = name.split('_');
        let (account, service, region, stamp) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_account = is_account(account);
        if !is_account || service != "CloudTrail" || stamp.len() != 14 {
            return None;
        }
        let part = |from: usize, to: usize| stamp.get(from..to);
        let (year, month, day, hour, minute) = (part(0, 4)?, part(4, 6)?, part(6, 8)?, part(9, 11)?, part(11, 13)?);
        let at = time::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:00Z")).ok()?;
        Some(Self { folder: path.split_once("AWSLogs/").map_or("", |(folder, _)| folder), account, region, at })
    }
}

/// The stretches that log files delivered at these times cover: from the first to as long before the last as events may
/// be late.
fn without_holes(times: &BTreeSet<i64>) -> Stretches {
    let mut all: Stretches = Vec::new();
    for at in times {
        match all.last_mut() {
            Some(last) if *at - last.1 <= PAUSE => last.1 = *at,
            _ => all.push((*at, *at)),
        }
    }
    all.into_iter().map(|(from, until)| (from, until - PAUSE)).filter(|(from, until)| from < until).collect()
}

/// The same time as stretches that neither meet nor stand out of order.
pub(super) fn merged(mut stretches: Stretches) -> Stretches {
    stretches.sort_unstable();
    let mut all: Stretches = Vec::new();
    for (from, until) in stretches {
        match all.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => all.push((from, until)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE;

    fn observed(stretches: &[(i64, i64)]) -> Observation {
        let line = BTreeMap::from([("eu-west-1".to_owned(), merged(stretches.to_vec()))]);
        let regions = BTreeSet::from(["eu-west-1".to_owned(), "us-east-1".to_owned()]);
        Observation {
            lines: BTreeMap::from([("111122223333".to_owned(), line)]),
            regions: BTreeMap::from([("111122223333".to_owned(), regions)]),
            period: (0, 91 * DAY),
            ..Observation::default()
        }
    }

    #[test]
    fn the_name_of_a_log_file_says_when_it_was_delivered() {
        let path = "a/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/01/111122223333_CloudTrail_eu-west-1_20240501T1005Z_x.json.gz";
        let at = time::parse("2024-05-01T10:05:00Z").unwrap();
        assert_eq!(Delivered::of(path), Some(Delivered { folder: "a/", account: "111122223333", region: "eu-west-1", at }));
        for none in [
            "",
            "x/lookup-events.json",
            "111122223333_CloudTrail-Digest_eu-west-1_t_r_20240501T1005Z.json.gz",
            "1_CloudTrail_a_20240501T1005Z_x",
        ] {
            assert_eq!(Delivered::of(none), None, "{none}");
        }
    }

    #[test]
    fn a_day_is_shown_when_one_stretch_holds_all_of_it() {
        let shown = |stretches: &[(i64, i64)]| observed(stretches).shown_days("111122223333", "eu-west-1", 3);
        assert_eq!(shown(&[(0, 3 * DAY)]), [true, true, true]);
        assert_eq!(shown(&[(5 * MINUTE, DAY), (DAY + 5 * MINUTE, 3 * DAY)]), [true, false, true]);
        assert_eq!(shown(&[(0, 7 * HOUR), (8 * HOUR, 2 * DAY), (2 * DAY, 3 * DAY - MINUTE)]), [false, true, false]);
        assert_eq!(shown(&[]), [false; 3]);
    }

    #[test]
    fn log_files_with_a_hole_between_them_cover_two_stretches_and_a_late_one_covers_nothing() {
        let times = |minutes: &[i64]| minutes.iter().map(|m| m * MINUTE).collect::<BTreeSet<i64>>();
        assert_eq!(without_holes(&times(&[0, 5, 20, 30, 60, 65, 80, 95, 900])), [(0, 15 * MINUTE), (60 * MINUTE, 80 * MINUTE)]);
        assert_eq!(without_holes(&times(&[700])), []);
    }

    #[test]
    fn days_that_hold_time_outside_are_counted_once_each() {
        let all = observed(&[(0, 2 * DAY), (2 * DAY + HOUR, 3 * DAY), (2 * DAY + 5 * HOUR, 4 * DAY - HOUR)]);
        let of = |region: Option<&str>, from: i64, to: i64| all.missing(Kind::Management, "111122223333", region, Some(from), Some(to));
        let here = Some("eu-west-1");
        assert_eq!(of(here, 0, 2 * DAY), None);
        assert_eq!(of(here, 0, 4 * DAY), Some(Missing { days: 2, of: 4 }));
        assert_eq!(of(here, 2 * DAY + HOUR, 3 * DAY), None);
        assert_eq!(of(here, 5 * DAY, 5 * DAY), None, "nothing is asked");
        // F1: five of 182 days of two Regions.
        let days = observed(&(0..5).map(|d| (d * 7 * DAY, (d * 7 + 1) * DAY)).collect::<Vec<_>>());
        let missing = days.missing(Kind::Management, "111122223333", None, None, None);
        assert_eq!(missing, Some(Missing { days: 177, of: 182 }));
        assert_eq!(days.missing(Kind::Management, "444455556666", None, None, None), Some(Missing { days: 91, of: 91 }));
        assert_eq!(all.missing(Kind::Data, "111122223333", here, Some(0), Some(DAY)), Some(Missing { days: 1, of: 1 }));
    }

    #[test]
    fn silence_is_known_as_long_as_the_time_was_observed() {
        let all = observed(&[(0, DAY), (3 * DAY, 4 * DAY)]);
        assert_eq!(all.until("111122223333", "eu-west-1", HOUR), DAY);
        assert_eq!(all.until("111122223333", "eu-west-1", 2 * DAY), 2 * DAY);
        assert_eq!(all.until("111122223333", "us-east-1", HOUR), HOUR);
    }

    #[test]
    fn asking_costs_a_search_however_many_stretches_there_are() {
        let mut all = observed(&[]);
        let stretches: Stretches = (0..100_000).map(|n| (n * HOUR, n * HOUR + MINUTE)).collect();
        all.lines.get_mut("111122223333").unwrap().insert("eu-west-1".to_owned(), stretches);
        let start = std::time::Instant::now();
        for n in 0..100_000 {
            assert_eq!(all.missing(Kind::Management, "111122223333", Some("eu-west-1"), Some(n * HOUR), Some(n * HOUR + MINUTE)), None);
        }
        assert!(start.elapsed().as_secs() < 5);
    }
}
