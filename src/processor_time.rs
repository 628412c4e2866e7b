//! For tests that work does not grow out of hand: the time that it takes of a processor, which other work on the machine
//! hardly changes.

use std::time::{Duration, Instant};

/// Does the work and gives the time that this thread was on a processor meanwhile; where the system does not tell, the
/// time that passed.
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (passed, before) = (Instant::now(), on_processor());
    let done = work();
    let after = on_processor();
    let took = before.zip(after).map_or_else(|| passed.elapsed(), |(before, after)| after.saturating_sub(before));
    (done, took)
}

/// From Linux' procfs: nanoseconds on a processor come first (<https://docs.kernel.org/scheduler/sched-stats.html>).
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
