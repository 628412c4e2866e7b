//! What came while the server was down, from a platform that never sends again by itself: after the start its failed
//! attempts are listed once, and deliveries that no attempt brought and that are not stored are asked for again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::call::Outcome;
use super::{Connector, Deliveries, EndpointKey, Served, backoff, intake};
use crate::connect::model::OutboundCall;
use crate::connect::ticket::{Attempt, TicketConnector};

/// Most pages of a hook's attempts that are read.
const PAGES: usize = 10;
/// Most deliveries of a hook that are asked for.
const MOST: usize = 200;
/// Attempts after which a delivery is left alone: what was refused so often is refused again.
const ATTEMPTS: usize = 4;
/// Times that a call is tried.
const TRIES: i64 = 5;

/// Asks for what was missed, once, and ends.
pub(super) async fn run(deliveries: Arc<Deliveries>) {
    deliveries.sleep(deliveries.settings.timing.catch_up).await;
    for served in deliveries.endpoints() {
        let Connector::Ticket(connector) = served.connector else { continue };
        let endpoint = &served.configured.endpoint;
        let hooks = if served.configured.removed { Vec::new() } else { connector.hooks(endpoint) };
        for hook in hooks {
            let (connector_name, endpoint_name) = (&endpoint.connector, &endpoint.name);
            match deliveries.ask_again(served, connector, &hook).await {
                Ok(0) => tracing::debug!(connector_name, endpoint_name, hook, "no delivery was missed"),
                Ok(asked) => {
                    tracing::info!(connector_name, endpoint_name, hook, asked, "asked for deliveries that were missed");
                }
                Err(error) => tracing::warn!(
                    connector_name,
                    endpoint_name,
                    hook,
                    error,
                    "deliveries that were missed could not be asked for; have the platform redeliver them by hand"
                ),
            }
        }
    }
}

impl Deliveries {
    /// Asks for the deliveries of a hook that were missed; gives how many.
    async fn ask_again(
        &self,
        served: &Served,
        connector: &'static dyn TicketConnector,
        hook: &str,
    ) -> Result<usize, String> {
        let missed = missed(self.attempts(served, connector, hook).await?);
        let endpoint = &served.configured.endpoint;
        let keys = missed.iter().map(|attempt| intake::key_of(&attempt.delivery_id)).collect();
        let store = self.service.store();
        let unknown = store.unknown_deliveries(&endpoint.connector, &endpoint.name, keys).await;
        let unknown: HashSet<String> = unknown.map_err(|error| error.to_string())?.into_iter().collect();
        let missed = missed.into_iter().filter(|attempt| unknown.contains(&intake::key_of(&attempt.delivery_id)));
        let mut asked = 0;
        for attempt in missed.take(MOST) {
            let Some(call) = connector.again(hook, &attempt) else { break };
            self.call_in_turn(served, call).await?;
            asked += 1;
        }
        Ok(asked)
    }

    /// The attempts of a hook that are not too old for their answer to be of use, newest first.
    async fn attempts(
        &self,
        served: &Served,
        connector: &'static dyn TicketConnector,
        hook: &str,
    ) -> Result<Vec<Attempt>, String> {
        let now = self.service.clock().now();
        let oldest = now.checked_sub(self.settings.timing.stale).unwrap_or(Timestamp::MIN);
        let (mut attempts, mut page) = (Vec::new(), None);
        for _ in 0..PAGES {
            let Some(call) = connector.attempts(hook, page.as_deref()) else { break };
            let answered = self.call_in_turn(served, call).await?;
            let listed = connector.read_attempts(&answered.response).filter(|_| answered.whole);
            let listed = listed.ok_or("the list of attempts cannot be read")?;
            let reaches_back = listed.attempts.iter().any(|attempt| attempt.at < oldest);
            attempts.extend(listed.attempts.into_iter().filter(|attempt| attempt.at >= oldest));
            page = listed.next;
            if reaches_back || page.is_none() {
                break;
            }
        }
        Ok(attempts)
    }

    /// Makes a call when the endpoint may make one, and again when it fails. Asked for twice, a delivery is still stored
    /// once.
    async fn call_in_turn(&self, served: &Served, call: OutboundCall) -> Result<super::Answered, String> {
        let endpoint = &served.configured.endpoint;
        let key: EndpointKey = (endpoint.connector.clone(), endpoint.name.clone());
        let (call, timing) = (call.into(), &self.settings.timing);
        for attempt in 1.. {
            while self.gates.allowance(&key, self.service.clock().now()) == 0 && !self.is_stopping() {
                self.sleep(timing.look).await;
            }
            if self.is_stopping() {
                break;
            }
            self.gates.start(&key);
            let outcome = self.call(served, &call).await;
            self.gates.end(&key, outcome.health(timing.backoff_first), self.service.clock().now(), timing.circuit);
            let error = match outcome {
                Outcome::Done(answered) => return Ok(answered),
                Outcome::Again { error, .. } | Outcome::Unknown(error) if attempt < TRIES => error,
                Outcome::Again { error, .. }
                | Outcome::Unknown(error)
                | Outcome::Refused(error)
                | Outcome::Unauthorized(error)
                | Outcome::Gone(error) => return Err(error),
            };
            tracing::debug!(error, attempt, "a call for missed deliveries is tried again");
            let pause = backoff::delay(timing, attempt, backoff::random());
            self.sleep(Duration::try_from(pause).unwrap_or_default()).await;
        }
        Err("the server stops".to_owned())
    }
}

/// The newest attempt of each delivery that none brought, oldest first: so the tickets' order is kept.
fn missed(attempts: Vec<Attempt>) -> Vec<Attempt> {
    let mut made: HashMap<String, (usize, bool)> = HashMap::new();
    for attempt in &attempts {
        let (count, arrived) = made.entry(attempt.delivery_id.clone()).or_default();
        *count += 1;
        *arrived |= attempt.arrived;
    }
    let mut missed: Vec<Attempt> = attempts.into_iter().filter(|attempt| attempt.is_read).collect();
    missed.retain(|attempt| {
        made.remove(&attempt.delivery_id).is_some_and(|(count, arrived)| !arrived && count < ATTEMPTS)
    });
    missed.reverse();
    missed
}
