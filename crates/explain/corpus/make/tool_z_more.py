"""Further causes of tools that stand above, several with five variants for grouping."""

from .case import Job, cause

LINK = ["ln -s /opt/ci/js/node_modules node_modules"]


@cause("tsc", "implicit-any", "compile lint", variants=5, green=True)
def _(v):
    return Job(image="node:20", setup=LINK, files={"package.json": '{"name": "%s"}\n' % v.project, "src/ok.ts": "export const b = 2;\n", "src/route.ts": "export function go(to) {\n  return to;\n}\n"}, fix={"src/route.ts": "export const a = 1;\n"}, script=["npx tsc --noEmit --strict src/*.ts" + v.pick("", " --pretty")], head=[r"error TS7006: Parameter 'to' implicitly has an 'any' type"])


@cause("oom", "python-killed", "oom killed", whose="infra code unknown", variants=5)
def _(v):
    body = "import os\nprint('epoch 1 of 3', flush=True)\nprint('loss 0.41 error rate 0.02', flush=True)\nos.kill(os.getpid(), 9)\n"
    return Job(image="python:3.11", files={"train.py": body}, script=["python3 train.py --epochs 3"], head=[r"Killed +python3 train.py", r"ERROR: Job failed: exit code 137"])


@cause("node", "deep-equal", "test", variants=5, green=True)
def _(v):
    body = "const { test } = require('node:test');\nconst assert = require('node:assert');\nfor (let i = 0; i < 6; i++) test(`error case ${i}`, () => {});\ntest('route keeps its query', () => { assert.deepStrictEqual({ path: '/a', query: 'x=1' }, { path: '/a', query: 'x=2' }); });\n"
    return Job(image="node:20", files={"test/route.test.js": body}, fix={"test/route.test.js": body.replace("x=2", "x=1")}, script=["node --test" + v.pick("", " --test-reporter=spec", " --test-reporter=tap")], head=[r"Expected values to be strictly deep-equal", r"not ok \d+ - route keeps its query|✖ route keeps its query"], show=[(r"not ok \d+ - route keeps|✖ route keeps", "deep-equal")])


@cause("vitest", "to-equal", "test", variants=5, green=True)
def _(v):
    body = "import { test, expect } from 'vitest';\n" + "".join(f"test('error {i} is handled', () => {{}});\n" for i in range(v.num(2, 9))) + "test('basket sums its lines', () => { expect({ sum: 12 }).toEqual({ sum: 13 }); });\n"
    return Job(image="node:20", setup=LINK, files={"package.json": '{"name": "%s"}\n' % v.project, "basket.test.js": body}, fix={"basket.test.js": body.replace("13", "12")}, script=["npx vitest run" + v.pick("", " --reporter=verbose")], head=[r"AssertionError: expected \{ sum: 12 \} to deeply equal \{ sum: 13 \}", r"FAIL .*basket sums its lines"], show=[("FAIL .*basket sums", "AssertionError")])


@cause("unittest", "raises", "test", variants=3, green=True)
def _(v):
    good = "".join(f"    def test_error_{i}(self):\n        pass\n" for i in range(v.num(2, 20)))
    body = f"import unittest\n\nclass ClockTest(unittest.TestCase):\n{good}    def test_clock_refuses_past(self):\n        with self.assertRaises(ValueError):\n            int('7')\n"
    return Job(image="python:3.11", files={"test_clock.py": body}, fix={"test_clock.py": body.replace("'7'", "'x'")}, script=["python3 -m unittest" + v.pick("", " -v")], head=[r"AssertionError: ValueError not raised", r"^FAIL: test_clock_refuses_past"], show=[("^FAIL: test_clock", "AssertionError")])


@cause("g++", "private-member", "compile", variants=5, green=True)
def _(v):
    body = "class Vault {\n  int key_ = 1;\n};\nint main() {\n  Vault v;\n  return v.key_;\n}\n"
    return Job(image="gcc:12", files={"src/vault.cpp": body, **{f"src/{w}.cpp": f"int {w}() {{ return 1; }}\n" for w in v.words(4)}}, fix={"src/vault.cpp": "int main() {}\n"}, script=["for f in src/*.cpp; do echo \"CXX $f\"; g++ -Wall -c $f -o /dev/null" + v.pick("", " -O1") + "; done"], head=[r"src/vault.cpp:6:\d+: error: .int Vault::key_. is private within this context"], show=[("In function .int main", "is private within")])


@cause("kubectl", "bad-yaml", "config deploy", whose="code config")
def _(v):
    w = v.word()
    return Job(image="bitnami/kubectl", files={"k8s/app.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {w}\n data: x\n"}, script=["kubectl apply --dry-run=client --validate=false -f k8s/app.yaml"], head=[r"error: error parsing k8s/app.yaml: error converting YAML to JSON"])


@cause("maven", "unknown-phase", "config", whose="code config")
def _(v):
    return Job(image="maven:3.8", files={"pom.xml": f'<project>\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>example.acme</groupId>\n  <artifactId>{v.project}</artifactId>\n  <version>1</version>\n</project>\n'}, script=["mvn -B -o -Dmaven.repo.local=.m2 packge"], head=[r'\[ERROR\] Unknown lifecycle phase "packge"'])


@cause("java", "class-not-found", "config dependency unknown", whose="code config")
def _(v):
    w = v.word().title()
    return Job(image="eclipse-temurin:17", files={"A.java": "class A {}\n"}, script=["javac A.java", f"java -cp . com.acme.{w}Main"], head=[rf"Error: Could not find or load main class com.acme.{w}Main", rf"Caused by: java.lang.ClassNotFoundException: com.acme.{w}Main"])


@cause("shellcheck", "parse-error", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image="koalaman/shellcheck-alpine", files={f"{w}.sh": "#!/bin/bash\nif true; then\n  echo x\n"}, fix={f"{w}.sh": "#!/bin/bash\necho x\n"}, script=[f"shellcheck {w}.sh"], head=[r"SC1046|SC1047|SC1072|SC1073"], show=[(rf"^In {w}.sh", r"SC1072|SC1047")])


@cause("yamllint", "trailing-spaces", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image="cytopia/yamllint", files={f"{w}.yml": "---\na: 1   \nb: 2"}, fix={f"{w}.yml": "---\na: 1\n"}, script=["yamllint ."], head=[r"error +trailing spaces", "error +no new line character"], show=[(rf"{w}.yml", "no new line")])


@cause("ruff", "syntax", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image="python:3.11", files={f"{w}.py": f"def {w}(:\n    pass\n"}, fix={f"{w}.py": "x = 1\n"}, script=["ruff check --output-format=concise ."], head=[rf"{w}.py:1:\d+: (invalid-syntax|SyntaxError)"], which="first")


@cause("minitest", "rake-style", "test", variants=2, green=True)
def _(v):
    w = v.word()
    t = f"require 'minitest/autorun'\ndescribe '{w} list' do\n  it('logs an error') {{ _(1).must_equal 1 }}\n  it('is empty') {{ _([1]).must_be_empty }}\nend\n"
    return Job(image="ruby:3.1", files={f"spec/{w}_spec.rb": t}, fix={f"spec/{w}_spec.rb": t.replace("[1]", "[]")}, script=[f"ruby spec/{w}_spec.rb"], head=[rf"{w} list#test_0002_is empty", r"Expected \[1\] to be empty"], show=[(r"^ +1\) Failure", "to be empty")])


@cause("uv", "package-missing", "dependency network registry", whose="infra external code config")
def _(v):
    w = v.word()
    return Job(image="python:3.11", env={"UV_INDEX_URL": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}, files={"requirements.in": f"acme-{w}>=2\n"}, script=["uv pip compile requirements.in"], head=[r"error: (Request failed|Failed to fetch)", r"(cause|Caused by): .*[Cc]onnection refused"], show=[("^ *error:", "onnection refused")])
