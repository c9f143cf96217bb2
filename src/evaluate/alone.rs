//! One thread at a time for what several may ask for at once: tables that are made when they are first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What may be made by one thread at a time: tables that come of one computation, by the first of them.
#[derive(Default)]
pub(super) struct Alone {
    locks: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

impl Alone {
    /// Does work that no other thread does under the same name meanwhile. Work under one name may ask for work under
    /// another, as long as that never asks back.
    pub(super) fn work<T>(&self, name: &str, work: impl FnOnce() -> T) -> T {
        let own = Arc::clone(held(&self.locks).entry(name.to_owned()).or_default());
        let _alone = held(&own);
        work()
    }
}

/// A lock, also after a panic of another thread: what it guards is whole at all times.
pub(super) fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_threads_ask_for_at_once_is_made_once() {
        let (alone, made, rounds) = (Alone::default(), Mutex::new(Vec::new()), 20);
        // One family asks for another's table, and threads come from both ends.
        let get = |name: &str| {
            let wanted = name.to_owned();
            alone.work(name, || {
                if !held(&made).contains(&wanted) {
                    std::thread::sleep(std::time::Duration::from_millis(2));
                    if name == "first" {
                        alone.work("second", || {
                            let mut made = held(&made);
                            if !made.iter().any(|name| name == "second") {
                                made.push("second".to_owned());
                            }
                        });
                    }
                    held(&made).push(wanted);
                }
            });
        };
        for _ in 0..rounds {
            held(&made).clear();
            std::thread::scope(|scope| {
                for name in ["first", "second", "first", "second", "first", "third"] {
                    let get = &get;
                    scope.spawn(move || get(name));
                }
            });
            let mut names = held(&made).clone();
            names.sort();
            assert_eq!(names, ["first", "second", "third"]);
        }
    }
}
