//! The search for readings: which layers are tried on which text, and which results are kept.

use std::cell::OnceCell;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::line_wrap::Widths;
use super::rewrite::Peeled;
use super::triggers::Triggers;
use super::{
    ansi, base64, doubled_quote, email_quote, html, html_entity, invisible, json_string, percent, quoted_printable,
};
use crate::report::decode::Limits;
use crate::report::{Layer, Part, PartIndex, PartKind, SegmentMap, View, ViewIndex};

/// Shortest part that can hold an encoded piece, in bytes.
const MIN_ENCODED: usize = 4;

/// A layer, the bytes without which it finds nothing, and its function.
struct Step {
    layer: Layer,
    needs: Triggers,
    peel: fn(&str) -> Option<Peeled>,
}

/// Likeliest first.
static DECODERS: [Step; 7] = [
    Step { layer: Layer::JsonString, needs: Triggers::BACKSLASH.or(Triggers::HASH), peel: json_string::peel },
    Step { layer: Layer::Percent, needs: Triggers::PERCENT.or(Triggers::PLUS), peel: percent::peel },
    Step { layer: Layer::Html, needs: Triggers::LESS, peel: html::peel },
    Step { layer: Layer::HtmlEntity, needs: Triggers::AMPERSAND, peel: html_entity::peel },
    Step { layer: Layer::QuotedPrintable, needs: Triggers::EQUALS, peel: quoted_printable::peel },
    Step {
        layer: Layer::DoubledQuote,
        needs: Triggers::DOUBLE_QUOTE.or(Triggers::SINGLE_QUOTE),
        peel: doubled_quote::peel,
    },
    Step { layer: Layer::Base64, needs: Triggers::ANY, peel: base64::peel },
];

/// In the order in which they are applied: quoting is seen when nothing invisible stands before it.
static CLEANERS: [Step; 3] = [
    Step { layer: Layer::Invisible, needs: Triggers::NON_ASCII.or(Triggers::NUL), peel: invisible::peel },
    Step { layer: Layer::Ansi, needs: Triggers::ESCAPE.or(Triggers::BRACKET), peel: ansi::peel },
    Step { layer: Layer::EmailQuote, needs: Triggers::GREATER.or(Triggers::PIPE), peel: email_quote::peel },
];

/// What did not fit.
#[derive(Debug, Default, Clone, Copy)]
struct Cut {
    depth: bool,
    views: bool,
    bytes: bool,
}

/// Reads parts one after the other.
pub(super) struct Reader<'a> {
    parts: &'a [Part],
    limits: &'a Limits,
    views: Vec<View>,
    bytes_left: usize,
    cut: Cut,
}

/// A reading that may be kept.
struct Candidate {
    parent: ViewIndex,
    layer: Layer,
    text: String,
    map: SegmentMap,
    hash: u64,
    /// Bytes decoded on the way here, by this layer and those before it.
    decoded: usize,
}

/// What a cleaner made of a reading.
enum Cleaned {
    New(Source),
    /// A text that has been read already.
    Known,
    /// The text itself, or one that there was no room for.
    Nothing,
}

/// A kept reading on which decoders are tried, with the bytes that occur in it.
type Source = (ViewIndex, Triggers);

impl<'a> Reader<'a> {
    pub(super) fn new(parts: &'a [Part], limits: &'a Limits) -> Self {
        let views = Vec::with_capacity(parts.len());
        Self { parts, limits, views, bytes_left: limits.view_bytes, cut: Cut::default() }
    }

    /// The views of all parts read, and what was left out in words.
    pub(super) fn finish(self, limits_reached: &mut Vec<String>) -> Vec<View> {
        let Limits { depth, views_per_part, view_bytes, .. } = self.limits;
        if self.cut.depth {
            limits_reached.push(format!("encodings nested deeper than {depth} layers were not decoded"));
        }
        if self.cut.views {
            limits_reached.push(format!("a part has more than {views_per_part} readings; the likeliest were kept"));
        }
        if self.cut.bytes {
            limits_reached.push(format!("readings beyond {view_bytes} bytes of decoded text were left out"));
        }
        self.views
    }

    /// Reads one part.
    pub(super) fn read_part(&mut self, part: PartIndex) {
        let first = self.views.len();
        self.views.push(View { part, parent: None, layer: None, decoded: None, map: SegmentMap::new() });
        let Part { text, kind, .. } = &self.parts[part];
        if !matches!(kind, PartKind::Text | PartKind::Html)
            || text.len() < MIN_ENCODED
            || text.len() > SegmentMap::MAX_TEXT
        {
            return;
        }
        let triggers = Triggers::of(text);
        if triggers.is_empty() && !base64::has_run(text) {
            return;
        }
        let mut search = Search { reader: self, first, seen: Vec::new() };
        search.run(triggers);
        sort_by_layers(&mut self.views, first);
    }

    fn text(&self, view: ViewIndex) -> &str {
        let view = &self.views[view];
        view.decoded.as_deref().unwrap_or(&self.parts[view.part].text)
    }
}

/// The search for the readings of one part.
struct Search<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// The raw view.
    first: ViewIndex,
    /// All readings so far, in the order of the views.
    seen: Vec<Seen>,
}

#[derive(Debug, Clone)]
struct Seen {
    /// Hash of its text, found when first asked for: most texts hold nothing encoded, and are never compared.
    hash: OnceCell<u64>,
    /// Bytes decoded on the way to it.
    decoded: usize,
}

impl Search<'_, '_> {
    fn run(&mut self, triggers: Triggers) {
        self.seen.push(Seen { hash: OnceCell::new(), decoded: 0 });
        let mut sources = self.clean((self.first, triggers), self.views_left());
        for depth in 0..self.reader.limits.depth {
            let candidates = self.candidates(&sources);
            let levels_left = self.reader.limits.depth - depth;
            sources = self.keep(candidates, self.views_left().div_ceil(levels_left));
            if sources.is_empty() {
                return;
            }
        }
        self.reader.cut.depth |= !self.candidates(&sources).is_empty();
    }

    fn views_left(&self) -> usize {
        self.reader.limits.views_per_part.saturating_sub(self.seen.len())
    }

    /// Everything new that a decoder makes of the sources, those on whose way most was decoded first.
    fn candidates(&mut self, sources: &[Source]) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut bytes = 0;
        for &(parent, triggers) in sources {
            let mut html_says_it = false;
            for step in &DECODERS {
                if html_says_it && step.layer == Layer::HtmlEntity {
                    continue;
                }
                let Some((text, map)) = self.peel(parent, triggers, step) else { continue };
                html_says_it |= step.layer == Layer::Html && !holds_hidden_references(self.reader.text(parent), &map);
                let hash = hash(&text);
                let known = self.is_known(hash, &text) || candidates.iter().any(|c| c.hash == hash && c.text == text);
                if known {
                    continue;
                }
                bytes += text.len() + map.size();
                if bytes > self.reader.bytes_left {
                    self.reader.cut.bytes = true;
                    break;
                }
                let decoded =
                    self.seen[parent - self.first].decoded + weight(step.layer, self.reader.text(parent), &map);
                candidates.push(Candidate { parent, layer: step.layer, text, map, hash, decoded });
            }
        }
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.decoded));
        candidates
    }

    fn peel(&self, parent: ViewIndex, triggers: Triggers, step: &Step) -> Option<Peeled> {
        if !triggers.any(step.needs) && step.layer != Layer::Base64 {
            return None;
        }
        let text = self.reader.text(parent);
        let declared_html =
            parent == self.first && self.reader.parts[self.reader.views[parent].part].kind == PartKind::Html;
        if declared_html && step.layer == Layer::Html { html::peel_html(text) } else { (step.peel)(text) }
    }

    /// Keeps as many candidates as there is room for, each with its cleaned readings, and returns what decoders are to be
    /// tried on next.
    fn keep(&mut self, candidates: Vec<Candidate>, room: usize) -> Vec<Source> {
        let end = self.seen.len() + room;
        let mut sources = Vec::new();
        for candidate in candidates {
            let room = end.saturating_sub(self.seen.len());
            if room == 0 {
                self.reader.cut.views = true;
                break;
            }
            let triggers = Triggers::of(&candidate.text);
            let Candidate { parent, layer, text, map, hash, decoded } = candidate;
            // A candidate kept before it may have led to the same text when it was cleaned.
            if self.is_known(hash, &text) {
                continue;
            }
            if let Some(view) = self.push(parent, layer, text, map, Seen { hash: hash.into(), decoded }) {
                sources.extend(self.clean((view, triggers), room - 1));
            }
        }
        sources
    }

    /// Adds the cleaned readings of a view. Returns what decoders are to be tried on: the cleaned text, and the same with
    /// its lines joined (whether they were wrapped is a guess, and quoted-printable needs its own breaks). What was
    /// certainly cut at a width was cut last, as it stood, and is joined first.
    fn clean(&mut self, source: Source, mut room: usize) -> Vec<Source> {
        let widths = self.measure(source);
        let whole = match self.add(source, Layer::LineWrap, widths.peel_cut(self.reader.text(source.0)), &mut room) {
            Cleaned::New(whole) => whole,
            Cleaned::Known => return Vec::new(),
            Cleaned::Nothing => source,
        };
        let Some(cleaned) = self.undress(whole, &mut room) else { return Vec::new() };
        let mut sources = vec![cleaned];
        let cleaned_widths = if cleaned.0 == source.0 { widths } else { self.measure(cleaned) };
        for peel in [Widths::peel_words, Widths::peel_possible_cut] {
            let joined = peel(cleaned_widths, self.reader.text(cleaned.0));
            if let Cleaned::New(joined) = self.add(cleaned, Layer::LineWrap, joined, &mut room) {
                sources.push(joined);
            }
        }
        if cleaned.0 != source.0
            && let joined = widths.peel_possible_cut(self.reader.text(source.0))
            && let Cleaned::New(joined) = self.add(source, Layer::LineWrap, joined, &mut room)
        {
            sources.extend(self.undress(joined, &mut room));
        }
        sources
    }

    fn measure(&self, (view, triggers): Source) -> Widths {
        if triggers.any(Triggers::NEWLINE) { Widths::measure(self.reader.text(view)) } else { Widths::default() }
    }

    /// Applies the cleaners; nothing is left when that leads to a text that has been read. A colour may be broken in two
    /// by a soft line break of quoted-printable, so colours wait.
    fn undress(&mut self, source: Source, room: &mut usize) -> Option<Source> {
        let encoded =
            source.1.any(Triggers::EQUALS) && quoted_printable::has_broken_lines(self.reader.text(source.0).as_bytes());
        let mut cleaned = source;
        for step in CLEANERS.iter().filter(|step| !encoded || step.layer != Layer::Ansi) {
            if !cleaned.1.any(step.needs) {
                continue;
            }
            match self.add(cleaned, step.layer, (step.peel)(self.reader.text(cleaned.0)), room) {
                Cleaned::New(next) => cleaned = next,
                Cleaned::Known => return None,
                Cleaned::Nothing => {}
            }
        }
        Some(cleaned)
    }

    /// Adds what a cleaner made of a reading.
    fn add(&mut self, (parent, _): Source, layer: Layer, cleaned: Option<Peeled>, room: &mut usize) -> Cleaned {
        let Some((text, map)) = cleaned else { return Cleaned::Nothing };
        let hash = hash(&text);
        if self.is_known(hash, &text) {
            return Cleaned::Known;
        }
        if *room == 0 {
            self.reader.cut.views = true;
            return Cleaned::Nothing;
        }
        let triggers = Triggers::of(&text);
        let decoded = self.seen[parent - self.first].decoded + map.replaced_len();
        let Some(view) = self.push(parent, layer, text, map, Seen { hash: hash.into(), decoded }) else {
            return Cleaned::Nothing;
        };
        *room -= 1;
        Cleaned::New((view, triggers))
    }

    fn is_known(&self, hash: u64, text: &str) -> bool {
        self.seen.iter().enumerate().any(|(at, seen)| {
            let known = self.reader.text(self.first + at);
            known.len() == text.len() && *seen.hash.get_or_init(|| self::hash(known)) == hash && known == text
        })
    }

    /// Adds a view, unless the bytes are used up.
    fn push(
        &mut self,
        parent: ViewIndex,
        layer: Layer,
        text: String,
        mut map: SegmentMap,
        seen: Seen,
    ) -> Option<ViewIndex> {
        let size = text.len() + map.size();
        if size > self.reader.bytes_left {
            self.reader.cut.bytes = true;
            return None;
        }
        self.reader.bytes_left -= size;
        map.shrink();
        let part = self.reader.views[self.first].part;
        self.reader.views.push(View { part, parent: Some(parent), layer: Some(layer), decoded: Some(text), map });
        self.seen.push(seen);
        Some(self.reader.views.len() - 1)
    }
}

/// How much a layer decoded, in bytes of the text it was applied to. Where quoted-printable has broken lines, it concerns
/// every one of them.
fn weight(layer: Layer, parent: &str, map: &SegmentMap) -> usize {
    let all = layer == Layer::QuotedPrintable && quoted_printable::has_broken_lines(parent.as_bytes());
    if all { parent.len() } else { map.replaced_len() }
}

/// Whether what an HTML reading dropped holds character references, as attributes do; else decoding those alone shows
/// nothing that the HTML reading does not.
fn holds_hidden_references(text: &str, map: &SegmentMap) -> bool {
    map.segments().filter(|segment| !segment.identity).any(|segment| {
        let dropped = &text.as_bytes()[segment.parent_start..segment.parent_start + segment.parent_len];
        dropped[0] == b'<' && memchr::memchr(b'&', dropped).is_some()
    })
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Orders the views from `first` on by the number of their layers. A parent has fewer than its children, so it stays
/// before them.
fn sort_by_layers(views: &mut Vec<View>, first: ViewIndex) {
    let mut layers: Vec<usize> = Vec::with_capacity(views.len() - first);
    for view in &views[first..] {
        layers.push(view.parent.map_or(0, |parent| layers[parent - first] + 1));
    }
    if layers.is_sorted() {
        return;
    }
    let mut order: Vec<usize> = (0..layers.len()).collect();
    order.sort_by_key(|&at| layers[at]);
    let mut moved_to = vec![0; order.len()];
    for (to, &from) in order.iter().enumerate() {
        moved_to[from] = to;
    }
    let mut unsorted: Vec<Option<View>> = views.drain(first..).map(Some).collect();
    for from in order {
        if let Some(mut view) = unsorted[from].take() {
            view.parent = view.parent.map(|parent| first + moved_to[parent - first]);
            views.push(view);
        }
    }
}
