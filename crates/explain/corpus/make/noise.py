"""Output that looks alarming or merely long, and means nothing: what real jobs print around a failure."""

LINES = [
    "debconf: delaying package configuration, since apt-utils is not installed",
    "WARNING: error-reporting is disabled (no DSN configured)",
    "info: 0 errors, 0 failures in configuration check",
    "DEPRECATION: option --legacy-failures will be removed in release 9.0",
    "W: Failed lookups are retried with the fallback resolver",
    "notice: retrying after transient error (attempt 1 of 3) ... ok",
    "Loaded error-codes.json (312 entries)",
    "perl: warning: Setting locale failed.",
    "warning: /etc/toolchain.conf: unknown key 'fail_fast', ignored",
    "Selecting previously unselected package liberror-perl.",
    "Setting up libgpg-error0:amd64 (1.46-1) ...",
    "Processing triggers for libc-bin (2.36-9+deb12u10) ...",
    "[warn] exception-tracing plugin not found, continuing without it",
    "fatal_errors=false loaded from env",
]


def bootstrap(style, v):
    """A script for the project's `scripts/`: lines are the job's own, figures the run's own."""
    out = ["#!/bin/bash", "cat <<'TEXT'"]
    chosen = style.rng.sample(LINES, style.num(3, 9))
    for i in range(style.num(4, 60)):
        name = "lib" + style.word() + str(style.num(1, 9))
        out.append(f"Get:{i + 1} stable/main amd64 {name} amd64 {style.num(1, 9)}.{style.num(0, 30)}-{style.num(1, 4)} [{style.num(3, 990)} kB]")
    out.append(f"Fetched {style.num(5, 90)}.{v.num(0, 9)} MB in {v.num(1, 9)}s ({v.num(900, 9000)} kB/s)")
    out += chosen
    out.append(f"cache key: {v.hex(40)}")
    out.append("TEXT")
    if style.chance(0.5):
        out.append(f"for p in 7 21 38 55 73 {v.num(80, 99)} 100; do printf '\\rDownloading toolchain bundle %3d%%' $p; done; echo")
    out.append(f"echo 'bootstrap finished in {v.num(2, 40)}.{v.num(0, 9)}s'")
    return "\n".join(out) + "\n"
