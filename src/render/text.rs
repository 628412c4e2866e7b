//! Answers as plain text: for a terminal, and short for bots.

use std::fmt::Write as _;

use super::context::excerpt;
use super::{in_words, per_cent, plain_text};
use crate::engine::{Answer, CheckResult, ConditionState, Evidence, Explanation, Match, Outcome};
use crate::report::{Part, redact_address};
use crate::text::printable;

/// How text may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Letters only; marks are drawn below the text.
    Plain,
    /// With ANSI colours.
    Colour,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }

    fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// The whole answer for a terminal, with the evidence marked in the parts it was found in.
pub fn answer(answer: &Answer, parts: &[Part], style: Style) -> String {
    let mut text = String::new();
    if answer.outcome == Outcome::NoMatch {
        let _ = writeln!(text, "{}", style.bold("No article matches this report."));
    }
    if let Some(question) = &answer.question {
        let heading = style.bold("Several articles explain this report.");
        let _ = writeln!(text, "{heading}\n{}\n", printable(question, false));
    }
    for (index, found) in answer.matches.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        one(found, parts, style, &mut text);
    }
    for explanation in &answer.explain {
        text.push('\n');
        explain(explanation, style, &mut text);
    }
    for limit in &answer.limits_reached {
        let _ = writeln!(text, "\nNote: {}", printable(limit, false));
    }
    text
}

fn one(found: &Match, parts: &[Part], style: Style, text: &mut String) {
    let article = &found.article;
    let _ = writeln!(text, "{}", style.bold(&printable(&article.title, false)));
    let mut facts = vec![
        format!("{}, {}", per_cent(found.confidence), in_words(found.confidence)),
        format!("{} revision {}", article.id, article.revision),
    ];
    facts.extend(article.supersedes.as_ref().map(|id| format!("in place of {id}")));
    facts.extend(article.fixed_in.as_ref().map(|version| format!("fixed in {version}")));
    facts.extend(article.reviewed_at.as_ref().map(|date| format!("reviewed {date}")));
    let _ = writeln!(text, "{}", style.dim(&printable(&facts.join(" · "), false)));
    if !article.applies_to.is_empty() {
        let _ = writeln!(text, "Applies to: {}", printable(&article.applies_to.join(", "), false));
    }
    for (heading, body) in
        [("Cause", &found.cause), ("From the article", &found.overview), ("Solution", &found.solution)]
    {
        if !body.trim().is_empty() {
            let _ = writeln!(text, "\n{}\n{}", style.bold(heading), indent(&plain_text(body)));
        }
    }
    if !found.checks.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("Checks"));
        for check in &found.checks {
            let result = match check.result {
                CheckResult::Confirmed => style.paint("32", "confirmed   "),
                CheckResult::Contradicted => style.paint("31", "contradicted"),
                CheckResult::NotSeen => style.dim("not seen    "),
            };
            let _ = writeln!(text, "  {result}  {}", printable(&check.name, false));
        }
    }
    if !found.evidence.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("Evidence"));
        for item in &found.evidence {
            evidence(item, parts, style, text);
        }
    }
}

fn evidence(item: &Evidence, parts: &[Part], style: Style, text: &mut String) {
    let signature: String = item.signature.chars().take(120).collect();
    let mut place = if item.field == "hints" {
        "hints".to_owned()
    } else {
        format!("{} bytes {}..{}", item.field, item.start, item.end)
    };
    if !item.decoded_by.is_empty() {
        let layers: Vec<String> = item.decoded_by.iter().copied().map(layer_name).collect();
        let _ = write!(place, ", decoded by {}", layers.join(", "));
    }
    let _ =
        writeln!(text, "  {}  {}", printable(&signature, false), style.dim(&format!("({})", printable(&place, false))));
    let part = parts.iter().find(|part| {
        redact_address(&part.address) == item.field && part.text.get(item.start..item.end) == Some(item.quote.as_str())
    });
    let Some(part) = part.filter(|_| item.end > item.start) else { return };
    for line in excerpt(&part.text, item.start, item.end) {
        match style {
            Style::Colour => {
                let marked = style.paint("1;33", &line.marked);
                let _ = writeln!(text, "    {}{marked}{}", style.dim(&line.before), style.dim(&line.after));
            }
            Style::Plain => {
                let gap = " ".repeat(line.before.chars().count());
                let mark = "^".repeat(line.marked.chars().count());
                let _ = writeln!(text, "    {}{}{}\n    {gap}{mark}", line.before, line.marked, line.after);
            }
        }
    }
}

fn layer_name(layer: crate::report::Layer) -> String {
    serde_json::to_value(layer).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Why an article did or did not match.
fn explain(explanation: &Explanation, style: Style, text: &mut String) {
    let confidence = explanation.confidence.value();
    let _ = writeln!(text, "{} {confidence:.2}", style.bold(&format!("Why {}:", explanation.article)));
    if let Some(left_out) = &explanation.left_out {
        let _ = writeln!(text, "  left out: {}", printable(left_out, false));
    }
    for doubted in &explanation.doubted {
        let _ = writeln!(text, "  {}", printable(doubted, false));
    }
    if let Some(edit) = &explanation.edit {
        let _ = writeln!(text, "  it would answer with {:.2} if the report said", edit.confidence.value());
        for change in &edit.changes {
            let old = if change.old.is_empty() { "nothing".to_owned() } else { format!("{:?}", change.old) };
            let place = format!("{}:{}..{}", change.field, change.start, change.end);
            let _ =
                writeln!(text, "    {}", printable(&format!("{:?} instead of {old} at {place}", change.new), false));
        }
    }
    let mut of = "";
    for condition in &explanation.conditions {
        if condition.of != of {
            of = &condition.of;
            let _ = writeln!(text, "  {}", printable(of, false));
        }
        let state = match condition.state {
            ConditionState::Met => style.paint("32", "met        "),
            ConditionState::Failed => style.paint("31", "failed     "),
            ConditionState::NotReached => style.dim("not reached"),
        };
        let gap = "  ".repeat(condition.depth.min(16));
        let shown: String = condition.condition.chars().take(160).collect();
        let _ = writeln!(text, "    {state}  {gap}{}", printable(&shown, false));
        if let Some(nearest) = condition.nearest.as_ref().filter(|_| condition.state != ConditionState::Met) {
            let _ = writeln!(text, "    {:11}  {gap}nearest: {}", "", style.dim(&printable(nearest, false)));
        }
    }
    for (name, log_odds) in &explanation.contributions {
        let _ = writeln!(text, "  {log_odds:+.2}  {}", printable(name, false));
    }
}

fn indent(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    lines.join("\n")
}

/// A Markdown text from its first paragraph on: the message that it quotes first is what was asked.
fn prose(markdown: &str) -> &str {
    let is_prose = |block: &str| !block.trim_start().starts_with(['>', '#', '`', '~', '|', '<', '-', '*']);
    let mut at = 0;
    for block in markdown.split_inclusive("\n\n") {
        if is_prose(block) && !block.trim().is_empty() {
            return &markdown[at..];
        }
        at += block.len();
    }
    markdown
}

/// The answer in a few sentences, for a bot that shows one paragraph.
pub fn short(answer: &Answer) -> String {
    let Some(first) = answer.matches.first() else {
        return "No article matches this report.".to_owned();
    };
    if let Some(question) = &answer.question {
        return printable(question, false).into_owned();
    }
    let paragraph = |markdown: &str| {
        let plain = plain_text(markdown);
        let first = plain.split("\n\n").find(|block| !block.trim().is_empty()).unwrap_or_default();
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
        // What a list follows that is not shown would seem to announce what stands behind it here.
        match (first.strip_suffix(':'), first.rfind(['.', '!', '?'])) {
            (Some(_), Some(end)) => first[..=end].to_owned(),
            (Some(announced), None) => format!("{announced} …"),
            (None, _) => first,
        }
    };
    let mut text = paragraph(&first.cause);
    let solution =
        if first.solution.trim().is_empty() { paragraph(prose(&first.overview)) } else { paragraph(&first.solution) };
    if !solution.is_empty() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&solution);
    }
    if text.is_empty() { printable(&first.article.title, false).into_owned() } else { text }
}
