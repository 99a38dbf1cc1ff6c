"""Turns causes into logs and labels: runs, wraps, searches the planted message, writes."""

import contextlib
import json
import os
import re
import shutil

from . import clean, noise, run, wrap
from .case import Variant

# Tools that train has never seen.
HELD_OUT_TOOLS = {"mocha", "rspec", "lua", "sbcl", "ninja", "flake8", "prettier", "ansible", "pylint", "bats", "elixir", "r", "terraform", "pre-commit", "buildah",
                  "bandit", "django", "groovy", "nim", "ocaml", "pyright", "sphinx", "sqlfluff", "stylelint", "tox", "twine", "valgrind"}


def split_of(tool, index):
    """The fixed rule: a tool's causes go by turns to train and held_out, some tools only to the latter.

    Which of the two comes first hangs on the length of the tool's name, so that first causes
    (the ones with most variants) stand on both sides.
    """
    return "held_out" if tool in HELD_OUT_TOOLS or (index + len(tool)) % 2 else "train"


def produce(cause, k, green):
    """Runs one variant; returns (text, job)."""
    v = Variant(f"{cause.tool}/{cause.cause}", k)
    job = cause.make(v)
    v = Variant(f"{cause.tool}/{cause.cause}/style{'/green' if green else ''}", k)
    style = Variant(f"{cause.tool}/{cause.cause}/shared-style", k)
    project = Variant(f"{cause.tool}/{cause.cause}", k).project
    group = style.pick("acme", "acme/platform", "acme/apps", "tools")
    root = f"/builds/{group}/{project}" if style.chance(0.7) else f"/builds/{v.token(9)}/{v.num(0, 2)}/{group}/{project}"
    stamps = job.timestamps if job.timestamps is not None else style.chance(0.3)
    start = 1767225600 + style.num(0, 25_000_000) + (86_400 if green else 0) + v.rng.random()
    log = wrap.Log(v, start, stamps)
    run.fresh(root)
    try:
        run.lay(root, job.files)
        if green:
            run.lay(root, job.fix or {})
        env = run.environment(root, project, job)
        if job.setup and run.capture(root, job.setup, env)[1]:
            raise SystemExit(f"setup failed: {run.capture(root, job.setup, env)}")
        place = job.background() if job.background else contextlib.nullcontext("")
        with place as address:
            fill = lambda lines: [line.replace("@ADDR@", address or "") for line in lines]
            opening = []
            if not job.quiet and style.chance(0.4):
                run.lay(root, {"scripts/bootstrap.sh!": noise.bootstrap(style, v)})
                opening = ["./scripts/bootstrap.sh"]
            script = opening + job.before + (job.fix_script if green and job.fix_script else job.script)
            code, after = 0, None
            went = wrap.opening(log, job, v.hex(40), root, project, job.image)
            if not went:
                log.end(job.phase)
            else:
                log.start("step_script")
                log.say(f"Using docker image sha256:{v.hex(64)} for {job.image} with digest {job.image.split(':')[0]}@sha256:{v.hex(64)} ...")
                chunks, code = run.capture(root, fill(script), env)
                extra = list(job.substitute) + ([(address, "svc.acme.example")] if address else [])
                chunks = [(s, n, clean.publish(t, root, root, extra)) for s, n, t in chunks]
                if "step_script" in job.texts and not green:
                    chunks.append((chunks[-1][0] if chunks else 0, "01O", "\n".join(job.texts["step_script"]) + "\n"))
                log.script(chunks)
                log.end("step_script")
                commands = job.after if job.after is not None else (AFTER[style.num(0, len(AFTER) - 1)] if style.chance(0.35) else None)
                if commands:
                    chunks, rc = run.capture(root, commands, env)
                    after = ([(s, n, clean.publish(t, root, root)) for s, n, t in chunks], rc)
        if green and code:
            raise SystemExit(f"green run failed: {cause.tool}/{cause.cause}: {log.text()[-3000:]}")
        if not green and not code and not job.error:
            raise SystemExit(f"failing run passed: {cause.tool}/{cause.cause}: {log.text()[-3000:]}")
        artifacts = job.artifacts if job.artifacts is not None else style.chance(0.35)
        wrap.closing(log, job, code, root, after, artifacts, green)
    finally:
        shutil.rmtree("/builds", ignore_errors=True)
    return log.text(), job


AFTER = [
    ["rm -rf .tmp", "du -sh . | cut -f2"],
    ["cat reports/summary.txt"],
    ["./scripts/cleanup.sh || true", "echo \"Error reports are kept for 7 days\""],
    ["docker-compose down"],
    ["echo 'Sending job status to chat ... error=none'"],
]


# Progress lines that name a failing test. All failing tests of a log are planted, so these are
# right wherever they stand, but whether they are printed hangs on the tool's options.
ALSO = {
    "pytest": r"^\S+::\S+ (FAILED|ERROR)( +\[ *\d+%\])?$|^\[gw\d+\].* FAILED ",
    "jest": r"^ +✕ ",
    "vitest": r"^ +[×✗] ",
    "rspec": r"\(FAILED - \d+\)$",
    "phpunit": r"^ ✘ ",
}


def label(text, job, where):
    """Finds the planted message and the lines around it; fails loudly if it is absent."""
    raw = text.split("\n")
    lines = [clean.plain(line) for line in raw]
    bounds = [next((i for i, line in enumerate(raw) if mark in line), len(raw)) for mark in (":after_script", ":cleanup_file_variables")]
    inside = lambda i: job.phase != "step_script" or not bounds[0] <= i < bounds[1]
    heads = []
    for pattern in job.head:
        hits = [i for i, line in enumerate(lines) if inside(i) and re.search(pattern, line) and not line.startswith("$ ")]
        if not hits:
            raise SystemExit(f"{where}: no line matches {pattern!r}\n{text[-6000:]}")
        heads += {"all": hits, "first": hits[:1], "last": hits[-1:]}[job.which]
    also = ALSO.get(where.split("/")[0])
    if also:
        heads += [i for i, line in enumerate(lines) if inside(i) and re.search(also, line)]
    heads = sorted(set(heads))
    if len(heads) > 24:
        raise SystemExit(f"{where}: {len(heads)} headline lines are too many: {[lines[i] for i in heads[:5]]}")
    spans = [[i, i] for i in heads]
    for first, final in job.show:
        begins = [i for i, line in enumerate(lines) if re.search(first, line)]
        if not begins:
            raise SystemExit(f"{where}: no line matches {first!r}\n{text[-6000:]}")
        ends = [i for i, line in enumerate(lines) if i >= begins[0] and re.search(final, line)]
        if not ends:
            raise SystemExit(f"{where}: no line matches {final!r} after {first!r}\n{text[-6000:]}")
        spans.append([begins[0], ends[0]])
    merged = []
    for first, final in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], final)
        else:
            merged.append([first, final])
    return [(i + 1, lines[i]) for i in heads], [[a + 1, b + 1] for a, b in merged]


def excerpt(line, secrets):
    """A part of the cleaned line, at most 160 characters and without what masking may change."""
    for secret in secrets:
        line = line.rpartition(secret)[2]
    return line.partition(" token=")[0].strip()[:160]


def write(out, cause, index, k):
    """Writes NAME.log, NAME.toml and, if wanted, NAME.green.log; returns the split."""
    split = split_of(cause.tool, index)
    where = f"{cause.tool}/{cause.cause}#{k}"
    text, job = produce(cause, k, False)
    heads, spans = label(text, job, where)
    for secret in job.secrets:
        if secret not in text:
            raise SystemExit(f"{where}: secret {secret!r} is not in the log")
    folder = os.path.join(out, split)
    os.makedirs(folder, exist_ok=True)
    name = f"{cause.tool}-{cause.cause}" + (f"-{k + 1}" if cause.variants > 1 else "")
    quote = lambda value: json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    rows = [
        f"tool = {quote(cause.tool)}",
        f"cause = {quote(cause.tool + '/' + cause.cause)}",
        f"category = {quote(cause.category)}",
        f"whose = {quote(cause.whose)}",
        "headline = [",
        *[f"  {{ line = {number}, contains = {quote(excerpt(line, job.secrets))} }}," for number, line in heads],
        "]",
        f"lines = {quote(spans)}",
    ]
    if job.secrets:
        rows.append(f"secrets = {quote(job.secrets)}")
    if cause.green:
        green, _ = produce(cause, k, True)
        with open(os.path.join(folder, name + ".green.log"), "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(green)
        rows.append(f"green = {quote(name + '.green.log')}")
    with open(os.path.join(folder, name + ".log"), "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
    with open(os.path.join(folder, name + ".toml"), "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    return split
