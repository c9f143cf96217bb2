//! Steps counted in tests. Seconds differ from machine to machine; steps do not, so a test can say that twice the
//! input takes twice the work.
//!
//! Two things are counted, for each thread by itself: bytes, rows or entries that the code says it looks at
//! ([`count`]), in the functions through which every search and every second look goes, and memory asked for, a step for
//! each eight bytes, which no new loop can avoid saying that copies or collects. The program itself counts nothing.

/// Counts bytes, rows or entries looked at; only in tests.
#[inline]
pub fn count(looked_at: usize) {
    #[cfg(test)]
    counting::add(looked_at as u64);
    #[cfg(not(test))]
    let _: usize = looked_at;
}

#[cfg(test)]
pub use counting::{Allocator, assert_in_step, taken};

#[cfg(test)]
mod counting {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    pub fn add(steps: u64) {
        // A thread that ends has nothing to count.
        let _ = STEPS.try_with(|all| all.set(all.get().wrapping_add(steps)));
    }

    /// Steps that `run` takes on this thread.
    pub fn taken(run: impl FnOnce()) -> u64 {
        let before = STEPS.get();
        run();
        STEPS.get().wrapping_sub(before)
    }

    /// Doubles an input: `run` must take at most 2.4 times the steps for twice the size, and no more than `most` for each unit of it.
    /// `run` makes its input itself when that is cheap, and else returns what does the work.
    #[track_caller]
    pub fn assert_in_step<W: FnOnce()>(what: &str, size: usize, most: u64, run: impl Fn(usize) -> W) {
        let [once, twice] = [size, 2 * size].map(|size| {
            let work = run(size);
            taken(work)
        });
        assert!(once >= size as u64 / 64, "{what}: nothing was counted ({once} steps for {size})");
        assert!(twice * 10 <= once * 24, "{what}: {once} steps for {size}, {twice} for twice as much");
        assert!(twice <= most * 2 * size as u64, "{what}: {twice} steps for {}", 2 * size);
    }

    /// The system's allocator, which counts what is asked for.
    pub struct Allocator;

    #[expect(unsafe_code, reason = "an allocator is; it only counts, in tests")]
    // SAFETY: every call goes to the system's allocator as it came.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            add(layout.size() as u64 / 8);
            // SAFETY: as the caller promises.
            unsafe { System.alloc(layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            add(layout.size() as u64 / 8);
            // SAFETY: as the caller promises.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            add(size.saturating_sub(layout.size()) as u64 / 8);
            // SAFETY: as the caller promises.
            unsafe { System.realloc(pointer, layout, size) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            // SAFETY: as the caller promises.
            unsafe { System.dealloc(pointer, layout) }
        }
    }

    #[test]
    fn work_that_grows_faster_than_its_input_is_noticed() {
        let quadratic = std::panic::catch_unwind(|| {
            assert_in_step("a list searched for each of its entries", 4_000, u64::MAX / 100_000, |size| {
                move || (0..size).for_each(super::count)
            });
        });
        assert!(quadratic.is_err());
        let copied = std::panic::catch_unwind(|| {
            assert_in_step("a text copied for each of its lines", 4_000, u64::MAX / 100_000, |size| {
                move || {
                    let text = "x".repeat(size);
                    (0..size).for_each(|_| drop(std::hint::black_box(text.clone())));
                }
            });
        });
        assert!(copied.is_err());
        assert_in_step("each entry once", 4_000, 2, |size| move || (0..size).for_each(|_| super::count(1)));
    }
}
