//! Walking JSON text without building a tree: elements of a list, members of an object. Brace- and quote-aware, and forgiving: it finds where a value ends even when
//! the value is not valid JSON, so that the next one can still be read.

use memchr::memchr2;

/// Nesting beyond this is refused.
pub const MAX_DEPTH: usize = 128;

/// Bytes looked through for the record after a broken one; real records stay below 256 KiB.
const LONGEST_BROKEN: usize = 1 << 20;

/// Skips blanks from `at`.
pub fn skip_blank(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && matches!(text[at], b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// Position after the string that starts (with its quote) at `at`.
fn end_of_string(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        let next = at + memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[next] == b'"' {
            return Some(next + 1);
        }
        at = next + 2;
    }
}

/// Position after the value that starts at `at`; `None` if the text ends first.
pub fn end_of_value(text: &[u8], at: usize) -> Option<usize> {
    match *text.get(at)? {
        b'"' => end_of_string(text, at),
        b'{' | b'[' => {
            let mut depth = 0usize;
            let mut at = at;
            loop {
                match *text.get(at)? {
                    b'"' => {
                        at = end_of_string(text, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let mut end = at;
            while end < text.len() && !matches!(text[end], b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                end += 1;
            }
            if end == at { None } else { Some(end) }
        }
    }
}

/// One element found by [`Elements`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// A whole value: byte range.
    Whole(usize, usize),
    /// The text ends inside this value, which starts here.
    Cut(usize),
}

/// The elements of a list, or the values of a stream of documents.
pub struct Elements<'t> {
    text: &'t [u8],
    at: usize,
    done: bool,
    /// Whether the list's closing bracket is expected; in a stream, values just follow each other.
    list: bool,
}

impl<'t> Elements<'t> {
    /// The elements of the list that starts (with its bracket) at `at`.
    pub fn of_list(text: &'t [u8], at: usize) -> Self {
        Self { text, at: at + 1, done: false, list: true }
    }

    /// The values of `text`, one after the other with or without blanks, commas and newlines between.
    pub fn of_stream(text: &'t [u8]) -> Self {
        Self { text, at: 0, done: false, list: false }
    }

    /// Where the next element begins, if there is one.
    pub fn upcoming(&mut self) -> Option<usize> {
        while !self.done && matches!(self.text.get(self.at), Some(b',' | b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
        let ended = self.done || matches!(self.text.get(self.at), None | Some(b']'));
        (!ended).then_some(self.at)
    }

    /// Goes on at `at`, the end of an element that was read elsewhere.
    pub fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    /// After an element that was no JSON: goes on at the next `},{` after `start` that is followed by
    /// what looks like a record, so that one broken record costs one record only. Where the walk had got
    /// to says nothing, since a stray quote turns strings inside out.
    /// Returns the end of the broken element.
    pub fn resume_after(&mut self, start: usize) -> Option<usize> {
        let limit = self.text.len().min(start.saturating_add(LONGEST_BROKEN));
        let mut at = start + 1;
        while let Some(found) = memchr::memchr(b'}', self.text.get(at..limit)?) {
            let end = at + found + 1;
            at = end;
            let comma = skip_blank(self.text, end);
            if self.text.get(comma) != Some(&b',') {
                continue;
            }
            let next = skip_blank(self.text, comma + 1);
            // Inside a broken element `},{` may also part the elements of an inner list, whose values are
            // small; a record has more members.
            let Some(length) = self.object_at(next) else { continue };
            if Members::new(self.text, next).take(5).count() == 5 {
                self.at = next;
                self.done = false;
                return Some(end);
            }
            at = next + length;
        }
        None
    }

    /// Length of the valid object that starts at `at`.
    fn object_at(&self, at: usize) -> Option<usize> {
        let text = self.text.get(at..).filter(|t| t.first() == Some(&b'{'))?;
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<&serde_json::value::RawValue>();
        values.next()?.ok().map(|raw| raw.get().len())
    }
}

impl Iterator for Elements<'_> {
    type Item = Element;

    fn next(&mut self) -> Option<Element> {
        if self.done {
            return None;
        }
        loop {
            self.at = skip_blank(self.text, self.at);
            match self.text.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b']') if self.list => {
                    self.at += 1;
                    self.done = true;
                    return None;
                }
                None => {
                    self.done = true;
                    // A list that never closes was cut; a stream may end anywhere.
                    return self.list.then_some(Element::Cut(self.text.len()));
                }
                Some(_) => break,
            }
        }
        let start = self.at;
        // A record may be broken inside (a stray quote swallows what follows), so in a stream of
        // lines the end of the line bounds it.
        let end = end_of_value(self.text, start);
        if !self.list {
            let line_end = memchr::memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |n| start + n);
            let closes = end.is_some_and(|e| serde_json::from_slice::<&serde_json::value::RawValue>(&self.text[start..e]).is_ok());
            if !closes {
                self.at = line_end;
                if line_end == self.text.len() && end.is_none() {
                    self.done = true;
                    return Some(Element::Cut(start));
                }
                return Some(Element::Whole(start, line_end));
            }
        }
        if let Some(end) = end {
            self.at = end;
            Some(Element::Whole(start, end))
        } else {
            self.done = true;
            Some(Element::Cut(start))
        }
    }
}

/// One member of an object: name and byte range of its value.
pub struct Members<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Members<'t> {
    /// The members of the object that starts (with its brace) at `at`.
    pub fn new(text: &'t [u8], at: usize) -> Self {
        Self { text, at: at + 1 }
    }
}

impl<'t> Iterator for Members<'t> {
    /// Name without quotes (escapes left as they are), start and end of the value. The end is the
    /// length of the text when it was cut.
    type Item = (&'t str, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.at = skip_blank(self.text, self.at);
        if self.text.get(self.at) == Some(&b',') {
            self.at = skip_blank(self.text, self.at + 1);
        }
        if self.text.get(self.at) != Some(&b'"') {
            return None;
        }
        let end = end_of_string(self.text, self.at)?;
        let name = std::str::from_utf8(&self.text[self.at + 1..end - 1]).ok()?;
        let colon = skip_blank(self.text, end);
        if self.text.get(colon) != Some(&b':') {
            return None;
        }
        let start = skip_blank(self.text, colon + 1);
        let end = end_of_value(self.text, start).unwrap_or(self.text.len());
        self.at = end;
        Some((name, start, end))
    }
}

/// Replaces escaped surrogates that have no partner, which no JSON reader accepts, by U+FFFD.
/// `None` if there is none.
pub fn mend_surrogates(text: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| -> Option<u16> {
        if text.get(at..at + 2)? != b"\\u" {
            return None;
        }
        u16::from_str_radix(std::str::from_utf8(text.get(at + 2..at + 6)?).ok()?, 16).ok()
    };
    let mut mended = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let here = at + found;
        at = here + 2;
        let Some(first) = unit(here) else { continue };
        at = here + 6;
        if (0xD800..0xDC00).contains(&first) && unit(here + 6).is_some_and(|u| (0xDC00..0xE000).contains(&u)) {
            at = here + 12;
        } else if (0xD800..0xE000).contains(&first) {
            mended.extend_from_slice(&text[copied..here]);
            mended.extend_from_slice(b"\\ufffd");
            copied = here + 6;
        }
        if at >= text.len() {
            break;
        }
    }
    if copied == 0 {
        return None;
    }
    mended.extend_from_slice(&text[copied..]);
    Some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(elements: Elements<'_>, text: &str) -> Vec<String> {
        elements
            .map(|e| match e {
                Element::Whole(a, b) => text[a..b].to_owned(),
                Element::Cut(a) => format!("cut:{}", &text[a..]),
            })
            .collect()
    }

    #[test]
    fn walks_lists_and_streams() {
        let text = r#"[{"a":"]}"}, 2,"x\"y" ,[1,{}]]"#;
        assert_eq!(ranges(Elements::of_list(text.as_bytes(), 0), text), [r#"{"a":"]}"}"#, "2", r#""x\"y""#, "[1,{}]"]);
        let text = "{\"a\":1}{\"b\":2}\n{\"c\":3}";
        assert_eq!(ranges(Elements::of_stream(text.as_bytes()), text), [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#]);
    }

    #[test]
    fn a_broken_line_does_not_swallow_the_next() {
        let text = "{\"a\":1}\n{\"b\":\"open\n{\"c\":3}\n";
        assert_eq!(ranges(Elements::of_stream(text.as_bytes()), text), [r#"{"a":1}"#, "{\"b\":\"open", r#"{"c":3}"#]);
    }

    #[test]
    fn a_cut_list_says_so() {
        let text = r#"[{"a":1},{"b":"#;
        assert_eq!(ranges(Elements::of_list(text.as_bytes(), 0), text), [r#"{"a":1}"#, r#"cut:{"b":"#]);
        let text = r#"[{"a":1},"#;
        assert_eq!(ranges(Elements::of_list(text.as_bytes(), 0), text), [r#"{"a":1}"#, "cut:"]);
    }

    #[test]
    fn lone_surrogates_are_mended() {
        let mended = mend_surrogates(br#"{"a":"\ud800x","b":"\ud83d\ude00","c":"\\ud800"}"#).unwrap();
        assert_eq!(String::from_utf8(mended).unwrap(), r#"{"a":"\ufffdx","b":"\ud83d\ude00","c":"\\ud800"}"#);
        assert_eq!(mend_surrogates(br#"{"a":"plain \n"}"#), None);
        assert_eq!(mend_surrogates(b"[0\\"), None);
    }
}
