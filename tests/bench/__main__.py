"""`python -m tests.bench [NAME…]`: the benchmarks named, or all of them but `learn`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Final

from tests.bench import decision, learn, matching, speed

_REPORTS: Final[Mapping[str, Callable[[], None]]] = {
    "speed": speed.main,
    "decision": decision.main,
    "matching": matching.main,
}
_COMMANDS: Final = {**_REPORTS, "learn": learn.main}


def main(names: list[str]) -> int:
    """Run them in the order given; 2 where a name is unknown."""
    if unknown := set(names) - _COMMANDS.keys():
        sys.stderr.write(f"{len(unknown)} unknown; there are: {', '.join(_COMMANDS)}\n")
        return 2
    for name in names or _REPORTS:
        _COMMANDS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
