use super::*;
use crate::store::LeasedDelivery;

fn reply(article: &str, confidence: f64, state: &str) -> ReplyRow {
    let (id, desk) = (format!("reply-{article}"), ("zammad", "desk"));
    ReplyRow {
        article_id: article.to_owned(),
        revision: 1,
        confidence,
        body: Some("{}".to_owned()),
        state: state.to_owned(),
        attempts: 4,
        next_attempt_at: 10,
        external_reply_id: Some("55".to_owned()),
        ..ReplyRow::queued(id, "first", desk, "7".to_owned(), jiff::Timestamp::UNIX_EPOCH)
    }
}

fn wanted(article: &str, revision: u32, confidence: f64) -> ReplyRow {
    ReplyRow {
        id: "new".to_owned(),
        revision,
        attempts: 0,
        external_reply_id: None,
        ..reply(article, confidence, "queued")
    }
}

fn decided(there: &[ReplyRow], wanted: ReplyRow, editable: bool) -> Decision {
    let delivery = LeasedDelivery {
        id: "second".to_owned(),
        connector: "zammad".to_owned(),
        endpoint: "desk".to_owned(),
        external_id: "7".to_owned(),
        ticket: None,
        received_at: 5,
        attempts: 0,
        leases: 1,
        lease_until: 9,
        request_id: None,
    };
    let settlement = Settlement { delivery, report_id: None, want: Want::Reply(Box::new(wanted)), follow: None };
    let ticket = TicketState { replies: there.to_vec(), within_a_minute: 1, superseded: false };
    decide(&settlement, &ticket, editable)
}

fn done(state: &'static str, reason: &str) -> Decision {
    Decision::Done(state, reason.to_owned())
}

#[test]
fn a_ticket_gets_its_first_note() {
    assert!(matches!(decided(&[], wanted("a", 1, 0.7), false), Decision::Queue(reply) if reply.id == "new"));
}

#[test]
fn a_note_that_is_there_is_edited_only_for_something_better_and_only_where_that_is_possible() {
    let there = [reply("a", 0.7, "sent")];
    assert_eq!(decided(&there, wanted("a", 1, 0.7), true), done("replied", "posted_before"));
    assert_eq!(decided(&there, wanted("a", 1, 0.6), true), done("replied", "posted_before"));
    assert_eq!(decided(&there, wanted("a", 2, 0.9), false), done("replied", "posted_before"));
    for better in [wanted("a", 2, 0.6), wanted("a", 1, 0.8)] {
        let Decision::Change(changed) = decided(&there, better, true) else { panic!("not changed") };
        assert_eq!(
            (changed.id.as_str(), changed.action.as_str(), changed.state.as_str()),
            ("reply-a", "edit", "queued")
        );
        assert_eq!((changed.version, changed.external_reply_id.as_deref()), (2, Some("55")));
    }
}

#[test]
fn what_is_under_way_is_waited_for_and_takes_the_better_text_along() {
    for state in ["queued", "sending", "retry_wait", "unknown"] {
        let there = [reply("a", 0.7, state)];
        assert_eq!(decided(&there, wanted("a", 1, 0.7), true), Decision::Wait("reply-a".to_owned()));
        let Decision::Change(changed) = decided(&there, wanted("a", 2, 0.7), true) else { panic!("not changed") };
        assert_eq!((changed.state.as_str(), changed.revision, changed.version), (state, 2, 2));
    }
}

#[test]
fn another_article_needs_to_be_clearly_better_and_there_are_three_at_most() {
    let one = [reply("a", 0.7, "sent")];
    assert_eq!(decided(&one, wanted("b", 1, 0.79), true), done("ignored", "not_better"));
    assert!(matches!(decided(&one, wanted("b", 1, 0.8), true), Decision::Queue(_)));
    let three = [reply("a", 0.5, "sent"), reply("b", 0.6, "sent"), reply("c", 0.7, "queued")];
    assert_eq!(decided(&three, wanted("d", 1, 1.0), true), done("ignored", "most_notes"));
    let refused = ReplyRow { external_reply_id: None, ..reply("a", 0.7, "rejected") };
    let gone = [refused, reply("b", 0.9, "withdrawn"), reply("e", 0.9, "observed")];
    assert!(matches!(decided(&gone, wanted("c", 1, 0.6), true), Decision::Queue(_)), "they are not on the ticket");
}

#[test]
fn what_nobody_knows_of_is_never_repeated_by_itself() {
    let error = Some("unknown: a call broke off".to_owned());
    let unknown = ReplyRow { last_error: error, external_reply_id: None, ..reply("a", 0.7, "dead") };
    assert!(matches!(decided(&[unknown], wanted("a", 2, 0.9), true), Decision::Done("dead", _)));
    let error = Some("attempts used up".to_owned());
    let used_up = ReplyRow { last_error: error, check_first: true, external_reply_id: None, ..reply("a", 0.7, "dead") };
    let Decision::Change(changed) = decided(&[used_up], wanted("a", 1, 0.7), true) else { panic!("not changed") };
    assert_eq!((changed.state.as_str(), changed.attempts, changed.check_first), ("queued", 0, true));
}

#[test]
fn a_note_whose_edit_or_withdrawal_failed_is_not_posted_again() {
    for state in ["dead", "rejected"] {
        let there = ReplyRow { posted_revision: Some(1), external_reply_id: None, ..reply("a", 0.7, state) };
        let edit = ReplyRow { action: "edit".to_owned(), ..there.clone() };
        assert_eq!(decided(std::slice::from_ref(&edit), wanted("a", 1, 0.7), true), done("replied", "posted_before"));
        assert_eq!(decided(std::slice::from_ref(&edit), wanted("a", 2, 0.7), false), done("replied", "posted_before"));
        let Decision::Change(changed) = decided(&[edit], wanted("a", 2, 0.7), true) else { panic!("not changed") };
        assert_eq!((changed.action.as_str(), changed.state.as_str()), ("edit", "queued"));
        let withdrawal = ReplyRow { action: "withdraw".to_owned(), ..there };
        for revision in [1, 2] {
            let again = decided(std::slice::from_ref(&withdrawal), wanted("a", revision, 0.9), true);
            assert_eq!(again, done("ignored", "withdrawn"));
        }
    }
}

#[test]
fn a_public_reply_does_not_take_a_text_that_is_sure_enough_for_a_note_alone() {
    for (state, expected) in
        [("sent", done("replied", "posted_before")), ("queued", Decision::Wait("reply-a".to_owned()))]
    {
        let there = ReplyRow { kind: "public".to_owned(), ..reply("a", 0.95, state) };
        assert_eq!(decided(&[there], wanted("a", 2, 0.7), true), expected);
    }
}

#[test]
fn a_note_that_shows_an_older_revision_than_was_wanted_is_edited_when_that_is_wanted_again() {
    let there = ReplyRow { revision: 2, posted_revision: Some(1), ..reply("a", 0.7, "sent") };
    let Decision::Change(changed) = decided(&[there], wanted("a", 2, 0.7), true) else { panic!("not changed") };
    assert_eq!((changed.action.as_str(), changed.revision), ("edit", 2));
}

#[test]
fn what_was_taken_back_comes_again_only_with_another_text_or_after_a_mute() {
    let there = [reply("a", 0.7, "withdrawn")];
    assert_eq!(decided(&there, wanted("a", 1, 0.9), true), done("ignored", "withdrawn"));
    let Decision::Change(changed) = decided(&there, wanted("a", 2, 0.7), true) else { panic!("not changed") };
    assert_eq!((changed.action.as_str(), changed.external_reply_id), ("post", None));
    let muted = [ReplyRow { last_error: Some("muted".to_owned()), ..there[0].clone() }];
    assert!(matches!(decided(&muted, wanted("a", 1, 0.7), true), Decision::Change(_)));
}

#[test]
fn a_ticket_that_runs_in_circles_is_left_alone() {
    let delivery = LeasedDelivery {
        id: "d".to_owned(),
        connector: "zammad".to_owned(),
        endpoint: "desk".to_owned(),
        external_id: "7".to_owned(),
        ticket: None,
        received_at: 5,
        attempts: 0,
        leases: 1,
        lease_until: 9,
        request_id: None,
    };
    let settlement =
        Settlement { delivery, report_id: None, want: Want::Reply(Box::new(wanted("a", 1, 0.9))), follow: None };
    let ticket = |within_a_minute, superseded| TicketState { replies: Vec::new(), within_a_minute, superseded };
    assert!(matches!(decide(&settlement, &ticket(5, false), true), Decision::Queue(_)));
    assert_eq!(decide(&settlement, &ticket(6, false), true), done("ignored", "loop"));
    assert_eq!(decide(&settlement, &ticket(1, true), true), done("ignored", "superseded"));
}
