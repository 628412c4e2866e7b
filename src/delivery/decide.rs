//! What becomes of a delivery, by what its ticket got before.

use crate::store::{Decision, ReplyRow, Settlement, TicketState, Want};

/// Deliveries of one ticket a minute; more are a loop.
const LOOP: i64 = 5;
/// Notes on one ticket.
const NOTES: usize = 3;
/// By how much another article must be better to be added.
const BETTER: f64 = 0.1;
/// By how much one article's confidence must grow for its note to be edited.
const GROWN: f64 = 0.01;

/// Decides. `editable` says whether the endpoint's platform can put another text in place of a note.
pub(super) fn decide(settlement: &Settlement, ticket: &TicketState, editable: bool) -> Decision {
    let done = |state, reason: &str| Decision::Done(state, reason.to_owned());
    if ticket.within_a_minute > LOOP {
        return done("ignored", "loop");
    }
    if ticket.superseded {
        return done("ignored", "superseded");
    }
    let wanted = match &settlement.want {
        Want::Again(error, delay) => return Decision::Again(error.clone(), *delay),
        Want::Nothing(state, reason) => return done(state, reason),
        Want::Reply(wanted) => wanted,
    };
    match ticket.replies.iter().find(|reply| reply.article_id == wanted.article_id) {
        Some(there) => again(there, wanted, editable),
        None => another(&ticket.replies, wanted),
    }
}

/// The ticket has nothing of this article yet.
fn another(replies: &[ReplyRow], wanted: &ReplyRow) -> Decision {
    let done = |reason: &str| Decision::Done("ignored", reason.to_owned());
    // Of a dead one nobody knows; what was refused, withdrawn or only observed is not there.
    let is_there = |reply: &&ReplyRow| match reply.state.as_str() {
        "withdrawn" => false,
        "rejected" => reply.may_be_posted(),
        "observed" => wanted.state == "observed",
        _ => true,
    };
    let there: Vec<&ReplyRow> = replies.iter().filter(is_there).collect();
    if there.len() >= NOTES {
        return done("most_notes");
    }
    let best = there
        .iter()
        .map(|reply| reply.confidence)
        .fold(None, |best: Option<f64>, c| Some(best.map_or(c, |b| b.max(c))));
    // A ten-thousandth less than wanted is as good: confidences are rounded to that.
    if best.is_some_and(|best| wanted.confidence < best + BETTER - 0.000_05) {
        return done("not_better");
    }
    Decision::Queue(Box::new(wanted.clone()))
}

/// The ticket has, or is about to get, a note of this article.
fn again(there: &ReplyRow, wanted: &ReplyRow, editable: bool) -> Decision {
    // A note whose edit was refused shows an older revision than was wanted of it last.
    let is_done = matches!(there.state.as_str(), "sent" | "rejected" | "dead");
    let shown = there.posted_revision.filter(|_| is_done).unwrap_or(there.revision);
    // What is sure enough for a note alone does not go into a public reply.
    let fits = there.kind != "public" || wanted.kind == "public";
    let grown = wanted.revision == shown && wanted.confidence >= there.confidence + GROWN;
    let better = fits && (wanted.revision > shown || grown);
    let observing = wanted.state == "observed";
    match there.state.as_str() {
        // Its withdrawal failed, and is to be asked for again before anything else.
        "rejected" | "dead" if there.action == "withdraw" => Decision::Done("ignored", "withdrawn".to_owned()),
        "sent" | "rejected" | "dead" if there.is_posted() => {
            if better && editable && !observing {
                let edit = renewed(there, wanted, "queued", "edit");
                Decision::Change(Box::new(ReplyRow { attempts: 0, ..edit }))
            } else {
                Decision::Done("replied", "posted_before".to_owned())
            }
        }
        "queued" | "retry_wait" | "sending" | "unknown" => {
            if better && there.action != "withdraw" {
                Decision::Change(Box::new(renewed(there, wanted, &there.state, &there.action)))
            } else {
                Decision::Wait(there.id.clone())
            }
        }
        "observed" => Decision::Change(Box::new(renewed(there, wanted, &wanted.state, "post"))),
        // It may be there although nobody found it.
        "dead" if there.last_error.as_deref().is_some_and(|error| error.starts_with("unknown")) => {
            Decision::Done("dead", "the reply is dead: unknown".to_owned())
        }
        "rejected" | "dead" => {
            let renewed = renewed(there, wanted, &wanted.state, "post");
            Decision::Change(Box::new(ReplyRow { check_first: there.check_first, attempts: 0, ..renewed }))
        }
        // Taken back: only another text may come in its place. A mute that ended left nothing behind.
        _ if wanted.revision > there.revision || there.last_error.as_deref() == Some("muted") => {
            // Under another marker: what says in the place of the old note that it was withdrawn still has that one.
            let (delivery_id, marker) = (wanted.delivery_id.clone(), wanted.marker.clone());
            let renewed = renewed(there, wanted, &wanted.state, "post");
            let renewed = ReplyRow { external_reply_id: None, attempts: 0, delivery_id, marker, ..renewed };
            Decision::Change(Box::new(renewed))
        }
        _ => Decision::Done("ignored", "withdrawn".to_owned()),
    }
}

/// A reply with the text that is wanted now. What the customer sees stays what it was once it was posted.
fn renewed(there: &ReplyRow, wanted: &ReplyRow, state: &str, action: &str) -> ReplyRow {
    let under_way = matches!(state, "sending" | "unknown" | "retry_wait");
    ReplyRow {
        revision: wanted.revision,
        confidence: wanted.confidence,
        kind: if action == "post" && !under_way { wanted.kind.clone() } else { there.kind.clone() },
        action: action.to_owned(),
        body: wanted.body.clone(),
        version: there.version + 1,
        state: state.to_owned(),
        next_attempt_at: if under_way { there.next_attempt_at } else { wanted.next_attempt_at },
        wanted_at: wanted.wanted_at,
        request_id: wanted.request_id.clone(),
        ..there.clone()
    }
}

#[cfg(test)]
mod tests;
