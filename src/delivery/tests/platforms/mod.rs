//! Every ticketing platform: an event in, the exact call out, and one note whatever goes wrong on the way.

mod cases;
mod wire;

use std::collections::VecDeque;
use std::fmt::Write as _;

use wiremock::matchers::any;
use wiremock::{Request, Respond};

use self::wire::{Cut, Wire};
use super::*;

/// A platform that makes notes and lists them, unless it is told otherwise.
#[derive(Clone)]
struct Board {
    connector: &'static str,
    /// The answers to the next calls that would make a note.
    troubles: Arc<Mutex<VecDeque<ResponseTemplate>>>,
    /// The bodies that made notes.
    made: Arc<Mutex<Vec<Value>>>,
}

impl Respond for Board {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut made = self.made.lock().unwrap();
        if request.method == wiremock::http::Method::GET {
            let notes: Vec<Value> = made.iter().map(|body| cases::listed(self.connector, body)).collect();
            return ResponseTemplate::new(200).set_body_json(cases::list(self.connector, &notes));
        }
        if let Some(trouble) = self.troubles.lock().unwrap().pop_front() {
            return trouble;
        }
        made.push(request.body_json().unwrap());
        cases::made(self.connector)
    }
}

/// A desk whose platform is a board behind a wire.
struct Place {
    desk: Desk,
    board: Board,
    wire: Wire,
    now: Arc<Mutex<Timestamp>>,
}

async fn place(connector: &'static str) -> Place {
    let (platform, now) = (MockServer::start().await, clock());
    let board = Board { connector, troubles: Arc::default(), made: Arc::default() };
    Mock::given(any()).respond_with(board.clone()).mount(&platform).await;
    let wire = Wire::to(*platform.address()).await;
    let desk = desk_at(platform, &wire.address, &[ARTICLE], &cases::settings(connector), Arc::clone(&now)).await;
    Place { desk, board, wire, now }
}

impl Place {
    /// Sends the platform's event.
    async fn event(&self) {
        let connector = self.board.connector;
        let body = cases::event(connector).to_string();
        let headers = cases::headers(connector, &body, *self.now.lock().unwrap());
        let served = Arc::clone(self.desk.deliveries.endpoints().next().unwrap());
        let receipt = self.desk.deliveries.receive(&served, "r", headers, Bytes::from(body)).await;
        assert_eq!(receipt, Ok(Receipt::Accepted), "{connector}");
    }

    /// The delivery once it is settled; the time passes that replies wait.
    async fn settled(&self) -> DeliveryRow {
        for _ in 0..1_000 {
            let filter = DeliveryFilter { most: 1, ..DeliveryFilter::default() };
            let row = self.desk.deliveries.service().store().deliveries(&filter).await.unwrap().remove(0);
            if !["received", "failed", "matched"].contains(&row.state.as_str()) {
                return row;
            }
            let waiting =
                self.desk.replies().await.into_iter().filter(|r| r.state == "retry_wait" || r.state == "unknown");
            if let Some(due) = waiting.map(|reply| reply.next_attempt_at).max() {
                let due = Timestamp::from_microsecond(due).unwrap().checked_add(SignedDuration::from_secs(1)).unwrap();
                let mut now = self.now.lock().unwrap();
                *now = due.max(*now);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} is still under way: {:?}", self.board.connector, self.desk.replies().await);
    }

    /// Calls that reached the platform and list notes, and that make one.
    async fn calls(&self) -> (usize, usize) {
        let calls = self.desk.calls().await;
        let lists = calls.iter().filter(|(call, _)| call.starts_with("GET ")).count();
        (lists, calls.len() - lists)
    }
}

async fn event_in_call_out(connector: &'static str) {
    let place = place(connector).await;
    place.event().await;
    let row = place.settled().await;
    assert_eq!((row.state.as_str(), row.last_error.as_deref()), ("replied", None), "{connector}: {row:?}");
    let requests = place.desk.platform.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1, "{connector}");
    let request = &requests[0];
    let mut shown = format!("{} {}", request.method, request.url.path());
    if let Some(query) = request.url.query() {
        let _ = write!(shown, "?{query}");
    }
    for (name, value) in &request.headers {
        if name != "host" && name != "content-length" {
            let _ = write!(shown, "\n{name}: {}", value.to_str().unwrap());
        }
    }
    let body = serde_json::to_string_pretty(&request.body_json::<Value>().unwrap()).unwrap();
    let _ = write!(shown, "\n\n{body}");
    let shown = shown.replace(&row.id, "DELIVERY").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(connector, shown.replace(&row.report_id.unwrap(), "REPORT"));
}

/// What goes wrong with the first call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Answer(u16),
    Hang,
    Broken(Cut),
}

async fn one_note_whatever_goes_wrong(connector: &'static str) {
    for trouble in [
        Trouble::Answer(429),
        Trouble::Answer(500),
        Trouble::Answer(401),
        Trouble::Hang,
        Trouble::Broken(Cut::Request),
        Trouble::Broken(Cut::Reply),
        Trouble::Broken(Cut::HalfReply),
    ] {
        let place = place(connector).await;
        let answer = |status| {
            let busy = ResponseTemplate::new(status).insert_header("retry-after", "1");
            if status == 429 { busy } else { ResponseTemplate::new(status) }
        };
        match trouble {
            Trouble::Answer(status) => place.board.troubles.lock().unwrap().push_back(answer(status)),
            Trouble::Hang => {
                place.board.troubles.lock().unwrap().push_back(answer(503).set_delay(Duration::from_secs(5)));
            }
            Trouble::Broken(cut) => place.wire.break_off(cut),
        }
        place.event().await;
        let row = place.settled().await;
        let made = place.board.made.lock().unwrap().len();
        let ((lists, posts), state) = (place.calls().await, row.state.as_str());
        let seen = (state, lists, posts, made);
        let can_look = connector != "generic";
        let expected = match trouble {
            Trouble::Answer(429) => ("replied", 0, 2, 1),
            Trouble::Answer(401) => ("dead", 0, 1, 0),
            // Nobody knows whether there is a note: it is looked for, or left to people.
            Trouble::Answer(_) | Trouble::Hang if can_look => ("replied", 1, 2, 1),
            Trouble::Answer(_) | Trouble::Hang => ("dead", 0, 1, 0),
            Trouble::Broken(Cut::Request) if can_look => ("replied", 1, 1, 1),
            Trouble::Broken(Cut::Request) => ("dead", 0, 0, 0),
            Trouble::Broken(_) if can_look => ("replied", 1, 1, 1),
            Trouble::Broken(_) => ("dead", 0, 1, 1),
        };
        assert_eq!(seen, expected, "state, lists, posts and notes of {connector} after {trouble:?}: {row:?}");
        let error = row.last_error.unwrap_or_default();
        match (state, trouble) {
            ("dead", Trouble::Answer(401)) => {
                assert_eq!(row.reason.as_deref(), Some("reply rejected"), "{connector}");
                assert_eq!(place.desk.pauses().await, 1, "{connector}");
            }
            ("dead", _) => assert!(error.starts_with("unknown"), "{connector} after {trouble:?}: {error}"),
            _ => {}
        }
    }
}

macro_rules! platforms {
    ($($name:ident)*) => {
        const TESTED: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            #[tokio::test]
            async fn event_in_call_out() {
                super::event_in_call_out(stringify!($name)).await;
            }

            #[tokio::test]
            async fn one_note_whatever_goes_wrong() {
                super::one_note_whatever_goes_wrong(stringify!($name)).await;
            }
        })*
    };
}

platforms! { generic zendesk jira freshdesk zammad github gitlab intercom chatwoot helpscout servicenow }

#[test]
fn no_platform_is_left_out() {
    assert_eq!(TESTED, crate::connect::ticket::names().collect::<Vec<_>>());
}
