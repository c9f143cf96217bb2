//! SHA-256 of what passes by.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Bytes read at a time of what nobody else reads.
const STEP: usize = 1 << 20;

/// Hashes what is read through it.
pub struct Hashed<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashed<R> {
    /// From the first byte on.
    pub fn new(inner: R) -> Self {
        Self::after(&[], inner)
    }

    /// After bytes that were read already.
    pub fn after(bytes: &[u8], inner: R) -> Self {
        Self { inner, hasher: Sha256::new_with_prefix(bytes) }
    }

    /// Reads the rest; gives the hash in lower-case hex.
    pub fn finish(mut self) -> io::Result<String> {
        let mut buffer = vec![0; STEP];
        loop {
            match self.inner.read(&mut buffer) {
                Ok(0) => return Ok(const_hex::encode(self.hasher.finalize())),
                Ok(n) => self.hasher.update(buffer.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.hasher.update(into.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// Of all that a reader yields.
pub fn of(reader: &mut dyn Read) -> io::Result<String> {
    Hashed::new(reader).finish()
}

/// Of bytes held.
pub fn of_bytes(bytes: &[u8]) -> String {
    const_hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_leaves_is_hashed_too() {
        let text: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let mut hashed = Hashed::after(&text[..10], &text[10..]);
        hashed.read_exact(&mut [0; 1_000]).unwrap();
        assert_eq!(hashed.finish().unwrap(), of_bytes(&text));
        // FIPS 180-2, appendix B.1.
        assert_eq!(of(&mut &b"abc"[..]).unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
