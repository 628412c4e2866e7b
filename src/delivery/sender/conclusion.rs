//! What the answer to a call makes of a reply: done, put off, or given up.

use jiff::{SignedDuration, Timestamp};

use crate::delivery::call::Outcome;
use crate::delivery::gate::Health;
use crate::delivery::{Connector, Deliveries, EndpointKey, Served, backoff, chat};
use crate::store::{ReplyResult, ReplyRow};

/// What is said of a reply that nobody can look for.
pub(super) const CANNOT_LOOK: &str = "unknown: a call broke off, and the platform cannot list its notes; look at the ticket, then \
                           retry this delivery or leave it";

/// What is said of a ticket whose notes are too many.
pub(super) const TOO_MANY: &str = "unknown: the ticket has more notes than can be looked through; look at it, then retry this \
                        delivery or leave it";

/// What became of a reply and what it says of the platform.
pub(in crate::delivery) struct Finished {
    pub(in crate::delivery) key: EndpointKey,
    pub(in crate::delivery) result: ReplyResult,
    pub(in crate::delivery) health: Health,
    pub(in crate::delivery) unauthorized: bool,
}

impl Finished {
    /// Ends it. Of what is given up without an answer a call may still have been carried out.
    pub(in crate::delivery) fn end(mut self, state: &'static str, error: Option<String>) -> Self {
        self.result.state = state;
        self.result.error = error;
        self.result.check_first &= state == "dead";
        self
    }

    /// A note stays on its ticket when its edit is given up: it is as posted as it was, and must not be posted again.
    pub(in crate::delivery) fn keeping_what_is_posted(mut self) -> Self {
        if self.result.action == "edit" && matches!(self.result.state, "rejected" | "dead") {
            self.result.state = "kept";
        }
        self
    }
}

impl Deliveries {
    /// What the answer to a call makes of a reply.
    pub(super) fn conclude(
        &self,
        served: &Served,
        reply: &ReplyRow,
        outcome: Outcome,
        done: &'static str,
        mut finished: Finished,
    ) -> Finished {
        finished.health = outcome.health(self.settings.timing.backoff_first);
        finished.unauthorized = matches!(outcome, Outcome::Unauthorized(_));
        finished.result.counts = true;
        let is_post = reply.action == "post";
        let Connector::Ticket(connector) = served.connector else {
            return self.conclude_chat(reply, outcome, finished);
        };
        if reply.kind == "follow" {
            return self.conclude_follow(reply, outcome, finished);
        }
        let can_look = connector.list(&served.configured.endpoint, &reply.external_id).is_some();
        let pause = pause_of(&outcome);
        match outcome {
            Outcome::Done(answered) => {
                if is_post {
                    finished.result.external_reply_id = connector.posted_id(&answered.response);
                }
                finished.end(done, None)
            }
            // The note stays as it was, or somebody removed it; it is not posted again.
            Outcome::Gone(error) | Outcome::Refused(error) if reply.action == "edit" => {
                finished.end("kept", Some(error))
            }
            Outcome::Gone(error) | Outcome::Refused(error) | Outcome::Unauthorized(error) => {
                finished.end("rejected", Some(error))
            }
            // Of a failure without a request to come back nobody knows either whether the note was made.
            Outcome::Unknown(error) | Outcome::Again { error, maybe: true, after: None, .. }
                if is_post && !can_look =>
            {
                finished.result.check_first = true;
                finished.end("dead", Some(format!("{CANNOT_LOOK} ({error})")))
            }
            Outcome::Unknown(error) => {
                self.later(&mut finished, reply, Some(self.settings.timing.settle), "unknown", error);
                finished.result.check_first = is_post;
                finished
            }
            Outcome::Again { error, maybe, .. } => {
                self.later(&mut finished, reply, pause, "retry_wait", error);
                finished.result.check_first = is_post && maybe && can_look;
                finished
            }
        }
    }

    /// A call that does no more when it is made twice is repeated until it is known to have been made.
    fn conclude_follow(&self, reply: &ReplyRow, outcome: Outcome, mut finished: Finished) -> Finished {
        let pause = pause_of(&outcome);
        match outcome {
            Outcome::Done(_) => finished.end("sent", None),
            Outcome::Again { error, .. } | Outcome::Unknown(error) => {
                self.later(&mut finished, reply, pause, "retry_wait", error);
                finished.result.check_first = false;
                finished
            }
            Outcome::Gone(error) | Outcome::Refused(error) | Outcome::Unauthorized(error) => {
                finished.end("rejected", Some(error))
            }
        }
    }

    /// A chat has no list to look into: what is not certain is not repeated.
    fn conclude_chat(&self, reply: &ReplyRow, outcome: Outcome, mut finished: Finished) -> Finished {
        let pause = pause_of(&outcome);
        match outcome {
            Outcome::Done(answered) => match chat::refusal(&answered.response.body) {
                Some(error) => finished.end("rejected", Some(error)),
                None => finished.end("sent", None),
            },
            Outcome::Again { error, maybe: false, .. } => {
                self.later(&mut finished, reply, pause, "retry_wait", error);
                finished
            }
            Outcome::Again { error, .. } | Outcome::Unknown(error) => {
                finished.end("dead", Some(format!("unknown: {error}")))
            }
            Outcome::Gone(error) | Outcome::Refused(error) | Outcome::Unauthorized(error) => {
                finished.end("rejected", Some(error))
            }
        }
    }

    /// Puts a reply off, or gives it up when its attempts are used up.
    pub(in crate::delivery) fn later(
        &self,
        finished: &mut Finished,
        reply: &ReplyRow,
        pause: Option<SignedDuration>,
        state: &'static str,
        error: String,
    ) {
        let timing = &self.settings.timing;
        finished.result.counts = true;
        if reply.attempts + 1 >= timing.attempts {
            finished.result.state = "dead";
            finished.result.error = Some(format!("attempts used up; the last: {error}"));
            return;
        }
        let delay = pause.unwrap_or_else(|| backoff::delay(timing, reply.attempts + 1, backoff::random()));
        finished.result.state = state;
        finished.result.error = Some(error);
        finished.result.next_attempt_at = self.service.clock().now().checked_add(delay).unwrap_or(Timestamp::MAX);
    }
}

/// How long the platform asks to be left alone.
pub(super) fn pause_of(outcome: &Outcome) -> Option<SignedDuration> {
    match outcome {
        Outcome::Again { after, .. } => *after,
        _ => None,
    }
}
