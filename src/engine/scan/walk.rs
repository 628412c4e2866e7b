//! Runs a `program` over a stretch of text, by backtracking with a bound on the work.
//!
//! Backtracking tries alternatives in the order that the regex syntax gives them, so it finds the very match, and the very
//! captures, that the regex engine does. Its work can grow exponentially where the engine's is linear; therefore it counts
//! its steps and gives up beyond a number that is linear in the stretch, and the caller asks the regex engine instead.
//! Messages of errors hardly ever come near.

use std::ops::Range;

use regex_syntax::hir::Look;

use super::program::{CharClass, Instruction, UNBOUNDED, char_len};
use super::records::Code;

/// Steps for each byte of the stretch before giving up, and in any case.
const STEPS_PER_BYTE: usize = 32;
const STEPS: usize = 1024;
/// A text in which a prefix is looked for without preparation, in bytes.
const SHORT_TEXT: usize = 512;

/// What a walk came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Walked {
    /// The first match.
    Match(Range<usize>),
    NoMatch,
    /// Too much work; nothing is known.
    GaveUp,
}

/// Memory of a walk, to be used again.
#[derive(Debug, Default)]
pub(super) struct Walker {
    frames: Vec<Frame>,
    /// Start and end of every group, where one is wanted.
    pub(super) slots: Vec<Option<usize>>,
}

/// An alternative not tried yet.
#[derive(Debug, Clone, Copy)]
enum Frame {
    Go {
        pc: u16,
        at: usize,
    },
    /// A run that may give characters back, down to `least`.
    Shorter {
        pc: u16,
        at: usize,
        least: usize,
    },
    /// A run that may take `left` more characters.
    Longer {
        pc: u16,
        at: usize,
        left: u16,
    },
    Restore {
        slot: u16,
        to: Option<usize>,
    },
}

/// One search.
struct Search<'s> {
    code: Code<'s>,
    classes: &'s [CharClass],
    text: &'s str,
    end: usize,
    steps: usize,
}

impl Walker {
    /// The first match that starts in `stretch`, no later than at `latest`, and ends in it. Assertions see the text around
    /// it.
    pub(super) fn find(
        &mut self,
        code: Code<'_>,
        classes: &[CharClass],
        text: &str,
        stretch: Range<usize>,
        latest: usize,
    ) -> Walked {
        let steps = STEPS + STEPS_PER_BYTE * stretch.len();
        let latest = latest.min(stretch.end);
        let mut search = Search { code, classes, text, end: stretch.end, steps };
        let prefix = search.bytes_at(0);
        let mut at = stretch.start;
        while at <= latest {
            if let Some(prefix) = prefix {
                let end = stretch.end.min(latest + prefix.len());
                match first(&text.as_bytes()[at..end], prefix) {
                    Some(offset) => at += offset,
                    None => return Walked::NoMatch,
                }
            }
            self.slots.fill(None);
            match search.run(self, at) {
                Ok(Some(end)) => return Walked::Match(at..end),
                Ok(None) => at += char_len(text, at),
                Err(TooMuch) => return Walked::GaveUp,
            }
        }
        Walked::NoMatch
    }
}

/// Where `wanted` stands first. In a short text it is tried at every place: to prepare a search takes longer.
fn first(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if text.len() > SHORT_TEXT {
        return memchr::memmem::find(text, wanted);
    }
    text.windows(wanted.len().max(1)).position(|window| window == wanted)
}

impl<'s> Search<'s> {
    /// The literal that must stand at the place of an instruction.
    fn bytes_at(&self, pc: u16) -> Option<&'s [u8]> {
        (pc..self.code.length()).map(|pc| self.code.instruction(pc)).find_map(|instruction| match instruction {
            Instruction::Save { .. } => None,
            Instruction::Bytes { at, length } => Some(Some(self.code.bytes(at, length))),
            _ => Some(None),
        })?
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.steps = self.steps.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }

    /// The end of the match that starts at `at`.
    fn run(&mut self, walker: &mut Walker, at: usize) -> Result<Option<usize>, TooMuch> {
        walker.frames.clear();
        let (mut pc, mut at) = (0, at);
        loop {
            self.spend(1)?;
            match self.step(walker, pc, at) {
                Step::Go(next, place) => (pc, at) = (next, place),
                Step::Match => return Ok(Some(at)),
                Step::Fail => match self.back(walker)? {
                    Some(next) => (pc, at) = next,
                    None => return Ok(None),
                },
            }
        }
    }

    fn step(&mut self, walker: &mut Walker, pc: u16, at: usize) -> Step {
        match self.code.instruction(pc) {
            Instruction::Bytes { at: from, length } => {
                let bytes = self.code.bytes(from, length);
                let stands = self.text.as_bytes().get(at..self.end).is_some_and(|rest| rest.starts_with(bytes));
                if stands { Step::Go(pc + 1, at + bytes.len()) } else { Step::Fail }
            }
            Instruction::One { class } => match self.take(&self.classes[usize::from(class)], at) {
                Some(next) => Step::Go(pc + 1, next),
                None => Step::Fail,
            },
            Instruction::Run { lazy, class, min, max } => {
                let class = &self.classes[usize::from(class)];
                let (least, taken) = self.take_up_to(class, at, min);
                if taken < min {
                    return Step::Fail;
                }
                let left = if max == UNBOUNDED { UNBOUNDED } else { max - min };
                if lazy {
                    walker.frames.push(Frame::Longer { pc, at: least, left });
                    return Step::Go(pc + 1, least);
                }
                let (most, _) = self.take_up_to(class, least, left);
                if most > least {
                    walker.frames.push(Frame::Shorter { pc, at: most, least });
                }
                Step::Go(pc + 1, most)
            }
            Instruction::Split { first, second } => {
                walker.frames.push(Frame::Go { pc: second, at });
                Step::Go(first, at)
            }
            Instruction::Jump { target } => Step::Go(target, at),
            Instruction::Save { slot } => {
                if let Some(kept) = walker.slots.get_mut(usize::from(slot)) {
                    walker.frames.push(Frame::Restore { slot, to: *kept });
                    *kept = Some(at);
                }
                Step::Go(pc + 1, at)
            }
            Instruction::Look { look } if holds(look, self.text, at) => Step::Go(pc + 1, at),
            Instruction::Look { .. } => Step::Fail,
            Instruction::Match => Step::Match,
        }
    }

    /// The next alternative, where there is one.
    fn back(&mut self, walker: &mut Walker) -> Result<Option<(u16, usize)>, TooMuch> {
        while let Some(frame) = walker.frames.pop() {
            match frame {
                Frame::Go { pc, at } => return Ok(Some((pc, at))),
                Frame::Restore { slot, to } => walker.slots[usize::from(slot)] = to,
                Frame::Shorter { pc, at, least } => {
                    let wanted = self.bytes_at(pc + 1).and_then(|bytes| bytes.first());
                    let bytes = self.text.as_bytes();
                    let before = (least..at).rev().find(|&at| {
                        self.text.is_char_boundary(at) && wanted.is_none_or(|byte| bytes.get(at) == Some(byte))
                    });
                    self.spend((at - before.unwrap_or(least)) / 4)?;
                    let Some(before) = before else { continue };
                    if before > least {
                        walker.frames.push(Frame::Shorter { pc, at: before, least });
                    }
                    return Ok(Some((pc + 1, before)));
                }
                Frame::Longer { pc, at, left } => {
                    if let Some(longer) = self.longer(walker, pc, at, left)? {
                        return Ok(Some(longer));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Lets a lazy run take characters up to the next place where it can end.
    fn longer(&mut self, walker: &mut Walker, pc: u16, at: usize, left: u16) -> Result<Option<(u16, usize)>, TooMuch> {
        let Instruction::Run { class, .. } = self.code.instruction(pc) else { return Ok(None) };
        let class = &self.classes[usize::from(class)];
        let wanted = self.bytes_at(pc + 1).and_then(|bytes| bytes.first());
        let (mut at, mut left, from) = (at, left, at);
        while left > 0
            && let Some(next) = self.take(class, at)
        {
            at = next;
            left = if left == UNBOUNDED { UNBOUNDED } else { left - 1 };
            if wanted.is_none_or(|byte| self.text.as_bytes().get(at) == Some(byte)) {
                self.spend((at - from) / 4)?;
                walker.frames.push(Frame::Longer { pc, at, left });
                return Ok(Some((pc + 1, at)));
            }
        }
        self.spend((at - from) / 4)?;
        Ok(None)
    }

    /// The place behind one character of a class.
    fn take(&self, class: &CharClass, at: usize) -> Option<usize> {
        let byte = *self.text.as_bytes()[..self.end].get(at)?;
        if byte < 0x80 {
            return class.holds_ascii(byte).then_some(at + 1);
        }
        let c = self.text.get(at..self.end)?.chars().next()?;
        class.holds(c).then(|| at + c.len_utf8())
    }

    /// The place behind up to `most` characters of a class, and how many they are.
    fn take_up_to(&mut self, class: &CharClass, from: usize, most: u16) -> (usize, u16) {
        let (mut at, mut taken) = (from, 0);
        while (taken < most || most == UNBOUNDED)
            && let Some(next) = self.take(class, at)
        {
            at = next;
            taken = if most == UNBOUNDED { 0 } else { taken + 1 };
        }
        // What runs out here is noticed at the next step.
        self.steps = self.steps.saturating_sub((at - from) / 4);
        (at, taken)
    }
}

/// The work became too much.
struct TooMuch;

enum Step {
    Go(u16, usize),
    Match,
    Fail,
}

fn holds(look: Look, text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    match look {
        Look::Start => at == 0,
        Look::End => at == text.len(),
        Look::StartLF => at == 0 || bytes[at - 1] == b'\n',
        Look::EndLF => at == text.len() || bytes[at] == b'\n',
        Look::WordUnicode => word_ends(text, at),
        Look::WordUnicodeNegate => !word_ends(text, at),
        _ => false,
    }
}

/// Whether a word begins or ends at a place, as `\b` says.
fn word_ends(text: &str, at: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(regex_syntax::is_word_character);
    let (before, behind) = text.split_at(at);
    word(before.chars().next_back()) != word(behind.chars().next())
}
