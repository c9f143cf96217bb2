//! Workpapers of rows: exceptions, undetermined rows, extracts, inputs, rejects.

use std::collections::BTreeMap;
use std::path::Path;

use super::xlsx::{self, Sheet};
use super::{WorkpaperError, csv};
use crate::base::parallel::on_all_cores;
use crate::base::time;
use crate::catalogue::Catalogue;
use crate::evaluate::{self, Evaluation, Grid, Rows, Tables, Value};
use crate::facts::integrity::Integrity;
use crate::reason;
use crate::store::Store;

/// Workpapers written: path below the report's folder, title, rows.
pub type Written = BTreeMap<String, (String, u64)>;

/// Writes all workpapers of rows into `folder`/workpapers.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, catalogue: &Catalogue, evaluation: &Evaluation, store: &Store) -> Result<Written, WorkpaperError> {
    let papers = folder.join("workpapers");
    std::fs::create_dir_all(&papers).map_err(|e| WorkpaperError::io(&papers, e))?;
    let mut written = Written::new();
    findings(&papers, catalogue, evaluation, &mut written)?;
    let exceptions = |id: &String| catalogue.controls.get(id).map_or(String::new(), |c| format!("Exceptions: {}", c.finding));
    let controls = evaluation.controls.iter().filter_map(|(id, run)| Some((id, exceptions(id), run.frame.as_ref()?)));
    let extracted = |id: &String| catalogue.extracts.get(id).map_or(String::new(), |x| x.title.clone());
    let extracts = evaluation
        .extracts
        .iter()
        .filter(|(id, _)| catalogue.extracts.contains_key(*id))
        .filter_map(|(id, run)| Some((id, extracted(id), run.frame.as_ref()?)));
    let tables: Vec<_> = controls.chain(extracts).filter(|(.., frame)| frame.height() > 0).collect();
    for result in on_all_cores(&tables, |(id, title, frame)| table(&papers, id, title, frame)) {
        written.extend(result?);
    }
    inputs(&papers, store, &mut written)?;
    Ok(written)
}

/// One result as CSV and Parquet.
fn table(papers: &Path, id: &str, title: &str, frame: &Rows) -> Result<Written, WorkpaperError> {
    let parquet = papers.join(format!("{id}.parquet"));
    evaluate::write_parquet(frame, &parquet)?;
    let path = papers.join(format!("{id}.csv"));
    let grid = Grid::of(frame, usize::MAX).map_err(|e| WorkpaperError::Write { path: path.clone(), why: e.to_string() })?;
    let columns: Vec<&str> = grid.columns.iter().map(String::as_str).collect();
    let rows = csv::write(&path, &columns, grid.rows.iter().map(|r| r.iter().map(Value::to_text).collect()))?;
    Ok(["csv", "parquet"].into_iter().map(|kind| (format!("workpapers/{id}.{kind}"), (title.to_owned(), rows))).collect())
}

const EXCEPTIONS: [&str; 18] = [
    "control",
    "severity",
    "pillar",
    "account_id",
    "region",
    "kind",
    "resource",
    "name",
    "time",
    "reason",
    "evidence_row",
    "arn",
    "principal",
    "session_name",
    "person",
    "actor_class",
    "actor_grade",
    "chain",
];

/// Every exception of every control.
fn exception_rows<'e>(catalogue: &'e Catalogue, evaluation: &'e Evaluation) -> impl Iterator<Item = Vec<String>> + 'e {
    evaluation.controls.iter().flat_map(|(id, run)| {
        let (severity, pillar) = catalogue.controls.get(id).map_or(("", ""), |c| (c.severity.word(), c.pillar.as_str()));
        run.rows.iter().map(move |r| {
            let who = r.who.clone().unwrap_or_default();
            vec![
                id.clone(),
                severity.to_owned(),
                pillar.to_owned(),
                r.account.clone(),
                r.region.clone(),
                r.kind.clone(),
                r.resource.clone(),
                r.name.clone(),
                r.time.map(time::rfc3339).unwrap_or_default(),
                r.reason.clone(),
                r.record.map_or(String::new(), |n| format!("{}:{n}", r.file_id)),
                r.arn.clone(),
                r.principal.clone(),
                r.session.clone(),
                who.person,
                who.class,
                who.grade,
                who.chain,
            ]
        })
    })
}

const UNDETERMINED: [&str; 5] = ["control", "account_id", "region", "resource", "reason"];

/// Every row that could not be decided.
fn undetermined_rows(evaluation: &Evaluation) -> impl Iterator<Item = Vec<String>> + '_ {
    evaluation.controls.iter().flat_map(|(id, run)| {
        run.undetermined_rows
            .iter()
            .map(move |r| vec![id.clone(), r.account.clone(), r.region.clone(), r.resource.clone(), r.reason.to_string()])
    })
}

/// Exceptions and undetermined rows as CSV, and both in a workbook behind a sheet of the controls.
fn findings(papers: &Path, catalogue: &Catalogue, evaluation: &Evaluation, written: &mut Written) -> Result<(), WorkpaperError> {
    const CONTROLS: [&str; 11] = [
        "control",
        "title",
        "pillar",
        "severity",
        "result",
        "extent",
        "population",
        "exceptions",
        "undetermined",
        "why_not_full",
        "criteria",
    ];
    let count = csv::write(&papers.join("exceptions.csv"), &EXCEPTIONS, exception_rows(catalogue, evaluation))?;
    written.insert("workpapers/exceptions.csv".to_owned(), ("Every exception of every control".to_owned(), count));
    let count = csv::write(&papers.join("undetermined.csv"), &UNDETERMINED, undetermined_rows(evaluation))?;
    written.insert("workpapers/undetermined.csv".to_owned(), ("Every row that could not be decided, with the reason".to_owned(), count));
    let controls = evaluation.controls.iter().filter_map(|(id, run)| {
        let c = catalogue.controls.get(id)?;
        Some(vec![
            id.clone(),
            c.title.clone(),
            c.pillar.clone(),
            c.severity.word().to_owned(),
            run.outcome.words().to_owned(),
            run.extent.word().to_owned(),
            run.population.to_string(),
            run.exceptions.to_string(),
            run.undetermined.to_string(),
            reason::sentences(&run.reasons).join("; "),
            c.criteria.join(", "),
        ])
    });
    let sheets = vec![
        Sheet {
            name: "Controls",
            columns: &CONTROLS,
            numbers: &["population", "exceptions", "undetermined"],
            rows: Box::new(controls),
            all: "report.json",
        },
        Sheet {
            name: "Exceptions",
            columns: &EXCEPTIONS,
            numbers: &[],
            rows: Box::new(exception_rows(catalogue, evaluation)),
            all: "exceptions.csv",
        },
        Sheet {
            name: "Undetermined",
            columns: &UNDETERMINED,
            numbers: &[],
            rows: Box::new(undetermined_rows(evaluation)),
            all: "undetermined.csv",
        },
    ];
    let count = xlsx::write(&papers.join("exceptions.xlsx"), sheets)?;
    let title = "Controls with their results, exceptions and undetermined rows as a workbook";
    written.insert("workpapers/exceptions.xlsx".to_owned(), (title.to_owned(), count));
    Ok(())
}

fn inputs(papers: &Path, store: &Store, written: &mut Written) -> Result<(), WorkpaperError> {
    const COLUMNS: [&str; 15] = [
        "file_id",
        "path",
        "sha256",
        "bytes",
        "format",
        "evidence_grade",
        "evidence_limits",
        "read",
        "kept",
        "duplicate",
        "out_of_scope",
        "rejected",
        "first_time",
        "last_time",
        "notes",
    ];
    let files = store.manifest.files.values();
    let when = |t: Option<i64>| t.map(time::rfc3339).unwrap_or_default();
    let rows = files.clone().flat_map(|f| {
        f.paths.iter().enumerate().map(move |(n, path)| {
            // The same bytes under a second name are copies, all of them.
            let (kept, duplicate, out, rejected) =
                if n == 0 { (f.kept, f.duplicate, f.out_of_scope, f.rejected) } else { (0, f.read, 0, 0) };
            let notes: Vec<String> = f.notes.iter().map(ToString::to_string).chain(f.out_of_scope_reason.clone()).collect();
            vec![
                f.file_id.clone(),
                path.clone(),
                f.sha256.clone(),
                f.bytes.to_string(),
                f.format.label().to_owned(),
                f.format.evidence().0.word().to_owned(),
                f.format.evidence().1.to_owned(),
                f.read.to_string(),
                kept.to_string(),
                duplicate.to_string(),
                out.to_string(),
                rejected.to_string(),
                when(f.first_time),
                when(f.last_time),
                notes.join("; "),
            ]
        })
    });
    let count = csv::write(&papers.join("input-files.csv"), &COLUMNS, rows)?;
    written.insert(
        "workpapers/input-files.csv".to_owned(),
        ("Every file offered, with its hash and the account of its records".to_owned(), count),
    );
    let rows = files.flat_map(|f| {
        f.rejects.iter().map(move |r| {
            vec![
                f.file_id.clone(),
                f.paths[0].clone(),
                r.record.to_string(),
                r.byte_offset.map(|o| o.to_string()).unwrap_or_default(),
                r.reason.clone(),
            ]
        })
    });
    let count = csv::write(&papers.join("rejected-records.csv"), &["file_id", "path", "record", "byte_offset", "reason"], rows)?;
    written.insert("workpapers/rejected-records.csv".to_owned(), ("Every record that was not understood".to_owned(), count));
    Ok(())
}

/// Writes the chains of digest files and the findings about them, where there are digests or sign files.
///
/// # Errors
/// When a file cannot be written.
pub fn integrity(folder: &Path, tables: &Tables<'_>, found: &Integrity, written: &mut Written) -> Result<(), WorkpaperError> {
    if found.is_empty() {
        return Ok(());
    }
    let papers = folder.join("workpapers");
    for (name, id, title) in [
        ("integrity_chains", "integrity-chains", "Every chain of digest files and what was verified of it"),
        ("integrity_findings", "integrity-checks", "Everything that the verification of log files brought up"),
    ] {
        written.extend(table(&papers, id, title, &tables.frame(name)?)?);
    }
    Ok(())
}

/// Path and title of the workpaper of practices.
pub const PRACTICES: (&str, &str) = ("workpapers/well-architected-practices.csv", "Every Well-Architected practice with what bears on it");

/// Writes the practices: practice, pillar, title, published risk, status, what bears on it.
///
/// # Errors
/// When the file cannot be written.
pub fn practices(folder: &Path, rows: &[[String; 6]]) -> Result<(), WorkpaperError> {
    const COLUMNS: [&str; 6] = ["practice", "pillar", "title", "published_risk", "status", "evidence"];
    csv::write(&folder.join(PRACTICES.0), &COLUMNS, rows.iter().map(|r| r.to_vec()))?;
    Ok(())
}
