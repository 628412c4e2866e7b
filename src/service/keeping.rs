//! Keeping the snapshot on disk up to date, behind what is published.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::catalog::Fingerprint;
use super::kept;
use super::published::{COMPILED_WHOLE, Published};
use crate::store::SnapshotFile;

/// Between two writings, so that a stream of changes does not keep the disk busy; what changed meanwhile is compiled at
/// the next start.
const PAUSE: Duration = Duration::from_mins(1);

/// At most one writing at a time, on a thread of its own.
#[derive(Debug)]
pub(super) struct Keeping {
    file: SnapshotFile,
    /// The articles that the file holds, as far as it is known.
    holds: Option<Fingerprint>,
    running: Option<oneshot::Receiver<Option<Fingerprint>>>,
    /// The next one starts not before then.
    next: Option<Instant>,
}

impl Keeping {
    /// Keeps snapshots in a file, which holds the articles with the fingerprint given.
    pub(super) fn new(file: SnapshotFile, holds: Option<Fingerprint>) -> Self {
        Self { file, holds, running: None, next: None }
    }

    /// Starts to write what is published, when that is worth it and was not done.
    pub(super) fn start(&mut self, current: &Arc<Published>) {
        if let Some(running) = &mut self.running {
            match running.try_recv() {
                Ok(holds) => self.holds = holds,
                Err(oneshot::error::TryRecvError::Empty) => return,
                // Its thread is gone, and what it left is not known.
                Err(oneshot::error::TryRecvError::Closed) => self.holds = None,
            }
            self.running = None;
        }
        let soon = self.next.is_some_and(|next| Instant::now() < next);
        // A small knowledge base is compiled in the time that reading takes.
        let worth = current.snapshot.changed() == 0 && current.snapshot.article_count() >= COMPILED_WHOLE;
        if soon || !worth || self.holds == Some(current.catalog.fingerprint()) {
            return;
        }
        self.next = Some(Instant::now() + PAUSE);
        let (file, published) = (self.file.clone(), Arc::clone(current));
        let (done, running) = oneshot::channel();
        let work = move || {
            // Nobody waits for it when the service ended.
            let _ = done.send(write(&file, &published));
        };
        match std::thread::Builder::new().name("snapshot".to_owned()).spawn(work) {
            Ok(_) => self.running = Some(running),
            Err(error) => tracing::error!(%error, "no thread to write the snapshot on"),
        }
    }

    /// Waits for the writing that runs.
    pub(super) async fn finish(self) {
        if let Some(running) = self.running {
            // It is done, or its thread is gone.
            let _ = running.await;
        }
    }
}

/// Writes what is published; gives the articles that the file holds then.
fn write(file: &SnapshotFile, published: &Published) -> Option<Fingerprint> {
    let start = Instant::now();
    match kept::write(file, published) {
        Ok(()) => {
            tracing::debug!(path = %file.path().display(), took = ?start.elapsed(), "kept the snapshot");
            Some(published.catalog.fingerprint())
        }
        Err(error) => {
            let path = file.path().display();
            tracing::warn!(%error, %path, "the snapshot could not be written; the next start compiles everything anew");
            None
        }
    }
}
