//! Headings of a Markdown document, and which of them name a known section.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::KnownSection;
use super::front::{line_end, line_start};

/// A heading that is not inside a list or a quotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// 1 to 6.
    pub(super) level: u8,
    /// Its text without markup.
    pub(super) text: String,
    /// Bytes of its lines, the last line break included.
    pub(super) range: Range<usize>,
}

/// Finds the headings of `markdown`, ATX and setext, outside of code, lists and quotations.
pub(super) fn headings(markdown: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut containers = 0_usize;
    let mut inside = false;
    let mut ends_in_code = false;
    for (event, range) in Parser::new_ext(markdown, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => containers += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => containers = containers.saturating_sub(1),
            Event::Start(Tag::Heading { level, .. }) if containers == 0 => {
                inside = true;
                let start = line_start(markdown, range.start);
                let end = if range.end > start && matches!(markdown.as_bytes()[range.end - 1], b'\n' | b'\r') {
                    range.end
                } else {
                    line_end(markdown, range.end)
                };
                found.push(Heading { level: depth(level), text: String::new(), range: start..end });
            }
            Event::End(TagEnd::Heading(_)) => {
                inside = false;
                if let Some(heading) = found.last_mut().filter(|_| !ends_in_code) {
                    heading.text.truncate(without_anchor(&heading.text).len());
                }
            }
            Event::Text(text) if inside => {
                ends_in_code = false;
                push(&mut found, &text);
            }
            Event::Code(text) if inside => {
                ends_in_code = true;
                push(&mut found, &text);
            }
            Event::SoftBreak | Event::HardBreak if inside => push(&mut found, " "),
            Event::InlineHtml(tag) if inside && is_placeholder(&tag) => push(&mut found, &tag),
            _ => {}
        }
    }
    for heading in &mut found {
        heading.text = heading.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    found
}

/// The headings that cut a body into sections: besides those of [`headings`], a paragraph in bold that names a known
/// section, one level below the heading it stands under. Below a heading that bears a section's own name such a paragraph
/// is text: whoever writes `## Cause` marks every section so.
pub(super) fn section_headings(body: &str) -> Vec<Heading> {
    let mut found = headings(body);
    let end = found.iter().find(|heading| is_own_name(&heading.text)).map_or(body.len(), |own| own.range.start);
    let labels: Vec<Heading> = bold_paragraphs(&body[..end])
        .into_iter()
        .filter(|label| known(&label.text).is_some())
        .map(|label| {
            let above = found.iter().rfind(|heading| heading.range.start < label.range.start);
            Heading { level: above.map_or(2, |above| (above.level + 1).min(6)), ..label }
        })
        .collect();
    found.extend(labels);
    found.sort_by_key(|heading| heading.range.start);
    found
}

/// Whether a heading is the own name of a known section and not a synonym of it.
pub(super) fn is_own_name(text: &str) -> bool {
    known(text).is_some_and(|(_, by_name)| by_name)
}

/// Paragraphs that are in bold from end to end, outside of lists and quotations.
fn bold_paragraphs(markdown: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let (mut containers, mut bold) = (0_usize, 0_usize);
    let mut candidate: Option<Heading> = None;
    for (event, range) in Parser::new_ext(markdown, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => containers += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => containers = containers.saturating_sub(1),
            Event::Start(Tag::Paragraph) if containers == 0 => {
                let lines = line_start(markdown, range.start)..range.end;
                candidate = Some(Heading { level: 0, text: String::new(), range: lines });
            }
            Event::End(TagEnd::Paragraph) => {
                found.extend(candidate.take().filter(|label| label.text.contains(char::is_alphanumeric)));
            }
            Event::Start(Tag::Strong) => bold += 1,
            Event::End(TagEnd::Strong) => bold = bold.saturating_sub(1),
            Event::Text(text) | Event::Code(text) if bold > 0 => {
                if let Some(candidate) = &mut candidate {
                    candidate.text.push_str(&text);
                }
            }
            // `**Cause**:`
            Event::Text(text) if text.trim_matches([':', '.', '?', '!', ' ']).is_empty() => {}
            _ => candidate = None,
        }
    }
    found
}

/// A heading without the anchor that some generators write behind it: `{#id}`, `{: #id}`, `{/*id*/}`, `¶`.
pub(super) fn without_anchor(heading: &str) -> &str {
    let heading = heading.trim_end().trim_end_matches(['¶', '🔗']);
    let text = heading.trim_end();
    let Some((before, inner)) = text.strip_suffix('}').and_then(|text| text.rsplit_once('{')) else { return heading };
    // The stars of a comment may have been read as emphasis already.
    let comment = inner.strip_prefix('/').and_then(|inner| inner.strip_suffix('/'));
    let comment = comment.map(|inner| inner.trim_matches('*').trim());
    let attributes = inner.strip_prefix(':').unwrap_or(inner).trim();
    let anchor = comment.or_else(|| attributes.strip_prefix(['#', '.'])).unwrap_or_default();
    let is_anchor = !anchor.is_empty() && anchor.chars().all(|c| c.is_alphanumeric() || "-_.:#= ".contains(c));
    let apart = before.ends_with(char::is_whitespace) && !before.trim().is_empty();
    if is_anchor && apart { before.trim_end() } else { heading }
}

fn push(found: &mut [Heading], text: &str) {
    if let Some(heading) = found.last_mut() {
        heading.text.push_str(text);
    }
}

/// `<DOMAIN>` stands for a value; `<a id="x">` and `</b>` are markup.
fn is_placeholder(tag: &str) -> bool {
    tag.strip_prefix('<').and_then(|tag| tag.strip_suffix('>')).is_some_and(|name| {
        name.bytes().any(|b| b.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
    })
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Which known section a heading names, if any, and whether by the section's own name rather than a synonym.
///
/// Besides the words of `docs/articles.md` in singular and plural, a heading may wrap one of them in words that say
/// nothing more: "Why This Error Occurred", "Possible Ways to Fix It", "Common causes", "Scenario 2".
pub(super) fn known(text: &str) -> Option<(KnownSection, bool)> {
    if text.len() > 80 {
        return None;
    }
    let lower = text.to_lowercase();
    let bare = lower.trim_end_matches([':', '.', '?', '!']).trim();
    let exact = match bare {
        "overview" => Some((KnownSection::Overview, true)),
        "applies to" => Some((KnownSection::AppliesTo, true)),
        "cause" => Some((KnownSection::Cause, true)),
        "solution" => Some((KnownSection::Solution, true)),
        "error" | "errors" | "error message" | "error messages" | "description" | "meaning" | "details" => {
            Some((KnownSection::Overview, false))
        }
        _ => None,
    };
    exact.or_else(|| by_key_word(bare).map(|section| (section, false)))
}

/// The one section that all the telling words of a heading name.
fn by_key_word(text: &str) -> Option<KnownSection> {
    let mut section = None;
    let mut subject = false;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if let Some(named) = key_word(word) {
            if section.is_some_and(|section| section != named) {
                return None;
            }
            section = Some(named);
        } else if matches!(word, "issue" | "issues" | "problem" | "problems") {
            subject = true;
        } else if !is_filler(word) {
            return None;
        }
    }
    // "Issue" names the overview; in "Why the issue occurs" it is only what the other word is about.
    section.or(subject.then_some(KnownSection::Overview))
}

fn key_word(word: &str) -> Option<KnownSection> {
    Some(match word {
        "overview" | "symptom" | "symptoms" | "scenario" | "scenarios" => KnownSection::Overview,
        "environment" | "environments" => KnownSection::AppliesTo,
        "cause" | "causes" | "reason" | "reasons" | "why" => KnownSection::Cause,
        "solution" | "solutions" | "resolution" | "resolutions" | "resolve" | "solve" | "fix" | "fixes" | "correct"
        | "workaround" | "workarounds" | "patch" | "patches" | "mitigation" | "mitigations" | "remediation" => {
            KnownSection::Solution
        }
        _ => return None,
    })
}

fn is_filler(word: &str) -> bool {
    let number = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    number
        || matches!(
            word,
            "a" | "an"
                | "and"
                | "the"
                | "this"
                | "these"
                | "it"
                | "to"
                | "of"
                | "for"
                | "is"
                | "does"
                | "did"
                | "do"
                | "how"
                | "ways"
                | "way"
                | "possible"
                | "potential"
                | "probable"
                | "likely"
                | "common"
                | "root"
                | "suggested"
                | "recommended"
                | "error"
                | "errors"
                | "message"
                | "warning"
                | "occurred"
                | "occurs"
                | "occur"
                | "happened"
                | "happens"
                | "happen"
                | "you"
                | "get"
                | "see"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_found_in_both_styles_and_not_in_code_lists_or_quotes() {
        let markdown =
            "Title\r\n===\r\n\r\n```\r\n# no\r\n```\r\n- # no\r\n\r\n> # no\r\n\r\n  ## `Code` & *more* ##\r\ntext";
        let found = headings(markdown);
        let texts: Vec<_> = found.iter().map(|h| (h.level, h.text.as_str())).collect();
        assert_eq!(texts, [(1, "Title"), (2, "Code & more")]);
        assert_eq!(&markdown[found[0].range.clone()], "Title\r\n===\r\n");
        assert_eq!(&markdown[found[1].range.clone()], "  ## `Code` & *more* ##\r\n");
    }

    #[test]
    fn markup_in_a_heading_is_dropped_and_a_placeholder_kept() {
        let found = headings("### <Icon name=\"x\" /> Error at <DOMAIN>: \\<…>\n");
        assert_eq!(found[0].text, "Error at <DOMAIN>: <…>");
    }

    #[test]
    fn an_anchor_behind_a_heading_is_no_text_of_it() {
        for heading in ["Breaks {#it-breaks}", "Breaks {/*it-breaks*/}", "Breaks {: #it .wide }", "`Breaks` {#x}"] {
            assert_eq!(headings(&format!("# {heading}\n"))[0].text, "Breaks", "{heading}");
        }
        for heading in ["Error in `{#each}`", "Cannot read {value}", "{#each}", "a{#b}"] {
            assert_eq!(headings(&format!("# {heading}\n"))[0].text, heading.replace('`', ""), "{heading}");
        }
    }

    #[test]
    fn a_paragraph_in_bold_heads_a_section_where_it_names_one() {
        let body = "# T\n\nIntro **Cause**\n\n**How to fix it?**\n\nText.\n\n**Mind this**\n\n- **Cause**\n\n**Cause**:\nwhy\n\n## Solution\n\n**Cause**\n";
        let found: Vec<_> = section_headings(body).into_iter().map(|h| (h.level, h.text)).collect();
        let expected = [(1, "T"), (2, "How to fix it?"), (2, "Solution")];
        assert_eq!(found, expected.map(|(level, text)| (level, text.to_owned())));
    }

    #[test]
    fn known_sections_are_recognised_by_name_synonym_and_phrase() {
        use KnownSection::{AppliesTo, Cause, Overview, Solution};
        for (text, section) in [
            ("OVERVIEW", Overview),
            ("Applies To:", AppliesTo),
            ("Issue", Overview),
            ("Scenario 2", Overview),
            ("Error message", Overview),
            ("Environment", AppliesTo),
            ("Why This Error Occurred", Cause),
            ("Common causes", Cause),
            ("Why does this issue happen?", Cause),
            ("Possible Ways to Fix It", Solution),
            ("How to resolve the problem", Solution),
            ("1. Workaround", Solution),
        ] {
            assert_eq!(known(text).map(|(section, _)| section), Some(section), "{text}");
        }
    }

    #[test]
    fn headings_that_say_something_else_stay_headings_of_their_own() {
        for text in
            ["Error 1016", "See also", "Fix the certificate chain", "Possible causes and solutions", "Remarks", ""]
        {
            assert_eq!(known(text), None, "{text}");
        }
    }
}
