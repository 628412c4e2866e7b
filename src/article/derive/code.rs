//! Error codes that an article is about.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::collect::{Candidate, Origin};
use crate::article::{Article, Code, Condition, Slug, Template};
use crate::standards::is_standard;

/// Tokens with the shape of a code: `SQLSTATE[42S02]`, `0x80070005`, `ERR_MODULE_NOT_FOUND`, `ORA-00942`, `NU1605`.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x) SQLSTATE\[[0-9A-Z]{5}\]
          | \b0x[0-9A-Fa-f]{8}\b
          | \b(?:[A-Z0-9]+_)*(?:ERR|ERROR|FAILED|FAILURE|INVALID|MISSING|EXPIRED|DENIED|REFUSED|TIMEOUT|NOT)(?:_[A-Z0-9]+)+\b
          | \b[A-Z0-9]+(?:_[A-Z0-9]+)*_(?:ERR|ERROR|FAILED|FAILURE|INVALID|MISSING|EXPIRED|DENIED|REFUSED|TIMEOUT|FOUND)\b
          | \b[A-Z]{1,12}-?[0-9]{3,6}\b
          | \b[A-Z]{3,12}-?[0-9]{7,8}\b
          | \bE[A-Z0-9]{3,15}\b",
    )
});

/// A number that a title calls an error's.
static NUMBERED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:error|code|status)(?:\s+code)?[:\s]+([0-9]{3,6})\b"));

/// A code with several digits that opens a title, `42P01: relation does not exist`, or is all of it, `42N48`.
static OPENING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([0-9A-Z]*[0-9]{2}[0-9A-Z]*)\s*:\s|^([0-9]{2}[0-9A-Z]*[A-Z][0-9A-Z]*)$"));

/// One word made of three or more that a title calls an error: `PublicIPCountLimitReached error code`. Products are called
/// by one or two: `JavaScript error`.
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x) \b((?:[A-Z]+[a-z0-9]+){3,}) ['`]? \s+ (?i:error|exception|fault)\b
          | \b(?i:error|exception|fault) (?:\s+(?i:code))? [:\s]+ ['`]? ((?:[A-Z]+[a-z0-9]+){3,})\b",
    )
});

/// One word made of several, as alerts and exceptions are named.
static COMPOUND: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z][A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*$"));

/// Symbolic error numbers of POSIX.1-2017, `<errno.h>`.
const ERRNO: [&str; 80] = [
    "E2BIG",
    "EACCES",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "EAFNOSUPPORT",
    "EAGAIN",
    "EALREADY",
    "EBADF",
    "EBADMSG",
    "EBUSY",
    "ECANCELED",
    "ECHILD",
    "ECONNABORTED",
    "ECONNREFUSED",
    "ECONNRESET",
    "EDEADLK",
    "EDESTADDRREQ",
    "EDOM",
    "EDQUOT",
    "EEXIST",
    "EFAULT",
    "EFBIG",
    "EHOSTUNREACH",
    "EIDRM",
    "EILSEQ",
    "EINPROGRESS",
    "EINTR",
    "EINVAL",
    "EIO",
    "EISCONN",
    "EISDIR",
    "ELOOP",
    "EMFILE",
    "EMLINK",
    "EMSGSIZE",
    "EMULTIHOP",
    "ENAMETOOLONG",
    "ENETDOWN",
    "ENETRESET",
    "ENETUNREACH",
    "ENFILE",
    "ENOBUFS",
    "ENODATA",
    "ENODEV",
    "ENOENT",
    "ENOEXEC",
    "ENOLCK",
    "ENOLINK",
    "ENOMEM",
    "ENOMSG",
    "ENOPROTOOPT",
    "ENOSPC",
    "ENOSR",
    "ENOSTR",
    "ENOSYS",
    "ENOTCONN",
    "ENOTDIR",
    "ENOTEMPTY",
    "ENOTRECOVERABLE",
    "ENOTSOCK",
    "ENOTSUP",
    "ENOTTY",
    "ENXIO",
    "EOPNOTSUPP",
    "EOVERFLOW",
    "EOWNERDEAD",
    "EPERM",
    "EPIPE",
    "EPROTO",
    "EPROTONOSUPPORT",
    "EPROTOTYPE",
    "ERANGE",
    "EROFS",
    "ESPIPE",
    "ESRCH",
    "ESTALE",
    "ETIME",
    "ETIMEDOUT",
    "ETXTBSY",
    "EWOULDBLOCK",
];

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern written here, compiled by every test of this module")
}

/// Codes that the title or the id names, and codes that are the only ones of their kind among the symptoms.
pub(super) fn codes(article: &Article, candidates: &[Candidate]) -> (Vec<Condition>, Vec<Condition>) {
    let titles = || {
        let headings = candidates.iter().filter(|candidate| candidate.origin == Origin::Title);
        std::iter::once(article.title.as_str()).chain(headings.map(|candidate| candidate.text.as_str()))
    };
    let mut sure: Vec<Condition> = Vec::new();
    let mut kinds: Vec<&str> = Vec::new();
    for found in CODE.find_iter(&article.title).map(|found| found.as_str()).filter(|text| is_code(text)) {
        kinds.push(kind(found));
        sure.push(code(found, false));
    }
    sure.extend(titles().map(str::trim).filter(|title| is_compound(title)).map(|title| code(title, false)));
    sure.extend(CALLED.captures(&article.title).and_then(|found| called(&found)).map(|name| code(name, false)));
    let opening = OPENING.captures(&article.title).and_then(|found| found.get(1).or(found.get(2)));
    let opening = opening.map(|found| found.as_str());
    sure.extend(opening.filter(|opening| (5..=10).contains(&opening.len())).map(|opening| code(opening, false)));
    sure.extend(NUMBERED.captures_iter(&article.title).filter_map(|found| numbered(found.get(1)?.as_str())));

    let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for candidate in candidates {
        for found in CODE.find_iter(&candidate.text).map(|found| found.as_str()).filter(|text| is_code(text)) {
            if in_id(found, &article.id) && !kinds.contains(&kind(found)) {
                kinds.push(kind(found));
                sure.push(code(found, false));
            }
            let of_kind = by_kind.entry(kind(found)).or_default();
            if !of_kind.contains(&found) {
                of_kind.push(found);
            }
        }
    }
    if sure.is_empty() {
        sure.extend(article.id.as_str().split('-').filter(|token| is_id_code(token)).map(|token| code(token, true)));
    }
    let likely = by_kind
        .into_iter()
        .filter(|(kind, of_kind)| of_kind.len() == 1 && !kinds.contains(kind))
        .filter_map(|(_, of_kind)| of_kind.first().map(|text| code(text, false)))
        .collect();
    (sure, likely)
}

/// The name that a title calls an error.
fn called<'t>(found: &regex::Captures<'t>) -> Option<&'t str> {
    let name = found.get(1).or(found.get(2))?.as_str();
    is_compound(name).then_some(name)
}

fn code(text: &str, ignore_case: bool) -> Condition {
    Condition::Code(Code { text: text.to_owned(), ignore_case })
}

/// `Error 1016`: the number alone says little, on a line with the word it says enough.
fn numbered(number: &str) -> Option<Condition> {
    let word = Template::parse("error", true).ok()?;
    let conditions = vec![code(number, false), Condition::Template(word)];
    Some(Condition::All { conditions, within_lines: Some(1), ordered: false })
}

/// Whether a title says little more than its code: `Compiler Error C2065`.
pub(super) fn is_little_more_than_a_code(title: &str) -> bool {
    title.split_whitespace().count() <= 5 && CODE.find_iter(title).any(|found| is_code(found.as_str()))
}

/// What a code has in common with its siblings: its letters before the number, its first word, or its whole family.
fn kind(code: &str) -> &str {
    if ERRNO.contains(&code) {
        return "errno";
    }
    let end = code.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(code.len());
    &code[..end]
}

/// Whether a token of the right shape is a code and not the name of a standard or a word in capitals.
fn is_code(text: &str) -> bool {
    if text.starts_with("SQLSTATE[") || text.starts_with("0x") || text.contains('_') {
        return true;
    }
    if text.bytes().all(|b| b.is_ascii_uppercase()) || ERRNO.contains(&text) {
        return ERRNO.contains(&text);
    }
    let letters = text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    letters > 0 && digits >= 3 && !is_standard(text)
}

/// `ClusterMembersDown`, `ModuleNotFoundError`.
fn is_compound(text: &str) -> bool {
    text.len() >= 10 && COMPOUND.is_match(text)
}

/// `nu1605` in `nuget-nu1605`.
fn is_id_code(token: &str) -> bool {
    let letters = token.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = token.len() - letters.len();
    (1..=10).contains(&letters.len())
        && ((3..=6).contains(&digits) || (7..=8).contains(&digits) && letters.len() >= 3)
        && letters.bytes().all(|b| b.is_ascii_lowercase())
        && !is_standard(token)
}

/// Whether the id names the code, word for word.
fn in_id(code: &str, id: &Slug) -> bool {
    Slug::from_text(code).is_some_and(|slug| format!("-{id}-").contains(&format!("-{slug}-")))
}
