//! What the service must be told; the shell maps its configuration onto this.

use std::path::PathBuf;
use std::time::Duration;

use crate::store::Location;

/// Settings of the service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the database is.
    pub database: Location,
    /// Folders that the knowledge base is loaded from; each must be there.
    pub folders: Vec<PathBuf>,
    /// Which reports are kept.
    pub reports: KeepReports,
    /// Whether the snapshot is kept on disk for the next start. One that is there is read in any case.
    pub keep_snapshot: bool,
    /// Bytes of answers that are remembered for requests that come again; 0 remembers none.
    pub recall_bytes: usize,
}

impl Settings {
    /// The defaults over `database`, with no folder.
    pub fn new(database: Location) -> Self {
        Self {
            database,
            folders: Vec::new(),
            reports: KeepReports::default(),
            keep_snapshot: false,
            recall_bytes: 16 << 20,
        }
    }
}

/// Which reports are kept, redacted, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeepReports {
    /// Reports older than this are deleted.
    pub age: Duration,
    /// Of the rest the newest so many stay.
    pub most: u64,
    /// Share of the reports with outcome `match` that is kept, 0..=1; `no_match` and `ambiguous` are all kept.
    pub match_sample: f64,
    /// The text of a report over this many bytes is not kept, only what became of it.
    pub bytes: usize,
}

impl Default for KeepReports {
    fn default() -> Self {
        Self { age: Duration::from_hours(90 * 24), most: 100_000, match_sample: 0.05, bytes: 1 << 20 }
    }
}
