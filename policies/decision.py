"""What a decision says: leave or refusal, each with the result of every layer and what would change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from agreements.permit import Permit


class Layer(StrEnum):
    """The layers in the order they are asked; the first that fails refuses."""

    AGREEMENT = "agreement"
    PARTY = "party"
    CLAUSE = "clause"
    PURPOSE = "purpose"
    ROLE = "role"
    CASE = "case"
    LEVEL = "level"
    LAW = "law"
    CONSENT = "consent"
    EXCEPTION = "exception"
    OBLIGATIONS = "obligations"


_ORDER: Final = tuple(Layer)


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class LayerResult:
    layer: Layer
    outcome: Outcome
    detail: str


class Await(StrEnum):
    """What a person at the custodian still has to do before an answer may leave."""

    FINDING = "finding"
    LEGAL_PROCESS = "legal-process"
    REVIEW = "review"
    SECOND_REVIEW = "second-review"
    """A second person, after the first."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not, as a stable code, and in words that say what would change it."""

    code: str
    text: str


class Account(Protocol):
    """What a permit rests on, kept so that it can be told layer by layer when somebody asks."""

    def layers(self, permitted: Permitted) -> tuple[LayerResult, ...]: ...


@dataclass(frozen=True, slots=True)
class Permitted:
    permit: Permit
    awaits: frozenset[Await]
    consent: str | None
    """The consent record the permit rests on, read again when the answer is recorded."""
    masked: bool
    account: Account | None = field(default=None, compare=False, repr=False)
    """None: read back from a record that keeps no account."""

    @property
    def layers(self) -> tuple[LayerResult, ...]:
        """Every layer with what made it pass, put in words now; empty without an account."""
        return () if self.account is None else self.account.layers(self)


@dataclass(frozen=True, slots=True)
class Denied:
    reasons: tuple[Reason, ...]
    masked: bool
    failed: Layer | None = None
    """The layer that refused, for the first of the reasons; None: no layer of a decision did."""

    @property
    def layers(self) -> tuple[LayerResult, ...]:
        """Passed up to the layer that refused, with its reason there, and not reached beyond it."""
        if self.failed is None:
            return ()
        where = _ORDER.index(self.failed)
        return (
            *(LayerResult(layer, Outcome.PASSED, "") for layer in _ORDER[:where]),
            LayerResult(self.failed, Outcome.FAILED, self.reasons[0].text),
            *(LayerResult(layer, Outcome.NOT_REACHED, "") for layer in _ORDER[where + 1 :]),
        )


Decision = Permitted | Denied
