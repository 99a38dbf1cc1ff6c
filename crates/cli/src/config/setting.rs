//! The types a setting may have: how each is read from TOML or from text, and shown.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use labtower_sync::Patterns;
use regex::Regex;
use secrecy::{ExposeSecret, SecretString};
use toml::de::DeValue;
use url::Url;

/// A value as it was written: in the file, or in an environment variable.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A value of `config.toml`.
    Toml(&'a DeValue<'a>),
    /// The text of an environment variable; lists are separated by commas.
    Text(&'a str),
}

/// A type that a setting can have.
pub trait Setting: Sized {
    /// What a reader of the reference calls the type, such as `whole number`.
    const KIND: &'static str;

    /// Reads what was written.
    ///
    /// # Errors
    /// A message for people, which never quotes a secret.
    fn read(input: Input<'_>) -> Result<Self, String>;

    /// The value as TOML with secrets masked; `None` when the setting is not set.
    fn show(&self) -> Option<String>;
}

/// The error for a TOML value of another type.
fn expected(kind: &str, value: &DeValue<'_>) -> String {
    format!("expected {kind}, found {}", value.type_str())
}

/// The text of a string value; environment variables are always text.
fn text<'a>(input: Input<'a>, kind: &str) -> Result<&'a str, String> {
    match input {
        Input::Text(text) => Ok(text),
        Input::Toml(DeValue::String(text)) => Ok(text),
        Input::Toml(other) => Err(expected(kind, other)),
    }
}

/// A string as TOML; the escapes of a Rust string that can occur here are those of TOML too.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl Setting for bool {
    const KIND: &'static str = "true or false";

    fn read(input: Input<'_>) -> Result<Self, String> {
        match input {
            Input::Toml(DeValue::Boolean(value)) => Ok(*value),
            Input::Toml(other) => Err(expected(Self::KIND, other)),
            Input::Text("true" | "1" | "yes" | "on") => Ok(true),
            Input::Text("false" | "0" | "no" | "off") => Ok(false),
            Input::Text(other) => Err(format!("expected {}, found `{other}`", Self::KIND)),
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// Reads any whole number type; the range is the type's own.
fn whole<T: TryFrom<i128> + std::fmt::Display>(
    input: Input<'_>,
    kind: &str,
    range: (T, T),
) -> Result<T, String> {
    let number = match input {
        Input::Toml(DeValue::Integer(number)) => {
            i128::from_str_radix(number.as_str(), number.radix()).ok()
        }
        Input::Toml(other) => return Err(expected(kind, other)),
        Input::Text(text) => text.parse().ok(),
    };
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("expected {kind} from {} to {}", range.0, range.1))
}

/// Implements [`Setting`] for whole number types.
macro_rules! whole_number {
    ($($type:ty),+) => {$(
        impl Setting for $type {
            const KIND: &'static str = "whole number";

            fn read(input: Input<'_>) -> Result<Self, String> {
                whole(input, "a whole number", (Self::MIN, Self::MAX))
            }

            fn show(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+};
}

whole_number!(u16, u32, usize);

impl Setting for f64 {
    const KIND: &'static str = "number";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let number = match input {
            Input::Toml(DeValue::Float(number)) => number.as_str().parse().ok(),
            Input::Toml(DeValue::Integer(number)) if number.radix() == 10 => {
                number.as_str().parse().ok()
            }
            Input::Toml(other) => return Err(expected("a number", other)),
            Input::Text(text) => text.parse().ok(),
        };
        number
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| "expected a number".to_owned())
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for Duration {
    const KIND: &'static str = "seconds";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let seconds = f64::read(input).map_err(|error| format!("{error} of seconds"))?;
        Duration::try_from_secs_f64(seconds)
            .map_err(|_| format!("`{seconds}` is not a number of seconds one can wait"))
    }

    fn show(&self) -> Option<String> {
        Some(self.as_secs_f64().to_string())
    }
}

impl Setting for String {
    const KIND: &'static str = "text";

    fn read(input: Input<'_>) -> Result<Self, String> {
        text(input, "text").map(str::to_owned)
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "path";

    fn read(input: Input<'_>) -> Result<Self, String> {
        match text(input, "a path")? {
            "" => Err("expected a path, found nothing".to_owned()),
            path => Ok(Self::from(path)),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

impl Setting for Url {
    const KIND: &'static str = "URL";

    fn read(input: Input<'_>) -> Result<Self, String> {
        // The text itself may hold a password, so the message does not repeat it.
        let url: Url = text(input, "a URL")?
            .trim()
            .parse()
            .map_err(|error| format!("not a URL: {error}"))?;
        if url.has_host() {
            Ok(url)
        } else {
            Err("the URL has no host".to_owned())
        }
    }

    fn show(&self) -> Option<String> {
        let mut url = self.clone();
        if url.password().is_some() && url.set_password(Some("***")).is_err() {
            return Some(quoted("***"));
        }
        Some(quoted(url.as_str()))
    }
}

impl Setting for SecretString {
    const KIND: &'static str = "secret text";

    fn read(input: Input<'_>) -> Result<Self, String> {
        text(input, "text").map(|text| Self::from(text.trim()))
    }

    fn show(&self) -> Option<String> {
        (!self.expose_secret().is_empty()).then(|| quoted("********"))
    }
}

impl Setting for Regex {
    const KIND: &'static str = "regular expression";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let pattern = text(input, "a regular expression")?;
        Self::new(pattern).map_err(|error| {
            let detail = error.to_string();
            let last = detail.lines().last().unwrap_or_default();
            format!(
                "not a regular expression: {}",
                last.trim_start_matches("error: ")
            )
        })
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self.as_str()))
    }
}

/// A pattern of full project paths: `*` within one part of a path, `**` across parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectPattern(pub String);

impl AsRef<str> for ProjectPattern {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Setting for ProjectPattern {
    const KIND: &'static str = "pattern";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let pattern = text(input, "a pattern")?.trim();
        Patterns::new(&[pattern]).map_err(|error| format!("not a pattern: {}", error.kind()))?;
        Ok(Self(pattern.to_owned()))
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.0))
    }
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;

    fn read(input: Input<'_>) -> Result<Self, String> {
        T::read(input).map(Some)
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }
}

/// Lists of what `T` is.
macro_rules! list {
    ($($type:ty => $kind:literal),+) => {$(
        impl Setting for Vec<$type> {
            const KIND: &'static str = $kind;

            fn read(input: Input<'_>) -> Result<Self, String> {
                match input {
                    Input::Text(text) => text
                        .split(',')
                        .map(str::trim)
                        .filter(|item| !item.is_empty())
                        .map(|item| <$type>::read(Input::Text(item)))
                        .collect(),
                    Input::Toml(DeValue::Array(items)) => items
                        .iter()
                        .map(|item| <$type>::read(Input::Toml(item.get_ref())))
                        .collect(),
                    Input::Toml(other) => Err(expected(concat!("a ", $kind), other)),
                }
            }

            fn show(&self) -> Option<String> {
                let items: Vec<String> = self.iter().filter_map(Setting::show).collect();
                Some(format!("[{}]", items.join(", ")))
            }
        }
    )+};
}

impl Setting for IpNet {
    const KIND: &'static str = "network";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let network = text(input, "an address or network")?.trim();
        network
            .parse()
            .or_else(|_| network.parse::<IpAddr>().map(Self::from))
            .map_err(|_| {
                format!("expected an address or network such as `10.0.0.0/8`, found `{network}`")
            })
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

list!(String => "list of texts", ProjectPattern => "list of patterns", PathBuf => "list of paths", IpNet => "list of networks");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_environment_reads_as_the_type() {
        assert_eq!(u16::read(Input::Text("3000")), Ok(3000));
        assert_eq!(
            u16::read(Input::Text("70000")),
            Err("expected a whole number from 0 to 65535".to_owned())
        );
        assert_eq!(bool::read(Input::Text("yes")), Ok(true));
        assert_eq!(
            Vec::<String>::read(Input::Text("a, b ,,c")),
            Ok(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])
        );
        assert_eq!(
            Duration::read(Input::Text("0.5")),
            Ok(Duration::from_millis(500))
        );
        assert!(Duration::read(Input::Text("-1")).is_err());
    }

    #[test]
    fn secrets_and_passwords_are_masked_when_shown() {
        let secret = SecretString::read(Input::Text(" glpat-x\n")).unwrap();
        assert_eq!(secret.expose_secret(), "glpat-x");
        assert_eq!(secret.show().unwrap(), "\"********\"");
        let proxy = Url::read(Input::Text("http://me:hush@proxy:3128")).unwrap();
        assert!(!proxy.show().unwrap().contains("hush"));
    }
}
