//! Which conditions of a knowledge base carry weight: each is deleted in turn, and some example must notice.

use std::sync::Arc;

use super::check::{Problem, ReadExample, foreign, judge, read_examples};
use crate::article::{Article, Condition, Signature, SignatureOrigin, Status, Where};
use crate::engine::{PublishedArticle, Snapshot};

/// What deleting every condition showed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConditionsReport {
    /// Written signatures.
    pub signatures: usize,
    /// Written signatures each of whose conditions is missed by some example.
    pub guarded_signatures: usize,
    /// Conditions that were deleted, one at a time.
    pub conditions: usize,
    /// Examples that were run, over all deletions.
    pub examples_run: usize,
    /// Conditions that no example misses.
    pub unguarded: Vec<Problem>,
}

/// Deletes every condition of every written signature in turn and runs the examples. `progress` is called with
/// signatures done and in all.
pub fn conditions(articles: &[Arc<Article>], mut progress: impl FnMut(usize, usize)) -> ConditionsReport {
    let published: Vec<Arc<Article>> =
        articles.iter().filter(|article| article.status == Status::Published).cloned().collect();
    let mut examples = Vec::new();
    for (index, article) in published.iter().enumerate() {
        read_examples(index, article, &mut examples, &mut Vec::new());
    }
    let mut report = ConditionsReport::default();
    let written = |signature: &Signature| signature.origin == SignatureOrigin::Written;
    let all: usize = published.iter().map(|article| article.signatures.iter().filter(|s| written(s)).count()).sum();
    for (index, article) in published.iter().enumerate() {
        for (number, signature) in article.signatures.iter().enumerate().filter(|(_, s)| written(s)) {
            progress(report.signatures, all);
            report.signatures += 1;
            let mut guarded = true;
            for (deleted, rest) in deletions(signature) {
                report.conditions += 1;
                if !missed(&published, index, number, rest, &examples, &mut report.examples_run) {
                    guarded = false;
                    report.unguarded.push(Problem {
                        article: article.id.clone(),
                        line: signature.line,
                        field: format!("signatures[{number}]"),
                        message: format!("no example misses its condition {deleted:?}"),
                    });
                }
            }
            report.guarded_signatures += usize::from(guarded);
        }
    }
    progress(all, all);
    report
}

/// Whether some example fails once a signature is replaced by what is left of it.
fn missed(
    published: &[Arc<Article>],
    index: usize,
    number: usize,
    rest: Option<Signature>,
    examples: &[ReadExample],
    run: &mut usize,
) -> bool {
    let mut changed = Article::clone(&published[index]);
    match rest {
        Some(signature) => changed.signatures[number] = signature,
        None => {
            changed.signatures.remove(number);
        }
    }
    let changed = Arc::new(changed);
    let with_change = published.iter().enumerate().map(|(at, article)| {
        let article = if at == index { &changed } else { article };
        PublishedArticle { article: Arc::clone(article), revision: 1 }
    });
    let (snapshot, refused) = Snapshot::build(with_change.collect(), "conditions".to_owned());
    if !refused.is_empty() {
        return true;
    }
    let own = examples.iter().filter(|example| example.article == index);
    for example in own {
        *run += 1;
        if judge(&snapshot, &changed, example).is_some() {
            return true;
        }
    }
    let alone = PublishedArticle { article: changed, revision: 1 };
    let (alone, _) = Snapshot::build(vec![alone], "conditions".to_owned());
    let others = examples.iter().filter(|example| example.article != index && example.should_match);
    for example in others {
        *run += 1;
        if !foreign(published, &published[example.article], example, &alone.fired(&example.report)).is_empty() {
            return true;
        }
    }
    false
}

/// Every signature that is left when one condition is deleted, with the condition's words; `None` when nothing that
/// singles anything out is left.
fn deletions(signature: &Signature) -> Vec<(String, Option<Signature>)> {
    let mut all = Vec::new();
    for (deleted, rest) in without_one(&signature.condition) {
        let rest = rest.filter(is_positive).map(|condition| Signature { condition, ..signature.clone() });
        all.push((deleted, rest));
    }
    for (index, support) in signature.supports.iter().enumerate() {
        let mut rest = signature.clone();
        rest.supports.remove(index);
        all.push((format!("supports: {}", describe(support)), Some(rest)));
    }
    all
}

fn without_one(condition: &Condition) -> Vec<(String, Option<Condition>)> {
    match condition {
        Condition::Template(_) | Condition::Regex(_) | Condition::Code(_) => vec![(describe(condition), None)],
        Condition::Where(source) if source.tests.len() == 1 => vec![(describe(condition), None)],
        Condition::Where(source) => (0..source.tests.len())
            .map(|index| {
                let mut tests = source.tests.clone();
                let deleted = Where { tests: vec![tests.remove(index)], same_object: false };
                let rest = Where { tests, same_object: source.same_object };
                (describe(&Condition::Where(deleted)), Some(Condition::Where(rest)))
            })
            .collect(),
        Condition::All { conditions, within_lines, ordered } => in_list(conditions, |conditions| Condition::All {
            conditions,
            within_lines: *within_lines,
            ordered: *ordered,
        }),
        Condition::Any(conditions) => in_list(conditions, Condition::Any),
        Condition::None(conditions) => in_list(conditions, Condition::None),
    }
}

fn in_list(
    conditions: &[Condition],
    rebuild: impl Fn(Vec<Condition>) -> Condition,
) -> Vec<(String, Option<Condition>)> {
    let mut all = Vec::new();
    for (index, condition) in conditions.iter().enumerate() {
        for (deleted, rest) in without_one(condition) {
            let mut left = conditions.to_vec();
            match rest {
                Some(rest) => left[index] = rest,
                None => {
                    left.remove(index);
                }
            }
            all.push((deleted, (!left.is_empty()).then(|| rebuild(left))));
        }
    }
    all
}

/// Whether something must be there for the condition to hold.
fn is_positive(condition: &Condition) -> bool {
    match condition {
        Condition::Template(_) | Condition::Regex(_) | Condition::Code(_) => true,
        Condition::Where(source) => source.tests.iter().any(|test| !matches!(test.test, crate::article::Test::Absent)),
        Condition::All { conditions, .. } => conditions.iter().any(is_positive),
        Condition::Any(conditions) => conditions.iter().all(is_positive),
        Condition::None(_) => false,
    }
}

fn describe(condition: &Condition) -> String {
    crate::engine::describe(condition)
}
