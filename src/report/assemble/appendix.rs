//! Assembles appendix and what was not tested.

use std::collections::{BTreeMap, BTreeSet};

use super::Input;
use crate::outcome::{Extent, Outcome};
use crate::reason::{Family, Reason, joined};
use crate::report::Wording;
use crate::report::model::{Appendix, Cell, Column, ControlResult, ExtractResult, MetricResult, NotTested, Table, Threshold};
use crate::report::tables::{self, NotTestedLine};

/// What was not tested.
pub(super) fn not_tested(
    wording: &Wording,
    controls: &BTreeMap<String, ControlResult>,
    metrics: &BTreeMap<String, MetricResult>,
    extracts: &BTreeMap<String, ExtractResult>,
) -> NotTested {
    let untested: Vec<&ControlResult> = controls.values().filter(|c| c.result == Outcome::NotTested).collect();
    let mut families: BTreeMap<Family<'_>, (BTreeSet<&Reason>, BTreeSet<&str>)> = BTreeMap::new();
    for control in &untested {
        let reason = control.reasons.first().unwrap_or(&Reason::NothingFound);
        let (reasons, ids) = families.entry(reason.family()).or_default();
        reasons.insert(reason);
        ids.insert(&control.id);
    }
    let mut lines: Vec<NotTestedLine> = families
        .into_values()
        .map(|(reasons, ids)| {
            let requests: BTreeSet<&str> = reasons.iter().map(|reason| reason.request()).collect();
            NotTestedLine {
                how: requests.into_iter().collect::<Vec<_>>().join("; "),
                reason: joined(&reasons),
                controls: ids.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect();
    lines.sort_by(|a, b| (b.controls.len(), &a.reason).cmp(&(a.controls.len(), &b.reason)));
    NotTested {
        controls: untested.iter().map(|c| c.id.clone()).collect(),
        by_reason: tables::not_tested(wording, &lines),
        metrics: metrics.values().filter(|m| m.extent == Extent::None || m.values.is_empty()).map(|m| m.id.clone()).collect(),
        extracts: extracts.values().filter(|x| x.rows.is_none()).map(|x| x.id.clone()).collect(),
    }
}

/// The appendix.
pub(super) fn section(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    metrics: &BTreeMap<String, MetricResult>,
    extracts: &BTreeMap<String, ExtractResult>,
) -> Appendix {
    Appendix {
        controls: controls.keys().cloned().collect(),
        metrics: metrics.keys().cloned().collect(),
        extracts: extracts.keys().cloned().collect(),
        thresholds: thresholds(input),
        custom_catalogue: input.catalogue.custom_files.clone(),
        custom_templates: input.templates_overridden.clone(),
        workpapers: workpapers(input),
    }
}

fn thresholds(input: &Input<'_>) -> Vec<Threshold> {
    let t = &input.engagement.thresholds;
    let used = [
        ("max_key_age_days", t.max_key_age(), t.max_key_age_days),
        ("max_idle_days", t.max_idle(), t.max_idle_days),
        ("min_retention_days", t.min_retention(), t.min_retention_days),
    ];
    used.map(|(key, days, stated)| Threshold { key: key.to_owned(), days, is_stated: stated.is_some() }).into()
}

fn workpapers(input: &Input<'_>) -> Table {
    let labels = &input.wording.labels.tables.workpapers;
    let columns = vec![Column::code(&labels.file), Column::text(&labels.content), Column::number(&labels.rows)];
    let mut table = Table::new("workpapers", &labels.caption, columns);
    for (path, (title, rows)) in input.workpapers {
        table.push(vec![Cell::code(path), Cell::text(title), Cell::count(*rows)]);
    }
    let total = table.total;
    table.cap(80);
    table.total = total;
    table
}
