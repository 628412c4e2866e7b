//! Addresses: IP, MAC, hosts, mail, URLs.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::bytes::{before, byte, is_word, run, run_back};
use super::place;
use super::tables::{FILE_EXTENSIONS, REVERSED_ROOTS, TOP_LEVELS, UNIT_SUFFIXES, has};

/// Longest host name, in bytes (RFC 1035).
const MAX_HOST: usize = 253;
/// How far apart two brackets in a URL may stand, in bytes.
const MAX_BRACKETS: usize = 64;
/// Longest local part of a mail address, in bytes (RFC 5321).
pub(super) const MAX_LOCAL_PART: usize = 64;

/// End of the IP address at `at`, with a prefix length behind it.
pub(super) fn ip_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = ipv4_end(bytes, at).or_else(|| ipv6_end(bytes, at))?;
    let prefix = run(bytes, end + 1, 3, |b| b.is_ascii_digit());
    Some(if byte(bytes, end) == b'/' && prefix > end + 1 && !is_word(byte(bytes, prefix)) { prefix } else { end })
}

fn ipv4_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run(bytes, at, 16, |b| b.is_ascii_digit() || b == b'.');
    let end = end - usize::from(before(bytes, end) == b'.');
    let text = std::str::from_utf8(bytes.get(at..end)?).ok()?;
    text.parse::<Ipv4Addr>().ok()?;
    // An assembly's version has the same form.
    let word_end = run_back(bytes, at, 2, |b| matches!(b, b'=' | b' ' | b':'));
    let is_version = bytes[..word_end].len() >= 7 && bytes[word_end - 7..word_end].eq_ignore_ascii_case(b"version");
    let goes_on = is_word(byte(bytes, end))
        || (byte(bytes, end) == b'.' && is_word(byte(bytes, end + 1)))
        || byte(bytes, end) == b'-' && byte(bytes, end + 1).is_ascii_alphabetic();
    (!is_version && !goes_on && !matches!(before(bytes, at), b'/' | b'.' | b'-')).then_some(end)
}

/// End of the IPv6 address at `at`, which may start with `::`. Words of code joined by `::` have no digit.
pub(super) fn ipv6_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run(bytes, at, 46, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    let mut address = bytes.get(at..end)?;
    // A port or a sentence goes on behind it.
    while let Some((b':' | b'.', rest)) = address.split_last() {
        if address.ends_with(b"::") {
            break;
        }
        address = rest;
    }
    let colons = memchr::memchr_iter(b':', address).count();
    if colons < 2 || !address.iter().any(u8::is_ascii_digit) || is_word(byte(bytes, at + address.len())) {
        return None;
    }
    std::str::from_utf8(address).ok()?.parse::<Ipv6Addr>().ok()?;
    let zone = at + address.len();
    let zone_end = run(bytes, zone + 1, 16, |b| b.is_ascii_alphanumeric());
    Some(if byte(bytes, zone) == b'%' && zone_end > zone + 1 { zone_end } else { zone })
}

/// End of the MAC address at `at`.
pub(super) fn mac_end(bytes: &[u8], at: usize) -> Option<usize> {
    let candidate = bytes.get(at..at + 17)?;
    let separator = candidate[2];
    let fits = matches!(separator, b':' | b'-')
        && candidate
            .iter()
            .enumerate()
            .all(|(index, &b)| if index % 3 == 2 { b == separator } else { b.is_ascii_hexdigit() });
    (fits && !is_word(byte(bytes, at + 17)) && byte(bytes, at + 17) != separator).then_some(at + 17)
}

/// End of the port behind a host that ends at `at`: the offset after its digits.
pub(super) fn port_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run(bytes, at + 1, 6, |b| b.is_ascii_digit());
    (byte(bytes, at) == b':' && (at + 2..=at + 6).contains(&end) && !is_word(byte(bytes, end))).then_some(end)
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
}

/// End of the run of host bytes at `at`, without closing punctuation.
pub(super) fn dotted_end(bytes: &[u8], at: usize) -> usize {
    let end = run(bytes, at, MAX_HOST + 1, is_host_byte);
    end - bytes[at..end].iter().rev().take_while(|&&b| matches!(b, b'.' | b'-')).count()
}

/// Whether a dotted name is a host: lower case, under a top level in wide use, and no package or file name.
pub(super) fn is_host(name: &[u8]) -> bool {
    let mut labels = name.split(|&b| b == b'.');
    let (Some(first), Some(last)) = (labels.next(), labels.next_back()) else { return name == b"localhost" };
    name.len() <= MAX_HOST
        && !name.iter().any(u8::is_ascii_uppercase)
        && !name.windows(2).any(|pair| pair == b"..")
        && has(TOP_LEVELS, last)
        && !has(REVERSED_ROOTS, first)
}

/// End of the mail address whose local part starts at `at`; `sign` is where its `@` stands.
pub(super) fn email_end(bytes: &[u8], at: usize, sign: usize) -> Option<usize> {
    let local = bytes.get(at..sign)?;
    let is_local = |b: u8| {
        is_word(b)
            || matches!(
                b,
                b'.' | b'+'
                    | b'-'
                    | b'%'
                    | b'\''
                    | b'&'
                    | b'/'
                    | b'='
                    | b'!'
                    | b'#'
                    | b'$'
                    | b'*'
                    | b'?'
                    | b'^'
                    | b'{'
                    | b'}'
                    | b'|'
                    | b'~'
            )
            || b >= 0x80
    };
    if local.is_empty() || local.len() > MAX_LOCAL_PART || !local.iter().all(|&b| is_local(b)) || local == b"git" {
        return None;
    }
    let end = dotted_end(bytes, sign + 1);
    let domain = bytes.get(sign + 1..end)?;
    let last = domain.rsplit(|&b| b == b'.').next()?;
    let is_file = has(FILE_EXTENSIONS, last) && !has(TOP_LEVELS, last);
    let fits = domain.contains(&b'.')
        && domain[0] != b'.'
        && last.len() >= 2
        && last.iter().all(u8::is_ascii_alphabetic)
        && !is_file
        && !has(UNIT_SUFFIXES, last);
    (fits && byte(bytes, end) != b'_').then_some(end)
}

/// Where the pieces of a URL stand.
#[derive(Debug)]
pub(super) struct Url {
    /// The password in its user part.
    pub(super) password: Option<Range<usize>>,
    /// Where the path starts.
    pub(super) path: usize,
    /// Where the query, the fragment or parameters start.
    pub(super) query: usize,
    pub(super) end: usize,
}

/// Reads the URL at `at` whose scheme ends at `colon`.
pub(super) fn url_at(bytes: &[u8], at: usize, colon: usize) -> Option<Url> {
    let scheme = bytes.get(at..colon)?;
    let is_scheme = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    if scheme.is_empty() || !scheme[0].is_ascii_alphabetic() || !scheme.iter().all(is_scheme) {
        return None;
    }
    let authority = colon + 3;
    let authority_end = authority_end(bytes, authority);
    let end = url_end(bytes, authority_end);
    if end <= authority {
        return None;
    }
    let user_end = user_end(bytes, authority, authority_end, end);
    let path = authority_end.max(user_end.unwrap_or(0)).min(end);
    let password = user_end.and_then(|sign| {
        let name_end = authority + memchr::memchr(b':', &bytes[authority..sign])?;
        (name_end + 1 < sign).then_some(name_end + 1..sign)
    });
    let query = run(bytes, path, end - path, |b| !matches!(b, b'?' | b'#' | b';'));
    Some(Url { password, path, query, end })
}

/// Where the `@` behind user and password stands. Passwords are often written with characters that should be escaped:
/// when what stands behind the first colon is no port, the `@` may stand behind a `/`, `?` or `#`.
fn user_end(bytes: &[u8], authority: usize, authority_end: usize, end: usize) -> Option<usize> {
    let sign_in = |end: usize| bytes[authority..end].iter().rposition(|&b| b == b'@').map(|sign| authority + sign);
    if let Some(sign) = sign_in(authority_end) {
        return Some(sign);
    }
    let colon = authority + memchr::memchr(b':', &bytes[authority..authority_end])?;
    let has_port = bytes[colon + 1..authority_end].iter().all(u8::is_ascii_digit);
    if has_port { None } else { sign_in(end) }
}

/// End of a URL's authority, which may hold placeholders in angle brackets.
fn authority_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    for _ in 0..4 {
        end = run(bytes, end, 1024, |b| {
            (is_url_byte(b) || b >= 0x80) && !matches!(b, b'/' | b'?' | b'#' | b'<' | b'>' | b'\'')
        });
        match place::placeholder_end(bytes, end) {
            Some(after) => end = after,
            None => break,
        }
    }
    end
}

fn is_url_byte(byte: u8) -> bool {
    byte > b' ' && byte < 0x7f && !matches!(byte, b'"' | b'\\' | b'`' | b'^' | b'|')
}

/// End of the URL whose authority ends at `at`: closing brackets only where one opened, no closing punctuation.
fn url_end(bytes: &[u8], at: usize) -> usize {
    let mut end = run(bytes, at, usize::MAX, |b| is_url_byte(b) && !matches!(b, b'>' | b'<' | b'\'' | b'}'));
    while let Some(&last) = bytes.get(at..end).and_then(<[u8]>::last) {
        let open = match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'*' => 0,
            b')' => b'(',
            b']' => b'[',
            _ => break,
        };
        // A closing bracket whose opening one is far behind is the text's.
        let window = &bytes[at.max(end.saturating_sub(MAX_BRACKETS))..end];
        let count = |bracket: u8| memchr::memchr_iter(bracket, window).count();
        if open != 0 && count(open) >= count(last) {
            break;
        }
        end -= 1;
    }
    end
}
