//! The names that a server answers to.
//!
//! A web site may point a name of its own at 127.0.0.1 and so reach a local server through its visitors' browsers
//! (RUSTSEC-2026-0189 is one such case). The `Host` header then carries that name, which is how it is refused.

use std::net::{IpAddr, SocketAddr};

/// Names and addresses that requests may use.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    listen: IpAddr,
    names: Vec<String>,
}

impl Hosts {
    /// Loopback names, the address listened on, and `allowed`, in lower case.
    pub(super) fn new(listen: SocketAddr, allowed: &[String]) -> Self {
        Self { listen: listen.ip(), names: allowed.to_vec() }
    }

    /// Whether a `Host` header names this server; the port does not count.
    pub(super) fn allows(&self, host: &str) -> bool {
        let name = without_port(host);
        if name.eq_ignore_ascii_case("localhost") || self.names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return true;
        }
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        match bare.parse::<IpAddr>() {
            // A bare address cannot be pointed elsewhere, so with a wildcard listener every one is its own.
            Ok(address) => address.is_loopback() || self.listen.is_unspecified() || address == self.listen,
            Err(_) => false,
        }
    }

    /// Whether an `Origin` header names a page of this server.
    pub(super) fn allows_origin(&self, origin: &str) -> bool {
        origin.split_once("://").is_some_and(|(_, host)| self.allows(host))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_names_reach_a_server() {
        let hosts = Hosts::new("127.0.0.1:8080".parse().unwrap(), &["kb.example.com".to_owned()]);
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "127.0.0.2", "KB.example.com:443"] {
            assert!(hosts.allows(good), "{good}");
        }
        for bad in
            ["evil.example.com", "localhost.evil.example.com", "10.0.0.1", "", "kb.example.com.", "127.0.0.1.evil"]
        {
            assert!(!hosts.allows(bad), "{bad}");
        }
        assert!(hosts.allows_origin("http://localhost:3000"));
        assert!(!hosts.allows_origin("https://evil.example.com") && !hosts.allows_origin("null"));
        let public = Hosts::new("0.0.0.0:80".parse().unwrap(), &[]);
        assert!(public.allows("10.0.0.1") && !public.allows("evil.example.com"));
    }
}
