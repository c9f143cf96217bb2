//! From a file as delivered to its text: gzip (all members), zstd (all frames), one inside the other,
//! byte-order marks, UTF-16. Archives of many files are in [`super::archive`].
//!
//! Nothing is ever written out. Expansion is capped, so that a bomb ends in an error that names the
//! limit and its flag, not in a crash. A stream that ends early yields what could be read, and says so.

use std::cell::RefCell;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::encoding::{Encoding, Utf8};
use crate::ingest::remark::Remark;

/// Bytes looked at to recognise what a file is.
pub const PEEK: u64 = 256 << 10;
/// Expansion is looked at beyond this many bytes only: small files may well shrink a thousandfold.
const SMALL: u64 = 64 << 20;
/// Compressions one inside the other that are taken off. Browsers and proxies make two.
const LAYERS: usize = 2;

/// What a file may cost before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text a file may have that must be held whole.
    pub file: u64,
    /// Factor a file may grow by when it is unpacked, beyond 64 MiB.
    pub expansion: u64,
    /// Members of an archive that are read.
    pub members: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 4 << 30, expansion: 250, members: 1_000_000 }
    }
}

impl Limits {
    /// Bytes a stream may expand to that took `packed` bytes as delivered.
    pub fn stream(&self, packed: u64) -> Cap {
        let bytes = packed.saturating_mul(self.expansion).max(SMALL);
        Cap { bytes, error: ContainerError::Expands { factor: self.expansion, bytes } }
    }

    /// Bytes a text may have that is held whole and took `packed` bytes as delivered.
    pub fn whole(&self, packed: u64) -> Cap {
        let cap = self.stream(packed);
        if cap.bytes < self.file { cap } else { Cap { bytes: self.file, error: ContainerError::TooLarge { limit: self.file } } }
    }
}

/// A number of bytes, and what to say beyond it.
#[derive(Debug, Clone)]
pub struct Cap {
    /// The bytes.
    pub bytes: u64,
    /// The error.
    pub error: ContainerError,
}

/// Why a file could not be unpacked at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContainerError {
    /// Too much text.
    #[error("it holds more than {limit} bytes; --max-file-size raises the limit")]
    TooLarge {
        /// The limit that was passed.
        limit: u64,
    },
    /// Too strongly compressed.
    #[error("it expands more than {factor} times, beyond {bytes} bytes, like a decompression bomb; --max-expansion raises the limit")]
    Expands {
        /// The limit that was passed.
        factor: u64,
        /// The same in bytes.
        bytes: u64,
    },
    /// Not even the first block could be read.
    #[error("the {packing} data is damaged: {why}")]
    Damaged {
        /// `gzip` or `zstd`.
        packing: &'static str,
        /// What the decoder says.
        why: String,
    },
}

/// One step between a file as delivered and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
}

impl Layer {
    /// The compression that begins so.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A frame, or a skippable frame before one (RFC 8878, 3.1).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The command that takes it off, reading a pipe.
    pub fn command(self) -> &'static str {
        match self {
            Self::Gzip => "gzip -dc",
            Self::Zstd => "zstd -dc",
            Self::Utf16Le => "iconv -f UTF-16LE -t UTF-8",
            Self::Utf16Be => "iconv -f UTF-16BE -t UTF-8",
        }
    }
}

/// Bytes that tell an archive: a block of 20 records, as tar writes at least.
const START: usize = 10 << 10;
/// Bytes as delivered of what is unpacked whole at once.
const SHORT: usize = 1 << 20;
/// Bytes of space kept for the next file.
const SPARED: usize = 32 << 20;

thread_local! {
    /// For text.
    static SPARE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// For bytes as delivered.
    static DELIVERED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Space for so many bytes of a file as delivered: that of the file before, if it was unpacked.
pub fn space(bytes: usize) -> Vec<u8> {
    let mut space = DELIVERED.take();
    space.clear();
    space.reserve(bytes);
    space
}

/// Text, and what was odd about it.
#[derive(Debug, Default)]
pub struct Text {
    /// The bytes; UTF-8 for all formats but Parquet.
    pub bytes: Vec<u8>,
    /// The decompressed bytes before a byte-order mark or another encoding was taken off, where there was one.
    pub recoded_from: Option<Vec<u8>>,
    /// Set when the data ends early or is damaged further on.
    pub trouble: Option<Remark>,
    /// What was taken off, outermost first.
    pub layers: Vec<Layer>,
}

impl Text {
    /// Gives the space of the bytes to the next file of this thread: fresh space for every file costs as much as
    /// unpacking half of it, since the system clears it first.
    pub fn recycle(self) {
        if self.bytes.capacity() <= SPARED {
            SPARE.set(self.bytes);
        }
    }

    /// The decompressed bytes to the letter, which is what CloudTrail hashes: marks and encoding included.
    pub fn content(&self) -> &[u8] {
        self.recoded_from.as_deref().unwrap_or(&self.bytes)
    }
}

/// Whether the bytes are compressed.
pub fn is_packed(bytes: &[u8]) -> bool {
    Layer::of(bytes).is_some()
}

/// Whether the bytes start a gzip member.
pub fn is_gzip(bytes: &[u8]) -> bool {
    Layer::of(bytes) == Some(Layer::Gzip)
}

/// Unpacks a whole file within the usual limits.
///
/// # Errors
/// When it expands beyond the limits, or nothing could be read.
pub fn unpack(bytes: Vec<u8>) -> Result<Text, ContainerError> {
    let cap = Limits::default().whole(bytes.len() as u64);
    unpack_within(bytes, &cap)
}

/// Unpacks a whole file: compression up to twice over, then encoding.
///
/// # Errors
/// When it expands beyond the limit, or nothing could be read.
pub fn unpack_within(bytes: Vec<u8>, cap: &Cap) -> Result<Text, ContainerError> {
    unpack_from(bytes, Start::default(), cap)
}

/// The same of a file whose start was looked at.
///
/// # Errors
/// As [`unpack_within`].
pub fn unpack_from(bytes: Vec<u8>, start: Start, cap: &Cap) -> Result<Text, ContainerError> {
    let mut text = Text { bytes, ..Text::default() };
    let mut known = start.text;
    for _ in 0..LAYERS {
        let Some(layer) = Layer::of(&text.bytes) else { break };
        let (bytes, trouble) = if let Some(known) = known.take() {
            (known, None)
        } else if layer == Layer::Gzip {
            gunzip(&text.bytes, cap)?
        } else {
            let decoder = zstd::stream::read::Decoder::with_buffer(text.bytes.as_slice());
            whole("zstd", decoder.map_err(|e| ContainerError::Damaged { packing: "zstd", why: e.to_string() })?, cap)?
        };
        let packed = std::mem::replace(&mut text.bytes, bytes);
        if packed.capacity() <= SPARED {
            DELIVERED.set(packed);
        }
        text.trouble = text.trouble.or(trouble);
        text.layers.push(layer);
    }
    if Layer::of(&text.bytes).is_some() {
        text.trouble =
            text.trouble.or_else(|| Some(format!("it is compressed more than {LAYERS} times over: what is inside was not read").into()));
    }
    if text.bytes.len() as u64 > cap.bytes {
        return Err(cap.error.clone());
    }
    let encoding = Encoding::of(&text.bytes);
    let decoded = match encoding {
        Encoding::Utf8 => None,
        Encoding::Marked => text.bytes.get(3..).map(<[u8]>::to_vec),
        Encoding::Utf16(big) => {
            let mut decoded = Vec::with_capacity(text.bytes.len());
            // Reading from memory into memory cannot fail.
            let _ = Utf8::new(text.bytes.as_slice(), big).read_to_end(&mut decoded);
            if text.bytes.len() % 2 == 1 {
                let why = "the UTF-16 text is cut after half a character";
                text.trouble = text.trouble.or_else(|| Some(Remark::Damaged { why: why.to_owned() }));
            }
            text.layers.push(if big { Layer::Utf16Be } else { Layer::Utf16Le });
            Some(decoded)
        }
    };
    if let Some(decoded) = decoded {
        text.recoded_from = Some(std::mem::replace(&mut text.bytes, decoded));
    }
    Ok(text)
}

/// The first bytes of a file without its compression, and what was taken off: enough to tell an archive, and JSON.
#[derive(Debug, Default)]
pub struct Start {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What was taken off, outermost first.
    pub layers: Vec<Layer>,
    /// All of a short file, its outermost gzip taken off.
    text: Option<Vec<u8>>,
}

impl Start {
    /// Of a file that begins so, as delivered.
    pub fn of(head: &[u8]) -> Self {
        // A small bomb may lie in the head as well.
        let Ok((unpacked, layers)) = unpacked(head, &Limits::default().stream(head.len() as u64)) else { return Self::default() };
        let mut bytes = Vec::new();
        // Damage beyond is met again when the file, or its members, are read.
        let _ = unpacked.take(START as u64).read_to_end(&mut bytes);
        Self { bytes, layers, text: None }
    }

    /// Of a file held whole. Most are a single short member of gzip, which is unpacked here and now: to set up a stream
    /// of it takes longer.
    pub fn of_whole(file: &[u8]) -> Self {
        if file.len() < SHORT
            && is_gzip(file)
            && let Some(text) = single(file, SMALL as usize)
        {
            if Layer::of(&text).is_none() {
                let bytes = text.get(..START).unwrap_or(&text).to_vec();
                return Self { bytes, layers: vec![Layer::Gzip], text: Some(text) };
            }
            SPARE.set(text);
        }
        Self::of(file)
    }

    /// Whether the text begins as JSON does.
    pub fn is_json(&self) -> bool {
        let head = first(&self.bytes, 64);
        matches!(head.trim_ascii_start().first(), Some(b'{' | b'['))
    }
}

/// The first bytes of the text, enough to recognise it.
pub fn peek(bytes: &[u8]) -> Vec<u8> {
    first(bytes, PEEK)
}

fn first(bytes: &[u8], count: u64) -> Vec<u8> {
    let mut head = Vec::new();
    // Damage is met again, and told, when the file is read.
    if let Ok((text, _)) = text(bytes, &Limits::default().stream(bytes.len() as u64)) {
        let _ = text.take(count).read_to_end(&mut head);
    }
    head
}

/// A file's bytes without their compression, as a stream, and what was taken off.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn unpacked<'r>(input: impl Read + 'r, cap: &Cap) -> io::Result<(Box<dyn Read + 'r>, Vec<Layer>)> {
    let mut input: Box<dyn Read + 'r> = Box::new(input);
    let mut layers = Vec::new();
    loop {
        let (head, rest) = begin(input, 4)?;
        let layer = Layer::of(&head).filter(|_| layers.len() < LAYERS);
        let whole = io::Cursor::new(head).chain(rest);
        let decoder: Box<dyn Read + 'r> = match layer {
            Some(Layer::Gzip) => Box::new(flate2::read::MultiGzDecoder::new(whole)),
            Some(_) => Box::new(zstd::stream::read::Decoder::new(whole)?),
            None => return Ok((Box::new(whole), layers)),
        };
        layers.extend(layer);
        input = Box::new(Capped::new(decoder, cap));
    }
}

/// A file's text as a stream, and what was taken off.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn text<'r>(input: impl Read + 'r, cap: &Cap) -> io::Result<(Box<dyn Read + 'r>, Vec<Layer>)> {
    let (input, mut layers) = unpacked(input, cap)?;
    let (mut head, rest) = begin(input, super::encoding::ENOUGH)?;
    let encoding = Encoding::of(&head);
    if encoding == Encoding::Marked {
        head.drain(..3);
    }
    let whole = io::Cursor::new(head).chain(rest);
    Ok(match encoding {
        Encoding::Utf16(big) => {
            layers.push(if big { Layer::Utf16Be } else { Layer::Utf16Le });
            (Box::new(Utf8::new(whole, big)), layers)
        }
        Encoding::Utf8 | Encoding::Marked => (Box::new(whole), layers),
    })
}

/// The first bytes of a stream, and the rest of it. Damage after some bytes is met again with the rest.
fn begin<R: Read>(mut input: R, bytes: usize) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::with_capacity(bytes);
    match input.by_ref().take(bytes as u64).read_to_end(&mut head) {
        Err(error) if head.is_empty() => Err(error),
        _ => Ok((head, input)),
    }
}

/// All members of a gzip file. The fast path inflates a single member in one go; anything it does
/// not like is read again by the streaming decoder, which can tell how far the data is sound.
fn gunzip(bytes: &[u8], cap: &Cap) -> Result<(Vec<u8>, Option<Remark>), ContainerError> {
    match single(bytes, usize::try_from(cap.bytes).unwrap_or(usize::MAX)) {
        Some(text) => Ok((text, None)),
        None => whole("gzip", flate2::read::MultiGzDecoder::new(bytes), cap),
    }
}

/// The text of a gzip file that is a single sound member of at most `most` bytes, in the space of the file before.
fn single(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    // ISIZE: length modulo 2^32 of the last member, only a hint.
    let hint = bytes.len().checked_sub(4).and_then(|n| bytes.get(n..)).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    let hint = usize::try_from(hint).ok().filter(|hint| *hint > 0 && *hint <= most)?;
    let mut out = SPARE.take();
    out.resize(hint, 0);
    let unpacked = libdeflater::Decompressor::new().gzip_decompress(bytes, &mut out);
    if unpacked.is_ok_and(|n| n == out.len()) && single_member(bytes) {
        return Some(out);
    }
    SPARE.set(out);
    None
}

/// All a decoder yields, and how far the data was sound.
fn whole(packing: &'static str, decoder: impl Read, cap: &Cap) -> Result<(Vec<u8>, Option<Remark>), ContainerError> {
    let mut out = Vec::new();
    match decoder.take(cap.bytes.saturating_add(1)).read_to_end(&mut out) {
        _ if out.len() as u64 > cap.bytes => Err(cap.error.clone()),
        Ok(_) => Ok((out, None)),
        Err(error) if out.is_empty() => Err(ContainerError::Damaged { packing, why: error.to_string() }),
        Err(error) => {
            let why = format!("the {packing} data is damaged or cut after {} decompressed bytes: {error}", out.len());
            Ok((out, Some(Remark::Damaged { why })))
        }
    }
}

/// Whether no second member can follow: libdeflate stops after the first and does not say where. A
/// chance look-alike of a header only sends the file to the slower decoder.
fn single_member(bytes: &[u8]) -> bool {
    let rest = bytes.get(3..).unwrap_or_default();
    memchr::memmem::find_iter(rest, &[0x1f, 0x8b, 0x08]).all(|at| bytes.get(at + 6).is_none_or(|flags| flags & 0xE0 != 0))
}

/// Lets no more than a number of bytes through.
pub struct Capped<R> {
    inner: R,
    left: u64,
    error: ContainerError,
}

impl<R> Capped<R> {
    /// Caps `inner`.
    pub fn new(inner: R, cap: &Cap) -> Self {
        Self { inner, left: cap.bytes, error: cap.error.clone() }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.left = self.left.checked_sub(n as u64).ok_or_else(|| io::Error::other(self.error.clone()))?;
        Ok(n)
    }
}

impl From<&ContainerError> for Remark {
    fn from(error: &ContainerError) -> Self {
        let why = error.to_string();
        if matches!(error, ContainerError::Damaged { .. }) { Remark::Damaged { why } } else { Remark::Text { text: why } }
    }
}

impl From<&std::io::Error> for Remark {
    fn from(error: &std::io::Error) -> Self {
        let own = error.get_ref().and_then(|inner| inner.downcast_ref::<ContainerError>());
        own.map_or_else(|| Remark::Text { text: error.to_string() }, Remark::from)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gz(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zst(data: &[u8]) -> Vec<u8> {
        zstd::encode_all(data, 3).unwrap()
    }

    /// Data that does not shrink: the cut falls inside the packed data.
    fn noise() -> Vec<u8> {
        (0..200_000u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) ^ (n >> 3)).to_le_bytes()).collect()
    }

    /// The text as it is read whole and as a stream, which must agree.
    fn both(bytes: Vec<u8>) -> Text {
        let mut streamed = Vec::new();
        let cap = Limits::default().stream(bytes.len() as u64);
        let (mut reader, layers) = text(bytes.as_slice(), &cap).unwrap();
        let ended = reader.read_to_end(&mut streamed);
        let whole = unpack(bytes.clone()).unwrap();
        assert_eq!((&whole.bytes, &whole.layers), (&streamed, &layers));
        let (start, of_head) = (Start::of_whole(&bytes), Start::of(&bytes));
        assert_eq!((&start.bytes, &start.layers), (&of_head.bytes, &of_head.layers));
        let known = unpack_from(bytes.clone(), start, &Limits::default().whole(bytes.len() as u64)).unwrap();
        assert_eq!((&known.bytes, &known.layers, &known.trouble), (&whole.bytes, &whole.layers, &whole.trouble));
        assert!(ended.is_ok() || whole.trouble.is_some());
        whole
    }

    #[test]
    fn all_members_are_read() {
        assert_eq!(both([gz(b"one,"), gz(b"two,"), gz(b"tri,")].concat()).bytes, b"one,two,tri,");
        // Same length, same content twice: the trailer of the last equals that of the first.
        assert_eq!(both([gz(b"same"), gz(b"same")].concat()).bytes, b"samesame");
        assert_eq!(both([zst(b"one,"), zst(b"two")].concat()).bytes, b"one,two");
        // A skippable frame of four bytes, as pzstd and seekable writers make them.
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9][..], &zst(b"{}")].concat();
        assert_eq!(both(skipped).bytes, b"{}");
    }

    #[test]
    fn one_inside_the_other_and_marks() {
        assert_eq!(both(gz(&gz(b"\xEF\xBB\xBF{}"))).bytes, b"{}");
        assert_eq!(both(gz(&zst(b"{}"))).layers, [Layer::Gzip, Layer::Zstd]);
        assert_eq!(both(vec![0xFF, 0xFE, b'{', 0, b'}', 0]).bytes, b"{}");
        assert_eq!(both(gz(&[0xFE, 0xFF, 0, b'{', 0, b'}'])).layers, [Layer::Gzip, Layer::Utf16Be]);
        let thrice = unpack(gz(&gz(&gz(b"{}")))).unwrap();
        assert!(thrice.trouble.unwrap().to_string().contains("more than 2 times"));
        assert_eq!(unpack(gz(b"\xEF\xBB\xBF{}")).unwrap().content(), b"\xEF\xBB\xBF{}");
        assert_eq!(unpack(gz(&gz(b"{}"))).unwrap().content(), b"{}");
        // What is called .gz and is none is what it is.
        assert_eq!(both(b"{}".to_vec()).bytes, b"{}");
        assert_eq!(both(Vec::new()).bytes, b"");
    }

    #[test]
    fn a_cut_file_yields_what_is_there() {
        let noise = noise();
        for packed in [gz(&noise), zst(&noise)] {
            let text = both(packed[..packed.len() / 2].to_vec());
            assert!(text.bytes.len() > 100_000 && noise.starts_with(&text.bytes), "{}", text.bytes.len());
            assert!(text.trouble.unwrap().to_string().contains("cut"));
        }
        let error = unpack(zst(&noise)[..6].to_vec()).unwrap_err();
        assert!(matches!(error, ContainerError::Damaged { packing: "zstd", .. }), "{error}");
        let odd = unpack(vec![0xFF, 0xFE, b'{', 0, b'}']).unwrap();
        assert!(odd.trouble.unwrap().to_string().contains("half a character"));
    }

    #[test]
    fn a_bomb_is_refused_with_the_flag_and_the_limit() {
        let zeros = vec![0u8; 70 << 20];
        for packed in [gz(&zeros), zst(&zeros), gz(&gz(&zeros))] {
            let mut reader = text(packed.as_slice(), &Limits::default().stream(packed.len() as u64)).unwrap().0;
            let streamed = io::copy(&mut reader, &mut io::sink()).unwrap_err().to_string();
            drop(reader);
            let error = unpack(packed).unwrap_err().to_string();
            assert!(error.contains("--max-expansion") && error.contains("250 times") && error.contains("bomb"), "{error}");
            assert_eq!(streamed, error);
        }
        let limits = Limits { file: 1000, ..Limits::default() };
        let error = unpack_within(gz(&[b' '; 1001]), &limits.whole(40)).unwrap_err().to_string();
        assert_eq!(error, "it holds more than 1000 bytes; --max-file-size raises the limit");
        assert!(unpack_within(vec![b' '; 1001], &limits.whole(1001)).is_err(), "plain files have the same limit");
        assert_eq!(unpack_within(gz(&[b' '; 1000]), &limits.whole(40)).unwrap().bytes.len(), 1000);
        // Real logs reach 30 times, cost files 100 times.
        let log = gz(&b"{\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\"},".repeat(1 << 20));
        assert!(unpack(log).is_ok());
    }
}
