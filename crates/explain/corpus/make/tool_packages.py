"""Package managers: npm, yarn, pip, poetry, uv against loopback registries."""

from . import serve
from .case import Job, cause

NODE, PYTHON = "node:20", "python:3.11"


def npm(v, dependencies, known, head, show, **more):
    import json
    files = {"package.json": json.dumps({"name": v.project, "version": "1.0.0", "private": True, "dependencies": dependencies}, indent=2) + "\n"}
    files.update(more.pop("files", {}))
    return Job(image=NODE, files=files, background=more.pop("background", serve.npm_registry(known)), head=head, show=show,
               script=more.pop("script", ["npm install --registry http://@ADDR@/ --no-audit --no-fund"]), env={"npm_config_fetch_retries": "0", "npm_config_cache": f"/tmp/corpus-npm-{v.hex(6)}", "npm_config_update_notifier": "false", **more.pop("env", {})}, **more)


@cause("npm", "eresolve", "dependency", whose="code config", variants=5)
def _(v):
    known = {"chart-kit": {"4.0.0": {"peerDependencies": {"view-core": "^17"}}}, "view-core": {"17.0.2": {}, "18.2.0": {}}}
    return npm(v, {"view-core": "18.2.0", "chart-kit": "4.0.0"}, known, [r"npm (ERR!|error) ERESOLVE unable to resolve dependency tree", r"npm (ERR!|error) Could not resolve dependency", r'npm (ERR!|error) peer view-core@"\^17" from chart-kit'], [("ERESOLVE unable", r"peer view-core@")])


@cause("npm", "package-404", "dependency registry", whose="code config external")
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "^2"}, {}, [r"npm (ERR!|error) 404 Not Found - GET", rf"npm (ERR!|error) 404 .*'acme-{w}@"], [(r"npm (ERR!|error) code E404", rf"npm (ERR!|error) 404 .*'acme-{w}@")])


@cause("npm", "etarget", "dependency", whose="code config external")
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "9.9.9"}, {f"acme-{w}": {"1.0.0": {}, "1.2.0": {}}}, [rf"npm (ERR!|error) notarget No matching version found for acme-{w}@9.9.9"], [(r"npm (ERR!|error) code ETARGET", "No matching version")])


@cause("npm", "registry-refused", "network registry", whose="infra external")
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "1"}, {}, [r"npm (ERR!|error) (FetchError: |network )?request to .* failed, reason:.*", r"npm (ERR!|error) errno ECONNREFUSED|connect ECONNREFUSED"], [(r"npm (ERR!|error) code ECONNREFUSED", "failed, reason")], background=serve.closed_port())


@cause("npm", "unauthorised", "auth registry", whose="config infra")
def _(v):
    w = v.word()
    return npm(v, {f"@acme/{w}": "1"}, {}, [r"npm (ERR!|error) code E401", r"npm (ERR!|error) (401 Unauthorized|Unable to authenticate|Incorrect or missing password)"], [(r"npm (ERR!|error) code E401", r"npm (ERR!|error) (401|Unable|Incorrect)")], background=serve.fixed(401, b'{"error":"unauthorized"}', www_authenticate='Basic realm="npm"'))


@cause("npm", "script-missing", "config", whose="code config")
def _(v):
    w = v.word()
    return npm(v, {}, {}, [rf'npm (ERR!|error) Missing script: "build:{w}"'], [], script=["npm pkg get name", f"npm run build:{w}"])


@cause("npm", "ci-out-of-sync", "dependency config", whose="code config")
def _(v):
    w = v.word()
    lock = '{"name": "%s", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "%s", "version": "1.0.0"}}}\n' % (v.project, v.project)
    return npm(v, {f"acme-{w}": "^1"}, {f"acme-{w}": {"1.0.0": {}}}, [r"npm (ERR!|error) `npm ci` can only install packages when", rf"npm (ERR!|error) Missing: acme-{w}@1.0.0 from lock file"], [("`npm ci` can only", "Missing: ")], files={"package-lock.json": lock}, script=["npm ci --registry http://@ADDR@/"])


@cause("npm", "server-503", "registry network", whose="external infra")
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "1"}, {}, [r"npm (ERR!|error) 503 Service Unavailable - GET"], [(r"npm (ERR!|error) code E503", "503 Service")], background=serve.fixed(503, b"upstream unavailable"))


@cause("npm", "json-parse", "config", whose="code")
def _(v):
    return npm(v, {}, {}, [r"npm (ERR!|error) (code EJSONPARSE|JSON.parse .*|Failed to parse)"], [(r"npm (ERR!|error) code EJSONPARSE", r"Failed to parse|JSON.parse")], files={"package.json": '{\n  "name": "x",\n  "version": "1.0.0",,\n}\n'})


def pip(v, requirements, head, show, **more):
    return Job(image=PYTHON, files={"requirements.txt": requirements}, head=head, show=show, env={"PIP_NO_CACHE_DIR": "1", "PIP_TARGET": ".deps", "PIP_RETRIES": "0", **more.pop("env", {})},
               script=more.pop("script", ["pip install -r requirements.txt"]), **more)


@cause("pip", "no-matching-version", "dependency", whose="code config external", variants=5, green=True)
def _(v):
    return pip(v, "six\nidna==99.1\n", [r"ERROR: No matching distribution found for idna==99.1", r"ERROR: Could not find a version that satisfies the requirement idna==99.1"], [], fix={"requirements.txt": "six\nidna\n"})


@cause("pip", "conflict", "dependency", whose="code config", green=True)
def _(v):
    return pip(v, "idna==3.4\nrequests==2.31.0\nurllib3==2.0.7\nidna==3.6\n", [r"ERROR: (Cannot install|Double requirement given).*idna", "ResolutionImpossible"][:1], [], fix={"requirements.txt": "idna==3.4\n"})


@cause("pip", "connection-refused", "network registry", whose="infra external")
def _(v):
    w = v.word()
    return pip(v, f"acme-{w}-sdk\n", [r"Connection refused", rf"ERROR: No matching distribution found for acme-{w}-sdk"], [("Retrying|Connection refused", "No matching distribution")], background=serve.closed_port(), env={"PIP_RETRIES": "1"}, script=["pip install --index-url http://@ADDR@/simple -r requirements.txt"])


@cause("pip", "index-403", "dependency registry auth", whose="config infra external code")
def _(v):
    w = v.word()
    # pip takes a refused index page for an empty one: no line names the 403.
    return pip(v, f"acme-{w}\n", [rf"ERROR: No matching distribution found for acme-{w}", rf"ERROR: Could not find a version that satisfies the requirement acme-{w}"], [], background=serve.fixed(403, b"forbidden"), script=[f"pip install --index-url http://@ADDR@/simple acme-{w}"])


@cause("pip", "build-fails", "dependency compile", whose="code external", green=False)
def _(v):
    w = v.word()
    return pip(v, "", [rf"RuntimeError: {w}-config was not found on the PATH"], [(r"error: (subprocess|metadata|Getting)", "RuntimeError")], script=[f"mkdir -p vendor/{w} && echo 'raise RuntimeError(\"{w}-config was not found on the PATH\")' > vendor/{w}/setup.py", f"pip install --no-build-isolation ./vendor/{w}"])


@cause("pip", "hash-mismatch", "dependency", whose="external config code", green=False)
def _(v):
    return pip(v, "six==1.16.0 --hash=sha256:" + "0" * 64 + "\n", [r"ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"], [("ERROR: THESE PACKAGES", "Got")])


@cause("pip", "resolution-impossible", "dependency", whose="code config", green=False)
def _(v):
    return pip(v, "requests==2.31.0\nurllib3==1.20\n", [r"ERROR: Cannot install .*because these package versions have conflicting dependencies", "ERROR: ResolutionImpossible"], [("ERROR: Cannot install", "ResolutionImpossible")])


@cause("uv", "unsatisfiable", "dependency", whose="code config", variants=1)
def _(v):
    return Job(image=PYTHON, files={"requirements.in": "requests==2.31.0\nurllib3==1.20\n"}, script=["uv pip compile requirements.in"], head=[r"No solution found when resolving dependencies", r"your requirements are unsatisfiable"], show=[("No solution found", "unsatisfiable")])


@cause("uv", "lock-outdated", "dependency config", whose="code", green=False)
def _(v):
    return Job(image=PYTHON, files={"pyproject.toml": f'[project]\nname = "{v.project}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ["six"]\n', "uv.lock": f'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n[[package]]\nname = "{v.project}"\nversion = "0.1.0"\nsource = {{ virtual = "." }}\n'}, script=["uv sync --locked"], head=[r"The lockfile at `uv.lock` needs to be updated"])


@cause("poetry", "lock-stale", "dependency config", whose="code", variants=1)
def _(v):
    return Job(image=PYTHON, files={"pyproject.toml": f'[project]\nname = "{v.project}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ["six"]\n\n[tool.poetry]\npackage-mode = false\n', "poetry.lock": '# This file is automatically @generated by Poetry\npackage = []\n\n[metadata]\nlock-version = "2.1"\npython-versions = ">=3.11"\ncontent-hash = "0000"\n'}, env={"POETRY_VIRTUALENVS_CREATE": "false"}, script=["poetry install --no-interaction"], head=[r"pyproject.toml changed significantly since poetry.lock was last generated"])


@cause("poetry", "invalid-pyproject", "config dependency", whose="code")
def _(v):
    return Job(image=PYTHON, files={"pyproject.toml": '[project\nname = "x"\n'}, script=["poetry check"], head=[r"(Invalid TOML|is not a valid TOML|Expected|Unexpected)"], which="first")


YARN = {"YARN_UNSAFE_HTTP_WHITELIST": "127.0.0.1", "YARN_ENABLE_TELEMETRY": "0", "YARN_GLOBAL_FOLDER": "/tmp/corpus-yarn", "YARN_HTTP_RETRY": "0"}


@cause("yarn", "immutable-lockfile", "dependency config", whose="code", variants=1)
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "^1.0.0"}, {f"acme-{w}": {"1.0.0": {}}}, [r"YN0028: .*The lockfile would have been modified by this install"], [("YN0028", "YN0028.*modified")], files={"yarn.lock": "", ".yarnrc.yml": "nodeLinker: node-modules\n"}, env=YARN, script=["export YARN_NPM_REGISTRY_SERVER=http://@ADDR@", "yarn install --immutable"])


@cause("yarn", "not-found", "dependency registry", whose="code config external")
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "^1.0.0"}, {}, [r"YN00(35|27|82|01).*(Package not found|The remote server failed|No candidates found)|HTTPError: Response code 404"], [], files={"yarn.lock": "", ".yarnrc.yml": "nodeLinker: node-modules\n"}, env=YARN, script=["export YARN_NPM_REGISTRY_SERVER=http://@ADDR@", "yarn install --no-immutable"])


@cause("pnpm", "no-matching-version", "dependency", whose="code config external")
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "7.7.7"}, {f"acme-{w}": {"1.0.0": {}}}, [r"ERR_PNPM_NO_MATCHING_VERSION"], [("ERR_PNPM_NO_MATCHING", "latest release|dependency of|ERR_PNPM")], script=["pnpm install --registry http://@ADDR@/"])


@cause("pnpm", "outdated-lockfile", "dependency config", whose="code")
def _(v):
    w = v.word()
    return npm(v, {f"acme-{w}": "1.0.0"}, {}, [r"ERR_PNPM_OUTDATED_LOCKFILE"], [], files={"pnpm-lock.yaml": "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n"}, script=["pnpm install --frozen-lockfile --registry http://@ADDR@/"])
