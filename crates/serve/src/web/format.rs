//! Figures as people read them.

/// A count with its thousands apart: `1,234,567`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time span in its two largest units: `45 s`, `5 min 30 s`, `1 h 02 min`, `3 d 4 h`.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 60 {
        format!("{seconds} s")
    } else if hours == 0 {
        format!("{minutes} min {:02} s", seconds % 60)
    } else if days == 0 {
        format!("{hours} h {:02} min", minutes % 60)
    } else {
        format!("{days} d {} h", hours % 24)
    }
}

/// A time span of fractions: `0.42 s` below ten seconds, else as [`duration`].
pub(crate) fn seconds(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.2} s")
    } else {
        duration(value.round() as i64)
    }
}

/// A size in binary units: `12.3 MiB`.
pub(crate) fn bytes(value: u64) -> String {
    let mut size = value as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return if unit == "B" {
                format!("{value} B")
            } else {
                format!("{size:.1} {unit}")
            };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

/// A share in percent with one decimal; `–` of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

/// An address that may stand in a link: `http` and `https` only.
pub(crate) fn link(url: Option<String>) -> Option<String> {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let texts: Vec<String> = [0, 999, 1000, 1_234_567].map(count).into();
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn spans_have_two_units() {
        let texts: Vec<String> = [-5, 59, 330, 3725, 273_600].map(duration).into();
        assert_eq!(
            texts,
            ["0 s", "59 s", "5 min 30 s", "1 h 02 min", "3 d 4 h"]
        );
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(12_897_485), "12.3 MiB");
        assert_eq!(bytes(u64::MAX), "16777216.0 TiB");
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert!(link(Some("https://gitlab.example.com/a".to_owned())).is_some());
        assert!(link(Some("javascript:alert(1)".to_owned())).is_none());
        assert!(link(None).is_none());
    }
}
