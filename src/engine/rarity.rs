//! How rare a word is in the knowledge base.

use std::collections::{HashMap, HashSet};

use borsh::{BorshDeserialize, BorshSerialize};

/// Document frequencies of words over the signatures of a knowledge base.
#[derive(Debug, Default, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct Rarity {
    documents: usize,
    frequency: HashMap<String, u32>,
}

impl Rarity {
    /// Counts one article's words.
    pub(super) fn add<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        self.documents += 1;
        let distinct: HashSet<&str> = words.flat_map(split).collect();
        for word in distinct {
            *self.frequency.entry(word.to_lowercase()).or_default() += 1;
        }
    }

    /// What literal text says: its letters and digits, each counted from a half when its word stands in every article to
    /// one when it stands in a single one.
    pub(super) fn weigh(&self, text: &str) -> f64 {
        split(text).map(|word| word.chars().count() as f64 * self.rareness(word)).sum()
    }

    /// In how many articles' signatures the rarest word of a text stands; 1 where it holds no whole word of them.
    pub(super) fn articles_with(&self, text: &str) -> f32 {
        let frequency = |word: &str| self.frequency.get(&word.to_lowercase()).copied().unwrap_or(1);
        split(text).map(frequency).min().unwrap_or(1) as f32
    }

    /// 0.5 (in every article) ..= 1 (in one, or in none).
    fn rareness(&self, word: &str) -> f64 {
        let frequency = f64::from(self.frequency.get(&word.to_lowercase()).copied().unwrap_or(1));
        let documents = self.documents as f64;
        if documents <= 1.0 {
            return 1.0;
        }
        0.5 + 0.5 * (documents / frequency).ln().max(0.0) / documents.ln()
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_word_weighs_more_than_a_common_one_of_the_same_length() {
        let mut rarity = Rarity::default();
        rarity.add(["error alpha"].into_iter());
        rarity.add(["error gamma"].into_iter());
        assert!(rarity.weigh("alpha") > rarity.weigh("error"));
        assert!(rarity.weigh("alpha gamma") > rarity.weigh("alpha"));
    }
}
