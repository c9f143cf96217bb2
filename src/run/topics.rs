//! `topics`: the sections of the report that are Markdown with SQL.

use std::path::Path;
use std::process::ExitCode;

use super::help::Advice;
use super::place;
use super::screen;
use crate::base::nearest::nearest;
use crate::catalogue::Catalogue;
use crate::catalogue::topics::embedded;
use crate::cli::{Global, Topics};
use crate::engagement::Engagement;
use crate::report::templates::Templates;
use crate::report::topics;

/// The first and the last day of the period of cases.
pub(super) const PERIOD: (&str, &str) = ("2024-04-01", "2024-06-30");

/// Runs `topics`.
///
/// # Errors
/// When a topic cannot be used, an id is unknown, or files cannot be written.
pub fn run(options: &Topics, global: &Global) -> anyhow::Result<ExitCode> {
    match options {
        Topics::List { templates } => list(&usable(global, templates.as_deref())?)?,
        Topics::Show { id, templates } => {
            let catalogue = usable(global, templates.as_deref())?;
            let topic = catalogue.topics.get(id).ok_or_else(|| unknown(id, catalogue.topics.keys().map(String::as_str)))?;
            screen::out(&topic.source)?;
        }
        Topics::Export { folder, ids } => export(folder, ids)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The catalogue with topics whose names are all there.
fn usable(global: &Global, templates: Option<&Path>) -> anyhow::Result<Catalogue> {
    let catalogue = super::inputs::catalogue_with(global, templates)?;
    topics::check(&catalogue)?;
    Ok(catalogue)
}

fn list(catalogue: &Catalogue) -> anyhow::Result<()> {
    let columns = ["topic", "title", "queries", "statements", "charts", "cases", "from"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = catalogue
        .topics
        .values()
        .map(|t| {
            let numbers = [t.queries.len(), t.statements.len(), t.charts.len(), t.cases.len()].map(|n| n.to_string());
            let from = if t.custom { "your folder" } else { "sixpillars" };
            [t.id.clone(), t.title.clone()].into_iter().chain(numbers).chain([from.to_owned()]).collect()
        })
        .collect();
    screen::out(&screen::table(&columns, &rows))?;
    Ok(())
}

fn export(folder: &Path, ids: &[String]) -> anyhow::Result<()> {
    let all = embedded();
    let id_of = |name: &str| name.trim_start_matches("topics/").trim_end_matches(".md").to_owned();
    let known: Vec<String> = all.iter().map(|(name, _)| id_of(name)).collect();
    if let Some(id) = ids.iter().find(|id| !known.contains(id)) {
        return Err(unknown(id, known.iter().map(String::as_str)));
    }
    let wanted = all.iter().filter(|(name, _)| ids.is_empty() || ids.contains(&id_of(name)));
    place::write_all(folder, wanted.map(|(name, text)| (name.as_str(), *text)))
}

fn unknown<'n>(id: &str, known: impl Iterator<Item = &'n str>) -> anyhow::Error {
    Advice::new(format!("no topic {id:?}"), format!("the nearest id is {}", nearest(id, known))).into()
}

/// Runs the cases of topics and prints what failed; whether none did.
///
/// # Errors
/// When a topic cannot be used at all.
pub fn test(catalogue: &Catalogue, templates: Option<&Path>, ids: &[String]) -> anyhow::Result<bool> {
    topics::check(catalogue)?;
    let period = Engagement::default().period(Some(PERIOD.0), Some(PERIOD.1), None, None)?;
    let (passed, failures) = topics::run_cases(catalogue, &Templates::load(templates)?, &period, ids)?;
    for failure in &failures {
        screen::out(&format!("{}: {}: {}\n", failure.file, failure.why, failure.found))?;
    }
    if passed + failures.len() > 0 {
        screen::out(&format!("{passed} cases of topics passed, {} failed\n", failures.len()))?;
    }
    Ok(failures.is_empty())
}
