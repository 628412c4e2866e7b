//! The fields of front matter, and of an article's JSON.

use super::{Reader, describe, get, list, nearest, quoted, text_of};
use crate::article::body::tidy;
use crate::article::change::{Change, DEFAULT_LOCALE};
use crate::article::tree::{Entry, Kind, Node, join, problem};
use crate::article::{Examples, KnownSection, Link, Section, Slug, Status, VersionRange};

/// Every field of front matter, in the order it is written.
pub(crate) const KNOWN: [&str; 16] = [
    "id",
    "title",
    "applies_to",
    "product",
    "versions",
    "tags",
    "links",
    "locale",
    "status",
    "owner",
    "reviewed_at",
    "fixed_in",
    "superseded_by",
    "signatures",
    "examples",
    "checks",
];
/// Fields of an article's JSON that are sections in a file.
const SECTIONS: [&str; 4] = ["overview", "cause", "solution", "other_sections"];
/// Shown in an article's JSON and never read.
const READ_ONLY: &str = "derived_signatures";
/// Fields that only front matter written for this program has.
const DISTINCTIVE: [&str; 6] = ["signatures", "examples", "checks", "reviewed_at", "fixed_in", "superseded_by"];
/// Most characters of a title.
const MAX_TITLE_CHARS: usize = 500;

/// The known field that an unknown one was probably meant to be; short names are too much alike to tell.
fn slip_for(key: &str) -> Option<&'static str> {
    nearest(key, &KNOWN).filter(|_| key.len() > 3)
}

/// Whether front matter with these keys is another program's: it has fields of that one's and none that only this one has.
pub(crate) fn is_foreign(keys: &[&str]) -> bool {
    keys.iter().any(|key| !KNOWN.contains(key) && slip_for(key).is_none())
        && !keys.iter().any(|key| DISTINCTIVE.contains(key))
}

impl Reader {
    /// Reads front matter. In a [foreign](is_foreign) one a known field that does not fit is ignored with a warning.
    pub(crate) fn front_matter(&mut self, entries: &[Entry]) -> Change {
        let foreign = is_foreign(&entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>());
        let mut change = Change::default();
        for entry in entries {
            if !KNOWN.contains(&entry.key.as_str()) {
                self.near_miss(entry);
            } else if !entry.value.is_null() {
                let before = self.problems.len();
                self.field(&mut change, &entry.key, &entry.value);
                if foreign {
                    self.warnings.extend(self.problems.drain(before..));
                }
            }
        }
        change
    }

    /// Reads the JSON of an article or of a part of one.
    pub(crate) fn change(&mut self, node: &Node) -> Change {
        let mut change = Change::default();
        let allowed: Vec<&str> = KNOWN.into_iter().chain(SECTIONS).chain([READ_ONLY]).collect();
        let Some(entries) = self.mapping(node, "", "an article", &allowed) else { return change };
        for entry in entries {
            match entry.key.as_str() {
                key if entry.value.is_null() => self.clear(&mut change, key, &entry.value),
                "overview" => change.overview = self.markdown(&entry.value, "overview"),
                "cause" => change.cause = self.markdown(&entry.value, "cause"),
                "solution" => change.solution = self.markdown(&entry.value, "solution"),
                "other_sections" => change.other_sections = Some(self.sections(&entry.value, "other_sections")),
                key => self.field(&mut change, key, &entry.value),
            }
        }
        change
    }

    fn near_miss(&mut self, entry: &Entry) {
        if let Some(known) = slip_for(&entry.key) {
            let message = format!("this field is kept and ignored; did you mean {known}?");
            self.warnings.push(problem(entry.place, &entry.key, message));
        }
    }

    fn field(&mut self, change: &mut Change, key: &str, node: &Node) {
        match key {
            "id" => change.id = self.slug(node, key),
            "title" => change.title = self.title(node, key),
            "applies_to" => change.applies_to = Some(self.lines_of_text(node, key)),
            "product" => change.product = Some(self.lines_of_text(node, key)),
            "versions" => change.versions = self.versions(node, key).map(Some),
            "tags" => change.tags = Some(self.lines_of_text(node, key)),
            "links" => change.links = Some(self.links(node, key)),
            "locale" => change.locale = self.locale(node, key),
            "status" => change.status = self.status(node, key),
            "owner" => change.owner = self.line(node, key).map(Some),
            "reviewed_at" => change.reviewed_at = self.date(node, key).map(Some),
            "fixed_in" => change.fixed_in = self.line(node, key).map(Some),
            "superseded_by" => change.superseded_by = self.slug(node, key).map(Some),
            "signatures" => change.signatures = Some(self.signatures(node, key)),
            "examples" => change.examples = Some(self.examples(node, key)),
            "checks" => change.checks = Some(self.checks(node, key)),
            _ => {}
        }
    }

    fn clear(&mut self, change: &mut Change, key: &str, node: &Node) {
        match key {
            "id" | "title" => self.wrong(node.place, key, "an article keeps this field; give it a value"),
            "overview" => change.overview = Some(String::new()),
            "cause" => change.cause = Some(String::new()),
            "solution" => change.solution = Some(String::new()),
            "other_sections" => change.other_sections = Some(Vec::new()),
            "applies_to" => change.applies_to = Some(Vec::new()),
            "product" => change.product = Some(Vec::new()),
            "tags" => change.tags = Some(Vec::new()),
            "links" => change.links = Some(Vec::new()),
            "locale" => change.locale = Some(DEFAULT_LOCALE.to_owned()),
            "status" => change.status = Some(Status::default()),
            "versions" => change.versions = Some(None),
            "owner" => change.owner = Some(None),
            "reviewed_at" => change.reviewed_at = Some(None),
            "fixed_in" => change.fixed_in = Some(None),
            "superseded_by" => change.superseded_by = Some(None),
            "signatures" => change.signatures = Some(Vec::new()),
            "examples" => change.examples = Some(Examples::default()),
            "checks" => change.checks = Some(Vec::new()),
            _ => {}
        }
    }

    fn slug(&mut self, node: &Node, path: &str) -> Option<Slug> {
        let text = self.line(node, path)?;
        match Slug::new(text.as_str()) {
            Ok(slug) => Some(slug),
            Err(reason) => {
                let nearest = Slug::from_text(&text).map_or(String::new(), |slug| format!("; write {slug}"));
                self.wrong(node.place, path, format!("{reason}{nearest}"));
                None
            }
        }
    }

    fn title(&mut self, node: &Node, path: &str) -> Option<String> {
        let title = self.line(node, path)?;
        if title.chars().count() > MAX_TITLE_CHARS {
            let message = format!("a title has at most {MAX_TITLE_CHARS} characters; the rest belongs in the overview");
            self.wrong(node.place, path, message);
            return None;
        }
        Some(title)
    }

    /// A list of lines, or one line alone.
    fn lines_of_text(&mut self, node: &Node, path: &str) -> Vec<String> {
        match &node.kind {
            Kind::Scalar { .. } => self.line(node, path).into_iter().collect(),
            Kind::List(items) => {
                let read = |(index, item)| self.line(item, &format!("{path}[{index}]"));
                items.iter().enumerate().filter_map(read).collect()
            }
            Kind::Map(_) => {
                self.wrong(node.place, path, format!("expected a list of words, this is {}", describe(node)));
                Vec::new()
            }
        }
    }

    fn versions(&mut self, node: &Node, path: &str) -> Option<String> {
        let text = self.line(node, path)?;
        match VersionRange::parse(&text) {
            Ok(_) => Some(text),
            Err(reason) => {
                self.wrong(node.place, path, reason);
                None
            }
        }
    }

    fn links(&mut self, node: &Node, path: &str) -> Vec<Link> {
        let Kind::List(items) = &node.kind else {
            self.wrong(node.place, path, format!("expected a list of links, this is {}", describe(node)));
            return Vec::new();
        };
        let read = |(index, item)| self.link(item, &format!("{path}[{index}]"));
        items.iter().enumerate().filter_map(read).collect()
    }

    fn link(&mut self, node: &Node, path: &str) -> Option<Link> {
        if let Kind::Scalar { .. } = node.kind {
            return Some(Link { title: None, url: self.url(node, path)? });
        }
        let entries = self.mapping(node, path, "a link", &["title", "url"])?;
        let title = match get(entries, "title").filter(|node| !node.is_null()) {
            Some(node) => Some(self.line(node, &join(path, "title"))?),
            None => None,
        };
        let Some(url) = get(entries, "url") else {
            self.wrong(node.place, path, "a link needs a url");
            return None;
        };
        Some(Link { title, url: self.url(url, &join(path, "url"))? })
    }

    fn url(&mut self, node: &Node, path: &str) -> Option<String> {
        let url = self.line(node, path)?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let sound = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
            && !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"'));
        if !sound {
            let message = format!("expected an absolute https:// or http:// address, this is {}", quoted(&url));
            self.wrong(node.place, path, message);
        }
        sound.then_some(url)
    }

    fn locale(&mut self, node: &Node, path: &str) -> Option<String> {
        let text = self.line(node, path)?;
        let mut subtags = text.split('-');
        let language = subtags.next().unwrap_or_default();
        let sound = matches!(language.len(), 2 | 3)
            && language.bytes().all(|b| b.is_ascii_alphabetic())
            && subtags.all(|tag| matches!(tag.len(), 1..=8) && tag.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !sound {
            let message = format!("expected a language tag such as en or pt-BR, this is {}", quoted(&text));
            self.wrong(node.place, path, message);
        }
        sound.then_some(text)
    }

    fn status(&mut self, node: &Node, path: &str) -> Option<Status> {
        const WORDS: [Status; 3] = [Status::Draft, Status::Published, Status::Archived];
        let found = text_of(node).and_then(|text| WORDS.into_iter().find(|status| status.as_str() == text.trim()));
        if found.is_none() {
            let words = WORDS.map(Status::as_str);
            self.wrong(node.place, path, format!("expected {}, this is {}", list(&words), describe(node)));
        }
        found
    }

    fn date(&mut self, node: &Node, path: &str) -> Option<String> {
        let text = self.line(node, path)?;
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| match i {
                4 | 7 => b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shaped || text.parse::<jiff::civil::Date>().is_err() {
            let message = format!("expected a date such as 2026-11-20, this is {}", quoted(&text));
            self.wrong(node.place, path, message);
            return None;
        }
        Some(text)
    }

    /// Markdown, which may be empty.
    fn markdown(&mut self, node: &Node, path: &str) -> Option<String> {
        if let Kind::Scalar { text, plain: false } = &node.kind {
            return Some(tidy(text));
        }
        self.wrong(node.place, path, format!("expected Markdown text, this is {}", describe(node)));
        None
    }

    fn sections(&mut self, node: &Node, path: &str) -> Vec<Section> {
        let Kind::List(items) = &node.kind else {
            self.wrong(node.place, path, format!("expected a list of sections, this is {}", describe(node)));
            return Vec::new();
        };
        let read = |(index, item)| self.section(item, &format!("{path}[{index}]"));
        let mut sections: Vec<Section> = items.iter().enumerate().filter_map(read).collect();
        sections.sort_by_key(|section| section.under);
        sections
    }

    fn section(&mut self, node: &Node, path: &str) -> Option<Section> {
        let entries = self.mapping(node, path, "a section", &["heading", "text", "under"])?;
        let Some(heading) = get(entries, "heading") else {
            self.wrong(node.place, path, "a section needs a heading");
            return None;
        };
        // A vendor's heading may be empty, and must come back as it went out.
        let heading = match &heading.kind {
            Kind::Scalar { text, plain: false } if text.is_empty() => String::new(),
            _ => self.line(heading, &join(path, "heading"))?,
        };
        let text = match get(entries, "text") {
            Some(node) => self.markdown(node, &join(path, "text"))?,
            None => String::new(),
        };
        let under = match get(entries, "under") {
            Some(node) => self.known_section(node, &join(path, "under"))?,
            None => KnownSection::default(),
        };
        Some(Section { heading, text, under })
    }

    fn known_section(&mut self, node: &Node, path: &str) -> Option<KnownSection> {
        let found = KnownSection::ALL.into_iter().find(|section| text_of(node) == Some(section.as_str()));
        if found.is_none() {
            let words = KnownSection::ALL.map(KnownSection::as_str);
            self.wrong(node.place, path, format!("expected {}, this is {}", list(&words), describe(node)));
        }
        found
    }
}
