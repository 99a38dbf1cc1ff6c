//! Lists of attributes in the making: what is absent is left out.

use super::proto::{AnyValue, KeyValue, List, Value};

/// A list of attributes; each key is put once.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<KeyValue>);

impl Attributes {
    /// A text.
    pub(super) fn text(&mut self, key: &str, text: impl Into<String>) {
        self.put(key, Value::Text(text.into()));
    }

    /// A text that may be absent.
    pub(super) fn optional(&mut self, key: &str, text: Option<impl Into<String>>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &str, flag: bool) {
        self.put(key, Value::Flag(flag));
    }

    /// A whole number that may be absent.
    pub(super) fn whole(&mut self, key: &str, number: Option<i64>) {
        if let Some(number) = number {
            self.put(key, Value::Whole(number));
        }
    }

    /// A number that may be absent.
    pub(super) fn number(&mut self, key: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.put(key, Value::Number(number));
        }
    }

    /// Several texts; none is absent.
    pub(super) fn list(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            let value = |text: &String| any(Value::Text(text.clone()));
            let values = texts.iter().map(value).collect();
            self.put(key, Value::List(List { values }));
        }
    }

    /// The list.
    pub(super) fn done(self) -> Vec<KeyValue> {
        self.0
    }

    fn put(&mut self, key: &str, value: Value) {
        self.0.push(KeyValue {
            key: key.to_owned(),
            value: Some(any(value)),
        });
    }
}

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}
