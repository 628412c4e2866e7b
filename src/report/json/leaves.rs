//! The leaves of a document with their pointers, at a cost that stays linear in the text.

use super::{Document, NodeId};

/// Containers nested deeper than this below the start are leaves themselves.
const MAX_DEPTH: usize = 512;
/// Most bytes of pointers per byte of the document, and what any document may take.
const POINTER_BYTES_PER_BYTE: usize = 16;
const POINTER_BYTES_FREE: usize = 64 << 10;

/// Iterator over the leaves of a document in document order: every scalar and every empty container, with its JSON
/// pointer.
///
/// A container that is not empty is one leaf too when it lies more than 512 levels deep, when its members would take the
/// leaves beyond their number, or when their pointers would take more than 16 bytes for each byte of the document (and
/// 64 KiB): else a long path over many values would cost its length times their number.
#[derive(Debug)]
pub struct Leaves<'a> {
    document: &'a Document,
    text: &'a str,
    next: NodeId,
    root: NodeId,
    end: NodeId,
    /// Pointer of the innermost container that is entered.
    pointer: String,
    /// For each entered container the node after it and the length of the pointer outside it.
    entered: Vec<(NodeId, usize)>,
    number_left: usize,
    pointer_bytes_left: usize,
    gathered: bool,
}

impl Document {
    /// The leaves of the whole document.
    pub fn leaves<'a>(&'a self, text: &'a str) -> Leaves<'a> {
        self.leaves_under(text, self.root(), usize::MAX)
    }

    /// At most `max` (and at least one) leaves of the value `root`; pointers start at the document's root.
    pub fn leaves_under<'a>(&'a self, text: &'a str, root: NodeId, max: usize) -> Leaves<'a> {
        let node = &self.nodes[root];
        Leaves {
            document: self,
            text,
            next: root,
            root,
            end: node.subtree_end,
            pointer: self.pointer(text, root),
            entered: Vec::new(),
            number_left: max.saturating_sub(1),
            pointer_bytes_left: POINTER_BYTES_FREE.saturating_add(POINTER_BYTES_PER_BYTE * node.span.len()),
            gathered: false,
        }
    }
}

impl Leaves<'_> {
    /// Whether a container that holds something became one leaf.
    pub fn gathered(&self) -> bool {
        self.gathered
    }

    /// Whether a container that holds something can be entered; if so, its children are paid for.
    fn enter(&mut self, id: NodeId) -> bool {
        let children = self.document.children(id).count();
        // A child's own token is part of the text, but for an array index of up to seven digits and its slash.
        let pointer_bytes = children.saturating_mul(self.pointer.len() + 8);
        let fits = self.entered.len() < MAX_DEPTH
            && children - 1 <= self.number_left
            && pointer_bytes <= self.pointer_bytes_left;
        if fits {
            self.number_left -= children - 1;
            self.pointer_bytes_left -= pointer_bytes;
        } else {
            self.gathered = true;
        }
        fits
    }
}

impl Iterator for Leaves<'_> {
    type Item = (NodeId, String);

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.end {
            let id = self.next;
            while let Some(&(end, outside)) = self.entered.last()
                && id >= end
            {
                self.pointer.truncate(outside);
                self.entered.pop();
            }
            let outside = self.pointer.len();
            if id != self.root {
                self.document.push_token(self.text, id, &mut self.pointer);
            }
            let subtree_end = self.document.nodes[id].subtree_end;
            if subtree_end > id + 1 && self.enter(id) {
                self.entered.push((subtree_end, outside));
                self.next = id + 1;
                continue;
            }
            self.next = subtree_end;
            let pointer = self.pointer.clone();
            self.pointer.truncate(outside);
            return Some((id, pointer));
        }
        None
    }
}
