//! What strangers may send us, as targets for fuzzing.
//!
//! A target takes any bytes, hands them to the code that reads what strangers send, and panics where a promise is broken:
//! not only where that code panics, but where a secret shows, an answer is a 5xx, or what was written cannot be read.
//!
//! The same targets run in two ways. `tests/it` runs each with the seeds in `seeds/` and a fixed number of
//! changes of them, in every test run. `make fuzz` builds them with libFuzzer (the folder `fuzz/` at the root, a
//! workspace of its own), which follows the code's branches and runs as long as one likes.
//!
//! To add a target: a file here with `pub(crate) fn run(input: &[u8])`, a line in [`TARGETS`], a folder in `seeds/`.
//! What made a target panic becomes a seed.

mod answers;
mod blocks;
mod config;
mod import;
mod query;
mod server;
mod trace;
mod webhook;

/// One kind of input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Name of its folder in `seeds/`.
    pub name: &'static str,
    /// Takes an input; panics where a promise is broken.
    pub run: fn(&[u8]),
    /// Bytes of an input at most: what is longer is cut.
    pub longest: usize,
    /// Inputs of the run in tests: as many as take two seconds or so there.
    pub budget: u32,
}

/// All of them.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "webhook",
        run: webhook::run,
        longest: 16 << 10,
        budget: 30_000,
    },
    Target {
        name: "trace",
        run: trace::run,
        longest: 16 << 10,
        budget: 8_000,
    },
    Target {
        name: "query",
        run: query::run,
        longest: 1 << 10,
        budget: 2_000,
    },
    Target {
        name: "answers",
        run: answers::run,
        longest: 16 << 10,
        budget: 15_000,
    },
    Target {
        name: "blocks",
        run: blocks::run,
        longest: 4 << 10,
        budget: 1_000,
    },
    Target {
        name: "config",
        run: config::run,
        longest: 4 << 10,
        budget: 1_000,
    },
    Target {
        name: "import",
        run: import::run,
        longest: 4 << 10,
        budget: 1_000,
    },
];

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }

    /// Runs it with an input, cut to its longest.
    pub fn run(&self, input: &[u8]) {
        (self.run)(&input[..input.len().min(self.longest)]);
    }
}
