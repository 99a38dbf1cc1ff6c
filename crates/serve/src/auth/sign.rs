//! Signatures and random words, all of them hexadecimal text.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Signs with one key.
pub(super) struct Signer(Hmac<Sha256>);

impl Signer {
    /// A signer by `key`.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(
            Hmac::new_from_slice(key)
                .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length")),
        )
    }

    /// Signature over `parts`, which cannot be confused with other parts of the same text.
    pub(super) fn sign(&self, parts: &[&str]) -> String {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex(&mac.finalize().into_bytes())
    }
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// 32 random bytes.
pub(super) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .unwrap_or_else(|error| unreachable!("the system has no random bytes: {error}"));
    bytes
}

/// A random word of 32 letters.
pub(super) fn nonce() -> String {
    hex(&random()[..16])
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_depend_on_key_and_on_where_parts_end() {
        let signer = Signer::new(&[1; 32]);
        assert_eq!(signer.sign(&["ab", "c"]), signer.sign(&["ab", "c"]));
        assert_ne!(signer.sign(&["ab", "c"]), signer.sign(&["a", "bc"]));
        assert_ne!(
            signer.sign(&["ab", "c"]),
            Signer::new(&[2; 32]).sign(&["ab", "c"])
        );
        assert_eq!(signer.sign(&[]).len(), 64);
    }

    #[test]
    fn random_words_differ() {
        assert_ne!(nonce(), nonce());
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "abcd"));
    }
}
