//! Log files against the digests that list them: present and unaltered, missing, put in, and in no digest at all.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::chain::Chain;
use super::intervals::Intervals;
use super::{Finding, Severity};
use crate::base::time;
use crate::ingest::formats::integrity::{base_name, object_name};
use crate::store::Store;
use crate::store::manifest::InputFile;

/// Log files delivered this close to a break of the chain may stand in a digest that was not supplied, microseconds:
/// the name of a log file has minutes only, and a digest is made minutes after its hour.
const EDGE: i64 = 10 * 60_000_000;

/// Listed log files of a day that are told one by one although none of that day was supplied.
const TOLD: usize = 3;

/// The files supplied, by name and by content.
pub struct Files<'s> {
    all: Vec<&'s InputFile>,
    by_name: FxHashMap<&'s str, Vec<usize>>,
    by_content: FxHashMap<&'s str, usize>,
}

impl<'s> Files<'s> {
    /// The files of a store.
    pub fn of(store: &'s Store) -> Self {
        Self::new(store.manifest.files.values())
    }

    /// These files.
    pub fn new(files: impl Iterator<Item = &'s InputFile>) -> Self {
        let all: Vec<&InputFile> = files.collect();
        let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        let mut by_content = FxHashMap::default();
        for (at, file) in all.iter().enumerate() {
            let names: BTreeSet<&str> = file.paths.iter().map(|p| base_name(p)).collect();
            for name in names {
                by_name.entry(name).or_default().push(at);
            }
            if let Some(content) = &file.content_sha256 {
                by_content.entry(content.as_str()).or_insert(at);
            }
        }
        Self { all, by_name, by_content }
    }

    /// All files.
    pub fn all(&self) -> &[&'s InputFile] {
        &self.all
    }
}

/// A log file that a digest lists.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'r> {
    /// The digest file.
    pub digest: &'r str,
    /// Object key.
    pub object: &'r str,
    /// SHA-256 of the uncompressed content.
    pub sha256: &'r str,
    /// Algorithm of the hash.
    pub algorithm: Option<&'r str>,
    /// Oldest and newest event, UTC microseconds.
    pub events: (Option<i64>, Option<i64>),
}

/// Log files of one chain and day that were not supplied, and how many were.
#[derive(Default)]
struct Day {
    found: u64,
    missing: Vec<(String, Option<i64>, Option<i64>)>,
}

/// Number of files, first and last delivery.
type Span = (u64, Option<i64>, Option<i64>);

/// The check while it runs.
pub struct Check<'c, 's> {
    chains: &'c mut [Chain],
    files: &'c Files<'s>,
    /// Chain and end of each digest, by file id.
    digests: FxHashMap<String, (usize, i64)>,
    listed: Vec<bool>,
    sound: Vec<bool>,
    /// What stands before `AWSLogs/` in the paths of a chain's files.
    prefixes: Vec<BTreeSet<String>>,
    /// Kinds of log files that a chain lists, such as `CloudTrail-Insight`.
    tokens: Vec<BTreeSet<String>>,
    days: BTreeMap<(usize, i32), Day>,
    other_name: BTreeMap<usize, u64>,
    other_hash: BTreeMap<(usize, String), u64>,
    findings: Vec<Finding>,
}

impl<'c, 's> Check<'c, 's> {
    /// Starts with the chains built.
    pub fn new(chains: &'c mut [Chain], files: &'c Files<'s>) -> Self {
        let mut digests = FxHashMap::default();
        let mut prefixes = Vec::new();
        for (at, chain) in chains.iter().enumerate() {
            digests.extend(chain.digests.iter().map(|d| (d.file_id.clone(), (at, d.end))));
            let of_digests = chain.digests.iter().flat_map(|d| &d.paths).filter_map(|p| prefix(p)).map(str::to_owned);
            prefixes.push(of_digests.collect());
        }
        Self {
            digests,
            listed: vec![false; files.all.len()],
            sound: vec![false; files.all.len()],
            prefixes,
            tokens: vec![BTreeSet::new(); chains.len()],
            days: BTreeMap::new(),
            other_name: BTreeMap::new(),
            other_hash: BTreeMap::new(),
            findings: Vec::new(),
            chains,
            files,
        }
    }

    fn about(
        &self,
        chain: usize,
        severity: Severity,
        kind: &'static str,
        row: &Listed<'_>,
        file: Option<usize>,
        detail: String,
    ) -> Finding {
        Finding {
            file: row.object.to_owned(),
            file_id: file.and_then(|f| self.files.all.get(f)).map(|f| f.file_id.clone()).unwrap_or_default(),
            from: row.events.0,
            until: row.events.1,
            ..self.chains[chain].finding(severity, kind, detail)
        }
    }

    /// Takes one row of `digest_log_files`.
    pub fn listed(&mut self, row: &Listed<'_>) {
        // Rows of a digest that was set aside as a copy or a conflict count nowhere.
        let Some((chain, end)) = self.digests.get(row.digest).copied() else { return };
        self.chains[chain].logs.listed += 1;
        if let Some(name) = object_name(row.object)
            && !self.tokens[chain].contains(name.token)
        {
            self.tokens[chain].insert(name.token.to_owned());
        }
        if let Some(other) = row.algorithm.filter(|a| !a.eq_ignore_ascii_case("SHA-256")) {
            *self.other_hash.entry((chain, other.to_owned())).or_default() += 1;
            return;
        }
        let named = self.files.by_name.get(base_name(row.object)).cloned().unwrap_or_default();
        for file in &named {
            self.listed[*file] = true;
        }
        let content = |file: &usize| self.files.all[*file].content_sha256.as_deref();
        let same = named.iter().copied().find(|f| content(f) == Some(row.sha256));
        let day = self.days.entry((chain, time::day_of(end - 1))).or_default();
        if let Some(file) = same.or_else(|| self.files.by_content.get(row.sha256).copied().filter(|_| named.is_empty())) {
            day.found += 1;
            self.chains[chain].logs.unaltered += 1;
            self.listed[file] = true;
            self.sound[file] = true;
            for found in self.files.all[file].paths.iter().filter_map(|p| prefix(p)) {
                if !self.prefixes[chain].contains(found) {
                    self.prefixes[chain].insert(found.to_owned());
                }
            }
            if same.is_none() {
                *self.other_name.entry(chain).or_default() += 1;
            }
            let others: Vec<usize> =
                named.into_iter().filter(|f| *f != file && self.files.all[*f].content_sha256.as_deref() != Some(row.sha256)).collect();
            for other in others {
                let detail = format!(
                    "a file of the same name with other content was supplied as well, as {}",
                    self.files.all[other].paths.join(" and ")
                );
                self.findings.push(self.about(chain, Severity::Failed, "log_conflict", row, Some(other), detail));
            }
            return;
        }
        // Where a digest does not say which events a file holds, it may hold any up to the end of the hour.
        self.chains[chain].unseen.push((row.events.0.unwrap_or(i64::MIN), row.events.1.unwrap_or(end)));
        let Some(file) = named.first().copied() else {
            day.missing.push((row.object.to_owned(), row.events.0, row.events.1));
            self.chains[chain].logs.missing += 1;
            return;
        };
        day.found += 1;
        let supplied = self.files.all[file];
        let paths = supplied.paths.join(" and ");
        let finding = if supplied.content_sha256.is_some() {
            self.chains[chain].logs.altered += 1;
            let what = if supplied.format.cloudtrail().is_some() { "was altered" } else { "is no log file any more" };
            let detail = format!("the log file {what}: its content is not what the digest lists (supplied as {paths})");
            self.about(chain, Severity::Failed, "log_altered", row, Some(file), detail)
        } else if supplied.format.cloudtrail().is_some() {
            let detail = format!("the content of the log file was not hashed when it was read ({paths}); ingest it again");
            self.about(chain, Severity::NotConfirmed, "log_not_hashed", row, Some(file), detail)
        } else {
            self.chains[chain].logs.altered += 1;
            let detail = format!("the file of that name holds something else or cannot be read ({paths})");
            self.about(chain, Severity::Failed, "log_altered", row, Some(file), detail)
        };
        self.findings.push(finding);
    }

    /// Ends the check: log files supplied, and how many of them are listed and unaltered.
    pub fn finish(mut self, findings: &mut Vec<Finding>) -> (u64, u64) {
        self.missing();
        for (chain, n) in &self.other_name {
            let detail = format!("{n} log files were supplied under other names than the digests list; their content is what was listed");
            self.findings.push(self.chains[*chain].finding(Severity::Notice, "log_renamed", detail));
        }
        for ((chain, algorithm), n) in &self.other_hash {
            let detail = format!("{n} log files are listed with a hash of the kind {algorithm}, which is not tested");
            self.findings.push(self.chains[*chain].finding(Severity::NotConfirmed, "hash_unknown", detail));
        }
        let counts = self.unlisted();
        findings.append(&mut self.findings);
        counts
    }

    fn missing(&mut self) {
        for ((chain, day), Day { found, missing }) in std::mem::take(&mut self.days) {
            let chain = &self.chains[chain];
            if found == 0 && missing.len() > TOLD {
                let detail = format!(
                    "none of the {} log files that the digests of {} list was supplied, such as {}",
                    missing.len(),
                    time::date_text(day),
                    missing.first().map_or("", |m| base_name(&m.0))
                );
                let (from, until) = (missing.iter().filter_map(|m| m.1).min(), missing.iter().filter_map(|m| m.2).max());
                self.findings.push(Finding { from, until, ..chain.finding(Severity::Failed, "log_missing", detail) });
                continue;
            }
            for (file, from, until) in missing {
                let detail = "a digest lists the log file, and it was not supplied";
                self.findings.push(Finding { file, from, until, ..chain.finding(Severity::Failed, "log_missing", detail) });
            }
        }
    }

    /// Log files that no digest lists: put in, where the digests of their time are there; else not covered.
    fn unlisted(&mut self) -> (u64, u64) {
        let mut counts = (0, 0);
        let mut places: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, chain) in self.chains.iter().enumerate() {
            places.entry((&chain.account, &chain.region)).or_default().push(at);
        }
        let stretches: Vec<Intervals> = self.chains.iter().map(|chain| Intervals::of(chain.stretches())).collect();
        let mut inserted: Vec<(usize, usize, i64)> = Vec::new();
        let mut open: BTreeMap<(String, String), Span> = BTreeMap::new();
        for (at, file) in self.files.all.iter().enumerate().filter(|(_, f)| f.format.is_log_file()) {
            counts.0 += 1;
            counts.1 += u64::from(self.sound[at]);
            if self.listed[at] {
                continue;
            }
            let path = file.paths.first().map_or("", String::as_str);
            let name = object_name(path).unwrap_or_default();
            let own = places.get(&(name.account, name.region)).map_or(&[][..], Vec::as_slice);
            let covering = own.iter().copied().find(|chain| {
                let same_place = prefix(path).is_none_or(|p| self.prefixes[*chain].is_empty() || self.prefixes[*chain].contains(p));
                let same_kind = name.token == "CloudTrail" || self.tokens[*chain].contains(name.token);
                let inside = name.time.is_some_and(|t| stretches[*chain].hold(t - EDGE, t + EDGE + 1));
                same_place && same_kind && inside && !self.chains[*chain].backfill
            });
            if let (Some(chain), Some(delivered)) = (covering, name.time) {
                inserted.push((chain, at, delivered));
                continue;
            }
            let (n, from, until) = open.entry((name.account.to_owned(), name.region.to_owned())).or_default();
            *n += 1;
            *from = from.iter().copied().chain(name.time).min();
            *until = until.iter().copied().chain(name.time).max();
        }
        for (chain, at, delivered) in inserted {
            let file = self.files.all[at];
            let chain = &mut self.chains[chain];
            chain.logs.unlisted += 1;
            let detail = "the digests of the hour it was delivered in, by its name, do not list the log file: it was put in, or arrived late and stands in a backfill digest that was not supplied";
            self.findings.push(Finding {
                file: file.paths.first().cloned().unwrap_or_default(),
                file_id: file.file_id.clone(),
                from: Some(delivered),
                until: Some(delivered),
                ..chain.finding(Severity::Failed, "log_not_listed", detail)
            });
        }
        for ((account, region), (n, from, until)) in open {
            let when = match (from, until) {
                (Some(from), Some(until)) => format!(" delivered from {} to {}", time::rfc3339(from), time::rfc3339(until)),
                _ => String::new(),
            };
            let detail = format!("no digest covers {n} log files{when}; their integrity was not tested");
            self.findings.push(Finding { account, region, from, until, ..Finding::new(Severity::Notice, "logs_not_covered", detail) });
        }
        counts
    }
}

/// What stands before `AWSLogs/` in a path; `None` where the folders of the bucket were not kept.
fn prefix(path: &str) -> Option<&str> {
    path.find("AWSLogs/").and_then(|at| path.get(..at))
}
