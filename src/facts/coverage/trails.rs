//! What describe-trails and the answers about each trail say: which trail records an account and Region, and where its files
//! lie.

use std::collections::{BTreeMap, BTreeSet};

use super::basis::Basis;
use crate::base::steps;
use crate::ingest::detect::Format;
use crate::schema::row::Row as _;
use crate::schema::tables::{TrailEventSelectorsRow, TrailStatusRow, TrailsRow};
use crate::store::StoreError;

/// One trail.
pub(super) struct Trail {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) region: String,
    /// Bucket and prefix.
    pub(super) location: String,
    pub(super) every_region: bool,
    pub(super) organization: bool,
    pub(super) writes_digests: bool,
}

/// All trails described, and which answers about them came.
pub(super) struct Trails {
    /// Trails, each once.
    pub(super) all: Vec<Trail>,
    /// Names of trails whose state was delivered.
    pub(super) status: BTreeSet<String>,
    /// ARNs of trails whose selectors were delivered.
    pub(super) selectors: BTreeSet<String>,
    /// Trails of each account, in their order.
    by_account: BTreeMap<String, Vec<usize>>,
}

impl Trails {
    pub(super) fn read(basis: &Basis<'_>) -> Result<Self, StoreError> {
        let frame = basis.read(TrailsRow::TABLE.name)?;
        let text = |name: &str| basis.texts(&frame, name);
        let flag = |name: &str| basis.flags(&frame, name);
        let (names, arns, accounts, regions) =
            (text(TrailsRow::trail_name)?, text(TrailsRow::trail_arn)?, text(TrailsRow::account_id)?, text(TrailsRow::home_region)?);
        let (buckets, prefixes) = (text(TrailsRow::s3_bucket_name)?, text(TrailsRow::s3_key_prefix)?);
        let (every, organization, digests) = (
            flag(TrailsRow::is_multi_region_trail)?,
            flag(TrailsRow::is_organization_trail)?,
            flag(TrailsRow::log_file_validation_enabled)?,
        );
        let mut order: Vec<usize> = (0..frame.height()).collect();
        order.sort_by(|a, b| (&arns[*a], &names[*a]).cmp(&(&arns[*b], &names[*b])));
        // A multi-Region trail shows in the answers of all its Regions.
        order.dedup_by(|a, b| (&arns[*a], &names[*a]) == (&arns[*b], &names[*b]));
        let trail = |row: usize| Trail {
            name: names[row].clone(),
            arn: arns[row].clone(),
            account: accounts[row].clone(),
            region: regions[row].clone(),
            location: match prefixes[row].trim_matches('/') {
                "" => buckets[row].clone(),
                prefix => format!("{}/{prefix}", buckets[row]),
            },
            every_region: every[row] == Some(true),
            organization: organization[row] == Some(true),
            writes_digests: digests[row] == Some(true),
        };
        let all: Vec<Trail> = order.into_iter().map(trail).collect();
        let named = |table: &str, column: &str| -> Result<BTreeSet<String>, StoreError> {
            Ok(basis.texts(&basis.read(table)?, column)?.into_iter().filter(|t| !t.is_empty()).collect())
        };
        let mut status = named(TrailStatusRow::TABLE.name, TrailStatusRow::trail_name)?;
        // The answer does not name its trail. Trails in the same state give the same bytes, so that one file
        // stands under several names.
        let answers = basis.store.manifest.files.values().filter(|f| f.format == Format::TrailStatus);
        let found = names_in(all.iter().map(|t| t.name.as_str()), answers.flat_map(|f| &f.paths).map(String::as_str));
        status.extend(found.into_iter().map(str::to_owned));
        let mut by_account: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, trail) in all.iter().enumerate() {
            by_account.entry(trail.account.clone()).or_default().push(at);
        }
        let selectors = named(TrailEventSelectorsRow::TABLE.name, TrailEventSelectorsRow::trail_arn)?;
        Ok(Self { all, status, selectors, by_account })
    }

    /// The trail that records an account's Region: its own, else the organisation's.
    pub(super) fn of(&self, account: &str, region: Option<&str>) -> Option<&Trail> {
        let records = |t: &&Trail| region.is_none_or(|region| t.every_region || t.region == region);
        let mut own = self.by_account.get(account).into_iter().flatten().filter_map(|at| self.all.get(*at));
        own.find(records).or_else(|| self.all.iter().filter(|t| t.organization).find(records))
    }

    /// Whether the account has a trail of its own.
    pub(super) fn has(&self, account: &str) -> bool {
        self.by_account.contains_key(account)
    }
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
