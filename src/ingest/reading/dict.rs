//! Texts by number. Exports repeat their texts endlessly, so a text is kept once and rows hold its code;
//! sorting, summing and Parquet's own dictionaries then work on numbers.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

/// Code of NULL; texts are numbered from 1 in the order they came.
pub const NULL: u32 = 0;

/// Numbers from 1 for things that are kept elsewhere, in the order they came: finds the number of one that is known
/// by its hash.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// Open addressing, a power of two of them: the hash above, the number below; 0 = free.
    slots: Vec<u64>,
    known: usize,
}

impl Numbers {
    /// The number of the thing with this hash for which `same` holds, else the next one, which it has from now on.
    #[inline]
    pub fn of(&mut self, hash: u64, same: impl Fn(u32) -> bool) -> u32 {
        // Half full at the most, so that a search meets a free slot soon.
        if self.slots.len() < (self.known + 1) * 2 {
            self.grow();
        }
        let hash = hash as u32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            let (known, number) = ((self.slots[at] >> 32) as u32, self.slots[at] as u32);
            if known == hash && same(number) {
                return number;
            }
            at = (at + 1) & mask;
        }
        self.known += 1;
        let number = self.known as u32;
        self.slots[at] = u64::from(hash) << 32 | u64::from(number);
        number
    }

    /// How many there are; the largest number.
    #[inline]
    pub fn len(&self) -> usize {
        self.known
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known == 0
    }

    /// Bytes of memory held, about.
    fn held(&self) -> usize {
        self.slots.len() * 8
    }

    fn clear(&mut self) {
        self.known = 0;
        self.slots.fill(0);
    }

    fn grow(&mut self) {
        let slots = (self.slots.len() * 4).max(64);
        let mut grown = vec![0_u64; slots];
        for slot in self.slots.iter().filter(|s| **s != 0) {
            let mut at = (slot >> 32) as usize & (slots - 1);
            while grown[at] != 0 {
                at = (at + 1) & (slots - 1);
            }
            grown[at] = *slot;
        }
        self.slots = grown;
    }
}

/// Texts one after the other.
#[derive(Debug, Clone, Default)]
struct Texts {
    texts: String,
    /// End of each text in `texts`.
    ends: Vec<usize>,
}

impl Texts {
    /// Where the text of a code stands.
    #[inline]
    fn place(&self, code: u32) -> Option<Range<usize>> {
        let index = (code as usize).checked_sub(1)?;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        Some(start..*self.ends.get(index)?)
    }

    #[inline]
    fn is(&self, code: u32, text: &str) -> bool {
        let Some(place) = self.place(code) else { return false };
        place.len() == text.len() && self.texts.as_bytes().get(place) == Some(text.as_bytes())
    }
}

/// Texts and their codes.
#[derive(Debug, Clone, Default)]
pub struct Dict {
    texts: Texts,
    codes: Numbers,
}

impl Dict {
    /// The code of a text, which is remembered.
    #[inline]
    pub fn code(&mut self, text: &str) -> u32 {
        let code = self.codes.of(xxh3_64(text.as_bytes()), |code| self.texts.is(code, text));
        if code as usize > self.texts.ends.len() {
            self.texts.texts.push_str(text);
            self.texts.ends.push(self.texts.texts.len());
        }
        code
    }

    /// The text of a code; `None` for [`NULL`].
    #[inline]
    pub fn get(&self, code: u32) -> Option<&str> {
        self.texts.texts.get(self.texts.place(code)?)
    }

    /// Whether a code is that of a text. Asked of nearly every cell, so lengths are compared first and bytes after.
    #[inline]
    pub fn is(&self, code: u32, text: &str) -> bool {
        self.texts.is(code, text)
    }

    /// Number of texts; the largest code.
    #[inline]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Bytes of memory held, about.
    pub fn held(&self) -> usize {
        self.texts.texts.len() + self.texts.ends.len() * 8 + self.codes.held()
    }

    /// Forgets all texts and keeps the space.
    pub fn clear(&mut self) {
        self.texts.texts.clear();
        self.texts.ends.clear();
        self.codes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_code() {
        let mut dict = Dict::default();
        let texts: Vec<String> = (0..10_000).map(|n| format!("text {}", n % 3_000)).collect();
        let codes: Vec<u32> = texts.iter().map(|t| dict.code(t)).collect();
        assert_eq!(dict.len(), 3_000);
        for (text, code) in texts.iter().zip(&codes) {
            assert_eq!(dict.get(*code), Some(text.as_str()));
            assert!(dict.is(*code, text) && !dict.is(*code + 1, text) && !dict.is(NULL, text));
        }
        assert_eq!((dict.code(""), dict.get(3_001), dict.get(NULL), dict.get(3_002)), (3_001, Some(""), None, None));
        dict.clear();
        assert_eq!((dict.len(), dict.get(1)), (0, None));
        assert_eq!(dict.code("b"), 1);
    }
}
