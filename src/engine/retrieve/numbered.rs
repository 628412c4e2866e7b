//! Numbers by which programs name their errors: `Msg 1205`, `Error: 9002, Severity: 17`, `ERROR 1045 (28000)`,
//! `Event ID 7034`, `ORA-00942`.
//!
//! A number alone says little, and most are values. One that a word such as "error" introduces is an error's name like
//! any code: the article that bears it is right, and another number in that place names another error. Exit codes and
//! HTTP statuses are not among them: thousands of errors share each.

use super::terms::{TermHash, hash};
use crate::standards::is_standard;

/// Fewest and most digits; shorter ones are statuses and errnos that many programs share.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=6;
/// Letters of a prefix that is joined to its number: `ORA-00942`.
const PREFIX: std::ops::RangeInclusive<usize> = 2..=6;
/// Most signs between the word and its number.
const MOST_SIGNS: usize = 4;

/// Words that introduce the number of an error, in lower case: as programs print them in English, German, French, Spanish
/// and Portuguese, and as fields.
const WORDS: [&str; 19] = [
    "err",
    "errcode",
    "erreur",
    "errno",
    "erro",
    "error",
    "error_code",
    "errorcode",
    "errornumber",
    "eventid",
    "exception",
    "fault",
    "fehler",
    "fehlercode",
    "msg",
    "sqlcode",
    "warning",
    "hresult",
    "winerror",
];
/// Words that do so behind one of [`WORDS`] or of [`BEFORE`].
const SECOND: [&str; 6] = ["code", "id", "no", "nr", "number", "nummer"];
/// What else can stand before those.
const BEFORE: [&str; 3] = ["event", "message", "reason"];
/// Words before `code` with which the number is not an error's name.
const OTHERS: [&str; 10] =
    ["exit", "exited", "http", "response", "return", "returned", "returncode", "status", "with", "zip"];

/// The term of a number, apart from that of the number as a word.
pub(super) fn term(number: &str) -> TermHash {
    hash(&format!("number {}", number.trim_start_matches('0')))
}

/// The numbers in a line that name an error.
pub(super) fn of_line(line: &str) -> impl Iterator<Item = &str> {
    let named = standing_alone(line)
        .filter(|(start, number)| is_introduced(&line[..*start]) || is_joined(&line[..*start], number));
    named.map(|(_, number)| number)
}

/// The numbers that an article's title or id gives its error.
pub(super) fn of_title<'t>(title: &'t str, id: &'t str) -> impl Iterator<Item = &'t str> {
    // `MSSQLSERVER_207` is all that some titles say.
    let only = title.trim().rsplit_once(['_', '-']).filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphabetic()));
    let only = only.map(|(_, number)| number).filter(|number| is_number(number));
    let about_error = id.split('-').any(|word| WORDS.contains(&word) || word == "code");
    let in_id = id.split('-').filter(move |word| about_error && is_number(word));
    of_line(title).chain(only).chain(in_id)
}

fn is_number(text: &str) -> bool {
    DIGITS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Numbers of the right length that are no part of a word or of a longer number, with where they start.
fn standing_alone(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(start) = bytes.get(at..)?.iter().position(u8::is_ascii_digit).map(|found| at + found) {
            let end = start + bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
            at = end;
            let is_part =
                |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80);
            let joins = |sign: Option<&u8>, next: Option<&u8>| {
                matches!(sign, Some(b'.' | b',' | b':' | b'/')) && next.is_some_and(u8::is_ascii_digit)
            };
            let before = |back: usize| start.checked_sub(back).map(|at| &bytes[at]);
            let alone = DIGITS.contains(&(end - start))
                && !is_part(before(1))
                && !is_part(bytes.get(end))
                && !joins(before(1), before(2))
                && !joins(bytes.get(end), bytes.get(end + 1));
            if alone {
                return Some((start, &line[start..end]));
            }
        }
        None
    })
}

/// Whether a text ends with letters and a hyphen that make a code of the number behind them and no name of a standard.
fn is_joined(before: &str, number: &str) -> bool {
    let Some(text) = before.strip_suffix('-') else { return false };
    let letters = text.len() - text.trim_end_matches(|c: char| c.is_ascii_uppercase()).len();
    let (rest, prefix) = text.split_at(text.len() - letters);
    PREFIX.contains(&letters)
        && number.len() >= 4
        && !rest.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'))
        && !is_standard(&format!("{prefix}{number}"))
}

/// Whether a text ends with a word that introduces the number of an error.
fn is_introduced(before: &str) -> bool {
    let signs = |c: char| c.is_whitespace() || matches!(c, ':' | '=' | '#' | '(' | '[' | '"' | '\'' | '-' | '\\' | '|');
    let word_of = |text: &str| {
        let text = text.trim_end_matches(signs);
        let start = text.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        // A start behind a character of several bytes is no boundary.
        let start = (start..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        (start, text.len(), text[start..].to_lowercase())
    };
    let (start, end, word) = word_of(before);
    if before[end..].chars().count() > MOST_SIGNS || end == before.len() {
        return false;
    }
    if WORDS.contains(&word.as_str()) {
        return true;
    }
    let (_, _, first) = word_of(&before[..start]);
    match word.as_str() {
        "code" => !OTHERS.contains(&first.as_str()),
        second => SECOND.contains(&second) && (WORDS.contains(&first.as_str()) || BEFORE.contains(&first.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_a_word_for_errors_names_one() {
        for (line, number) in [
            ("Msg 1205, Level 13, State 51", "1205"),
            ("Error: 9002, Severity: 17, State: 2", "9002"),
            ("ERROR 1045 (28000): Access denied", "1045"),
            ("(Microsoft SQL Server, Error: 10060)", "10060"),
            ("Error Number: 18456", "18456"),
            ("{\"errorCode\":1101}", "1101"),
            ("Code: 516. DB::Exception", "516"),
            ("The error code was error code 1102", "1102"),
            ("Event ID: 7034", "7034"),
            ("SQLCODE=-911, SQLSTATE=40001", "911"),
            ("Fehler 1067: Der Prozess", "1067"),
            ("ORA-00942: table or view does not exist", "00942"),
        ] {
            assert_eq!(of_line(line).collect::<Vec<_>>(), [number], "{line}");
        }
    }

    #[test]
    fn other_numbers_name_none() {
        for line in [
            "exit code 127",
            "Request failed with status code 503",
            "exited with code 134",
            "error 12 and error 1234567",
            "error 1.204",
            "port 1433 refused",
            "error: 10:2042 is wrong",
            "HTTP error-prone 404x",
            "id 1205",
            "größer 1205",
            "charset ISO-8859-1, CVE-2021-44228, x-RFC-2616",
            "error in line 1205",
        ] {
            assert_eq!(of_line(line).collect::<Vec<_>>(), [""; 0], "{line}");
        }
    }

    #[test]
    fn titles_and_ids_give_an_error_its_number() {
        let of = |title, id| of_title(title, id).collect::<Vec<_>>();
        assert_eq!(of("MSSQLSERVER_207", "mssqlserver-207-database-engine-error"), ["207", "207"]);
        assert_eq!(of("Error 1101: Worker threw", "worker-threw"), ["1101"]);
        assert_eq!(of("Worker threw", "cloudflare-error-1101"), ["1101"]);
        assert!(of("What is new in 2024", "news-2024").is_empty());
    }

    #[test]
    fn a_number_of_an_error_is_another_term_than_the_number() {
        assert_eq!(term("0207"), term("207"));
        assert_ne!(term("207"), hash("207"));
    }
}
