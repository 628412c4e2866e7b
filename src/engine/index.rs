//! All published articles of one version of the knowledge base, compiled: what a report is held against.

use std::collections::HashMap;
use std::sync::Arc;

use super::EnginePart;
use super::compile::{CompiledCheck, CompiledSignature, Compiler, TextMatcher, Trigger};
use super::rarity::Rarity;
use super::retrieve::WordIndex;
use super::scan::{Scanner, SignatureRef};
use super::standing::standings;
use crate::article::{Article, Condition, SignatureOrigin, Slug, TemplatePiece};

/// An article as the store publishes it.
#[derive(Debug, Clone)]
pub struct PublishedArticle {
    /// The article.
    pub article: Arc<Article>,
    /// Its revision, counted from 1.
    pub revision: u32,
}

/// An article that could not be compiled and is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The article.
    pub id: Slug,
    /// Why, naming the signature.
    pub reason: String,
}

/// An article with its signatures and checks compiled.
#[derive(Debug)]
pub(super) struct CompiledArticle {
    pub(super) published: PublishedArticle,
    pub(super) signatures: Vec<CompiledSignature>,
    pub(super) checks: Vec<CompiledCheck>,
    pub(super) has_written: bool,
    /// The article's products, to be found in a report as whole words.
    pub(super) product_names: Vec<TextMatcher>,
    /// The published article that answers instead, where this one is superseded.
    pub(super) successor: Option<usize>,
}

impl CompiledArticle {
    pub(super) fn article(&self) -> &Article {
        &self.published.article
    }
}

/// Compiled articles and the structures that find them.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) articles: Vec<CompiledArticle>,
    pub(super) scanner: Scanner,
    pub(super) words: WordIndex,
}

impl Index {
    /// Compiles articles. One that cannot be compiled is refused and does not stop the others.
    pub(super) fn build(articles: Vec<PublishedArticle>, without: Option<EnginePart>) -> (Self, Vec<Refused>) {
        Self::build_by(Scanner::new, articles, without)
    }

    /// The same with every signature tried on every text.
    pub(super) fn build_exhaustive(articles: Vec<PublishedArticle>) -> (Self, Vec<Refused>) {
        Self::build_by(Scanner::exhaustive, articles, None)
    }

    fn build_by(
        make: impl FnOnce(&[String], &mut dyn Iterator<Item = (SignatureRef, &Trigger)>) -> Scanner,
        articles: Vec<PublishedArticle>,
        without: Option<EnginePart>,
    ) -> (Self, Vec<Refused>) {
        let mut rarity = Rarity::default();
        for published in &articles {
            let mut literals = Vec::new();
            published.article.signatures.iter().for_each(|s| literal_texts(&s.condition, &mut literals));
            rarity.add(literals.into_iter());
        }
        let mut compiler = Compiler::new(&rarity);
        let mut compiled = Vec::with_capacity(articles.len());
        let mut refused = Vec::new();
        for published in articles {
            match compile(published, &mut compiler) {
                Ok(article) => compiled.push(article),
                Err(refusal) => refused.push(refusal),
            }
        }
        link_successors(&mut compiled);
        let mut scanner = make(compiler.literals.texts(), &mut triggers(&compiled));
        doubt_derived(&mut compiled, &mut scanner);
        let words = WordIndex::new(compiled.iter().map(CompiledArticle::article), without);
        (Self { articles: compiled, scanner, words }, refused)
    }
}

/// Weighs down the derived signatures that fire on the texts of other articles, and drops those that fire on many.
fn doubt_derived(articles: &mut [CompiledArticle], scanner: &mut Scanner) {
    let standings = standings(articles, scanner);
    let dropped = standings.iter().filter(|(_, standing)| standing.dropped()).map(|(signature, _)| *signature);
    scanner.forget(&dropped.collect());
    for (signature, standing) in standings {
        articles[signature.article].signatures[signature.signature].standing = standing;
    }
}

fn compile(published: PublishedArticle, compiler: &mut Compiler<'_>) -> Result<CompiledArticle, Refused> {
    let article = &published.article;
    let refuse = |what: String| Refused { id: article.id.clone(), reason: what };
    let mut signatures = Vec::with_capacity(article.signatures.len());
    for (index, signature) in article.signatures.iter().enumerate() {
        let number = index + 1;
        signatures.push(
            compiler.signature(signature, number).map_err(|error| refuse(format!("signature {number}: {error}")))?,
        );
    }
    let mut checks = Vec::with_capacity(article.checks.len());
    for check in &article.checks {
        checks.push(compiler.check(check).map_err(|error| refuse(format!("check {:?}: {error}", check.name)))?);
    }
    let has_written = article.signatures.iter().any(|signature| signature.origin == SignatureOrigin::Written);
    let product_names = article.product.iter().filter(|name| !name.trim().is_empty());
    let product_names = product_names.map(|name| compiler.token(name.trim(), true)).collect();
    Ok(CompiledArticle { signatures, checks, has_written, product_names, successor: None, published })
}

/// Follows `superseded_by` to the last published article; a circle leaves the articles as they are.
fn link_successors(articles: &mut [CompiledArticle]) {
    let by_id: HashMap<Slug, usize> =
        articles.iter().enumerate().map(|(index, a)| (a.article().id.clone(), index)).collect();
    let next: Vec<Option<usize>> = articles
        .iter()
        .map(|article| article.article().superseded_by.as_ref().and_then(|id| by_id.get(id)).copied())
        .collect();
    for index in 0..articles.len() {
        let mut last = index;
        let mut steps = 0;
        while let Some(successor) = next[last]
            && steps <= articles.len()
        {
            last = successor;
            steps += 1;
        }
        articles[index].successor = (last != index && steps <= articles.len()).then_some(last);
    }
}

/// Every signature with what must occur for it.
fn triggers(articles: &[CompiledArticle]) -> impl Iterator<Item = (SignatureRef, &Trigger)> {
    articles.iter().enumerate().flat_map(|(article, compiled)| {
        let signatures = compiled.signatures.iter().enumerate();
        signatures.map(move |(signature, s)| (SignatureRef { article, signature }, &s.trigger))
    })
}

fn literal_texts<'a>(condition: &'a Condition, texts: &mut Vec<&'a str>) {
    match condition {
        Condition::Template(template) => texts.extend(template.pieces.iter().filter_map(|piece| match piece {
            TemplatePiece::Literal(text) => Some(text.as_str()),
            TemplatePiece::Wildcard { .. } => None,
        })),
        Condition::Code(code) => texts.push(&code.text),
        Condition::All { conditions, .. } | Condition::Any(conditions) => {
            for condition in conditions {
                literal_texts(condition, texts);
            }
        }
        Condition::Regex(_) | Condition::Where(_) | Condition::None(_) => {}
    }
}
