//! Random histories against a model of the ownership rule in terms of texts: nothing is ever lost.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::article::Status;

#[derive(Debug, Clone)]
enum Step {
    EditFile(u8),
    DeleteFile,
    EditApi(u8),
    DeleteApi,
    Load,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..4_u8).prop_map(Step::EditFile),
        1 => Just(Step::DeleteFile),
        3 => (0..4_u8).prop_map(Step::EditApi),
        1 => Just(Step::DeleteApi),
        5 => Just(Step::Load),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..25)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Live,
    Archived,
    Deleted,
}

/// One article as a person would tell its story.
#[derive(Debug, Default)]
struct Model {
    file: Option<u8>,
    /// The file's text at the last import.
    base: Option<u8>,
    stored: Option<(u8, State)>,
    /// The folder's file owns the article.
    owned: bool,
    /// The file's text that waits for somebody to decide.
    conflict: Option<u8>,
    /// Texts that were written through the API or found in the file by an import.
    told: BTreeSet<u8>,
}

impl Model {
    fn put(&mut self, text: u8) {
        if self.stored.is_some_and(|(_, state)| state != State::Live) {
            self.owned = false;
        }
        self.stored = Some((text, State::Live));
        self.told.insert(text);
    }

    fn load(&mut self) {
        let Some(file) = self.file else {
            if let Some((_, state @ State::Live)) = &mut self.stored
                && self.owned
            {
                *state = State::Archived;
            }
            return;
        };
        self.told.insert(file);
        let unchanged = self.base == Some(file);
        self.stored = Some(match self.stored {
            Some((text, State::Deleted)) if unchanged => return self.stored = Some((text, State::Deleted)),
            None | Some((_, State::Deleted)) => (file, State::Live),
            Some((text, _)) if unchanged || text == file => (text, State::Live),
            Some((text, _)) if self.base == Some(text) => (file, State::Live),
            Some((text, _)) => {
                self.conflict = Some(file);
                return self.stored = Some((text, State::Live));
            }
        });
        (self.base, self.owned, self.conflict) = (Some(file), true, None);
    }
}

fn text(number: u8) -> String {
    article("x", "message of x comes here", &format!("Text {number}."))
}

async fn compare(bench: &Bench, model: &Model) {
    let stored = bench.service.get(&slug("x")).await.unwrap();
    let told = stored.as_ref().map(|stored| (stored.markdown.clone(), stored.status));
    let expected = match model.stored {
        Some((number, State::Live)) => Some((text(number), Status::Published)),
        Some((number, State::Archived)) => Some((text(number), Status::Archived)),
        Some((_, State::Deleted)) | None => None,
    };
    assert_eq!(told, expected, "{model:?}");
    let answers = first(&ask(&bench.service, "message of x comes here")).map(|(_, solution)| solution);
    let live = model.stored.filter(|(_, state)| *state == State::Live);
    assert_eq!(answers, live.map(|(number, _)| format!("Text {number}.")), "{model:?}");

    let conflicts = bench.service.conflicts().await.unwrap();
    let open: Vec<_> = conflicts.iter().filter(|c| c.settled.is_none()).map(|c| c.file_markdown.clone()).collect();
    assert_eq!(open, model.conflict.map(text).into_iter().collect::<Vec<_>>(), "{model:?}");

    let revisions = bench.service.revisions(&slug("x")).await.unwrap_or_default();
    let kept: BTreeSet<String> =
        revisions.into_iter().map(|r| r.markdown).chain(conflicts.into_iter().map(|c| c.file_markdown)).collect();
    for number in &model.told {
        assert!(kept.contains(&text(*number)), "text {number} is lost: {model:?}");
    }
}

async fn run(steps: &[Step]) {
    let mut bench = Bench::new().await;
    bench.write_neighbour();
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::EditFile(number) => {
                bench.write("x.md", &text(*number));
                model.file = Some(*number);
            }
            Step::DeleteFile if model.file.is_some() => {
                bench.remove("x.md");
                model.file = None;
            }
            Step::EditApi(number) => {
                bench.put("x", &text(*number)).await;
                model.put(*number);
            }
            Step::DeleteApi => {
                if let Some((_, state)) = &mut model.stored
                    && *state != State::Deleted
                {
                    bench.delete("x").await;
                    *state = State::Deleted;
                }
            }
            Step::Load => {
                bench.load().await;
                model.load();
            }
            Step::Restart => {
                let before = bench.service.snapshot().kb_version().to_owned();
                bench.service.close().await;
                bench.service = open(bench.directory.path()).await;
                assert_eq!(bench.service.snapshot().kb_version(), before);
            }
            Step::DeleteFile => {}
        }
        compare(&bench, &model).await;
    }
    assert_eq!(bench.service.store().check().await.unwrap(), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_history_of_file_and_api_loses_anything(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(&steps));
    }
}
