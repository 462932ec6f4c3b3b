"""The `rest` adapter: a custodian's JSON API, asked through a mapping of its calls and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from adapters.client import DEADLINE, within
from adapters.partner import Capabilities, Fault, Lookup, Match, NoMatch, SourceError
from adapters.rest_mapping import Register, RestMapping
from adapters.rest_records import read_holdings
from adapters.rest_search import look_up
from adapters.rest_source import RestSource
from agreements.permit import Holding, Permit
from agreements.subject import Subject
from agreements.terms import Category, SubjectKind


@dataclass(frozen=True, slots=True)
class _Reference:
    """The keys under which the source holds one subject; more than one where it holds it twice."""

    kind: SubjectKind
    keys: tuple[str, ...]


class RestPartner:
    """The `Partner` of one JSON API. `deadline` is in seconds for a whole `find` or `fetch`."""

    def __init__(self, source: RestSource, mapping: RestMapping, *, deadline: float = DEADLINE) -> None:
        self._source = source
        self._health = mapping.health
        self._deadline = deadline
        registers = {
            SubjectKind.PERSON: mapping.people,
            SubjectKind.VENUE: mapping.venues,
            SubjectKind.COMMUNICATION: mapping.communications,
        }
        self._registers: dict[SubjectKind, Register] = {
            kind: register for kind, register in registers.items() if register is not None
        }

    def capabilities(self) -> Capabilities:
        """What the mapping says can be asked."""
        fields: dict[Category, frozenset[str]] = {}
        for register in self._registers.values():
            for category, rows in register.categories.items():
                fields[category] = fields.get(category, frozenset()) | frozenset(rows.fields)
        return Capabilities(frozenset(self._registers), fields)

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        register = self._registers.get(subject.kind)
        if register is None or not _about(subject.kind, permits):
            return NoMatch()
        async with within(self._deadline):
            lookup = await look_up(self._source, register, subject)
        if isinstance(lookup, Match) and isinstance(lookup.reference, tuple):
            return replace(lookup, reference=_Reference(subject.kind, lookup.reference))
        return lookup

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        reference = match.reference
        if not isinstance(reference, _Reference):
            raise SourceError(Fault.MISMATCH)
        register = self._registers[reference.kind]
        allowed = [each for each in _about(reference.kind, permits) if each.category in register.categories]
        if not allowed:
            return ()
        async with within(self._deadline):
            return await read_holdings(self._source, register, reference.keys, allowed)

    async def health(self) -> bool:
        try:
            async with within(self._deadline):
                await self._source.health(self._health)
        except SourceError:
            return False
        return True

    async def close(self) -> None:
        await self._source.close()


def _about(kind: SubjectKind, permits: Iterable[Permit]) -> list[Permit]:
    return [permit for permit in permits if permit.subject_kind is kind]
