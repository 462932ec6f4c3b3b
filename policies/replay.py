"""Past decisions made again under a draft: what would have come out otherwise, and which way. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from agreements.agreement import Agreement
from policies.decision import Decision, Denied, Permitted

_ALWAYS: Final = datetime(1, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


class Change(StrEnum):
    """How a decision differs, what lets out more first."""

    NEWLY_RELEASED = "newly-released"
    """Refused before."""
    RELEASED_FURTHER = "released-further"
    """A higher level, further fields, or no person left who must decide first."""
    NEWLY_REFUSED = "newly-refused"
    """Permitted before."""
    RELEASED_LESS = "released-less"
    OTHER_TERMS = "other-terms"
    """As much as before, on another kind of basis, under other duties, or masked otherwise."""


def change(before: Decision, after: Decision) -> Change | None:
    """How two decisions of one question differ; None where as much is told on the same terms."""
    if isinstance(before, Denied) or isinstance(after, Denied):
        return _refusal_changed(before, after)
    if _lets_out_more(before, after):
        return Change.RELEASED_FURTHER
    if _lets_out_more(after, before):
        return Change.RELEASED_LESS
    return None if _terms(before) == _terms(after) else Change.OTHER_TERMS


def in_place_of(draft: Agreement, agreements: Iterable[Agreement]) -> tuple[Agreement, ...]:
    """A set of agreements with a draft for every version of it, in force whenever a decision was made."""
    others = (agreement for agreement in agreements if agreement.id != draft.id)
    return (*others, replace(draft, effective=_ALWAYS, expires=_NEVER, suspended=False))


def _refusal_changed(before: Decision, after: Decision) -> Change | None:
    if isinstance(before, Permitted):
        return Change.NEWLY_REFUSED
    if isinstance(after, Permitted):
        return Change.NEWLY_RELEASED
    return None if before.masked is after.masked else Change.OTHER_TERMS


def _lets_out_more(before: Permitted, after: Permitted) -> bool:
    """Whether the second lets out anything that the first does not, or does so with fewer persons asked."""
    return (
        after.permit.level > before.permit.level
        or bool(after.permit.fields - before.permit.fields)
        or bool(before.awaits - after.awaits)
    )


def _terms(decision: Permitted) -> tuple[object, ...]:
    permit = decision.permit
    return permit.basis.kind, frozenset(permit.obligations), decision.masked
