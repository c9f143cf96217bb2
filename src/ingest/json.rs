//! Walking JSON text without building a tree: elements of a list, members of an object, a hash of a
//! record's content. Brace- and quote-aware, and forgiving: it finds where a value ends even when
//! the value is not valid JSON, so that the next one can still be read.

use std::borrow::Cow;
use std::hash::Hasher;

use memchr::memchr2;
use rustc_hash::FxHasher;

/// Nesting beyond this is refused.
pub const MAX_DEPTH: usize = 128;

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
    /// Bytes looked at in search of the element after a broken one.
    probed: usize,
}

/// The longest value taken for an element again after a broken one; records end at a quarter of it.
const LONGEST_PROBED: usize = 4 << 20;

impl<'t> Elements<'t> {
    /// The elements of the list that starts (with its bracket) at `at`.
    pub fn of_list(text: &'t [u8], at: usize) -> Self {
        Self { text, at: at + 1, done: false, list: true, probed: 0 }
    }

    /// The values of `text`, one after the other with or without blanks, commas and newlines between.
    pub fn of_stream(text: &'t [u8]) -> Self {
        Self { text, at: 0, done: false, list: false, probed: 0 }
    }

    /// After an element that was no JSON: goes on at the next `},{` after `start`, if there is one
    /// before the place the walk had reached, so that one broken record costs one record only.
    /// Returns the end of the broken element.
    pub fn resume_after(&mut self, start: usize) -> Option<usize> {
        let reached = if self.done { self.text.len() } else { self.at };
        let mut at = start + 1;
        while let Some(found) = memchr::memchr(b'}', self.text.get(at..reached)?) {
            let end = at + found + 1;
            let comma = skip_blank(self.text, end);
            if self.text.get(comma) == Some(&b',') {
                let next = skip_blank(self.text, comma + 1);
                if next < reached && self.text.get(next) == Some(&b'{') && self.looks_like_element(next) {
                    self.at = next;
                    self.done = false;
                    return Some(end);
                }
            }
            at = end;
        }
        None
    }

    /// The same for lists whose elements are known by their look: goes on at the first value after
    /// `start` that opens with `open`, follows a comma or bracket, is valid JSON and `is_element`.
    pub fn resume_at(&mut self, start: usize, open: u8, is_element: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let reached = if self.done { self.text.len() } else { self.at };
        let next = self.probe(start + 1, reached, open, b",[", is_element)?;
        self.at = next;
        self.done = false;
        Some(next)
    }

    /// First value in `from..to` that opens with `open`, follows one of `after` and is an element. What
    /// this may cost is bounded by the length of the text, so that no file makes it run for hours.
    fn probe(&mut self, from: usize, to: usize, open: u8, after: &[u8], is_element: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let mut at = from;
        while let Some(found) = self.text.get(at..to).and_then(|rest| memchr::memchr(open, rest)) {
            let next = at + found;
            at = next + 1;
            let before = self.text[..next].iter().rev().find(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t'));
            if !before.is_some_and(|b| after.contains(b)) {
                continue;
            }
            let window = &self.text[next..self.text.len().min(next + LONGEST_PROBED)];
            let end = end_of_value(window, 0);
            self.probed += end.unwrap_or(window.len());
            if self.probed / 16 > self.text.len() {
                return None;
            }
            let value = end.and_then(|end| window.get(..end)).unwrap_or(b"");
            if is_element(value) && serde_json::from_slice::<&serde_json::value::RawValue>(value).is_ok() {
                return Some(next);
            }
        }
        None
    }

    /// Position after what was read so far.
    pub fn position(&self) -> usize {
        if self.done && !self.list { self.text.len() } else { self.at.min(self.text.len()) }
    }

    /// Whether what starts at `at` is a whole, valid value: inside a broken element `},{` may also
    /// part the elements of an inner list, whose values are small; a record has an event or a type.
    fn looks_like_element(&self, at: usize) -> bool {
        end_of_value(self.text, at).is_some_and(|end| {
            let value = &self.text[at..end];
            serde_json::from_slice::<&serde_json::value::RawValue>(value).is_ok() && Members::new(value, 0).count() >= 5
        })
    }
}

impl Elements<'_> {
    /// Where a broken document of a stream ends: before the next line that opens a document (documents
    /// may be printed over many lines), or before a document glued to it without a line end between.
    fn end_of_broken(&mut self, start: usize) -> usize {
        let text = self.text;
        let line_end = memchr::memmem::find(&text[start..], b"\n{")
            .or_else(|| memchr::memchr(b'\n', &text[start..]))
            .map_or(text.len(), |n| start + n);
        self.probe(start + 1, line_end, b'{', b"}", |value| Members::new(value, 0).take(5).count() == 5).unwrap_or(line_end)
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
            let closes = end.is_some_and(|e| serde_json::from_slice::<&serde_json::value::RawValue>(&self.text[start..e]).is_ok());
            if !closes {
                let line_end = self.end_of_broken(start);
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
            self.at = self.text.len();
            Some(Element::Cut(start))
        }
    }
}

/// Position after the object whose members go on at `at`, after a member's value.
pub fn after_object(text: &[u8], at: usize) -> usize {
    let mut members = Members { text, at };
    while members.next().is_some() {}
    let end = skip_blank(text, members.at);
    if text.get(end) == Some(&b'}') { end + 1 } else { end.min(text.len()) }
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

fn hash(bytes: &[u8], salt: u64) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(salt);
    hasher.write(bytes);
    hasher.finish()
}

/// A hash of a JSON document's content that does not change with the order of members or with blanks
/// outside strings, nor with how a string is escaped: the sum over all scalar values of a hash of the value and the names above it.
pub fn content_hash(text: &[u8]) -> u64 {
    // Names of the open objects and lists, hashed together from the outside in.
    let mut open: Vec<(u64, bool)> = Vec::with_capacity(16);
    let mut sum = 0u64;
    let mut name = 0u64;
    let mut at = 0;
    let mut expects_name = false;
    while at < text.len() {
        match text[at] {
            b'{' | b'[' => {
                let above = open.last().map_or(0, |o| o.0);
                open.push((above.rotate_left(7) ^ name, text[at] == b'{'));
                // An empty list or object counts as a value of its own.
                sum = sum.wrapping_add(hash(&text[at..=at], open.last().map_or(0, |o| o.0)));
                expects_name = text[at] == b'{';
                name = 0;
                at += 1;
            }
            b'}' | b']' => {
                open.pop();
                expects_name = false;
                // What follows in a list has no name, whatever the last member here was called.
                name = 0;
                at += 1;
            }
            b',' => {
                expects_name = open.last().is_some_and(|o| o.1);
                at += 1;
            }
            b':' => at += 1,
            b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            b'"' => {
                let Some(end) = end_of_string(text, at) else { return sum };
                if expects_name {
                    name = hash(&plain(&text[at..end]), 1);
                    expects_name = false;
                } else {
                    let above = open.last().map_or(0, |o| o.0);
                    sum = sum.wrapping_add(hash(&plain(&text[at..end]), above.rotate_left(7) ^ name));
                }
                at = end;
            }
            _ => {
                let Some(end) = end_of_value(text, at) else { return sum };
                let above = open.last().map_or(0, |o| o.0);
                sum = sum.wrapping_add(hash(&plain(&text[at..end]), above.rotate_left(7) ^ name));
                at = end;
            }
        }
    }
    sum
}

/// A scalar value in one spelling: tools that write records again choose other escapes in strings and
/// other forms of fractions, which makes no other record of them.
fn plain(value: &[u8]) -> Cow<'_, [u8]> {
    if value.first() == Some(&b'"') {
        if memchr::memchr(b'\\', value).is_none() {
            return Cow::Borrowed(value);
        }
        // A lone surrogate has no other spelling.
        return serde_json::from_slice::<String>(value).map_or(Cow::Borrowed(value), |text| Cow::Owned(format!("\"{text}\"").into_bytes()));
    }
    if value.iter().any(|b| matches!(b, b'.' | b'e' | b'E'))
        && let Ok(number) = serde_json::from_slice::<f64>(value)
    {
        return Cow::Owned(format!("{number:e}").into_bytes());
    }
    Cow::Borrowed(value)
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
    fn a_broken_document_does_not_swallow_those_glued_to_it() {
        let whole = |n: u8| format!(r#"{{"a":{n},"b":"x","c":[{{"d":1}}],"e":null,"f":{n}}}"#);
        let broken = r#"{"a":2,"b":"x","c":[{"d":1}],"e":"open,"f":2}"#;
        let text = format!("{}{broken}{}{}", whole(1), whole(3), whole(4));
        assert_eq!(ranges(Elements::of_stream(text.as_bytes()), &text), [&whole(1), broken, &whole(3), &whole(4)]);
        let text = "{\n \"a\": 1\n}\n{\n \"b\": x\n}\n{\n \"c\": 3\n}\n";
        assert_eq!(ranges(Elements::of_stream(text.as_bytes()), text), ["{\n \"a\": 1\n}", "{\n \"b\": x\n}", "{\n \"c\": 3\n}"]);
    }

    #[test]
    fn a_list_goes_on_after_a_broken_element() {
        let text = br#"[{"id":"1","message":"a"},{"id":"2","message":"b},{"id":"3","message":"c"},{"id":"4"]}"#;
        let mut elements = Elements::of_list(text, 0);
        elements.next();
        let Some(Element::Whole(start, _) | Element::Cut(start)) = elements.next() else { panic!() };
        let next = elements.resume_at(start, b'{', |value| Members::new(value, 0).any(|(n, _, _)| n == "message")).unwrap();
        assert!(text[next..].starts_with(br#"{"id":"3""#));
        assert_eq!(elements.next(), Some(Element::Whole(next, next + 24)));
    }

    #[test]
    fn what_follows_a_list_is_skipped() {
        let text = br#"{"Records":[1],"x":{"y":"}"} } {"Records":[2]}"#;
        assert_eq!(after_object(text, 14), 29 + 1);
        assert_eq!(after_object(b"{\"a\":[1", 7), 7);
    }

    #[test]
    fn a_cut_list_says_so() {
        let text = r#"[{"a":1},{"b":"#;
        assert_eq!(ranges(Elements::of_list(text.as_bytes(), 0), text), [r#"{"a":1}"#, r#"cut:{"b":"#]);
        let text = r#"[{"a":1},"#;
        assert_eq!(ranges(Elements::of_list(text.as_bytes(), 0), text), [r#"{"a":1}"#, "cut:"]);
    }

    #[test]
    fn content_hash_ignores_order_and_blanks_only() {
        let a = content_hash(br#"{"x":{"p":"1","q":[1,2]},"y":null}"#);
        assert_eq!(a, content_hash(br#"{ "y" : null, "x":{"q":[1, 2],"p":"1"} }"#));
        assert_ne!(a, content_hash(br#"{"x":{"p":"2","q":[1,2]},"y":null}"#));
        assert_ne!(a, content_hash(br#"{"x":{"q":"1","p":[1,2]},"y":null}"#));
        let a = content_hash(br#"{"r":[{"p":"1","q":"2"},{"p":"3","q":"4"},"5"]}"#);
        assert_eq!(a, content_hash(br#"{"r":[{"q":"2","p":"1"},{"q":"4","p":"3"},"5"]}"#));
        assert_ne!(content_hash(br#"{"a":{"x":1},"b":{}}"#), content_hash(br#"{"a":{},"b":{"x":1}}"#));
    }

    #[test]
    fn content_hash_ignores_other_spellings() {
        let a = content_hash(br#"{"a":"<\u00e9/\ud83d\ude00>","b":0.00012,"c":3.0}"#);
        assert_eq!(a, content_hash("{\"a\":\"\\u003cé\\/😀>\",\"\\u0062\":1.2E-4,\"c\":3.00}".as_bytes()));
        for other in [
            r#"{"a":"<\\u00e9/😀>","b":0.00012,"c":3.0}"#,
            r#"{"a":"<é/😀>","b":0.00013,"c":3.0}"#,
            r#"{"a":"<é/😀>","b":"0.00012","c":3.0}"#,
        ] {
            assert_ne!(a, content_hash(other.as_bytes()), "{other}");
        }
        assert_ne!(content_hash(br#"{"a":"\ud800"}"#), content_hash(br#"{"a":"\ud801"}"#));
        assert_ne!(content_hash(b"[true]"), content_hash(b"[false]"));
    }

    #[test]
    fn lone_surrogates_are_mended() {
        let mended = mend_surrogates(br#"{"a":"\ud800x","b":"\ud83d\ude00","c":"\\ud800"}"#).unwrap();
        assert_eq!(String::from_utf8(mended).unwrap(), r#"{"a":"\ufffdx","b":"\ud83d\ude00","c":"\\ud800"}"#);
        assert_eq!(mend_surrogates(br#"{"a":"plain \n"}"#), None);
        assert_eq!(mend_surrogates(b"[0\\"), None);
    }
}
