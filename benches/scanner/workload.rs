//! Signatures as developers write them and texts as programs print them, the same on every run.

/// Message, then how samples fill its holes: `w` a constant word of the signature, `n` a serial number of the signature,
/// `L` a lazy wildcard, `D` digits, `A` non-space or an angle-bracketed run. Holes are written `{w}`, `{L}` and so on.
const TEMPLATES: [&str; 20] = [
    "TypeError: Cannot read properties of undefined (reading '{w}') at {L} in {w}",
    "java.lang.IllegalStateException: {w} bean '{w}' could not be created: {L}",
    "ModuleNotFoundError: No module named '{w}.{w}' (line {D})",
    "System.InvalidOperationException: The {w} of type '{A}' was not registered in {w}",
    "panic: runtime error: {w} index out of range [{D}] with {w} length {D}",
    "thread '{w}' panicked at src/{w}.rs:{D}:{D}",
    "PHP Fatal error: Uncaught Error: Call to undefined method {w}::{w}() in {L}",
    "ERROR: duplicate key value violates unique constraint \"{w}_{w}_key\" on {A}",
    "upstream {w} returned HTTP {D} for /{w}/{w}",
    "npm ERR! peer dep missing: {w}@{L}, required by {w}",
    "Back-off restarting failed container {w} in pod {w}-{L}",
    "Error response from daemon: driver failed programming external connectivity on endpoint {w}_{w}",
    "The service {w} terminated with error code KB{n}",
    "{w} connection to {A} refused: {w} handshake failed after {D} ms",
    "error[KB{n}]: mismatched {w} types in {w}",
    "ORA-KB{n}: {w} {w} rejected",
    "Failed to load {w} plugin: {L}: {w} is not a valid version",
    "javax.net.ssl.SSLHandshakeException: {w} certificate for {w} expired on {L}",
    "Unable to mount volumes for pod {w}: timeout expired waiting for {w} claim {L}",
    "{w}: permission denied while trying to open {L} as user {w}",
];
const SYLLABLES: [&str; 24] = [
    "ka", "lo", "mi", "ren", "ta", "su", "vel", "no", "dra", "pe", "qui", "zor", "ba", "fen", "gi", "hul", "jo", "wex",
    "cy", "tor", "mal", "nex", "ri", "und",
];
const LEVELS: [&str; 4] = ["INFO", "DEBUG", "WARN", "ERROR"];
const PHRASES: [&str; 10] = [
    "completed",
    "retrying",
    "cache miss on",
    "opened session",
    "queue drained for",
    "rejected by",
    "scheduled",
    "connection to",
    "flushed",
    "waiting for",
];

/// Marsaglia's xorshift64 ("Xorshift RNGs", 2003).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from((self.next() >> 16) % bound as u64).expect("a remainder of a usize")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn word(&mut self) -> String {
        (0..2 + self.below(3)).map(|_| self.pick(&SYLLABLES)).collect()
    }

    /// What a sample puts for a wildcard.
    fn filling(&mut self) -> String {
        match self.below(5) {
            0 => format!("{:x}", self.next() & 0xff_ffff),
            1 => format!("10.{}.{}.{}:{}", self.below(256), self.below(256), self.below(256), self.below(65536)),
            2 => format!("/var/lib/{}/{}", self.word(), self.word()),
            3 => self.below(1_000_000).to_string(),
            _ => self.word(),
        }
    }

    fn log_line(&mut self, text: &mut String) {
        let (level, thread, number, pool) = (self.pick(&LEVELS), self.word(), self.below(64), self.word());
        let (class, method, phrase, word) = (self.word(), self.word(), self.pick(&PHRASES), self.word());
        let (day, hour, minute, second) = (1 + self.below(28), self.below(24), self.below(60), self.below(60));
        let (request, took) = (self.next(), self.below(5000));
        let capital = class[..1].to_uppercase();
        let line = format!(
            "2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}Z {level} [{thread}-{number}-{pool}] {capital}{}.{method}: \
             {phrase} {word} for request {request:016x} took {took} ms\n",
            &class[1..]
        );
        text.push_str(&line);
    }
}

/// One signature: its pattern, and its message with only the wildcards left open.
pub(crate) struct Signature {
    pub(crate) pattern: String,
    message: String,
}

/// The first `count` signatures.
pub(crate) fn signatures(count: usize, random: &mut Random) -> Vec<Signature> {
    // Hashes instead of copies, whose freeing would leave a heap of a million holes to every engine.
    let mut known = std::collections::HashSet::new();
    let state = std::hash::RandomState::new();
    (0..count)
        .map(|number| {
            loop {
                let signature = signature(TEMPLATES[number % TEMPLATES.len()], number, random);
                if known.insert(std::hash::BuildHasher::hash_one(&state, &signature.pattern)) {
                    return signature;
                }
            }
        })
        .collect()
}

fn signature(template: &str, number: usize, random: &mut Random) -> Signature {
    let (mut pattern, mut message) = (String::new(), String::new());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        pattern.push_str(&regex::escape(&rest[..at]));
        message.push_str(&rest[..at]);
        let hole = &rest[at..at + 3];
        let constant = match hole {
            "{w}" => random.word(),
            "{n}" => format!("{number:07}"),
            _ => String::new(),
        };
        pattern.push_str(match hole {
            "{L}" => ".{1,120}?",
            "{D}" => r"\d+",
            "{A}" => r"(?:[^\s<]+|<[^>\n]+>)",
            _ => &constant,
        });
        message.push_str(if constant.is_empty() { hole } else { &constant });
        rest = &rest[at + 3..];
    }
    pattern.push_str(&regex::escape(rest));
    message.push_str(rest);
    Signature { pattern, message }
}

impl Signature {
    /// One text that the signature matches.
    pub(crate) fn sample(&self, random: &mut Random) -> String {
        let mut sample = String::new();
        let mut rest = self.message.as_str();
        while let Some(at) = rest.find('{') {
            sample.push_str(&rest[..at]);
            match &rest[at..at + 3] {
                "{D}" => sample.push_str(&random.below(10_000).to_string()),
                "{A}" if random.below(3) == 0 => sample.extend(["<", &random.word(), " ", &random.word(), ">"]),
                _ => sample.push_str(&random.filling()),
            }
            rest = &rest[at + 3..];
        }
        sample + rest
    }
}

/// A text and the signatures planted in it.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) planted: Vec<u32>,
}

/// A log of about `bytes` bytes with samples of `plants` signatures.
pub(crate) fn log(bytes: usize, plants: usize, signatures: &[Signature], random: &mut Random) -> Text {
    let mut text = String::with_capacity(bytes + 400);
    let mut planted = Vec::new();
    while text.len() < bytes {
        if planted.len() < plants && text.len() >= bytes * (2 * planted.len() + 1) / (2 * plants) {
            let number = random.below(signatures.len());
            planted.push(u32::try_from(number).expect("at most a million signatures"));
            text.push_str(&signatures[number].sample(random));
            text.push('\n');
        }
        random.log_line(&mut text);
    }
    Text { text, planted }
}
