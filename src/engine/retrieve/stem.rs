//! A light stemmer for English: the endings that plural, tense and adverb add, and no more.
//!
//! Articles say "packages are missing", reports "package was missed". Harder stemming would merge words that error
//! messages keep apart ("expired", "expiration" stay two). After the S-stemmer of Harman, "How effective is suffixing?",
//! JASIS 42 (1991), with past and progressive forms added.

/// The stem of a word in lower case.
pub(super) fn stem(word: &str) -> &str {
    if word.len() < 4 || !word.is_ascii() {
        return word;
    }
    let word = plural(word);
    tense(word)
}

fn plural(word: &str) -> &str {
    if word.ends_with("ies") && word.len() > 4 {
        // "dependencies" and "dependency" meet at "dependenc".
        return &word[..word.len() - 3];
    }
    if word.len() > 4 && ["sses", "shes", "ches", "xes", "zes"].iter().any(|ending| word.ends_with(ending)) {
        return &word[..word.len() - 2];
    }
    if word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is") {
        return &word[..word.len() - 1];
    }
    word
}

fn tense(word: &str) -> &str {
    let stem = if word.len() >= 6 && word.ends_with("ing") {
        &word[..word.len() - 3]
    } else if word.len() >= 5 && word.ends_with("ed") && !word.ends_with("eed") {
        &word[..word.len() - 2]
    } else if word.len() >= 5 && word.ends_with(['e', 'y', 'i']) {
        return &word[..word.len() - 1];
    } else {
        return word;
    };
    if !stem.bytes().any(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')) {
        return word;
    }
    // "running" and "run" meet, "failing" and "fail" too.
    let bytes = stem.as_bytes();
    match bytes {
        [.., a, b] if a == b && !matches!(b, b'l' | b's' | b'z') => &stem[..stem.len() - 1],
        [.., b'e' | b'y' | b'i'] if stem.len() >= 4 => &stem[..stem.len() - 1],
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_share_a_stem() {
        for forms in [
            &["package", "packages", "packaged", "packaging"][..],
            &["dependency", "dependencies"],
            &["connect", "connected", "connecting", "connects"],
            &["fail", "failed", "failing", "fails"],
            &["run", "running", "runs"],
            &["resolve", "resolved", "resolving", "resolves"],
            &["match", "matches", "matched"],
            &["retry", "retries", "retried"],
        ] {
            let stems: Vec<&str> = forms.iter().map(|form| stem(form)).collect();
            assert!(stems.iter().all(|s| *s == stems[0]), "{forms:?} gave {stems:?}");
        }
    }

    #[test]
    fn different_words_stay_apart() {
        for (a, b) in
            [("missing", "mission"), ("class", "clash"), ("address", "add"), ("status", "state"), ("this", "thing")]
        {
            assert_ne!(stem(a), stem(b));
        }
    }
}
