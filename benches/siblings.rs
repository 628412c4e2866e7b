//! Sibling articles: with the part of a message removed that tells two of them apart, the answer must be withheld as
//! `ambiguous`; with what the question asks for added, it must be settled. Prints the shares over the pairs found.
//!
//! `cargo bench --bench siblings -- DIR... [--show]` (folders of articles without written signatures; `--show` prints the
//! texts that were not withheld or not settled)

use std::path::PathBuf;
use std::sync::Arc;

use kbmatch::article::{Article, Condition, TemplatePiece};
use kbmatch::engine::{Answer, Confidence, MatchOptions, Outcome, Snapshot};
use kbmatch::eval::run::Bench;
use kbmatch::report::{Hints, Incoming, Limits, decode};
use kbmatch::service::no_progress;

const PAIRS: usize = 100;
/// A message shorter than this, in words, says too little without its telling part.
const LEAST_COMMON: usize = 4;
/// Siblings share at least so much of their messages, as a share of the longer one's words.
const LEAST_SHARED: f64 = 0.6;

fn main() {
    let show = std::env::args().any(|arg| arg == "--show");
    let folders: Vec<PathBuf> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    if folders.is_empty() {
        println!("name folders of articles: cargo bench --bench siblings -- DIR...");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::open(&folders, no_progress())).unwrap();
    let snapshot = bench.service().snapshot();
    let (mut pairs, mut withheld, mut unanswered, mut asked, mut settled) = (0, 0, 0, 0, 0);
    for article in snapshot.articles() {
        if pairs == PAIRS {
            break;
        }
        let Some(text) = common_part(&snapshot, &article) else { continue };
        pairs += 1;
        let answer = ask(&snapshot, &text, true);
        let among = answer.matches.iter().any(|found| found.article.id == article.id);
        unanswered += usize::from(answer.outcome == Outcome::NoMatch);
        if answer.outcome != Outcome::Ambiguous {
            tell(show, &article, &text, &answer);
            continue;
        }
        withheld += 1;
        if !among {
            continue;
        }
        asked += 1;
        let sign = sign_of(answer.question.as_deref().unwrap_or_default(), &article.title);
        let more = ask(&snapshot, &format!("{text} {sign}"), true);
        let first = more.matches.first().map(|found| &found.article.id);
        let is_settled = more.outcome == Outcome::Match && first == Some(&article.id);
        settled += usize::from(is_settled);
        if !is_settled {
            tell(show, &article, &format!("{text} {sign}"), &more);
        }
    }
    println!("{pairs} pairs of siblings among {} articles", snapshot.article_count());
    println!("  withheld as ambiguous          {withheld} of {pairs}");
    println!("  not answered (no_match)        {unanswered} of {pairs}");
    println!("  settled by what is asked for   {settled} of {asked}");
    runtime.block_on(bench.close());
}

/// Prints a text of an article and what was answered.
fn tell(show: bool, article: &Article, text: &str, answer: &Answer) {
    if show {
        let found = answer.matches.iter().map(|found| format!("{} {:.2}", found.article.id, found.confidence.value()));
        let found = found.collect::<Vec<_>>().join(", ");
        println!("{} by {text:?}: {} {found}", article.id, answer.outcome.as_str());
    }
}

/// The part of an article's message that its nearest sibling has too; `None` when the whole message does not find the
/// article, or when nothing or too little would be left or taken away.
fn common_part(snapshot: &Snapshot, article: &Arc<Article>) -> Option<String> {
    let message = messages(article).into_iter().next()?;
    let answer = ask(snapshot, &message, false);
    if answer.matches.first()?.article.id != article.id {
        return None;
    }
    let sibling = snapshot.article(&answer.matches.get(1)?.article.id)?;
    let mine = words(&message);
    let theirs = messages(&sibling.article);
    let common = theirs.iter().map(|text| words(text)).filter_map(|theirs| {
        let common = common_words(&mine, &theirs);
        let longer = mine.len().max(theirs.len());
        let both_say_more = common.len() < mine.len() && common.len() < theirs.len();
        (both_say_more && common.len() as f64 >= LEAST_SHARED * longer as f64).then_some(common)
    });
    let common = common.max_by_key(Vec::len)?;
    (common.len() >= LEAST_COMMON).then(|| common.join(" "))
}

/// The longest sequence of words that stands in both, in order.
fn common_words(mine: &[String], theirs: &[String]) -> Vec<String> {
    let mut lengths = vec![vec![0_usize; theirs.len() + 1]; mine.len() + 1];
    for (i, a) in mine.iter().enumerate().rev() {
        for (j, b) in theirs.iter().enumerate().rev() {
            lengths[i][j] = if a == b { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut common) = (0, 0, Vec::new());
    while i < mine.len() && j < theirs.len() {
        if mine[i] == theirs[j] {
            common.push(mine[i].clone());
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

fn messages(article: &Article) -> Vec<String> {
    let literal = |piece: &TemplatePiece| match piece {
        TemplatePiece::Literal(text) => text.clone(),
        TemplatePiece::Wildcard { .. } => " ".to_owned(),
    };
    let texts = article.signatures.iter().filter_map(|signature| match &signature.condition {
        Condition::Template(template) => Some(template.pieces.iter().map(literal).collect::<String>()),
        _ => None,
    });
    texts.collect()
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// What the question says stands for a title.
fn sign_of(question: &str, title: &str) -> String {
    let options = question.split("? ").last().unwrap_or_default().split("; ");
    let own = options.into_iter().find(|option| option.ends_with(&format!("means “{title}”"))).unwrap_or_default();
    own.split(" means ").next().unwrap_or_default().replace(['“', '”'], "").replace(" or ", " ")
}

fn ask(snapshot: &Snapshot, text: &str, default: bool) -> Answer {
    let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
    let report = decode(incoming, &Hints::default(), &Limits::default()).unwrap();
    let least = if default { Confidence::HALF } else { Confidence::ZERO };
    snapshot.answer(&report, &MatchOptions { limit: 5, min_confidence: least, ..MatchOptions::default() })
}
