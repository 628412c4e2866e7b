//! What the connectors take for granted of their platforms although no document of the platform at hand says so.
//!
//! The code says `unconfirmed` at each such place; here they are in words, for `kbmatch check --connectors`. A test holds
//! both together.

/// Facts by connector.
const FACTS: &[(&str, &[&str])] = &[
    (
        "zendesk",
        &[
            "the user that Zendesk itself writes as has the id -1",
            "metadata of a comment is kept with it and shown to nobody",
            "some placeholders are pasted into the body without escaping",
        ],
    ),
    ("jira", &["properties of comments are listed with expand=properties"]),
    ("freshdesk", &["a reply goes to the requester by mail", "a reply that was sent cannot be changed"]),
    ("zammad", &["the first article opens the ticket"]),
    ("github", &["the version of the API that the calls are written for"]),
    ("gitlab", &["older servers call internal notes confidential"]),
    (
        "intercom",
        &[
            "the version of the API that the calls are written for",
            "the last part of a conversation is the one that its event is about",
            "tickets carry their subject and text as attributes",
            "redacting a part takes its text out and leaves its place",
        ],
    ),
    (
        "chatwoot",
        &[
            "some events have the kind of a message as a number, of which 0 is incoming",
            "twenty messages of a conversation are listed at a time",
        ],
    ),
    (
        "helpscout",
        &["where the threads of a conversation stand", "the answer to a new thread names it in a header alone"],
    ),
    ("servicenow", &["the journal is read from the table sys_journal_field"]),
    ("teams", &["the attachment of a message keeps the lines of code"]),
    ("mattermost", &["most characters of a post", "identifiers are letters and digits"]),
    ("rocketchat", &["most characters of a message"]),
];

/// The facts that a connector takes for granted.
pub fn of(connector: &str) -> impl Iterator<Item = &'static str> {
    let facts = FACTS.iter().find(|(name, _)| *name == connector).map_or(&[][..], |(_, facts)| facts);
    facts.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::{chat, ticket};

    #[test]
    fn every_place_that_is_unconfirmed_stands_here() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/connect");
        let mut seen = 0;
        for (room, name) in ticket::names().map(|n| ("ticket", n)).chain(chat::names().map(|n| ("chat", n))) {
            let Ok(code) = std::fs::read_to_string(format!("{source}/{room}/{name}.rs")) else { continue };
            let places = code.matches("(unconfirmed)").count();
            assert_eq!(places, of(name).count(), "{name}");
            seen += places;
        }
        assert_eq!(seen, FACTS.iter().map(|(_, facts)| facts.len()).sum::<usize>(), "a fact of no connector");
    }
}
