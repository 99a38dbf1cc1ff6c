//! How alike two short texts are.

use std::collections::HashSet;

/// Likeness of two texts by the groups of three letters they share: 0 to 1.
///
/// Twice the shared ones of all (Sørensen and Dice), without regard to case and to how often each occurs.
pub fn alike(a: &str, b: &str) -> f64 {
    let (a, b) = (trigrams(a), trigrams(b));
    let all = a.len() + b.len();
    if all == 0 {
        return 0.0;
    }
    2.0 * a.intersection(&b).count() as f64 / all as f64
}

fn trigrams(text: &str) -> HashSet<[char; 3]> {
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    letters
        .windows(3)
        .map(|three| [three[0], three[1], three[2]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_one_and_nothing_in_common_is_none() {
        assert!((alike("Connection refused", "connection REFUSED") - 1.0).abs() < 1e-12);
        assert!(alike("Connection refused", "zzzz").abs() < 1e-12);
        assert!(alike("", "").abs() < 1e-12);
    }

    #[test]
    fn a_changed_word_leaves_most() {
        let near = alike(
            "Connection to <HOST>:5432 refused",
            "Connection to <HOST>:5433 was refused",
        );
        assert!(near > 0.7 && near < 1.0, "{near}");
    }
}
