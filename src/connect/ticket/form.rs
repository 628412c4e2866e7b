//! Fields of a form.

/// The value of a field of an `application/x-www-form-urlencoded` body.
pub(super) fn field(body: &[u8], name: &str) -> Option<Vec<u8>> {
    body.split(|byte| *byte == b'&')
        .find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .map(decoded)
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let escape = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        match escape {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_decoded_once() {
        assert_eq!(field(b"a=1&payload=%7B%22x%22%3A+%22%2525%%zz%22%7D", "payload").unwrap(), br#"{"x": "%25%%zz"}"#);
        assert_eq!(field(b"payloads=1", "payload"), None);
    }
}
