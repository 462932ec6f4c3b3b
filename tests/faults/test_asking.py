"""An adapter with a fault of its own: the question is not lost, and a masked refusal looks no different."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.partner import Capabilities, Lookup, Match
from agreements.permit import Basis, Holding, Permit
from agreements.subject import PersonIdentity, Subject
from agreements.terms import BasisKind, Category, Level, SubjectKind
from gateway.answers import Cause
from gateway.asking import Asking
from gateway.pace import Pace

PERMIT = Permit(
    requester="police",
    custodian="health",
    subject_kind=SubjectKind.PERSON,
    category=Category.HEALTH,
    level=Level.EXISTENCE,
    fields=frozenset(),
    basis=Basis(BasisKind.AGREEMENT, "county", 1, "1"),
)


class Faulty:
    """Breaks in a way no adapter promises."""

    def capabilities(self) -> Capabilities:
        raise ZeroDivisionError

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        raise ZeroDivisionError(subject, permits)

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        raise ZeroDivisionError(match, permits)

    async def health(self) -> bool:
        raise ZeroDivisionError

    async def close(self) -> None:
        return None


async def test_a_faulty_adapter_is_unavailable_asked_or_only_looked_at() -> None:
    asking = Asking({"health": Faulty()}, Pace())
    subject = Subject(PersonIdentity("Okafor", "Daniel"))
    assert await asking.ask("health", subject, [PERMIT]) == {Category.HEALTH: (Cause.UNAVAILABLE, ())}
    assert not await asking.is_up("health")
