"""How a custodian's system is asked, whatever it speaks: the one protocol every adapter keeps.

Obligations on an implementation, checked by the contract suite on every one of them:

* `find` and `fetch` put to the source only what the permits allow: categories nobody permitted are
  not read, and at level `record` only the permitted fields are selected there.
* What `fetch` returns has passed `agreements.permit.minimise` for the permits it was given.
* `find` returns a `Match` only at or above the release threshold, and only when one person stands out.
* A source that is slow, wrong, oversized or down raises `SourceError`; nothing partial is returned as
  if it were whole.
* Nothing about the subject or the source's content reaches a log or an error message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from agreements.permit import Holding, Permit
from agreements.subject import Subject
from agreements.terms import Category, SubjectKind


class Fault(StrEnum):
    """Why a source gave no usable answer; safe to log and to record."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    MISMATCH = "mismatch"


class SourceError(Exception):
    """The custodian's system gave no usable answer. Carries a `Fault`, never content."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a source can be asked: kinds of subject, and the fields it has for each category."""

    subject_kinds: frozenset[SubjectKind]
    categories: Mapping[Category, frozenset[str]]


@dataclass(frozen=True, slots=True)
class FieldWeight:
    """One compared part of an identity and what it contributed to the score."""

    field: str
    agreement: str
    weight: float


@dataclass(frozen=True, slots=True)
class Match:
    """The one subject the source knows under this identity; `reference` is opaque outside its adapter."""

    reference: object = field(repr=False)
    score: float
    explanation: tuple[FieldWeight, ...] = ()


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The source knows nobody near enough."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """More than one candidate, or one too weak to release on: more identifiers are needed."""

    best_score: float


Lookup = Match | NoMatch | Unclear


class Partner(Protocol):
    """A custodian's system behind one wire protocol."""

    def capabilities(self) -> Capabilities: ...

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        """Look the subject up.

        Raises:
            SourceError: the source gave no usable answer.
        """
        ...

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        """Read what the permits allow about the matched subject, already minimised.

        Raises:
            SourceError: the source gave no usable answer.
        """
        ...

    async def health(self) -> bool:
        """Whether the source answers at all; asks about nobody."""
        ...

    async def close(self) -> None:
        """Give back connections; the partner is not asked again."""
        ...
