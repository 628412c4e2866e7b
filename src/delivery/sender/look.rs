//! Looking for a note of ours on its ticket: after a call that broke off, and before a note is changed of which the
//! platform never told the identifier.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::connect::model::OutboundCall;
use crate::connect::ticket::TicketConnector;
use crate::delivery::call::Outcome;
use crate::delivery::sender::conclusion::{Finished, TOO_MANY, pause_of};
use crate::delivery::{Deliveries, Served};
use crate::store::ReplyRow;

/// Most pages of a ticket's notes that are looked through for one of ours.
const PAGES: u32 = 20;

/// Whether an answer can be a list of notes: maintenance pages and errors that come with 200 are none.
fn is_list(body: &[u8]) -> bool {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(_)) => true,
        Ok(Value::Object(object)) => !object.contains_key("error") && !object.contains_key("errors"),
        _ => false,
    }
}

impl Deliveries {
    /// What became of a withdrawal whose call was answered that the note is not there: some platforms answer so to a
    /// credential that lost its rights, so the notes are looked through.
    pub(super) async fn look_after_removal(
        &self,
        served: &Served,
        connector: &dyn TicketConnector,
        reply: &ReplyRow,
        mut finished: Finished,
    ) -> Finished {
        let Some(list) = connector.list(&served.configured.endpoint, &reply.external_id) else {
            return finished.end("withdrawn", None);
        };
        match self.look(served, connector, list, reply, &mut finished).await {
            Some(None) => finished.end("withdrawn", None),
            Some(Some(_)) => {
                finished.end("rejected", Some("the platform lists the note and says that it is not there".to_owned()))
            }
            None => finished,
        }
    }

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
            if !is_list(&answered.response.body) {
                self.look_later(reply, &outcome, finished, "what came is no list of notes");
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
            // Nor may one be there for a credential that lost its rights, so a withdrawal is not taken for done.
            Outcome::Gone(error) | Outcome::Refused(error) => {
                finished.result.state = "rejected";
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
