//! Secrets known by their own shape: API keys, JSON web tokens, PEM blocks, random-looking words.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::bytes::{before, byte, is_word, run, starts_with_ignore_case};
use super::scanner::Scanner;
use super::tables::{Alphabet, DIGEST_PREFIXES, KEY_SHAPES};

/// How often base64 inside base64 is looked into.
pub(super) const MAX_DECODING: usize = 2;
/// How far a token is read before it is known to be one, in bytes; bounds the work where many tokens seem to start.
const MAX_DECIDING: usize = 512;
/// Shortest word that can look random, in bytes.
pub(super) const MIN_RANDOM: usize = 20;
/// What must be left of it without its hexadecimal words, in bytes.
const MIN_RANDOM_REST: usize = 16;
/// Shortest value that looks random beside a name like `token`, in bytes.
const MIN_NAMED: usize = 8;
/// Mean length of the runs of one letter case or of digits below which a word looks random. Random base64 has about 2,
/// identifiers have 4 and more.
const RANDOM_RUN: f64 = 2.8;
/// The same for words without digits.
const RANDOM_RUN_LETTERS: f64 = 2.2;

/// Bytes of tokens and base64.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=')
}

/// End of the run of token bytes at `at`; `=` only as padding at its end.
pub(super) fn run_end(bytes: &[u8], at: usize) -> usize {
    let end = run(bytes, at, usize::MAX, |b| is_token(b) && b != b'=');
    let padded = run(bytes, end, 2, |b| b == b'=');
    if is_word(byte(bytes, padded)) { end } else { padded }
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The bytes that an API key with a published shape can start with.
static KEY_STARTS: [bool; 256] = first_bytes();

const fn first_bytes() -> [bool; 256] {
    let (mut starts, mut at) = ([false; 256], 0);
    while at < KEY_SHAPES.len() {
        starts[KEY_SHAPES[at].0.as_bytes()[0] as usize] = true;
        at += 1;
    }
    starts
}

/// End of the API key with a published shape that starts at `at`.
pub(super) fn api_key_end(bytes: &[u8], at: usize) -> Option<usize> {
    let first = byte(bytes, at);
    if !KEY_STARTS[usize::from(first)] {
        return None;
    }
    KEY_SHAPES.iter().filter(|(prefix, ..)| prefix.as_bytes()[0] == first).find_map(|(prefix, alphabet, min)| {
        let body = at + prefix.len();
        if bytes.get(at..body)? != prefix.as_bytes() {
            return None;
        }
        let in_alphabet = |b: u8| match alphabet {
            Alphabet::Upper => b.is_ascii_uppercase() || b.is_ascii_digit(),
            Alphabet::UrlSafe => is_url_safe(b),
            Alphabet::Dotted => is_url_safe(b) || b == b'.',
        };
        let end = run(bytes, body, MAX_DECIDING, in_alphabet);
        let end = end - bytes[body..end].iter().rev().take_while(|&&b| b == b'.').count();
        let key = &bytes[body..end];
        // A name in words, such as an option's, has no digit.
        let fits = key.len() >= *min && key.iter().any(|b| b.is_ascii_digit() || *b == b'x');
        fits.then(|| if key.len() == MAX_DECIDING { run(bytes, end, usize::MAX, in_alphabet) } else { end })
    })
}

/// Whether a word starts as API keys of published shapes and JSON web tokens do.
pub(super) fn starts_as_key(word: &[u8]) -> bool {
    let [first, second, ..] = *word else { return false };
    let starts = |prefix: &[u8]| prefix[0] == first && prefix[1] == second && word.starts_with(prefix);
    starts(b"eyJ")
        || (KEY_STARTS[usize::from(first)] && KEY_SHAPES.iter().any(|(prefix, ..)| starts(prefix.as_bytes())))
}

/// End of the JSON web token (or encrypted one) that starts at `at`: base64url segments joined by dots, the first of
/// which is a JSON object.
pub(super) fn jwt_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at..at + 3) != Some(b"eyJ") {
        return None;
    }
    let mut end = run(bytes, at, MAX_DECIDING, is_url_safe);
    if end - at < 10 || byte(bytes, end) != b'.' {
        return None;
    }
    for _ in 0..4 {
        let next = run(bytes, end + 1, usize::MAX, is_url_safe);
        if byte(bytes, end) != b'.' || next == end + 1 {
            break;
        }
        end = next;
    }
    Some(end)
}

/// A PEM block that starts at `at` with `-----BEGIN`: its end and whether it holds a private key. A block without an end
/// goes to the end of what looks like base64. `next_end` is where the next `-----END ` stands.
pub(super) fn pem_block(bytes: &[u8], at: usize, next_end: Option<usize>) -> Option<(usize, bool)> {
    let label = at + "-----BEGIN ".len();
    let label_end = run(bytes, label, 64, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
    if bytes.get(at..label) != Some(b"-----BEGIN ") || bytes.get(label_end..label_end + 5) != Some(b"-----") {
        return None;
    }
    let private = bytes[label..label_end].windows(11).any(|w| w == b"PRIVATE KEY");
    let body = label_end + 5;
    let body_end =
        run(bytes, body, usize::MAX, |b| is_token(b) || b.is_ascii_whitespace() || matches!(b, b'\\' | b':' | b','));
    let end = match next_end {
        Some(footer) if footer < body_end => {
            let label = footer + "-----END ".len();
            let label_end = run(bytes, label, 64, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
            run(bytes, label_end, 5, |b| b == b'-')
        }
        _ => body_end,
    };
    Some((end, private))
}

/// Whether a value beside a name like `token` looks secret: letters and digits mixed, no words or path, and nothing left
/// out of it (`hKFo...5pag`).
pub(crate) fn looks_secret(value: &[u8]) -> bool {
    value.len() >= MIN_NAMED
        && has_letter_and_digit(value)
        && value.iter().all(|&b| is_token(b) || matches!(b, b'.' | b'%' | b'|' | b':'))
        && (mean_run(value) < 4.0 || (value.len() >= 16 && value.iter().all(u8::is_ascii_hexdigit)))
        && (value.len() >= 12 || mean_run(value) < RANDOM_RUN)
        && !is_dotted_name(value)
        && !is_joined_prose(value)
        && memchr::memmem::find(value, b"...").is_none()
}

/// Whether a value is words joined by `+` with nothing among them that would look secret by itself; identifiers do not.
fn is_joined_prose(value: &[u8]) -> bool {
    joins_words(value) && value.split(|&b| b == b'+').all(|piece| is_uuid(piece) || !looks_secret(piece))
}

fn is_uuid(piece: &[u8]) -> bool {
    let groups = piece.split(|&b| b == b'-').map(<[u8]>::len);
    groups.eq([8, 4, 4, 4, 12]) && piece.iter().all(|&b| b == b'-' || b.is_ascii_hexdigit())
}

/// Whether words are joined by `+` as forms write spaces; base64 has no four such runs.
pub(crate) fn joins_words(value: &[u8]) -> bool {
    const WORDS: usize = 4;
    let is_word = |piece: &&[u8]| {
        let letters = piece.strip_suffix(b",").or(piece.strip_suffix(b".")).unwrap_or(piece);
        let (first, rest) = letters.split_first().unwrap_or((&b' ', &[]));
        first.is_ascii_alphabetic() && !rest.is_empty() && rest.iter().all(u8::is_ascii_lowercase)
    };
    value.split(|&b| b == b'+').filter(is_word).count() >= WORDS
}

fn is_dotted_name(value: &[u8]) -> bool {
    let digits_and_dots = value.iter().all(|&b| b.is_ascii_digit() || matches!(b, b'.' | b':' | b'-'));
    digits_and_dots || value.split(|&b| b == b'.').filter(|label| label.len() < 10).count() > 3
}

pub(super) fn has_letter_and_digit(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(u8::is_ascii_digit)
}

/// What a run of token bytes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Words, an identifier, or too short to tell.
    Plain,
    /// Random: secret.
    Random,
    /// Readable text in base64 without anything secret in it.
    Readable,
}

/// Whether a published digest stands at `at`: subresource integrity, a fingerprint.
pub(super) fn is_digest(bytes: &[u8], at: usize) -> bool {
    matches!(byte(bytes, at), b's' | b'S' | b'm' | b'M' | b'h' | b'H')
        && DIGEST_PREFIXES.iter().any(|prefix| starts_with_ignore_case(bytes, at, prefix))
}

/// Looks at a whole run of token bytes. `decoding` is how often base64 may still be looked into.
pub(super) fn shape(run: &[u8], decoding: usize) -> Shape {
    if run.len() < MIN_RANDOM {
        return Shape::Plain;
    }
    if let Some(text) = readable(run) {
        let hides_secrets = decoding == 0 || Scanner::new(&text, decoding - 1).run().iter().any(|piece| piece.secret);
        return if hides_secrets { Shape::Random } else { Shape::Readable };
    }
    if is_random(run) { Shape::Random } else { Shape::Plain }
}

/// Whether a run is random but for hexadecimal words in it, which are ids and digests.
fn is_random(run: &[u8]) -> bool {
    let alphanumeric = run.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    if (run.len() - alphanumeric) * 8 > run.len() || run.starts_with(b"_Z") || run.starts_with(b"_R") {
        return false;
    }
    let words = run
        .split(|b| !b.is_ascii_alphanumeric())
        .filter(|word| word.len() < 4 || !word.iter().all(u8::is_ascii_hexdigit));
    let rest: Vec<u8> = words.collect::<Vec<_>>().join(&b'-');
    let letters = rest.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = rest.iter().filter(|b| b.is_ascii_digit()).count();
    let mean = mean_run(&rest);
    if rest.len() < MIN_RANDOM_REST {
        return false;
    }
    if digits > 0 && letters > 2 {
        return mean < RANDOM_RUN;
    }
    rest.iter().any(u8::is_ascii_uppercase) && rest.iter().any(u8::is_ascii_lowercase) && mean < RANDOM_RUN_LETTERS
}

/// Mean length of the runs that a word falls into; a capital and the small letters after it are one run.
fn mean_run(word: &[u8]) -> f64 {
    #[derive(PartialEq, Clone, Copy)]
    enum Class {
        Upper,
        Lower,
        Digit,
        Other,
    }
    let class = |byte: u8| match byte {
        b'A'..=b'Z' => Class::Upper,
        b'a'..=b'z' => Class::Lower,
        b'0'..=b'9' => Class::Digit,
        _ => Class::Other,
    };
    let (mut runs, mut length, mut previous, mut uppers) = (0_usize, 0_usize, Class::Other, 0_usize);
    for class in word.iter().map(|&byte| class(byte)) {
        let continues = class == previous || (previous == Class::Upper && class == Class::Lower && uppers == 1);
        uppers = if class == Class::Upper { uppers + 1 } else { 0 };
        if class != Class::Other {
            length += 1;
            runs += usize::from(!continues);
        }
        previous = class;
    }
    length as f64 / runs.max(1) as f64
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// The text that base64 holds; `None` when the run is no base64 or holds no text.
fn readable(run: &[u8]) -> Option<String> {
    // A look at the start spares the rest when it is no text.
    let url_safe = run.iter().any(|b| matches!(b, b'-' | b'_'));
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    let start = engine.decode(&run[..run.len().min(32) / 4 * 4]).ok()?;
    if start.iter().any(|&b| b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t')) {
        return None;
    }
    let text = String::from_utf8(engine.decode(run).ok()?).ok()?;
    let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')).count();
    let words = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').count();
    (odd == 0 && words * 10 >= text.chars().count() * 9).then_some(text)
}

/// End of the generated suffix of an instance name that starts at `at`: `-7d9c6b8f5d-x2x4z` behind a word. The alphabet
/// is that of Kubernetes' random names (apimachinery, `rand.SafeEncodeString`).
pub(super) fn instance_suffix_end(bytes: &[u8], at: usize) -> Option<usize> {
    let is_safe =
        |b: u8| matches!(b, b'b'..=b'd' | b'f'..=b'h' | b'j'..=b'n' | b'p'..=b't' | b'v'..=b'z' | b'2' | b'4'..=b'9');
    if byte(bytes, at) != b'-' || !is_word(before(bytes, at)) {
        return None;
    }
    let first = run(bytes, at + 1, 11, |b| is_safe(b) || b.is_ascii_hexdigit());
    let second = run(bytes, first + 1, 6, is_safe);
    let fits = (8..=10).contains(&(first - at - 1))
        && byte(bytes, first) == b'-'
        && second - first - 1 == 5
        && bytes[at + 1..first].iter().any(u8::is_ascii_digit)
        && !is_word(byte(bytes, second))
        && byte(bytes, second) != b'-';
    fits.then_some(second)
}
