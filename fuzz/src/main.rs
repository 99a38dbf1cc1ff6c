//! libFuzzer over the target that `LABTOWER_TARGET` names; `run` beside this folder builds and starts it.

#![no_main]

use std::sync::OnceLock;

use labtower_fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<Target> = OnceLock::new();

fn chosen() -> Target {
    let name = std::env::var("LABTOWER_TARGET").unwrap_or_default();
    Target::named(&name).unwrap_or_else(|| panic!("LABTOWER_TARGET names no target: `{name}`"))
}

fuzz_target!(|input: &[u8]| TARGET.get_or_init(chosen).run(input));
