"""AuthZEN Authorization API 1.0 on the wire: a request's shape, and the question of ours it asks.

A request that is not shaped as the standard says is refused as a whole. One that is, and asks nothing that
can be decided here, is answered `false` and says why: it is the decision, not the transport, that is closed.
`docs/authzen.md` has the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from agreements.document import Json
from agreements.form import Form
from agreements.record import record, required
from agreements.subject import (
    AskedAbout,
    CommunicationIdentity,
    GeneralQuestion,
    PersonIdentity,
    Subject,
    VenueIdentity,
)
from agreements.terms import Act, Level
from gateway.problems import Problem, key_name
from gateway.wire.body import read_body
from gateway.wire.offer import Levels, OfferBody, read_offer
from gateway.wire.query import LEVEL, QUERY, Query

MOST_EVALUATIONS: Final = 32
_LONGEST: Final = 256
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "subject": ("type", "id"),
    "action": ("name",),
    "resource": ("type", "id"),
}
"""The required parts of an evaluation, each with its required keys."""
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "subject": frozenset({"name", "role", "agency"}),
    "action": frozenset({"purpose", "level", "reader"}),
    "resource": frozenset({"subject"}),
}
"""The properties of each part that mean something here."""
_ACTIONS: Final = tuple(act.value for act in Act)
_CONTEXT: Final = frozenset({"case", "consent", "exception", "legal_process"})
_OF_A_KIND: Final[Mapping[str, AskedAbout]] = {
    "person": PersonIdentity(),
    "venue": VenueIdentity(""),
    "communication": CommunicationIdentity(""),
    "general": GeneralQuestion(""),
}
_STAND_IN: Final[Json] = {"kind": "venue", "name": "somewhere"}


class Semantic(StrEnum):
    """When a batch stops."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"

    def stops_at(self, *, decision: bool) -> bool:
        if self is Semantic.DENY_ON_FIRST_DENY:
            return not decision
        return decision and self is Semantic.PERMIT_ON_FIRST_PERMIT


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One well-formed evaluation."""

    subject: Mapping[str, Json]
    action: Mapping[str, Json]
    resource: Mapping[str, Json]
    context: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Batch:
    evaluations: tuple[Evaluation, ...]
    semantic: Semantic


def read_evaluation(body: object) -> Evaluation:
    """One evaluation request.

    Raises:
        Problem: `malformed-request`, naming the key, where AuthZEN 1.0 wants 400.
    """
    return _evaluation(_object(body), {}, ())


def read_evaluations(body: object) -> Batch | Evaluation:
    """A batch, its defaults filled in; without evaluations, the one evaluation it then is (section 7.1).

    Raises:
        Problem: `malformed-request`, naming the key.
    """
    request = _object(body)
    items, options = request.get("evaluations", []), _object(request.get("options", {}), "options")
    if not isinstance(items, list) or len(items) > MOST_EVALUATIONS:
        raise _malformed(f"a list of at most {MOST_EVALUATIONS}", "evaluations")
    named = options.get("evaluations_semantic", Semantic.EXECUTE_ALL.value)
    if named not in {semantic.value for semantic in Semantic}:
        raise _malformed(f"one of {', '.join(Semantic)}", "options", "evaluations_semantic")
    if not items:
        return _evaluation(request, {}, ())
    path = "evaluations"
    made = [_evaluation(_object(item, path, i), request, (path, i)) for i, item in enumerate(items)]
    return Batch(tuple(made), Semantic(named))


def question(evaluation: Evaluation, agency: str) -> tuple[Query, dict[str, str]]:
    """The query an evaluation asks on behalf of an agency, and the person acting.

    Raises:
        Problem: `unprocessable`, saying what of it means nothing here.
    """
    _check_known(evaluation, agency)
    body, identity = _common(evaluation)
    body["level"] = _properties(evaluation.action).get("level", "existence")
    body["categories"] = [evaluation.resource["type"]]
    body["custodians"] = [evaluation.resource["id"]]
    query = read_body(body, QUERY)
    if identity is not None:
        query = replace(query, subject=Subject(identity))
    return query, _user(evaluation)


def telling(evaluation: Evaluation, agency: str) -> tuple[OfferBody, Levels, dict[str, str]]:
    """The offer an evaluation asks about on behalf of an agency, how much it tells, and the person acting.

    Raises:
        Problem: `unprocessable`, saying what of it means nothing here.
    """
    _check_known(evaluation, agency)
    body, identity = _common(evaluation)
    act = _properties(evaluation.action)
    recipient, reader = evaluation.resource["id"], act.get("reader")
    body["to"] = [recipient]
    body["reader"] = {str(recipient): reader} if reader is not None else None
    body["information"] = {str(evaluation.resource["type"]): True}
    offer = read_offer(body)
    if identity is not None:
        offer = replace(offer, subject=Subject(identity))
    level = read_body({"level": act.get("level", "existence")}, _LEVEL)
    return offer, dict.fromkeys(offer.information, level), _user(evaluation)


_LEVEL: Final[Form[Level]] = record(lambda level: level, {"level": required(LEVEL, "how much is told")})


def _common(evaluation: Evaluation) -> tuple[dict[str, Json], AskedAbout | None]:
    """What a question and an offer share, and who stands for a subject of which only the kind is given."""
    about = _properties(evaluation.resource).get("subject")
    kind = about.get("kind") if isinstance(about, dict) and len(about) == 1 else None
    identity = _OF_A_KIND.get(kind) if isinstance(kind, str) else None
    body: dict[str, Json] = {
        "case": evaluation.context.get("case"),
        "purpose": _properties(evaluation.action).get("purpose"),
        "subject": about if identity is None else _STAND_IN,
        **{key: evaluation.context.get(key) for key in ("consent", "exception", "legal_process")},
    }
    return body, identity


def _check_known(evaluation: Evaluation, agency: str) -> None:
    if evaluation.subject["type"] != "user":
        raise _meaningless("user", "subject", "type")
    if evaluation.action["name"] not in _ACTIONS:
        raise _meaningless("ask or tell", "action", "name")
    if evaluation.action["name"] != "tell" and "reader" in _properties(evaluation.action):
        raise _meaningless("a reader only with tell", "action", "properties", "reader")
    for part, known in _KNOWN.items():
        for key in _properties(getattr(evaluation, part)).keys() - known:
            raise _meaningless(f"one of {', '.join(sorted(known))}", part, "properties", key)
    for key in evaluation.context.keys() - _CONTEXT:
        raise _meaningless(f"one of {', '.join(sorted(_CONTEXT))}", "context", key)
    if _properties(evaluation.subject).get("agency", agency) != agency:
        raise _meaningless("the agency that calls", "subject", "properties", "agency")


def _user(evaluation: Evaluation) -> dict[str, str]:
    person = _properties(evaluation.subject)
    id, role = str(evaluation.subject["id"]), person.get("role")
    name = person.get("name", id)
    if not isinstance(role, str):
        raise _meaningless("the role of the person acting", "subject", "properties", "role")
    if not isinstance(name, str):
        raise _meaningless("text", "subject", "properties", "name")
    return {"id": id, "name": name, "role": role}


def _evaluation(
    item: Mapping[str, Json], defaults: Mapping[str, Json], path: tuple[str | int, ...]
) -> Evaluation:
    parts: dict[str, Mapping[str, Json]] = {}
    for part, keys in _PARTS.items():
        given = _object(item.get(part, defaults.get(part)), *path, part)
        for key in keys:
            value = given.get(key)
            if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
                raise _malformed(f"text of 1 to {_LONGEST} characters", *path, part, key)
        _object(given.get("properties", {}), *path, part, "properties")
        parts[part] = given
    context = _object(item.get("context", defaults.get("context", {})), *path, "context")
    return Evaluation(**parts, context=context)


def _object(value: object, *path: str | int) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise _malformed("an object", *path)
    return value


def _properties(part: Mapping[str, Json]) -> Mapping[str, Json]:
    properties = part.get("properties", {})
    return properties if isinstance(properties, dict) else {}


def _malformed(expected: str, *path: str | int) -> Problem:
    return Problem("malformed-request", f"{key_name(*path) or 'The body'}: expected {expected}.")


def _meaningless(expected: str, *path: str) -> Problem:
    return Problem("unprocessable", f"{key_name(*path)}: expected {expected}.")
