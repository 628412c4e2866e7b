//! Texts in an article that may be what software printed.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::rows::{Rows, is_label};
use super::{comment, message};
use crate::article::heading::without_anchor;

/// Where a candidate stands, which says how much it takes to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Named as an error by front matter or by the label of a table.
    Declared,
    /// A title or heading, or a message quoted in one.
    Title,
    /// A quotation block: documentation of one error opens with its message.
    Quote,
    /// The message of a JSON error: a real occurrence, its quoted names are no samples.
    Json,
    /// A line of a code block.
    CodeLine,
    /// All that a block of output holds, or one that the text before it introduces as an error.
    Shown,
    /// A comment that shows what a compiler says of the code it stands in.
    Comment,
    /// Code, emphasis or quoted words inside prose.
    Inline,
}

/// A text that may be a message. Slots that the markup shows (emphasised words of a quotation) stand between
/// [`SLOT`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// Marks begin and end of a slot; a private-use character that no article holds.
pub(super) const SLOT: char = '\u{f8f0}';

/// Languages of code blocks that hold nothing but output and what was typed for it.
const PRINTED_LANGUAGES: [&str; 17] = [
    "text",
    "txt",
    "plain",
    "plaintext",
    "output",
    "console",
    "terminal",
    "log",
    "logs",
    "error",
    "errors",
    "stdout",
    "stderr",
    "stacktrace",
    "traceback",
    "session",
    "shell-session",
];

/// Those of them that hold nothing but errors.
const ERROR_LANGUAGES: [&str; 5] = ["error", "errors", "stderr", "stacktrace", "traceback"];

/// Further languages of code blocks that may hold output. Any other named language is source or configuration, of which
/// only comments that show a compiler's message count.
const MIXED_LANGUAGES: [&str; 16] = [
    "",
    "default",
    "pytb",
    "pycon",
    "python-traceback",
    "ansi",
    "cmd",
    "zsh",
    "sh-session",
    "shellsession",
    "bash-session",
    "none",
    "sh",
    "shell",
    "bash",
    "json",
];

/// The language that a fence names.
pub(super) fn language(info: &str) -> String {
    info.split([' ', ',', '{', ':']).next().unwrap_or_default().to_lowercase()
}

/// Whether a code block in the language may hold output.
pub(super) fn is_output(language: &str) -> bool {
    PRINTED_LANGUAGES.contains(&language) || MIXED_LANGUAGES.contains(&language)
}

impl Candidate {
    pub(super) fn new(text: impl Into<String>, origin: Origin) -> Self {
        Self { text: text.into(), origin }
    }
}

/// A title: the message quoted in it, else the title itself.
pub(super) fn from_title(title: &str, found: &mut Vec<Candidate>) {
    let title = message::unquoted(title);
    let before = found.len();
    for quoted in message::quoted(title) {
        if quoted.split_whitespace().count() >= 3 {
            found.push(Candidate::new(quoted, Origin::Title));
        }
    }
    if found.len() == before {
        found.push(Candidate::new(title, Origin::Title));
    }
}

/// Candidates of a section, in order; its heading may say that a message follows.
pub(super) fn from_section(heading: Option<&str>, markdown: &str, found: &mut Vec<Candidate>) {
    walk(markdown, Scope::All, heading.is_some_and(is_label), found);
}

/// Candidates of a section that tells what to do: only what it introduces as an error.
pub(super) fn from_advice(markdown: &str, found: &mut Vec<Candidate>) {
    walk(markdown, Scope::Introduced, false, found);
}

fn walk(markdown: &str, scope: Scope, announced: bool, found: &mut Vec<Candidate>) {
    let mut walker = Walker {
        found,
        scope,
        listing: 0,
        block: String::new(),
        emphasis: None,
        quotes: 0,
        aside: false,
        links: 0,
        code: None,
        heading: false,
        announced,
        marks: Marks::default(),
        rows: Rows::default(),
    };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        walker.event(event);
    }
}

/// Which texts of a section count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    All,
    /// Only what is introduced as an error.
    Introduced,
}

/// What the block being read has in it.
#[derive(Default)]
struct Marks {
    code: bool,
    /// How long the code in it is.
    code_bytes: usize,
    link: bool,
}

struct Walker<'f> {
    found: &'f mut Vec<Candidate>,
    scope: Scope,
    /// Depth of lists inside one that is introduced as errors, itself included.
    listing: usize,
    /// Text of the block being read; slots are marked when it is quoted.
    block: String,
    /// Text of the emphasis being read.
    emphasis: Option<String>,
    quotes: usize,
    /// Inside a quotation that opens with `[!NOTE]` or its like: an aside of the author's.
    aside: bool,
    links: usize,
    /// Language and text of the code block being read.
    code: Option<(String, String)>,
    heading: bool,
    /// The paragraph before introduces an error.
    announced: bool,
    marks: Marks,
    /// The table being read.
    rows: Rows,
}

impl Walker<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => {
                self.marks.code = true;
                self.marks.code_bytes += text.trim().len();
                if self.quotes == 0 && self.links == 0 && self.scope == Scope::All {
                    self.found.push(Candidate::new(&*text, Origin::Inline));
                }
                self.text(&text);
            }
            Event::InlineHtml(tag) if self.quotes > 0 && tag.starts_with("<br") => self.block.push('\n'),
            Event::InlineHtml(tag) if !tag.starts_with("</") && !tag.contains(['=', '/']) => self.text(&tag),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::BlockQuote(_) => {
                self.finish_block();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => language(info),
                    CodeBlockKind::Indented => String::new(),
                };
                self.finish_block();
                self.code = Some((language, String::new()));
            }
            Tag::List(_) => {
                self.finish_block();
                self.listing += usize::from(self.listing > 0 || self.announced);
            }
            Tag::Emphasis | Tag::Strong => self.emphasis = Some(String::new()),
            Tag::Link { .. } => {
                self.links += 1;
                self.marks.link = true;
            }
            Tag::Heading { .. } => {
                self.finish_block();
                self.heading = true;
            }
            Tag::Paragraph | Tag::Item => self.finish_block(),
            Tag::Table(_) => {
                self.finish_block();
                self.rows = Rows::default();
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) => {
                self.finish_block();
                self.quotes = self.quotes.saturating_sub(1);
                self.aside &= self.quotes > 0;
            }
            TagEnd::CodeBlock => {
                if let Some((language, code)) = self.code.take() {
                    let announced = std::mem::take(&mut self.announced);
                    if self.scope == Scope::Introduced && !announced && !ERROR_LANGUAGES.contains(&language.as_str()) {
                        return;
                    }
                    let comments = comment::messages(&code).into_iter();
                    self.found.extend(comments.map(|message| Candidate::new(message, Origin::Comment)));
                    if is_output(&language) {
                        let shown = announced || PRINTED_LANGUAGES.contains(&language.as_str());
                        message::from_code(&code, shown, self.found);
                    }
                }
            }
            TagEnd::Emphasis | TagEnd::Strong => self.finish_emphasis(),
            TagEnd::Link => self.links = self.links.saturating_sub(1),
            TagEnd::Heading(_) => {
                let heading = std::mem::take(&mut self.block);
                (self.announced, self.marks) = (is_label(heading.trim()), Marks::default());
                self.heading = false;
                if self.scope == Scope::All {
                    from_title(without_anchor(heading.trim()), self.found);
                }
            }
            TagEnd::List(_) => {
                self.finish_block();
                self.listing = self.listing.saturating_sub(1);
            }
            TagEnd::Paragraph | TagEnd::Item => self.finish_block(),
            TagEnd::TableCell => self.rows.cell(&std::mem::take(&mut self.block)),
            TagEnd::TableHead | TagEnd::TableRow => {
                self.finish_row();
            }
            TagEnd::Table => (self.rows, self.announced, self.marks) = Default::default(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
            return;
        }
        match &mut self.emphasis {
            Some(emphasis) => emphasis.push_str(text),
            None => self.block.push_str(text),
        }
    }

    fn finish_emphasis(&mut self) {
        let Some(text) = self.emphasis.take() else { return };
        if self.quotes > 0 && text.split_whitespace().count() <= 3 {
            self.block.extend([SLOT]);
            self.block.push_str(&text);
            self.block.extend([SLOT]);
            return;
        }
        // Authors stress whole sentences of their own; a stressed message is short, unless a label says what it is.
        let is_short = text.split_whitespace().count() <= 12;
        let is_labelled = || !message::is_prose(&text) && (message::is_label(&self.block) || message::has_label(&text));
        if self.links == 0 && !self.heading && self.scope == Scope::All && (is_short || is_labelled()) {
            self.found.push(Candidate::new(text.as_str(), Origin::Inline));
        }
        self.block.push_str(&text);
    }

    /// A row of a table is complete; whether it holds a message.
    fn finish_row(&mut self) -> bool {
        let message = self
            .rows
            .end(|text, first| message::is_message(text, if first { Origin::CodeLine } else { Origin::Declared }));
        let message = message.filter(|_| self.scope == Scope::All);
        let holds = message.is_some();
        self.found.extend(message.map(|message| Candidate::new(message, Origin::Declared)));
        holds
    }

    /// A paragraph, item or quotation is complete.
    fn finish_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        // No program writes links into its words.
        let marks = std::mem::take(&mut self.marks);
        let has_code = marks.code && !marks.link;
        let text = block.trim();
        if text.is_empty() || text.starts_with('|') {
            return;
        }
        if text.contains(" | ") {
            Rows::of_line(text).for_each(|cell| self.rows.cell(cell));
            if self.finish_row() {
                return;
            }
        } else {
            self.rows = Rows::default();
        }
        let announced = std::mem::replace(&mut self.announced, self.quotes == 0 && message::announces(text));
        if self.quotes > 0 {
            self.aside |= text.starts_with("[!");
            if !self.aside && (announced || self.scope == Scope::All && (has_code || !message::is_prose(text))) {
                self.found.extend(text.lines().map(|line| Candidate::new(line.trim(), Origin::Quote)));
            }
            return;
        }
        if self.listing > 0 {
            let item = message::listed(text).filter(|_| !marks.link);
            self.found.extend(item.map(|item| Candidate::new(item, Origin::Shown)));
            return;
        }
        if self.scope == Scope::Introduced {
            return;
        }
        if announced && marks.code_bytes == text.len() {
            self.found.push(Candidate::new(text, Origin::Declared));
            return;
        }
        let shown = if announced { Some(text) } else { message::labelled(text) };
        if let Some(text) = shown.filter(|text| !marks.link && message::is_shown(text)) {
            self.found.push(Candidate::new(text, Origin::Shown));
            return;
        }
        message::from_json_errors(text, self.found);
        match message::wholly_quoted(text) {
            Some(inner) => self.found.push(Candidate::new(inner, Origin::Quote)),
            None => {
                self.found.extend(message::quoted(text).map(|quoted| Candidate::new(quoted, Origin::Inline)));
            }
        }
    }
}
