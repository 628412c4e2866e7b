//! At which widths a text was wrapped, from the lengths of its lines.

use std::ops::RangeInclusive;

use super::line::{Lines, begins_new, first_word, may_be_cut, may_continue};

/// Widths at which programs wrap at words, in characters.
pub(super) const WORD_WIDTHS: RangeInclusive<usize> = 60..=100;
/// Widths at which terminals and tools cut, in characters.
pub(super) const CUT_WIDTHS: RangeInclusive<usize> = 40..=250;
/// Usual widths, likeliest first: a tie between widths is settled for these, and a single break counts only at one.
const USUAL: [usize; 9] = [76, 72, 78, 80, 79, 75, 70, 100, 74];

/// The widths a text was wrapped at, if any.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::views) struct Widths {
    /// Broken between words so that no line is longer.
    pub(super) words: Option<usize>,
    /// Cut at exactly this many characters.
    pub(super) cut: Option<(usize, Certainty)>,
    /// Some line ends with a backslash.
    pub(super) continued: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    Possible,
    Certain,
}

impl Widths {
    /// Reads a text once and finds its widths.
    pub(in crate::report::views) fn measure(text: &str) -> Self {
        // For each width how many breaks it explains, as differences; and how many lines have exactly that width.
        let mut votes = [0i32; 102];
        let mut exact = [0usize; 251];
        let mut long_lines = 0;
        let mut lines = Lines::of(text);
        let Some(mut line) = lines.next() else { return Self::default() };
        let mut single_break = None;
        let mut continued = false;
        let (mut has_votes, mut has_exact) = (false, false);
        for next in lines {
            continued |= line.words.ends_with('\\');
            let plausible = (*WORD_WIDTHS.start() / 2..=*CUT_WIDTHS.end()).contains(&line.whole_width);
            let goes_on = plausible && !begins_new(next.whole);
            if goes_on && may_continue(&line, &next) {
                let (low, high) = (line.width, (line.width + first_word(next.words)).min(*WORD_WIDTHS.end()));
                let low = low.max(*WORD_WIDTHS.start());
                if low <= high {
                    votes[low] += 1;
                    votes[high + 1] -= 1;
                    has_votes = true;
                    single_break = next.words.chars().next();
                }
            }
            if line.whole_width >= *CUT_WIDTHS.start() && !next.whole.is_empty() {
                long_lines += 1;
                if goes_on && CUT_WIDTHS.contains(&line.whole_width) && may_be_cut(&line, &next) {
                    exact[line.whole_width] += 1;
                    has_exact = true;
                }
            }
            line = next;
        }
        // Most texts have no break to explain.
        let words = has_votes.then(|| word_width(&votes, single_break)).flatten();
        let cut = has_exact.then(|| cut_width(&exact, long_lines)).flatten();
        Self { words, cut, continued }
    }
}

/// The width that explains most breaks. A single break is explained by any width; it counts only at a usual one and in
/// the middle of a sentence.
fn word_width(differences: &[i32; 102], single_break: Option<char>) -> Option<usize> {
    let mut votes = [0; 102];
    let mut sum = 0;
    for (width, difference) in differences.iter().enumerate() {
        sum += difference;
        votes[width] = sum;
    }
    let most = *votes.iter().max()?;
    let usual = USUAL.into_iter().find(|&width| votes[width] == most);
    match most {
        ..1 => None,
        1 => usual.filter(|_| single_break.is_some_and(|first| first.is_lowercase() || first.is_ascii_digit())),
        _ => usual.or_else(|| votes.iter().position(|&count| count == most)),
    }
}

/// The width at which most long lines end exactly. Of three that is hardly chance.
fn cut_width(exact: &[usize; 251], long_lines: usize) -> Option<(usize, Certainty)> {
    let (width, &count) = exact.iter().enumerate().max_by_key(|&(_, count)| *count)?;
    let certainty = match count {
        0 => return None,
        1 | 2 if !USUAL.contains(&width) => return None,
        1 | 2 => Certainty::Possible,
        _ => Certainty::Certain,
    };
    (count * 5 >= long_lines * 3).then_some((width, certainty))
}
