//! Keeps the memory allocator from holding on to what was given back.
//!
//! What one thread parses another one stores and frees, so an allocator with a heap for every thread keeps a multiple of
//! what is in use. GNU's can be told to have few heaps, but only before a program begins.

use std::env;
use std::ffi::OsStr;

/// The variable that GNU's allocator reads.
const VARIABLE: &str = "MALLOC_ARENA_MAX";

/// Heaps that all threads share.
const HEAPS: &str = "2";

/// Begins the program again with few heaps, unless somebody has said how many there shall be.
///
/// It is the same process afterwards; where it cannot be begun again, it goes on as it is.
pub fn share() {
    if cfg!(all(target_os = "linux", target_env = "gnu")) && env::var_os(VARIABLE).is_none() {
        begin_again(OsStr::new(HEAPS));
    }
}

#[cfg(unix)]
fn begin_again(heaps: &OsStr) {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    let Ok(program) = env::current_exe() else {
        return;
    };
    let mut arguments = env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // Returns only where it fails; then the program needs more memory and works all the same.
    let _ = again.args(arguments).env(VARIABLE, heaps).exec();
}

#[cfg(not(unix))]
fn begin_again(_: &OsStr) {}
