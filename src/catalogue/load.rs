//! Reads the files of the catalogue: those built in, then those of a user's folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::entries::{AllowList, Control, Extract, Kind, Metric, Origin};
use super::error::{CatalogueError, entry, toml_error};
use super::frameworks::Frameworks;
use super::topics;
use super::{Catalogue, check, fingerprint};
use crate::base::small_file::{self};
use crate::schema::resource::{TableToml, event_columns};
use crate::schema::{ResourceTable, Schema};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/catalogue");

/// The text of each file, by its path in the catalogue, and whether a user's folder supplied it.
type Files = BTreeMap<String, (String, bool)>;

#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    table: Vec<TableToml>,
    #[serde(default)]
    control: Vec<Control>,
    #[serde(default)]
    extract: Vec<Extract>,
    #[serde(default)]
    metric: Vec<Metric>,
    #[serde(default)]
    allow_list: Vec<AllowList>,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    columns: toml::Table,
}

impl Catalogue {
    /// Loads the embedded catalogue; files of `folder` replace those of the same path and add new ones.
    ///
    /// # Errors
    /// On the first file, entry, table or criterion that cannot be used.
    pub fn load(folder: Option<&Path>) -> Result<Self, CatalogueError> {
        Self::load_with(folder, None)
    }

    /// The same with the topics of a folder of templates in the place of ours.
    ///
    /// # Errors
    /// As [`Catalogue::load`], and on the first topic that cannot be used.
    pub fn load_with(folder: Option<&Path>, templates: Option<&Path>) -> Result<Self, CatalogueError> {
        let mut files = Files::new();
        embedded(&EMBEDDED, &mut files);
        if let Some(folder) = folder {
            user_supplied(folder, &mut files)?;
        }
        let mut hasher = Sha256::new();
        let mut resources: Vec<ResourceTable> = Vec::new();
        let mut columns = Vec::new();
        let mut controls = BTreeMap::new();
        let mut extracts = BTreeMap::new();
        let mut metrics = BTreeMap::new();
        let mut allow_lists = BTreeMap::new();
        let mut framework_files = BTreeMap::new();
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        for (name, (text, custom)) in &files {
            hasher.update(name.as_bytes());
            hasher.update([0]);
            hasher.update(text.as_bytes());
            let kind = match name.split('/').next() {
                Some("config") => Kind::Config,
                Some("events") => Kind::Events,
                Some("costs") => Kind::Costs,
                _ => {
                    framework_files.insert(name.clone(), text.clone());
                    continue;
                }
            };
            let file: File = toml::from_str(text).map_err(|e| toml_error(name, &e))?;
            for table in file.table {
                resources.push(ResourceTable::try_from(table).map_err(|source| CatalogueError::Schema { file: name.clone(), source })?);
            }
            for list in file.allow_list {
                if allow_lists.insert(list.name.clone(), list.doc).is_some() {
                    return Err(entry(name, &list.name, "allow_list", "declared twice".to_owned()));
                }
            }
            columns.extend(event_columns(file.columns).map_err(|source| CatalogueError::Schema { file: name.clone(), source })?);
            let mut origin = |id: &str, sha256: Result<String, String>| {
                let sha256 = sha256.map_err(|why| entry(name, id, "case", why))?;
                if let Some(other) = ids.insert(id.to_owned(), name.clone()) {
                    return Err(entry(name, id, "id", format!("already used in {other}")));
                }
                Ok(Origin { file: name.clone(), kind, sha256, custom: *custom })
            };
            for mut control in file.control {
                control.origin = origin(&control.id, fingerprint::of(&control))?;
                controls.insert(control.id.clone(), control);
            }
            for mut extract in file.extract {
                extract.origin = origin(&extract.id, fingerprint::of(&extract))?;
                extracts.insert(extract.id.clone(), extract);
            }
            for mut metric in file.metric {
                metric.origin = origin(&metric.id, fingerprint::of(&metric))?;
                metrics.insert(metric.id.clone(), metric);
            }
        }
        let schema = Schema::new(resources, columns).map_err(|source| CatalogueError::Schema { file: "config".to_owned(), source })?;
        let frameworks = Frameworks::load(&framework_files)?;
        let catalogue = Self {
            schema: Arc::new(schema),
            controls,
            extracts,
            metrics,
            allow_lists,
            topics: topics::load(templates)?,
            frameworks,
            sha256: const_hex::encode(hasher.finalize()),
            custom_files: files.iter().filter(|(_, (_, custom))| *custom).map(|(name, _)| name.clone()).collect(),
        };
        check::all(&catalogue)?;
        topics::check::all(&catalogue)?;
        Ok(catalogue)
    }
}

fn embedded(dir: &Dir<'_>, files: &mut Files) {
    for file in dir.files() {
        if file.path().extension().is_some_and(|e| e == "toml")
            && let Some(text) = file.contents_utf8()
        {
            files.insert(file.path().to_string_lossy().replace('\\', "/"), (text.to_owned(), false));
        }
    }
    for inner in dir.dirs() {
        embedded(inner, files);
    }
}

/// Bytes of a catalogue file of one's own, at most.
const MAX_FILE: u64 = 1 << 20;
/// Files of a folder of one's own, at most.
const MAX_FILES: usize = 500;

fn user_supplied(folder: &Path, files: &mut Files) -> Result<(), CatalogueError> {
    let mut count = 0;
    for found in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let io = |source: std::io::Error| CatalogueError::Io { file: folder.display().to_string(), source };
        let found = found.map_err(|e| io(e.into()))?;
        let linked = found.file_type().is_symlink();
        if found.path().extension().is_none_or(|e| e != "toml") || !linked && found.file_type().is_dir() {
            continue;
        }
        let path: PathBuf = found.path().strip_prefix(folder).unwrap_or(found.path()).to_owned();
        let name = path.to_string_lossy().replace('\\', "/");
        count += 1;
        if count > MAX_FILES {
            let why = format!("the folder holds more than {MAX_FILES} catalogue files");
            return Err(CatalogueError::File { file: folder.display().to_string(), why });
        }
        // A link that leads out could bring in what nobody reviewed with the folder.
        if linked && small_file::leads_out(found.path(), folder) {
            return Err(CatalogueError::File { file: name, why: "it is a link that leads out of the folder, or nowhere".to_owned() });
        }
        let text = small_file::read(found.path(), MAX_FILE).map_err(|source| CatalogueError::Small { file: name.clone(), source })?;
        let same = files.get(&name).is_some_and(|(t, _)| *t == text);
        if !same {
            files.insert(name, (text, true));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Editors complete and check entries and topics by these; `UPDATE_DOCS=1` writes them anew.
    #[test]
    fn the_schemas_for_editors_are_those_of_the_code() {
        let made = [("entries", schemars::schema_for!(File)), ("topic", topics::front_schema())];
        for (name, schema) in made {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{name}.json"));
            let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            if std::env::var_os("UPDATE_DOCS").is_some() {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == text,
                "docs/schema/{name}.json is not that of the code; UPDATE_DOCS=1 cargo test --release --lib schemas_for_editors writes it anew"
            );
        }
    }
}
