"""Every kind of request that a set of agreements and laws can tell apart, and what each comes to.

Requests of one class are decided alike, and every request about which a clause speaks is of exactly one
class. So a statement about all requests is checked by looking at each class once. Several sets of agreements
are gone through together, class by class of what any of them tells apart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product
from typing import Any

from agreements.terms import Effect, Level, SubjectKind
from policies.brought import Asked, Brought, Offers, Pattern, legal_process, representation, years
from policies.cells import Key, Relation, Scope, Setting, named, relation, scopes
from policies.evidence import Laws
from policies.facts import Facts
from policies.guards import Circumstances
from policies.ladder import Ladder, Matter, Outcome, essence
from policies.regions import Box, Region, carve, inhabited, meet
from policies.rules import Rule

Guards = Mapping[int, tuple[Box, ...]]
Outcomes = tuple[Outcome | None, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Cases of one side that come to one outcome: a box less what went before it."""

    box: Box
    without: tuple[Box, ...]
    outcome: Outcome | None
    position: int | None
    """The clause that permits or prohibits; None where none does."""


@dataclass(frozen=True, slots=True)
class RequestClass:
    """Requests that are decided alike by each set of agreements."""

    scope: Scope
    circumstances: Circumstances
    offers: Offers
    brought: Brought
    evidence: Sequence[Box]
    """Everything that can be brought with the same effect, as boxes."""
    level: Level
    """The level asked for."""
    region: Region
    """The cases."""
    outcomes: Outcomes
    positions: tuple[int | None, ...]
    """Of each set, the rule that decides; None: no rule does."""


class Space:
    """Goes through classes of requests; remembers the ladders it has climbed."""

    def __init__(self, laws: Laws) -> None:
        self._laws = laws
        self._ladders: dict[Hashable, Ladder] = {}
        self._offers: dict[Hashable, Offers] = {}

    def classes(
        self,
        sets: Sequence[Sequence[Rule]],
        about: Relation,
        wanted: Callable[[Outcomes], bool] = lambda _: True,
    ) -> Iterator[RequestClass]:
        """The classes of one relation and one time, given the rules in force of each set.

        Classes whose outcomes are not wanted are passed over.
        """
        for scope in scopes(sets, about, self._laws):
            if scope.openings is not None:
                yield from self._within(sets, about, scope, wanted)

    def _within(
        self,
        sets: Sequence[Sequence[Rule]],
        about: Relation,
        scope: Scope,
        wanted: Callable[[Outcomes], bool],
    ) -> Iterator[RequestClass]:
        spoken = [
            [rules[position] for position in found] for rules, found in zip(sets, scope.spoken, strict=True)
        ]
        together = [rule for rules in spoken for rule in rules]
        circumstances = Circumstances.of(together)
        offers = self._offers_of(Asked.by((rule.clause for rule in together), scope.subject), about, scope)
        sides = [_Side(rules, self._ladder(rules, about, scope), circumstances) for rules in spoken]
        for pattern, brought, evidence in offers.patterns:
            for level in Level:
                parts = [list(side.parts(pattern, brought, offers, level)) for side in sides]
                for combined in product(*parts):
                    outcomes = tuple(part.outcome for part in combined)
                    if not wanted(outcomes):
                        continue
                    region = _common(combined, circumstances)
                    if region is not None:
                        positions = tuple(
                            None if part.position is None else found[part.position]
                            for part, found in zip(combined, scope.spoken, strict=True)
                        )
                        yield RequestClass(
                            scope,
                            circumstances,
                            offers,
                            brought,
                            evidence,
                            level,
                            region,
                            outcomes,
                            positions,
                        )

    def _offers_of(self, asked: Asked, about: Relation, scope: Scope) -> Offers:
        key = (asked, named(scope.openings), about.category, scope.subject is SubjectKind.GENERAL)
        found = self._offers.get(key)
        if found is None:
            openings = scope.openings or ()
            found = self._offers[key] = Offers(asked, openings, about.category, scope.subject)
        return found

    def _ladder(self, rules: Sequence[Rule], about: Relation, scope: Scope) -> Ladder:
        clauses = [rule.clause for rule in rules]
        general = scope.subject is SubjectKind.GENERAL
        key = (tuple(map(essence, clauses)), named(scope.openings), general, about.understands)
        found = self._ladders.get(key)
        if found is None:
            matter = Matter(
                about.requester, about.custodian, about.category, scope.purpose, scope.subject,
                about.regimes, about.understands,
            )  # fmt: skip
            found = self._ladders[key] = Ladder(clauses, matter, self._laws)
        return found


class _Side:
    """The rules of one set in one scope, and the cases in which each speaks."""

    def __init__(self, rules: Sequence[Rule], ladder: Ladder, circumstances: Circumstances) -> None:
        self._ladder = ladder
        self._guards: Guards = {number: circumstances.guard(rule) for number, rule in enumerate(rules)}
        prohibitions = [n for n, rule in enumerate(rules) if rule.clause.effect is Effect.PROHIBIT]
        self._forbidding = [n for n in prohibitions if not rules[n].clause.withholds]
        self._withholding = [n for n in prohibitions if rules[n].clause.withholds]
        self._bites = list(self._withheld())

    def parts(self, pattern: Pattern, brought: Brought, offers: Offers, level: Level) -> Iterator[_Part]:
        """All cases, divided by outcome: first what is forbidden, then rung by rung, then what is left."""
        taken: list[Box] = []
        for position in self._forbidding:
            for box in self._guards[position]:
                yield _Part(box, tuple(taken), None, position)
                taken.append(box)
        for bite, base, outside in self._bites:
            before = [*taken, *outside]
            for rung in self._ladder.rungs(pattern, brought, offers, level, bite):
                for box in self._guards[rung.position]:
                    both = meet(base, box)
                    if both is not None:
                        yield _Part(both, tuple(before), rung.outcome, rung.position)
                before += self._guards[rung.position]
            yield _Part(base, tuple(before), None, None)

    def _withheld(self) -> Iterator[tuple[frozenset[int], Box, list[Box]]]:
        """Each set of withholding prohibitions that may bite together, and where they and no others do."""
        for size in range(len(self._withholding) + 1):
            for bite in combinations(self._withholding, size):
                outside = [box for n in self._withholding if n not in bite for box in self._guards[n]]
                for chosen in product(*(self._guards[n] for n in bite)):
                    base = _met(chosen)
                    if base is not None:
                        yield frozenset(bite), base, outside


def _met(boxes: Sequence[Box]) -> Box | None:
    found: Box | None = {}
    for box in boxes:
        found = None if found is None else meet(found, box)
    return found


def _common(parts: Sequence[_Part], circumstances: Circumstances) -> Region | None:
    """The cases that are in all parts; None where there are none."""
    box = _met([part.box for part in parts])
    if box is None:
        return None
    region = carve(box, (other for part in parts for other in part.without), circumstances.universe)
    if region is None or inhabited(region, circumstances.universe) is None:
        return None
    return region


def example(
    setting: Setting, key: Key, at: datetime, found: RequestClass, within: Box | None = None
) -> Facts:
    """One request of a class, of the part of its scope that is named."""
    about = relation(setting, key)
    universe = found.circumstances.universe
    case = found.circumstances.case(inhabited(found.region, universe) or found.region.box)
    box, brought = within or found.scope.boxes[0], found.brought
    some: dict[str, Any] = {name: min(values, key=str) for name, values in box.items()}
    consent = found.offers.consent(brought, key.custodian, key.requester, some["purpose"])
    return Facts(
        at=at,
        requester=key.requester,
        requester_sector=about.requester,
        role=some["role"],
        custodian=key.custodian,
        custodian_sector=about.custodian,
        purpose=some["purpose"],
        subject_kind=some["subject"],
        category=key.category,
        level=found.level,
        age=years(brought),
        regimes=about.regimes,
        consents=(consent,) if consent else (),
        representation=representation(brought),
        legal_process=legal_process(brought),
        understands=about.understands,
        **{name: some[name] for name in ("act", "contact") if name in some},
        **case,
    )
