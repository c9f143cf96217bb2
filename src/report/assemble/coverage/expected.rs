//! What the engagement needs against what came, and how to export what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::calendar::{self, stretches};
use super::configuration::{Delivered, days_between};
use crate::base::{steps, time};
use crate::engagement::Examination;
use crate::evaluate::{EvaluateError, Value};
use crate::facts::scope::{CoverageLine, DayState};
use crate::ingest::detect::Format;
use crate::report::model::{Profile, Table};
use crate::report::tables::{self, ExpectedLine};

/// Lines of one kind; more are summed.
const LINES: usize = 24;
/// A snapshot this long before a date still speaks for it.
const NEAR_DAYS: f64 = 7.0;

const RECEIVED: &str = "received";
const PARTLY: &str = "received in part";
const MISSING: &str = "not received";

/// The table.
pub(super) fn table(input: &Input<'_>, delivered: &Delivered) -> Result<Table, EvaluateError> {
    let trails = Trails::read(input)?;
    let mut lines = events(input, &trails);
    lines.push(digests(input, &trails));
    lines.extend(snapshots(input, delivered));
    lines.extend(history(input, delivered));
    lines.push(recorders(input)?);
    lines.push(rule_results(input)?);
    lines.extend(credential_reports(input)?);
    lines.extend(trails.lines(input));
    lines.push(organisation(input)?);
    if input.profile == Profile::Full {
        lines.extend(costs(input)?);
    }
    lines.push(client_controls(input)?);
    Ok(tables::expected(&lines))
}

/// Which of the names stand in one of the texts. Each text is cut into pieces of the lengths that names have, so that the
/// names are not gone through for each text.
fn names_in<'n, 't>(names: impl Iterator<Item = &'n str>, texts: impl Iterator<Item = &'t str>) -> BTreeSet<&'n str> {
    let mut by_length: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for name in names.filter(|name| !name.is_empty()) {
        by_length.entry(name.len()).or_default().insert(name);
    }
    let mut found = BTreeSet::new();
    for text in texts {
        for (length, names) in &by_length {
            let pieces = (0..=text.len().saturating_sub(*length)).filter_map(|at| text.get(at..at + length));
            found.extend(pieces.filter_map(|piece| names.get(piece)));
            steps::count(text.len());
        }
    }
    found
}

fn line(expected: impl Into<String>, received: impl Into<String>, state: &str, how: impl Into<String>) -> ExpectedLine {
    // A command is only of use where something is missing.
    let how = if state == RECEIVED { String::new() } else { how.into() };
    ExpectedLine { expected: expected.into(), received: received.into(), state: state.to_owned(), how }
}

/// Accounts expected, or, where nobody said which, those seen.
fn accounts(input: &Input<'_>) -> Vec<String> {
    let known = input.scope.expected_by.is_some();
    input.scope.accounts.iter().filter(|(_, a)| if known { a.expected } else { !a.seen_in.is_empty() }).map(|(id, _)| id.clone()).collect()
}

fn list(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    const MOST: usize = 6;
    let all: Vec<String> = items.into_iter().map(|i| i.as_ref().to_owned()).filter(|t| !t.is_empty()).collect();
    let more = all.len().saturating_sub(MOST);
    let mut text = all.into_iter().take(MOST).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// What describe-trails and the answers about each trail say.
struct Trails {
    /// Trails, each once.
    all: Vec<Trail>,
    /// Names of trails whose state was delivered.
    status: BTreeSet<String>,
    /// ARNs of trails whose selectors were delivered.
    selectors: BTreeSet<String>,
    /// Trails of each account, in their order.
    by_account: BTreeMap<String, Vec<usize>>,
}

struct Trail {
    name: String,
    arn: String,
    account: String,
    region: String,
    bucket: String,
    every_region: bool,
    organisation: bool,
    validates: bool,
}

impl Trails {
    fn read(input: &Input<'_>) -> Result<Self, EvaluateError> {
        let grid = input.sql(
            "trails",
            "SELECT trail_name, trail_arn, account_id, home_region, s3_bucket_name, s3_key_prefix, is_multi_region_trail, is_organization_trail, log_file_validation_enabled \
             FROM trails ORDER BY trail_arn NULLS LAST, trail_name NULLS LAST",
        )?;
        let mut all: Vec<Trail> = Vec::new();
        let mut known: BTreeSet<(String, String)> = BTreeSet::new();
        for row in &grid.rows {
            let text = |name: &str| grid.get(row, &[name]).to_text();
            let flag = |name: &str| *grid.get(row, &[name]) == Value::Bool(true);
            let prefix = text("s3_key_prefix");
            let bucket = text("s3_bucket_name");
            let trail = Trail {
                name: text("trail_name"),
                arn: text("trail_arn"),
                account: text("account_id"),
                region: text("home_region"),
                bucket: if prefix.is_empty() { bucket } else { format!("{bucket}/{}", prefix.trim_matches('/')) },
                every_region: flag("is_multi_region_trail"),
                organisation: flag("is_organization_trail"),
                validates: flag("log_file_validation_enabled"),
            };
            // A multi-Region trail shows in the answers of all its Regions.
            if known.insert((trail.arn.clone(), trail.name.clone())) {
                all.push(trail);
            }
        }
        let names = |text: &str, column: &str| -> Result<BTreeSet<String>, EvaluateError> {
            let grid = input.sql("trail answers", text)?;
            Ok(grid.rows.iter().map(|r| grid.get(r, &[column]).to_text()).filter(|t| !t.is_empty()).collect())
        };
        let mut status = names("SELECT DISTINCT trail_name FROM trail_status", "trail_name")?;
        // The answer does not name its trail. Trails in the same state give the same bytes, so that one file
        // stands under several names.
        let answers = input.store.manifest.files.values().filter(|f| f.format == Format::TrailStatus);
        let found = names_in(all.iter().map(|t| t.name.as_str()), answers.flat_map(|f| &f.paths).map(String::as_str));
        status.extend(found.into_iter().map(str::to_owned));
        let mut by_account: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, trail) in all.iter().enumerate() {
            by_account.entry(trail.account.clone()).or_default().push(at);
        }
        let selectors = names("SELECT DISTINCT trail_arn FROM trail_event_selectors", "trail_arn")?;
        Ok(Self { all, status, selectors, by_account })
    }

    /// The trail that records an account's Region: its own, else the organisation's.
    fn of(&self, account: &str, region: &str) -> Option<&Trail> {
        let records = |t: &&Trail| t.every_region || t.region == region;
        self.own(account).find(records).or_else(|| self.all.iter().filter(|t| t.organisation).find(records))
    }

    /// The trails of an account.
    fn own(&self, account: &str) -> impl Iterator<Item = &Trail> {
        self.by_account.get(account).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }

    /// How to ask for what CloudTrail itself keeps for 90 days.
    fn lookup(account: &str, region: &str) -> String {
        format!("aws cloudtrail lookup-events --region {region} --output json > cloudtrail/lookup-events-{account}-{region}.json")
    }

    /// How to copy the files of an account and Region from the bucket.
    fn copy(&self, account: &str, region: &str, folder: &str) -> String {
        let trail = self.of(account, region);
        if trail.is_none() && self.by_account.contains_key(account) && folder == "CloudTrail" {
            // The trails are known and none records here: there is nothing in a bucket.
            return Self::lookup(account, region);
        }
        let bucket = trail.map_or("TRAIL-BUCKET", |t| t.bucket.as_str());
        let organisation = if trail.is_some_and(|t| t.organisation) { "ORGANISATION-ID/" } else { "" };
        let path = format!("AWSLogs/{organisation}{account}/{folder}/{region}/");
        format!("aws s3 sync s3://{bucket}/{path} cloudtrail/{path}")
    }

    fn lines(&self, input: &Input<'_>) -> Vec<ExpectedLine> {
        let expected = accounts(input);
        let mut lines = Vec::new();
        let organisation = self.all.iter().any(|t| t.organisation);
        let without: Vec<&String> = expected.iter().filter(|a| !organisation && !self.by_account.contains_key(*a)).collect();
        let state = match (self.all.is_empty(), without.is_empty()) {
            (true, _) => MISSING,
            (false, false) => PARTLY,
            (false, true) => RECEIVED,
        };
        let received = if without.is_empty() || self.all.is_empty() {
            words::count(self.all.len() as u64, "trail", "trails")
        } else {
            format!("{}; none for {}", words::count(self.all.len() as u64, "trail", "trails"), list(without))
        };
        lines.push(line(
            "Settings of the trails (describe-trails)",
            received,
            state,
            "aws cloudtrail describe-trails --include-shadow-trails > trails/ACCOUNT/describe-trails.json",
        ));
        let mut answers = |what: &str, command: &str, has: &dyn Fn(&Trail) -> bool| {
            let missing: Vec<&str> = self.all.iter().filter(|t| !has(t)).map(|t| t.name.as_str()).collect();
            let got = self.all.len() - missing.len();
            let name = missing.first().copied().unwrap_or("TRAIL");
            let state = if self.all.is_empty() || got == 0 {
                MISSING
            } else if missing.is_empty() {
                RECEIVED
            } else {
                PARTLY
            };
            let received = match (self.all.is_empty(), missing.is_empty()) {
                (true, _) => "the trails are not known".to_owned(),
                (false, true) => format!("{got} of {} trails", self.all.len()),
                (false, false) => format!("{got} of {} trails; not of {}", self.all.len(), list(&missing)),
            };
            lines.push(line(
                what,
                received,
                state,
                format!("aws cloudtrail {command} {name} > trails/{name}-{}.json", command.split(' ').next().unwrap_or("")),
            ));
        };
        answers("State of each trail (get-trail-status)", "get-trail-status --name", &|t| self.status.contains(&t.name));
        answers("What each trail records (get-event-selectors)", "get-event-selectors --trail-name", &|t| self.selectors.contains(&t.arn));
        lines
    }
}

/// Events by account: Regions with an event on every day in one line, the others in one line each.
fn events(input: &Input<'_>, trails: &Trails) -> Vec<ExpectedLine> {
    let mut lines = Vec::new();
    let days = calendar::days_of_period(input) as u64;
    if input.scope.expected_by.is_none() {
        let seen: BTreeSet<&str> = input.scope.coverage.iter().map(|l| l.account.as_str()).collect();
        let regions: BTreeSet<&str> = input.scope.coverage.iter().map(|l| l.region.as_str()).filter(|r| !r.is_empty()).collect();
        let received = format!(
            "events of {} in {}",
            words::count(seen.len() as u64, "account", "accounts"),
            words::count(regions.len() as u64, "Region", "Regions")
        );
        let (received, state) = if seen.is_empty() { ("no event of the period".to_owned(), MISSING) } else { (received, PARTLY) };
        let how = if seen.is_empty() {
            trails.copy("ACCOUNT", "REGION", "CloudTrail")
        } else {
            "aws organizations list-accounts; aws account list-regions --region-opt-status-contains ENABLED ENABLED_BY_DEFAULT".to_owned()
        };
        return vec![line("CloudTrail events; expected set unknown", received, state, how)];
    }
    let mut by_account: BTreeMap<&str, Vec<&CoverageLine>> = BTreeMap::new();
    for line in &input.scope.coverage {
        by_account.entry(&line.account).or_default().push(line);
    }
    for id in accounts(input) {
        let own = by_account.remove(id.as_str()).unwrap_or_default();
        let expected: Vec<&CoverageLine> = own.iter().copied().filter(|l| l.expected).collect();
        let name = input.account(&id);
        if expected.is_empty() {
            let seen: Vec<&str> = own.iter().map(|l| l.region.as_str()).collect();
            let received = if seen.is_empty() { "no event of the period".to_owned() } else { format!("events in {}", list(&seen)) };
            let how = if seen.is_empty() {
                trails.copy(&id, "REGION", "CloudTrail")
            } else {
                "aws account list-regions --region-opt-status-contains ENABLED ENABLED_BY_DEFAULT".to_owned()
            };
            lines.push(line(
                format!("CloudTrail events of {name}; the Regions to expect are not known"),
                received,
                if seen.is_empty() { MISSING } else { PARTLY },
                how,
            ));
            continue;
        }
        let (complete, others): (Vec<&CoverageLine>, Vec<&CoverageLine>) =
            expected.into_iter().partition(|l| l.days.iter().all(|(s, _)| is_covered(*s)));
        let whole: Vec<&str> = complete.iter().map(|l| l.region.as_str()).collect();
        if !whole.is_empty() {
            let each = if whole.len() == 1 { "" } else { " each" };
            let quiet = complete.iter().any(|l| calendar::days(l, DayState::Quiet) > 0);
            let received = if quiet { "events, or digests that list none, on every day" } else { "events on every day" };
            lines.push(line(
                format!("CloudTrail events of {name} in {}, {}{each}", list(&whole), words::count(days, "day", "days")),
                received,
                RECEIVED,
                "",
            ));
        }
        for l in others {
            lines.push(region(input, trails, l, &name, days));
        }
    }
    capped(lines)
}

/// The lines that matter when there are too many: those in need first, the rest as one.
fn capped(mut lines: Vec<ExpectedLine>) -> Vec<ExpectedLine> {
    if lines.len() <= LINES {
        return lines;
    }
    lines.sort_by_key(|l| l.state == RECEIVED);
    let rest = lines.split_off(LINES);
    let missing = rest.iter().filter(|l| l.state != RECEIVED).count() as u64;
    let state = if missing > 0 { PARTLY } else { RECEIVED };
    let what = format!("{} of the same kind", words::count(rest.len() as u64, "further line", "further lines"));
    lines.push(line(what, format!("{} received in part or not at all", words::thousands(missing)), state, "as above, for each"));
    lines
}

/// Whether a day needs no explanation.
fn is_covered(state: DayState) -> bool {
    matches!(state, DayState::Covered | DayState::Quiet)
}

/// One Region that has not an event on every day.
fn region(input: &Input<'_>, trails: &Trails, l: &CoverageLine, name: &str, days: u64) -> ExpectedLine {
    let covered = calendar::days(l, DayState::Covered);
    let expected = format!("CloudTrail events of {name} in {}, {}", l.region, words::count(days, "day", "days"));
    let quiet = calendar::days(l, DayState::Quiet);
    if covered + quiet == 0 {
        let none = match trails.of(&l.account, &l.region) {
            None if trails.by_account.contains_key(&l.account) => "nothing; none of the account's trails records this Region",
            _ => "nothing",
        };
        return line(expected, none, MISSING, trails.copy(&l.account, &l.region, "CloudTrail"));
    }
    let gone: Vec<_> = stretches(l).into_iter().filter(|s| !is_covered(s.state)).collect();
    let silent = gone.iter().all(|s| s.state == DayState::Silent);
    let dates: Vec<String> = gone.iter().map(|s| calendar::dates(input, s)).collect();
    let what = if silent { "silent, unknown without digest files" } else { "silent or not delivered" };
    let how = match (silent, trails.of(&l.account, &l.region)) {
        // Where a trail writes no digests, none can be copied.
        (true, Some(trail)) if !trail.validates => Trails::lookup(&l.account, &l.region),
        (true, _) => trails.copy(&l.account, &l.region, "CloudTrail-Digest"),
        (false, _) => trails.copy(&l.account, &l.region, "CloudTrail"),
    };
    line(
        expected,
        format!(
            "events on {} of {} days{}; {what}: {}",
            words::thousands(covered),
            words::thousands(days),
            if quiet > 0 { format!(", none by digests on {}", words::thousands(quiet)) } else { String::new() },
            list(&dates)
        ),
        PARTLY,
        how,
    )
}

fn digests(input: &Input<'_>, trails: &Trails) -> ExpectedLine {
    let n = input.store.manifest.files.values().filter(|f| f.format.is_digest()).count() as u64;
    let account = accounts(input).first().cloned().unwrap_or_else(|| "ACCOUNT".to_owned());
    let off: Vec<&str> = trails.all.iter().filter(|t| !t.validates).map(|t| t.name.as_str()).collect();
    let off = if off.is_empty() { String::new() } else { format!("; {} writes none now", list(&off)) };
    if n > 0 {
        let chains = input.integrity.chains.len() as u64;
        let of = words::count(chains, "chain of account, Region and trail", "chains of account, Region and trail");
        return line(
            "CloudTrail digest files, hourly",
            format!("{} in {of}{off}", words::count(n, "file", "files")),
            PARTLY,
            String::new(),
        );
    }
    let trail = trails.own(&account).find(|t| t.validates);
    let region = trail.map_or("REGION", |t| t.region.as_str());
    line("CloudTrail digest files, hourly", format!("none{off}"), MISSING, trails.copy(&account, region, "CloudTrail-Digest"))
}

/// Snapshots near the start and the end by account: complete Regions in one line, the others in one each.
fn snapshots(input: &Input<'_>, delivered: &Delivered) -> Vec<ExpectedLine> {
    let both = input.period.examination != Examination::Type1;
    let wanted = if both { "at the start and the end of the period" } else { "at the as-of date" };
    let expected = input.scope.expected();
    let places: BTreeSet<(String, String)> = if expected.is_empty() { delivered.snapshots.keys().cloned().collect() } else { expected };
    let command = |account: &str, region: &str| {
        format!(
            "aws configservice deliver-config-snapshot --delivery-channel-name default --region {region}; aws s3 sync s3://CONFIG-BUCKET/AWSLogs/{account}/Config/{region}/ config/AWSLogs/{account}/Config/{region}/"
        )
    };
    let mut lines = Vec::new();
    let mut whole: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for place in &places {
        let (account, region) = place;
        let list = delivered.snapshots.get(place).map(Vec::as_slice).unwrap_or_default();
        let start = list.iter().rev().map(|s| days_between(s.at, input.period.start)).find(|d| *d >= -1.0);
        let end = list.iter().map(|s| days_between(s.at, input.period.as_of).abs()).fold(f64::INFINITY, f64::min);
        let has_start = !both || start.is_some_and(|d| d <= NEAR_DAYS);
        let has_end = end <= NEAR_DAYS;
        if has_start && has_end {
            whole.entry(account).or_default().push(region);
            continue;
        }
        let what = format!("AWS Config snapshot of {} in {region}, {wanted}", input.account(account));
        let received = match (list.first(), list.last()) {
            (Some(first), Some(last)) => format!(
                "{}, {} to {}; {}",
                words::count(list.len() as u64, "snapshot", "snapshots"),
                words::date(first.at, &input.period.zone),
                words::date(last.at, &input.period.zone),
                match (has_start, has_end) {
                    (false, false) => "none near the start or the end",
                    (false, true) => "none near the start",
                    _ => "none near the end",
                }
            ),
            _ => "nothing".to_owned(),
        };
        lines.push(line(what, received, if list.is_empty() { MISSING } else { PARTLY }, command(account, region)));
    }
    let mut all: Vec<ExpectedLine> = whole
        .into_iter()
        .map(|(account, regions)| {
            line(
                format!("AWS Config snapshots of {} in {}, {wanted}", input.account(account), list(regions)),
                "within a week of each date",
                RECEIVED,
                "",
            )
        })
        .collect();
    if places.is_empty() {
        all.push(line(
            format!("AWS Config snapshots of every account and Region, {wanted}"),
            "nothing",
            MISSING,
            command("ACCOUNT", "REGION"),
        ));
    }
    all.extend(lines);
    capped(all)
}

/// History files by account. A Region where nothing changed has none.
fn history(input: &Input<'_>, delivered: &Delivered) -> Vec<ExpectedLine> {
    let mut with: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((account, _), files) in &delivered.history {
        let sum = with.entry(account).or_default();
        *sum = (sum.0 + files, sum.1 + 1);
    }
    let expected = accounts(input);
    let missing: Vec<String> = expected.iter().filter(|a| !with.contains_key(a.as_str())).map(|a| input.account(a)).collect();
    let files: u64 = with.values().map(|(n, _)| n).sum();
    let first = expected.iter().find(|a| !with.contains_key(a.as_str())).map_or("ACCOUNT", String::as_str);
    let how = format!(
        "aws s3 sync s3://CONFIG-BUCKET/AWSLogs/{first}/Config/ config/AWSLogs/{first}/Config/ --exclude '*' --include '*ConfigHistory*'"
    );
    let (state, more) = match (files, missing.is_empty()) {
        (0, _) => (MISSING, String::new()),
        (_, true) => (RECEIVED, String::new()),
        (_, false) => (PARTLY, format!("; none of {}", list(&missing))),
    };
    let regions: u64 = with.values().map(|(_, n)| n).sum();
    let received = if files == 0 {
        "nothing".to_owned()
    } else {
        format!(
            "{} in {}{more}; a Region where nothing changed has none",
            words::count(files, "file", "files"),
            words::count(regions, "account and Region", "accounts and Regions")
        )
    };
    vec![line("AWS Config history of the period", received, state, how)]
}

fn recorders(input: &Input<'_>) -> Result<ExpectedLine, EvaluateError> {
    let grid = input.sql("recorders", "SELECT DISTINCT account_id, region FROM config_recorders")?;
    let have: BTreeSet<(String, String)> =
        grid.rows.iter().map(|r| (grid.get(r, &["account_id"]).to_text(), grid.get(r, &["region"]).to_text())).collect();
    let expected = input.scope.expected();
    let missing: Vec<String> = expected.iter().filter(|p| !have.contains(*p)).map(|(a, r)| format!("{a} {r}")).collect();
    let state = if have.is_empty() {
        MISSING
    } else if missing.is_empty() {
        RECEIVED
    } else {
        PARTLY
    };
    let more = if missing.is_empty() || have.is_empty() { String::new() } else { format!("; none of {}", list(&missing)) };
    let region = expected.iter().find(|p| !have.contains(*p)).map_or("REGION", |(_, r)| r.as_str());
    let received = if have.is_empty() {
        "nothing".to_owned()
    } else {
        format!("{}{more}", words::count(have.len() as u64, "account and Region", "accounts and Regions"))
    };
    Ok(line(
        "Settings of the AWS Config recorders",
        received,
        state,
        format!("aws configservice describe-configuration-recorders --region {region} > config/ACCOUNT/{region}/recorders.json"),
    ))
}

fn rule_results(input: &Input<'_>) -> Result<ExpectedLine, EvaluateError> {
    let grid = input.sql("rule results", "SELECT account_id, COUNT(*) AS results FROM config_compliance GROUP BY account_id")?;
    let results: u64 = grid.rows.iter().map(|r| super::files::count(&grid, r, "results")).sum();
    let have: BTreeSet<String> = grid.rows.iter().map(|r| grid.get(r, &["account_id"]).to_text()).collect();
    let missing: Vec<String> = accounts(input).into_iter().filter(|a| !have.contains(a)).map(|a| input.account(&a)).collect();
    let state = if results == 0 {
        MISSING
    } else if missing.is_empty() {
        RECEIVED
    } else {
        PARTLY
    };
    let received = match (results, missing.is_empty()) {
        (0, _) => "nothing".to_owned(),
        (n, true) => words::count(n, "result", "results"),
        (n, false) => format!("{}; none of {}", words::count(n, "result", "results"), list(&missing)),
    };
    Ok(line(
        "Results of AWS Config rules",
        received,
        state,
        "aws configservice get-compliance-details-by-config-rule --config-rule-name RULE > config/ACCOUNT/REGION/RULE.json",
    ))
}

fn credential_reports(input: &Input<'_>) -> Result<Vec<ExpectedLine>, EvaluateError> {
    let mut reports: BTreeMap<String, u64> = BTreeMap::new();
    for file in input.store.manifest.files.values().filter(|f| f.format.is_credentials()) {
        for account in file.seen.accounts() {
            *reports.entry(account.to_owned()).or_default() += 1;
        }
    }
    let grid = input.sql("credential reports", "SELECT DISTINCT account_id FROM iam_credentials")?;
    for row in &grid.rows {
        reports.entry(grid.get(row, &["account_id"]).to_text()).or_insert(1);
    }
    let expected = accounts(input);
    let (have, missing): (Vec<&String>, Vec<&String>) = expected.iter().partition(|a| reports.contains_key(*a));
    let command = |account: &str| {
        format!(
            "aws iam generate-credential-report; aws iam get-credential-report --query Content --output text | base64 -d > iam/{account}/credential-report.csv"
        )
    };
    let mut lines = Vec::new();
    if !have.is_empty() {
        let fewest = have.iter().filter_map(|a| reports.get(*a)).min().copied().unwrap_or(0);
        let note = if input.period.examination == Examination::Type2 && fewest < 2 {
            "; of one date only, a period also needs one from its start"
        } else {
            ""
        };
        let files: u64 = have.iter().filter_map(|a| reports.get(*a)).sum();
        let what = format!("IAM credential report of {}", list(have.iter().map(|a| input.account(a))));
        lines.push(line(what, format!("{}{note}", words::count(files, "report", "reports")), RECEIVED, ""));
    }
    // Each missing account is a line of its own where they are few and expected.
    if input.scope.expected_by.is_some() && missing.len() <= LINES / 4 {
        for account in missing {
            lines.push(line(format!("IAM credential report of {}", input.account(account)), "nothing", MISSING, command(account)));
        }
    } else if let Some(first) = missing.first() {
        let (one, many) = if have.is_empty() { ("account", "accounts") } else { ("further account", "further accounts") };
        let what = format!("IAM credential report of {}", words::count(missing.len() as u64, one, many));
        lines.push(line(what, format!("nothing: {}", list(&missing)), MISSING, command(first)));
    }
    if expected.is_empty() {
        lines.push(line("IAM credential report of every account", "nothing", MISSING, command("ACCOUNT")));
    }
    Ok(lines)
}

fn organisation(input: &Input<'_>) -> Result<ExpectedLine, EvaluateError> {
    let grid = input.sql("organisation", "SELECT COUNT(*) AS accounts FROM organization_accounts")?;
    let n = grid.rows.first().map_or(0, |r| super::files::count(&grid, r, "accounts"));
    let state = if n > 0 { RECEIVED } else { MISSING };
    let received = if n > 0 { words::count(n, "account", "accounts") } else { "nothing".to_owned() };
    Ok(line(
        "Accounts of the organisation (list-accounts)",
        received,
        state,
        "aws organizations list-accounts > trails/organizations-list-accounts.json",
    ))
}

/// Cost by month: complete months in one line, the others in one line each.
fn costs(input: &Input<'_>) -> Result<Vec<ExpectedLine>, EvaluateError> {
    let grid =
        input.sql("cost months", "SELECT charge_month, COUNT(DISTINCT charge_date) AS days FROM cost_daily GROUP BY charge_month")?;
    let days: BTreeMap<String, u64> =
        grid.rows.iter().map(|r| (grid.get(r, &["charge_month"]).to_text(), super::files::count(&grid, r, "days"))).collect();
    let (mut whole, mut lines) = (Vec::new(), Vec::new());
    for (month, length) in months(input) {
        let have = days.get(&month).copied().unwrap_or(0);
        if have >= length {
            whole.push(month);
            continue;
        }
        let (state, received) =
            if have == 0 { (MISSING, "nothing".to_owned()) } else { (PARTLY, format!("charges on {have} of {length} days")) };
        lines.push(line(format!("Cost and usage of {month}"), received, state, "aws s3 sync s3://BILLING-BUCKET/PREFIX/REPORT/ cost/"));
    }
    if !whole.is_empty() {
        let grid = input.sql("cost accounts", "SELECT DISTINCT SubAccountId AS account_id FROM cost_daily")?;
        let have: BTreeSet<String> = grid.rows.iter().map(|r| grid.get(r, &["account_id"]).to_text()).collect();
        let missing: Vec<String> = accounts(input).into_iter().filter(|a| !have.contains(a)).map(|a| input.account(&a)).collect();
        let note = if missing.is_empty() { String::new() } else { format!("; no charge of {}", list(&missing)) };
        lines.insert(0, line(format!("Cost and usage of {}", list(&whole)), format!("charges on every day{note}"), RECEIVED, ""));
    }
    Ok(lines)
}

/// Months the period touches, with their days.
fn months(input: &Input<'_>) -> Vec<(String, u64)> {
    let (first, last) = super::files::months(input);
    let mut all: Vec<(String, u64)> = Vec::new();
    if !input.period.known {
        return Vec::new();
    }
    let mut day = input.scope.first_day;
    // Back to the first of the month, since bills are monthly.
    while time::month_text(day - 1) == first {
        day -= 1;
    }
    while time::month_text(day) <= last {
        let month = time::month_text(day);
        match all.last_mut() {
            Some((name, days)) if *name == month => *days += 1,
            _ => all.push((month, 1)),
        }
        day += 1;
    }
    all
}

fn client_controls(input: &Input<'_>) -> Result<ExpectedLine, EvaluateError> {
    let grid = input.sql("client controls", "SELECT COUNT(*) AS controls FROM client_control_matrix")?;
    let listed = grid.rows.first().map_or(0, |r| super::files::count(&grid, r, "controls"));
    let stated = input.engagement.client_control.len() as u64;
    let mut from = Vec::new();
    if stated > 0 {
        from.push(format!("{} in the engagement", words::thousands(stated)));
    }
    if listed > 0 {
        from.push(format!("{} in the client's matrix", words::thousands(listed)));
    }
    let state = if from.is_empty() { MISSING } else { RECEIVED };
    let received = if from.is_empty() { "nothing".to_owned() } else { from.join(", ") };
    Ok(line(
        "The client's own controls",
        received,
        state,
        "[[client_control]] in engagement.toml, or a CSV with control_id, control_text, criteria, tests",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_paths_wherever_they_stand() {
        let names = ["main", "organisation-trail", "x", "", "tail"];
        let paths = ["trails/get-trail-status-main.json", "organisation-trail/status.json", "détail.json"];
        assert_eq!(names_in(names.into_iter(), paths.into_iter()), BTreeSet::from(["main", "organisation-trail", "tail"]));
        assert!(names_in(names.into_iter(), std::iter::empty()).is_empty());
    }

    #[test]
    fn trails_and_answers_about_them_are_matched_in_step() {
        steps::assert_in_step("names of trails in paths", 2_000, 2_000, |size| {
            let names: Vec<String> = (0..size).map(|n| format!("trail-{n:06}")).collect();
            let paths: Vec<String> = names.iter().map(|name| format!("trails/get-trail-status-{name}.json")).collect();
            move || assert_eq!(names_in(names.iter().map(String::as_str), paths.iter().map(String::as_str)).len(), size)
        });
    }
}
