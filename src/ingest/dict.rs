//! Texts by number. Exports repeat their texts endlessly, so a text is kept once and rows hold its code;
//! sorting, summing and Parquet's own dictionaries then work on numbers.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

/// Code of NULL; texts are numbered from 1 in the order they came.
pub const NULL: u32 = 0;

/// Texts and their codes.
#[derive(Debug, Clone, Default)]
pub struct Dict {
    texts: String,
    /// End of each text in `texts`.
    ends: Vec<usize>,
    /// Open addressing, a power of two of them: the hash of a text above, its code below; 0 = free.
    slots: Vec<u64>,
}

impl Dict {
    /// The code of a text, which is remembered.
    pub fn code(&mut self, text: &str) -> u32 {
        // Half full at the most, so that a search meets a free slot soon.
        if self.slots.len() < (self.ends.len() + 1) * 2 {
            self.grow();
        }
        let hash = xxh3_64(text.as_bytes()) as u32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            let (known, code) = ((self.slots[at] >> 32) as u32, self.slots[at] as u32);
            if known == hash && self.is(code, text) {
                return code;
            }
            at = (at + 1) & mask;
        }
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        let code = self.ends.len() as u32;
        self.slots[at] = u64::from(hash) << 32 | u64::from(code);
        code
    }

    /// The text of a code; `None` for [`NULL`].
    pub fn get(&self, code: u32) -> Option<&str> {
        self.texts.get(self.place(code)?)
    }

    /// Whether a code is that of a text. Asked of nearly every cell, so lengths are compared first and bytes after.
    pub fn is(&self, code: u32, text: &str) -> bool {
        let Some(place) = self.place(code) else { return false };
        place.len() == text.len() && self.texts.as_bytes().get(place) == Some(text.as_bytes())
    }

    /// Where the text of a code stands.
    fn place(&self, code: u32) -> Option<Range<usize>> {
        let index = (code as usize).checked_sub(1)?;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        Some(start..*self.ends.get(index)?)
    }

    /// Number of texts; the largest code.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of memory held, about.
    pub fn held(&self) -> usize {
        self.texts.len() + (self.ends.len() + self.slots.len()) * 8
    }

    /// Forgets all texts and keeps the space.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.ends.clear();
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
