//! One signed request per scheme, signed here by other code than the one under test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{KeyInit as _, Mac as _};

use super::*;

pub(super) const STAMP: &str = "1767323045";
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_WHSEC: &str = "whsec_b3RoZXItc2VjcmV0LW9mLTI0LWJ5dGVz";

/// A scheme, how to sign with it, and a second secret of the same form.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) scheme: Scheme,
    pub(super) secret: &'static str,
    pub(super) other: &'static str,
    /// Header of the signature or token.
    pub(super) header: &'static str,
    /// Header of the timestamp and its value.
    pub(super) stamp: Option<(&'static str, &'static str)>,
    /// Prefix of the value, how it is encoded.
    pub(super) prefix: &'static str,
    pub(super) encoding: Option<Encoding>,
    /// The value of the header for a secret and a body.
    pub(super) sign: fn(secret: &str, body: &[u8]) -> String,
}

impl Case {
    /// The headers of a request signed with a secret.
    pub(super) fn headers(&self, secret: &str, body: &[u8]) -> Vec<(String, String)> {
        let mut all = vec![("content-type".to_owned(), "application/json".to_owned())];
        if self.header == "webhook-signature" {
            all.push(("webhook-id".to_owned(), "kb-evt-1".to_owned()));
        }
        all.extend(self.stamp.map(|(name, value)| (name.to_owned(), value.to_owned())));
        all.push((self.header.to_owned(), (self.sign)(secret, body)));
        all
    }

    pub(super) fn verify(
        &self,
        secrets: &Secrets,
        headers: Vec<(String, String)>,
        body: &[u8],
        now: i64,
    ) -> Result<Verified, Refused> {
        verify(self.scheme, secrets, &InboundRequest { headers, body }, at(now), TimestampCheck::Refuse)
    }
}

fn sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(&parts.concat());
    mac.finalize().into_bytes().to_vec()
}

fn sha1(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(key).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn sha256_hex(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex(&sha256(secret.as_bytes(), &[body])))
}

fn sha1_hex(secret: &str, body: &[u8]) -> String {
    format!("sha1={}", hex(&sha1(secret.as_bytes(), body)))
}

fn standard(secret: &str, body: &[u8]) -> String {
    let key = STANDARD.decode(&secret["whsec_".len()..]).unwrap();
    format!("v1,{}", STANDARD.encode(sha256(&key, &[b"kb-evt-1.", STAMP.as_bytes(), b".", body])))
}

/// Discord's keys: the test knows the seed of each public key.
fn discord(secret: &str, body: &[u8]) -> String {
    let keys =
        [0u8, 100].map(|first| SigningKey::from_bytes(&std::array::from_fn(|at| first + u8::try_from(at).unwrap())));
    let key = keys.iter().find(|key| hex(key.verifying_key().as_bytes()) == secret).expect("a known key");
    hex(&key.sign(&[STAMP.as_bytes(), body].concat()).to_bytes())
}

fn token(secret: &str, _body: &[u8]) -> String {
    secret.to_owned()
}

const KEYED: Case = Case {
    name: "",
    scheme: schemes::JIRA,
    secret: "kb-test-secret",
    other: "kb-other-secret",
    header: "x-hub-signature",
    stamp: None,
    prefix: "sha256=",
    encoding: Some(Encoding::Hex),
    sign: sha256_hex,
};

const TOKEN: Case =
    Case { name: "", scheme: schemes::TOKEN, header: "x-kb-token", prefix: "", encoding: None, sign: token, ..KEYED };

/// All schemes with headers.
pub(super) fn all() -> Vec<Case> {
    vec![
        Case {
            name: "standard webhooks",
            scheme: schemes::STANDARD_WEBHOOKS,
            secret: WHSEC,
            other: OTHER_WHSEC,
            header: "webhook-signature",
            stamp: Some(("webhook-timestamp", STAMP)),
            prefix: "v1,",
            encoding: Some(Encoding::Base64),
            sign: standard,
        },
        Case {
            name: "zendesk",
            scheme: schemes::ZENDESK,
            header: "x-zendesk-webhook-signature",
            stamp: Some(("x-zendesk-webhook-signature-timestamp", "2026-01-02T03:04:05Z")),
            prefix: "",
            encoding: Some(Encoding::Base64),
            sign: |secret, body| STANDARD.encode(sha256(secret.as_bytes(), &[b"2026-01-02T03:04:05Z", body])),
            ..KEYED
        },
        Case { name: "jira", ..KEYED },
        Case { name: "github", scheme: schemes::GITHUB, header: "x-hub-signature-256", ..KEYED },
        Case { name: "gitlab token", scheme: schemes::GITLAB_TOKEN, header: "x-gitlab-token", ..TOKEN },
        Case { name: "zammad", scheme: schemes::ZAMMAD, prefix: "sha1=", sign: sha1_hex, ..KEYED },
        Case { name: "intercom", scheme: schemes::INTERCOM, prefix: "sha1=", sign: sha1_hex, ..KEYED },
        Case {
            name: "help scout",
            scheme: schemes::HELPSCOUT,
            header: "x-helpscout-signature",
            prefix: "",
            encoding: Some(Encoding::Base64),
            sign: |secret, body| STANDARD.encode(sha1(secret.as_bytes(), body)),
            ..KEYED
        },
        Case {
            name: "chatwoot",
            scheme: schemes::CHATWOOT,
            header: "x-chatwoot-signature",
            stamp: Some(("x-chatwoot-timestamp", STAMP)),
            sign: |secret, body| format!("sha256={}", hex(&sha256(secret.as_bytes(), &[STAMP.as_bytes(), b".", body]))),
            ..KEYED
        },
        Case { name: "token header", ..TOKEN },
        Case {
            name: "slack",
            scheme: schemes::SLACK,
            header: "x-slack-signature",
            stamp: Some(("x-slack-request-timestamp", STAMP)),
            prefix: "v0=",
            sign: |secret, body| {
                format!("v0={}", hex(&sha256(secret.as_bytes(), &[b"v0:", STAMP.as_bytes(), b":", body])))
            },
            ..KEYED
        },
        Case {
            name: "teams",
            scheme: schemes::TEAMS,
            secret: "vqF0En+Z0ucuRTM/01o2GuhMH3hKKk/N2bOmlM31zaA=",
            other: "b3RoZXItc2VjcmV0LW9mLTI0LWJ5dGVz",
            header: "authorization",
            prefix: "HMAC ",
            encoding: Some(Encoding::Base64),
            sign: |secret, body| {
                format!("HMAC {}", STANDARD.encode(sha256(&STANDARD.decode(secret).unwrap(), &[body])))
            },
            ..KEYED
        },
        Case {
            name: "discord",
            scheme: schemes::DISCORD,
            secret: "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
            other: DISCORD_OTHER,
            header: "x-signature-ed25519",
            stamp: Some(("x-signature-timestamp", STAMP)),
            prefix: "",
            sign: discord,
            ..KEYED
        },
        Case {
            name: "mattermost",
            scheme: schemes::MATTERMOST,
            header: "authorization",
            prefix: "Token ",
            sign: |secret, _| format!("Token {secret}"),
            ..TOKEN
        },
        Case { name: "telegram", scheme: schemes::TELEGRAM, header: "x-telegram-bot-api-secret-token", ..TOKEN },
    ]
}

/// The public key whose seed is the bytes from 100 on.
const DISCORD_OTHER: &str = "0bbc346a57667c380120bd9c7fd7e51d2c5fdfea37cd2f5bf405b2c6bf6f2d78";
