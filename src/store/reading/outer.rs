//! What lies under one outermost archive, all layers and members together: it may unpack to no more than a multiple of
//! what was delivered. Each layer by itself is bounded where it is unpacked; a bomb of archives in archives is within
//! every one of those bounds.
//!
//! Workers read an archive's members at the same time, so how far each came when the bound was passed is chance. Nothing
//! of such an archive stays, and the run begins again without it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::ingest::reading::container::Limits;
use crate::store::manifest::InputFile;

/// The account of an outermost archive.
#[derive(Debug)]
pub(in crate::store) struct Outer {
    /// Its number among the files offered.
    pub(in crate::store) index: usize,
    most_bytes: u64,
    most_members: u64,
    bytes: AtomicU64,
    members: AtomicU64,
    spent: AtomicBool,
}

impl Outer {
    /// Of an archive of so many bytes.
    pub(in crate::store) fn new(index: usize, delivered: u64, limits: &Limits) -> Self {
        Self {
            index,
            most_bytes: limits.stream(delivered).bytes,
            most_members: limits.members,
            bytes: AtomicU64::new(0),
            members: AtomicU64::new(0),
            spent: AtomicBool::new(false),
        }
    }

    /// Whether more was unpacked than may be.
    pub(in crate::store) fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    /// Counts bytes that were unpacked.
    fn charge(&self, bytes: u64) {
        if self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > self.most_bytes {
            self.spent.store(true, Ordering::Relaxed);
        }
    }

    /// Counts the text of a member, which was compressed by itself.
    pub(in crate::store) fn charge_text(&self, entry: &InputFile) {
        if !entry.layers.is_empty() {
            self.charge(entry.beginning.length);
        }
    }

    /// Counts a member of any layer.
    pub(in crate::store) fn charge_member(&self) {
        if self.members.fetch_add(1, Ordering::Relaxed) >= self.most_members {
            self.spent.store(true, Ordering::Relaxed);
        }
    }
}

/// What is said of an archive that was left out.
pub(in crate::store) fn refusal(delivered: u64, limits: &Limits) -> String {
    format!(
        "what it holds, archives within it included, unpacks to more than {} bytes ({} times its size, or 64 MiB) or {} members, \
         like a decompression bomb; nothing of it was kept; --max-expansion and --max-members raise the limits",
        limits.stream(delivered).bytes,
        limits.expansion,
        limits.members
    )
}

/// Charges what passes by.
pub(in crate::store) struct Charged<'o, R> {
    inner: R,
    outer: Option<&'o Outer>,
}

impl<'o, R: Read> Charged<'o, R> {
    /// Charges what is read of `inner` to an outermost archive, if there is one.
    pub(in crate::store) fn new(inner: R, outer: Option<&'o Outer>) -> Self {
        Self { inner, outer }
    }
}

impl<R: Read> Read for Charged<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        if let Some(outer) = self.outer {
            outer.charge(n as u64);
            if outer.is_spent() {
                return Err(io::Error::other("the archive it lies in unpacks to more than the limits allow"));
            }
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_counts_and_not_each_part() {
        let limits = Limits { expansion: 10, members: 3, ..Limits::default() };
        let outer = Outer::new(0, 10 << 20, &limits);
        let part = vec![0; 30 << 20];
        let read = |outer| io::copy(&mut Charged::new(part.as_slice(), Some(outer)), &mut io::sink());
        assert!((0..3).all(|_| read(&outer).is_ok()) && !outer.is_spent());
        assert!(read(&outer).is_err() && outer.is_spent());
        // Small archives may shrink as they like.
        assert!(read(&Outer::new(0, 10, &limits)).is_ok());
        let outer = Outer::new(0, 10, &limits);
        (0..3).for_each(|_| outer.charge_member());
        assert!(!outer.is_spent());
        outer.charge_member();
        assert!(outer.is_spent());
    }
}
