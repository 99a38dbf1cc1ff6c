"""What a family module writes down: causes (a planted failure) and the jobs that show them."""

import random
from dataclasses import dataclass, field

REGISTRY = []

WORDS = """ledger parcel invoice beacon harbor lantern meadow quarry saddle timber
voyage walnut anchor basket cinder dynamo ember falcon garnet hamlet island jigsaw
kettle magnet nectar orchid pepper quiver ribbon socket thistle umber velvet willow
zephyr copper drift fathom gravel hollow indigo juniper""".split()


class Variant:
    """The choices of one log: seeded sources of names, numbers and styles.

    Words are the same in all variants of a cause, for they stand in its message; numbers,
    hashes, styles and the project's name (so its paths) differ.
    """

    def __init__(self, cause, k):
        self.rng = random.Random(f"labtower/{cause}/{k}")
        self.names = random.Random(f"labtower/{cause}")
        self.k = k
        self.project = self.rng.choice(WORDS) + "-" + self.rng.choice(WORDS)

    def word(self):
        return self.names.choice(WORDS)

    def words(self, n):
        return self.names.sample(WORDS, n)

    def num(self, low, high):
        return self.rng.randint(low, high)

    def hex(self, n):
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(n))

    def token(self, n):
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
        return "".join(self.rng.choice(letters) for _ in range(n))

    def pick(self, *options):
        return self.rng.choice(options)

    def chance(self, p):
        return self.rng.random() < p


@dataclass
class Job:
    """One job: the project's files, the script, and where its reason stands in the output.

    `head` and `show` are Python regular expressions searched in cleaned lines. A `head`
    entry that matches nothing stops the run. `show` holds (first, last) pairs of patterns
    for the lines that a person would want to see.
    """

    files: dict
    script: list
    head: list
    show: list = field(default_factory=list)
    fix: dict = None  # files that replace others in the green run
    fix_script: list = None  # the script of the green run, if it differs
    env: dict = field(default_factory=dict)
    colour: bool = False
    image: str = "debian:12"
    before: list = field(default_factory=list)
    setup: list = field(default_factory=list)  # commands run before, unseen
    quiet: bool = False  # no bootstrap noise
    after: list = None  # after_script; None lets the variant choose
    artifacts: bool = None
    timestamps: bool = None
    secrets: list = field(default_factory=list)
    error: str = None  # the runner's last line, when it is not "exit code N"
    phase: str = "step_script"  # where the job died
    texts: dict = field(default_factory=dict)  # lines put into the runner's own sections
    which: str = "all"  # which matches of `head` count: all, first, last
    substitute: list = field(default_factory=list)  # (old, new) on the output
    background: object = None  # context manager that serves something on loopback
    keep_going: bool = False  # the script's exit code is decided by `error`


@dataclass
class Cause:
    tool: str
    cause: str
    category: list
    whose: list
    make: object
    variants: int
    green: bool


def cause(tool, name, category, whose="code", variants=1, green=False):
    """Registers a function `f(v) -> Job` as one planted cause of `tool`."""

    def register(function):
        REGISTRY.append(
            Cause(tool, name, category.split(), whose.split(), function, variants, green)
        )
        return function

    return register
