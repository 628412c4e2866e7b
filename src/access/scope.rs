//! What a key may do.

use std::fmt;
use std::str::FromStr;

/// Longest name of a connector or an endpoint.
const MAX_NAME: usize = 64;

/// One thing that a key may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Ask for answers and say whether they helped.
    Match,
    /// Read articles, kept reports, feedback and the server's numbers.
    Read,
    /// Change articles and feedback, and all of [`Read`](Self::Read).
    Write,
    /// Everything.
    Admin,
    /// See the deliveries of one endpoint of one connector, and start them anew.
    Endpoint {
        /// The connector, `zendesk`.
        connector: String,
        /// The endpoint's name, `support`.
        name: String,
    },
}

/// Why a text is no [`Scope`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no scope; match, read, write, admin and endpoint:CONNECTOR/NAME are")]
pub struct ScopeError(String);

impl Scope {
    /// Whether a key with this scope may do what `wanted` names.
    pub fn includes(&self, wanted: &Self) -> bool {
        match self {
            Self::Admin => true,
            Self::Write => matches!(wanted, Self::Write | Self::Read),
            _ => self == wanted,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match => f.write_str("match"),
            Self::Read => f.write_str("read"),
            Self::Write => f.write_str("write"),
            Self::Admin => f.write_str("admin"),
            Self::Endpoint { connector, name } => write!(f, "endpoint:{connector}/{name}"),
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let wrong = || ScopeError(text.chars().take(100).collect());
        match text {
            "match" => return Ok(Self::Match),
            "read" => return Ok(Self::Read),
            "write" => return Ok(Self::Write),
            "admin" => return Ok(Self::Admin),
            _ => {}
        }
        let (connector, name) =
            text.strip_prefix("endpoint:").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
        let good = |part: &str| {
            (1..=MAX_NAME).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        if good(connector) && good(name) {
            Ok(Self::Endpoint { connector: connector.to_owned(), name: name.to_owned() })
        } else {
            Err(wrong())
        }
    }
}

/// Everything that a key may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// These scopes, in order, each once.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort();
        scopes.dedup();
        Self(scopes)
    }

    /// Whether one of them includes `wanted`.
    pub fn allow(&self, wanted: &Scope) -> bool {
        self.0.iter().any(|scope| scope.includes(wanted))
    }

    /// The endpoints that they name, each with its connector.
    pub fn endpoints(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|scope| match scope {
            Scope::Endpoint { connector, name } => Some((connector.as_str(), name.as_str())),
            _ => None,
        })
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The words with spaces between them, as the store keeps them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{scope}")?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Ok(Self::new(text.split_ascii_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let text = "match read write admin endpoint:zendesk/support-eu";
        let scopes: Scopes = text.parse().unwrap();
        assert_eq!(scopes.to_string(), text);
        for bad in
            ["", "Match", "all", "endpoint:", "endpoint:x", "endpoint:/x", "endpoint:x/", "endpoint:a/b/c", "a b"]
        {
            assert!(bad.parse::<Scope>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_admin_and_write_hold_more_than_themselves() {
        let endpoint = |name: &str| Scope::Endpoint { connector: "zendesk".to_owned(), name: name.to_owned() };
        let all = [Scope::Match, Scope::Read, Scope::Write, Scope::Admin, endpoint("eu"), endpoint("us")];
        let mut allowed = 0;
        for (has, wants) in all.iter().flat_map(|has| all.iter().map(move |wants| (has, wants))) {
            let includes = has == wants || *has == Scope::Admin || (has, wants) == (&Scope::Write, &Scope::Read);
            assert_eq!(has.includes(wants), includes, "{has} and {wants}");
            allowed += usize::from(includes);
        }
        assert_eq!(allowed, 12);
        assert!(!Scopes::default().allow(&Scope::Match));
    }
}
