"""What comparing two identities yields: weights in bits, and whether they may ever add up to a release.

The model is that of Fellegi and Sunter (1969): each compared field adds the binary logarithm of how
much likelier its outcome is between records of one subject than between records of two. The sum,
with the prior, is the log-odds of one subject. A person's weights are learnt (`adapters.weights`).
Rules about what may release, or be asked about, stand above the weights, as ceilings of the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.partner import FieldWeight

RELEASE: Final = 0.9
"""At or above this probability a subject is found."""

ASK: Final = 0.1
"""From here up to `RELEASE` the answer is unclear: more identifiers are needed. Below it nobody is found."""

RELEASE_CEILING_BITS: Final = 2.0
"""Log-odds (0.8) that evidence of a kind that may not release never exceeds."""

ASK_CEILING_BITS: Final = -4.0
"""Log-odds (0.06) that evidence of a kind nobody is to be asked about never exceeds."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The compared fields, prior first; unless `releasable`, capped below `RELEASE`."""

    weights: tuple[FieldWeight, ...]
    releasable: bool

    @classmethod
    def of(cls, weights: list[FieldWeight], *, releasable: bool, askable: bool = True) -> Evidence:
        total = sum(each.weight for each in weights)
        if not askable and total > ASK_CEILING_BITS:
            weights = [*weights, FieldWeight("ceiling", "may-not-ask", ASK_CEILING_BITS - total)]
        elif not releasable and total > RELEASE_CEILING_BITS:
            weights = [*weights, FieldWeight("ceiling", "may-not-release", RELEASE_CEILING_BITS - total)]
        return cls(tuple(weights), releasable and askable)

    @property
    def bits(self) -> float:
        return sum(each.weight for each in self.weights)


def probability(bits: float) -> float:
    """The probability whose log-odds to base two these are."""
    return 1 / (1 + 2**-bits)
