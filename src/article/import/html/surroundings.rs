//! What stands on a page around its article: landmarks told by their roles, and what a site says below every article.

use super::tags::{Tag, is_void};

/// Reads what is the site's and not the article's.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// Roles count.
    by_role: bool,
    /// The element that is left out, with how many of its name are open.
    pub(super) left_out: Option<(String, usize)>,
    /// The element of the role `main`, with how many of its name are open.
    main: Option<(String, usize)>,
    /// The page has just asked whether it was of help.
    asked: bool,
}

/// What a tag does to the parts of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landmark {
    /// It is of no landmark.
    None,
    /// It stands in what is left out, or ends it.
    LeftOut,
    /// The content begins.
    Begins,
    /// The content ends.
    Ends,
}

impl Surroundings {
    /// Tells landmarks by their roles, or only by the names of their elements.
    pub(super) fn new(by_role: bool) -> Self {
        Self { by_role, ..Self::default() }
    }

    /// What a tag does, which may stand inside of the content.
    pub(super) fn landmark(&mut self, tag: &Tag<'_>, in_content: bool) -> Landmark {
        if self.left_out.is_some() {
            ends(&mut self.left_out, tag);
            return Landmark::LeftOut;
        }
        if ends(&mut self.main, tag) {
            return Landmark::Ends;
        }
        let role = (self.by_role && !tag.closing && !is_void(&tag.name)).then(|| tag.attribute("role")).flatten();
        let opened = || Some((tag.name.clone(), 1));
        match role.unwrap_or_default().to_ascii_lowercase().as_str() {
            "main" if self.main.is_none() && !matches!(tag.name.as_str(), "main" | "article") => {
                self.main = opened();
                Landmark::Begins
            }
            // What stands inside of the content beside it is a note to it.
            "complementary" if in_content => Landmark::None,
            "navigation" | "banner" | "search" | "contentinfo" | "complementary" => {
                self.left_out = opened();
                Landmark::LeftOut
            }
            _ => Landmark::None,
        }
    }

    /// Whether a text is the site's and not the article's: whether it was of help, and who holds the rights.
    pub(super) fn is_of_the_site(&mut self, text: &str) -> bool {
        const MOST_BYTES: usize = 160;
        if text.len() > MOST_BYTES {
            self.asked = false;
            return false;
        }
        let lower = text.trim_start_matches(['*', '#', ' ']).to_lowercase();
        let opens = |starts: &[&str]| starts.iter().any(|start| lower.starts_with(start));
        let is_vote = |word: &str| matches!(word, "" | "yes" | "no");
        let asks = opens(&["was this ", "did this ", "is this "]) && lower.contains('?') && lower.contains("help");
        let answers = self.asked && lower.split(|c: char| !c.is_alphanumeric()).all(is_vote);
        self.asked = asks || answers || lower.contains("found this helpful");
        self.asked
            || opens(&["©", "copyright ©", "copyright (c)", "copyright 1", "copyright 2", "(c) 1", "(c) 2"])
            || lower.trim_end_matches('.').ends_with("all rights reserved")
    }
}

/// Counts the open elements of a name; `true` for the tag that ends the first of them.
fn ends(element: &mut Option<(String, usize)>, tag: &Tag<'_>) -> bool {
    let Some((_, open)) = element.as_mut().filter(|(name, _)| *name == tag.name) else { return false };
    *open = if tag.closing { *open - 1 } else { *open + 1 };
    let ended = *open == 0;
    if ended {
        *element = None;
    }
    ended
}
