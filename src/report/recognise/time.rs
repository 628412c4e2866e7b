//! Dates and times of day in the forms of logs, mails and people.

use super::PieceKind;
use super::bytes::{byte, is_word, number, run, starts_with_ignore_case};

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The date or time that starts with the digit at `at`: ISO 8601, `12/Oct/2026:09:14:03 +0000`, `14.10.2026 07:41`,
/// `09:14:03.120`, `12 Oct 2026 09:14:03 GMT`, `20261014T074122Z`.
pub(super) fn time_at(bytes: &[u8], at: usize) -> Option<(usize, PieceKind)> {
    if let Some(end) = clock_end(bytes, at) {
        return Some((end, PieceKind::Timestamp));
    }
    let date_end = date_end(bytes, at)?;
    Some(with_clock(bytes, date_end))
}

/// The date or time that starts with a letter at `at`: `Oct 12 09:14:03`, `Mon, 12 Oct 2026 09:14:03 GMT`.
pub(super) fn named_time_at(bytes: &[u8], at: usize) -> Option<(usize, PieceKind)> {
    if let Some(end) = name_end(bytes, at, DAYS) {
        let next = run(bytes, end, 2, |b| matches!(b, b',' | b' '));
        return if byte(bytes, next).is_ascii_digit() {
            time_at(bytes, next)
        } else {
            named_time_at_month(bytes, next)
        };
    }
    named_time_at_month(bytes, at)
}

fn named_time_at_month(bytes: &[u8], at: usize) -> Option<(usize, PieceKind)> {
    let month = name_end(bytes, at, MONTHS)?;
    let day = run(bytes, month, 2, |b| b == b' ');
    let day_end = run(bytes, day, 2, |b| b.is_ascii_digit());
    if day == month || day_end == day {
        return None;
    }
    let year = run(bytes, day_end, 2, |b| matches!(b, b',' | b' '));
    let year_end = run(bytes, year, 5, |b| b.is_ascii_digit());
    if year_end - year == 4 && byte(bytes, year_end) != b':' {
        return Some(with_clock(bytes, year_end));
    }
    let (end, kind) = with_clock(bytes, day_end);
    let year_end = run(bytes, end + 1, 5, |b| b.is_ascii_digit());
    if byte(bytes, end) == b' ' && year_end == end + 5 && is_year(bytes, end + 1) {
        return Some((year_end, PieceKind::Timestamp));
    }
    Some((end, kind))
}

/// End of a month's or day's name, short or whole, at `at`.
fn name_end(bytes: &[u8], at: usize, names: &[&str]) -> Option<usize> {
    if !names.iter().any(|name| starts_with_ignore_case(bytes, at, name)) {
        return None;
    }
    let end = run(bytes, at, 10, |b| b.is_ascii_alphabetic());
    let short = end - at == 3;
    let whole = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    (byte(bytes, at).is_ascii_uppercase() && (short || super::tables::has(&whole, &bytes[at..end]))).then_some(end)
}

fn is_year(bytes: &[u8], at: usize) -> bool {
    number(bytes, at, at + 4).is_some_and(|year| (1900..2200).contains(&year))
}

/// A time of day and zone behind a date.
fn with_clock(bytes: &[u8], date_end: usize) -> (usize, PieceKind) {
    let gap = run(bytes, date_end, 2, |b| matches!(b, b' ' | b'T' | b't' | b':' | b',' | b'_'));
    match clock_end(bytes, gap) {
        Some(end) if gap > date_end => (end, PieceKind::Timestamp),
        // The form without separators has its time already.
        _ if bytes[date_end - 1] == b'Z' => (date_end, PieceKind::Timestamp),
        _ => (date_end, PieceKind::Date),
    }
}

/// End of the date of digits, or of day, month's name and year, that starts at `at`.
fn date_end(bytes: &[u8], at: usize) -> Option<usize> {
    let digits = run(bytes, at, 9, |b| b.is_ascii_digit());
    let separator = byte(bytes, digits);
    match (digits - at, separator) {
        // 20261014T074122Z
        (8, b'T') => {
            let clock = run(bytes, digits + 1, 6, |b| b.is_ascii_digit());
            let fits = is_year(bytes, at) && in_range(bytes, at + 4, at + 6, 12) && clock == digits + 7;
            fits.then(|| zone_end(bytes, fraction_end(bytes, clock))).filter(|&end| !is_word(byte(bytes, end)))
        }
        (4, b'-' | b'/' | b'.') => {
            let month = digits + 1;
            let month_end = run(bytes, month, 2, |b| b.is_ascii_digit());
            let day = month_end + 1;
            let day_end = run(bytes, day, 2, |b| b.is_ascii_digit());
            let fits = is_year(bytes, at)
                && in_range(bytes, month, month_end, 12)
                && byte(bytes, month_end) == separator
                && in_range(bytes, day, day_end, 31);
            (fits && (!is_word(byte(bytes, day_end)) || byte(bytes, day_end) == b'T')).then_some(day_end)
        }
        (1 | 2, b'/' | b'.' | b'-' | b' ') if in_range(bytes, at, digits, 31) => {
            day_first_end(bytes, digits, separator)
        }
        _ => None,
    }
}

/// End of `…/Oct/2026`, `….10.2026` or `… Oct 2026` whose day ends at `day_end`.
fn day_first_end(bytes: &[u8], day_end: usize, separator: u8) -> Option<usize> {
    let month = day_end + 1;
    let month_end = match name_end(bytes, month, MONTHS) {
        Some(end) => end,
        None if separator == b' ' => return None,
        None => {
            let end = run(bytes, month, 2, |b| b.is_ascii_digit());
            // Day and month change places with the country.
            in_range(bytes, month, end, 31).then_some(end)?
        }
    };
    let year = month_end + 1;
    let year_end = run(bytes, year, 5, |b| b.is_ascii_digit());
    let fits = byte(bytes, month_end) == separator && year_end - year == 4 && is_year(bytes, year);
    (fits && !byte(bytes, year_end).is_ascii_alphanumeric()).then_some(year_end)
}

fn in_range(bytes: &[u8], start: usize, end: usize, max: u32) -> bool {
    number(bytes, start, end).is_some_and(|n| (1..=max).contains(&n))
}

/// End of the time of day at `at`, with fraction and zone: `09:14`, `09:14:03,123`, `9:14 PM`, `07:41:22.918+02:00`.
fn clock_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hour_end = run(bytes, at, 3, |b| b.is_ascii_digit());
    let minute = hour_end + 1;
    let minute_end = run(bytes, minute, 3, |b| b.is_ascii_digit());
    let hour = number(bytes, at, hour_end)?;
    let fits = hour_end - at <= 2
        && hour < 24
        && byte(bytes, hour_end) == b':'
        && minute_end == minute + 2
        && byte(bytes, minute) < b'6';
    if !fits {
        return None;
    }
    let second_end = run(bytes, minute_end + 1, 3, |b| b.is_ascii_digit());
    let has_seconds = byte(bytes, minute_end) == b':' && second_end == minute_end + 3;
    // Without seconds, `10:15` may be a line and a column: two digits of the hour, and nothing but a space before.
    if !has_seconds {
        let separate = matches!(super::bytes::before(bytes, at), 0 | b' ' | b'\n' | b'T' | b'[' | b'(');
        let end = zone_end(bytes, meridiem_end(bytes, minute_end));
        return (hour_end - at == 2
            && separate
            && !matches!(byte(bytes, end), b':' | b')')
            && !is_word(byte(bytes, end)))
        .then_some(end);
    }
    let end = zone_end(bytes, meridiem_end(bytes, fraction_end(bytes, second_end)));
    (!is_word(byte(bytes, end)) && byte(bytes, end) != b':').then_some(end)
}

fn fraction_end(bytes: &[u8], at: usize) -> usize {
    let end = run(bytes, at + 1, 9, |b| b.is_ascii_digit());
    if matches!(byte(bytes, at), b'.' | b',') && end > at + 1 { end } else { at }
}

fn meridiem_end(bytes: &[u8], at: usize) -> usize {
    let start = run(bytes, at, 1, |b| b == b' ');
    let fits =
        ["am", "pm"].iter().any(|m| starts_with_ignore_case(bytes, start, m)) && !is_word(byte(bytes, start + 2));
    if fits { start + 2 } else { at }
}

/// End of the zone behind a time: `Z`, `+02:00`, ` +0000`, ` GMT`.
fn zone_end(bytes: &[u8], at: usize) -> usize {
    if matches!(byte(bytes, at), b'Z' | b'z') {
        return at + 1;
    }
    let start = run(bytes, at, 1, |b| b == b' ');
    if ["UTC", "GMT"].iter().any(|zone| starts_with_ignore_case(bytes, start, zone)) && !is_word(byte(bytes, start + 3))
    {
        return start + 3;
    }
    if matches!(byte(bytes, start), b'+' | b'-') {
        let hours = run(bytes, start + 1, 4, |b| b.is_ascii_digit());
        if hours == start + 5 && !is_word(byte(bytes, hours)) {
            return hours;
        }
        let minutes = run(bytes, hours + 1, 2, |b| b.is_ascii_digit());
        if hours == start + 3 && byte(bytes, hours) == b':' && minutes == hours + 3 {
            return minutes;
        }
    }
    at
}
