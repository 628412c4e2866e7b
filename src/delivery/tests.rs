//! Deliveries from the request to the platform, each step real but for the platform.

mod chats;
mod edits;
mod handover;
mod kept;
mod late;
mod missed;
mod notes;
mod platforms;
mod renewed;
mod withdrawal;

use std::sync::Mutex;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::config::{BaseUrl, EndpointTable, Reference};
use crate::connect::endpoint::Mode;
use crate::connect::model::Secret;
use crate::service::{Clock, Settings as ServiceSettings};
use crate::store::{DeliveryFilter, DeliveryRow, Location, Mute, ReplyFilter, ReplyRow};

const ARTICLE: &str = "---\nid: lost\ntitle: Lost sprocket\nsignatures:\n  - template: 'the frobnicator lost its sprocket'\n\
                       ---\n## Cause\n\nWear.\n\n## Solution\n\nReplace it.\n";
const REPORT: &str = "the frobnicator lost its sprocket";
/// What every reference but that of the secret stands for.
const CREDENTIAL: &str = "t0ken";

struct Desk {
    deliveries: Arc<Deliveries>,
    platform: MockServer,
    folder: tempfile::TempDir,
}

async fn desk(settings: &str, now: Arc<Mutex<Timestamp>>) -> Desk {
    let platform = MockServer::start().await;
    let address = platform.uri();
    desk_at(platform, &address, &[ARTICLE], settings, now).await
}

/// A desk with some articles whose platform is called at an address.
async fn desk_at(
    platform: MockServer,
    address: &str,
    articles: &[&str],
    settings: &str,
    now: Arc<Mutex<Timestamp>>,
) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    for article in articles {
        let id = article.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
        std::fs::write(folder.path().join(format!("{id}.md")), article).unwrap();
    }
    let table = format!("allow_private = true\nbase_url = \"{address}\"\nsecret = \"env:S\"\n{settings}");
    let table: EndpointTable = toml::from_str(&table).unwrap();
    // Discord's is a public key; this one belongs to the seed of bytes 0 to 31.
    let key = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    let secret = if settings.contains("discord") { key } else { "s3cret" };
    let public: BaseUrl = "https://kb.example.com".parse().unwrap();
    let looked_up = |place: &Reference| Secret::new(if place.to_string() == "env:S" { secret } else { CREDENTIAL });
    let endpoint = table.resolve(Some(&public), &|place| Ok(looked_up(place))).unwrap();
    let clock = Clock::from_fn(move || *now.lock().unwrap());
    let settings =
        ServiceSettings { folders: vec![folder.path().to_owned()], ..ServiceSettings::new(Location::Temporary) };
    let service = Service::open(settings, clock).await.unwrap();
    let timing = Timing {
        look: Duration::from_millis(10),
        call: Duration::from_millis(500),
        catch_up: Duration::ZERO,
        ..Timing::default()
    };
    let settings = Settings { timing, public_url: Some(public.0), ..Settings::default() };
    let deliveries = Deliveries::start(service, vec![endpoint], settings).await.unwrap();
    Desk { deliveries, platform, folder }
}

const ZAMMAD: &str = "connector = \"zammad\"\nname = \"desk\"\nmode = \"suggest\"";
const SLACK: &str = "connector = \"slack\"\nname = \"ops\"";

fn clock() -> Arc<Mutex<Timestamp>> {
    Arc::new(Mutex::new("2026-01-02T03:04:05Z".parse().unwrap()))
}

/// A call that answers in a chat.
fn call() -> crate::connect::chat::ChatCall {
    let call = crate::connect::model::OutboundCall {
        method: crate::connect::model::Method::Post,
        path: "/api/chat.postMessage".to_owned(),
        headers: vec![],
        body: Some(json!({ "channel": "C1", "text": "answer" })),
    };
    crate::connect::chat::ChatCall { origin: None, call }
}

impl Desk {
    async fn send(&self, id: &str, ticket: u64, text: &str) -> Result<Receipt, IntakeError> {
        let article = json!({ "id": 5, "body": text, "content_type": "text/plain", "sender": "Customer" });
        let body = json!({ "ticket": { "id": ticket, "title": "Help" }, "article": article }).to_string();
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"s3cret").unwrap();
        mac.update(body.as_bytes());
        let signature = crate::text::hex(&mac.finalize().into_bytes());
        let headers = [("x-zammad-delivery", id.to_owned()), ("x-hub-signature", format!("sha1={signature}"))];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let served = Arc::clone(self.deliveries.endpoints().next().unwrap());
        self.deliveries.receive(&served, &format!("request-{id}"), headers, Bytes::from(body)).await
    }

    async fn takes_notes(&self) {
        let made = ResponseTemplate::new(201).set_body_json(json!({ "id": 77 }));
        Mock::given(method("POST")).and(path("/api/v1/ticket_articles")).respond_with(made).mount(&self.platform).await;
    }

    /// The deliveries once none is under way, oldest first.
    async fn settled(&self) -> Vec<DeliveryRow> {
        for _ in 0..500 {
            let filter = DeliveryFilter { most: 100, ..DeliveryFilter::default() };
            let mut rows = self.deliveries.service().store().deliveries(&filter).await.unwrap();
            if rows.iter().all(|row| !["received", "failed", "matched"].contains(&row.state.as_str())) {
                rows.reverse();
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("deliveries are still under way: {:?}", self.replies().await);
    }

    async fn replies(&self) -> Vec<ReplyRow> {
        self.deliveries.service().store().replies(&ReplyFilter { most: 100, ..ReplyFilter::default() }).await.unwrap()
    }

    async fn calls(&self) -> Vec<(String, Value)> {
        let requests = self.platform.received_requests().await.unwrap();
        requests.iter().map(|r| (format!("{} {}", r.method, r.url.path()), r.body_json().unwrap_or_default())).collect()
    }

    /// Others in the place of these deliveries, which end here and know nothing but what is stored.
    async fn restarted(self) -> Self {
        let mode = self.deliveries.endpoints().next().unwrap().configured.endpoint.mode;
        self.restarted_as(mode).await
    }

    /// The same with the endpoint in another mode.
    async fn restarted_as(self, mode: Mode) -> Self {
        self.deliveries.stop().await;
        let changed = |served: &Arc<Served>| {
            let mut configured = served.configured.clone();
            configured.endpoint.mode = mode;
            configured
        };
        let endpoints = self.deliveries.endpoints().map(changed).collect();
        let (service, settings) = (Arc::clone(self.deliveries.service()), self.deliveries.settings.clone());
        let deliveries = Deliveries::start(service, endpoints, settings).await.unwrap();
        Self { deliveries, ..self }
    }

    async fn reply_in(&self, state: &str) -> ReplyRow {
        for _ in 0..500 {
            let found = self.replies().await.into_iter().next().filter(|reply| reply.state == state);
            if let Some(found) = found {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not {state}: {:?}", self.replies().await);
    }
}

#[tokio::test]
async fn the_clock_skew_of_requests_that_are_too_old_is_measured_unless_they_are_forged() {
    let desk = desk(SLACK, clock()).await;
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    let scheme = crate::connect::chat::by_name("slack").unwrap().scheme(&served.configured.endpoint);
    let now = clock().lock().unwrap().as_second();
    let taken = |age: i64, secret: &[u8]| {
        let sent = (now - age).to_string();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret).unwrap();
        mac.update(format!("v0:{sent}:{{}}").as_bytes());
        let signature = format!("v0={}", crate::text::hex(&mac.finalize().into_bytes()));
        let headers = [("x-slack-request-timestamp", sent), ("x-slack-signature", signature)];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let request = crate::connect::model::InboundRequest { headers, body: b"{}" };
        desk.deliveries.verified(&served, scheme, &request).is_ok()
    };
    let skew = || {
        let text = desk.deliveries.service().metrics_text().unwrap();
        let line = text.lines().find(|line| line.starts_with("kbmatch_clock_skew_seconds{")).map(str::to_owned);
        line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
    };
    assert!(!taken(900, b"somebody else's") && skew().is_none());
    assert!(taken(2, b"s3cret"));
    assert_eq!(skew(), Some(2.0));
    assert!(!taken(900, b"s3cret"));
    assert_eq!(skew(), Some(900.0));
    assert!(!taken(5_000, b"somebody else's"));
    assert_eq!(skew(), Some(900.0));
}
