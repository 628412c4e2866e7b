//! Names that an article's own code makes up, which no report repeats.

use std::collections::HashSet;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::collect::{Origin, is_output, language};
use super::{comment, head, message};
use crate::article::Article;

/// Most names that are kept of one article.
const MAX_NAMES: usize = 2000;

/// Names in an article's code.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// Those that it uses.
    used: HashSet<String>,
    /// Those that it defines.
    defined: HashSet<String>,
}

impl Samples {
    /// Reads the code blocks of every section.
    pub(super) fn of(article: &Article) -> Self {
        let mut samples = Self::default();
        let sections = [article.overview.as_str(), &article.cause, &article.solution];
        let others = article.other_sections.iter().map(|section| section.text.as_str());
        for text in sections.into_iter().chain(others) {
            samples.read(head(text));
        }
        samples
    }

    fn read(&mut self, markdown: &str) {
        let mut output = None;
        for event in Parser::new_ext(markdown, Options::empty()) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => output = Some(is_output(&language(&info))),
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => output = Some(true),
                Event::End(TagEnd::CodeBlock) => output = None,
                Event::Text(code) => {
                    if let Some(output) = output {
                        self.lines(&code, output);
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes the names of source; of a block that may hold output too, only those of lines that are no output.
    fn lines(&mut self, code: &str, output: bool) {
        for line in code.lines().filter(|line| !output || comment::is_marked(line) || message::is_source(line.trim())) {
            let mut before = "";
            for name in identifiers(comment::without_comment(line)) {
                if self.used.len() < MAX_NAMES {
                    self.used.insert(name.to_owned());
                    if DEFINING.contains(&before) {
                        self.defined.insert(name.to_owned());
                    }
                }
                before = name;
            }
        }
    }

    /// Whether what a message quotes was made up for the article: below a comment that shows the message any name of the
    /// code, elsewhere only a name that the code defines.
    pub(super) fn hold(&self, quoted: &str, origin: Origin) -> bool {
        let names = if origin == Origin::Comment { &self.used } else { &self.defined };
        let mut found = identifiers(quoted).peekable();
        let single = origin == Origin::Comment || !quoted.contains(char::is_whitespace);
        single && found.peek().is_some() && found.all(|name| names.contains(name))
    }
}

/// Words after which a program names what it makes.
const DEFINING: [&str; 12] =
    ["class", "def", "fn", "func", "function", "struct", "enum", "interface", "trait", "let", "const", "var"];

/// The names in a piece of code.
fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}
