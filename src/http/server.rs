//! The server: bound, running, stopped.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Weak};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::docs::page_config;
use super::lag::Lag;
use super::routes;
use super::state::State;
use super::surround::surround;
use crate::access::Limiter;
use crate::config::Config;
use crate::delivery::Deliveries;
use crate::service::Service;

/// Longest time that running requests have to finish once the server stops, in seconds.
const FINISH: u64 = 10;
/// Time for a client to send the head of its request, and to keep a connection open without one.
const IDLE: Duration = Duration::from_secs(10);

/// How often the limits forget callers that stopped calling.
const SHRINK: Duration = Duration::from_mins(1);

/// A server that runs.
pub struct Running {
    /// Where it listens: the port is the real one where 0 was asked for.
    pub address: SocketAddr,
    /// Stops it.
    pub handle: ServerHandle,
    /// Ends when the server has stopped.
    pub server: Server,
}

/// Starts serving without endpoints of platforms, see [`start_with`].
pub fn start(service: Arc<Service>, config: &Config, listener: TcpListener) -> std::io::Result<Running> {
    start_with(service, None, config, listener)
}

/// Starts serving on an open listener. Nothing is answered until [`Running::server`] is awaited or spawned. Must be called
/// in a tokio runtime.
pub fn start_with(
    service: Arc<Service>,
    deliveries: Option<Arc<Deliveries>>,
    config: &Config,
    listener: TcpListener,
) -> std::io::Result<Running> {
    let address = listener.local_addr()?;
    let state = State::new(service, deliveries, config, address).map_err(std::io::Error::other)?;
    let state = web::Data::new(state);
    tokio::spawn(shrink(Arc::downgrade(&state.limiter)));
    let page = web::Data::new(page_config());
    let factory = move || {
        let app = App::new().app_data(state.clone()).app_data(page.clone()).app_data(Lag::watch());
        app.wrap(from_fn(surround)).configure(routes)
    };
    let server = HttpServer::new(factory)
        .workers(config.workers)
        .client_request_timeout(IDLE)
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(FINISH)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(Running { address, handle: server.handle(), server })
}

/// Keeps the limits small for as long as anybody uses them.
async fn shrink(limiter: Weak<Limiter>) {
    loop {
        tokio::time::sleep(SHRINK).await;
        let Some(limiter) = limiter.upgrade() else { return };
        limiter.shrink();
    }
}
