//! What readers filter by: attributes on rows and boxes, and the bar that offers every value met. Values come from the
//! model alone; one of several lines, or with characters that are not seen, is written with their code points.

use std::collections::{BTreeMap, BTreeSet};

use super::cells;
use crate::report::assemble::words;
use crate::report::escape::{self, put};
use crate::report::model::{Cell, CellKind, ControlResult, Facet, Outcome, Report, Severity, Table};

/// Columns of results that hold no test's result (coverage, risks) are no filter.
const OUTCOMES: [Outcome; 4] = [Outcome::ExceptionsNoted, Outcome::NoExceptionsNoted, Outcome::NoOccurrences, Outcome::NotTested];

/// Values met on the page, and how they are called.
pub(super) struct Facets<'a> {
    report: &'a Report,
    /// Account ids by what else the model calls them; a name of two accounts is none.
    accounts: BTreeMap<String, &'a str>,
    met: BTreeMap<Facet, BTreeSet<String>>,
}

impl<'a> Facets<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let mut accounts: BTreeMap<String, &str> = BTreeMap::new();
        for (id, name) in &report.account_names {
            accounts.insert(words::account(id, Some(name)), id);
            if report.account_names.values().filter(|other| *other == name).count() == 1 {
                accounts.entry(name.clone()).or_insert(id);
            }
        }
        Self { report, accounts, met: BTreeMap::new() }
    }

    pub(super) fn any(&self) -> bool {
        !self.met.is_empty()
    }

    /// Which columns of a table hold results of tests.
    pub(super) fn outcomes(table: &Table) -> Vec<bool> {
        let holds = |at: usize| table.rows.iter().filter_map(|row| row.get(at)).any(|cell| is_outcome(&cell.text));
        table.columns.iter().enumerate().map(|(at, column)| column.kind == CellKind::Result && holds(at)).collect()
    }

    /// Attributes of a row.
    pub(super) fn row(&mut self, table: &Table, row: &[Cell], outcomes: &[bool]) -> String {
        let mut values: Vec<(Facet, &str)> = Vec::new();
        for ((column, cell), outcome) in table.columns.iter().zip(row).zip(outcomes) {
            let only = |known: bool| if known { cell.text.as_str() } else { "" };
            match cell.kind.unwrap_or(column.kind) {
                CellKind::Severity => values.push((Facet::Severity, only(cells::severity_class(&cell.text).is_some()))),
                CellKind::Result if *outcome => values.push((Facet::Status, only(is_outcome(&cell.text)))),
                _ => {}
            }
            values.extend(column.facet.map(|facet| (facet, cell.text.as_str())));
            values.extend(cell.about.iter().map(|about| (about.facet, about.value.as_str())));
        }
        self.attributes(values)
    }

    /// Attributes of a control's box. Accounts and Regions only where all its rows are printed: a box must not be hidden
    /// for rows that were cut, and a procedure is of every account.
    pub(super) fn control(&mut self, control: &ControlResult, procedure: bool) -> String {
        let mut values = vec![
            (Facet::Severity, control.severity.word()),
            (Facet::Status, control.result.words()),
            (Facet::Pillar, control.pillar.as_str()),
            (Facet::Framework, ""),
        ];
        values.extend(control.frameworks().into_iter().map(|name| (Facet::Framework, name)));
        let (noted, undecided) = (control.exceptions.len() as u64, control.undetermined.len() as u64);
        if !procedure && noted > 0 && noted == control.counts.exceptions && undecided == control.counts.undetermined {
            values
                .extend(control.exceptions.iter().flat_map(|e| [(Facet::Account, e.account.as_str()), (Facet::Region, e.region.as_str())]));
            values.extend(
                control.undetermined.iter().flat_map(|u| [(Facet::Account, u.account.as_str()), (Facet::Region, u.region.as_str())]),
            );
        }
        self.attributes(values)
    }

    /// Attributes of the box of a measure or extract.
    pub(super) fn other(&mut self, pillar: &str) -> String {
        self.attributes(vec![(Facet::Pillar, pillar)])
    }

    /// An attribute for each facet, with its values in lines; empty where a row has the column and no value.
    fn attributes(&mut self, values: Vec<(Facet, &str)>) -> String {
        let mut by: BTreeMap<Facet, BTreeSet<String>> = BTreeMap::new();
        for (facet, text) in values {
            let one = escape::visible(self.canonical(facet, text.trim()), &[]);
            let all = by.entry(facet).or_default();
            if !one.is_empty() {
                self.met.entry(facet).or_default().insert(one.clone());
                all.insert(one);
            }
        }
        let mut out = String::new();
        for (facet, all) in by {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            put!(out, " data-{}=\"{}\"", facet.names().0, escape::html(&all.join("\n")));
        }
        out
    }

    fn canonical<'t>(&self, facet: Facet, text: &'t str) -> &'t str
    where
        'a: 't,
    {
        match facet {
            Facet::Account => self.accounts.get(text).copied().unwrap_or(text),
            Facet::Pillar => self.report.pillars.iter().find(|p| p.id == text).map_or(text, |p| p.title.as_str()),
            _ => text,
        }
    }

    /// The bar: for each facet of two values and more, its values to choose from. Without script it stays hidden.
    pub(super) fn bar(&self) -> String {
        let mut out = String::from("<div class=\"filters\" role=\"group\" aria-label=\"Filters\" hidden>");
        for facet in Facet::ALL {
            let Some(met) = self.met.get(&facet).filter(|met| met.len() > 1) else { continue };
            let (name, word) = facet.names();
            put!(out, "<details class=\"facet\" data-key=\"{name}\"><summary>{word}</summary><div class=\"options\">");
            let mut values: Vec<&String> = met.iter().collect();
            values.sort_by_key(|value| rank(facet, value));
            for value in values {
                let (value, label) = (escape::html(value), escape::html(&self.label(facet, value)));
                put!(out, "<label><input type=\"checkbox\" value=\"{value}\"><span>{label}</span></label>");
            }
            out.push_str("</div></details>");
        }
        out.push_str("<p class=\"state\" role=\"status\"></p><button type=\"button\" data-clear>Clear filters</button></div>\n");
        out
    }

    fn label(&self, facet: Facet, value: &str) -> String {
        match (facet, value) {
            (Facet::Account, id) => words::account(id, self.report.account_names.get(id).map(String::as_str)),
            (Facet::Framework, "wa") => "Well-Architected".into(),
            (Facet::Framework, "soc2") => "SOC 2".into(),
            (Facet::Framework, "fsbp") => "AWS FSBP".into(),
            (Facet::Framework, cis) if cis.starts_with("cis") => format!("CIS {}", &cis[3..]),
            _ => value.to_owned(),
        }
    }
}

fn is_outcome(text: &str) -> bool {
    OUTCOMES.iter().any(|outcome| outcome.words() == text)
}

/// Severities and results stand in their own order, all else by name.
fn rank(facet: Facet, value: &str) -> usize {
    let at = match facet {
        Facet::Severity => Severity::ALL.iter().position(|severity| severity.word() == value),
        Facet::Status => OUTCOMES.iter().position(|outcome| outcome.words() == value),
        _ => None,
    };
    at.unwrap_or(0)
}
