//! The longest silence of each account and Region, to the hour, and silences that begin when somebody
//! stopped a trail. Days hide them: a trail stopped one evening and started the next but one morning
//! leaves a single day without events.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::files;
use crate::evaluate::{EvaluateError, Value};
use crate::report::model::{Statement, StatementTone};
use crate::store::parquet::frame;

const HOUR: i64 = 3_600_000_000;
const ACTIVITY: &str = "activity";
/// Silences after a stop that are told.
const TOLD: usize = 6;

/// A stretch without events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Silence {
    /// Last event before, or since when it is shown that there was none.
    pub(super) from: i64,
    /// First event after, or until when digests or deliveries show that there is none; `None` where nothing shows how long
    /// it went on.
    pub(super) to: Option<i64>,
}

impl Silence {
    /// How long it is known to be.
    fn length(self) -> i64 {
        self.to.map_or(0, |to| to - self.from)
    }

    /// From when to when and how long.
    pub(super) fn text(self, zone: &str) -> String {
        let Some(to) = self.to else { return format!("from {} on, with nothing later delivered", words::moment(self.from, zone)) };
        let hours = (to - self.from) / HOUR;
        format!(
            "{} to {}, {}",
            words::moment(self.from, zone),
            words::moment(to, zone),
            words::count(hours.unsigned_abs(), "hour", "hours")
        )
    }
}

/// A trail stopped or deleted.
struct Stop {
    at: i64,
    account: String,
    event: String,
    who: String,
}

/// What was found.
#[derive(Default)]
pub(super) struct Silences {
    /// Longest silence by account and Region.
    pub(super) longest: BTreeMap<(String, String), Silence>,
    /// One statement for each stop that a silence follows.
    pub(super) after_stop: Vec<Statement>,
}

/// Goes through the days of the rollup of activity one by one.
pub(super) fn silences(input: &Input<'_>) -> Result<Silences, EvaluateError> {
    let Some(table) = input.store.schema().table(ACTIVITY) else { return Ok(Silences::default()) };
    let stops = stops(input)?;
    let (start, end) = (input.period.start, input.period.end);
    let mut last: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut found = Silences::default();
    let mut after: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut by_account: BTreeMap<(&String, i64), Vec<usize>> = BTreeMap::new();
    for (at, stop) in stops.iter().enumerate() {
        by_account.entry((&stop.account, stop.at)).or_default().push(at);
    }
    let mut gap = |key: &(String, String), silence: Silence, longest: &mut BTreeMap<(String, String), Silence>| {
        if silence.length() > longest.get(key).map_or(0, |best| best.length()) {
            longest.insert(key.clone(), silence);
        }
        // The call that stops a trail is the last event it delivers, give or take a few.
        let near = (&key.0, silence.from - HOUR)..=(&key.0, silence.from + HOUR);
        for at in by_account.range(near).flat_map(|(_, stops)| stops.iter().copied()) {
            if stops.get(at).is_some_and(|stop| silence.to.is_none_or(|to| to > stop.at + 2 * HOUR)) {
                after.entry(at).or_default().push(format!("{} ({})", key.1, silence.text(&input.period.zone)));
            }
        }
    };
    let columns = ["account_id", "aws_region", "event_hour", "first_seen", "last_seen"].map(str::to_owned);
    let text = "SELECT account_id, aws_region, event_hour, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen FROM activity \
                WHERE account_id IS NOT NULL GROUP BY account_id, aws_region, event_hour \
                ORDER BY account_id NULLS LAST, aws_region NULLS LAST, event_hour NULLS LAST";
    for part in input.store.parts(&table) {
        let grid = files::grid(input, "silences", text, &[(ACTIVITY, frame::read(&part, Some(&columns))?)])?;
        for row in &grid.rows {
            let (Value::Time(first), Value::Time(until)) = (grid.get(row, &["first_seen"]), grid.get(row, &["last_seen"])) else {
                continue;
            };
            if *until < start || *first >= end {
                continue;
            }
            let key = (grid.get(row, &["account_id"]).to_text(), grid.get(row, &["aws_region"]).to_text());
            // Nor is the first event preceded by silence since the period began.
            let shown = || input.scope.observation.since(&key.0, &key.1, *first).max(start);
            let before = last.get(&key).copied().unwrap_or_else(shown);
            if *first > before {
                gap(&key, Silence { from: before, to: Some(*first) }, &mut found.longest);
            }
            last.insert(key, (*until).max(before));
        }
    }
    for (key, until) in &last {
        if *until < end {
            // The last event delivered is not followed by silence until the period ends, unless something shows it.
            let shown = input.scope.observation.until(&key.0, &key.1, *until).min(end);
            gap(key, Silence { from: *until, to: (shown > *until).then_some(shown) }, &mut found.longest);
        }
    }
    found.after_stop = after
        .into_iter()
        .take(TOLD)
        .filter_map(|(at, regions)| {
            let stop = stops.get(at)?;
            let text = format!(
                "{} by {} in {} at {}, and no event was delivered afterwards from {}. What happened in these hours is not known; days that hold some events count as covered above.",
                stop.event,
                stop.who,
                input.account(&stop.account),
                words::moment(stop.at, &input.period.zone),
                regions.join(", ")
            );
            Some(Statement::new(StatementTone::Caution, "Silence after a trail was stopped", text))
        })
        .collect();
    Ok(found)
}

/// Trails stopped or deleted in the period.
fn stops(input: &Input<'_>) -> Result<Vec<Stop>, EvaluateError> {
    let text = "SELECT account_id, event_name, principal, session_name, MIN(first_seen) AS first_seen FROM activity \
                WHERE event_source = 'cloudtrail.amazonaws.com' AND event_name IN ('StopLogging', 'DeleteTrail') AND outcome = 'success' \
                GROUP BY account_id, event_name, principal, session_name, event_date, event_hour \
                ORDER BY first_seen NULLS LAST, account_id NULLS LAST, principal NULLS LAST";
    let grid = input.sql("stopped trails", text)?;
    let mut all = Vec::new();
    for row in &grid.rows {
        let Value::Time(at) = grid.get(row, &["first_seen"]) else { continue };
        let get = |name: &str| grid.get(row, &[name]).to_text();
        let (principal, session) = (get("principal"), get("session_name"));
        let principal = principal.rsplit('/').next().unwrap_or("").to_owned();
        let who = if session.is_empty() || session == principal { principal } else { format!("{principal} / {session}") };
        all.push(Stop { at: *at, account: get("account_id"), event: get("event_name"), who });
    }
    Ok(all)
}
