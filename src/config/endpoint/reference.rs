//! Secrets by the place where they are: settings never hold one.

use std::fmt;
use std::str::FromStr;

use crate::connect::model::Secret;

/// Longest secret that a file may hold, in bytes.
const MAX_SECRET: u64 = 64 << 10;

/// Where a secret is: in a variable of the environment or in a file, never in the settings themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A variable.
    Env(String),
    /// A file; white space at its end is dropped.
    File(std::path::PathBuf),
}

impl Reference {
    /// The secret, from the process's environment or the file. Errors name the place and never the value.
    pub fn look_up(&self) -> Result<Secret, String> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => format!("the variable {name} is not set"),
                std::env::VarError::NotUnicode(_) => format!("the variable {name} is not UTF-8"),
            })?,
            Self::File(path) => {
                read_secret(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?
            }
        };
        let text = text.trim_end();
        if text.is_empty() { Err(format!("{self} is empty")) } else { Ok(Secret::new(text)) }
    }
}

fn read_secret(path: &std::path::Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_SECRET).read_to_string(&mut text)?;
    Ok(text)
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl FromStr for Reference {
    type Err = String;

    /// The text itself is not repeated in the error: it may be the secret.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains(['=', '\0']) => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err("a secret is not written into the settings; name its place: env:NAME or file:PATH".to_owned()),
        }
    }
}
