//! The key that a request carries.

use super::PresentedKey;

/// Longest header that is looked at, in bytes; a key has 81.
const MAX_HEADER: usize = 256;

/// What a request shows.
#[derive(Debug, Clone)]
pub enum Presented {
    /// No key. Credentials of other schemes (`HMAC`, `Token`, `Basic`) are those of connectors and count as none.
    Nothing,
    /// A key.
    Key(PresentedKey),
    /// Something in a key's place that is none.
    Unreadable,
}

/// Reads every `Authorization` and every `X-API-Key` of a request. A header given twice, or two keys, are none: whoever
/// stands in between might have looked at the other one.
pub fn presented<'h>(
    mut authorization: impl Iterator<Item = &'h [u8]>,
    mut api_key: impl Iterator<Item = &'h [u8]>,
) -> Presented {
    let (bearer, plain) = (authorization.next(), api_key.next());
    if authorization.next().is_some() || api_key.next().is_some() {
        return Presented::Unreadable;
    }
    match (bearer.map_or(Presented::Nothing, from_authorization), plain.map(read)) {
        (shown, None) => shown,
        (Presented::Nothing, Some(key)) => key,
        (_, Some(_)) => Presented::Unreadable,
    }
}

fn from_authorization(value: &[u8]) -> Presented {
    let value = value.trim_ascii();
    let scheme_end = value.iter().position(|&byte| byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(scheme_end);
    if scheme.eq_ignore_ascii_case(b"bearer") { read(rest) } else { Presented::Nothing }
}

fn read(value: &[u8]) -> Presented {
    let value = value.trim_ascii();
    let text = Some(value).filter(|value| value.len() <= MAX_HEADER).and_then(|value| std::str::from_utf8(value).ok());
    text.and_then(PresentedKey::parse).map_or(Presented::Unreadable, Presented::Key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "kbm_0123456789ab_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn kind(authorization: &[&[u8]], api_key: &[&[u8]]) -> &'static str {
        match presented(authorization.iter().copied(), api_key.iter().copied()) {
            Presented::Nothing => "nothing",
            Presented::Key(key) => {
                assert_eq!(key.reveal(), KEY);
                "key"
            }
            Presented::Unreadable => "unreadable",
        }
    }

    #[test]
    fn a_key_comes_in_one_of_two_headers_and_once() {
        let key = KEY.as_bytes();
        let long = [b"Bearer ".as_slice(), &[b'a'; 300]].concat();
        for (authorization, api_key, expected) in [
            (vec![], vec![], "nothing"),
            (vec![format!("Bearer {KEY}").into_bytes()], vec![], "key"),
            (vec![format!("  bEARER   {KEY}  ").into_bytes()], vec![], "key"),
            (vec![], vec![key], "key"),
            (vec![b"HMAC abc".to_vec()], vec![key], "key"),
            (vec![b"HMAC abc".to_vec()], vec![], "nothing"),
            (vec![b"Basic dXNlcjpwYXNz".to_vec()], vec![], "nothing"),
            (vec![key.to_vec()], vec![], "nothing"),
            (vec![b"Bearer".to_vec()], vec![], "unreadable"),
            (vec![b"Bearer x".to_vec()], vec![], "unreadable"),
            (vec![format!("Bearer {KEY} {KEY}").into_bytes()], vec![], "unreadable"),
            (vec![b"Bearer \xff\xfe".to_vec()], vec![], "unreadable"),
            (vec![long], vec![], "unreadable"),
            (vec![format!("Bearer {KEY}").into_bytes()], vec![key], "unreadable"),
            (vec![format!("Bearer {KEY}").into_bytes(); 2], vec![], "unreadable"),
            (vec![], vec![key, key], "unreadable"),
        ] {
            let authorization: Vec<&[u8]> = authorization.iter().map(Vec::as_slice).collect();
            assert_eq!(kind(&authorization, &api_key), expected, "{authorization:?} {api_key:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reading(
            authorization in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..3),
            api_key in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..3),
        ) {
            presented(authorization.iter().map(Vec::as_slice), api_key.iter().map(Vec::as_slice));
        }

        #[test]
        fn one_changed_byte_is_another_key_or_none(at in 0..KEY.len(), byte in any::<u8>()) {
            let mut changed = KEY.as_bytes().to_vec();
            prop_assume!(changed[at] != byte);
            changed[at] = byte;
            if let Presented::Key(key) = presented(std::iter::empty(), std::iter::once(changed.as_slice())) {
                prop_assert_eq!(key.reveal().into_bytes(), changed);
            }
        }
    }
}
