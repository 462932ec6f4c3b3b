"""What a decision allows, and the cut that makes a record fit it.

`minimise` runs in the adapter, beside the source, and again in the gateway: neither trusts the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agreements.agreement import Obligation
from agreements.terms import BasisKind, Category, Level, SubjectKind

Scalar = str | int | float | bool | None
FieldValue = Scalar | list[Scalar]


@dataclass(frozen=True, slots=True)
class Basis:
    """What makes the answer lawful, and where it stands."""

    kind: BasisKind
    agreement: str
    version: int
    clause: str


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to tell one requester about one category of one subject, up to a level."""

    requester: str
    custodian: str
    subject_kind: SubjectKind
    category: Category
    level: Level
    fields: frozenset[str]
    basis: Basis
    obligations: tuple[Obligation, ...] = ()
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """What a custodian holds about the subject in one category."""

    category: Category
    summary: str | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


def minimise(permit: Permit, holdings: Iterable[Holding]) -> tuple[Holding, ...]:
    """Drop every holding and every part of one that the permit does not name.

    Below `summary` a holding keeps nothing but its category; `summary` adds the summary; `record`
    adds the permit's fields and no others, whatever the partner sent.
    """
    return tuple(_cut(permit, holding) for holding in holdings if holding.category is permit.category)


def _cut(permit: Permit, holding: Holding) -> Holding:
    summary = holding.summary if permit.level >= Level.SUMMARY else None
    if permit.level < Level.RECORD:
        return Holding(holding.category, summary)
    allowed = {name: value for name, value in holding.fields.items() if name in permit.fields}
    return Holding(holding.category, summary, allowed)
