//! What the report is made from, and the looks into it that several sections need.

use std::collections::BTreeMap;

use super::words;
use crate::catalogue::Catalogue;
use crate::engagement::{Engagement, Period};
use crate::evaluate::{Evaluation, Tables};
use crate::facts::changes::{Change, Key};
use crate::facts::integrity::Integrity;
use crate::facts::period_met::Unmet;
use crate::facts::scope::Scope;
use crate::findings::responses::Matched;
use crate::findings::{Finding, Incident};
use crate::report::Wording;
use crate::report::model::Profile;
use crate::store::Store;

/// All that the report is made from.
pub struct Input<'a> {
    /// Controls, extracts, metrics, frameworks.
    pub catalogue: &'a Catalogue,
    /// What the client and the engagement say.
    pub engagement: &'a Engagement,
    /// The period.
    pub period: &'a Period,
    /// How the period stated and the records miss each other, if they do.
    pub unmet: Option<Unmet>,
    /// Accounts, Regions, coverage, recorders.
    pub scope: &'a Scope,
    /// Chains of digest files and what was verified by them.
    pub integrity: &'a Integrity,
    /// The evidence.
    pub store: &'a Store,
    /// SQL views over it, period and as-of applied; `engagement`, `accounts`, ... are in place.
    pub tables: &'a Tables<'a>,
    /// Results.
    pub evaluation: &'a Evaluation,
    /// Exceptions grouped by cause.
    pub findings: &'a [Finding],
    /// Findings of one actor that lie close in time.
    pub incidents: &'a [Incident],
    /// Management responses.
    pub answers: &'a Matched,
    /// Last successful write naming a resource.
    pub changes: &'a BTreeMap<Key, Change>,
    /// Readership.
    pub profile: Profile,
    /// Words of what is neither a query of a topic nor a template.
    pub wording: &'a Wording,
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
    /// SHA-256 of the template set.
    pub templates_sha256: String,
    /// Templates overridden.
    pub templates_overridden: Vec<String>,
    /// Workpapers written, by path below the report's folder: title, rows.
    pub workpapers: &'a BTreeMap<String, (String, u64)>,
}

impl Input<'_> {
    /// Whether readers are told of an entry: the auditor's profile leaves measures of cost out.
    pub fn tells(&self, id: &str) -> bool {
        self.profile.has_cost() || self.catalogue.metrics.get(id).is_none_or(|metric| metric.pillar != "cost_optimization")
    }

    /// The day, in the engagement's zone, of the newest configuration of AWS Config or IAM that was delivered up to the
    /// as-of date.
    pub fn configuration_until(&self) -> Option<String> {
        let times = self.store.manifest.files.values().filter(|file| file.format.is_configuration()).filter_map(|file| {
            // Later items are of no use as at the date; what was taken later holds earlier ones all the same.
            Some(file.taken()?.min(self.period.as_of - 1))
        });
        times.max().map(|at| words::date(at, &self.period.zone))
    }

    /// When the credential reports that are tested were made: a date, or two of them with `to` between. `None` where one of
    /// them does not say.
    pub fn credential_reports_of(&self) -> Option<String> {
        let (first, last) = self.tables.credential_reports()?;
        let [first, last] = [first, last].map(|at| words::date(at, &self.period.zone));
        Some(if first == last { first } else { format!("{first} to {last}") })
    }

    /// The workpaper path of an entry, if one was written.
    pub fn workpaper(&self, id: &str) -> Option<String> {
        words::workpaper(id, self.workpapers)
    }
}
