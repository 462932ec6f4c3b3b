"""What stands out over many queries: who looks up far more than others or their own, treatment, samples.

Pure. Rows here name queries, users, agencies and categories, never a subject.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any, Final

SMALL: Final = 5
"""A number below this, but for none at all, is not shown: it could be traced to a person."""
SAMPLED: Final = 0.05
_MANY: Final = 3.0
_LEAST: Final = 10


@dataclass(frozen=True, slots=True)
class LookUp:
    """One query of the agency's own: who asked, and what of its subject is compared, which is never shown."""

    query: str
    user: str
    user_name: str
    role: str
    subject: str
    family_name: str


@dataclass(frozen=True, slots=True)
class Treated:
    """One custodian and category of a query: the groups it belongs to, and what became of it."""

    groups: Mapping[str, str]
    told: bool
    emergency: bool


def lookups(seen: Iterable[LookUp]) -> list[dict[str, Any]]:
    """Each person with how many different subjects they asked about, most first, and what stands out.

    `far-more` is three times the median of those with the same role, and ten at least. A family name that the
    asking person or a colleague has is a hint and no more: most people who share a name are not related.
    """
    by_user: dict[tuple[str, str], list[LookUp]] = defaultdict(list)
    for one in seen:
        by_user[one.user, one.role].append(one)
    subjects = {key: len({one.subject for one in asked}) for key, asked in by_user.items()}
    peers: dict[str, list[int]] = defaultdict(list)
    for (_, role), number in subjects.items():
        peers[role].append(number)
    names = {_last(one.user_name): one.user for asked in by_user.values() for one in asked}
    names.pop("", None)
    told = []
    for (user, role), asked in by_user.items():
        usual = median(peers[role])
        own = _last(asked[0].user_name)
        same = [one.query for one in asked if own and _last(one.family_name) == own]
        colleagues = [
            one.query for one in asked if _last(one.family_name) in names and _last(one.family_name) != own
        ]
        number = subjects[user, role]
        far_more = number >= _LEAST and number > _MANY * usual
        told.append(
            {
                "user": user,
                "role": role,
                "subjects": number,
                "queries": len(asked),
                "usual_for_role": usual,
                "own_family_name": same,
                "colleagues_family_name": colleagues,
                "stands_out": [
                    word
                    for word, true in (
                        ("far-more", far_more),
                        ("own-family-name", same),
                        ("colleague", colleagues),
                    )
                    if true
                ],
            }
        )
    return sorted(told, key=lambda row: (-row["subjects"], row["user"]))


def _last(name: str) -> str:
    """The last word of a name, folded; what is one letter long is an initial and no name."""
    words = name.casefold().replace(".", " ").split()
    return words[-1] if words and len(words[-1]) > 1 else ""


def uneven(seen: Iterable[Treated]) -> list[dict[str, Any]]:
    """For each way of grouping, what became of each group's questions; small numbers are not shown.

    Where one row alone would be hidden, the next smallest is hidden with it; where few were told, or few were
    not, neither is shown: no hidden number can be worked out from its neighbours.
    """
    cells: dict[str, dict[str, list[Treated]]] = defaultdict(lambda: defaultdict(list))
    for one in seen:
        for name, value in one.groups.items():
            cells[name][value].append(one)
    return [row for name in sorted(cells) for row in _grouped(name, cells[name])]


def _grouped(name: str, groups: Mapping[str, Sequence[Treated]]) -> Iterator[dict[str, Any]]:
    hidden = {value for value, seen in groups.items() if len(seen) < SMALL}
    if len(hidden) == 1 and len(groups) > 1:
        hidden.add(
            min((value for value in groups if value not in hidden), key=lambda value: len(groups[value]))
        )
    for value in sorted(groups):
        seen = groups[value]
        blank = {"group": name, "value": value, "questions": None, "told": None, "not_told": None}
        if value in hidden:
            yield {**blank, "emergencies": None, "told_share": None}
            continue
        got, urgent = sum(one.told for one in seen), sum(one.emergency for one in seen)
        shown = not (_is_small(got) or _is_small(len(seen) - got))
        yield {
            **blank,
            "questions": len(seen),
            "told": got if shown else None,
            "not_told": len(seen) - got if shown else None,
            "emergencies": None if _is_small(urgent) or _is_small(len(seen) - urgent) else urgent,
            "told_share": round(got / len(seen), 2) if shown else None,
        }


def _is_small(number: int) -> bool:
    return 0 < number < SMALL


def sampled(queries: Iterable[tuple[str, str]], key: bytes) -> set[str]:
    """At least one in twenty of each day's queries, given as id and day; one of every day that has any.

    Which they are follows from a key that no requester has, so nobody can tell beforehand; once a day is over
    its sample never changes.
    """
    days: dict[str, set[str]] = defaultdict(set)
    for id, day in queries:
        days[day].add(id)
    chosen: set[str] = set()
    for ids in days.values():
        ranked = sorted(ids, key=lambda id: hmac.digest(key, id.encode(), "sha256"))
        chosen.update(ranked[: ceil(len(ranked) * SAMPLED)])
    return chosen
