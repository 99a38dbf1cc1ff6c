//! Each target with its seeds, and with a fixed number of changes of them.
//!
//! The changes are the same in every run. `LABTOWER_FUZZ_TIMES=50` makes fifty times as many.

#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that counts says how many, and ends where it fails"
)]

mod change;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use labtower_fuzz::{TARGETS, Target};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use change::change;

fn seeds(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target.name);
    let mut seeds: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "no seeds for {}", target.name);
    seeds
}

/// Runs it, and keeps an input that breaks a promise where `make fuzz` looks for it.
fn run(target: &Target, input: &[u8], of: &Path) {
    if catch_unwind(|| target.run(input)).is_err() {
        let found = std::env::temp_dir().join(format!("labtower-fuzz-{}", target.name));
        std::fs::write(&found, input).unwrap();
        panic!(
            "{}: a change of {} broke it; the input is {}",
            target.name,
            of.display(),
            found.display()
        );
    }
}

fn spend(name: &str) {
    let target = Target::named(name).unwrap();
    let seeds = seeds(&target);
    for (path, seed) in &seeds {
        run(&target, seed, path);
    }
    let times: u32 = std::env::var("LABTOWER_FUZZ_TIMES").map_or(1, |times| times.parse().unwrap());
    let begun = Instant::now();
    let mut random = SmallRng::seed_from_u64(42);
    let inputs: Vec<&[u8]> = seeds.iter().map(|(_, seed)| seed.as_slice()).collect();
    for round in 0..target.budget * times {
        let at = round as usize % seeds.len();
        let input = change(&inputs, at, &mut random);
        run(&target, &input, &seeds[at].0);
    }
    eprintln!(
        "{name}: {} inputs in {:.1} s",
        seeds.len() as u32 + target.budget * times,
        begun.elapsed().as_secs_f64()
    );
}

#[test]
fn webhooks_are_kept_or_refused() {
    spend("webhook");
}

#[test]
fn logs_lose_their_secrets() {
    spend("trace");
}

#[test]
fn queries_are_answered() {
    spend("query");
}

#[test]
fn answers_are_read_or_refused() {
    spend("answers");
}

#[test]
fn blocks_are_read_as_they_were_written() {
    spend("blocks");
}

#[test]
fn configurations_are_read_or_refused() {
    spend("config");
}

#[test]
fn imports_can_be_read() {
    spend("import");
}

#[test]
fn every_target_has_its_test() {
    let names = TARGETS.map(|target| target.name);
    let here = include_str!("main.rs");
    for name in names {
        assert!(here.contains(&format!("spend(\"{name}\")")), "{name}");
    }
}
