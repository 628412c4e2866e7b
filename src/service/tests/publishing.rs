//! What is written shows at once, whole, and everywhere.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::engine::Snapshot;

const MESSAGE: &str = "the frobnicator lost its sprocket in sector {{sector}}";
const REPORT: &str = "2026-11-24 ERROR the frobnicator lost its sprocket in sector 7G while starting";

#[tokio::test]
async fn a_write_shows_in_the_next_answer() {
    let bench = Bench::new().await;
    assert_eq!(first(&ask(&bench.service, REPORT)), None);
    bench.put("sprocket", &article("sprocket", MESSAGE, "Buy one.")).await;
    let answer = ask(&bench.service, REPORT);
    assert_eq!(first(&answer), Some(("sprocket".to_owned(), "Buy one.".to_owned())));
    bench.put("sprocket", &article("sprocket", MESSAGE, "Find it.")).await;
    let changed = ask(&bench.service, REPORT);
    assert_eq!(first(&changed), Some(("sprocket".to_owned(), "Find it.".to_owned())));
    assert_ne!(answer.kb_version, changed.kb_version);
    bench.delete("sprocket").await;
    assert_eq!(first(&ask(&bench.service, REPORT)), None);
}

#[tokio::test]
async fn drafts_and_archived_articles_do_not_answer() {
    let bench = Bench::new().await;
    for status in ["draft", "archived"] {
        let text = article("sprocket", MESSAGE, "x").replace("title:", &format!("status: {status}\ntitle:"));
        bench.put("sprocket", &text).await;
        assert_eq!(first(&ask(&bench.service, REPORT)), None, "{status}");
        assert_eq!(bench.service.get(&slug("sprocket")).await.unwrap().unwrap().status.as_str(), status);
    }
}

#[tokio::test]
async fn a_write_of_another_process_shows_within_a_second() {
    let bench = Bench::new().await;
    let other = open(bench.directory.path()).await;
    let text = article("sprocket", MESSAGE, "Buy one.");
    other.put(&slug("sprocket"), text, Expected::Missing, "bob", false).await.unwrap();
    let written = Instant::now();
    while first(&ask(&bench.service, REPORT)).is_none() {
        assert!(written.elapsed() < Duration::from_secs(1), "it does not show");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(bench.service.snapshot().kb_version(), other.snapshot().kb_version());
}

#[tokio::test]
async fn the_kb_version_names_a_state_and_survives_a_restart() {
    let bench = Bench::new().await;
    bench.put("a", &article("a", "message of a comes here", "x")).await;
    let before = bench.service.snapshot().kb_version().to_owned();
    assert!(before.starts_with("1-") && before.len() == "1-".len() + 12, "{before}");
    bench.service.close().await;
    let again = open(bench.directory.path()).await;
    assert_eq!(again.snapshot().kb_version(), before);
}

#[tokio::test]
async fn an_old_state_can_be_derived_again_and_answers_the_same() {
    let bench = Bench::new().await;
    let mut then: HashMap<String, Option<(String, String)>> = HashMap::new();
    let note = |bench: &Bench, then: &mut HashMap<_, _>| {
        let answer = ask(&bench.service, REPORT);
        then.insert(answer.kb_version.clone(), first(&answer));
    };
    bench.put("sprocket", &article("sprocket", MESSAGE, "One.")).await;
    note(&bench, &mut then);
    bench.put("sprocket", &article("sprocket", MESSAGE, "Two.")).await;
    note(&bench, &mut then);
    bench.delete("sprocket").await;
    note(&bench, &mut then);
    bench.put("other", &article("other", "something else went wrong here", "x")).await;
    bench.put("sprocket", &article("sprocket", MESSAGE, "Three.")).await;
    note(&bench, &mut then);
    assert_eq!(then.len(), 4);
    for (kb_version, answered) in then {
        let generation = kb_version.split('-').next().unwrap().parse().unwrap();
        let base = bench.service.articles_at(generation).await.unwrap();
        assert_eq!(base.kb_version, kb_version);
        let (snapshot, refused) = Snapshot::build(base.articles, base.kb_version);
        assert_eq!(refused, []);
        let incoming = Incoming { body: REPORT.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
        let report = decode(incoming, &Hints::default(), &Limits::default()).unwrap();
        assert_eq!(first(&snapshot.answer(&report, &MatchOptions::default())), answered);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_beside_two_hundred_writes_see_whole_states_that_only_go_forward() {
    let bench = Bench::new().await;
    // The two articles always change together, in one import.
    let pair = |number: usize| {
        vec![
            source("a.md", &article("a", "the left wheel came off", &format!("State {number}."))),
            source("b.md", &article("b", "the right wheel came off", &format!("State {number}."))),
        ]
    };
    let options = ImportOptions::new("ada");
    bench.service.import(pair(0), &options, no_progress()).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reader = std::thread::spawn({
        let (service, done) = (Arc::clone(&bench.service), Arc::clone(&done));
        move || {
            let (mut answers, mut last) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                let answer = ask(&service, "the left wheel came off\nand then\nthe right wheel came off");
                let mut solutions: Vec<_> = answer.matches.iter().map(|found| found.solution.trim()).collect();
                assert_eq!(solutions.len(), 2, "{answer:?}");
                solutions.dedup();
                assert_eq!(solutions.len(), 1, "two states in one answer: {answer:?}");
                let generation: u64 = answer.kb_version.split('-').next().unwrap().parse().unwrap();
                assert!(generation >= last, "it went back");
                (answers, last) = (answers + 1, generation);
            }
            answers
        }
    });
    for number in 1..=200 {
        bench.service.import(pair(number), &options, no_progress()).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    let answers = reader.join().unwrap();
    assert!(answers > 0);
    assert_eq!(bench.markdown("a").await.unwrap(), article("a", "the left wheel came off", "State 200."));
}

#[tokio::test]
async fn writes_at_the_same_time_lose_nothing() {
    let bench = Bench::new().await;
    let writers = (0..40).map(|number| {
        let service = Arc::clone(&bench.service);
        tokio::spawn(async move {
            let id = format!("article-{number}");
            let text = article(&id, &format!("failure of kind {number} happened"), "x");
            service.put(&slug(&id), text, Expected::Missing, "ada", false).await.unwrap();
            first(&ask(&service, &format!("failure of kind {number} happened"))).unwrap().0
        })
    });
    for (number, writer) in writers.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(writer.await.unwrap(), format!("article-{number}"));
    }
    assert_eq!(bench.service.snapshot().article_count(), 40);
}

#[tokio::test]
async fn a_closed_service_still_answers_and_refuses_to_write() {
    let bench = Bench::new().await;
    bench.put("sprocket", &article("sprocket", MESSAGE, "Buy one.")).await;
    bench.service.close().await;
    assert!(first(&ask(&bench.service, REPORT)).is_some());
    let error = bench
        .service
        .put(&slug("other"), article("other", MESSAGE, "x"), Expected::Missing, "ada", false)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
}

#[tokio::test]
async fn a_backup_holds_what_answers() {
    let bench = Bench::new().await;
    bench.put("sprocket", &article("sprocket", MESSAGE, "Buy one.")).await;
    let target = bench.directory.path().join("copy.db");
    bench.service.backup(&target).await.unwrap();
    let copy = Service::open(Settings::new(Location::File(target)), clock()).await.unwrap();
    assert_eq!(copy.snapshot().kb_version(), bench.service.snapshot().kb_version());
    assert_eq!(first(&ask(&copy, REPORT)), first(&ask(&bench.service, REPORT)));
}

#[tokio::test]
async fn a_change_of_a_large_knowledge_base_shows_before_everything_is_compiled_anew() {
    let bench = Bench::new().await;
    let many: Vec<_> = (0..300)
        .map(|number| {
            let id = format!("article-{number}");
            source(&format!("{id}.md"), &article(&id, &format!("failure of kind {number} happened"), "x"))
        })
        .collect();
    bench.service.import(many, &ImportOptions::new("ada"), no_progress()).await.unwrap();
    assert_eq!(bench.service.snapshot().changed(), 0);

    bench.put("sprocket", &article("sprocket", MESSAGE, "Buy one.")).await;
    let beside = bench.service.snapshot();
    assert_eq!(beside.article_count(), 301);
    assert_eq!(first(&ask(&bench.service, REPORT)).unwrap().0, "sprocket");
    bench.delete("article-7").await;
    assert_eq!(first(&ask(&bench.service, "failure of kind 7 happened")), None);

    // Everything is compiled anew behind it, and what it answers stays.
    let version = bench.service.snapshot().kb_version().to_owned();
    for _ in 0..600 {
        if bench.service.snapshot().changed() == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let renewed = bench.service.snapshot();
    assert_eq!((renewed.changed(), renewed.article_count(), renewed.kb_version()), (0, 300, version.as_str()));
    assert_eq!(first(&ask(&bench.service, REPORT)).unwrap().0, "sprocket");
    assert_eq!(first(&ask(&bench.service, "failure of kind 7 happened")), None);
    assert!(beside.changed() > 0, "it showed before");
}
