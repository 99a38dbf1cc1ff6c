//! Cookies, read and written.

use axum::http::{HeaderMap, HeaderValue, header};

/// Value of the first cookie of that name.
pub(super) fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Sets a cookie that scripts do not see and other sites do not send; it goes after `seconds`, at once with 0.
///
/// `value` must be of letters that cookies may have.
pub(super) fn set(headers: &mut HeaderMap, name: &str, value: &str, seconds: u64, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; bc=2=3"));
        headers.append(header::COOKIE, HeaderValue::from_static("d=4"));
        assert_eq!(get(&headers, "bc"), Some("2=3"));
        assert_eq!(get(&headers, "d"), Some("4"));
        assert_eq!(get(&headers, "b"), None);
    }

    #[test]
    fn cookies_are_secure_where_the_connection_is() {
        let mut headers = HeaderMap::new();
        set(&mut headers, "s", "x", 60, true);
        let text = headers[header::SET_COOKIE].to_str().unwrap();
        assert_eq!(
            text,
            "s=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
    }
}
