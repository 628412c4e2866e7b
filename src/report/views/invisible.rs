//! Characters that nobody sees removed, and look-alikes of plain spaces and ASCII made plain: what copying from web
//! pages, PDFs and office programs leaves in a message. Typographic quotes stay; signatures match them as they are.

use super::rewrite::{Peeled, Rewrite};

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let mut rewrite = Rewrite::new(text);
    for (at, character) in text.char_indices() {
        if (' '..='~').contains(&character) {
            continue;
        }
        if let Some(plain) = plain(character) {
            rewrite.replace(at..at + character.len_utf8(), plain.encode(&mut [0; 4]));
        }
    }
    rewrite.finish()
}

/// What stands in the place of a character.
enum Plain {
    Nothing,
    One(char),
    Several(&'static str),
}

impl Plain {
    fn encode(self, buffer: &mut [u8; 4]) -> &str {
        match self {
            Self::Nothing => "",
            Self::One(character) => character.encode_utf8(buffer),
            Self::Several(text) => text,
        }
    }
}

/// Source of the classes: Unicode's `Default_Ignorable_Code_Point`, `Bidi_Control`, `Space_Separator`, and the
/// compatibility decompositions of the half- and full-width forms and the Latin ligatures.
fn plain(character: char) -> Option<Plain> {
    Some(match character {
        '\0'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => Plain::Nothing,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Plain::One(' '),
        '\u{85}' | '\u{2028}' | '\u{2029}' => Plain::One('\n'),
        '\u{2010}' | '\u{2011}' => Plain::One('-'),
        '\u{ff01}'..='\u{ff5e}' => Plain::One(char::from_u32(u32::from(character) - 0xff01 + 0x21)?),
        '\u{fb00}' => Plain::Several("ff"),
        '\u{fb01}' => Plain::Several("fi"),
        '\u{fb02}' => Plain::Several("fl"),
        '\u{fb03}' => Plain::Several("ffi"),
        '\u{fb04}' => Plain::Several("ffl"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn what_nobody_sees_goes_and_look_alikes_become_plain() {
        for (source, shown) in [
            ("\u{feff}Re\u{ad}quired\u{200b} mem\u{200d}ber", "Required member"),
            ("a\u{a0}b\u{202f}c\u{3000}d", "a b c d"),
            ("\u{202e}abc\u{202c}", "abc"),
            ("F\0a\0i\0l\0", "Fail"),
            ("Ｅｒｒｏｒ：４０４", "Error:404"),
            ("ﬁle not ﬂushed, non‑null", "file not flushed, non-null"),
            ("one\u{2028}two", "one\ntwo"),
        ] {
            assert_eq!(text(source).as_deref(), Some(shown), "{source:?}");
        }
    }

    #[test]
    fn quotes_letters_and_plain_white_space_stay() {
        for source in ["‘name’ “x” … – é 日本語 😀", "plain\ttext\r\n", ""] {
            assert_eq!(text(source), None, "{source:?}");
        }
    }
}
