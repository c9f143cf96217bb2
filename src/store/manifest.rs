//! The store's table of contents: every file offered, its hash, and the account of its records.
//!
//! How it comes into place, so that an interrupted run leaves the former store and never half of a new
//! one, stands in `staging`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::base::time;
use crate::ingest::batch::Reject;
use crate::ingest::detect::Format;
use crate::ingest::formats::cost::FileTotals;
use crate::ingest::reading::container::Layer;
use crate::ingest::remark::Remark;
use crate::ingest::unread::Unread;

pub use crate::store::names::MANIFEST as NAME;
use crate::store::reading::beginning::Beginning;
use crate::store::reading::places::Places;

/// Version of the store's layout; another one is refused.
pub const FORMAT: u32 = 4;

/// One file offered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputFile {
    /// First 16 hex digits of the SHA-256, or of that of content and place where the place counts; all of them where two files agree in so many; `unread-` and 16 digits for
    /// what could not be read.
    pub file_id: String,
    /// SHA-256 of the bytes as delivered; empty for what could not be read.
    pub sha256: String,
    /// SHA-256 of the uncompressed content: for log and digest files of CloudTrail, which digests list, and for charges.
    #[serde(default)]
    pub content_sha256: Option<String>,
    /// The place its paths name, for an answer whose records do not name their own: the same content from another place is
    /// another input.
    /// Empty where they name none; none for any other file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Paths it was found at, relative to the argument; the first one counts, the others are copies.
    pub paths: Vec<String>,
    /// Size as delivered.
    pub bytes: u64,
    /// What it is.
    pub format: Format,
    /// Records offered.
    pub read: u64,
    /// Records kept.
    pub kept: u64,
    /// Records that are copies, or earlier states, of records kept from elsewhere.
    pub duplicate: u64,
    /// Records set apart, with the reason in `out_of_scope_reason`.
    pub out_of_scope: u64,
    /// Records not understood.
    pub rejected: u64,
    /// The file of charges with the same content that stands for this one too, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<String>,
    /// Why records are out of scope.
    pub out_of_scope_reason: Option<String>,
    /// The rejects, at most a thousand.
    pub rejects: Vec<RejectEntry>,
    /// Remarks.
    pub notes: Vec<Remark>,
    /// First time stated, UTC microseconds.
    pub first_time: Option<i64>,
    /// Last time stated.
    pub last_time: Option<i64>,
    /// Accounts and Regions its records name.
    pub seen: Places,
    /// Tables it gave rows to, with their number.
    pub rows: BTreeMap<String, u64>,
    /// What the lines of a cost file come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charges: Option<FileTotals>,
    /// What was taken off to get at its text, outermost first.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// How its text begins.
    #[serde(default)]
    pub beginning: Beginning,
    /// What became of its members, for an archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Members>,
    /// Why it was not read, where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
}

/// Members of an archive: found = read + set aside + those among the file's rejects.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Members {
    /// `zip`, `tar`, `tar.gz`, `tar.zst`.
    pub kind: String,
    /// Members found.
    pub found: u64,
    /// Members that are inputs of their own.
    pub read: u64,
    /// What was set aside, and how much of it.
    pub set_aside: BTreeMap<String, u64>,
}

impl InputFile {
    /// Whether it holds less than was exported, as far as is known: it is cut off or damaged, goes on in further pages, or holds
    /// records that were not understood.
    pub fn is_in_part(&self) -> bool {
        self.rejected > 0 || self.notes.iter().any(Remark::is_part)
    }

    /// Billing months that the lines of the file state, such as `2024-05`.
    pub fn months(&self) -> BTreeSet<&str> {
        self.charges.iter().flat_map(|charges| &charges.totals).map(|t| t.month.as_str()).collect()
    }

    /// A file about to be read.
    pub fn new(sha256: String, path: String, bytes: u64, format: Format) -> Self {
        Self {
            file_id: sha256[..16].to_owned(),
            sha256,
            content_sha256: None,
            place: None,
            paths: vec![path],
            bytes,
            format,
            read: 0,
            kept: 0,
            duplicate: 0,
            out_of_scope: 0,
            rejected: 0,
            copy_of: None,
            out_of_scope_reason: None,
            rejects: Vec::new(),
            notes: Vec::new(),
            first_time: None,
            last_time: None,
            seen: Places::default(),
            rows: BTreeMap::new(),
            charges: None,
            layers: Vec::new(),
            beginning: Beginning::default(),
            members: None,
            unread: None,
        }
    }

    /// Something that could not be read; it gets its id when all such things are known.
    pub fn unread(path: String, bytes: u64, why: Unread, note: String) -> Self {
        let nothing = "0".repeat(64);
        let entry = Self::new(nothing, path, bytes, Format::Unrecognised);
        Self { file_id: String::new(), sha256: String::new(), unread: Some(why), notes: vec![note.into()], ..entry }
    }

    /// When a snapshot was taken: by its name, else the last time that its records state.
    pub fn taken(&self) -> Option<i64> {
        let named = self.paths.iter().find_map(|path| {
            let (_, rest) = path.rsplit('/').next()?.split_once("_ConfigSnapshot_")?;
            time::parse(rest.split(['_', '.']).next()?).ok()
        });
        named.or(self.last_time)
    }

    /// Whether it could not be read, so that nobody knows what it holds.
    pub fn is_without_hash(&self) -> bool {
        self.sha256.is_empty()
    }

    /// Counts what is wrong with the file as a whole as one record that could not be read.
    pub fn reject(&mut self, why: impl Into<Remark>) {
        let why = why.into();
        self.reject_told(why.to_string());
        if !self.notes.contains(&why) {
            self.notes.push(why);
        }
    }

    /// The same where a remark says so already.
    pub fn reject_told(&mut self, reason: String) {
        let record = self.read;
        self.read += 1;
        self.rejected += 1;
        self.rejects.push(RejectEntry { record, byte_offset: (record == 0).then_some(0), reason });
    }

    /// Whether the account of the records closes.
    pub fn balances(&self) -> bool {
        self.read == self.kept + self.duplicate + self.out_of_scope + self.rejected
    }
}

/// A reject as the manifest keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RejectEntry {
    /// 0-based record.
    pub record: u64,
    /// Offset after decompression.
    pub byte_offset: Option<u64>,
    /// Why.
    pub reason: String,
}

impl From<&Reject> for RejectEntry {
    fn from(reject: &Reject) -> Self {
        Self { record: reject.record, byte_offset: reject.byte_offset, reason: reject.reason.clone() }
    }
}

/// Cost assemblies known from manifests: which files make up the newest one of a billing period.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Assembly {
    /// Report name.
    pub report: String,
    /// Billing period, as the manifest writes it.
    pub period: String,
    /// Assembly id.
    pub assembly_id: String,
    /// Keys of its data files.
    pub keys: Vec<String>,
    /// Path of the manifest.
    pub path: String,
}

/// The table of contents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout version.
    pub format: u32,
    /// Columns of each table when it was written, `name TYPE`.
    pub tables: BTreeMap<String, Vec<String>>,
    /// Files by id.
    pub files: BTreeMap<String, InputFile>,
    /// Dates of events present, days since 1970.
    pub event_dates: BTreeSet<i32>,
    /// Cost assemblies by manifest file id.
    pub assemblies: BTreeMap<String, Assembly>,
    /// Which deliveries of cost data count, by report and month; settled anew whenever files come in.
    #[serde(default)]
    pub billing: Vec<BillingSource>,
    /// Statements of charges that contradict each other; settled anew whenever files come in.
    #[serde(default)]
    pub overlaps: Vec<Overlap>,
    /// Kinds of archives by their paths: what the paths of their members begin with.
    #[serde(default)]
    pub archives: BTreeMap<String, String>,
}

/// One report's statement of one month, and which delivery of it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BillingSource {
    /// Report or export, else the folder or file.
    pub name: String,
    /// Kind, as [`Format::label`].
    pub kind: String,
    /// Billing month such as `2024-05`; empty when only the lines say.
    pub month: String,
    /// The delivery that counts; empty where deliveries have no name.
    pub assembly: String,
    /// Files of it.
    pub files: Vec<String>,
    /// Other deliveries of the month: their name and their files.
    pub superseded: Vec<(String, Vec<String>)>,
    /// Data files that the manifest names and that were not delivered.
    pub missing: Vec<String>,
    /// What a reader should know, in words.
    pub remarks: Vec<String>,
    /// Why the whole source is set apart; empty when it counts.
    pub set_apart: String,
    /// Neither a manifest nor the layout of the folders names the report.
    #[serde(default)]
    pub loose: bool,
    /// Files without invoices, each with the file that states the same charges with invoices.
    #[serde(default)]
    pub not_final: Vec<(String, String)>,
}

/// Statements of the same charges that nothing orders: neither counts, and their months are not determined.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Overlap {
    /// Billing months that the files state, such as `2024-05`.
    pub months: BTreeSet<String>,
    /// The files, by id.
    pub files: BTreeSet<String>,
}

impl Overlap {
    /// Of these files, with the months they state.
    pub fn of(files: impl IntoIterator<Item = String>, manifest: &Manifest) -> Self {
        let files: BTreeSet<String> = files.into_iter().collect();
        let months = |id: &String| manifest.files.get(id).map(InputFile::months).unwrap_or_default();
        Self { months: files.iter().flat_map(months).map(str::to_owned).collect(), files }
    }

    /// Every path of the files and of their copies, in order.
    pub fn paths<'m>(&'m self, manifest: &'m Manifest) -> Vec<&'m str> {
        let is_meant = |file: &InputFile| self.files.contains(file.copy_of.as_ref().unwrap_or(&file.file_id));
        let paths = manifest.files.values().filter(|file| is_meant(file)).flat_map(|file| &file.paths);
        paths.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Why the files do not count, in words.
    pub fn reason(&self, manifest: &Manifest) -> String {
        let months: Vec<&str> = self.months.iter().map(String::as_str).filter(|m| !m.is_empty()).collect();
        let of = if months.is_empty() { String::new() } else { format!(" of {}", months.join(", ")) };
        format!("nothing says which of these files states the charges{of}: {}", self.paths(manifest).join(", "))
    }
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            format: FORMAT,
            tables: BTreeMap::new(),
            files: BTreeMap::new(),
            event_dates: BTreeSet::new(),
            assemblies: BTreeMap::new(),
            billing: Vec::new(),
            overlaps: Vec::new(),
            archives: BTreeMap::new(),
        }
    }
}

/// What every layout of a manifest states.
#[derive(Deserialize)]
struct Layout {
    format: u32,
}

impl Manifest {
    /// Billing months whose charges are not determined, since several files state them and nothing orders these.
    pub fn undetermined_months(&self) -> BTreeSet<&str> {
        self.overlaps.iter().flat_map(|overlap| overlap.months.iter().map(String::as_str)).collect()
    }

    /// Whether there is anything to report: records kept, or charges that were understood and are refused.
    pub fn has_evidence(&self) -> bool {
        !self.overlaps.is_empty() || self.files.values().any(|file| file.kept > 0)
    }

    /// Reads the manifest of a store; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read or is of another layout.
    pub fn load(store: &Path) -> Result<Option<Self>, StoreError> {
        let path = store.join(NAME);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::io(&path, e)),
        };
        let found = serde_json::from_slice::<Self>(&text);
        // The form of another layout need not be known to tell that it is one.
        let layout = found.as_ref().map_or_else(|_| serde_json::from_slice::<Layout>(&text).map_or(FORMAT, |l| l.format), |m| m.format);
        if layout != FORMAT {
            return Err(StoreError::Format { path, found: layout, wanted: FORMAT });
        }
        found.map(Some).map_err(|e| StoreError::Manifest { path, why: e.to_string() })
    }

    /// Writes the manifest into `folder`: whole, or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(NAME);
        let part = folder.join("store.json.part");
        let text = serde_json::to_vec(self).map_err(|e| StoreError::Manifest { path: path.clone(), why: e.to_string() })?;
        let written = std::fs::File::create(&part).and_then(|mut file| {
            file.write_all(&text)?;
            // On the disk before it has its name: a manifest that a power cut emptied would be no store.
            file.sync_all()
        });
        written.map_err(|e| StoreError::io(&part, e))?;
        std::fs::rename(&part, &path).map_err(|e| StoreError::io(&path, e))
    }
}

pub mod commit;
pub mod lock;
pub mod marked;
pub mod staging;
