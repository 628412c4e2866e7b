//! Random rewrites of what varies between two reports of one error.

use kbmatch::engine::Outcome;

use crate::knowledge::{answer, read};
use crate::seed::{ID, PAYLOAD};
use crate::wrapped::{WRAPPINGS, wrap};

/// A small deterministic generator (xorshift64*, Vigna 2016), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn word(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
        (0..length).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }
}

fn rewrite(random: &mut Random) -> String {
    let host = match random.below(4) {
        0 => format!("login.{}.example.com", random.word(6).to_lowercase().replace(['_', '-'], "x")),
        1 => format!("tenant-{}.eu.example.net:{}", random.below(1000), 1024 + random.below(60_000)),
        2 => format!("192.0.2.{}:{}", random.below(255), 1 + random.below(65_000)),
        _ => "<DOMAIN>".to_owned(),
    };
    let length = 8 + random.below(120);
    let state = random.word(length);
    let mut text = PAYLOAD
        .replace("hKFo...5pag", &state)
        .replace("<DOMAIN>", &host)
        .replace(":514:6352", &format!(":{}:{}", 1 + random.below(9000), 1 + random.below(90_000)));
    match random.below(5) {
        0 => text = text.replace('\'', "’"),
        1 => text = text.replace('\'', "`"),
        2 => text = text.replace('\'', "‘"),
        _ => {}
    }
    let before = random.below(5);
    let after = random.below(5);
    let line = |random: &mut Random| {
        format!(
            "2026-11-{:02}T10:{:02}:00Z INFO request {} took {} ms\n",
            1 + random.below(28),
            random.below(60),
            random.word(16),
            random.below(5000)
        )
    };
    let head: String = (0..before).map(|_| line(random)).collect();
    let tail: String = (0..after).map(|_| line(random)).collect();
    format!("{head}{text}\n{tail}")
}

#[test]
fn a_thousand_rewrites_of_what_varies_change_no_outcome() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut failed = Vec::new();
    for round in 0..1000 {
        let text = rewrite(&mut random);
        let (name, wrapping) = WRAPPINGS[random.below(WRAPPINGS.len())];
        let body = wrap(&text, wrapping);
        let found = answer(&read(&body.bytes, Some(body.content_type), body.content_encoding));
        let same = found.outcome == Outcome::Match && found.matches[0].article.id.as_str() == ID;
        if !same {
            failed.push(format!("round {round}, {name}: {:?}\n{text}", found.outcome));
        }
    }
    assert!(failed.is_empty(), "{} of 1000:\n{}", failed.len(), failed[..failed.len().min(3)].join("\n---\n"));
}
