//! Work on many items over the machine's cores, results in order.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Below this, starting threads costs more than it saves.
const LEAST_ITEMS: usize = 16;

/// Maps every item, on all cores when there are many; `done` is called with each index that is finished, in any order.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync, mut done: impl FnMut(usize)) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    if items.len() < LEAST_ITEMS || threads == 1 {
        let finished = items.iter().enumerate().map(|(index, item)| {
            let result = work(item);
            done(index);
            result
        });
        return finished.collect();
    }
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    let mut mapped: Vec<(usize, R)> = Vec::with_capacity(items.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((index, item)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, items.get(index)?)))
                {
                    // The receiver outlives the scope's threads.
                    let _ = sender.send((index, work(item)));
                }
            });
        }
        drop(sender);
        for (index, result) in results {
            done(index);
            mapped.push((index, result));
        }
    });
    mapped.sort_unstable_by_key(|(index, _)| *index);
    mapped.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_every_item_is_reported_once() {
        for size in [0, 1, LEAST_ITEMS - 1, 1_000] {
            let items: Vec<usize> = (0..size).collect();
            let mut seen = Vec::new();
            let squares = map(&items, |item| item * item, |index| seen.push(index));
            assert_eq!(squares, items.iter().map(|item| item * item).collect::<Vec<_>>());
            seen.sort_unstable();
            assert_eq!(seen, items);
        }
    }
}
