"""Duties on an answer, and masking: neither opens anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agreements.agreement import Obligation
from agreements.duration import Duration
from agreements.terms import Category, ObligationCode, Purpose, Role, Sector
from policies.decision import Denied, Permitted
from policies.statute import Mask
from tests.unit.decision_case import (
    NOW,
    Case,
    agencies,
    agreement,
    asked,
    bound,
    by_consent,
    clause,
    consent,
    law,
    needing,
    opening,
    prohibition,
    question,
)

DESTROY, APART = ObligationCode.DESTROY_BY, ObligationCode.STORE_APART
NOTICE, PURPOSE_ONLY = ObligationCode.PART2_NOTICE, ObligationCode.PURPOSE_ONLY
NOT_UNDERSTOOD = "refused at obligations: obligation-not-understood"
OPENS = "summary by agreement under county 1:1"
DUTIFUL = clause(obligations=(Obligation(DESTROY, Duration(1, 0)), Obligation(APART)))


def duties(case: Case) -> tuple[Obligation, ...]:
    permitted = case.decision()
    assert isinstance(permitted, Permitted)
    return permitted.permit.obligations


def within(*lengths: Duration | None) -> tuple[Obligation, ...]:
    """The time to destroy that is left of several: the first in the clause, the others in laws."""
    laws = tuple(
        law(opening(), id=f"act-{number}", obligations=(Obligation(DESTROY, length),))
        for number, length in enumerate(lengths[1:])
    )
    return duties(bound(*laws).under(clause(obligations=(Obligation(DESTROY, lengths[0]),))))


def test_the_duties_of_the_clause_are_those_of_the_answer() -> None:
    assert duties(asked(DUTIFUL)) == DUTIFUL.obligations


def test_the_duties_of_each_law_and_of_the_opening_used_are_added_once_each() -> None:
    binding = law(
        opening(obligations=(Obligation(NOTICE),)),
        replace(by_consent(), obligations=(Obligation(ObligationCode.PART2_CONSENT_COPY),)),
        obligations=(Obligation(APART), Obligation(PURPOSE_ONLY)),
    )
    other = law(
        opening(), id="other", obligations=(Obligation(NOTICE), Obligation(ObligationCode.FERPA_NOTICE))
    )
    codes = [duty.code for duty in duties(bound(binding, other).under(DUTIFUL))]
    assert codes == [DESTROY, APART, PURPOSE_ONLY, NOTICE, ObligationCode.FERPA_NOTICE]


def test_the_opening_that_is_not_used_attaches_nothing() -> None:
    binding = law(replace(by_consent(), obligations=(Obligation(NOTICE),)), opening())
    assert duties(bound(binding, consents=(consent(),))) == ()


def test_a_duty_named_twice_has_its_shortest_time() -> None:
    month, day, week = Duration(1, 0), Duration(0, 86400), Duration(0, 7 * 86400)
    assert within(month, day) == (Obligation(DESTROY, day),)
    assert within(day, month) == (Obligation(DESTROY, day),)
    assert within(month, day, week) == (Obligation(DESTROY, day),)


def test_a_duty_with_a_time_is_stricter_than_one_without() -> None:
    day = Duration(0, 86400)
    assert within(None, day) == within(day, None) == (Obligation(DESTROY, day),)
    assert within(None, None) == (Obligation(DESTROY),)


UNDERSTANDS = {
    "all duties understood": (asked(DUTIFUL, understands=frozenset({DESTROY, APART})), OPENS),
    "more than these understood": (asked(DUTIFUL, understands=frozenset(ObligationCode)), OPENS),
    "nothing declared: all are": (asked(DUTIFUL, understands=None), OPENS),
    "one of two understood": (asked(DUTIFUL, understands=frozenset({DESTROY})), NOT_UNDERSTOOD),
    "none understood": (asked(DUTIFUL, understands=frozenset()), NOT_UNDERSTOOD),
    "no duty, none understood": (asked(understands=frozenset()), OPENS),
    "a law's duty is not understood": (
        bound(law(opening(), obligations=(Obligation(NOTICE),)), understands=frozenset({APART})),
        NOT_UNDERSTOOD,
    ),
    "an opening's duty is not understood": (
        bound(law(opening(obligations=(Obligation(NOTICE),))), understands=frozenset({APART})),
        NOT_UNDERSTOOD,
    ),
    "another clause without the duty opens": (
        asked(DUTIFUL, clause(id="2"), understands=frozenset()),
        "summary by agreement under county 1:2",
    ),
}

MASKS = law(opening(), mask=Mask("Act 13", "No refusal confirms anything."))
SPARES_POLICE = law(
    opening(), mask=Mask("Act 13", "No refusal.", unless_recipients=frozenset({Sector.LAW_ENFORCEMENT}))
)
MASKED = clause(id="2", masked=True)
UNMET = clause(id="2", masked=True, conditions=needing(concern_at_least="high").conditions)
MASKING = {
    "the clause that opens": (asked(clause(masked=True)), f"{OPENS}, masked"),
    "the clause that refuses": (
        asked(clause(masked=True, conditions=needing(concern_at_least="high").conditions)),
        "refused at case: concern-too-low, masked",
    ),
    "another clause, met": (asked(clause(), MASKED), f"{OPENS}, masked"),
    "another clause, not met": (asked(clause(), UNMET), f"{OPENS}, masked"),
    "another clause, for another purpose, role and kind": (
        asked(
            clause(),
            clause(
                id="2", masked=True, purposes=frozenset({Purpose.TREATMENT}), roles=frozenset({Role.AUDITOR})
            ),
        ),
        f"{OPENS}, masked",
    ),
    "a prohibition": (asked(clause(), prohibition(masked=True)), "refused at clause: prohibited, masked"),
    "a clause of another agreement": (
        Case(agreements=(agreement(clause()), agreement(MASKED, id="other"))),
        f"{OPENS}, masked",
    ),
    "a clause about another category": (
        asked(clause(), clause(id="2", masked=True, categories=frozenset({Category.HOUSING}))),
        OPENS,
    ),
    "a clause of another custodian": (
        asked(clause(), clause(id="2", masked=True, custodian=agencies("school"))),
        OPENS,
    ),
    "a clause of another requester": (
        asked(clause(), clause(id="2", masked=True, requester=agencies("school"))),
        OPENS,
    ),
    "a clause that does not cover the question": (
        asked(MASKED, purpose=Purpose.TREATMENT),
        "refused at purpose: purpose-not-allowed, masked",
    ),
    "a clause out of force": (
        Case(question(at=NOW), (agreement(clause(masked=True), expires=NOW),)),
        "refused at agreement: no-agreement, masked",
    ),
    "no clause": (asked(clause()), OPENS),
    "a law, where it opens": (bound(MASKS), f"{OPENS}, masked"),
    "a law, where it refuses": (
        bound(law(mask=MASKS.mask)),
        "refused at law: law-forbids, masked",
    ),
    "a law, where no clause covers the question": (
        bound(MASKS, purpose=Purpose.TREATMENT),
        "refused at purpose: purpose-not-allowed, masked",
    ),
    "a law, where there is no agreement": (
        Case(question(regimes=("act",)), (), (MASKS,)),
        "refused at agreement: no-agreement, masked",
    ),
    "one of two laws": (bound(law(opening(), id="other"), MASKS), f"{OPENS}, masked"),
    "a law that spares this recipient": (bound(SPARES_POLICE), OPENS),
    "a law that spares other recipients": (
        bound(law(opening(), mask=Mask("Act 13", "No.", frozenset({Sector.HEALTH})))),
        f"{OPENS}, masked",
    ),
    "a law that nobody can read": (asked(regimes=("lost",)), "refused at law: law-unknown, masked"),
    "a law that is not declared": (Case(laws=(MASKS,)), OPENS),
}

TABLE = {f"understands: {name}": row for name, row in UNDERSTANDS.items()} | {
    f"masks: {name}": row for name, row in MASKING.items()
}


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_duties_must_be_understood_and_any_mask_holds(case: Case, verdict: str) -> None:
    assert case.verdict() == verdict


def test_the_duty_that_is_not_understood_is_named() -> None:
    refused = asked(DUTIFUL, understands=frozenset({DESTROY})).decision()
    assert isinstance(refused, Denied)
    assert refused.reasons[0].text.endswith("honour: store-apart.")
