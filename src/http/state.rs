//! What every handler shares.

use std::sync::Arc;

use super::hosts::Hosts;
use super::pool::Pool;
use crate::access::{Limiter, Limits as RateLimits};
use crate::config::{BaseUrl, Config};
use crate::connect::token::Signer;
use crate::delivery::Deliveries;
use crate::report::Limits;
use crate::service::Service;

/// What every handler shares.
#[derive(Debug)]
pub(super) struct State {
    pub(super) service: Arc<Service>,
    /// What runs for the endpoints of platforms; none without endpoints.
    pub(super) deliveries: Option<Arc<Deliveries>>,
    /// Bounds on decoding a report.
    pub(super) limits: Limits,
    /// Most bytes of a report's body.
    pub(super) max_report_bytes: usize,
    /// Most bytes of an import's body, compressed or not.
    pub(super) max_import_bytes: usize,
    pub(super) hosts: Hosts,
    pub(super) pool: Pool,
    pub(super) limiter: Arc<Limiter>,
    /// Signs and checks the values of feedback links; none without a key.
    pub(super) signer: Option<Signer>,
    /// Address at which people reach this server, without a trailing slash.
    pub(super) public_url: Option<String>,
}

impl State {
    /// What holds by the settings; `Err` says which of them cannot be used.
    pub(super) fn new(
        service: Arc<Service>,
        deliveries: Option<Arc<Deliveries>>,
        config: &Config,
        listen: std::net::SocketAddr,
    ) -> Result<Self, String> {
        // Platforms and the links of notes use the public name.
        let public = config.public_url.as_ref().and_then(BaseUrl::host);
        let names: Vec<String> = config.allowed_hosts.iter().cloned().chain(public).collect();
        Ok(Self {
            signer: config.signer()?,
            public_url: config.public_url.as_ref().map(|url| url.0.clone()),
            service,
            deliveries,
            limits: Limits { unpacked_bytes: config.max_unpacked_bytes, ..Limits::default() },
            max_report_bytes: config.max_report_bytes,
            max_import_bytes: config.max_import_bytes,
            hosts: Hosts::new(listen, &names),
            pool: Pool::new(config.workers),
            limiter: Arc::new(Limiter::new(RateLimits {
                per_key: config.rate_limit_per_key,
                per_address: config.rate_limit_per_address,
            })),
        })
    }
}
