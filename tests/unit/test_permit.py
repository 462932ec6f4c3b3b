"""The cut that makes what a custodian holds fit the permit."""

from __future__ import annotations

import pytest

from agreements.permit import Basis, Holding, Permit, minimise
from agreements.terms import BasisKind, Category, Level, SubjectKind

MENTAL, COURT = Category.MENTAL_HEALTH, Category.COURT
PLAN = Holding(MENTAL, "open safety plan", {"plan_date": "2026-02-03", "clinician": "Dr Ito"})


def permit(level: Level, *fields: str) -> Permit:
    basis = Basis(BasisKind.AGREEMENT, "county", 1, "1")
    return Permit("police", "health", SubjectKind.PERSON, MENTAL, level, frozenset(fields), basis)


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        (permit(Level.EXISTENCE, "clinician"), Holding(MENTAL)),
        (permit(Level.CONTACT, "clinician"), Holding(MENTAL)),
        (permit(Level.SUMMARY, "clinician"), Holding(MENTAL, "open safety plan")),
        (permit(Level.RECORD), Holding(MENTAL, "open safety plan")),
        (permit(Level.RECORD, "clinician"), Holding(MENTAL, "open safety plan", {"clinician": "Dr Ito"})),
        (permit(Level.RECORD, "clinician", "plan_date"), PLAN),
        (permit(Level.RECORD, "medication"), Holding(MENTAL, "open safety plan")),
    ],
    ids=[
        "existence",
        "contact",
        "summary",
        "record of no field",
        "one field",
        "all fields",
        "a field not held",
    ],
)
def test_a_holding_keeps_what_the_level_and_fields_allow(allowed: Permit, left: Holding) -> None:
    assert minimise(allowed, [PLAN]) == (left,)


@pytest.mark.parametrize("level", list(Level), ids=lambda level: level.word)
def test_holdings_of_other_categories_are_dropped_whole(level: Level) -> None:
    other = Holding(COURT, "a hearing", {"clinician": "Dr Ito"})
    assert minimise(permit(level, "clinician"), [other]) == ()
    assert len(minimise(permit(level, "clinician"), [other, PLAN, other])) == 1


def test_holdings_keep_their_order_and_number() -> None:
    held = [Holding(MENTAL, word) for word in "cab"]
    assert minimise(permit(Level.SUMMARY), held) == tuple(held)
    assert minimise(permit(Level.EXISTENCE), held) == (Holding(MENTAL),) * 3
    assert minimise(permit(Level.RECORD), []) == ()


HOSTILE = (
    "__class__",
    "clinician ",
    "CLINICIAN",
    "clinician.name",
    "",
    "category",
    "summary",
    "*",
    "clinician\x00",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_field_of_almost_the_same_name_is_dropped(name: str) -> None:
    sent = Holding(MENTAL, None, {name: "x", "clinician": "Dr Ito"})
    assert minimise(permit(Level.RECORD, "clinician"), [sent]) == (
        Holding(MENTAL, None, {"clinician": "Dr Ito"}),
    )


def test_what_the_partner_sent_is_not_changed() -> None:
    sent = {"plan_date": "2026-02-03", "clinician": "Dr Ito"}
    (cut,) = minimise(permit(Level.RECORD, "clinician"), [Holding(MENTAL, None, sent)])
    assert sent == {"plan_date": "2026-02-03", "clinician": "Dr Ito"}
    assert cut.fields is not sent
