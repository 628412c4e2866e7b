//! Deliveries of ticketing platforms and what is posted for them. Times in rows are microseconds since 1970.

mod inbox;
mod listing;
mod mutes;
mod orphans;
mod outbox;
mod reply;
mod results;
mod retention;
mod settle;

use std::sync::Arc;

use jiff::Timestamp;

pub use inbox::{LeasedDelivery, NewDelivery, Stored};
pub use listing::{DELIVERY_STATES, DeliveryFilter, DeliveryRow, Levels, ReplyFilter};
pub use mutes::{Mute, Pause};
pub use outbox::{Budget, ReplyResult};
pub use reply::ReplyRow;
pub use retention::Kept;
pub(super) use retention::forget_report;
pub use settle::{Decision, Settlement, TicketState, Want};

use super::{Store, StoreError};

/// Rows as a statement takes many of them at once, by `jsonb_each`: each statement is a way to the thread of the database
/// and back. `json_each` would write and read the text of a row for each of its columns.
pub(super) fn as_json(rows: &(impl serde::Serialize + ?Sized), doing: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::sql(doing)(sqlx::Error::Encode(error.into())))
}

/// Decides what becomes of a delivery, knowing what its ticket got before.
pub type Decide = Arc<dyn Fn(&Settlement, &TicketState) -> Decision + Send + Sync>;

impl Store {
    /// Writes deliveries in one transaction; says of each whether it is new.
    pub async fn add_deliveries(&self, new: Vec<NewDelivery>) -> Result<Vec<Stored>, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { inbox::add(connection, &new).await })).await
    }

    /// Takes at most `most` deliveries that are due until `until`.
    pub async fn lease_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<LeasedDelivery>, StoreError> {
        if !inbox::is_due(&mut *self.reader().await?, now).await? {
            return Ok(Vec::new());
        }
        self.writer
            .write(move |connection| Box::pin(async move { inbox::lease(connection, now, until, most).await }))
            .await
    }

    /// Writes what became of leased deliveries, in one transaction.
    pub async fn settle_deliveries(
        &self,
        settlements: Arc<Vec<Settlement>>,
        decide: Decide,
        now: Timestamp,
    ) -> Result<Vec<Decision>, StoreError> {
        self.writer
            .write(move |connection| Box::pin(async move { settle::all(connection, &settlements, &decide, now).await }))
            .await
    }

    /// Takes replies that are due, marked as being sent, within the budgets of their endpoints.
    pub async fn claim_replies(
        &self,
        budgets: Vec<Budget>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<ReplyRow>, StoreError> {
        let budgets = outbox::due(&mut *self.reader().await?, budgets, now).await?;
        if budgets.is_empty() {
            return Ok(Vec::new());
        }
        self.writer
            .write(move |connection| Box::pin(async move { outbox::claim(connection, &budgets, now, until).await }))
            .await
    }

    /// Writes what became of calls, in one transaction, and of the deliveries that waited for them.
    pub async fn finish_replies(&self, results: Vec<ReplyResult>, now: Timestamp) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| Box::pin(async move { results::finish(connection, &results, now).await }))
            .await
    }

    /// Queues the call of a chat platform; a call for the same question is there at most once.
    pub async fn add_chat_call(&self, reply: ReplyRow) -> Result<bool, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { outbox::insert(connection, &reply).await })).await
    }

    /// Puts the call with its answer in the place of a question that waits.
    pub async fn answer_question(&self, reply: String, call: String, now: Timestamp) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| Box::pin(async move { outbox::found(connection, &reply, &call, now).await }))
            .await
    }

    /// Deliveries, newest first.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<DeliveryRow>, StoreError> {
        listing::deliveries(&mut *self.reader().await?, filter).await
    }

    /// A delivery with everything that is kept of it.
    pub async fn delivery(&self, id: &str) -> Result<Option<DeliveryRow>, StoreError> {
        listing::delivery(&mut *self.reader().await?, id).await
    }

    /// Whether anything was ever received for an endpoint.
    pub async fn knows_endpoint(&self, connector: &str, endpoint: &str) -> Result<bool, StoreError> {
        listing::knows(&mut *self.reader().await?, connector, endpoint).await
    }

    /// Those of the keys that no delivery of an endpoint has.
    pub async fn unknown_deliveries(
        &self,
        connector: &str,
        endpoint: &str,
        keys: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        let keys = as_json(&keys, "looking for deliveries")?;
        listing::unknown(&mut *self.reader().await?, connector, endpoint, &keys).await
    }

    /// Replies, newest first.
    pub async fn replies(&self, filter: &ReplyFilter) -> Result<Vec<ReplyRow>, StoreError> {
        listing::replies(&mut *self.reader().await?, filter).await
    }

    /// How much is in which state.
    pub async fn delivery_levels(&self) -> Result<Levels, StoreError> {
        listing::levels(&mut *self.reader().await?).await
    }

    /// Puts a dead delivery, or its dead or rejected reply, back to work; `false` when it is neither.
    pub async fn retry_delivery(&self, id: String, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { settle::retry(connection, &id, now).await })).await
    }

    /// A reply.
    pub async fn reply(&self, id: &str) -> Result<Option<ReplyRow>, StoreError> {
        listing::reply(&mut *self.reader().await?, id).await
    }

    /// Writes that the text of a reply as it was taken is what is being sent.
    pub async fn sending(&self, reply: &ReplyRow) -> Result<(), StoreError> {
        let reply = reply.clone();
        self.writer.write(move |connection| Box::pin(async move { outbox::sending(connection, &reply).await })).await
    }

    /// Gives up what waited since before a moment for endpoints that are none of these any more; gives how many replies.
    pub async fn give_up_orphans(
        &self,
        endpoints: Vec<(String, String)>,
        before: Timestamp,
    ) -> Result<usize, StoreError> {
        self.writer
            .write(move |connection| Box::pin(async move { orphans::give_up(connection, &endpoints, before).await }))
            .await
    }

    /// Withdrawals and calls that follow that were given up, of one endpoint or of all, newest first.
    pub async fn given_up_replies(&self, endpoint: Option<(String, String)>) -> Result<Vec<ReplyRow>, StoreError> {
        listing::given_up(&mut *self.reader().await?, endpoint.as_ref()).await
    }

    /// Asks for every note of an article's revision to be withdrawn; gives the replies, as they stood before.
    pub async fn withdraw_replies(
        &self,
        article: String,
        revision: u32,
        now: Timestamp,
    ) -> Result<Vec<ReplyRow>, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { outbox::withdraw(connection, &article, revision, now).await })
            })
            .await
    }

    /// Keeps an endpoint quiet about an article; an earlier mute of the same is replaced.
    pub async fn mute(&self, mute: Mute) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { mutes::mute(connection, &mute).await })).await
    }

    /// Ends a mute; `false` when there was none.
    pub async fn unmute(&self, connector: String, endpoint: String, article: String) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { mutes::unmute(connection, &connector, &endpoint, &article).await })
            })
            .await
    }

    /// The mutes that hold.
    pub async fn mutes(&self, now: Timestamp) -> Result<Vec<Mute>, StoreError> {
        mutes::list(&mut *self.reader().await?, now).await
    }

    /// Stops an endpoint's calls for a while.
    pub async fn pause(&self, pause: Pause) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { mutes::pause(connection, &pause).await })).await
    }

    /// Lets an endpoint call again, or all of them.
    pub async fn resume(&self, endpoint: Option<(String, String)>) -> Result<u64, StoreError> {
        self.writer
            .write(move |connection| Box::pin(async move { mutes::resume(connection, endpoint.as_ref()).await }))
            .await
    }

    /// The pauses that hold.
    pub async fn pauses(&self, now: Timestamp) -> Result<Vec<Pause>, StoreError> {
        mutes::pauses(&mut *self.reader().await?, now).await
    }

    /// Deletes what is older than it is to be kept, in slices; gives how many rows went or lost their text.
    pub async fn delete_old_deliveries(&self, kept: Kept) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let slice = self
                .writer
                .write(move |connection| Box::pin(async move { retention::slice(connection, kept).await }))
                .await?;
            if slice == 0 {
                return Ok(total);
            }
            total += slice;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::as_json;
    use crate::store::StoreError;

    #[test]
    fn rows_that_cannot_be_written_are_an_error_and_not_no_rows() {
        let rows = [std::collections::HashMap::from([((1, 2), "a key that is no text")])];
        let error = as_json(&rows, "writing deliveries").unwrap_err();
        assert!(matches!(error, StoreError::Sql { doing: "writing deliveries", .. }), "{error}");
    }
}
