//! How each platform signs.

use super::{Encoding, Hash, Hmac, Key, Scheme, Signed};

/// Header of the token that we ask for where a platform signs nothing.
pub const TOKEN_HEADER: &str = "x-kb-token";

/// Standard Webhooks; GitLab's signing tokens as well.
pub const STANDARD_WEBHOOKS: Scheme = Scheme::Hmac(Hmac {
    header: "webhook-signature",
    prefix: "v1,",
    hash: Hash::Sha256,
    encoding: Encoding::Base64,
    key: Key::Whsec,
    signed: Signed::IdTimestampBody { id: "webhook-id", timestamp: "webhook-timestamp" },
    list: true,
});

/// Zendesk. The key is the secret as shown, not its base64 decoding.
pub const ZENDESK: Scheme = Scheme::Hmac(Hmac {
    header: "x-zendesk-webhook-signature",
    prefix: "",
    hash: Hash::Sha256,
    encoding: Encoding::Base64,
    key: Key::Utf8,
    signed: Signed::TimestampBody("x-zendesk-webhook-signature-timestamp"),
    list: false,
});

/// Jira's admin webhooks.
pub const JIRA: Scheme = body_hmac("x-hub-signature", "sha256=", Hash::Sha256, Encoding::Hex);

/// GitHub.
pub const GITHUB: Scheme = body_hmac("x-hub-signature-256", "sha256=", Hash::Sha256, Encoding::Hex);

/// GitLab's secret token, for servers without signing tokens.
pub const GITLAB_TOKEN: Scheme = Scheme::Token { header: "x-gitlab-token", prefix: "" };

/// Zammad.
pub const ZAMMAD: Scheme = body_hmac("x-hub-signature", "sha1=", Hash::Sha1, Encoding::Hex);

/// Intercom: the key is the app's client secret.
pub const INTERCOM: Scheme = body_hmac("x-hub-signature", "sha1=", Hash::Sha1, Encoding::Hex);

/// Help Scout.
pub const HELPSCOUT: Scheme = body_hmac("x-helpscout-signature", "", Hash::Sha1, Encoding::Base64);

/// Chatwoot.
pub const CHATWOOT: Scheme = Scheme::Hmac(Hmac {
    header: "x-chatwoot-signature",
    prefix: "sha256=",
    hash: Hash::Sha256,
    encoding: Encoding::Hex,
    key: Key::Utf8,
    signed: Signed::TimestampDotBody("x-chatwoot-timestamp"),
    list: false,
});

/// A token in a header that we name, for platforms that sign nothing.
pub const TOKEN: Scheme = Scheme::Token { header: TOKEN_HEADER, prefix: "" };

/// Slack.
pub const SLACK: Scheme = Scheme::Hmac(Hmac {
    header: "x-slack-signature",
    prefix: "v0=",
    hash: Hash::Sha256,
    encoding: Encoding::Hex,
    key: Key::Utf8,
    signed: Signed::Slack("x-slack-request-timestamp"),
    list: false,
});

/// Microsoft Teams' outgoing webhooks. The key is the security token decoded.
pub const TEAMS: Scheme = Scheme::Hmac(Hmac {
    header: "authorization",
    prefix: "HMAC ",
    hash: Hash::Sha256,
    encoding: Encoding::Base64,
    key: Key::Base64,
    signed: Signed::Body,
    list: false,
});

/// Discord's interactions. The secret is the application's public key.
pub const DISCORD: Scheme = Scheme::Ed25519 { signature: "x-signature-ed25519", timestamp: "x-signature-timestamp" };

/// Mattermost's slash commands.
pub const MATTERMOST: Scheme = Scheme::Token { header: "authorization", prefix: "Token " };

/// Rocket.Chat's outgoing webhooks.
pub const ROCKETCHAT: Scheme = Scheme::BodyToken("/token");

/// Telegram's bot updates.
pub const TELEGRAM: Scheme = Scheme::Token { header: "x-telegram-bot-api-secret-token", prefix: "" };

const fn body_hmac(header: &'static str, prefix: &'static str, hash: Hash, encoding: Encoding) -> Scheme {
    Scheme::Hmac(Hmac { header, prefix, hash, encoding, key: Key::Utf8, signed: Signed::Body, list: false })
}
