//! What the pages of `docs/connectors` say of each platform, and a recorded event of each.

/// The report in the trial's match.
pub(super) const MESSAGE: &str = "AADSTS50011: The redirect URI 'https://app.example.com/cb' specified in the request \
                                  does not match the redirect URIs configured for the application.";

/// A platform.
pub(in crate::cli) struct Page {
    /// Its connector.
    pub(in crate::cli) connector: &'static str,
    /// Its page.
    text: &'static str,
    /// What a secret that we make starts with; `None` where the platform makes it.
    pub(super) secret: Option<&'static str>,
    /// Headers of the sample beside its proof.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// An event; empty for a chat platform.
    pub(super) sample: &'static str,
}

impl Page {
    /// The lines of the example of its settings after the head of the table.
    pub(in crate::cli) fn settings(&self) -> impl Iterator<Item = &'static str> {
        let block = blocks(self.text, "```toml\n").next().unwrap_or_default();
        block.lines().filter(|line| *line != "[[endpoint]]")
    }

    /// Bodies to paste into the platform.
    pub(super) fn templates(&self) -> impl Iterator<Item = &'static str> {
        // A template is known by its placeholders; other blocks show what the platform sends.
        blocks(self.text, "```json\n").filter(|block| block.contains("{{"))
    }
}

fn blocks(page: &'static str, start: &'static str) -> impl Iterator<Item = &'static str> {
    page.split(start).skip(1).filter_map(|rest| rest.split("\n```").next())
}

macro_rules! page {
    ($connector:literal, $secret:expr, $headers:expr, $event:literal) => {
        Page {
            connector: $connector,
            text: include_str!(concat!("../../../docs/connectors/", $connector, ".md")),
            secret: $secret,
            headers: $headers,
            sample: include_str!(concat!("../../connect/ticket/tests/events/", $event, ".json")),
        }
    };
    ($connector:literal, $secret:expr) => {
        Page {
            connector: $connector,
            text: include_str!(concat!("../../../docs/connectors/", $connector, ".md")),
            secret: $secret,
            headers: &[],
            sample: "",
        }
    };
}

/// Every platform.
pub(in crate::cli) const PAGES: &[Page] = &[
    page!("generic", Some("whsec_"), &[], "generic_created"),
    page!("zendesk", None, &[], "zendesk_created"),
    page!("jira", Some(""), &[], "jira_created"),
    page!("freshdesk", Some(""), &[], "freshdesk_created"),
    page!("zammad", Some(""), &[], "zammad_created"),
    page!("github", Some(""), &[("x-github-event", "issues"), ("x-github-delivery", "sample")], "github_opened"),
    page!("gitlab", Some(""), &[("x-gitlab-event", "Issue Hook")], "gitlab_open"),
    page!("intercom", None, &[], "intercom_created"),
    page!("chatwoot", None, &[], "chatwoot_message"),
    page!("helpscout", Some(""), &[("x-helpscout-event", "convo.created")], "helpscout_created"),
    page!("servicenow", Some("whsec_"), &[], "servicenow_created"),
    page!("slack", None),
    page!("teams", None),
    page!("discord", None),
    page!("mattermost", None),
    page!("rocketchat", None),
    page!("telegram", Some("")),
    page!("rasa", Some("")),
    page!("dialogflow", Some("")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::{chat, ticket};

    #[test]
    fn every_connector_has_a_page_with_settings_and_every_ticketing_one_a_sample() {
        let names: Vec<&str> = ticket::names().chain(chat::names()).collect();
        assert_eq!(names, PAGES.iter().map(|page| page.connector).collect::<Vec<_>>());
        for page in PAGES {
            assert!(page.settings().any(|line| line.starts_with("secret")), "{}", page.connector);
            assert_eq!(page.sample.is_empty(), ticket::by_name(page.connector).is_none(), "{}", page.connector);
        }
        let zendesk = PAGES.iter().find(|page| page.connector == "zendesk").unwrap();
        assert!(zendesk.templates().any(|body| body.contains("{{ticket.id}}")));
    }
}
