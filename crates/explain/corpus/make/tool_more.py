"""Image builds, clusters, hooks, and further linters and compilers."""

from . import serve
from .case import Job, cause

BUILDAH = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
SHELL = ["mkdir -p ctx && cp /usr/bin/busybox ctx/busybox"]
BASE = "FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/busybox\n"


def image(v, dockerfile, head, show, **more):
    return Job(image="quay.example/buildah/stable", env=BUILDAH, setup=SHELL, files={"ctx/Dockerfile": dockerfile}, script=["buildah build -t app:ci ctx"], head=head, show=show, **more)


@cause("buildah", "run-step-fails", "compile unknown config test", whose="code config", variants=5, green=True)
def _(v):
    good = BASE + "RUN echo installing 12 packages\n"
    return image(v, good + "RUN echo 'schema check: table orders is missing' >&2; exit 9\nRUN echo never\n", [r"^schema check: table orders is missing", r'Error: building at STEP "RUN echo .schema check'], [("^schema check", "Error: building at STEP")], fix={"ctx/Dockerfile": good})


@cause("buildah", "copy-missing", "config compile", whose="code config", green=True)
def _(v):
    w = v.word()
    return image(v, BASE + f"COPY dist/{w}.tar.gz /srv/\n", [rf"Error: building at STEP \"COPY dist/{w}.tar.gz.*no such file or directory|{w}.tar.gz.*no such file"], [], fix={"ctx/Dockerfile": BASE})


@cause("buildah", "command-missing-in-image", "dependency config compile", whose="code config", green=True)
def _(v):
    w = v.word()
    return image(v, BASE + f"RUN {w}ctl --version\n", [rf"{w}ctl: not found"], [(rf"{w}ctl: not found", "Error: building at STEP")], fix={"ctx/Dockerfile": BASE})


@cause("buildah", "base-image-unreachable", "registry network", whose="external infra config")
def _(v):
    w = v.word()
    return image(v, f"FROM registry-{w}.invalid/base:1\n", [rf"Error: creating build container: .*registry-{w}.invalid|lookup registry-{w}.invalid"], [])


@cause("kubectl", "api-refused", "network deploy config", whose="infra config", variants=1)
def _(v):
    return Job(image="bitnami/kubectl", files={"deploy.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n"}, background=serve.closed_port(), script=["kubectl --server=http://@ADDR@ apply -f deploy.yaml"], substitute=[], head=[r"(The connection to the server .* was refused|connect: connection refused)"], which="last")


@cause("kubectl", "forbidden", "auth deploy", whose="config infra")
def _(v):
    token = v.token(24)
    body = b'{"kind":"Status","apiVersion":"v1","status":"Failure","message":"deployments.apps is forbidden: User \\"system:serviceaccount:ci:runner\\" cannot list resource \\"deployments\\" in API group \\"apps\\"","reason":"Forbidden","code":403}'
    return Job(image="bitnami/kubectl", files={}, background=serve.fixed(403, body, content_type="application/json"), secrets=[], script=["kubectl --server=http://@ADDR@ get deployments"], head=[r"Error from server \(Forbidden\)"])


@cause("kubectl", "manifest-missing", "config deploy", whose="code config")
def _(v):
    w = v.word()
    return Job(image="bitnami/kubectl", files={}, script=[f"kubectl apply -f k8s/{w}.yaml"], head=[rf'error: the path "k8s/{w}.yaml" does not exist'])


@cause("ssh", "refused", "network deploy", whose="infra config", variants=1)
def _(v):
    return Job(image="debian:12", files={}, background=serve.closed_port(), script=["ssh -o BatchMode=yes -o StrictHostKeyChecking=no -p $(echo @ADDR@ | cut -d: -f2) deploy@127.0.0.1 true"], head=[r"ssh: connect to host .* Connection refused"])


@cause("ssh", "rsync-unknown-host", "network deploy", whose="infra config")
def _(v):
    w = v.word()
    return Job(image="debian:12", files={"site/index.html": "x"}, script=[f"rsync -az site/ deploy@www-{w}.invalid:/srv/www/"], head=[rf"ssh: Could not resolve hostname www-{w}.invalid"], show=[("ssh: Could not", "rsync error")])


@cause("twine", "upload-403", "auth registry deploy", whose="config infra", variants=1)
def _(v):
    token = "glpat-" + v.token(20)
    return Job(image="python:3.11", files={"pyproject.toml": f'[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "{v.project}"\nversion = "1.0"\n', "a.py": ""}, env={"TWINE_NON_INTERACTIVE": "1", "PIP_NO_INDEX": "", "TERM": "dumb", "COLUMNS": "120"}, background=serve.fixed(403, b"forbidden"), secrets=[token],
               setup=["pip wheel --no-build-isolation --no-deps -q -w dist . || python3 -m build -w ."], script=[f"twine upload --verbose --repository-url http://@ADDR@/api/v4/projects/7/packages/python -u ci -p {token} dist/*"], head=[r"HTTPError: 403 Forbidden from"], show=[("HTTPError: 403", "HTTPError: 403")])


HOOK = "repos:\n  - repo: local\n    hooks:\n      - id: fine\n        name: check for error words\n        entry: 'true'\n        language: system\n      - id: {w}-license\n        name: {w} license header\n        entry: bash -c 'echo \"src/{w}.c has no license header\"; exit {rc}'\n        language: system\n        pass_filenames: false\n"


@cause("pre-commit", "hook-fails", "lint policy", whose="code", variants=1, green=True)
def _(v):
    w = v.word()
    return Job(image="python:3.11", env={"PRE_COMMIT_HOME": "/tmp/corpus-pc"}, files={".pre-commit-config.yaml": HOOK.format(w=w, rc=1), f"src/{w}.c": "int x;\n"}, fix={".pre-commit-config.yaml": HOOK.format(w=w, rc=0)}, setup=["git init -q . && git add -A"], script=["pre-commit run --all-files"], head=[rf"src/{w}.c has no license header", rf"^{w} license header\.+Failed"], show=[(rf"^{w} license header", "no license header")])


@cause("pre-commit", "bad-config", "config", whose="code config")
def _(v):
    return Job(image="python:3.11", env={"PRE_COMMIT_HOME": "/tmp/corpus-pc"}, files={".pre-commit-config.yaml": "repos:\n  - repo: local\n    hoks: []\n"}, setup=["git init -q . && git add -A"], script=["pre-commit run --all-files"], head=[r"Missing required key: hooks", "InvalidConfigError"], show=[("InvalidConfigError", "Missing required key")])


@cause("pyright", "attribute", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image="python:3.11", files={"a.py": f"class A:\n    size: int = 1\n\n\nprint(A().{w})\n"}, fix={"a.py": "print(1)\n"}, env={"PYRIGHT_PYTHON_FORCE_VERSION": "", "PYRIGHT_PYTHON_GLOBAL_NODE": "1"}, setup=["pyright --version"], script=["pyright a.py"], head=[rf'error: Cannot access attribute "{w}"'])


@cause("bandit", "shell-true", "lint policy", whose="code", green=True)
def _(v):
    return Job(image="python:3.11", files={"run.py": "import subprocess\n\nsubprocess.call('ls ' + input(), shell=True)\n"}, fix={"run.py": "print(1)\n"}, script=["bandit -q -ll -r . || { echo; false; }"], head=[r"\[B602:subprocess_popen_with_shell_equals_true\]"], show=[(r"\[B602", "shell=True")], colour=False)


@cause("stylelint", "unknown-unit", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image="node:20", setup=["ln -s /opt/ci/js/node_modules node_modules"], files={".stylelintrc.json": '{"rules": {"unit-no-unknown": true, "color-no-invalid-hex": true}}\n', f"css/{w}.css": f".{w} {{ width: 10pixels; }}\n"}, fix={f"css/{w}.css": ".a { width: 1px; }\n"}, script=["npx stylelint 'css/*.css'"], head=[r'Unknown unit "pixels"|Unexpected unknown unit "pixels"'], show=[(rf"{w}.css$", "pixels")])


@cause("ocaml", "type-error", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image="ocaml/opam", files={"dune-project": "(lang dune 2.0)\n", "dune": "(executable (name main))\n", "main.ml": f'let {w} (n : int) = n + 1\nlet () = print_int ({w} "two")\n'}, fix={"main.ml": "let () = print_int 1\n"}, script=["dune build --root ."], head=[r"Error: This expression has type string but an expression was expected"], show=[('File "main.ml"', "type int|of type")])


@cause("groovy", "assert-power", "test unknown", whose="code", green=True)
def _(v):
    w = v.word()
    return Job(image="groovy:2.4", env={"JAVA_HOME": "/usr/lib/jvm/java-17-openjdk-amd64"}, files={"check.groovy": f"println 'checking'\ndef {w} = [1, 2]\nassert {w}.size() == 3\n"}, fix={"check.groovy": "println 1\n"}, script=["groovy check.groovy"], head=[r"Assertion failed:", rf"assert {w}.size\(\) == 3"], show=[("Assertion failed", rf"assert {w}")])


@cause("valgrind", "leak", "test", green=True)
def _(v):
    w = v.word()
    return Job(image="gcc:12", files={"a.c": f"#include <stdlib.h>\nchar *{w}(void) {{ return malloc(77); }}\nint main(void) {{ {w}()[0] = 1; return 0; }}\n"}, fix={"a.c": "int main(void) { return 0; }\n"}, script=["gcc -g a.c -o a", "valgrind --leak-check=full --error-exitcode=7 ./a"], head=[r"77 bytes in 1 blocks are definitely lost", r"definitely lost: 77 bytes", r"ERROR SUMMARY: 1 errors"], show=[("77 bytes in 1 blocks", "main")])


@cause("django", "test-fails", "test", green=True)
def _(v):
    w = v.word()
    t = f"from django.test import SimpleTestCase\n\nclass {w.title()}Tests(SimpleTestCase):\n    def test_{w}_url(self):\n        self.assertEqual('/{w}/', '/{w}s/')\n    def test_error_page(self):\n        self.assertTrue(True)\n"
    manage = "import sys\nimport django\nfrom django.conf import settings\nsettings.configure(INSTALLED_APPS=[], DATABASES={}, ALLOWED_HOSTS=['*'])\ndjango.setup()\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
    return Job(image="python:3.11", files={"manage.py": manage, f"app/test_{w}.py": t, "app/__init__.py": ""}, fix={f"app/test_{w}.py": t.replace(f"/{w}s/", f"/{w}/")}, script=["python3 manage.py test app -v 2"], head=[rf"AssertionError: '/{w}/' != '/{w}s/'", rf"^FAIL: test_{w}_url"], show=[(rf"^FAIL: test_{w}_url", "AssertionError")])
