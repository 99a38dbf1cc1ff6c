"""The shell itself: missing commands, unset variables, kills, full disks, gates of one's own."""

from .case import Job, cause

IMAGE = "debian:12"


@cause("bash", "command-not-found", "config dependency", whose="config code infra", variants=5, green=True)
def _(v):
    return Job(image=IMAGE, files={}, script=["echo \"Publishing build\"", "helmfile-sync --version"], fix_script=["echo \"Publishing build\""], head=[r"helmfile-sync: command not found"])


@cause("bash", "unbound-variable", "config", whose="config code", green=True)
def _(v):
    w = v.word().upper()
    return Job(image=IMAGE, files={"ci/release.sh!": f"#!/bin/bash\nset -euo pipefail\necho \"Release for ${{CI_COMMIT_REF_NAME}}\"\necho \"to ${{{w}_ENV}}\"\n"}, script=["./ci/release.sh"], fix={"ci/release.sh!": "#!/bin/bash\necho released\n"}, head=[rf"{w}_ENV: unbound variable"])


@cause("bash", "permission-denied", "config", whose="code config", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={f"scripts/{w}.sh": "#!/bin/sh\necho hi\n"}, script=[f"./scripts/{w}.sh --all"], head=[rf"scripts/{w}.sh: Permission denied"])


@cause("bash", "no-such-file", "config unknown", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"README": "x"}, script=["mkdir -p dist", f"cp build/{w}.tar.gz dist/"], fix={f"build/{w}.tar.gz": "x"}, head=[rf"cp: cannot stat 'build/{w}.tar.gz': No such file"])


@cause("bash", "syntax-error", "config compile", whose="code config")
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={f"{w}.sh": "if [ 1 = 1 ]; then\necho yes\n"}, script=[f"bash {w}.sh"], head=[rf"{w}.sh: line \d+: syntax error: unexpected end of file"])


@cause("bash", "own-gate", "policy config unknown", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"ci/check-changelog.sh!": f"#!/bin/bash\necho 'Comparing with origin/main ...'\necho '14 files changed, 0 errors in format'\necho \"ERROR: CHANGELOG.md has no entry for component '{w}'\" >&2\nexit 1\n"}, fix={"ci/check-changelog.sh!": "#!/bin/bash\necho 'Comparing with origin/main ...'\n"}, script=["./ci/check-changelog.sh"], head=[r"ERROR: CHANGELOG.md has no entry"])


@cause("bash", "secret-required", "config auth", whose="config", green=False)
def _(v):
    key = "AKIA" + v.token(16).upper()
    secret = v.token(40)
    return Job(image=IMAGE, files={"deploy.sh!": "#!/bin/bash\n: \"${DEPLOY_KEY:?DEPLOY_KEY is not set; add it to the protected variables}\"\n"}, secrets=[key, secret], script=[f"export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}", "./deploy.sh production"], head=[r"DEPLOY_KEY is not set"])


@cause("bash", "quiet-exit", "unknown", whose="unknown code config", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={f"tools/{w}!": "#!/bin/sh\necho 'step 1 of 3'\necho 'step 2 of 3'\nexit 4\n"}, script=[f"./tools/{w} --verify"], head=[r"step 2 of 3", r"ERROR: Job failed: exit code 4"], quiet=True)


@cause("oom", "killed-137", "oom killed", whose="infra code unknown", variants=5)
def _(v):
    return Job(image=IMAGE, files={"link.sh!": "#!/bin/bash\nbash -c 'echo \"linking 812 objects\"; kill -9 $$'\n"}, script=["echo 'building release bundle'", "./link.sh"], head=[r"Killed +bash -c|: +\d+ Killed|^Killed", r"ERROR: Job failed: exit code 137"])


@cause("oom", "cc1plus-killed", "oom killed", whose="infra code unknown")
def _(v):
    return Job(image="gcc:12", files={"Makefile": "all:\n\tg++ -c big.cpp\n", "fakebin/cc1plus!": "#!/bin/sh\nkill -9 $$\n", "big.cpp": "int x;\n"}, env={"COMPILER_PATH": "fakebin"}, script=["make"], head=[r"fatal error: Killed signal terminated program cc1plus"], show=[("Killed signal", r"Error 1")])


@cause("oom", "cannot-allocate", "oom", whose="infra code unknown")
def _(v):
    return Job(image=IMAGE, files={}, script=["ulimit -v 30000", "sort --buffer-size=4G /dev/null -S 4G --parallel=1 -o out.txt < /dev/zero 2>&1 | head -3 || true", "perl -e 'my $x = \"a\" x (1 << 31);'"], head=[r"Out of memory"])


@cause("disk", "no-space-tar", "disk", whose="infra", variants=5)
def _(v):
    return Job(image=IMAGE, files={f"data/{i}.txt": "x" * 4000 for i in range(9)}, script=["tar -cf archive.tar data", "cat archive.tar > /dev/full"], substitute=[("cat: write error", "cat: write error")], head=[r"write error: No space left on device"])


@cause("disk", "no-space-python", "disk", whose="infra")
def _(v):
    return Job(image="python:3.11", files={"dump.py": "with open('/dev/full', 'w') as f:\n    f.write('x' * 100000)\n"}, script=["df -h --output=pcent /dev | tail -1 > /dev/null", "python3 dump.py"], head=[r"OSError: \[Errno 28\] No space left on device"], show=[("^Traceback", "Errno 28")])


@cause("disk", "no-space-dd", "disk", whose="infra")
def _(v):
    return Job(image=IMAGE, files={}, script=["dd if=/dev/zero of=/dev/full bs=1M count=4"], head=[r"dd: error writing '/dev/full': No space left on device"])


@cause("disk", "tmpfs-full", "disk", whose="infra", green=False)
def _(v):
    return Job(image="gcc:12", files={"a.c": "int main(void) { return 0; }\n"}, script=["mkdir -p small && mount -t tmpfs -o size=16k tmpfs small && trap 'umount small' EXIT", "cp /bin/bash small/bash"], head=[r"cp: error writing 'small/bash': No space left on device"])


@cause("timeout", "coreutils", "timeout", whose="code infra unknown", variants=1)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={}, script=[f"echo waiting for {w}", f"timeout --verbose 1 sleep 30"], head=[r"timeout: sending signal TERM to command .sleep."])


@cause("timeout", "wait-for-service", "timeout network", whose="infra config unknown")
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"wait.sh!": f"#!/bin/bash\nfor i in 1 2 3 4 5; do echo \"waiting for {w}:5432 ($i/5)\"; sleep 0.05; done\necho 'timed out after 60 seconds waiting for {w}:5432' >&2\nexit 124\n"}, script=["./wait.sh"], head=[r"timed out after 60 seconds waiting for"])


@cause("shellcheck", "unquoted", "lint", variants=1, green=True)
def _(v):
    w = v.word()
    return Job(image="koalaman/shellcheck-alpine", files={f"{w}.sh": "#!/bin/sh\nrm -rf $1/tmp\n"}, fix={f"{w}.sh": "#!/bin/sh\necho x\n"}, script=[f"shellcheck {w}.sh"], head=[r"SC2086", rf"^In {w}.sh line 2"], which="first", show=[(rf"^In {w}.sh", r"SC2086")])


@cause("shellcheck", "gcc-format", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image="koalaman/shellcheck-alpine", files={f"{w}.sh": "#!/bin/bash\ncd \"$1\"\nif [ -z $2 ]; then echo; fi\n"}, fix={f"{w}.sh": "#!/bin/sh\necho x\n"}, script=[f"shellcheck -f gcc {w}.sh"], head=[rf"{w}.sh:\d+:\d+: (warning|note): .*\[SC2(164|086)\]"])


@cause("yamllint", "indent", "lint", variants=1, green=True)
def _(v):
    w = v.word()
    return Job(image="cytopia/yamllint", files={f"{w}.yml": "---\na:\n   - 1\n  - 2\n"}, fix={f"{w}.yml": "---\na: 1\n"}, script=["yamllint --strict ."], head=[r"error +(syntax error|wrong indentation)"], show=[(rf"{w}.yml", "error ")])


@cause("yamllint", "duplicate-key", "lint config", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image="cytopia/yamllint", files={f"{w}.yml": f"---\n{w}: 1\nother: 2\n{w}: 3\n"}, fix={f"{w}.yml": "---\na: 1\n"}, script=["yamllint -f parsable ."], head=[rf'\[error\] duplication of key "{w}"'])
