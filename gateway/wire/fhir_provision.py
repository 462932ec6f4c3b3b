"""What the provisions of a FHIR R4 Consent reach, as the one scope a consent of ours has. Pure.

Nested provisions only ever narrow: a permission inside cuts down to what both reach, and a denial takes away
at least what it names. Where a scope cannot say exactly what is left, less is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from agreements.fault import Fault, MisfitError
from agreements.terms import Category, Purpose
from gateway.wire import fhir_codes as codes
from gateway.wire.fhir_codes import Code, Part
from gateway.wire.fhir_elements import Reference
from gateway.wire.fhir_form import Actor, Provision

T = TypeVar("T")
Words = frozenset[T] | None
"""Values named one by one; None where nothing is named, which in FHIR means all of them."""

_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """What a provision reaches; `end` is no longer reached."""

    purposes: Words[Purpose] = None
    categories: Words[Category] = None
    custodians: Words[str] = None
    recipients: Words[str] = None
    start: datetime | None = None
    end: datetime | None = None


_WORDS: Final = ("recipients", "custodians", "categories", "purposes")
Agency = Callable[[Reference], str]
"""The agency a reference names; raises MisfitError."""


def unclear(expected: str, *path: str | int) -> MisfitError:
    return MisfitError(Fault(None, expected, path))


def meaning(known: Mapping[Code, T], said: tuple[Code, ...], what: str) -> T:
    """What the codes of one concept mean; each must be known, and all must mean the same.

    Raises:
        MisfitError: one is unknown, or two disagree.
    """
    found = [known.get(code) for code in said]
    if not found or found[0] is None or any(each != found[0] for each in found):
        raise unclear(f"one code that means one thing here: {what}")
    return found[0]


def permitted(root: Provision, agency: Agency) -> Scope:
    """What is left of a permission after all that is inside it.

    Raises:
        MisfitError: a code is unknown, the rules are ambiguous, or nothing is left.
    """
    denials: list[Scope] = []
    scope = _narrowed(root, agency, denials, 0)
    for name in _WORDS:
        if not getattr(scope, name):
            raise unclear(f"{name} that are named, and left after what is denied")
    for denial in denials:
        scope = _without(scope, denial)
    return scope


def refused(root: Provision, agency: Agency) -> Scope:
    """What a refusal reaches: everything it does not limit.

    Raises:
        MisfitError: a code is unknown, or it has exceptions, which would open something.
    """
    if root.provision:
        raise unclear("no exceptions to a refusal", "provision")
    scope = scope_of(root, agency, denial=True)
    return replace(
        scope,
        purposes=scope.purposes or frozenset(Purpose),
        categories=scope.categories or frozenset(Category),
    )


def scope_of(provision: Provision, agency: Agency, *, denial: bool) -> Scope:
    """What one provision names, without what is inside it."""
    if not denial and provision.action and not any(_tells(provision)):
        raise unclear("an action that tells: access or disclose", "action")
    labels = _union(codes.LABELS, provision.security_label, "securityLabel")
    classes = _union(codes.CLASSES, provision.classes, "class")
    return Scope(
        purposes=_union(codes.PURPOSES, provision.purpose, "purpose"),
        categories=_both(labels, classes),
        custodians=_actors(provision.actor, Part.CUSTODIAN, agency),
        recipients=_actors(provision.actor, Part.RECIPIENT, agency),
        start=provision.period.start,
        end=provision.period.end,
    )


def _tells(provision: Provision) -> Iterable[bool]:
    for index, action in enumerate(provision.action):
        with at("action", index):
            yield meaning(codes.ACTIONS, action, "access or disclose")


def _narrowed(provision: Provision, agency: Agency, denials: list[Scope], depth: int) -> Scope:
    if depth == _DEEPEST:
        raise unclear(f"at most {_DEEPEST} provisions inside one another", "provision")
    scope = scope_of(provision, agency, denial=False)
    inside: Scope | None = None
    for index, each in enumerate(provision.provision):
        with at("provision", index):
            if each.type is None:
                raise unclear("permit or deny", "type")
            if each.type == "deny":
                if each.provision:
                    raise unclear("no exceptions to a denial", "provision")
                denials.append(scope_of(each, agency, denial=True))
            elif inside is not None:
                raise unclear("one permission at most inside a permission")
            else:
                inside = _narrowed(each, agency, denials, depth + 1)
    return scope if inside is None else _meet(scope, inside)


def _meet(outer: Scope, inner: Scope) -> Scope:
    starts = [when for when in (outer.start, inner.start) if when is not None]
    ends = [when for when in (outer.end, inner.end) if when is not None]
    both = {name: _both(getattr(outer, name), getattr(inner, name)) for name in _WORDS}
    return Scope(**both, start=max(starts, default=None), end=min(ends, default=None))


def _without(scope: Scope, denial: Scope) -> Scope:
    """Take away a denial along the first of its limits that leaves something, else for its time."""
    limits = [name for name in _WORDS if getattr(denial, name) is not None]
    if any(not getattr(scope, name) & getattr(denial, name) for name in limits):
        return scope
    for name in limits:
        left = getattr(scope, name) - getattr(denial, name)
        if left:
            return replace(scope, **{name: left})
    if denial.start is not None and (scope.start is None or denial.start > scope.start):
        end = denial.start if scope.end is None else min(denial.start, scope.end)
        return replace(scope, end=end)
    if denial.end is not None:
        start = denial.end if scope.start is None else max(denial.end, scope.start)
        return replace(scope, start=start)
    raise unclear("something that is left after what is denied", "provision")


def _union(known: Mapping[Code, frozenset[T]], said: tuple[Code, ...], name: str) -> Words[T]:
    found: frozenset[T] = frozenset()
    for index, code in enumerate(said):
        if code not in known:
            raise unclear("a code that is known here", name, index)
        found |= known[code]
    return found if said else None


def _both(one: Words[T], other: Words[T]) -> Words[T]:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _actors(actors: tuple[Actor, ...], part: Part, agency: Agency) -> Words[str]:
    found: set[str] = set()
    for index, actor in enumerate(actors):
        with at("actor", index):
            if meaning(codes.PARTS, actor.role, "CST, IRCP or PRCP") is part:
                found.add(agency(actor.reference))
    return frozenset(found) or None


@contextmanager
def at(*path: str | int) -> Iterator[None]:
    """Put what is unclear inside at a path."""
    try:
        yield
    except MisfitError as wrong:
        raise MisfitError(*(replace(fault, path=(*path, *fault.path)) for fault in wrong.faults)) from None
