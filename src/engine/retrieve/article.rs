//! What an article says, field by field, as terms.

use borsh::{BorshDeserialize, BorshSerialize};

use super::lexicon::Lexicon;
use super::stem::stem;
use super::terms::{MessageWord, TermHash, TermMap, Token, TokenKind, each_token, hash, pair, tokens};
use super::{handle, numbered};
use crate::article::{Article, Condition, KnownSection, TemplatePiece};
use crate::standards::is_standard;

/// Number of fields.
pub(super) const FIELDS: usize = 6;

/// The fields of an article whose terms count differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextField {
    Title,
    Message,
    Overview,
    Cause,
    Solution,
    /// Products, tags, what it applies to.
    Context,
}

impl TextField {
    pub(super) fn index(self) -> usize {
        self as usize
    }

    pub(super) fn mask(self) -> u8 {
        1 << self.index()
    }
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Voice {
    /// The article's title or a heading among the symptoms.
    Heading,
    /// The software.
    Printed,
    /// The author, in the opening sentences.
    Prose,
}

/// Longest message that is aligned, in tokens.
const MAX_MESSAGE: usize = 48;
/// Most messages of one article that are aligned.
const MAX_MESSAGES: usize = 40;
/// Most opening lines of an overview that are aligned.
const MAX_OPENING: usize = 4;
/// How much a concept counts beside the words that say it, and the part of a name beside the name.
pub(super) const CONCEPT_FACTOR: f32 = 0.7;
pub(super) const PART_FACTOR: f32 = 0.6;

/// An article's terms before the index gives them numbers.
#[derive(Debug, Default)]
pub(super) struct ArticleText {
    /// How often each term stands in each field; parts and concepts count as fractions.
    pub(super) frequencies: TermMap<[f32; FIELDS]>,
    /// Terms of each field.
    pub(super) lengths: [f32; FIELDS],
    /// How the article is headed, what it opens with and what the software prints, as sequences of terms.
    pub(super) messages: Vec<(Voice, Vec<MessageWord>)>,
    /// First word of the id, by which sets of articles name their product or tool.
    pub(super) label: Option<TermHash>,
    /// Codes and names in the title and id.
    pub(super) own_names: Vec<(TermHash, Shape)>,
    /// Words and names of title, messages and overview, in order, and how often each stands there.
    pub(super) symptoms: Vec<(TermHash, f32)>,
    /// Where each stands in `symptoms`.
    symptom: TermMap<usize>,
}

/// Letters of a code that make a family by themselves.
const FAMILY: usize = 3;

/// What kind of code or name a token is: letters before the digits and, where they are few, how many digits, so that
/// `NU1605` and `NU1101` have one shape, and `AADSTS50173` and `AADSTS700082`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub(in crate::engine) struct Shape(String);

impl Shape {
    /// Whether it is that of a code, not of a compound name.
    pub(super) fn is_code(&self) -> bool {
        !matches!(self.0.as_str(), "snake" | "camel" | "handle")
    }

    /// The shape of the [number](numbered) of an error.
    pub(super) fn number() -> Self {
        Self("number".to_owned())
    }

    /// The shape of a [`handle`].
    pub(super) fn handle() -> Self {
        Self("handle".to_owned())
    }

    /// Whether it is that of a [`handle`].
    pub(super) fn is_handle(&self) -> bool {
        self.0 == "handle"
    }

    /// The shape of a code; `None` for names and words, which have none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let prefix: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
        let rest = &text[prefix.len()..];
        let plain = digits >= 2 && !prefix.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
        let family = prefix.to_ascii_uppercase();
        // Letters that few families share tell one however many digits follow.
        plain.then(|| Self(if family.len() >= FAMILY { family } else { format!("{family}{digits}") }))
    }
}

impl ArticleText {
    pub(super) fn read(article: &Article, lexicon: &Lexicon) -> Self {
        let mut text = Self::default();
        let mut buffer = Vec::new();
        let title = plain(&article.title);
        text.add(&title, TextField::Title, Some(Voice::Heading), lexicon, &mut buffer);
        text.own(&title);
        let id = article.id.as_str().replace('-', " ");
        text.add(&id, TextField::Title, None, lexicon, &mut buffer);
        text.own(article.id.as_str());
        for name in handle::of_title(&title).into_iter().chain([article.id.as_str()]) {
            let term = handle::term(name);
            text.frequencies.entry(term).or_default()[TextField::Title.index()] = 1.0;
            text.own_names.push((term, Shape::handle()));
        }
        for number in numbered::of_title(&title, article.id.as_str()) {
            let term = numbered::term(number);
            text.frequencies.entry(term).or_default()[TextField::Title.index()] = 1.0;
            if text.own_names.iter().all(|(own, _)| *own != term) {
                text.own_names.push((term, Shape::number()));
            }
        }
        text.label = buffer.first().filter(|token| token.kind == TokenKind::Word).map(|token| token.term);
        if let Some(line) = is_bare(&title).then(|| headline(&article.overview)).flatten() {
            text.add(&line, TextField::Title, Some(Voice::Heading), lexicon, &mut buffer);
        }
        for signature in &article.signatures {
            text.add_condition(&signature.condition, lexicon, &mut buffer);
        }
        text.add_markdown(&article.overview, TextField::Overview, lexicon, &mut buffer);
        text.add_markdown(&article.cause, TextField::Cause, lexicon, &mut buffer);
        text.add_markdown(&article.solution, TextField::Solution, lexicon, &mut buffer);
        for section in &article.other_sections {
            let field = match section.under {
                KnownSection::Overview | KnownSection::AppliesTo => TextField::Overview,
                KnownSection::Cause => TextField::Cause,
                KnownSection::Solution => TextField::Solution,
            };
            let heading = plain(&section.heading);
            let voice = (field == TextField::Overview).then_some(Voice::Heading);
            text.add(&heading, field, voice, lexicon, &mut buffer);
            text.add_markdown(&section.text, field, lexicon, &mut buffer);
        }
        for context in article.applies_to.iter().chain(&article.tags).chain(&article.product) {
            text.add(context, TextField::Context, None, lexicon, &mut buffer);
        }
        text.messages.truncate(MAX_MESSAGES);
        text
    }

    /// Codes and names that a title is about.
    fn own(&mut self, title: &str) {
        each_token(
            title,
            |token| {
                if let Some(shape) = shape_of(token, title)
                    && self.own_names.iter().all(|(term, _)| *term != token.term)
                {
                    self.own_names.push((token.term, shape));
                }
            },
            |_| (),
        );
    }

    fn add_condition(&mut self, condition: &Condition, lexicon: &Lexicon, buffer: &mut Vec<Token>) {
        match condition {
            Condition::Template(template) => {
                let literal: Vec<&str> = template
                    .pieces
                    .iter()
                    .map(|piece| match piece {
                        TemplatePiece::Literal(text) => text.as_str(),
                        TemplatePiece::Wildcard { .. } => " ",
                    })
                    .collect();
                self.add(&literal.concat(), TextField::Message, Some(Voice::Printed), lexicon, buffer);
            }
            Condition::Code(code) => self.add(&code.text, TextField::Message, None, lexicon, buffer),
            Condition::All { conditions, .. } | Condition::Any(conditions) => {
                for condition in conditions {
                    self.add_condition(condition, lexicon, buffer);
                }
            }
            Condition::Regex(_) | Condition::Where(_) | Condition::None(_) => {}
        }
    }

    /// Prose and code; the opening paragraph and quoted lines of an overview are messages.
    fn add_markdown(&mut self, markdown: &str, field: TextField, lexicon: &Lexicon, buffer: &mut Vec<Token>) {
        let mut opening = if field == TextField::Overview { MAX_OPENING } else { 0 };
        for line in markdown.lines() {
            let quoted = field == TextField::Overview && line.trim_start().starts_with('>');
            let text = plain(line);
            if text.trim().is_empty() {
                continue;
            }
            if quoted {
                // The words in the places of values are the author's.
                self.add_message(&plain(&without_slots(line)), Voice::Printed, lexicon, buffer);
            }
            for number in numbered::of_line(&text) {
                self.frequencies.entry(numbered::term(number)).or_default()[field.index()] += 1.0;
            }
            let voice = (opening > 0 && !quoted).then_some(Voice::Prose);
            opening -= usize::from(voice.is_some());
            self.add(&text, field, voice, lexicon, buffer);
        }
    }

    fn add(&mut self, text: &str, field: TextField, voice: Option<Voice>, lexicon: &Lexicon, buffer: &mut Vec<Token>) {
        buffer.clear();
        let index = field.index();
        let count = |frequencies: &mut TermMap<[f32; FIELDS]>, term: TermHash, amount: f32| {
            frequencies.entry(term).or_default()[index] += amount;
        };
        let mut parts = Vec::new();
        each_token(text, |token| buffer.push(token), |part| parts.push(part));
        for token in buffer.iter() {
            count(&mut self.frequencies, token.term, 1.0);
        }
        if matches!(field, TextField::Title | TextField::Message | TextField::Overview) {
            for token in buffer.iter() {
                let at = *self.symptom.entry(token.term).or_insert(self.symptoms.len());
                match self.symptoms.get_mut(at) {
                    Some((_, times)) => *times += 1.0,
                    None => self.symptoms.push((token.term, 1.0)),
                }
            }
        }
        for part in &parts {
            count(&mut self.frequencies, part.term, PART_FACTOR);
        }
        for two in buffer.windows(2) {
            count(&mut self.frequencies, pair(two[0].term, two[1].term), 1.0);
        }
        for two in parts.windows(2).filter(|two| two[0].end == two[1].start || two[0].end + 1 == two[1].start) {
            count(&mut self.frequencies, pair(two[0].term, two[1].term), PART_FACTOR);
        }
        lexicon.each_concept(buffer, |said| count(&mut self.frequencies, said.concept, CONCEPT_FACTOR));
        self.lengths[index] += buffer.len() as f32;
        if let Some(voice) = voice {
            self.add_message(text, voice, lexicon, buffer);
        }
    }

    /// A sequence of terms to be aligned with reports: words in order, behind them parts of names and meanings, which have
    /// none.
    fn add_message(&mut self, text: &str, voice: Voice, lexicon: &Lexicon, buffer: &mut Vec<Token>) {
        if self.messages.len() >= MAX_MESSAGES {
            return;
        }
        buffer.clear();
        let mut parts = Vec::new();
        each_token(text, |token| buffer.push(token), |part| parts.push(part.term));
        buffer.truncate(MAX_MESSAGE);
        parts.truncate(MAX_MESSAGE / 2);
        let label = label_end(text);
        let words = buffer.iter().map(|token| {
            let word = MessageWord::of(*token);
            // The article's own code counts elsewhere, and people leave out what stands before a message.
            let own = self.own_names.iter().any(|(term, _)| *term == token.term);
            MessageWord { names: word.names && !own && token.start as usize >= label, ..word }
        });
        let mut terms: Vec<MessageWord> = words.chain(parts.into_iter().map(MessageWord::part)).collect();
        lexicon.each_concept(buffer, |said| terms.push(MessageWord::meaning(said.concept)));
        if !terms.is_empty() && self.messages.iter().all(|(_, known)| *known != terms) {
            self.messages.push((voice, terms));
        }
    }
}

/// Most words beside a code in a title that says no more than the code.
const BARE_WORDS: usize = 3;
/// Fewest words of a line that says what an article is about.
const HEADLINE_WORDS: usize = 3;

/// Whether a title says little more than a code or a name: `CMP0042`, `Compiler Error C2065`, `KubePodNotReady`.
fn is_bare(title: &str) -> bool {
    let tokens = tokens(title);
    let words = tokens.iter().filter(|token| token.kind == TokenKind::Word).count();
    words <= BARE_WORDS && (1..=2).contains(&(tokens.len() - words))
}

/// What an article with such a title is about: the first sentence of its overview, which is no remark on versions.
fn headline(overview: &str) -> Option<String> {
    let is_text = |line: &&str| !line.is_empty() && !line.starts_with(['#', '|', ':']) && !line.starts_with("```");
    let lines = overview.lines().map(str::trim).filter(is_text).map(plain);
    let says = |line: &String| {
        let tokens = tokens(line);
        let counted =
            ["added", "available", "deprecated", "introduced", "new", "since", "version"].map(|word| hash(stem(word)));
        let is_remark = tokens.len() <= 6 && tokens.iter().any(|token| counted.contains(&token.term));
        tokens.len() >= HEADLINE_WORDS && !is_remark
    };
    let line = lines.take(MAX_OPENING).find(says)?;
    let end = line.find(". ").map_or(line.len(), |end| end + 1);
    Some(line[..end].to_owned())
}

/// Longest label before a message, in bytes.
const MAX_LABEL: usize = 60;

/// Where the kind of exception or the code before a message ends, 0 where there is none.
fn label_end(message: &str) -> usize {
    let ends = [": ", " - "].iter().filter_map(|mark| message.find(mark)).min();
    let is_label = |end: &usize| *end <= MAX_LABEL && message[..*end].split_whitespace().count() <= 3;
    ends.filter(is_label).unwrap_or(0)
}

/// A quoted line without emphasised words and quoted single ones, which stand in the place of values.
fn without_slots(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['*', '\'', '"', '‘', '“', '`']) {
        let opening = rest[at..].chars().next().unwrap_or('*');
        let inner = &rest[at + opening.len_utf8()..];
        let closing = match opening {
            '‘' => '’',
            '“' => '”',
            same => same,
        };
        out.push_str(&rest[..at]);
        // A slot is one word, or emphasised; an apostrophe inside a word opens nothing.
        let starts_word = !rest[..at].ends_with(char::is_alphanumeric);
        let end = inner
            .find(closing)
            .filter(|end| starts_word && *end > 0 && (opening == '*' || !inner[..*end].contains(char::is_whitespace)));
        if let Some(end) = end {
            out.push(' ');
            rest = &inner[end + closing.len_utf8()..];
        } else {
            out.push(opening);
            rest = inner;
        }
    }
    out.push_str(rest);
    out
}

/// Markdown without what is no text: addresses of links, tags, and the backslashes before punctuation.
pub(in crate::engine) fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(at) = rest.find(['(', '\\', '<', '&']) {
        out.push_str(&rest[..at]);
        let here = &rest[at..];
        let mut skip = 1;
        match here.as_bytes()[0] {
            b'(' if out.ends_with(']') => skip = here.find(')').map_or(1, |end| end + 1),
            b'\\' if here[1..].starts_with(|c: char| c.is_ascii_punctuation()) => {
                out.push_str(&here[1..2]);
                skip = 2;
            }
            b'<' if here[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') => {
                let tag = here.find('>').filter(|end| *end < 400);
                out.push(' ');
                // A bare placeholder such as <identifier> says something, markup with attributes does not.
                skip = tag.filter(|end| here[..*end].contains(['=', '/'])).map_or(1, |end| end + 1);
            }
            b'&' if here.starts_with("&nbsp;") => {
                out.push(' ');
                skip = 6;
            }
            _ => out.push_str(&here[..1]),
        }
        rest = &here[skip..];
    }
    out.push_str(rest);
    out
}

/// The shape of a token that names something; names of words have one too, so that an alert is told from another. Names
/// of standards say what an error is about, not which it is.
pub(super) fn shape_of(token: Token, text: &str) -> Option<Shape> {
    let written = token.span().slice(text);
    match token.kind {
        _ if is_standard(written) => None,
        TokenKind::Code => Shape::of(written).or_else(|| Some(Shape("code".to_owned()))),
        TokenKind::Name if is_constant(written) => {
            let family: Vec<&str> = written.split('_').filter(|part| !part.is_empty()).take(2).collect();
            Some(Shape(family.join("_")))
        }
        TokenKind::Name => Some(Shape(if written.contains('_') { "snake" } else { "camel" }.to_owned())),
        TokenKind::Word | TokenKind::Number => None,
    }
}

/// A constant of three parts or more, which is how many programs name their errors; the first two are its family's.
fn is_constant(written: &str) -> bool {
    written.bytes().filter(|b| *b == b'_').count() >= 2 && !written.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_no_text() {
        assert_eq!(
            plain(r"see [the page](https://x.example/a_b), \_x\_ and <br/>y &lt; z"),
            "see [the page], _x_ and  y &lt; z"
        );
    }

    #[test]
    fn the_places_of_values_are_no_part_of_a_message() {
        assert_eq!(without_slots("> '*identifier*' : can't find 'File' in *x y*"), ">   : can't find   in  ");
    }

    #[test]
    fn an_article_headed_by_its_code_is_about_its_first_sentence() {
        assert!(is_bare("CMP0042") && is_bare("Compiler Error C2065") && is_bare("KubePodNotReady"));
        assert!(!is_bare("Error 1101: Worker threw exception") && !is_bare("Lock file is stale"));
        let overview = "New in version 3.9.\n\n| a | b | c | d |\n\n`GADGET_PATH` is set by default. More of it.\n";
        assert_eq!(headline(overview).as_deref(), Some("`GADGET_PATH` is set by default."));
        assert_eq!(headline("Short\n"), None);
    }

    #[test]
    fn a_label_ends_before_the_message() {
        assert_eq!(label_end("ReferenceError: x is not defined"), 14);
        assert_eq!(label_end("Error AADSTS50011 - The address"), 17);
        assert_eq!(label_end("the module that loads PluginX was not found: reason"), 0);
    }

    #[test]
    fn codes_of_one_family_have_one_shape() {
        assert_eq!(Shape::of("NU1605"), Shape::of("nu1101"));
        assert_ne!(Shape::of("NU1605"), Shape::of("C2065"));
        assert_eq!(Shape::of("AADSTS50173"), Shape::of("AADSTS700082"));
        assert_eq!(Shape::of("KubePodNotReady"), None);
    }
}
