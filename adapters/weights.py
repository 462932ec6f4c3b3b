"""A person's weights as data: how often each outcome of a comparison is seen. Pure.

Written by `python -m tests.bench learn`; `docs/matching.md` says from what. An outcome's weight is the
binary logarithm of its first share over its second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Shares = Mapping[str, tuple[float, float]]
"""For each outcome its share among pairs of records of one person, and among pairs of two people."""

PRIOR: Final = 1e-05

FAMILY_NAME: Final[Shares] = {
    "equal": (0.8381, 0.002679),
    "part": (0.005666, 0.0001502),
    "same-sound": (0.005072, 7.676e-05),
    "spelling": (0.1051, 0.0007499),
    "shared-part": (4.172e-05, 2.514e-05),
    "two-edits": (0.004385, 0.005943),
    "slight": (0.0007718, 4.208e-05),
    "different": (0.0409, 0.9907),
}

GIVEN_NAME: Final[Shares] = {
    "equal": (0.8137, 0.004171),
    "part": (0.02352, 0.0002777),
    "nickname": (0.01074, 0.001162),
    "same-sound": (0.004398, 6.049e-05),
    "spelling": (0.08569, 0.001585),
    "two-edits": (0.002283, 0.002879),
    "slight": (0.002999, 0.0003987),
    "initial": (0.005441, 0.000629),
    "different": (0.05126, 0.9895),
}

BIRTH_DATE: Final[Shares] = {
    "equal": (0.9588, 2.621e-05),
    "day-month-swapped": (0.003489, 1.763e-05),
    "one-digit-off": (0.01036, 0.001046),
    "default-day": (0.002723, 0.000147),
    "two-parts-equal": (0.001151, 0.002949),
    "different": (0.02343, 0.9958),
}

ADDRESS: Final[Shares] = {
    "equal": (0.2795, 1.686e-05),
    "spelling": (0.02018, 8.406e-06),
    "part": (0.501, 0.003459),
    "shared-part": (0.009148, 0.018),
    "different": (0.1902, 0.9785),
}

IDENTIFIERS: Final[Shares] = {
    "equal": (0.9104, 1e-07),
    "conflicting": (0.08961, 1),
}

NAMES_SWAPPED: Final = 0.04757
"""The share of pairs of one person in which family and given name stand in each other's place."""

COMMON_FAMILY_NAMES: Final[Mapping[str, float]] = {
    "smith": 0.0126,
    "johnson": 0.0102,
    "williams": 0.0088,
    "jones": 0.0078,
    "brown": 0.0078,
    "davis": 0.0060,
    "miller": 0.0053,
    "wilson": 0.0043,
    "moore": 0.0039,
    "taylor": 0.0039,
    "anderson": 0.0039,
    "thomas": 0.0039,
    "jackson": 0.0039,
    "white": 0.0035,
    "harris": 0.0035,
    "martin": 0.0034,
    "thompson": 0.0034,
    "garcia": 0.0032,
    "martinez": 0.0029,
    "robinson": 0.0029,
    "clark": 0.0029,
    "rodriguez": 0.0029,
    "lewis": 0.0028,
    "lee": 0.0028,
    "walker": 0.0028,
}
"""Family names commoner than the chance above, with their share of the people (US census of 1990)."""

COMMON_GIVEN_NAMES: Final[Mapping[str, float]] = {
    "james": 0.0185,
    "john": 0.0182,
    "robert": 0.0175,
    "mary": 0.0147,
    "michael": 0.0147,
    "william": 0.0136,
    "david": 0.0132,
    "richard": 0.0095,
    "charles": 0.0085,
    "joseph": 0.0078,
    "thomas": 0.0077,
    "patricia": 0.0060,
    "christopher": 0.0058,
    "linda": 0.0058,
    "barbara": 0.0054,
    "daniel": 0.0054,
    "paul": 0.0053,
    "mark": 0.0052,
    "elizabeth": 0.0052,
    "jennifer": 0.0052,
    "donald": 0.0052,
    "george": 0.0052,
    "maria": 0.0046,
    "kenneth": 0.0046,
    "susan": 0.0044,
    "steven": 0.0043,
    "edward": 0.0043,
    "margaret": 0.0043,
}
"""Given names likewise, women and men together."""
