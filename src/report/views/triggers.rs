//! One cheap pass that says which bytes occur in a text, so that layers without a chance are not tried.

/// In a longer text each byte is looked for by itself, many places at a time; to look each place up takes longer. In bytes.
const SHORT: usize = 256;

/// Set of byte kinds that occur in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Triggers(u32);

macro_rules! triggers {
    ($($name:ident = $bit:literal, $byte:literal;)*) => {
        impl Triggers {
            $(pub(super) const $name: Self = Self(1 << $bit);)*
        }
        static BYTES: &[(u8, u32)] = &[$(($byte, 1 << $bit)),*];
    };
}

triggers! {
    BACKSLASH = 0, b'\\';
    PERCENT = 1, b'%';
    PLUS = 2, b'+';
    AMPERSAND = 3, b'&';
    LESS = 4, b'<';
    GREATER = 5, b'>';
    EQUALS = 6, b'=';
    ESCAPE = 7, 0x1b;
    DOUBLE_QUOTE = 8, b'"';
    SINGLE_QUOTE = 9, b'\'';
    NEWLINE = 10, b'\n';
    NUL = 11, 0;
    HASH = 12, b'#';
    BRACKET = 13, b'[';
    PIPE = 14, b'|';
}

impl Triggers {
    /// Any byte of a character outside ASCII.
    pub(super) const NON_ASCII: Self = Self(1 << 15);

    /// Everything that is looked for.
    pub(super) const ANY: Self = Self(u32::MAX);

    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < BYTES.len() {
            table[BYTES[index].0 as usize] = BYTES[index].1;
            index += 1;
        }
        let mut byte = 0x80;
        while byte < 256 {
            table[byte] = Self::NON_ASCII.0;
            byte += 1;
        }
        table
    };

    /// Which of them occur in a text.
    pub(super) fn of(text: &str) -> Self {
        if text.len() < SHORT {
            return Self(text.bytes().fold(0, |set, byte| set | Self::TABLE[usize::from(byte)]));
        }
        let occurs = |byte: u8| memchr::memchr(byte, text.as_bytes()).is_some();
        let set = BYTES.iter().filter(|(byte, _)| occurs(*byte)).fold(0, |set, (_, bit)| set | bit);
        Self(set | if text.is_ascii() { 0 } else { Self::NON_ASCII.0 })
    }

    /// Whether any of `others` occurs.
    pub(super) fn any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether nothing occurs.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets together.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_byte_is_seen_and_plain_text_triggers_nothing() {
        for &(byte, bit) in BYTES {
            let text = format!("plain {} text", char::from(byte));
            let long = text.clone() + &" text".repeat(SHORT);
            for text in [text, long] {
                assert_eq!(Triggers::of(&text), Triggers(bit), "byte {byte:#x}");
            }
        }
        assert_eq!(Triggers::of("é"), Triggers::NON_ASCII);
        assert_eq!(Triggers::of(&"é".repeat(SHORT)), Triggers::NON_ASCII);
        assert!(Triggers::of("Required member is undefined.").is_empty());
    }
}
