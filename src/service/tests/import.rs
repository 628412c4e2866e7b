//! Imports and exports.

use std::sync::Mutex;

use super::*;
use crate::service::ServiceError;
use crate::service::export::ExportItemOutcome;

fn one(id: &str) -> String {
    article(id, &format!("message of {id} number one"), "x")
}

#[tokio::test]
async fn good_files_are_taken_and_bad_ones_named() {
    let bench = Bench::new().await;
    bench.write("good.md", &one("good"));
    bench.write("bad.md", "---\nid: bad\nstatus: nonsense\n---\n");
    std::fs::write(bench.kb().join("binary.md"), b"# Binary\n\x00\x01\xff\xfe\x81\n").unwrap();
    let summary = bench.load().await;
    assert_eq!((summary.files, summary.counts.created, summary.counts.failed), (3, 1, 2));
    let left_out = bench.service.left_out();
    assert_eq!(left_out.len(), 2);
    assert!(left_out[0].name.ends_with("bad.md"), "{left_out:?}");
    assert!(
        left_out[1].name.ends_with("binary.md") && left_out[1].reason.contains("line 2 holds bytes that are no text"),
        "{left_out:?}"
    );
    let failed: Vec<_> = summary.items.iter().filter(|item| item.outcome == ImportItemOutcome::Failed).collect();
    assert!(failed.iter().any(|item| item.problems.iter().any(|problem| problem.line > 0)), "{failed:?}");
    bench.write("bad.md", &one("bad"));
    bench.remove("binary.md");
    bench.load().await;
    assert_eq!(bench.service.left_out(), []);
}

#[tokio::test]
async fn a_file_that_says_nothing_is_refused_and_the_others_taken() {
    let bench = Bench::new().await;
    bench.write("good.md", &one("good"));
    bench.write("was-full.md", &one("was-full"));
    bench.load().await;
    let nothing = [
        ("was-full.md", ""),
        ("blank.md", " \n\n\t\n"),
        ("title.md", "# Only a title\n"),
        ("fields.md", "---\ntitle: Only fields\ntags: [a]\n---\n"),
        ("plain.txt", "\n"),
    ];
    for (name, text) in nothing {
        bench.write(name, text);
    }
    bench.write("draft.md", "---\ntitle: Somebody is at it\nstatus: draft\n---\n");
    bench.write("successor.md", "---\ntitle: Elsewhere\nsuperseded_by: good\n---\n");
    bench.write("signature.md", "---\nsignatures: [{code: QX77}]\n---\n");
    let summary = bench.load().await;
    assert_eq!((summary.counts.failed, summary.counts.created, summary.counts.archived), (5, 3, 0), "{summary:?}");
    let failed: Vec<_> = summary.items.iter().filter(|item| item.outcome == ImportItemOutcome::Failed).collect();
    for (name, _) in nothing {
        let item = failed.iter().find(|item| item.file.ends_with(name)).unwrap();
        assert!(item.reason.as_ref().unwrap().starts_with("the article says nothing: write at least"), "{item:?}");
    }
    assert_eq!(bench.service.left_out().len(), 5);
    // An article whose file became empty stays as it was.
    assert_eq!(bench.markdown("was-full").await, Some(one("was-full")));
}

#[tokio::test]
async fn a_title_alone_is_put_only_as_a_draft() {
    let bench = Bench::new().await;
    let put = |status: &str| {
        let text = format!("---\ntitle: Only a title\nstatus: {status}\n---\n");
        let service = Arc::clone(&bench.service);
        async move { service.put(&slug("a"), text, Expected::Missing, "ada", false).await }
    };
    let error = put("published").await.unwrap_err();
    assert!(matches!(error, ServiceError::Invalid { .. }) && error.to_string().contains("says nothing"), "{error}");
    put("draft").await.unwrap();
}

#[tokio::test]
async fn an_import_that_takes_all_or_nothing_takes_nothing_when_one_is_bad() {
    let bench = Bench::new().await;
    let sources = vec![source("a.md", &one("a")), source("b.md", "---\nstatus: nonsense\n---\n")];
    let options = ImportOptions { all_or_nothing: true, ..ImportOptions::new("ada") };
    let error = bench.service.import(sources, &options, no_progress()).await.unwrap_err();
    assert_eq!(error.to_string(), "nothing was imported: 1 of 2 files cannot be taken");
    let ServiceError::ImportRefused { summary } = error else { panic!("{error}") };
    assert_eq!((summary.files, summary.items[0].file.as_str()), (2, "b.md"));
    assert_eq!(bench.markdown("a").await, None);
}

#[tokio::test]
async fn two_files_with_one_id_are_both_refused_and_named() {
    let bench = Bench::new().await;
    bench.write("first.md", &one("same"));
    bench.load().await;
    bench.write("second.md", &one("same"));
    let summary = bench.load().await;
    assert_eq!(summary.counts.failed, 2);
    for item in &summary.items {
        let reason = item.reason.as_deref().unwrap();
        assert!(reason.contains("first.md") && reason.contains("second.md"), "{reason}");
    }
    // What it was before stays.
    assert!(bench.markdown("same").await.is_some());
    assert_eq!(bench.service.snapshot().article_count(), 1);
}

#[tokio::test]
async fn two_folders_cannot_own_one_article() {
    let bench = Bench::new().await;
    bench.write("same.md", &one("same"));
    bench.load().await;
    let other = bench.directory.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("same.md"), article("same", "quite another message", "y")).unwrap();
    let options = ImportOptions::new("folder");
    let import = || bench.service.import_folders(std::slice::from_ref(&other), &options, no_progress());
    let refused = import().await.unwrap();
    assert_eq!(outcomes(&refused), [("same", ImportItemOutcome::Failed)]);
    // A file that moved takes its article along.
    bench.remove("same.md");
    assert_eq!(outcomes(&import().await.unwrap()), [("same", ImportItemOutcome::Updated)]);
}

#[tokio::test]
async fn a_file_that_breaks_keeps_its_article_as_it_was() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.load().await;
    bench.write("a.md", "---\nid: a\nstatus: nonsense\n---\n");
    let summary = bench.load().await;
    assert_eq!((summary.counts.failed, summary.counts.archived), (1, 0));
    assert_eq!(bench.markdown("a").await, Some(one("a")));
    assert_eq!(bench.service.snapshot().article_count(), 1);
}

#[tokio::test]
async fn a_renamed_file_keeps_its_article_and_a_changed_id_makes_another() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.load().await;
    std::fs::rename(bench.kb().join("a.md"), bench.kb().join("z.md")).unwrap();
    assert_eq!(outcomes(&bench.load().await), [("a", ImportItemOutcome::Unchanged)]);
    bench.write("z.md", &one("b"));
    let summary = bench.load().await;
    assert_eq!(outcomes(&summary), [("b", ImportItemOutcome::Created), ("a", ImportItemOutcome::Archived)]);
}

#[tokio::test]
async fn an_article_takes_its_id_from_the_file_when_it_names_none() {
    let bench = Bench::new().await;
    bench.write("NU1605 Downgrade.md", "# Downgrade\n\n## Solution\n\nDo not.\n");
    assert_eq!(outcomes(&bench.load().await), [("nu1605-downgrade", ImportItemOutcome::Created)]);
    assert_eq!(outcomes(&bench.load().await), [("nu1605-downgrade", ImportItemOutcome::Unchanged)]);
}

#[tokio::test]
async fn a_file_whose_name_says_nothing_is_named_after_its_folder() {
    let bench = Bench::new().await;
    for name in ["disk-full/index.md", "no_route/_index.md", "Timeouts/README.md", "denied/page.mdx"] {
        bench.write(name, "# It fails\n\n## Solution\n\nDo not.\n");
    }
    bench.write("README.md", "# No article");
    let created: Vec<_> = outcomes(&bench.load().await).into_iter().map(|(id, _)| id.to_owned()).collect();
    assert_eq!(created, ["timeouts", "denied", "disk-full", "no-route"]);
    // Without a folder the name has to do.
    let source = ImportSource { name: "index.md".to_owned(), path: None, bytes: b"# It fails\n\nText.\n".to_vec() };
    let summary = bench.service.import(vec![source], &ImportOptions::new("ada"), no_progress()).await.unwrap();
    assert_eq!(outcomes(&summary), [("index", ImportItemOutcome::Created)]);
}

#[tokio::test]
async fn markup_of_site_generators_is_dropped_and_their_files_are_left_as_they_are() {
    let bench = Bench::new().await;
    let file = "# It fails\n\nimport A from 'a';\n\n:::warning\n\nSet {{ port }}.\n\n:::\n\n<Tabs>\n\n## Solution\n\nDo not.\n\n</Tabs>\n";
    bench.write("a.md", file);
    bench.load().await;
    assert_eq!(
        bench.markdown("a").await.unwrap(),
        "# It fails\n\n\n\n\nSet {{ port }}.\n\n\n\n\n\n## Solution\n\nDo not.\n\n\n"
    );
    assert_eq!(outcomes(&bench.load().await), [("a", ImportItemOutcome::Unchanged)]);
    assert_eq!(bench.service.export(&bench.kb()).await.unwrap().unchanged, 1);
    bench.put("a", "# It fails\n\n## Solution\n\nDo.\n").await;
    let summary = bench.service.export(&bench.kb()).await.unwrap();
    assert!(summary.items[0].reason.as_deref().unwrap().contains("site generator"), "{summary:?}");
    assert_eq!(std::fs::read_to_string(bench.kb().join("a.md")).unwrap(), file);
}

#[tokio::test]
async fn plain_text_is_kept_as_markdown_and_unchanged_files_stay_unchanged() {
    let bench = Bench::new().await;
    bench.write("notes.txt", "The printer is on fire\n\nSolution\n\nCall somebody.\n");
    assert_eq!(outcomes(&bench.load().await), [("notes", ImportItemOutcome::Created)]);
    assert!(bench.markdown("notes").await.unwrap().contains("## Solution"));
    assert_eq!(outcomes(&bench.load().await), [("notes", ImportItemOutcome::Unchanged)]);
    let answering = bench.service.get(&slug("notes")).await.unwrap().unwrap().article;
    assert!(answering.solution.contains("Call somebody."));
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    let options = ImportOptions { dry_run: true, ..ImportOptions::new("ada") };
    let summary = bench.service.import_folders(&[bench.kb()], &options, no_progress()).await.unwrap();
    assert!(summary.dry_run);
    assert_eq!(outcomes(&summary), [("a", ImportItemOutcome::Created)]);
    assert_eq!(bench.service.snapshot().article_count(), 0);
    assert_eq!(bench.markdown("a").await, None);
}

#[tokio::test]
async fn progress_counts_every_file_once() {
    let bench = Bench::new().await;
    let sources: Vec<_> = (0..50).map(|n| source(&format!("a-{n}.md"), &one(&format!("a-{n}")))).collect();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let progress = Arc::new({
        let seen = Arc::clone(&seen);
        move |done: usize, total: usize, name: &str| seen.lock().unwrap().push((done, total, name.to_owned()))
    });
    bench.service.import(sources, &ImportOptions::new("ada"), progress).await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.iter().enumerate().all(|(index, (done, total, _))| (*done, *total) == (index + 1, 50)));
    let names: std::collections::HashSet<_> = seen.iter().map(|(_, _, name)| name).collect();
    assert_eq!(names.len(), 50);
}

#[tokio::test]
async fn a_missing_folder_archives_nothing() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.load().await;
    std::fs::rename(bench.kb(), bench.directory.path().join("away")).unwrap();
    let error =
        bench.service.import_folders(&[bench.kb()], &ImportOptions::new("folder"), no_progress()).await.unwrap_err();
    assert!(error.to_string().contains("no such folder"), "{error}");
    assert_eq!(bench.service.snapshot().article_count(), 1);
}

#[tokio::test]
async fn an_export_and_an_import_of_it_change_nothing() {
    let bench = Bench::new().await;
    bench.write("a.md", &format!("{}\n<!-- a comment -->\n", one("a")));
    bench.load().await;
    bench.put("b", &one("b")).await;
    let out = bench.directory.path().join("out");
    let summary = bench.service.export(&out).await.unwrap();
    assert_eq!((summary.written, summary.unchanged, summary.left), (2, 0, 0));
    assert_eq!(std::fs::read_to_string(out.join("a.md")).unwrap(), bench.read("a.md"));
    assert_eq!(std::fs::read_to_string(out.join("b.md")).unwrap(), one("b"));
    let again = bench.service.export(&out).await.unwrap();
    assert_eq!((again.written, again.unchanged), (0, 2));

    let fresh = Bench::new().await;
    fresh
        .service
        .import_folders(std::slice::from_ref(&out), &ImportOptions::new("folder"), no_progress())
        .await
        .unwrap();
    let before: Vec<_> = ["a.md", "b.md"].map(|name| std::fs::read(out.join(name)).unwrap()).to_vec();
    assert_eq!(fresh.service.export(&out).await.unwrap().unchanged, 2);
    assert_eq!(["a.md", "b.md"].map(|name| std::fs::read(out.join(name)).unwrap()).to_vec(), before);
}

#[tokio::test]
async fn an_edit_goes_back_into_its_file_and_is_then_no_conflict() {
    let bench = Bench::new().await;
    bench.write("file-of-a.md", &one("a"));
    bench.write("b.md", &one("b"));
    bench.load().await;
    let edited = article("a", "message of a number two", "Edited.");
    bench.put("a", &edited).await;
    let summary = bench.service.export(&bench.kb()).await.unwrap();
    assert_eq!((summary.written, summary.unchanged), (1, 1));
    assert_eq!(bench.read("file-of-a.md"), edited);
    let outcome = bench.load().await;
    assert!(outcome.items.iter().all(|item| item.outcome == ImportItemOutcome::Unchanged), "{outcome:?}");
}

#[tokio::test]
async fn an_export_never_writes_over_what_was_not_imported() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.load().await;
    bench.put("a", &article("a", "message of a number two", "Edited.")).await;
    let changed = article("a", "message of a number three", "By hand.");
    bench.write("a.md", &changed);
    let summary = bench.service.export(&bench.kb()).await.unwrap();
    assert_eq!((summary.items[0].outcome, summary.left), (ExportItemOutcome::Left, 1));
    assert_eq!(bench.read("a.md"), changed);
}

#[tokio::test]
async fn an_export_leaves_the_files_of_deleted_articles_and_says_so() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.write("b.md", &one("b"));
    bench.load().await;
    bench.delete("a").await;
    bench.remove("b.md");
    bench.load().await;
    let summary = bench.service.export(&bench.kb()).await.unwrap();
    assert_eq!(summary.left, 2);
    assert!(summary.items[0].reason.as_deref().unwrap().contains("deleted through the API"));
    assert!(summary.items[1].reason.as_deref().unwrap().contains("archived"));
    assert!(bench.kb().join("a.md").exists() && !bench.kb().join("b.md").exists());
}

#[tokio::test]
async fn an_article_whose_file_cannot_be_read_stays() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.load().await;
    bench.write("a.md", &"x".repeat(usize::try_from(crate::service::MAX_FILE_BYTES).unwrap() + 1));
    let summary = bench.load().await;
    assert_eq!((summary.counts.failed, summary.counts.archived), (1, 0));
    assert_eq!(bench.service.snapshot().article_count(), 1);
    assert!(bench.service.left_out()[0].reason.contains("4 MiB"));
}

#[tokio::test]
async fn an_owned_file_imported_alone_is_still_the_folders() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.write("b.md", &one("b"));
    bench.load().await;
    bench.write("a.md", &article("a", "message of a number two", "y"));
    let sources = vec![crate::service::read_file(&bench.kb().join("a.md")).unwrap()];
    let summary = bench.service.import(sources, &ImportOptions::new("ada"), no_progress()).await.unwrap();
    assert_eq!(outcomes(&summary), [("a", ImportItemOutcome::Updated)]);
    let summary = bench.load().await;
    assert!(summary.items.iter().all(|item| item.outcome == ImportItemOutcome::Unchanged), "{summary:?}");
}

#[tokio::test]
async fn files_in_other_charsets_are_decoded_and_a_mark_in_front_does_no_harm() {
    let bench = Bench::new().await;
    let text = one("a").replace("Title of a", "Die Größe überschreitet das zulässige Maß");
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let wide: Vec<u8> = format!("\u{feff}{}", one("b")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = format!("\u{feff}{}\u{fffd}\n", one("c"));
    for (name, bytes) in [("a.md", latin), ("b.md", wide), ("c.md", marked.clone().into_bytes())] {
        std::fs::write(bench.kb().join(name), bytes).unwrap();
    }
    let summary = bench.load().await;
    assert_eq!((summary.counts.created, summary.counts.failed), (3, 0), "{summary:?}");
    let title = bench.service.get(&slug("a")).await.unwrap().unwrap().article.title.clone();
    assert_eq!(title, "Die Größe überschreitet das zulässige Maß");
    assert_eq!(bench.markdown("c").await, Some(marked));
    assert_eq!(bench.load().await.counts.unchanged, 3);
}

#[tokio::test]
async fn a_folder_that_lost_all_its_files_archives_nothing_and_says_so() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.write("b.md", &one("b"));
    bench.load().await;
    let away = bench.directory.path().join("away");
    std::fs::rename(bench.kb(), &away).unwrap();
    std::fs::create_dir(bench.kb()).unwrap();
    bench.write("README.md", "# No article");
    let summary = bench.load().await;
    assert_eq!((summary.counts.archived, summary.counts.failed), (0, 1), "{summary:?}");
    assert_eq!(bench.service.snapshot().article_count(), 2);
    let left_out = bench.service.left_out();
    let reason = &left_out[0].reason;
    assert_eq!(left_out[0].name, bench.kb().display().to_string());
    assert!(reason.contains("2 articles of the database came from it; nothing was archived"), "{reason}");
    // One file is enough to say that the folder is there.
    bench.write("a.md", &one("a"));
    let summary = bench.load().await;
    assert_eq!(outcomes(&summary), [("a", ImportItemOutcome::Unchanged), ("b", ImportItemOutcome::Archived)]);
    assert_eq!(bench.service.left_out(), []);
    // Articles that were deleted through the API are missed no more.
    bench.delete("a").await;
    bench.remove("a.md");
    assert_eq!(bench.load().await.counts.failed, 0);
}

#[tokio::test]
async fn files_that_moved_to_another_folder_leave_an_empty_one_that_is_well() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.load().await;
    let other = bench.directory.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::rename(bench.kb().join("a.md"), other.join("a.md")).unwrap();
    let folders = [bench.kb(), other];
    let summary = bench.service.import_folders(&folders, &ImportOptions::new("folder"), no_progress()).await.unwrap();
    assert_eq!(outcomes(&summary), [("a", ImportItemOutcome::Unchanged)]);
}

#[tokio::test]
async fn a_conflict_is_left_out_until_it_is_settled() {
    let bench = Bench::new().await;
    bench.write("a.md", &one("a"));
    bench.load().await;
    bench.put("a", &article("a", "message of a number two", "By ada.")).await;
    let changed = article("a", "message of a number three", "By hand.");
    bench.write("a.md", &changed);
    bench.load().await;
    let left_out = bench.service.left_out();
    assert!(left_out[0].name.ends_with("a.md"), "{left_out:?}");
    let reason = &left_out[0].reason;
    assert!(reason.starts_with("article a: ") && reason.contains("To settle it"), "{reason}");
    bench.put("a", &article("a", "message of a number four", "By ada again.")).await;
    assert_eq!(bench.service.left_out().len(), 1);
    bench.put("a", &changed).await;
    assert_eq!(bench.service.left_out(), []);
}
