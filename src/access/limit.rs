//! How often a key or an address may ask.
//!
//! Each limit counts in a fixed number of buckets chosen by a keyed hash, so that its memory has a bound whatever comes
//! in. Two callers seldom share a bucket, and nobody outside can choose whose.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::KeyId;

/// Buckets of each limit; one takes some 50 bytes.
const BUCKETS: u64 = 1 << 16;
/// How many seconds' worth of requests may come at once.
const BURST_SECONDS: u32 = 2;

/// Requests a second; zero is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of each key.
    pub per_key: u32,
    /// Of each address, for requests without a key.
    pub per_address: u32,
}

type Buckets<C> = RateLimiter<u64, DefaultKeyedStateStore<u64>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Counts requests by key and by address.
#[derive(Debug)]
pub struct Limiter<C: Clock = DefaultClock> {
    keys: Option<Buckets<C>>,
    addresses: Option<Buckets<C>>,
    hasher: RandomState,
    clock: C,
}

impl Limiter {
    /// Full buckets, by the system's clock.
    pub fn new(limits: Limits) -> Self {
        Self::with_clock(limits, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limiter<C> {
    fn with_clock(limits: Limits, clock: C) -> Self {
        let buckets = |per_second: u32| {
            let rate = NonZeroU32::new(per_second)?;
            let burst = rate.saturating_mul(NonZeroU32::new(BURST_SECONDS)?);
            let quota = Quota::per_second(rate).allow_burst(burst);
            Some(RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()))
        };
        let (keys, addresses) = (buckets(limits.per_key), buckets(limits.per_address));
        Self { keys, addresses, hasher: RandomState::new(), clock }
    }

    /// Counts a request of a key; the time to wait when it is one too many.
    pub fn key(&self, key: &KeyId) -> Result<(), Duration> {
        self.count(self.keys.as_ref(), key)
    }

    /// Counts a request of an address; the time to wait when it is one too many. The 64 bits that one network of IPv6
    /// gives out at will count as one address.
    pub fn address(&self, address: IpAddr) -> Result<(), Duration> {
        let address = match address.to_canonical() {
            IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
            four @ IpAddr::V4(_) => four,
        };
        self.count(self.addresses.as_ref(), address)
    }

    fn count(&self, buckets: Option<&Buckets<C>>, who: impl Hash) -> Result<(), Duration> {
        let Some(buckets) = buckets else { return Ok(()) };
        let bucket = self.hasher.hash_one(who) % BUCKETS;
        buckets.check_key(&bucket).map_err(|until| until.wait_time_from(self.clock.now()))
    }

    /// Forgets buckets that are full again.
    pub fn shrink(&self) {
        for buckets in [&self.keys, &self.addresses].into_iter().flatten() {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }

    #[cfg(test)]
    fn held(&self) -> usize {
        self.addresses.as_ref().map_or(0, RateLimiter::len)
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::access::PresentedKey;

    fn limiter(per_key: u32, per_address: u32) -> (Limiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limiter::with_clock(Limits { per_key, per_address }, clock.clone()), clock)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_passes_and_the_next_waits_for_the_rate() {
        let (limiter, clock) = limiter(5, 10);
        let one = address("192.0.2.1");
        assert!((0..20).all(|_| limiter.address(one).is_ok()));
        let wait = limiter.address(one).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(100), "{wait:?}");
        assert!(limiter.address(address("192.0.2.2")).is_ok());
        clock.advance(wait);
        assert!(limiter.address(one).is_ok() && limiter.address(one).is_err());
        let key = PresentedKey::generate().unwrap().id;
        assert!((0..10).all(|_| limiter.key(&key).is_ok()) && limiter.key(&key).is_err());
    }

    #[test]
    fn one_network_is_one_address() {
        let (limiter, _) = limiter(0, 1);
        assert!(limiter.address(address("2001:db8::1")).is_ok() && limiter.address(address("2001:db8::2")).is_ok());
        assert!(limiter.address(address("2001:db8::3")).is_err());
        assert!(limiter.address(address("2001:db8:0:1::3")).is_ok());
        assert!(limiter.address(address("192.0.2.9")).is_ok() && limiter.address(address("::ffff:192.0.2.9")).is_ok());
        assert!(limiter.address(address("192.0.2.9")).is_err());
    }

    #[test]
    fn memory_has_a_bound_and_shrinks() {
        let (limiter, clock) = limiter(0, 1);
        for n in 0..200_000_u32 {
            let _ = limiter.address(IpAddr::V4(n.into()));
        }
        assert!((50_000..=65_536).contains(&limiter.held()), "{}", limiter.held());
        clock.advance(Duration::from_mins(1));
        limiter.shrink();
        assert_eq!(limiter.held(), 0);
    }

    #[test]
    fn zero_is_no_limit() {
        let (limiter, _) = limiter(0, 0);
        assert!((0..10_000).all(|_| limiter.address(address("192.0.2.1")).is_ok()));
    }
}
