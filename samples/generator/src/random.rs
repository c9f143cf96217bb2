//! A small deterministic source of numbers: splitmix64, seeded from the parts that name a piece of work.
//!
//! Every file of the sample is made from its own generator, so that threads cannot change a byte.

/// The state of one stream of numbers.
pub struct Random(u64);

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Random {
    /// A stream named by `parts`: the same parts give the same numbers.
    pub fn new(parts: &[u64]) -> Self {
        let mut state = Self(0x5eed_acce_55ab_1e00);
        for part in parts {
            state.0 ^= part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = state.next();
            state.0 = mixed;
        }
        state
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number in `low..high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0) as u64) as i64
    }

    /// An index into something of length `n`.
    pub fn index(&mut self, n: usize) -> usize {
        self.below(n as u64) as usize
    }

    /// One element of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.index(list.len());
        &list[at]
    }

    /// One word of a list that is not empty.
    pub fn word<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.index(list.len())]
    }

    /// True in `per_mille` of 1000 cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Appends `n` lower-case hex digits.
    pub fn hex(&mut self, out: &mut String, n: usize) {
        self.letters(out, n, HEX, 4);
    }

    /// Appends `n` letters of the alphabet AWS uses for key and principal ids.
    pub fn base32(&mut self, out: &mut String, n: usize) {
        self.letters(out, n, BASE32, 5);
    }

    /// Appends `n` letters of base64.
    pub fn base64(&mut self, out: &mut String, n: usize) {
        self.letters(out, n, BASE64, 6);
    }

    fn letters(&mut self, out: &mut String, n: usize, alphabet: &[u8], bits: u32) {
        let (mut word, mut left) = (0u64, 0u32);
        for _ in 0..n {
            if left < bits {
                word = self.next();
                left = 64;
            }
            out.push(char::from(alphabet[(word & ((1 << bits) - 1)) as usize]));
            word >>= bits;
            left -= bits;
        }
    }

    /// Appends a random GUID.
    pub fn uuid(&mut self, out: &mut String) {
        for (at, n) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            if at > 0 {
                out.push('-');
            }
            self.hex(out, n);
        }
    }

    /// A random GUID.
    pub fn new_uuid(&mut self) -> String {
        let mut out = String::with_capacity(36);
        self.uuid(&mut out);
        out
    }
}

/// FNV-1a of a text, to name a stream by words.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// An id such as `AROAEXAMPLE7KQ2M4XYZ`: `prefix`, the word EXAMPLE and letters that follow from `name`.
pub fn example_id(prefix: &str, name: &str, total: usize) -> String {
    let mut out = format!("{prefix}EXAMPLE");
    let left = total.saturating_sub(out.len());
    Random::new(&[hash(prefix), hash(name)]).base32(&mut out, left);
    out
}
