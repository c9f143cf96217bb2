//! Text that is not UTF-8: UTF-16, as PowerShell's redirection of the CLI's answers writes it.

use std::io::{self, Read};

/// Bytes needed to tell an encoding.
pub const ENOUGH: usize = 128;

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or nothing that is known.
    Utf8,
    /// UTF-8 with a byte-order mark.
    Marked,
    /// UTF-16; true for big-endian.
    Utf16(bool),
}

impl Encoding {
    /// The encoding of a text that begins so. Without a mark UTF-16 is taken for certain only when all
    /// of the first 64 characters are ASCII, as every export begins.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => return Self::Marked,
            [0xFF, 0xFE, ..] => return Self::Utf16(false),
            [0xFE, 0xFF, ..] => return Self::Utf16(true),
            _ => {}
        }
        let pairs = head.get(..head.len().min(ENOUGH)).unwrap_or_default().chunks_exact(2);
        let is_text = |b: u8| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~');
        let all = |big: usize| pairs.len() >= 2 && pairs.clone().all(|p| p[big] == 0 && is_text(p[1 - big]));
        if all(1) {
            Self::Utf16(false)
        } else if all(0) {
            Self::Utf16(true)
        } else {
            Self::Utf8
        }
    }
}

/// A UTF-16 stream as UTF-8, without its mark. What is no character becomes U+FFFD.
pub struct Utf8<R> {
    inner: R,
    big: bool,
    /// Bytes read and not decoded: half a unit, or the first half of a pair.
    raw: Vec<u8>,
    /// Decoded and not handed on.
    ready: Vec<u8>,
    at: usize,
    begun: bool,
    ended: bool,
}

impl<R: Read> Utf8<R> {
    /// Decodes `inner`; `big` for big-endian.
    pub fn new(inner: R, big: bool) -> Self {
        Self { inner, big, raw: Vec::new(), ready: Vec::new(), at: 0, begun: false, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        const STEP: u64 = 64 << 10;
        let before = self.raw.len();
        self.inner.by_ref().take(STEP).read_to_end(&mut self.raw)?;
        self.ended = self.raw.len() == before;
        let mut units: Vec<u16> = self
            .raw
            .chunks_exact(2)
            .map(|p| if self.big { u16::from_be_bytes([p[0], p[1]]) } else { u16::from_le_bytes([p[0], p[1]]) })
            .collect();
        let mut used = units.len() * 2;
        if !self.ended && units.last().is_some_and(|u| (0xD800..0xDC00).contains(u)) {
            units.pop();
            used -= 2;
        }
        let mark = !self.begun && units.first() == Some(&0xFEFF);
        self.begun |= !units.is_empty();
        let decoded: String = char::decode_utf16(units.into_iter().skip(usize::from(mark))).map(|c| c.unwrap_or('\u{FFFD}')).collect();
        self.ready = decoded.into_bytes();
        self.at = 0;
        self.raw.drain(..used);
        if self.ended && !self.raw.is_empty() {
            self.raw.clear();
            self.ready.extend_from_slice("\u{FFFD}".as_bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.ended {
            self.fill()?;
        }
        let rest = self.ready.get(self.at..).unwrap_or_default();
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    /// Hands on one byte at a time, the worst a pipe does.
    struct Drip<'b>(&'b [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = into.len().min(1);
            self.0.read(&mut into[..n])
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = format!("\u{feff}{}ü𝄞x", "{\"a\":1}\r\n".repeat(20_000));
        for big in [false, true] {
            let bytes = wide(&text, big);
            assert_eq!(Encoding::of(&bytes), Encoding::Utf16(big));
            assert_eq!(Encoding::of(&bytes[2..]), Encoding::Utf16(big), "certain without a mark");
            let mut decoded = String::new();
            Utf8::new(Drip(&bytes), big).read_to_string(&mut decoded).unwrap();
            assert_eq!(decoded, text[3..]);
        }
        let mut decoded = String::new();
        // A lone half of a pair, then half a unit.
        Utf8::new(&[0x00, 0xD8, b'a', 0, b'b'][..], false).read_to_string(&mut decoded).unwrap();
        assert_eq!(decoded, "\u{FFFD}a\u{FFFD}");
    }

    #[test]
    fn other_bytes_are_left_alone() {
        for bytes in [&b"{}"[..], b"{\0", b"a,b\n1,2\n", b"PAR1\0\0\0\0", b"{\0}\0\x01\0", b"\0\0\0\0", b""] {
            assert_eq!(Encoding::of(bytes), Encoding::Utf8, "{bytes:?}");
        }
    }
}
