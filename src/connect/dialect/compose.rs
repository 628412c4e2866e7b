//! What a note says, in blocks and in order, within a platform's limits.

use std::fmt::Write as _;

use super::block::{Block, Span, from_markdown};
use super::cut::{Limits, fit};
use super::{Note, NoteArticle};
use crate::engine::Outcome;
use crate::render::{in_words, per_cent};
use crate::text::printable;

/// Most characters of a title, a check's name and the like.
const LINE_CHARACTERS: usize = 300;
/// Most pieces of evidence, and characters of each.
const QUOTES: usize = 4;
const QUOTE_CHARACTERS: usize = 600;
/// Most articles beside the one that answers.
const OTHERS: usize = 3;

/// The note as blocks. `size` tells what a block takes in the platform's unit; `marker` ends the note.
pub(super) fn document(
    note: &Note,
    marker: Option<&str>,
    limits: Limits,
    size: &dyn Fn(&Block) -> usize,
) -> Vec<Block> {
    let parts = match (note.outcome, note.articles.split_first()) {
        _ if note.withdrawn => withdrawn(),
        (Outcome::Match, Some((best, others))) => matched(note, best, others, limits, size),
        (Outcome::Ambiguous, Some(_)) => ambiguous(note),
        _ => no_match(note),
    };
    let mut tail = parts.tail;
    tail.extend(marker.map(|marker| Block::Marker(marker.to_owned())));
    let taken: usize = parts.head.iter().chain(&tail).map(size).sum();
    let (body, _) = fit(parts.body, limits.whole.saturating_sub(taken), size);
    let mut whole = parts.head;
    whole.extend(body);
    whole.extend(tail);
    whole
}

/// A note in three: the head and the tail are always said, the body as far as there is room.
struct Parts {
    head: Vec<Block>,
    body: Vec<Block>,
    tail: Vec<Block>,
}

fn matched(
    note: &Note,
    best: &NoteArticle,
    others: &[NoteArticle],
    limits: Limits,
    size: &dyn Fn(&Block) -> usize,
) -> Parts {
    let head = vec![Block::Heading(3, vec![title(best)]), Block::Paragraph(facts(best))];
    let mut body = Vec::new();
    let reserved: usize = head.iter().map(size).sum::<usize>() + limits.whole / 8;
    let room = limits.part.min(limits.whole.saturating_sub(reserved));
    for (name, markdown) in [("Cause", &best.cause), ("From the article", &best.overview), ("Solution", &best.solution)]
    {
        let (mut blocks, is_cut) = fit(from_markdown(markdown), room, size);
        if is_cut {
            blocks.push(full_article(best));
        }
        if !blocks.is_empty() {
            body.push(heading(name));
            body.extend(blocks);
        }
    }
    if !best.checks.is_empty() {
        body.push(heading("Checks"));
        let item = |(name, confirmed): &(String, bool)| {
            let result = if *confirmed { "Confirmed: " } else { "Contradicted: " };
            vec![Block::Paragraph(vec![
                Span::Strong(vec![Span::text(result.trim_end())]),
                Span::text(format!(" {}", line(name))),
            ])]
        };
        body.push(Block::List(None, best.checks.iter().map(item).collect()));
    }
    let quotes: Vec<Block> = best.evidence.iter().filter_map(|text| quote(text)).take(QUOTES).collect();
    if !quotes.is_empty() {
        body.push(heading("Found in the report"));
        body.extend(quotes);
    }
    if !others.is_empty() {
        body.push(heading("Also possible"));
        body.push(Block::List(None, others.iter().take(OTHERS).map(|other| vec![named(other)]).collect()));
    }
    Parts { head, body, tail: votes(note, best).into_iter().collect() }
}

fn ambiguous(note: &Note) -> Parts {
    let mut head =
        vec![Block::Paragraph(vec![Span::Strong(vec![Span::text("Several known problems explain this report.")])])];
    if let Some(question) = &note.question {
        head.push(Block::Paragraph(vec![
            Span::text("To tell them apart: "),
            Span::Strong(vec![Span::text(line(question))]),
        ]));
    }
    let candidates = note.articles.iter().map(|article| {
        let mut item = vec![named(article)];
        item.extend(from_markdown(article.reason()).into_iter().find(|block| matches!(block, Block::Paragraph(_))));
        if let (Some(base), Some(votes)) = (&note.feedback_url, &article.votes) {
            let address = format!("{base}{}", votes.choose);
            item.push(Block::Paragraph(vec![Span::link(Some(&address), "This is the one")]));
        }
        item
    });
    Parts { head, body: vec![Block::List(Some(1), candidates.collect())], tail: Vec::new() }
}

fn no_match(note: &Note) -> Parts {
    let head = vec![Block::Paragraph(vec![Span::text("No article in the knowledge base explains this report.")])];
    let mut body = Vec::new();
    if !note.articles.is_empty() {
        body.push(Block::Paragraph(vec![Span::text("The nearest, none of which is likely to be the cause:")]));
        let nearest = note.articles.iter().take(OTHERS);
        body.push(Block::List(None, nearest.map(|article| vec![Block::Paragraph(vec![title(article)])]).collect()));
    }
    Parts { head, body, tail: Vec::new() }
}

fn withdrawn() -> Parts {
    let said = Span::Strong(vec![Span::text("This note was withdrawn.")]);
    let head = vec![Block::Paragraph(vec![said, Span::text(" Do not rely on what it said before.")])];
    Parts { head, body: Vec::new(), tail: Vec::new() }
}

fn heading(text: &str) -> Block {
    Block::Heading(4, vec![Span::text(text)])
}

fn title(article: &NoteArticle) -> Span {
    Span::link(article.url.as_deref(), line(&article.title))
}

/// A title with its confidence.
fn named(article: &NoteArticle) -> Block {
    let confidence = format!(" ({}, {})", in_words(article.confidence), per_cent(article.confidence));
    Block::Paragraph(vec![title(article), Span::text(confidence)])
}

fn facts(article: &NoteArticle) -> Vec<Span> {
    let mut text = format!("Confidence: {}, {}", in_words(article.confidence), per_cent(article.confidence));
    for (name, value) in [("reviewed", &article.reviewed_at), ("fixed in", &article.fixed_in)] {
        if let Some(value) = value {
            let _ = write!(text, " · {name} {}", line(value));
        }
    }
    vec![Span::text(text)]
}

fn full_article(article: &NoteArticle) -> Block {
    let address = article.url.clone().unwrap_or_else(|| article.id.clone());
    Block::Paragraph(vec![Span::text("… full article: "), Span::link(article.url.as_deref(), address)])
}

/// The links of the article and its votes.
fn votes(note: &Note, article: &NoteArticle) -> Option<Block> {
    let mut links: Vec<Span> =
        article.url.as_deref().map(|url| Span::link(Some(url), "Open the article")).into_iter().collect();
    if let (Some(base), Some(votes)) = (&note.feedback_url, &article.votes) {
        links.push(Span::link(Some(&format!("{base}{}", votes.yes)), "This solved it"));
        links.push(Span::link(Some(&format!("{base}{}", votes.no)), "Not it"));
    }
    let spans = links
        .into_iter()
        .enumerate()
        .flat_map(|(at, link)| (at > 0).then(|| Span::text(" · ")).into_iter().chain([link]));
    let spans: Vec<Span> = spans.collect();
    (!spans.is_empty()).then_some(Block::Paragraph(spans))
}

/// A quote from the report; `None` when nothing is left of it.
fn quote(text: &str) -> Option<Block> {
    let shown = cut_characters(text.trim_matches(['\n', '\r']), QUOTE_CHARACTERS);
    let shown = printable(&shown.replace("\r\n", "\n"), true).into_owned();
    (!shown.trim().is_empty()).then_some(Block::Code(None, shown))
}

/// Text of the author's or the user's as one line.
fn line(text: &str) -> String {
    cut_characters(&printable(&text.split_whitespace().collect::<Vec<_>>().join(" "), false), LINE_CHARACTERS)
}

fn cut_characters(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
