//! Who may do what: API keys with scopes, and how often.
//!
//! Without any key a server is open, which only one that listens on loopback may be. From the first key on, revoked and
//! expired ones included, every address but the public ones asks for one, so that revoking the last key never opens a
//! server. Pure but for the clock that callers hand in: rows are the work of [`store`](crate::store), requests that of
//! [`http`](crate::http).

mod header;
mod key;
mod limit;
mod ring;
mod scope;

pub use header::{Presented, presented};
pub use key::{ApiKey, KeyId, KeySecret, PresentedKey, SecretHash};
pub use limit::{Limiter, Limits};
pub use ring::{Keyring, Refusal};
pub use scope::{Scope, ScopeError, Scopes};
