"""`python -m tests.bench [NAME…] [ENTRIES]`: the benchmarks named, or all of them but `learn`.

`ENTRIES` is the size of the ledger for `verifier`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tests.bench import agreements, decision, learn, matching, speed, verifier

_REPORTS: Final[Mapping[str, Callable[[], None]]] = {
    "speed": speed.main,
    "decision": decision.main,
    "agreements": agreements.main,
    "matching": matching.main,
    "verifier": verifier.main,
}
_COMMANDS: Final = {**_REPORTS, "learn": learn.main}


def main(names: list[str]) -> int:
    """Run them in the order given; 2 where a name is unknown."""
    sizes = [int(name) for name in names if name.isdecimal()]
    names = [name for name in names if not name.isdecimal()]
    commands: dict[str, Callable[[], object]] = {**_COMMANDS, "verifier": partial(verifier.main, *sizes[:1])}
    if unknown := set(names) - commands.keys():
        sys.stderr.write(f"{len(unknown)} unknown; there are: {', '.join(_COMMANDS)}\n")
        return 2
    for name in names or _REPORTS:
        commands[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
