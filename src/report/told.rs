//! Whether a report is told in somebody's words alone.
//!
//! Who asks in a chat often describes a failure and shows nothing that software printed: "how do I stop my pods from
//! being killed". That no signature matches such a report says nothing, since none could. The test looks for somebody who
//! speaks (a pronoun of the first person, a word that asks, a question mark) and for nothing that programs write: codes,
//! names with underscores, levels, quotes, brackets, paths. Where in doubt, a report is taken for a printed one.

use super::Report;

/// Longer reports and those of more lines hold something that was copied.
const MAX_BYTES: usize = 1_200;
const MAX_LINES: usize = 8;
/// Fewer words do not describe anything.
const MIN_WORDS: usize = 4;

/// Words by which somebody speaks of themselves or asks; programs write "you" and "we" as well, so these are no sign.
/// English, German, French, Spanish, Portuguese and Italian.
const SPEAKING: &[&str] = &[
    "i", "i'm", "i've", "i'd", "my", "me", "mine", "our", "anyone", "anybody", "somebody", "how", "why", "whats",
    "what's", "help", "thanks", "hello", "hi", "hey", //
    "ich", "wir", "mein", "meine", "meinem", "meinen", "meiner", "mir", "mich", "unser", "unsere", "unserem",
    "unseren", "wie", "warum", "wieso", "hallo", //
    "je", "mon", "ma", "mes", "moi", "notre", "nos", "comment", "pourquoi", "bonjour", //
    "yo", "mi", "mis", "nuestro", "nuestra", "cómo", "hola", //
    "eu", "meu", "minha", "nosso", "nossa", "olá", //
    "io", "mio", "mia", "nostro", "nostra", "perché", "ciao",
];
/// Characters that people seldom type when they tell something, and programs print all the time.
const PRINTED: &[char] =
    &['{', '}', '[', ']', '<', '>', '=', '|', ';', '\\', '`', '"', '“', '”', '«', '»', '#', '$', '@'];
/// Levels and words before a colon that begin a message.
const BEFORE_A_MESSAGE: &[&str] = &[
    "error",
    "err",
    "fatal",
    "warning",
    "warn",
    "exception",
    "panic",
    "critical",
    "failure",
    "failed",
    "fehler",
    "erreur",
    "caused",
    "reason",
    "message",
    "code",
    "status",
    "traceback",
];
/// What the names of errors end with.
const ERROR_NAMES: &[&str] = &["Error", "Exception", "Failure", "Fault"];

impl Report {
    /// Whether it is told in somebody's words and shows nothing that software printed.
    pub fn is_told(&self) -> bool {
        let texts = || self.parts.iter().map(|part| part.text.as_str());
        if texts().map(str::len).sum::<usize>() > MAX_BYTES || self.views.iter().any(|view| view.parent.is_some()) {
            return false;
        }
        let lines = || texts().flat_map(str::lines).filter(|line| !line.trim().is_empty());
        let words = || lines().flat_map(words);
        lines().count() <= MAX_LINES
            && words().count() >= MIN_WORDS
            && (words().any(speaks) || lines().any(asks))
            && !lines().any(shows_output)
            && !words().any(is_name)
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '\'' | '’')).filter(|word| !word.is_empty())
}

fn speaks(word: &str) -> bool {
    let lower = word.to_lowercase().replace('’', "'");
    SPEAKING.contains(&lower.as_str())
}

/// A question mark behind a word, before a space or at the end.
fn asks(line: &str) -> bool {
    line.split_whitespace().any(|word| word.ends_with('?'))
}

fn shows_output(line: &str) -> bool {
    let quoted = line.split_whitespace().any(|word| word.starts_with(['\'', '‘']));
    let begins_message = line.match_indices(": ").any(|(at, _)| {
        let before = words(&line[..at]).last().unwrap_or_default().to_lowercase();
        BEFORE_A_MESSAGE.contains(&before.as_str())
    });
    line.contains(PRINTED)
        || line.contains("://")
        || line.contains("::")
        || line.contains("()")
        || quoted
        || begins_message
}

/// A code or the name of an error: `ERR_X`, `TypeError`, `E0382`, `0x80070005`.
fn is_name(word: &str) -> bool {
    let count = |is: fn(char) -> bool| word.chars().filter(|&c| is(c)).count();
    let (capitals, digits) = (count(char::is_uppercase), count(|c| c.is_ascii_digit()));
    let code = digits >= 2 && (capitals >= 1 || word.starts_with("0x"));
    let shouted = capitals >= 6 && capitals == word.chars().count();
    let error = ERROR_NAMES.iter().any(|end| word.len() > end.len() && word.ends_with(end));
    code || shouted || error || word.trim_matches('_').contains('_')
}

#[cfg(test)]
mod tests {
    use crate::report::{Hints, Incoming, Limits, decode};

    fn told(text: &str) -> bool {
        let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
        decode(incoming, &Hints::default(), &Limits::default()).unwrap().is_told()
    }

    #[test]
    fn who_tells_or_asks_shows_nothing_that_was_printed() {
        for text in [
            "how do I stop my pods from being killed",
            "since the update nobody can log in with GitHub, what can be done?",
            "Unsere Pipeline kann das Image nicht mehr laden, seit gestern. Woran liegt das?",
            "my upload of 20 MB is refused by nginx. Small ones are fine.",
        ] {
            assert!(told(text), "{text}");
        }
    }

    #[test]
    fn what_software_printed_is_not_told() {
        for text in [
            "no space left on device",
            "what does ENOSPC_FULL mean in my build",
            "why do I get TypeError when I log in",
            "my build says E0382 all the time",
            "I see this, what is it? error: failed to push some refs",
            "why does it say 'exec format error' in my container",
            "my request to https://example.com/a fails every time",
            "{\"text\": \"how do I fix my login\"}",
            "help me",
        ] {
            assert!(!told(text), "{text}");
        }
    }

    #[test]
    fn a_log_with_a_question_is_not_told() {
        assert!(!told(&format!("how do I fix this\n{}", "2026-11-02 step done\n".repeat(40))));
    }
}
