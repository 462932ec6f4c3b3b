"""A clause in words says everything that a machine reads of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agreements.agreement import Clause, Conditions, Obligation
from agreements.duration import Duration
from agreements.terms import (
    Act,
    ConsentNeed,
    FindingBy,
    GrantorKind,
    Ground,
    Level,
    ObligationCode,
    Review,
    Role,
    Sector,
)
from agreements.wording import clause_in_words
from tests.unit.decision_case import clause, needing, prohibition, sectors

THREAT = (Ground.SERIOUS_IMMINENT_THREAT,)
STORED = Obligation(
    ObligationCode.STORE_IN, places=frozenset({"case-file"}), never_in=frozenset({"school-record"})
)
TOLD = Obligation(ObligationCode.NOTIFY_PARTY, Duration.parse("P2D"), whom=frozenset({"principal"}))
SAID: dict[str, tuple[Clause, str]] = {
    "level": (clause(level=Level.CONTACT), "up to level contact"),
    "fields": (clause(level=Level.RECORD, fields=frozenset({"b", "a"})), "the fields a, b"),
    "no fields": (clause(level=Level.RECORD), "no field"),
    "sector": (clause(requester=sectors(Sector.EDUCATION)), "any agency of education"),
    "tells only": (clause(acts=frozenset({Act.TELL})), "may be told unasked by"),
    "no act": (clause(acts=frozenset()), "may in no way hear from"),
    "contacts": (clause(contacts_only=True), "named contact persons"),
    "second look": (clause(second_look=True), "duty person sees a refused question"),
    "concern": (needing(concern_at_least="high"), "at least high"),
    "flags": (needing(case_flags=frozenset({"level-2"})), "carries level-2"),
    "flags absent": (needing(case_flags_absent=frozenset({"shut"})), "Not where the case carries shut"),
    "days": (needing(workdays_since_opening=3), "within 3 working days"),
    "invited": (needing(invited_by=frozenset({Role.LIAISON})), "a liaison has put"),
    "unblinded": (needing(unblinded=True), "keeps from context"),
    "consent": (needing(consent=ConsentNeed.REQUIRED), "consent of the subject"),
    "exception": (needing(consent=ConsentNeed.REQUIRED, exceptions=THREAT), "a person there finds serious"),
    "reliance": (
        needing(consent=ConsentNeed.REQUIRED, exceptions=THREAT, finding=FindingBy.RELIANCE),
        "signed reliance",
    ),
    "process": (needing(legal_process=True), "legal process"),
    "review": (needing(review=Review.CUSTODIAN), "item by item"),
    "masked": (clause(masked=True), "told alike"),
    "store": (clause(obligations=(STORED,)), "store-in in case-file never in school-record"),
    "tell": (clause(obligations=(TOLD,)), "notify-party within P2D to principal"),
    "prohibition": (prohibition(), "Never is police"),
    "withheld": (prohibition(withholds=frozenset({"source"})), "the fields source of"),
}  # fmt: skip


@pytest.mark.parametrize("named", SAID)
def test_what_a_clause_says_is_in_its_words(named: str) -> None:
    written, words = SAID[named]
    assert words in clause_in_words(written)


@pytest.mark.parametrize("key", list(Conditions.__dataclass_fields__))
def test_no_condition_is_left_out(key: str) -> None:
    """Against a clause that needs consent on an exception, each condition changed changes the words."""
    base = needing(consent=ConsentNeed.REQUIRED, exceptions=THREAT)
    other: dict[str, Any] = {
        "concern_at_least": "high", "consent": ConsentNeed.NOT_REQUIRED, "consent_from": GrantorKind.GUARDIAN,
        "exceptions": (), "finding": FindingBy.RELIANCE, "legal_process": True,
        "case_flags": frozenset({"x"}), "case_flags_absent": frozenset({"x"}), "workdays_since_opening": 1,
        "invited_by": frozenset({Role.LIAISON}), "unblinded": True, "review": Review.CUSTODIAN,
    }  # fmt: skip
    changed = replace(base, conditions=replace(base.conditions, **{key: other[key]}))
    assert clause_in_words(changed) != clause_in_words(base)
