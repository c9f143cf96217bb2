//! Topics: sections of the report as Markdown with SQL. A file `topics/CHAPTER/TOPIC.md` holds TOML between two lines
//! of `+++` (title, what it needs, its queries, statements, charts and cases), then the text. SQL computes and the
//! text words what it gives; a user's folder replaces, adds, drops or translates topics file by file.

pub(super) mod check;
mod columns;
mod file;
mod front;

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

pub use columns::{Across, As, TopicColumn};
pub use file::{NAME, line_of};
pub use front::{Form, Lang, Tone, TopicCase, TopicChart, TopicStatement};

use super::{CatalogueError, Extract};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/topics");

/// Topics that a report cannot do without: a user's file may reword them, not drop them.
pub const MANDATORY: [&str; 1] = ["soc2/log-tampering"];

/// One section of the report.
#[derive(Debug, Clone)]
pub struct Topic {
    /// `CHAPTER/TOPIC`.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Language of its numbers and lists.
    pub lang: Lang,
    /// Where it stands in its chapter; those of the same number are sorted by id.
    pub order: u32,
    /// Tables or resource types without which it is not tested.
    pub needs: Vec<String>,
    /// Controls that bear on it.
    pub controls: Vec<String>,
    /// Extracts that hold its rows.
    pub extracts: Vec<String>,
    /// How it was found out and what it does not show: small print below the text.
    pub method: String,
    /// Its queries by name.
    pub queries: BTreeMap<String, TopicQuery>,
    /// Sentences, one for each row of a query.
    pub statements: Vec<TopicStatement>,
    /// Its charts.
    pub charts: Vec<TopicChart>,
    /// Its cases.
    pub cases: Vec<TopicCase>,
    /// The text below the front matter.
    pub body: String,
    /// Number of the line on which the text begins.
    pub body_line: usize,
    /// The whole file.
    pub source: String,
    /// The file, below the folder of templates.
    pub file: String,
    /// Brought by the user.
    pub custom: bool,
}

/// A query of a topic. It runs as an extract does, under the rules of controls.
#[derive(Debug, Clone)]
pub struct TopicQuery {
    /// What runs; its id is `CHAPTER/TOPIC:QUERY`.
    pub extract: Extract,
    /// Caption of its table.
    pub title: String,
    /// What its table says where there are no rows.
    pub empty: String,
    /// Rows that its table shows.
    pub show: usize,
    /// Columns of its table that are made of rows.
    pub across: Option<Across>,
    /// Columns of its table, in order; all of the query's where none is given.
    pub columns: Vec<TopicColumn>,
}

impl Topic {
    /// The chapter it stands in.
    pub fn chapter(&self) -> &str {
        self.id.split_once('/').map_or("", |(chapter, _)| chapter)
    }

    /// Error about a key of this topic, with the line it stands on.
    pub(crate) fn refuse(&self, key: &str, why: String) -> CatalogueError {
        let line = line_of(&self.source, key);
        CatalogueError::Topic { file: self.file.clone(), line, key: key.to_owned(), why }
    }
}

/// The topics of the program, with those of `folder` (a folder of templates) in their place.
///
/// # Errors
/// When a file cannot be read, or is no topic.
pub fn load(folder: Option<&Path>) -> Result<BTreeMap<String, Topic>, CatalogueError> {
    let mut texts: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for chapter in EMBEDDED.dirs() {
        for file in chapter.files() {
            if let (Some(id), Some(text)) = (file.path().to_str().and_then(|path| path.strip_suffix(".md")), file.contents_utf8()) {
                texts.insert(id.replace('\\', "/"), (text.to_owned(), false));
            }
        }
    }
    if let Some(folder) = folder {
        file::brought(&folder.join("topics"), &mut texts)?;
    }
    let mut topics = BTreeMap::new();
    for (id, (text, custom)) in texts {
        match front::topic(&id, &text, custom)? {
            Some(topic) => drop(topics.insert(id, topic)),
            None if MANDATORY.contains(&id.as_str()) => {
                let why = "this topic stands in every report; it may be reworded, not dropped".to_owned();
                return Err(CatalogueError::Topic { file: file::name(&id), line: 1, key: "drop".to_owned(), why });
            }
            None => {}
        }
    }
    Ok(topics)
}

/// The embedded files by name below the folder of templates, and their texts.
pub fn embedded() -> Vec<(String, &'static str)> {
    let files = EMBEDDED.dirs().flat_map(|chapter| chapter.files());
    files.filter_map(|file| Some((format!("topics/{}", file.path().to_str()?.replace('\\', "/")), file.contents_utf8()?))).collect()
}
