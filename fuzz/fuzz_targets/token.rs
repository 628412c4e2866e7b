//! Any text as a signed feedback value: checking never panics, and nothing passes that was not signed here, whatever of a
//! signed value is changed.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use kbmatch::article::Slug;
use kbmatch::connect::token::{ArticleKey, DEFAULT_AGE, MAX_BYTES, Say, Signer};
use libfuzzer_sys::fuzz_target;
use ulid::Ulid;

static SIGNER: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(b"a server key of the fuzzer, long enough", DEFAULT_AGE).expect("a long key"));

/// With a key that signs nothing here: the fuzzer learns from comparisons what the other one signs.
static STRANGER: LazyLock<Signer> =
    LazyLock::new(|| Signer::new(b"a server key that signs nothing at all", DEFAULT_AGE).expect("a long key"));

fuzz_target!(|data: &[u8]| {
    let now = "2026-01-02T03:04:05Z".parse::<Timestamp>().expect("a time");
    assert!(STRANGER.check(&String::from_utf8_lossy(data), now).is_err(), "nobody signed this");
    let [at, with, name @ ..] = data else { return };
    let Some(slug) = std::str::from_utf8(name).ok().and_then(|name| Slug::new(name).ok()) else { return };
    let report = Ulid::from_parts(u64::try_from(now.as_millisecond()).expect("after 1970"), 7);
    let votes = SIGNER.votes(report, &slug);
    for (text, say) in [(votes.yes, Say::Helped), (votes.no, Say::DidNotHelp), (votes.choose, Say::Chosen)] {
        assert!(text.len() <= MAX_BYTES, "{text}");
        let token = SIGNER.check(&text, now).expect("it was signed here");
        assert_eq!((token.report, token.say, &token.article), (report, say, &ArticleKey::of(&slug)));
        assert_eq!(token.article.find([&slug]).as_ref(), Some(&slug));
        let mut changed = text.clone().into_bytes();
        let place = usize::from(*at) % changed.len();
        changed[place] = *with;
        let changed = String::from_utf8_lossy(&changed);
        assert!(changed == text || SIGNER.check(&changed, now).is_err(), "{text} passes as {changed}");
    }
});
