//! Time per report, index build and memory for plain articles, beside `SQLite` FTS5 on the same articles and reports.
//!
//! `cargo bench --bench retrieval -- KB_DIR... --queries FILE...` prints a table: the reports of the files, logs of 4 KB,
//! 64 KB and 1 MB around them, and the first again over 100,000 articles recombined from the folders' own paragraphs, so
//! that the curve of document frequencies stays. How long a change of articles takes to show stands below each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use kbmatch::article::{Article, SourceFormat, parse, sniff};
use kbmatch::engine::{MatchOptions, PublishedArticle, Snapshot};
use kbmatch::eval::dataset;
use kbmatch::report::{Hints, Incoming, Limits, decode};
use kbmatch::service::read_folder;
use sqlx::{Connection as _, Row as _, SqliteConnection};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MANY: usize = 100_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (folders, files) =
        arguments.split_at(arguments.iter().position(|a| a == "--queries").unwrap_or(arguments.len()));
    if folders.is_empty() || files.len() < 2 {
        println!("cargo bench --bench retrieval -- KB_DIR... --queries FILE...");
        return;
    }
    let texts: Vec<(String, String)> = folders
        .iter()
        .flat_map(|folder| read_folder(&PathBuf::from(folder)).unwrap().sources)
        .map(|source| (source.name, String::from_utf8_lossy(&source.bytes).into_owned()))
        .collect();
    let reports: Vec<String> = dataset::read(&files[1..].iter().map(PathBuf::from).collect::<Vec<_>>())
        .unwrap()
        .into_iter()
        .map(|query| query.text)
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("{:<34}{:>12}{:>12}{:>12}{:>12}{:>9}", "", "p50 us", "p99 us", "FTS5 p50", "FTS5 p99", "ratio");
    let one = compare(
        &runtime,
        &texts,
        &reports,
        &[("the reports", 0), ("4 KB log", 4 << 10), ("64 KB log", 64 << 10), ("1 MB log", 1 << 20)],
    );
    let many = recombined(&texts);
    drop(one);
    compare(&runtime, &many, &reports, &[("the reports", 0)]);
}

/// Indexes the texts with both, and times the reports.
fn compare(
    runtime: &tokio::runtime::Runtime,
    texts: &[(String, String)],
    reports: &[String],
    sizes: &[(&str, usize)],
) -> Snapshot {
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let articles: Vec<Arc<Article>> = texts.iter().filter_map(|(name, text)| article(name, text)).collect();
    let published = articles.iter().map(|article| PublishedArticle { article: Arc::clone(article), revision: 1 });
    let published: Vec<PublishedArticle> = published.collect();
    let before = resident();
    let started = Instant::now();
    let (snapshot, _) = Snapshot::build(published, "bench".to_owned());
    let took = started.elapsed().as_secs_f64();
    let grown = resident().saturating_sub(before);
    println!(
        "{} articles, {:.1} MB of text: index built in {took:.2} s ({:.0} articles a second), {:.1} times the text in memory",
        articles.len(),
        bytes as f64 / 1e6,
        articles.len() as f64 / took,
        grown as f64 / bytes as f64
    );
    let mut fts = runtime.block_on(fts5(texts));
    for &(name, size) in sizes {
        let sized: Vec<String> = reports.iter().enumerate().map(|(at, text)| padded(text, size, at)).collect();
        let sized = if size > 100 << 10 { &sized[..sized.len().min(30)] } else { &sized[..] };
        let mut ours: Vec<f64> = sized.iter().map(|text| time(|| answer(&snapshot, text))).collect();
        let mut theirs: Vec<f64> = sized.iter().map(|text| time(|| runtime.block_on(search(&mut fts, text)))).collect();
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        let at = |times: &[f64], percent: usize| times[(times.len() - 1) * percent / 100];
        println!(
            "  {name:<32}{:>12.0}{:>12.0}{:>12.0}{:>12.0}{:>9.2}",
            at(&ours, 50),
            at(&ours, 99),
            at(&theirs, 50),
            at(&theirs, 99),
            at(&ours, 50) / at(&theirs, 50)
        );
    }
    changes(&snapshot, &articles);
    snapshot
}

/// How long it takes until a change of some articles can answer.
fn changes(snapshot: &Snapshot, articles: &[Arc<Article>]) {
    for count in [1, 64, 512] {
        let mut times: Vec<f64> = (0..9)
            .map(|round| {
                let changed = articles.iter().cycle().skip(round * count).take(count);
                let changed = changed.map(|article| {
                    let overview = format!("{}\n\nAnother word of round {round}.", article.overview);
                    let article = Arc::new(Article { overview, ..(**article).clone() });
                    (article.id.clone(), Some(PublishedArticle { article, revision: 2 }))
                });
                let changed = changed.collect();
                time(|| drop(std::hint::black_box(snapshot.with_changes(changed, "changed".to_owned()))))
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!(
            "  {:<32}{:>12.0}{:>12.0}",
            format!("{count} changed"),
            times[times.len() / 2],
            times[times.len() - 1]
        );
    }
}

fn article(name: &str, text: &str) -> Option<Arc<Article>> {
    let stem = std::path::Path::new(name).file_stem()?.to_string_lossy().to_lowercase();
    let id: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parsed = parse(text, sniff(text, name), id.trim_matches('-')).ok()?;
    if parsed.markdown == text {
        return Some(Arc::new(parsed.article));
    }
    let id = parsed.article.id.to_string();
    Some(Arc::new(parse(&parsed.markdown, SourceFormat::Markdown, &id).ok()?.article))
}

fn answer(snapshot: &Snapshot, text: &str) {
    let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
    let report = decode(incoming, &Hints::default(), &Limits::default()).unwrap();
    std::hint::black_box(snapshot.answer(&report, &MatchOptions::default()));
}

async fn fts5(texts: &[(String, String)]) -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::query("CREATE VIRTUAL TABLE articles USING fts5(name UNINDEXED, text, tokenize = 'porter unicode61')")
        .execute(&mut connection)
        .await
        .unwrap();
    for (name, text) in texts {
        sqlx::query("INSERT INTO articles VALUES (?, ?)").bind(name).bind(text).execute(&mut connection).await.unwrap();
    }
    connection
}

/// The distinct words of the report, any of them, best three by bm25.
async fn search(connection: &mut SqliteConnection, text: &str) {
    let mut words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words.truncate(400);
    let query = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" OR ");
    let rows = sqlx::query("SELECT name FROM articles WHERE articles MATCH ? ORDER BY bm25(articles) LIMIT 3")
        .bind(query)
        .fetch_all(connection)
        .await
        .unwrap();
    std::hint::black_box(rows.first().map(|row| row.get::<String, _>(0)));
}

fn time(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64() * 1e6
}

/// The report in the middle of a log of about `size` bytes; 0 leaves it alone.
fn padded(text: &str, size: usize, seed: usize) -> String {
    let mut lines = Vec::new();
    let mut length = text.len();
    let mut number = seed * 1000;
    while length < size {
        let line = format!(
            "2026-11-02T10:{:02}:{:02}Z INFO worker-{} request {:016x} for /api/items/{number} took {} ms",
            number / 60 % 60,
            number % 60,
            number % 8,
            number.wrapping_mul(0x9e37_79b9),
            number * 13 % 900
        );
        length += line.len() + 1;
        lines.push(line);
        number += 1;
    }
    lines.insert(lines.len() / 2, text.to_owned());
    lines.join("\n")
}

/// Many articles from the paragraphs of a few: each takes its paragraphs from articles drawn by turns.
fn recombined(texts: &[(String, String)]) -> Vec<(String, String)> {
    let paragraphs: Vec<Vec<&str>> = texts.iter().map(|(_, text)| text.split("\n\n").collect()).collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    (0..MANY)
        .map(|number| {
            let length = paragraphs[next(paragraphs.len())].len().min(12);
            let text: Vec<&str> = (0..length)
                .map(|_| {
                    let from = &paragraphs[next(paragraphs.len())];
                    from[next(from.len())]
                })
                .collect();
            (format!("article-{number}.md"), format!("# Article {number}\n\n{}", text.join("\n\n")))
        })
        .collect()
}

/// Resident bytes of this process, from Linux' procfs; 0 elsewhere.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).unwrap_or(0) * 1024
}
