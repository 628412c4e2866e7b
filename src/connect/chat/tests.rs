use super::*;

/// An endpoint with nothing set but its name.
pub(super) fn endpoint(connector: &str) -> Endpoint {
    Endpoint {
        connector: connector.to_owned(),
        name: "ops".to_owned(),
        mode: crate::connect::endpoint::Mode::Suggest,
        suggest_at: 0.6,
        answer_at: 0.9,
        secrets: crate::connect::endpoint::Secrets::default(),
        base_url: None,
        credential: crate::connect::model::Credential::None,
        own_user: Some("UBOT".to_owned()),
        options: std::collections::BTreeMap::new(),
        public_url: Some("https://kb.example".to_owned()),
    }
}
