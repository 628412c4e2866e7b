//! The words of all articles as they are kept on disk.

use std::sync::Arc;

use borsh::io::Result;
use borsh::{BorshDeserialize, BorshSerialize};

use super::lexicon::Lexicon;
use super::postings::{self, Postings};
use super::terms::TermHash;
use super::{Known, KnownArticles, WordIndex};

/// What is kept beside the postings and the articles.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(in crate::engine) struct FrozenWords {
    labels: Vec<TermHash>,
    weighs_lines: bool,
}

/// The postings, read back.
#[derive(Debug, BorshDeserialize)]
pub(in crate::engine) struct ThawedPostings(postings::Base);

/// What is kept of some articles beside their postings, read back.
#[derive(Debug, BorshDeserialize)]
pub(in crate::engine) struct ThawedKnown(Vec<Known>);

impl WordIndex {
    pub(in crate::engine) fn frozen(&self) -> FrozenWords {
        FrozenWords { labels: self.labels.to_vec(), weighs_lines: self.weighs_lines }
    }

    /// Writes the postings of the articles that were indexed together.
    pub(in crate::engine) fn freeze_postings(&self, out: &mut Vec<u8>) -> Result<()> {
        self.postings.base().serialize(out)
    }

    /// Writes what is kept beside the postings of the articles in a range of positions, which must be of those that were
    /// indexed together.
    pub(in crate::engine) fn freeze_known(&self, articles: std::ops::Range<usize>, out: &mut Vec<u8>) -> Result<()> {
        self.known.base[articles].serialize(out)
    }

    /// The index of what was read back. It is one with the tables of meanings: others are not kept.
    pub(in crate::engine) fn thawed(words: FrozenWords, postings: ThawedPostings, known: Vec<ThawedKnown>) -> Self {
        let base: Arc<[Known]> = known.into_iter().flat_map(|some| some.0).collect();
        Self {
            postings: Postings::over(postings.0),
            known: KnownArticles { base, added: Vec::new() },
            gone: Vec::new(),
            labels: words.labels.into(),
            lexicon: Lexicon::builtin(),
            weighs_lines: words.weighs_lines,
        }
    }
}
