"""One question with the agreements and laws it meets, decided as a site would."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from agreements.agreement import Agreement
from policies.decide import decide
from policies.decision import Decision
from policies.facts import Facts
from policies.rules import RuleBook
from policies.statute import Law
from tests.properties.decision_words import KNOWN


@dataclass(frozen=True, slots=True)
class World:
    facts: Facts
    agreements: tuple[Agreement, ...]
    laws: tuple[Law, ...]

    def decide(self) -> Decision:
        return decide(self.facts, _compiled(self.agreements), {law.id: law for law in self.laws})


@lru_cache(maxsize=64)
def _compiled(agreements: tuple[Agreement, ...]) -> RuleBook:
    return RuleBook(agreements, KNOWN)
