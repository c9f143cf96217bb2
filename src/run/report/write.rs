//! Writes the files of the report: workpapers, the report in its formats, and what accounts for all of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::json;

use super::results::Results;
use crate::base::parallel::both;
use crate::base::shown;
use crate::catalogue::topics::Topic;
use crate::cli::Report as Options;
use crate::facts::changes::{Change, Key};
use crate::findings::Status;
use crate::report as render;
use crate::report::assemble::{self, PracticeLine};
use crate::report::comparison::{self, Issued};
use crate::report::model::{Piece, Report};
use crate::report::templates::Templates;
use crate::report::{Document, FewWords, ReportError, Wording};
use crate::run::compare;
use crate::store::Store;
use crate::workpapers::{self, ocsf, register, rows, views};

/// Workpapers that were written, and what was read with them.
pub struct Papers {
    /// By path below the report's folder: title and number of rows.
    written: BTreeMap<String, (String, u64)>,
    changes: BTreeMap<Key, Change>,
}

/// Writes the workpapers that need no report, and the views over the evidence.
///
/// # Errors
/// When a file cannot be written, or the events not be read.
pub fn workpapers(folder: &Path, results: &Results<'_>) -> anyhow::Result<Papers> {
    let Results { catalogue, store, opened, evaluation, findings, answers, .. } = results;
    let (changes, written) = both(
        || -> anyhow::Result<_> {
            views::write(folder, catalogue, store, &opened.tables, evaluation)?;
            results.last_changes()
        },
        || rows::write(folder, catalogue, evaluation, store),
    );
    let (changes, mut written) = (changes?, written?);
    rows::integrity(folder, &opened.tables, &opened.integrity, &mut written)?;
    let practices = catalogue.frameworks.well_architected.iter().map(|question| question.practices.len() as u64).sum();
    written.insert(rows::PRACTICES.0.to_owned(), (rows::PRACTICES.1.to_owned(), practices));
    let rows = (findings.len() + answers.strays.len()) as u64;
    written.extend(
        [register::CSV, register::XLSX, register::JSON, ocsf::OCSF].map(|(name, title)| (name.to_owned(), (title.to_owned(), rows))),
    );
    Ok(Papers { written, changes })
}

/// Assembles the report and writes it in its formats, with the workpaper of practices, which takes its answers.
///
/// # Errors
/// When a query fails, a template cannot be rendered or a file not be written.
pub fn report(
    folder: &Path,
    results: &Results<'_>,
    papers: &Papers,
    (templates, wording): (&Templates, &Wording),
    binary: String,
    baseline: Option<Issued>,
) -> anyhow::Result<Report> {
    let input = results.input(&papers.changes, &papers.written, templates, wording, binary);
    let mut report = assemble::assemble(&input)?;
    let few_words = FewWords::new(&report, templates, &results.catalogue.topics)?;
    let practices: Result<Vec<[String; 6]>, ReportError> = assemble::practices(&input, &report)
        .into_iter()
        .map(|PracticeLine { cells: [practice, pillar, title, risk, status], evidence }| {
            let said = |piece: &Piece| Ok(format!("{}: {}", piece.id, few_words.of(piece)?));
            let said: Result<Vec<String>, ReportError> = evidence.iter().map(said).collect();
            Ok([practice, pillar, title, risk, status, said?.join("; ")])
        })
        .collect();
    rows::practices(folder, &practices?)?;
    if let Some(baseline) = baseline {
        against(folder, &mut report, baseline, (templates, wording))?;
    }
    let mut register = assemble::register(&input)?;
    // What became of a finding since the earlier report stands in the register, too.
    let status: BTreeMap<&str, Status> = report.findings.iter().filter_map(|line| Some((line.id.as_str(), line.status?))).collect();
    for entry in &mut register.findings {
        entry.status = status.get(entry.id.as_str()).copied().unwrap_or(entry.status);
    }
    register::write(folder, &register, &results.answers.added, results.opened.period.as_of)?;
    rendered(folder, &report, templates, &results.catalogue.topics)?;
    Ok(report)
}

/// Compares the report with an earlier one, and writes the comparison beside it.
fn against(folder: &Path, report: &mut Report, baseline: Issued, (templates, wording): (&Templates, &Wording)) -> anyhow::Result<()> {
    // Read back as any report is, so that both are compared by what a reader of the file sees.
    let mut own = Issued::parse(&serde_json::to_vec(report)?)?;
    // The file that will be written holds the findings' statuses, too, so its hash is not known yet.
    own.sha256.clear();
    let reports = vec![baseline, own];
    let names = compare::names(&reports);
    let comparison = comparison::compare(reports);
    comparison::apply(report, &comparison, templates, wording)?;
    compare::write(folder, &comparison, &names, templates)
}

fn rendered(folder: &Path, report: &Report, templates: &Templates, topics: &BTreeMap<String, Topic>) -> anyhow::Result<()> {
    let rendered = render::render_with(report, templates, topics)?;
    let put = |name: &str, text: &[u8]| std::fs::write(folder.join(name), text).with_context(|| format!("{name} cannot be written"));
    for (document, page) in [(Document::Report, &rendered.report), (Document::Annex, &rendered.annex)] {
        put(document.template(), page.markdown.as_bytes())?;
        put(document.page(), page.html.as_bytes())?;
    }
    put("report.json", &serde_json::to_vec_pretty(report)?)?;
    std::fs::create_dir_all(folder.join("charts"))?;
    for (id, svg) in &rendered.charts {
        put(&format!("charts/{id}.svg"), svg.as_bytes())?;
    }
    Ok(())
}

/// Accounts for all that was written, and for the run itself.
///
/// # Errors
/// When a file cannot be read or written.
pub fn package(folder: &Path, store: &Store, options: &Options, started: Instant) -> anyhow::Result<()> {
    workpapers::package::write(folder, store)?;
    run(folder, options, started)
}

/// What is not the same from run to run.
#[expect(clippy::disallowed_methods, reason = "the time of the run stands here and nowhere else")]
fn run(folder: &Path, options: &Options, started: Instant) -> anyhow::Result<()> {
    let run = json!({
        "finished": jiff::Timestamp::now().to_string(),
        "seconds": started.elapsed().as_secs_f64(),
        "version": env!("CARGO_PKG_VERSION"),
        "inputs": options.inputs.iter().map(|path| shown::name(path.as_os_str())).collect::<Vec<_>>(),
        "stores": options.store.iter().map(|path| shown::name(path.as_os_str())).collect::<Vec<_>>(),
        "out": shown::name(options.out.as_os_str()),
    });
    std::fs::write(folder.join("run.json"), serde_json::to_vec_pretty(&run)?)?;
    Ok(())
}
