//! A snapshot as bytes, to be kept on disk and read back in less time than compiling takes.
//!
//! It is frozen in sections, each of which is made and read back alone, so that no second copy of the whole is needed and
//! all cores take part. The articles themselves are not in it: who reads it back brings them, in the same order. What
//! was frozen can be thawed by the same build of the program only, and where terms are hashed by the same key.

use std::sync::Arc;
use std::thread;

use borsh::io::{Error, ErrorKind, Result};
use borsh::{BorshDeserialize, BorshSerialize};

use super::Snapshot;
use super::compile::regex_cache;
use super::compiled::{CompiledCheck, CompiledSignature, LiteralId, Node, Pattern, TextMatcher};
use super::index::{Index, PublishedArticle, Refused};
use super::rarity::Rarity;
use super::retrieve::terms::TermKey;
use super::retrieve::{FrozenWords, ThawedKnown, ThawedPostings, WordIndex};
use super::scan::{RegexCache, Scanner};
use super::segment::{CompiledArticle, Segment};
use super::starts::StartIndex;
use crate::article::SignatureOrigin;

/// Articles of one section.
const CHUNK: usize = 1024;

/// What else than articles there is, by section.
const HEAD: usize = 0;
const SCANNER: usize = 1;
const STARTS: usize = 2;
const POSTINGS: usize = 3;
const FIRST_CHUNK: usize = 4;

/// What must be known first.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Head {
    key: TermKey,
    articles: u32,
    next_literal: LiteralId,
    refused: Vec<Refused>,
    rarity: Rarity,
    words: FrozenWords,
}

/// An article's compiled parts.
type Parts = (Vec<CompiledSignature>, Vec<CompiledCheck>, Vec<TextMatcher>);

/// A snapshot to be kept.
#[derive(Debug)]
pub struct Frozen<'a> {
    index: &'a Index,
    articles: usize,
}

impl<'a> Frozen<'a> {
    /// The sections of an index; `None` where changes stand beside what was compiled together.
    pub(super) fn new(index: &'a Index) -> Option<Self> {
        (index.changed() == 0).then(|| Self { index, articles: index.article_count() })
    }

    /// Number of sections.
    pub fn sections(&self) -> usize {
        FIRST_CHUNK + 2 * chunks(self.articles)
    }

    /// One section.
    pub fn section(&self, at: usize) -> Result<Vec<u8>> {
        let (segment, rarity, refused) = self.index.base();
        let mut out = Vec::new();
        match at {
            HEAD => {
                let head = Head {
                    key: TermKey::current(),
                    articles: u32::try_from(self.articles).map_err(Error::other)?,
                    next_literal: segment.next_literal,
                    refused: refused.to_vec(),
                    rarity: rarity.clone(),
                    words: self.index.words.frozen(),
                };
                head.serialize(&mut out)?;
            }
            SCANNER => segment.scanner().serialize(&mut out)?,
            STARTS => segment.start_index().serialize(&mut out)?,
            POSTINGS => self.index.words.freeze_postings(&mut out)?,
            _ => {
                let chunk = at - FIRST_CHUNK;
                let articles = (chunk / 2 * CHUNK)..((chunk / 2 + 1) * CHUNK).min(self.articles);
                if chunk.is_multiple_of(2) {
                    let parts = articles.clone().map(|at| segment.article(at));
                    u32::try_from(articles.len()).map_err(Error::other)?.serialize(&mut out)?;
                    for article in parts {
                        (&article.signatures, &article.checks, &article.product_names).serialize(&mut out)?;
                    }
                } else {
                    self.index.words.freeze_known(articles, &mut out)?;
                }
            }
        }
        Ok(out)
    }
}

/// Number of chunks of so many articles.
fn chunks(articles: usize) -> usize {
    articles.div_ceil(CHUNK)
}

/// A snapshot that was read back and waits for its articles.
#[derive(Debug)]
pub struct Thawed {
    head: Head,
    scanner: Scanner,
    starts: StartIndex,
    parts: Vec<Parts>,
    words: WordIndex,
}

impl Thawed {
    /// Reads a snapshot, of which `sections` gives the bytes of each section. It must be the first thing that a process does with the engine: terms are hashed
    /// by the key that the snapshot was made with.
    pub fn read(sections: &(dyn Fn(usize) -> Result<Vec<u8>> + Sync)) -> Result<Self> {
        let mut head: Head = borsh::from_slice(&sections(HEAD)?)?;
        if !head.key.adopt() {
            return Err(Error::other("this process hashes terms by another key"));
        }
        let chunks = chunks(head.articles as usize);
        let words = std::mem::take(&mut head.words);
        let cache = regex_cache();
        let (compiled, words) = thread::scope(|scope| {
            let words = scope.spawn(|| {
                let postings: ThawedPostings = borsh::from_slice(&sections(POSTINGS)?)?;
                let known = (0..chunks).map(|chunk| borsh::from_slice(&sections(FIRST_CHUNK + 2 * chunk + 1)?));
                Ok(WordIndex::thawed(words, postings, known.collect::<Result<Vec<ThawedKnown>>>()?))
            });
            let compiled = || -> Result<(Scanner, StartIndex, Vec<Parts>)> {
                let (scanner, starts) =
                    (borsh::from_slice(&sections(SCANNER)?)?, borsh::from_slice(&sections(STARTS)?)?);
                let mut parts: Vec<Parts> = Vec::with_capacity(head.articles as usize);
                for chunk in 0..chunks {
                    parts.extend(borsh::from_slice::<Vec<Parts>>(&sections(FIRST_CHUNK + 2 * chunk)?)?);
                }
                for parts in &mut parts {
                    join(parts, &cache);
                }
                Ok((scanner, starts, parts))
            };
            let compiled = compiled();
            let words: Result<WordIndex> = words.join().unwrap_or_else(|_| Err(ErrorKind::InvalidData.into()));
            Ok::<_, Error>((compiled?, words?))
        })?;
        let (scanner, starts, parts) = compiled;
        Ok(Self { head, scanner, starts, parts, words })
    }

    /// The snapshot over its articles, which must be those that it was made of, in the same order; refused ones are passed
    /// over.
    pub fn over(self, articles: Vec<PublishedArticle>, kb_version: String) -> Result<Snapshot> {
        let refused = |article: &PublishedArticle| self.head.refused.iter().any(|r| r.id == article.article.id);
        let articles: Vec<PublishedArticle> = articles.into_iter().filter(|article| !refused(article)).collect();
        if articles.len() != self.parts.len() {
            return Err(ErrorKind::InvalidData.into());
        }
        let compiled = articles.into_iter().zip(self.parts).map(|(published, (signatures, checks, product_names))| {
            let written = |signature: &crate::article::Signature| signature.origin == SignatureOrigin::Written;
            let has_written = published.article.signatures.iter().any(written);
            CompiledArticle { published, signatures, checks, has_written, product_names }
        });
        let segment = Segment::over(compiled.collect(), self.scanner, self.starts, self.head.next_literal);
        Ok(Snapshot::over(Index::of(segment, self.head.rarity, self.head.refused, self.words), kb_version))
    }
}

/// Shares again what an article's parts share: the cache of expressions, and labels.
fn join((signatures, checks, product_names): &mut Parts, cache: &Arc<RegexCache>) {
    let mut give = |matcher: &mut TextMatcher| {
        if let Pattern::Regex(regex) = &mut matcher.pattern {
            regex.set_cache(cache);
        }
    };
    for signature in signatures {
        signature.condition.each_text(&mut give);
        for node in &mut signature.supports {
            node.each_text(&mut give);
        }
        if let Node::Text(matcher) = &signature.condition
            && matcher.label == signature.label
        {
            signature.label = Arc::clone(&matcher.label);
        }
    }
    for check in checks {
        for node in check.confirms.iter_mut().chain(&mut check.contradicts) {
            node.each_text(&mut give);
        }
    }
    product_names.iter_mut().for_each(give);
}
