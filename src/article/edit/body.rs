//! Replacing and inserting sections of the body.

use std::ops::Range;

use super::front::{line_break, splice, with_breaks_of};
use crate::article::KnownSection;
use crate::article::body::{Body, Role, Segment, belongs, content_range, segment, tidy};
use crate::article::front::split;
use crate::article::heading::headings;
use crate::article::write::section_level;

/// A file cut into front matter and the segments of its body.
pub(super) struct File<'s> {
    source: &'s str,
    /// Byte at which the body begins.
    base: usize,
    body: Body,
}

impl<'s> File<'s> {
    pub(super) fn new(source: &'s str) -> Result<Self, String> {
        let base = split(source).map_err(|problem| problem.message)?.body;
        Ok(Self { source, base, body: segment(&source[base..]) })
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.body.segments
    }

    /// Text of the title heading and its lines in the file.
    pub(super) fn title_heading(&self) -> Option<(&str, u8, Range<usize>)> {
        let heading = self.body.title_heading()?;
        Some((&heading.text, heading.level, self.base + heading.range.start..self.base + heading.range.end))
    }

    fn content(&self, segment: &Segment) -> Range<usize> {
        self.base + segment.content.start..self.base + segment.content.end
    }

    /// Bytes of a segment's text in the file, without the blank lines around it.
    fn text_range(&self, segment: &Segment) -> Range<usize> {
        let content = self.content(segment);
        let inner = content_range(&self.source[content.clone()]);
        content.start + inner.start..content.start + inner.end
    }

    /// Ways to make a known section read `new`, the one that touches least first.
    pub(super) fn known_section(&self, section: KnownSection, new: &str) -> Vec<String> {
        let parts: Vec<&Segment> = self.segments().iter().filter(|segment| belongs(segment, section)).collect();
        let filled: Vec<&Segment> = parts.iter().copied().filter(|part| !self.text_range(part).is_empty()).collect();
        let mut ways = self.one_piece(&filled, new);
        if filled.len() > 1 || new.is_empty() {
            ways.extend(self.gathered(&filled, new));
        }
        let explicit = parts.iter().find(|part| matches!(part.role, Role::Known(_)) && part.heading.is_some());
        if let (true, Some(empty)) = (filled.is_empty(), explicit) {
            ways.push(self.with_text(empty, new));
        }
        if explicit.is_none() {
            let has_known = self.segments().iter().any(|segment| matches!(segment.role, Role::Known(_)));
            if section == KnownSection::Overview && filled.is_empty() && !has_known {
                ways.extend(parts.last().map(|preamble| self.with_text(preamble, new)));
            }
            ways.push(self.with_section(section, new, &filled));
        }
        ways
    }

    /// Changes one of the pieces of a section's text, where the others stay as they are.
    fn one_piece(&self, pieces: &[&Segment], new: &str) -> Vec<String> {
        let texts: Vec<String> = pieces.iter().map(|piece| tidy(&self.source[self.text_range(piece)])).collect();
        let mut ways = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let before: String = texts[..index].iter().flat_map(|text| [text.as_str(), "\n\n"]).collect();
            let after: String = texts[index + 1..].iter().flat_map(|text| ["\n\n", text.as_str()]).collect();
            let middle = new.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()));
            if let Some(middle) = middle.filter(|middle| !middle.is_empty()) {
                ways.push(splice(self.source, self.text_range(piece), &with_breaks_of(self.source, middle)));
            }
        }
        ways
    }

    /// Puts the whole text into one piece, a section with a heading if there is one, and empties the others.
    fn gathered(&self, pieces: &[&Segment], new: &str) -> Option<String> {
        let target = pieces.iter().position(|piece| matches!(piece.role, Role::Known(_))).unwrap_or(0);
        let mut source = self.source.to_owned();
        // From the end, so that the bytes of the pieces before stay where they are.
        for (index, piece) in pieces.iter().enumerate().rev() {
            let range = self.text_range(piece);
            if index == target {
                source = splice(&source, range, &with_breaks_of(self.source, new));
            } else {
                let heading = piece.heading.as_ref().filter(|_| matches!(piece.role, Role::Known(_)));
                let start = heading.map_or(range.start, |heading| self.base + heading.range.start);
                let end = heading.map_or(range.end, |_| self.content(piece).end);
                source = splice(&source, start..end, "");
            }
        }
        (!pieces.is_empty()).then_some(source)
    }

    /// Fills a segment that has no text.
    fn with_text(&self, segment: &Segment, new: &str) -> String {
        let content = self.content(segment);
        let newline = line_break(self.source);
        let is_last = content.end == self.source.len();
        let before = &self.source[..content.start];
        let mut text = String::new();
        if !before.is_empty() && !before.ends_with('\n') {
            text.push_str(newline);
        }
        if !before.is_empty() {
            text.push_str(newline);
        }
        text.push_str(&with_breaks_of(self.source, new));
        if !is_last {
            text.push_str(newline);
            text.push_str(newline);
        } else if self.source.ends_with('\n') || self.source.is_empty() {
            text.push_str(newline);
        }
        splice(self.source, content, &text)
    }

    /// Adds a known section with its heading, before the first one that comes after it in the documented order or at the
    /// end, and takes away the text in `instead_of`.
    fn with_section(&self, section: KnownSection, new: &str, instead_of: &[&Segment]) -> String {
        let later = self.segments().iter().find(|segment| match segment.role {
            Role::Known(known) => known > section,
            Role::Other(_) => section == KnownSection::Overview,
            Role::Preamble => false,
        });
        let at = later.and_then(|segment| segment.heading.as_ref()).map(|heading| self.base + heading.range.start);
        let near = self.level_near(later);
        let crowded = headings(new).iter().any(|heading| heading.level <= near);
        let level = if crowded { section_level(&[new]) } else { near };
        let newline = line_break(self.source);
        let heading = format!("{} {}", "#".repeat(level.into()), section.heading());
        let text = with_breaks_of(self.source, new);
        let block = format!("{heading}{newline}{newline}{text}");
        let mut source = if let Some(at) = at {
            splice(self.source, at..at, &format!("{block}{newline}{newline}"))
        } else {
            let at_start = self.source.is_empty() || (self.source.len() == self.base && self.source.ends_with('\n'));
            let gap = if at_start || self.source.ends_with("\n\n") || self.source.ends_with("\n\r\n") {
                String::new()
            } else if self.source.ends_with('\n') {
                newline.to_owned()
            } else {
                newline.repeat(2)
            };
            let end = if self.source.is_empty() || self.source.ends_with('\n') { newline } else { "" };
            format!("{}{gap}{block}{end}", self.source)
        };
        for segment in instead_of.iter().rev() {
            source = splice(&source, self.text_range(segment), "");
        }
        source
    }

    /// Level of the headings among which a new section stands.
    fn level_near(&self, later: Option<&Segment>) -> u8 {
        let levels = |known: bool| {
            self.segments().iter().rev().filter_map(move |segment| {
                let wanted =
                    if known { matches!(segment.role, Role::Known(_)) } else { matches!(segment.role, Role::Other(_)) };
                segment.heading.as_ref().filter(|_| wanted).map(|heading| heading.level)
            })
        };
        later
            .and_then(|segment| segment.heading.as_ref())
            .map(|heading| heading.level)
            .or_else(|| levels(true).next())
            .or_else(|| levels(false).min())
            .unwrap_or(2)
    }

    /// Replaces the text of one segment.
    pub(super) fn with_segment_text(&self, index: usize, new: &str) -> Option<String> {
        let segment = self.segments().get(index)?;
        let range = self.text_range(segment);
        if range.is_empty() {
            return Some(self.with_text(segment, new));
        }
        Some(splice(self.source, range, &with_breaks_of(self.source, new)))
    }
}
