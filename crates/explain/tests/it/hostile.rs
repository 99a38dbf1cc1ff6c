//! Logs made to hurt: time and memory stay bounded.

use labtower_explain::{Explainer, Facts, GreenLines, Trace};

fn explain(log: &[u8]) {
    let trace = Trace::clean(log, b"", 0);
    assert!(trace.lines().iter().all(|line| line.text.len() < 6_000));
    let green = GreenLines::from_trace(&Trace::clean(b"ok\n", b"", 0));
    let answer = Explainer::builtin().explain(&Facts::default(), Some(&trace), Some(&green));
    assert!(
        answer.excerpt.len() <= 40
            && answer.candidates.len() <= 5
            && answer.headline.chars().count() <= 300
    );
}

#[test]
fn one_endless_line_of_errors_is_explained() {
    explain(&b"error: failed Traceback (most recent call last) npm ERR! ".repeat(150_000));
}

#[test]
fn a_log_of_nothing_but_errors_is_explained() {
    explain(&b"a.c:1:2: error: FAILED E   x panicked at --- FAIL: T * What went wrong: \xe2\x97\x8f x\n".repeat(70_000));
    explain(&b"Traceback (most recent call last)\n".repeat(150_000));
    explain(&b"= FAILURES =\n=== FAILURES ===\n  1) Failure/Error: x\n".repeat(100_000));
}

#[test]
fn carriage_returns_escapes_and_markers_without_end_are_explained() {
    explain(&b"\r".repeat(5_000_000));
    explain(&b"\x1b[".repeat(3_000_000));
    explain(&b"\x1b[31m\r".repeat(700_000));
    explain(&b"section_start:1:step_script\r".repeat(200_000));
    explain(&b"section_start:1:a\r\x1b[0K".repeat(100_000));
    explain(&b"\n".repeat(5_000_000));
    explain(b"");
}
