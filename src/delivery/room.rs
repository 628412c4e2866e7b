//! Room for deliveries that wait to be matched, and who goes first while it fills up.
//!
//! Intake and worker share the one connection that writes. What comes in goes first, since senders give up after seconds
//! and nobody waits for a note that long, until half of the room is taken. From then on a group that came in waits until the
//! worker is done with a batch: senders wait a little longer for their acknowledgements instead of being refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// Longest time that a group waits for the worker. Platforms give a request at least some seconds.
const LONGEST: Duration = Duration::from_millis(50);

/// The room.
#[derive(Debug)]
pub(super) struct Room {
    /// Deliveries that wait, as last counted, and those that came since.
    waiting: AtomicU64,
    /// Deliveries that may wait.
    most: u64,
    /// Holds what the worker was done with since the last group.
    settled: Notify,
}

impl Room {
    pub(super) fn new(most: u64) -> Self {
        Self { waiting: AtomicU64::new(0), most, settled: Notify::new() }
    }

    /// Whether no further delivery may wait.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= self.most
    }

    /// One more waits.
    pub(super) fn enter(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// The worker is done with so many.
    pub(super) fn leave(&self, settled: u64) {
        let less = |waiting: u64| Some(waiting.saturating_sub(settled));
        // It always succeeds: the closure always gives a value.
        let _ = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        self.settled.notify_one();
    }

    /// So many wait, as they were counted.
    pub(super) fn set(&self, waiting: u64) {
        self.waiting.store(waiting, Ordering::Relaxed);
    }

    /// Waits until the next group may be written.
    pub(super) async fn turn(&self) {
        if self.waiting.load(Ordering::Relaxed) >= self.most / 2 {
            let _ = tokio::time::timeout(LONGEST, self.settled.notified()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn room(waiting: u64) -> Room {
        let room = Room::new(4);
        room.set(waiting);
        room
    }

    async fn turn(room: &Room) -> Duration {
        let asked = Instant::now();
        room.turn().await;
        asked.elapsed()
    }

    #[tokio::test]
    async fn groups_wait_for_the_worker_once_half_of_the_room_is_taken_but_not_for_long() {
        assert!(turn(&room(1)).await < LONGEST, "there is room");
        let half = room(2);
        assert!(turn(&half).await >= LONGEST, "the worker did nothing");
        half.leave(0);
        assert!(turn(&half).await < LONGEST, "the worker did something");
        assert!(turn(&half).await >= LONGEST, "and nothing since");
    }

    #[test]
    fn a_room_is_full_with_as_many_as_may_wait_until_some_leave() {
        let room = room(3);
        assert!(!room.is_full());
        room.enter();
        assert!(room.is_full());
        room.leave(2);
        assert!(!room.is_full());
        room.leave(100);
        room.set(4);
        assert!(room.is_full(), "nothing is owed for leaving twice");
    }
}
