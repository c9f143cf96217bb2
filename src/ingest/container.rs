//! From a file as delivered to its decompressed text: gzip (all members), byte-order marks, UTF-16.
//!
//! Nothing is ever written out. Expansion is capped, so that a bomb ends in an error that names the
//! file, not in a crash. A gzip stream that ends early yields what could be read, and says so.

use std::io::Read;

use thiserror::Error;

/// Decompressed bytes a file may have before it is refused.
pub const MAX_TEXT: u64 = 4 << 30;
/// Expansion beyond this factor (and beyond 64 MiB) is taken for a bomb.
pub const MAX_RATIO: u64 = 250;

/// Why a file could not be unpacked at all.
#[derive(Debug, Error)]
pub enum ContainerError {
    /// Too large or too strongly compressed.
    #[error("it expands to more than {limit} bytes, which looks like a decompression bomb")]
    TooLarge {
        /// The limit that was passed.
        limit: u64,
    },
    /// Not even the first block could be read.
    #[error("the gzip data is damaged: {why}")]
    Damaged {
        /// What the decoder says.
        why: String,
    },
}

/// Decompressed text, and what was odd about it.
#[derive(Debug, Default)]
pub struct Text {
    /// The bytes; UTF-8 for all formats but Parquet.
    pub bytes: Vec<u8>,
    /// The decompressed bytes before a byte-order mark or another encoding was taken off, where there was one.
    pub recoded_from: Option<Vec<u8>>,
    /// Set when the data ends early or is damaged further on.
    pub trouble: Option<String>,
}

impl Text {
    /// The decompressed bytes to the letter, which is what CloudTrail hashes: marks and encoding included.
    pub fn content(&self) -> &[u8] {
        self.recoded_from.as_deref().unwrap_or(&self.bytes)
    }
}

/// Whether the bytes start a gzip member.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

fn limit(compressed: usize) -> u64 {
    (compressed as u64).saturating_mul(MAX_RATIO).clamp(64 << 20, MAX_TEXT)
}

/// Unpacks a whole file: gzip up to twice over, then encoding.
///
/// # Errors
/// When it expands beyond the limits, or nothing could be read.
pub fn unpack(bytes: Vec<u8>) -> Result<Text, ContainerError> {
    let mut text = Text { bytes, ..Text::default() };
    for _ in 0..2 {
        if !is_gzip(&text.bytes) {
            break;
        }
        let (bytes, trouble) = gunzip(&text.bytes)?;
        text.bytes = bytes;
        text.trouble = text.trouble.or(trouble);
    }
    let decoded = match utf16(&text.bytes) {
        None if text.bytes.starts_with(&[0xEF, 0xBB, 0xBF]) => text.bytes.get(3..).map(<[u8]>::to_vec),
        decoded => decoded,
    };
    if let Some(decoded) = decoded {
        text.recoded_from = Some(std::mem::replace(&mut text.bytes, decoded));
    }
    Ok(text)
}

/// The first bytes of the decompressed text, enough to recognise it.
pub fn peek(bytes: &[u8]) -> Vec<u8> {
    const PEEK: u64 = 256 << 10;
    let mut head = Vec::new();
    // Damage is met again, and told, when the file is read.
    let _ = stream(bytes).take(PEEK).read_to_end(&mut head);
    if is_gzip(&head) {
        let mut inner = Vec::new();
        let _ = stream(&head).take(PEEK).read_to_end(&mut inner);
        head = inner;
    }
    if let Some(decoded) = utf16(&head) {
        return decoded;
    }
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        head.drain(..3);
    }
    head
}

/// The decompressed text as a stream.
pub fn stream(bytes: &[u8]) -> Box<dyn Read + '_> {
    if is_gzip(bytes) { Box::new(flate2::read::MultiGzDecoder::new(bytes)) } else { Box::new(bytes) }
}

/// All members of a gzip file. The fast path inflates a single member in one go; anything it does
/// not like is read again by the streaming decoder, which can tell how far the data is sound.
fn gunzip(bytes: &[u8]) -> Result<(Vec<u8>, Option<String>), ContainerError> {
    let cap = limit(bytes.len());
    // ISIZE: length modulo 2^32 of the last member, only a hint.
    let hint = bytes.len().checked_sub(4).and_then(|n| bytes.get(n..)).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    if u64::from(hint) <= cap && hint > 0 {
        let mut out = vec![0; hint as usize];
        let mut inflater = libdeflater::Decompressor::new();
        if inflater.gzip_decompress(bytes, &mut out).is_ok_and(|n| n == out.len()) && single_member(bytes) {
            return Ok((out, None));
        }
    }
    let mut out = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes).take(cap + 1);
    match decoder.read_to_end(&mut out) {
        Ok(_) if out.len() as u64 > cap => Err(ContainerError::TooLarge { limit: cap }),
        Ok(_) => Ok((out, None)),
        Err(_) if out.len() as u64 > cap => Err(ContainerError::TooLarge { limit: cap }),
        Err(error) if out.is_empty() => Err(ContainerError::Damaged { why: error.to_string() }),
        Err(error) => {
            let trouble = format!("the gzip data is damaged or cut after {} decompressed bytes: {error}", out.len());
            Ok((out, Some(trouble)))
        }
    }
}

/// Whether no second member can follow: libdeflate stops after the first and does not say where. A
/// chance look-alike of a header only sends the file to the slower decoder.
fn single_member(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(&bytes[3..], &[0x1f, 0x8b, 0x08]).all(|at| bytes.get(at + 6).is_none_or(|flags| flags & 0xE0 != 0))
}

/// UTF-16 with a byte-order mark, as PowerShell redirection writes it.
fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2)? {
        [0xFF, 0xFE] => u16::from_le_bytes,
        [0xFE, 0xFF] => u16::from_be_bytes,
        _ => return None,
    };
    let units = bytes[2..].chunks_exact(2).map(|b| unit([b[0], b[1]]));
    Some(char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect::<String>().into_bytes())
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

    #[test]
    fn all_members_are_read() {
        let text = unpack([gz(b"one,"), gz(b"two,"), gz(b"tri,")].concat()).unwrap();
        assert_eq!(text.bytes, b"one,two,tri,");
        // Same length, same content twice: the trailer of the last equals that of the first.
        let text = unpack([gz(b"same"), gz(b"same")].concat()).unwrap();
        assert_eq!(text.bytes, b"samesame");
    }

    #[test]
    fn gzip_in_gzip_and_marks() {
        assert_eq!(unpack(gz(&gz(b"\xEF\xBB\xBF{}"))).unwrap().bytes, b"{}");
        assert_eq!(unpack(vec![0xFF, 0xFE, b'{', 0, b'}', 0]).unwrap().bytes, b"{}");
        assert_eq!(unpack(gz(b"\xEF\xBB\xBF{}")).unwrap().content(), b"\xEF\xBB\xBF{}");
        assert_eq!(unpack(gz(&gz(b"{}"))).unwrap().content(), b"{}");
    }

    #[test]
    fn a_cut_file_yields_what_is_there() {
        let whole: Vec<u8> = (0..200_000u32).flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
        let packed = gz(&whole);
        let text = unpack(packed[..packed.len() / 2].to_vec()).unwrap();
        assert!(text.bytes.len() > 100_000 && whole.starts_with(&text.bytes));
        assert!(text.trouble.unwrap().contains("cut"));
    }

    #[test]
    fn a_bomb_is_refused() {
        let packed = gz(&vec![0u8; 200 << 20]);
        assert!(matches!(unpack(packed), Err(ContainerError::TooLarge { .. })));
    }
}
