"""Failures that the runner itself reports. Nothing is run: the runner's wording is written anew."""

from .case import Job, cause

RED, YELLOW, OFF = "\x1b[31;1m", "\x1b[0;33m", "\x1b[0;m"


def job(v, phase, lines, error, head, **more):
    options = dict(image="registry.acme.example/ci/build:1.4", files={}, script=["echo 'compiling 31 modules'", "echo done"], head=head, phase=phase, error=error, texts={phase: lines}, quiet=True)
    options.update(more)
    return Job(**options)


@cause("runner", "image-manifest-unknown", "registry", whose="config code external infra", variants=5)
def _(v):
    image = "registry.acme.example/ci/build:2.9"
    message = f'failed to pull image "{image}" with specified policies [always]: Error response from daemon: manifest for {image} not found: manifest unknown: manifest unknown (manager.go:{v.num(200, 299)}:{v.num(0, 3)}s)'
    return job(v, "prepare_executor", [f"Pulling docker image {image} ...", f'{YELLOW}WARNING: Failed to pull image with policy "always": Error response from daemon: manifest for {image} not found: manifest unknown: manifest unknown (manager.go:250:0s){OFF}'], message, [r"manifest unknown"], image=image)


@cause("runner", "registry-rate-limit", "registry", whose="external infra")
def _(v):
    image = "node:20"
    text = "Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit"
    return job(v, "prepare_executor", [f"Pulling docker image {image} ...", f'{YELLOW}WARNING: Failed to pull image with policy "always": {text} (manager.go:250:1s){OFF}'], f'failed to pull image "{image}" with specified policies [always]: {text} (manager.go:250:1s)', [r"toomanyrequests"], image=image)


@cause("runner", "registry-denied", "registry auth", whose="config infra")
def _(v):
    image = f"registry.acme.example/private/{v.word()}:1"
    text = f"Error response from daemon: pull access denied for {image[:-2]}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
    return job(v, "prepare_executor", [f"Pulling docker image {image} ...", f'{YELLOW}WARNING: Failed to pull image with policy "always": {text} (manager.go:250:1s){OFF}'], f'failed to pull image "{image}" with specified policies [always]: {text} (manager.go:250:1s)', [r"pull access denied"], image=image)


@cause("runner", "job-timeout", "timeout", whose="code infra unknown", variants=5)
def _(v):
    return job(v, "step_script", [], "execution took longer than 1h0m0s seconds", [r"execution took longer than 1h0m0s"], script=[f"for i in $(seq 1 {v.num(20, 90)}); do echo \"[$i] integration scenario ok\"; done"])


@cause("runner", "system-failure-daemon", "runner", whose="infra")
def _(v):
    text = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    return job(v, "prepare_executor", [f"{RED}ERROR: Preparation failed: {text} (docker.go:985:0s){OFF}", "Will be retried in 3s ..."] * 3, f"(system failure): {text} (docker.go:985:0s)", [r"Cannot connect to the Docker daemon"])


@cause("runner", "system-failure-disk", "disk runner", whose="infra")
def _(v):
    text = f"Error response from daemon: mkdir /var/lib/docker/overlay2/{v.hex(64)}: no space left on device"
    return job(v, "prepare_executor", [f"{RED}ERROR: Preparation failed: {text} (docker.go:830:0s){OFF}", "Will be retried in 3s ..."], f"(system failure): {text} (docker.go:830:0s)", [r"no space left on device"])


@cause("runner", "pod-timeout", "runner timeout", whose="infra")
def _(v):
    return job(v, "prepare_executor", ["Waiting for pod ci/runner-%s to be running, status is Pending" % v.token(8)] * 6, "(system failure): prepare environment: waiting for pod running: timed out waiting for pod to start. Check https://docs.gitlab.com/runner/shells/#shell-profile-loading for more information", [r"timed out waiting for pod to start"])


@cause("runner", "pod-evicted", "runner killed disk oom", whose="infra", green=False)
def _(v):
    return job(v, "step_script", [], "(system failure): pods \"runner-%s-project-%d-concurrent-0\" not found" % (v.token(8).lower(), v.num(10, 999)), [r"pods .* not found"])


@cause("runner", "artifact-too-large", "artifacts", whose="code config", variants=1)
def _(v):
    host = "https://gitlab.acme.example"
    n = v.num(10**6, 9 * 10**6)
    return job(v, "upload_artifacts", ["build/: found %d matching artifact files and directories " % v.num(100, 3000), f"{RED}ERROR: Uploading artifacts as \"archive\" to coordinator... 413 Request Entity Too Large{OFF}  id={n} responseStatus=413 Request Entity Too Large status=413 token=64_{v.token(6)}", f"{RED}FATAL: too large{OFF}                                   "], "exit code 1", [r"413 Request Entity Too Large", r"FATAL: too large"], artifacts=True)


@cause("runner", "artifact-missing-dependency", "artifacts", whose="config infra code")
def _(v):
    n = v.num(10**6, 9 * 10**6)
    return job(v, "download_artifacts", [f"{RED}ERROR: Downloading artifacts from coordinator... not found{OFF}  host=gitlab.acme.example id={n} responseStatus=404 Not Found status=404 token=64_{v.token(6)}", f"{RED}FATAL: permission denied{OFF}                             "], "exit code 1", [r"Downloading artifacts from coordinator... not found"])


@cause("runner", "get-sources-dns", "git network", whose="infra external", variants=1)
def _(v):
    return job(v, "get_sources", ["fatal: unable to access 'https://gitlab.acme.example/acme/app.git/': Could not resolve host: gitlab.acme.example"], "exit code 1", [r"fatal: unable to access .*Could not resolve host"])


@cause("runner", "get-sources-ref-gone", "git", whose="code config infra unknown")
def _(v):
    return job(v, "get_sources", ["fatal: couldn't find remote ref refs/pipelines/%d" % v.num(10**5, 10**6)], "exit code 1", [r"fatal: couldn't find remote ref"])


@cause("runner", "get-sources-tls", "git network auth", whose="infra config", variants=1)
def _(v):
    token = "glcbt-64_" + v.token(20)
    return job(v, "get_sources", [f"fatal: unable to access 'https://gitlab-ci-token:{token}@gitlab.acme.example/acme/app.git/': server certificate verification failed. CAfile: none CRLfile: none"], "exit code 1", [r"server certificate verification failed"], secrets=[token])


@cause("runner", "cache-then-killed", "killed oom", whose="infra code unknown")
def _(v):
    return job(v, "step_script", [], "exit code 137", [r"ERROR: Job failed: exit code 137"], script=["echo 'running 212 scenarios'"])


@cause("runner", "shell-profile", "runner config", whose="infra config")
def _(v):
    return job(v, "prepare_executor", ["Using Shell (bash) executor..."], "(system failure): prepare environment: exit status 1. Check https://docs.gitlab.com/runner/shells/#shell-profile-loading for more information", [r"prepare environment: exit status 1"])


@cause("runner", "canceled-by-interrupt", "killed", whose="unknown infra")
def _(v):
    return job(v, "step_script", [], "aborted: terminated", [r"aborted: terminated"])
