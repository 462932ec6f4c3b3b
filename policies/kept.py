"""The facts of decisions as they are kept: small, free of identity, and enough to decide the same again.

What a requester wrote in words, and what names a document or a court, may name a person and decides nothing:
of a representation only the ground and what it fails to make out is kept, of legal process its kind, of the
evidence for a consent that there is some.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, replace
from functools import lru_cache
from typing import Any, Final

from agreements.consents import Consent, Evidence
from agreements.document import Json
from agreements.exceptions import ELEMENTS, RECIPIENT, ElementKind, LegalProcess, Representation
from agreements.plain import Shape, UnreadableValue, parts_of, shape_of
from agreements.terms import Category, Ground, ProcessKind
from policies.facts import Facts

_MADE_OUT: Final = "as represented"
"""Stands for words that made an element out; they themselves are not kept."""
_CONSENT: Final = shape_of(Consent)


def facts_stored(facts: Sequence[Facts]) -> Json:
    """The facts of one question's decisions: what all share once, then what each has for itself."""
    if not facts:
        return {"all": {}, "each": []}
    first, rest = facts[0], facts[1:]
    shared: dict[str, Json] = {}
    each: list[dict[str, Json]] = [{} for _ in facts]
    for name, shape, default in _PARTS:
        value = getattr(first, name)
        if all(_same(getattr(other, name), value) for other in rest):
            if default is MISSING or value != default:
                shared[name] = shape.write(value)
        else:
            for made, one in zip(each, facts, strict=True):
                made[name] = shape.write(getattr(one, name))
    return {"all": shared, "each": list(each)}


def facts_read(stored: Json) -> tuple[Facts, ...]:
    """The facts that `facts_stored` kept; they decide as those did that were kept.

    Raises:
        UnreadableValue: this is not what it wrote.
    """
    known = {name: shape for name, shape, _ in _PARTS}
    try:
        shared, each = _mapping(stored)["all"], _mapping(stored)["each"]
        if not isinstance(each, list):
            raise TypeError("no list")
        return tuple(
            Facts(
                **{
                    name: known[name].read(value)
                    for name, value in (_mapping(shared) | _mapping(own)).items()
                }
            )
            for own in each
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableValue("no kept facts") from error


def places_kept(stored: Json) -> list[tuple[str, Category]]:
    """The custodian and category of each kept decision, without reading the rest.

    Raises:
        UnreadableValue: this is not what `facts_stored` wrote.
    """
    try:
        shared = _mapping(_mapping(stored)["all"])
        each = [shared | _mapping(own) for own in _mapping(stored)["each"]]
        return [(own["custodian"], Category(own["category"])) for own in each]
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableValue("no kept facts") from error


def without_identity(facts: Facts) -> Facts:
    """The facts as they come back after being kept."""
    (kept,) = facts_read(facts_stored([facts]))
    return kept


def _same(one: object, other: object) -> bool:
    return one is other or one == other


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no mapping")
    return value


def _claim_stored(claim: Representation | None) -> Json:
    return None if claim is None else {"ground": claim.ground.value, "missing": list(claim.missing())}


def _claim_read(stored: Mapping[str, Any] | None) -> Representation | None:
    if stored is None:
        return None
    ground, missing = Ground(stored["ground"]), set(stored["missing"])
    elements = {
        name: True if kind is ElementKind.TRUE else _MADE_OUT
        for name, kind in ELEMENTS[ground].items()
        if name not in missing
    } | ({RECIPIENT: ""} if RECIPIENT in missing else {})
    return Representation(ground, elements, "")


def _process_stored(process: LegalProcess | None) -> Json:
    return None if process is None else process.kind.value


def _process_read(stored: str | None) -> LegalProcess | None:
    return None if stored is None else LegalProcess(ProcessKind(stored), "", "", "")


def _consents_stored(consents: tuple[Consent, ...]) -> Json:
    return [_consent_stored(one) for one in consents]


@lru_cache(maxsize=1024)
def _consent_stored(consent: Consent) -> Json:
    """Kept at hand: one consent stands behind many questions while a case is worked."""
    written: Json = _CONSENT.write(replace(consent, evidence=_bare(consent.evidence)))
    return written


def _bare(evidence: Evidence | None) -> Evidence | None:
    return evidence and replace(evidence, kind="", digest="")


def _consents_read(stored: list[Json]) -> tuple[Consent, ...]:
    return tuple(map(_CONSENT.read, stored))


_OWN: Final = {
    "representation": Shape(_claim_stored, _claim_read),
    "legal_process": Shape(_process_stored, _process_read),
    "consents": Shape(_consents_stored, _consents_read),
}

_PARTS: Final = parts_of(Facts, _OWN)
