"""Long and odd logs: thousands of passing tests, one huge progress line, bytes that are not UTF-8.

This module comes last, so that its causes do not move those of other modules to the other side.
"""

from . import serve
from .case import Job, cause


@cause("pytest", "one-of-1500", "test", green=True)
def _(v):
    w = v.word()
    body = f"import pytest\n\n@pytest.mark.parametrize('n', range(1500))\ndef test_{w}_square(n):\n    assert n * n != 998001, 'square of 999 is refused by {w}'\n"
    return Job(image="python:3.11", files={f"test_{w}.py": body}, fix={f"test_{w}.py": body.replace("998001", "7")}, script=["pytest -v"], head=[rf"^E +AssertionError: square of 999 is refused by {w}", rf"^FAILED test_{w}.py::test_{w}_square\[999\]"], show=[(rf"^_+ test_{w}_square\[999\]", "AssertionError$")], timestamps=False)


@cause("pytest", "long-log-capture", "test", green=True)
def _(v):
    w = v.word()
    body = f"import logging\nlog = logging.getLogger('{w}')\n\ndef test_{w}_drains():\n    for i in range(700):\n        log.warning('error budget: retry %d of queue {w} failed, backing off', i)\n    queue = list(range(3))\n    assert not queue\n"
    return Job(image="python:3.11", files={"test_q.py": body}, fix={"test_q.py": "def test_q():\n    pass\n"}, script=["pytest"], head=[r"^E +assert not \[0, 1, 2\]", rf"^FAILED test_q.py::test_{w}_drains"], show=[(rf"^_+ test_{w}_drains", r"^test_q.py:\d+: AssertionError")], timestamps=False)


@cause("go", "one-of-800-subtests", "test", green=True)
def _(v):
    w = v.word()
    body = f"package {w}\n\nimport (\n\t\"fmt\"\n\t\"testing\"\n)\n\nfunc TestMatrix(t *testing.T) {{\n\tfor i := 0; i < 800; i++ {{\n\t\tt.Run(fmt.Sprintf(\"case_%03d_error\", i), func(t *testing.T) {{\n\t\t\tif i == 613 {{\n\t\t\t\tt.Fatalf(\"{w} cell %d is not symmetric\", i)\n\t\t\t}}\n\t\t}})\n\t}}\n}}\n"
    return Job(image="golang:1.19", env={"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": "/tmp/corpus-go-cache"}, files={"go.mod": "module gitlab.acme.example/acme/matrix\n\ngo 1.19\n", f"{w}_test.go": body}, fix={f"{w}_test.go": body.replace("613", "9999")}, script=["go test -v ./..."], head=[rf"{w}_test.go:\d+: {w} cell 613 is not symmetric", r"--- FAIL: TestMatrix/case_613", r"^--- FAIL: TestMatrix "], show=[(rf"{w} cell 613", rf"{w} cell 613"), ("--- FAIL: TestMatrix/", "--- FAIL: TestMatrix/")], timestamps=False)


@cause("ctest", "one-of-500", "test", green=True)
def _(v):
    w = v.word()
    rest = "enable_testing()\nforeach(i RANGE 1 500)\n  if(i EQUAL 321)\n    add_test(NAME {w}_error_case_${{i}} COMMAND sh -c \"echo '{w} drift above tolerance'; exit {rc}\")\n  else()\n    add_test(NAME {w}_error_case_${{i}} COMMAND true)\n  endif()\nendforeach()\n"
    lists = lambda rc: f"cmake_minimum_required(VERSION 3.16)\nproject(soak NONE)\n" + rest.format(w=w, rc=rc)
    return Job(image="gcc:12", files={"CMakeLists.txt": lists(1)}, fix={"CMakeLists.txt": lists(0)}, script=["cmake -S . -B build", "ctest --test-dir build --output-on-failure"], head=[rf"{w}_error_case_321 \.+\*\*\*Failed", rf"- {w}_error_case_321 \(Failed\)", rf"^{w} drift above tolerance"], show=[(r"\*\*\*Failed", "drift above tolerance"), ("The following tests FAILED", r"\(Failed\)")])


@cause("cargo", "one-of-900", "test", green=True)
def _(v):
    w = v.word()
    tests = "".join(f"    #[test]\n    fn panics_on_error_{i:03}() {{}}\n" for i in range(900))
    lib = f"#[cfg(test)]\nmod tests {{\n{tests}    #[test]\n    fn {w}_checksum() {{ assert!(1 + 1 == 3, \"{w} checksum is stale\"); }}\n}}\n"
    return Job(image="rust:1.95", files={"Cargo.toml": f'[package]\nname = "{v.project}"\nversion = "0.1.0"\nedition = "2021"\n', "src/lib.rs": lib}, fix={"src/lib.rs": lib.replace("== 3", "== 2")}, script=["cargo test"], head=[rf"^{w} checksum is stale", rf"^test tests::{w}_checksum \.\.\. FAILED", r"panicked at src/lib.rs"], show=[(rf"^---- tests::{w}_checksum", f"{w} checksum is stale")])


@cause("bash", "huge-progress-line", "config unknown", whose="code config", green=True)
def _(v):
    w = v.word()
    bar = "#!/bin/bash\nfor i in $(seq 1 3000); do printf '\\rcopying layer errors=0 failed=0 %d/3000 [%-30s]' $i ''; done; echo\n"
    return Job(image="debian:12", files={"copy.sh!": bar + f"echo 'layer {w}.tar: digest does not match the manifest' >&2\nexit 1\n"}, fix={"copy.sh!": bar}, script=["./copy.sh"], head=[rf"layer {w}.tar: digest does not match the manifest"])


@cause("python", "latin-1-noise", "test unknown", whose="code", green=True)
def _(v):
    w = v.word()
    body = f"import sys\nfor i in range(40):\n    sys.stdout.buffer.write(b'Pr\\xfcfung %d: Gr\\xf6\\xdfe in Ordnung, Fehler 0\\n' % i)\nsys.stdout.flush()\n"
    return Job(image="python:3.11", files={"check.py": body + f"raise ValueError('{w} size differs by 12 bytes')\n"}, fix={"check.py": body}, script=["python3 check.py"], head=[rf"^ValueError: {w} size differs"], show=[("^Traceback", "^ValueError")])


@cause("python", "nested-causes", "unknown config network test", whose="code infra config", green=True)
def _(v):
    w = v.word()
    body = f"class StoreError(Exception):\n    pass\n\ndef connect():\n    raise OSError(98, 'Address already in use')\n\ndef start():\n    try:\n        connect()\n    except OSError as e:\n        raise StoreError('{w} store did not start') from e\n\ntry:\n    start()\nexcept StoreError as e:\n    raise SystemExit(1) if False else RuntimeError('bootstrap of {w} aborted') from e\n"
    body = body.replace("raise SystemExit(1) if False else RuntimeError", "raise RuntimeError")
    return Job(image="python:3.11", files={"boot.py": body}, fix={"boot.py": "print('up')\n"}, script=["python3 boot.py"], head=[rf"^RuntimeError: bootstrap of {w} aborted", r"^OSError: \[Errno 98\] Address already in use", rf"StoreError: {w} store did not start"], show=[("^Traceback", "^RuntimeError")])


@cause("curl", "retries-then-500", "network", whose="external infra")
def _(v):
    return Job(image="curlimages/curl:8.6.0", files={}, background=serve.fixed(500, b"boom"), script=["curl -fsS --retry 3 --retry-delay 0 --retry-all-errors http://@ADDR@/sbom.json"], head=[r"curl: \(22\) The requested URL returned error: 500"])


@cause("npm", "deprecated-then-test", "config dependency", whose="code config", green=False)
def _(v):
    import json
    w = v.word()
    known = {f"acme-{x}": {"1.0.0": {"deprecated": f"acme-{x} has a known error and is no longer supported"}} for x in v.words(5)}
    return Job(image="node:20", files={"package.json": json.dumps({"name": v.project, "version": "1.0.0", "scripts": {"lint": f"{w}-lint src"}}, indent=2)}, env={"npm_config_cache": f"/tmp/corpus-npm-{v.hex(6)}"}, background=serve.npm_registry(known), script=["npm pkg get name", "npm run lint"], head=[rf"{w}-lint: (command )?not found"])


@cause("mypy", "unknown-option", "config lint", whose="code config")
def _(v):
    return Job(image="python:3.11", files={"a.py": "x = 1\n"}, script=["mypy --strict --report-drift a.py"], head=[r"mypy: error: unrecognized arguments: --report-drift"])


@cause("tsc", "config-broken", "config compile", whose="code config")
def _(v):
    return Job(image="node:20", setup=["ln -s /opt/ci/js/node_modules node_modules"], files={"tsconfig.json": '{"compilerOptions": {"target": "es2099"}, "files": ["a.ts"]}\n', "a.ts": "export const a = 1;\n"}, script=["npx tsc -p ."], head=[r"error TS6046: Argument for '--target' option must be"])


@cause("eslint", "max-warnings", "lint policy", whose="code", green=True)
def _(v):
    w = v.word()
    config = "export default [{ files: ['**/*.js'], rules: { 'no-unused-vars': 'warn', 'no-console': 'warn' } }];\n"
    return Job(image="node:20", setup=["ln -s /opt/ci/js/node_modules node_modules"], files={"eslint.config.mjs": config, f"src/{w}.js": f"const {w} = 1;\n"}, fix={f"src/{w}.js": "export const a = 1;\n"}, script=["npx eslint --max-warnings 0 src"], head=[r"ESLint found too many warnings \(maximum: 0\)", rf"warning +'{w}' is assigned a value but never used"], show=[(rf"{w}.js$", "too many warnings")])


@cause("git", "lfs-missing", "git dependency config", whose="infra config code")
def _(v):
    return Job(image="alpine/git:2.45", env={"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "filter.acme.required", "GIT_CONFIG_VALUE_0": "true"}, files={"a.bin": "x\n", ".gitattributes": "*.bin filter=lfs\n"}, setup=["git init -q . && git -c user.name=ci -c user.email=ci@acme.example add .gitattributes && true"], script=["git -c filter.lfs.clean='git-lfs-acme clean' -c filter.lfs.required=true add a.bin"], head=[r"fatal: a.bin: clean filter 'lfs' failed", r"git-lfs-acme: (command )?not found"])


@cause("gcc", "multiple-definition", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image="gcc:12", files={"a.c": f"int {w}_state = 1;\nint main(void) {{ return 0; }}\n", "b.c": f"int {w}_state = 2;\n"}, fix={"b.c": "int other;\n"}, script=["gcc -c a.c", "gcc -c b.c", "gcc a.o b.o -o app"], head=[rf"multiple definition of .{w}_state"], show=[("multiple definition", "ld returned 1")])


@cause("javac", "release-flag", "config compile", whose="code config infra")
def _(v):
    return Job(image="eclipse-temurin:17", files={"A.java": "class A {}\n"}, script=["javac --release 99 A.java"], head=[r"error: release version 99 not supported"])
