//! JSON read with spans: every value and member name keeps the bytes it stands at.
//!
//! [`Document`] is a flat list of nodes in document order, made without recursion under a node budget; it borrows
//! nothing and is read together with the text it was made from. [`Document::parse`] holds to RFC 8259;
//! [`Document::parse_lenient`] and [`find_embedded`] read what people and log lines make of JSON.

mod embedded;
mod error;
mod leaves;
mod lenient;
mod strict;
mod string;
mod tree;

use std::borrow::Cow;

pub use embedded::find_embedded;
pub use error::JsonError;
pub use leaves::Leaves;
pub use string::decode_string;

use super::ByteSpan;
use tree::Tree;

/// Position of a node in its [`Document`]; nodes stand in document order, a container before what it holds.
pub type NodeId = usize;

/// What kind of JSON value a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// A string; in lenient documents also a bare word and what was elided (`...`).
    String,
    /// A number; in lenient documents also `NaN` and `Infinity`.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`; in lenient documents also `None`, `nil`, `undefined` and a value left out after its colon.
    Null,
}

/// A JSON value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Kind of value.
    pub kind: Kind,
    /// Where it stands in the source, strings with their quotes.
    pub span: ByteSpan,
    /// Where the name of its member stands, with its quotes; `None` for array elements and the root.
    pub key: Option<ByteSpan>,
    /// The object or array that holds it; `None` for the root.
    pub parent: Option<NodeId>,
    /// Position among its siblings, from 0.
    pub index: usize,
    /// The node after the last one inside this one.
    subtree_end: NodeId,
}

/// A JSON document as nodes with spans. Methods that take a text want the one that the document was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Never empty; the root is first.
    nodes: Vec<Node>,
}

#[allow(clippy::len_without_is_empty)] // A document has a root, so it is never empty.
impl Document {
    /// Reads a whole text as one RFC 8259 document of any nesting depth and at most `max_nodes` values. Members of the
    /// same name all stay. Escapes of lone surrogates are taken (and decode to U+FFFD).
    pub fn parse(text: &str, max_nodes: usize) -> Result<Self, JsonError> {
        strict::parse(text, max_nodes)
    }

    /// Reads the JSON-like document that starts at byte `start` with `{` or `[`, and returns it with the offset where
    /// it ends. Beside JSON it takes elisions (`...`, `…`), trailing, doubled and missing commas, comments, single
    /// quotes, unescaped quotes inside strings, line breaks in strings, bare member names and words, `=>` for `:`, and
    /// the literals of JavaScript, Python and Ruby. What cannot go on (an end of the text, prose, the node budget) ends
    /// the document there: open strings and containers are closed.
    ///
    /// `None` when nothing JSON-like stands there: no member and no scalar element.
    pub fn parse_lenient(text: &str, start: usize, max_nodes: usize) -> Option<(Self, usize)> {
        lenient::parse(text, start, max_nodes)
    }

    /// The outermost value.
    #[allow(clippy::unused_self)] // A caller should not have to know that it is always the first.
    pub fn root(&self) -> NodeId {
        0
    }

    /// A node.
    ///
    /// # Panics
    /// When `id` is not one of this document's.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// Number of values, at least 1.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The values a container holds directly, in document order; none for a scalar.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let end = self.nodes[id].subtree_end;
        let mut next = id + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.nodes[child].subtree_end;
            Some(child)
        })
    }

    /// Decoded name of the member whose value `id` is.
    pub fn key<'a>(&self, text: &'a str, id: NodeId) -> Option<Cow<'a, str>> {
        self.nodes[id].key.map(|span| string::decode(text, span))
    }

    /// JSON pointer (RFC 6901) of a node. Its cost grows with the depth of the node: use [`Document::leaves`] for many.
    pub fn pointer(&self, text: &str, id: NodeId) -> String {
        let mut way: Vec<NodeId> = Vec::new();
        let mut next = id;
        while let Some(parent) = self.nodes[next].parent {
            way.push(next);
            next = parent;
        }
        let mut pointer = String::new();
        for &step in way.iter().rev() {
            self.push_token(text, step, &mut pointer);
        }
        pointer
    }

    /// Decoded value of a string node; the source text of any other.
    pub fn string<'a>(&self, text: &'a str, id: NodeId) -> Cow<'a, str> {
        let node = &self.nodes[id];
        match node.kind {
            Kind::String => string::decode(text, node.span),
            _ => Cow::Borrowed(text.get(node.span.start()..node.span.end()).unwrap_or_default()),
        }
    }

    /// Appends the pointer token that leads from a node's parent to it.
    fn push_token(&self, text: &str, id: NodeId, pointer: &mut String) {
        pointer.push('/');
        match self.key(text, id) {
            None => pointer.push_str(&self.nodes[id].index.to_string()),
            Some(key) => {
                for character in key.chars() {
                    match character {
                        '~' => pointer.push_str("~0"),
                        '/' => pointer.push_str("~1"),
                        other => pointer.push(other),
                    }
                }
            }
        }
    }
}

impl From<Tree> for Document {
    fn from(tree: Tree) -> Self {
        Self { nodes: tree.into_nodes() }
    }
}

#[cfg(test)]
mod tests;
