"""cargo: build, test, clippy, fmt, resolution."""

from .case import Job, cause

IMAGE = "rust:1.95"


def crate(v, lib, tests=None, **more):
    name = v.project
    files = {
        "Cargo.toml": f'[package]\nname = "{name}"\nversion = "0.{v.num(1, 30)}.{v.num(0, 9)}"\nedition = "2021"\n\n[dependencies]\n',
        "src/lib.rs": lib,
    }
    if tests:
        files["tests/smoke.rs"] = tests
    files.update(more)
    return files


def passing(v, n):
    return "".join(f"    #[test]\n    fn {w}_error_paths() {{ assert_eq!(1 + 1, 2); }}\n" for w in v.words(n))


GOOD = "pub fn ok() -> u8 { 1 }\n"


@cause("cargo", "test-panic", "test", variants=5, green=True)
def _(v):
    lib = f"pub fn area(w: u32, h: u32) -> u32 {{ w + h }}\n\n#[cfg(test)]\nmod tests {{\n    use super::*;\n{passing(v, 6)}    #[test]\n    fn area_of_a_rectangle() {{ assert_eq!(area(6, 7), 42, \"area is width times height\"); }}\n}}\n"
    return Job(image=IMAGE, files=crate(v, lib), fix={"src/lib.rs": lib.replace("w + h", "w * h")}, script=["cargo test" + v.pick("", " --color always", " --no-fail-fast")],
               head=[r"assertion `left == right` failed: area is width", r"panicked at src/lib.rs", r"^test tests::area_of_a_rectangle \.\.\. FAILED"], show=[(r"^---- tests::area", r"right: 42")])


@cause("cargo", "build-type-mismatch", "compile", variants=5, green=True)
def _(v):
    return Job(image=IMAGE, files=crate(v, "pub fn limit() -> u64 {\n    \"ten\"\n}\n"), fix={"src/lib.rs": GOOD}, script=["cargo build" + v.pick(" --locked", "", " --color=always", " --verbose")], before=["cargo generate-lockfile"],
               head=[r"^error\[E0308\]: mismatched types"], show=[(r"^error\[E0308\]", r"could not compile")])


@cause("cargo", "unwrap-in-integration-test", "test", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=crate(v, GOOD, f"#[test]\nfn reads_{w}_config() {{\n    let text = std::fs::read_to_string(\"fixtures/{w}.toml\").unwrap();\n    assert!(!text.is_empty());\n}}\n"), fix={f"fixtures/{w}.toml": "a = 1\n"},
               script=["cargo test"], env={"RUST_BACKTRACE": "1"}, head=[r"called `Result::unwrap\(\)` on an `Err` value", rf"^test reads_{w}_config \.\.\. FAILED", r"panicked at tests/smoke.rs"], show=[(rf"^---- reads_{w}", "called `Result")])


@cause("cargo", "clippy-deny", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=crate(v, f"pub fn {w}(list: &Vec<u8>) -> bool {{\n    list.len() == 0\n}}\n"), fix={"src/lib.rs": GOOD}, script=["cargo clippy --all-targets -- -D warnings"],
               head=[r"^error: (writing `&Vec`|length comparison to zero)"], show=[(r"^error: ", r"could not compile")])


@cause("cargo", "borrow-moved", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=crate(v, f"pub fn {w}() -> usize {{\n    let {w} = String::from(\"x\");\n    let other = {w};\n    {w}.len() + other.len()\n}}\n"), fix={"src/lib.rs": GOOD}, script=["cargo check --message-format human --color always"],
               head=[r"error\[E0382\]: borrow of moved value"], show=[(r"error\[E0382\]", r"could not compile")])


@cause("cargo", "fmt-check", "lint", green=True)
def _(v):
    return Job(image=IMAGE, files=crate(v, "pub fn f( )->u8{1}\n"), fix={"src/lib.rs": "pub fn f() -> u8 {\n    1\n}\n"}, script=["cargo fmt --all -- --check"], head=[r"^Diff in .*src/lib.rs:\d+"], show=[("^Diff in", r"^\+ *1|^\+}|\+pub")])


@cause("cargo", "version-not-found", "dependency", whose="code config", green=False)
def _(v):
    files = crate(v, GOOD)
    files["Cargo.toml"] += 'itoa = "97.1"\n'
    return Job(image=IMAGE, files=files, script=["cargo build"], head=[r"failed to select a version for the requirement `itoa"], show=[("^error: failed to select", "required by package")])


@cause("cargo", "lock-outdated", "dependency config", whose="code", green=True)
def _(v):
    files = crate(v, GOOD)
    files["Cargo.toml"] += 'itoa = "1"\n'
    files["Cargo.lock"] = f'version = 4\n\n[[package]]\nname = "{v.project}"\nversion = "0.0.1"\n'
    return Job(image=IMAGE, files=files, fix_script=["cargo build"], script=["cargo build --locked"], head=[r"^error: (the lock file .* needs to be updated|cannot update the lock file)"], show=[("^error: (the|cannot)", "--locked|--offline|help")])


@cause("cargo", "linker-missing-library", "compile dependency", whose="infra code config", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=crate(v, GOOD, **{"src/main.rs": f'#[link(name = "acme{w}")]\nextern "C" {{ fn start_{w}() -> i32; }}\nfn main() {{ unsafe {{ println!("{{}}", start_{w}()) }} }}\n'}), script=["cargo build"],
               head=[rf"(unable to find library|cannot find) -lacme{w}"], show=[("^error: linking with", "could not compile")])


@cause("cargo", "doctest-fails", "test", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=crate(v, f"/// Doubles.\n///\n/// ```\n/// assert_eq!({v.project.replace('-', '_')}::{w}(2), 5);\n/// ```\npub fn {w}(n: u8) -> u8 {{ n * 2 }}\n"), fix={"src/lib.rs": GOOD}, script=["cargo test --doc"],
               head=[r"assertion `left == right` failed", rf"^test src/lib.rs - {w} \(line 3\) \.\.\. FAILED", r"panicked at "], show=[("^---- src/lib.rs", "right: 5")])


@cause("cargo", "nextest-abort", "test killed", green=True)
def _(v):
    w = v.word()
    lib = f"#[cfg(test)]\nmod tests {{\n{passing(v, 8)}    #[test]\n    fn {w}_does_not_abort() {{ eprintln!(\"{w} invariant broken\"); std::process::abort(); }}\n}}\n"
    return Job(image=IMAGE, files=crate(v, lib), fix={"src/lib.rs": GOOD, "tests/smoke.rs": "#[test]\nfn fine() {}\n"}, script=["cargo nextest run --no-fail-fast"], head=[rf"(SIGABRT|ABORT).*tests::{w}_does_not_abort", rf"^{w} invariant broken|^ +{w} invariant broken"], show=[("SIGABRT|ABORT", "Summary")])


@cause("cargo", "doc-warnings", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=crate(v, f"//! See [`{w}::Missing`].\n"), fix={"src/lib.rs": "//! See.\n"}, env={"RUSTDOCFLAGS": "-D warnings"}, script=["cargo doc --no-deps"], head=[rf"^error: unresolved link to `{w}::Missing`"], show=[("^error: unresolved", "could not document")])
