"""The result of every layer of a permit, told from the same values that decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agreements.terms import Ground, Level, ProcessKind, Purpose, Role
from policies.circumstances import circumstances
from policies.decision import Layer, LayerResult, Outcome, Permitted
from policies.rules import Rule
from policies.statute import Law, Opening

_ORDER: Final = tuple(Layer)


@dataclass(frozen=True, slots=True)
class Passed:
    """What made a permit pass: the clause, the openings, the evidence by kind, and what was asked.

    It holds no words of the requester's and nobody's data.
    """

    rule: Rule
    purpose: Purpose
    role: Role
    asked: Level
    openings: tuple[tuple[Law, Opening], ...]
    ground: Ground | None
    process: ProcessKind | None

    def layers(self, permitted: Permitted) -> tuple[LayerResult, ...]:
        """Every layer passed, each with what made it pass."""
        permit, agreement, clause = permitted.permit, self.rule.agreement, self.rule.clause
        laws = "; ".join(f"{law.id} by {opening.citation}" for law, opening in self.openings)
        duties = ", ".join(duty.code.value for duty in permit.obligations)
        shown = " and ".join(each.value for each in (self.ground, self.process) if each is not None)
        detail = {
            Layer.AGREEMENT: f"{agreement.id} version {agreement.version} is in force",
            Layer.PARTY: f"{permit.requester} and {permit.custodian} are party to it",
            Layer.CLAUSE: f"clause {clause.id}: {clause.text}",
            Layer.PURPOSE: f"{self.purpose.value} is among its purposes",
            Layer.ROLE: f"{self.role.value} is among its roles",
            Layer.CASE: circumstances(clause.conditions),
            Layer.LEVEL: f"asked {self.asked.word}, allowed {permit.level.word}",
            Layer.LAW: laws or "no law declared for this category, on purpose",
            Layer.CONSENT: f"consent {permitted.consent}" if permitted.consent else "not needed here",
            Layer.EXCEPTION: shown or "not needed here",
            Layer.OBLIGATIONS: duties or "none",
        }
        return tuple(LayerResult(layer, Outcome.PASSED, detail[layer]) for layer in _ORDER)
