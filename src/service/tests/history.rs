//! Who wins when a file and the API both change an article: histories, and what each comes to.

use ImportItemOutcome::{Archived, Conflict, Created, Restored, Unchanged, Updated};
use Step::{Api, ApiDelete, Delete, File, Keep, Load, LoadFile, LoadStored, Once};

use super::*;
use crate::store::OnConflict;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The file says this text.
    File(&'static str),
    /// The file is deleted.
    Delete,
    /// The article is written through the API.
    Api(&'static str),
    /// The article is deleted through the API.
    ApiDelete,
    /// The folder is loaded, with this outcome for the article.
    Load(ImportItemOutcome),
    /// The folder is loaded and there is nothing to say of the article.
    Keep,
    /// The folder is loaded, files are taken where there is a conflict.
    LoadFile(ImportItemOutcome),
    /// The folder is loaded, stored texts are kept where there is a conflict.
    LoadStored(ImportItemOutcome),
    /// A text is imported once, not as the folder's file.
    Once(&'static str, ImportItemOutcome),
}

/// Steps, then the text that answers, how many revisions there are and how many conflicts are open.
type History = (&'static [Step], Option<&'static str>, usize, usize);

const HISTORIES: &[History] = &[
    // A file alone.
    (&[File("f1"), Load(Created)], Some("f1"), 1, 0),
    (&[File("f1"), Load(Created), Load(Unchanged)], Some("f1"), 1, 0),
    (&[File("f1"), Load(Created), File("f2"), Load(Updated), Load(Unchanged)], Some("f2"), 2, 0),
    (&[File("f1"), Load(Created), Delete, Load(Archived), Keep], None, 2, 0),
    (&[File("f1"), Load(Created), Delete, Load(Archived), File("f1"), Load(Restored)], Some("f1"), 3, 0),
    (&[File("f1"), Load(Created), Delete, Load(Archived), File("f2"), Load(Restored)], Some("f2"), 3, 0),
    // The API alone.
    (&[Api("a1"), Keep, Api("a2"), Keep], Some("a2"), 2, 0),
    (&[Api("a1"), ApiDelete, Keep], None, 2, 0),
    (&[Api("a1"), ApiDelete, Api("a2"), Keep], Some("a2"), 3, 0),
    // The API after the file.
    (&[File("f1"), Load(Created), Api("a1"), Load(Unchanged)], Some("a1"), 2, 0),
    (&[File("f1"), Load(Created), Api("a1"), File("f2"), Load(Conflict), Load(Conflict)], Some("a1"), 2, 1),
    (&[File("f1"), Load(Created), Api("a1"), File("f2"), Load(Conflict), File("f3"), Load(Conflict)], Some("a1"), 2, 1),
    (&[File("f1"), Load(Created), Api("a1"), File("a1"), Load(Unchanged), File("f2"), Load(Updated)], Some("f2"), 3, 0),
    (&[File("f1"), Load(Created), Api("a1"), Api("f1"), File("f2"), Load(Updated)], Some("f2"), 4, 0),
    (&[File("f1"), Load(Created), Api("a1"), Delete, Load(Archived), Keep], None, 3, 0),
    (&[File("f1"), Load(Created), Api("a1"), Delete, Load(Archived), File("f1"), Load(Restored)], Some("a1"), 4, 0),
    (&[File("f1"), Load(Created), Api("a1"), Delete, Load(Archived), File("f2"), Load(Conflict)], Some("a1"), 4, 1),
    // Ways to settle a conflict.
    (
        &[File("f1"), Load(Created), Api("a1"), File("f2"), Load(Conflict), File("f1"), Load(Unchanged)],
        Some("a1"),
        2,
        0,
    ),
    (&[File("f1"), Load(Created), Api("a1"), File("f2"), Load(Conflict), Api("f2"), Load(Unchanged)], Some("f2"), 3, 0),
    (&[File("f1"), Load(Created), Api("a1"), File("f2"), Load(Conflict), LoadFile(Updated)], Some("f2"), 3, 0),
    (&[File("f1"), Load(Created), Api("a1"), File("f2"), LoadStored(Unchanged), Load(Unchanged)], Some("a1"), 2, 0),
    (
        &[File("f1"), Load(Created), Api("a1"), File("f2"), LoadStored(Unchanged), File("f3"), Load(Conflict)],
        Some("a1"),
        2,
        1,
    ),
    // The API deletes what a file holds.
    (&[File("f1"), Load(Created), ApiDelete, Load(Unchanged), Load(Unchanged)], None, 2, 0),
    (&[File("f1"), Load(Created), ApiDelete, Load(Unchanged), File("f2"), Load(Restored)], Some("f2"), 3, 0),
    (&[File("f1"), Load(Created), ApiDelete, Delete, Keep, File("f1"), Load(Unchanged)], None, 2, 0),
    (&[File("f1"), Load(Created), ApiDelete, Api("a1"), Load(Unchanged)], Some("a1"), 3, 0),
    (&[File("f1"), Load(Created), ApiDelete, Api("a1"), File("f2"), Load(Conflict)], Some("a1"), 3, 1),
    (&[File("f1"), Load(Created), Api("a1"), ApiDelete, File("f2"), Load(Restored)], Some("f2"), 4, 0),
    // The API writes what lost its file; the file may come back.
    (&[File("f1"), Load(Created), Delete, Load(Archived), Api("a1"), Keep], Some("a1"), 3, 0),
    (&[File("f1"), Load(Created), Delete, Load(Archived), Api("a1"), File("f1"), Load(Unchanged)], Some("a1"), 3, 0),
    (&[File("f1"), Load(Created), Delete, Load(Archived), Api("a1"), File("f2"), Load(Conflict)], Some("a1"), 3, 1),
    // A file turns up for an article of the API.
    (&[Api("a1"), File("a1"), Load(Unchanged), File("f2"), Load(Updated)], Some("f2"), 2, 0),
    (&[Api("a1"), File("f1"), Load(Conflict), Delete, Keep], Some("a1"), 1, 1),
    (&[Api("a1"), ApiDelete, File("f1"), Load(Restored)], Some("f1"), 3, 0),
    // One-off imports, alone and beside a file.
    (&[Once("o1", Created), Once("o1", Unchanged), Once("o2", Updated), Keep], Some("o2"), 2, 0),
    (&[Once("o1", Created), Api("a1"), Once("o1", Unchanged), Once("o2", Conflict)], Some("a1"), 2, 1),
    (&[Once("o1", Created), ApiDelete, Once("o1", Unchanged), Once("o2", Restored)], Some("o2"), 3, 0),
    (&[Once("o1", Created), File("f1"), Load(Updated), Delete, Load(Archived)], None, 3, 0),
    (&[File("f1"), Load(Created), Once("o1", Updated), Load(Unchanged), Once("o2", Updated)], Some("o2"), 3, 0),
    (&[File("f1"), Load(Created), Once("o1", Updated), File("f2"), Load(Conflict)], Some("o1"), 2, 1),
    (&[File("f1"), Load(Created), Api("a1"), Once("o1", Conflict)], Some("a1"), 2, 1),
];

#[tokio::test]
async fn every_history_comes_to_what_the_rule_says() {
    for (number, history) in HISTORIES.iter().enumerate() {
        let (steps, answers, revisions, conflicts) = history;
        let bench = Bench::new().await;
        bench.write_neighbour();
        for (place, step) in steps.iter().enumerate() {
            take(&bench, *step, &format!("history {number} step {place}: {steps:?}")).await;
        }
        let stored = bench.service.get(&slug("x")).await.unwrap();
        let live = stored.as_ref().filter(|stored| stored.status.as_str() == "published");
        assert_eq!(live.map(|stored| stored.markdown.clone()), answers.map(text), "history {number}: {steps:?}");
        assert_eq!(bench.service.snapshot().article_count(), usize::from(answers.is_some()), "{steps:?}");
        let made = bench.service.revisions(&slug("x")).await.unwrap();
        assert_eq!(made.len(), *revisions, "revisions of history {number}: {steps:?}");
        let open = bench.service.conflicts().await.unwrap().into_iter().filter(|c| c.settled.is_none());
        assert_eq!(open.count(), *conflicts, "conflicts of history {number}: {steps:?}");
        assert_eq!(bench.service.store().check().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_conflict_shows_both_texts_and_how_to_settle_it() {
    let bench = Bench::new().await;
    for step in [File("f1"), Load(Created), Api("a1"), File("f2")] {
        take(&bench, step, "").await;
    }
    let summary = bench.load().await;
    let reason = summary.items[0].reason.as_deref().unwrap();
    assert!(reason.contains("revision 2") && reason.contains("To settle it"), "{reason}");
    let conflicts = bench.service.conflicts().await.unwrap();
    assert_eq!((conflicts[0].file_markdown.clone(), conflicts[0].revision), (text("f2"), 2));
    assert_eq!(bench.markdown("x").await, Some(text("a1")));
}

fn text(solution: &str) -> String {
    article("x", "message of x comes here", solution)
}

async fn take(bench: &Bench, step: Step, place: &str) {
    let load = async |on_conflict, expected: Option<ImportItemOutcome>| {
        let options = ImportOptions { on_conflict, ..ImportOptions::new("folder") };
        let summary = bench.service.import_folders(&[bench.kb()], &options, no_progress()).await.unwrap();
        let item = summary.items.iter().find(|item| item.id.as_ref().is_some_and(|id| id.as_str() == "x"));
        assert_eq!(item.map(|item| item.outcome), expected, "{place}");
    };
    match step {
        File(solution) => bench.write("x.md", &text(solution)),
        Delete => bench.remove("x.md"),
        Api(solution) => bench.put("x", &text(solution)).await,
        ApiDelete => bench.delete("x").await,
        Load(outcome) => load(OnConflict::Report, Some(outcome)).await,
        Keep => load(OnConflict::Report, None).await,
        LoadFile(outcome) => load(OnConflict::TakeFile, Some(outcome)).await,
        LoadStored(outcome) => load(OnConflict::KeepStored, Some(outcome)).await,
        Once(solution, outcome) => {
            let sources = vec![source("upload.md", &text(solution))];
            let summary = bench.service.import(sources, &ImportOptions::new("ada"), no_progress()).await.unwrap();
            assert_eq!(summary.items[0].outcome, outcome, "{place}");
        }
    }
}
