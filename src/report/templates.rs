//! Template sets: the embedded one, overridden file by file by a user's folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::ReportError;
use super::labels::{LABELS, Labels};
use crate::base::small_file;
use crate::catalogue::topics::Topic;

/// Bytes of a template of one's own, at most.
const MAX_FILE: u64 = 4 << 20;
/// Templates of one's own, at most.
const MAX_FILES: usize = 1_000;

/// Sections a report cannot do without.
pub const MANDATORY: [&str; 3] = ["coverage", "limits", "not_tested"];

/// The embedded files by name, in order.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("annex.md", include_str!("../../templates/annex.md")),
    ("charts.css", include_str!("../../templates/charts.css")),
    ("comparison.md", include_str!("../../templates/comparison.md")),
    ("comparison_words.md", include_str!("../../templates/comparison_words.md")),
    ("components.md", include_str!("../../templates/components.md")),
    (LABELS, include_str!("../../templates/labels.toml")),
    ("report.html", include_str!("../../templates/report.html")),
    ("report.js", include_str!("../../templates/report.js")),
    ("report.md", include_str!("../../templates/report.md")),
    ("sections/access.md", include_str!("../../templates/sections/access.md")),
    ("sections/annex_controls.md", include_str!("../../templates/sections/annex_controls.md")),
    ("sections/annex_access.md", include_str!("../../templates/sections/annex_access.md")),
    ("sections/annex_coverage.md", include_str!("../../templates/sections/annex_coverage.md")),
    ("sections/annex_exceptions.md", include_str!("../../templates/sections/annex_exceptions.md")),
    ("sections/annex_measures.md", include_str!("../../templates/sections/annex_measures.md")),
    ("sections/annex_not_tested.md", include_str!("../../templates/sections/annex_not_tested.md")),
    ("sections/annex_package.md", include_str!("../../templates/sections/annex_package.md")),
    ("sections/annex_practices.md", include_str!("../../templates/sections/annex_practices.md")),
    ("sections/annex_questions.md", include_str!("../../templates/sections/annex_questions.md")),
    ("sections/annex_soc2.md", include_str!("../../templates/sections/annex_soc2.md")),
    ("sections/annex_tables.md", include_str!("../../templates/sections/annex_tables.md")),
    ("sections/chapters.md", include_str!("../../templates/sections/chapters.md")),
    ("sections/cost.md", include_str!("../../templates/sections/cost.md")),
    ("sections/cover.md", include_str!("../../templates/sections/cover.md")),
    ("sections/coverage.md", include_str!("../../templates/sections/coverage.md")),
    ("sections/limits.md", include_str!("../../templates/sections/limits.md")),
    ("sections/not_tested.md", include_str!("../../templates/sections/not_tested.md")),
    ("sections/other_tools.md", include_str!("../../templates/sections/other_tools.md")),
    ("sections/pillar.md", include_str!("../../templates/sections/pillar.md")),
    ("sections/soc2.md", include_str!("../../templates/sections/soc2.md")),
    ("sections/summary.md", include_str!("../../templates/sections/summary.md")),
    ("sections/summary_integrity.md", include_str!("../../templates/sections/summary_integrity.md")),
    ("sections/summary_open.md", include_str!("../../templates/sections/summary_open.md")),
    ("sections/summary_spend.md", include_str!("../../templates/sections/summary_spend.md")),
    ("sections/well_architected.md", include_str!("../../templates/sections/well_architected.md")),
    ("style.css", include_str!("../../templates/style.css")),
    ("words.md", include_str!("../../templates/words.md")),
];

/// A complete set of templates.
#[derive(Debug, Clone)]
pub struct Templates {
    files: BTreeMap<String, String>,
    overridden: Vec<String>,
    labels: Labels,
}

impl Templates {
    /// The embedded set, with the files of `folder` in place of those of the same name; files below `sections/`
    /// may be new.
    ///
    /// # Errors
    /// When a file cannot be read, is none of the known names, or the set lacks a mandatory section.
    pub fn load(folder: Option<&Path>) -> Result<Self, ReportError> {
        let mut files: BTreeMap<String, String> = EMBEDDED.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string())).collect();
        let mut overridden = Vec::new();
        let own = folder.map(read_folder).transpose()?;
        let embedded = files.get(LABELS).map_or("", String::as_str);
        let labels = Labels::parse(embedded, own.as_ref().and_then(|own| own.get(LABELS)).map(String::as_str))?;
        if let Some(own) = own {
            for (name, text) in own {
                files.insert(name.clone(), text);
                overridden.push(name);
            }
        }
        let set = Self { files, overridden, labels };
        set.check()?;
        Ok(set)
    }

    /// Names of the files that came from the user's folder, sorted.
    pub fn overridden(&self) -> &[String] {
        &self.overridden
    }

    /// Captions, headings and single words.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// A file's text; empty for a name that is not in the set.
    pub fn text(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// SHA-256 of one file, hex; `None` for a name that is not in the set.
    pub fn file_sha256(&self, name: &str) -> Option<String> {
        self.files.get(name).map(|text| const_hex::encode(Sha256::digest(text.as_bytes())))
    }

    /// SHA-256 over names and texts of the whole set and of the topics printed with it, hex: what the cover prints.
    pub fn sha256(&self, topics: &BTreeMap<String, Topic>) -> String {
        let mut hash = Sha256::new();
        let files = self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        for (name, text) in files.chain(topics.values().map(|topic| (topic.file.as_str(), topic.source.as_str()))) {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        const_hex::encode(hash.finalize())
    }

    /// The Markdown templates: name and text.
    pub fn markdown(&self) -> Vec<(&str, &str)> {
        self.files.iter().filter(|(name, _)| has_extension(name, "md")).map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }

    /// Refuses a set whose main template leaves a mandatory section out, or that could break out of the page.
    fn check(&self) -> Result<(), ReportError> {
        for id in MANDATORY {
            let name = format!("sections/{id}.md");
            let included = self.files.iter().any(|(file, text)| has_extension(file, "md") && text.contains(&format!("\"{name}\"")));
            if !included || self.text(&name).trim().is_empty() {
                return Err(ReportError::Mandatory { what: format!("the section `{id}` ({name}, included by sections/chapters.md)") });
            }
        }
        for (name, end) in [("style.css", "</style"), ("charts.css", "</style"), ("report.js", "</script")] {
            if self.text(name).to_ascii_lowercase().contains(end) {
                return Err(ReportError::Template { file: name.into(), reason: format!("holds `{end}`, which would end its element") });
            }
        }
        Ok(())
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == extension)
}
/// The template files of a user's folder, by name, sorted. Files with other extensions are left alone.
fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, ReportError> {
    let mut found = BTreeMap::new();
    for sub in ["", "sections"] {
        let at = if sub.is_empty() { folder.to_path_buf() } else { folder.join(sub) };
        if !sub.is_empty() && !at.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&at).map_err(|source| ReportError::Read { path: at.clone(), source })?;
        for entry in entries {
            let path = entry.map_err(|source| ReportError::Read { path: at.clone(), source })?.path();
            let Some(file) = path.file_name().and_then(|n| n.to_str()) else { continue };
            let known_kind = ["md", "html", "css", "js", "toml"].iter().any(|e| has_extension(file, e));
            if !known_kind || path.is_dir() || file.eq_ignore_ascii_case("readme.md") {
                continue;
            }
            let refused = |reason: String| ReportError::Template { file: path.display().to_string(), reason };
            if small_file::leads_out(&path, folder) {
                return Err(refused("it is a link that leads out of the folder, or nowhere".to_owned()));
            }
            let name = if sub.is_empty() { file.to_string() } else { format!("sections/{file}") };
            let new_section = sub == "sections" && has_extension(file, "md");
            if !new_section && EMBEDDED.iter().all(|(known, _)| *known != name) {
                let known: Vec<&str> = EMBEDDED.iter().map(|(n, _)| *n).filter(|n| !n.starts_with("sections/")).collect();
                return Err(ReportError::Template {
                    file: name,
                    reason: format!("no template has this name; the names are {} and sections/*.md", known.join(", ")),
                });
            }
            let text =
                small_file::read(&path, MAX_FILE).map_err(|source| ReportError::Small { file: path.display().to_string(), source })?;
            if found.len() >= MAX_FILES {
                return Err(refused(format!("the folder holds more than {MAX_FILES} templates")));
            }
            found.insert(name, text);
        }
    }
    Ok(found)
}
