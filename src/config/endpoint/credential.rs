//! The `credential` of an endpoint: how its calls prove who we are.

use serde::Deserialize;

use super::Reference;
use crate::connect::model::{Credential, Secret};

/// How calls prove who we are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialTable {
    /// `Authorization: Bearer …`.
    pub bearer: Option<Reference>,
    /// User of `Authorization: Basic …`, as text or as a reference.
    pub user: Option<String>,
    /// Password of `Authorization: Basic …`.
    pub password: Option<Reference>,
    /// A header of the platform's own.
    pub header: Option<String>,
    /// What stands before the value in that header.
    pub prefix: Option<String>,
    /// The header's value.
    pub value: Option<Reference>,
}

impl CredentialTable {
    const FORMS: &'static str =
        "write `bearer`, or `user` and `password`, or `header` and `value` with or without `prefix`";

    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self {
            Self { bearer: Some(_), user: None, password: None, header: None, prefix: None, value: None }
            | Self { bearer: None, user: Some(_), password: Some(_), header: None, prefix: None, value: None } => {
                Ok(())
            }
            Self { bearer: None, user: None, password: None, header: Some(header), value: Some(_), .. } => {
                let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
                if header.is_empty() || !header.bytes().all(token) {
                    Err("`header` is no name of a header")
                } else {
                    Ok(())
                }
            }
            _ => Err(Self::FORMS),
        }
    }

    /// Whether a part of it is in a file, which may be written anew while the server runs.
    pub(super) fn is_in_files(&self) -> bool {
        let user = self.user.as_deref().and_then(|user| user.parse().ok());
        let places = [&self.bearer, &self.password, &self.value, &user];
        places.into_iter().any(|place| matches!(place, Some(Reference::File(_))))
    }

    /// The credential as it is now where the settings say.
    pub fn read(&self) -> Result<Credential, String> {
        self.resolve(&Reference::look_up)
    }

    pub(super) fn resolve(&self, lookup: &dyn Fn(&Reference) -> Result<Secret, String>) -> Result<Credential, String> {
        match self {
            Self { bearer: Some(bearer), .. } => Ok(Credential::Bearer(lookup(bearer)?)),
            Self { user: Some(user), password: Some(password), .. } => {
                let user = match user.parse::<Reference>() {
                    Ok(reference) => lookup(&reference)?,
                    Err(_) => Secret::new(user.clone()),
                };
                Ok(Credential::Basic(user, lookup(password)?))
            }
            Self { header: Some(header), value: Some(value), prefix, .. } => {
                let prefix = prefix.as_deref().unwrap_or_default();
                let value = Secret::new(format!("{prefix}{}", lookup(value)?.reveal()));
                Ok(Credential::Header(header.clone(), value))
            }
            _ => Err(Self::FORMS.to_owned()),
        }
    }
}
