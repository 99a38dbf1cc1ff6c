//! Label sets, written once and shared by all families of a table.

use std::fmt::Write;

use super::text::push_escaped;

/// Label sets as they stand between the braces, escaped, in one allocation.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    text: String,
    ends: Vec<usize>,
}

impl Labels {
    /// Begins the next label set; it is complete when the next one begins.
    pub fn row(&mut self) -> &mut Self {
        self.ends.push(self.text.len());
        self
    }

    /// Adds a label to the set begun last.
    pub fn pair(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name);
        push_escaped(&mut self.text, value);
        self.close()
    }

    /// Adds a label whose value needs no escaping, such as a number.
    pub fn plain(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.name(name);
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
        self.close()
    }

    /// Adds labels that were written before.
    pub fn written(&mut self, labels: &str) -> &mut Self {
        self.separate();
        self.text.push_str(labels);
        if let Some(end) = self.ends.last_mut() {
            *end = self.text.len();
        }
        self
    }

    /// How many label sets there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A label set, without its braces.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    fn start(&self) -> usize {
        self.ends
            .len()
            .checked_sub(2)
            .map_or(0, |row| self.ends[row])
    }

    fn separate(&mut self) {
        if self.text.len() > self.start() {
            self.text.push(',');
        }
    }

    fn name(&mut self, name: &str) {
        self.separate();
        self.text.push_str(name);
        self.text.push_str("=\"");
    }

    fn close(&mut self) -> &mut Self {
        self.text.push('"');
        if let Some(end) = self.ends.last_mut() {
            *end = self.text.len();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_sets_stand_one_after_the_other() {
        let mut labels = Labels::default();
        labels.row().pair("a", "x\"y").plain("b", 7);
        labels.row();
        labels.row().written("a=\"z\"").pair("c", "");
        assert_eq!(labels.len(), 3);
        assert_eq!(labels.get(0), "a=\"x\\\"y\",b=\"7\"");
        assert_eq!(labels.get(1), "");
        assert_eq!(labels.get(2), "a=\"z\",c=\"\"");
    }
}
