//! Reports that were kept: looked at and deleted.

use ulid::Ulid;

use super::{Service, ServiceError};
use crate::store::KeptReport;

impl Service {
    /// A report that was kept.
    pub async fn kept_report(&self, id: &str) -> Result<KeptReport, ServiceError> {
        let id = report_id(id)?;
        self.flush_reports().await;
        self.store.report(&id).await?.ok_or(ServiceError::NoReport { id })
    }

    /// The newest reports that were kept, at most `most`.
    pub async fn kept_reports(&self, most: u32) -> Result<Vec<KeptReport>, ServiceError> {
        Ok(self.store.newest_reports(most).await?)
    }

    /// Deletes a report and what hangs on it. What waits to be written is written first, so that a report cannot come
    /// back after it was deleted.
    pub async fn delete_report(&self, id: &str) -> Result<(), ServiceError> {
        let id = report_id(id)?;
        self.flush_reports().await;
        if self.store.delete_report(id.clone()).await? { Ok(()) } else { Err(ServiceError::NoReport { id }) }
    }
}

/// The id in the one spelling that is stored.
fn report_id(text: &str) -> Result<String, ServiceError> {
    let id =
        Ulid::from_string(text).map_err(|_| ServiceError::BadReportId { text: text.chars().take(60).collect() })?;
    Ok(id.to_string())
}
