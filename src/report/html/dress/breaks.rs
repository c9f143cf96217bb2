//! Where lines may break: an id or a time stands on one line, a long name breaks at its joints.

use crate::report::escape;

/// Longer words may break, or a narrow column could not hold them.
const WHOLE: usize = 24;

const JOINTS: [char; 7] = ['/', ':', '_', '-', '.', '@', ','];

/// Running text. An id, a date or a Region is kept whole, a date with its time. In a table (`narrow`) a long word breaks at
/// its joints.
pub(super) fn text(out: &mut String, text: &str, narrow: bool) {
    let mut rest = text;
    while !rest.is_empty() {
        let blank = rest.len() - rest.trim_start().len();
        escape::push_html(out, &rest[..blank]);
        rest = &rest[blank..];
        let end = word(rest);
        let end = if is_date(&rest[..end]) && is_time(rest[end..].strip_prefix(' ').unwrap_or_default()) {
            end + 1 + word(&rest[end + 1..])
        } else {
            end
        };
        let (whole, after) = rest.split_at(end);
        if is_id(whole) {
            out.push_str("<bdi>");
            escape::push_html(out, whole);
            out.push_str("</bdi>");
        } else if narrow && whole.len() > WHOLE {
            joints(out, whole, false);
        } else {
            escape::push_html(out, whole);
        }
        rest = after;
    }
}

/// A code span, broken as text is.
pub(super) fn code(out: &mut String, text: &str, narrow: bool) {
    out.push_str("<code>");
    if narrow && text.len() > WHOLE {
        joints(out, text, true);
    } else {
        escape::push_html(out, text);
    }
    out.push_str("</code>");
}

/// Longest part of a text that has no joint: what no column can be narrower than.
pub(super) fn longest(text: &str) -> usize {
    text.split_whitespace().flat_map(|word| word.split_inclusive(JOINTS)).map(str::len).max().unwrap_or(0)
}

fn joints(out: &mut String, text: &str, code: bool) {
    let mut parts = text.split_inclusive(JOINTS).peekable();
    while let Some(part) = parts.next() {
        escape::push_html(out, part);
        // Not between the two colons of an ARN; and after a hyphen of running text browsers break by themselves.
        if parts.peek().is_some_and(|next| next.len() > 1) && (code || !part.ends_with('-')) {
            out.push_str("<wbr>");
        }
    }
}

/// Where the first word ends.
fn word(text: &str) -> usize {
    text.find(char::is_whitespace).unwrap_or(text.len())
}

/// A short word with a digit and a hyphen (a date, a Region, `eni-0a1b2c`), a long one of digits and capitals (an access key's
/// id), or a UUID, each with the punctuation around it.
fn is_id(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let digit = bare.bytes().any(|b| b.is_ascii_digit());
    let short = (4..=WHOLE).contains(&word.len()) && word.contains('-');
    let key = (16..=WHOLE).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    digit && (short || key || is_uuid(bare))
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

fn is_date(word: &str) -> bool {
    word.len() == 10 && word.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

fn is_time(text: &str) -> bool {
    matches!(text.as_bytes(), [a, b, b':', c, d, ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    fn text(from: &str) -> String {
        let mut out = String::new();
        super::text(&mut out, from, true);
        out
    }

    #[test]
    fn ids_and_times_stay_on_one_line() {
        assert_eq!(text("as at 2026-06-30"), "as at <bdi>2026-06-30</bdi>");
        assert_eq!(text("(2026-05-12 23:10 to\n2026-05-14 08:31, 33 h)").matches("<bdi>").count(), 2);
        assert_eq!(text("2026-05-14 08:31, end"), "<bdi>2026-05-14 08:31,</bdi> end");
        assert_eq!(text("acme-dev; eu-west-1"), "acme-dev; <bdi>eu-west-1</bdi>");
        assert_eq!(text("well-known  words "), "well-known  words ");
        let uuid = "0ac3e000-0000-4000-8000-000000000103";
        assert_eq!(text(&format!("key ({uuid}, x)")), format!("key <bdi>({uuid},</bdi> x)"));
        assert_eq!(text("key AKIAEXAMPLEZRGXJYYNZ203."), "key <bdi>AKIAEXAMPLEZRGXJYYNZ203.</bdi>");
        assert_eq!(text("ADMINISTRATORACCESS 20,000,000,000,000"), "ADMINISTRATORACCESS 20,000,000,000,000");
        assert_eq!(text("a-1<b>"), "<bdi>a-1&lt;b&gt;</bdi>");
    }

    #[test]
    fn long_names_break_at_their_joints() {
        assert_eq!(text("arn:aws:iam::111122223333:role/x"), "arn:<wbr>aws:<wbr>iam::<wbr>111122223333:<wbr>role/x");
        assert_eq!(super::longest("arn:aws:iam::111122223333:role/x and"), 13);
    }
}
