//! A message with gaps, aligned with a line: which stretch of the line becomes the message with fewest characters changed.
//!
//! The edit distance of Levenshtein, with the line's ends free and gaps that take any run of characters for nothing
//! (approximate matching after P. Sellers, "The theory and computation of evolutionary distances", 1980).

/// A piece of a message: a character that must stand there, or `None` for a gap of one character or more.
pub(super) type Piece = Option<char>;

/// A stretch of a line, in characters, and what it would have to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alignment {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) new: String,
    pub(super) cost: u16,
}

/// What stands in a gap that nothing in the line fills.
pub(super) const FILLER: char = 'x';
/// Writing something into an empty gap costs a little more than a character, so that text at hand is taken first.
const FILL: u16 = 2;

/// Aligns a message with a line; `None` when either is empty.
pub(super) fn align(message: &[Piece], line: &[char]) -> Option<Alignment> {
    if message.is_empty() || line.is_empty() {
        return None;
    }
    let width = line.len() + 1;
    let mut costs = vec![0_u16; (message.len() + 1) * width];
    for (row, piece) in message.iter().enumerate() {
        for at in 0..width {
            let above = costs[row * width + at];
            let before = at.checked_sub(1);
            let diagonal = before.map(|before| costs[row * width + before]);
            let left = before.map(|before| costs[(row + 1) * width + before]);
            let here = if let Some(c) = piece {
                let take = diagonal.map(|cost| cost + u16::from(line[at - 1] != *c));
                let drop = left.map(|cost| cost + 1);
                [take, drop].into_iter().flatten().fold(above + 1, u16::min)
            } else {
                [diagonal, left].into_iter().flatten().fold(above + FILL, u16::min)
            };
            costs[(row + 1) * width + at] = here;
        }
    }
    let last = message.len() * width;
    let end = (0..width).min_by_key(|at| (costs[last + at], std::cmp::Reverse(*at)))?;
    Some(trace(message, line, &costs, end))
}

/// Walks back from the end and collects what the stretch would have to say.
fn trace(message: &[Piece], line: &[char], costs: &[u16], end: usize) -> Alignment {
    let width = line.len() + 1;
    let (mut row, mut at) = (message.len(), end);
    let mut reversed: Vec<char> = Vec::new();
    while row > 0 {
        let here = costs[row * width + at];
        let diagonal = (at > 0).then(|| costs[(row - 1) * width + at - 1]);
        let left = (at > 0).then(|| costs[row * width + at - 1]);
        if let Some(c) = &message[row - 1] {
            if diagonal.is_some_and(|cost| cost + u16::from(line[at - 1] != *c) == here) {
                reversed.push(*c);
                (row, at) = (row - 1, at - 1);
            } else if left.is_some_and(|cost| cost + 1 == here) {
                at -= 1;
            } else {
                reversed.push(*c);
                row -= 1;
            }
        } else if left == Some(here) {
            reversed.push(line[at - 1]);
            at -= 1;
        } else if diagonal == Some(here) {
            reversed.push(line[at - 1]);
            (row, at) = (row - 1, at - 1);
        } else {
            reversed.push(FILLER);
            row -= 1;
        }
    }
    let new = reversed.iter().rev().collect();
    Alignment { start: at, end, new, cost: costs[message.len() * width + end] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(message: &str) -> Vec<Piece> {
        message.chars().map(|c| (c != '*').then_some(c)).collect()
    }

    fn aligned(message: &str, line: &str) -> (String, String, u16) {
        let line: Vec<char> = line.chars().collect();
        let alignment = align(&pieces(message), &line).unwrap();
        (line[alignment.start..alignment.end].iter().collect(), alignment.new, alignment.cost)
    }

    #[test]
    fn a_message_that_is_there_needs_no_change() {
        let (old, new, cost) = aligned("cannot open '*'", "12:00 error: cannot open 'a.txt' (2)");
        assert_eq!((old.as_str(), cost), ("cannot open 'a.txt'", 0));
        assert_eq!(old, new);
    }

    #[test]
    fn a_wrong_word_is_put_right_and_the_values_stay() {
        let (old, new, cost) = aligned("cannot open '*' for writing", "error: cannot open 'a.txt' for reading, sorry");
        assert_eq!(old, "cannot open 'a.txt' for reading");
        assert_eq!(new, "cannot open 'a.txt' for writing");
        assert_eq!(cost, 4);
    }

    #[test]
    fn an_empty_gap_is_filled() {
        assert_eq!(aligned("open * now", "open now").1.chars().filter(|c| *c == ' ').count(), 2);
    }
}
