//! A connection to a platform that breaks off when it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Where the next call that makes a note breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Before the platform has all of it.
    Request,
    /// After the platform carried it out, before it says so.
    Reply,
    /// While it says so.
    HalfReply,
}

/// The connection.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    /// Where it is called.
    pub(super) address: String,
    cut: Arc<Mutex<Option<Cut>>>,
}

impl Wire {
    pub(super) async fn to(platform: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let cut = Arc::new(Mutex::new(None));
        let told = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, platform, Arc::clone(&told)));
            }
        });
        Self { address, cut }
    }

    /// Breaks the next call off that makes a note.
    pub(super) fn break_off(&self, cut: Cut) {
        *self.cut.lock().unwrap() = Some(cut);
    }
}

async fn carry(mut caller: TcpStream, platform: SocketAddr, told: Arc<Mutex<Option<Cut>>>) {
    let Ok(mut platform) = TcpStream::connect(platform).await else { return };
    while let Some(request) = message(&mut caller).await {
        let cut = if request.starts_with(b"GET ") { None } else { told.lock().unwrap().take() };
        if cut == Some(Cut::Request) || platform.write_all(&request).await.is_err() {
            return;
        }
        let Some(reply) = message(&mut platform).await else { return };
        let carried = match cut {
            Some(Cut::Reply) => 0,
            // The status line, and no more than a part of it.
            Some(Cut::HalfReply) => 10,
            _ => reply.len(),
        };
        if caller.write_all(&reply[..carried]).await.is_err() || cut.is_some() {
            return;
        }
    }
}

/// One message with its body, as its length says.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let head = loop {
        if let Some(at) = message.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut message).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&message[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    while message.len() < head + length.unwrap_or(0) {
        if stream.read_buf(&mut message).await.ok()? == 0 {
            return None;
        }
    }
    Some(message)
}
