//! From an answer to a note.

use ulid::Ulid;

use crate::connect::dialect::{Note, NoteArticle};
use crate::connect::token::Signer;
use crate::engine::{Answer, CheckResult, Match};

/// Quotes that a note shows of one article.
const QUOTES: usize = 3;
/// Longest quote, in characters.
const QUOTE: usize = 300;

/// Makes notes of answers.
#[derive(Debug, Clone, Default)]
pub struct NoteMaker {
    signer: Option<Signer>,
    public_url: Option<String>,
}

impl NoteMaker {
    /// Notes with feedback links when there is a key to sign them, with links when there is an address.
    pub fn new(signer: Option<Signer>, public_url: Option<String>) -> Self {
        Self { signer, public_url }
    }

    /// The note of an answer to a redacted report: evidence and captures are quoted as they stand in it.
    pub fn note(&self, answer: &Answer) -> Note {
        let report = Ulid::from_string(&answer.report_id).ok();
        Note {
            outcome: answer.outcome,
            report_id: answer.report_id.clone(),
            articles: answer.matches.iter().map(|found| self.article(found, report)).collect(),
            question: answer.question.clone(),
            feedback_url: self.signer.as_ref().and(self.public_url.as_ref()).map(|url| format!("{url}/f/")),
            withdrawn: false,
        }
    }

    fn article(&self, found: &Match, report: Option<Ulid>) -> NoteArticle {
        let article = &found.article;
        let seen = found.checks.iter().filter(|check| check.result != CheckResult::NotSeen);
        NoteArticle {
            id: article.id.to_string(),
            revision: article.revision,
            title: article.title.clone(),
            url: self.public_url.as_ref().map(|base| format!("{base}{}", article.url)),
            confidence: found.confidence,
            overview: found.overview.clone(),
            cause: found.cause.clone(),
            solution: found.solution.clone(),
            checks: seen.map(|check| (check.name.clone(), check.result == CheckResult::Confirmed)).collect(),
            evidence: quotes(found),
            reviewed_at: article.reviewed_at.clone(),
            fixed_in: article.fixed_in.clone(),
            votes: self.signer.as_ref().zip(report).map(|(signer, report)| signer.votes(report, &article.id)),
        }
    }
}

/// The quoted evidence, each text once.
fn quotes(found: &Match) -> Vec<String> {
    let mut quotes: Vec<String> = Vec::new();
    for evidence in &found.evidence {
        let quote = evidence.quote.trim();
        let quote: String = quote.chars().take(QUOTE).collect();
        if !quote.is_empty() && !quotes.contains(&quote) {
            quotes.push(quote);
        }
    }
    quotes.truncate(QUOTES);
    quotes
}
