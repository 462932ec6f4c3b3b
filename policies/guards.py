"""What a clause asks of a case, as boxes: at which concern, under which flags and how soon it speaks.

The words of all scales in question, and one word that stands on none of them, are the values of `concern`.
Every flag and every inviting role that a clause in question mentions is a dimension of its own, and working
days fall into ranges between the limits that clauses set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agreements.agreement import Conditions
from agreements.terms import Effect, Role
from policies.facts import Facts
from policies.regions import Box, Universe, Values
from policies.rules import Rule

OFF_SCALE: Final = "-"
"""A concern that stands on no scale in question; no scale can have this word."""

Days = tuple[int, int]
"""Working days from and to, both included."""

UNKNOWN_DAYS: Final[Days] = (-1, -1)
ENDLESS: Final = 1_000_000
CONCERN, DAYS, BLINDED = "concern", "workdays", "blinded"
FLAG: Final = "flag "
"""What the names of dimensions of flags begin with."""
INVITED: Final = "invited by "
"""What the names of dimensions of inviting roles begin with."""

EITHER: Final[Values] = frozenset({True, False})
_YES: Final[Values] = frozenset({True})
_NO: Final[Values] = frozenset({False})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Every circumstance of a case that some of these rules tell apart."""

    universe: Universe

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Circumstances:
        concerns: set[str] = {OFF_SCALE}
        switches: set[str] = set()
        limits: set[int] = set()
        for rule in rules:
            asked = rule.clause.conditions
            concerns.update(rule.agreement.concern_scale)
            switches |= {f"{FLAG}{flag}" for flag in asked.case_flags | asked.case_flags_absent}
            switches |= {f"{INVITED}{role}" for role in asked.invited_by}
            switches |= {BLINDED} if asked.unblinded else set()
            limits |= {asked.workdays_since_opening} - {None}  # type: ignore[arg-type]
        universe: dict[str, Values] = {CONCERN: frozenset(concerns)}
        universe |= dict.fromkeys(sorted(switches), EITHER)
        if limits:
            universe[DAYS] = frozenset(_ranges(limits))
        return cls(universe)

    def guard(self, rule: Rule) -> tuple[Box, ...]:
        """Where a permission's case conditions hold, or where a prohibition bites; boxes do not overlap."""
        asked = rule.clause.conditions
        if asked.case_flags & asked.case_flags_absent:
            return ()
        box: dict[str, Values] = {CONCERN: self._concerns(rule)}
        box |= {f"{FLAG}{flag}": _YES for flag in asked.case_flags}
        box |= {f"{FLAG}{flag}": _NO for flag in asked.case_flags_absent}
        box |= {BLINDED: _NO} if asked.unblinded else {}
        if asked.workdays_since_opening is not None:
            box[DAYS] = self._days(asked.workdays_since_opening, rule.clause.effect)
        return tuple({**box, **invited} for invited in _invitations(asked)) if box[CONCERN] else ()

    def _concerns(self, rule: Rule) -> Values:
        """A permission needs a word of its scale; a prohibition holds where it cannot be judged."""
        scale, least = rule.agreement.concern_scale, rule.clause.conditions.concern_at_least
        reached = frozenset(word for word in scale if rule.agreement.reaches(word, least))
        if rule.clause.effect is Effect.PERMIT:
            return reached
        return reached | (self.universe[CONCERN] - frozenset(scale))

    def _days(self, most: int, effect: Effect) -> Values:
        """An unknown opening closes a permission and leaves a prohibition in place."""
        soon = frozenset(days for days in self._ranges() if days[1] <= most and days != UNKNOWN_DAYS)
        return soon if effect is Effect.PERMIT else soon | {UNKNOWN_DAYS}

    def _ranges(self) -> Iterator[Days]:
        return (days for days in self.universe.get(DAYS, ()) if isinstance(days, tuple))

    def case(self, box: Box) -> Mapping[str, Any]:
        """One case of the box, as fields of `Facts`: as little set as the box allows."""
        concerns = map(str, box.get(CONCERN, self.universe[CONCERN]))
        on = {name for name, values in box.items() if False not in values}
        days = [days for days in box.get(DAYS, {UNKNOWN_DAYS}) if isinstance(days, tuple)]
        first = max(days, key=lambda known: (known != UNKNOWN_DAYS, -known[0]))
        return {
            "concern": min(concerns, key=lambda word: (word == OFF_SCALE, word)),
            "case_flags": frozenset(_named(on, FLAG)),
            "invited_by": frozenset(map(Role, _named(on, INVITED))),
            "blinded": BLINDED in on,
            "workdays_open": None if first == UNKNOWN_DAYS else first[0],
        }

    def point(self, facts: Facts) -> Box:
        """The smallest box the case of a request falls in."""
        on = {f"{FLAG}{flag}" for flag in facts.case_flags}
        on |= {f"{INVITED}{role}" for role in facts.invited_by} | ({BLINDED} if facts.blinded else set())
        known = facts.concern in self.universe[CONCERN]
        point: dict[str, Values] = {CONCERN: frozenset({facts.concern if known else OFF_SCALE})}
        for name in self.universe.keys() - {CONCERN, DAYS}:
            point[name] = _YES if name in on else _NO
        if DAYS in self.universe:
            open_for = -1 if facts.workdays_open is None else facts.workdays_open
            point[DAYS] = frozenset(days for days in self._ranges() if days[0] <= open_for <= days[1])
        return point


def _named(names: Iterable[str], prefix: str) -> Iterator[str]:
    return (name.removeprefix(prefix) for name in names if name.startswith(prefix))


def _ranges(limits: Iterable[int]) -> Iterator[Days]:
    """Unknown, and the ranges that end at each limit and after the last."""
    yield UNKNOWN_DAYS
    least = 0
    for limit in sorted(limits):
        yield least, limit
        least = limit + 1
    yield least, ENDLESS


def _invitations(asked: Conditions) -> Iterator[Box]:
    """Somebody of one of the roles has invited: a box for each that is the first in order to have done so."""
    if not asked.invited_by:
        yield {}
    before: dict[str, Values] = {}
    for role in sorted(asked.invited_by):
        yield {**before, f"{INVITED}{role}": _YES}
        before[f"{INVITED}{role}"] = _NO
