//! Regular expressions as short programs, for checking one place of a text without a regex engine.
//!
//! A compiled `regex::Regex` takes tens of kilobytes and tens of microseconds to make; with a million signatures neither
//! is to be had, and a candidate is checked on the few hundred bytes around its literal only. A program is a list of
//! instructions made straight from the parsed pattern; they are gathered in [`Pool`] and then laid down in `records`, from
//! where `walk` runs them. What has no instruction (word starts and ends, long repetitions of more than a character) has
//! no program, and such a pattern is left to the regex engine.

use std::collections::HashMap;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

/// Most instructions of one program; a larger pattern is left to the regex engine.
pub(super) const MAX_INSTRUCTIONS: usize = 512;
/// Most times that an expression is written out for a counted repetition.
const MAX_COPIES: u32 = 8;
/// Stands for "without bound" in [`Instruction::Run`].
pub(super) const UNBOUNDED: u16 = u16::MAX;
/// The assertions that have an instruction.
pub(super) const LOOKS: [Look; 6] =
    [Look::Start, Look::End, Look::StartLF, Look::EndLF, Look::WordUnicode, Look::WordUnicodeNegate];

/// One step of a program. Targets are positions in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instruction {
    /// Bytes of the program's text, from `at` on.
    Bytes {
        length: u16,
        at: u32,
    },
    /// One character of a class.
    One {
        class: u16,
    },
    /// `min..=max` characters of a class, as many as possible or (`lazy`) as few.
    Run {
        lazy: bool,
        class: u16,
        min: u16,
        max: u16,
    },
    /// The first target, and where that fails the second.
    Split {
        first: u16,
        second: u16,
    },
    Jump {
        target: u16,
    },
    /// Keeps the position.
    Save {
        slot: u16,
    },
    /// An assertion about the place.
    Look {
        look: Look,
    },
    Match,
}

/// Characters, those of ASCII as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CharClass {
    pub(super) ascii: [u64; 2],
    /// Ranges beyond ASCII, both ends included, in order.
    pub(super) beyond: Box<[(u32, u32)]>,
}

/// Texts and instructions of all programs one behind the other, and the classes that they share.
#[derive(Debug, Default)]
pub(super) struct Pool {
    bytes: Vec<u8>,
    pub(super) classes: Vec<CharClass>,
    instructions: Vec<Instruction>,
    by_ranges: HashMap<Box<[(char, char)]>, u16>,
}

/// Where a program lies in the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Program {
    start: u32,
    length: u16,
    /// Where its text lies in the bytes.
    text: u32,
    text_length: u32,
}

impl Pool {
    /// Translates a pattern, `None` where there is no program for it.
    pub(super) fn compile(&mut self, hir: &Hir) -> Option<Program> {
        let (bytes, instructions) = (self.bytes.len(), self.instructions.len());
        let (start, text) = (u32::try_from(instructions).ok()?, u32::try_from(bytes).ok()?);
        let mut writer = Writer { pool: self, start: instructions, text: bytes };
        let written = writer.expression(hir).and_then(|()| writer.push(Instruction::Match));
        if written.is_none() {
            self.bytes.truncate(bytes);
            self.instructions.truncate(instructions);
            return None;
        }
        let length = u16::try_from(self.instructions.len() - instructions).ok()?;
        let text_length = u32::try_from(self.bytes.len() - bytes).ok()?;
        Some(Program { start, length, text, text_length })
    }

    /// Takes in the programs of another pool; gives what moves them to their places here.
    pub(super) fn merge(&mut self, other: &Self) -> Option<impl Fn(Program) -> Option<Program> + use<>> {
        let moved = u32::try_from(self.instructions.len()).ok()?;
        let bytes = u32::try_from(self.bytes.len()).ok()?;
        let mut numbers = vec![0; other.classes.len()];
        for (ranges, &number) in &other.by_ranges {
            numbers[usize::from(number)] = self.class_of(ranges)?;
        }
        self.bytes.extend_from_slice(&other.bytes);
        for instruction in &other.instructions {
            self.instructions.push(match *instruction {
                Instruction::One { class } => Instruction::One { class: numbers[usize::from(class)] },
                Instruction::Run { lazy, class, min, max } => {
                    Instruction::Run { lazy, class: numbers[usize::from(class)], min, max }
                }
                other => other,
            });
        }
        Some(move |program: Program| {
            let (start, text) = (program.start.checked_add(moved)?, program.text.checked_add(bytes)?);
            Some(Program { start, text, ..program })
        })
    }

    pub(super) fn instructions(&self, program: Program) -> &[Instruction] {
        let start = program.start as usize;
        &self.instructions[start..start + usize::from(program.length)]
    }

    /// The literals of a program.
    pub(super) fn text(&self, program: Program) -> &[u8] {
        let start = program.text as usize;
        &self.bytes[start..start + program.text_length as usize]
    }

    fn class(&mut self, class: &ClassUnicode) -> Option<u16> {
        let ranges: Vec<(char, char)> = class.ranges().iter().map(|range| (range.start(), range.end())).collect();
        self.class_of(&ranges)
    }

    fn class_of(&mut self, ranges: &[(char, char)]) -> Option<u16> {
        if let Some(&known) = self.by_ranges.get(ranges) {
            return Some(known);
        }
        let number = u16::try_from(self.classes.len()).ok()?;
        self.classes.push(CharClass::new(ranges));
        self.by_ranges.insert(ranges.into(), number);
        Some(number)
    }
}

impl CharClass {
    fn new(ranges: &[(char, char)]) -> Self {
        let mut ascii = [0; 2];
        let mut beyond = Vec::new();
        for &(start, end) in ranges {
            let (start, end) = (u32::from(start), u32::from(end));
            for c in start..=end.min(0x7f) {
                ascii[(c >> 6) as usize] |= 1 << (c & 63);
            }
            if end > 0x7f {
                beyond.push((start.max(0x80), end));
            }
        }
        Self { ascii, beyond: beyond.into() }
    }

    pub(super) fn holds_ascii(&self, byte: u8) -> bool {
        self.ascii[usize::from(byte >> 6) & 1] >> (byte & 63) & 1 == 1
    }

    pub(super) fn holds(&self, c: char) -> bool {
        let c = u32::from(c);
        if let Ok(byte @ 0..=0x7f) = u8::try_from(c) {
            return self.holds_ascii(byte);
        }
        let after = self.beyond.partition_point(|&(start, _)| start <= c);
        after > 0 && c <= self.beyond[after - 1].1
    }
}

struct Writer<'p> {
    pool: &'p mut Pool,
    /// Where the program begins in the pool's instructions, and where its text does in the bytes.
    start: usize,
    text: usize,
}

impl Writer<'_> {
    fn here(&self) -> u16 {
        u16::try_from(self.pool.instructions.len() - self.start).unwrap_or(u16::MAX)
    }

    fn push(&mut self, instruction: Instruction) -> Option<()> {
        (usize::from(self.here()) < MAX_INSTRUCTIONS).then(|| self.pool.instructions.push(instruction))
    }

    fn expression(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty => Some(()),
            HirKind::Literal(literal) => self.literal(&literal.0),
            HirKind::Class(Class::Unicode(class)) => {
                let class = self.pool.class(class)?;
                self.push(Instruction::One { class })
            }
            HirKind::Class(Class::Bytes(_)) => None,
            HirKind::Look(look) => self.look(*look),
            HirKind::Repetition(repetition) => self.repetition(repetition),
            HirKind::Capture(capture) => {
                let slot = u16::try_from(capture.index.checked_mul(2)?).ok()?;
                self.push(Instruction::Save { slot })?;
                self.expression(&capture.sub)?;
                self.push(Instruction::Save { slot: slot.checked_add(1)? })
            }
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.expression(part)),
            HirKind::Alternation(parts) => self.alternation(parts),
        }
    }

    fn literal(&mut self, literal: &[u8]) -> Option<()> {
        std::str::from_utf8(literal).ok()?;
        for piece in literal.chunks(usize::from(u16::MAX)) {
            let at = u32::try_from(self.pool.bytes.len() - self.text).ok()?;
            self.pool.bytes.extend_from_slice(piece);
            self.push(Instruction::Bytes { length: u16::try_from(piece.len()).ok()?, at })?;
        }
        Some(())
    }

    fn look(&mut self, look: Look) -> Option<()> {
        LOOKS.contains(&look).then(|| self.push(Instruction::Look { look }))?
    }

    fn alternation(&mut self, parts: &[Hir]) -> Option<()> {
        let mut exits = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            if number + 1 == parts.len() {
                self.expression(part)?;
                break;
            }
            let split = self.hole()?;
            self.expression(part)?;
            exits.push(self.hole()?);
            self.fill(split, Instruction::Split { first: split + 1, second: self.here() });
        }
        let target = self.here();
        for exit in exits {
            self.fill(exit, Instruction::Jump { target });
        }
        Some(())
    }

    fn repetition(&mut self, repetition: &Repetition) -> Option<()> {
        let Repetition { min, max, greedy, ref sub } = *repetition;
        if let HirKind::Class(Class::Unicode(class)) = sub.kind() {
            let class = self.pool.class(class)?;
            let bound = |count: u32| u16::try_from(count).ok().filter(|&count| count != UNBOUNDED);
            let (min, max) = (bound(min)?, max.map_or(Some(UNBOUNDED), bound)?);
            return self.push(Instruction::Run { lazy: !greedy, class, min, max });
        }
        // What may be empty can repeat without end; the regex engine knows the rules for that.
        if sub.properties().minimum_len() == Some(0) || min > MAX_COPIES || max.is_some_and(|max| max > MAX_COPIES) {
            return None;
        }
        (0..min).try_for_each(|_| self.expression(sub))?;
        match max {
            None => {
                let split = self.hole()?;
                self.expression(sub)?;
                self.push(Instruction::Jump { target: split })?;
                self.branch(split, greedy);
            }
            Some(max) => {
                let splits = (min..max).map(|_| {
                    let split = self.hole()?;
                    self.expression(sub).map(|()| split)
                });
                let splits: Vec<u16> = splits.collect::<Option<_>>()?;
                for split in splits {
                    self.branch(split, greedy);
                }
            }
        }
        Some(())
    }

    /// A place to be filled in later.
    fn hole(&mut self) -> Option<u16> {
        let at = self.here();
        self.push(Instruction::Match).map(|()| at)
    }

    fn fill(&mut self, at: u16, instruction: Instruction) {
        self.pool.instructions[self.start + usize::from(at)] = instruction;
    }

    /// Goes on behind `at`, or to here; the former first when `greedy`.
    fn branch(&mut self, at: u16, greedy: bool) {
        let (into, past) = (at + 1, self.here());
        let (first, second) = if greedy { (into, past) } else { (past, into) };
        self.fill(at, Instruction::Split { first, second });
    }
}

/// Length in bytes of the character at a place; 1 at the end of the text.
pub(super) fn char_len(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}
