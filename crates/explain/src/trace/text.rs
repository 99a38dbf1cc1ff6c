//! Bytes to lines.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::phases::{Marker, Phases};
use super::{Line, ansi, stamp};
use crate::secrets;

/// Longest piece of a physical line that is looked at, in bytes: its beginning and its end.
const RAW_HEAD: usize = 12 * 1024;
const RAW_TAIL: usize = 2 * 1024;

/// Longest line kept, in bytes: beginning and end.
const KEPT_HEAD: usize = 3 * 1024;
const KEPT_TAIL: usize = 1024;

/// Lines of a private key that are masked before we believe its end was lost.
const KEY_LINES: u32 = 200;

static SECTION: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new("section_"));
static DASHES: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new("-----BEGIN"));

/// Appends the lines of `bytes`; `number` is that of the first, and the next one's is returned.
pub(super) fn append(
    lines: &mut Vec<Line>,
    phases: &mut Phases,
    bytes: &[u8],
    number: Option<u32>,
) -> Option<u32> {
    let mut number = number;
    let mut start = 0;
    let mut scratch = Vec::with_capacity(4096);
    let mut key_lines = 0;
    let mut overwritten = false;
    let ends =
        memchr_iter(b'\n', bytes).chain((bytes.last() != Some(&b'\n')).then_some(bytes.len()));
    for end in ends {
        if start >= bytes.len() {
            break;
        }
        let mut raw = &bytes[start..end];
        start = end + 1;
        let stamp = if raw.first().is_some_and(u8::is_ascii_digit) {
            stamp::read(raw)
        } else {
            None
        };
        let mut continues = false;
        let mut at = None;
        if let Some(stamp) = stamp {
            raw = &raw[stamp.length..];
            continues = stamp.continues;
            at = Some(stamp.at);
        }
        scratch.clear();
        let phase = one(raw, phases, lines.len(), &mut scratch);
        let mut text = String::from_utf8_lossy(&scratch).into_owned();
        text.truncate(text.trim_end().len());
        if key_lines > 0
            || (text.len() > 20
                && DASHES.find(text.as_bytes()).is_some()
                && text.contains("PRIVATE KEY"))
        {
            key_lines = if text.contains("-----END") {
                0
            } else {
                (key_lines + 1) % KEY_LINES
            };
            secrets::MASK.clone_into(&mut text);
        }
        match lines.last_mut() {
            // The runner breaks a line behind a carriage return: what follows is written over it.
            Some(last) if continues && overwritten && !text.is_empty() => last.text = text,
            Some(last) if continues && last.text.len() < KEPT_HEAD + KEPT_TAIL => {
                last.text.push_str(&text);
            }
            Some(_) if continues => {}
            last => {
                last.into_iter().for_each(mask);
                lines.push(Line {
                    number,
                    text,
                    phase,
                    at,
                });
                number = number.map(|number| number.saturating_add(1));
            }
        }
        overwritten = raw.last() == Some(&b'\r') && SECTION.find(raw).is_none();
    }
    lines.last_mut().into_iter().for_each(mask);
    number
}

/// Takes the secrets out of a line, once it is whole: the runner may have broken it within one.
fn mask(line: &mut Line) {
    if let Cow::Owned(masked) = secrets::mask_secrets(&line.text) {
        line.text = masked;
    }
}

/// Cleans one physical line into `out`, tells `phases` of the markers in it, and says which phase it belongs to.
fn one(raw: &[u8], phases: &mut Phases, index: usize, out: &mut Vec<u8>) -> super::PhaseId {
    let short;
    let mut raw = raw;
    if raw.len() > RAW_HEAD + RAW_TAIL {
        let from = memrchr(b'\r', trim(raw)).map_or(0, |at| at + 1);
        raw = &raw[from..];
        if raw.len() > RAW_HEAD + RAW_TAIL {
            short = [
                &raw[..RAW_HEAD],
                " … ".as_bytes(),
                &raw[raw.len() - RAW_TAIL..],
            ]
            .concat();
            raw = &short;
        }
    }
    let mut phase = None;
    while let Some(at) = SECTION.find(raw) {
        let Some((marker, length)) = marker(&raw[at..]) else {
            break;
        };
        let before = trim(&raw[..at]);
        if phase.is_none() && !blank(before) {
            phase = Some(phases.current());
            visible(before, out);
        }
        phases.mark(&marker, index);
        raw = &raw[at + length..];
    }
    if !blank(raw) || phase.is_none() {
        if !out.is_empty() && !blank(raw) {
            out.push(b' ');
        }
        phase = phase.or(Some(phases.current()));
        visible(raw, out);
    }
    if out.len() > KEPT_HEAD + KEPT_TAIL {
        let tail = out.split_off(out.len() - KEPT_TAIL);
        out.truncate(KEPT_HEAD);
        out.extend_from_slice(" … ".as_bytes());
        out.extend_from_slice(&tail);
    }
    phase.unwrap_or_default()
}

/// Appends what a terminal would show of a line: what stands behind the last carriage return that left something.
fn visible(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = trim(raw);
    loop {
        let from = memrchr(b'\r', rest).map_or(0, |at| at + 1);
        let before = out.len();
        ansi::strip(&rest[from..], out);
        if from == 0 || !blank(&out[before..]) {
            return;
        }
        out.truncate(before);
        rest = trim(&rest[..from - 1]);
    }
}

fn trim(raw: &[u8]) -> &[u8] {
    let end = raw
        .iter()
        .rposition(|byte| *byte != b'\r' && *byte != b' ')
        .map_or(0, |at| at + 1);
    &raw[..end]
}

fn blank(raw: &[u8]) -> bool {
    if raw.iter().all(|byte| byte.is_ascii_whitespace()) {
        return true;
    }
    if memchr(0x1b, raw).is_none() {
        return false;
    }
    let mut text = Vec::new();
    ansi::strip(raw, &mut text);
    text.iter().all(|byte| byte.is_ascii_whitespace())
}

/// Reads `section_start:TIME:NAME[options]` or `section_end:TIME:NAME` and its length, the carriage return included.
fn marker(raw: &[u8]) -> Option<(Marker<'_>, usize)> {
    let (opens, rest) = if let Some(rest) = raw.strip_prefix(b"section_start:") {
        (true, rest)
    } else {
        (false, raw.strip_prefix(b"section_end:")?)
    };
    let colon = rest.iter().take(20).position(|byte| *byte == b':')?;
    if !rest[..colon].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let name = &rest[colon + 1..];
    let end = name
        .iter()
        .take(256)
        .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'.' | b'-'))
        .unwrap_or(name.len().min(256));
    let name_text = std::str::from_utf8(&name[..end]).ok()?;
    let mut after = &name[end..];
    if after.first() == Some(&b'[') {
        after = after
            .iter()
            .take(256)
            .position(|byte| *byte == b']')
            .map_or(after, |at| &after[at + 1..]);
    }
    if after.first() == Some(&b'\r') {
        after = &after[1..];
    }
    Some((
        Marker {
            opens,
            name: name_text,
        },
        raw.len() - after.len(),
    ))
}
