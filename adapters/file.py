"""The `file` adapter: a custodian whose system is one JSON file, read again whenever it changes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final

from adapters.file_content import HeldSubject, read_content
from adapters.index import IdentityIndex
from adapters.partner import Capabilities, Fault, Lookup, Match, NoMatch, SourceError
from agreements.fault import InvalidDocument
from agreements.permit import Holding, Permit, minimise
from agreements.subject import Subject
from agreements.terms import Category, Level, SubjectKind

MAX_BYTES: Final = 256 << 20

_Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Content:
    """One version of the file: its subjects and their index, or why it cannot be used."""

    version: _Version
    subjects: tuple[HeldSubject, ...]
    index: IdentityIndex
    invalid: InvalidDocument | None


class FilePartner:
    """Subjects and holdings in a file; a changed file that cannot be read is no answer, never the old one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._content: _Content | None = None

    def check(self) -> None:
        """Read the file now; for start-up and diagnosis.

        Raises:
            InvalidDocument: the content is not as it must be; names the key, never a value.
            SourceError: there is no such file, or it cannot be read.
        """
        content = self._current()
        if content.invalid is not None:
            raise content.invalid

    def capabilities(self) -> Capabilities:
        """What the last version read holds; nothing while there is none that can be read."""
        try:
            content = self._content or self._current()
        except SourceError:
            return Capabilities(frozenset(), {})
        fields: dict[Category, set[str]] = {}
        for held in content.subjects:
            for holding in held.holdings:
                fields.setdefault(holding.category, set()).update(holding.fields)
        kinds = frozenset(Subject(held.identity).kind for held in content.subjects)
        return Capabilities(kinds, {category: frozenset(names) for category, names in fields.items()})

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        if not _about(subject.kind, permits):
            return NoMatch()
        return self._find(subject) if self._unchanged() else await asyncio.to_thread(self._find, subject)

    def _find(self, subject: Subject) -> Lookup:
        content = self._usable()
        lookup = content.index.find(subject)
        if not isinstance(lookup, Match) or not isinstance(lookup.reference, tuple):
            return lookup
        # The reference is the records themselves: positions would point at others once the file changes.
        return replace(lookup, reference=tuple(content.subjects[at] for at in lookup.reference))

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        if self._unchanged():
            return self._fetch(match, permits)
        return await asyncio.to_thread(self._fetch, match, permits)

    def _fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        self._usable()
        found: list[Holding] = []
        records = [each for each in _records(match) if isinstance(each, HeldSubject)]
        if not records:
            raise SourceError(Fault.MISMATCH)
        holdings = [holding for record in records for holding in record.holdings]
        for permit in _about(Subject(records[0].identity).kind, permits):
            allowed = minimise(permit, holdings)
            found.extend(allowed if permit.level >= Level.SUMMARY else allowed[:1])
        return tuple(found)

    async def health(self) -> bool:
        try:
            await asyncio.to_thread(self._usable)
        except SourceError:
            return False
        return True

    async def close(self) -> None:
        self._content = None

    def _unchanged(self) -> bool:
        """Whether looking takes no reading of the file, so that a thread would cost more than the look."""
        try:
            return self._content is not None and self._content.version == _version(self._path.stat())
        except OSError:
            return False

    def _usable(self) -> _Content:
        content = self._current()
        if content.invalid is not None:
            raise SourceError(Fault.MALFORMED)
        return content

    def _current(self) -> _Content:
        """The content of the file as it is now, read only if it changed since the last reading."""
        with self._lock:
            try:
                version = _version(self._path.stat())
                if self._content is None or self._content.version != version:
                    self._content = self._read()
            except OSError:
                raise SourceError(Fault.UNREACHABLE) from None
            return self._content

    def _read(self) -> _Content:
        with self._path.open("rb") as file:
            version = _version(os.fstat(file.fileno()))
            body = file.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise SourceError(Fault.OVERSIZED)
        try:
            subjects = read_content(body, self._path.name)
        except InvalidDocument as invalid:
            return _Content(version, (), IdentityIndex(()), invalid)
        return _Content(version, subjects, IdentityIndex([held.identity for held in subjects]), None)


def _version(stat: os.stat_result) -> _Version:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _about(kind: SubjectKind, permits: Iterable[Permit]) -> list[Permit]:
    return [permit for permit in permits if permit.subject_kind is kind]


def _records(match: Match) -> tuple[object, ...]:
    return match.reference if isinstance(match.reference, tuple) else ()
