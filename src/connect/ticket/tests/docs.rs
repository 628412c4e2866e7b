//! The pages for people who set a platform up.

use super::*;

/// Connector and page.
const PAGES: [(&str, &str); 11] = [
    ("generic", include_str!("../../../../docs/connectors/generic.md")),
    ("zendesk", include_str!("../../../../docs/connectors/zendesk.md")),
    ("jira", include_str!("../../../../docs/connectors/jira.md")),
    ("freshdesk", include_str!("../../../../docs/connectors/freshdesk.md")),
    ("zammad", include_str!("../../../../docs/connectors/zammad.md")),
    ("github", include_str!("../../../../docs/connectors/github.md")),
    ("gitlab", include_str!("../../../../docs/connectors/gitlab.md")),
    ("intercom", include_str!("../../../../docs/connectors/intercom.md")),
    ("chatwoot", include_str!("../../../../docs/connectors/chatwoot.md")),
    ("helpscout", include_str!("../../../../docs/connectors/helpscout.md")),
    ("servicenow", include_str!("../../../../docs/connectors/servicenow.md")),
];

#[test]
fn every_connector_has_a_page_whose_settings_it_knows() {
    assert_eq!(PAGES.map(|(name, _)| name).to_vec(), names().collect::<Vec<_>>());
    for (name, page) in PAGES {
        let settings = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect(name);
        let settings: toml::Table = toml::from_str(settings).expect(name);
        let endpoint = settings["endpoint"][0].as_table().unwrap();
        assert_eq!(endpoint["connector"].as_str(), Some(name));
        let address = format!("/v1/webhooks/{name}/{}", endpoint["name"].as_str().unwrap());
        assert!(page.contains(&address), "{name}: the address {address}");
        let known = by_name(name).unwrap().options();
        let options = endpoint.get("options").and_then(toml::Value::as_table);
        for option in options.into_iter().flat_map(toml::Table::keys) {
            assert!(known.contains(&option.as_str()), "{name}: {option}");
        }
        for option in known {
            assert!(page.contains(option) || name == "zammad", "{name}: {option} is not explained");
        }
        for part in ["## What is posted", "## Limits", "## Changing the secret", "## Troubleshooting"] {
            let elsewhere = name == "generic" && part != "## Troubleshooting";
            assert!(page.contains(part) || elsewhere, "{name}: {part}");
        }
    }
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let generic = by_name("generic").unwrap();
    for (option, value) in [
        ("external_id", "''"),
        ("body", "'data/text'"),
        ("body_format", "'rtf'"),
        ("ignore_when", "[{ pointer = '/x' }]"),
        ("reply_method", "'DELETE'"),
        ("reply_path", "'//evil.test/x'"),
        ("reply_path", "'https://evil.test/x'"),
        ("reply_headers", "{ Host = 'evil.test' }"),
        ("reply_body", "'text'"),
    ] {
        let mut endpoint = endpoint("generic");
        endpoint.options.remove("reply_headers");
        assert_eq!(check(generic, &endpoint), Ok(()));
        let value: toml::Table = toml::from_str(&format!("value = {value}")).unwrap();
        endpoint.options.insert(option.to_owned(), value["value"].clone());
        assert_eq!(check(generic, &endpoint).unwrap_err().field, option, "{value:?}");
    }
    let mut endpoint = endpoint("zendesk");
    endpoint.secrets.current = Some(Secret::new("whsec_c2hvcnQ="));
    assert_eq!(check(by_name("zendesk").unwrap(), &endpoint), Ok(()));
    let error = check(by_name("gitlab").unwrap(), &endpoint).unwrap_err();
    assert_eq!(error.field, "secret");
    assert!(!error.to_string().contains("c2hvcnQ"));
}

#[test]
fn the_bodies_that_pages_tell_people_to_paste_are_read() {
    let filled = |page: &str| {
        let template = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap().to_owned();
        // A platform puts values where the placeholders are.
        template.split("{{").enumerate().fold(String::new(), |text, (at, piece)| match piece.split_once("}}") {
            Some((name, rest)) if at > 0 => {
                let value = if name.split('.').next_back() == Some("id") { "44" } else { "E1001" };
                text + value + rest
            }
            _ => text + piece,
        })
    };
    for (name, page) in PAGES.into_iter().filter(|(name, _)| matches!(*name, "zendesk" | "freshdesk" | "generic")) {
        let found = read(name, "created", filled(page).as_bytes());
        let Ok(Reading::Ticket(ticket)) = found else { panic!("{name}: {found:?}") };
        assert!(!ticket.body_text.is_empty() && !ticket.external_id.is_empty(), "{name}");
    }
}
