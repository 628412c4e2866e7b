use clap::{CommandFactory, FromArgMatches, Parser};

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

fn from_flags(flags: &[&str]) -> Settings {
    let matches = Line::command().get_matches_from([&["kbmatch"], flags].concat());
    Line::from_arg_matches(&matches).unwrap().settings
}

fn from_toml(text: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kbmatch.toml");
    std::fs::write(&path, text).unwrap();
    read_file(&path).map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""))
}

/// For every setting: its key, its flag with a value that is not the default, the same in TOML.
const EVERY: [(&str, &str, &str); 20] = [
    ("listen", "--listen=127.0.0.2:9", "\"127.0.0.2:9\""),
    ("database", "--database=sqlite:///tmp/x.db", "\"sqlite:///tmp/x.db\""),
    ("kb", "--kb=a,b", "[\"a\", \"b\"]"),
    ("max_report_bytes", "--max-report-bytes=64KiB", "65536"),
    ("max_import_bytes", "--max-import-bytes=2MiB", "\"2 MiB\""),
    ("max_unpacked_bytes", "--max-unpacked-bytes=1.5MB", "\"1.5MB\""),
    ("report_retention_days", "--report-retention-days=7", "7"),
    ("report_sample", "--report-sample=0.5", "0.5"),
    ("answer_cache_mib", "--answer-cache-mib=2", "2"),
    ("workers", "--workers=3", "3"),
    ("allowed_hosts", "--allowed-host=kb.example.com,KB", "[\"kb.example.com\", \"KB\"]"),
    ("log_format", "--log-format=json", "\"json\""),
    ("log_level", "--log-level=debug", "\"debug\""),
    ("rate_limit_per_key", "--rate-limit-per-key=5", "5"),
    ("rate_limit_per_address", "--rate-limit-per-address=7", "7"),
    ("allow_remote_without_keys", "--allow-remote-without-keys", "true"),
    ("public_url", "--public-url=https://kb.example.com", "\"https://kb.example.com/\""),
    ("delivery_retention_days", "--delivery-retention-days=7", "7"),
    ("max_waiting_deliveries", "--max-waiting-deliveries=5", "5"),
    ("feedback_key", "--feedback-key=env:KEY", "\"env:KEY\""),
];

#[test]
fn every_setting_is_read_from_flag_environment_and_file_alike() {
    let keys: Vec<&str> = EVERY.iter().map(|(key, ..)| *key).collect();
    // Endpoints have no flag.
    assert_eq!(keys, KEYS[..KEYS.len() - 1]);
    let command = Line::command();
    let mut seen = 0;
    for (key, flag, toml) in EVERY {
        let flagged = from_flags(&[flag]);
        assert_ne!(flagged, Settings::default(), "{flag} sets nothing");
        assert_ne!(Config::from(flagged.clone()), Config::from(Settings::default()), "{flag} changes nothing");
        assert_eq!(from_toml(&format!("{key} = {toml}\n")).unwrap(), flagged, "{key} in the file");
        let name = flag.trim_start_matches("--").split('=').next().unwrap();
        let argument = command.get_arguments().find(|argument| argument.get_long() == Some(name)).unwrap();
        // The variable itself is set for a child process in tests/cli, since setting it here would reach other tests.
        let variable = format!("KBMATCH_{}", key.to_uppercase());
        assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(variable.as_str()), "{key}");
        seen += 1;
    }
    assert_eq!(seen, command.get_arguments().filter(|argument| argument.get_id() != "help").count());
}

#[test]
fn the_command_line_goes_before_the_file() {
    let config = Config::from(from_flags(&["--workers=3"]).or(from_toml("workers = 5\nlog_level = \"warn\"").unwrap()));
    assert_eq!((config.workers, config.log_level.level()), (3, tracing::Level::WARN));
}

#[test]
fn a_wrong_file_is_told_where_and_what_would_be_right() {
    for (text, expected) in [
        ("workers = 2\nlisten_ = \"x\"\n", "/kbmatch.toml:2:1: unknown setting `listen_`; did you mean `listen`?"),
        (
            "max-report-bytes = 2",
            "/kbmatch.toml:1:1: unknown setting `max-report-bytes`; did you mean `max_report_bytes`?",
        ),
        ("report_sample = 2.0", "/kbmatch.toml:1:17: 2 does not lie between 0 and 1"),
        (
            "log_level = \"loud\"",
            "/kbmatch.toml:1:13: \"loud\" is no log level; error, warn, info, debug and trace are",
        ),
        ("database = \"postgres://x\"", "a database of kind \"postgres\" is not supported"),
        ("max_report_bytes = \"big\"", "\"big\" is no size"),
        ("max_report_bytes = 0", "at least 1 byte"),
        ("workers = ", "/kbmatch.toml:1:11: "),
        ("zzzzzz = 1", "known are listen, database"),
    ] {
        let error = from_toml(text).unwrap_err();
        assert!(error.contains(expected), "{text:?} gave {error:?}");
    }
}

#[test]
fn only_loopback_is_listened_on_without_a_key_unless_told_otherwise() {
    let config = |flags: &[&str]| Config::from(from_flags(flags));
    assert!(config(&[]).check_listen(false).is_ok());
    assert!(config(&["--listen=[::1]:80"]).check_listen(false).is_ok());
    for remote in ["--listen=0.0.0.0:80", "--listen=[::]:80", "--listen=192.0.2.1:80"] {
        let error = config(&[remote]).check_listen(false).unwrap_err().to_string();
        assert!(error.contains("kbmatch keys create"), "{error}");
        assert!(config(&[remote]).check_listen(true).is_ok());
        assert!(config(&[remote, "--allow-remote-without-keys"]).check_listen(false).is_ok());
    }
}

#[test]
fn the_example_file_names_every_setting_with_its_default() {
    let example = include_str!("../../kbmatch.toml.example");
    let uncommented: String = example
        .lines()
        .filter_map(|line| line.strip_prefix("#"))
        .filter(|line| !line.starts_with(' '))
        .fold(String::new(), |text, line| text + line + "\n");
    let (settings, endpoint) = uncommented.split_once("[[endpoint]]").unwrap();
    let config = Config::from(from_toml(settings).unwrap());
    let default = Config { kb_is_default: false, ..Config::from(Settings::default()) };
    // These have no default that could be written down.
    assert_eq!(Config { workers: default.workers, public_url: None, feedback_key: None, ..config }, default);
    let names = |text: &str, key: &str| text.lines().any(|line| line.starts_with(&format!("{key} =")));
    for key in &KEYS[..KEYS.len() - 1] {
        assert!(names(settings, key), "{key} is missing");
    }
    for key in EndpointTable::FIELDS {
        assert!(names(endpoint, key), "{key} of an endpoint is missing");
    }
}
