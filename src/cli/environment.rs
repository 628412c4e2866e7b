//! Where a setting came from: variables that look like settings and are none, and the name of the variable or the line of
//! the file in an error about a value that no flag gave.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};

use crate::config::{DEFAULT_FILE, place_of_setting};
use crate::text::nearest;

/// What the names of our variables start with.
const PREFIX: &str = "KBMATCH_";

/// A warning for each variable that looks like a setting and is none, in the order of their names.
pub(super) fn strangers(command: &clap::Command, config: Option<&Path>) -> Vec<String> {
    let mut known = BTreeSet::new();
    collect_names(command, &mut known);
    let stems: Vec<&str> = known.iter().filter_map(|name| name.strip_prefix(PREFIX)).collect();
    let places = texts_that_name_variables(config);
    let mut names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty() && !is_of_kubernetes(name, value))
        .map(|(name, _)| name)
        .filter(|name| !known.contains(name) && !places.iter().any(|text| refers_to(text, name)))
        .collect();
    names.sort_unstable();
    names.iter().map(|name| warning(name, &stems)).collect()
}

fn warning(name: &str, stems: &[&str]) -> String {
    match nearest(&name[PREFIX.len()..], stems) {
        Some(stem) => format!("warning: the variable {name} is no setting; did you mean {PREFIX}{stem}?"),
        None => format!("warning: the variable {name} is no setting; `kbmatch serve --help` names all"),
    }
}

fn collect_names(command: &clap::Command, known: &mut BTreeSet<String>) {
    known.extend(command.get_arguments().filter_map(|arg| arg.get_env()?.to_str().map(str::to_owned)));
    command.get_subcommands().for_each(|command| collect_names(command, known));
}

/// Where secrets may be said to stand in variables: the file, the command line, and the setting of the feedback key.
fn texts_that_name_variables(config: Option<&Path>) -> Vec<String> {
    let file = std::fs::read_to_string(config.unwrap_or(Path::new(DEFAULT_FILE))).unwrap_or_default();
    let key = std::env::var("KBMATCH_FEEDBACK_KEY").unwrap_or_default();
    std::env::args_os().filter_map(|word| word.into_string().ok()).chain([file, key]).collect()
}

/// Whether a text holds `env:NAME`.
fn refers_to(text: &str, name: &str) -> bool {
    let continues = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let reference = format!("env:{name}");
    text.match_indices(&reference).any(|(at, found)| !continues(&text[at + found.len()..]))
}

/// Kubernetes tells every container of a service named `kbmatch` in variables of this prefix.
fn is_of_kubernetes(name: &str, value: &OsStr) -> bool {
    let is_address = value.to_str().is_some_and(|value| value.starts_with("tcp://") || value.starts_with("udp://"));
    is_address || ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT_"].iter().any(|part| name.contains(part))
}

/// Names the variable in an error about its value: clap names the flag, which nobody gave.
pub(super) fn name_variable(error: &mut clap::Error, mut command: clap::Command) {
    // Only then can its arguments be shown as the error shows them.
    command.build();
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return };
    let Some((flag, variable)) = flag_and_variable(&command, shown) else { return };
    if !is_given(&flag) && std::env::var_os(&variable).is_some_and(|value| !value.is_empty()) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
}

/// The flag that clap shows as `shown`, and its variable.
fn flag_and_variable(command: &clap::Command, shown: &str) -> Option<(String, String)> {
    let own = command
        .get_arguments()
        .find(|arg| arg.to_string() == shown)
        .and_then(|arg| Some((format!("--{}", arg.get_long()?), arg.get_env()?.to_str()?.to_owned())));
    own.or_else(|| command.get_subcommands().find_map(|command| flag_and_variable(command, shown)))
}

fn is_given(flag: &str) -> bool {
    std::env::args().any(|word| word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
}

/// Where the value of a setting came from, in words: its variable, else file and line. The flag when that was given, or
/// when nothing was and the flag is what to give.
pub(super) fn source_of(flag: &str, key: &str, config: Option<&Path>) -> String {
    let variable = format!("{PREFIX}{}", key.to_uppercase());
    if is_given(flag) {
        return flag.to_owned();
    }
    if std::env::var_os(&variable).is_some_and(|value| !value.is_empty()) {
        return variable;
    }
    let file = config.unwrap_or(Path::new(DEFAULT_FILE));
    let text = std::fs::read_to_string(file).unwrap_or_default();
    match place_of_setting(&text, key) {
        Some((line, column)) => format!("`{key}` in {}:{line}:{column}", file.display()),
        None => flag.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_named_is_one_whole_name() {
        assert!(refers_to("secret = \"env:KBMATCH_A\"\n", "KBMATCH_A"));
        assert!(refers_to("env:KBMATCH_AB, env:KBMATCH_A", "KBMATCH_A"));
        assert!(!refers_to("secret = \"env:KBMATCH_AB\"\n", "KBMATCH_A"));
    }

    #[test]
    fn what_kubernetes_sets_is_no_slip() {
        assert!(is_of_kubernetes("KBMATCH_PORT", OsStr::new("tcp://10.0.0.1:8080")));
        assert!(is_of_kubernetes("KBMATCH_SERVICE_HOST", OsStr::new("10.0.0.1")));
        assert!(is_of_kubernetes("KBMATCH_PORT_8080_TCP_ADDR", OsStr::new("10.0.0.1")));
        assert!(!is_of_kubernetes("KBMATCH_PORT", OsStr::new("8080")));
    }
}
