//! A file read in pieces gives what it gives read whole.

use std::collections::BTreeSet;
use std::io::{self, Read};

use proptest::prelude::*;
use serde_json::json;

use super::{BUCKET_POLICY, Outcome, bucket, item, outcome_of, run, schema, snapshot};
use crate::ingest::formats::config::cut::Pieces;
use crate::ingest::formats::config::{Context, Together, read_piece};

/// Pieces, read one after the other, and how many there were.
fn in_pieces(text: impl Read, size: usize) -> (Outcome, usize) {
    within(text, 1 << 30, size)
}

fn within(text: impl Read, limit: u64, size: usize) -> (Outcome, usize) {
    let mut count = 0;
    let outcome = outcome_of(|out| {
        let mut pieces = Pieces::of_size(text, limit, size).expect("a file that is cut");
        let (kind, mut together) = (pieces.kind(), Together::default());
        while let Some(piece) = pieces.next_piece() {
            count += 1;
            together.add(read_piece(kind, &piece, &Context::default(), &schema()), out);
        }
        together.conclude(kind, out);
        if let Some(trouble) = pieces.trouble() {
            out.note(trouble);
        }
    });
    (outcome, count)
}

fn items(count: usize) -> Vec<serde_json::Value> {
    (0..count)
        .map(|n| {
            let id = format!("b{n}");
            if n % 3 == 0 {
                item("AWS::EC2::Volume", &id, json!({"configuration":{"size":n,"note":"}],[{\"configurationItems\":["},"tags":{"n":id}}))
            } else {
                bucket(&id, json!({"BucketPolicy":{"policyText":BUCKET_POLICY}}))
            }
        })
        .collect()
}

fn same(whole: &Outcome, pieces: &Outcome) {
    assert_eq!(whole.rows, pieces.rows);
    assert_eq!(whole.counts, pieces.counts);
    assert_eq!(whole.rejects, pieces.rejects);
    assert_eq!(whole.notes, pieces.notes);
    assert_eq!(whole.times, pieces.times);
}

#[test]
fn every_form_is_cut_and_put_together() {
    let items = items(60);
    let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
    let spaced = serde_json::to_string_pretty(&json!({"configurationItems":items})).unwrap();
    for text in [
        snapshot(&items),
        format!("{}\n{}\r\n{}", snapshot(&items[..20]), snapshot(&items[20..40]), snapshot(&items[40..])),
        json!({"baseConfigurationItems":items,"unprocessedResourceKeys":[]}).to_string(),
        serde_json::Value::from(items.clone()).to_string(),
        lines,
        spaced,
        json!({"configurationItems":[]}).to_string(),
    ] {
        let whole = run(&text);
        for size in [1, 1_000, 7_000, 1 << 20] {
            let (pieces, count) = in_pieces(text.as_bytes(), size);
            same(&whole, &pieces);
            let wanted = whole.counts.read > 0 && size < 5_000;
            assert!(!wanted || count >= 15, "{count} pieces of {size} of {}", &text[..60]);
        }
    }
}

#[test]
fn rejects_say_where_in_the_file() {
    let items = items(40);
    let mut text = snapshot(&items);
    let hit = text.find("\"resourceId\":\"b20\"").unwrap();
    text.replace_range(hit..hit + 13, "\"resourceId\" ");
    let (whole, (pieces, count)) = (run(&text), in_pieces(text.as_bytes(), 2_000));
    assert!(count > 10, "{count}");
    same(&whole, &pieces);
    pieces.assert_account(40, 1);
    assert_eq!(pieces.rejects[0].record, 20);
    let start = usize::try_from(pieces.rejects[0].byte_offset.unwrap()).unwrap();
    assert!(text[..hit].rfind("{\"ARN\"").unwrap() == start, "{start} of {hit}");
}

#[test]
fn an_item_without_end_is_not_held() {
    let text = format!("{}{}", &snapshot(&items(40))[..8_000], "x".repeat(3 << 20));
    let (pieces, _) = within(text.as_bytes(), 1 << 20, 2_000);
    assert!(pieces.counts.kept > 5 && pieces.counts.rejected == 1, "{:?}", pieces.counts);
    assert!(pieces.noted("what follows them was not read; --max-file-size raises the limit"), "{:?}", pieces.notes);
}

/// A text that breaks off with an error.
struct Broken<'t>(&'t [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::Error::other("corrupt deflate stream"));
        }
        self.0.read(into)
    }
}

#[test]
fn a_stream_that_breaks_off_is_read_as_far_as_it_goes() {
    let text = snapshot(&items(40));
    let cut = text.find("\"resourceId\":\"b30\"").unwrap();
    let (pieces, _) = in_pieces(Broken(&text.as_bytes()[..cut]), 2_000);
    pieces.assert_account(31, 1);
    assert!(pieces.noted(&format!("cut after {cut} decompressed bytes: corrupt deflate stream")), "{:?}", pieces.notes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Wherever quotes, brackets and bytes go missing or come in: what was not touched arrives.
    #[test]
    fn damage_stays_where_it_is(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), 0..9_usize), 1..4),
        size in prop_oneof![Just(1_usize), 500..6_000_usize],
    ) {
        let items = items(40);
        let mut text = snapshot(&items).into_bytes();
        let places: Vec<(String, usize, usize)> = items.iter().map(|item| {
            let (id, item) = (item["resourceId"].as_str().unwrap().to_owned(), item.to_string());
            let start = memchr::memmem::find(&text, item.as_bytes()).unwrap();
            (id, start, start + item.len())
        }).collect();
        let (first, last) = (places[0].1, places[39].2);
        let mut untouched: BTreeSet<&str> = places.iter().map(|(id, _, _)| id.as_str()).collect();
        let mut at: Vec<(usize, usize)> = hits.iter().map(|(at, how)| (first + 1 + at.index(last - first - 2), *how)).collect();
        at.sort_unstable_by(|a, b| b.cmp(a));
        for (at, how) in at {
            for (id, start, end) in &places {
                if *start <= at + 1 && at <= *end + 1 {
                    untouched.remove(id.as_str());
                }
            }
            let with: &[u8] = [&b"\""[..], b"{", b"}", b"[", b"]", b"\\", b"", b",", b"x"][how];
            text.splice(at..=at, with.iter().copied());
        }
        let (pieces, _) = in_pieces(text.as_slice(), size);
        prop_assert_eq!(pieces.counts.read, pieces.counts.kept + pieces.counts.rejected);
        let arrived: BTreeSet<&str> = pieces.table("config_items").iter().filter_map(|row| row["resource_id"].as_str()).collect();
        let lost: Vec<_> = untouched.difference(&arrived).collect();
        prop_assert!(lost.is_empty(), "{:?}: {:?}", lost, pieces.rejects);
    }
}
