//! Chains of digest files: one for each account, Region and trail, and a separate one for backfill digests.
//!
//! A digest holds hash and signature of its predecessor. So each digest is anchored by its successor, and the newest
//! one only by the metadata of its S3 object, where these were saved.

use std::collections::BTreeMap;

use super::intervals::Intervals;
use super::keys::Signature;
use super::{Assurance, Finding, Severity};
use crate::base::time::HOUR;
use crate::base::{steps, time};
use crate::ingest::formats::integrity::base_name;

/// One digest file as supplied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// The file.
    pub file_id: String,
    /// Where it was found, relative to the argument.
    pub paths: Vec<String>,
    /// Account.
    pub account: String,
    /// Region whose logs it lists.
    pub region: String,
    /// Trail.
    pub trail: String,
    /// Region the trail was made in.
    pub home_region: String,
    /// Organisation, of an organisation's trail.
    pub organization: String,
    /// Of the chain of late log files.
    pub backfill: bool,
    /// Start of the window of delivery times, UTC microseconds.
    pub start: Option<i64>,
    /// Its end.
    pub end: i64,
    /// Its end to the letter.
    pub end_text: String,
    /// Bucket.
    pub bucket: String,
    /// Object key.
    pub object: String,
    /// SHA-256 of the uncompressed content, lower-case hex.
    pub sha256: String,
    /// Fingerprint of the key that signed it.
    pub fingerprint: String,
    /// Algorithm of the signature.
    pub algorithm: String,
    /// Object key of the predecessor.
    pub previous_object: Option<String>,
    /// Hash of the predecessor.
    pub previous_sha256: Option<String>,
    /// Signature of the predecessor, hex.
    pub previous_signature: Option<String>,
    /// Nothing is said of a predecessor: logging or validation began.
    pub is_start: bool,
}

impl Digest {
    /// What was signed: four lines without an end of line at the last (formats.md 2.3).
    pub fn signed_text(&self) -> String {
        let previous = self.previous_signature.as_deref().unwrap_or("null");
        format!("{}\n{}/{}\n{}\n{previous}", self.end_text, self.bucket, self.object, self.sha256)
    }
}

/// A signature from the saved metadata of a digest's object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// Name of the file it was saved in.
    pub file_name: String,
    /// The signature, hex.
    pub signature: String,
    /// Algorithm; empty when not stated.
    pub algorithm: String,
    /// When a backfill digest was made.
    pub generated: Option<i64>,
    /// It belongs to a digest supplied.
    pub used: bool,
}

/// How a digest follows on the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It has no predecessor, and is the first supplied.
    Start,
    /// It has a predecessor, which lies before all that was supplied.
    Open,
    /// It has no predecessor, though others were supplied from before: logging or validation was off.
    Restart,
    /// Its predecessor is there, with the hash recorded.
    Linked(usize),
    /// Its predecessor is there with another hash.
    Altered(usize),
    /// Its predecessor was not supplied.
    Missing,
}

/// A chain, and what was verified of it.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Trail.
    pub trail: String,
    /// Region the trail was made in.
    pub home_region: String,
    /// Organisation, of an organisation's trail.
    pub organization: String,
    /// Of the chain of late log files.
    pub backfill: bool,
    /// Its digests, oldest first, each object once.
    pub digests: Vec<Digest>,
    /// How each follows on.
    pub links: Vec<Link>,
    /// What came of the signature of each.
    pub signatures: Vec<Signature>,
    /// Digests that no other vouches for though one should, or whose content is not what the next one recorded.
    pub bad: Vec<bool>,
    /// Digests that should lie between and were not supplied.
    pub missing: u64,
    /// Digests that began anew in mid-chain.
    pub restarts: u64,
    /// Log files listed, unaltered, altered, missing, and supplied but not listed.
    pub logs: LogCounts,
    /// First and last event of log files listed whose content is not known: missing or altered, UTC microseconds.
    pub unseen: Vec<(i64, i64)>,
    /// What can be concluded of the digests.
    pub assurance: Assurance,
    /// `sound`, `interrupted`, `not confirmed` or `failed`.
    pub state: &'static str,
}

/// Counts of log files of a chain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// Listed.
    pub listed: u64,
    /// Supplied with the content listed.
    pub unaltered: u64,
    /// Supplied with other content.
    pub altered: u64,
    /// Not supplied.
    pub missing: u64,
    /// Supplied, of hours the digests cover, and not listed.
    pub unlisted: u64,
}

impl Chain {
    /// A finding about this chain.
    pub(super) fn finding(&self, severity: Severity, kind: &'static str, detail: impl Into<String>) -> Finding {
        Finding {
            account: self.account.clone(),
            region: self.region.clone(),
            trail: self.trail.clone(),
            ..Finding::new(severity, kind, detail)
        }
    }

    pub(super) fn about(&self, at: usize, severity: Severity, kind: &'static str, detail: impl Into<String>) -> Finding {
        let digest = &self.digests[at];
        Finding {
            file: digest.object.clone(),
            file_id: digest.file_id.clone(),
            from: digest.start,
            until: Some(digest.end),
            ..self.finding(severity, kind, detail)
        }
    }

    /// Object key of the newest digest.
    pub fn newest(&self) -> &str {
        self.digests.last().map_or("", |d| d.object.as_str())
    }

    /// First start and last end, UTC microseconds.
    pub fn span(&self) -> (Option<i64>, Option<i64>) {
        (self.digests.first().and_then(|d| d.start.or(Some(d.end))), self.digests.last().map(|d| d.end))
    }

    /// Number of digests in a state of signature.
    pub fn signed(&self, state: Signature) -> u64 {
        self.signatures.iter().filter(|s| **s == state).count() as u64
    }

    /// Stretches of time without a break, from the start of a digest to the end of another: `(from, until)`.
    pub(super) fn stretches(&self) -> Vec<(i64, i64)> {
        let mut all: Vec<(i64, i64)> = Vec::new();
        for (at, digest) in self.digests.iter().enumerate().filter(|(at, _)| !self.bad[*at]) {
            let Some(start) = digest.start else { continue };
            let follows = at > 0 && self.links[at] == Link::Linked(at - 1) && !self.bad[at - 1];
            match all.last_mut() {
                Some(last) if follows && last.1 == start => last.1 = digest.end,
                _ => all.push((start, digest.end)),
            }
        }
        all
    }

    /// Times whose events are all here: covered, an hour more so that late log files are too, and without those of log files
    /// whose content is not known.
    pub(in crate::facts) fn observed(&self) -> Vec<(i64, i64)> {
        let mut unseen = self.unseen.clone();
        unseen.sort_unstable();
        let mut next = unseen.iter().peekable();
        let mut all = Vec::new();
        let mut stretches = self.stretches();
        stretches.sort_unstable();
        for (from, until) in stretches.into_iter().map(|(from, until)| (from, until - HOUR)) {
            let mut at = from;
            while let Some((first, last)) = next.next_if(|(first, _)| *first < until) {
                if *first > at {
                    all.push((at, *first));
                }
                at = at.max(last.saturating_add(1));
            }
            if at < until {
                all.push((at, until));
            }
        }
        all
    }

    /// The stretches covered, and the times of log files whose content is not known. Backfill digests say nothing of hours
    /// they are not made for.
    pub(super) fn quiet(&self) -> (Intervals, Intervals) {
        (Intervals::of(self.stretches()), Intervals::of(self.unseen.iter().copied()))
    }

    /// State and assurance, from the findings about its account, Region and trail.
    fn conclude(&mut self, findings: &[&Finding]) {
        steps::count(1 + findings.len());
        let of = |severity: Severity| findings.iter().any(|f| f.severity == severity && is_of(f, self.backfill));
        self.state = if of(Severity::Failed) {
            "failed"
        } else if of(Severity::NotConfirmed) {
            "not confirmed"
        } else if self.restarts > 0 {
            "interrupted"
        } else {
            "sound"
        };
        let broken = self.bad.iter().any(|b| *b) || self.missing > 0 || self.signed(Signature::Failed) > 0;
        let (verified, without) = (self.signed(Signature::Verified), self.signed(Signature::NotSupplied));
        let all = self.digests.len() as u64;
        self.assurance = match () {
            () if broken => Assurance::None,
            () if verified == all => Assurance::Metadata,
            () if verified > 0 && verified + without == all => Assurance::Keys,
            () => Assurance::Files,
        };
    }
}

/// State and assurance of all chains, once all findings are known.
pub(super) fn conclude(chains: &mut [Chain], findings: &[Finding]) {
    let mut own: BTreeMap<[&str; 3], Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        own.entry([&finding.account, &finding.region, &finding.trail]).or_default().push(finding);
    }
    for chain in chains {
        let (account, region, trail) = (chain.account.clone(), chain.region.clone(), chain.trail.clone());
        let findings = own.get(&[account.as_str(), region.as_str(), trail.as_str()]);
        chain.conclude(findings.map_or(&[], Vec::as_slice));
    }
}

/// Whether a finding about a digest is of the backfill chain or of the hourly one; others bear on both.
fn is_of(finding: &Finding, backfill: bool) -> bool {
    !finding.file.contains("_CloudTrail-Digest_") || base_name(&finding.file).contains("_backfill.json") == backfill
}

/// Builds and verifies the chains.
pub fn chains(digests: Vec<Digest>, findings: &mut Vec<Finding>) -> Vec<Chain> {
    let mut groups: BTreeMap<[String; 4], [Vec<Digest>; 2]> = BTreeMap::new();
    for digest in digests {
        let key = [&digest.account, &digest.region, &digest.trail, &digest.home_region].map(Clone::clone);
        groups.entry(key).or_default()[usize::from(digest.backfill)].push(digest);
    }
    let mut all = Vec::new();
    for ([account, region, trail, home_region], both) in groups {
        for (backfill, digests) in [false, true].into_iter().zip(both) {
            if digests.is_empty() {
                continue;
            }
            let organization = digests.iter().map(|d| d.organization.clone()).max().unwrap_or_default();
            let (account, region, trail, home_region) = (account.clone(), region.clone(), trail.clone(), home_region.clone());
            let mut chain = Chain {
                account,
                region,
                trail,
                home_region,
                organization,
                backfill,
                digests: Vec::new(),
                links: Vec::new(),
                signatures: Vec::new(),
                bad: Vec::new(),
                missing: 0,
                restarts: 0,
                logs: LogCounts::default(),
                unseen: Vec::new(),
                assurance: Assurance::None,
                state: "sound",
            };
            chain.gather(digests, findings);
            chain.link(findings);
            all.push(chain);
        }
    }
    all
}

impl Chain {
    /// Each object once, in order of time. Where an object came with different contents, the one that its successor
    /// recorded counts.
    fn gather(&mut self, mut digests: Vec<Digest>, findings: &mut Vec<Finding>) {
        digests.sort_by(|a, b| (a.end, a.start, &a.object, &a.sha256, &a.file_id).cmp(&(b.end, b.start, &b.object, &b.sha256, &b.file_id)));
        let recorded: BTreeMap<String, String> =
            digests.iter().filter_map(|d| Some((d.previous_object.clone()?, d.previous_sha256.clone()?))).collect();
        let mut objects: BTreeMap<String, Vec<Digest>> = BTreeMap::new();
        let mut contents: BTreeMap<(String, String), usize> = BTreeMap::new();
        for digest in digests {
            let own = objects.entry(digest.object.clone()).or_default();
            // The same content packed in another way is a copy.
            let at = *contents.entry((digest.object.clone(), digest.sha256.clone())).or_insert(own.len());
            match own.get_mut(at) {
                Some(known) => known.paths.extend(digest.paths),
                None => own.push(digest),
            }
        }
        for (object, mut own) in objects {
            steps::count(own.len());
            let genuine = own.iter().position(|d| recorded.get(&object) == Some(&d.sha256)).unwrap_or(0);
            let others = own.len() - 1;
            let digest = own.swap_remove(genuine);
            if others > 0 {
                let detail = format!("the same digest was supplied with {} different contents", others + 1);
                findings.push(Finding {
                    file: object,
                    file_id: digest.file_id.clone(),
                    from: digest.start,
                    until: Some(digest.end),
                    ..self.finding(Severity::Failed, "digest_conflict", detail)
                });
            }
            self.digests.push(digest);
        }
        self.digests.sort_by(|a, b| (a.end, a.start, &a.object).cmp(&(b.end, b.start, &b.object)));
        for at in 0..self.digests.len() {
            self.place(at, findings);
        }
    }

    /// A digest found under another name or in another folder than it records.
    fn place(&self, at: usize, findings: &mut Vec<Finding>) {
        let digest = &self.digests[at];
        let tail = |path: &'_ str| path.find("AWSLogs/").map(|from| path[from..].to_owned());
        let mut moved: Vec<&str> = Vec::new();
        for path in &digest.paths {
            let elsewhere = match (tail(path), tail(&digest.object)) {
                (Some(found), Some(recorded)) => found.trim_end_matches(".gz") != recorded.trim_end_matches(".gz"),
                _ => base_name(path) != base_name(&digest.object),
            };
            if elsewhere {
                moved.push(path);
            }
        }
        if !moved.is_empty() && moved.len() == digest.paths.len() {
            let detail = format!("the digest was found as {}, which is not where it records to be", moved.join(" and "));
            findings.push(self.about(at, Severity::Notice, "digest_moved", detail));
        }
    }

    /// Follows the hashes.
    fn link(&mut self, findings: &mut Vec<Finding>) {
        let places: BTreeMap<&str, usize> = self.digests.iter().enumerate().map(|(at, d)| (d.object.as_str(), at)).collect();
        let mut successor: Vec<Option<usize>> = vec![None; self.digests.len()];
        let mut links = Vec::with_capacity(self.digests.len());
        for (at, digest) in self.digests.iter().enumerate() {
            let named = digest.previous_object.as_deref();
            let found = named.and_then(|object| places.get(object).copied()).filter(|p| *p != at);
            links.push(match found {
                _ if digest.is_start && at == 0 => Link::Start,
                _ if digest.is_start => Link::Restart,
                Some(previous) => {
                    successor[previous] = Some(at);
                    let same = digest.previous_sha256.as_deref().is_some_and(|h| h.eq_ignore_ascii_case(&self.digests[previous].sha256));
                    if same { Link::Linked(previous) } else { Link::Altered(previous) }
                }
                None if at == 0 => Link::Open,
                None => Link::Missing,
            });
        }
        self.links = links;
        self.bad = vec![false; self.digests.len()];
        for (at, successor) in successor.into_iter().enumerate() {
            self.step(at, successor, findings);
        }
    }

    /// What one digest and its place in the chain tell.
    fn step(&mut self, at: usize, successor: Option<usize>, findings: &mut Vec<Finding>) {
        let digest = &self.digests[at];
        let before = at.checked_sub(1).map(|p| self.digests[p].end);
        let gap = before.zip(digest.start).map_or(0, |(end, start)| start - end);
        let between = |mut f: Finding| {
            (f.from, f.until) = (before, digest.start);
            f
        };
        match self.links[at] {
            Link::Altered(previous) => {
                self.bad[previous] = true;
                let detail = format!(
                    "the digest is not what its successor {} recorded: it was altered, or the successor is not genuine",
                    base_name(&digest.object)
                );
                findings.push(self.about(previous, Severity::Failed, "digest_altered", detail));
            }
            Link::Missing => {
                let hours = u64::try_from((gap + HOUR / 2) / HOUR).unwrap_or(0).max(1);
                let lost = if self.backfill { 1 } else { hours };
                let named = digest.previous_object.as_deref().map_or("which it does not name", base_name);
                let detail = match (self.backfill, before.filter(|_| gap > 0).zip(digest.start)) {
                    (false, Some((from, until))) => format!(
                        "{} missing between {} and {}; the last of them is {named}",
                        if lost == 1 { "1 digest is".to_owned() } else { format!("{lost} digests are") },
                        time::rfc3339(from),
                        time::rfc3339(until)
                    ),
                    _ => format!("the predecessor of {} is missing: {named}", base_name(&digest.object)),
                };
                let mut finding = between(self.finding(Severity::Failed, "digest_missing", detail));
                finding.file = digest.previous_object.clone().unwrap_or_else(|| digest.object.clone());
                findings.push(finding);
                self.missing += lost;
            }
            Link::Restart => {
                let detail = if gap > 0 && !self.backfill {
                    format!(
                        "the chain begins anew after {} hours without digests, from {} to {}: logging or log file validation was off, or CloudTrail failed to deliver. Log files of that time are in no digest",
                        (gap + HOUR / 2) / HOUR,
                        before.map(time::rfc3339).unwrap_or_default(),
                        digest.start.map(time::rfc3339).unwrap_or_default()
                    )
                } else {
                    "the chain begins anew here: logging or log file validation was interrupted, or digests before were left out".to_owned()
                };
                let mut finding = between(self.finding(Severity::Notice, "chain_restarted", detail));
                finding.file.clone_from(&digest.object);
                finding.file_id.clone_from(&digest.file_id);
                findings.push(finding);
                self.restarts += 1;
            }
            Link::Linked(previous)
                if !self.backfill && self.digests[previous].end != digest.start.unwrap_or(self.digests[previous].end) =>
            {
                let detail = format!("the digest does not start where its predecessor ends, at {}", self.digests[previous].end_text);
                findings.push(self.about(at, Severity::NotConfirmed, "time_gap", detail));
            }
            Link::Linked(_) | Link::Start | Link::Open => {}
        }
        // A digest that the next one passes over was put in.
        let next = self.links.get(at + 1);
        if successor.is_none() && next.is_some_and(|link| !matches!(link, Link::Restart | Link::Missing)) {
            self.bad[at] = true;
            let detail = "no later digest records this one, though later ones were supplied: it does not belong to the chain";
            findings.push(self.about(at, Severity::Failed, "digest_not_in_chain", detail));
        }
    }
}
