//! Results of the account's own AWS Config rules, in AWS Config's own words and nowhere else.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::cells::{self, Row};
use crate::evaluate::EvaluateError;
use crate::report::model::{Bar, Cell, CellKind, Chart, ChartData, Column, ControlResult, Facet, SeriesKey, Statement, Table, Tone, Topic};

const CONTROLS: [&str; 6] = [
    "config-rule-noncompliance",
    "config-recorder-on",
    "config-recorder-continuous",
    "config-conformance-pack",
    "event-config-rule-removed",
    "securityhub-enabled",
];
const EXTRACTS: [&str; 1] = ["event-config-rule-added"];
const TYPES: [&str; 4] = ["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE", "INSUFFICIENT_DATA"];
/// Rules listed, and resources listed.
const SHOWN: usize = 40;
/// Rules drawn.
const DRAWN: usize = 20;

/// The last result of each rule for each resource before the as-of date; of two at the same time the worse.
const LATEST: &str = "
SELECT account_id, region, rule_name, rule_identifier, resource_type, resource_id, compliance_type, recorded_at FROM (
  SELECT c.account_id, c.region, c.rule_name, c.rule_identifier, c.resource_type, c.resource_id, c.compliance_type, c.recorded_at,
         ROW_NUMBER() OVER (PARTITION BY c.account_id, c.region, c.rule_name, c.resource_type, c.resource_id
                            ORDER BY c.recorded_at DESC NULLS LAST, c.compliance_type DESC NULLS LAST) AS place
  FROM config_compliance c CROSS JOIN engagement e
  WHERE c.resource_id IS NOT NULL AND (c.recorded_at IS NULL OR c.recorded_at < e.as_of)
) AS ranked WHERE place = 1";

/// The topic.
///
/// # Errors
/// When a query of ours fails.
pub fn topic(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> Result<Topic, EvaluateError> {
    let mut topic = Topic {
        id: "config-rules".to_owned(),
        title: "AWS Config rule results".to_owned(),
        controls: cells::known(controls, &CONTROLS),
        extracts: cells::extracts(input, &EXTRACTS),
        method: format!(
            "The words are AWS Config's, about its own rules; nothing was tested again here. For each rule and resource the last result recorded by the end of {} counts. Names of rules that Security Hub or a conformance pack made are folded to the managed rule they apply.",
            input.period.as_of_text
        ),
        ..Topic::default()
    };
    let grid = input.sql(
        "rule results",
        &format!(
            "SELECT rule_name, rule_identifier, account_id, compliance_type, CAST(COUNT(*) AS BIGINT) AS resources, MAX(recorded_at) AS last_recorded FROM ({LATEST}) AS latest \
             GROUP BY rule_name, rule_identifier, account_id, compliance_type ORDER BY rule_name NULLS LAST, account_id NULLS LAST, compliance_type NULLS LAST"
        ),
    )?;
    let summaries = input.sql(
        "rule summaries",
        "SELECT rule_name, account_id, region, compliance_type FROM config_compliance WHERE resource_id IS NULL \
         GROUP BY rule_name, account_id, region, compliance_type ORDER BY rule_name NULLS LAST, account_id NULLS LAST, region NULLS LAST, compliance_type NULLS LAST",
    )?;
    if grid.rows.is_empty() && summaries.rows.is_empty() {
        topic.not_tested = "No result of an AWS Config rule was delivered: neither AWS::Config::ResourceCompliance items nor an answer of the API. Ask for: aws configservice describe-compliance-by-config-rule, and aws configservice get-compliance-details-by-config-rule for each rule.".to_owned();
        return Ok(topic);
    }
    let rules = Rules::of(&grid);
    topic.lead = rules.lead();
    topic.statements.push(Statement::plain(
        "A rule sees what it was set up to see: resources outside its scope, and rules that nobody set up, have no result here.".to_owned(),
    ));
    if !summaries.rows.is_empty() {
        let named: Vec<String> = Row::all(&summaries).map(|r| format!("{} {}", r.text("rule_name"), r.text("compliance_type"))).collect();
        topic
            .statements
            .push(Statement::plain(format!("Delivered for the rule as a whole, without its resources: {}.", cells::some(&named, 8))));
    }
    if let Some(chart) = rules.chart() {
        topic.charts.push(chart.id.clone());
        charts.insert(chart.id.clone(), chart);
    }
    topic.tables.push(rules.table(input));
    topic.tables.push(open(input)?);
    Ok(topic)
}

/// By rule name, account and identifier: results of each kind, and the latest.
type ByRule = BTreeMap<(String, String, String), ([u64; 4], Option<i64>)>;

/// Results by rule and account.
struct Rules {
    rows: ByRule,
}

impl Rules {
    fn of(grid: &crate::evaluate::Grid) -> Self {
        let mut rows = ByRule::new();
        for r in Row::all(grid) {
            let entry = rows.entry((r.text("rule_name"), r.text("account_id"), r.text("rule_identifier"))).or_default();
            if let Some(at) = TYPES.iter().position(|t| *t == r.text("compliance_type")) {
                entry.0[at] += r.count("resources");
            }
            entry.1 = entry.1.max(r.time("last_recorded"));
        }
        Self { rows }
    }

    fn sums(&self) -> [u64; 4] {
        self.rows.values().fold([0; 4], |mut sums, (n, _)| {
            for (sum, n) in sums.iter_mut().zip(n) {
                *sum += n;
            }
            sums
        })
    }

    fn lead(&self) -> String {
        let sums = self.sums();
        let with = self.rows.values().filter(|(n, _)| n[1] > 0).count() as u64;
        let figures: Vec<String> =
            TYPES.iter().zip(sums).filter(|(_, n)| *n > 0).map(|(t, n)| format!("{} {t}", words::thousands(n))).collect();
        format!(
            "{} delivered, each for one account; by resource: {}. {} at least one resource NON_COMPLIANT.",
            words::count(self.rows.len() as u64, "rule is", "rules are"),
            if figures.is_empty() { "no result".to_owned() } else { figures.join(", ") },
            if with == 1 { "One rule has".to_owned() } else { format!("{} rules have", words::thousands(with)) }
        )
    }

    fn table(&self, input: &Input<'_>) -> Table {
        let mut columns = vec![Column::code("Rule"), Column::text("Account").accounts()];
        columns.extend(TYPES.map(Column::number));
        columns.push(Column::date("Last result"));
        let mut table = Table::new("soc2-config-rules", "Resources by result of each AWS Config rule, in AWS Config's words", columns);
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|(key, (n, _))| (u64::MAX - n[1], (*key).clone()));
        for ((rule, account, _), (n, last)) in rows {
            let mut row = vec![Cell::text(rule), Cell::text(input.account(account))];
            row.extend(n.map(Cell::count));
            row.push(Cell::text(last.map(|t| words::moment(t, &input.period.zone)).unwrap_or_default()));
            table.push(row);
        }
        table.cap(SHOWN);
        if table.total == table.rows.len() as u64 && !table.rows.is_empty() {
            let mut row = vec![Cell { kind: Some(CellKind::Text), ..Cell::text("Total") }, Cell::text("")];
            row.extend(self.sums().map(Cell::count));
            row.push(Cell::text(""));
            table.rows.push(row);
            table.has_total_row = true;
        }
        table
    }

    #[expect(clippy::cast_precision_loss, reason = "for drawing")]
    fn chart(&self) -> Option<Chart> {
        let mut by_rule: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
        for ((name, _, identifier), (n, _)) in &self.rows {
            let label = if identifier.is_empty() { name.as_str() } else { identifier.as_str() };
            let sums = by_rule.entry(label).or_default();
            for (sum, n) in sums.iter_mut().zip(n) {
                *sum += n;
            }
        }
        let mut rules: Vec<(&str, [u64; 4])> = by_rule.into_iter().collect();
        rules.sort_by_key(|(name, n)| (u64::MAX - n[1], *name));
        if rules.len() < 2 {
            return None;
        }
        let bars: Vec<Bar> = rules
            .iter()
            .take(DRAWN)
            .map(|(name, n)| Bar {
                label: (*name).to_owned(),
                parts: n.iter().map(|n| *n as f64).collect(),
                text: format!("{} of {}", words::thousands(n[1]), words::thousands(n.iter().sum())),
            })
            .collect();
        let named: Vec<String> = bars.iter().take(6).map(|b| format!("{} {}", b.label, b.text)).collect();
        Some(Chart {
            id: "soc2-config-rules".to_owned(),
            title: "Resources by result of AWS Config rules".to_owned(),
            caption: "Rules that apply the same managed rule are drawn together; the figure is of resources NON_COMPLIANT.".to_owned(),
            alt: format!("NON_COMPLIANT resources by rule: {}.", named.join("; ")),
            unit: "resources".to_owned(),
            half: false,
            data: ChartData::Bars {
                series: TYPES
                    .iter()
                    .zip([Tone::Good, Tone::Critical, Tone::C3, Tone::None])
                    .map(|(t, tone)| SeriesKey::new(*t, tone))
                    .collect(),
                bars,
            },
        })
    }
}

/// Resources that are NON_COMPLIANT at the as-of date.
fn open(input: &Input<'_>) -> Result<Table, EvaluateError> {
    let from = format!("FROM ({LATEST}) AS latest WHERE compliance_type = 'NON_COMPLIANT'");
    let grid = input.sql(
        "resources against rules",
        &format!(
            "SELECT account_id, region, rule_name, resource_type, resource_id, recorded_at {from} \
             ORDER BY recorded_at NULLS LAST, rule_name, account_id, region, resource_type, resource_id LIMIT {SHOWN}"
        ),
    )?;
    let total = input.sql("resources against rules in all", &format!("SELECT CAST(COUNT(*) AS BIGINT) AS resources {from}"))?;
    let mut table = Table::new(
        "soc2-config-noncompliant",
        "Resources whose last result is NON_COMPLIANT, the oldest first",
        vec![
            Column::date("Recorded"),
            Column::code("Rule"),
            Column::code("Type"),
            Column::code("Resource"),
            Column::text("Account and Region"),
        ],
    )
    .or_empty("No resource has NON_COMPLIANT as its last result.");
    for r in Row::all(&grid) {
        table.push(vec![
            Cell::text(r.moment(input, "recorded_at")),
            Cell::text(r.text("rule_name")),
            Cell::text(r.text("resource_type")),
            Cell::text(r.text("resource_id")),
            Cell::text(format!("{} {}", input.account(&r.text("account_id")), r.text("region")))
                .about(Facet::Account, [r.text("account_id")])
                .about(Facet::Region, [r.text("region")]),
        ]);
    }
    table.total = Row::all(&total).next().map_or(0, |r| r.count("resources"));
    table.workpaper = input.workpaper("config-rule-noncompliance");
    Ok(table)
}
