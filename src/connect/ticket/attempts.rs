//! Attempts at deliveries as a platform lists them that never sends again by itself.

use jiff::Timestamp;

/// One attempt of a platform to hand a delivery over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The platform's identifier of the attempt.
    pub id: String,
    /// The platform's identifier of the delivery, the same over its attempts.
    pub delivery_id: String,
    /// When it was made.
    pub at: Timestamp,
    /// Whether it was taken.
    pub arrived: bool,
    /// Whether it is of an event that is read.
    pub is_read: bool,
}

/// A page of a hook's attempts, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    /// The attempts.
    pub attempts: Vec<Attempt>,
    /// Names the page that follows.
    pub next: Option<String>,
}
