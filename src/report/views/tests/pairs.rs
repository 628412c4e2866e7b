//! Every ordered pair of wrappings around three texts: some reading shows the message, and its place maps to the piece
//! of the part that holds it.

use super::read;
use super::wrappers::{WRAPPERS, Wrapper};
use crate::report::{ByteSpan, Limits, Report, ViewIndex};

/// The payload of a real report, as one line.
const PASSKEY: &str = r#"state: hKFo...5pag``passkey:``action: showError::{"name":"TypeError","message":"Failed to execute 'create' on 'CredentialsContainer': Failed to read the 'publicKey' property from 'CredentialCreationOptions': Failed to read the 'user' property from 'PublicKeyCredentialCreationOptions': Failed to read the 'name' property from 'PublicKeyCredentialEntity': Required member is undefined.","stack":"TypeError: Required member is undefined.\n at HTMLButtonElement.<anonymous> (https://<DOMAIN>/u/passkey-enrollment?state=hKFo...5pag:514:6352)"}"#;

/// Text, the message to be read in it, and the layers of encoding that the text has of itself.
const TEXTS: [(&str, &str, usize); 3] = [
    (PASSKEY, "Failed to read the 'name' property from 'PublicKeyCredentialEntity': Required member is undefined", 0),
    (
        r#"{"level":"error","err":{"message":"Cannot read properties of undefined (reading \"clientExtensionResults\")\n    at finish (https://a.example/app.js:1:204)"},"status":500}"#,
        "Cannot read properties of undefined (reading 'clientExtensionResults') at finish",
        1,
    ),
    (
        "Größe der Datei überschritten: « rapport d’été.pdf » is 12 % larger than allowed + the quota of user <42> & co",
        "rapport d'été.pdf » is 12 % larger than allowed + the quota of user <42> & co",
        0,
    ),
];

/// A text with its quotes alike and its white space runs as one space each, and where each byte comes from.
fn normalised(text: &str) -> (String, Vec<usize>) {
    let (mut out, mut places) = (String::new(), Vec::new());
    for (at, character) in text.char_indices() {
        let plain = match character {
            '"' | '\'' | '‘' | '’' | '“' | '”' => '\'',
            space if space.is_whitespace() => ' ',
            other => other,
        };
        if plain == ' ' && out.ends_with(' ') {
            continue;
        }
        out.push(plain);
        places.resize(out.len(), at);
    }
    places.push(text.len());
    (out, places)
}

fn find(report: &Report, message: &str) -> Option<(ViewIndex, ByteSpan)> {
    (0..report.views.len()).find_map(|view| {
        let (text, places) = normalised(report.view_text(view));
        let at = text.find(message)?;
        Some((view, ByteSpan::new(places[at], places[at + message.len()])))
    })
}

fn verdict(text: &str, message: &str) -> Result<(), String> {
    let report = read(text);
    let Some((view, span)) = find(&report, message) else {
        return Err(format!("not found in {} views", report.views.len()));
    };
    let part = &report.parts[0].text;
    let place = report.part_span(view, span);
    let Some(encoded) = part.get(place.start()..place.end()) else { return Err("not on boundaries".to_owned()) };
    if encoded.len() + 3 < message.len() {
        return Err(format!("too short a piece: {encoded}"));
    }
    let without = [&part[..place.start()], &part[place.end()..]].concat();
    match find(&read(&without), message) {
        Some(_) => Err(format!("the message is there without {encoded}")),
        None => Ok(()),
    }
}

/// Smart quotes bend each of two doubled quotes, and nothing tells them from two quotes any more.
fn can_be_read(inner: &Wrapper, outer: &Wrapper) -> bool {
    outer.0 != "smart quotes" || !["CSV field", "SQL string", "shell word"].contains(&inner.0)
}

fn failures(of: impl Fn(&Wrapper, &Wrapper) -> bool) -> (usize, Vec<String>) {
    let (mut tried, mut failed) = (0, Vec::new());
    for (text, message, own_layers) in TEXTS {
        for inner in &WRAPPERS {
            for outer in &WRAPPERS {
                if own_layers + inner.1 + outer.1 > Limits::default().depth
                    || !can_be_read(inner, outer)
                    || !of(inner, outer)
                {
                    continue;
                }
                tried += 1;
                if let Err(error) = verdict(&outer.2(&inner.2(text)), message) {
                    failed.push(format!("{} in {}: {error}: {}", inner.0, outer.0, &message[..20]));
                }
            }
        }
    }
    (tried, failed)
}

#[test]
fn the_message_is_read_in_every_wrapping() {
    let (tried, failed) = failures(|_, outer| outer.0 == "plain");
    assert!(tried >= 3 * WRAPPERS.len() - 3);
    assert!(failed.is_empty(), "{} of {tried}:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn the_message_is_read_in_every_ordered_pair_of_wrappings() {
    let (tried, failed) = failures(|_, _| true);
    assert!(tried > 9_000, "{tried}");
    assert!(failed.is_empty(), "{} of {tried}:\n{}", failed.len(), failed.join("\n"));
}
