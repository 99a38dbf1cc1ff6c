//! Settings that are lists of small tables.

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};
use toml::de::DeValue;

use super::setting::{Input, Setting, quoted};

/// Somebody who signs in with a password.
#[derive(Debug, Clone)]
pub struct Login {
    /// What they type.
    pub name: String,
    /// Hash of the password.
    pub password_hash: SecretString,
}

/// A view of a page, saved under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What people call it.
    pub name: String,
    /// The query of the page's address.
    pub query: String,
}

impl Setting for Vec<Login> {
    const KIND: &'static str = "list of `{ name, password_hash }`";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let login = |name: Cow<'_, str>, hash: Cow<'_, str>| Login {
            name: name.into_owned(),
            password_hash: SecretString::from(hash.trim()),
        };
        match input {
            // Hashes hold commas, so these are apart by spaces.
            Input::Text(text) => text
                .split_whitespace()
                .map(|pair| match pair.split_once(':') {
                    Some((name, hash)) => Ok(login(name.into(), hash.into())),
                    None => Err("expected `name:hash`, separated by spaces".to_owned()),
                })
                .collect(),
            Input::Toml(value) => Ok(tables(value, ["name", "password_hash"])?
                .into_iter()
                .map(|[name, hash]| login(name.into(), hash.into()))
                .collect()),
        }
    }

    fn show(&self) -> Option<String> {
        let masked = |login: &Login| {
            let hash = if login.password_hash.expose_secret().is_empty() {
                ""
            } else {
                "********"
            };
            table([("name", &login.name), ("password_hash", hash)])
        };
        Some(list(self.iter().map(masked)))
    }
}

impl Setting for Vec<View> {
    const KIND: &'static str = "list of `{ name, query }`";

    fn read(input: Input<'_>) -> Result<Self, String> {
        match input {
            Input::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| match item.split_once(':') {
                    Some((name, query)) => Ok(View {
                        name: name.to_owned(),
                        query: query.to_owned(),
                    }),
                    None => Err("expected `name:query`, separated by commas".to_owned()),
                })
                .collect(),
            Input::Toml(value) => Ok(tables(value, ["name", "query"])?
                .into_iter()
                .map(|[name, query]| View { name, query })
                .collect()),
        }
    }

    fn show(&self) -> Option<String> {
        let shown = |view: &View| table([("name", &view.name), ("query", &view.query)]);
        Some(list(self.iter().map(shown)))
    }
}

/// Reads a list of tables of which each has exactly two texts.
fn tables(value: &DeValue<'_>, keys: [&str; 2]) -> Result<Vec<[String; 2]>, String> {
    let shape = format!("{{ {} = \"...\", {} = \"...\" }}", keys[0], keys[1]);
    let DeValue::Array(items) = value else {
        return Err(format!(
            "expected a list of `{shape}`, found {}",
            value.type_str()
        ));
    };
    items
        .iter()
        .map(|item| {
            let DeValue::Table(pairs) = item.get_ref() else {
                return Err(format!(
                    "expected `{shape}`, found {}",
                    item.get_ref().type_str()
                ));
            };
            let text = |key: &str| match pairs.get(key).map(|value| value.get_ref()) {
                Some(DeValue::String(text)) => Ok(text.to_string()),
                _ => Err(format!("expected `{shape}`, without a text `{key}`")),
            };
            match pairs
                .keys()
                .find(|key| !keys.contains(&key.get_ref().as_ref()))
            {
                Some(other) => Err(format!(
                    "expected `{shape}`, found `{}` too",
                    other.get_ref()
                )),
                None => Ok([text(keys[0])?, text(keys[1])?]),
            }
        })
        .collect()
}

fn table(pairs: [(&str, &str); 2]) -> String {
    let pairs = pairs.map(|(key, value)| format!("{key} = {}", quoted(value)));
    format!("{{ {} }}", pairs.join(", "))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml<T: Setting>(text: &str) -> Result<T, String> {
        let (document, errors) = toml::de::DeTable::parse_recoverable(text);
        assert!(errors.is_empty());
        let value = document.get_ref().get("x").unwrap().get_ref().clone();
        T::read(Input::Toml(&value))
    }

    #[test]
    fn people_are_read_from_both_and_their_hashes_never_shown() {
        let people: Vec<Login> =
            toml("x = [{ name = 'ann', password_hash = '$a$m=1,t=2$x' }]").unwrap();
        assert_eq!(people[0].password_hash.expose_secret(), "$a$m=1,t=2$x");
        let shown = people.show().unwrap();
        assert_eq!(shown, "[{ name = \"ann\", password_hash = \"********\" }]");
        let people = Vec::<Login>::read(Input::Text("ann:$a$m=1,t=2$x bob:$b")).unwrap();
        assert_eq!(people.len(), 2);
        assert!(Vec::<Login>::read(Input::Text("hunter2")).is_err());
    }

    #[test]
    fn tables_have_just_their_keys() {
        let views: Vec<View> = toml("x = [{ name = 'Mine', query = 'days=7' }]").unwrap();
        assert_eq!(views[0].query, "days=7");
        let error = toml::<Vec<View>>("x = [{ name = 'Mine', url = 'y' }]").unwrap_err();
        assert!(error.contains("`url` too"), "{error}");
        assert!(toml::<Vec<View>>("x = ['Mine']").is_err());
    }
}
