//! Table `event_silences`: the longest silence of each account and Region, to the hour, and silences that begin when somebody
//! stopped a trail. Days hide them: a trail stopped one evening and started the next but one morning leaves a single day
//! without events.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, DataType, Int64Chunked, PolarsResult, StringChunked};

use super::evidence::Evidence;
use super::observation::{Stretches, merged};
use crate::base::steps;
use crate::ingest::batch::Batch;
use crate::schema::Schema;
use crate::schema::row::Row as _;
use crate::schema::tables::{ActivityRow, EngagementRow, EventSilencesRow, ObservationRow};
use crate::store::StoreError;

/// The table.
pub const SILENCES: &str = EventSilencesRow::TABLE.name;

const HOUR: i64 = 3_600_000_000;

type Place = (String, String);
/// First and last event of each hour with events, by hours since 1970.
type Hours = BTreeMap<i64, (i64, i64)>;

/// A stretch without events, in UTC microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Silence {
    /// Last event before, or since when it is shown that there was none.
    from: i64,
    /// First event after, or until when digests or deliveries show that there is none; `None` where nothing shows how long
    /// it went on.
    until: Option<i64>,
}

impl Silence {
    /// How long it is known to be.
    fn length(self) -> i64 {
        self.until.map_or(0, |until| until - self.from)
    }
}

/// A trail stopped or deleted.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stop {
    at: i64,
    event: String,
    principal: String,
    session: String,
}

/// The table.
///
/// # Errors
/// When activity, observation or engagement cannot be read.
pub fn compute(schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let Some(table) = schema.table(SILENCES) else { return Ok(Vec::new()) };
    let error = |e| evidence.error(SILENCES, e);
    let mut table = Batch::new(table);
    let engagement = evidence.frame(EngagementRow::TABLE.name)?;
    let bound = |name: &str| times(&engagement, name).map(|t| t.iter().next().flatten());
    let (Some(start), Some(end)) = (bound(EngagementRow::period_start).map_err(error)?, bound(EngagementRow::period_end).map_err(error)?)
    else {
        return Ok(vec![table]);
    };
    let activity = evidence.recorded_activity(&[
        ActivityRow::account_id,
        ActivityRow::aws_region,
        ActivityRow::event_source,
        ActivityRow::event_name,
        ActivityRow::outcome,
        ActivityRow::principal,
        ActivityRow::session_name,
    ])?;
    let seen = hours(&activity).map_err(error)?;
    let (stops, starts) = calls(&activity).map_err(error)?;
    let shown = shown(&evidence.frame(ObservationRow::TABLE.name)?).map_err(error)?;
    for (place, hours) in &seen {
        let none = Stretches::new();
        let all = silences(hours, shown.get(place).unwrap_or(&none), start, end);
        let longest = all.iter().copied().filter(|s| s.length() > 0).max_by_key(|s| (s.length(), -s.from));
        let own = stops.get(&place.0);
        for silence in &all {
            let near = silence.from - HOUR..=silence.from + HOUR;
            // The call that stops a trail is the last event it delivers, give or take a few.
            let restarted = |stop: &Stop| starts.get(&place.0).is_some_and(|all| all.range(stop.at..=silence.from).next().is_some());
            let follows =
                |stop: &&Stop| near.contains(&stop.at) && silence.until.is_none_or(|until| until > stop.at + 2 * HOUR) && !restarted(stop);
            let first = own.map_or(0, |own| own.partition_point(|stop| stop.at < silence.from - HOUR));
            let stop = own.and_then(|own| own[first..].iter().take_while(|stop| near.contains(&stop.at)).find(follows));
            if stop.is_some() || longest == Some(*silence) {
                push(&mut table, place, *silence, longest == Some(*silence), stop);
            }
        }
    }
    Ok(vec![table])
}

fn push(table: &mut Batch, place: &Place, silence: Silence, is_longest: bool, stop: Option<&Stop>) {
    table.push(
        0,
        &EventSilencesRow {
            account_id: Some(&place.0),
            region: Some(&place.1),
            silent_from: Some(silence.from),
            silent_until: silence.until,
            seconds: silence.until.map(|until| (until - silence.from) / 1_000_000),
            is_longest: Some(is_longest),
            stop_event: stop.map(|stop| stop.event.as_str()),
            stopped_at: stop.map(|stop| stop.at),
            principal: stop.map(|stop| stop.principal.as_str()),
            session_name: stop.map(|stop| stop.session.as_str()),
        },
    );
}

/// The silences between the hours with events, at the start of the period and at its end. The first event is not preceded by
/// silence since the period began, nor the last one followed by it, unless something shows it.
fn silences(hours: &Hours, shown: &Stretches, start: i64, end: i64) -> Vec<Silence> {
    let mut all = Vec::new();
    let mut before: Option<i64> = None;
    for (first, last) in hours.values().filter(|(first, last)| *last >= start && *first < end) {
        steps::count(1);
        let from = before.unwrap_or_else(|| since(shown, *first).max(start));
        if *first > from {
            all.push(Silence { from, until: Some(*first) });
        }
        before = Some(from.max(*last));
    }
    if let Some(from) = before.filter(|last| *last < end) {
        let until = until(shown, from).min(end);
        all.push(Silence { from, until: (until > from).then_some(until) });
    }
    all
}

/// Since when the time before a moment was observed without a break; that moment where it was not.
fn since(shown: &Stretches, moment: i64) -> i64 {
    let at = shown.partition_point(|(_, until)| *until < moment);
    shown.get(at).filter(|(from, _)| *from <= moment).map_or(moment, |(from, _)| *from)
}

/// Until when the time after a moment was observed without a break; that moment where it was not.
fn until(shown: &Stretches, moment: i64) -> i64 {
    let at = shown.partition_point(|(_, until)| *until <= moment);
    shown.get(at).filter(|(from, _)| *from <= moment).map_or(moment, |(_, until)| *until)
}

fn times(frame: &DataFrame, name: &str) -> PolarsResult<Int64Chunked> {
    frame.column(name)?.cast(&DataType::Int64)?.i64().cloned()
}

fn texts(frame: &DataFrame, name: &str) -> PolarsResult<StringChunked> {
    frame.column(name)?.str().cloned()
}

/// Hours with events by account and Region.
fn hours(activity: &DataFrame) -> PolarsResult<BTreeMap<Place, Hours>> {
    let (accounts, regions) = (texts(activity, ActivityRow::account_id)?, texts(activity, ActivityRow::aws_region)?);
    let (first, last) = (times(activity, ActivityRow::first_seen)?, times(activity, ActivityRow::last_seen)?);
    let mut all: BTreeMap<&str, BTreeMap<&str, Hours>> = BTreeMap::new();
    for (((account, region), first), last) in accounts.iter().zip(regions.iter()).zip(first.iter()).zip(last.iter()) {
        let (Some(account), Some(first), Some(last)) = (account, first, last) else { continue };
        let regions = all.entry(account).or_default().entry(region.unwrap_or_default()).or_default();
        let hour = regions.entry(first.div_euclid(HOUR)).or_insert((first, last));
        *hour = (hour.0.min(first), hour.1.max(last));
    }
    let owned = |account: &str, region: &str| (account.to_owned(), region.to_owned());
    Ok(all
        .into_iter()
        .flat_map(|(account, regions)| regions.into_iter().map(move |(region, hours)| (owned(account, region), hours)))
        .collect())
}

/// Trails stopped or deleted by account, in the order of time.
type Stops = BTreeMap<String, Vec<Stop>>;
/// When trails were started, by account.
type Starts = BTreeMap<String, BTreeSet<i64>>;

/// Successful calls that stop, delete or start a trail.
fn calls(activity: &DataFrame) -> PolarsResult<(Stops, Starts)> {
    let (accounts, sources, names) =
        (texts(activity, ActivityRow::account_id)?, texts(activity, ActivityRow::event_source)?, texts(activity, ActivityRow::event_name)?);
    let (outcomes, principals, sessions) =
        (texts(activity, ActivityRow::outcome)?, texts(activity, ActivityRow::principal)?, texts(activity, ActivityRow::session_name)?);
    let first = times(activity, ActivityRow::first_seen)?;
    let mut all: BTreeMap<String, BTreeSet<Stop>> = BTreeMap::new();
    let mut starts = Starts::new();
    for row in 0..activity.height() {
        let (Some(account), Some(event), Some(at)) = (accounts.get(row), names.get(row), first.get(row)) else { continue };
        if sources.get(row) != Some("cloudtrail.amazonaws.com") || outcomes.get(row) != Some("success") {
            continue;
        }
        match event {
            "StopLogging" | "DeleteTrail" => {}
            "StartLogging" => {
                starts.entry(account.to_owned()).or_default().insert(at);
                continue;
            }
            _ => continue,
        }
        let text = |column: &StringChunked| column.get(row).unwrap_or_default().to_owned();
        let stop = Stop { at, event: event.to_owned(), principal: text(&principals), session: text(&sessions) };
        all.entry(account.to_owned()).or_default().insert(stop);
    }
    Ok((all.into_iter().map(|(account, stops)| (account, stops.into_iter().collect())).collect(), starts))
}

/// Times of which all management events are here.
fn shown(observation: &DataFrame) -> PolarsResult<BTreeMap<Place, Stretches>> {
    let (accounts, regions, kinds) = (
        texts(observation, ObservationRow::account_id)?,
        texts(observation, ObservationRow::region)?,
        texts(observation, ObservationRow::kind)?,
    );
    let (from, until) = (times(observation, ObservationRow::observed_from)?, times(observation, ObservationRow::observed_until)?);
    let mut all: BTreeMap<Place, Stretches> = BTreeMap::new();
    for row in 0..observation.height() {
        if let (Some(account), Some(region), Some("management"), Some(from), Some(until)) =
            (accounts.get(row), regions.get(row), kinds.get(row), from.get(row), until.get(row))
        {
            all.entry((account.to_owned(), region.to_owned())).or_default().push((from, until));
        }
    }
    Ok(all.into_iter().map(|(place, stretches)| (place, merged(stretches))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(hours: &[(i64, i64)]) -> Hours {
        hours.iter().map(|(first, last)| (first.div_euclid(HOUR), (*first, *last))).collect()
    }

    #[test]
    fn only_what_is_shown_is_silent_at_the_edges() {
        let hours = seen(&[(2 * HOUR, 2 * HOUR + 5), (9 * HOUR, 9 * HOUR + 1)]);
        let between = Silence { from: 2 * HOUR + 5, until: Some(9 * HOUR) };
        let open = Silence { from: 9 * HOUR + 1, until: None };
        assert_eq!(silences(&hours, &Vec::new(), 0, 24 * HOUR), [between, open]);
        let shown = vec![(HOUR, 3 * HOUR), (8 * HOUR, 12 * HOUR)];
        let before = Silence { from: HOUR, until: Some(2 * HOUR) };
        let after = Silence { from: 9 * HOUR + 1, until: Some(12 * HOUR) };
        assert_eq!(silences(&hours, &shown, 0, 24 * HOUR), [before, between, after]);
    }

    #[test]
    fn hours_outside_the_period_do_not_count() {
        let hours = seen(&[(0, 1), (5 * HOUR, 5 * HOUR + 1), (30 * HOUR, 30 * HOUR)]);
        assert_eq!(silences(&hours, &Vec::new(), 4 * HOUR, 24 * HOUR), [Silence { from: 5 * HOUR + 1, until: None }]);
    }
}
