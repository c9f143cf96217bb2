//! What the evaluation of the catalogue gives, with what it was made from.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::cli::{Global, Profile as ProfileFlag};
use crate::engagement::Engagement;
use crate::evaluate::{self, Evaluation};
use crate::facts::changes;
use crate::findings::responses::{self, Answer, Matched};
use crate::findings::{self, Finding, Incident};
use crate::report::Wording;
use crate::report::assemble::Input;
use crate::report::model::Profile;
use crate::report::templates::Templates;
use crate::run::{Opened, named, screen};
use crate::store::Store;

/// Results over an open store.
pub struct Results<'r> {
    /// The entries that were evaluated.
    pub catalogue: Catalogue,
    /// What the client says.
    pub engagement: &'r Engagement,
    /// The evidence.
    pub store: &'r Store,
    /// Its tables, the scope, the period and the integrity of log files.
    pub opened: &'r Opened<'r>,
    /// Of each entry of the catalogue.
    pub evaluation: Evaluation,
    /// Exceptions grouped by cause, and the risks that management accepts.
    pub findings: Vec<Finding>,
    /// Findings of one actor that lie close in time.
    pub incidents: Vec<Incident>,
    /// Management responses.
    pub answers: Matched,
    profile: Profile,
}

impl<'r> Results<'r> {
    /// Evaluates the catalogue; an auditor's profile leaves out what concerns cost alone.
    ///
    /// # Errors
    /// When the events or a table that the engagement fills cannot be read.
    pub fn evaluate(
        catalogue: Catalogue,
        engagement: &'r Engagement,
        store: &'r Store,
        opened: &'r Opened<'r>,
        profile: ProfileFlag,
        answers: Vec<Answer>,
        global: &Global,
    ) -> anyhow::Result<Self> {
        let (catalogue, profile) = match profile {
            ProfileFlag::Auditor => (named::without_cost(catalogue, engagement, &opened.tables)?, Profile::Auditor),
            ProfileFlag::Technical => (catalogue, Profile::Technical),
            ProfileFlag::Executive => (catalogue, Profile::Executive),
        };
        let bar = screen::bar(global, "evaluating");
        let entries = evaluate::entries(&catalogue, engagement, &opened.tables, &opened.reach, &|done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        let tags = findings::Tagged::read(&opened.tables)?;
        let mut findings = findings::of_engagement(&catalogue, &entries.evaluation, engagement, &tags, &opened.period.as_of_text);
        let incidents = findings::link(&mut findings);
        let answers = responses::matched(&findings, answers);
        let made = findings::Made {
            catalogue: &catalogue,
            evaluation: &entries.evaluation,
            engagement,
            as_of: &opened.period.as_of_text,
            findings: &findings,
            answers: &answers,
        };
        for batch in findings::tables(&made) {
            opened.tables.add(&batch)?;
        }
        let evaluation = entries.with_topics(&catalogue, &opened.tables, &opened.reach);
        Ok(Self { catalogue, engagement, store, opened, evaluation, findings, incidents, answers, profile })
    }

    /// Who changed last what the exceptions are about.
    ///
    /// # Errors
    /// When the events cannot be read.
    pub fn last_changes(&self) -> anyhow::Result<BTreeMap<changes::Key, changes::Change>> {
        let mut wanted = std::collections::BTreeSet::new();
        for run in self.evaluation.controls.values() {
            for row in run.rows.iter().filter(|r| r.time.is_none()) {
                wanted.extend(changes::names(&row.account, &row.kind, &row.resource, &row.name, &row.arn).into_iter().map(|(key, _)| key));
            }
        }
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(changes::last_changes(self.store, &wanted, self.opened.period.as_of)?)
    }

    /// What the report is assembled from.
    pub fn input<'i>(
        &'i self,
        changes: &'i BTreeMap<changes::Key, changes::Change>,
        workpapers: &'i BTreeMap<String, (String, u64)>,
        templates: &Templates,
        wording: &'i Wording,
        binary_sha256: String,
    ) -> Input<'i> {
        Input {
            catalogue: &self.catalogue,
            engagement: self.engagement,
            period: &self.opened.period,
            scope: &self.opened.scope,
            unmet: self.opened.unmet,
            integrity: &self.opened.integrity,
            store: self.store,
            tables: &self.opened.tables,
            evaluation: &self.evaluation,
            findings: &self.findings,
            incidents: &self.incidents,
            answers: &self.answers,
            changes,
            profile: self.profile,
            wording,
            binary_sha256,
            templates_sha256: templates.sha256(&self.catalogue.topics),
            templates_overridden: overridden(templates, &self.catalogue),
            workpapers,
        }
    }

    /// Evaluations that failed, and tests named in delivered lists that do not exist, a line each.
    ///
    /// # Errors
    /// When such a list cannot be read.
    pub fn errors(&self) -> anyhow::Result<Vec<String>> {
        let mut errors: Vec<String> = self.evaluation.errors().into_iter().map(|(id, error)| format!("{id}: {error}")).collect();
        errors.extend(named::delivered(self.engagement, &self.catalogue, &self.opened.tables)?);
        Ok(errors)
    }
}

/// Files of the user's own that say how the report reads: templates and topics.
fn overridden(templates: &Templates, catalogue: &Catalogue) -> Vec<String> {
    let topics = catalogue.topics.values().filter(|topic| topic.custom).map(|topic| topic.file.clone());
    templates.overridden().iter().cloned().chain(topics).collect()
}
