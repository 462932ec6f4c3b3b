"""The identities of one source in memory, indexed so that a question grades only likely candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.matching import best_records, block_keys, doubt_keys
from adapters.partner import Lookup, Match
from agreements.subject import Identity, Subject


class IdentityIndex:
    """Positions of identities by block key; built once, then only read, so threads may share it."""

    def __init__(self, identities: Sequence[Identity]) -> None:
        self._identities = identities
        self._positions: dict[str, list[int]] = {}
        for position, identity in enumerate(identities):
            for key in (*block_keys(identity), *doubt_keys(identity)):
                self._positions.setdefault(key, []).append(position)

    def find(self, subject: Subject) -> Lookup:
        """Look a subject up; a `Match` carries a tuple of positions, the best first."""
        likely = self._under(block_keys(subject.reveal()))
        lookup = best_records(subject, self._candidates(likely))
        if isinstance(lookup, Match):
            return lookup
        doubtful = self._under(doubt_keys(subject.reveal()))
        return best_records(subject, self._candidates(likely | doubtful)) if doubtful else lookup

    def _under(self, keys: Iterable[str]) -> set[int]:
        return {position for key in keys for position in self._positions.get(key, ())}

    def _candidates(self, positions: Iterable[int]) -> Iterable[tuple[object, Identity]]:
        return ((position, self._identities[position]) for position in sorted(positions))
