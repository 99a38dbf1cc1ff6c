"""pytest: assertions, errors in fixtures and collection, timeouts, crashes."""

from .case import Job, cause

PASSING = """import pytest

@pytest.mark.parametrize("n", range({n}))
def test_{a}_{b}(n):
    assert n >= 0

def test_{a}_error_is_raised():
    with pytest.raises(ValueError, match="bad {b}"):
        raise ValueError("bad {b}")
"""


def project(v, failing, name=None, **more):
    a, b, c = v.words(3)
    files = {
        f"tests/test_{a}.py": PASSING.format(n=v.num(3, 40), a=a, b=b),
        f"tests/test_{c}.py": PASSING.format(n=v.num(3, 20), a=c, b=a),
        f"tests/{name or 'test_' + v.project.replace('-', '_') + '.py'}": failing,
        "pytest.ini": "[pytest]\ntestpaths = tests\n",
    }
    files.update(more)
    return files


def job(v, failing, head, show, **more):
    name = f"test_{v.word()}_{v.word()}.py"
    flags = v.pick("-q", "-v", "", "-ra", "--color=yes", "-q --durations=3")
    options = dict(image="python:3.11-slim", before=["python3 --version"], script=[f"pytest {flags}".strip()])
    options.update(more)
    files = project(v, failing, name)
    files.update(options.pop("files", {}))
    return Job(files=files, head=head, show=show, fix={f"tests/{name}": "def test_fixed():\n    assert True\n"}, **options)


@cause("pytest", "assert-total", "test", variants=5, green=True)
def _(v):
    want, test = 61, "test_invoice_total_includes_tax"
    return job(v, f"def total(items):\n    return sum(items)\n\n\ndef {test}():\n    assert total([10, 20, 30]) == {want}\n",
               [rf"^E +assert 60 == {want}", rf"^FAILED .*{test}"], [(rf"^_+ {test}", rf"{test}.* (-|Err)|: AssertionError")])


@cause("pytest", "fixture-error", "test", green=True)
def _(v):
    w = v.word()
    return job(v, f"import pytest\n\n@pytest.fixture\ndef {w}_store():\n    raise RuntimeError('{w} store could not be opened')\n\ndef test_{w}_reads({w}_store):\n    assert {w}_store\n",
               [rf"^E +RuntimeError: {w} store could not", rf"^ERROR .*test_{w}_reads"], [(rf"ERROR at setup of test_{w}_reads", "RuntimeError$")])


@cause("pytest", "collection-import", "dependency test config", whose="code config", green=True)
def _(v):
    w = v.word()
    return job(v, f"from acme_{w}.plugins import loader\n\ndef test_x():\n    assert loader\n",
               [rf"^E +ModuleNotFoundError: No module named 'acme_{w}'", r"^ERROR tests/test_"], [("ERROR collecting", "No module named")])


@cause("pytest", "dict-diff", "test", green=True)
def _(v):
    w = v.word()
    return job(v, f"def test_{w}_settings_round_trip():\n    got = {{'retries': 3, 'name': '{w}', 'paths': ['a', 'b']}}\n    want = {{'retries': 4, 'name': '{w}', 'paths': ['a', 'c']}}\n    assert got == want\n",
               [r"^E +AssertionError: assert \{", rf"^FAILED .*test_{w}_settings"], [(rf"^_+ test_{w}", "AssertionError$")],
               script=["pytest -vv"])


@cause("pytest", "raised-in-code", "test", variants=2, green=True)
def _(v):
    w = v.word()
    return job(v, f"from src_{w} import parse\n\ndef test_{w}_parses_header():\n    assert parse('x') == 1\n",
               [rf"^E +KeyError: 'missing-{w}'", rf"^FAILED .*test_{w}_parses"], [(rf"^_+ test_{w}", "KeyError$")],
               files={f"src_{w}.py": f"TABLE = {{}}\n\ndef parse(text):\n    return lookup(text)\n\ndef lookup(text):\n    return TABLE['missing-{w}']\n"},
               script=["python3 -m pytest -ra"])


@cause("pytest", "timeout", "timeout test", whose="code unknown")
def _(v):
    w = v.word()
    return job(v, f"import time\n\ndef test_{w}_finishes():\n    time.sleep(30)\n",
               [r"^E +Failed: Timeout", rf"^FAILED .*test_{w}_finishes"], [(rf"^_+ test_{w}_finishes", "Failed$")], script=["pytest --timeout=1 -p no:cacheprovider"])


@cause("pytest", "three-failures", "test", green=True)
def _(v):
    a, b, c = v.words(3)
    body = "".join(f"def test_{w}_ready():\n    assert '{w}' in 'open {w[:-1]}'\n\n" for w in (a, b, c))
    return job(v, body, [r"^E +AssertionError: assert '", r"^FAILED "], [("=== FAILURES", "short test summary")], script=["pytest -n 2 --color=yes"], colour=True)


@cause("pytest", "internal-conftest", "test config", whose="code config")
def _(v):
    w = v.word()
    return job(v, "def test_x():\n    pass\n", [rf"NameError: name '{w}_root' is not defined"], [("ImportError while loading conftest", "NameError")],
               files={"tests/conftest.py": f"import pytest\n\nDATA = {w}_root / 'data'\n"})


@cause("pytest", "unknown-option", "config", whose="config code")
def _(v):
    return job(v, "def test_x():\n    pass\n", [r"error: unrecognized arguments: --shard"], [("usage:", "inifile|rootdir")], script=["pytest --shard=2/4 -q"])


@cause("pytest", "coverage-gate", "policy test", whose="code config", green=False)
def _(v):
    w = v.word()
    return job(v, f"import cov_{w}\n\ndef test_x():\n    assert cov_{w}.yes(1)\n", [r"Required test coverage of 95(\.0)?% not reached|Coverage failure: total of"], [("^Name +Stmts", "Required test coverage|Coverage failure")],
               files={f"cov_{w}.py": "def yes(n):\n    if n:\n        return True\n    for i in range(n):\n        print(i)\n        n += i\n    return False\n"},
               script=[f"python3 -m pytest -q --cov=cov_{w} --cov-fail-under=95"])


@cause("pytest", "segfault", "killed test", whose="code unknown")
def _(v):
    w = v.word()
    return job(v, f"import ctypes\n\ndef test_{w}_native_call():\n    ctypes.string_at(0)\n", [r"Segmentation fault"], [("Fatal Python error", "File .*test_")], script=["pytest -p no:cacheprovider -v"])


@cause("pytest", "warning-as-error", "test", green=True)
def _(v):
    w = v.word()
    return job(v, f"import warnings\n\ndef test_{w}_api():\n    warnings.warn('{w}_api() is deprecated, use {w}()', DeprecationWarning)\n",
               [rf"^E +DeprecationWarning: {w}_api", rf"^FAILED .*test_{w}_api"], [(rf"^_+ test_{w}_api", "DeprecationWarning$")], script=["pytest -W error -q"])
