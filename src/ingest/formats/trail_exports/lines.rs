//! CloudWatch Logs exported to S3: on each line the time of the message, a blank, and the message,
//! which is the record (formats.md 1.9).

use std::borrow::Cow;

use super::{Found, Visitor};
use crate::base::time;
use crate::ingest::reading::json;

/// Where the record of a line starts, if the line has the form.
pub(super) fn record_at(line: &[u8]) -> Option<usize> {
    let open = memchr::memchr(b'{', line)?;
    if line[..open].iter().all(u8::is_ascii_whitespace) {
        return Some(open);
    }
    let before = std::str::from_utf8(&line[..open]).ok()?;
    let stamp = before.split_ascii_whitespace().next()?;
    time::parse(stamp).is_ok().then_some(open)
}

/// Shows the record of every line that is not blank.
pub(super) fn walk(text: &[u8], visitor: &mut dyn Visitor) {
    let mut at = 0;
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n);
        let line = &text[at..end];
        if json::skip_blank(line, 0) < line.len() {
            let found = match record_at(line) {
                Some(open) => Found::Record(Cow::Borrowed(line[open..].trim_ascii_end())),
                None => Found::Bad("the line is not a time and a record".to_owned()),
            };
            visitor.record(at, found);
        }
        at = end + 1;
    }
}
