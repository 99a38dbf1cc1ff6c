//! Sessions: a signed cookie that says who and until when.

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::ExposeSecret;

use super::User;
use super::sign::{Signer, nonce, same};

/// Who signed in, as the cookie tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    /// Name of the person.
    pub(super) user: String,
    /// Tells this session from others of the same person.
    pub(super) nonce: String,
    /// When it ends.
    pub(super) expires: i64,
}

impl Session {
    /// A new one.
    pub(super) fn new(user: &User, now: Timestamp, seconds: u64) -> Self {
        Self {
            user: user.name.clone(),
            nonce: nonce(),
            expires: now
                .as_second()
                .saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX)),
        }
    }

    /// The cookie: `expires.nonce.signature.name`.
    pub(super) fn cookie(&self, user: &User, signer: &Signer) -> String {
        let name = utf8_percent_encode(&self.user, NON_ALPHANUMERIC);
        let signature = self.signature(user, signer);
        format!("{}.{}.{signature}.{name}", self.expires, self.nonce)
    }

    /// The session of a cookie, if we made it, its person still has the password it began with, and it has not ended.
    pub(super) fn read(
        cookie: &str,
        users: &[User],
        signer: &Signer,
        now: Timestamp,
    ) -> Option<Self> {
        let mut parts = cookie.splitn(4, '.');
        let (expires, nonce, signature, name) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let session = Self {
            user: percent_decode_str(name).decode_utf8().ok()?.into_owned(),
            nonce: nonce.to_owned(),
            expires: expires.parse().ok()?,
        };
        let user = users.iter().find(|user| user.name == session.user)?;
        let ours = same(&session.signature(user, signer), signature);
        (ours && session.expires > now.as_second()).then_some(session)
    }

    fn signature(&self, user: &User, signer: &Signer) -> String {
        signer.sign(&[
            "session",
            &self.expires.to_string(),
            &self.nonce,
            &self.user,
            user.password_hash.expose_secret(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str, hash: &str) -> User {
        User {
            name: name.to_owned(),
            password_hash: hash.into(),
        }
    }

    #[test]
    fn a_session_is_read_back_until_it_ends() {
        let (user, signer) = (user("j. döe", "hash"), Signer::new(&[7; 32]));
        let now = Timestamp::UNIX_EPOCH;
        let session = Session::new(&user, now, 60);
        let cookie = session.cookie(&user, &signer);
        assert!(cookie.bytes().all(|byte| byte.is_ascii_graphic()));
        let users = [user];
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(
            Session::read(&cookie, &users, &signer, at(59)),
            Some(session)
        );
        assert_eq!(Session::read(&cookie, &users, &signer, at(60)), None);
    }

    #[test]
    fn a_session_of_another_key_password_or_person_is_none() {
        let (ann, signer) = (user("ann", "hash"), Signer::new(&[7; 32]));
        let now = Timestamp::UNIX_EPOCH;
        let cookie = Session::new(&ann, now, 60).cookie(&ann, &signer);
        let read = |cookie: &str, users: &[User], key: u8| {
            Session::read(cookie, users, &Signer::new(&[key; 32]), now).is_some()
        };
        assert!(read(&cookie, std::slice::from_ref(&ann), 7));
        assert!(!read(&cookie, std::slice::from_ref(&ann), 8));
        assert!(!read(&cookie, &[user("ann", "new hash")], 7));
        assert!(!read(&cookie, &[user("bob", "hash")], 7));
        let longer = cookie.replacen("60.", "61.", 1);
        assert!(!read(&longer, std::slice::from_ref(&ann), 7));
        let other = cookie.replace(".ann", ".bob");
        assert!(!read(&other, &[ann, user("bob", "hash")], 7));
    }
}
