//! Clients of the server: each sends one signed delivery after the other over its own connection and waits for the
//! acknowledgement in between. All of them share one thread and speak HTTP by hand, so that the processors are left to
//! what is measured.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What the endpoint's signatures are made with.
pub(crate) const SECRET: &str = "a secret for the benchmark";

/// What the clients saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// How long each delivery took that was acknowledged.
    pub(crate) times: Vec<Duration>,
    /// How many were put off.
    pub(crate) refused: usize,
    /// Time of a processor that the clients took themselves.
    pub(crate) busy: Duration,
}

/// Runs so many clients for so long and gives what they saw.
pub(crate) fn run(server: SocketAddr, clients: u64, time: Duration) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let next = Arc::new(AtomicU64::new(1));
    let until = Instant::now() + time;
    let mut seen = Seen::default();
    let before = on_processor();
    runtime.block_on(async {
        let mut work = Vec::new();
        for number in 0..clients {
            // Not all at once: the queue of a listening socket holds 128, and what does not fit breaks off later.
            if number % 32 == 31 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            work.push(tokio::spawn(client(connect(server).await, server, Arc::clone(&next), until)));
        }
        for one in work {
            let (times, refused) = one.await.expect("a client");
            seen.times.extend(times);
            seen.refused += refused;
        }
    });
    seen.times.sort_unstable();
    seen.busy = on_processor().saturating_sub(before);
    seen
}

/// One client: a delivery after the other, each of a new ticket. Gives the times of those acknowledged, and how many were
/// put off. One whose connection broke off counts as put off, and the next goes over another connection.
async fn client(
    mut stream: TcpStream,
    server: SocketAddr,
    next: Arc<AtomicU64>,
    until: Instant,
) -> (Vec<Duration>, usize) {
    let (mut times, mut refused) = (Vec::new(), 0);
    let mut request = Vec::new();
    while Instant::now() < until {
        write_request(&mut request, next.fetch_add(1, Ordering::Relaxed));
        let sent = Instant::now();
        match ask(&mut stream, &request).await {
            Ok(200) => times.push(sent.elapsed()),
            Ok(_) => refused += 1,
            Err(error) => {
                eprintln!("a connection broke off after {:?}: {error}", sent.elapsed());
                refused += 1;
                stream = connect(server).await;
            }
        }
    }
    (times, refused)
}

async fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).await.expect("a connection");
    stream.set_nodelay(true).expect("a setting");
    stream
}

/// Sends a request and gives the status of its answer.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> std::io::Result<u16> {
    stream.write_all(request).await?;
    status(stream).await
}

/// A delivery as the platform sends it; three of four tickets have an answer.
fn write_request(request: &mut Vec<u8>, ticket: u64) {
    let text = if ticket.is_multiple_of(4) {
        "the lamp is green"
    } else {
        "AADSTS50011: The reply URL specified in the request does not match"
    };
    let body = format!(
        "{{\"ticket\":{{\"id\":{ticket},\"title\":\"Cannot sign in\"}},\"article\":{{\"id\":{ticket},\
         \"body\":\"{text} {ticket}\",\"content_type\":\"text/plain\",\"sender\":\"Customer\"}}}}"
    );
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(body.as_bytes());
    let signature = kbmatch::text::hex(&mac.finalize().into_bytes());
    request.clear();
    write!(
        request,
        "POST /v1/webhooks/zammad/desk HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
         x-zammad-delivery: {ticket}\r\nx-hub-signature: sha1={signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("memory takes it");
}

/// Reads a whole answer and gives its status.
async fn status(stream: &mut TcpStream) -> std::io::Result<u16> {
    let mut buffer = [0; 4 << 10];
    let mut filled = 0;
    loop {
        let length = stream.read(&mut buffer[filled..]).await?;
        if length == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        filled += length;
        let answer = &buffer[..filled];
        let Some(end) = memchr::memmem::find(answer, b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end]).expect("a head");
        if filled >= end + 4 + content_length(head) {
            return Ok(head.get(9..12).and_then(|status| status.parse().ok()).expect("a status"));
        }
    }
}

/// The length of the body that a head announces.
pub(crate) fn content_length(head: &str) -> usize {
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
    };
    head.lines().find_map(field).unwrap_or(0)
}

/// The time that this thread was on a processor, from Linux' procfs; nothing elsewhere.
fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0))
}
