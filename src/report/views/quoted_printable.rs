//! MIME quoted-printable (RFC 2045, section 6.7): `=XX` and soft line breaks. Bytes are read as UTF-8 and, where that
//! fails, as Windows-1252.

use memchr::{memchr_iter, memrchr};

use super::rewrite::{Peeled, Rewrite};
use super::windows_1252;

/// Shortest line without a space that counts as broken, in bytes; encoders break close to 76 (RFC 2045).
const SHORTEST_BROKEN: usize = 60;
/// How far back the start of a line is looked for, in bytes: what stood before an encoded text may have made it longer.
const LONGEST_LINE: usize = 512;

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let bytes = text.as_bytes();
    if !is_quoted_printable(bytes) {
        return None;
    }
    let mut rewrite = Rewrite::new(text);
    let mut done = 0;
    for at in memchr_iter(b'=', bytes) {
        if at < done {
            continue;
        }
        if let Some(len) = soft_break(&bytes[at..]) {
            done = at + len;
            rewrite.remove(at..done);
        } else {
            let (run, starts) = byte_run(bytes, at);
            done = starts.last().copied().unwrap_or(done);
            rewrite.replace_bytes(&run, |index| starts[index], |byte| Some(windows_1252(byte)));
        }
    }
    rewrite.finish()
}

/// Whether the `=` in a text are those of quoted-printable: a line broken by an encoder, or several escapes with one
/// for `=` itself or for characters outside ASCII, and then few that the encoding would not have left.
fn is_quoted_printable(bytes: &[u8]) -> bool {
    let (mut valid, mut escapes, mut sure, mut stray) = (0usize, 0usize, 0usize, 0usize);
    for at in memchr_iter(b'=', bytes) {
        let rest = &bytes[at..];
        if let Some(byte) = escaped_byte(rest) {
            valid += 1;
            escapes += 1;
            sure += usize::from(byte == b'=' || byte >= 0x80);
        } else if soft_break(rest).is_some() {
            valid += 1;
        } else if rest.len() > 2 {
            stray += 1;
        }
    }
    (escapes > 1 && sure > 0 && valid >= 2 * stray) || has_broken_lines(bytes)
}

/// Whether an encoder has broken lines of the text. Then nothing in it can be read for certain before they are joined.
pub(super) fn has_broken_lines(bytes: &[u8]) -> bool {
    memchr_iter(b'=', bytes).any(|at| soft_break(&bytes[at..]).is_some_and(|len| breaks_a_line(bytes, at, at + len)))
}

/// Whether a soft break stands where an encoder puts it: at the end of a line that is long or has several words, with more
/// text on the next line. A setting without a value (`NAME=`) has neither, padding of base64 ends its block, and source
/// code that goes on after `=` has white space on both sides.
fn breaks_a_line(bytes: &[u8], equals: usize, next: usize) -> bool {
    let window = equals.saturating_sub(LONGEST_LINE);
    let start = memrchr(b'\n', &bytes[window..equals]).map_or(window, |newline| window + newline + 1);
    let line = &bytes[start..equals];
    let (Some(&before), Some(&after)) = (line.last(), bytes.get(next)) else { return false };
    let text = before != b'=' && !matches!(after, b'\r' | b'\n' | b'-');
    let code = before.is_ascii_whitespace() && after.is_ascii_whitespace();
    text && !code && (line.len() >= SHORTEST_BROKEN || line.contains(&b' '))
}

/// Length of a soft line break: `=`, white space and carriage returns that gateways added, and the line's end.
fn soft_break(at_equals: &[u8]) -> Option<usize> {
    let blanks = at_equals[1..].iter().take(8).position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))?;
    (at_equals[1 + blanks] == b'\n').then_some(blanks + 2)
}

fn escaped_byte(at_equals: &[u8]) -> Option<u8> {
    match *at_equals.get(..3)? {
        [b'=', high, low] => u8::try_from(char::from(high).to_digit(16)? * 16 + char::from(low).to_digit(16)?).ok(),
        _ => None,
    }
}

/// The bytes of a run of escapes and where each starts, with the run's end last. A soft break between two bytes of one
/// character belongs to the run.
fn byte_run(bytes: &[u8], start: usize) -> (Vec<u8>, Vec<usize>) {
    let (mut run, mut starts, mut at) = (Vec::new(), vec![start], start);
    loop {
        if let Some(byte) = escaped_byte(&bytes[at..]) {
            run.push(byte);
            at += 3;
            starts.push(at);
            continue;
        }
        let inside_character = run.last().is_some_and(|&byte| byte >= 0x80);
        let Some(len) = soft_break_at(&bytes[at..]).filter(|_| inside_character) else { return (run, starts) };
        if !escaped_byte(&bytes[at + len..]).is_some_and(|byte| (0x80..0xc0).contains(&byte)) {
            return (run, starts);
        }
        at += len;
    }
}

fn soft_break_at(text: &[u8]) -> Option<usize> {
    if text.first() == Some(&b'=') { soft_break(text) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn escapes_and_soft_breaks_are_decoded() {
        let broken = format!("{}=\r\n{}", "a".repeat(75), "b");
        for (source, decoded) in [
            ("state=3Dx&amp;name=3Dy", "state=x&amp;name=y"),
            ("it=E2=80=99s =C3=A9", "it’s é"),
            ("it=E2=80=\n=99s =C3=A9", "it’s é"),
            ("caf=E9 =3D tr=E8s", "café = très"),
            ("a=20=3D=\nb", "a =b"),
            (&broken, &format!("{}b", "a".repeat(75))),
            ("cut =3D =3D=4", "cut = ==4"),
        ] {
            assert_eq!(text(source).as_deref(), Some(decoded), "{source}");
        }
    }

    #[test]
    fn an_equals_sign_of_another_kind_is_left_alone() {
        for source in [
            "a=12&b=34",
            "let value =\n    other;",
            "let a=3Db;",
            "YWJj\nZGVmZw==\n",
            "HOST=\nPORT=\nUSER=x\n",
            "a==b==c=3D=3D x=1 y=2 z=q",
            "=",
            "==",
        ] {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn a_character_maps_to_all_of_its_escapes() {
        let (text, map) = peel("a=C3=\n=A9b=3D").unwrap();
        assert_eq!(text, "aéb=");
        assert_eq!(map.to_parent((1..3).into()), (1..9).into());
        assert_eq!(map.to_parent((3..5).into()), (9..13).into());
    }
}
