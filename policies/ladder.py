"""In which order the clauses of one cell are taken, and what each lets out: found by deciding.

Nothing is decided here anew. The clauses of a cell are put into a rule book of their own in which the case
conditions of each are one switch, and `decide` is asked with all switches on, then without the one it took,
and so on. Their real case conditions are boxes of `guards`: which of them hold picks the first rung.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from agreements.agreement import Agreement, Clause, Obligation, PartySelector
from agreements.duration import Duration
from agreements.permit import Permit
from agreements.terms import (
    Act,
    BasisKind,
    Category,
    Effect,
    Instrument,
    Level,
    ObligationCode,
    Purpose,
    Role,
    Sector,
    SubjectKind,
)
from policies.brought import Brought, Offers, Pattern, legal_process, representation, years
from policies.decide import decide
from policies.decision import Await, Decision, Permitted
from policies.evidence import Laws
from policies.facts import Facts
from policies.rules import RuleBook

_ASKER: Final = "asker"
_HOLDER: Final = "holder"
_SWITCH: Final = "on-"
_CONCERN: Final = "any"
_START: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NOW: Final = datetime(2000, 1, 2, tzinfo=UTC)
_END: Final = datetime(2001, 1, 1, tzinfo=UTC)
_ROLE: Final = Role.CASEWORKER


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a permit comes to; two are alike where they release the same, on the same terms."""

    level: Level
    fields: frozenset[str]
    awaits: frozenset[Await]
    duties: frozenset[Obligation]
    basis: BasisKind


def outcome_of(decision: Decision) -> Outcome | None:
    """A decision as requests are told apart by it; None for a refusal, whatever its reason."""
    if not isinstance(decision, Permitted):
        return None
    permit: Permit = decision.permit
    return Outcome(
        permit.level, permit.fields, decision.awaits, frozenset(permit.obligations), permit.basis.kind
    )


@dataclass(frozen=True, slots=True)
class Matter:
    """What a decision rests on besides the case, what is brought along and the level asked."""

    requester: Sector
    custodian: Sector
    category: Category
    purpose: Purpose
    subject: SubjectKind
    regimes: tuple[str, ...] | None
    understands: frozenset[ObligationCode] | None


@dataclass(frozen=True, slots=True)
class Rung:
    """A clause by its position in the cell, and what it lets out when no earlier rung holds."""

    position: int
    outcome: Outcome


def essence(clause: Clause) -> Hashable:
    """All of a clause but for whom, about what and in which case it speaks."""
    asked = clause.conditions
    opened = (
        asked.consent,
        asked.consent_from,
        asked.exceptions,
        asked.finding,
        asked.legal_process,
        asked.review,
    )
    return clause.effect, clause.level, clause.fields, clause.withholds, opened, clause.obligations


class Ladder:
    """The rungs of one cell, for anything that is brought and any level asked."""

    def __init__(self, clauses: Sequence[Clause], matter: Matter, laws: Laws) -> None:
        self._matter = matter
        self._laws = laws
        self._permits = [number for number, clause in enumerate(clauses) if clause.effect is Effect.PERMIT]
        switched = [_switched(number, clause, matter) for number, clause in enumerate(clauses)]
        sectors = {_ASKER: matter.requester, _HOLDER: matter.custodian}
        self._rules = RuleBook([_agreement(switched)], sectors)
        self._known: dict[Hashable, tuple[Rung, ...]] = {}

    def rungs(
        self, pattern: Pattern, brought: Brought, offers: Offers, level: Level, withholding: frozenset[int]
    ) -> tuple[Rung, ...]:
        """The permissions that open, first the one that is taken when the case conditions of all hold.

        `withholding` are the positions of the prohibitions that bite and only take fields away.
        """
        key = (pattern, level, withholding)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(self._climb(brought, offers, level, withholding))
        return found

    def _climb(
        self, brought: Brought, offers: Offers, level: Level, withholding: frozenset[int]
    ) -> Iterable[Rung]:
        left = set(self._permits)
        while left:
            decision = decide(
                self._facts(brought, offers, level, left | withholding), self._rules, self._laws
            )
            outcome = outcome_of(decision)
            if outcome is None or not isinstance(decision, Permitted):
                return
            position = int(decision.permit.basis.clause)
            left.remove(position)
            yield Rung(position, outcome)

    def _facts(self, brought: Brought, offers: Offers, level: Level, on: Iterable[int]) -> Facts:
        matter = self._matter
        consent = offers.consent(brought, _HOLDER, _ASKER, matter.purpose)
        return Facts(
            at=_NOW,
            requester=_ASKER,
            requester_sector=matter.requester,
            role=_ROLE,
            custodian=_HOLDER,
            custodian_sector=matter.custodian,
            purpose=matter.purpose,
            subject_kind=matter.subject,
            category=matter.category,
            level=level,
            concern=_CONCERN,
            case_flags=frozenset(f"{_SWITCH}{position}" for position in on),
            age=years(brought),
            regimes=matter.regimes,
            consents=(consent,) if consent else (),
            representation=representation(brought),
            legal_process=legal_process(brought),
            understands=matter.understands,
        )


def _switched(number: int, clause: Clause, matter: Matter) -> Clause:
    """The clause for this one matter, its case conditions replaced by one flag."""
    conditions = replace(
        clause.conditions,
        concern_at_least=None,
        case_flags=frozenset({f"{_SWITCH}{number}"}),
        case_flags_absent=frozenset(),
        workdays_since_opening=None,
        invited_by=frozenset(),
        unblinded=False,
    )
    return replace(
        clause,
        id=str(number),
        text="",
        requester=PartySelector(frozenset({_ASKER})),
        roles=frozenset({_ROLE}),
        custodian=PartySelector(frozenset({_HOLDER})),
        purposes=frozenset({matter.purpose}),
        subjects=frozenset({matter.subject}),
        categories=frozenset({matter.category}),
        conditions=conditions,
        masked=False,
        acts=frozenset(Act),
        contacts_only=False,
        second_look=False,
    )


def _agreement(clauses: Iterable[Clause]) -> Agreement:
    return Agreement(
        id="cell",
        version=1,
        title="",
        instrument=Instrument.DSA,
        jurisdiction="us",
        parties=(_ASKER, _HOLDER),
        effective=_START,
        expires=_END,
        review_by=_END,
        concern_scale=(_CONCERN,),
        clauses=tuple(clauses),
        retain=Duration(0, 0),
    )
