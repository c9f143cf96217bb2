//! Lays events out in files: the S3 layout of trails, a second trail's copies, and a few other forms.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::{Compression, GzBuilder};

use crate::Outcome;
use crate::answers::Answers;
use crate::background::{Slice, Style, fill};
use crate::clock::{DAY, PERIOD_START, civil, iso, of_day, t, weekend};
use crate::event::{Event, quote};
use crate::planted_events::Planted;
use crate::random::Random;
use crate::world::{Account, DEV, PROD};

/// First second of the quarter in Dublin, and the first second after it.
const PERIOD: (i64, i64) = (PERIOD_START - 3600, PERIOD_START - 3600 + 91 * DAY);

/// Compresses with no time and no name in the header, so that the same text gives the same bytes.
pub fn gzip(text: &[u8], level: u32) -> Outcome<Vec<u8>> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::with_capacity(text.len() / 6), Compression::new(level));
    writer.write_all(text)?;
    Ok(writer.finish()?)
}

/// Writes a file and the folders above it.
pub fn save(path: &Path, bytes: &[u8]) -> Outcome<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes)?;
    Ok(())
}

/// Files of the sample: one a day where there is much, one for several days elsewhere.
pub fn sample_slices(accounts: &[Account], events: u64, days: i64) -> Vec<Slice> {
    let start = PERIOD_START - DAY;
    let (mut slices, mut shares) = (Vec::new(), Vec::new());
    for (at, account) in accounts.iter().enumerate() {
        for (region, share) in &account.regions {
            let step = match (account.short.as_str(), *region) {
                ("prod", "eu-west-1" | "us-east-1") => 1,
                ("dev", "eu-west-1") => 3,
                _ => 7,
            };
            let gap = (account.id == DEV && *region == "eu-west-1").then(|| (t("05-12 22:10:05"), t("05-14 07:31:40")));
            let mut day = 0;
            while day <= days {
                let span = step.min(days + 1 - day);
                let weight: u64 = (day..day + span).map(|d| if weekend(start + d * DAY) { 5 } else { 12 }).sum();
                shares.push(weight * share);
                let (from, to) = (start + day * DAY, start + (day + span) * DAY);
                slices.push(Slice { account: at, region, from, to, events: 0, ordinal: day as u64, gap });
                day += span;
            }
        }
    }
    // A Region that holds nothing but one planted event.
    let far = Slice { account: 0, region: "ap-southeast-2", from: t("06-20"), to: t("06-21"), events: 0, ordinal: 0, gap: None };
    slices.push(far);
    shares.push(0);
    spread(&mut slices, &shares, events);
    slices
}

/// Files of a large input: about 1,300 events each, of very different sizes.
pub fn large_slices(accounts: &[Account], seed: u64, events: u64, days: i64) -> Vec<Slice> {
    let (mut slices, mut shares) = (Vec::new(), Vec::new());
    for (at, account) in accounts.iter().enumerate() {
        for (region, share) in &account.regions {
            let part = events * share / (1000 * accounts.len() as u64);
            let files = part.div_ceil(1300).max(1);
            let mut rng = Random::new(&[seed, at as u64, *share]);
            let span = days * DAY;
            for n in 0..files {
                let edge = |n: u64| PERIOD_START + span * n as i64 / files as i64;
                let weight = 300 + rng.below(2000);
                shares.push(weight * part / files / 1300 + 1);
                slices.push(Slice { account: at, region, from: edge(n), to: edge(n + 1), events: 0, ordinal: n, gap: None });
            }
        }
    }
    spread(&mut slices, &shares, events);
    slices
}

/// Gives every slice its part, so that the parts add up to `events` exactly.
fn spread(slices: &mut [Slice], shares: &[u64], events: u64) {
    let total: u128 = shares.iter().map(|s| u128::from(*s)).sum();
    let (mut seen, mut given) = (0u128, 0u64);
    for (slice, share) in slices.iter_mut().zip(shares) {
        seen += u128::from(*share);
        let upto = (u128::from(events) * seen / total.max(1)) as u64;
        slice.events = upto - given;
        given = upto;
    }
}

/// Counts of what was written.
#[derive(Default)]
pub struct Tally {
    /// Log files.
    pub files: u64,
    /// Records in them.
    pub records: u64,
    counts: BTreeMap<String, u64>,
}

impl Tally {
    fn see(&mut self, event: &Event) {
        self.records += 1;
        let mut add = |name: &str| *self.counts.entry(name.to_owned()).or_default() += 1;
        add(if (PERIOD.0..PERIOD.1).contains(&event.time) { "inside the period" } else { "outside the period" });
        if event.identity.starts_with("{\"type\":\"Root\"") {
            add(if event.identity.contains("invokedBy") { "of services in the name of root" } else { "of the root user" });
        }
        if event.error.is_some() {
            add("with an error code");
        }
        if event.data {
            add("data events");
        }
        match event.read_only {
            Some(true) => add("readOnly true"),
            Some(false) => add("readOnly false"),
            None => add("without readOnly"),
        }
        if event.name == "ConsoleLogin" {
            add("console sign-ins");
        }
        add(&format!("in {} {}", event.account, event.region));
    }

    fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.records += other.records;
        for (name, count) in other.counts {
            *self.counts.entry(name).or_default() += count;
        }
    }
}

/// Everything needed to write log files.
pub struct Writer<'a> {
    /// Output folder.
    pub out: &'a Path,
    /// Accounts that slices point into.
    pub accounts: &'a [Account],
    /// Style of the everyday traffic.
    pub style: &'a Style,
    /// Planted events.
    pub planted: &'a [Event],
    /// gzip level.
    pub level: u32,
}

impl Writer<'_> {
    fn events(&self, slice: &Slice) -> Vec<Event> {
        let account = &self.accounts[slice.account];
        let mut events = Vec::with_capacity(slice.events as usize);
        fill(self.style, slice, account, |event| events.push(event));
        let here = |e: &&Event| e.account == account.id && e.region == slice.region && (slice.from..slice.to).contains(&e.time);
        events.extend(self.planted.iter().filter(here).cloned());
        events
    }

    fn path(&self, prefix: &str, slice: &Slice) -> PathBuf {
        let account = &self.accounts[slice.account].id;
        let ((y, m, d), (hh, mm, _)) = (civil(slice.to - 60), of_day(slice.to - 60));
        let mut random = String::new();
        let mut rng =
            Random::new(&[crate::random::hash(prefix), crate::random::hash(account), crate::random::hash(slice.region), slice.ordinal]);
        rng.base32(&mut random, 16);
        self.out.join(format!(
            "cloudtrail/{prefix}AWSLogs/{account}/CloudTrail/{region}/{y:04}/{m:02}/{d:02}/{account}_CloudTrail_{region}_{y:04}{m:02}{d:02}T{hh:02}{mm:02}Z_{random}.json.gz",
            region = slice.region
        ))
    }

    /// Writes one file for every slice, on all processors.
    pub fn write(&self, slices: &[Slice], keep_counts: bool) -> Outcome<Tally> {
        let next = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let work = || -> Result<Tally, String> {
            let mut tally = Tally::default();
            let mut text = String::new();
            while let Some(slice) = slices.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.write_slice(slice, keep_counts, &mut text, &mut tally).map_err(|e| e.to_string())?;
            }
            Ok(tally)
        };
        let parts: Vec<Result<Tally, String>> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            handles.into_iter().map(|h| h.join().unwrap_or_else(|_| Err("a writer panicked".to_owned()))).collect()
        });
        let mut tally = Tally::default();
        for part in parts {
            tally.merge(part?);
        }
        Ok(tally)
    }

    fn write_slice(&self, slice: &Slice, keep_counts: bool, text: &mut String, tally: &mut Tally) -> Outcome<()> {
        text.clear();
        text.push_str("{\"Records\":[");
        let mut first = true;
        let mut put = |event: &Event| {
            if !first {
                text.push(',');
            }
            first = false;
            event.write(text);
            if keep_counts {
                tally.see(event);
            } else {
                tally.records += 1;
            }
        };
        if self.planted.is_empty() {
            fill(self.style, slice, &self.accounts[slice.account], |event| put(&event));
        } else {
            self.events(slice).iter().for_each(&mut put);
        }
        if first {
            return Ok(());
        }
        text.push_str("]}");
        tally.files += 1;
        save(&self.path("", slice), &gzip(text.as_bytes(), self.level)?)
    }
}

fn document(events: &[Event]) -> String {
    let mut text = String::from("{\"Records\":[");
    for (at, event) in events.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        event.write(&mut text);
    }
    text.push_str("]}");
    text
}

/// The copies and odd files of the sample.
pub fn extras(writer: &Writer<'_>, slices: &[Slice], planted: &Planted, tally: &Tally, answers: &mut Answers) -> Outcome<()> {
    let find = |account: &str, region: &str, day: &str| {
        let time = t(day);
        slices.iter().find(|s| writer.accounts[s.account].id == account && s.region == region && (s.from..s.to).contains(&time))
    };
    let mut copies = 0u64;
    // A second trail delivers five days again: one file a day, the last two days in one file, backwards.
    let mut late: Vec<Event> = Vec::new();
    for day in ["06-01", "06-02", "06-03", "06-04", "06-05"] {
        let Some(slice) = find(PROD, "eu-west-1", day) else { continue };
        let mut events = writer.events(slice);
        copies += events.len() as u64;
        for event in events.iter_mut().filter(|e| e.event_id == planted.conflict_id) {
            event.address = "203.0.113.250".to_owned();
        }
        if day < "06-04" {
            save(&writer.path("second-trail/", slice), &gzip(document(&events).as_bytes(), writer.level)?)?;
        } else {
            late.extend(events);
            if day == "06-05" {
                late.reverse();
                save(&writer.path("second-trail/", slice), &gzip(document(&late).as_bytes(), writer.level)?)?;
            }
        }
    }
    answers.total("CloudTrail: records of the second trail's files (all are copies)", copies);
    answers.total("CloudTrail: of these with other content than the first trail's (conflict)", 1);
    answers.total("CloudTrail: eventID of the conflict", &planted.conflict_id);

    // What `lookup-events` answers for one Region: newest first, management events only.
    if let Some(slice) = find(PROD, "us-west-2", "06-20") {
        let mut events: Vec<Event> = writer.events(slice).into_iter().filter(|e| !e.data).collect();
        events.sort_by(|a, b| (b.time, &b.event_id).cmp(&(a.time, &a.event_id)));
        let (text, count) = lookup(&events);
        save(&writer.out.join("cloudtrail/lookup-events-us-west-2.json"), text.as_bytes())?;
        answers.total("CloudTrail: records of the lookup-events answer (all are copies)", count);
    }

    // A download that broke off; the whole file is there too.
    if let Some(slice) = find(DEV, "us-east-1", "06-10") {
        let events = writer.events(slice);
        let whole = gzip(document(&events).as_bytes(), writer.level)?;
        save(&writer.path("second-trail/", slice), &whole[..whole.len() * 3 / 5])?;
        answers.total("CloudTrail: truncated gzip files (copies of a whole file)", 1);
    }

    // One record a line, with a line that was cut.
    let central = writer.accounts.iter().position(|a| a.id == PROD).unwrap_or(0);
    let slice = Slice { account: central, region: "eu-central-1", from: t("06-22"), to: t("06-24"), events: 40, ordinal: 9000, gap: None };
    let mut events = Vec::new();
    fill(writer.style, &slice, &writer.accounts[central], |event| events.push(event));
    let mut text = String::new();
    let mut more = Tally::default();
    for (at, event) in events.iter().enumerate() {
        let line = event.to_json();
        if at == 20 {
            let _ = writeln!(text, "{}", &line[..line.len() / 2]);
        } else {
            let _ = writeln!(text, "{line}");
            more.see(event);
        }
    }
    save(&writer.out.join("cloudtrail/cloudwatch-export-eu-central-1.ndjson"), text.as_bytes())?;
    answers.total("CloudTrail: good lines of the NDJSON file (found nowhere else)", more.records);
    answers.total("CloudTrail: broken lines of the NDJSON file (line 21)", 1);

    answers.total("CloudTrail: log files under cloudtrail/AWSLogs", tally.files);
    answers.total("CloudTrail: records under cloudtrail/AWSLogs", tally.records);
    answers.total("CloudTrail: distinct events (by eventID and account)", tally.records + more.records);
    let mut all = more.counts;
    for (name, count) in &tally.counts {
        *all.entry(name.clone()).or_default() += count;
    }
    for (name, count) in all {
        answers.total(format!("CloudTrail: distinct events {name}"), count);
    }
    Ok(())
}

fn lookup(events: &[Event]) -> (String, usize) {
    let mut out = String::from("{\n    \"Events\": [");
    for (at, event) in events.iter().enumerate() {
        let local = iso(event.time + 3600).replace('Z', "+01:00");
        let _ = write!(
            out,
            "{}\n        {{\n            \"EventId\": \"{}\",\n            \"EventName\": \"{}\",\n            \"ReadOnly\": \"{}\",\n            \"EventTime\": \"{local}\",\n            \"EventSource\": \"{}.amazonaws.com\",\n            \"Resources\": [],\n            \"CloudTrailEvent\": ",
            if at > 0 { "," } else { "" },
            event.event_id,
            event.name,
            event.read_only.unwrap_or(false),
            event.source
        );
        quote(&mut out, &event.to_json());
        out.push_str("\n        }");
    }
    out.push_str("\n    ]\n}\n");
    (out, events.len())
}
