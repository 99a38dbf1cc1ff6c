#!/usr/bin/env python3
"""Makes the corpus anew: `python3 make.py [TOOL | TOOL/CAUSE]...`; see README.md.

Needs root (it works in /builds) and the tools that the families run. Not run by CI.
"""

import importlib
import os
import pkgutil
import sys
import traceback
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import make  # noqa: E402
from make import build, case  # noqa: E402


def main(wanted):
    for module in sorted(pkgutil.iter_modules(make.__path__), key=lambda m: m.name):
        if module.name.startswith("tool_"):
            importlib.import_module(f"make.{module.name}")
    seen, made, failed = Counter(), Counter(), []
    for cause in case.REGISTRY:
        index = seen[cause.tool]
        seen[cause.tool] += 1
        if wanted and cause.tool not in wanted and f"{cause.tool}/{cause.cause}" not in wanted:
            continue
        try:
            for k in range(cause.variants):
                made[cause.tool, build.write(HERE, cause, index, k)] += 1
            print(f"{cause.tool}/{cause.cause}: {cause.variants}", flush=True)
        except (SystemExit, Exception) as error:
            if not isinstance(error, SystemExit):
                traceback.print_exc()
            failed.append(f"{cause.tool}/{cause.cause}: {error}")
            print(f"FAILED {failed[-1]}", flush=True)
    for (tool, split), count in sorted(made.items()):
        print(f"{tool:16} {split:9} {count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
