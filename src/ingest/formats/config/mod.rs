//! AWS Config items: from one decompressed JSON file to rows.
//!
//! Containers read here: snapshot and history files and the answer of `get-resource-config-history`
//! (`configurationItems`), batch answers (`baseConfigurationItems`), single items by themselves, in an
//! answer, a change notification or an `EventBridge` envelope, lists of items, and answers to queries
//! (`Results`). Elements are taken one at a time, so that no file becomes one tree in memory; one that
//! cannot be read is a counted reject and the ones around it are read all the same.
//!
//! An item becomes a row of `config_items`, rows of the tables its type declares, `tags`,
//! `relationships` and, where it carries policy documents, `policy_statements` and their children.
//! Secrets are masked before any of it.

pub mod authorization;
pub mod compliance;
mod cut;
pub mod decode;
pub mod extract;
pub mod format;
pub mod item;
pub mod mask;
pub mod mask_text;
pub mod policy;
pub mod secret;
pub mod select;
mod walk;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::cut::{Piece, Pieces, is_cut};
use self::item::{Delivered, Item};
use crate::ingest::batch::{Gathered, Output};
use crate::ingest::reading::json::{self, Members};
use crate::ingest::reading::tree::Tree;
use crate::ingest::remark::Remark;
use crate::schema::Schema;
use crate::schema::row::{Columns as _, Row as _};
use crate::schema::tables::{ConfigItemsRow, ItemColumns, RelationshipsRow, TagsRow};

/// How the items stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `configurationItems`: snapshot, history file, `get-resource-config-history`.
    Items,
    /// `baseConfigurationItems` or `BaseConfigurationItems`: batch answers.
    BaseItems,
    /// One item: bare, or as `ConfigurationItem`, `configurationItem` or `detail.configurationItem`;
    /// several of them may follow each other.
    Item,
    /// A bare list of items.
    List,
    /// `Results`: answers to queries.
    Select,
}

/// Bytes looked at to tell the kind.
const PREFIX: usize = 256 << 10;

impl Kind {
    /// Tells the kind of a file that holds AWS Config items; `None` for any other.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let text = &bytes[..bytes.len().min(PREFIX)];
        Self::at(text, json::skip_blank(text, 0), 0)
    }

    fn at(text: &[u8], at: usize, level: u8) -> Option<Self> {
        let is_item = |names: &[&str]| {
            names.contains(&"resourceType") && names.iter().any(|n| n.starts_with("configuration") || *n == "awsRegion" || *n == "version")
        };
        match text.get(at)? {
            b'[' => {
                let first = json::skip_blank(text, at + 1);
                let names: Vec<&str> = Members::new(text, first).map(|(n, _, _)| n).take(64).collect();
                (text.get(first) == Some(&b'{') && is_item(&names)).then_some(Self::List)
            }
            b'{' => {
                let members: Vec<(&str, usize, usize)> = Members::new(text, at).take(64).collect();
                let start = |name: &str| members.iter().find(|(n, _, _)| *n == name).map(|(_, start, _)| *start);
                let names: Vec<&str> = members.iter().map(|(n, _, _)| *n).collect();
                let opens = |start: usize| text.get(start) == Some(&b'{');
                if names.contains(&"configurationItems") {
                    Some(Self::Items)
                } else if names.contains(&"baseConfigurationItems") || names.contains(&"BaseConfigurationItems") {
                    Some(Self::BaseItems)
                } else if names.contains(&"QueryInfo") && names.contains(&"Results") {
                    Some(Self::Select)
                } else if names.contains(&"ConfigurationItem") || names.contains(&"configurationItem") || is_item(&names) {
                    Some(Self::Item)
                } else {
                    let inner = start("detail").or_else(|| start("data"))?;
                    if level < 2 && opens(inner) { Self::at(text, inner, level + 1) } else { None }
                }
            }
            _ => None,
        }
    }
}

/// What the surroundings say about items that do not say it themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Account, 12 digits.
    pub account_id: Option<String>,
    /// Region.
    pub region: Option<String>,
}

impl Context {
    /// Account and Region as the delivery bucket's folders or file names give them.
    pub fn from_path(path: &str) -> Self {
        let mut context = Self::default();
        let parts: Vec<&str> = path.split(['/', '\\']).collect();
        if let Some(at) = parts.iter().position(|p| *p == "Config")
            && at > 0
            && item::is_account(parts[at - 1])
        {
            context.account_id = Some(parts[at - 1].to_owned());
            context.region = parts.get(at + 1).filter(|r| is_region(r)).map(|r| (*r).to_owned());
        } else if let Some(name) = parts.last() {
            let words: Vec<&str> = name.split('_').collect();
            if let [account, "Config", region, ..] = words.as_slice()
                && item::is_account(account)
            {
                context.account_id = Some((*account).to_owned());
                context.region = Some((*region).to_owned()).filter(|r| is_region(r));
            }
        }
        context
    }
}

fn is_region(text: &str) -> bool {
    text.matches('-').count() >= 2 && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Remarks that are counted before they are made.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<Cow<'static, str>, u64>);

impl Tally {
    /// One more of `what`, worded to follow a number.
    pub fn add(&mut self, what: String) {
        *self.0.entry(Cow::Owned(what)).or_default() += 1;
    }

    /// `times` more of `what`.
    pub fn count(&mut self, what: &'static str, times: u64) {
        if times > 0 {
            *self.0.entry(Cow::Borrowed(what)).or_default() += times;
        }
    }

    fn join(&mut self, other: Self) {
        for (what, times) in other.0 {
            *self.0.entry(what).or_default() += times;
        }
    }

    fn tell(self, out: &mut Output<'_>) {
        for (what, times) in self.0 {
            out.note(Remark::counted(times, what));
        }
    }
}

/// The jq expression that finds a record in the file: `jq 'EXPRESSION' FILE`. In a file of several
/// documents the records are numbered through; `read` notes it.
pub fn jq_path(kind: Kind, record: u64) -> String {
    match kind {
        Kind::Items => format!(".configurationItems[{record}]"),
        Kind::BaseItems => format!("(.baseConfigurationItems // .BaseConfigurationItems)[{record}]"),
        Kind::Item if record == 0 => ".ConfigurationItem // .configurationItem // .detail.configurationItem? // .".to_owned(),
        Kind::Item => format!("[., inputs][{record}]"),
        Kind::List => format!(".[{record}]"),
        Kind::Select => format!(".Results[{record}] | fromjson? // ."),
    }
}

/// Reads a file of configuration items: rows, rejects and notes go to `out`.
pub fn read(kind: Kind, bytes: &[u8], ctx: &Context, out: &mut Output<'_>) {
    let mut reader = Reader::new(ctx, out);
    let documents = walk::documents(&mut reader, kind, bytes);
    let tally = reader.tally;
    conclude(kind, documents, tally, out);
}

/// What is said of a file when all of it was read.
fn conclude(kind: Kind, documents: u64, tally: Tally, out: &mut Output<'_>) {
    walk::note_documents(kind, documents, out);
    tally.tell(out);
}

/// What was read of a piece.
pub struct PieceRead {
    rows: Gathered,
    documents: u64,
    tally: Tally,
}

/// Reads a piece by itself; records are numbered from 0.
pub fn read_piece(kind: Kind, piece: &Piece, ctx: &Context, schema: &Arc<Schema>) -> PieceRead {
    let mut out = Output::gathering(Arc::clone(schema));
    let mut reader = Reader { base: piece.base, more: piece.more, ..Reader::new(ctx, &mut out) };
    let documents = walk::documents(&mut reader, kind, &piece.text) - u64::from(piece.goes_on);
    let tally = reader.tally;
    PieceRead { rows: out.gathered(), documents, tally }
}

/// Puts the pieces of a file together again, in the file's order.
#[derive(Default)]
pub struct Together {
    documents: u64,
    tally: Tally,
}

impl Together {
    /// Takes the next piece.
    pub fn add(&mut self, read: PieceRead, out: &mut Output<'_>) {
        out.append(read.rows);
        self.documents += read.documents;
        self.tally.join(read.tally);
    }

    /// After the last one.
    pub fn conclude(self, kind: Kind, out: &mut Output<'_>) {
        conclude(kind, self.documents, self.tally, out);
    }
}

/// Records between two looks at the size of batches.
const FLUSH_EVERY: u64 = 256;

/// What reading one file needs all along.
struct Reader<'r, 's> {
    ctx: &'r Context,
    schema: Arc<Schema>,
    tally: Tally,
    out: &'r mut Output<'s>,
    /// Index of the next record.
    record: u64,
    /// Lists of items met.
    lists: u64,
    /// What to add to a place in the text for the place in the file.
    base: i64,
    /// The text is a piece of a file, and others follow.
    more: bool,
}

impl<'r, 's> Reader<'r, 's> {
    fn new(ctx: &'r Context, out: &'r mut Output<'s>) -> Self {
        let schema = Arc::clone(out.schema());
        Self { ctx, schema, tally: Tally::default(), out, record: 0, lists: 0, base: 0, more: false }
    }

    /// A place in the text as a place in the file.
    fn place(&self, at: usize) -> u64 {
        (at as u64).saturating_add_signed(self.base)
    }

    /// Turns a delivered item into rows.
    ///
    /// # Errors
    /// With the reason when the object does not say which resource it is about.
    fn item(&mut self, read: Delivered<'_>, partial: bool) -> Result<(), String> {
        let item = Item::new(read, partial, self.ctx, &mut self.tally)?;
        self.rows(item);
        Ok(())
    }

    /// The rows of an item.
    fn rows(&mut self, mut item: Item<'_>) {
        let record = self.record;
        let schema = Arc::clone(&self.schema);
        // Which values are secrets must be known before they are masked.
        let secrets: Vec<_> = schema
            .resources_of(item.resource_type())
            .map(|table| if extract::wants_secrets(table) { extract::secrets(&item, table) } else { extract::Secrets::default() })
            .collect();
        self.mask(&mut item);
        if let Some(captured) = item.captured_at {
            self.out.time(captured);
        }
        self.common(&item, record);
        for (table, secrets) in schema.resources_of(item.resource_type()).zip(secrets) {
            extract::rows(&item, table, secrets, record, &mut self.tally, self.out);
        }
        policy::rows(&item, record, &mut self.tally, self.out);
        compliance::rows(&item, record, &mut self.tally, self.out);
    }

    fn mask(&mut self, item: &mut Item<'_>) {
        let mut configuration = std::mem::take(&mut item.configuration);
        let mut supplementary = std::mem::take(&mut item.supplementary);
        let mut masked = u64::from(mask::mask_json(&mut configuration, item.resource_type()));
        masked += u64::from(mask::mask_json(&mut supplementary, item.resource_type()));
        item.configuration = configuration;
        item.supplementary = supplementary;
        for (key, value) in &mut item.tags {
            if let Some(text) = value.as_deref().and_then(|v| mask::mask_named(key, v)) {
                *value = Some(Cow::Owned(text));
                masked += 1;
            }
        }
        self.tally.count("values were masked as secrets or as values that may hold secrets", masked);
    }

    /// The rows that every item gives, whatever its type.
    fn common(&mut self, item: &Item<'_>, record: u64) {
        let text = |value: &Tree<'_>| if value.is_null() { None } else { Some(value.to_text()) };
        let (configuration, supplementary) = (text(&item.configuration), text(&item.supplementary));
        let documents = ConfigItemsRow { configuration: configuration.as_deref(), supplementary_configuration: supplementary.as_deref() };
        let head = extract::common(item);
        self.out.row_after(ConfigItemsRow::TABLE.name, record, &head, documents.cells());
        let ItemColumns { item_id, account_id, region, resource_type, resource_id, .. } = head;
        for (key, value) in &item.tags {
            let tag_value = value.as_deref();
            let row = TagsRow { item_id, account_id, region, resource_type, resource_id, tag_key: Some(key), tag_value };
            self.out.row(record, &row);
        }
        for other in &item.relationships {
            let row = RelationshipsRow {
                item_id,
                account_id,
                region,
                resource_type,
                resource_id,
                relationship: other.label.0.as_deref().map(str::trim_end),
                related_type: other.resource_type.0.as_deref(),
                related_id: other.resource_id.0.as_deref(),
                related_name: other.resource_name.0.as_deref(),
            };
            self.out.row(record, &row);
        }
    }

    /// Closes the account of a record and goes on to the next.
    fn done(&mut self, result: Result<(), String>, offset: Option<usize>) {
        self.out.read(1);
        match result {
            Ok(()) => self.out.kept(1),
            Err(reason) => self.out.reject(self.record, offset.map(|at| self.place(at)), reason),
        }
        self.record += 1;
        if self.record.is_multiple_of(FLUSH_EVERY) {
            self.out.flush_if_large();
        }
    }
}
