"""What the store keeps of cases, reviews and answers reads back whole, and so do rows without newer keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from sqlalchemy import Connection, create_engine, insert

from agreements.agreement import Obligation
from agreements.duration import Duration
from agreements.permit import Basis, Permit
from agreements.terms import BasisKind, Category, Level, ObligationCode, Purpose, Role, SubjectKind
from gateway.answers import Cause, Outcome
from gateway.awaiting import FirstRelease, Review
from gateway.case import Case, Invitation
from gateway.store.cases import Cases
from gateway.store.outcomes import outcome_read, outcome_stored
from gateway.store.reviews import Reviews
from gateway.store.tables import cases, metadata, reviews
from gateway.vault import Vault
from policies.decision import Permitted

NOW: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
VAULT: Final = Vault(bytes(32))
DUTIES: Final = (
    Obligation(ObligationCode.NO_REDISCLOSURE),
    Obligation(ObligationCode.DESTROY_BY, Duration(1, 0)),
    Obligation(ObligationCode.STORE_IN, places=frozenset({"a", "b"}), never_in=frozenset({"c"})),
    Obligation(ObligationCode.NOTIFY_PARTY, Duration(0, 3600), whom=frozenset({"target"})),
)
PERMITTED: Final = Permitted(
    Permit(
        requester="police",
        custodian="health",
        subject_kind=SubjectKind.GENERAL,
        category=Category.COURT,
        level=Level.SUMMARY,
        fields=frozenset(),
        basis=Basis(BasisKind.AGREEMENT, "county", 1, "4"),
        obligations=DUTIES,
    ),
    frozenset(),
    None,
    masked=False,
)
CASE: Final = Case(
    agency="police",
    reference="C-1",
    kind=Purpose.THREAT_ASSESSMENT,
    concern="high",
    scale_of=None,
    flags=frozenset(),
    manager_id="m",
    manager_name="M.",
    next_review=date(2026, 6, 1),
    opened_on=date(2026, 3, 2),
    invited=(Invitation("school", Role.LIAISON), Invitation("health", Role.CASEWORKER)),
    blinded=frozenset({"badge-5"}),
)
REVIEW: Final = Review(
    id="rev_1",
    query="qry_1",
    custodian="health",
    state="signed",
    opened_at=NOW,
    categories=(Category.COURT,),
    awaits=("review", "second-review"),
    due=NOW,
    first=FirstRelease("worker-1", (("court-0a", frozenset({"plan"})), ("court", frozenset())), None),
)


@pytest.fixture
def connection() -> Any:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_an_outcome_keeps_its_duties_and_its_time() -> None:
    outcome = Outcome(Category.COURT, PERMITTED, Cause.PENDING, due=NOW)
    assert outcome_read(outcome_stored(outcome), ()) == outcome


def test_an_outcome_kept_before_duties_named_places_reads() -> None:
    stored = outcome_stored(Outcome(Category.COURT, PERMITTED, Cause.HELD))
    del stored["due"]
    stored["permit"]["obligations"] = [["no-redisclosure", None], ["destroy-by", "P1M"]]
    read = outcome_read(stored, ())
    assert isinstance(read.decision, Permitted)
    assert read.decision.permit.obligations == DUTIES[:2]
    assert read.due is None


def test_a_case_keeps_who_is_invited_and_kept_from_context(connection: Connection) -> None:
    kept = Cases(VAULT)
    kept.add(connection, CASE)
    assert Cases(VAULT).find(connection, "police", "C-1") == CASE


def test_a_case_kept_before_it_knew_when_it_was_opened_reads(connection: Connection) -> None:
    kept = Cases(VAULT)
    row = kept._row(CASE)
    place = f"case/police/{row['reference'].hex()}"
    opened = VAULT.open(place, row["sealed"])
    for key in ("opened_on", "invited", "blinded"):
        del opened[key]
    connection.execute(insert(cases).values({**row, "sealed": VAULT.seal(place, opened)}))
    assert kept.find(connection, "police", "C-1") == replace(
        CASE, opened_on=None, invited=(), blinded=frozenset()
    )


def test_a_review_keeps_who_signed_what(connection: Connection) -> None:
    kept = Reviews(VAULT)
    kept.open(connection, REVIEW)
    assert kept.get(connection, "rev_1") == REVIEW
    assert kept.of(connection, "health", "open") == [REVIEW]
    assert kept.of(connection, "health", "released") == []


def test_a_review_kept_before_two_persons_could_release_reads(connection: Connection) -> None:
    kept = Reviews(VAULT)
    row = kept._row(REVIEW)
    opened = VAULT.open("review/rev_1", row["sealed"])
    for key in ("due", "first"):
        del opened[key]
    connection.execute(insert(reviews).values({**row, "sealed": VAULT.seal("review/rev_1", opened)}))
    assert kept.get(connection, "rev_1") == replace(REVIEW, due=None, first=None)
