//! Names of standards that look like error codes: letters and a number, as `X509`, `utf8` or `SHA256`.
//!
//! An article about a certificate does not carry the code "X509", and a report that shows it names no error.

/// Letters in lower case, and the numbers that are known behind them; none where any is. Each is a name under which the
/// body that keeps the standard publishes it: ISO, IEC, IEEE and ITU-T numbers, RFC 20, 791, 3447, 4648, 5246, 6749, 7518,
/// 8017, 9110 and 9112, FIPS 180-4, 197 and 202, ECMA-262, CVE and GHSA identifiers, Windows code pages, processors.
const STANDARDS: [(&str, &[&str]); 42] = [
    ("aarch", &["64"]),
    ("aes", &["128", "192", "256"]),
    ("amd", &["64"]),
    ("arm", &["6", "7", "32", "64"]),
    ("armv", &["5", "6", "7", "8"]),
    ("base", &["16", "32", "58", "64"]),
    ("cp", &["437", "850", "932", "936", "949", "1250", "1251", "1252"]),
    ("crc", &["16", "32", "64"]),
    ("cve", &[]),
    ("ecma", &[]),
    ("ed", &["25519", "448"]),
    (
        "es",
        &[
            "3", "5", "6", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024", "256",
            "384", "512",
        ],
    ),
    ("float", &["16", "32", "64"]),
    ("gb", &["2312", "18030"]),
    ("ghsa", &[]),
    ("h", &["261", "263", "264", "265"]),
    ("hs", &["256", "384", "512"]),
    ("http", &["1", "2", "3"]),
    ("i", &["386", "486", "586", "686"]),
    ("iec", &[]),
    ("ieee", &[]),
    ("int", &["8", "16", "32", "64"]),
    ("ipv", &["4", "6"]),
    ("iso", &[]),
    ("koi", &["8"]),
    ("latin", &["1"]),
    ("md", &["2", "4", "5"]),
    ("oauth", &["1", "2"]),
    ("pep", &[]),
    ("pkcs", &["1", "5", "7", "8", "10", "11", "12"]),
    ("ps", &["256", "384", "512"]),
    ("rfc", &[]),
    ("ripemd", &["128", "160"]),
    ("rs", &["256", "384", "512"]),
    ("rsa", &["1024", "2048", "3072", "4096"]),
    ("sha", &["1", "2", "3", "224", "256", "384", "512"]),
    ("tls", &["1", "10", "11", "12", "13"]),
    ("ucs", &["2", "4"]),
    ("uint", &["8", "16", "32", "64"]),
    ("utf", &["7", "8", "16", "32"]),
    ("win", &["32", "64"]),
    ("x", &["25", "32", "64", "86", "400", "500", "509"]),
];

/// Whether a word is the name of a standard, letter case ignored.
pub(crate) fn is_standard(word: &str) -> bool {
    let letters = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    let (letters, number) = word.split_at(letters);
    let known = STANDARDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(letters));
    known.is_some_and(|(_, numbers)| {
        number.bytes().all(|b| b.is_ascii_digit()) && (numbers.is_empty() || numbers.contains(&number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standards_are_told_from_codes() {
        for name in ["X509", "x509", "utf8", "SHA256", "RFC2616", "cve2024", "OAuth2"] {
            assert!(is_standard(name), "{name}");
        }
        for code in ["NU1605", "MD041", "x5", "X509E", "utf", "2fa", "C2065", "H100"] {
            assert!(!is_standard(code), "{code}");
        }
    }
}
