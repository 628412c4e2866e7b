//! Which signatures can match a text, and which do: one pass for all signatures at once.
//!
//! A knowledge base holds thousands of signatures, a report matches a handful, and a log of a megabyte is to be read at the
//! speed of memory. The way from one to the other:
//!
//! 1. **What must stand in a match** (`literals`). Of every pattern, read once and in pieces that many share (`pieces`), the
//!    sets of literals are known of which one stands in any text that it matches. Which set is looked for is chosen by
//!    rarity: against how often three characters stand in a row in real reports (`background`), and against how many other
//!    signatures share a stretch (`popularity`).
//! 2. **The first look** (`windows`). Messages of one program differ by a name, and what they share is looked for first:
//!    the *anchor* of a literal is a stretch that many literals hold and ordinary reports do not. It gives as many
//!    neighbouring windows of a few bytes as the text is stepped through: so one place in four is hashed and looked up in
//!    a filter. There are so few anchors that it stays in the fastest cache, with a million signatures too. Eight
//!    at a time where the processor has AVX2, one at a time elsewhere, with the same result. Automata (Aho-Corasick) read
//!    every byte and miss the cache once the automaton outgrows it; Hyperscan's FDR tells strings apart by the last eight
//!    bytes at best and slows down as literals come to resemble the text.
//! 3. **The literal itself** (`index`, `group`, `items`). Around an anchor its *probes* are looked up, windows that reach into
//!    the name and that few literals share. What comes out is told apart by a hash of four more bytes, and where signatures
//!    share even the whole literal, by four bytes of another literal that must stand in the line (`candidates`). Only then is
//!    the memory of a signature touched. Letter case is ignored throughout (a signature that minds it is checked in full
//!    afterwards), so that no second pass is needed for those that do not.
//! 4. **The signature** (`signatures`, or the conditions of a snapshot through `triggers`). A pattern is run around its
//!    literal only, as far as a match can reach: by a short program (`program`, `walk`) that needs no compiling and
//!    finds the match, and by the regex engine, compiled at first need into a bounded `cache`, where there is no program
//!    or its work would grow too much. So every text takes time linear in its length.
//!
//! With a million signatures a single error is read in less time than a few places of memory, each of which leads to the
//! next. So there are three: a line with an anchor, a line with literals (`table`), and all that is known of a signature
//! (`records`); each is asked for as soon as it is known where, and large arrays lie on huge pages (`memory`).
//!
//! Signatures without a literal are on a slow list: run over every text, no more than [`MAX_SLOW`], and named by `check`.
//!
//! A choice of other literals or other filters changes how fast texts are read, never what is found. `without_scan` of a
//! [`Snapshot`](super::Snapshot) leaves all this out, and a test holds every answer against it.

mod background;
mod builder;
mod cache;
mod candidates;
mod group;
mod index;
mod items;
mod literals;
mod memory;
mod pieces;
mod popularity;
mod program;
mod records;
mod signatures;
mod table;
mod triggers;
mod walk;
mod windows;

pub(super) use background::surprise;
pub(super) use cache::RegexCache;
pub(super) use index::LiteralIndex;
pub(super) use literals::{LiteralChoice, choices};
pub use signatures::{MAX_SLOW, ScanError, Scratch, SignatureScanner};
pub(super) use triggers::{Scanner, SignatureRef};
