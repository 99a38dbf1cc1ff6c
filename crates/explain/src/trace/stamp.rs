//! Time stamps that runners put before each line.

/// What a runner wrote before the text of a line.
pub(super) struct Stamp {
    /// Bytes to drop.
    pub(super) length: usize,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    /// The line continues the one before.
    pub(super) continues: bool,
}

/// Reads `2026-11-21T10:00:00.123456Z 00O ` (GitLab, where `+` instead of the last space continues a line)
/// or `2026-11-21T10:00:00.1234567Z ` (GitHub).
pub(super) fn read(line: &[u8]) -> Option<Stamp> {
    let at = instant(line)?;
    let mut end = 19;
    if line.get(end) == Some(&b'.') {
        end += 1 + line[end + 1..]
            .iter()
            .take(9)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
    }
    if line.get(end) != Some(&b'Z') {
        return None;
    }
    end += 1;
    let rest = &line[end..];
    let gitlab = rest.len() >= 4
        && rest[0] == b' '
        && rest[1].is_ascii_hexdigit()
        && rest[2].is_ascii_hexdigit()
        && matches!(rest[3], b'O' | b'E');
    if gitlab && matches!(rest.get(4), Some(b' ' | b'+') | None) {
        let continues = rest.get(4) == Some(&b'+');
        return Some(Stamp {
            length: (end + 5).min(line.len()),
            at,
            continues,
        });
    }
    match rest.first() {
        Some(b' ') => Some(Stamp {
            length: end + 1,
            at,
            continues: false,
        }),
        None => Some(Stamp {
            length: end,
            at,
            continues: false,
        }),
        _ => None,
    }
}

/// Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS[.mmm…]`.
fn instant(line: &[u8]) -> Option<i64> {
    if line.len() < 20
        || line[4] != b'-'
        || line[7] != b'-'
        || line[10] != b'T'
        || line[13] != b':'
        || line[16] != b':'
    {
        return None;
    }
    let number = |from: usize, to: usize| {
        line[from..to].iter().try_fold(0_i64, |sum, byte| {
            byte.is_ascii_digit()
                .then(|| sum * 10 + i64::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let mut millis = 0;
    if line[19] == b'.' {
        let digits: Vec<u8> = line[20..]
            .iter()
            .copied()
            .take(3)
            .take_while(u8::is_ascii_digit)
            .collect();
        for place in 0..3 {
            millis = millis * 10 + digits.get(place).map_or(0, |byte| i64::from(byte - b'0'));
        }
    }
    Some(((days(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + millis)
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
