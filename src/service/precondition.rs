//! `If-Match` and `If-None-Match` (RFC 9110, section 13.1), read from their header values.

use crate::store::Expected;

/// What a request expects of an article, from its headers. The message says what is wrong with them.
pub fn expected(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Expected, String> {
    match (if_match.map(str::trim), if_none_match.map(str::trim)) {
        (None, None) => Ok(Expected::Unsaid),
        (None, Some("*")) => Ok(Expected::Missing),
        (None, Some(other)) => Err(format!("If-None-Match: {other} says nothing when writing; only * does")),
        (Some(_), Some(_)) => Err("If-Match and If-None-Match exclude each other; send one".to_owned()),
        (Some("*"), None) => Ok(Expected::Existing),
        (Some(tags), None) => tags.split(',').map(tag).collect::<Result<_, _>>().map(Expected::Tags),
    }
}

/// An entity tag. A weak one is kept as it is and so equals none of ours: `If-Match` compares strongly.
fn tag(text: &str) -> Result<String, String> {
    let text = text.trim();
    let opaque = text.strip_prefix("W/").unwrap_or(text);
    let quoted = opaque.len() >= 2 && opaque.starts_with('"') && opaque.ends_with('"');
    if quoted {
        Ok(text.to_owned())
    } else {
        Err(format!("If-Match: {text} is no entity tag; it stands in double quotes, as the ETag header gave it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_is_expected() {
        let tags = |tags: &[&str]| Ok(Expected::Tags(tags.iter().map(|tag| (*tag).to_owned()).collect()));
        assert_eq!(expected(None, None), Ok(Expected::Unsaid));
        assert_eq!(expected(None, Some(" * ")), Ok(Expected::Missing));
        assert_eq!(expected(Some("*"), None), Ok(Expected::Existing));
        assert_eq!(expected(Some("\"1-ab\""), None), tags(&["\"1-ab\""]));
        assert_eq!(expected(Some("\"1-ab\", W/\"2-cd\""), None), tags(&["\"1-ab\"", "W/\"2-cd\""]));
    }

    #[test]
    fn headers_that_say_nothing_are_errors() {
        for (if_match, if_none_match) in
            [(Some("1-ab"), None), (Some(""), None), (Some("\""), None), (None, Some("\"1\"")), (Some("*"), Some("*"))]
        {
            assert!(expected(if_match, if_none_match).is_err(), "{if_match:?} {if_none_match:?}");
        }
    }
}
