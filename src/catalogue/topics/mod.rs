//! Topics: sections of the report as Markdown with SQL. A file `topics/CHAPTER/TOPIC.md` holds TOML between two lines
//! of `+++` (title, what it needs, its queries, statements, charts and cases), then the text. SQL computes and the
//! text words what it gives; a user's folder replaces, adds, drops or translates topics file by file.

pub(super) mod check;
mod columns;
mod file;
mod front;
mod parts;
mod topic;

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

pub use columns::{Across, As, TopicColumn};
pub use file::{NAME, line_of};
pub use parts::{Form, Lang, TopicCase, TopicChart, TopicStatement};
pub use topic::{Topic, TopicQuery, chapter_of};

use super::CatalogueError;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/topics");

/// Topics that a report cannot do without: a user's file may reword them, not drop them.
pub const MANDATORY: [&str; 11] = [
    "coverage/custody",
    "coverage/days",
    "coverage/expected",
    "coverage/integrity",
    "coverage/reconciliation",
    "coverage/records",
    "coverage/recorders",
    "coverage/rejects",
    "limits/this-report",
    "coverage/snapshots",
    "soc2/log-tampering",
];

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

/// The JSON Schema of a topic's front matter.
#[cfg(test)]
pub(super) fn front_schema() -> schemars::Schema {
    front::schema()
}
