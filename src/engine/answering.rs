//! One report's way through a snapshot: read, scan, retrieve, score, answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::ahead::Ahead;
use super::compiled::CompiledSignature;
use super::evaluate::Reading;
use super::found::{Found, Place};
use super::index::{CompiledArticle, Index};
use super::model::Model;
use super::options::{Explain, MatchOptions};
use super::retrieve::{FEATURE_COUNT, Near, SignatureSigns, Signs};
use super::rivals::WORDS_BESIDE_A_DECISION;
use super::score::{Candidate, SignatureHit, score};
use super::why_not::smallest_edit;
use super::{
    Answer, ArticleSummary, Confidence, Evidence, EvidenceKind, Explanation, Match, Outcome, Votes, checks, context,
    explain, masking, question,
};
use crate::article::{Slug, extract, placeholder};
use crate::report::{Report, redact, redact_address};

/// Most occurrences of one signature that become evidence.
const MAX_OCCURRENCES: usize = 3;

/// What one answer reads.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) index: &'a Index,
    /// Votes on the articles that have any.
    pub(super) votes: &'a BTreeMap<Slug, Votes>,
    pub(super) kb_version: &'a str,
}

/// Answers a report.
pub(super) fn answer(known: &Known<'_>, report: &Report, options: &MatchOptions, model: &Model) -> Answer {
    let index = known.index;
    let reading = index.read(report);
    let ranked = ranked(known, &reading, options, model);
    let kept: Vec<&Candidate> =
        ranked.iter().filter(|c| c.confidence >= options.min_confidence && c.confidence > Confidence::ZERO).collect();
    let tied: Vec<&Candidate> = match kept.first().and_then(|first| first.tie) {
        Some(tie) => kept.iter().copied().filter(|c| c.tie == Some(tie)).collect(),
        None => Vec::new(),
    };
    let outcome = match (kept.is_empty(), tied.len() > 1) {
        (true, _) => Outcome::NoMatch,
        (false, true) => Outcome::Ambiguous,
        (false, false) => Outcome::Match,
    };
    let mut matches: Vec<Match> = Vec::new();
    for candidate in &kept {
        if matches.len() == options.limit.max(1) {
            break;
        }
        // A superseded article and its successor are one answer.
        let shown = &index.article(index.successor(candidate.article).unwrap_or(candidate.article)).article().id;
        if matches.iter().all(|m| m.article.id != *shown) {
            matches.push(render_match(index, candidate, report));
        }
    }
    Answer {
        report_id: String::new(),
        outcome,
        kb_version: known.kb_version.to_owned(),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        question: (outcome == Outcome::Ambiguous).then(|| question::ask(&tied, index, report)),
        took_us: 0,
        limits_reached: report.limits_reached.clone(),
        explain: match &options.explain {
            Explain::None => Vec::new(),
            Explain::Candidates => {
                let articles: Vec<usize> = ranked.iter().take(options.limit.max(1)).map(|c| c.article).collect();
                articles.iter().map(|&a| explain::explain(index, a, &ranked, &reading, options)).collect()
            }
            Explain::Article(id) => index
                .position(id)
                .into_iter()
                .map(|a| {
                    let explanation = explain::explain(index, a, &ranked, &reading, options);
                    let absent = explanation.left_out.is_some();
                    let edit = absent.then(|| smallest_edit(known, a, &reading, options, model)).flatten();
                    Explanation { edit, ..explanation }
                })
                .collect(),
        },
        matches,
    }
}

/// All candidates with their confidence, best first.
fn ranked(known: &Known<'_>, reading: &Reading<'_>, options: &MatchOptions, model: &Model) -> Vec<Candidate> {
    let index = known.index;
    let mut hits = signature_hits(index, reading);
    let written = hits.values().flatten().any(|hit| !hit.derived);
    if written {
        let ranked = score(candidates(known, reading, hits, Vec::new(), options), reading.report, model);
        // Words beside a decision stay below what anybody sees unless asked for.
        let decided = ranked.first().is_some_and(|first| first.confidence >= Confidence::HALF);
        let words_show = options.min_confidence.value() <= WORDS_BESIDE_A_DECISION || options.explain != Explain::None;
        if decided && !words_show {
            return ranked;
        }
        hits = ranked.into_iter().map(|candidate| (candidate.article, candidate.hits)).collect();
    }
    let near = index.words.nearest(reading.report, &signs(&hits));
    score(candidates(known, reading, hits, near, options), reading.report, model)
}

/// The candidates that the model is to judge, with their features.
pub(super) fn features(known: &Known<'_>, report: &Report) -> Vec<FeatureRow> {
    let index = known.index;
    let reading = index.read(report);
    let hits = signature_hits(index, &reading);
    let near = index.words.nearest(report, &signs(&hits));
    let options = MatchOptions::default();
    let ranked = score(candidates(known, &reading, hits, near, &options), report, Model::builtin());
    let row = |candidate: Candidate| {
        let features = candidate.near?.features;
        Some(FeatureRow { article: index.article(candidate.article).article().id.clone(), features })
    };
    ranked.into_iter().filter_map(row).collect()
}

/// What matched exactly, for the features that speak of it.
fn signs(hits: &BTreeMap<usize, Vec<SignatureHit>>) -> SignatureSigns {
    let strongest = |hits: &[SignatureHit], code: bool| {
        let of_kind = hits.iter().filter(|hit| {
            let is_code = hit.found.places.iter().all(|place| place.kind == EvidenceKind::Code);
            hit.start.is_none() && is_code == code
        });
        #[expect(clippy::cast_possible_truncation, reason = "weights are lengths of messages")]
        let strongest = of_kind.map(SignatureHit::weight).fold(0.0, f64::max) as f32;
        strongest
    };
    let of = |hits: &[SignatureHit]| Signs { message: strongest(hits, false), code: strongest(hits, true) };
    hits.iter().map(|(article, hits)| (*article, of(hits))).collect()
}

/// The signatures that hold, by article; where none does, those whose beginning stands at an end of the report.
fn signature_hits(index: &Index, reading: &Reading<'_>) -> BTreeMap<usize, Vec<SignatureHit>> {
    let mut hits: BTreeMap<usize, Vec<SignatureHit>> = BTreeMap::new();
    for reference in index.candidates(reading) {
        let signature = index.signature(reference);
        for found in signature.condition.evaluate(reading).into_iter().take(MAX_OCCURRENCES) {
            let supports = supports(signature, reading);
            let hit = hit_of(signature, reference.signature, found, supports);
            hits.entry(reference.article).or_default().push(hit);
        }
    }
    if hits.is_empty() {
        for start in index.starts(reading.report) {
            let signature = index.signature(start.signature);
            let supports = supports(signature, reading);
            let mut hit = hit_of(signature, start.signature.signature, start.found, supports);
            hit.start = Some(start.start);
            hits.entry(start.signature.article).or_default().push(hit);
        }
    }
    hits
}

/// Every article that a signature or shared words speak for.
fn candidates(
    known: &Known<'_>,
    reading: &Reading<'_>,
    mut hits: BTreeMap<usize, Vec<SignatureHit>>,
    near: Vec<Near>,
    options: &MatchOptions,
) -> Vec<Candidate> {
    let mut near: HashMap<usize, Near> = near.into_iter().map(|near| (near.article, near)).collect();
    let articles: BTreeSet<usize> = hits.keys().chain(near.keys()).copied().collect();
    articles
        .into_iter()
        .map(|article| {
            let compiled = known.index.article(article);
            Candidate {
                article,
                votes: known.votes.get(&compiled.article().id).copied().unwrap_or_default(),
                hits: hits.remove(&article).unwrap_or_default(),
                near: near.remove(&article),
                context: context::compare(compiled, &options.hints, reading),
                checks: checks::run(&compiled.checks, reading),
                has_written: compiled.has_written,
                ranking: 0.0,
                ahead: Ahead::default(),
                contributions: Vec::new(),
                confidence: Confidence::ZERO,
                capped: None,
                tie: None,
            }
        })
        .collect()
}

fn hit_of(signature: &CompiledSignature, number: usize, found: Found, supports: Vec<Place>) -> SignatureHit {
    SignatureHit {
        label: signature.label.clone(),
        number,
        derived: signature.derived,
        trust: signature.standing.factor(),
        found,
        supports,
        start: None,
    }
}

fn supports(signature: &CompiledSignature, reading: &Reading<'_>) -> Vec<Place> {
    let first = |node: &super::compiled::Node| node.evaluate(reading).into_iter().next();
    let held = signature.supports.iter().filter_map(first);
    held.filter_map(|found| found.places.into_iter().next())
        .map(|place| Place { kind: EvidenceKind::Support, ..place })
        .collect()
}

fn render_match(index: &Index, candidate: &Candidate, report: &Report) -> Match {
    let matched = index.article(candidate.article);
    let successor = index.successor(candidate.article);
    let shown = successor.map_or(matched, |successor| index.article(successor));
    let evidence = evidence_of(candidate, matched, report);
    let mut captures = BTreeMap::new();
    for item in &evidence {
        for (name, value) in &item.captures {
            captures.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let article = shown.article();
    Match {
        article: ArticleSummary::of(&shown.published, successor.map(|_| matched.article().id.clone())),
        confidence: candidate.confidence.rounded(),
        overview: extract(article),
        cause: fill(&article.cause, &captures),
        solution: fill(&article.solution, &captures),
        checks: candidate.checks.clone(),
        evidence,
    }
}

/// Puts captures into an article's Markdown, redacted, so that none of them can become markup.
fn fill(markdown: &str, captures: &BTreeMap<String, String>) -> String {
    placeholder::fill(markdown, captures, |value, setting| {
        let line = redact(value).split_whitespace().collect::<Vec<_>>().join(" ");
        match setting {
            placeholder::Setting::Code => line.replace('`', "'"),
            placeholder::Setting::Prose => line.chars().fold(String::new(), |mut escaped, c| {
                // CommonMark 2.4: a backslash makes any ASCII punctuation literal; these are the ones with a meaning.
                if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!') {
                    escaped.push('\\');
                }
                escaped.push(c);
                escaped
            }),
        }
    })
}

fn evidence_of(candidate: &Candidate, article: &CompiledArticle, report: &Report) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut hits: Vec<&SignatureHit> = candidate.hits.iter().collect();
    hits.sort_by(|a, b| b.weight().total_cmp(&a.weight()).then(a.number.cmp(&b.number)));
    for hit in hits {
        let name = article.article().signatures.get(hit.number).and_then(|s| s.name.clone());
        for place in hit.found.places.iter().chain(&hit.supports) {
            let label = name.as_deref().unwrap_or(&place.label);
            let item = evidence_at(place, label, hit.derived, report);
            if !evidence.contains(&item) {
                evidence.push(item);
            }
        }
    }
    if evidence.is_empty()
        && let Some((view, span)) = candidate.near.as_ref().and_then(|near| near.best)
    {
        let place = Place {
            kind: EvidenceKind::Words,
            label: Arc::from(""),
            view: Some(view),
            span,
            captures: Vec::new(),
            weight: 0.0,
        };
        evidence.push(evidence_at(&place, "words shared with the article", false, report));
    }
    evidence
}

fn evidence_at(place: &Place, signature: &str, derived: bool, report: &Report) -> Evidence {
    let captures = place.captures.iter().cloned().collect();
    let plain = |field: String| Evidence {
        kind: place.kind,
        signature: signature.to_owned(),
        derived,
        field,
        start: 0,
        end: 0,
        quote: String::new(),
        text: String::new(),
        decoded_by: Vec::new(),
        captures,
    };
    let Some(view) = place.view else { return plain("hints".to_owned()) };
    let part = &report.parts[report.views[view].part];
    let span = report.part_span(view, place.span);
    let mut evidence = Evidence {
        start: span.start(),
        end: span.end(),
        decoded_by: report.decoded_by(view),
        ..plain(redact_address(&part.address))
    };
    masking::quote(&mut evidence, report.views[view].part, place.span.slice(report.view_text(view)), report);
    evidence
}

/// A candidate of a report and its features, see [`FEATURES`](super::FEATURES).
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureRow {
    /// The article.
    pub article: Slug,
    /// Its features.
    pub features: [f32; FEATURE_COUNT],
}

/// A signature that held on a report, whatever became of it in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// The article.
    pub article: Slug,
    /// Position of the signature in the article, from 0.
    pub signature: usize,
    /// Whether import derived it.
    pub derived: bool,
    /// Where: the first place.
    pub evidence: Option<Evidence>,
}

/// Every signature that holds on a report.
pub(super) fn fired(index: &Index, report: &Report) -> Vec<Fired> {
    let reading = index.read(report);
    let candidates = index.candidates(&reading);
    let held = candidates.into_iter().filter_map(|reference| {
        let article = index.article(reference.article);
        let signature = &article.signatures[reference.signature];
        let found = signature.condition.evaluate(&reading).into_iter().next()?;
        let evidence =
            found.places.first().map(|place| evidence_at(place, &signature.label, signature.derived, report));
        let id = article.article().id.clone();
        Some(Fired { article: id, signature: reference.signature, derived: signature.derived, evidence })
    });
    held.collect()
}
