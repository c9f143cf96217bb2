//! Files of items take twice the steps for twice the size, whole or damaged, read whole or in pieces.

use super::{Outcome, outcome_of, schema};
use crate::base::steps::{assert_in_step, taken};
use crate::ingest::formats::config::cut::Pieces;
use crate::ingest::formats::config::{Context, Kind, Together, read, read_piece};

const ITEM: &str = r#"{"ARN":"arn:aws:s3:::b","awsAccountId":"111122223333","awsRegion":"eu-west-1","configurationItemStatus":"OK","configurationItemCaptureTime":"2026-04-01T10:11:12Z","resourceType":"AWS::S3::Bucket","resourceId":"b","configuration":{"name":"b"}}"#;
const HEAD: &str = r#"{"fileVersion":"1.0","configurationItems":["#;

fn filled(head: &str, part: &str, size: usize) -> String {
    let mut text = head.to_owned();
    while text.len() < size {
        text.push_str(part);
    }
    text
}

fn whole(text: &str) -> Outcome {
    outcome_of(|out| read(Kind::Items, text.as_bytes(), &Context::default(), out))
}

fn in_pieces(text: &str, size: usize) -> Outcome {
    outcome_of(|out| {
        let mut pieces = Pieces::of_size(text.as_bytes(), 1 << 30, size).expect("a file that is cut");
        let (kind, mut together) = (pieces.kind(), Together::default());
        while let Some(piece) = pieces.next_piece() {
            together.add(read_piece(kind, &piece, &Context::default(), &schema()), out);
        }
        together.conclude(kind, out);
    })
}

/// Damage of many kinds, each of it all over the file.
fn damages() -> Vec<(&'static str, String)> {
    vec![
        ("whole", format!("{ITEM},")),
        ("a quote lost in each item", format!("{},", ITEM.replace("\"OK\"", "\"OK"))),
        ("a quote lost in every other item", format!("{},{ITEM},", ITEM.replace("\"OK\"", "\"OK"))),
        ("a bracket lost in each item", format!("{},", ITEM.replace("{\"name\":\"b\"}", "{\"name\":\"b\""))),
        ("a bracket lost at the start of each item", format!("{},", ITEM.replace("{\"name\":\"b\"}", "[[[{"))),
        ("items that do not close", format!("{},", ITEM.trim_end_matches('}'))),
        ("the beginnings of items", r#"{"ARN":"a","awsAccountId":"#.to_owned()),
        ("the beginnings of items with long values", format!(r#"{{"version":["{}","#, "x".repeat(300))),
        ("lists closed too early", format!("{ITEM}],")),
        ("documents closed too early", format!("{ITEM}]}},")),
        ("stray brackets", format!("}}}}]{ITEM},[")),
        ("objects that are no items", r#"{"version":"1","other":{}},"#.to_owned()),
        ("nothing but opening brackets", "{".to_owned()),
        ("nothing but quotes", "\"".to_owned()),
        ("text", "x ".to_owned()),
    ]
}

#[test]
fn files_of_items_are_read_in_step_whole_and_damaged() {
    for (what, part) in damages() {
        assert_in_step(what, 128 << 10, 500, |size| {
            let text = filled(HEAD, &part, size);
            move || drop(whole(&text))
        });
        let head = format!("{HEAD}{ITEM},");
        // A text of which no item ends is cut where an item is known by its names.
        for pieces in [1 << 10, 16 << 10] {
            assert_in_step(&format!("{what}, in pieces of {pieces}"), 128 << 10, 900, |size| {
                let text = filled(&head, &part, size);
                move || drop(in_pieces(&text, pieces))
            });
        }
    }
}

#[test]
fn a_file_of_items_cut_anywhere_costs_no_more_than_a_whole_one() {
    let text = filled(HEAD, &format!("{ITEM},"), 64 << 10);
    for at in (2..32).map(|n| text.len() * n / 32 + n) {
        let cut = &text[..at];
        for steps in [taken(|| drop(whole(cut))), taken(|| drop(in_pieces(cut, 4 << 10)))] {
            assert!(steps < 100 * at as u64 + 200_000, "{steps} for {at}");
        }
    }
}

#[test]
fn whole_items_between_damaged_ones_are_read_in_pieces_too() {
    let text = filled(&format!("{HEAD}{ITEM},"), &format!("{},{ITEM},", ITEM.replace("\"OK\"", "\"OK")), 64 << 10);
    let items = u64::try_from(text.len() / (2 * ITEM.len() + 1)).unwrap();
    for outcome in [whole(&text), in_pieces(&text, 4 << 10)] {
        assert_eq!(outcome.counts.read, outcome.counts.kept + outcome.counts.rejected);
        assert!(outcome.counts.kept >= items, "{:?} of {items} whole ones", outcome.counts);
    }
}
