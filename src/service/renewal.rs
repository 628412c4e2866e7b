//! Compiling everything anew behind changes that were put beside it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::published::Published;
use crate::article::Slug;

/// After a renewal so many times its own time passes before the next, so that a stream of changes does not keep a core
/// busy.
const PAUSE: u32 = 4;

/// After one that broke off.
const BROKEN_PAUSE: Duration = Duration::from_mins(1);

/// At most one renewal at a time, on a thread of its own that nothing waits for when the service ends.
#[derive(Debug, Default)]
pub(super) struct Renewal {
    running: Option<oneshot::Receiver<Renewed>>,
    /// Articles that changed since it started.
    changed: BTreeSet<Slug>,
    /// The next one starts not before then.
    next: Option<Instant>,
}

/// Everything compiled anew, and how long it took.
#[derive(Debug)]
struct Renewed {
    published: Published,
    took: Duration,
}

impl Renewal {
    /// Starts one, when there is something to take in and none runs or ran a moment ago.
    pub(super) fn start(&mut self, current: &Published) {
        let soon = self.next.is_some_and(|next| Instant::now() < next);
        if current.snapshot.changed() == 0 || self.running.is_some() || soon {
            return;
        }
        let catalog = current.catalog.clone();
        let (done, running) = oneshot::channel();
        let work = move || {
            let start = Instant::now();
            let published = Published::build(catalog);
            // Nobody takes it when the service ended.
            let _ = done.send(Renewed { published, took: start.elapsed() });
        };
        match std::thread::Builder::new().name("renewal".to_owned()).spawn(work) {
            Ok(_) => {
                self.changed.clear();
                self.running = Some(running);
            }
            Err(error) => tracing::error!(%error, "no thread to compile the knowledge base anew on"),
        }
    }

    /// Notes articles that changed.
    pub(super) fn note(&mut self, articles: impl Iterator<Item = Slug>) {
        if self.running.is_some() {
            self.changed.extend(articles);
        }
    }

    /// The articles that changed since the renewal that finished last had started.
    pub(super) fn changed(&mut self) -> Vec<Slug> {
        std::mem::take(&mut self.changed).into_iter().collect()
    }

    /// Waits for the one that runs; forever when none does.
    pub(super) async fn finished(&mut self) -> Published {
        loop {
            let Some(running) = &mut self.running else { return std::future::pending().await };
            let finished = running.await;
            self.running = None;
            if let Ok(Renewed { published, took }) = finished {
                self.next = Some(Instant::now() + took * PAUSE);
                return published;
            }
            tracing::error!("compiling the knowledge base anew broke off");
            self.next = Some(Instant::now() + BROKEN_PAUSE);
        }
    }
}
