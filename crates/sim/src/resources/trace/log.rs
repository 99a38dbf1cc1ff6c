//! The writer of one log: it knows the time of every line and stops at the present.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

/// A log being written.
#[derive(Debug)]
pub(crate) struct Log {
    text: String,
    /// Time of the next line.
    at: Timestamp,
    /// When the job finished: no line is later.
    finished: Option<Timestamp>,
    /// The present: later lines do not exist yet.
    now: Timestamp,
    /// Whether every line starts with the 32 characters of the runner's `FF_TIMESTAMPS`.
    stamped: bool,
}

impl Log {
    /// An empty log of a job that started at `started`.
    pub(crate) const fn new(
        started: Timestamp,
        finished: Option<Timestamp>,
        now: Timestamp,
        stamped: bool,
    ) -> Self {
        Self {
            text: String::new(),
            at: started,
            finished,
            now,
            stamped,
        }
    }

    /// Lets the tool work for a while.
    pub(crate) fn wait(&mut self, seconds: f64) {
        let millis = SignedDuration::from_millis((seconds * 1000.0) as i64);
        self.at = self.at.checked_add(millis).unwrap_or(self.at);
    }

    /// One line of standard output.
    pub(crate) fn line(&mut self, text: &str) {
        self.write('O', text);
    }

    /// One line of standard error.
    pub(crate) fn err(&mut self, text: &str) {
        self.write('E', text);
    }

    /// A line drawn over and over with carriage returns; the last state stays.
    pub(crate) fn progress(&mut self, states: &[&str]) {
        self.write('O', &states.join("\r"));
    }

    /// Opens a section with its header line.
    pub(crate) fn open(&mut self, section: &str, header: &str) {
        let seconds = self.time().as_second();
        self.write(
            'O',
            &format!("\u{1b}[0Ksection_start:{seconds}:{section}\r\u{1b}[0K\u{1b}[0K\u{1b}[36;1m{header}\u{1b}[0;m"),
        );
    }

    /// Closes a section.
    pub(crate) fn close(&mut self, section: &str) {
        let seconds = self.time().as_second();
        self.write(
            'O',
            &format!("\u{1b}[0Ksection_end:{seconds}:{section}\r\u{1b}[0K"),
        );
    }

    /// The whole log.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Time of the next line: the tools' own pace, but not after the job's end.
    fn time(&self) -> Timestamp {
        self.finished.map_or(self.at, |end| self.at.min(end))
    }

    fn write(&mut self, stream: char, text: &str) {
        let time = self.time();
        if time > self.now {
            return;
        }
        if self.stamped {
            // A carriage return ends a piece; the next one carries the mark of a continued line.
            for (index, piece) in text.split_inclusive('\r').enumerate() {
                let continued = if index == 0 { ' ' } else { '+' };
                let stamp = time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ");
                // Writing to a string cannot fail.
                let _ = writeln!(self.text, "{stamp} 00{stream}{continued}{piece}");
            }
        } else {
            self.text.push_str(text);
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamped_lines_start_with_thirty_two_characters() {
        let start: Timestamp = "2026-01-02T03:04:05.5Z".parse().unwrap();
        let mut log = Log::new(start, None, start, true);
        log.line("hello");
        log.progress(&["10%", "90%"]);
        let text = log.finish();
        assert_eq!(
            text,
            "2026-01-02T03:04:05.500000Z 00O hello\n\
             2026-01-02T03:04:05.500000Z 00O 10%\r\n\
             2026-01-02T03:04:05.500000Z 00O+90%\n"
        );
        assert_eq!(text.find("hello"), Some(32));
    }

    #[test]
    fn lines_of_the_future_are_not_written() {
        let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut log = Log::new(start, None, start, false);
        log.line("now");
        log.wait(1.0);
        log.line("later");
        assert_eq!(log.finish(), "now\n");
    }
}
