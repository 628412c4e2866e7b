//! Telling messages from prose, commands, source and configuration.

use super::collect::{Candidate, Origin};
use super::comment;
use super::words::{CUES, GENERIC, PROGRAM_WORDS, STATEMENTS};

/// Longest message that is looked at, in bytes.
const MAX_MESSAGE_BYTES: usize = 1000;
/// Most words of a label.
const LABEL_WORDS: usize = 4;
/// Fewest characters of a message.
const MIN_CHARS: usize = 16;

/// Texts between double quotes, straight or typographic.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (open, mark) = rest.char_indices().find(|(_, c)| matches!(c, '"' | '“' | '„'))?;
        let after = &rest[open + mark.len_utf8()..];
        let Some((close, end)) = after.char_indices().find(|(_, c)| matches!(c, '"' | '”' | '“')) else {
            rest = "";
            return None;
        };
        rest = &after[close + end.len_utf8()..];
        Some(after[..close].trim())
    })
}

/// A title without the quotes around the whole of it. An apostrophe inside a word is no quote.
pub(super) fn unquoted(title: &str) -> &str {
    const PAIRS: [(char, char); 6] = [('"', '"'), ('“', '”'), ('„', '“'), ('\'', '\''), ('‘', '’'), ('`', '`')];
    let text = title.trim();
    let inner = PAIRS.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(*open)?.strip_suffix(*close)?;
        let letter_at = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_quote = |at: usize, mark: char| {
            let after = &inner[at + mark.len_utf8()..];
            !(letter_at(inner[..at].chars().next_back()) && letter_at(after.chars().next()))
        };
        let mut marks = inner.char_indices().filter(|(_, c)| c == open || c == close);
        (!marks.any(|(at, mark)| is_quote(at, mark))).then_some(inner.trim())
    });
    inner.filter(|inner| !inner.is_empty()).unwrap_or(title)
}

/// The inside of a text that is one quotation from end to end.
pub(super) fn wholly_quoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(['"', '“'])?.trim_end_matches('.').strip_suffix(['"', '”'])?;
    (inner.split_whitespace().count() >= 3).then_some(inner)
}

/// Messages in a code block: of JSON errors, and lines that read as messages. All that a block `shown` as output holds is
/// one, if it is a sentence.
pub(super) fn from_code(code: &str, shown: bool, found: &mut Vec<Candidate>) {
    if is_request(code) {
        return;
    }
    let before = found.len();
    from_json_errors(code, found);
    if found.len() > before {
        return;
    }
    let lines = unwrapped(code);
    let mut printed = lines.iter().filter(|line| !line.is_empty() && !line.starts_with("$ "));
    if let (true, Some(only), None) = (shown, printed.next(), printed.next())
        && is_sentence(only)
    {
        found.push(Candidate::new(only, Origin::Shown));
        return;
    }
    for line in &lines {
        if !is_source(line) && !comment::is_marked(line) {
            found.push(Candidate::new(line, Origin::CodeLine));
        }
    }
}

/// Whether a block is a request to be sent: `PUT _cluster/settings` and what belongs to it.
fn is_request(code: &str) -> bool {
    let mut words = code.split_whitespace();
    let method = matches!(words.next(), Some("GET" | "PUT" | "POST" | "DELETE" | "PATCH" | "HEAD"));
    method && words.next().is_some_and(|path| path.contains(['/', '_']))
}

/// A message of a list: `name[play] - All plays should be named.` without the name before it.
pub(super) fn listed(item: &str) -> Option<&str> {
    let item = item.trim();
    let named = [" - ", " – ", ": "].iter().filter_map(|gap| item.split_once(gap));
    let text = named.filter(|(name, _)| !name.contains(char::is_whitespace)).map(|(_, text)| text).next();
    let text = text.unwrap_or(item).trim();
    is_sentence(text).then_some(text)
}

/// The lines of a block, without white space around them and with sentences that are wrapped put together again.
fn unwrapped(code: &str) -> Vec<String> {
    const MOST_WRAPPED: usize = 6;
    let mut lines: Vec<String> = Vec::new();
    let (mut before, mut joined) = ("", 0);
    for line in code.lines().take(400) {
        match lines.last_mut() {
            Some(last) if joined < MOST_WRAPPED && wraps(before, line) => {
                joined += 1;
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => {
                joined = 0;
                lines.push(line.trim().to_owned());
            }
        }
        before = line;
    }
    lines
}

/// Whether a sentence goes on with the next line: it ends with a word, and the line begins with one in lower case.
fn wraps(line: &str, next: &str) -> bool {
    const LEAST_CHARS: usize = 30;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (text, rest) = (line.trim(), next.trim());
    let first = rest.split_whitespace().next().unwrap_or_default();
    let has_code = |text: &str| has_code_marks(text) || is_command(text) || text.contains('\t');
    text.chars().count() >= LEAST_CHARS
        && text.split_whitespace().count() >= 4
        && text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '\'' | '"' | '`' | ')'))
        && first.starts_with(char::is_lowercase)
        && first.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b',' | b'\'' | b'-' | b'.'))
        && indent(next) >= indent(line)
        && !(first == "at" && rest.contains('('))
        && !has_code(text)
        && !has_code(rest)
}

/// Whether a line is a sentence of at least four words and not a command or a table.
fn is_sentence(line: &str) -> bool {
    const JOINTS: [&str; 23] = [
        "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "is", "of", "on", "or",
        "that", "the", "to", "was", "were", "with",
    ];
    let is_word = |word: &&str| word.contains(char::is_alphabetic) && !word.contains(['=', '/', '\\']);
    let plain = line.split_whitespace().filter(is_word).count();
    let joined = words(line).any(|word| JOINTS.contains(&word.as_str()) || CUES.contains(&word.as_str()));
    plain >= 4
        && (joined || line.starts_with(char::is_uppercase))
        && !line.contains(['\t', '|'])
        && !line.contains("   ")
}

/// Whether a paragraph ends by introducing an error: "It fails with the following message:".
pub(super) fn announces(paragraph: &str) -> bool {
    let Some(start) = paragraph.trim_end().strip_suffix(':') else { return false };
    let lower = start.to_lowercase();
    let lower = ["like this", "such as", "for example", "like", "below"]
        .iter()
        .find_map(|end| lower.strip_suffix(end))
        .unwrap_or(&lower);
    let last = lower.trim_end_matches(',').split_whitespace().next_back().unwrap_or_default();
    // A label may say more: "Message emitted:".
    let label = || words(start).count() <= LABEL_WORDS && words(start).any(|word| word == "message");
    matches!(last, "error" | "errors" | "message" | "messages" | "exception" | "exceptions") || label()
}

/// Whether a paragraph that is introduced as an error is one, and does not speak of it.
pub(super) fn is_shown(paragraph: &str) -> bool {
    paragraph.len() <= MAX_MESSAGE_BYTES && !paragraph.ends_with(':') && is_sentence(paragraph) && !is_prose(paragraph)
}

/// Whether a text is a label after which a message stands: `Error:`.
pub(super) fn is_label(text: &str) -> bool {
    let label = text.trim().to_lowercase();
    matches!(label.as_str(), "error:" | "errors:" | "issue:" | "message:" | "error message:" | "exception:")
}

/// What stands behind a label that calls it an error, and not what troubles somebody: `Error: …`.
pub(super) fn labelled(text: &str) -> Option<&str> {
    let (label, rest) = text.split_once(": ")?;
    (is_label(&format!("{label}:")) && !label.trim().eq_ignore_ascii_case("issue")).then_some(rest)
}

/// Whether a text begins with such a label.
pub(super) fn has_label(text: &str) -> bool {
    text.split_once(": ").is_some_and(|(label, _)| is_label(&format!("{label}:")))
}

/// Whether a sentence begins as its author's own and not as a program's.
pub(super) fn is_prose(text: &str) -> bool {
    let first = words(text).next().unwrap_or_default();
    matches!(first.as_str(), "this" | "these" | "we" | "you" | "if")
}

/// Values under the names that carry an error's message, in text that holds JSON.
pub(super) fn from_json_errors(text: &str, found: &mut Vec<Candidate>) {
    const NAMES: [&str; 10] = [
        "message",
        "error",
        "error_message",
        "errorMessage",
        "error_description",
        "errorDescription",
        "detail",
        "details",
        "description",
        "msg",
    ];
    if !text.contains('{') {
        return;
    }
    let mut rest = text;
    while let Some(open) = rest.find('"') {
        let Some((key, after)) = rest[open + 1..].split_once('"') else { return };
        rest = after;
        let value = after.trim_start().strip_prefix(':').map(str::trim_start).and_then(|value| value.strip_prefix('"'));
        let Some(value) = value else { continue };
        let (string, length) = json_string(value);
        rest = &value[length..];
        if NAMES.contains(&key) {
            found.push(Candidate::new(string, Origin::Json));
        }
    }
}

/// Reads a JSON string after its opening quote: the text and the bytes up to and with the closing quote. Text that is
/// cut off ends with the input.
fn json_string(text: &str) -> (String, usize) {
    let mut escaped = false;
    let mut end = None;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                end = Some(index);
                break;
            }
            _ => {}
        }
    }
    let raw = &text[..end.unwrap_or(text.len())];
    let string = serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_else(|_| raw.to_owned());
    (string, end.map_or(text.len(), |end| end + 1))
}

/// Whether the text can stand as a message, given where it was found.
pub(super) fn is_message(text: &str, origin: Origin) -> bool {
    if text.len() > 4 * MAX_MESSAGE_BYTES || text.chars().count() < MIN_CHARS {
        return false;
    }
    let words: Vec<String> = words(text).take(80).collect();
    let named = text.split_whitespace().any(is_error_type);
    if (words.len() < 3 && !named) || is_generic(text) {
        return false;
    }
    let cued = named || words.iter().any(|word| CUES.contains(&word.as_str()));
    match origin {
        Origin::Declared => true,
        Origin::Quote => !is_call(text),
        // The comment's marker says that it is one, whatever it looks like.
        Origin::Comment => !is_advice(&words) && !is_prose(text),
        Origin::Json => !text.contains("://") || cued,
        // A title is matched literally, so a whole sentence cannot do harm.
        Origin::Title => (cued || words.len() >= 7) && !is_advice(&words),
        Origin::CodeLine => cued && !is_source(text) && !is_command(text),
        Origin::Shown => !is_source(text) && !is_command(text),
        // A sentence of the author's between quotes or in bold is about as long as a message, but has no code in it.
        Origin::Inline => cued && !is_source(text) && !is_command(text) && !is_advice(&words),
    }
}

/// Whether every word could stand in any program's message.
pub(super) fn is_generic(text: &str) -> bool {
    words(text).all(|word| GENERIC.contains(&word.as_str()))
}

/// Words in lower case, with the apostrophes inside them.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.trim_matches(['\'', '’']).replace('’', "'").to_lowercase())
        .filter(|word| !word.is_empty())
}

/// `TypeError:`, `java.lang.NullPointerException`.
fn is_error_type(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    ["Error", "Exception"].iter().any(|end| {
        word.strip_suffix(end).is_some_and(|start| {
            !start.is_empty() && start.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | ':'))
        })
    })
}

/// A title or a sentence that tells people something, rather than a program's words.
fn is_advice(words: &[String]) -> bool {
    const BEGINNINGS: [&str; 19] = [
        "example",
        "to",
        "use",
        "using",
        "if",
        "how",
        "why",
        "what",
        "when",
        "resolving",
        "fixing",
        "troubleshooting",
        "understanding",
        "note",
        "important",
        "tip",
        "make",
        "ensure",
        "check",
    ];
    // "Emitted when …": what an author says of a message.
    const SAID_OF_ONE: [&str; 7] = ["emitted", "indicates", "occurs", "raised", "reported", "thrown", "used"];
    let is_said = |first: &str, second: &str| {
        SAID_OF_ONE.contains(&first) && matches!(second, "when" | "whenever" | "if" | "that" | "by" | "for")
    };
    match words {
        [first, second, ..] if is_said(first, second) => true,
        [first, ..] => BEGINNINGS.contains(&first.as_str()),
        [] => false,
    }
}

/// A line of a program or of its configuration.
pub(super) fn is_source(line: &str) -> bool {
    let first = line.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    has_code_marks(line)
        || is_setting(line)
        || (STATEMENTS.contains(&first.to_lowercase().as_str()) && !line.contains(": "))
        || PROGRAM_WORDS.contains(&first)
        || is_call(line)
}

/// Whether a line has punctuation in it that only code has.
fn has_code_marks(line: &str) -> bool {
    let last = line.trim_end().chars().last().unwrap_or(' ');
    let opening = line.chars().next().unwrap_or(' ');
    matches!(last, '{' | '}' | ';' | '(' | '[' | '\\' | '|')
        || matches!(opening, '{' | '}' | '$' | '%' | '/' | '+' | '-' | '#' | '@')
        || (line.contains("//") && !line.contains("://"))
        || ["=>", ":=", " = ", "==", "&&", "||", "++", "();", "</", "/>"].iter().any(|mark| line.contains(mark))
}

/// A name in quotes with a value that is no text: `"cluster.routing.watermark": null,`.
fn is_setting(line: &str) -> bool {
    let value = line.strip_prefix('"').and_then(|line| line.split_once("\":")).map(|(_, value)| value);
    let value = value.map(|value| value.trim().trim_end_matches(','));
    value.is_some_and(|value| matches!(value, "null" | "true" | "false") || value.parse::<f64>().is_ok())
}

/// A call from end to end: `print("it failed: no")`.
fn is_call(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(';');
    let Some((name, rest)) = line.split_once('(') else { return false };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '$'));
    let mut depth = 1_usize;
    let closes = rest.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    is_name && closes.is_some_and(|at| at + 1 == rest.len())
}

/// A command line: options, pipes, redirections.
fn is_command(line: &str) -> bool {
    line.starts_with(['$', '>', '.', '~'])
        || [" | ", " > ", " --", " && "].iter().any(|mark| line.contains(mark))
        || line.split_whitespace().any(|word| {
            word.strip_prefix('-').is_some_and(|flag| flag.len() == 1 && flag.bytes().all(|b| b.is_ascii_alphabetic()))
        })
}
