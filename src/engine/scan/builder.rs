//! From patterns to a [`SignatureScanner`]: reading them, offering literals, choosing among them.

use std::ops::Range;
use std::panic::resume_unwind;

use regex_syntax::hir::Hir;

use super::background::background;
use super::cache::RegexCache;
use super::candidates::{NO_COMPANION, companion};
use super::index::{Known, LiteralIndex};
use super::literals::{LiteralChoice, Reach, choices, spans_lines};
use super::pieces::Pieces;
use super::popularity::Popularity;
use super::program::{Pool, Program};
use super::records::{Head, Records};
use super::signatures::{CACHE_BYTES, MAX_SLOW, ScanError, SignatureScanner};
use crate::engine::pattern::check_size;

/// Signatures read, their literals not chosen yet.
#[derive(Debug, Default)]
pub(super) struct Builder {
    patterns: String,
    signatures: Vec<Signature>,
    pool: Pool,
    pieces: Pieces,
    /// All literals of all choices.
    texts: String,
    text_ends: Vec<u32>,
    /// For each choice its signature, its reach, and where its literals end.
    choices: Vec<(u32, Reach, u32)>,
}

/// What was read of a signature.
#[derive(Debug, Clone, Copy)]
struct Signature {
    /// Where its pattern ends in the patterns; it begins where the one before ends.
    pattern_end: u32,
    program: Option<Program>,
    ignore_case: bool,
    spans_lines: bool,
}

/// How a signature is looked for.
#[derive(Debug, Clone)]
struct Best {
    reach: Reach,
    /// Positions of its literals.
    literals: Range<u32>,
    companion: u16,
}

impl Builder {
    /// Reads patterns of which the first has number `first`.
    pub(super) fn read(first: usize, patterns: &[(&str, bool)]) -> Result<Self, ScanError> {
        let mut builder = Self::default();
        for (number, (pattern, ignore_case)) in (first..).zip(patterns) {
            builder.add(number, pattern, *ignore_case)?;
        }
        Ok(builder)
    }

    /// Takes in what another builder read of the signatures that follow; `None` when it is too much.
    pub(super) fn merge(&mut self, other: &Self) -> Option<()> {
        let patterns = u32::try_from(self.patterns.len()).ok()?;
        let texts = u32::try_from(self.texts.len()).ok()?;
        let literals = u32::try_from(self.text_ends.len()).ok()?;
        let moved = self.pool.merge(&other.pool)?;
        for signature in &other.signatures {
            let program = signature.program.map_or(Some(None), |program| moved(program).map(Some))?;
            let pattern_end = signature.pattern_end.checked_add(patterns)?;
            self.signatures.push(Signature { pattern_end, program, ..*signature });
        }
        for &end in &other.text_ends {
            self.text_ends.push(end.checked_add(texts)?);
        }
        for &(number, reach, end) in &other.choices {
            self.choices.push((number, reach, end.checked_add(literals)?));
        }
        self.patterns.push_str(&other.patterns);
        self.texts.push_str(&other.texts);
        Some(())
    }

    fn add(&mut self, number: usize, pattern: &str, ignore_case: bool) -> Result<(), ScanError> {
        let refuse = |reason: String| ScanError::Pattern { number, reason };
        let hir = self.pieces.parse(pattern, ignore_case).map_err(refuse)?;
        check_size(&hir, pattern, ignore_case).map_err(refuse)?;
        self.patterns.push_str(pattern);
        let program = self.pool.compile(&hir);
        let pattern_end = u32::try_from(self.patterns.len()).map_err(|_| ScanError::TooLarge)?;
        self.signatures.push(Signature { pattern_end, program, ignore_case, spans_lines: spans_lines(&hir) });
        let number = u32::try_from(number).map_err(|_| ScanError::TooLarge)?;
        self.offer(number, &hir).ok_or(ScanError::TooLarge)
    }

    fn offer(&mut self, number: u32, hir: &Hir) -> Option<()> {
        for LiteralChoice { literals, reach } in choices(hir) {
            for literal in literals {
                self.texts.push_str(&literal);
                self.text_ends.push(u32::try_from(self.texts.len()).ok()?);
            }
            self.choices.push((number, reach, u32::try_from(self.text_ends.len()).ok()?));
        }
        Some(())
    }

    fn literal(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.text_ends[before] as usize);
        &self.texts[start..self.text_ends[at] as usize]
    }

    /// For every signature the choice that costs least.
    fn best(&self) -> Vec<Option<Best>> {
        let all = || (0..self.text_ends.len()).map(|at| self.literal(at).as_bytes());
        let popularity = Popularity::count(all(), self.texts.len());
        let mut best: Vec<Option<Best>> = vec![None; self.signatures.len()];
        let mut least = vec![[f32::INFINITY; 2]; self.signatures.len()];
        let mut others = vec![None; self.signatures.len()];
        for (at, (&(number, reach, _), cost)) in self.choices.iter().zip(self.costs(&popularity)).enumerate() {
            let (number, literals) = (number as usize, self.literals_of(at));
            let (best, [first, second]) = (&mut best[number], &mut least[number]);
            let displaced = if cost < *first || best.is_none() {
                let before = best.replace(Best { reach, literals, companion: NO_COMPANION });
                (before.map(|best| best.literals), std::mem::replace(first, cost))
            } else {
                (Some(literals), cost)
            };
            if let (Some(literals), cost) = displaced
                && literals.len() == 1
                && cost < *second
            {
                (*second, others[number]) = (cost, Some(literals.start));
            }
        }
        for ((best, other), signature) in best.iter_mut().zip(others).zip(&self.signatures) {
            if let (Some(best), Some(other), false) = (best, other, signature.spans_lines) {
                let other = self.literal(other as usize).as_bytes();
                best.companion = popularity.rarest_gram(other, &(0..0)).map_or(NO_COMPANION, |at| companion(other, at));
            }
        }
        best
    }

    /// What every choice costs. They are shared out to the processor's cores.
    fn costs(&self, popularity: &Popularity) -> Vec<f32> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = self.choices.len().div_ceil(cores).max(1);
        std::thread::scope(|scope| {
            let shares = (0..self.choices.len()).step_by(share).map(|from| {
                let to = self.choices.len().min(from + share);
                scope.spawn(move || (from..to).map(|at| self.cost(at, popularity)).collect::<Vec<f32>>())
            });
            let threads: Vec<_> = shares.collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    }

    fn literals_of(&self, choice: usize) -> Range<u32> {
        choice.checked_sub(1).map_or(0, |before| self.choices[before].2)..self.choices[choice].2
    }

    fn cost(&self, choice: usize, popularity: &Popularity) -> f32 {
        let cost = |at: u32| popularity.cost(background(), self.literal(at as usize).as_bytes());
        self.literals_of(choice).map(cost).sum()
    }

    pub(super) fn finish(mut self) -> Result<SignatureScanner, ScanError> {
        let best = self.best();
        let mut records = Records::new(std::mem::take(&mut self.pool.classes));
        let (mut chosen, mut slow, mut slow_records) = (Vec::new(), Vec::new(), Vec::new());
        for (number, best) in (0..).zip(best) {
            let reach = best.as_ref().map_or(Reach::NONE, |best| best.reach);
            let leads_to = self.record(&mut records, number, reach).ok_or(ScanError::TooLarge)?;
            match best {
                Some(Best { literals, companion, .. }) => {
                    chosen.extend(literals.map(|literal| (literal, Known { leads_to, companion })));
                }
                None if slow.len() == MAX_SLOW => return Err(ScanError::TooManySlow { number: number as usize }),
                None => {
                    slow.push(number);
                    slow_records.push(leads_to);
                }
            }
        }
        let literals = std::thread::scope(|scope| {
            // To move the records to huge pages takes a while.
            scope.spawn(|| records.finish());
            LiteralIndex::leading(chosen.iter().map(|&(at, known)| (self.literal(at as usize), known)))
        });
        self.patterns.shrink_to_fit();
        let pattern_ends = self.signatures.iter().map(|signature| signature.pattern_end).collect();
        let cache = RegexCache::new(CACHE_BYTES);
        Ok(SignatureScanner { literals, records, patterns: self.patterns, pattern_ends, slow, slow_records, cache })
    }

    /// Lays a signature down.
    fn record(&self, records: &mut Records, number: u32, reach: Reach) -> Option<u32> {
        let Signature { program, ignore_case, spans_lines, .. } = self.signatures[number as usize];
        let head = Head { number, reach, ignore_case, spans_lines };
        match program {
            Some(program) => records.add(head, self.pool.instructions(program), self.pool.text(program)),
            None => records.add(head, &[], &[]),
        }
    }
}
