"""The identities of one source in memory, indexed so that a question grades only likely candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.matching import best_records, block_keys, doubt_keys
from adapters.partner import Lookup
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
        return best_records(subject, self.candidates(subject))

    def candidates(self, subject: Subject) -> Iterator[tuple[int, Identity]]:
        """The identities worth grading, with their positions."""
        identity = subject.reveal()
        keys = (*block_keys(identity), *doubt_keys(identity))
        positions = {position for key in keys for position in self._positions.get(key, ())}
        return ((position, self._identities[position]) for position in sorted(positions))
