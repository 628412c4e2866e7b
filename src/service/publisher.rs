//! Keeps the snapshot equal to the store.
//!
//! One task watches the store, for this process's writes and others', reads what changed, builds the next snapshot off
//! the async threads and swaps it in. A writer waits until its own generation shows. When a build fails the last good
//! snapshot stays and the build is tried again.
//!
//! In a large knowledge base a change is put beside what was compiled together, which takes milliseconds, and everything
//! is compiled anew behind it; what changes meanwhile is put beside that once it is done.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, oneshot, watch};

use super::catalog::ParsedArticles;
use super::keeping::Keeping;
use super::published::Published;
use super::renewal::Renewal;
use super::{ServiceError, blocking, kept};
use crate::store::{Changes, SnapshotFile, Store, Watch};

/// How often other processes' writes are looked for.
const POLL: Duration = Duration::from_millis(250);
/// How long a build that failed is left alone when this process writes nothing.
const RETRY: Duration = Duration::from_secs(5);

/// What the publishing task has done so far.
#[derive(Debug, Clone, Default)]
struct Progress {
    generation: u64,
    failures: u64,
    last_failure: String,
}

/// The publishing task, seen from outside.
#[derive(Debug)]
pub(super) struct Publisher {
    current: Arc<ArcSwap<Published>>,
    parsed: Arc<ParsedArticles>,
    wake: Arc<Notify>,
    progress: watch::Receiver<Progress>,
    // The task ends when this is used or dropped.
    stop: std::sync::Mutex<Option<(oneshot::Sender<()>, tokio::task::JoinHandle<()>)>>,
}

impl Publisher {
    /// Publishes what is stored and starts the task that keeps up with it.
    pub(super) async fn start(
        store: Arc<Store>,
        parsed: Arc<ParsedArticles>,
        keep: bool,
    ) -> Result<Self, ServiceError> {
        let mut store_watch = store.watch().await?;
        store_watch.poll().await?;
        let file = SnapshotFile::beside(store.path());
        let (published, holds) = if let Some((published, holds)) = kept::read_back(&store, &file, &parsed).await? {
            (published, Some(holds))
        } else {
            // What does not fit would be found anew at every start of a knowledge base too small to be kept.
            if keep && let Err(error) = file.remove() {
                tracing::warn!(%error, path = %file.path().display(), "the snapshot on disk cannot be removed");
            }
            (build(None, store.changed_since(0).await?, Arc::clone(&parsed)).await?, None)
        };
        let generation = published.catalog.generation;
        let current = Arc::new(ArcSwap::from_pointee(published));
        let (sender, progress) = watch::channel(Progress { generation, ..Progress::default() });
        let (stop, stopped) = oneshot::channel();
        let wake = Arc::new(Notify::new());
        let task = Task {
            store,
            store_watch,
            current: Arc::clone(&current),
            parsed: Arc::clone(&parsed),
            progress: sender,
            wanted: generation,
            renewal: Renewal::default(),
            keeping: keep.then(|| Keeping::new(file, holds)),
        };
        let handle = tokio::spawn(task.run(Arc::clone(&wake), stopped));
        Ok(Self { current, parsed, wake, progress, stop: std::sync::Mutex::new(Some((stop, handle))) })
    }

    /// The state that answers now.
    pub(super) fn current(&self) -> arc_swap::Guard<Arc<Published>> {
        self.current.load()
    }

    /// Articles on their way in, for the next build.
    pub(super) fn parsed(&self) -> &ParsedArticles {
        &self.parsed
    }

    /// Waits until `generation`, which is stored, shows.
    pub(super) async fn until_visible(&self, generation: u64) -> Result<(), ServiceError> {
        let mut progress = self.progress.clone();
        let failures_before = progress.borrow().failures;
        self.wake.notify_one();
        let reached = progress.wait_for(|now| now.generation >= generation || now.failures > failures_before).await;
        match reached {
            Ok(now) if now.generation >= generation => Ok(()),
            Ok(now) => Err(ServiceError::NotVisible { reason: now.last_failure.clone() }),
            Err(_) => Err(ServiceError::NotVisible { reason: "the service is closed".to_owned() }),
        }
    }

    /// Ends the task and closes its connection.
    pub(super) async fn stop(&self) {
        let task = self.stop.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some((stop, handle)) = task {
            // The task is gone already when it does not listen.
            let _ = stop.send(());
            let _ = handle.await;
        }
    }
}

struct Task {
    store: Arc<Store>,
    store_watch: Watch,
    current: Arc<ArcSwap<Published>>,
    parsed: Arc<ParsedArticles>,
    progress: watch::Sender<Progress>,
    /// Newest generation known to be stored.
    wanted: u64,
    renewal: Renewal,
    /// None where the snapshot is not to be kept.
    keeping: Option<Keeping>,
}

impl Task {
    async fn run(mut self, wake: Arc<Notify>, mut stopped: oneshot::Receiver<()>) {
        let mut pause = POLL;
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                () = wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
                renewed = self.renewal.finished() => self.take_over(renewed).await,
            }
            pause = POLL;
            if let Err(error) = self.keep_up().await {
                tracing::error!(%error, "the knowledge base changed but could not be published; the last state answers");
                pause = RETRY;
                self.progress.send_modify(|progress| {
                    progress.failures += 1;
                    progress.last_failure = error.to_string();
                });
            }
            self.renewal.start(&self.current.load());
            if let Some(keeping) = &mut self.keeping {
                keeping.start(&self.current.load());
            }
        }
        if let Some(keeping) = self.keeping {
            keeping.finish().await;
        }
        self.store_watch.close().await;
    }

    async fn keep_up(&mut self) -> Result<(), ServiceError> {
        let committed = self.store_watch.poll().await?;
        self.wanted = self.wanted.max(committed.unwrap_or(0));
        let shown = self.current.load().catalog.generation;
        if self.wanted <= shown {
            return Ok(());
        }
        let changes = self.store.changed_since(shown).await?;
        let before = self.current.load_full();
        self.renewal.note(changes.articles());
        let published = build(Some(before), changes, Arc::clone(&self.parsed)).await?;
        let generation = published.catalog.generation;
        let articles = published.snapshot.article_count();
        self.current.store(Arc::new(published));
        tracing::debug!(generation, articles, "published the knowledge base");
        self.wanted = self.wanted.max(generation);
        self.progress.send_modify(|progress| progress.generation = generation);
        Ok(())
    }

    /// Publishes what was compiled anew, with what changed meanwhile beside it.
    async fn take_over(&mut self, renewed: Published) {
        let current = self.current.load_full();
        let changed = self.renewal.changed();
        if current.snapshot.changed() == 0 {
            // A large change had everything compiled anew meanwhile.
            return;
        }
        let beside = changed.len();
        let taken_over = tokio::task::spawn_blocking(move || {
            let catalog = current.catalog.clone();
            if changed.is_empty() { renewed.revoted(catalog) } else { renewed.changed(catalog, changed) }
        });
        match taken_over.await {
            Ok(published) => {
                self.current.store(Arc::new(published));
                tracing::debug!(beside, "the knowledge base is compiled anew");
            }
            Err(error) => tracing::error!(%error, "publishing the knowledge base compiled anew broke off"),
        }
    }
}

/// The state after `changes` to the one before.
async fn build(
    before: Option<Arc<Published>>,
    changes: Changes,
    parsed: Arc<ParsedArticles>,
) -> Result<Published, ServiceError> {
    blocking("building the index", move || Published::after(before.as_deref(), changes, &parsed)).await
}
