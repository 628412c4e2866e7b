//! A bounded place for work that would hold up the thread that serves requests.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::{ApiError, Kind};

/// Reports that may wait for each one that is worked on.
const WAITING_EACH: usize = 16;

/// Runs so much heavy work at a time, lets so much wait, refuses the rest.
#[derive(Debug)]
pub(super) struct Pool {
    running: Semaphore,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// Holds a place in the queue until it is dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    /// A pool that works on `workers` things at a time.
    pub(super) fn new(workers: usize) -> Self {
        Self {
            running: Semaphore::new(workers.max(1)),
            waiting: AtomicUsize::new(0),
            most_waiting: workers.max(1) * WAITING_EACH,
        }
    }

    /// Runs work off the thread that serves requests.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let waiting = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(&self.waiting);
        if waiting >= self.most_waiting {
            return Err(ApiError::new(Kind::Overloaded, "too many large reports wait already; try again in a second"));
        }
        self.run_in_turn(work, Some(place)).await
    }

    /// Runs work that waits however long the queue is; for work whose amount is bounded otherwise.
    pub(super) async fn run_patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        self.run_in_turn(work, None).await
    }

    async fn run_in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        place: Option<Place<'_>>,
    ) -> Result<T, ApiError> {
        let broken = || ApiError::new(Kind::Internal, "the work broke off; the server's log says more");
        let permit = self.running.acquire().await.map_err(|_| broken())?;
        drop(place);
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|error| {
            tracing::error!(%error, "work on a request broke off");
            broken()
        });
        drop(permit);
        done
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_beyond_the_queue_is_refused_and_what_waits_is_done() {
        let pool = Arc::new(Pool::new(1));
        let (release, held) = mpsc::channel::<()>();
        let blocker = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(move || held.recv().is_ok()).await }
        });
        while pool.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiters: Vec<_> = (0..WAITING_EACH)
            .map(|n| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { pool.run(move || n).await })
            })
            .collect();
        while pool.waiting.load(Ordering::Relaxed) < WAITING_EACH {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|| ()).await.unwrap_err().kind(), Kind::Overloaded);
        release.send(()).unwrap();
        assert!(blocker.await.unwrap().unwrap());
        for (n, waiter) in waiters.into_iter().enumerate() {
            assert_eq!(waiter.await.unwrap().unwrap(), n);
        }
        assert_eq!(pool.waiting.load(Ordering::Relaxed), 0);
    }
}
