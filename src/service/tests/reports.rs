//! Reports that are kept, and feedback on answers.

use super::*;
use crate::engine::Outcome;
use crate::service::{KeepReports, NewFeedback, ServiceError};
use crate::store::FeedbackFilter;

async fn bench_keeping(match_sample: f64) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        reports: KeepReports { match_sample, ..KeepReports::default() },
        ..Settings::new(Location::File(directory.path().join("kb.db")))
    };
    let service = Service::open(settings, clock()).await.unwrap();
    let bench = Bench { directory, service };
    bench.put("sprocket", &article("sprocket", "the frobnicator lost its sprocket", "Buy one.")).await;
    bench
}

#[tokio::test]
async fn reports_that_nothing_answers_are_kept_and_matches_by_their_share() {
    let bench = bench_keeping(0.0).await;
    let unknown = ask(&bench.service, "something entirely different happened to the weather");
    assert_eq!(unknown.outcome, Outcome::NoMatch);
    let matched = ask(&bench.service, "the frobnicator lost its sprocket");
    assert_eq!(matched.outcome, Outcome::Match);
    bench.service.flush_reports().await;
    let kept = bench.service.store().newest_reports(10).await.unwrap();
    assert_eq!(kept.iter().map(|report| &report.id).collect::<Vec<_>>(), [&unknown.report_id]);
    assert_eq!((kept[0].outcome, &kept[0].kb_version), (Outcome::NoMatch, &unknown.kb_version));
    assert_eq!(bench.service.kept_counts().kept, 1);

    let all = bench_keeping(1.0).await;
    let matched = ask(&all.service, "the frobnicator lost its sprocket");
    all.service.flush_reports().await;
    let kept = all.service.store().report(&matched.report_id).await.unwrap().unwrap();
    assert_eq!((kept.matches[0].article.as_str(), kept.matches[0].revision), ("sprocket", 1));
    assert!((kept.matches[0].confidence - matched.matches[0].confidence.value()).abs() < f64::EPSILON);
}

#[tokio::test]
async fn closing_writes_the_reports_that_wait() {
    let bench = bench_keeping(0.0).await;
    let ids: Vec<String> =
        (0..300).map(|n| ask(&bench.service, &format!("weather report number {n}")).report_id).collect();
    bench.service.close().await;
    let again = open(bench.directory.path()).await;
    for id in ids {
        assert!(again.store().report(&id).await.unwrap().is_some(), "{id}");
    }
}

#[tokio::test]
async fn report_ids_only_grow() {
    let bench = bench_keeping(0.0).await;
    let ids: Vec<String> = (0..100).map(|_| ask(&bench.service, "the weather").report_id).collect();
    assert!(ids.is_sorted());
    assert!(ids.iter().all(|id| id.len() == 26));
}

fn feedback(report_id: &str, article: &str) -> NewFeedback {
    NewFeedback {
        report_id: report_id.to_owned(),
        article: slug(article),
        helpful: true,
        comment: Some("It helped.".to_owned()),
        by: "ada".to_owned(),
    }
}

#[tokio::test]
async fn feedback_names_the_revision_that_answered() {
    let bench = bench_keeping(1.0).await;
    let answer = ask(&bench.service, "the frobnicator lost its sprocket");
    bench.service.flush_reports().await;
    bench.put("sprocket", &article("sprocket", "the frobnicator lost its sprocket", "Find it.")).await;
    let given = bench.service.give_feedback(feedback(&answer.report_id, "sprocket")).await.unwrap();
    assert_eq!(given.revision, 1);
    let filter = FeedbackFilter { report_id: Some(answer.report_id), ..FeedbackFilter::default() };
    assert_eq!(bench.service.feedback(&filter, 10).await.unwrap(), std::slice::from_ref(&given));
    let withdrawn = bench.service.withdraw_feedback(&given.id).await.unwrap();
    assert_eq!(bench.service.withdraw_feedback(&given.id).await.unwrap(), withdrawn);
    assert_eq!(bench.service.feedback(&filter, 10).await.unwrap(), []);
}

#[tokio::test]
async fn feedback_on_nothing_is_refused() {
    let bench = bench_keeping(0.0).await;
    let bad = bench.service.give_feedback(feedback("not-a-ulid", "sprocket")).await.unwrap_err();
    assert!(matches!(bad, ServiceError::BadReportId { .. }), "{bad}");
    let id = ask(&bench.service, "x").report_id;
    let missing = bench.service.give_feedback(feedback(&id, "no-such-article")).await.unwrap_err();
    assert!(matches!(missing, ServiceError::NoArticle { .. }), "{missing}");
    let gone = bench.service.withdraw_feedback("nothing").await.unwrap_err();
    assert!(matches!(gone, ServiceError::NoFeedback { .. }), "{gone}");
}

const SECRET: &str = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA";

#[tokio::test]
async fn nothing_is_kept_that_was_not_redacted_and_what_is_kept_matches_the_same() {
    let bench = bench_keeping(1.0).await;
    let body = serde_json::json!({
        "password": SECRET,
        "log": format!("Authorization: Bearer {SECRET}\nthe frobnicator lost its sprocket"),
        "nested": serde_json::json!({ "access_token": SECRET }).to_string(),
    });
    let body = body.to_string();
    let hints = Hints { route: Some(format!("/reset?token={SECRET}")), ..Hints::default() };
    let incoming = Incoming { body: body.as_bytes(), content_type: Some("application/json"), content_encoding: None };
    let report = decode(incoming, &hints, &Limits::default()).unwrap();
    let lengths: Vec<usize> = report.parts.iter().map(|part| part.text.len()).collect();
    let answer = bench.service.answer(report, &MatchOptions { hints, ..MatchOptions::default() });
    bench.service.flush_reports().await;

    let kept = bench.service.store().report(&answer.report_id).await.unwrap().unwrap();
    let parts = kept.parts.unwrap();
    assert_eq!(parts.iter().map(|part| part.text.len()).collect::<Vec<_>>(), lengths);
    assert_eq!(kept.content_kind, "json");
    let log = parts.iter().find(|part| part.address == "/log").unwrap();
    assert_eq!(first(&ask(&bench.service, &log.text)), first(&answer));

    let comment = Some(format!("my password={SECRET} does not work"));
    let given = NewFeedback { comment, ..feedback(&answer.report_id, "sprocket") };
    bench.service.give_feedback(given).await.unwrap();
    bench.service.close().await;
    let bytes = std::fs::read(bench.directory.path().join("kb.db")).unwrap();
    assert!(bytes.windows(9).any(|window| window == b"my passwo"), "the comment is not there");
    assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "the secret is in the file");
}

#[tokio::test]
async fn of_a_report_over_the_limit_only_the_outcome_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        reports: KeepReports { bytes: 10, ..KeepReports::default() },
        ..Settings::new(Location::File(directory.path().join("kb.db")))
    };
    let service = Service::open(settings, clock()).await.unwrap();
    let ids = ["ten  bytes", "eleven bytes"].map(|text| ask(&service, text).report_id);
    service.flush_reports().await;
    let mut kept = Vec::new();
    for id in &ids {
        let report = service.store().report(id).await.unwrap().unwrap();
        kept.push((report.bytes, report.parts.is_some()));
    }
    assert_eq!(kept, [(10, true), (12, false)]);
}

#[tokio::test]
async fn votes_move_the_confidence_within_bounds_and_leave_no_trace_when_taken_back() {
    let bench = bench_keeping(1.0).await;
    let text = "the frobnicator lost its sprocket";
    let plain = |answer: &Answer| {
        let matches = answer.matches.clone();
        (answer.outcome, matches, answer.kb_version.split('-').nth(1).map(str::to_owned))
    };
    let before = ask(&bench.service, text);
    let mut given = Vec::new();
    for _ in 0..30 {
        let vote =
            NewFeedback { helpful: false, comment: None, ..feedback(&ask(&bench.service, text).report_id, "sprocket") };
        given.push(bench.service.give_feedback(vote).await.unwrap());
    }
    let disliked = ask(&bench.service, text);
    assert_ne!(disliked.kb_version, before.kb_version);
    let logit = |answer: &Answer| {
        let confidence = answer.matches[0].confidence.value();
        (confidence / (1.0 - confidence)).ln()
    };
    let moved = logit(&before) - logit(&disliked);
    assert!((0.3..0.7).contains(&moved), "{moved}");
    for feedback in &given {
        bench.service.withdraw_feedback(&feedback.id).await.unwrap();
    }
    assert_eq!(plain(&ask(&bench.service, text)), plain(&before));
}

#[tokio::test]
async fn votes_on_an_article_do_not_outlive_its_revision() {
    let bench = bench_keeping(1.0).await;
    let text = "the frobnicator lost its sprocket";
    let before = ask(&bench.service, text);
    let vote = NewFeedback { helpful: false, ..feedback(&before.report_id, "sprocket") };
    bench.service.give_feedback(vote).await.unwrap();
    assert!(ask(&bench.service, text).matches[0].confidence < before.matches[0].confidence);
    bench.put("sprocket", &article("sprocket", text, "Find it, then oil it.")).await;
    assert_eq!(ask(&bench.service, text).matches[0].confidence, before.matches[0].confidence);
}

#[tokio::test]
async fn a_rejected_answer_becomes_a_redacted_example_once() {
    let bench = bench_keeping(1.0).await;
    let text = format!("the frobnicator lost its sprocket, password={SECRET}");
    let answer = ask(&bench.service, &text);
    bench.service.flush_reports().await;
    let liked = bench.service.give_feedback(feedback(&answer.report_id, "sprocket")).await.unwrap();
    let refused = bench.service.reject_as_example(&liked.id, "ada", false).await.unwrap_err();
    assert!(matches!(refused, ServiceError::NoExample { .. }), "{refused}");
    let vote = NewFeedback { helpful: false, by: "bob".to_owned(), ..feedback(&answer.report_id, "sprocket") };
    let rejected = bench.service.give_feedback(vote).await.unwrap();
    let tried = bench.service.reject_as_example(&rejected.id, "ada", true).await.unwrap();
    assert!(tried.check.is_some_and(|check| !check.problems.is_empty()), "the signature still claims the example");
    let written = bench.service.reject_as_example(&rejected.id, "ada", false).await.unwrap();
    assert_eq!(written.article.revision, 2);
    assert_eq!(written.article.article.examples.no_match.len(), 1);
    assert!(written.article.markdown.contains("the frobnicator lost its sprocket, password="));
    assert!(!written.article.markdown.contains(SECRET));
    let again = bench.service.reject_as_example(&rejected.id, "ada", false).await.unwrap_err();
    assert!(again.to_string().contains("has this example already"), "{again}");
}

#[tokio::test]
async fn a_retention_of_no_days_keeps_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        reports: KeepReports { age: std::time::Duration::ZERO, match_sample: 1.0, ..KeepReports::default() },
        ..Settings::new(Location::File(directory.path().join("kb.db")))
    };
    let service = Service::open(settings, clock()).await.unwrap();
    let id = ask(&service, "nobody knows this").report_id;
    let error = service.kept_report(&id).await.unwrap_err();
    assert!(matches!(error, ServiceError::NoReport { .. }), "{error}");
    assert_eq!(service.kept_counts().kept, 0);
}
