"""The short way through a form accepts what the long way accepts, and gives the same value."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.document import Json, Node
from agreements.fault import InvalidDocument, MisfitError
from agreements.form import Form, Schema, from_json
from gateway.wire.case import CASE_EDIT, NEW_CASE
from gateway.wire.consent import CONSENT
from gateway.wire.query import QUERY

_QUERY: dict[str, Any] = {
    "case": "RPD-1",
    "purpose": "threat-assessment",
    "level": "existence",
    "categories": ["mental-health", "health"],
    "subject": {
        "kind": "person",
        "family_name": "Okafor",
        "birth_date": "2008-04-17",
        "identifiers": [{"system": "urn:s", "value": "1"}],
        "address": {"city": "Riverside"},
    },
    "custodians": ["riverside-health"],
    "user": {"id": "b", "name": "A", "role": "caseworker"},
    "exception": {
        "ground": "serious-imminent-threat",
        "elements": {"threat": "words", "recipient_able_to_prevent": True},
        "statement": "said so",
    },
    "legal_process": {"kind": "warrant", "number": "1", "court": "c", "digest": "sha-256:" + "a" * 64},
}
_CASE: dict[str, Any] = {
    "reference": "RPD-1",
    "kind": "threat-assessment",
    "concern": "moderate",
    "flags": ["level-2"],
    "manager": {"id": "badge-17", "name": "Lt M. Keller"},
    "next_review": "2026-12-01",
}
_CONSENT: dict[str, Any] = {
    "subject": {"kind": "venue", "name": "Hall"},
    "grantor": {"kind": "subject", "name": "D"},
    "status": "given",
    "purposes": ["threat-assessment"],
    "categories": ["mental-health"],
    "custodians": ["riverside-health"],
    "recipients": ["riverside-pd"],
    "period": {"start": "2026-01-01T00:00:00Z", "end": "2026-12-31T00:00:00Z"},
    "evidence": {"kind": "form", "digest": "sha-256:" + "0" * 64, "signed_at": "2026-01-01T00:00:00Z"},
}
_WHOLE: list[tuple[str, Form[Any], dict[str, Any]]] = [
    ("query", QUERY, _QUERY),
    ("case", NEW_CASE, _CASE),
    ("edit", CASE_EDIT, {"concern": "high", "flags": [], "reason": "two\nlines"}),
    ("consent", CONSENT, _CONSENT),
]
_ODD: st.SearchStrategy[Json] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.text(max_size=6),
        st.sampled_from(
            [
                "",
                " ",
                "person",
                "venue",
                "given",
                "2026-02-30",
                "2026-02-01",
                "a\nb",
                "a\tb",
                "\u202e",
                "true",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["kind", "name", "id", "x", "\u200b"]), inner, max_size=3),
    ),
    max_leaves=4,
)


def _outcome(read: Any) -> Any:
    """Subjects are equal to none but themselves, so values are compared as they print, identity included."""
    try:
        value = read()
    except (InvalidDocument, MisfitError):
        return "refused"
    subject = getattr(value, "subject", None)
    return repr(value), subject and repr(subject.reveal())


def _agree(form: Form[Any], value: Json) -> bool:
    return bool(_outcome(lambda: form.take(value)) == _outcome(lambda: from_json(value, "body", form)))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, item in inside for place in _places(item, (*path, step)))]


def _changed(draw: st.DrawFn, whole: dict[str, Any]) -> Json:
    body: Any = deepcopy(whole)
    for _ in range(draw(st.integers(1, 2))):
        *parents, last = draw(st.sampled_from([place for place in _places(body) if place]))
        at = body
        for step in parents:
            at = at[step]
        match draw(st.sampled_from(["put", "drop", "add", "twice"])):
            case "put":
                at[last] = draw(_ODD)
            case "drop":
                del at[last]
            case "add" if isinstance(at, dict):
                at[draw(st.sampled_from(["extra", "x-y", "\u202e", "other_names"]))] = draw(_ODD)
            case _ if isinstance(at, list):
                at.append(deepcopy(at[last]))
        if not _places(body)[1:]:
            break
    return body  # type: ignore[no-any-return]


@pytest.mark.parametrize(("form", "whole"), [row[1:] for row in _WHOLE], ids=[row[0] for row in _WHOLE])
def test_the_short_way_takes_whole_bodies(form: Form[Any], whole: Json) -> None:
    assert _outcome(lambda: form.take(whole)) != "refused"
    assert _agree(form, whole)


@pytest.mark.parametrize(("form", "whole"), [row[1:] for row in _WHOLE], ids=[row[0] for row in _WHOLE])
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_short_way_agrees_with_the_long_way(
    form: Form[Any], whole: dict[str, Any], data: st.DataObject
) -> None:
    body = data.draw(st.composite(_changed)(whole))
    assert _agree(form, body)


@dataclass(frozen=True, slots=True)
class _Lenient(Form[Any]):
    """A planted bug: a short way that overlooks unknown keys."""

    form: Form[Any]

    def read(self, node: Node) -> Any:
        return self.form.read(node)

    def take(self, value: Json) -> Any:
        return self.form.take({key: item for key, item in dict(value).items() if key != "extra"})  # type: ignore[arg-type]

    def schema(self) -> Schema:
        return self.form.schema()


def test_a_short_way_that_overlooks_a_key_is_caught() -> None:
    assert not _agree(_Lenient(QUERY), {**_QUERY, "extra": 1})
