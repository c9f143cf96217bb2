//! The matrix: criterion, client control, our test, result, evidence. SOC 2 tests the client's controls; without them the
//! records bearing on each criterion are listed, and nothing is a test of a control.

use std::collections::{BTreeMap, BTreeSet};

use super::super::questions::piece::Piece;
use super::super::{Input, words};
use super::cells;
use super::clients::{self, Client, clients};
use crate::catalogue::frameworks::{Automation, TrustCriterion};
use crate::catalogue::{Kind, nearest};
use crate::engagement::Examination;
use crate::evaluate::EvaluateError;
use crate::outcome::{Extent, Outcome};
use crate::reason::Reason;
use crate::report::model::{
    Bar, Cell, Chart, ChartData, Column, ControlResult, Limitation, SeriesKey, Statement, StatementTone, Table, Tone,
};
use crate::report::tables::{self, MatrixLine};

/// What the section takes from here.
pub struct Matrix {
    /// The matrix.
    pub table: Table,
    /// Per criterion.
    pub criteria: Table,
    /// Per control of the client; empty without any.
    pub clients: Table,
    /// Whether there are client controls.
    pub has_client_controls: bool,
    /// What a reader must know of it.
    pub statements: Vec<Statement>,
    /// Tests by criterion and result.
    pub chart: Option<Chart>,
}

/// Builds it.
///
/// # Errors
/// When a query of ours fails.
pub fn matrix(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    categories: &[&str],
    limitations: &[Limitation],
) -> Result<Matrix, EvaluateError> {
    let (of_client, mut statements) = clients(input)?;
    let has = !of_client.is_empty();
    let criteria: Vec<&TrustCriterion> =
        input.catalogue.frameworks.criteria.iter().filter(|c| categories.contains(&c.examined_with())).collect();
    let bears = Bears::of(input);
    let mut lines: Vec<(MatrixLine, Patch)> = Vec::new();
    for c in &criteria {
        if has {
            for client in of_client.iter().filter(|k| k.criteria.contains(&c.id)) {
                lines.extend(tested(input, controls, c, client, &bears));
            }
        } else {
            lines.extend(bearing(controls, c, &bears));
        }
    }
    let table = with_patches(tables::soc2_matrix(&lines.iter().map(|(l, _)| l.clone()).collect::<Vec<_>>(), has), &lines, has);
    if has {
        statements.extend(about(input, controls, &of_client, &criteria, &lines));
    }
    Ok(Matrix {
        table,
        criteria: criteria_table(controls, &criteria, &of_client, &bears, has),
        clients: clients::table(controls, &of_client, limitations),
        has_client_controls: has,
        chart: chart(controls, &criteria, &of_client, &bears),
        statements,
    })
}

/// Ids that bear on each criterion directly, or as context.
struct Bears {
    direct: BTreeMap<String, Vec<String>>,
    context: BTreeMap<String, BTreeSet<String>>,
}

impl Bears {
    /// From what the entries name, the user's own among them.
    fn of(input: &Input<'_>) -> Self {
        let catalogue = input.catalogue;
        let mut direct: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut context: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let entries = catalogue
            .controls
            .values()
            .map(|c| (&c.id, &c.criteria, &c.context))
            .chain(catalogue.metrics.values().map(|m| (&m.id, &m.criteria, &m.context)))
            .chain(catalogue.extracts.values().map(|x| (&x.id, &x.criteria, &x.context)));
        for (id, named, around) in entries {
            for criterion in named.iter().filter_map(|c| c.strip_prefix("soc2:")) {
                direct.entry(criterion.to_owned()).or_default().push(id.clone());
            }
            for criterion in around.iter().filter_map(|c| c.strip_prefix("soc2:")) {
                context.entry(criterion.to_owned()).or_default().insert(id.clone());
            }
        }
        Self { direct, context }
    }

    fn direct(&self, criterion: &str) -> &[String] {
        self.direct.get(criterion).map_or(&[], Vec::as_slice)
    }

    /// Direct controls with their results, most severe first.
    fn controls<'c>(&self, controls: &'c BTreeMap<String, ControlResult>, criterion: &str) -> Vec<&'c ControlResult> {
        let mut own: Vec<&ControlResult> = self.direct(criterion).iter().filter_map(|id| controls.get(id)).collect();
        own.sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
        own
    }
}

/// What a line prints where our table of controls has no word for it.
#[derive(Clone, Default)]
struct Patch {
    link: String,
    result: String,
}

fn detail(c: &ControlResult, context: bool) -> String {
    if c.result == Outcome::NotTested {
        return c.extent_reasons.first().cloned().unwrap_or_default();
    }
    let n = &c.counts;
    let mut text = format!("{} of {}", words::thousands(n.exceptions), words::thousands(n.population));
    if n.waived > 0 {
        text.push_str(&format!(", {} waived", words::thousands(n.waived)));
    }
    if n.undetermined > 0 {
        text.push_str(&format!(", {} undetermined", words::thousands(n.undetermined)));
    }
    text.push_str(&format!("; {}", c.extent.word()));
    // One reason here; the control prints them all.
    if c.extent == Extent::Partial
        && let Some(first) = c.reasons.iter().find(|r| !matches!(r, Reason::Undecided { .. }))
    {
        text.push_str(&format!(": {}", first.in_short()));
    }
    if !c.period_note.is_empty() {
        text.push_str(&format!("; {}", c.period_note));
    }
    if context {
        text.push_str("; in our mapping context for this criterion only");
    }
    text
}

/// A client control under a criterion: a line for each test it names.
fn tested(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    c: &TrustCriterion,
    client: &Client,
    bears: &Bears,
) -> Vec<(MatrixLine, Patch)> {
    let line = |test: &str, title: String| MatrixLine {
        criterion: c.id.clone(),
        client_control: client.id.clone(),
        client_text: client.text.clone(),
        test: test.to_owned(),
        test_title: title,
        ..MatrixLine::default()
    };
    if client.tests.is_empty() {
        return vec![(
            MatrixLine { detail: c.manual_source.clone(), ..line("", "The engagement names no test of ours".to_owned()) },
            Patch::default(),
        )];
    }
    client
        .tests
        .iter()
        .map(|id| {
            let context = !bears.direct(&c.id).contains(id) && bears.context.get(&c.id).is_some_and(|s| s.contains(id));
            if let Some(found) = controls.get(id) {
                let evidence = found.workpaper.clone().unwrap_or_default();
                let line = MatrixLine { result: found.result, detail: detail(found, context), evidence, ..line(id, found.title.clone()) };
                return (line, Patch::default());
            }
            let Some(piece) = Piece::of(input, controls, id) else {
                let near = nearest(id, input.catalogue.ids().into_iter());
                let detail = format!("no control, metric or extract has this id; the nearest is {near}");
                let patch = Patch { result: Outcome::NotTested.words().to_owned(), ..Patch::default() };
                return (MatrixLine { detail, ..line("", format!("{id}: no such test")) }, patch);
            };
            // A measure or an extract says what happened; it is no test with exceptions.
            let word =
                if piece.is_delivered() { if piece.href.starts_with("metric:") { "measured" } else { "listed" } } else { "not tested" };
            let extent = if piece.is_delivered() {
                format!("{}; {}", piece.text, piece.extent.word())
            } else {
                piece.reasons.first().map(Reason::to_string).unwrap_or_default()
            };
            let line = MatrixLine { detail: extent, evidence: input.workpaper(id).unwrap_or_default(), ..line("", piece.title.clone()) };
            (line, Patch { link: piece.href, result: word.to_owned() })
        })
        .collect()
}

/// Without client controls: what bears on the criterion, exceptions one by one, the rest in a line each.
fn bearing(controls: &BTreeMap<String, ControlResult>, c: &TrustCriterion, bears: &Bears) -> Vec<(MatrixLine, Patch)> {
    let own = bears.controls(controls, &c.id);
    let line = |title: String| MatrixLine { criterion: c.id.clone(), test_title: title, ..MatrixLine::default() };
    if own.is_empty() {
        let title = if c.automation == Automation::None { "No export bears on it" } else { "No test of this version bears on it directly" };
        return vec![(MatrixLine { detail: format!("look to: {}", c.manual_source), ..line(title.to_owned()) }, Patch::default())];
    }
    let mut lines: Vec<(MatrixLine, Patch)> = own
        .iter()
        .filter(|r| r.result == Outcome::ExceptionsNoted)
        .map(|r| {
            let found = MatrixLine {
                test: r.id.clone(),
                result: r.result,
                detail: detail(r, false),
                evidence: r.workpaper.clone().unwrap_or_default(),
                ..line(r.title.clone())
            };
            (found, Patch::default())
        })
        .collect();
    for (outcomes, what) in [
        (&[Outcome::NoExceptionsNoted, Outcome::NoOccurrences][..], "without exceptions or occurrences"),
        (&[Outcome::NotTested][..], "not tested"),
    ] {
        let rest: Vec<String> = own.iter().filter(|r| outcomes.contains(&r.result)).map(|r| r.id.clone()).collect();
        if !rest.is_empty() {
            let found = MatrixLine {
                detail: cells::some(&rest, 6),
                ..line(format!("{} {what}", words::count(rest.len() as u64, "record set", "record sets")))
            };
            lines.push((found, Patch { link: String::new(), result: outcomes[0].words().to_owned() }));
        }
    }
    lines
}

/// Sets links and words of lines that are no controls.
fn with_patches(mut table: Table, lines: &[(MatrixLine, Patch)], has: bool) -> Table {
    let test = if has { 2 } else { 1 };
    for (row, (_, patch)) in table.rows.iter_mut().zip(lines) {
        if !patch.link.is_empty()
            && let Some(cell) = row.get_mut(test)
        {
            cell.href = Some(patch.link.clone());
        }
        if !patch.result.is_empty()
            && let Some(cell) = row.get_mut(test + 1)
        {
            *cell = Cell::text(&patch.result);
        }
    }
    table
}

fn criteria_table(
    controls: &BTreeMap<String, ControlResult>,
    criteria: &[&TrustCriterion],
    clients: &[Client],
    bears: &Bears,
    has: bool,
) -> Table {
    let mut columns = vec![Column::code("Criterion"), Column::text("Subject"), Column::text("Reach of exports")];
    if has {
        columns.push(Column::number("Client controls"));
    }
    columns.extend([
        Column::number(if has { "Tests" } else { "Records examined" }),
        Column::number("Exceptions noted"),
        Column::number("No exceptions"),
        Column::number("Not tested"),
        Column::text("Elsewhere"),
    ]);
    let caption = if has {
        "Criteria in scope: the client's controls named for each, and the tests these name"
    } else {
        "Criteria in scope, and the controls of this catalogue that bear on each directly"
    };
    let mut table = Table::new("soc2-criteria", caption, columns).or_empty("No criterion is in scope.");
    for c in criteria {
        let own: Vec<&Client> = clients.iter().filter(|k| k.criteria.contains(&c.id)).collect();
        let tests = tests(controls, c, clients, bears);
        let count = |outcomes: &[Outcome]| Cell::count(tests.iter().filter(|t| outcomes.contains(&t.result)).count() as u64);
        let mut row = vec![
            Cell::text(&c.id),
            Cell::text(&c.title),
            Cell::text(match c.automation {
                Automation::None => "none",
                Automation::Weak => "weak",
                Automation::Partial => "partial",
                Automation::Strong => "strong",
            }),
        ];
        if has {
            row.push(Cell::count(own.len() as u64));
        }
        row.extend([
            Cell::count(tests.len() as u64),
            count(&[Outcome::ExceptionsNoted]),
            count(&[Outcome::NoExceptionsNoted, Outcome::NoOccurrences]),
            count(&[Outcome::NotTested]),
            Cell::text(if c.automation == Automation::Strong { "" } else { c.manual_source.as_str() }),
        ]);
        table.push(row);
    }
    table.interactive = table.rows.len() > 12;
    table
}

/// Controls tested under a criterion: those the client's controls name; without client controls, those that bear on it.
fn tests<'c>(
    controls: &'c BTreeMap<String, ControlResult>,
    c: &TrustCriterion,
    clients: &[Client],
    bears: &Bears,
) -> Vec<&'c ControlResult> {
    if clients.is_empty() {
        return bears.controls(controls, &c.id);
    }
    let ids: BTreeSet<&String> = clients.iter().filter(|k| k.criteria.contains(&c.id)).flat_map(|k| &k.tests).collect();
    ids.into_iter().filter_map(|id| controls.get(id)).collect()
}

/// What is wrong or missing in the client's matrix, and what its results come to.
fn about(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    clients: &[Client],
    criteria: &[&TrustCriterion],
    lines: &[(MatrixLine, Patch)],
) -> Vec<Statement> {
    let mut all = Vec::new();
    let ids = input.catalogue.ids();
    let distinct: BTreeSet<&String> =
        clients.iter().filter(|k| k.criteria.iter().any(|c| criteria.iter().any(|x| x.id == *c))).flat_map(|k| &k.tests).collect();
    let tests: Vec<&ControlResult> = distinct.iter().filter_map(|id| controls.get(*id)).collect();
    let count = |o: Outcome| tests.iter().filter(|t| t.result == o).count() as u64;
    let config = tests
        .iter()
        .filter(|t| {
            t.result != Outcome::NotTested
                && input.catalogue.controls.get(&t.id).is_some_and(|c| c.origin.kind == Kind::Config && c.select.is_none())
        })
        .count() as u64;
    let asked: BTreeSet<&str> = lines.iter().map(|(l, _)| l.client_control.as_str()).collect();
    let others = distinct.iter().filter(|id| ids.contains(id.as_str()) && !controls.contains_key(**id)).count() as u64;
    let others =
        if others > 0 { format!(" and {}", words::count(others, "measure or extract", "measures or extracts")) } else { String::new() };
    let mut text = format!(
        "{} of the client in scope, {} of ours{others}: exceptions noted in {}, none noted in {}, no occurrences in {}, not tested {}.",
        words::count(asked.len() as u64, "control", "controls"),
        words::count(tests.len() as u64, "test", "tests"),
        words::thousands(count(Outcome::ExceptionsNoted)),
        words::thousands(count(Outcome::NoExceptionsNoted)),
        words::thousands(count(Outcome::NoOccurrences)),
        words::thousands(count(Outcome::NotTested)),
    );
    if config > 0 && input.period.examination == Examination::Type2 {
        text.push_str(&format!(
            " {} configuration as at {}: not evidence of operation through the period.",
            if config == 1 { "One test reads".to_owned() } else { format!("{} tests read", words::thousands(config)) },
            input.period.as_of_text
        ));
    }
    all.push(Statement::plain(text));
    let without: Vec<String> =
        criteria.iter().filter(|c| !clients.iter().any(|k| k.criteria.contains(&c.id))).map(|c| c.id.clone()).collect();
    if !without.is_empty() {
        all.push(Statement::plain(format!("Criteria in scope for which no control of the client is named: {}.", without.join(", "))));
    }
    let frameworks = &input.catalogue.frameworks;
    for k in clients {
        for test in k.tests.iter().filter(|t| !ids.contains(t.as_str())) {
            all.push(Statement::new(
                StatementTone::Warning,
                "A test that does not exist",
                format!(
                    "Client control {} names {test}; no control, metric or extract has this id. The nearest is {}.",
                    k.id,
                    nearest(test, ids.iter().copied())
                ),
            ));
        }
        for criterion in &k.criteria {
            if !frameworks.has_trust_criterion(criterion) {
                all.push(Statement::new(
                    StatementTone::Warning,
                    "A criterion that does not exist",
                    format!("Client control {} names {criterion}; the nearest is {}.", k.id, frameworks.nearest_trust_criterion(criterion)),
                ));
            } else if !criteria.iter().any(|c| c.id == *criterion) {
                all.push(Statement::plain(format!(
                    "Client control {} names {criterion}, whose category is not in scope: it is left out there.",
                    k.id
                )));
            }
        }
        if k.criteria.is_empty() {
            all.push(Statement::new(
                StatementTone::Warning,
                "A control without a criterion",
                format!("Client control {} names no criterion and stands nowhere in the matrix.", k.id),
            ));
        }
    }
    all
}

/// Tests by criterion and result; criteria without a test are left out.
#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn chart(controls: &BTreeMap<String, ControlResult>, criteria: &[&TrustCriterion], clients: &[Client], bears: &Bears) -> Option<Chart> {
    let outcomes = [Outcome::ExceptionsNoted, Outcome::NoExceptionsNoted, Outcome::NoOccurrences, Outcome::NotTested];
    let bars: Vec<Bar> = criteria
        .iter()
        .filter_map(|c| {
            let tests = tests(controls, c, clients, bears);
            let parts: Vec<f64> = outcomes.iter().map(|o| tests.iter().filter(|t| t.result == *o).count() as f64).collect();
            (!tests.is_empty()).then(|| Bar {
                label: format!("{} {}", c.id, c.title),
                parts,
                text: words::count(tests.len() as u64, "test", "tests"),
            })
        })
        .collect();
    let is_tested = |bar: &Bar| bar.parts.iter().take(outcomes.len() - 1).any(|n| *n > 0.0);
    if !bars.iter().any(is_tested) {
        return None;
    }
    let named: Vec<String> = bars.iter().take(6).map(|b| format!("{} {} with exceptions of {}", b.label, b.parts[0], b.text)).collect();
    Some(Chart {
        id: "soc2-criteria".to_owned(),
        title: "Tests by criterion and result".to_owned(),
        caption: "A test counts under each criterion it is named for. Criteria without a test are left out.".to_owned(),
        alt: format!("Tests by criterion: {}.", named.join("; ")),
        unit: "tests".to_owned(),
        half: false,
        data: ChartData::Bars {
            series: outcomes
                .iter()
                .zip([Tone::Critical, Tone::Good, Tone::C3, Tone::None])
                .map(|(o, tone)| SeriesKey::new(o.words(), tone))
                .collect(),
            bars,
        },
    })
}
