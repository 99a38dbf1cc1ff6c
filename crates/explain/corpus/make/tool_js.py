"""JavaScript: node's runner, jest, mocha, vitest, eslint, tsc, prettier, webpack."""

from .case import Job, cause

IMAGE = "node:20"
LINK = ["ln -s /opt/ci/js/node_modules node_modules"]


def package(v, **more):
    return {"package.json": '{\n  "name": "%s",\n  "version": "1.%d.0",\n  "private": true,\n  "scripts": {"test": "jest", "build": "tsc -p ."}\n}\n' % (v.project, v.num(0, 40)), **more}


def good(v, n=5, globals_=True):
    lead = "" if globals_ else "import { test, expect } from 'vitest';\n"
    return lead + "".join(f"test('{w} rejects with an error', () => {{ expect(1).toBe(1); }});\n" for w in v.words(n))


@cause("jest", "to-equal", "test", variants=5, green=True)
def _(v):
    bad = "test('cart keeps the discount', () => {\n  const cart = { total: 90, lines: 2 };\n  expect(cart).toEqual({ total: 81, lines: 2 });\n});\n"
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"src/good.test.js": good(v), "src/cart.test.js": bad}), fix={"src/cart.test.js": bad.replace("81", "90")}, script=[v.pick("npx jest", "npm test", "npx jest --ci", "npx jest --verbose --colors")],
               head=[r"● cart keeps the discount", r"expect\(received\)\.toEqual\(expected\)"], show=[("● cart keeps", r"cart.test.js:3:")])


@cause("jest", "cannot-find-module", "test dependency config", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"src/good.test.js": good(v), "src/a.test.js": f"const x = require('./{w}-client');\ntest('a', () => {{}});\n"}), fix={"src/a.test.js": good(v, 1)}, script=["npx jest --ci"], head=[rf"Cannot find module './{w}-client' from", "● Test suite failed to run"], show=[("● Test suite failed", r"a.test.js:1:")])


@cause("jest", "snapshot-obsolete", "test", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"a.test.js": f"test('renders {w}', () => {{ expect({{ tag: '{w}', n: 2 }}).toMatchSnapshot(); }});\n", "__snapshots__/a.test.js.snap": f'// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`renders {w} 1`] = `\n{{\n  "n": 1,\n  "tag": "{w}",\n}}\n`;\n'}), fix={"a.test.js": f"test('renders {w}', () => {{ expect({{ tag: '{w}', n: 1 }}).toMatchSnapshot(); }});\n"}, script=["npx jest --ci"],
               head=[rf"● renders {w}", r"toMatchSnapshot\(\)"], show=[(rf"● renders {w}", r"a.test.js:1:")], which="first")


@cause("jest", "timeout", "test timeout", whose="code unknown")
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"a.test.js": f"test('{w} answers', async () => {{ await new Promise(() => {{}}); }}, 300);\n"}), script=["npx jest"], head=[r"thrown: .?Exceeded timeout of 300 ms|Exceeded timeout of 300 ms", rf"● {w} answers"], show=[(rf"● {w} answers", "a.test.js:1")])


@cause("jest", "type-error", "test", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"lib.js": f"exports.{w} = (u) => u.profile.{w};\n", "a.test.js": f"const l = require('./lib');\ntest('{w} of nobody', () => {{ console.error('Warning: this is only logged'); l.{w}({{}}); }});\n", "b.test.js": good(v)}), fix={"a.test.js": good(v, 1)}, script=["npx jest"], head=[rf"TypeError: Cannot read properties of undefined \(reading '{w}'\)", rf"● {w} of nobody"], show=[(rf"● {w} of nobody", "lib.js:1")], which="first")


@cause("mocha", "deep-equal", "test", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"test/a.js": f"const assert = require('assert');\ndescribe('{w}', () => {{\n  it('throws an error on bad input', () => assert.throws(() => {{ throw new Error('x'); }}));\n  it('keeps order', () => assert.deepStrictEqual([1, 2], [2, 1]));\n}});\n"}), fix={"test/a.js": "it('ok', () => {});\n"}, script=["npx mocha"], head=[r"AssertionError \[ERR_ASSERTION\]: Expected values to be strictly deep-equal", r"^ +1\) keeps order|^ +keeps order:"], show=[("^  1\\) ", "at .*test/a.js:4")])


@cause("mocha", "before-hook", "test network", whose="code infra")
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"test/a.js": f"const net = require('net');\ndescribe('{w} queue', () => {{\n  before((done) => {{ net.connect(1, '127.0.0.1').on('error', done).on('connect', () => done()); }});\n  it('publishes', () => {{}});\n}});\n"}), script=["npx mocha --reporter spec"], head=[r"Error: connect ECONNREFUSED 127.0.0.1:1", r'"before all" hook'], show=[("^  1\\) ", "ECONNREFUSED")], which="last")


@cause("vitest", "to-be", "test", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"a.test.js": good(v, 4, False) + f"test('{w} slug', () => {{ expect('{w}-x').toBe('{w}_x'); }});\n", "b.test.js": good(v, 4, False)}), fix={"a.test.js": good(v, 2, False)}, script=["npx vitest run" + v.pick("", " --reporter=verbose")], head=[rf"AssertionError: expected '{w}-x' to be '{w}_x'", rf"FAIL .*{w} slug"], show=[("Failed Tests", "a.test.js:6")])


@cause("vitest", "import-fails", "test dependency config compile", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"a.test.js": f"import {{ x }} from './{w}-missing.js';\nimport {{ test }} from 'vitest';\ntest('a', () => x());\n", "b.test.js": good(v, 4, False)}), fix={"a.test.js": good(v, 2, False)}, script=["npx vitest run"], head=[rf"{w}-missing"], which="first", show=[("FAIL", rf"{w}-missing")])


@cause("node", "test-runner", "test", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=package(v, **{"test/a.test.js": f"const test = require('node:test');\nconst assert = require('node:assert');\ntest('handles an error', () => {{}});\ntest('{w} is doubled', () => {{ assert.strictEqual(4, 5, '{w} was not doubled'); }});\n"}), fix={"test/a.test.js": "require('node:test')('ok', () => {});\n"}, script=["node --version", "node --test test/"], head=[rf"{w} was not doubled", rf"not ok \d+ - {w} is doubled|✖ {w} is doubled"], show=[(rf"not ok \d+ - {w}|✖ {w} is doubled", rf"{w} was not doubled")])


@cause("node", "unhandled-rejection", "unknown test network", whose="code infra", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=package(v, **{"seed.js": f"console.log('seeding 12 tables');\nPromise.reject(new Error('{w} seed: relation does not exist'));\n"}), script=["node seed.js"], head=[rf"Error: {w} seed: relation does not exist"], show=[("seed.js:2", "Node.js v")])


@cause("node", "heap-out-of-memory", "oom", whose="code infra unknown")
def _(v):
    return Job(image=IMAGE, files=package(v, **{"bundle.js": "console.log('bundling 4182 modules');\nconst a = []; for (;;) a.push(new Array(1e4).fill(Math.random()));\n"}), script=["node --max-old-space-size=40 bundle.js"], head=[r"FATAL ERROR: .*JavaScript heap out of memory"], show=[("<--- Last few GCs", "heap out of memory")])


@cause("node", "module-not-found", "dependency config", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files=package(v, **{"index.js": f"require('@acme/{w}-kit');\n"}), fix={"index.js": "console.log('ok');\n"}, script=["node index.js"], head=[rf"Error: Cannot find module '@acme/{w}-kit'"], show=[("Cannot find module", "Node.js v")])


CONFIG = "export default [{ files: ['**/*.js'], rules: { 'no-undef': 'error', 'no-unused-vars': 'warn', 'eqeqeq': 'error' } }];\n"


@cause("eslint", "no-undef", "lint", variants=5, green=True)
def _(v):
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"eslint.config.mjs": CONFIG, "src/ok.js": "const spare = 1;\n", "src/session.js": "export function login() {\n  return sessionStore.open();\n}\n"}), fix={"src/session.js": "export const a = 1;\n"}, script=["npx eslint src" + v.pick("", " --color", " --format stylish")], head=[r"error +'sessionStore' is not defined"], show=[("session.js$", "problems? ")])


@cause("eslint", "config-missing", "config lint", whose="config code")
def _(v):
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"src/a.js": "const a = 1;\n"}), script=["npx eslint src"], head=[r"ESLint couldn't find (an eslint.config|a configuration)"], show=[("Oops! Something went wrong", "migrat")])


@cause("eslint", "parse-error", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"eslint.config.mjs": CONFIG, f"src/{w}.js": f"const {w} = [1, 2;\n"}), fix={f"src/{w}.js": "export const a = 1;\n"}, script=["npx eslint src"], head=[r"error +Parsing error: Unexpected token"], show=[(rf"{w}.js$", "problem")])


@cause("tsc", "not-assignable", "compile lint", variants=5, green=True)
def _(v):
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"tsconfig.json": '{"compilerOptions": {"strict": true, "noEmit": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler", "types": []}, "include": ["src"]}\n', "src/a.ts": "export const port: number = 'eighty';\n"}), fix={"src/a.ts": "export const port: number = 80;\n"}, script=[v.pick("npx tsc -p .", "npm run build", "npx tsc --pretty -p .")], head=[r"error TS2322: Type 'string' is not assignable to type 'number'"])


@cause("tsc", "property-missing", "compile lint", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"src/a.ts": f"interface User {{ id: number }}\nexport const f = (u: User) => u.{w}Name;\nimport {{ z }} from './{w}';\nexport const g = z;\n"}), fix={"src/a.ts": "export const a = 1;\n"}, script=["npx tsc --noEmit --strict src/a.ts"], head=[r"error TS2339: Property", r"error TS2307: Cannot find module"])


@cause("prettier", "check", "lint", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{f"src/{w}.js": "const a={b:1}\n", "src/ok.js": "const a = 1;\n"}), fix={f"src/{w}.js": "const a = 1;\n"}, script=["npx prettier --check src"], head=[rf"\[warn\] src/{w}.js", r"\[warn\] Code style issues found"], show=[(r"\[warn\] src/", "Code style issues")])


@cause("prettier", "syntax", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{f"src/{w}.js": "const a = (;\n"}), fix={f"src/{w}.js": "const a = 1;\n"}, script=["npx prettier --check src"], head=[rf"\[error\] src/{w}.js: SyntaxError"], show=[(r"\[error\] src/", r"\[error\] +\|?.*\^|All matched|Error occurred")])


@cause("webpack", "cant-resolve", "compile dependency", whose="code config", variants=1, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"src/index.js": f"import './{w}/style.js';\n"}), fix={"src/index.js": "console.log(1);\n"}, script=["npx webpack --mode production"], head=[rf"Module not found: Error: Can't resolve './{w}/style.js'"], show=[("^ERROR in", "compiled with")])


@cause("webpack", "parse-failed", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, setup=LINK, files=package(v, **{"src/index.js": f"const {w} = ;\n"}), fix={"src/index.js": "console.log(1);\n"}, script=["npx webpack --mode development"], head=[r"Module parse failed: Unexpected token"], show=[("^ERROR in", "compiled with")])
