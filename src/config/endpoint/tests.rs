use super::*;

fn table() -> EndpointTable {
    EndpointTable {
        connector: ConnectorName("zendesk".to_owned()),
        name: EndpointName("support".to_owned()),
        mode: Mode::Suggest,
        suggest_at: None,
        answer_at: None,
        base_url: Some("https://desk.example.com/".parse().unwrap()),
        secret: Some("env:CURRENT".parse().unwrap()),
        previous_secret: None,
        previous_secret_until: None,
        timestamp_check: TimestampCheck::Refuse,
        timestamp_age: None,
        credential: None,
        own_user: None,
        allow_private: false,
        removed: false,
        max_body_bytes: None,
        calls_per_minute: None,
        options: BTreeMap::new(),
    }
}

/// A secret for every variable: its name in lower case.
fn look_up(reference: &Reference) -> Result<Secret, String> {
    match reference {
        Reference::Env(name) if name == "MISSING" => Err(format!("the variable {name} is not set")),
        other => Ok(Secret::new(other.to_string().to_lowercase())),
    }
}

#[test]
fn a_table_becomes_an_endpoint_with_its_secrets_and_defaults() {
    let mut table = table();
    table.previous_secret = Some("file:/run/old".parse().unwrap());
    table.previous_secret_until = Some("2026-02-01T00:00:00Z".parse().unwrap());
    table.check().unwrap();
    let public = "https://kb.example.com/".parse().unwrap();
    let made = table.resolve(Some(&public), &look_up).unwrap();
    assert_eq!((made.endpoint.suggest_at, made.endpoint.answer_at), (0.6, 0.9));
    assert_eq!(made.freshness, Freshness { seconds: 300, check: TimestampCheck::Refuse });
    table.timestamp_age = NonZeroU32::new(60);
    table.check().unwrap();
    assert_eq!(table.resolve(None, &look_up).unwrap().freshness.seconds, 60);
    assert_eq!(made.endpoint.base_url.as_deref(), Some("https://desk.example.com"));
    assert_eq!(made.endpoint.public_url.as_deref(), Some("https://kb.example.com"));
    assert_eq!(made.endpoint.secrets.current.unwrap().reveal(), "env:current");
    let (previous, until) = made.endpoint.secrets.previous.unwrap();
    assert_eq!((previous.reveal(), until), ("file:/run/old", "2026-02-01T00:00:00Z".parse().unwrap()));
}

#[test]
fn a_credential_takes_one_of_its_forms() {
    let none = CredentialTable { bearer: None, user: None, password: None, header: None, prefix: None, value: None };
    let reference = |text: &str| Some(text.parse().unwrap());
    let basic = CredentialTable { user: Some("bot/token".to_owned()), password: reference("env:P"), ..none.clone() };
    let header = CredentialTable {
        header: Some("Authorization".to_owned()),
        prefix: Some("Token token=".to_owned()),
        value: reference("env:V"),
        ..none.clone()
    };
    for good in [&basic, &header, &CredentialTable { bearer: reference("env:B"), ..none.clone() }] {
        good.check().unwrap();
    }
    assert_eq!(basic.resolve(&look_up).unwrap(), Credential::Basic(Secret::new("bot/token"), Secret::new("env:p")));
    let expected = Credential::Header("Authorization".to_owned(), Secret::new("Token token=env:v"));
    assert_eq!(header.resolve(&look_up).unwrap(), expected);
    for bad in [none.clone(), CredentialTable { bearer: reference("env:B"), ..basic.clone() }] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused_with_its_field() {
    let check = |change: fn(&mut EndpointTable)| {
        let mut table = table();
        change(&mut table);
        table.check().unwrap_err().0
    };
    assert_eq!(check(|t| t.answer_at = Some("0.5".parse().unwrap())), "answer_at");
    assert_eq!(check(|t| t.previous_secret = Some("env:OLD".parse().unwrap())), "previous_secret_until");
    assert_eq!(check(|t| t.timestamp_age = NonZeroU32::new(3_601)), "timestamp_age");
    assert_eq!(check(|t| t.base_url = Some("http://10.0.0.1".parse().unwrap())), "base_url");
    assert_eq!(
        check(|t| {
            t.previous_secret = t.secret.take();
            t.previous_secret_until = Some("2026-02-01T00:00:00Z".parse().unwrap());
        }),
        "previous_secret"
    );
}

#[test]
fn a_secret_that_is_written_out_is_refused_and_not_repeated() {
    for text in ["hunter2", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "env:", "file:", "https://u:hunter2@x"] {
        let error = text.parse::<Reference>().unwrap_err();
        assert!(error.contains("env:NAME") && !error.contains("hunter2") && !error.contains("whsec"), "{error}");
    }
    let error = "https://u:hunter2@x".parse::<BaseUrl>().unwrap_err();
    assert!(error.contains("credential") && !error.contains("hunter2"), "{error}");
    let mut table = table();
    table.secret = Some("env:MISSING".parse().unwrap());
    let error = table.resolve(None, &look_up).unwrap_err().to_string();
    assert_eq!(error, "endpoint zendesk/support: secret: the variable MISSING is not set");
}

#[test]
fn what_its_connector_cannot_work_with_is_refused_and_no_secret_repeated() {
    let refused = |connector: &str, secret: &'static str, options: &str| {
        let mut table = table();
        table.connector = connector.parse().unwrap();
        table.options = toml::from_str(options).unwrap();
        let error = table.resolve(None, &|_| Ok(Secret::new(secret))).unwrap_err();
        assert!(!error.to_string().contains("c2hvcnQ"), "{error}");
        (error.field, error.problem)
    };
    assert_eq!(refused("gitlab", "whsec_c2hvcnQ=", "").0, "secret");
    assert_eq!(refused("teams", "c2hvcnQ", "").0, "secret");
    let (field, problem) = refused("generic", "token", "external_id = 'data/id'\nbody = '/text'");
    assert_eq!(field, "options");
    assert!(problem.starts_with("external_id: a JSON pointer starts with /"), "{problem}");
    let (field, problem) = refused("intercom", "token", "");
    assert!(field == "options" && problem.starts_with("admin_id: "), "{field}: {problem}");
    let mut intercom = table();
    intercom.connector = "intercom".parse().unwrap();
    intercom.own_user = Some("814860".to_owned());
    intercom.resolve(None, &look_up).unwrap();
}

#[test]
fn a_request_may_be_as_long_as_the_table_says_else_as_its_platform_sends() {
    let most = |connector: &str, bytes: Option<&str>| {
        let mut table = table();
        table.connector = connector.parse().unwrap();
        table.secret = None;
        table.max_body_bytes = bytes.map(|bytes| bytes.parse().unwrap());
        table.resolve(None, &look_up).unwrap().max_body_bytes
    };
    assert_eq!((most("zendesk", None), most("slack", None), most("slack", Some("2KiB"))), (1 << 20, 1 << 20, 2 << 10));
    assert!(most("rasa", None) > 1 << 20);
    assert_eq!(most("rasa", Some("64KiB")), 64 << 10);
}

#[test]
fn only_a_credential_that_is_in_a_file_is_read_again() {
    let renewed = |credential: &str| {
        let mut table = table();
        table.credential = Some(toml::from_str(credential).unwrap());
        table.resolve(None, &look_up).unwrap().renewal.is_some()
    };
    for credential in ["bearer = 'file:/t'", "user = 'a'\npassword = 'file:/t'", "user = 'file:/t'\npassword = 'env:P'"]
    {
        assert!(renewed(credential), "{credential}");
    }
    assert!(renewed("header = 'x-token'\nvalue = 'file:/t'"));
    assert!(!renewed("bearer = 'env:T'") && !renewed("user = 'bot'\npassword = 'env:P'"));
}

#[test]
fn a_secret_is_read_from_its_file_without_the_line_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let reference = Reference::File(path.clone());
    assert!(reference.look_up().unwrap_err().contains("cannot read"));
    std::fs::write(&path, "abc def\n").unwrap();
    assert_eq!(reference.look_up().unwrap().reveal(), "abc def");
    std::fs::write(&path, "\n").unwrap();
    assert!(reference.look_up().unwrap_err().ends_with("is empty"));
}

#[test]
fn names_and_addresses_are_checked() {
    for bad in ["", "Support", "a/b", "ä", &"a".repeat(65)] {
        assert!(bad.parse::<EndpointName>().is_err(), "{bad}");
    }
    for bad in ["desk.example.com", "ftp://x", "https://x?y", "https://x#y", "https://"] {
        assert!(bad.parse::<BaseUrl>().is_err(), "{bad}");
    }
    assert!("nonesuch".parse::<ConnectorName>().unwrap_err().contains("there is no connector"));
}
