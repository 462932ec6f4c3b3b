"""Numbers for what rules say, whatever they are called: equal numbers, equal classes of requests."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from agreements.agreement import PartySelector
from policies.rules import Rule

_NOBODY = PartySelector()


class Signs:
    """Gives each rule the number of what it says; a rule is looked into once, however often it is met.

    Left out are the names of clauses, whom they select and their categories, by which rules are gathered
    before, and masking, which is not a matter of single requests.
    """

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._seen: dict[int, tuple[Rule, int]] = {}

    def of(self, rules: Iterable[Rule]) -> tuple[int, ...]:
        """The numbers of rules, in order."""
        return tuple(self._number(rule) for rule in rules)

    def _number(self, rule: Rule) -> int:
        known = self._seen.get(id(rule))
        if known is not None:
            return known[1]
        said = replace(
            rule.clause,
            id="",
            text="",
            requester=_NOBODY,
            custodian=_NOBODY,
            categories=frozenset(),
            masked=False,
            second_look=False,
        )
        number = self._numbers.setdefault((said, rule.agreement.concern_scale), len(self._numbers))
        self._seen[id(rule)] = (rule, number)  # the rule is kept, so that nothing else gets its id
        return number
