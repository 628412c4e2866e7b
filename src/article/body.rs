//! The body of an article: which bytes are the title, the known sections and the other ones.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::front::{line_end, line_start};
use super::heading::{Heading, is_own_name, known, section_headings};
use super::{KnownSection, Section};

/// What a stretch of the body belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Text under the title heading, or before any heading: part of the overview.
    Preamble,
    /// A known section.
    Known(KnownSection),
    /// A section of its own, standing under a known one.
    Other(KnownSection),
}

/// A heading (none for text before the first) and the text below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) role: Role,
    pub(super) heading: Option<Heading>,
    /// Bytes of the body below the heading, up to the next segment.
    pub(super) content: Range<usize>,
}

/// A body in segments that follow each other without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Body {
    pub(super) segments: Vec<Segment>,
    /// Index of the segment whose heading is the title.
    pub(super) title: Option<usize>,
    /// First `#` heading anywhere, which titles the article when nothing else does.
    pub(super) first_h1: Option<String>,
}

/// Cuts a body into segments.
///
/// The first heading is the title when it is a `#` or when every other heading is below it. A known heading starts a
/// known section at any level; any other heading starts a section of its own unless it is deeper than the one it stands
/// in. Inside a known section, a deeper heading that names the same section, or by a mere synonym an earlier one, is a
/// sub-heading too: "Workaround" under "Solution", "Details" under "Cause". A body in which no heading names a section by
/// its own name, and none the solution, may tell the solution in a paragraph: see [`told_solutions`].
pub(super) fn segment(body: &str) -> Body {
    let found = section_headings(body);
    let first_h1 = found.iter().find(|h| h.level == 1 && known(&h.text).is_none()).map(|h| h.text.clone());
    let has_title = titles_the_document(&found);
    let mut segments = vec![Segment { role: Role::Preamble, heading: None, content: 0..body.len() }];
    let mut under = KnownSection::Overview;
    let mut title = None;
    for (index, heading) in found.into_iter().enumerate() {
        let role = if index == 0 && has_title {
            title = Some(segments.len());
            Some(Role::Preamble)
        } else {
            let current = segments.last().map_or((Role::Preamble, 0), |segment| {
                (segment.role, segment.heading.as_ref().map_or(0, |heading| heading.level))
            });
            role_of(&heading, current, under)
        };
        let Some(role) = role else { continue };
        if let Role::Known(section) = role {
            under = section;
        }
        if let Some(last) = segments.last_mut() {
            last.content.end = heading.range.start;
        }
        let content = heading.range.end..body.len();
        segments.push(Segment { role, heading: Some(heading), content });
    }
    told_solutions(body, &mut segments, &mut title);
    Body { segments, title, first_h1 }
}

fn titles_the_document(found: &[Heading]) -> bool {
    let Some((first, rest)) = found.split_first() else { return false };
    known(&first.text).is_none()
        && !first.text.is_empty()
        && (first.level == 1 || rest.iter().all(|heading| heading.level > first.level))
}

/// The segment that a heading starts; `None` when it is a sub-heading of the current one.
fn role_of(heading: &Heading, (current, level): (Role, u8), under: KnownSection) -> Option<Role> {
    let deeper = heading.level > level;
    match (known(&heading.text), current) {
        (Some((section, by_name)), Role::Known(current)) if deeper => {
            (section > current || (by_name && section != current)).then_some(Role::Known(section))
        }
        (Some((section, _)), _) => Some(Role::Known(section)),
        (None, Role::Known(_) | Role::Other(_)) if deeper => None,
        (None, _) => Some(Role::Other(under)),
    }
}

/// Cuts off what a body without a heading for it tells of the solution: in the text before the first section and in known
/// sections from the paragraph "To fix this, …" on, else in the only section of its own with such a paragraph.
fn told_solutions(body: &str, segments: &mut Vec<Segment>, title: &mut Option<usize>) {
    let marked = segments.iter().any(|segment| {
        segment.role == Role::Known(KnownSection::Solution)
            || segment.heading.as_ref().is_some_and(|heading| is_own_name(&heading.text))
    });
    if marked {
        return;
    }
    let told = |segment: &Segment| told_solution(&body[segment.content.clone()]).map(|at| segment.content.start + at);
    let all: Vec<(usize, usize)> =
        segments.iter().enumerate().filter_map(|(index, segment)| Some((index, told(segment)?))).collect();
    let is_other = |index: usize| matches!(segments[index].role, Role::Other(_));
    let (others, mut chosen): (Vec<_>, Vec<_>) = all.into_iter().partition(|(index, _)| is_other(*index));
    if let ([], [only]) = (chosen.as_slice(), others.as_slice()) {
        chosen.push(*only);
    }
    for (index, at) in chosen.into_iter().rev() {
        let content = at..segments[index].content.end;
        segments[index].content.end = at;
        let role = Role::Known(KnownSection::Solution);
        segments.insert(index + 1, Segment { role, heading: None, content });
        if let Some(title) = title.as_mut().filter(|title| **title > index) {
            *title += 1;
        }
    }
}

/// Where the first paragraph begins that says what to do "to fix this".
fn told_solution(text: &str) -> Option<usize> {
    let mut containers = 0_usize;
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => containers += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => containers = containers.saturating_sub(1),
            Event::Start(Tag::Paragraph) if containers == 0 && tells_solution(&text[range.clone()]) => {
                return Some(line_start(text, range.start));
            }
            _ => {}
        }
    }
    None
}

/// Whether a paragraph begins as in "To resolve this problem, …".
fn tells_solution(paragraph: &str) -> bool {
    const VERBS: [&str; 12] = [
        "fix",
        "resolve",
        "solve",
        "avoid",
        "correct",
        "prevent",
        "mitigate",
        "remedy",
        "remediate",
        "workaround",
        "address",
        "repair",
    ];
    let head: String = paragraph.chars().take(80).flat_map(char::to_lowercase).collect();
    let mut words = head.split_whitespace();
    let (to, verb) = (words.next(), words.next());
    let verb = match verb {
        // "work around"
        Some("work") if words.next() == Some("around") => Some("workaround"),
        verb => verb,
    };
    to == Some("to")
        && verb.is_some_and(|verb| VERBS.contains(&verb))
        && words.next().is_some_and(|object| {
            matches!(object.trim_end_matches([',', ':']), "this" | "these" | "the" | "it" | "that" | "such")
        })
}

impl Body {
    /// Text of a known section: its segments in order, a blank line between them.
    pub(super) fn known_text(&self, body: &str, section: KnownSection) -> String {
        let mut text = String::new();
        for segment in self.segments.iter().filter(|segment| belongs(segment, section)) {
            let piece = tidy(&body[segment.content.clone()]);
            if !piece.is_empty() {
                if !text.is_empty() {
                    text.push_str("\n\n");
                }
                text.push_str(&piece);
            }
        }
        text
    }

    /// Sections of their own, grouped by the known section they stand under. A title heading whose words are not those
    /// of `title` says something more, and is kept as a section without text.
    pub(super) fn other_sections(&self, body: &str, title: &str) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        for (index, segment) in self.segments.iter().enumerate() {
            let Some(heading) = &segment.heading else { continue };
            match segment.role {
                Role::Other(under) => sections.push(Section {
                    heading: heading.text.clone(),
                    text: tidy(&body[segment.content.clone()]),
                    under,
                }),
                Role::Preamble if self.title == Some(index) && !same_words(&heading.text, title) => {
                    let under = KnownSection::Overview;
                    sections.push(Section { heading: heading.text.clone(), text: String::new(), under });
                }
                _ => {}
            }
        }
        sections.sort_by_key(|section| section.under);
        sections
    }

    /// Text of the title heading.
    pub(super) fn title_heading(&self) -> Option<&Heading> {
        self.title.and_then(|index| self.segments.get(index)).and_then(|segment| segment.heading.as_ref())
    }
}

/// Whether a segment's text is part of a known section's text.
pub(super) fn belongs(segment: &Segment, section: KnownSection) -> bool {
    match segment.role {
        Role::Preamble => section == KnownSection::Overview,
        Role::Known(known) => known == section,
        Role::Other(_) => false,
    }
}

/// Whether two lines hold the same words, whatever their case and punctuation.
pub(super) fn same_words(a: &str, b: &str) -> bool {
    let words = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>()
    };
    words(a) == words(b)
}

/// Section text as an article holds it: `\n` line breaks, no blank lines around it, no white space at its end.
pub(super) fn tidy(text: &str) -> String {
    text[content_range(text)].replace("\r\n", "\n").replace('\r', "\n")
}

/// Bytes of `text` without the blank lines before and the white space after it.
pub(super) fn content_range(text: &str) -> Range<usize> {
    let end = text.trim_end().len();
    let mut start = 0;
    while start < end {
        let line = line_end(text, start);
        if !text[start..line].trim().is_empty() {
            break;
        }
        start = line;
    }
    start.min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> (String, String, String, Vec<(String, String)>) {
        let cut = segment(body);
        let title = cut.title_heading().map(|heading| heading.text.clone()).unwrap_or_default();
        let others = cut.other_sections(body, &title).into_iter().map(|s| (s.heading, s.text)).collect();
        (
            cut.known_text(body, KnownSection::Overview),
            cut.known_text(body, KnownSection::Cause),
            cut.known_text(body, KnownSection::Solution),
            others,
        )
    }

    #[test]
    fn sub_headings_belong_to_their_section_and_equal_ones_end_it() {
        let (overview, cause, solution, others) = texts(
            "# T\n\nIntro.\n\n## Cause\nwhy\n### Details\nmore\n## Impact\nbad\n## Solution\ndo\n### Workaround\nor\n# End\nx",
        );
        assert_eq!(overview, "Intro.");
        assert_eq!(cause, "why\n### Details\nmore");
        assert_eq!(solution, "do\n### Workaround\nor");
        assert_eq!(others, [("Impact".to_owned(), "bad".to_owned()), ("End".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn repeated_scenarios_give_one_overview_and_one_solution() {
        let (overview, _, solution, others) =
            texts("# T\n## Scenario 1\n> a\n### Issue\nb\n### Solution\nc\n## Scenario 2\n> d\n### Solution\ne\n");
        assert_eq!(overview, "> a\n### Issue\nb\n\n> d");
        assert_eq!(solution, "c\n\ne");
        assert!(others.is_empty());
    }

    #[test]
    fn text_between_the_title_and_the_first_section_opens_the_overview() {
        let (overview, ..) = texts("# T\n> message\n### Issue\nmore\n### Solution\nx");
        assert_eq!(overview, "> message\n\nmore");
    }

    #[test]
    fn a_paragraph_that_says_how_to_fix_it_is_the_solution_where_no_heading_names_one() {
        let (overview, _, solution, others) = texts(
            "# T\n\nIt broke.\n\nTo resolve this problem, do it\nagain.\n\n- so\n\n## Example\n\nTo fix the example, y.\n",
        );
        assert_eq!(
            (overview.as_str(), solution.as_str()),
            ("It broke.", "To resolve this problem, do it\nagain.\n\n- so")
        );
        assert_eq!(others[0].1, "To fix the example, y.");
        let (_, _, solution, others) = texts("# T\n\na\n\n## Background\n\nx\n\nTo work around it: y.\n");
        assert_eq!((solution.as_str(), others[0].1.as_str()), ("To work around it: y.", "x"));
        for marked in
            ["## Overview\n\nTo fix this, x.", "To fix this, x.\n\n## How to fix it\n\ny", "To fix a flat tyre, x."]
        {
            assert!(!texts(marked).2.contains('x'), "{marked}");
        }
    }

    #[test]
    fn paragraphs_in_bold_cut_a_document_into_sections() {
        let (overview, cause, solution, _) = texts(
            "# T\n\n**What does it look like?**\n\na\n\n**Why does it happen?**\n\nb\n\n**How to fix it?**\n\nc\n",
        );
        assert_eq!(
            (overview.as_str(), cause.as_str(), solution.as_str()),
            ("**What does it look like?**\n\na", "b", "c")
        );
    }

    #[test]
    fn a_document_below_one_heading_is_titled_by_it_whatever_its_level() {
        assert_eq!(segment("### T\ntext\n#### Fix\nx").title_heading().unwrap().text, "T");
        assert!(segment("## Impact\ntext\n## Fix\nx").title_heading().is_none());
        assert!(segment("## Why This Error Occurred\ntext").title_heading().is_none());
    }

    #[test]
    fn a_title_heading_that_says_more_than_the_title_is_kept() {
        let body = "# Cluster down\ntext";
        let cut = segment(body);
        assert!(cut.other_sections(body, "\"Cluster\" Down!").is_empty());
        assert_eq!(cut.other_sections(body, "ClusterDown")[0].heading, "Cluster down");
    }
}
