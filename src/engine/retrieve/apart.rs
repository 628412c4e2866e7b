//! What would tell articles apart that share what a report says: words that only one of them is headed or printed with.

use super::article::{TextField, plain};
use super::lexicon::Lexicon;
use super::postings::Postings;
use super::terms::{Token, TokenKind, each_token};
use crate::article::{Article, Condition, TemplatePiece};

/// Most words that are named for one article.
const MAX_WORDS: usize = 3;
/// Lines of an overview that are looked at.
const MAX_LINES: usize = 6;

/// Words of an article's title, messages and opening that none of the `others` has there, rarest first.
pub(super) fn words(index: &Postings, lexicon: &Lexicon, article: &Article, others: &[usize]) -> Vec<String> {
    let heads = TextField::Title.mask() | TextField::Message.mask() | TextField::Overview.mask();
    let elsewhere = |token: Token| {
        let id = index.id(token.term);
        let holds = |other: &usize| {
            let posting = id.and_then(|id| index.find(id, u32::try_from(*other).unwrap_or(u32::MAX)));
            posting.is_some_and(|posting| posting.fields & heads != 0)
        };
        others.iter().any(holds)
    };
    let mut found: Vec<(f32, String)> = Vec::new();
    for text in texts(article) {
        each_token(
            &text,
            |token| {
                let word = token.span().slice(&text);
                let known = found.iter().any(|(_, known)| known.eq_ignore_ascii_case(word));
                if !known && !elsewhere(token) {
                    // A code or a name settles it.
                    let names = if token.kind == TokenKind::Word { 0.0 } else { 10.0 };
                    found.push((names + index.rarity(token.term, index.id(token.term), lexicon), word.to_owned()));
                }
            },
            |_| (),
        );
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(MAX_WORDS).map(|(_, word)| word).collect()
}

fn texts(article: &Article) -> Vec<String> {
    let mut texts = vec![plain(&article.title)];
    for signature in &article.signatures {
        match &signature.condition {
            Condition::Template(template) => texts.extend(template.pieces.iter().filter_map(|piece| match piece {
                TemplatePiece::Literal(text) => Some(text.clone()),
                TemplatePiece::Wildcard { .. } => None,
            })),
            Condition::Code(code) => texts.push(code.text.clone()),
            _ => {}
        }
    }
    texts.extend(article.overview.lines().filter(|line| !line.trim().is_empty()).take(MAX_LINES).map(plain));
    texts
}
