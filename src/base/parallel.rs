//! Work on all cores by threads of our own. Rayon's would not do: a thread of its that waits for the query
//! engine takes up the next piece of work meanwhile, and waits forever if that needs a lock it holds.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Applies `work` to each item on as many threads as there are cores; results come in the order of the items.
pub fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    on_threads(std::thread::available_parallelism().map_or(1, usize::from), items, work)
}

/// The same on so many threads.
pub fn on_threads<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let result = work(item);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does two things at once, the first on a thread of its own.
pub fn both<A: Send, B>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        (first.join().unwrap_or_else(|panic| resume_unwind(panic)), second)
    })
}

/// Works off what comes one after the other on as many threads, while this one makes the next items and takes
/// the results, in their order. No more items are under way than keep the threads busy.
pub fn in_order<T: Send, R: Send>(
    threads: usize,
    mut next: impl FnMut() -> Option<T>,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R),
) {
    if threads < 2 {
        while let Some(item) = next() {
            take(work(item));
        }
        return;
    }
    let (give, items) = crossbeam_channel::bounded::<(usize, T)>(threads);
    let (done, results) = crossbeam_channel::unbounded::<(usize, std::thread::Result<R>)>();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (items, done) = (items.clone(), done.clone());
            scope.spawn(|| {
                let done = done;
                for (number, item) in items {
                    // A panic goes to the thread that waits for the result, which would wait forever otherwise.
                    let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                    // Nobody takes results any more only when this thread's owner has panicked.
                    let _ = done.send((number, result));
                }
            });
        }
        drop((items, done));
        let mut give = Some(give);
        let (mut given, mut taken) = (0, 0);
        let mut early: BTreeMap<usize, R> = BTreeMap::new();
        while give.is_some() || taken < given {
            // One item waits for each thread, beside the one it works on.
            if let Some(sender) = &give
                && given - taken < 2 * threads
            {
                let sent = next().is_some_and(|item| sender.send((given, item)).is_ok());
                given += usize::from(sent);
                if !sent {
                    give = None;
                }
                continue;
            }
            let Ok((number, result)) = results.recv() else { break };
            early.insert(number, result.unwrap_or_else(|panic| resume_unwind(panic)));
            while let Some(result) = early.remove(&taken) {
                take(result);
                taken += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stream_is_worked_off_in_order() {
        for threads in [1, 2, 5] {
            for items in [0_u64, 1, 3, 200] {
                let mut left = 0..items;
                let mut taken = Vec::new();
                super::in_order(threads, || left.next(), |n| n * n, |square| taken.push(square));
                assert_eq!(taken, (0..items).map(|n| n * n).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    #[should_panic(expected = "the fourth")]
    fn a_panic_is_handed_on() {
        let mut left = 0..100;
        super::in_order(2, || left.next(), |n| assert_ne!(n, 3, "the fourth"), |()| ());
    }

    #[test]
    fn results_come_in_order() {
        let items: Vec<u64> = (0..500).collect();
        let squares = super::on_all_cores(&items, |n| n * n);
        assert_eq!(squares, items.iter().map(|n| n * n).collect::<Vec<_>>());
        assert!(super::on_all_cores(&[] as &[u64], |n| *n).is_empty());
    }
}
