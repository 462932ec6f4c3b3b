"""Consents: which of them reach a disclosure, and what ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agreements.agreement import Conditions
from agreements.consents import ConsentStatus, FormElement
from agreements.terms import Category, ConsentNeed, GrantorKind, Level, Purpose
from policies.decision import Permitted
from tests.unit.decision_case import END, NOW, START, Case, asked, clause, consent, needing_consent

OPENS = "summary by consent under county 1:1"
MISSING = "refused at consent: consent-missing"
INSTANT = timedelta(microseconds=1)
REFUSED = ConsentStatus.REFUSED
GUARDIAN = GrantorKind.GUARDIAN
BY_GUARDIAN = needing_consent(consent_from=GUARDIAN)

SCOPE = {
    "none recorded": (asked(needing_consent()), MISSING),
    "given for exactly this": (asked(needing_consent(), consents=(consent(),)), OPENS),
    "given for this and more": (
        asked(
            needing_consent(),
            consents=(
                consent(
                    purposes=frozenset(Purpose),
                    categories=frozenset(Category),
                    custodians=frozenset({"health", "school"}),
                    recipients=frozenset({"police", "school"}),
                ),
            ),
        ),
        OPENS,
    ),
    "for another category": (
        asked(needing_consent(), consents=(consent(categories=frozenset({Category.HOUSING})),)),
        MISSING,
    ),
    "for another purpose": (
        asked(needing_consent(), consents=(consent(purposes=frozenset({Purpose.TREATMENT})),)),
        MISSING,
    ),
    "for another custodian": (
        asked(needing_consent(), consents=(consent(custodians=frozenset({"school"})),)),
        MISSING,
    ),
    "for another recipient": (
        asked(needing_consent(), consents=(consent(recipients=frozenset({"school"})),)),
        MISSING,
    ),
    "for no category": (asked(needing_consent(), consents=(consent(categories=frozenset()),)), MISSING),
    "for no purpose": (asked(needing_consent(), consents=(consent(purposes=frozenset()),)), MISSING),
    "for no custodian": (asked(needing_consent(), consents=(consent(custodians=frozenset()),)), MISSING),
    "for no recipient": (asked(needing_consent(), consents=(consent(recipients=frozenset()),)), MISSING),
    "category by one consent, purpose by another": (
        asked(
            needing_consent(),
            consents=(
                consent(categories=frozenset({Category.HOUSING})),
                consent(id="con_2", purposes=frozenset({Purpose.TREATMENT})),
            ),
        ),
        MISSING,
    ),
    "not needed: it is not used": (asked(consents=(consent(),)), "summary by agreement under county 1:1"),
}

STATUS = {
    f"consent {status.value}": (
        asked(needing_consent(), consents=(consent(status=status),)),
        OPENS if status is ConsentStatus.GIVEN else MISSING,
    )
    for status in ConsentStatus
}

PERIOD = {
    "an instant before it begins": (
        asked(needing_consent(), consents=(consent(start=NOW + INSTANT),)),
        MISSING,
    ),
    "at the instant it begins": (asked(needing_consent(), consents=(consent(start=NOW),)), OPENS),
    "an instant before it ends": (asked(needing_consent(), consents=(consent(end=NOW + INSTANT),)), OPENS),
    "at the instant it ends": (asked(needing_consent(), consents=(consent(end=NOW),)), MISSING),
    "without end": (asked(needing_consent(), consents=(consent(end=None),)), OPENS),
}

GRANTOR = {
    f"consent from the {wanted.value}, given by the {giver.value}": (
        asked(needing_consent(consent_from=wanted), consents=(consent(grantor=giver),)),
        OPENS if wanted is giver else MISSING,
    )
    for wanted in GrantorKind
    for giver in GrantorKind
}

REFUSALS = {
    "refused before it was given": (
        asked(
            needing_consent(),
            consents=(consent(start=NOW), consent(id="con_2", status=REFUSED, start=NOW - INSTANT)),
        ),
        OPENS,
    ),
    "refused at the instant it was given": (
        asked(
            needing_consent(),
            consents=(consent(start=NOW), consent(id="con_2", status=REFUSED, start=NOW)),
        ),
        MISSING,
    ),
    "refused after it was given": (
        asked(needing_consent(), consents=(consent(), consent(id="con_2", status=REFUSED, start=NOW))),
        MISSING,
    ),
    "refused after it was given, recorded the other way round": (
        asked(needing_consent(), consents=(consent(id="con_2", status=REFUSED, start=NOW), consent())),
        MISSING,
    ),
    "to be refused from tomorrow": (
        asked(
            needing_consent(),
            consents=(consent(), consent(id="con_2", status=REFUSED, start=NOW + timedelta(days=1))),
        ),
        OPENS,
    ),
    "refused later for another category": (
        asked(
            needing_consent(),
            consents=(
                consent(),
                consent(id="con_2", status=REFUSED, start=NOW, categories=frozenset({Category.HOUSING})),
            ),
        ),
        OPENS,
    ),
    "refused later to another recipient": (
        asked(
            needing_consent(),
            consents=(
                consent(),
                consent(id="con_2", status=REFUSED, start=NOW, recipients=frozenset({"school"})),
            ),
        ),
        OPENS,
    ),
    "refused later at another custodian": (
        asked(
            needing_consent(),
            consents=(
                consent(),
                consent(id="con_2", status=REFUSED, start=NOW, custodians=frozenset({"school"})),
            ),
        ),
        OPENS,
    ),
    "refused later by another grantor": (
        asked(
            needing_consent(),
            consents=(consent(), consent(id="con_2", status=REFUSED, start=NOW, grantor=GUARDIAN)),
        ),
        OPENS,
    ),
    "given again after a refusal": (
        asked(
            needing_consent(),
            consents=(
                consent(),
                consent(id="con_2", status=REFUSED, start=NOW - INSTANT),
                consent(id="con_3", start=NOW),
            ),
        ),
        OPENS,
    ),
    "one guardian gives after another refused": (
        asked(
            BY_GUARDIAN,
            consents=(
                consent(grantor=GUARDIAN, start=NOW),
                consent(id="con_2", grantor=GUARDIAN, status=REFUSED, start=START),
            ),
        ),
        MISSING,
    ),
    "one guardian refuses after another gave": (
        asked(
            BY_GUARDIAN,
            consents=(
                consent(grantor=GUARDIAN),
                consent(id="con_2", grantor=GUARDIAN, status=REFUSED, start=NOW),
            ),
        ),
        MISSING,
    ),
    "two guardians agree": (
        asked(BY_GUARDIAN, consents=(consent(grantor=GUARDIAN), consent(id="con_2", grantor=GUARDIAN))),
        OPENS,
    ),
    "a withdrawn consent beside one that stands": (
        asked(
            needing_consent(),
            consents=(consent(status=ConsentStatus.WITHDRAWN), consent(id="con_2", start=NOW)),
        ),
        OPENS,
    ),
}

TABLE = SCOPE | STATUS | PERIOD | GRANTOR | REFUSALS


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_a_clause_that_needs_consent_opens_by_one_that_reaches(case: Case, verdict: str) -> None:
    assert case.verdict() == verdict


def test_the_permit_names_its_consent_and_ends_with_it() -> None:
    soon = NOW + timedelta(days=2)
    other = consent(categories=frozenset({Category.HOUSING}))
    permitted = asked(needing_consent(), consents=(other, consent(id="con_2", end=soon))).decision()
    assert isinstance(permitted, Permitted)
    assert permitted.consent == "con_2"
    assert permitted.permit.expires == soon


def test_the_permit_never_outlasts_the_agreement() -> None:
    beyond = END + timedelta(days=1)
    for end in (beyond, None):
        permitted = asked(needing_consent(), consents=(consent(end=end),)).decision()
        assert isinstance(permitted, Permitted)
        assert permitted.permit.expires == END


def test_a_permit_that_needs_no_consent_names_none() -> None:
    permitted = asked(consents=(consent(),)).decision()
    assert isinstance(permitted, Permitted)
    assert permitted.consent is None


def test_consent_widens_no_further_than_its_clause() -> None:
    needs = Conditions(consent=ConsentNeed.REQUIRED)
    case = asked(clause(level=Level.EXISTENCE, conditions=needs), level=Level.RECORD, consents=(consent(),))
    assert case.verdict() == "existence by consent under county 1:1"


@pytest.mark.parametrize(
    ("lacking", "changes"),
    [
        (FormElement.GRANTOR_NAMED, {"grantor_named": False}),
        (FormElement.CUSTODIAN_NAMED, {"custodians": frozenset()}),
        (FormElement.RECIPIENT_NAMED, {"recipients": frozenset()}),
        (FormElement.PURPOSE_STATED, {"purposes": frozenset()}),
        (FormElement.EXPIRY_STATED, {"end": None}),
        (FormElement.SIGNED, {"evidence": None}),
    ],
)
def test_the_form_of_a_consent_is_what_it_has(lacking: FormElement, changes: dict[str, object]) -> None:
    assert consent(**changes).form() == frozenset(FormElement) - {lacking}
    assert consent().form() == frozenset(FormElement)
