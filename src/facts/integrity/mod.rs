//! Integrity of CloudTrail log files, offline: chains of digest files, the signatures over them, the log files they
//! list, and the sign files of saved CloudTrail Lake results (formats.md section 2 and 1.8).
//!
//! What can be concluded depends on what was supplied, and is named by one of three levels ([`Assurance`]). Three
//! things can never be shown offline: that the keys really are AWS's, that no chain was withheld as a whole, and that
//! no tail was cut off after the newest digest supplied.

mod chain;
mod finding;
mod intervals;
mod keys;
mod lake;
mod load;
mod logs;
mod sign;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::store::{Store, StoreError};
use intervals::Intervals;

pub use chain::{Chain, Digest, Link};
pub use finding::{Assurance, Finding, Severity};
pub use keys::{Keys, PublicKey, Signature};
pub use lake::LakeResult;

/// All that was verified, and what came of it.
#[derive(Debug, Default)]
pub struct Integrity {
    /// Chains, by account, Region and trail.
    pub chains: Vec<Chain>,
    /// Sign files of Lake results.
    pub lake: Vec<LakeResult>,
    /// Findings, failures first.
    pub findings: Vec<Finding>,
    /// Distinct public keys supplied.
    pub keys: u64,
    /// Log files supplied, and of these the unaltered ones that a digest lists.
    pub logs: (u64, u64),
}

impl Integrity {
    /// Verifies what a store holds. Without digests and sign files there is nothing to verify, and the result is empty.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let mut found = Self::default();
        let keys = load::keys(store)?;
        found.keys = keys.len() as u64;
        let digests = load::digests(store)?;
        let files = logs::Files::of(store);
        if !digests.is_empty() {
            let mut saved = load::signatures(store)?;
            found.chains = chain::chains(digests, &mut found.findings);
            sign::sign(&mut found.chains, &keys, &mut saved, &mut found.findings);
            let mut check = logs::Check::new(&mut found.chains, &files);
            load::listed(store, &mut |row| check.listed(row))?;
            found.logs = check.finish(&mut found.findings);
        }
        found.lake = lake::results(load::sign_files(store)?, &keys, &files, &mut found.findings);
        if !found.chains.is_empty() || !found.lake.is_empty() {
            for key in keys.unconfirmed() {
                let detail = format!(
                    "the key list states the fingerprint {} for a key whose MD5 is {}; what it signed cannot be confirmed",
                    key.stated, key.md5
                );
                found.findings.push(Finding::new(Severity::NotConfirmed, "key_fingerprint", detail));
            }
        }
        found.findings.sort();
        found.findings.dedup();
        chain::conclude(&mut found.chains, &found.findings);
        Ok(found)
    }

    /// Whether there is nothing that could be verified.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty() && self.lake.is_empty()
    }

    /// Findings of a weight.
    pub fn count(&self, severity: Severity) -> u64 {
        self.findings.iter().filter(|f| f.severity == severity).count() as u64
    }

    /// Whether every check that could be made was passed, and none was left open that should have been possible.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|f| f.severity == Severity::Notice)
    }

    /// What digests show of times without events, ready to be asked for every day of every account and Region.
    pub fn quiet(&self) -> Quiet {
        let mut quiet = Quiet::default();
        for chain in self.chains.iter().filter(|chain| !chain.backfill) {
            quiet.0.entry(chain.account.clone()).or_default().entry(chain.region.clone()).or_default().push(chain.quiet());
        }
        quiet
    }
}

/// Times that digests speak of, by account and Region: of each chain the stretches its digests cover, and the times of log
/// files that they list and whose content is not known.
#[derive(Debug, Default)]
pub struct Quiet(BTreeMap<String, BTreeMap<String, Vec<(Intervals, Intervals)>>>);

impl Quiet {
    /// Whether digests show that no event of an account and Region from `from` to before `until` (UTC microseconds) was
    /// delivered: a chain's digests cover that time and an hour more, since logs come minutes late, and every log file they
    /// list that may hold events of it was supplied unaltered. The caller knows that those hold none.
    pub fn holds(&self, account: &str, region: &str, from: i64, until: i64) -> bool {
        let chains = self.0.get(account).and_then(|regions| regions.get(region));
        chains.is_some_and(|chains| {
            chains.iter().any(|(covered, unseen)| covered.hold(from, until + crate::base::time::HOUR) && !unseen.meet(from, until))
        })
    }
}
