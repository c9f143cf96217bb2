//! The days of the period by account and Region: covered, silent, not delivered.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::drawn;
use super::silence::Silences;
use crate::base::time;
use crate::facts::scope::{CoverageLine, DayState as Seen};
use crate::report::model::{CalendarRow, Chart, ChartData, DaySeries, DayState, Table, Tone};
use crate::report::tables::{self, CalendarLine};

/// Accounts with a line of their own in the drawing of events.
const LINES: usize = 5;
/// Rows of the table that are printed.
const SHOWN: usize = 60;
/// Rows of the drawing.
const MOST_CALENDAR: usize = 40;

/// A stretch of days in one state.
pub(super) struct Stretch {
    /// State of all its days.
    pub(super) state: Seen,
    /// First day, 0 = first of the period.
    pub(super) from: usize,
    /// Number of days.
    pub(super) days: usize,
}

/// The days of a line as stretches of the same state.
pub(super) fn stretches(line: &CoverageLine) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for (day, (state, _)) in line.days.iter().enumerate() {
        match all.last_mut() {
            Some(last) if last.state == *state => last.days += 1,
            _ => all.push(Stretch { state: *state, from: day, days: 1 }),
        }
    }
    all
}

/// A day of the period as a date.
pub(super) fn date(input: &Input<'_>, day: usize) -> String {
    if !input.period.known {
        return String::new();
    }
    time::date_text(input.scope.first_day.saturating_add(i32::try_from(day).unwrap_or(0)))
}

/// `2026-05-12 to 2026-05-14`, or the one day.
pub(super) fn dates(input: &Input<'_>, stretch: &Stretch) -> String {
    let first = date(input, stretch.from);
    if stretch.days == 1 { first } else { format!("{first} to {}", date(input, stretch.from + stretch.days - 1)) }
}

/// Number of days of a line in a state.
pub(super) fn days(line: &CoverageLine, state: Seen) -> u64 {
    line.days.iter().filter(|(s, _)| *s == state).count() as u64
}

/// The table.
pub(super) fn table(input: &Input<'_>, silences: &Silences) -> Table {
    let lines: Vec<CalendarLine> = input
        .scope
        .coverage
        .iter()
        .map(|line| {
            let expected = |n: u64| if line.expected { n } else { 0 };
            CalendarLine {
                account: line.account.clone(),
                name: input.scope.accounts.get(&line.account).map(|a| a.name.clone()).unwrap_or_default(),
                region: if line.region.is_empty() { "not stated".to_owned() } else { line.region.clone() },
                expected: expected(line.days.len() as u64),
                covered: days(line, Seen::Covered) + expected(days(line, Seen::Quiet)),
                silent: expected(days(line, Seen::Silent)),
                not_delivered: expected(days(line, Seen::NotDelivered)),
                longest: longest(input, line, silences),
            }
        })
        .collect();
    let mut table = tables::calendar(&lines);
    table.cap(SHOWN);
    table
}

fn longest(input: &Input<'_>, line: &CoverageLine, silences: &Silences) -> String {
    if days(line, Seen::Covered) == 0 && days(line, Seen::Quiet) > 0 {
        return "no event; digests show none on the days covered".to_owned();
    }
    if days(line, Seen::Covered) == 0 {
        return if line.expected { "the whole period, not delivered".to_owned() } else { String::new() };
    }
    if !line.expected {
        // Without an expected set the period is what the files cover, and its edges mean nothing.
        return if input.scope.expected_by.is_some() { "not expected, seen".to_owned() } else { String::new() };
    }
    let silence = silences.longest.get(&(line.account.clone(), line.region.clone()));
    silence.map_or(String::new(), |s| s.text(&input.period.zone))
}

/// The calendar as a drawing.
pub(super) fn chart(input: &Input<'_>) -> Chart {
    let all = &input.scope.coverage;
    let rows: Vec<CalendarRow> = needed_most(all, MOST_CALENDAR)
        .map(|line| CalendarRow {
            label: label(input, &line.account, &line.region),
            days: line
                .days
                .iter()
                .map(|(state, events)| match state {
                    _ if !line.expected && *events == 0 => DayState::Outside,
                    Seen::Covered | Seen::Quiet => DayState::Covered,
                    Seen::Silent => DayState::Silent,
                    Seen::NotDelivered => DayState::NotDelivered,
                })
                .collect(),
            events: line.days.iter().map(|(_, events)| *events).collect(),
        })
        .collect();
    let expected: Vec<&CoverageLine> = input.scope.coverage.iter().filter(|l| l.expected).collect();
    let sum = |state: Seen| expected.iter().map(|l| days(l, state)).sum::<u64>();
    let of_expected = if expected.is_empty() {
        "Which days to expect is not known.".to_owned()
    } else {
        format!(
            "Of the days expected, {} have events or digests that list none, {} are silent and {} were not delivered.",
            words::thousands(sum(Seen::Covered) + sum(Seen::Quiet)),
            words::thousands(sum(Seen::Silent)),
            words::thousands(sum(Seen::NotDelivered)),
        )
    };
    let alt = format!(
        "{} by {}. {of_expected}",
        words::count(all.len() as u64, "account and Region", "accounts and Regions"),
        words::count(days_of_period(input) as u64, "day", "days"),
    );
    Chart {
        id: "coverage-calendar".to_owned(),
        title: "Days of the period by account and Region".to_owned(),
        caption: format!(
            "Covered means that events of the day were delivered, or that digest files show that there were none; darker is more. Days are those of {}.{}",
            input.period.zone,
            if all.len() > rows.len() {
                format!(
                    " Drawn are the {} accounts and Regions with the most days silent or not delivered; all stand in evidence/derived/trail_coverage.parquet.",
                    rows.len()
                )
            } else {
                String::new()
            }
        ),
        alt,
        unit: "events".to_owned(),
        half: false,
        data: ChartData::Calendar {
            from: date(input, 0),
            days: u32::try_from(days_of_period(input)).unwrap_or(u32::MAX),
            more: (all.len() - rows.len()) as u64,
            rows,
        },
    }
}

/// Of very many lines those with the most days in need of an explanation, in their order.
fn needed_most(lines: &[CoverageLine], most: usize) -> impl Iterator<Item = &CoverageLine> {
    let gaps = |line: &CoverageLine| if line.expected { days(line, Seen::Silent) + days(line, Seen::NotDelivered) } else { 0 };
    let mut order: Vec<(std::cmp::Reverse<u64>, usize)> =
        lines.iter().enumerate().map(|(at, line)| (std::cmp::Reverse(gaps(line)), at)).collect();
    order.sort_unstable();
    order.truncate(most);
    order.sort_unstable_by_key(|(_, at)| *at);
    order.into_iter().filter_map(|(_, at)| lines.get(at))
}

/// Days of the period; where nothing is covered, from its bounds.
pub(super) fn days_of_period(input: &Input<'_>) -> usize {
    input.scope.coverage.iter().map(|l| l.days.len()).max().unwrap_or_else(|| input.period.days())
}

fn label(input: &Input<'_>, account: &str, region: &str) -> String {
    match input.scope.accounts.get(account).map(|a| a.name.as_str()).filter(|n| !n.is_empty()) {
        Some(name) => format!("{name} {region}"),
        None => format!("{account} {region}"),
    }
}

/// Events per day, one line for each of the busiest accounts.
pub(super) fn events_chart(input: &Input<'_>) -> Chart {
    const TONES: [Tone; LINES] = [Tone::C1, Tone::C2, Tone::C3, Tone::C4, Tone::C5];
    let length = days_of_period(input);
    let mut accounts: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for line in &input.scope.coverage {
        let sums = accounts.entry(&line.account).or_insert_with(|| vec![0; length]);
        for (sum, (_, events)) in sums.iter_mut().zip(&line.days) {
            *sum += events;
        }
    }
    let mut order: Vec<(&str, Vec<u64>)> = accounts.into_iter().collect();
    order.sort_by_key(|(account, sums)| (std::cmp::Reverse(sums.iter().sum::<u64>()), *account));
    let rest: Vec<(&str, Vec<u64>)> = if order.len() > LINES { order.split_off(LINES) } else { Vec::new() };
    // A day without an event breaks the line: it is unknown, not zero.
    let values = |sums: &[u64]| sums.iter().map(|n| (*n > 0).then(|| drawn(*n))).collect::<Vec<_>>();
    let mut series: Vec<DaySeries> = order
        .iter()
        .zip(TONES)
        .map(|((account, sums), tone)| {
            let name = input.scope.accounts.get(*account).map(|a| a.name.clone()).filter(|n| !n.is_empty());
            DaySeries { name: name.unwrap_or_else(|| (*account).to_owned()), tone, values: values(sums) }
        })
        .collect();
    if !rest.is_empty() {
        let mut sums = vec![0; length];
        for (_, own) in &rest {
            for (sum, n) in sums.iter_mut().zip(own) {
                *sum += n;
            }
        }
        series.push(DaySeries { name: format!("{} other accounts", rest.len()), tone: Tone::None, values: values(&sums) });
    }
    let alt: Vec<String> =
        order.iter().map(|(account, sums)| format!("{} {} events", input.account(account), words::thousands(sums.iter().sum()))).collect();
    Chart {
        id: "coverage-events-by-day".to_owned(),
        title: "Events per day by account".to_owned(),
        caption: "The line breaks on days without any event.".to_owned(),
        alt: if alt.is_empty() {
            "No event of the period was delivered.".to_owned()
        } else {
            format!("Lines over the days of the period: {}.", alt.join(", "))
        },
        unit: "events".to_owned(),
        half: true,
        data: ChartData::Days { from: date(input, 0), series, area: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_lines_those_in_need_are_drawn_in_their_order() {
        let line = |region: &str, expected: bool, states: &[Seen]| CoverageLine {
            account: "111122223333".to_owned(),
            region: region.to_owned(),
            expected,
            days: states.iter().map(|state| (*state, 0)).collect(),
            files: 0,
            delivered: Vec::new(),
        };
        let lines = [
            line("a", true, &[Seen::Covered, Seen::Silent]),
            line("b", true, &[Seen::Covered, Seen::Covered]),
            line("c", true, &[Seen::NotDelivered, Seen::Silent]),
            line("d", false, &[Seen::NotDelivered, Seen::NotDelivered]),
            line("e", true, &[Seen::Quiet, Seen::NotDelivered]),
        ];
        let drawn = |most| needed_most(&lines, most).map(|line| line.region.as_str()).collect::<Vec<_>>();
        assert_eq!(drawn(1), ["c"]);
        assert_eq!(drawn(3), ["a", "c", "e"]);
        assert_eq!(drawn(9), ["a", "b", "c", "d", "e"]);
    }
}
