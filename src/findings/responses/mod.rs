//! Management responses: read from a filled register or from the engagement, and put beside the findings they answer. Nothing
//! typed is lost: what answers no finding of this report, or cannot be understood, is kept as it was typed and reported.

mod cells;
mod read;
mod xlsx;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::Finding;
use super::register::TYPED;
use crate::base::help::Help;
use crate::engagement::{self, Engagement};

pub use cells::{inert, is_formula};
pub use read::read;

/// A file of responses that cannot be read.
#[derive(Debug, Error)]
pub enum ResponsesError {
    /// The system does not read it.
    #[error("{file}: {source}")]
    Io {
        /// Its name.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is larger than a register is.
    #[error("{file}: it is larger than {most} bytes, which no register needs to be")]
    Large {
        /// Its name.
        file: String,
        /// Bytes allowed.
        most: u64,
    },
    /// It is no text in UTF-8.
    #[error("{file}: it is not UTF-8 text")]
    Encoding {
        /// Its name.
        file: String,
    },
    /// It is no workbook.
    #[error("{file}: it cannot be read as a workbook: {why}")]
    Workbook {
        /// Its name.
        file: String,
        /// What the reader says.
        why: String,
    },
    /// It is no CSV.
    #[error("{file}: it cannot be read as CSV: {why}")]
    Csv {
        /// Its name.
        file: String,
        /// What the reader says.
        why: String,
    },
    /// No row names its columns.
    #[error("{file}: no row names the column id and a column to fill")]
    NoHeader {
        /// Its name.
        file: String,
    },
}

impl Help for ResponsesError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Io { source, .. } => source.help(),
            Self::Large { .. } => None,
            Self::Encoding { .. } => Some("save it from the spreadsheet as \"CSV UTF-8\", or as XLSX".into()),
            Self::Workbook { .. } | Self::Csv { .. } | Self::NoHeader { .. } => {
                Some("give the findings.csv or findings.xlsx that a report wrote, with its columns filled".into())
            }
        }
    }
}

/// Where a response was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the file, without its folder.
    pub file: String,
    /// Row of the sheet, from 1, the heading included; of the engagement: place among its responses, from 1.
    pub row: u64,
}

/// One response, every cell as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Id of the finding it names.
    pub id: String,
    /// The columns to fill, in the order of [`TYPED`].
    pub typed: [String; TYPED.len()],
    /// Columns that people added, with their headings, in the order of the file; empty cells left out.
    pub added: Vec<(String, String)>,
    /// The columns that a report had filled.
    pub generated: BTreeMap<String, String>,
    /// Where it was typed.
    pub place: Place,
}

impl Answer {
    /// Whether somebody typed something.
    fn is_filled(&self) -> bool {
        self.typed.iter().any(|cell| !cell.is_empty()) || !self.added.is_empty()
    }

    /// A cell to fill, by the name of its column.
    pub fn cell(&self, column: &str) -> &str {
        TYPED.iter().zip(&self.typed).find(|(name, _)| **name == column).map_or("", |(_, cell)| cell)
    }
}

/// What management says to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The finding is accepted as stated.
    Agree,
    /// In part.
    PartlyAgree,
    /// It is disputed.
    Disagree,
}

impl Position {
    /// By the word typed, whatever its capitals and blanks.
    pub fn of(text: &str) -> Option<Self> {
        match super::register::column(text).as_str() {
            "agree" => Some(Self::Agree),
            "partly_agree" => Some(Self::PartlyAgree),
            "disagree" => Some(Self::Disagree),
            _ => None,
        }
    }
}

/// What is wrong with a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// No finding of this report has its id.
    UnknownId,
    /// It names no id.
    NoId,
    /// The finding has an answer already, another one.
    AnsweredTwice,
    /// The column holds no date.
    Date(&'static str),
    /// The column `response` holds none of the words.
    Word,
}

/// Something wrong with a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was typed.
    pub place: Place,
    /// Id as typed.
    pub id: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// The text it is about, as typed; empty where the id is meant.
    pub text: String,
}

/// Responses by the finding they answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    /// By id of the finding in this report.
    pub by_finding: BTreeMap<String, Answer>,
    /// Those that are no answer to a finding of this report, in the order in which they were read.
    pub strays: Vec<Answer>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
    /// Headings of the columns that people added, in the order in which they were met.
    pub added: Vec<String>,
}

/// Columns that hold dates.
const DATES: [&str; 2] = ["due_date", "retest_date"];

/// Whether a text is a date: ISO 8601, or day, month and year with points.
pub fn is_date(text: &str) -> bool {
    let text = text.trim();
    let pointed = || {
        let parts: Vec<&str> = text.split('.').collect();
        let [day, month, year] = parts.as_slice() else { return false };
        let digits = [(day, 1..=2), (month, 1..=2), (year, 4..=4)]
            .into_iter()
            .all(|(part, length)| length.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
        digits && engagement::is_day(&format!("{year}-{month:0>2}-{day:0>2}"))
    };
    engagement::is_day(text) || pointed()
}

/// The responses of the engagement, in its order.
pub fn of_engagement(engagement: &Engagement) -> Vec<Answer> {
    let file = engagement.file.as_ref().map_or(engagement::NAME, |file| file.name()).to_owned();
    let answer = |(at, one): (usize, &engagement::Response)| Answer {
        id: one.id.clone(),
        typed: TYPED.map(|column| {
            match column {
                "response" => &one.response,
                "response_owner" => &one.response_owner,
                "due_date" => &one.due_date,
                "remediation_status" => &one.remediation_status,
                "remediation_evidence" => &one.remediation_evidence,
                "retest_date" => &one.retest_date,
                "retest_result" => &one.retest_result,
                _ => &one.comment,
            }
            .clone()
        }),
        added: Vec::new(),
        generated: BTreeMap::new(),
        place: Place { file: file.clone(), row: at as u64 + 1 },
    };
    engagement.response.iter().enumerate().map(answer).collect()
}

/// Puts answers beside findings: by id, then by an id that the finding once had. Of two answers to one finding the first
/// counts, and the other is kept beside it unless it says the same.
pub fn matched(findings: &[Finding], answers: Vec<Answer>) -> Matched {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for finding in findings {
        for alias in &finding.aliases {
            names.entry(alias).or_insert(&finding.id);
        }
    }
    // An id of today comes before one of old.
    names.extend(findings.iter().map(|finding| (finding.id.as_str(), finding.id.as_str())));
    let mut found = Matched::default();
    let mut headings = BTreeSet::new();
    for answer in answers.into_iter().filter(Answer::is_filled) {
        for (heading, _) in &answer.added {
            if headings.insert(heading.clone()) {
                found.added.push(heading.clone());
            }
        }
        let id = answer.id.trim();
        let problem = |wrong, text: &str| Problem { place: answer.place.clone(), id: id.to_owned(), wrong, text: text.to_owned() };
        for column in DATES {
            let text = answer.cell(column);
            if !text.trim().is_empty() && !is_date(text) {
                found.problems.push(problem(Wrong::Date(column), text));
            }
        }
        let word = answer.cell("response");
        if !word.trim().is_empty() && Position::of(word).is_none() {
            found.problems.push(problem(Wrong::Word, word));
        }
        match names.get(id) {
            None => {
                found.problems.push(problem(if id.is_empty() { Wrong::NoId } else { Wrong::UnknownId }, ""));
                found.strays.push(answer);
            }
            Some(own) => match found.by_finding.get(*own) {
                None => drop(found.by_finding.insert((*own).to_owned(), answer)),
                Some(first) if first.typed == answer.typed && first.added == answer.added => {}
                Some(_) => {
                    found.problems.push(problem(Wrong::AnsweredTwice, ""));
                    found.strays.push(answer);
                }
            },
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: &str, row: u64, cells: &[(&str, &str)]) -> Answer {
        let cell = |column: &str| cells.iter().find(|(name, _)| *name == column).map_or("", |(_, text)| text).to_owned();
        let place = Place { file: "r.csv".to_owned(), row };
        Answer { id: id.to_owned(), typed: TYPED.map(cell), added: Vec::new(), generated: BTreeMap::new(), place }
    }

    fn finding(id: &str, aliases: &[&str]) -> Finding {
        Finding { id: id.to_owned(), aliases: aliases.iter().map(|a| (*a).to_owned()).collect(), ..Finding::default() }
    }

    #[test]
    fn answers_go_to_ids_and_former_ids_and_nothing_typed_is_lost() {
        let findings = [finding("a", &["old", "b"]), finding("b", &[])];
        let found = matched(
            &findings,
            vec![
                answer("old", 2, &[("comment", "by a former id")]),
                answer("b", 3, &[("comment", "by its own id, though another once had it")]),
                answer("gone", 4, &[("comment", "fixed?")]),
                answer("", 5, &[("comment", "a row of one's own")]),
                answer("b", 6, &[("comment", "another answer")]),
                answer("b", 7, &[("comment", "by its own id, though another once had it")]),
                answer("nobody", 8, &[]),
            ],
        );
        let comments: Vec<_> = found.by_finding.iter().map(|(id, a)| (id.as_str(), a.cell("comment"))).collect();
        assert_eq!(comments, [("a", "by a former id"), ("b", "by its own id, though another once had it")]);
        assert_eq!(found.strays.iter().map(|a| a.cell("comment")).collect::<Vec<_>>(), ["fixed?", "a row of one's own", "another answer"]);
        let problems: Vec<_> = found.problems.iter().map(|p| (p.place.row, p.wrong)).collect();
        assert_eq!(problems, [(4, Wrong::UnknownId), (5, Wrong::NoId), (6, Wrong::AnsweredTwice)]);
    }

    #[test]
    fn dates_and_words_that_cannot_be_read_are_reported_and_kept() {
        let findings = [finding("a", &[])];
        let of = |cells: &[(&str, &str)]| matched(&findings, vec![answer("a", 9, cells)]);
        for date in ["2026-12-31", " 2026-12-31 ", "31.12.2026", "1.2.2026"] {
            assert_eq!(of(&[("due_date", date)]).problems, [], "{date}");
        }
        for date in ["12/31/2026", "31.02.2026", "Q3", "2026-13-01", "1.2.26"] {
            let found = of(&[("retest_date", date)]);
            assert_eq!(
                found.problems.iter().map(|p| (p.place.row, p.wrong, p.text.as_str())).collect::<Vec<_>>(),
                [(9, Wrong::Date("retest_date"), date)]
            );
            assert_eq!(found.by_finding["a"].cell("retest_date"), date);
        }
        for word in ["agree", "Partly agree", "DISAGREE", " agree "] {
            assert_eq!(of(&[("response", word)]).problems, [], "{word}");
        }
        let found = of(&[("response", "agreed")]);
        assert_eq!((found.problems[0].wrong, found.by_finding["a"].cell("response")), (Wrong::Word, "agreed"));
    }
}
