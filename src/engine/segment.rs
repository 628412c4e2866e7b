//! A run of compiled articles with the structures that find their signatures. A snapshot has two: the base and what
//! changed since.

use super::compile::Compiler;
use super::compiled::{CompiledCheck, CompiledSignature, LiteralId, TextMatcher, Trigger};
use super::evaluate::Reading;
use super::index::{PublishedArticle, Refused};
use super::rarity::Rarity;
use super::scan::{Scanner, SignatureRef};
use super::starts::{StartHit, StartIndex};
use crate::article::{Article, SignatureOrigin};
use crate::report::Report;

/// An article with its signatures and checks compiled.
#[derive(Debug)]
pub(super) struct CompiledArticle {
    pub(super) published: PublishedArticle,
    pub(super) signatures: Vec<CompiledSignature>,
    pub(super) checks: Vec<CompiledCheck>,
    pub(super) has_written: bool,
    /// The article's products, to be found in a report as whole words.
    pub(super) product_names: Vec<TextMatcher>,
}

impl CompiledArticle {
    pub(super) fn article(&self) -> &Article {
        &self.published.article
    }
}

/// How a scanner is made of literals, the first of which has the number given, and of the signatures that they lead to.
pub(super) type MakeScanner = fn(LiteralId, &[String], &mut dyn Iterator<Item = (SignatureRef, &Trigger)>) -> Scanner;

/// Compiled articles at consecutive positions of a snapshot.
#[derive(Debug)]
pub(super) struct Segment {
    /// Position of the first article.
    first: usize,
    articles: Vec<CompiledArticle>,
    scanner: Scanner,
    starts: StartIndex,
    /// Number of the first literal that a later segment may use.
    pub(super) next_literal: LiteralId,
}

/// Where a segment begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Begin {
    pub(super) article: usize,
    pub(super) literal: LiteralId,
}

impl Segment {
    /// Compiles articles. One that cannot be compiled is refused and does not stop the others.
    pub(super) fn build(
        begin: Begin,
        articles: Vec<PublishedArticle>,
        rarity: &Rarity,
        make: MakeScanner,
    ) -> (Self, Vec<Refused>) {
        let mut compiler = Compiler::new(rarity, begin.literal);
        let mut compiled = Vec::with_capacity(articles.len());
        let mut refused = Vec::new();
        for published in articles {
            match compile(published, &mut compiler) {
                Ok(article) => compiled.push(article),
                Err(refusal) => refused.push(refusal),
            }
        }
        let texts = compiler.literals.texts();
        let scanner = make(begin.literal, texts, &mut triggers(begin.article, &compiled));
        let starts = StartIndex::new(begin.article, &compiled);
        let next_literal = begin.literal.saturating_add(LiteralId::try_from(texts.len()).unwrap_or(LiteralId::MAX));
        (Self { first: begin.article, articles: compiled, scanner, starts, next_literal }, refused)
    }

    /// A segment at the beginning, of parts that were made before.
    pub(super) fn over(
        articles: Vec<CompiledArticle>,
        scanner: Scanner,
        starts: StartIndex,
        next_literal: LiteralId,
    ) -> Self {
        Self { first: 0, articles, scanner, starts, next_literal }
    }

    /// The articles with their positions.
    pub(super) fn articles(&self) -> impl ExactSizeIterator<Item = (usize, &CompiledArticle)> {
        self.articles.iter().enumerate().map(|(at, article)| (self.first + at, article))
    }

    /// The article at a position, which must be one of the segment's.
    pub(super) fn article(&self, position: usize) -> &CompiledArticle {
        &self.articles[position - self.first]
    }

    pub(super) fn signature(&self, reference: SignatureRef) -> &CompiledSignature {
        &self.article(reference.article).signatures[reference.signature]
    }

    /// The position behind the last article.
    pub(super) fn end(&self) -> usize {
        self.first + self.articles.len()
    }

    pub(super) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// Takes over what the texts of other articles say about signatures; those that say nothing are no longer looked for.
    pub(super) fn set_standings(&mut self, standings: Vec<(SignatureRef, super::standing::Standing)>) {
        let dropped = standings.iter().filter(|(_, standing)| standing.dropped()).map(|(signature, _)| *signature);
        self.scanner.forget(&dropped.collect());
        for (signature, standing) in standings {
            self.articles[signature.article - self.first].signatures[signature.signature].standing = standing;
        }
    }

    /// The templates by their beginnings.
    pub(super) fn start_index(&self) -> &StartIndex {
        &self.starts
    }

    /// Adds what it sees in a report.
    pub(super) fn read(&self, reading: &mut Reading<'_>) {
        self.scanner.read(reading);
    }

    /// The signatures that what was read can match.
    pub(super) fn candidates(&self, reading: &Reading<'_>, out: &mut Vec<SignatureRef>) {
        self.scanner.candidates(reading, out);
    }

    /// The templates whose beginning stands at an end of the report.
    pub(super) fn starts(&self, report: &Report) -> Vec<StartHit> {
        self.starts.find(self, report)
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
    Ok(CompiledArticle { published, signatures, checks, has_written, product_names })
}

/// Every signature with what must occur for it.
fn triggers(first: usize, articles: &[CompiledArticle]) -> impl Iterator<Item = (SignatureRef, &Trigger)> {
    articles.iter().enumerate().flat_map(move |(at, compiled)| {
        let signatures = compiled.signatures.iter().enumerate();
        signatures.map(move |(signature, s)| (SignatureRef { article: first + at, signature }, &s.trigger))
    })
}
