//! `check`: every example through the full pipeline against the whole knowledge base.
//!
//! What passes here is what readers can rely on: an article's own examples put it first, its siblings' do not, and no
//! signature is idle or claims what is not its own. `PUT …?dry_run=true` answers from the same code.

use std::collections::HashMap;
use std::sync::Arc;

use crate::article::{Article, Example, ExampleInput, SignatureOrigin, Slug, Status, requirements};
use crate::engine::{Answer, Confidence, EvidenceKind, Fired, MatchOptions, PublishedArticle, Snapshot};
use crate::report::{DecodeError, Incoming, Limits, Report, decode};

/// Least weight of a signature, in characters of rare literal text: below it, it matches almost anything.
const LEAST_WEIGHT: f64 = 6.5;
/// A `no_match` example must stay below this.
const NO_MATCH_BELOW: f64 = 0.5;
/// Ordinary texts that no signature may match, one a line.
const ORDINARY_TEXTS: &str = include_str!("ordinary_texts.txt");

/// What a check found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CheckReport {
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// What is worth knowing and does not fail.
    pub notes: Vec<Problem>,
    /// Published articles that were checked.
    pub articles: usize,
    /// Their signatures.
    pub signatures: usize,
    /// Derived signatures that count less, since they fire on the texts of other articles.
    pub weighed_down: usize,
    /// Examples that were run.
    pub examples: usize,
}

/// Something wrong with an article, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The article.
    pub article: Slug,
    /// Line in its file, from 1; 0 when it concerns the whole.
    pub line: usize,
    /// Field, as a path.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// An example read once, with whose it is.
pub(super) struct ReadExample {
    pub(super) article: usize,
    pub(super) number: usize,
    pub(super) should_match: bool,
    pub(super) line: usize,
    pub(super) min_confidence: f64,
    pub(super) report: Report,
    pub(super) options: MatchOptions,
}

/// Checks articles against each other. `progress` is called with examples done and in all.
pub fn check(articles: &[Arc<Article>], mut progress: impl FnMut(usize, usize)) -> CheckReport {
    let published: Vec<Arc<Article>> =
        articles.iter().filter(|article| article.status == Status::Published).cloned().collect();
    let mut report = CheckReport {
        articles: published.len(),
        signatures: published.iter().map(|article| article.signatures.len()).sum(),
        ..CheckReport::default()
    };
    let snapshot = build(&published, &mut report);
    for article in articles {
        let found = requirements(article).into_iter().map(|problem| Problem {
            article: article.id.clone(),
            line: problem.line,
            field: problem.field.unwrap_or_default(),
            message: problem.message,
        });
        report.problems.extend(found);
    }
    note_doubted(&snapshot, &mut report);
    let mut examples = Vec::new();
    for (index, article) in published.iter().enumerate() {
        read_examples(index, article, &mut examples, &mut report.problems);
    }
    report.examples = examples.len();
    let mut fired_on_own: HashMap<Slug, Vec<bool>> = HashMap::new();
    for (done, example) in examples.iter().enumerate() {
        progress(done, examples.len());
        let article = &published[example.article];
        let fired = snapshot.fired(&example.report);
        report.problems.extend(judge(&snapshot, article, example));
        if example.should_match {
            note_own(article, &fired, &mut fired_on_own);
            report.problems.extend(foreign(&published, article, example, &fired));
        }
    }
    for article in &published {
        report.problems.extend(idle(article, fired_on_own.get(&article.id)));
        weigh(&snapshot, article, &mut report);
    }
    report.problems.extend(claims_ordinary_text(&snapshot));
    progress(examples.len(), examples.len());
    report.problems.sort_by(|a, b| (&a.article, a.line, &a.field).cmp(&(&b.article, b.line, &b.field)));
    report
}

/// Names the derived signatures that are dropped, and counts those that only count less.
fn note_doubted(snapshot: &Snapshot, report: &mut CheckReport) {
    let (dropped, less): (Vec<_>, Vec<_>) = snapshot.doubted().into_iter().partition(|doubted| doubted.dropped);
    report.weighed_down = less.len();
    report.notes.extend(dropped.into_iter().map(|doubted| Problem {
        message: doubted.to_string(),
        article: doubted.article,
        line: 0,
        field: format!("signatures[{}]", doubted.signature),
    }));
}

/// Checks one article among the others: the problems that concern it or that it causes.
pub fn check_one(article: &Arc<Article>, others: &[Arc<Article>]) -> CheckReport {
    let mut all: Vec<Arc<Article>> = others.iter().filter(|other| other.id != article.id).cloned().collect();
    let before: Vec<Problem> = check(&all, |_, _| ()).problems;
    all.push(Arc::clone(article));
    let mut report = check(&all, |_, _| ());
    report.problems.retain(|problem| problem.article == article.id || !before.contains(problem));
    report.notes.retain(|note| note.article == article.id);
    report
}

fn build(published: &[Arc<Article>], report: &mut CheckReport) -> Snapshot {
    let articles = published.iter().map(|article| PublishedArticle { article: Arc::clone(article), revision: 1 });
    let (snapshot, refused) = Snapshot::build(articles.collect(), "check".to_owned());
    report.problems.extend(refused.into_iter().map(|refused| Problem {
        article: refused.id,
        line: 0,
        field: "signatures".to_owned(),
        message: refused.reason,
    }));
    snapshot
}

/// Reads an article's examples as the service reads requests.
pub(super) fn read_examples(
    index: usize,
    article: &Article,
    examples: &mut Vec<ReadExample>,
    problems: &mut Vec<Problem>,
) {
    let kinds = [(true, "match", &article.examples.matching), (false, "no_match", &article.examples.no_match)];
    for (should_match, kind, list) in kinds {
        for (number, example) in list.iter().enumerate() {
            let problem = |message: String| Problem {
                article: article.id.clone(),
                line: example.line,
                field: format!("examples.{kind}[{number}]"),
                message,
            };
            match report_of(example) {
                Ok(report) if report.is_empty() => problems.push(problem("the example is empty".to_owned())),
                Ok(report) => examples.push(ReadExample {
                    article: index,
                    number,
                    should_match,
                    line: example.line,
                    min_confidence: example.min_confidence.unwrap_or(NO_MATCH_BELOW),
                    report,
                    options: MatchOptions {
                        limit: 20,
                        min_confidence: Confidence::ZERO,
                        hints: example.hints.clone(),
                        ..MatchOptions::default()
                    },
                }),
                Err(error) => problems.push(problem(format!("the example cannot be read: {error}"))),
            }
        }
    }
}

/// Decodes an example as a request body would be.
pub fn report_of(example: &Example) -> Result<Report, DecodeError> {
    let payload;
    let (body, content_type) = match &example.input {
        ExampleInput::Text { text, content_type } => (text, content_type.as_deref().unwrap_or("text/plain")),
        ExampleInput::Payload(value) => {
            payload = serde_json::json!({ "payload": value }).to_string();
            (&payload, "application/json")
        }
    };
    let incoming = Incoming { body: body.as_bytes(), content_type: Some(content_type), content_encoding: None };
    decode(incoming, &example.hints, &Limits::default())
}

/// What is wrong with the answer to one example.
pub(super) fn judge(snapshot: &Snapshot, article: &Article, example: &ReadExample) -> Option<Problem> {
    let answer = snapshot.answer(&example.report, &example.options);
    let message = if example.should_match {
        judge_match(article, example, &answer)?
    } else {
        let own = answer.matches.iter().find(|found| found.article.id == article.id)?;
        if own.confidence.value() < NO_MATCH_BELOW {
            return None;
        }
        let evidence = own.evidence.first().map(|e| format!(" by {:?}", e.signature)).unwrap_or_default();
        format!("this article answers it with {:.2}{evidence}; it must stay below 0.5", own.confidence.value())
    };
    let kind = if example.should_match { "match" } else { "no_match" };
    Some(Problem {
        article: article.id.clone(),
        line: example.line,
        field: format!("examples.{kind}[{}]", example.number),
        message,
    })
}

fn judge_match(article: &Article, example: &ReadExample, answer: &Answer) -> Option<String> {
    let own = answer.matches.iter().find(|found| answers_for(&found.article, &article.id));
    let Some(own) = own else { return Some("this article is no candidate for it".to_owned()) };
    let first = answer.matches.first()?;
    if !answers_for(&first.article, &article.id) {
        return Some(format!(
            "{} stands first with {:.2}, this article has {:.2}",
            first.article.id,
            first.confidence.value(),
            own.confidence.value()
        ));
    }
    if own.confidence.value() < example.min_confidence {
        return Some(format!(
            "the confidence is {:.2}, at least {:.2} is wanted",
            own.confidence.value(),
            example.min_confidence
        ));
    }
    let written = article.signatures.iter().any(|signature| signature.origin == SignatureOrigin::Written);
    let recognised = own.evidence.iter().any(|evidence| {
        !evidence.derived && !matches!(evidence.kind, EvidenceKind::Words | EvidenceKind::TemplateStart)
    });
    (written && !recognised).then(|| "none of the article's signatures recognises it".to_owned())
}

/// Whether a match speaks for the article, itself or as its successor.
fn answers_for(found: &crate::engine::ArticleSummary, id: &Slug) -> bool {
    found.id == *id || found.supersedes.as_ref() == Some(id)
}

/// Written signatures of other articles that fire on this article's example.
pub(super) fn foreign(
    published: &[Arc<Article>],
    article: &Article,
    example: &ReadExample,
    fired: &[Fired],
) -> Vec<Problem> {
    let strangers = fired.iter().filter(|fired| {
        let successor = published
            .iter()
            .find(|other| other.id == fired.article)
            .is_some_and(|other| other.superseded_by.as_ref() == Some(&article.id));
        !fired.derived
            && fired.article != article.id
            && article.superseded_by.as_ref() != Some(&fired.article)
            && !successor
    });
    strangers
        .map(|fired| {
            let place = fired.evidence.as_ref().map_or_else(String::new, |evidence| {
                let quote: String = evidence.quote.chars().take(80).collect();
                format!(" at {}:{}..{} ({quote:?})", evidence.field, evidence.start, evidence.end)
            });
            let line = published
                .iter()
                .find(|other| other.id == fired.article)
                .and_then(|other| other.signatures.get(fired.signature))
                .map_or(0, |signature| signature.line);
            Problem {
                article: fired.article.clone(),
                line,
                field: format!("signatures[{}]", fired.signature),
                message: format!("it fires on example match[{}] of {}{place}", example.number, article.id),
            }
        })
        .collect()
}

fn note_own(article: &Article, fired: &[Fired], fired_on_own: &mut HashMap<Slug, Vec<bool>>) {
    let own = fired_on_own.entry(article.id.clone()).or_insert_with(|| vec![false; article.signatures.len()]);
    for fired in fired.iter().filter(|fired| fired.article == article.id) {
        if let Some(seen) = own.get_mut(fired.signature) {
            *seen = true;
        }
    }
}

/// Written signatures that fire on no example of their article.
fn idle(article: &Article, fired: Option<&Vec<bool>>) -> Vec<Problem> {
    let unseen = article.signatures.iter().enumerate().filter(|(index, signature)| {
        signature.origin == SignatureOrigin::Written
            && !fired.and_then(|fired| fired.get(*index)).copied().unwrap_or(false)
    });
    unseen
        .map(|(index, signature)| Problem {
            article: article.id.clone(),
            line: signature.line,
            field: format!("signatures[{index}]"),
            message: "it never fires on a match example of its article; add one, or mend the signature".to_owned(),
        })
        .collect()
}

fn weigh(snapshot: &Snapshot, article: &Article, report: &mut CheckReport) {
    let weights = snapshot.signature_weights(&article.id);
    for (index, (weight, signature)) in weights.iter().zip(&article.signatures).enumerate() {
        let problem = |message: String| Problem {
            article: article.id.clone(),
            line: signature.line,
            field: format!("signatures[{index}]"),
            message,
        };
        if signature.origin == SignatureOrigin::Written && weight.least < LEAST_WEIGHT {
            report.problems.push(problem(format!(
                "it matches almost anything: it weighs {:.1} characters of rare text, at least {LEAST_WEIGHT} are wanted",
                weight.least
            )));
        }
        if !weight.searchable {
            report.notes.push(problem("no literal text leads to it, so it is tried on every report".to_owned()));
        }
    }
}

fn claims_ordinary_text(snapshot: &Snapshot) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for text in ORDINARY_TEXTS.lines().filter(|line| !line.is_empty()) {
        let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
        let Ok(report) = decode(incoming, &crate::report::Hints::default(), &Limits::default()) else { continue };
        for fired in snapshot.fired(&report).into_iter().filter(|fired| !fired.derived) {
            problems.push(Problem {
                article: fired.article,
                line: 0,
                field: format!("signatures[{}]", fired.signature),
                message: format!("it matches almost anything: it fires on {text:?}"),
            });
        }
    }
    problems
}
