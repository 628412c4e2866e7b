//! What is read of a signature whose literal seems to stand in a text, all in one place.
//!
//! With a million signatures every place that is read first comes from memory, one after the other where one leads to the
//! next. So the head of a signature, its program and the literals that the program compares lie one behind the other in
//! one *record*, two or three cache lines that are asked for at once, and the literal index leads straight to it. Programs
//! need not be aligned: a record is bytes, read as numbers in little-endian order.

use super::literals::Reach;
use super::memory::{fetch, settle};
use super::program::{CharClass, Instruction, LOOKS, MAX_INSTRUCTIONS};

/// Records begin at multiples of so many bytes, so that 32 bits lead to any of 32 GiB.
const UNIT: usize = 8;
/// Bytes of a record's head: the signature's number, its reach before and behind, and the length of its program with two
/// marks.
const HEAD: usize = 16;
/// Bytes of an instruction.
const INSTRUCTION: usize = 8;
/// Cache lines that are asked for together: a record of `benches/scanner` takes 119 bytes on average and begins anywhere
/// in a line.
const LINES: usize = 3;

/// The reach of a signature that has no bound.
const WITHOUT_BOUND: u32 = u32::MAX;
/// The marks of a head beside the length, which has no more bits than this.
const LENGTH: u16 = (1 << 10) - 1;
const SPANS_LINES: u16 = 1 << 14;
const IGNORE_CASE: u16 = 1 << 15;
const _: () = assert!(MAX_INSTRUCTIONS <= LENGTH as usize);

/// The records of all signatures.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    pub(super) classes: Vec<CharClass>,
}

/// What is kept of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) number: u32,
    pub(super) reach: Reach,
    pub(super) ignore_case: bool,
    pub(super) spans_lines: bool,
}

/// A program where it lies in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code<'r> {
    instructions: &'r [u8],
    text: &'r [u8],
}

impl Records {
    /// For programs with these classes.
    pub(super) fn new(classes: Vec<CharClass>) -> Self {
        Self { bytes: Vec::new(), classes }
    }

    /// Adds a record; gives what leads to it, `None` when there are too many. Without instructions the signature has no
    /// program.
    pub(super) fn add(&mut self, head: Head, instructions: &[Instruction], text: &[u8]) -> Option<u32> {
        self.bytes.resize(self.bytes.len().next_multiple_of(UNIT), 0);
        let at = u32::try_from(self.bytes.len() / UNIT).ok()?;
        let length = u16::try_from(instructions.len()).ok().filter(|length| *length <= LENGTH)?;
        let mark = |set: bool, mark: u16| if set { mark } else { 0 };
        let marks = mark(head.spans_lines, SPANS_LINES) | mark(head.ignore_case, IGNORE_CASE);
        self.bytes.extend_from_slice(&head.number.to_le_bytes());
        for reach in [head.reach.before, head.reach.behind] {
            self.bytes.extend_from_slice(&reach.unwrap_or(WITHOUT_BOUND).to_le_bytes());
        }
        self.bytes.extend_from_slice(&u32::from(length | marks).to_le_bytes());
        for instruction in instructions {
            self.bytes.extend_from_slice(&encode(*instruction).to_le_bytes());
        }
        self.bytes.extend_from_slice(text);
        Some(at)
    }

    /// All are added.
    pub(super) fn finish(&mut self) {
        self.bytes.shrink_to_fit();
        settle(&self.bytes);
    }

    /// Asks for the memory of a record.
    #[inline]
    pub(super) fn fetch(&self, at: u32) {
        fetch(&self.bytes, at as usize * UNIT, LINES);
    }

    /// The head of a record and its program, where it has one.
    #[inline]
    pub(super) fn get(&self, at: u32) -> (Head, Option<Code<'_>>) {
        let (head, rest) = self.bytes[at as usize * UNIT..].split_at(HEAD);
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let reach = |at: usize| Some(word(at)).filter(|reach| *reach != WITHOUT_BOUND);
        let marks = u16::from_le_bytes([head[12], head[13]]);
        let head = Head {
            number: word(0),
            reach: Reach { before: reach(4), behind: reach(8) },
            ignore_case: marks & IGNORE_CASE != 0,
            spans_lines: marks & SPANS_LINES != 0,
        };
        let length = usize::from(marks & LENGTH);
        let (instructions, text) = rest.split_at(length * INSTRUCTION);
        (head, (length > 0).then_some(Code { instructions, text }))
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let classes: usize = self.classes.iter().map(|class| size_of_val(class) + size_of_val(&*class.beyond)).sum();
        self.bytes.capacity() + classes
    }
}

impl<'r> Code<'r> {
    /// Number of instructions.
    pub(super) fn length(self) -> u16 {
        u16::try_from(self.instructions.len() / INSTRUCTION).unwrap_or(LENGTH)
    }

    #[inline]
    pub(super) fn instruction(self, at: u16) -> Instruction {
        let at = usize::from(at) * INSTRUCTION;
        let mut word = [0; INSTRUCTION];
        word.copy_from_slice(&self.instructions[at..at + INSTRUCTION]);
        decode(u64::from_le_bytes(word))
    }

    /// Bytes of the program's text.
    #[inline]
    pub(super) fn bytes(self, at: u32, length: u16) -> &'r [u8] {
        &self.text[at as usize..at as usize + usize::from(length)]
    }
}

/// The first byte of an instruction says what it is, the second is a mark or an assertion, then follow numbers of 16 bits.
fn encode(instruction: Instruction) -> u64 {
    let word = |kind: u8, mark: u8, first: u16, rest: u32| {
        u64::from(rest) << 32 | u64::from(first) << 16 | u64::from(mark) << 8 | u64::from(kind)
    };
    match instruction {
        Instruction::Match => word(0, 0, 0, 0),
        Instruction::Bytes { length, at } => word(1, 0, length, at),
        Instruction::One { class } => word(2, 0, class, 0),
        Instruction::Run { lazy, class, min, max } => {
            word(3, u8::from(lazy), class, u32::from(max) << 16 | u32::from(min))
        }
        Instruction::Split { first, second } => word(4, 0, first, u32::from(second)),
        Instruction::Jump { target } => word(5, 0, target, 0),
        Instruction::Save { slot } => word(6, 0, slot, 0),
        Instruction::Look { look } => {
            let place = LOOKS.iter().position(|known| *known == look).and_then(|place| u8::try_from(place).ok());
            word(7, place.unwrap_or(u8::MAX), 0, 0)
        }
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the parts are taken apart again")]
fn decode(word: u64) -> Instruction {
    let (mark, first) = ((word >> 8) as u8, (word >> 16) as u16);
    let (third, fourth, rest) = ((word >> 32) as u16, (word >> 48) as u16, (word >> 32) as u32);
    match word as u8 {
        1 => Instruction::Bytes { length: first, at: rest },
        2 => Instruction::One { class: first },
        3 => Instruction::Run { lazy: mark != 0, class: first, min: third, max: fourth },
        4 => Instruction::Split { first, second: third },
        5 => Instruction::Jump { target: first },
        6 => Instruction::Save { slot: first },
        7 => Instruction::Look { look: LOOKS[usize::from(mark) % LOOKS.len()] },
        _ => Instruction::Match,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_added() {
        let mut instructions = vec![
            Instruction::Bytes { length: u16::MAX, at: u32::MAX },
            Instruction::One { class: 1 },
            Instruction::Run { lazy: true, class: 2, min: 3, max: u16::MAX },
            Instruction::Run { lazy: false, class: u16::MAX, min: u16::MAX, max: 4 },
            Instruction::Split { first: 5, second: 6 },
            Instruction::Jump { target: 7 },
            Instruction::Save { slot: 8 },
        ];
        instructions.extend(LOOKS.map(|look| Instruction::Look { look }));
        instructions.push(Instruction::Match);
        let mut records = Records::new(Vec::new());
        let reach = Reach { before: Some(9), behind: None };
        let heads = [(false, true), (true, false)].map(|(ignore_case, spans_lines)| Head {
            number: 77,
            reach,
            ignore_case,
            spans_lines,
        });
        let without = records.add(heads[0], &[], b"").unwrap();
        let with = records.add(heads[1], &instructions, b"some text").unwrap();
        records.add(heads[0], &[], b"more").unwrap();
        let (head, code) = records.get(without);
        assert_eq!((head, code.is_none()), (heads[0], true));
        let (head, code) = records.get(with);
        let code = code.unwrap();
        assert_eq!((head, code.bytes(5, 4)), (heads[1], b"text".as_slice()));
        assert_eq!((0..code.length()).map(|at| code.instruction(at)).collect::<Vec<_>>(), instructions);
    }
}
