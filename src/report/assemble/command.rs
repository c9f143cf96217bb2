//! The line that prints a record of the client's own file, wherever the file lies: as delivered, under
//! gzip or zstd, in an archive, in an archive in an archive.

use std::collections::BTreeMap;

use crate::ingest::detect::Format;
use crate::ingest::formats::cloudtrail;
use crate::ingest::formats::config;
use crate::ingest::formats::declaration::Record;
use crate::ingest::formats::{posture, trail_exports};
use crate::ingest::reading::archive::INSIDE;
use crate::ingest::reading::container::Layer;

/// The line that prints a record of the client's own file.
pub(super) fn line(path: &str, format: Format, record: u64, layers: &[Layer], archives: &BTreeMap<String, String>) -> String {
    let (open, file) = opened(path, layers, archives);
    if path.to_ascii_lowercase().ends_with(".parquet") {
        return parquet(path, &open, record);
    }
    let declaration = format.declaration();
    match declaration.record {
        Record::Event => match format.cloudtrail() {
            // One record a line is how a stream is nearly always written; a broken line would stop jq -s.
            Some(cloudtrail::Container::Stream) => format!("{open}sed -n {}p{file} | jq .", record + 1),
            Some(cloudtrail::Container::Export(export)) => trail_exports::shell(export, record, &open, &file),
            Some(other) => format!("{open}jq '{}'{file}", cloudtrail::jq(other, record)),
            None => format!("{open}jq .{file}"),
        },
        Record::Item(kind) => format!("{open}jq '{}'{file}", config::jq_path(kind, record)),
        Record::Row => format!("{open}sed -n '1p;{}p'{file}", record + 2),
        Record::Line(_) => format!("{open}sed -n {}p{file}", record + 1),
        Record::FirstList => format!("{open}jq '[.[] | arrays][0][{record}]'{file}"),
        Record::Shape => format!("{open}jq -n '{}'{file}", posture::jq(declaration.shapes, record)),
        Record::Found(_, Some(jq)) => format!("{open}jq -n '{}'{file}", jq(record)),
        Record::Found(_, None) | Record::Document => format!("{open}jq .{file}"),
    }
}

/// A row of a Parquet file. DuckDB reads no pipe, so a member of an archive is taken out first.
fn parquet(path: &str, open: &str, record: u64) -> String {
    let (taken, path) = match open.strip_suffix(" | ") {
        Some(stages) => (format!("{stages} > record.parquet && "), "record.parquet"),
        None => (String::new(), path),
    };
    let query = format!("SELECT * FROM read_parquet('{}') LIMIT 1 OFFSET {record}", path.replace('\'', "''"));
    format!("{taken}duckdb -json -c {}", quoted(&query))
}

/// What opens a file: a pipe to read it from, or its name to put behind the command.
fn opened(path: &str, layers: &[Layer], archives: &BTreeMap<String, String>) -> (String, String) {
    let mut pieces = pieces(path, archives).into_iter();
    let Some((first, mut kind)) = pieces.next() else { return (String::new(), String::new()) };
    // A name must not be taken for an option.
    let first = quoted(&if first.starts_with('-') { format!("./{first}") } else { first.to_owned() });
    let mut stages: Vec<String> = Vec::new();
    for (name, next) in pieces {
        let archive = kind.unwrap_or_default();
        let bare = archive.split_once('.').map_or("", |(_, packing)| packing);
        let is_zip = archive.starts_with("zip");
        match (stages.is_empty(), is_zip, bare) {
            (true, true, "") => stages.push(format!("unzip -p {first} {}", quoted(&unzip_name(name)))),
            // tar sees by itself what a file is packed with, of a pipe it does not.
            (true, false, "gz" | "zst" | "") => stages.push(format!("tar -xOf {first} -- {}", quoted(name))),
            (whole, ..) => {
                for (at, packing) in bare.split('.').rev().filter(|p| !p.is_empty()).enumerate() {
                    let file = if whole && at == 0 { format!(" {first}") } else { String::new() };
                    stages.push(format!("{}{file}", if packing == "gz" { "gzip -dc" } else { "zstd -dc" }));
                }
                // unzip reads no pipe.
                stages.push(format!("{} -xOf - -- {}", if is_zip { "bsdtar" } else { "tar" }, quoted(name)));
            }
        }
        kind = next;
    }
    for layer in layers {
        let file = if stages.is_empty() { format!(" {first}") } else { String::new() };
        stages.push(format!("{}{file}", layer.command()));
    }
    if stages.is_empty() { (String::new(), format!(" {first}")) } else { (format!("{} | ", stages.join(" | ")), String::new()) }
}

/// A path cut at its archives, each piece with its kind if it is one.
fn pieces<'p>(path: &'p str, archives: &'p BTreeMap<String, String>) -> Vec<(&'p str, Option<&'p str>)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, _) in path.match_indices(INSIDE) {
        if let Some(kind) = path.get(..at).and_then(|p| archives.get(p)) {
            pieces.push((path.get(start..at).unwrap_or(""), Some(kind.as_str())));
            start = at + INSIDE.len();
        }
    }
    pieces.push((path.get(start..).unwrap_or(""), None));
    pieces
}

/// A name for unzip, which takes some characters for patterns.
fn unzip_name(name: &str) -> String {
    name.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(path: &str, layers: &[Layer]) -> String {
        let kinds = [
            ("client.zip", "zip"),
            ("client.tar.gz", "tar.gz"),
            ("client.zip!/cur.zip", "zip"),
            ("client.zip!/logs.tar.gz", "tar.gz"),
            ("client.zip!/logs.tar.zst", "tar.zst"),
            ("odd.zip.gz", "zip.gz"),
            ("-x.tar", "tar"),
        ];
        let archives = kinds.into_iter().map(|(p, k)| (p.to_owned(), k.to_owned())).collect();
        line(path, Format::CloudtrailRecords, 17, layers, &archives)
    }

    #[test]
    fn a_line_opens_what_the_file_lies_in() {
        let jq = "jq '.Records[17]'";
        let gz = &[Layer::Gzip][..];
        for (path, layers, wanted) in [
            ("a/b.json", &[][..], format!("{jq} 'a/b.json'")),
            ("a/b.json.gz", gz, format!("gzip -dc 'a/b.json.gz' | {jq}")),
            // Content decides, not the name.
            ("a/b.json.gz", &[], format!("{jq} 'a/b.json.gz'")),
            ("a/b.json", &[Layer::Zstd, Layer::Utf16Le], format!("zstd -dc 'a/b.json' | iconv -f UTF-16LE -t UTF-8 | {jq}")),
            ("client.zip!/a/b.json.gz", gz, format!("unzip -p 'client.zip' 'a/b.json.gz' | gzip -dc | {jq}")),
            ("client.zip!/a[1]*.json", &[], format!("unzip -p 'client.zip' 'a\\[1]\\*.json' | {jq}")),
            ("client.tar.gz!/./a/b.json.gz", gz, format!("tar -xOf 'client.tar.gz' -- './a/b.json.gz' | gzip -dc | {jq}")),
            ("client.zip!/cur.zip!/x.json", &[], format!("unzip -p 'client.zip' 'cur.zip' | bsdtar -xOf - -- 'x.json' | {jq}")),
            (
                "client.zip!/logs.tar.gz!/x.json",
                &[],
                format!("unzip -p 'client.zip' 'logs.tar.gz' | gzip -dc | tar -xOf - -- 'x.json' | {jq}"),
            ),
            ("client.zip!/logs.tar.zst!/x", &[], format!("unzip -p 'client.zip' 'logs.tar.zst' | zstd -dc | tar -xOf - -- 'x' | {jq}")),
            ("odd.zip.gz!/x", &[], format!("gzip -dc 'odd.zip.gz' | bsdtar -xOf - -- 'x' | {jq}")),
            // Names that would be options or end the quotes, and a folder that only looks like an archive.
            ("-x.tar!/--to-command=sh", &[], format!("tar -xOf './-x.tar' -- '--to-command=sh' | {jq}")),
            ("it's!/b.json", &[], format!("{jq} 'it'\\''s!/b.json'")),
        ] {
            assert_eq!(line_of(path, layers), wanted);
        }
    }
}
