//! Passwords as Argon2id hashes.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// A password that cannot be hashed, or a hash that is none.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct PasswordError(String);

/// The hash of a password, `$argon2id$v=19$...`, with a salt of its own.
///
/// # Errors
/// The password is empty, or the system has no random bytes.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if password.is_empty() {
        return Err(PasswordError("the password is empty".to_owned()));
    }
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| PasswordError(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether `hash` is one that [`hash_password`] could have made.
///
/// # Errors
/// It is not; the error does not repeat it.
pub fn check_hash(hash: &str) -> Result<(), PasswordError> {
    let parsed = PasswordHash::new(hash)
        .map_err(|_| PasswordError("not a hash such as `$argon2id$v=19$...`".to_owned()))?;
    if parsed.algorithm.as_str() == "argon2id" {
        Ok(())
    } else {
        Err(PasswordError(format!(
            "a hash by `{}`, not by `argon2id`",
            parsed.algorithm
        )))
    }
}

/// Whether `password` has this hash. Slow on purpose: for threads that may block.
pub(super) fn is_right(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
        assert!(check_hash(&hash).is_ok());
        assert!(is_right("correct horse", &hash));
        assert!(!is_right("correct horse ", &hash));
        assert_ne!(hash, hash_password("correct horse").unwrap());
    }

    #[test]
    fn what_is_no_hash_is_refused_without_repeating_it() {
        let error = check_hash("hunter2").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(hash_password("").is_err());
        assert!(!is_right("hunter2", "hunter2"));
    }
}
