//! Views: readings of a part, each with a map back to the text it was made from.

use serde::Serialize;

use super::{ByteSpan, PartIndex};

/// Position of a view in [`Report::views`](super::Report::views).
pub type ViewIndex = usize;

/// One reading of a part.
#[derive(Debug, Clone)]
pub struct View {
    /// The part it reads.
    pub part: PartIndex,
    /// The view it was decoded from; `None` for the raw view.
    pub parent: Option<ViewIndex>,
    /// The decoding step between the parent and this view; `None` for the raw view.
    pub layer: Option<Layer>,
    /// The decoded text; `None` for the raw view, whose text is the part's.
    pub decoded: Option<String>,
    /// Where every byte of the decoded text comes from; empty for the raw view.
    pub map: SegmentMap,
}

/// A decoding step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Backslash escapes as in JSON strings and most programming languages, and the octal ones of syslog (`#012`).
    JsonString,
    /// `%XX` and `+` of URLs and forms.
    Percent,
    /// HTML tags removed, block elements as line breaks, entities decoded.
    Html,
    /// HTML character references alone.
    HtmlEntity,
    /// MIME quoted-printable.
    QuotedPrintable,
    /// Base64 or base64url of text.
    Base64,
    /// Terminal escape sequences removed.
    Ansi,
    /// Mail quoting (`> `) removed.
    EmailQuote,
    /// Hard-wrapped lines joined.
    LineWrap,
    /// Invisible and direction characters removed, look-alike spaces made plain.
    Invisible,
    /// Doubled quotes of CSV and SQL made single, and single quotes as shells escape them (`'\''`).
    DoubledQuote,
}

/// A run of bytes of a view and the bytes of the parent it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// First byte in the view.
    pub view_start: usize,
    /// Bytes in the view; may be 0 where the layer only removed text.
    pub view_len: usize,
    /// First byte in the parent.
    pub parent_start: usize,
    /// Bytes in the parent.
    pub parent_len: usize,
    /// The bytes are the same on both sides, so offsets inside map one to one; otherwise the run is one encoded piece
    /// that maps as a whole.
    pub identity: bool,
}

/// Maps ranges of a view to ranges of its parent. Segments cover the view from 0 to its length without a gap, in order,
/// and their parent ranges never go backwards. Texts up to 2 GiB can be mapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentMap {
    pieces: Vec<Piece>,
    view_len: u32,
}

/// A segment in 12 bytes, since a megabyte of escapes makes half a million of them. Its length in the view is the
/// distance to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    view_start: u32,
    parent_start: u32,
    /// Bytes in the parent, times two, plus one for identity.
    parent_len_and_kind: u32,
}

impl Piece {
    fn new(view_start: u32, parent_start: usize, parent_len: usize, identity: bool) -> Self {
        let parent_len_and_kind = narrow(parent_len).saturating_mul(2) | u32::from(identity);
        Self { view_start, parent_start: narrow(parent_start), parent_len_and_kind }
    }

    fn identity(self) -> bool {
        self.parent_len_and_kind & 1 == 1
    }

    fn parent_start(self) -> usize {
        self.parent_start as usize
    }

    fn parent_end(self) -> usize {
        self.parent_start as usize + (self.parent_len_and_kind / 2) as usize
    }

    fn lengthen(&mut self, by: usize) {
        self.parent_len_and_kind = self.parent_len_and_kind.saturating_add(narrow(by).saturating_mul(2));
    }
}

fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

impl SegmentMap {
    /// Longest text that a map can describe, in bytes.
    pub const MAX_TEXT: usize = (u32::MAX / 2) as usize;

    /// An empty map, to be filled in order.
    pub fn new() -> Self {
        Self::default()
    }

    /// The segments, in order.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = Segment> {
        (0..self.pieces.len()).map(|index| {
            let piece = self.pieces[index];
            Segment {
                view_start: piece.view_start as usize,
                view_len: self.view_end(index) - piece.view_start as usize,
                parent_start: piece.parent_start(),
                parent_len: piece.parent_end() - piece.parent_start(),
                identity: piece.identity(),
            }
        })
    }

    /// Appends `len` bytes that are the same in view and parent; joins a preceding identity run where it continues.
    pub fn push_identity(&mut self, parent_start: usize, len: usize) {
        if len == 0 {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.identity() && last.parent_end() == parent_start => last.lengthen(len),
            _ => self.pieces.push(Piece::new(self.view_len, parent_start, len, true)),
        }
        self.view_len = self.view_len.saturating_add(narrow(len));
    }

    /// Appends `view_len` bytes that were read from `parent_len` bytes of the parent as one piece. Neighbouring runs of
    /// removed text are joined.
    pub fn push_replaced(&mut self, view_len: usize, parent_start: usize, parent_len: usize) {
        let at = self.view_len;
        match self.pieces.last_mut() {
            Some(last)
                if view_len == 0 && !last.identity() && last.view_start == at && last.parent_end() == parent_start =>
            {
                last.lengthen(parent_len);
            }
            _ => self.pieces.push(Piece::new(at, parent_start, parent_len, false)),
        }
        self.view_len = self.view_len.saturating_add(narrow(view_len));
    }

    /// Length of the view so far, in bytes.
    pub fn view_len(&self) -> usize {
        self.view_len as usize
    }

    /// Bytes of the parent that the layer replaced or removed.
    pub fn replaced_len(&self) -> usize {
        self.segments().filter(|segment| !segment.identity).map(|segment| segment.parent_len).sum()
    }

    /// Memory the map takes, in bytes.
    pub fn size(&self) -> usize {
        self.pieces.len() * size_of::<Piece>()
    }

    /// Gives back memory that no segment uses.
    pub fn shrink(&mut self) {
        self.pieces.shrink_to_fit();
    }

    /// Maps a range of the view to the parent. Inside an encoded piece the whole piece is taken. An empty range maps to
    /// an empty range at the start of what stands there.
    pub fn to_parent(&self, span: ByteSpan) -> ByteSpan {
        let Some(&final_piece) = self.pieces.last() else { return span };
        let first_index = self.pieces.partition_point(|p| p.view_start as usize <= span.start()).saturating_sub(1);
        let first = self.pieces[first_index];
        if self.view_end(first_index) <= span.start() {
            let end = final_piece.parent_end();
            return ByteSpan::new(end, end);
        }
        let start = first.parent_start() + if first.identity() { span.start() - first.view_start as usize } else { 0 };
        if span.is_empty() {
            return ByteSpan::new(start, start);
        }
        let mut last_index = self.pieces.partition_point(|p| (p.view_start as usize) < span.end()) - 1;
        // Removed text between two pieces belongs to neither; runs of it are joined, so this is one step.
        while last_index > first_index && self.view_end(last_index) == self.pieces[last_index].view_start as usize {
            last_index -= 1;
        }
        let last = self.pieces[last_index];
        let end = if last.identity() {
            last.parent_start() + (span.end().min(self.view_end(last_index)) - last.view_start as usize)
        } else {
            last.parent_end()
        };
        ByteSpan::new(start, end)
    }

    fn view_end(&self, index: usize) -> usize {
        self.pieces.get(index + 1).map_or(self.view_len, |next| next.view_start) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_maps_exactly_through_identity_and_whole_through_encoded_pieces() {
        // parent: ab\"cd   view: ab"cd
        let mut map = SegmentMap::new();
        map.push_identity(0, 2);
        map.push_replaced(1, 2, 2);
        map.push_identity(4, 2);
        assert_eq!(map.to_parent(ByteSpan::new(1, 4)), ByteSpan::new(1, 5));
        assert_eq!(map.to_parent(ByteSpan::new(2, 3)), ByteSpan::new(2, 4));
        assert_eq!(map.to_parent(ByteSpan::new(0, 2)), ByteSpan::new(0, 2));
        assert_eq!(map.to_parent(ByteSpan::new(5, 5)), ByteSpan::new(6, 6));
    }

    #[test]
    fn removed_text_belongs_to_no_range_beside_it() {
        // parent: a<b>c   view: ac
        let mut map = SegmentMap::new();
        map.push_identity(0, 1);
        map.push_replaced(0, 1, 3);
        map.push_identity(4, 1);
        assert_eq!(map.to_parent(ByteSpan::new(0, 1)), ByteSpan::new(0, 1));
        assert_eq!(map.to_parent(ByteSpan::new(1, 2)), ByteSpan::new(4, 5));
        assert_eq!(map.to_parent(ByteSpan::new(0, 2)), ByteSpan::new(0, 5));
    }
}
