use proptest::prelude::*;

use super::*;

/// The pieces of a text as kind and slice.
fn pieces(text: &str) -> Vec<(PieceKind, &str)> {
    recognise(text).into_iter().map(|piece| (piece.kind, piece.span.slice(text))).collect()
}

#[track_caller]
fn assert_piece(text: &str, kind: PieceKind, slice: &str) {
    let found = pieces(text);
    assert!(found.contains(&(kind, slice)), "{text:?} has no {kind:?} {slice:?} but {found:?}");
}

/// Variable pieces, one a line: the text with the piece between `«` and `»`.
const VARIABLE: &[(PieceKind, &str)] = &[
    (PieceKind::Uuid, "Trace ID: «3fa85f64-5717-4562-b3fc-2c963f66afa6» Correlation"),
    (PieceKind::Ulid, "report_id=«01J9Z3NDEKTSV4RRFFQ69G5FAV»"),
    (PieceKind::Hex, "commit «1b17786cbea2ed0f4ab5d6e7f8091a2b3c4d5e6f»"),
    (PieceKind::Hex, "container «3f4a5b6c7d8e» exited"),
    (PieceKind::Hex, "at address «0x00007ffd3a2b1c40»"),
    (PieceKind::Number, "at character «15»"),
    (PieceKind::Number, "Tried to allocate «20,480» rows"),
    (PieceKind::Version, "Chrome/«129.0.0.0» Safari"),
    (PieceKind::Version, "node «v18.20.4» on"),
    (PieceKind::Version, "from «4.3.0» to"),
    (PieceKind::Version, "pkg@«1.2.3-beta.4»"),
    (PieceKind::Version, "Newtonsoft.Json, Version=«13.0.0.0», Culture"),
    (PieceKind::Timestamp, "«2026-10-14T07:41:22.918Z» ERROR"),
    (PieceKind::Timestamp, "«2026-10-14 07:41:22,918» WARN"),
    (PieceKind::Timestamp, "[«12/Oct/2026:09:14:03 +0000»]"),
    (PieceKind::Timestamp, "«Oct 12 09:14:03» host kernel"),
    (PieceKind::Timestamp, "Date: «Mon, 12 Oct 2026 09:14:03 GMT»"),
    (PieceKind::Timestamp, "«09:14:03.120» [main]"),
    (PieceKind::Timestamp, "at «20261014T074122Z»"),
    (PieceKind::Timestamp, "exp: «1791964800»"),
    (PieceKind::Date, "released «2026-10-14»"),
    (PieceKind::Date, "am «14.10.2026» fiel"),
    (PieceKind::Duration, "timeout of «30000ms» exceeded"),
    (PieceKind::Duration, "after «1h30m»"),
    (PieceKind::Duration, "within «5 minutes»"),
    (PieceKind::Size, "limit is «25 MB»"),
    (PieceKind::Size, "read «8123 bytes»"),
    (PieceKind::IpAddress, "connect to «203.0.113.24» failed"),
    (PieceKind::IpAddress, "route «10.0.0.0/8»"),
    (PieceKind::IpAddress, "from «2001:db8::8a2e:370:7334»"),
    (PieceKind::IpAddress, "listen on [«::1»]:443"),
    (PieceKind::Port, "127.0.0.1:«5432»"),
    (PieceKind::Port, "dial tcp: localhost:«6379»: refused"),
    (PieceKind::MacAddress, "arp «00:1a:2b:3c:4d:5e» stale"),
    (PieceKind::Email, "to «jane.doe+test@mail.example.co.uk»."),
    (PieceKind::Host, "lookup «db-1.prod.example.com»: no such host"),
    (PieceKind::Host, "«api.default.svc.cluster.local»:8443"),
    (PieceKind::Url, "GET «https://api.example.com/v1/users?page=2» failed"),
    (PieceKind::Url, "(see «http://example.org/a_(b)»)."),
    (PieceKind::Url, "at «https://<DOMAIN>/u/passkey-enrollment:514:6352»"),
    (PieceKind::Path, "open «/var/lib/app/data.db»: permission denied"),
    (PieceKind::Path, "POST «/u/passkey-enrollment» returned"),
    (PieceKind::Path, "in «C:\\Program Files\\App\\bin\\app.dll»:line 12"),
    (PieceKind::Path, "«C:\\\\dev\\\\x\\\\y.csproj» : error"),
    (PieceKind::Path, "«\\\\server\\share\\file.txt» not found"),
    (PieceKind::Path, "«src/main.rs»:12:5"),
    (PieceKind::Path, "«Program.cs»(12,5): error"),
    (PieceKind::Path, "at «node_modules/@scope/pkg/lib/index.js»:3:1"),
    (PieceKind::Instance, "pod/web-«7d9c6b8f5d-x2x4z» restarted"),
    (PieceKind::Placeholder, "user «<USER_ID>» not found"),
    (PieceKind::Placeholder, "token «[REDACTED]» ok"),
    (PieceKind::Quoted, "relation \"«orders»\" does not exist"),
    (PieceKind::PemBlock, "«-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----»"),
    (PieceKind::Hex, "integrity «sha512-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg==» mismatch"),
];

#[test]
fn variable_pieces_are_found_with_their_kind() {
    let mut missed = Vec::new();
    for (kind, marked) in VARIABLE {
        let slice = &marked[marked.find('«').unwrap() + 2..marked.find('»').unwrap()];
        let text = marked.replace(['«', '»'], "");
        let found = pieces(&text);
        if !found.contains(&(*kind, slice)) {
            missed.push(format!("{text:?} has no {kind:?} {slice:?} but {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What identifies an error: no piece but a quoted one may touch what stands between `«` and `»`.
const IDENTIFYING: &[&str] = &[
    "error «NU1605»: Detected package downgrade",
    "«ORA-00942»: table or view does not exist",
    "hr=«0x80070005»",
    "HRESULT: «0xE0434352»",
    "status «0xC0000005»",
    "«AADSTS50011»: The redirect URI",
    "error[«E0382»]: use of moved value",
    "SQLSTATE «42P01»",
    "SQLSTATE[«23000»]: Integrity",
    "fatal error «C2065»: undeclared",
    "[Errno «111»] Connection refused",
    "errno: «-2»",
    "«ENOENT»: no such file",
    "code: '«ERR_MODULE_NOT_FOUND»'",
    "npm install «--legacy-peer-deps»",
    "exited with code «137»",
    "exit status «1»",
    "killed by signal «9»",
    "process exited with «139»",
    "(os error «13»)",
    "ERROR «1045» («28000»): Access denied",
    "Msg «208», Level «16», State «1»",
    "HTTP/1.1 «400» Bad Request",
    "\"POST /u/x HTTP/2.0\" «400» 5127",
    "returned «502» Bad Gateway",
    "(«404» Not Found)",
    "Request failed with status code «404»",
    "A «400» response to POST",
    "{\"status\":«503»,\"code\":«1001»}",
    "\"statusCode\": «429»",
    "«550» «5.7.1» Relaying denied",
    "«421»-«4.7.28» rate limited",
    "said: «554» «5.7.26» unauthenticated",
    "«java.lang.NullPointerException»: x",
    "«System.IO.FileNotFoundException»: Could not load",
    "«TypeError»: Failed to execute '«create»' on '«CredentialsContainer»'",
    "«CVE-2021-44228»",
    "«KB5034441»",
    "«UTF-8» and «utf-8» and «SHA-256»",
    "«x509»: certificate has expired",
    "«std::sync::Mutex» poisoned",
    "«Next.js» build",
    "no «pg_hba.conf» entry",
    "«application/json» expected",
    "stop code «0x0000007B»",
    "exception code «c0000005»",
    "event id «4625»",
    "«TCP/IP»",
];

#[test]
fn what_identifies_an_error_is_no_piece() {
    let mut masked = Vec::new();
    for marked in IDENTIFYING {
        let mut text = String::new();
        let mut kept: Vec<ByteSpan> = Vec::new();
        let mut start = 0;
        for character in marked.chars() {
            match character {
                '«' => start = text.len(),
                '»' => kept.push(ByteSpan::new(start, text.len())),
                other => text.push(other),
            }
        }
        for piece in recognise(&text) {
            let touches = kept.iter().any(|kept| kept.overlaps(piece.span));
            if touches && piece.kind != PieceKind::Quoted {
                masked.push(format!("{text:?}: {:?} {:?}", piece.kind, piece.span.slice(&text)));
            }
        }
    }
    assert!(masked.is_empty(), "{}", masked.join("\n"));
}

#[test]
fn a_url_with_secrets_comes_in_pieces_that_touch() {
    let text = "postgres://app:s3cr/et@db.example.com:5432/app?sslmode=require&password=hunter2";
    let found = pieces(text);
    assert_eq!(
        found,
        [
            (PieceKind::Url, "postgres://app:"),
            (PieceKind::Password, "s3cr/et"),
            (PieceKind::Url, "@db.example.com:5432/app?sslmode=require&password="),
            (PieceKind::Password, "hunter2"),
        ]
    );
}

#[test]
fn words_joined_by_plus_signs_are_no_secret_unless_one_stands_among_them() {
    assert!(!looks_secret(b"AADSTS500011:+The+resource+principal+named+6f9619ff-8b86-d011-b42d-00c04fc964ff"));
    assert!(looks_secret(b"The+new+key+for+you+is+a8F3kQ9zX2LmP0vB7tYc"));
    assert!(looks_secret(b"6f9619ff-8b86-d011-b42d-00c04fc964ff"));
}

#[test]
fn a_name_that_is_used_for_harmless_values_makes_only_random_ones_secret() {
    assert!(recognise("token: expected").is_empty());
    assert_piece("token: 9f8a7b6c5d4e3f2a", PieceKind::Password, "9f8a7b6c5d4e3f2a");
}

#[test]
fn hostile_text_takes_time_linear_in_its_length() {
    let repeated = [
        "{",
        "&",
        "%",
        "\\",
        "a.",
        "a-",
        "a/",
        "/-",
        "a#",
        "x:",
        "token:",
        "password=",
        "cookie: ",
        "authorization: ",
        "eyJ-",
        "sk-",
        "a@",
        "://",
        "a://",
        "1h",
        "1.",
        "12:",
        "\"",
        "\\\"",
        "'",
        "`",
        "<",
        "*",
        "a***",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "/reset/",
        "https://a:",
        ")",
        "set-cookie: a;",
        "\"token\":\"",
        "Bearer ",
        "::",
        "é",
        "C:\\ a",
        "\\\\a\\b ",
        "key:'",
        "a=b;",
        "password: <",
        "A-1",
        "0x",
        "f",
        "Mon, ",
        "password is ",
    ];
    for unit in repeated {
        let text = unit.repeat((256 << 10) / unit.len());
        let (found, took) = crate::processor_time::of(|| recognise(&text));
        assert!(took.as_millis() < 2_000, "{unit:?} took {took:?}");
        assert_in_order(&text, &found);
    }
}

fn assert_in_order(text: &str, pieces: &[Piece]) {
    let mut end = 0;
    for piece in pieces {
        assert!(piece.span.start() >= end && !piece.span.is_empty(), "{pieces:?} overlap in {text:?}");
        assert!(text.get(piece.span.start()..piece.span.end()).is_some(), "{piece:?} cuts a character");
        end = piece.span.end();
    }
}

fn fragments() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "password=",
        "\"token\":\"",
        "Cookie: a=",
        "; ",
        "Bearer ",
        "https://u:p@h/",
        "\\\"",
        "\\n",
        "eyJhbGciOi.",
        "@",
        ".com",
        "::",
        "0x",
        "-----BEGIN PRIVATE KEY-----",
        "4111 1111 1111 1111",
        "2026-10-14T",
        "09:14:03",
        "C:\\",
        "/a/b",
        "é",
        "“",
        " ",
        "\n",
        "<DOMAIN>",
        "ghp_",
        "errno ",
        "404 ",
        "%2F",
        "'",
        "`",
        "Set-Cookie: ",
    ])
    .prop_map(str::to_owned);
    prop::collection::vec(prop_oneof![known, "\\PC{0,6}", "[a-zA-Z0-9]{0,30}"], 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn pieces_are_in_order_do_not_overlap_and_lie_on_character_boundaries(text in fragments()) {
        assert_in_order(&text, &recognise(&text));
    }
}
