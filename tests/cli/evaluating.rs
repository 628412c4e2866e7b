use serde_json::Value;

use crate::command::{run, with_kb};

const REPORTS: &str = concat!(
    r#"{"id":"a","kb":"kb","article":"tape","also":[],"kind":"log","text":"10:03 tape loading failed at block 3","source":""}"#,
    "\n",
    r#"{"id":"b","kb":"kb","article":"disk","also":["tape"],"kind":"chat","text":"disk loading failed at block 9!","source":""}"#,
    "\n",
    r#"{"id":"c","kb":"kb","article":null,"also":[],"kind":"negative","text":"lovely weather today","source":""}"#,
    "\n"
);

#[test]
fn an_evaluation_prints_the_named_figures_and_what_was_missed() {
    let folder = with_kb();
    std::fs::write(folder.path().join("reports.jsonl"), REPORTS).unwrap();
    let ran = run(folder.path(), &["eval", "--kb", "kb", "--queries", "reports.jsonl", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let figures: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(figures["queries"], 3);
    assert_eq!(figures["misses"], serde_json::json!([]));
    for (name, value) in [("hit_at_1", 1.0), ("hit_at_3", 1.0), ("mrr", 1.0), ("auroc", 1.0), ("coverage_at_p95", 1.0)]
    {
        assert_eq!(figures[name], value, "{name}");
    }
    for name in ["precision_at_90", "ece", "brier", "p50_us", "p99_us"] {
        assert!(figures[name].is_number(), "{name}");
    }
    let table = run(folder.path(), &["eval", "--kb", "kb", "--queries", "reports.jsonl"]);
    assert!(table.out.contains("hit@1") && table.out.contains("0 misses"), "{}", table.out);
    let explained = run(folder.path(), &["eval", "--kb", "kb", "--queries", "reports.jsonl", "--explain", "a"]);
    assert!(explained.out.contains("tape 0.") && explained.out.contains("Met: signature 1"), "{}", explained.out);
}

#[test]
fn a_bad_line_is_named_with_its_place() {
    let folder = with_kb();
    std::fs::write(folder.path().join("reports.jsonl"), REPORTS.replace("\"kind\":\"chat\"", "\"kin\":\"chat\""))
        .unwrap();
    let ran = run(folder.path(), &["eval", "--kb", "kb", "--queries", "reports.jsonl"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("reports.jsonl:2:") && ran.err.contains("kin"), "{}", ran.err);
    std::fs::write(folder.path().join("reports.jsonl"), REPORTS.replace("\"kind\":\"chat\",", "")).unwrap();
    let ran = run(folder.path(), &["eval", "--kb", "kb", "--queries", "reports.jsonl"]);
    assert!(
        ran.err.starts_with("error: reports.jsonl:2:") && ran.err.ends_with(": the field `kind` is missing\n"),
        "{}",
        ran.err
    );
    let unknown = REPORTS.replace("\"article\":\"tape\"", "\"article\":\"drum\"");
    std::fs::write(folder.path().join("reports.jsonl"), unknown).unwrap();
    let ran = run(folder.path(), &["eval", "--kb", "kb", "--queries", "reports.jsonl"]);
    assert!(ran.code == Some(2) && ran.err.contains("\"drum\""), "{}", ran.err);
}
