"""Which version masks, which clause of equals is the basis, and what a refusal reaches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agreements.consents import ConsentStatus
from agreements.terms import Purpose
from tests.unit.decision_case import (
    END,
    NOW,
    START,
    Case,
    agreement,
    asked,
    clause,
    consent,
    needing_consent,
    question,
)

BY_CONSENT = "summary by consent under county 1:1"
REFUSAL = consent(id="con_2", status=ConsentStatus.REFUSED, start=START + timedelta(days=1))
MISSING = "refused at consent: consent-missing"

CASES = {
    "a later version without the mask unmasks": (
        Case(question(at=NOW), (agreement(clause(masked=True)), agreement(clause(), version=2))),
        "summary by agreement under county 2:1",
    ),
    "a version not yet in effect does not mask": (
        Case(
            question(at=NOW),
            (agreement(clause()), agreement(clause(masked=True), version=2, effective=END)),
        ),
        "summary by agreement under county 1:1",
    ),
    "an expired version masks its own refusal": (
        Case(question(at=NOW), (agreement(clause(masked=True), expires=NOW),)),
        "refused at agreement: no-agreement, masked",
    ),
    "a suspended version masks its own refusal": (
        Case(agreements=(agreement(clause(masked=True), suspended=True),)),
        "refused at agreement: no-agreement, masked",
    ),
    "of two that allow the same the first is the basis, though it rests on a consent": (
        asked(needing_consent(), clause(id="2"), consents=(consent(),)),
        BY_CONSENT,
    ),
    "a later refusal for this purpose defeats": (
        asked(needing_consent(), consents=(consent(), REFUSAL)),
        MISSING,
    ),
    "a refusal for another purpose does not": (
        asked(
            needing_consent(),
            consents=(
                consent(),
                consent(
                    id="con_2",
                    status=ConsentStatus.REFUSED,
                    start=START + timedelta(days=1),
                    purposes=frozenset({Purpose.TREATMENT}),
                ),
            ),
        ),
        BY_CONSENT,
    ),
    "a refusal whose time is over does not": (
        asked(
            needing_consent(),
            at=NOW,
            consents=(
                consent(),
                consent(id="con_2", status=ConsentStatus.REFUSED, start=START + timedelta(days=1), end=NOW),
            ),
        ),
        BY_CONSENT,
    ),
}


@pytest.mark.parametrize(("case", "expected"), CASES.values(), ids=CASES)
def test_versions_equals_and_refusals(case: Case, expected: str) -> None:
    assert case.verdict() == expected
