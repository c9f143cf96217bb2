//! Walking JSON text without building a tree: elements of a list, members of an object. Brace- and quote-aware, and forgiving: it finds where a value ends even when
//! the value is not valid JSON, so that the next one can still be read.

use memchr::memchr2;
use serde::de::IgnoredAny;

use crate::base::steps;
use crate::ingest::remark::Remark;

/// Nesting beyond this is refused.
pub const MAX_DEPTH: usize = 128;

/// Skips blanks from `at`.
#[inline]
pub fn skip_blank(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && matches!(text[at], b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// Position after the string that starts (with its quote) at `at`.
#[inline]
pub fn end_of_string(text: &[u8], at: usize) -> Option<usize> {
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
    let end = value_end(text, at);
    steps::count(end.unwrap_or(text.len()).saturating_sub(at));
    end
}

/// Whether a text of JSON documents ends inside one of them.
pub fn ends_inside(text: &[u8]) -> bool {
    let mut at = skip_blank(text, 0);
    while matches!(text.get(at), Some(b'{' | b'[')) {
        match end_of_value(text, at) {
            Some(end) => at = skip_blank(text, end),
            None => return true,
        }
    }
    false
}

/// What the JSON reader says of an error, without the place.
pub fn why(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Its own interface gives the words with the place only.
    text.rsplit_once(" at line ").map_or(text.as_str(), |(head, _)| head).to_owned()
}

fn value_end(text: &[u8], at: usize) -> Option<usize> {
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

/// Whether a text is one whole value of JSON.
pub fn is_whole(text: &[u8]) -> bool {
    match serde_json::from_slice::<&serde_json::value::RawValue>(text) {
        Ok(_) => {
            steps::count(text.len());
            true
        }
        Err(error) => {
            if cfg!(test) {
                steps::count(place_of_error(text, 0, &error));
            }
            false
        }
    }
}

/// Bytes looked at for the end of an element before it is asked whether the element is JSON at all.
const FIRST_LOOK: usize = 4 << 10;

/// The same as [`end_of_value`] for an element that may be broken, and the bytes looked at. One that is no JSON and does
/// not close soon is not sought to the end of the text: each of very many broken ones would be.
fn end_of_element(text: &[u8], start: usize) -> (Option<usize>, usize) {
    let rest = text.get(start..).unwrap_or(&[]);
    let mut reach = FIRST_LOOK;
    loop {
        let window = &rest[..rest.len().min(reach)];
        // A number or word at the end of the window may go on behind it.
        let end = end_of_value(window, 0).filter(|end| *end < window.len() || window.len() == rest.len());
        if end.is_some() || window.len() == rest.len() {
            return (end.map(|end| start + end), window.len());
        }
        steps::count(window.len());
        if serde_json::from_slice::<IgnoredAny>(window).is_err_and(|error| !error.is_eof()) {
            return (None, window.len());
        }
        reach *= 4;
    }
}

/// Where a reading that began at `from` met an error.
pub fn place_of_error(text: &[u8], from: usize, error: &serde_json::Error) -> usize {
    let rest = text.get(from..).unwrap_or(&[]);
    let line = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', rest).nth(line - 2).map_or(rest.len(), |end| end + 1),
    };
    (from + line + error.column()).min(text.len())
}

/// Bytes of a text that were looked at in vain, and how many may be. Real damage costs a few readings; without a limit, a
/// text of nothing but opening brackets would be read as often as it has bytes.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    spent: usize,
    most: usize,
}

impl Effort {
    /// What may be spent on a text of so many bytes.
    pub fn on(bytes: usize) -> Self {
        Self { spent: 0, most: bytes.saturating_add(1 << 20).saturating_mul(16) }
    }

    /// Counts bytes that were looked at in vain.
    pub fn spend(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes);
    }

    /// Whether too many were.
    pub fn is_spent(&self) -> bool {
        self.spent > self.most
    }
}

/// One element found by [`Elements`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// A whole value: byte range.
    Whole(usize, usize),
    /// The text ends inside this value, which starts here, or it is broken and does not close.
    Cut(usize),
}

/// The elements of a list, or the values of a stream of documents.
pub struct Elements<'t> {
    text: &'t [u8],
    at: usize,
    done: bool,
    /// Whether the list's closing bracket is expected; in a stream, values just follow each other.
    list: bool,
    /// Spent on elements that do not close, and in search of the element after a broken one.
    effort: Effort,
    /// The next line that opens a document, where it was sought last: `None` when no line does.
    next_line: Option<Option<usize>>,
}

/// What is said of a file on which [`Elements`] gave up.
pub fn too_damaged() -> Remark {
    let why = "the file is damaged in very many places: a rejected record may hold further records that were not searched for";
    Remark::Damaged { why: why.to_owned() }
}

/// The longest value taken for an element again after a broken one; records end at a quarter of it.
const LONGEST_PROBED: usize = 4 << 20;

impl<'t> Elements<'t> {
    /// The elements of the list that starts (with its bracket) at `at`.
    pub fn of_list(text: &'t [u8], at: usize) -> Self {
        Self { at: at + 1, list: true, ..Self::of_stream(text) }
    }

    /// The values of `text`, one after the other with or without blanks, commas and newlines between.
    pub fn of_stream(text: &'t [u8]) -> Self {
        let effort = Effort::on(text.len());
        Self { text, at: 0, done: false, list: false, effort, next_line: None }
    }

    /// The same in a text of which other parts were read before: what was spent on these counts.
    pub fn with_effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// What was spent so far.
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// Counts bytes that the caller looked at in vain.
    pub fn spend(&mut self, bytes: usize) {
        self.effort.spend(bytes);
    }

    /// Whether the text is damaged in so many places that what a broken element swallowed is no longer searched
    /// for whole ones.
    pub fn gave_up(&self) -> bool {
        self.effort.is_spent()
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

    /// After an element that was not understood: goes on at the first value after `start` that opens with
    /// `open`, follows a comma or bracket or begins a line, is valid JSON and `is_element`, so that one broken element costs
    /// one element only. `None`, and nothing changes, where there is no such value.
    pub fn resume_at(&mut self, start: usize, open: u8, is_element: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let next = self.probe(start + 1, self.trusted_end(open), open, b",[}", is_element)?;
        self.at = next;
        self.done = false;
        Some(next)
    }

    /// How far the broken element just read may reach. It ends where the walk says if an element or the end
    /// of the list follows there, and what follows is then read and counted for itself. Otherwise a stray
    /// quote has turned strings inside out, and the walk's end says nothing.
    fn trusted_end(&self, open: u8) -> usize {
        let follows = match self.text.get(skip_blank(self.text, self.at)) {
            Some(b']') => true,
            Some(b',') => {
                let next = skip_blank(self.text, skip_blank(self.text, self.at) + 1);
                self.text
                    .get(next)
                    .is_some_and(|b| *b == open || b.is_ascii_digit() || matches!(b, b'{' | b'[' | b't' | b'f' | b'n' | b'-'))
            }
            _ => false,
        };
        if follows && !self.done { self.at } else { self.text.len() }
    }

    /// First value in `from..to` that opens with `open`, follows one of `after` and is an element.
    fn probe(&mut self, from: usize, to: usize, open: u8, after: &[u8], is_element: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let mut at = from;
        while !self.gave_up() {
            let rest = self.text.get(at..to)?;
            let found = memchr::memchr(open, rest);
            // Looking for a byte costs a fraction of looking at a value.
            let looked_at = 1 + found.unwrap_or(rest.len()) / 16;
            steps::count(looked_at);
            self.spend(looked_at);
            let next = at + found?;
            at = next + 1;
            let before = self.text[..next].iter().rev().find(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t'));
            // A comma may be lost with the end of the element before it; then a line may begin here.
            let begins_line = self.list && next.checked_sub(1).and_then(|at| self.text.get(at)) == Some(&b'\n');
            if !begins_line && !before.is_some_and(|b| after.contains(b)) {
                continue;
            }
            let window = &self.text[next..self.text.len().min(next + LONGEST_PROBED)];
            let end = end_of_value(window, 0);
            self.spend(end.unwrap_or(window.len()));
            let value = end.and_then(|end| window.get(..end)).unwrap_or(b"");
            if is_element(value) && is_whole(value) {
                return Some(next);
            }
        }
        None
    }

    /// Position after what was read so far.
    pub fn position(&self) -> usize {
        if self.done && !self.list { self.text.len() } else { self.at.min(self.text.len()) }
    }
}

impl Elements<'_> {
    /// Where a broken document of a stream ends: before the next line that opens a document (documents
    /// may be printed over many lines), or before a document glued to it without a line end between.
    fn end_of_broken(&mut self, start: usize) -> usize {
        let text = self.text;
        let known = self.next_line.filter(|next| next.is_none_or(|next| next >= start));
        let next_line = known.unwrap_or_else(|| {
            let found = memchr::memmem::find(&text[start..], b"\n{");
            let looked_at = found.unwrap_or(text.len() - start) / 16;
            steps::count(looked_at);
            self.spend(looked_at);
            found.map(|n| start + n)
        });
        self.next_line = Some(next_line);
        let line_end = next_line.or_else(|| memchr::memchr(b'\n', &text[start..]).map(|n| start + n)).unwrap_or(text.len());
        self.probe(start + 1, line_end, b'{', b"}", looks_like_record).unwrap_or(line_end)
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
        // Once too much was looked at in vain, it alone does.
        let bounded = !self.list && self.gave_up();
        let reach =
            if bounded { memchr::memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |n| start + n) } else { self.text.len() };
        let (end, looked_at) = end_of_element(&self.text[..reach], start);
        if !self.list {
            let closes = end.is_some_and(|e| is_whole(&self.text[start..e]));
            if !closes {
                self.spend(end.map_or(looked_at, |end| end - start));
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
            self.spend(looked_at);
            self.at = self.text.len();
            Some(Element::Cut(start))
        }
    }
}

/// Whether an object has as many members as a record: inner objects of a broken one mostly have fewer.
pub fn looks_like_record(value: &[u8]) -> bool {
    Members::new(value, 0).take(5).count() == 5
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

    /// Where the value of the next wanted member starts, by its name and that place. Unlike a search through the
    /// iterator, it does not look for the end of that value, which may be the end of a long file.
    pub fn start_of(&mut self, is_wanted: impl Fn(&str, usize) -> bool) -> Option<usize> {
        loop {
            let (name, start) = self.name()?;
            if is_wanted(name, start) {
                return Some(start);
            }
            self.at = end_of_value(self.text, start).unwrap_or(self.text.len());
        }
    }

    /// How far the text was looked at.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next name, without quotes, and where its value starts.
    fn name(&mut self) -> Option<(&'t str, usize)> {
        self.at = skip_blank(self.text, self.at);
        if self.text.get(self.at) == Some(&b',') {
            self.at = skip_blank(self.text, self.at + 1);
        }
        if self.text.get(self.at) != Some(&b'"') {
            return None;
        }
        let Some(end) = end_of_string(self.text, self.at) else {
            steps::count(self.text.len() - self.at);
            self.at = self.text.len();
            return None;
        };
        steps::count(end - self.at);
        let name = std::str::from_utf8(&self.text[self.at + 1..end - 1]).ok()?;
        let colon = skip_blank(self.text, end);
        if self.text.get(colon) != Some(&b':') {
            return None;
        }
        Some((name, skip_blank(self.text, colon + 1)))
    }
}

impl<'t> Iterator for Members<'t> {
    /// Name without quotes (escapes left as they are), start and end of the value. The end is the
    /// length of the text when it was cut.
    type Item = (&'t str, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, start) = self.name()?;
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
    fn text_of_nothing_but_damage_is_read_in_time() {
        // Each of these lines opens what the whole rest does not close: without a limit, 10^10 bytes are looked at.
        let text = "{\n".repeat(150_000);
        let mut elements = Elements::of_stream(text.as_bytes());
        assert_eq!(elements.by_ref().count(), 150_000);
        assert!(elements.gave_up());
        // Whole lines after them are still lines.
        let text = format!("{}{{\"a\":1}}\n", "{[\n".repeat(150_000));
        assert_eq!(Elements::of_stream(text.as_bytes()).filter(|e| matches!(e, Element::Whole(a, b) if b - a == 7)).count(), 1);
        // A list whose every other element stays open, and one broken element full of beginnings.
        let whole = r#"{"a":1,"b":2,"c":3,"d":4,"e":5}"#;
        for part in [format!(r#"{whole},{{"x":[1}},"#), "{[},".to_owned()] {
            let text = format!("[{}", part.repeat(20_000));
            let mut elements = Elements::of_list(text.as_bytes(), 0);
            let mut seen = 0;
            while let Some(element) = elements.next() {
                seen += 1;
                if let Element::Cut(start) = element {
                    elements.resume_at(start, b'{', looks_like_record);
                }
            }
            assert!(seen > 0 && (elements.gave_up() || seen == 1 || seen > 39_000), "{seen}");
        }
        // Whole ones between others arrive, however many there are and however long the text.
        for (times, more) in [(50, 0), (3_000, 0), (20, 40_000)] {
            let part = format!(r#"{whole},{{"x":[1,"{}"}},"#, "y".repeat(more));
            let text = format!("[{}{whole}]", part.repeat(times));
            let mut elements = Elements::of_list(text.as_bytes(), 0);
            let mut found = 0;
            while let Some(element) = elements.next() {
                match element {
                    Element::Whole(a, b) if text[a..b] == *whole => found += 1,
                    Element::Whole(start, _) | Element::Cut(start) => drop(elements.resume_at(start, b'{', looks_like_record)),
                }
            }
            assert!(found == times + 1 && !elements.gave_up(), "{found}");
        }
    }

    #[test]
    fn long_elements_end_where_short_ones_do() {
        for inside in [10, FIRST_LOOK - 9, FIRST_LOOK - 8, FIRST_LOOK, 5 * FIRST_LOOK] {
            let text = format!(r#"[{{"a":"{}"}},1{},{{"b":2}}]"#, "x".repeat(inside), "0".repeat(inside));
            let mut elements = Elements::of_list(text.as_bytes(), 0);
            let mut ends = Vec::new();
            while let Some(Element::Whole(start, end)) = elements.next() {
                ends.push(end - start);
            }
            assert_eq!(ends, [inside + 8, inside + 1, 7]);
        }
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
    fn lone_surrogates_are_mended() {
        let mended = mend_surrogates(br#"{"a":"\ud800x","b":"\ud83d\ude00","c":"\\ud800"}"#).unwrap();
        assert_eq!(String::from_utf8(mended).unwrap(), r#"{"a":"\ufffdx","b":"\ud83d\ude00","c":"\\ud800"}"#);
        assert_eq!(mend_surrogates(br#"{"a":"plain \n"}"#), None);
        assert_eq!(mend_surrogates(b"[0\\"), None);
    }
}
