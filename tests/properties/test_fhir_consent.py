"""A recorded consent that goes out as FHIR and comes in again is the same consent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.consents import Consent, ConsentStatus, Evidence
from agreements.terms import Category, GrantorKind, Purpose
from gateway.consent import RecordedConsent
from gateway.wire.fhir_consent import read_fhir_consent
from gateway.wire.fhir_rendering import fhir_consent

INSTANTS = st.integers(0, 4 * 10**15).map(
    lambda micros: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
AGENCIES = st.frozensets(st.sampled_from(["aa", "--", "riverside-pd", "00", "a" * 64]), min_size=1)
NAMES = st.sampled_from(["", "Daniel Okafor", "O'Brien, Zoë", "名 前"])
OPENS = {ConsentStatus.GIVEN: ConsentStatus.GIVEN, ConsentStatus.REFUSED: ConsentStatus.REFUSED}


def _some(words: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(words), min_size=1)


@st.composite
def recorded(draw: st.DrawFn) -> RecordedConsent:
    start, name = draw(INSTANTS), draw(NAMES)
    consent = Consent(
        id="con_" + draw(st.sampled_from(["0a", "f" * 24])),
        status=draw(st.sampled_from(ConsentStatus)),
        grantor=draw(st.sampled_from(GrantorKind)),
        purposes=draw(_some(Purpose)),
        categories=draw(_some(Category)),
        custodians=draw(AGENCIES),
        recipients=draw(AGENCIES),
        start=start,
        end=draw(st.none() | st.integers(1, 10**15).map(lambda gap: start + timedelta(microseconds=gap))),
        grantor_named=bool(name),
        evidence=draw(
            st.none()
            | st.builds(
                Evidence,
                kind=st.sampled_from(["signed-form", "recording"]),
                digest=st.sampled_from("0af").map(lambda digit: "sha-256:" + digit * 64),
                signed_at=INSTANTS,
            )
        ),
    )
    return RecordedConsent(consent, "sub_1", "riverside-pd", name)


@given(recorded())
@settings(max_examples=150, deadline=None)
def test_out_and_in_is_the_same_consent(kept: RecordedConsent) -> None:
    body, was = read_fhir_consent(json.loads(json.dumps(fhir_consent(kept)))), kept.consent
    assert (body.purposes, body.categories) == (was.purposes, was.categories)
    assert (body.custodians, body.recipients) == (was.custodians, was.recipients)
    assert (body.period.start, body.period.end) == (was.start, was.end)
    assert (body.grantor.kind, body.grantor.name) == (was.grantor, kept.grantor_name)
    assert body.evidence == was.evidence
    # What is not in force may come back as another word that permits nothing; what refuses refuses still.
    assert OPENS.get(body.status) == OPENS.get(was.status)
