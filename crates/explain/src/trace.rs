//! A log as lines a person would see.

mod ansi;
mod phases;
mod stamp;
mod text;

use memchr::memchr_iter;

use phases::Phases;

/// Bytes looked at from the beginning of a log.
pub const HEAD_BYTES: usize = 256 * 1024;

/// Bytes looked at from the end of a log.
pub const TAIL_BYTES: usize = 4 * 1024 * 1024;

/// A log, cleaned: what is left of its head and its tail.
///
/// Text is valid UTF-8, without escape sequences, section markers and time stamps, and its secrets are masked.
/// At most [`HEAD_BYTES`] and [`TAIL_BYTES`] of the log are looked at, and a bounded part of each line.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    lines: Vec<Line>,
    phases: Vec<String>,
    skipped: u64,
}

/// Which phase of its [`Trace`] a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PhaseId(pub(crate) u16);

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// 1-based, as in the anchors `#L…` of GitLab's page; absent behind a gap of unknown length.
    pub number: Option<u32>,
    /// Cleaned text, secrets masked, without trailing white space.
    pub text: String,
    /// The section that was open.
    pub phase: PhaseId,
    /// Time the runner wrote it, milliseconds since 1970, where the log has time stamps.
    pub at: Option<i64>,
}

impl Trace {
    /// Cleans a log.
    ///
    /// `tail` is empty when `head` is the whole log; `skipped` counts the bytes between the two.
    /// A log that is larger than the two limits is cut here.
    pub fn clean(head: &[u8], tail: &[u8], skipped: u64) -> Trace {
        let mut phases = Phases::default();
        let mut lines =
            Vec::with_capacity((head.len() + tail.len()).min(HEAD_BYTES + TAIL_BYTES) / 64);
        let joined;
        let (head, tail, skipped) = if skipped == 0 && !tail.is_empty() {
            joined = [head, tail].concat();
            (joined.as_slice(), &[][..], 0)
        } else {
            (head, tail, skipped)
        };
        let mut cut = skipped;
        if tail.is_empty() {
            if head.len() <= HEAD_BYTES + TAIL_BYTES {
                text::append(&mut lines, &mut phases, head, Some(1));
            } else {
                let (first, rest) = head.split_at(HEAD_BYTES);
                let first_end = memchr::memrchr(b'\n', first).map_or(first.len(), |at| at + 1);
                let from = rest.len().saturating_sub(TAIL_BYTES);
                let from = memchr::memchr(b'\n', &rest[from..]).map_or(from, |at| from + at + 1)
                    + HEAD_BYTES;
                let between = &head[first_end..from];
                let read = text::append(&mut lines, &mut phases, &head[..first_end], Some(1));
                let missed = memchr_iter(b'\n', between).count() as u32;
                phases.gap(lines.len());
                text::append(
                    &mut lines,
                    &mut phases,
                    &head[from..],
                    read.map(|next| next + missed),
                );
                cut = between.len() as u64;
            }
        } else {
            let kept = &head[..head.len().min(HEAD_BYTES)];
            text::append(&mut lines, &mut phases, kept, Some(1));
            phases.gap(lines.len());
            let from = tail.len().saturating_sub(TAIL_BYTES);
            let from = memchr::memchr(b'\n', &tail[from..]).map_or(from, |at| from + at + 1);
            text::append(&mut lines, &mut phases, &tail[from..], None);
            cut += from as u64 + (head.len() - kept.len()) as u64;
        }
        let names = phases.finish(&mut lines);
        Trace {
            lines,
            phases: names,
            skipped: cut,
        }
    }

    /// The lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Bytes that were not looked at.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Name of a phase: a section of the runner such as `step_script`, or empty.
    pub fn phase(&self, id: PhaseId) -> &str {
        self.phases
            .get(usize::from(id.0))
            .map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(trace: &Trace) -> Vec<&str> {
        trace
            .lines()
            .iter()
            .map(|line| line.text.as_str())
            .collect()
    }

    #[test]
    fn sections_become_phases_and_leave_the_text() {
        let log = b"\x1b[0Ksection_start:1560896352:prepare_executor[collapsed=true]\r\x1b[0K\x1b[0KPreparing\x1b[0;m\nsection_end:1560896353:prepare_executor\r\x1b[0Ksection_start:1560896353:step_script\r\x1b[0K\x1b[32;1m$ make\x1b[0;m\nboom\nsection_start:1:mine\r\x1b[0Kinner\nsection_end:2:mine\r\x1b[0K\nsection_end:3:step_script\r\x1b[0Kend\n";
        let trace = Trace::clean(log, b"", 0);
        assert_eq!(
            texts(&trace),
            ["Preparing", "$ make", "boom", "inner", "", "end"]
        );
        let phases: Vec<&str> = trace
            .lines()
            .iter()
            .map(|line| trace.phase(line.phase))
            .collect();
        assert_eq!(
            phases,
            [
                "prepare_executor",
                "step_script",
                "step_script",
                "step_script",
                "step_script",
                ""
            ]
        );
        assert_eq!(trace.lines()[2].number, Some(3));
    }

    #[test]
    fn runner_time_stamps_leave_and_continuations_join() {
        let log = b"2026-11-21T10:00:00.123456Z 00O one\n2026-11-21T10:00:01.123456Z 00O+ more\n2026-11-21T10:00:02.000000Z 01E two\n";
        let trace = Trace::clean(log, b"", 0);
        assert_eq!(texts(&trace), ["one more", "two"]);
        assert_eq!(trace.lines()[1].number, Some(2));
        assert_eq!(trace.lines()[0].at, Some(1_795_255_200_123));
    }

    #[test]
    fn a_secret_that_the_runner_breaks_is_masked_whole() {
        let log = b"2026-11-21T10:00:00.1Z 00O use glpat-Abc\n2026-11-21T10:00:00.2Z 00O+defGhi1\n2026-11-21T10:00:00.3Z 00O use glpat-AbcdefGh\n2026-11-21T10:00:00.4Z 00O+iJkl now\n";
        let trace = Trace::clean(log, b"", 0);
        assert_eq!(texts(&trace), ["use [MASKED]", "use [MASKED] now"]);
    }

    #[test]
    fn the_last_state_of_an_overwritten_line_is_kept() {
        let trace = Trace::clean(b"10%\r50%\r100% done\r\n\x1b]0;title\x07x\xffy\n", b"", 0);
        assert_eq!(texts(&trace), ["100% done", "x\u{fffd}y"]);
    }

    #[test]
    fn numbers_go_on_behind_a_counted_gap_and_end_behind_an_unknown_one() {
        let mut log = Vec::new();
        for n in 1..=700_000 {
            log.extend_from_slice(format!("line {n}\n").as_bytes());
        }
        let trace = Trace::clean(&log, b"", 0);
        let last = trace.lines().last().unwrap();
        assert_eq!(
            (last.number, last.text.as_str()),
            (Some(700_000), "line 700000")
        );
        assert!(trace.skipped() > 0);

        let trace = Trace::clean(b"a\n", b"half\nb\n", 10);
        assert_eq!(texts(&trace), ["a", "b"]);
        assert_eq!(trace.lines()[1].number, None);
    }

    #[test]
    fn the_section_that_ends_behind_a_gap_was_open_before() {
        let trace = Trace::clean(
            b"section_start:1:get_sources\rx\n",
            b"\nboom\nsection_end:9:step_script\r\n",
            10,
        );
        assert_eq!(trace.phase(trace.lines()[1].phase), "step_script");
    }

    #[test]
    fn a_private_key_leaves_no_line() {
        let trace = Trace::clean(b"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAAAA\n-----END RSA PRIVATE KEY-----\nafter\n", b"", 0);
        assert_eq!(
            texts(&trace),
            ["[MASKED]", "[MASKED]", "[MASKED]", "[MASKED]", "after"]
        );
    }

    #[test]
    fn one_endless_line_is_bounded() {
        let log = vec![b'x'; 9_000_000];
        let trace = Trace::clean(&log, b"", 0);
        assert!(trace.lines().iter().all(|line| line.text.len() <= 5_000));
    }
}
