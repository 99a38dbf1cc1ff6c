"""Hard jobs: the reason stands amid caught errors, allowed failures, retries, long builds."""

from .case import Job, cause

CAUGHT = """import logging
import traceback

import pytest

log = logging.getLogger("{w}")

@pytest.mark.parametrize("n", range({n}))
def test_{w}_survives(n):
    try:
        raise ConnectionError(f"{w} backend %d unreachable" % n)
    except ConnectionError:
        traceback.print_exc()
        log.error("ERROR while talking to backend %s, will retry", n)
"""


@cause("pytest", "amid-caught-tracebacks", "test", variants=2, green=True)
def _(v):
    w, x = v.words(2)
    bad = f"def test_{x}_checksum():\n    checksum = 0xBEEF\n    assert checksum == 0xCAFE, 'checksum of {x} differs'\n"
    return Job(image="python:3.11", files={f"tests/test_a_{w}.py": CAUGHT.format(w=w, n=v.num(8, 30)), f"tests/test_b_{x}.py": bad, f"tests/test_c_{w}.py": CAUGHT.format(w=w, n=9)}, fix={f"tests/test_b_{x}.py": bad.replace("0xBEEF", "0xCAFE")},
               script=["pytest -s -v -o log_cli=true"], head=[rf"^E +AssertionError: checksum of {x} differs", rf"^FAILED .*test_{x}_checksum"], show=[(rf"^_+ test_{x}_checksum", "AssertionError$")])


@cause("pytest", "after-allowed-lint", "test", green=True)
def _(v):
    w = v.word()
    body = f"import os, sys\n\ndef test_{w}_limits():\n    x = dict(soft=1024)\n    assert x['soft'] >= 4096\n"
    return Job(image="python:3.11", files={"test_a.py": body}, fix={"test_a.py": body.replace("1024", "8192")}, script=["flake8 test_a.py || echo 'lint problems are only reported'", "mypy --strict test_a.py || true", "pytest -q", "echo unreachable"],
               head=[r"^E +assert 1024 >= 4096", rf"^FAILED test_a.py::test_{w}_limits"], show=[(rf"^_+ test_{w}_limits", "AssertionError|1024 >= 4096$")])


@cause("pytest", "then-report-upload", "test", variants=5, green=True)
def _(v):
    body = "def test_export_has_header():\n    assert 'id;name'.split(',') == ['id', 'name']\n"
    return Job(image="python:3.11", files={"test_export.py": body}, fix={"test_export.py": body.replace("';'", "','").replace("id;name", "id,name")},
               script=["rc=0; pytest -q --junitxml=report.xml || rc=$?", "curl -sS http://127.0.0.1:9/coverage -d @report.xml || echo 'ERROR: coverage upload failed (ignored)'", "echo \"exit code $rc\"; exit $rc"],
               head=[r"^E +AssertionError: assert \['id;name'\] == \['id', 'name'\]", r"^FAILED test_export.py::test_export_has_header"], show=[(r"^_+ test_export", "AssertionError$")])


@cause("gcc", "amid-many-warnings", "compile", variants=2, green=True)
def _(v):
    w = v.word()
    files = {f"src/{a}{i}.c": f"static int {a}_error_{i}(void) {{ int unused_{i}; return 0; }}\nint {a}{i}(char *p) {{ unsigned n = -1; if (n < 0) return 1; return *p == \"x\"; }}\n" for i, a in enumerate(v.words(20))}
    files[f"src/m_{w}.c"] = f"struct {w};\nint {w}_open(struct {w} *s) {{ return s->fd; }}\n"
    files["Makefile"] = "OBJ := $(patsubst %.c,%.o,$(wildcard src/*.c))\nall: $(OBJ)\n\t@echo linked\n%.o: %.c\n\tgcc -Wall -Wextra -O1 -c -o $@ $<\n"
    return Job(image="gcc:12", files=files, fix={f"src/m_{w}.c": "int z;\n"}, script=["make -j2 -k all"], head=[rf"src/m_{w}.c:2:\d+: error: invalid use of undefined type"], show=[(rf"src/m_{w}.c:2:\d+: error", rf"src/m_{w}.o\] Error 1")])


@cause("cargo", "test-after-warnings", "test", variants=2, green=True)
def _(v):
    w = v.word()
    dead = "".join(f"fn unused_error_{a}(x: u8) {{ let y = 3; }}\n" for a in v.words(12))
    lib = f"{dead}\npub fn {w}(n: i32) -> Result<i32, String> {{ if n > 2 {{ Err(\"{w} is full\".into()) }} else {{ Ok(n) }} }}\n#[cfg(test)]\nmod tests {{\n    #[test]\n    #[should_panic(expected = \"boom\")]\n    fn expected_panic() {{ panic!(\"boom\"); }}\n    #[test]\n    fn {w}_accepts_three() {{ assert_eq!(super::{w}(3), Ok(3)); }}\n}}\n"
    return Job(image="rust:1.95", files={"Cargo.toml": f'[package]\nname = "{v.project}"\nversion = "0.1.0"\nedition = "2021"\n', "src/lib.rs": lib}, fix={"src/lib.rs": lib.replace("n > 2", "n > 3")}, script=["cargo test -- --nocapture"],
               head=[r"assertion `left == right` failed", rf"^test tests::{w}_accepts_three \.\.\. FAILED", "panicked at src/lib.rs:.*"], show=[(r"assertion `left == right` failed", "right: Ok")], which="last")


@cause("jest", "amid-console-errors", "test", variants=2, green=True)
def _(v):
    w, x = v.words(2)
    noisy = f"test('{w} logs', () => {{ console.error('Error: {w} boundary caught an error'); console.warn('deprecated: {w}.old()'); }});\n"
    bad = f"test('{x} menu has five entries', () => {{ expect(['a', 'b']).toHaveLength(5); }});\n"
    files = {"package.json": '{"name": "%s", "scripts": {"test": "jest --ci"}}\n' % v.project, "z.test.js": bad}
    files.update({f"t{i}.test.js": noisy for i in range(8)})
    return Job(image="node:20", setup=["ln -s /opt/ci/js/node_modules node_modules"], files=files, fix={"z.test.js": bad.replace("(5)", "(2)")}, script=["npm test"], head=[rf"● {x} menu has five entries", r"expect\(received\)\.toHaveLength\(expected\)"], show=[(rf"● {x} menu", "z.test.js:1")], which="first")


@cause("bash", "service-retries-then-gate", "config test unknown policy", whose="code config", variants=1, green=True)
def _(v):
    w = v.word()
    run = f"#!/bin/bash\nfor i in $(seq 1 12); do echo \"connection refused: {w}-db:5432, retrying in 2s ($i)\"; done\necho '{w}-db is ready'\necho 'applying 0001_init.sql ... ok'\necho 'applying 0002_errors.sql ... ok'\n"
    return Job(image="debian:12", files={"ci/migrate.sh!": run + f"echo \"migration 0003_{w}.sql failed: duplicate column name '{w}_id'\" >&2\nexit 1\n"}, fix={"ci/migrate.sh!": run}, script=["./ci/migrate.sh"], head=[rf"migration 0003_{w}.sql failed: duplicate column"])


@cause("go", "one-package-of-many", "test", variants=2, green=True)
def _(v):
    w = v.word()
    files = {"go.mod": "module gitlab.acme.example/acme/app\n\ngo 1.19\n"}
    for a in v.words(12):
        files[f"{a}/{a}_test.go"] = f"package {a}\n\nimport (\n\t\"log\"\n\t\"testing\"\n)\n\nfunc TestRecover(t *testing.T) {{\n\tdefer func() {{ log.Printf(\"panic recovered: %v\", recover()) }}()\n\tpanic(\"simulated\")\n}}\n"
    bad = f"package z{w}\n\nimport \"testing\"\n\nfunc TestBackoff(t *testing.T) {{\n\tif d := 50; d < 100 {{\n\t\tt.Fatalf(\"{w} backoff is %dms, want at least 100ms\", d)\n\t}}\n}}\n"
    files[f"z{w}/a_test.go"] = bad
    return Job(image="golang:1.19", env={"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": "/tmp/corpus-go-cache"}, files=files, fix={f"z{w}/a_test.go": bad.replace("50", "200")}, script=["go test -v ./..."], head=[rf"a_test.go:7: {w} backoff is 50ms", r"--- FAIL: TestBackoff"], show=[(rf"{w} backoff", "--- FAIL: TestBackoff|exit status|^FAIL")])


@cause("pip", "long-install-then-missing", "dependency", whose="code config external", green=False)
def _(v):
    w = v.word()
    return Job(image="python:3.11", files={"requirements.txt": f"sphinx\npoetry\nacme-{w}-client==3.1\n"}, env={"PIP_NO_CACHE_DIR": "1", "PIP_TARGET": ".deps"}, script=["pip install sphinx", "pip install -r requirements.txt"], head=[rf"ERROR: No matching distribution found for acme-{w}-client==3.1", rf"ERROR: Could not find a version that satisfies the requirement acme-{w}-client==3.1"], show=[("ERROR: Could not find a version", "ERROR: No matching")])
