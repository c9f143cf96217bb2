//! The file of a topic: its name, its two parts, and where in it a key stands.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::small_file;
use crate::catalogue::CatalogueError;

/// The line before and after the front matter.
pub const FENCE: &str = "+++";
/// How names of chapters, topics, queries and charts are written, for messages.
pub const NAME: &str = "lower-case letters, digits and dashes (queries: underscores)";
/// Bytes of a topic, at most.
const MAX_FILE: u64 = 1 << 20;
/// Topics of one's own, at most.
const MAX_FILES: usize = 500;

/// The name of a topic's file, below the folder of templates.
pub fn name(id: &str) -> String {
    format!("topics/{id}.md")
}

/// Whether a name of a chapter or topic is one.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 60 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Front matter, text below it, and the number of the line on which the text begins.
///
/// # Errors
/// When the file does not begin with front matter.
pub fn parts<'t>(id: &str, text: &'t str) -> Result<(&'t str, &'t str, usize), CatalogueError> {
    let refused = |why: &str| CatalogueError::Topic { file: name(id), line: 1, key: FENCE.to_owned(), why: why.to_owned() };
    let mut at = 0;
    let mut front = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let is_fence = line.trim_end() == FENCE;
        match front {
            None if number == 0 && is_fence => front = Some(line.len()),
            None => return Err(refused("a topic begins with a line of +++, TOML, and another line of +++")),
            Some(from) if is_fence => return Ok((&text[from..at], &text[at + line.len()..], number + 2)),
            Some(_) => {}
        }
        at += line.len();
    }
    Err(refused("the front matter has no end: a line of +++ must follow it"))
}

/// Number of the line that a key stands on: `query.stops.sql` below `[query.stops]`; 1 where it is not found.
pub fn line_of(source: &str, key: &str) -> usize {
    let (head, last) = key.rsplit_once('.').unwrap_or(("", key));
    let mut inside = head.is_empty();
    let mut table = None;
    for (at, line) in source.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line.trim_matches(['[', ']']) == head;
            table = table.or(inside.then_some(at + 1));
        } else if inside && line.split('=').next().is_some_and(|name| name.trim() == last) {
            return at + 1;
        }
    }
    table.unwrap_or(1)
}

/// Adds the topics of a user's folder, replacing those of the same name.
///
/// # Errors
/// When a file cannot be read, or does not stand at `CHAPTER/TOPIC.md`.
pub fn brought(folder: &Path, texts: &mut BTreeMap<String, (String, bool)>) -> Result<(), CatalogueError> {
    if !folder.is_dir() {
        return Ok(());
    }
    let mut count = 0;
    for entry in walkdir::WalkDir::new(folder).max_depth(3).sort_by_file_name() {
        let entry = entry.map_err(|error| CatalogueError::Read { path: folder.to_path_buf(), source: error.into() })?;
        let path = entry.path();
        if !entry.file_type().is_file() || path.extension().is_none_or(|e| e != "md") {
            continue;
        }
        let below = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let refused = |why: String| CatalogueError::Topic { file: format!("topics/{below}"), line: 1, key: "file".to_owned(), why };
        let id = below.trim_end_matches(".md");
        if !matches!(id.split('/').collect::<Vec<_>>().as_slice(), [chapter, topic] if is_name(chapter) && is_name(topic)) {
            return Err(refused(format!("a topic stands at topics/CHAPTER/TOPIC.md, named in {NAME}")));
        }
        count += 1;
        if count > MAX_FILES {
            return Err(refused(format!("more than {MAX_FILES} topics")));
        }
        let text = small_file::read(path, MAX_FILE).map_err(|source| CatalogueError::Small { file: format!("topics/{below}"), source })?;
        // One that was taken out and left as it was is ours.
        if texts.get(id).is_none_or(|(ours, _)| *ours != text) {
            texts.insert(id.to_owned(), (text, true));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_begins_behind_the_second_fence() {
        assert_eq!(parts("a/b", "+++\ntitle = 'x'\n+++\nText\n").unwrap(), ("title = 'x'\n", "Text\n", 4));
        assert_eq!(parts("a/b", "+++\r\ntitle = 'x'\r\n+++\r\nText").unwrap().1, "Text");
        for wrong in ["", "Text", "+++\ntitle = 'x'\n", "\n+++\n+++\n"] {
            assert!(parts("a/b", wrong).unwrap_err().to_string().starts_with("topics/a/b.md:1: "), "{wrong:?}");
        }
    }

    #[test]
    fn keys_are_found_in_their_table() {
        let text = "+++\ntitle = 'x'\n\n[query.one]\nsql = 'a'\n[query.two]\nshow = 3\nsql = 'b'\n+++\n";
        assert_eq!(line_of(text, "title"), 2);
        assert_eq!(line_of(text, "query.two.sql"), 8);
        assert_eq!(line_of(text, "query.two.columns"), 6);
        assert_eq!(line_of(text, "query.three.sql"), 1);
    }
}
