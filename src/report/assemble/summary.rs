//! Assembles cover and management summary.

use std::collections::BTreeMap;

use super::Input;
use crate::base::zone;
use crate::catalogue::topics::Topic;
use crate::engagement::{self, Named};
use crate::evaluate::EvaluateError;
use crate::ingest::detect::Format;
use crate::policy::{actions, keys, managed};
use crate::report::Wording;
use crate::report::model::{
    CatalogueSize, Conflict, ControlResult, Cover, CoverScope, FindingLine, PillarSection, PolicyData, Standing, Statement, StatementTone,
    Summary, TopicData,
};
use crate::report::tables;
use crate::store::manifest::InputFile;

/// Exceptions in the list of those that matter first.
const TOP: usize = 10;

/// The cover.
///
/// # Errors
/// When configuration items cannot be read.
pub(super) fn cover(input: &Input<'_>) -> Result<Cover, EvaluateError> {
    let about = &input.engagement.engagement;
    let labels = &input.wording.labels.words;
    let used = input.engagement.file.as_ref();
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let manifest = &input.store.manifest;
    let accounts = input.scope.accounts.values().filter(|a| !a.seen_in.is_empty()).count();
    let regions: std::collections::BTreeSet<&str> =
        input.scope.account_regions.iter().filter(|(_, (_, seen))| *seen).map(|((_, r), _)| r.as_str()).collect();
    let split = |text: &str| text.split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect();
    let configuration_until = input.configuration_until();
    let utc = |at: i64| if input.period.known { zone::moment(at, "UTC") } else { String::new() };
    Ok(Cover {
        client: or(&about.client, &labels.client_not_stated),
        title: or(&about.title, &labels.untitled),
        firm: about.firm.clone(),
        examination: input.period.examination.words().unwrap_or_default().to_owned(),
        period_unmet: input.unmet.map(|unmet| unmet.words(input.period)).unwrap_or_default(),
        period_from: input.period.from.clone(),
        period_to: input.period.to.clone(),
        as_of: input.period.as_of_text.clone(),
        is_configuration_older: configuration_until.as_ref().is_some_and(|until| *until < input.period.as_of_text),
        configuration_until: configuration_until.unwrap_or_default(),
        captured_later: input.tables.later_only()?,
        time_zone: input.period.zone.clone(),
        period_utc_from: utc(input.period.start),
        period_utc_to: utc(input.period.end),
        period_said_by: input.period.said_by.clone(),
        prepared_by: about.prepared_by.clone(),
        reviewed_by: about.reviewed_by.clone(),
        intended_users: split(&about.intended_users),
        scope: CoverScope {
            accounts: accounts as u64,
            regions: regions.len() as u64,
            files: manifest.files.values().map(|f| f.paths.len() as u64).sum(),
            records: manifest.files.values().map(|f| f.read * f.paths.len() as u64).sum(),
        },
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        binary_sha256: input.binary_sha256.clone(),
        catalogue_sha256: input.catalogue.sha256.clone(),
        templates_sha256: input.templates_sha256.clone(),
        engagement_sha256: used.map_or_else(String::new, |file| file.sha256.clone()),
        engagement_file: used.map_or_else(String::new, |file| file.name().to_owned()),
        engagement_found: used.is_some_and(|file| file.named == Named::Found),
        engagement_unused: unused(input),
        catalogue: CatalogueSize {
            controls: input.catalogue.controls.len() as u64,
            custom_controls: input.catalogue.controls.values().filter(|c| c.origin.custom).count() as u64,
            extracts: input.catalogue.extracts.len() as u64,
            metrics: input.catalogue.metrics.len() as u64,
            tables: input.catalogue.schema.tables().count() as u64,
        },
        policy_data: PolicyData {
            managed_policies: managed::count() as u64,
            managed_policies_source: managed::source().to_owned(),
            managed_policies_dated: managed::date().to_owned(),
            actions_dated: actions::date().to_owned(),
            condition_keys_dated: keys::dated().to_owned(),
        },
    })
}

/// Engagement files that were delivered and are not the one used.
fn unused(input: &Input<'_>) -> Vec<String> {
    let used = input.engagement.file.as_ref().map(|file| file.sha256.as_str());
    let name = |path: &String| path.rsplit('/').next() == Some(engagement::NAME);
    let of_kind = |file: &&InputFile| file.format == Format::Engagement || file.paths.iter().any(name);
    let others = input.store.manifest.files.values().filter(of_kind).filter(|file| used != Some(&file.sha256));
    let mut paths: Vec<String> = others.flat_map(|file| file.paths.iter().cloned()).collect();
    paths.sort();
    paths
}

/// Statements on the evidence that the summary carries, at most.
const LIMITS: usize = 3;

/// What a reader must know first of the evidence: the chapter on its completeness, contradiction and tampering before gaps.
fn limits_of_evidence(input: &Input<'_>, topics: &BTreeMap<String, TopicData>) -> Vec<Statement> {
    // What failed of the integrity of log files stands in a part of its own.
    let is_here = |topic: &&Topic| topic.chapter() == "coverage" && topic.id != "coverage/integrity";
    let mut chapter: Vec<_> = input.catalogue.topics.values().filter(is_here).collect();
    chapter.sort_by_key(|topic| (topic.order, &topic.id));
    let stated: Vec<&Statement> = chapter.iter().filter_map(|topic| topics.get(&topic.id)).flat_map(|data| &data.statements).collect();
    let of = |tone: StatementTone| stated.iter().filter(move |s| s.tone == tone);
    of(StatementTone::Caution).chain(of(StatementTone::Warning)).take(LIMITS).map(|s| (*s).clone()).collect()
}

/// The summary.
pub(super) fn section(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    findings: &[FindingLine],
    pillars: &[PillarSection],
    topics: &BTreeMap<String, TopicData>,
) -> Summary {
    let mut conflicts: Vec<Conflict> = pillars
        .iter()
        .flat_map(|p| std::iter::once(&p.key_question).chain(&p.questions))
        .filter_map(|q| {
            let representation = q.representation.clone().filter(|said| said.standing == Standing::Contradicted)?;
            Some(Conflict { id: q.id.clone(), title: q.question.clone(), representation, href: Some(format!("question:{}", q.id)) })
        })
        .collect();
    conflicts.extend(super::represented::practices_contradicted(input, controls));
    Summary { statements: limits_of_evidence(input, topics), top_exceptions: top(input.wording, findings), conflicts }
}

/// The findings to act on first.
pub(super) fn top(wording: &Wording, findings: &[FindingLine]) -> crate::report::model::Table {
    let open: Vec<&FindingLine> = findings.iter().filter(|finding| finding.is_open).collect();
    tables::priority_findings(wording, open.iter().take(TOP).copied(), open.len() as u64, "findings.csv")
}
