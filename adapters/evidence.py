"""What comparing two identities yields: weights in bits, and whether they may ever add up to a release.

The model is that of Fellegi and Sunter (1969): each compared field adds the binary logarithm of how
much likelier its outcome is between records of one subject than between records of two. The sum,
with the prior, is the log-odds of one subject. The weights are estimates for a county of about 10^5
people, set so that a wrong release costs far more than a further question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.partner import FieldWeight

RELEASE: Final = 0.9
"""At or above this probability a subject is found."""

ASK: Final = 0.1
"""From here up to `RELEASE` the answer is unclear: more identifiers are needed. Below it nobody is found."""

CEILING_BITS: Final = 2.0
"""Log-odds (0.8) that evidence of a kind that may not release never exceeds."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The compared fields, prior first; unless `releasable`, capped below `RELEASE`."""

    weights: tuple[FieldWeight, ...]
    releasable: bool

    @classmethod
    def of(cls, weights: list[FieldWeight], *, releasable: bool) -> Evidence:
        total = sum(each.weight for each in weights)
        if not releasable and total > CEILING_BITS:
            weights = [*weights, FieldWeight("ceiling", "may-not-release", CEILING_BITS - total)]
        return cls(tuple(weights), releasable)

    @property
    def bits(self) -> float:
        return sum(each.weight for each in self.weights)


def probability(bits: float) -> float:
    """The probability whose log-odds to base two these are."""
    return 1 / (1 + 2**-bits)
