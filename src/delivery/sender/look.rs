//! Looking for a note of ours on its ticket: after a call that broke off, and before a note is changed of which the
//! platform never told the identifier.

use std::time::{Duration, Instant};

use crate::connect::model::OutboundCall;
use crate::connect::ticket::TicketConnector;
use crate::delivery::call::Outcome;
use crate::delivery::sender::conclusion::{Finished, TOO_MANY, pause_of};
use crate::delivery::{Deliveries, Served};
use crate::store::ReplyRow;

/// Most pages of a ticket's notes that are looked through for one of ours.
const PAGES: u32 = 20;

impl Deliveries {
    /// The identifier of the note with our marker, if the ticket has it, on whichever page of its notes; `None` when that
    /// could not be found out, and `finished` says why.
    pub(super) async fn look(
        &self,
        served: &Served,
        connector: &dyn TicketConnector,
        list: OutboundCall,
        reply: &ReplyRow,
        finished: &mut Finished,
    ) -> Option<Option<String>> {
        let mut list = list;
        let started = Instant::now();
        // The lease must outlast the look, a last call of it and the call that may follow.
        let longest = Duration::try_from(self.settings.timing.sending).unwrap_or_default() / 3;
        for page in 1..=PAGES {
            if started.elapsed() > longest {
                let slow = Outcome::Unknown("the list of notes takes too long".to_owned());
                self.not_looked(reply, &slow, finished);
                return None;
            }
            let outcome = self.call(served, &list.into()).await;
            let Outcome::Done(answered) = &outcome else {
                self.not_looked(reply, &outcome, finished);
                return None;
            };
            if !answered.whole {
                self.look_later(reply, &outcome, finished, "the list of notes broke off");
                return None;
            }
            if let Some(id) = connector.find(&answered.response, &reply.marker) {
                return Some(Some(id));
            }
            match connector.more(&served.configured.endpoint, &reply.external_id, &answered.response, page) {
                Some(next) => list = next,
                None => return Some(None),
            }
        }
        finished.result.state = "dead";
        finished.result.error = Some(TOO_MANY.to_owned());
        None
    }

    fn not_looked(&self, reply: &ReplyRow, outcome: &Outcome, finished: &mut Finished) {
        match outcome {
            // There is no ticket to look at any more.
            Outcome::Gone(error) | Outcome::Refused(error) => {
                let gone = reply.action == "withdraw" && matches!(outcome, Outcome::Gone(_));
                finished.result.state = if gone { "withdrawn" } else { "rejected" };
                finished.result.error = Some(error.clone());
            }
            Outcome::Again { error, .. } | Outcome::Unknown(error) | Outcome::Unauthorized(error) => {
                self.look_later(reply, outcome, finished, error);
            }
            Outcome::Done(_) => {}
        }
    }

    fn look_later(&self, reply: &ReplyRow, outcome: &Outcome, finished: &mut Finished, error: &str) {
        finished.health = outcome.health(self.settings.timing.backoff_first);
        finished.unauthorized = matches!(outcome, Outcome::Unauthorized(_));
        self.later(finished, reply, pause_of(outcome), "unknown", format!("looking for the note: {error}"));
        // It is looked for again where a call that posts it broke off, and nowhere else.
        finished.result.check_first = reply.check_first;
    }
}
