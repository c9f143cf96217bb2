//! `inspect`: what is here, what it covers, what is missing and how to export it.
//!
//! Without `--full` a file is judged by its first 256 KiB and its path; with it every file is read to its
//! end into a store that is thrown away.

mod look;
mod missing;
mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use rayon::prelude::*;

use super::help::Advice;
use super::ingest::{self, Inputs};
use super::{catalogue, engagement, limits, reading, screen, threads};
use crate::base::time;
use crate::cli::{Global, Inspect};
use crate::ingest::detect::Format;
use crate::report::assemble::words;
use crate::store::{Store, build};
use seen::Seen;

/// Paths named in a list.
const NAMED: usize = 20;

/// Runs `inspect`.
///
/// # Errors
/// When an input does not exist, holds no file, or cannot be read.
pub fn run(options: &Inspect, global: &Global) -> anyhow::Result<ExitCode> {
    let offered = build::offered(&options.inputs, &[]).context("an input cannot be listed")?;
    let names = || options.inputs.iter().map(|i| i.display().to_string()).collect::<Vec<_>>().join(", ");
    if offered.is_empty() {
        bail!(Advice::new(format!("no file under {}", names()), "give the folder that holds the exported files"));
    }
    if let Some(store) = options.inputs.iter().find(|i| Store::is_store(i)) {
        bail!(Advice::new(
            format!("{} is an evidence store, not a folder of exports", store.display()),
            format!("sixpillars query \"SELECT * FROM input_files\" --store {}", store.display())
        ));
    }
    let heading = |files: &[Seen]| format!("{} in {}\n\n", words::count(files.len() as u64, "file", "files"), names());
    let mut text;
    let files = if options.full {
        let (files, account) = full(options, global)?;
        text = heading(&files);
        text.push_str(&listing(&files));
        text.push_str(&account);
        files
    } else {
        let bar = screen::bar(global, "looking");
        bar.set_length(offered.len() as u64);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads(global)).build().context("no worker thread could be started")?;
        let files: Vec<Seen> = pool.install(|| {
            offered
                .par_iter()
                .flat_map_iter(|o| {
                    let seen = look::files(o, &limits(&options.caps));
                    bar.inc(1);
                    seen
                })
                .collect()
        });
        bar.finish_and_clear();
        text = heading(&files);
        text.push_str(&listing(&files));
        text.push_str(
            "\nAccounts, Regions and dates are those of paths and of the first records; --full reads every file to its end and counts.\n",
        );
        files
    };
    text.push_str(&others(&files));
    // A broken engagement file stops a report; here it is only said.
    match engagement(&options.engagement, &options.inputs, global) {
        Ok(engagement) => text.push_str(&missing::text(&files, &engagement)),
        Err(error) => {
            text.push_str(&missing::text(&files, &crate::engagement::Engagement::default()));
            text.push_str(&format!("\nThe engagement file cannot be used: {error:#}\n"));
        }
    }
    screen::out(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads everything into a store that is thrown away; gives the files and the account of their records.
fn full(options: &Inspect, global: &Global) -> anyhow::Result<(Vec<Seen>, String)> {
    let catalogue = catalogue(global)?;
    let folder = tempfile::tempdir().context("no temporary folder could be made")?;
    let mut inputs = Inputs::sort(&options.inputs, &[]);
    inputs.left_out.extend(folder.path().canonicalize());
    let store = ingest::into_store(&inputs, folder.path(), &reading(&options.caps, false, global), &catalogue, global)?;
    let mut files = Vec::new();
    for file in store.manifest.files.values() {
        for path in &file.paths {
            files.push(Seen {
                path: path.clone(),
                format: Some(file.format),
                bytes: file.bytes,
                hint: String::new(),
                places: if file.seen.is_empty() {
                    look::places(path)
                } else {
                    file.seen.iter().map(|(a, r)| (a.to_owned(), r.to_owned())).collect()
                },
                times: file.first_time.zip(file.last_time),
            });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    // What an unrecognised file looks like is not kept in the manifest.
    let looked: BTreeMap<String, String> = build::offered(&options.inputs, &[])?
        .iter()
        // What can be read once is gone.
        .filter(|o| !o.once && files.iter().any(|f| f.format == Some(Format::Unrecognised) && f.path.starts_with(&o.shown)))
        .flat_map(|o| look::files(o, &limits(&options.caps)))
        .map(|seen| (seen.path, seen.hint))
        .collect();
    for file in files.iter_mut().filter(|f| f.format == Some(Format::Unrecognised)) {
        file.hint = looked.get(&file.path).cloned().unwrap_or_default();
    }
    Ok((files, account(&store)))
}

/// Read = kept + duplicate + out of scope + rejected, by kind and in total; then rejects and remarks.
fn account(store: &Store) -> String {
    let mut kinds: BTreeMap<Format, [u64; 6]> = BTreeMap::new();
    for file in store.manifest.files.values() {
        let copies = (file.paths.len() as u64).saturating_sub(1);
        let own = [
            copies + 1,
            file.read * (copies + 1),
            file.kept,
            // The same bytes under a second name are copies, all of them.
            file.duplicate + file.read * copies,
            file.out_of_scope,
            file.rejected,
        ];
        for (sum, n) in kinds.entry(file.format.listed_as()).or_default().iter_mut().zip(own) {
            *sum += n;
        }
    }
    let mut total = [0; 6];
    let mut rows = Vec::new();
    for (format, sums) in &kinds {
        rows.push(std::iter::once(format.label().to_owned()).chain(sums.iter().map(|n| words::thousands(*n))).collect());
        for (all, n) in total.iter_mut().zip(sums) {
            *all += n;
        }
    }
    rows.push(std::iter::once("total".to_owned()).chain(total.iter().map(|n| words::thousands(*n))).collect());
    let columns = ["records", "files", "read", "= kept", "+ duplicate", "+ out of scope", "+ rejected"].map(str::to_owned);
    let mut text = format!("\n{}", screen::table(&columns, &rows));
    let closes = store.manifest.files.values().all(crate::store::manifest::InputFile::balances);
    text.push_str(if closes {
        "The account closes for every file.\n"
    } else {
        "The account does not close for every file: this is a fault of this tool.\n"
    });
    let mut list = Vec::new();
    for file in store.manifest.files.values() {
        let path = file.paths.first().map_or("", String::as_str);
        list.extend(file.rejects.iter().map(|r| vec![path.to_owned(), format!("record {}", r.record), r.reason.clone()]));
        list.extend(file.notes.iter().map(|n| vec![path.to_owned(), "remark".to_owned(), n.to_string()]));
        list.extend(file.out_of_scope_reason.iter().map(|n| vec![path.to_owned(), "left out".to_owned(), n.clone()]));
    }
    list.sort();
    if !list.is_empty() {
        let more = list.len().saturating_sub(NAMED);
        list.truncate(NAMED);
        let columns = ["file", "what", "why"].map(str::to_owned);
        text.push_str(&format!("\n{}", screen::table(&columns, &list)));
        if more > 0 {
            text.push_str(&format!("and {more} more\n"));
        }
    }
    text
}

/// One line for each kind of export.
fn listing(files: &[Seen]) -> String {
    let mut kinds: BTreeMap<Format, Vec<&Seen>> = BTreeMap::new();
    for file in files {
        kinds.entry(file.format.unwrap_or(Format::Unrecognised).listed_as()).or_default().push(file);
    }
    let columns = ["what", "files", "bytes", "accounts", "Regions", "first", "last"].map(str::to_owned);
    let rows: Vec<Vec<String>> = kinds
        .into_iter()
        .map(|(format, list)| {
            let set = |of: fn(&(String, String)) -> &String| -> BTreeSet<&str> {
                list.iter().flat_map(|f| &f.places).map(|p| of(p).as_str()).filter(|t| !t.is_empty() && *t != "global").collect()
            };
            let first = list.iter().filter_map(|f| f.times).map(|(a, _)| a).min();
            let last = list.iter().filter_map(|f| f.times).map(|(_, b)| b).max();
            let day = |t: Option<i64>| t.map_or(String::new(), |t| time::date_text(time::day_of(t)));
            vec![
                format.label().to_owned(),
                words::thousands(list.len() as u64),
                words::bytes(list.iter().map(|f| f.bytes).sum()),
                few(&set(|p| &p.0)),
                few(&set(|p| &p.1)),
                day(first),
                day(last),
            ]
        })
        .collect();
    screen::table(&columns, &rows)
}

/// Some names, or how many.
fn few(names: &BTreeSet<&str>) -> String {
    const MOST: usize = 4;
    if names.len() > MOST { names.len().to_string() } else { names.iter().copied().collect::<Vec<_>>().join(" ") }
}

/// Files that nothing is read from.
fn others(files: &[Seen]) -> String {
    let list: Vec<&Seen> = files.iter().filter(|f| f.format.is_none_or(Format::is_nothing)).collect();
    if list.is_empty() {
        return String::new();
    }
    let more = list.len().saturating_sub(NAMED);
    let rows: Vec<Vec<String>> = list.iter().take(NAMED).map(|f| vec![f.path.clone(), words::bytes(f.bytes), f.hint.clone()]).collect();
    let mut text = format!("\n{}", screen::table(&["not recognised".to_owned(), "bytes".to_owned(), "looks like".to_owned()], &rows));
    if more > 0 {
        text.push_str(&format!("and {more} more\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn seen(path: &str, head: &[u8]) -> Seen {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::File::create(&file).unwrap().write_all(head).unwrap();
        let offered = crate::ingest::Offered { path: file, shown: path.to_owned(), bytes: head.len() as u64, refused: None, once: false };
        look::files(&offered, &crate::ingest::reading::container::Limits::default()).remove(0)
    }

    #[test]
    fn a_path_tells_place_and_day() {
        let file = seen(
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/02/111122223333_CloudTrail_eu-west-1_20260502T2359Z_AAAA.json",
            br#"{"Records":[]}"#,
        );
        assert_eq!(file.format, Some(Format::CloudtrailRecords));
        assert!(file.places.contains(&("111122223333".to_owned(), "eu-west-1".to_owned())));
        let (first, last) = file.times.unwrap();
        assert_eq!(
            (time::date_text(time::day_of(first)), time::date_text(time::day_of(last))),
            ("2026-05-02".to_owned(), "2026-05-02".to_owned())
        );
    }

    #[test]
    fn the_first_records_tell_what_a_path_does_not() {
        let text = br#"{"Events":[{"EventId":"1","CloudTrailEvent":"{\"eventTime\":\"2026-05-01T09:00:00Z\",\"awsRegion\":\"us-west-2\",\"recipientAccountId\":\"444455556666\"}"}]}"#;
        let file = seen("answers/events.json", text);
        assert_eq!(file.format, Some(Format::CloudtrailLookup));
        assert!(file.places.contains(&("444455556666".to_owned(), "us-west-2".to_owned())));
        assert_eq!(time::date_text(time::day_of(file.times.unwrap().0)), "2026-05-01");
    }

    #[test]
    fn a_billing_month_ends_before_its_second_date() {
        let file = seen("cost/acme/20260401-20260501/a/acme-1.csv", b"identity/LineItemId,lineItem/UsageAmount\n");
        let (first, last) = file.times.unwrap();
        assert_eq!(
            (time::date_text(time::day_of(first)), time::date_text(time::day_of(last))),
            ("2026-04-01".to_owned(), "2026-04-30".to_owned())
        );
    }

    #[test]
    fn what_no_reader_reads_is_named() {
        assert_eq!(seen("x.parquet", b"PAR1....").hint, "Parquet with columns of no known export");
        assert_eq!(seen("x.zip", b"PK\x03\x04....").format, Some(Format::Archive));
        assert_eq!(seen("x", b"").format, Some(Format::Empty));
    }

    #[test]
    fn what_is_missing_is_said_with_a_command() {
        let files =
            vec![seen("iam/111122223333.csv", b"user,arn,user_creation_time,password_enabled\nada,arn:aws:iam::111122223333:user/ada,,\n")];
        let text = missing::text(&files, &crate::engagement::Engagement::default());
        assert!(text.contains("aws configservice deliver-config-snapshot"), "{text}");
        assert!(!text.contains("generate-credential-report"), "{text}");
    }
}
