//! Assembles cover and management summary.

use std::collections::BTreeMap;

use super::{Input, words};
use crate::base::time;
use crate::catalogue::PILLARS;
use crate::catalogue::topics::Topic;
use crate::engagement::{self, Examination, Named};
use crate::facts::period_met::Unmet;
use crate::ingest::detect::Format;
use crate::outcome::{Extent, Outcome, Severity};
use crate::report::model::{
    Bar, CatalogueSize, Chart, ChartData, Conflict, ControlResult, Cover, Fact, FindingLine, Kpi, Person, PillarSection, SeriesKey,
    Standing, Statement, StatementTone, Summary, Tone, TopicData,
};
use crate::report::tables::{self, PillarLine};
use crate::store::manifest::InputFile;

/// Exceptions in the list of those that matter first.
const TOP: usize = 10;

/// The cover.
pub(super) fn cover(input: &Input<'_>) -> Cover {
    let about = &input.engagement.engagement;
    let used = input.engagement.file.as_ref();
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let (examination, purpose) = match input.period.examination {
        Examination::Type1 => {
            ("type 1", format!("Evidence for a SOC 2 type 1 examination as of {} and a Well-Architected review", input.period.as_of_text))
        }
        Examination::Type2 => ("type 2", "Evidence for a SOC 2 type 2 examination and a Well-Architected review".to_owned()),
        Examination::Unstated => ("", "Evidence for a Well-Architected review and SOC 2".to_owned()),
    };
    let manifest = &input.store.manifest;
    let records: u64 = manifest.files.values().map(|f| f.read * f.paths.len() as u64).sum();
    let files: usize = manifest.files.values().map(|f| f.paths.len()).sum();
    let accounts = input.scope.accounts.values().filter(|a| !a.seen_in.is_empty()).count();
    let regions: std::collections::BTreeSet<&str> =
        input.scope.account_regions.iter().filter(|(_, (_, seen))| *seen).map(|((_, r), _)| r.as_str()).collect();
    let split = |text: &str| text.split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect();
    Cover {
        client: or(&about.client, "Client not stated"),
        title: or(&about.title, "Evidence from exported AWS records"),
        firm: about.firm.clone(),
        purpose,
        examination: examination.to_owned(),
        period_unmet: unmet(input).unwrap_or_default(),
        period_from: input.period.from.clone(),
        period_to: input.period.to.clone(),
        as_of: input.period.as_of_text.clone(),
        as_of_evidence: match input.configuration_until() {
            None => "no AWS Config item was delivered".to_owned(),
            Some(until) if until < input.period.as_of_text => format!("the newest configuration delivered is of {until}"),
            Some(_) => String::new(),
        },
        time_zone: input.period.zone.clone(),
        period_utc: if input.period.known {
            format!("{} to {} UTC, end exclusive", minute(input.period.start), minute(input.period.end))
        } else {
            "not determined".to_owned()
        },
        people: vec![
            Person { role: "Prepared by".to_owned(), name: about.prepared_by.clone(), date: String::new() },
            Person { role: "Reviewed by".to_owned(), name: about.reviewed_by.clone(), date: String::new() },
        ],
        intended_users: split(&about.intended_users),
        scope: vec![
            Fact::text("Accounts seen", words::thousands(accounts as u64)),
            Fact::text("Regions seen", words::thousands(regions.len() as u64)),
            Fact::text("Files", words::thousands(files as u64)),
            Fact::text("Records read", words::thousands(records)),
            Fact::text("Source of period", &input.period.said_by),
        ],
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
    }
}

/// That the period stated and the records do not meet.
fn unmet(input: &Input<'_>) -> Option<String> {
    let (what, (first, last)) = match input.unmet? {
        Unmet::Everything { seen } => ("record", seen),
        Unmet::Events { seen } => ("event", seen),
    };
    let day = |at: i64| words::date(at, &input.period.zone);
    Some(format!(
        "No {what} delivered lies in the period stated, {} to {}: those with a time are of {} to {}. What rests on them was not tested.",
        input.period.from,
        input.period.to,
        day(first),
        day(last)
    ))
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

fn minute(micros: i64) -> String {
    time::rfc3339(micros).chars().take(16).collect::<String>().replace('T', " ")
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
    names: &BTreeMap<String, String>,
    pillars: &[PillarSection],
    topics: &BTreeMap<String, TopicData>,
    charts: &mut BTreeMap<String, Chart>,
) -> Summary {
    let count = |outcome: Outcome| controls.values().filter(|c| c.result == outcome).count() as u64;
    let exceptions: u64 = controls.values().map(|c| c.counts.exceptions).sum();
    let waived: u64 = controls.values().map(|c| c.counts.waived).sum();
    let with = count(Outcome::ExceptionsNoted);
    let untested = count(Outcome::NotTested);
    let partial = controls.values().filter(|c| c.extent == Extent::Partial).count() as u64;
    let tested = controls.len() as u64 - untested;
    let severe = controls.values().filter(|c| c.result == Outcome::ExceptionsNoted && c.severity <= Severity::High).count() as u64;
    let lines: Vec<PillarLine<'_>> = PILLARS
        .iter()
        .filter(|(id, _)| input.profile.has_cost() || *id != "cost_optimization")
        .map(|(id, title)| pillar_line(id, title, controls))
        .collect();
    chart(&lines, charts);
    let timeline: Vec<String> = super::timeline::chart(input)
        .into_iter()
        .map(|chart| {
            let id = chart.id.clone();
            charts.insert(id.clone(), chart);
            id
        })
        .collect();

    let mut statements: Vec<Statement> =
        unmet(input).map(|text| Statement::new(StatementTone::Warning, "Period and evidence do not meet", text)).into_iter().collect();
    // The tiles carry the figures; words are for what a figure of zero may not be taken for.
    if tested == 0 {
        statements.push(Statement::plain("No control could be tested. Nothing can be said about exceptions."));
    } else if with == 0 {
        statements.push(Statement::plain(format!(
            "No exception was noted in what could be tested, {} of {}.",
            words::thousands(tested),
            words::count(controls.len() as u64, "control", "controls")
        )));
    }
    if waived > 0 {
        statements.push(Statement::plain(format!(
            "Waivers of the engagement cover {}. Totals include waived exceptions.",
            words::count(waived, "exception", "exceptions")
        )));
    }
    if untested > 0 {
        statements.push(Statement {
            tone: StatementTone::Important,
            title: "Not everything could be tested".to_owned(),
            text: format!(
                "{} could not be tested with the records delivered. Nothing is concluded from that.",
                words::count(untested, "control", "controls")
            ),
            href: Some("section:not_tested".to_owned()),
        });
    }
    statements.extend(limits_of_evidence(input, topics));

    let events = input.scope.events;
    let seen = input.scope.accounts.values().filter(|a| !a.seen_in.is_empty()).count() as u64;
    let kpis = vec![
        kpi(
            words::thousands(with),
            with,
            if with == 1 { "control with exceptions" } else { "controls with exceptions" },
            format!("{} of critical or high severity", words::thousands(severe)),
        ),
        kpi(
            words::thousands(exceptions),
            exceptions,
            if exceptions == 1 { "exception" } else { "exceptions" },
            if waived > 0 { format!("{} waived", words::thousands(waived)) } else { String::new() },
        ),
        kpi(
            format!("{} of {}", words::thousands(tested), words::thousands(controls.len() as u64)),
            tested,
            "controls tested",
            format!("{} with evidence limitations", words::thousands(partial)),
        ),
        kpi(
            words::thousands(events),
            events,
            if events == 1 { "event in the period" } else { "events in the period" },
            "copies removed".to_owned(),
        ),
        kpi(
            words::thousands(seen),
            seen,
            if seen == 1 { "account seen" } else { "accounts seen" },
            match &input.scope.expected_by {
                Some(_) => format!("{} expected", words::thousands(input.scope.accounts.values().filter(|a| a.expected).count() as u64)),
                None => "expected set unknown".to_owned(),
            },
        ),
    ];
    let mut conflicts: Vec<Conflict> = pillars
        .iter()
        .flat_map(|p| std::iter::once(&p.key_question).chain(&p.questions))
        .filter_map(|q| {
            let representation = q.representation.clone().filter(|said| said.standing == Standing::Contradicted)?;
            Some(Conflict { id: q.id.clone(), title: q.question.clone(), representation, href: Some(format!("question:{}", q.id)) })
        })
        .collect();
    conflicts.extend(super::represented::practices_contradicted(input, controls));
    Summary {
        statements,
        kpis,
        by_severity: tables::severity_by_pillar(&lines),
        top_exceptions: top(findings),
        by_account: tables::findings_by_account(findings, names),
        by_effort: tables::findings_by_effort(findings),
        conflicts,
        charts: vec!["exceptions-by-pillar".to_owned()],
        timeline,
    }
}

#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn kpi(value: String, raw: u64, label: &str, note: String) -> Kpi {
    Kpi { value, raw: Some(raw as f64), label: label.to_owned(), note }
}

fn pillar_line<'a>(id: &str, title: &'a str, controls: &BTreeMap<String, ControlResult>) -> PillarLine<'a> {
    let own: Vec<&ControlResult> = controls.values().filter(|c| c.pillar == id).collect();
    let mut by_severity = [0; 5];
    for (at, severity) in Severity::ALL.iter().enumerate() {
        by_severity[at] = own.iter().filter(|c| c.result == Outcome::ExceptionsNoted && c.severity == *severity).count() as u64;
    }
    let count = |outcome: Outcome| own.iter().filter(|c| c.result == outcome).count() as u64;
    PillarLine {
        title,
        // Sections of pillars are linked by the pillar's id.
        href: match id {
            "operational_excellence" => "section:operational_excellence",
            "security" => "section:security",
            "reliability" => "section:reliability",
            "performance_efficiency" => "section:performance_efficiency",
            "cost_optimization" => "section:cost_optimization",
            _ => "section:sustainability",
        },
        by_severity,
        clean: count(Outcome::NoExceptionsNoted) + count(Outcome::NoOccurrences),
        partial: own.iter().filter(|c| c.extent == Extent::Partial).count() as u64,
        not_tested: count(Outcome::NotTested),
    }
}

/// Controls with exceptions by pillar, stacked by severity.
#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn chart(lines: &[PillarLine<'_>], charts: &mut BTreeMap<String, Chart>) {
    let bars: Vec<Bar> = lines
        .iter()
        .map(|l| Bar {
            label: l.title.to_owned(),
            parts: l.by_severity.iter().map(|n| *n as f64).collect(),
            text: words::thousands(l.by_severity.iter().sum()),
        })
        .collect();
    let alt: Vec<String> = bars.iter().map(|b| format!("{} {}", b.label, b.text)).collect();
    let series = Severity::ALL.iter().map(|s| SeriesKey::new(s.word(), Tone::from(*s))).collect();
    charts.insert(
        "exceptions-by-pillar".to_owned(),
        Chart {
            id: "exceptions-by-pillar".to_owned(),
            title: "Controls with exceptions by pillar and severity".to_owned(),
            caption: String::new(),
            alt: format!("Controls with exceptions: {}.", alt.join(", ")),
            unit: "controls".to_owned(),
            half: false,
            data: ChartData::Bars { series, bars },
        },
    );
}

/// The findings to act on first.
pub(super) fn top(findings: &[FindingLine]) -> crate::report::model::Table {
    let open: Vec<&FindingLine> = findings.iter().filter(|finding| finding.is_open).collect();
    tables::priority_findings(open.iter().take(TOP).copied(), open.len() as u64, "findings.csv")
}
