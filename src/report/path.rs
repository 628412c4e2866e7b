//! Paths that name a field.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

/// A dotted path that names a field by the end of its full path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct FieldPath {
    segments: Vec<PathSegment>,
}

/// One segment of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PathSegment {
    /// This key or array index, in lower case.
    Key(String),
    /// Any one key or index, written `*`.
    Any,
}

impl FieldPath {
    /// Parses a dotted path such as `options.attributes.*.signup.status`. A leading `$.` or `/` and slashes for dots are
    /// accepted; an empty path or segment is not.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.trim().trim_start_matches("$.").trim_start_matches('/');
        let separator = if bare.contains('/') && !bare.contains('.') { '/' } else { '.' };
        let mut segments = Vec::new();
        for segment in bare.split(separator) {
            match segment {
                "" => return Err(format!("field path {text:?} has an empty segment")),
                "*" => segments.push(PathSegment::Any),
                key => segments.push(PathSegment::Key(key.to_lowercase())),
            }
        }
        Ok(Self { segments })
    }

    /// The segments, first to last; never empty.
    pub fn segments(&self) -> &[PathSegment] {
        &self.segments
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match segment {
                PathSegment::Key(key) => f.write_str(key)?,
                PathSegment::Any => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_in_its_common_notations() {
        for notation in ["a.b.0", "$.a.b.0", "/a/b/0", "A.B.0"] {
            assert_eq!(FieldPath::parse(notation).unwrap().to_string(), "a.b.0");
        }
        assert!(FieldPath::parse("a..b").is_err());
    }
}
