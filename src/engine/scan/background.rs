//! How often a stretch of bytes stands in ordinary reports, from the counts of `background.tsv`.
//!
//! A model of three characters (the chance of a character after the two before it) over 32 classes of characters. It
//! serves to choose between literals, so being roughly right is enough: a choice changes how fast a text is scanned, never
//! what is found.

use std::sync::LazyLock;

/// Counts of three neighbouring characters in real reports; the file's head names its source.
const COUNTS: &str = include_str!("background.tsv");
/// Classes of characters: 26 letters, digit, white space, quote, point, colon, anything else.
const CLASSES: usize = 32;
/// Surprise counts in steps of an eighth of a bit.
const STEPS: f64 = 8.0;

/// Chances of classes of characters, as surprise.
pub(super) struct Background {
    /// `-log2` of the chance of the third class after the first two, in eighths of a bit.
    next: Vec<u8>,
    /// The same for the first two classes.
    pair: Vec<u8>,
}

/// The background of the file beside this module.
pub(super) fn background() -> &'static Background {
    static BACKGROUND: LazyLock<Background> = LazyLock::new(|| Background::read(COUNTS));
    &BACKGROUND
}

/// Surprise of a literal in ordinary reports, in bits: `-log2` of the chance that it stands at a given place.
pub(in crate::engine) fn surprise(literal: &str) -> f32 {
    background().surprises(literal.as_bytes()).sum()
}

impl Background {
    fn read(rows: &str) -> Self {
        // A twentieth of an occurrence for what was never seen.
        const UNSEEN: f64 = 0.05;
        let mut counts = vec![UNSEEN; CLASSES * CLASSES * CLASSES];
        for row in rows.lines().filter(|row| !row.starts_with("# ")) {
            let Some((characters, count)) = row.split_once('\t') else { continue };
            let (Ok(characters), Ok(count)) = (<[u8; 3]>::try_from(characters.as_bytes()), count.parse::<f64>()) else {
                continue;
            };
            let [a, b, c] = characters.map(class_of_sign);
            counts[(a * CLASSES + b) * CLASSES + c] += count;
        }
        let all: f64 = counts.iter().sum();
        let pairs: Vec<f64> = counts.chunks_exact(CLASSES).map(|next| next.iter().sum()).collect();
        let next = counts.iter().enumerate().map(|(at, count)| eighths(count / pairs[at / CLASSES]));
        Self { next: next.collect(), pair: pairs.iter().map(|count| eighths(count / all)).collect() }
    }

    /// Surprise of every byte of a text, in bits: of the `i`-th after the two before it, and at `i = 1` of the first two
    /// together. The sum over a window is `-log2` of its chance at a given place.
    pub(super) fn surprises<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = f32> + 't {
        let class = |at: usize| class(text[at]);
        (0..text.len()).map(move |at| {
            let eighths = match at {
                0 => 0,
                1 => self.pair[class(0) * CLASSES + class(1)],
                _ => self.next[(class(at - 2) * CLASSES + class(at - 1)) * CLASSES + class(at)],
            };
            f32::from(eighths) / 8.0
        })
    }

    /// Surprise of the first two bytes of a window, in bits.
    pub(super) fn pair(&self, first: u8, second: u8) -> f32 {
        f32::from(self.pair[class(first) * CLASSES + class(second)]) / 8.0
    }
}

fn eighths(chance: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u8")]
    let eighths = (-chance.log2() * STEPS).round().clamp(0.0, 255.0) as u8;
    eighths
}

/// Class of a byte of text. Bytes of characters beyond ASCII are "anything else".
fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'A'..=b'Z' => usize::from(byte - b'A'),
        b'0'..=b'9' => 26,
        b' ' | b'\t' | b'\n' | b'\r' => 27,
        b'\'' | b'"' | b'`' => 28,
        b'.' => 29,
        b':' => 30,
        _ => 31,
    }
}

/// Class of a sign of the file.
fn class_of_sign(sign: u8) -> usize {
    if sign == b'_' { class(b' ') } else { class(sign) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> f32 {
        background().surprises(text.as_bytes()).sum()
    }

    #[test]
    fn common_words_surprise_less_than_rare_ones_of_their_length() {
        assert!(bits("error") < bits("errno"));
        assert!(bits(" failed ") < bits(" quorum "));
        assert!(bits("connection") < bits("xylophones"));
    }
}
