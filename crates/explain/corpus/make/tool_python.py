"""Python without pytest: unittest, tracebacks, mypy, ruff, flake8, black, pylint."""

from .case import Job, cause

IMAGE = "python:3.11"


def modules(v, n):
    return {f"src/{w}.py": f'"""Module {w}."""\n\n\ndef {w}(value: int) -> int:\n    """Return the value."""\n    return value\n' for w in v.words(n)}


@cause("unittest", "assert-equal", "test", variants=2, green=True)
def _(v):
    w = v.word()
    good = "import unittest\n\nclass GoodTest(unittest.TestCase):\n" + "".join(f"    def test_ok_{i}(self):\n        self.assertTrue(True)\n" for i in range(v.num(3, 30)))
    return Job(image=IMAGE, files={"tests/__init__.py": "", "tests/test_good.py": good, f"tests/test_{w}.py": f"import unittest\n\nclass {w.title()}Test(unittest.TestCase):\n    def test_{w}_count(self):\n        self.assertEqual(len([1, 2]), 3, '{w} lost an entry')\n"},
               fix={f"tests/test_{w}.py": ""}, script=["python3 -m unittest discover -v -s tests -t ."],
               head=[rf"AssertionError: 2 != 3 : {w} lost", rf"^FAIL: test_{w}_count"], show=[(rf"^FAIL: test_{w}", "AssertionError: 2")])


@cause("unittest", "error-in-setup", "test", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"test_all.py": f"import unittest\n\nclass {w.title()}Test(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        open('/var/lib/{w}/fixtures.json')\n    def test_a(self):\n        pass\n\nclass OtherTest(unittest.TestCase):\n    def test_b(self):\n        print('error: expected in this test')\n\nif __name__ == '__main__':\n    unittest.main()\n"},
               fix={"test_all.py": "import unittest\n\nclass OtherTest(unittest.TestCase):\n    def test_b(self):\n        print('error: expected in this test')\n\nif __name__ == '__main__':\n    unittest.main()\n"},
               script=["python3 test_all.py"], head=[rf"FileNotFoundError: .*{w}/fixtures.json", r"^ERROR: setUpClass"], show=[("^ERROR: setUpClass", "FileNotFoundError")])


@cause("python", "traceback-script", "unknown test config", whose="code", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"tools/report.py": f"import json\nimport sys\n\n\ndef load(text):\n    return json.loads(text)['{w}']\n\n\nprint('Loading {w} report', file=sys.stderr, flush=True)\nprint(load('{{\"rows\": 3}}'))\n"},
               fix={"tools/report.py": f"print('Loading {w} report')\nprint(3)\n"}, script=["python3 tools/report.py --strict"],
               head=[rf"^KeyError: '{w}'"], show=[("^Traceback", "^KeyError")])


@cause("python", "missing-variable", "config", whose="config code")
def _(v):
    w = v.word().upper()
    return Job(image=IMAGE, files={"deploy.py": f"import os\n\nprint('Preparing release')\ntoken = os.environ['{w}_API_TOKEN']\n"}, script=["python3 deploy.py"],
               head=[rf"^KeyError: '{w}_API_TOKEN'"], show=[("^Traceback", "^KeyError")])


@cause("python", "connection-refused", "network", whose="infra external")
def _(v):
    port = v.num(20000, 29999)
    return Job(image=IMAGE, files={"wait.py": f"import urllib.request\nprint('asking for the schema', flush=True)\nurllib.request.urlopen('http://127.0.0.1:{port}/schema.json', timeout=3)\n"}, script=["python3 wait.py"],
               head=[r"urllib.error.URLError: <urlopen error \[Errno 111\] Connection refused>"], show=[("During handling of", "^urllib.error.URLError")])


@cause("python", "syntax-error", "compile unknown", whose="code", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**modules(v, 5), f"src/{w}_main.py": f"def {w}(:\n    return 1\n"}, fix={f"src/{w}_main.py": ""}, script=["python3 -m compileall -q src"],
               head=[r"SyntaxError: invalid syntax"], show=[(rf"{w}_main", "SyntaxError")])


@cause("python", "memory-error", "oom", whose="code infra unknown")
def _(v):
    return Job(image=IMAGE, files={"load.py": "print('reading 4 shards', flush=True)\nrows = bytearray(8 << 30)\n"}, script=["ulimit -v 900000", "python3 load.py"],
               head=[r"^MemoryError"], show=[("^Traceback", "^MemoryError")])


@cause("mypy", "wrong-argument", "lint compile", variants=5, green=True)
def _(v):
    return Job(image=IMAGE, files={**modules(v, 6), "src/checkout.py": "def price(cents: int) -> str:\n    return str(cents)\n\n\nprice('nine')\n"}, fix={"src/checkout.py": "def price(cents: int) -> str:\n    return str(cents)\n\n\nprice(9)\n"},
               script=["mypy --no-incremental src"], head=[r'checkout.py:5: error: Argument 1 to "price"'], show=[("checkout.py:5: error", "^Found 1 error")])


@cause("mypy", "return-type", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**modules(v, 4), f"src/{w}_api.py": f"def {w}(flag: bool) -> int:\n    if flag:\n        return '{w}'\n    return missing_{w}\n"}, fix={f"src/{w}_api.py": ""},
               script=["mypy --pretty --no-incremental src"], colour=True, env={"FORCE_COLOR": "1", "TERM": "xterm"}, head=[rf"{w}_api.py:3: error: Incompatible return", rf"{w}_api.py:4: error: Name"], show=[(rf"{w}_api.py:3", "^Found 2 errors")])


@cause("ruff", "unused-import", "lint", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**modules(v, 6), f"src/{w}_cli.py": f"import json\nimport os\n\n\ndef {w}() -> None:\n    print(json.dumps(1))\n"}, fix={f"src/{w}_cli.py": ""},
               script=["ruff --version", "ruff check src"], head=[r"F401 .*`os` imported but unused"], show=[("F401", "^Found ")])


@cause("ruff", "format", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**modules(v, 6), f"src/{w}_cli.py": "x = {  'a':1 }\n"}, fix={f"src/{w}_cli.py": 'x = {"a": 1}\n'},
               script=["ruff check --quiet src", "ruff format --check src"], head=[r"unformatted: File would be reformatted|Would reformat: src/", rf"^ *--> src/{w}_cli.py", r"1 file would be reformatted"], show=[("ile would be reformatted|Would reformat", "1 file would")])


@cause("flake8", "undefined-name", "lint", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**modules(v, 6), f"src/{w}_run.py": f"def {w}():\n    return {w}_total\n"}, fix={f"src/{w}_run.py": ""},
               script=["flake8 src"], head=[rf"F821 undefined name '{w}_total'"])


@cause("flake8", "many-styles", "lint")
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={f"src/{w}.py": "import os,sys\nx=1\ndef f( a ):\n  return a\n"}, script=["flake8 --statistics --count src"], head=[rf"src/{w}.py:\d+:\d+: [EWF]\d+"], show=[(rf"src/{w}.py:1", r"^\d+$")])


@cause("black", "would-reformat", "lint", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**modules(v, 6), f"src/{w}_run.py": "def f( a,b ):\n  return {'a':a}\n"}, fix={f"src/{w}_run.py": ""}, script=["black --check src"],
               head=[rf"would reformat .*{w}_run.py", r"^1 file would be reformatted"], show=[("^would reformat", "^1 file would")])


@cause("black", "cannot-parse", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**modules(v, 3), f"src/{w}_run.py": "def f(:\n  return\n"}, fix={f"src/{w}_run.py": ""}, script=["black --check --diff src"], head=[rf"error: cannot (format|parse).*{w}_run.py"], show=[("^error: cannot", "fail(ed)? to reformat")])


@cause("pylint", "no-member", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={f"{w}.py": f'"""Doc."""\nimport os\n\nprint(os.{w}_path("x"))\n'}, fix={f"{w}.py": f'"""Doc."""\nimport os\n\nprint(os.getcwd())\n'}, script=[f"pylint --disable=C {w}.py"], head=[rf"E1101: Module 'os' has no '{w}_path' member"])


@cause("pylint", "score-gate", "lint policy", whose="code config")
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={f"{w}.py": f"import os\nimport sys\ndef {w}(a, b):\n    c = 1\n    return a\n"}, script=[f"pylint --fail-under=9.5 {w}.py"], head=[rf"{w}.py:\d+:\d+: [WCE]\d+", "Your code has been rated at"], show=[(rf"{w}.py:1", "rated at")])
