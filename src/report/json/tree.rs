//! The flat list of nodes while a parser fills it.

use super::{ByteSpan, Kind, Node, NodeId};

/// Nodes in document order, and the containers that are still open.
pub(super) struct Tree {
    nodes: Vec<Node>,
    open: Vec<Open>,
    max_nodes: usize,
}

struct Open {
    id: NodeId,
    children: usize,
}

/// The node budget is used up.
#[derive(Debug)]
pub(super) struct Full;

impl Tree {
    pub(super) fn new(max_nodes: usize) -> Self {
        Self { nodes: Vec::new(), open: Vec::new(), max_nodes }
    }

    /// Number of nodes so far.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Appends a scalar to the innermost open container.
    pub(super) fn scalar(&mut self, kind: Kind, span: ByteSpan, key: Option<ByteSpan>) -> Result<(), Full> {
        if self.nodes.len() >= self.max_nodes {
            return Err(Full);
        }
        let subtree_end = self.nodes.len() + 1;
        let (parent, index) = match self.open.last_mut() {
            None => (None, 0),
            Some(open) => {
                open.children += 1;
                (Some(open.id), open.children - 1)
            }
        };
        self.nodes.push(Node { kind, span, key, parent, index, subtree_end });
        Ok(())
    }

    /// Appends a container that starts at byte `start` and opens it.
    pub(super) fn open(&mut self, kind: Kind, start: usize, key: Option<ByteSpan>) -> Result<(), Full> {
        self.scalar(kind, ByteSpan::new(start, start), key)?;
        self.open.push(Open { id: self.nodes.len() - 1, children: 0 });
        Ok(())
    }

    /// Kind of the innermost open container and how many values it holds.
    pub(super) fn innermost(&self) -> Option<(Kind, usize)> {
        self.open.last().map(|open| (self.nodes[open.id].kind, open.children))
    }

    /// Whether a container of this kind is open.
    pub(super) fn has_open(&self, kind: Kind) -> bool {
        self.open.iter().any(|open| self.nodes[open.id].kind == kind)
    }

    /// Closes the innermost open container at byte `end`.
    pub(super) fn close(&mut self, end: usize) {
        if let Some(open) = self.open.pop() {
            let subtree_end = self.nodes.len();
            let node = &mut self.nodes[open.id];
            node.span = ByteSpan::new(node.span.start(), end);
            node.subtree_end = subtree_end;
        }
    }

    /// Turns the innermost open container, which must hold nothing, into a bare string that ends at byte `end`.
    pub(super) fn close_as_elided(&mut self, end: usize) {
        if let Some(open) = self.open.last() {
            self.nodes[open.id].kind = Kind::String;
        }
        self.close(end);
    }

    /// Closes everything at byte `end`.
    pub(super) fn close_all(&mut self, end: usize) {
        while !self.open.is_empty() {
            self.close(end);
        }
    }

    pub(super) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }
}
