//! How far derived signatures are trusted: one that fires on the texts of other articles does not tell its own apart.
//!
//! Import derives a signature from an article alone. With all articles at hand every derived signature is held against
//! the title and the symptoms of each: for every other article that it fires on it counts less, and beyond a few it is
//! dropped. Signatures that are the same are tried once, so that a paragraph that thousands of articles share costs no
//! more than one.

use std::collections::HashMap;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use super::compiled::{CompiledSignature, Node, TextMatcher, Trigger};
use super::index::Index;
use super::retrieve::plain;
use super::scan::SignatureRef;
use super::segment::{CompiledArticle, Segment};
use crate::article::{Article, KnownSection, Slug};

/// A derived signature that fires on the texts of more other articles is dropped.
const MOST_OTHERS: u32 = 8;
/// A text that more different signatures fire on is a list of errors: an article derives 16 at most, and tells of a few
/// of its siblings.
const LIST_OF_ERRORS: usize = 40;
/// Most of the other articles that are named.
const NAMED: usize = 3;

/// What a signature is trusted with.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct Standing {
    /// Other articles whose texts it fires on.
    pub(super) others: u32,
    /// Positions of the first of them.
    pub(super) first: Vec<usize>,
}

impl Standing {
    /// Whether it takes no part in matching.
    pub(super) fn dropped(&self) -> bool {
        self.others > MOST_OTHERS
    }

    /// What is left of its weight: half when it fires on one other article, a third with two.
    pub(super) fn factor(&self) -> f64 {
        1.0 / (1.0 + f64::from(self.others))
    }
}

/// A derived signature that fires on the texts of other articles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubted {
    /// Its article.
    pub article: Slug,
    /// Position of the signature in the article, from 0.
    pub signature: usize,
    /// What it looks for.
    pub label: String,
    /// How many other articles' texts it fires on, at least.
    pub others: u32,
    /// The first of them.
    pub first: Vec<Slug>,
    /// Whether it takes no part in matching; otherwise it counts less.
    pub dropped: bool,
}

impl fmt::Display for Doubted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.dropped { "is dropped" } else { "counts less" };
        let first: Vec<&str> = self.first.iter().map(Slug::as_str).collect();
        write!(f, "derived signature {:?} {what}: it fires on the texts of {}", self.label, first.join(", "))?;
        match self.others as usize - self.first.len() {
            0 => Ok(()),
            1 => f.write_str(" and another article"),
            more => write!(f, " and at least {more} other articles"),
        }
    }
}

/// The doubted signatures of one article.
pub(super) fn doubted(index: &Index, article: usize) -> Vec<Doubted> {
    let compiled = index.article(article);
    let doubted = compiled.signatures.iter().enumerate().filter(|(_, signature)| signature.standing.others > 0);
    doubted
        .map(|(number, signature)| Doubted {
            article: compiled.article().id.clone(),
            signature: number,
            label: signature.label.to_string(),
            others: signature.standing.others,
            first: signature.standing.first.iter().map(|at| index.article(*at).article().id.clone()).collect(),
            dropped: signature.standing.dropped(),
        })
        .collect()
}

/// Derived signatures that are the same.
struct Group<'a> {
    matcher: &'a TextMatcher,
    members: Vec<SignatureRef>,
    /// The articles whose texts it fires on, as long as they are few.
    fires_on: Vec<usize>,
}

/// Holds the derived signatures of all articles against the texts of all articles.
pub(super) fn standings(segment: &Segment) -> Vec<(SignatureRef, Standing)> {
    let scanner = segment.scanner();
    let mut groups = groups(segment);
    let by_literal = by_literal(&groups, scanner.literal_ids().len());
    let mut tried: Vec<usize> = vec![usize::MAX; groups.len()];
    for (position, article) in segment.articles() {
        let text = symptoms(article.article());
        scanner.each_literal(&text, |literal| {
            for &at in by_literal.get(literal as usize).into_iter().flatten() {
                let group = &mut groups[at];
                // One more than dropped, since an article's own signature fires on its own text.
                let settled = group.fires_on.len() > MOST_OTHERS as usize + 1;
                if tried[at] != position && !settled {
                    tried[at] = position;
                    if group.matcher.pattern.find_in(&text) {
                        group.fires_on.push(position);
                    }
                }
            }
        });
    }
    forget_lists(&mut groups);
    groups.iter().flat_map(Group::standings).collect()
}

/// What is known of the derived signatures of articles that changed after the others were compiled: what was known of the
/// same signature of the article before; of others nothing, until all are compiled again.
pub(super) fn inherited<'a>(
    changed: &Segment,
    before: impl Fn(&Slug) -> Option<&'a CompiledArticle>,
) -> Vec<(SignatureRef, Standing)> {
    let mut inherited = Vec::new();
    for (article, compiled) in changed.articles() {
        let Some(before) = before(&compiled.article().id) else { continue };
        for (signature, now) in compiled.signatures.iter().enumerate().filter(|(_, now)| now.derived) {
            let same = before.signatures.iter().find(|then| then.derived && then.label == now.label);
            if let Some(same) = same.filter(|same| same.standing.others > 0) {
                inherited.push((SignatureRef { article, signature }, same.standing.clone()));
            }
        }
    }
    inherited
}

/// A text that the signatures of very many articles fire on is a list of errors and says nothing against any of them.
fn forget_lists(groups: &mut [Group<'_>]) {
    let mut fired: HashMap<usize, usize> = HashMap::new();
    for at in groups.iter().flat_map(|group| &group.fires_on) {
        *fired.entry(*at).or_default() += 1;
    }
    for group in groups {
        group.fires_on.retain(|at| fired[at] <= LIST_OF_ERRORS);
    }
}

impl Group<'_> {
    fn standings(&self) -> impl Iterator<Item = (SignatureRef, Standing)> {
        self.members.iter().filter_map(|&member| {
            let others = || self.fires_on.iter().copied().filter(|at| *at != member.article);
            let count = u32::try_from(others().count()).unwrap_or(u32::MAX);
            (count > 0).then(|| (member, Standing { others: count, first: others().take(NAMED).collect() }))
        })
    }
}

fn groups(segment: &Segment) -> Vec<Group<'_>> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (article, compiled) in segment.articles() {
        for (signature, matcher) in compiled.signatures.iter().enumerate().filter_map(|(at, s)| Some((at, derived(s)?)))
        {
            let member = SignatureRef { article, signature };
            let number = *numbers.entry(&matcher.label).or_insert_with(|| {
                groups.push(Group { matcher, members: Vec::new(), fires_on: Vec::new() });
                groups.len() - 1
            });
            groups[number].members.push(member);
        }
    }
    groups
}

/// The text that a derived signature looks for.
fn derived(signature: &CompiledSignature) -> Option<&TextMatcher> {
    match &signature.condition {
        Node::Text(matcher) if signature.derived && signature.trigger != Trigger::Always => Some(matcher),
        _ => None,
    }
}

/// The groups that each literal leads to.
fn by_literal(groups: &[Group<'_>], literals: usize) -> Vec<Vec<usize>> {
    let mut by_literal: Vec<Vec<usize>> = vec![Vec::new(); literals];
    for (at, group) in groups.iter().enumerate() {
        for &literal in group.matcher.literals.iter().flatten() {
            by_literal[literal as usize].push(at);
        }
    }
    by_literal
}

/// The title and what tells how a problem shows.
fn symptoms(article: &Article) -> String {
    let mut text = plain(&article.title);
    let sections = article.other_sections.iter().filter(|section| section.under == KnownSection::Overview);
    for more in std::iter::once(&article.overview).chain(sections.map(|section| &section.text)) {
        text.push('\n');
        text.push_str(&plain(more));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::article::{SourceFormat, parse};
    use crate::engine::{PublishedArticle, Snapshot};

    fn snapshot(texts: &[(&str, &str)]) -> Snapshot {
        let article = |(id, symptom): &(&str, &str)| {
            let text = format!(
                "---\nid: {id}\ntitle: {id} fails\n---\n## Overview\n\n```\n{symptom}\n```\n\n## Solution\n\nX.\n"
            );
            let article = parse(&text, SourceFormat::Markdown, id).expect("the article is well-formed").article;
            PublishedArticle { article: Arc::new(article), revision: 1 }
        };
        Snapshot::build(texts.iter().map(article).collect(), "test".to_owned()).0
    }

    #[test]
    fn a_derived_message_that_another_article_prints_too_counts_less() {
        let shared = "error: the frobnicator cannot open its spindle file";
        let snapshot = snapshot(&[("a", shared), ("b", shared), ("c", "error: the widget store is sealed and locked")]);
        let doubted = snapshot.doubted();
        assert_eq!(doubted.iter().map(|d| d.article.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(doubted.iter().all(|d| d.others == 1 && !d.dropped));
        assert!(doubted[0].to_string().ends_with("counts less: it fires on the texts of b"), "{}", doubted[0]);
    }

    #[test]
    fn a_derived_message_of_very_many_articles_is_dropped() {
        let shared = "error: the frobnicator cannot open its spindle file";
        let names: Vec<String> = (0..20).map(|n| format!("n{n}")).collect();
        let texts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), shared)).collect();
        let doubted = snapshot(&texts).doubted();
        assert_eq!(doubted.len(), 20);
        assert!(doubted.iter().all(|d| d.dropped));
    }
}
