"""Runs a job's script in a real directory and keeps what it prints, with times."""

import os
import selectors
import shlex
import shutil
import subprocess
import time

TOOLS = "/opt/ci/py/bin:/opt/ci/js/node_modules/.bin:/root/.cargo/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/games"
PASS = ("PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def lay(root, files):
    """Writes the project's files; a path that ends in `!` is made executable."""
    for path, content in files.items():
        mode = 0o755 if path.endswith("!") else 0o644
        full = os.path.join(root, path.rstrip("!"))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(full, mode)


def environment(root, project, job):
    env = {name: os.environ[name] for name in PASS if name in os.environ}
    env.update(
        PATH=TOOLS, HOME="/root", LANG="C.UTF-8", CI="true", GITLAB_CI="true", CI_PROJECT_DIR=root,
        CI_PROJECT_NAME=project, CI_COMMIT_REF_NAME="main", CI_JOB_NAME="job", PYTHONDONTWRITEBYTECODE="1",
        CARGO_NET_RETRY="0", PIP_ROOT_USER_ACTION="ignore", NO_UPDATE_NOTIFIER="1",
        npm_config_userconfig="/dev/null",
    )
    if not job.colour:
        env["TERM"] = "dumb"
    env.update(job.env)
    return env


def as_script(commands):
    """The runner's generated shell: each command is echoed in green, then run."""
    lines = ["set -eo pipefail", "set +o noclobber"]
    for command in commands:
        first, *rest = command.split("\n")
        shown = f"\x1b[32;1m$ {first}{' # collapsed multi-line command' if rest else ''}\x1b[0;m"
        lines += [f"echo {shlex.quote(shown)}", command]
    return "\n".join(lines)


def capture(root, commands, env, limit=240):
    """Runs `commands`; returns [(seconds, stream, text)] in order of arrival, and the exit code."""
    process = subprocess.Popen(
        ["bash"], cwd=root, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    process.stdin.write(as_script(commands).encode())
    process.stdin.close()
    begin, chunks, rest = time.monotonic(), [], b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if time.monotonic() - begin > limit:
                os.killpg(process.pid, 9)
                raise SystemExit(f"took longer than {limit} s: {commands}")
            if not selector.select(1.0):
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                break
            whole, newline, tail = (rest + data).rpartition(b"\n")
            if newline:
                chunks.append((time.monotonic() - begin, "01O", (whole + b"\n").decode("utf-8", "surrogateescape")))
            rest = tail
    if rest:
        chunks.append((time.monotonic() - begin, "01O", rest.decode("utf-8", "surrogateescape")))
    code = process.wait()
    return chunks, code if code >= 0 else 128 - code


def fresh(root):
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
