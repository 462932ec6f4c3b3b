"""Which clauses are ever the basis of an answer, and why the others are not: from every class of requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from agreements.terms import Category, Effect, Level, ObligationCode
from policies.cells import Calendar, Key, Period, Setting, keys, periods, relation
from policies.decide import decide
from policies.decision import Denied, Outcome
from policies.facts import Facts
from policies.rules import Rule, RuleBook
from policies.signs import Signs
from policies.space import RequestClass, Space, example

Place = tuple[Key, Period]


@dataclass(slots=True)
class Reach:
    """What one clause comes to about one category, over all pairs and times."""

    rule: Rule
    category: Category
    places: list[Place] = field(default_factory=list)
    """Where it is in force."""
    most: Level | None = None
    """The most it is ever the basis of; None: of nothing."""
    duties: frozenset[ObligationCode] = frozenset()
    """Duties that law adds to its answers."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a clause is never the basis: a reason code of a decision, or the clauses that stand before it."""

    code: str
    text: str
    rules: tuple[Rule, ...] = ()
    request: Facts | None = None


class Reaches:
    """The reach of every clause in force from an instant on."""

    def __init__(self, setting: Setting, since: datetime) -> None:
        self._setting = setting
        self._calendar = Calendar(setting.rules)
        self._space = Space(setting.laws)
        self._signs = Signs()
        self._known: dict[Hashable, Mapping[int, tuple[Level, frozenset[ObligationCode]]]] = {}
        self.found: dict[tuple[str, int, str, Category], Reach] = {}
        for key in keys(setting):
            for period in periods(self._calendar.instants(key), since):
                self._take(key, period)

    def _take(self, key: Key, period: Period) -> None:
        rules = self._calendar.in_force(key, period.start)
        bases = self._bases(rules, key) if rules else {}
        for position, rule in enumerate(rules):
            agreement = rule.agreement
            named = (agreement.id, agreement.version, rule.clause.id, key.category)
            reach = self.found.setdefault(named, Reach(rule, key.category))
            reach.places.append((key, period))
            if position in bases:
                level, duties = bases[position]
                reach.most = max(level, reach.most or level)
                reach.duties |= duties

    def _bases(
        self, rules: tuple[Rule, ...], key: Key
    ) -> Mapping[int, tuple[Level, frozenset[ObligationCode]]]:
        """Of each clause that is a basis: the most it opens, and the duties that are not its own."""
        about = relation(self._setting, key)
        same = (self._signs.of(rules), about)
        if same not in self._known:
            found: dict[int, tuple[Level, frozenset[ObligationCode]]] = {}
            for each in self._space.classes([rules], about, lambda outcomes: outcomes[0] is not None):
                outcome, position = each.outcomes[0], each.positions[0]
                if outcome is not None and position is not None:
                    own = {duty.code for duty in rules[position].clause.obligations}
                    level, duties = found.get(position, (outcome.level, frozenset()))
                    added = frozenset(duty.code for duty in outcome.duties) - own
                    found[position] = (max(level, outcome.level), duties | added)
            self._known[same] = found
        return self._known[same]

    def obstacle(self, reach: Reach) -> Obstacle:
        """Why a clause that permits is never the basis of an answer about a category."""
        alone = [(place, found) for place in reach.places for found in self._opened([reach.rule], place)]
        if not alone:
            return self._refusal(reach)
        before: dict[tuple[str, int, int], Rule] = {}
        forbidding = False
        shown: Facts | None = None
        for key, period in reach.places:
            rules = self._calendar.in_force(key, period.start)
            about = relation(self._setting, key)
            for found in self._space.classes([[reach.rule], rules], about, lambda two: two[0] is not None):
                position = found.positions[1]
                if position is not None:
                    before[rules[position].order] = rules[position]
                    forbidding |= rules[position].clause.effect is Effect.PROHIBIT
                    shown = shown or example(self._setting, key, period.start, found)
        standing = tuple(rule for _, rule in sorted(before.items()))
        if all(rule.clause.effect is Effect.PROHIBIT for rule in standing):
            return Obstacle("contradictory", "", standing, shown)
        return Obstacle("unreachable", "", standing, shown)

    def _opened(self, rules: Iterable[Rule], place: Place) -> Iterator[RequestClass]:
        about = relation(self._setting, place[0])
        yield from self._space.classes([list(rules)], about, lambda outcomes: outcomes[0] is not None)

    def _refusal(self, reach: Reach) -> Obstacle:
        """The refusal that gets furthest, of all requests the clause speaks of, when it stands alone."""
        setting, rule = self._setting, reach.rule
        alone = RuleBook([replace(rule.agreement, clauses=(rule.clause,))], setting.rules.sectors)
        best = (-1, Obstacle("", ""))
        for key, period in {relation(setting, place[0]): place for place in reach.places}.values():
            about = relation(setting, key)
            for found in self._space.classes([[rule]], about):
                request = example(setting, key, max(period.start, rule.agreement.effective), found)
                request = replace(request, **found.circumstances.case(found.circumstances.guard(rule)[0]))
                decision = decide(request, alone, setting.laws)
                if isinstance(decision, Denied):
                    depth = sum(layer.outcome is Outcome.PASSED for layer in decision.layers)
                    reason = decision.reasons[0]
                    if depth > best[0]:
                        best = (depth, Obstacle(reason.code, reason.text, (), request))
        return best[1]


def by_rule(reaches: Reaches) -> dict[tuple[str, int, str], list[Reach]]:
    """The reaches of each clause, over its categories."""
    found: dict[tuple[str, int, str], list[Reach]] = defaultdict(list)
    for (agreement, version, clause, _), reach in sorted(reaches.found.items()):
        found[agreement, version, clause].append(reach)
    return found
