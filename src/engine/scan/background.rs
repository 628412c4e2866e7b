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
const STEPS: u8 = 8;
/// What surprises by more bits than this never stands in a report.
const MOST_BITS: u8 = 32;

/// Chances of classes of characters, as surprise.
pub(super) struct Background {
    /// `-log2` of the chance of the third class after the first two, in eighths of a bit.
    next: Vec<u8>,
    /// The same for the first two classes.
    pair: Vec<u8>,
    /// The chance that belongs to a surprise in eighths of a bit.
    chance: Vec<f32>,
}

/// The background of the file beside this module.
pub(super) fn background() -> &'static Background {
    static BACKGROUND: LazyLock<Background> = LazyLock::new(|| Background::read(COUNTS));
    &BACKGROUND
}

/// Surprise of a literal in ordinary reports, in bits: `-log2` of the chance that it stands at a given place.
pub(in crate::engine) fn surprise(literal: &str) -> f32 {
    background().surprise(literal.as_bytes())
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
        let chance = (0..=u16::from(MOST_BITS) * u16::from(STEPS)).map(|at| (-f32::from(at) / f32::from(STEPS)).exp2());
        Self {
            next: next.collect(),
            pair: pairs.iter().map(|count| eighths(count / all)).collect(),
            chance: chance.collect(),
        }
    }

    /// Surprise of every byte of a text, in eighths of a bit: of the `i`-th after the two before it, and at `i = 1` of the
    /// first two together. The sum over a window is `-log2` of its chance at a given place.
    pub(super) fn eighths<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = u8> + 't {
        let (mut before, mut last) = (0, 0);
        text.iter().enumerate().map(move |(at, &byte)| {
            let class = class(byte);
            let eighths = match at {
                0 => 0,
                1 => self.pair[last * CLASSES + class],
                _ => self.next[(before * CLASSES + last) * CLASSES + class],
            };
            (before, last) = (last, class);
            eighths
        })
    }

    /// Surprise of a text, in bits.
    pub(super) fn surprise(&self, text: &[u8]) -> f32 {
        self.eighths(text).map(f32::from).sum::<f32>() / f32::from(STEPS)
    }

    /// Surprise of the first two bytes of a window, in eighths of a bit.
    pub(super) fn pair(&self, first: u8, second: u8) -> u8 {
        self.pair[class(first) * CLASSES + class(second)]
    }

    /// The chance of what surprises by so many eighths of a bit.
    pub(super) fn chance(&self, eighths: u32) -> f32 {
        self.chance.get(eighths as usize).copied().unwrap_or(0.0)
    }
}

fn eighths(chance: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u8")]
    let eighths = (-chance.log2() * f64::from(STEPS)).round().clamp(0.0, 255.0) as u8;
    eighths
}

/// Class of a byte of text.
fn class(byte: u8) -> usize {
    usize::from(CLASS[usize::from(byte)])
}

/// The class of every byte. Bytes of characters beyond ASCII are "anything else".
static CLASS: [u8; 256] = {
    let mut classes = [31; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'a'..=b'z' => byte - b'a',
            b'A'..=b'Z' => byte - b'A',
            b'0'..=b'9' => 26,
            b' ' | b'\t' | b'\n' | b'\r' => 27,
            b'\'' | b'"' | b'`' => 28,
            b'.' => 29,
            b':' => 30,
            _ => 31,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

/// Class of a sign of the file.
fn class_of_sign(sign: u8) -> usize {
    if sign == b'_' { class(b' ') } else { class(sign) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> f32 {
        background().surprise(text.as_bytes())
    }

    #[test]
    fn common_words_surprise_less_than_rare_ones_of_their_length() {
        assert!(bits("error") < bits("errno"));
        assert!(bits(" failed ") < bits(" quorum "));
        assert!(bits("connection") < bits("xylophones"));
    }
}
