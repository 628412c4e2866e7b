//! Where the time of a request goes inside the program, without a socket: reading the report, answering it, writing the
//! answer, each for the reports of `benches/http.rs` in one thread. Prints microseconds a request; fails on a wrong answer,
//! never on a time.
//!
//! `cargo bench --bench request [-- --requests N]`. For counts of instructions that repeat on a busy machine:
//! `valgrind --tool=callgrind --toggle-collect='*request_loop*' target/release/deps/request-… --requests 2000`

mod workload;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kbmatch::article::{SourceFormat, parse};
use kbmatch::engine::{PublishedArticle, Snapshot};
use kbmatch::report::Limits;
use kbmatch::service::request::{RawRequest, parse_match_request};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Distinct requests, read in turn.
const DISTINCT: usize = 2_000;

fn main() {
    let requests =
        std::env::args().skip_while(|arg| arg != "--requests").nth(1).map_or(100_000, |n| n.parse().unwrap());
    let articles = workload::articles().map(|(id, text)| {
        let parsed = parse(&text, SourceFormat::Markdown, &id).unwrap();
        PublishedArticle { article: Arc::new(parsed.article), revision: 1 }
    });
    let (snapshot, refused) = Snapshot::build(articles.collect(), "bench".to_owned());
    assert!(refused.is_empty(), "{refused:?}");
    let bodies: Vec<(String, String)> = (0..DISTINCT).map(workload::request).collect();
    // The first requests build what is built once.
    request_loop(&snapshot, &bodies, 100);
    let [read, answered, written] = request_loop(&snapshot, &bodies, requests);
    let each = |time: Duration| time.as_secs_f64() * 1e6 / requests as f64;
    println!("microseconds a request, {requests} of them:");
    println!("  report read      {:>8.2}", each(read));
    println!("  answered         {:>8.2}", each(answered));
    println!("  answer written   {:>8.2}", each(written));
}

/// Answers requests one after the other; gives the time that each step took in all.
#[inline(never)]
fn request_loop(snapshot: &Snapshot, bodies: &[(String, String)], requests: usize) -> [Duration; 3] {
    let limits = Limits::default();
    let mut times = [Duration::ZERO; 3];
    for (body, article) in bodies.iter().cycle().take(requests) {
        let start = Instant::now();
        let raw = RawRequest {
            body: body.as_bytes(),
            content_type: Some("application/json"),
            content_encoding: None,
            query: &[],
        };
        let request = parse_match_request(raw, &limits).unwrap();
        let read = Instant::now();
        let answer = snapshot.answer(&request.report, &request.options);
        let answered = Instant::now();
        let json = serde_json::to_vec(&answer).unwrap();
        let written = Instant::now();
        for (time, step) in times.iter_mut().zip([read - start, answered - read, written - answered]) {
            *time += step;
        }
        assert_eq!(answer.matches[0].article.id.as_str(), article);
        assert!(json.ends_with(b"}"));
    }
    times
}
