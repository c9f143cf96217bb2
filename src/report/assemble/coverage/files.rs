//! The account of records: by file, by kind of input, in total; files nobody recognised, rejects, custody.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::super::{Input, words};
use crate::base::{steps, time};
use crate::evaluate::{EvaluateError, Grid, run_text};
use crate::ingest::detect::Format;
use crate::ingest::formats::declaration::Grade;
use crate::ingest::reading::archive::INSIDE;
use crate::ingest::remark::{self, Remark};
use crate::report::model::{Bar, Cell, Chart, ChartData, Column, SeriesKey, Table, Tone};
use crate::report::tables::InputLine;
use crate::store::manifest::InputFile;
use crate::store::parquet::frame;

/// Rows of the tables of this part that are printed.
const SHOWN: usize = 25;

/// The account of all files.
pub(super) struct Account {
    /// By kind of input.
    pub(super) lines: Vec<InputLine>,
    /// Whether it closes for every file.
    pub(super) reconciles: bool,
    /// Cost records of months the period does not touch.
    pub(super) other_months: u64,
    /// Events outside the period.
    pub(super) other_days: u64,
    /// Files offered, copies under other names included.
    pub(super) files: u64,
}

impl Account {
    /// Sum of one figure over all kinds.
    pub(super) fn sum(&self, of: fn(&InputLine) -> u64) -> u64 {
        self.lines.iter().map(of).sum()
    }
}

/// Accounts for every file: further copies of a file count as read and duplicate as a whole, records
/// outside the period as out of scope.
pub(super) fn account(input: &Input<'_>) -> Result<Account, EvaluateError> {
    let mut kinds: BTreeMap<Format, (InputLine, Vec<&InputFile>)> = BTreeMap::new();
    let mut account = Account { lines: Vec::new(), reconciles: true, other_months: 0, other_days: 0, files: 0 };
    for file in input.store.manifest.files.values() {
        let days = input.scope.outside.get(&file.file_id).copied().unwrap_or(0);
        let months = other_months(input, file)?;
        let outside = days + months;
        account.other_days += days;
        account.other_months += months;
        let copies = (file.paths.len() as u64).saturating_sub(1);
        let one = InputLine {
            files: copies + 1,
            read: file.read.saturating_mul(copies + 1),
            kept: file.kept.saturating_sub(outside),
            duplicate: file.duplicate + file.read.saturating_mul(copies),
            out_of_scope: file.out_of_scope + outside,
            rejected: file.rejected,
            ..InputLine::default()
        };
        account.files += one.files;
        account.reconciles &= file.balances() && outside <= file.kept && one.reconciles();
        let (line, files) = kinds.entry(file.format.listed_as()).or_default();
        line.files += one.files;
        line.read += one.read;
        line.kept += one.kept;
        line.duplicate += one.duplicate;
        line.out_of_scope += one.out_of_scope;
        line.rejected += one.rejected;
        files.push(file);
    }
    for (format, (mut line, files)) in kinds {
        format.label().clone_into(&mut line.name);
        line.integrity = integrity(input, format, &files);
        account.lines.push(line);
    }
    Ok(account)
}

/// Records of a cost file whose month the period does not touch. Bills are monthly, so whole months count.
fn other_months(input: &Input<'_>, file: &InputFile) -> Result<u64, EvaluateError> {
    const DAILY: &str = "cost_daily";
    if !file.rows.contains_key(DAILY) || file.out_of_scope_reason.is_some() {
        return Ok(0);
    }
    let (first, last) = months(input);
    let inside = |t: Option<i64>| t.is_some_and(|t| (first.as_str()..=last.as_str()).contains(&time::month_text(time::day_of(t)).as_str()));
    if inside(file.first_time) && inside(file.last_time) {
        return Ok(0);
    }
    let columns = ["charge_month", "charge_rows"].map(str::to_owned);
    let rows = frame::read(&input.store.stored_path(DAILY, &format!("{}.parquet", file.file_id)), Some(&columns))?;
    let text = "SELECT charge_month, SUM(charge_rows) AS charges FROM cost_daily GROUP BY charge_month";
    let grid = grid(input, "months of a cost file", text, &[(DAILY, rows)])?;
    let mut outside = 0;
    for row in &grid.rows {
        let month = grid.get(row, &["charge_month"]).to_text();
        if month < first || month > last {
            outside += count(&grid, row, "charges");
        }
    }
    Ok(outside.min(file.kept))
}

/// First and last month the period touches.
pub(in super::super) fn months(input: &Input<'_>) -> (String, String) {
    const HALF_DAY: i64 = 43_200_000_000;
    let month = |t: i64| time::month_text(time::day_of(t));
    if !input.period.known {
        return (String::new(), String::new());
    }
    (month(input.period.start + HALF_DAY), month(input.period.end - HALF_DAY - 1))
}

/// One SELECT over frames at hand, as values.
pub(in super::super) fn grid(
    input: &Input<'_>,
    name: &str,
    text: &str,
    extra: &[(&str, crate::evaluate::Rows)],
) -> Result<Grid, EvaluateError> {
    let rows = run_text(input.tables, name, text, extra)?;
    Grid::of(&rows, 100_000).map_err(|source| EvaluateError::Query { query: name.to_owned(), source })
}

/// A count of a result; NULL is 0.
pub(in super::super) fn count(grid: &Grid, row: &[crate::evaluate::Value], name: &str) -> u64 {
    match grid.get(row, &[name]) {
        crate::evaluate::Value::Int(n) => u64::try_from(*n).unwrap_or(0),
        _ => 0,
    }
}

/// What is known of the integrity of one kind of input, in few words.
fn integrity(input: &Input<'_>, format: Format, files: &[&InputFile]) -> String {
    let mut words: Vec<String> = Vec::new();
    let (grade, limits) = format.evidence();
    match format {
        Format::CloudtrailRecords if input.integrity.chains.is_empty() => {
            words.push("no digest delivered: continuity not proven".to_owned())
        }
        Format::CloudtrailRecords => {
            let (all, sound) = input.integrity.logs;
            words.push(format!("{} of {} listed by a digest and unaltered", words::thousands(sound), words::thousands(all)));
        }
        Format::CloudtrailDigest => words.push(super::digests::in_words(input)),
        Format::Archive => words.push("hashed on arrival, as is every file in it".to_owned()),
        _ => match grade {
            Grade::Partial | Grade::Lossy => words.push(format!("weaker: {limits}")),
            Grade::None => words.push(limits.to_owned()),
            Grade::Full => {}
        },
    }
    let cut = files.iter().filter(|f| is_cut(f)).count() as u64;
    if cut > 0 {
        words.push(format!("{} cut short or damaged", words::count(cut, "file", "files")));
    }
    let apart = files.iter().filter(|f| super::is_restated(f)).count() as u64;
    if apart > 0 {
        words.push(format!("{} set apart: the month is stated by other files", words::count(apart, "file", "files")));
    }
    if words.is_empty() {
        words.push("hashed on arrival".to_owned());
    }
    words.join("; ")
}

/// Whether a file ends early or is damaged.
pub(super) fn is_cut(file: &InputFile) -> bool {
    file.notes.iter().any(Remark::is_cut)
}

/// Records by kind as stacked bars.
pub(super) fn chart(account: &Account) -> Chart {
    let series = vec![
        SeriesKey::new("kept", Tone::C1),
        SeriesKey::new("duplicate", Tone::C3),
        SeriesKey::new("out of scope", Tone::None),
        SeriesKey::new("rejected", Tone::Critical),
    ];
    let lines: Vec<&InputLine> = account.lines.iter().filter(|l| l.read > 0).collect();
    let bars: Vec<Bar> = lines
        .iter()
        .map(|l| Bar {
            label: l.name.clone(),
            parts: [l.kept, l.duplicate, l.out_of_scope, l.rejected].map(super::drawn).to_vec(),
            text: words::thousands(l.read),
        })
        .collect();
    let alt: Vec<String> =
        lines.iter().map(|l| format!("{} {} read, {} kept", l.name, words::thousands(l.read), words::thousands(l.kept))).collect();
    Chart {
        id: "coverage-records-by-kind".to_owned(),
        title: "Records by kind of input".to_owned(),
        caption: "Copies, records outside the period and rejected ones enter no result.".to_owned(),
        alt: if alt.is_empty() { "No record was read.".to_owned() } else { format!("{}.", alt.join("; ")) },
        unit: "records".to_owned(),
        half: true,
        data: ChartData::Bars { series, bars },
    }
}

/// Files whose format was not recognised, or that are empty.
pub(super) fn unrecognised(input: &Input<'_>) -> Table {
    let columns = vec![Column::code("File"), Column::number("Bytes"), Column::text("What was seen"), Column::code("SHA-256")];
    let mut table = Table::new("unrecognised", "Files whose format was not recognised; nothing in them was read", columns)
        .or_empty("Every file was recognised.")
        .in_workpaper("workpapers/input-files.csv");
    let mut rows = Vec::new();
    for file in input.store.manifest.files.values() {
        let seen = match file.format {
            Format::Empty => "empty file".to_owned(),
            Format::Unrecognised if file.notes.is_empty() => "no known export".to_owned(),
            Format::Unrecognised => remark::joined(&file.notes),
            _ => continue,
        };
        rows.extend(file.paths.iter().map(|p| (p, file.bytes, seen.clone(), &file.sha256)));
    }
    rows.sort();
    for (path, bytes, seen, sha256) in rows {
        table.push(vec![Cell::text(path), Cell::count(bytes), Cell::text(seen), Cell::text(sha256)]);
    }
    table.cap(SHOWN);
    table
}

/// Rejected records with their reasons.
pub(super) fn rejects(input: &Input<'_>) -> Table {
    let columns = vec![Column::code("File"), Column::number("Record"), Column::number("Byte"), Column::text("Reason")];
    let mut table = Table::new("rejects", "Rejected records; records count from 0, bytes after decompression", columns)
        .or_empty("No record was rejected.");
    let mut rows = Vec::new();
    let mut total = 0;
    for file in input.store.manifest.files.values() {
        total += file.rejected;
        let path = file.paths.first().map_or("", String::as_str);
        rows.extend(file.rejects.iter().map(|r| (path, r)));
    }
    rows.sort_by_key(|(path, r)| (*path, r.record));
    for (path, reject) in rows.into_iter().take(SHOWN) {
        let byte = reject.byte_offset.map_or_else(|| Cell::text(""), Cell::count);
        table.push(vec![Cell::text(path), Cell::count(reject.record), byte, Cell::text(&reject.reason)]);
    }
    table.total = total.max(table.total);
    table.workpaper = Some("workpapers/rejected-records.csv".to_owned()).filter(|p| input.workpapers.contains_key(p));
    table
}

/// What the engagement says about how files came, beside what arrived.
pub(super) fn custody(input: &Input<'_>) -> Table {
    let columns = vec![
        Column::code("Path"),
        Column::text("Exported by"),
        Column::code("Command"),
        Column::date("When"),
        Column::text("How it came, received by"),
        Column::number("Files"),
        Column::code("SHA-256 on arrival"),
    ];
    let caption = "Custody as the engagement states it, beside our hashes. For a folder: SHA-256 over its files' lines of hash, two spaces and path, in order of path";
    let mut table = Table::new("custody", caption, columns)
        .or_empty("The engagement does not state how the files came. The hashes on arrival stand in the list of files.");
    let mut files: BTreeSet<(&str, &str)> = BTreeSet::new();
    for file in input.store.manifest.files.values() {
        files.extend(file.paths.iter().map(|p| (p.as_str(), file.sha256.as_str())));
    }
    let (said, without) = by_entry(&files, input.engagement.received.iter().map(|r| r.path.as_str()));
    for (r, own) in input.engagement.received.iter().zip(said) {
        let hash = match own.as_slice() {
            [] => "no such file among the inputs".to_owned(),
            [(_, hash)] => (*hash).to_owned(),
            // An archive is the file that came; what it holds lies under its path.
            [(path, hash), ..] if input.store.manifest.archives.contains_key(*path) => (*hash).to_owned(),
            many => const_hex::encode(Sha256::digest(many.iter().map(|(p, h)| format!("{h}  {p}\n")).collect::<String>().as_bytes())),
        };
        let how = [r.how.as_str(), r.received_by.as_str()].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>().join(", ");
        table.push(vec![
            Cell::text(&r.path),
            Cell::text(&r.who),
            Cell::text(&r.command),
            Cell::text(&r.when),
            Cell::text(how),
            Cell::count(own.len() as u64),
            Cell::text(hash),
        ]);
    }
    if without > 0 && !input.engagement.received.is_empty() {
        let mut row = vec![Cell::text("all other files"), Cell::text("not stated")];
        row.extend(["", "", ""].map(Cell::text));
        row.extend([Cell::count(without), Cell::text("in the list of files")]);
        table.push(row);
    }
    table
}

/// A file: its path, in an archive as well without the archive's own path, and its hash.
type Named<'f> = (&'f str, &'f str);

/// The files that lie under each path that the engagement names, and how many lie under none. A path may lie in an archive:
/// where the engagement speaks of what is inside, the archive's own path is left out. Every file asks for the folders above
/// it, so that files are not gone through for each entry.
fn by_entry<'f, 's>(files: &BTreeSet<Named<'f>>, said: impl Iterator<Item = &'s str>) -> (Vec<Vec<Named<'f>>>, u64) {
    let mut entries: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut own: Vec<Vec<Named<'f>>> = Vec::new();
    for said in said {
        let said = said.trim_start_matches("./").trim_end_matches('/');
        entries.entry(if said == "." { "" } else { said }).or_default().push(own.len());
        own.push(Vec::new());
    }
    let naming = |path: &str| -> BTreeSet<usize> { above(path).filter_map(|above| entries.get(above)).flatten().copied().collect() };
    let mut without = 0;
    for (path, hash) in files {
        let outside = naming(path);
        let within = path.rsplit_once(INSIDE).map_or(*path, |(_, inside)| inside.strip_prefix("./").unwrap_or(inside));
        let inside = &naming(within) - &outside;
        without += u64::from(outside.is_empty() && inside.is_empty());
        for (path, entries) in [(*path, outside), (within, inside)] {
            entries.into_iter().for_each(|at| own[at].push((path, *hash)));
        }
    }
    (own, without)
}

/// A path, the folders and archives above it, and the empty path above all.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.match_indices('/').flat_map(|(at, _)| {
        let folder = path.get(..at);
        [folder, folder.and_then(|folder| folder.strip_suffix('!'))]
    });
    steps::count(path.len());
    folders.flatten().chain([path, ""])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of a file that lies under what the engagement names, in an archive as well: without the
    /// archive's own path where the engagement speaks of what is inside.
    fn under<'p>(path: &'p str, said: &str) -> Option<&'p str> {
        let said = said.trim_start_matches("./").trim_end_matches('/');
        let is_under = |path: &str| {
            said.is_empty()
                || said == "."
                || path == said
                || path.strip_prefix(said).is_some_and(|rest| rest.starts_with('/') || rest.starts_with(INSIDE))
        };
        if is_under(path) {
            return Some(path);
        }
        let inside = path.rsplit_once(INSIDE)?.1;
        let inside = inside.strip_prefix("./").unwrap_or(inside);
        is_under(inside).then_some(inside)
    }

    #[test]
    fn custody_reaches_into_archives() {
        assert_eq!(under("logs/a.json", "./logs/"), Some("logs/a.json"));
        assert_eq!(under("logs2/a.json", "logs"), None);
        assert_eq!(under("client.zip", "client.zip"), Some("client.zip"));
        assert_eq!(under("client.zip!/logs/a.json", "client.zip"), Some("client.zip!/logs/a.json"));
        assert_eq!(under("client.tar!/./logs/a.json", "logs"), Some("logs/a.json"));
        assert_eq!(under("client.zip!/logs2/a.json", "logs"), None);
    }
    #[test]
    fn every_entry_has_the_files_that_lie_under_it() {
        let paths = [
            "a.json",
            "logs/a.json",
            "logs/b/c.json",
            "logs2/a.json",
            "client.zip",
            "client.zip!/logs/a.json",
            "client.tar!/./logs/a.json",
            "in/client.zip!/logs/b/inner.zip!/logs/x",
            "",
        ];
        let files: BTreeSet<Named<'_>> = paths.iter().map(|path| (*path, "hash")).collect();
        let said = ["./logs/", "logs", "client.zip", ".", "", "logs/b", "in", "in/client.zip!/logs", "nothing", "client.zip!", "a.json"];
        let (own, without) = by_entry(&files, said.into_iter());
        for (said, own) in said.iter().zip(own) {
            let wanted: Vec<_> = files.iter().filter_map(|(path, hash)| Some((under(path, said)?, *hash))).collect();
            assert_eq!(own, wanted, "{said}");
        }
        assert_eq!(without, 0, "one entry names the folder of all");
        assert_eq!(by_entry(&files, ["logs2"].into_iter()).1, paths.len() as u64 - 1);
    }

    #[test]
    fn custody_of_many_files_and_entries_is_told_in_step() {
        steps::assert_in_step("custody entries and files", 5_000, 2_000, |size| {
            let paths: Vec<String> = (0..size).map(|n| format!("in/folder{n}/file.json")).collect();
            let said: Vec<String> = (0..size).map(|n| format!("in/folder{n}")).collect();
            move || {
                let files: BTreeSet<Named<'_>> = paths.iter().map(|path| (path.as_str(), "hash")).collect();
                let (own, without) = by_entry(&files, said.iter().map(String::as_str));
                assert!(without == 0 && own.iter().all(|own| own.len() == 1));
            }
        });
    }
}
