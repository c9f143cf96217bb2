//! Where strings and brackets of JSON text are: the index that reading of records walks along.
//!
//! Text is looked at in blocks of 64 bytes, each turned into bit masks (the method of Langdale and
//! Lemire, "Parsing gigabytes of JSON per second"), so that walking a record touches its quotes and
//! brackets only. The index is made in windows: after damage it is begun anew at the next record, and
//! a damaged file costs a window for each damage, not the rest of the file.

use std::cell::RefCell;

use crate::base::steps;

/// Bytes indexed in one go, at the most.
const WINDOW: usize = 64 << 10;
/// Bytes indexed first after a start, and twice as many each time: a small broken record costs no long window.
const FIRST_WINDOW: usize = 256;

thread_local! {
    /// Space of the last index of this thread: fresh space is cleared by the system first, for every file anew.
    static SPARE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The index of a text, as far as it was made.
#[derive(Debug)]
pub struct Index {
    /// Positions of unescaped quotes, and of brackets and braces outside strings.
    tokens: Vec<u32>,
    /// Text up to here is indexed; at a block boundary counted from `origin`.
    reached: usize,
    /// Bytes to index next.
    next: usize,
    /// All ones inside a string at `reached`.
    in_string: u64,
    /// The byte at `reached` is escaped.
    escaped: bool,
    /// A control character inside a string, where JSON forbids it: the first one since `start`.
    control: Option<usize>,
    /// Where blocks begin that hold a backslash.
    slashed: Vec<usize>,
    /// The first of them that may still matter.
    slash: usize,
}

/// Bits of a block of 64 bytes: bit n is byte n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Masks {
    quote: u64,
    backslash: u64,
    bracket: u64,
    control: u64,
}

impl Default for Index {
    fn default() -> Self {
        let mut tokens = SPARE.take();
        tokens.clear();
        Self { tokens, reached: 0, next: FIRST_WINDOW, in_string: 0, escaped: false, control: None, slashed: Vec::new(), slash: 0 }
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // A thread that ends has none to keep it for.
        let _ = SPARE.try_with(|spare| spare.replace(std::mem::take(&mut self.tokens)));
    }
}

impl Index {
    /// Begins at `from`, which must lie outside strings.
    pub fn start(&mut self, from: usize) {
        self.tokens.clear();
        self.reached = from;
        self.next = FIRST_WINDOW;
        self.in_string = 0;
        self.escaped = false;
        self.control = None;
        self.slashed.clear();
        self.slash = 0;
    }

    /// Drops the first `count` tokens.
    pub fn forget(&mut self, count: usize) {
        self.tokens.drain(..count.min(self.tokens.len()));
    }

    /// The token at `index`; `None` at the end of the text.
    #[inline]
    pub fn token(&mut self, text: &[u8], index: usize) -> Option<usize> {
        if let Some(at) = self.tokens.get(index) {
            return Some(*at as usize);
        }
        self.grow(text, index)
    }

    #[cold]
    fn grow(&mut self, text: &[u8], index: usize) -> Option<usize> {
        while index >= self.tokens.len() && self.reached < text.len() {
            self.window(text);
        }
        self.tokens.get(index).map(|at| *at as usize)
    }

    /// Whether there may be a backslash in the indexed range; asked for ranges in their order.
    #[inline]
    pub fn may_escape(&mut self, start: usize, end: usize) -> bool {
        while let Some(block) = self.slashed.get(self.slash) {
            if block + 64 > start {
                return *block < end;
            }
            self.slash += 1;
        }
        false
    }

    /// How far the text was indexed.
    pub fn reached(&self) -> usize {
        self.reached
    }

    /// The first control character inside a string among the text indexed since the last start.
    pub fn control(&self) -> Option<usize> {
        self.control
    }

    fn window(&mut self, text: &[u8]) {
        let end = text.len().min(self.reached + self.next);
        self.next = (self.next * 2).min(WINDOW);
        steps::count(end - self.reached);
        let (blocks, rest) = text[self.reached..end].as_chunks::<64>();
        for block in blocks {
            self.block(masks(block), usize::MAX);
        }
        if !rest.is_empty() {
            // Blanks after the end mean nothing.
            let mut last = [b' '; 64];
            last[..rest.len()].copy_from_slice(rest);
            self.block(masks(&last), rest.len());
        }
        self.reached = end;
    }

    #[inline]
    fn block(&mut self, masks: Masks, length: usize) {
        let base = self.reached;
        if masks.backslash != 0 {
            self.slashed.push(base);
        }
        let escaped = self.escapes(masks.backslash);
        let quote = masks.quote & !escaped;
        // Ones from each opening quote up to before its closing one.
        let inside = prefix_xor(quote) ^ self.in_string;
        // All ones if the block ends inside a string.
        self.in_string = 0u64.wrapping_sub(inside >> 63);
        if masks.control & inside != 0 {
            self.control.get_or_insert(base + (masks.control & inside).trailing_zeros() as usize);
        }
        let mut found = quote | (masks.bracket & !inside);
        while found != 0 {
            #[expect(clippy::cast_possible_truncation, reason = "texts beyond 4 GiB are not indexed")]
            self.tokens.push((base + found.trailing_zeros() as usize) as u32);
            found &= found - 1;
        }
        self.reached = base + length.min(64);
    }

    /// Bytes that a backslash before them escapes.
    #[inline]
    fn escapes(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            let first = u64::from(self.escaped);
            self.escaped = false;
            return first;
        }
        let mut escaped = u64::from(self.escaped);
        let mut left = backslash & !escaped;
        self.escaped = false;
        while left != 0 {
            let at = left.trailing_zeros();
            if at == 63 {
                self.escaped = true;
                break;
            }
            escaped |= 1 << (at + 1);
            // The escaped byte escapes nothing, backslash or not.
            left &= !(0b11 << at);
        }
        escaped
    }
}

/// Bit n of the result is the parity of the bits 0..=n.
#[inline]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "SSE2 is part of every x86-64 processor, and the compiler asks for the word")]
fn masks(block: &[u8; 64]) -> Masks {
    // SAFETY: the only condition is that the processor has SSE2.
    unsafe { masks_sse2(block) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn masks(block: &[u8; 64]) -> Masks {
    masks_portable(block)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn masks_sse2(block: &[u8; 64]) -> Masks {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_max_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};
    let all = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let bits = |found: __m128i| u64::from(_mm_movemask_epi8(found).cast_unsigned());
    let mut masks = Masks { quote: 0, backslash: 0, bracket: 0, control: 0 };
    for (n, part) in block.as_chunks::<16>().0.iter().enumerate() {
        let whole = u128::from_le_bytes(*part);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let v = _mm_set_epi64x((whole >> 64) as i64, whole as i64);
        // '[' and '{', ']' and '}' differ in bit 5 only.
        let folded = _mm_or_si128(v, all(0x20));
        let bracket = _mm_or_si128(_mm_cmpeq_epi8(folded, all(b'{')), _mm_cmpeq_epi8(folded, all(b'}')));
        let shift = 16 * n;
        masks.quote |= bits(_mm_cmpeq_epi8(v, all(b'"'))) << shift;
        masks.backslash |= bits(_mm_cmpeq_epi8(v, all(b'\\'))) << shift;
        masks.bracket |= bits(bracket) << shift;
        masks.control |= bits(_mm_cmpeq_epi8(_mm_max_epu8(v, all(0x1F)), all(0x1F))) << shift;
    }
    masks
}

/// The same without vector instructions.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn masks_portable(block: &[u8; 64]) -> Masks {
    let mut masks = Masks { quote: 0, backslash: 0, bracket: 0, control: 0 };
    for (n, byte) in block.iter().enumerate() {
        let bit = |is: bool| u64::from(is) << n;
        masks.quote |= bit(*byte == b'"');
        masks.backslash |= bit(*byte == b'\\');
        masks.bracket |= bit(matches!(byte, b'{' | b'}' | b'[' | b']'));
        masks.control |= bit(*byte < 0x20);
    }
    masks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tokens and the first control character, byte by byte.
    fn plain(text: &[u8]) -> (Vec<usize>, Option<usize>) {
        let (mut tokens, mut control, mut inside, mut escaped) = (Vec::new(), None, false, false);
        for (at, byte) in text.iter().enumerate() {
            if escaped {
                escaped = false;
                if inside && *byte < 0x20 {
                    control = control.or(Some(at));
                }
                // A backslash outside a string is no JSON; it hides a quote there, and no bracket.
                if !inside && matches!(byte, b'{' | b'}' | b'[' | b']') {
                    tokens.push(at);
                }
                continue;
            }
            match byte {
                b'\\' => escaped = true,
                b'"' => {
                    tokens.push(at);
                    inside = !inside;
                }
                b'{' | b'}' | b'[' | b']' if !inside => tokens.push(at),
                0..0x20 if inside => control = control.or(Some(at)),
                _ => {}
            }
        }
        (tokens, control)
    }

    fn indexed(text: &[u8]) -> (Vec<usize>, Option<usize>) {
        let mut index = Index::default();
        index.start(0);
        let mut tokens = Vec::new();
        while let Some(at) = index.token(text, tokens.len()) {
            tokens.push(at);
        }
        (tokens, index.control())
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_walk_finds(text in proptest::collection::vec(prop_oneof![
            Just(b'"'), Just(b'\\'), Just(b'{'), Just(b']'), Just(b'['), Just(b'}'), Just(b'x'), Just(b'\n'), any::<u8>()
        ], 0..400)) {
            prop_assert_eq!(indexed(&text), plain(&text));
        }

        #[test]
        fn both_kinds_of_masks_agree(block in proptest::array::uniform32(any::<u8>())) {
            let mut bytes = [0u8; 64];
            bytes[..32].copy_from_slice(&block);
            bytes[32..].copy_from_slice(&block);
            prop_assert_eq!(masks(&bytes), masks_portable(&bytes));
        }
    }

    #[test]
    fn strings_cross_blocks_and_windows() {
        let text = format!("{{\"{}\\\"\":[]}}", "a".repeat(WINDOW + 7));
        assert_eq!(indexed(text.as_bytes()), plain(text.as_bytes()));
        assert_eq!(indexed(text.as_bytes()).0.len(), 6);
    }
}
