"""git and the network: clones, submodules, pushes, curl, wget, ssh, databases, docker, terraform."""

from . import serve
from .case import Job, cause

IMAGE = "alpine/git:2.45"
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
IDENTITY = {**QUIET, "GIT_AUTHOR_NAME": "CI", "GIT_AUTHOR_EMAIL": "ci@acme.example", "GIT_COMMITTER_NAME": "CI", "GIT_COMMITTER_EMAIL": "ci@acme.example", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "init.defaultBranch", "GIT_CONFIG_VALUE_0": "main"}


@cause("git", "clone-404", "git auth", whose="config external infra code", variants=1)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=QUIET, files={}, background=serve.fixed(404, b"not found"), script=[f"git clone http://@ADDR@/acme/{w}.git deps/{w}"], head=[r"fatal: repository 'http://.*' not found"])


@cause("git", "auth-failed", "auth git", whose="config infra", variants=5)
def _(v):
    token = "glpat-" + v.token(20)
    return Job(image=IMAGE, env=QUIET, files={}, background=serve.fixed(401, b"HTTP Basic: Access denied", www_authenticate='Basic realm="GitLab"'), script=[f"git clone http://ci-bot:{token}@@ADDR@/acme/shared-config.git"],
               head=[r"fatal: Authentication failed for 'http://"], show=[("^Cloning into", "Authentication failed")], secrets=[token])


@cause("git", "no-credentials", "auth git", whose="config")
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=QUIET, files={}, background=serve.fixed(401, b"denied", www_authenticate='Basic realm="GitLab"'), script=[f"git clone http://@ADDR@/acme/{w}.git"], head=[r"fatal: could not read Username for 'http://"])


@cause("git", "dns", "network git", whose="infra external")
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=QUIET, files={}, script=[f"git clone https://gitlab-{w}.invalid/acme/{w}.git"], head=[r"fatal: unable to access 'https://.*Could not resolve host"])


@cause("git", "submodule-missing", "git config", whose="code config", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=IDENTITY, files={"README.md": "x\n", ".gitmodules": f'[submodule "vendor/{w}"]\n\tpath = vendor/{w}\n\turl = http://@ADDR@/acme/{w}.git\n'}, background=serve.fixed(404, b"not found"),
               setup=["git init -q && git add README.md && git commit -qm first && git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,vendor/" + w + " && git add .gitmodules && git commit -qm second"],
               before=[f"git config -f .gitmodules submodule.vendor/{w}.url http://@ADDR@/acme/{w}.git"], script=["git submodule update --init --recursive"],
               head=[rf"fatal: repository 'http://.*{w}.git/?' not found", rf"fatal: clone of 'http://.*{w}.git' into submodule path", rf"Failed to clone 'vendor/{w}'"], show=[(rf"Submodule 'vendor/{w}'", "Failed to clone")])


@cause("git", "merge-conflict", "git", whose="code", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=IDENTITY, files={f"{w}.txt": "base\n"}, setup=[f"git init -q && git add . && git commit -qm base && git checkout -qb release && echo release > {w}.txt && git commit -qam release && git checkout -q main && echo main > {w}.txt && git commit -qam main"], script=["git merge --no-edit release"], head=[rf"CONFLICT \(content\): Merge conflict in {w}.txt", "Automatic merge failed; fix conflicts"])


@cause("git", "push-rejected", "git", whose="code config", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=IDENTITY, files={f"{w}.txt": "base\n"}, setup=["rm -rf /tmp/corpus-remote.git && git init -q --bare /tmp/corpus-remote.git && git init -q && git add . && git commit -qm base && git push -q /tmp/corpus-remote.git main && git remote add origin /tmp/corpus-remote.git && git commit -q --amend -m other"], substitute=[("/tmp/corpus-remote.git", "https://gitlab.acme.example/acme/site.git")], script=["git push origin main"], head=[r"! \[rejected\] +main -> main", r"error: failed to push some refs to"], show=[(r"\[rejected\]", "failed to push")])


@cause("git", "pathspec", "git config", whose="code config", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=IDENTITY, files={"a": "x\n"}, setup=["git init -q && git add . && git commit -qm base"], script=["git fetch --tags . || true", f"git checkout release/{w}"], head=[rf"error: pathspec 'release/{w}' did not match"])


@cause("curl", "resolve", "network", whose="infra external config", variants=1)
def _(v):
    w = v.word()
    return Job(image="curlimages/curl:8.6.0", files={}, script=[f"curl -fsSL --max-time 10 https://downloads-{w}.invalid/tool.tar.gz -o tool.tar.gz"], head=[r"curl: \(6\) Could not resolve host"])


@cause("curl", "refused", "network", whose="infra external config", variants=5)
def _(v):
    return Job(image="curlimages/curl:8.6.0", files={}, background=serve.closed_port(), script=["curl -fsS http://@ADDR@/healthz"], substitute=[], head=[r"curl: \(7\) Failed to connect to"])


@cause("curl", "http-503", "network", whose="external infra")
def _(v):
    return Job(image="curlimages/curl:8.6.0", files={}, background=serve.fixed(503, b"upstream down"), script=["curl -f --progress-bar http://@ADDR@/artifacts/latest.zip -o latest.zip"], head=[r"curl: \(22\) The requested URL returned error: 503"])


@cause("curl", "tls", "network auth config", whose="infra external config")
def _(v):
    return Job(image="curlimages/curl:8.6.0", files={}, background=serve.fixed(200, b"ok", tls=True), script=["curl -fsS https://@ADDR@/ca-check"], head=[r"curl: \(60\) SSL certificate problem"], show=[("curl: \\(60\\)", "curl: \\(60\\)")])


@cause("curl", "timeout", "network timeout", whose="infra external")
def _(v):
    return Job(image="curlimages/curl:8.6.0", files={}, background=serve.fixed(None, delay=4), script=["curl -fsS --max-time 2 http://@ADDR@/report"], head=[r"curl: \(28\) Operation timed out"])


@cause("curl", "unauthorised", "auth network", whose="config infra")
def _(v):
    jwt = f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjaSIsImlhdCI6MTcwMDAwfQ.{v.token(43)}"
    return Job(image="curlimages/curl:8.6.0", files={}, background=serve.fixed(403, b"forbidden"), script=[f'curl -f -sS -H "Authorization: Bearer {jwt}" http://@ADDR@/api/v4/projects'], head=[r"curl: \(22\) The requested URL returned error: 403"], secrets=[jwt])


@cause("wget", "http-404", "network dependency", whose="external config code", variants=1)
def _(v):
    w = v.word()
    return Job(image="debian:12", files={}, background=serve.fixed(404, b"nope"), script=[f"wget http://@ADDR@/releases/{w}-2.4.tar.gz"], head=[r"ERROR 404: Not Found"], show=[("^HTTP request sent|awaiting response", "ERROR 404")])


@cause("wget", "resolve", "network", whose="infra external config")
def _(v):
    w = v.word()
    return Job(image="debian:12", files={}, script=[f"wget -q -O - https://mirror-{w}.invalid/key.asc > key.asc || wget --tries=1 https://mirror-{w}.invalid/key.asc"], head=[r"wget: unable to resolve host address|unable to resolve host"])


@cause("psql", "refused", "network config", whose="infra config", variants=1)
def _(v):
    return Job(image="postgres:15", files={}, env={"PGCONNECT_TIMEOUT": "3"}, background=serve.closed_port(), script=["export PGHOST=127.0.0.1 PGPORT=$(echo @ADDR@ | cut -d: -f2)", "psql -U ci -d app -c 'select 1'"], head=[r"psql: error: connection to server at .* failed: Connection refused"], show=[("psql: error", "Is the server running")])


@cause("psql", "unknown-host", "network config", whose="infra config")
def _(v):
    return Job(image="postgres:15", files={}, secrets=["hunter2-ci-pass"], script=["echo postgres://app:hunter2-ci-pass@db.invalid:5432/app", "psql postgres://app:hunter2-ci-pass@db.invalid:5432/app -f schema.sql"], head=[r'psql: error: could not translate host name "db.invalid"'])


@cause("docker", "no-daemon", "network config runner registry", whose="infra config", variants=1)
def _(v):
    return Job(image="docker:28", files={"Dockerfile": "FROM alpine\n"}, env={"DOCKER_HOST": "tcp://127.0.0.1:2375", "DOCKER_BUILDKIT": "0"}, script=["docker build -t app ."], head=[r"(ERROR: |error during connect: )?.*(Cannot connect to the Docker daemon|error during connect)"], show=[])


@cause("docker", "dockerfile-missing", "config", whose="code config")
def _(v):
    w = v.word()
    return Job(image="docker:28", files={"README.md": "x\n"}, env={"DOCKER_HOST": "tcp://127.0.0.1:2375", "DOCKER_BUILDKIT": "0"}, script=[f"docker build -f docker/{w}.Dockerfile ."], head=[rf"(unable to prepare context: unable to evaluate symlinks in Dockerfile path: |failed to read dockerfile: )"])


@cause("docker", "login-dns", "registry network auth", whose="config infra")
def _(v):
    token = "glcbt-64_" + v.token(20)
    return Job(image="docker:28", files={}, env={"DOCKER_HOST": "tcp://127.0.0.1:2375", "DOCKER_CONFIG": "/tmp/corpus-docker"}, setup=[], secrets=[token], script=[f"echo job token is {token}", f"echo {token} | docker login -u gitlab-ci-token --password-stdin registry.invalid"], head=[r'^Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid'])


@cause("terraform", "undeclared-variable", "config lint", whose="code", variants=1, green=True)
def _(v):
    w = v.word()
    return Job(image="hashicorp/terraform:1.11", env={"CHECKPOINT_DISABLE": "1"}, files={"main.tf": f'output "{w}" {{\n  value = var.{w}_region\n}}\n'}, fix={"main.tf": f'output "{w}" {{\n  value = "x"\n}}\n'}, script=["terraform init -input=false", "terraform validate"], head=[r"Error: Reference to undeclared input variable", rf'An input variable with the name "{w}_region" has not been declared'], show=[("Error: Reference", "has not been declared")])


@cause("terraform", "provider-unreachable", "network registry dependency", whose="infra external", green=False)
def _(v):
    return Job(image="hashicorp/terraform:1.11", env={"CHECKPOINT_DISABLE": "1", "TF_REGISTRY_CLIENT_TIMEOUT": "3"}, files={"main.tf": 'terraform {\n  required_providers {\n    aws = {\n      source = "tf-registry.invalid/acme/aws"\n    }\n  }\n}\n'}, script=["terraform init -input=false -no-color"], head=[r"Error: (Failed to query available provider packages|Invalid provider registry host)", r"no such host|Could not (retrieve|connect)|failed to request discovery document"], show=[("^.*Error: ", "no such host|Could not|discovery")])


@cause("terraform", "fmt-check", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image="hashicorp/terraform:1.11", files={f"{w}.tf": 'output   "a" {\nvalue=1\n}\n'}, fix={f"{w}.tf": 'output "a" {\n  value = 1\n}\n'}, script=["terraform fmt -check -recursive -diff"], head=[rf"^{w}.tf$"], show=[(rf"^{w}.tf$", r"^\+.*value = 1")])


@cause("terraform", "precondition", "config test deploy policy", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image="hashicorp/terraform:1.11", env={"CHECKPOINT_DISABLE": "1"}, files={"main.tf": f'variable "size" {{\n  default = 0\n  validation {{\n    condition = var.size > 0\n    error_message = "The {w} pool needs at least one node."\n  }}\n}}\n'}, fix={"main.tf": 'variable "size" {\n  default = 1\n}\n'}, script=["terraform init -input=false", "terraform plan -input=false -no-color"], head=[rf"The {w} pool needs at least one node", "Error: Invalid value for variable"], show=[("Error: Invalid value", "at least one node")])
