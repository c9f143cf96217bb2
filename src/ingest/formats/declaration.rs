//! What has to be known of an export format, declared once, beside the code that reads it. `registry` lists the
//! declarations; recognition, reading, `evidence`, `inspect`, the report and `docs/inputs.md` ask them.

use std::io::BufRead;

use super::cloudtrail::Container;
use super::config;
use super::cost::Header;
use super::list::{Answer, List, Shape};
use super::outline::{Outline, Table};
use crate::ingest::batch::Output;

/// How much of what was recorded an export can hold at best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Records whole, as the service delivers them.
    Full,
    /// Records whole, but not all of them: something chose among them or could not carry them.
    Partial,
    /// Records without a part of their content.
    Lossy,
    /// No evidence: not read, or not of the client's systems.
    None,
}

impl Grade {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Lossy => "lossy",
            Self::None => "none",
        }
    }
}

/// What a file of a format holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// CloudTrail records.
    Events(Container),
    /// Records that are counted and enter no table, and why.
    SetApart(&'static str),
    /// Items of AWS Config.
    Items,
    /// IAM's own list of users, groups, roles and policies.
    AuthorizationDetails,
    /// Charges.
    Charges,
    /// Which files make up a delivery of charges.
    Assembly,
    /// Digests of CloudTrail log files.
    Digests,
    /// What proves that digests and saved query results are unaltered.
    Proof,
    /// The credentials of an account's users.
    Credentials,
    /// Any other state, finding, total or statement.
    Other,
    /// Nothing that is read.
    Nothing,
}

/// How a format is recognised by its content. One mark that fits is enough.
#[derive(Clone, Copy)]
pub enum Mark {
    /// An object with all of these members.
    Members(&'static [&'static str]),
    /// An object that holds records under a name.
    List(List),
    /// An object, where only code can decide.
    Object(fn(&Outline<'_>) -> bool),
    /// An object by itself, or the first of a bare list.
    Element(Standing, fn(&Outline<'_>) -> bool),
    /// A bare list, by its text and where it starts.
    Array(fn(&[u8], usize) -> bool),
    /// The columns of a cost table, in CSV or Parquet.
    Columns(fn(&Header) -> bool),
    /// A CSV file.
    Table(fn(&Table<'_>) -> bool),
    /// Any other text.
    Text(fn(&[u8]) -> bool),
}

/// Where an element may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// By itself, or one after the other.
    Alone,
    /// In a bare list.
    Listed,
    /// Either.
    Any,
}

/// Reads a text held whole; the path says what the records do not.
pub type ReadText = fn(&[u8], &str, &mut Output<'_>) -> Result<(), String>;
/// Reads a text that passes by.
pub type ReadStream = fn(&mut dyn BufRead, &mut Output<'_>) -> Result<(), String>;

/// How a format is read. CloudTrail records and manifests of cost exports are read by the store itself.
#[derive(Clone, Copy)]
pub enum Read {
    /// By its `answers`.
    Answers,
    /// By its `shapes`.
    Shapes,
    /// Held whole.
    Text(ReadText),
    /// As a stream, since one file can be larger than memory.
    Stream(ReadStream),
    /// Not by a reader of its own.
    Nothing,
}

/// Finds the text of one record, numbered as the reader numbers it.
pub type FindRecord = fn(&[u8], u64) -> Option<String>;

/// Where one record of a file stands, for `evidence` and for the command that prints it.
#[derive(Clone, Copy)]
pub enum Record {
    /// Records of CloudTrail know their container.
    Event,
    /// An item of AWS Config.
    Item(config::Kind),
    /// A line below a header.
    Row,
    /// A line; blank lines are no records, and S3 writes none.
    Line(FindRecord),
    /// An element of the first list of an answer, whatever its name.
    FirstList,
    /// A record of a shape.
    Shape,
    /// Found by code; `jq` prints it where a program is given.
    Found(FindRecord, Option<fn(u64) -> String>),
    /// The file as a whole.
    Document,
}

/// What tells two files of the same content apart.
#[derive(Clone, Copy)]
pub enum Place {
    /// The records name where they are from.
    Stated,
    /// The path names account and Region.
    Path,
    /// The path names account, Region, and what the answer is about.
    About(fn(&str) -> Option<String>),
    /// Nothing but what the answer is about, since it is the same wherever it lies. An answer whose path names none is
    /// another answer and no copy.
    Only(fn(&str) -> Option<String>),
}

/// What makes a file suspected to be a damaged export.
#[derive(Clone, Copy)]
pub enum Trace {
    /// Its name holds the name of a call of the CLI, as `inspect` and the documentation name saved answers.
    Call(&'static str),
    /// Its name, in lower case, and what it is then said to be.
    Name(fn(&FileName<'_>) -> bool, &'static str),
    /// Names in quotes, how many of them must be there, and what it is then said to be.
    Quoted(&'static [&'static str], usize, &'static str),
    /// The same of the columns of a CSV file, which are not in quotes.
    Columns(&'static [&'static str], usize, &'static str),
}

/// What a saved answer is called that may be damaged.
pub const ANSWER: &str = "a saved answer of the AWS CLI";

/// The name of a file, in lower case.
pub struct FileName<'n> {
    /// With its endings.
    pub whole: &'n str,
    /// Without packing and ending.
    pub stem: &'n str,
    /// The ending below the packing.
    pub ending: &'n str,
    /// Whether a folder above it is one of a billing period.
    pub is_billed: bool,
}

/// A part of the report and the export that feeds it.
pub struct Request {
    /// Place in the list of what is missing.
    pub order: u8,
    /// What the report then says.
    pub tells: &'static str,
    /// Whether each account needs its own.
    pub each: bool,
    /// Formats beside which alone it is asked for; any input for `None`.
    pub beside: Option<fn(&Declaration) -> bool>,
    /// The export.
    pub what: &'static str,
    /// How to make it.
    pub how: &'static str,
}

/// A row of the table in `docs/inputs.md`.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// Place in the table.
    pub order: u8,
    /// First column.
    pub name: &'static str,
    /// Sentences behind the list of what is read; empty for none.
    pub note: &'static str,
}

/// All that is known of a format but its id, which is its name in the registry.
pub struct Declaration {
    /// What the manifest calls it. Formats of one label are listed together.
    pub label: &'static str,
    /// The row of `docs/inputs.md` it belongs to, and what stands there of it.
    pub docs: Option<(&'static Family, &'static str)>,
    /// What a file of it holds.
    pub holds: Holds,
    /// The kind of source that an account or Region is said to be seen in.
    pub source: Option<&'static str>,
    /// What the format is worth as evidence.
    pub grade: Grade,
    /// What `inspect` says of a file that is not read.
    pub hint: Option<&'static str>,
    /// Its limits as evidence, in a few words; empty for none.
    pub limits: &'static str,
    /// Which of several copies of an event is kept: that of the lowest rank.
    pub copy_rank: u8,
    /// When its marks are asked: lower first, formats of one rank in the order of the registry.
    pub rank: u8,
    /// Small files of the format, as AWS documents it. Tests recognise and read them, and fuzzing starts from them.
    pub examples: &'static [&'static str],
    /// How it is recognised, beside its answers and shapes.
    pub marks: &'static [Mark],
    /// Answers of the CLI, each read as a whole.
    pub answers: &'static [Answer],
    /// Records in lists under a name, read one by one.
    pub shapes: &'static [Shape],
    /// How it is read.
    pub read: Read,
    /// Where one record stands.
    pub record: Record,
    /// What tells two files of the same content apart.
    pub place: Place,
    /// The member of a record that says when it is from, for a look at the beginning of a file.
    pub time: Option<&'static str>,
    /// Tables that its rows go to.
    pub tables: &'static [&'static str],
    /// What makes a damaged file suspected to be one.
    pub traces: &'static [Trace],
    /// Parts of the report that it feeds.
    pub requests: &'static [&'static Request],
}

/// When the marks of a format are asked. An object may hold the members of several, as files that tools or people put
/// together do; then the more specific one is meant.
pub mod rank {
    /// Lists of `Records`.
    pub const RECORDS: u8 = 0;
    /// Records of CloudTrail in answers and envelopes of other services.
    pub const EXPORTS: u8 = 1;
    /// Messages that are set apart: only what holds no record of CloudTrail is one.
    pub const MESSAGES: u8 = 2;
    /// What proves log files.
    pub const INTEGRITY: u8 = 3;
    /// Items of AWS Config.
    pub const ITEMS: u8 = 4;
    /// What AWS Config records, and what it found; answers about its rules are kept beside these at times.
    pub const RECORDERS: u8 = 5;
    /// Findings, and tables that are known by their first columns.
    pub const FINDINGS: u8 = 6;
    /// All others.
    pub const USUAL: u8 = 10;
    /// Tables and lists that are known by few names.
    pub const FEW_NAMES: u8 = 20;
    /// Texts that are known by their first words.
    pub const TEXTS: u8 = 30;
}

impl Declaration {
    /// A full export of something else than events, items and charges: what most declarations start from.
    pub const OTHER: Self = Self {
        label: "",
        docs: None,
        holds: Holds::Other,
        source: None,
        grade: Grade::Full,
        hint: None,
        limits: "",
        copy_rank: 1,
        rank: rank::USUAL,
        examples: &[],
        marks: &[],
        answers: &[],
        shapes: &[],
        read: Read::Nothing,
        record: Record::Document,
        place: Place::Stated,
        time: None,
        tables: &[],
        traces: &[],
        requests: &[],
    };

    /// An export that is read by its shapes.
    pub const SHAPED: Self = Self { read: Read::Shapes, record: Record::Shape, ..Self::OTHER };

    /// A file that is no evidence.
    pub const NO_EVIDENCE: Self = Self { grade: Grade::None, ..Self::OTHER };

    /// A file that nothing is read from.
    pub const NOTHING: Self = Self { holds: Holds::Nothing, limits: "listed, not read", ..Self::NO_EVIDENCE };
}

/// Rank of the first format whose copies of events lack a part of them.
pub const LOSSY_RANK: u8 = 2;
