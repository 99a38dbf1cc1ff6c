//! Documents of the log, read in pieces: the cursors in them are told one by one, and never there all at once.

use std::cell::RefCell;
use std::fmt;
use std::io::Read;

use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The field with the cursors by parent.
const CURSORS: &str = "cursors";

/// Is told a parent and its cursor; what it answers wrong ends the reading.
pub(super) type TellOne<'t> = dyn FnMut(String, String) -> Result<(), String> + 't;

/// Reads a document, telling its cursors; the rest of it.
pub(super) fn read<T: DeserializeOwned>(
    from: impl Read,
    tell: &mut TellOne<'_>,
) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_reader(from);
    let fields = json.deserialize_map(Document(RefCell::new(tell)))?;
    json.end()?;
    T::deserialize(Value::Object(fields))
}

struct Document<'a, 't>(RefCell<&'a mut TellOne<'t>>);

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document of the log")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == CURSORS {
                map.next_value_seed(Cursors(*self.0.borrow_mut()))?;
            } else {
                fields.insert(key, map.next_value()?);
            }
        }
        Ok(fields)
    }
}

struct Cursors<'a, 't>(&'a mut TellOne<'t>);

impl<'de> DeserializeSeed<'de> for Cursors<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Cursors<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cursors by parent")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((parent, cursor)) = map.next_entry()? {
            (self.0)(parent, cursor).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Head {
        number: u64,
    }

    #[test]
    fn cursors_are_told_and_the_rest_is_there() {
        let text = r#"{"number":7,"cursors":{"projects/1":"a","projects/2":"é\n"},"more":[1]}"#;
        let mut told = Vec::new();
        let mut tell = |parent, cursor| {
            told.push((parent, cursor));
            Ok(())
        };
        let head: Head = read(text.as_bytes(), &mut tell).unwrap();
        assert_eq!(head, Head { number: 7 });
        let told: Vec<_> = told.iter().map(|(p, c)| (p.as_str(), c.as_str())).collect();
        assert_eq!(told, [("projects/1", "a"), ("projects/2", "é\n")]);
        for wrong in [
            "[]",
            "{}",
            r#"{"number":7,"cursors":{"a":1}}"#,
            "{\"number\":7}x",
        ] {
            assert!(
                read::<Head>(wrong.as_bytes(), &mut |_, _| Ok(())).is_err(),
                "{wrong}"
            );
        }
        let mut full = |_, _| Err("full".to_owned());
        let error = read::<Head>(text.as_bytes(), &mut full).unwrap_err();
        assert!(error.to_string().starts_with("full"), "{error}");
    }
}
