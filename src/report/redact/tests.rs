use proptest::prelude::*;

use super::*;
use crate::report::{Hints, Limits};

/// Texts with a secret between `«` and `»`: it must be gone, and nothing else may change.
const SECRETS: &[&str] = &[
    "password=«hunter2»",
    "password = «hunter2»",
    "password: «correct horse battery»",
    "DB_PASSWORD=«s3cr3t!» npm start",
    "{\"password\":\"«p w d»\"}",
    "{\"user\":{\"newPassword\": \"«Sommer2026»\"}}",
    "{\\\"password\\\":\\\"«abc123»\\\",\\\"x\\\":1}",
    "{'client_secret': '«8Q~aB1»'}",
    "spring.datasource.password=«changeit»",
    "passwd: «opensesame»",
    "Passwort: «Geheim»",
    "contraseña: «secreto»",
    "пароль: «тайна»",
    "pwd=«letmein»&user=bob",
    "my password is «Tr0ub4dor&3» but login fails",
    "Server=db;User Id=sa;Password=«p@ss»;Encrypt=true",
    "mysql --password «rootpw» -e 'select 1'",
    "<password>«hunter2»</password>",
    "<add key=\"Password\" value=\"«hunter2»\"/>",
    "{\"name\":\"x-api-key\",\"value\":\"«abcdef»\"}",
    "client_secret=«abc.def»&grant_type=client_credentials",
    "access_token=«ya»&token_type=bearer",
    "\"refresh_token\": \"«1//0gabc»\"",
    "apiKey: '«zzzz»'",
    "api key: «zz9yy8»",
    "client secret: «zz9yy8»",
    "X-Api-Key: «abc»",
    "x-auth-token: «abc»",
    "AWS_SECRET_ACCESS_KEY=«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
    "aws_access_key_id = «AKIAIOSFODNN7EXAMPLE»",
    "AccountKey=«Zm9vYmFy»;EndpointSuffix",
    "sig=«aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY»&se=2026",
    "token «ghp_abcdefghijklmnopqrstuvwxyz0123456789» used",
    "github_pat: «github_pat_11ABCDEFG0abcdefghij_klmnop»",
    "«glpat-abcDEF123456ghiJKL78»",
    "«xoxb-123456789012-abcdefABCDEF»",
    "«sk-proj-abc123DEF456ghi789JKL»",
    "sk_live_: «sk_live_4eC39HqLyjWDarjtT1zdp7dc»",
    "«AIzaSyD-1234567890abcdefghijklmnopqrstu»",
    "GOCSPX «GOCSPX-1234567890abcdefghij»",
    "SG «SG.abcdefghijklmnop1234.ABCDEFGHIJKLMNOPqrstuvwxyz»",
    "npm ERR! «npm_abcdefghijklmnopqrstuvwxyz0123456789»",
    "Authorization: Bearer «abc.def.ghi»",
    "authorization: Basic «dXNlcjpwYXNz»",
    "Authorization: «abcdef12345»",
    "Proxy-Authorization: Negotiate «YIIabc123»",
    "curl -H 'Authorization: token «abc def»' https://api.example.com/x",
    "\"authorization\":\"Bearer «abc»\"",
    "header Bearer «eyJhbGciOiJIUzI1NiJ9abc12» sent",
    "AUTHORIZATION: Digest «username=\"bob\", response=\"6629fae\"»",
    "Cookie: sid=«abc»; theme=«dark»",
    "Set-Cookie: sid=«abc123»; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600",
    "document.cookie = \"sid=«abc»\"",
    "id «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r» end",
    "https://user:«s3cret»@example.com/x",
    "postgresql://app:«pa#ss/word»@db:5432/app",
    "https://example.com/cb?access_token=«abcd»&x=1",
    "https://example.com/#id_token=«abcd»",
    "https://hooks.example.com/services/T000/«aB3dE5fG7hJ9kL1mN2pQ4rS6»",
    "mail «jane.doe@example.com» bounced",
    "RCPT TO:<«bob+x@mail.example.org»>",
    "/users/«jane@example.com»/profile",
    "card «4111 1111 1111 1111» declined",
    "pan=«5555555555554444»",
    "«378282246310005» amex",
    "session=«9f86d081884c7d659a2feaa0c55ad015»",
    "PHPSESSID=«a1b2c3d4e5f6a7b8c9d0e1f2a3»",
    "csrf_token: «tok»",
    "otp=«123456»",
    "code_verifier=«dBjftJeZ4CVP»",
    "state: «hKFo2SBqQ1dOa0VzWGlBmZ4»",
    "value «hKFo2SBqQ1dOa0VzWGlBmZ4xT9» end",
    "-----BEGIN RSA PRIVATE KEY-----\n«MIIEow\nIBAAK»\n-----END RSA PRIVATE KEY-----\nnext",
    "\"-----BEGIN PRIVATE KEY-----\\n«MIIEow»\\n-----END PRIVATE KEY-----\\n\"",
    "passphrase: '«open sesame»'",
    "verify_id_token: «q7ZtX2mV9rLk4TnB8wPc» was refused",
    "{\"verify_id_token\": \"«opaque»\"}",
    "verify_password: «hunter2»",
    "id_token: «Token»",
    "X-Amz-Security-Token: «FwoGZXIvYXdzEBY»",
];

/// Texts in which nothing is secret.
const LOOK_ALIKES: &[&str] = &[
    "password: must be at least 8 characters",
    "password authentication failed for user \"app\"",
    "Access denied for user 'root'@'localhost' (using password: YES)",
    "password=",
    "\"password\": null",
    "password: <PASSWORD>",
    "password: ${DB_PASSWORD}",
    "password=[FILTERED]",
    "--password-stdin",
    "passwordless sign-in",
    "Invalid password: required",
    "PWD=/home/user/app",
    "passkey:``action: showError",
    "token: expired",
    "verify_id_token: Token used too early, 1790148080 < 1790148081",
    "auth.verifyIdToken: Token used too late",
    "\"token_type\":\"Bearer\"",
    "Unexpected token: punc (})",
    "SyntaxError: Unexpected token < in JSON at position 0",
    "Bearer token is missing",
    "WWW-Authenticate: Bearer error=\"invalid_token\"",
    "Authorization: required",
    "Authorization header missing",
    "authorization_endpoint: https://example.com/authorize",
    "Basic authentication is disabled",
    "max_tokens=4096",
    "secretName: web-tls",
    "key: users_pkey",
    "Duplicate entry '5' for key 'users.email_unique'",
    "code: ERR_MODULE_NOT_FOUND",
    "code: '42P01'",
    "state: RUNNING",
    "session: closed",
    "cookies are disabled",
    "Set-Cookie: Path=/; SameSite=None; Secure",
    "AADSTS7000215: Invalid client secret provided.",
    "ORA-01017: invalid username/password; logon denied",
    "error NU1605: Detected package downgrade: System.Net.NameResolution from 4.3.0 to 4.0.0",
    "0x80070005",
    "Trace ID: 3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "commit 1b17786cbea2ed0f4ab5d6e7f8091a2b3c4d5e6f",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "integrity sha512-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg== mismatch",
    "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
    "\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)",
    "HTMLButtonElement.<anonymous> (https://<DOMAIN>/u/passkey-enrollment?state=hKFo...5pag:514:6352)",
    "Failed to read the 'name' property from 'PublicKeyCredentialEntity': Required member is undefined.",
    "_ZN4core3fmt9Formatter12pad_integral17h0123456789abcdefE",
    "?GetX509CertificateV3@@YAPAVCert@@XZ",
    "git@github.com:owner/repo.git",
    "react@18.2.0 and @types/node@20.1.0",
    "user@1000.service failed",
    "logo@2x.png",
    "java.lang.Object@1b2c3d4e",
    "9007199254740991",
    "1234 5678 9012 3456",
    "4111111111111112",
    "order 4111-1111",
    "3.14159265358979",
    "x86_64-unknown-linux-gnu",
    "main.8f2c1a9b.chunk.js",
    "static/chunks/pages/_app-3f4a5b6c7d8e9f0a.js",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793",
    "pod web-7d9c6b8f5d-x2x4z restarted",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "PublicKeyCredentialCreationOptions.authenticatorSelection.requireResidentKey",
    "arn:aws:iam::123456789012:role/my-role",
    "C:\\Users\\runneradmin\\AppData\\Local\\Temp\\tmp1A2B.tmp",
    "https://api.nuget.org/v3/index.json",
    "https://login.example.com/common/oauth2/v2.0/authorize?response_type=code&scope=openid",
    "sk-learn is not installed",
    "npm_config_registry",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "SGVsbG8gd29ybGQsIHRoaXMgaXMgZmluZQ==",
];

fn unmarked(marked: &str) -> String {
    marked.replace(['«', '»'], "")
}

#[test]
fn every_kind_of_secret_is_gone_and_nothing_else_changes() {
    assert!(SECRETS.len() >= 60);
    let mut faults = Vec::new();
    for marked in SECRETS {
        let text = unmarked(marked);
        let redacted = redact(&text);
        let mut at = 0;
        for (index, stretch) in marked.split(['«', '»']).enumerate() {
            let now = redacted.get(at..at + stretch.len());
            at += stretch.len();
            let secret = index % 2 == 1;
            let kept_word = || {
                stretch.split(|c: char| !c.is_alphanumeric()).any(|word| {
                    word.len() > 1
                        && now.is_none_or(|now| now.contains(word))
                        && word.chars().any(|c| !matches!(c, 'x' | '0'))
                })
            };
            if now.is_none() || (!secret && now != Some(stretch)) || (secret && kept_word()) {
                faults.push(format!("{text:?} became {redacted:?}"));
                break;
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    assert!(LOOK_ALIKES.len() >= 60);
    let changed: Vec<String> = LOOK_ALIKES
        .iter()
        .filter(|text| redact(text) != **text)
        .map(|text| format!("{text:?} became {:?}", redact(text)))
        .collect();
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

fn part(address: PartAddress, text: &str) -> Part {
    Part { address, text: text.to_owned(), kind: PartKind::Text }
}

fn redacted_parts(parts: Vec<Part>) -> Vec<String> {
    redact_report(&Report::from_parts(parts, &Hints::default(), &Limits::default()))
}

#[test]
fn a_part_with_a_secret_name_is_overwritten_whole() {
    let pointer = |pointer: &str| PartAddress::Pointer(pointer.to_owned());
    let secret = [
        pointer("/user/password"),
        pointer("/headers/x-api-key"),
        pointer("/request/headers/Set-Cookie"),
        PartAddress::Form("client_secret".to_owned()),
        PartAddress::File { name: "a.json".to_owned(), pointer: Some("/credentials/apiKey/0".to_owned()) },
    ];
    for address in secret {
        let redacted = redacted_parts(vec![part(address.clone(), "plain words")]);
        assert_eq!(redacted, ["xxxxx xxxxx"], "{address}");
    }
    assert_eq!(redacted_parts(vec![part(pointer("/error/message"), "plain words")]), ["plain words"]);
}

#[test]
fn a_header_in_a_recording_is_known_by_the_name_beside_it() {
    let pointer = |end: &str| PartAddress::Pointer(format!("/log/entries/0/request/headers/1/{end}"));
    let parts = vec![part(pointer("name"), "Authorization"), part(pointer("value"), "abc def")];
    assert_eq!(redacted_parts(parts), ["Authorization", "xxx xxx"]);
}

fn filler_only(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'x' | b'0') || !byte.is_ascii_alphanumeric())
}

#[test]
fn redaction_keeps_escapes_so_that_the_text_still_decodes() {
    assert_eq!(redact(r#"{"password":"a\"b\u00e9c%2F"}"#), r#"{"password":"x\"x\u0078x%78"}"#);
}

fn surroundings() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z ,.]{0,20} ",
        Just("Error: failed (404 Not Found)\n".to_owned()),
        "\\PC{0,12}\n"
    ]
}

/// A secret of a published shape, in which no letter or digit but the filler's may be left.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "ghp_[A-Za-z1-9]{30,36}1",
        "eyJ[A-Za-z1-9]{20}\\.[A-Za-z1-9]{20}\\.[A-Za-z1-9]{20}",
        "[a-z]{3,8}@[a-z]{3,8}\\.com",
        Just("4111111111111111".to_owned()),
    ]
}

proptest! {
    #[test]
    fn redacting_keeps_the_length_and_redacting_again_changes_nothing(
        before in "\\PC{0,40}",
        known in prop::sample::select(vec!["password=", "Cookie: a=", "\"token\":\"", "https://u:p@", "Bearer ", "@x.com ", "\\\"secret\\\":\\\"", "-----BEGIN PRIVATE KEY-----"]),
        after in "[ -~]{0,60}",
    ) {
        let text = format!("{before}{known}{after}");
        let once = redact(&text).into_owned();
        prop_assert_eq!(once.len(), text.len());
        let twice = redact(&once).into_owned();
        prop_assert_eq!(&twice, &once);
    }

    #[test]
    fn a_secret_among_text_is_gone_whatever_stands_around(before in surroundings(), secret in secret(), after in surroundings()) {
        let text = format!("{before} {secret} {after}");
        let redacted = redact(&text);
        prop_assert_eq!(redacted.len(), text.len());
        let start = before.len() + 1;
        let place = redacted.get(start..start + secret.len());
        prop_assert!(place.is_some_and(filler_only), "{} in {}", secret, redacted);
    }
}
