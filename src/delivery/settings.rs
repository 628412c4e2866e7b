//! What deliveries must be told; tests shorten the times.

use std::time::Duration;

use jiff::SignedDuration;

use super::Connector;
use crate::connect::token::Signer;
use crate::connect::{chat, ticket};

/// Settings of deliveries.
#[derive(Clone)]
pub struct Settings {
    /// Finds a connector by its name.
    pub connectors: fn(&str) -> Option<Connector>,
    /// Signs feedback links.
    pub signer: Option<Signer>,
    /// Address at which people reach this server, without a trailing slash.
    pub public_url: Option<String>,
    /// Deliveries that may wait before further ones are put off.
    pub most_waiting: u64,
    /// Deliveries written in one commit.
    pub group: usize,
    /// Days that texts are kept.
    pub retention_days: u32,
    /// Times.
    pub timing: Timing,
}

/// Times.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How long a worker holds a delivery: what a crash costs.
    pub lease: SignedDuration,
    /// How long the sender holds a reply; longer than its calls can take.
    pub sending: SignedDuration,
    /// Longest time that matching one delivery may take.
    pub matching: Duration,
    /// Longest time between two looks into the database.
    pub look: Duration,
    /// Longest time of a connection being made.
    pub connect: Duration,
    /// Longest time of a call.
    pub call: Duration,
    /// First pause between two attempts.
    pub backoff_first: SignedDuration,
    /// Longest pause between two attempts, also when the platform asks for more.
    pub backoff_most: SignedDuration,
    /// Before the platform is asked whether a call that broke off was carried out after all.
    pub settle: SignedDuration,
    /// Calls for one text.
    pub attempts: i64,
    /// A note that is later than this is not posted any more.
    pub stale: SignedDuration,
    /// An answer in a chat that is later than this is not given any more, sooner where the platform takes none that long.
    pub stale_chat: SignedDuration,
    /// How long the request that asked in a chat has to find the answer that it put off; then the sender does.
    pub put_off: SignedDuration,
    /// How long an endpoint rests once the platform refused its credential.
    pub pause: SignedDuration,
    /// How long the circuit stays open at first.
    pub circuit: SignedDuration,
    /// How long after the start what was missed is asked for: the server must be reachable by then.
    pub catch_up: Duration,
    /// How long running tasks are waited for at the end.
    pub finish: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: SignedDuration::from_secs(60),
            sending: SignedDuration::from_mins(2),
            matching: Duration::from_secs(5),
            look: Duration::from_millis(500),
            connect: Duration::from_secs(5),
            call: Duration::from_secs(15),
            backoff_first: SignedDuration::from_secs(2),
            backoff_most: SignedDuration::from_hours(1),
            settle: SignedDuration::from_secs(5),
            attempts: 12,
            stale: SignedDuration::from_hours(24),
            stale_chat: SignedDuration::from_mins(30),
            put_off: SignedDuration::from_secs(20),
            pause: SignedDuration::from_hours(1),
            circuit: SignedDuration::from_secs(30),
            catch_up: Duration::from_secs(5),
            finish: Duration::from_secs(8),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connectors: connector,
            signer: None,
            public_url: None,
            most_waiting: 100_000,
            group: 256,
            retention_days: 30,
            timing: Timing::default(),
        }
    }
}

/// The connector with this name.
fn connector(name: &str) -> Option<Connector> {
    ticket::by_name(name).map(Connector::Ticket).or_else(|| chat::by_name(name).map(Connector::Chat))
}
