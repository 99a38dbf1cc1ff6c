//! Changes of an input, as fuzzers without a compiler's help make them.

use rand::rngs::SmallRng;
use rand::{Rng as _, RngCore as _};

/// Most changes of one input.
const MOST: u32 = 6;

/// Pieces that are known to lead somewhere.
const PIECES: [&[u8]; 26] = [
    b"\0",
    b"\n",
    b"\r",
    b"\x1b[0m",
    b"\x1b]0;",
    b"\xff",
    b"\xf0\x9f\x98\x80",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\"\"",
    b"-1",
    b"0",
    b"9223372036854775807",
    b"9223372036854775808",
    b"18446744073709551615",
    b"1e308",
    b"-0.0",
    b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:59.999999999Z",
    b"&",
    b"=",
    b"%",
    b"section_start:1:x\r",
    b"glpat-",
];

/// A change of the input at `at`.
pub(crate) fn change(inputs: &[&[u8]], at: usize, random: &mut SmallRng) -> Vec<u8> {
    let mut input = inputs[at].to_vec();
    for _ in 0..random.random_range(1..=MOST) {
        once(&mut input, inputs, random);
    }
    input
}

fn once(input: &mut Vec<u8>, inputs: &[&[u8]], random: &mut SmallRng) {
    let from = random.random_range(0..=input.len());
    let to = (from + short(random)).min(input.len());
    match random.random_range(0..9) {
        0 => flip(input, from, random),
        1 => drop(input.drain(from..to)),
        2 => {
            let piece = input[from..to].to_vec();
            input.splice(from..from, piece);
        }
        3 => {
            let piece = PIECES[random.random_range(0..PIECES.len())];
            input.splice(from..to, piece.iter().copied());
        }
        4 => {
            let piece = PIECES[random.random_range(0..PIECES.len())];
            input.splice(from..from, piece.iter().copied());
        }
        5 => number(input, from, random),
        6 => {
            let bytes: Vec<u8> = (from..to).map(|_| random.next_u32() as u8).collect();
            input.splice(from..to, bytes);
        }
        7 => input.truncate(from),
        // Part of another input.
        _ => {
            let other = inputs[random.random_range(0..inputs.len())];
            let begin = random.random_range(0..=other.len());
            let end = (begin + short(random)).min(other.len());
            input.splice(from..to, other[begin..end].iter().copied());
        }
    }
}

/// A length: mostly a few bytes, seldom hundreds.
fn short(random: &mut SmallRng) -> usize {
    let bits = random.random_range(0..10);
    random.random_range(0..=1_usize << bits)
}

fn flip(input: &mut [u8], at: usize, random: &mut SmallRng) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << random.random_range(0..8);
    }
}

/// Puts another number into the place of the next one.
fn number(input: &mut Vec<u8>, at: usize, random: &mut SmallRng) {
    let Some(from) = input[at..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let from = at + from;
    let rest = &input[from..];
    let to = from
        + rest
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(rest.len());
    let number = random.next_u64() >> random.random_range(0..64);
    input.splice(from..to, number.to_string().into_bytes());
}
