"""What a clause and an agreement may further say: read, refused, written, and signed as before."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from rfc8785 import dumps

from agreements.agreement import Agreement, Conditions, Obligation
from agreements.duration import Duration
from agreements.fault import InvalidDocument
from agreements.parser import agreement_from_json, canonical_form, parse_agreement, to_yaml
from agreements.terms import Act, Effect, ObligationCode, Review, Role, SubjectKind

EXAMPLE = Path(__file__).parent.parent.joinpath("vectors", "agreement.yaml").read_text("utf-8")
SIGNED_BEFORE = "8ca0389c48d8f55ea19c3bc3d70394f9"
"""SHA-256, its first half, of the example's signed bytes when none of these keys existed."""


def plain(**clause: Any) -> dict[str, Any]:
    """The example as JSON would carry it, with keys of its clause set."""
    made: dict[str, Any] = json.loads(json.dumps(canonical_form(parse_agreement(EXAMPLE, "f"))))
    made["clauses"][0] |= clause
    return made


def read(value: dict[str, Any]) -> Agreement:
    return agreement_from_json(value, "body")


def refusals(value: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidDocument) as caught:
        read(value)
    return [str(error).removeprefix("body: ") for error in caught.value.errors]


def test_what_was_signed_before_verifies_still() -> None:
    signed = dumps(canonical_form(parse_agreement(EXAMPLE, "f")))
    assert hashlib.sha256(signed).hexdigest()[:32] == SIGNED_BEFORE


CONDITIONS: dict[str, tuple[Any, Any]] = {
    "case_flags_absent": (["investigation-open"], frozenset({"investigation-open"})),
    "workdays_since_opening": (5, 5),
    "invited_by": (["liaison"], frozenset({Role.LIAISON})),
    "unblinded": (True, True),
    "review": ("two-person", Review.TWO_PERSON),
}


@pytest.mark.parametrize("key", CONDITIONS)
def test_a_condition_is_read_and_written(key: str) -> None:
    written, meant = CONDITIONS[key]
    agreement = read(plain(conditions={key: written}))
    assert agreement.clauses[0].conditions == Conditions(**{key: meant})
    form: Any = canonical_form(agreement)
    assert form["clauses"][0]["conditions"][key] == written
    assert parse_agreement(to_yaml(agreement), "f") == agreement


def test_acts_contacts_and_subjects_are_read_and_written() -> None:
    requester = {"agencies": ["riverside-pd"], "roles": ["caseworker"], "contacts_only": True}
    agreement = read(plain(acts=["tell"], requester=requester, subjects=["general"]))
    (clause,) = agreement.clauses
    assert (clause.acts, clause.contacts_only) == (frozenset({Act.TELL}), True)
    assert clause.subjects == frozenset({SubjectKind.GENERAL})
    assert parse_agreement(to_yaml(agreement), "f") == agreement


def test_acts_default_to_both_and_an_empty_list_matches_nothing() -> None:
    assert read(plain()).clauses[0].acts == frozenset(Act)
    assert read(plain(acts=[])).clauses[0].acts == frozenset()
    assert read(plain(acts=["tell", "ask"])) == read(plain())


def test_a_prohibition_withholds_fields() -> None:
    agreement = read(plain(effect="prohibit", withholds=["sources", "informants"]))
    (clause,) = agreement.clauses
    assert (clause.effect, clause.withholds) == (Effect.PROHIBIT, frozenset({"sources", "informants"}))
    assert parse_agreement(to_yaml(agreement), "f") == agreement


def test_reviews_and_waiting_have_their_time() -> None:
    agreement = read(plain() | {"review_every": "P3M", "answer_within": "P2D"})
    assert agreement.review_every == Duration(3, 0)
    assert agreement.answer_within == Duration(0, 2 * 86400)
    assert parse_agreement(to_yaml(agreement), "f") == agreement
    assert (read(plain()).review_every, read(plain()).answer_within) == (None, None)


def test_duties_say_where_and_whom() -> None:
    stored = {"code": "store-in", "places": ["psychology"], "never_in": ["cumulative-folder"]}
    told = {"code": "notify-party", "within": "P1D", "whom": ["parents", "target"]}
    agreement = read(plain(obligations=[stored, told, {"code": "explain-limits"}]))
    assert agreement.clauses[0].obligations == (
        Obligation(
            ObligationCode.STORE_IN,
            places=frozenset({"psychology"}),
            never_in=frozenset({"cumulative-folder"}),
        ),
        Obligation(ObligationCode.NOTIFY_PARTY, Duration(0, 86400), whom=frozenset({"parents", "target"})),
        Obligation(ObligationCode.EXPLAIN_LIMITS),
    )
    assert parse_agreement(to_yaml(agreement), "f") == agreement


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "withholds in a permission": (
        {"withholds": ["sources"]},
        "clauses[0].withholds: expected only in a prohibition",
    ),
    "contacts only in a prohibition": (
        {"effect": "prohibit", "requester": {"contacts_only": True}},
        "clauses[0].requester.contacts_only: expected only in a permission",
    ),
    "no act in a prohibition": (
        {"effect": "prohibit", "acts": []},
        "clauses[0].acts: expected at least one in a prohibition",
    ),
    "an act nobody knows": ({"acts": ["read"]}, "clauses[0].acts[0]: expected one of ask, tell"),
    "no working day": (
        {"conditions": {"workdays_since_opening": 0}},
        "clauses[0].conditions.workdays_since_opening: expected an integer from 1 to 366",
    ),
    "an inviter nobody knows": (
        {"conditions": {"invited_by": ["principal"]}},
        f"clauses[0].conditions.invited_by[0]: expected one of {', '.join(Role)}",
    ),
    "three persons": (
        {"conditions": {"review": "three-person"}},
        "clauses[0].conditions.review: expected one of none, custodian, two-person",
    ),
    "places without store-in": (
        {"obligations": [{"code": "store-apart", "places": ["safe"]}]},
        "clauses[0].obligations[0].places: expected only with the code store-in",
    ),
    "nowhere without store-in": (
        {"obligations": [{"code": "no-redisclosure", "never_in": ["safe"]}]},
        "clauses[0].obligations[0].never_in: expected only with the code store-in",
    ),
    "store-in without a place": (
        {"obligations": [{"code": "store-in"}]},
        "clauses[0].obligations[0].code: expected places or never_in with the code store-in",
    ),
    "a place both in and out": (
        {"obligations": [{"code": "store-in", "places": ["safe"], "never_in": ["safe"]}]},
        "clauses[0].obligations[0].never_in: expected no place that stands in places too",
    ),
    "whom without notify-party": (
        {"obligations": [{"code": "tell-parents", "whom": ["parents"]}]},
        "clauses[0].obligations[0].whom: expected only with the code notify-party",
    ),
    "notify-party without whom": (
        {"obligations": [{"code": "notify-party", "within": "P1D"}]},
        "clauses[0].obligations[0].code: expected whom with the code notify-party",
    ),
    "an empty list of places": (
        {"obligations": [{"code": "store-in", "places": []}]},
        "clauses[0].obligations[0].places: expected a list of at least 1",
    ),
    "a place that is no token": (
        {"obligations": [{"code": "store-in", "places": ["Safe of Mr X"]}]},
        "clauses[0].obligations[0].places[0]: expected a token: 1 to 64 of a-z, 0-9 and -",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_means_nothing_is_refused_by_key(name: str) -> None:
    clause, error = REFUSED[name]
    assert refusals(plain(**clause)) == [error]
