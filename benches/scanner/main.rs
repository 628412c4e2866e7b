//! Many signatures held against one text: kbmatch's scanner beside other engines, on one core, in one run.
//!
//! `cargo bench --bench scanner [-- SIZE...]` takes the numbers of signatures (100, 1,000, 10,000, 100,000 and 1,000,000
//! unless told otherwise). With `--features bench-hyperscan` Hyperscan takes part up to 10,000; it needs the system's
//! libhs. Aho-Corasick takes part up to 100,000, `RegexSet` and the loop over `Regex`, which is the truth, up to 1,000. At
//! larger sizes every planted match must be found and every other one is confirmed by its own expression.

mod engines;
#[cfg(feature = "bench-hyperscan")]
mod hyperscan;
mod memory;
mod workload;

use std::time::{Duration, Instant};

use engines::{AhoCorasickVerify, Engine, Kbmatch, Loop, OneSet};
use workload::{Random, Signature, Text, log, signatures};

/// Texts of one kind, in the order of the columns.
struct Kind {
    name: &'static str,
    bytes: usize,
    plants: usize,
    texts: usize,
}

const LOGS: [Kind; 4] = [
    Kind { name: "4 KB", bytes: 4 << 10, plants: 1, texts: 200 },
    Kind { name: "64 KB", bytes: 64 << 10, plants: 3, texts: 40 },
    Kind { name: "1 MB, 0", bytes: 1 << 20, plants: 0, texts: 4 },
    Kind { name: "1 MB, 3", bytes: 1 << 20, plants: 3, texts: 4 },
];
/// Single errors, each of another signature and each seen once.
const SINGLES: usize = 10_000;
/// Each kind of log is gone through until this much time has passed.
const TIME: Duration = Duration::from_millis(600);

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![100, 1_000, 10_000, 100_000, 1_000_000] } else { sizes };
    for size in sizes {
        run(size);
    }
}

fn run(size: usize) {
    let mut random = Random::new();
    let signatures = signatures(size, &mut random);
    let singles = |random: &mut Random| -> Vec<Text> {
        (0..SINGLES)
            .map(|number| {
                let at = number * (size / SINGLES).max(1) % size;
                let planted = vec![u32::try_from(at).expect("at most a million signatures")];
                Text { text: signatures[at].sample(random), planted }
            })
            .collect()
    };
    let (cold, warm) = (singles(&mut random), singles(&mut random));
    let logs: Vec<Vec<Text>> = LOGS
        .iter()
        .map(|kind| (0..kind.texts).map(|_| log(kind.bytes, kind.plants, &signatures, &mut random)).collect())
        .collect();
    println!(
        "\n{size} signatures, one error of {} bytes on average",
        warm.iter().map(|t| t.text.len()).sum::<usize>() / SINGLES
    );
    print!("{:<24}{:>9}{:>9}{:>17}{:>17}", "", "build s", "B/sig", "cold p50/p99 us", "warm p50/p99 us");
    for kind in &LOGS {
        print!("{:>20}", format!("{} us (MB/s)", kind.name));
    }
    println!("{:>7}", "wrong");
    let patterns: Vec<&str> = signatures.iter().map(|signature| signature.pattern.as_str()).collect();
    let mut truth = (size <= 1_000).then(|| Loop::new(&patterns));
    let mut row = |make: &dyn Fn() -> Box<dyn Engine>| measure(make, &signatures, &cold, &warm, &logs, truth.as_mut());
    row(&|| Box::new(Kbmatch::new(&patterns, false)));
    row(&|| Box::new(Kbmatch::new(&patterns, true)));
    if size <= 100_000 {
        row(&|| Box::new(AhoCorasickVerify::new(&patterns)));
    }
    if size <= 1_000 {
        row(&|| Box::new(OneSet::new(&patterns)));
        row(&|| Box::new(Loop::new(&patterns)));
    }
    #[cfg(feature = "bench-hyperscan")]
    if size <= 10_000 {
        row(&|| Box::new(hyperscan::Hyperscan::new(&patterns)));
    }
}

/// Prints one engine's row.
fn measure(
    make: &dyn Fn() -> Box<dyn Engine>,
    signatures: &[Signature],
    cold: &[Text],
    warm: &[Text],
    logs: &[Vec<Text>],
    mut truth: Option<&mut Loop>,
) {
    let (before, start) = (memory::live(), Instant::now());
    let mut engine = make();
    let built = start.elapsed().as_secs_f64();
    let mut times = Vec::with_capacity(SINGLES);
    // A slow engine sees fewer: two seconds' worth.
    let mut each = |engine: &mut dyn Engine, texts: &[Text]| {
        times.clear();
        let start = Instant::now();
        for text in texts {
            times.push(time(engine, &text.text));
            if start.elapsed() > Duration::from_secs(2) {
                break;
            }
        }
        (quantile(&mut times, 0.5), quantile(&mut times, 0.99))
    };
    let first = each(engine.as_mut(), cold);
    let again = each(engine.as_mut(), warm);
    let bytes = memory::live().saturating_sub(before) + engine.more_bytes();
    print!(
        "{:<24}{built:>9.3}{:>9}{:>17}{:>17}",
        engine.name(),
        bytes / signatures.len(),
        format!("{:.2} / {:.2}", first.0, first.1),
        format!("{:.2} / {:.2}", again.0, again.1)
    );
    let mut wrong = 0;
    for (kind, texts) in LOGS.iter().zip(logs) {
        let mut times = Vec::new();
        let start = Instant::now();
        while start.elapsed() < TIME {
            times.extend(texts.iter().map(|text| time(engine.as_mut(), &text.text)));
        }
        let median = quantile(&mut times, 0.5);
        print!("{:>20}", format!("{median:.1} ({:.0})", kind.bytes as f64 / median));
        wrong += texts
            .iter()
            .take(20)
            .map(|text| errors(engine.as_mut(), text, signatures, truth.as_deref_mut()))
            .sum::<usize>();
    }
    let sample = warm.iter().step_by(warm.len() / 500);
    wrong += sample.map(|text| errors(engine.as_mut(), text, signatures, truth.as_deref_mut())).sum::<usize>();
    println!("{wrong:>7}");
}

/// Microseconds that one text takes.
fn time(engine: &mut dyn Engine, text: &str) -> f64 {
    let mut found = Vec::with_capacity(64);
    let start = Instant::now();
    engine.matches(text, &mut found);
    let took = start.elapsed().as_secs_f64() * 1e6;
    std::hint::black_box(found);
    took
}

fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the list")]
    let at = (times.len().saturating_sub(1) as f64 * share) as usize;
    times.get(at).copied().unwrap_or(f64::NAN)
}

/// Matches that are missing or that the signature's own expression does not confirm.
fn errors(engine: &mut dyn Engine, text: &Text, signatures: &[Signature], truth: Option<&mut Loop>) -> usize {
    let mut found = Vec::new();
    engine.matches(&text.text, &mut found);
    found.sort_unstable();
    if let Some(truth) = truth {
        let mut expected = Vec::new();
        truth.matches(&text.text, &mut expected);
        return usize::from(found != expected);
    }
    let missing = text.planted.iter().filter(|number| !found.contains(number)).count();
    let extra = found.iter().filter(|number| !text.planted.contains(number)).filter(|&&number| {
        let own = regex::Regex::new(&signatures[number as usize].pattern).expect("patterns are right");
        !own.is_match(&text.text)
    });
    missing + extra.count()
}
