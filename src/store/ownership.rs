//! Who wins when a file and the store both hold an article.
//!
//! The rule, without any database: an unchanged file changes nothing; a changed file updates an article that nobody
//! touched since its last import; when both changed, the stored text stays and the file is recorded as a conflict; an
//! article deleted through the API stays deleted until its file changes; an article whose file was gone comes back
//! with it.

use super::{ArticleState, Digest};

/// What the store knows of an article when a file for it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether it is there.
    pub(super) state: ArticleState,
    /// Hash of its current text.
    pub(super) text: Digest,
    /// Hash of the file's bytes at the last import.
    pub(super) imported: Option<Digest>,
    /// Whether somebody changed its text since then, or wrote it without a file.
    pub(super) touched: bool,
}

/// A file as it was just read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    /// Hash of its bytes.
    pub(super) bytes: Digest,
    /// Hash of the Markdown it stands for.
    pub(super) text: Digest,
}

/// What an import does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Write the article for the first time.
    Create,
    /// Do nothing.
    Nothing,
    /// Do nothing, since the article was deleted through the API.
    StayDeleted,
    /// The stored text is already what the file says: note that it was imported.
    Adopt,
    /// Take the file's text.
    Update,
    /// Bring the article back with the text it has.
    Return,
    /// Bring the article back with the file's text.
    ReturnChanged,
    /// Keep the stored text and record the file's; bring the article back if it was away.
    Conflict,
}

/// Decides what an import does with a file.
pub(super) fn decide(known: Option<Known>, file: File) -> Decision {
    let Some(known) = known else { return Decision::Create };
    let changed = known.imported != Some(file.bytes);
    let same_text = known.text == file.text;
    match known.state {
        ArticleState::Deleted if changed => Decision::ReturnChanged,
        ArticleState::Deleted => Decision::StayDeleted,
        ArticleState::Live if !changed => Decision::Nothing,
        ArticleState::Live if same_text => Decision::Adopt,
        ArticleState::Archived if !changed || same_text => Decision::Return,
        _ if known.touched => Decision::Conflict,
        ArticleState::Live => Decision::Update,
        ArticleState::Archived => Decision::ReturnChanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [ArticleState; 3] = [ArticleState::Live, ArticleState::Archived, ArticleState::Deleted];

    fn known(state: ArticleState, text: &str, imported: Option<&str>, touched: bool) -> Known {
        Known { state, text: Digest::of(text), imported: imported.map(Digest::of), touched }
    }

    fn file(text: &str) -> File {
        File { bytes: Digest::of(text), text: Digest::of(text) }
    }

    #[test]
    fn a_file_for_an_unknown_article_creates_it() {
        assert_eq!(decide(None, file("a")), Decision::Create);
    }

    #[test]
    fn an_unchanged_file_never_changes_a_text() {
        for touched in [false, true] {
            let text = if touched { "edited" } else { "a" };
            let outcomes = STATES.map(|state| decide(Some(known(state, text, Some("a"), touched)), file("a")));
            assert_eq!(outcomes, [Decision::Nothing, Decision::Return, Decision::StayDeleted]);
        }
    }

    #[test]
    fn a_changed_file_updates_an_article_that_nobody_touched() {
        let outcomes = STATES.map(|state| decide(Some(known(state, "a", Some("a"), false)), file("b")));
        assert_eq!(outcomes, [Decision::Update, Decision::ReturnChanged, Decision::ReturnChanged]);
    }

    #[test]
    fn a_changed_file_never_replaces_a_text_that_somebody_touched() {
        for imported in [Some("a"), None] {
            for state in [ArticleState::Live, ArticleState::Archived] {
                assert_eq!(decide(Some(known(state, "edited", imported, true)), file("b")), Decision::Conflict);
            }
        }
    }

    #[test]
    fn a_file_that_says_what_is_stored_is_no_conflict() {
        assert_eq!(decide(Some(known(ArticleState::Live, "b", Some("a"), true)), file("b")), Decision::Adopt);
        assert_eq!(decide(Some(known(ArticleState::Live, "b", None, true)), file("b")), Decision::Adopt);
        assert_eq!(decide(Some(known(ArticleState::Archived, "b", Some("a"), true)), file("b")), Decision::Return);
    }
}
