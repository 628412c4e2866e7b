//! Edits of what a reader sees: title, `applies_to` and sections.

use serde_json::json;

use super::body::File;
use super::front::{has, line_break, set, splice, with_breaks_of};
use super::{EditError, Editor, differing_field};
use crate::article::body::{Role, same_words};
use crate::article::change::Change;
use crate::article::front::split;
use crate::article::write::{escape_heading, to_markdown};
use crate::article::{Article, KnownSection, Section};

impl Editor {
    pub(super) fn title(&mut self, change: &Change) -> Result<(), EditError> {
        let Some(title) = change.title.as_ref().filter(|title| **title != self.article.title) else { return Ok(()) };
        let mut expected = Article { title: title.clone(), ..self.article.clone() };
        let file = File::new(&self.source).map_err(|reason| EditError::refused("title", reason))?;
        let heading = file.title_heading().map(|(text, level, lines)| (text.to_owned(), level, lines));
        let in_front = has(&self.source, "title");
        let mut ways = Vec::new();
        if let Some((text, level, lines)) = heading {
            // A heading that says what the title says changes with it; one that says more stays, and is only left out
            // of the other sections when the new title says the same.
            if !in_front || same_words(&text, &self.article.title) {
                let end = if self.source[lines.clone()].ends_with('\n') { line_break(&self.source) } else { "" };
                let line = format!("{} {}{end}", "#".repeat(level.into()), escape_heading(title));
                let with_heading = splice(&self.source, lines, &line);
                ways.push(if in_front { set(&with_heading, "title", Some(&json!(title))) } else { Ok(with_heading) });
            }
            if same_words(&text, title) {
                expected.other_sections.retain(|section| section.heading != text || !section.text.is_empty());
            }
        }
        ways.push(set(&self.source, "title", Some(&json!(title))));
        self.take("title", expected, ways)
    }

    pub(super) fn applies_to(&mut self, change: &Change) -> Result<(), EditError> {
        let Some(items) = change.applies_to.as_ref().filter(|items| **items != self.article.applies_to) else {
            return Ok(());
        };
        let expected = Article { applies_to: items.clone(), ..self.article.clone() };
        let value = json!(items);
        let mut ways = Vec::new();
        if has(&self.source, "applies_to") {
            ways.extend(items.is_empty().then(|| set(&self.source, "applies_to", None)));
        } else {
            let file = File::new(&self.source).map_err(|reason| EditError::refused("applies_to", reason))?;
            let section =
                |segment: &&crate::article::body::Segment| segment.role == Role::Known(KnownSection::AppliesTo);
            if file.segments().iter().any(|segment| section(&segment)) {
                let list = items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n");
                ways.extend(file.known_section(KnownSection::AppliesTo, &list).into_iter().map(Ok));
            }
        }
        ways.push(set(&self.source, "applies_to", Some(&value)));
        self.take("applies_to", expected, ways)
    }

    pub(super) fn section(&mut self, section: KnownSection, text: &str) -> Result<(), EditError> {
        let mut expected = self.article.clone();
        let field = match section {
            KnownSection::Overview => &mut expected.overview,
            KnownSection::Cause => &mut expected.cause,
            KnownSection::Solution | KnownSection::AppliesTo => &mut expected.solution,
        };
        if *field == text {
            return Ok(());
        }
        text.clone_into(field);
        let file = File::new(&self.source).map_err(|reason| EditError::refused(section.as_str(), reason))?;
        let ways = file.known_section(section, text).into_iter().map(Ok).collect();
        self.take(section.as_str(), expected, ways)
    }

    pub(super) fn other_sections(&mut self, change: &Change) -> Result<(), EditError> {
        let Some(sections) = &change.other_sections else { return Ok(()) };
        let expected = Article { other_sections: sections.clone(), ..self.article.clone() };
        if differing_field(&self.article, &expected).is_none() {
            return Ok(());
        }
        let ways = vec![self.section_texts(sections), self.rewritten(&expected)];
        self.take("other_sections", expected, ways)
    }

    /// New texts under the same headings.
    fn section_texts(&self, sections: &[Section]) -> Result<String, String> {
        let old = &self.article.other_sections;
        let same_headings = old.len() == sections.len()
            && old.iter().zip(sections).all(|(old, new)| old.heading == new.heading && old.under == new.under);
        if !same_headings {
            return Err("the sections have other headings".to_owned());
        }
        let mut source = self.source.clone();
        for (index, (old, new)) in old.iter().zip(sections).enumerate() {
            if old.text == new.text {
                continue;
            }
            let file = File::new(&source)?;
            let mut segments: Vec<(KnownSection, usize)> = Vec::new();
            for (at, segment) in file.segments().iter().enumerate() {
                if let Role::Other(under) = segment.role {
                    segments.push((under, at));
                }
            }
            segments.sort_by_key(|(under, _)| *under);
            // A title heading that says more than the title stands first, and has no text of its own.
            let extra = old_headings_without_segment(self.article.other_sections.len(), segments.len());
            let at = index.checked_sub(extra).and_then(|index| segments.get(index)).map(|(_, at)| *at);
            let changed = at.and_then(|at| file.with_segment_text(at, &new.text));
            source = changed.ok_or_else(|| format!("the heading {:?} is the title's and has no text", old.heading))?;
        }
        Ok(source)
    }

    /// The body written anew below the same front matter, for sections that come, go or move.
    fn rewritten(&self, expected: &Article) -> Result<String, String> {
        let with_title = set(&self.source, "title", Some(&json!(expected.title)))?;
        let with_fields = match expected.applies_to.as_slice() {
            [] => with_title,
            items => set(&with_title, "applies_to", Some(&json!(items)))?,
        };
        let head = split(&with_fields).map_err(|problem| problem.message)?.body;
        let written = to_markdown(expected);
        let body = split(&written).map_err(|problem| problem.message)?.body;
        let mut rewritten = with_fields[..head].to_owned();
        if !rewritten.is_empty() && !rewritten.ends_with(['\n', '\r']) {
            rewritten.push_str(line_break(&self.source));
        }
        rewritten.push_str(&with_breaks_of(&self.source, &written[body..]));
        Ok(rewritten)
    }
}

fn old_headings_without_segment(sections: usize, segments: usize) -> usize {
    sections.saturating_sub(segments)
}
