//! Log files whose beginning is damaged: where their first record stands.

use crate::ingest::reading::json::{self, Members};

/// What a trail's log file begins with.
const FRAME: &[u8] = b"{\"Records\":[";
/// Bytes, without blanks, that may stand where the frame should.
const FRAME_AT_MOST: usize = 20;
/// Bytes of it that may be other, missing or too many.
const FRAME_DAMAGE: usize = 4;

/// Where the first record of a log file begins whose frame before it is damaged: what stands there must be near to the
/// frame, so that an example in a text about log files is no evidence.
pub fn first_behind_frame(text: &[u8]) -> Option<usize> {
    let mut before: Vec<u8> = Vec::with_capacity(FRAME_AT_MOST);
    for (at, byte) in text.iter().enumerate() {
        if *byte == b'{' && (before.len() == 1 || distance(&before, FRAME) <= FRAME_DAMAGE) {
            let value = json::end_of_value(text, at).and_then(|end| text.get(at..end)).unwrap_or_default();
            let names: Vec<&str> = Members::new(value, 0).map(|(name, _, _)| name).take(64).collect();
            let whole = serde_json::from_slice::<&serde_json::value::RawValue>(value).is_ok();
            if whole && is_record(&names) {
                return Some(at);
            }
        }
        if !byte.is_ascii_whitespace() {
            before.push(*byte);
        }
        if before.len() > FRAME_AT_MOST {
            return None;
        }
    }
    None
}

/// Bytes to change, leave out or put in to make one text of the other (Levenshtein).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

fn is_record(names: &[&str]) -> bool {
    names.contains(&"eventSource") && (names.contains(&"eventTime") || names.contains(&"eventVersion"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::detect::{self, Format};

    #[test]
    fn a_damaged_frame_hides_no_log_file() {
        let record = r#"{"eventVersion":"1.08","eventSource":"a","eventTime":"b","awsRegion":"c","eventName":"d","eventID":"e"}"#;
        for frame in [
            "{\"Recorde\":[",
            "{\"Records\"z[",
            "[\"Records\":[",
            "\0\"Records\":[",
            "{\"Records\":{",
            "{\"Records\":Z",
            "{ \"Rec\":\n[",
            "\"Records\":[",
            "z",
        ] {
            let text = format!("{frame}{record},{record}]}}");
            assert_eq!(detect::detect(text.as_bytes()), Format::CloudtrailRecords, "{text}");
            assert_eq!(first_behind_frame(text.as_bytes()), Some(frame.len()), "{text}");
        }
        for text in
            [format!("A record looks like this: {record}"), format!("```json\n{record}\n```\n"), format!("{{\"example\":[{record}]}}")]
        {
            assert_eq!(detect::detect(text.as_bytes()), Format::Unrecognised, "{text}");
        }
        assert_eq!((distance(b"kitten", b"sitting"), distance(b"", b"ab"), distance(b"ab", b"ab")), (3, 2, 0));
    }
}
