//! Well-known names and the spellings in which systems write them.
//!
//! Sources of the spellings: error objects of ECMAScript, RFC 9457 (problem details), RFC 6749 (OAuth errors),
//! OpenTelemetry semantic conventions and Elastic Common Schema (HTTP, exception and service attributes), HTTP Archive
//! 1.2, CGI (RFC 3875), SQL/CLI diagnostics, and the log formats of common web servers and loggers.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::collector::{Collector, Place};
use super::text::{request_path, url_pieces};
use super::{FieldValue, ObjectId};

/// A well-known name, as `where` uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WellKnown {
    Name,
    Message,
    Code,
    Status,
    Method,
    Path,
    Host,
    Route,
    Product,
    Version,
    Locale,
    StackLanguage,
    StackFunction,
    StackFile,
}

/// In the order of [`WellKnown`].
static PATHS: LazyLock<[Arc<[String]>; 14]> = LazyLock::new(|| {
    let names = [
        "name",
        "message",
        "code",
        "http.status",
        "http.method",
        "http.path",
        "http.host",
        "route",
        "product",
        "version",
        "locale",
        "stack.language",
        "stack.function",
        "stack.file",
    ];
    names.map(|name| name.split('.').map(str::to_owned).collect())
});

impl WellKnown {
    pub(super) fn path(self) -> Arc<[String]> {
        PATHS[self as usize].clone()
    }
}

/// What a key is a spelling of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Canonical {
    Name,
    Message,
    Code,
    /// A code when it is one word, else a message.
    Error,
    Status,
    Method,
    /// A path or a whole address.
    Address,
    Host,
    Product,
    Version,
    UserAgent,
}

/// Spellings in lower case without `_`, `-`, `.` and spaces.
const SPELLINGS: [(Canonical, &[&str]); 11] = [
    (
        Canonical::Name,
        &[
            "name",
            "type",
            "class",
            "exception",
            "exceptiontype",
            "exceptionclass",
            "exceptionname",
            "errortype",
            "errorname",
            "errorclass",
        ],
    ),
    (
        Canonical::Message,
        &[
            "message",
            "msg",
            "errormessage",
            "errormsg",
            "errordescription",
            "errordetail",
            "errordetails",
            "detail",
            "reason",
            "description",
            "exceptionmessage",
            "title",
            "faultstring",
            "failurereason",
        ],
    ),
    (
        Canonical::Code,
        &[
            "code",
            "errorcode",
            "errcode",
            "errno",
            "errornumber",
            "sqlstate",
            "faultcode",
            "grpcstatus",
            "grpccode",
            "grpcstatuscode",
        ],
    ),
    (Canonical::Error, &["error", "err"]),
    (
        Canonical::Status,
        &[
            "status",
            "statuscode",
            "httpstatus",
            "httpstatuscode",
            "httpcode",
            "httpresponsecode",
            "httpresponsestatuscode",
            "responsestatus",
            "responsestatuscode",
            "responsecode",
            "upstreamstatus",
        ],
    ),
    (Canonical::Method, &["method", "httpmethod", "requestmethod", "httprequestmethod", "verb"]),
    (
        Canonical::Address,
        &[
            "path",
            "uri",
            "url",
            "requesturi",
            "requesturl",
            "requestpath",
            "httptarget",
            "httpurl",
            "httppath",
            "httproute",
            "urlpath",
            "urlfull",
            "endpoint",
        ],
    ),
    (Canonical::Host, &["host", "hostname", "httphost", "authority", "servername", "serveraddress", "urldomain"]),
    (
        Canonical::Product,
        &["product", "productname", "application", "applicationname", "app", "appname", "software", "servicename"],
    ),
    (
        Canonical::Version,
        &[
            "version",
            "productversion",
            "applicationversion",
            "appversion",
            "softwareversion",
            "serviceversion",
            "release",
        ],
    ),
    (Canonical::UserAgent, &["useragent", "httpuseragent", "useragentoriginal"]),
];

/// Longest spelling, in bytes, with room for its separators.
const MAX_SPELLING: usize = 40;

static BY_SPELLING: LazyLock<HashMap<&'static str, Canonical>> = LazyLock::new(|| {
    SPELLINGS.iter().flat_map(|&(name, spellings)| spellings.iter().map(move |&spelling| (spelling, name))).collect()
});

/// What the name of a pair, header or form field is a spelling of.
pub(super) fn of_name(name: &str) -> Option<Canonical> {
    let lookup = |name: &str| {
        if name.len() > MAX_SPELLING {
            return None;
        }
        let bare: String =
            name.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
        BY_SPELLING.get(bare.as_str()).copied()
    };
    lookup(name).or_else(|| lookup(name.rsplit_once('.')?.1))
}

/// What the end of a path is a spelling of.
pub(super) fn of_path(path: &[String]) -> Option<Canonical> {
    let last = path.last()?;
    let within = path.len().checked_sub(2).map(|at| path[at].as_str());
    // `http.target`, `url.path`, `grpc.status`: the group is part of the name.
    let joined = match within {
        Some(group @ ("http" | "url" | "grpc" | "service" | "exception")) => of_name(&format!("{group}{last}")),
        _ => None,
    };
    joined.or_else(|| of_name(last))
}

/// Adds a value under the well-known names it fills. `path` is where it was written.
pub(super) fn derive(
    collector: &mut Collector<'_>,
    canonical: Canonical,
    path: &[String],
    whole: &FieldValue,
    place: Place,
    object: Option<ObjectId>,
) {
    let value = whole;
    let mut add = |name: WellKnown, value: FieldValue| {
        // What is found by the name anyway needs no second field.
        if value != *whole || !path.ends_with(&name.path()) {
            collector.canonical(name, value, place, object);
        }
    };
    let text = match value {
        FieldValue::Text(text) if !text.trim().is_empty() => Some(text.trim()),
        _ => None,
    };
    match canonical {
        Canonical::Name => {
            let name = text.map(|text| text.split_once(": ").map_or(text, |(name, _)| name));
            if let Some(name) = name.filter(|name| !name.contains(char::is_whitespace)) {
                add_type(name, &mut add);
            }
        }
        Canonical::Message => {
            if text.is_some() {
                add(WellKnown::Message, value.clone());
            }
        }
        Canonical::Error => {
            if let Some(text) = text {
                let name = if text.contains(char::is_whitespace) { WellKnown::Message } else { WellKnown::Code };
                add(name, value.clone());
            }
        }
        Canonical::Code => {
            if text.is_some() || matches!(value, FieldValue::Number(..)) {
                add(WellKnown::Code, value.clone());
            }
            // `code` of many APIs is the response's status.
            if let FieldValue::Number(number, written) = value
                && (400.0..600.0).contains(number)
                && written.len() == 3
            {
                add(WellKnown::Status, value.clone());
            }
        }
        Canonical::Status => {
            if let Some(status) = status_of(value) {
                add(WellKnown::Status, status);
            }
        }
        Canonical::Method => {
            let method = text.map(str::to_ascii_uppercase);
            if let Some(method) = method.filter(|method| METHODS.contains(&method.as_str())) {
                add(WellKnown::Method, FieldValue::Text(method));
            }
        }
        Canonical::Address => {
            if let Some(text) = text {
                add_address(text, &mut add);
            }
        }
        Canonical::Host => {
            if let Some(text) = text {
                add(WellKnown::Host, FieldValue::Text(text.to_owned()));
            }
        }
        Canonical::Product | Canonical::Version => {
            if text.is_some() || matches!(value, FieldValue::Number(..)) {
                add(
                    if canonical == Canonical::Product { WellKnown::Product } else { WellKnown::Version },
                    value.clone(),
                );
            }
        }
        Canonical::UserAgent => {
            if let Some((product, version)) = text.and_then(user_agent) {
                add(WellKnown::Product, FieldValue::Text(product.to_owned()));
                add(WellKnown::Version, FieldValue::Text(version.to_owned()));
            }
        }
    }
}

/// Request methods (RFC 9110, section 9, and RFC 5789).
pub(super) const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// Adds the type of an error, and without its package where it has one.
pub(super) fn add_type(name: &str, add: &mut impl FnMut(WellKnown, FieldValue)) {
    add(WellKnown::Name, FieldValue::Text(name.to_owned()));
    let short = name.rsplit(['.', '$', ':']).next().unwrap_or(name);
    if short.len() < name.len() && !short.is_empty() {
        add(WellKnown::Name, FieldValue::Text(short.to_owned()));
    }
}

/// Adds what an address or path says.
fn add_address(text: &str, add: &mut impl FnMut(WellKnown, FieldValue)) {
    let (host, path) = match text.find("://") {
        Some(at) => url_pieces(text, at).map_or(("", ""), |url| (url.host.slice(text), url.path.slice(text))),
        None if text.starts_with('/') => ("", request_path(text, 0).slice(text)),
        None => return,
    };
    if !path.is_empty() {
        add(WellKnown::Path, FieldValue::Text(path.to_owned()));
        add(WellKnown::Route, FieldValue::Text(path.to_owned()));
    }
    if !host.is_empty() {
        add(WellKnown::Host, FieldValue::Text(host.to_owned()));
    }
}

/// A status between 100 and 599, from a number or from the start of a text such as `400 Bad Request`.
fn status_of(value: &FieldValue) -> Option<FieldValue> {
    match value {
        FieldValue::Number(number, _) => {
            ((100.0..600.0).contains(number) && number.fract() == 0.0).then(|| value.clone())
        }
        FieldValue::Text(text) => {
            let text = text.trim();
            let text =
                text.strip_prefix("HTTP").map_or(text, |rest| rest.split_once(' ').map_or(rest, |(_, code)| code));
            let (digits, rest) = text.split_at_checked(3)?;
            let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_'));
            if ends { status(digits) } else { None }
        }
        _ => None,
    }
}

/// The status that three digits write.
pub(super) fn status(digits: &str) -> Option<FieldValue> {
    let number: u16 = digits.parse().ok().filter(|number| (100..600).contains(number))?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| FieldValue::Number(f64::from(number), digits.to_owned()))
}

/// Tokens that browsers send for the sake of old servers.
const COMPATIBILITY: [&str; 5] = ["Mozilla", "AppleWebKit", "Gecko", "Version", "Mobile"];

/// Product and version of a user agent (RFC 9110, section 10.1.5): the last product that is no compatibility token; one
/// that browsers other than its own send goes last.
fn user_agent(text: &str) -> Option<(&str, &str)> {
    let products = text.split_whitespace().filter_map(|token| {
        let (name, version) = token.split_once('/')?;
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        (named && version.starts_with(|c: char| c.is_ascii_digit()) && !COMPATIBILITY.contains(&name))
            .then_some((name, version.trim_end_matches([')', ';', ','])))
    });
    products.fold(None, |best, product| if product.0 == "Safari" && best.is_some() { best } else { Some(product) })
}
