//! Any bytes in `Authorization` and `X-API-Key`: reading never panics, and a key that is read is the one that was sent.
#![no_main]

use kbmatch::access::{Presented, Scopes, presented};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [split, data @ ..] = data else { return };
    let (authorization, api_key) = data.split_at(usize::from(*split).min(data.len()));
    for (bearer, plain) in [(Some(authorization), Some(api_key)), (Some(data), None), (None, Some(data))] {
        if let Presented::Key(key) = presented(bearer.into_iter(), plain.into_iter()) {
            let text = key.reveal();
            let sent = |header: Option<&[u8]>| header.is_some_and(|h| h.windows(text.len()).any(|w| w == text.as_bytes()));
            assert!(sent(bearer) || sent(plain), "a key was read that nobody sent");
        }
    }
    if let Ok(scopes) = String::from_utf8_lossy(data).parse::<Scopes>() {
        assert_eq!(scopes.to_string().parse(), Ok(scopes), "scopes are read as they are written");
    }
});
