//! What a query may cost. The work runs on a thread of its own while this one watches the time and the memory of the
//! process; when either runs out, the caller gets an error, and the process ends with it.
//!
//! Memory is what the system counts as resident, read 50 times a second and before each block of a mebibyte or more.
//! A thread that asks for more than is left is held in the allocator and never goes on: failing there would end the
//! process without a word. Systems that are not Linux do not say what is resident; there only the time is bounded.

use std::alloc::{GlobalAlloc, Layout};
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use libmimalloc_sys::{mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc, mi_zalloc_aligned};

use super::help::Advice;

/// Bytes the process may hold; 0 while nothing is bounded.
static LIMIT: AtomicU64 = AtomicU64::new(0);
/// Whether a block was asked for that would not fit.
static EXCEEDED: AtomicBool = AtomicBool::new(false);
/// Blocks from this size on are looked at one by one.
const LARGE: usize = 1 << 20;
/// How often time and memory are looked at.
const INTERVAL: Duration = Duration::from_millis(20);
/// Stack of the thread that works: queries of the depth allowed need a part of it.
const STACK: usize = 64 << 20;

/// The allocator of the program: mimalloc, with a bound on large blocks while one is set.
pub struct Allocator;

/// Alignment that every block of mimalloc has, in bytes. Asked for in so many words, mimalloc 3 takes a slower way and a larger block for
/// most sizes.
const ALIGNED: usize = size_of::<usize>();

#[expect(unsafe_code, reason = "an allocator cannot be written without; every call is passed on as it came")]
// SAFETY: every block comes from mimalloc and goes back to it; blocks have the alignment asked for.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        admit(layout.size());
        // SAFETY: as the caller promises.
        let block =
            unsafe { if layout.align() <= ALIGNED { mi_malloc(layout.size()) } else { mi_malloc_aligned(layout.size(), layout.align()) } };
        block.cast()
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { mi_free(block.cast()) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        admit(layout.size());
        // SAFETY: as the caller promises.
        let block =
            unsafe { if layout.align() <= ALIGNED { mi_zalloc(layout.size()) } else { mi_zalloc_aligned(layout.size(), layout.align()) } };
        block.cast()
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        admit(size.saturating_sub(layout.size()));
        // SAFETY: as the caller promises.
        let block = unsafe {
            if layout.align() <= ALIGNED { mi_realloc(block.cast(), size) } else { mi_realloc_aligned(block.cast(), size, layout.align()) }
        };
        block.cast()
    }
}

/// Returns when a block of this size fits, else never.
#[inline]
fn admit(size: usize) {
    if size >= LARGE {
        admit_large(size);
    }
}

#[cold]
fn admit_large(size: usize) {
    let limit = LIMIT.load(Ordering::Relaxed);
    if limit == 0 || resident().saturating_add(size as u64) <= limit {
        return;
    }
    EXCEEDED.store(true, Ordering::Relaxed);
    // Until the process ends, or the bound is lifted.
    while LIMIT.load(Ordering::Relaxed) != 0 {
        std::thread::sleep(INTERVAL);
    }
}

/// Bytes of the process in memory; 0 where the system does not say. Takes no memory itself.
fn resident() -> u64 {
    /// Bytes of a page, on the processors this is built for. Larger pages would make the figure too small, never too large.
    const PAGE: u64 = 4096;
    let mut text = [0_u8; 128];
    let read = std::fs::File::open("/proc/self/statm").and_then(|mut file| file.read(&mut text));
    let Ok(length) = read else { return 0 };
    let field = text.get(..length).and_then(|text| text.split(|b| *b == b' ').nth(1)).unwrap_or(&[]);
    field
        .iter()
        .filter(|b| b.is_ascii_digit())
        .fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
        .saturating_mul(PAGE)
}

/// What the work may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How long it may take; without end when zero.
    pub time: Duration,
    /// Bytes the process may hold meanwhile.
    pub memory: u64,
}

/// Does some work within bounds.
///
/// # Errors
/// Those of the work, and when time or memory run out. Work that ran out goes on until the process ends, which the
/// caller must therefore let happen.
pub fn within<T: Send + 'static>(bounds: Bounds, work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> anyhow::Result<T> {
    let (give, take) = channel();
    let started = Instant::now();
    LIMIT.store(bounds.memory, Ordering::Relaxed);
    let worker = std::thread::Builder::new()
        .stack_size(STACK)
        // Nobody waits for the answer any more when sending fails.
        .spawn(move || drop(give.send(work())))
        .context("no worker thread could be started")?;
    loop {
        match take.recv_timeout(INTERVAL) {
            Ok(answer) => {
                LIMIT.store(0, Ordering::Relaxed);
                return answer;
            }
            Err(RecvTimeoutError::Disconnected) => {
                LIMIT.store(0, Ordering::Relaxed);
                return match worker.join() {
                    Err(panic) => std::panic::resume_unwind(panic),
                    Ok(()) => Err(anyhow::anyhow!("the query ended without an answer")),
                };
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if EXCEEDED.load(Ordering::Relaxed) || resident() > bounds.memory {
            bail!(Advice::new(
                format!("the query needs more than the {} MiB of memory it may use; it was stopped", bounds.memory >> 20),
                "narrow it with WHERE, join by a key and not every row with every other, or allow more with --memory"
            ));
        }
        if !bounds.time.is_zero() && started.elapsed() >= bounds.time {
            bail!(Advice::new(
                format!("the query was not done after {} s; it was stopped", bounds.time.as_secs()),
                "narrow it with WHERE, join by a key and not every row with every other, or allow more with --timeout"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_takes_too_long_is_given_up() {
        let bounds = Bounds { time: Duration::from_millis(60), memory: u64::MAX };
        let slow = within(bounds, || {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        });
        assert!(super::super::help::line(&slow.unwrap_err()).unwrap().contains("--timeout"));
        assert_eq!(within(bounds, || Ok(7)).unwrap(), 7);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_resident_is_known() {
        let before = resident();
        let block = std::hint::black_box(vec![7_u8; 64 << 20]);
        let after = resident();
        assert!(before > 0 && after > before + (32 << 20), "{before} {after} {}", block.len());
    }
}
