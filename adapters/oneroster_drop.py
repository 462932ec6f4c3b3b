"""Files that another system puts down for us: a folder, a zip archive or a single file, whole or not at all.

Nothing in an archive or folder is read but files of the names asked for, and never through a link. A zip
archive proves itself (its directory stands at its end, each file has a checksum); a plain file can be cut
off at the end of a line, so one that changed a moment ago counts as still being written.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from adapters.partner import Fault, SourceError

MAX_BYTES: Final = 256 << 20
"""Of all files that are read together, as they are unpacked."""

SETTLED: Final = timedelta(seconds=2)
"""How long a plain file must have been left alone."""

_MAX_ENTRIES: Final = 1000
_CHUNK: Final = 1 << 20
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC

Version = tuple[tuple[str, int, int, int], ...]


def version_of(path: Path, names: Collection[str] = ()) -> Version:
    """What tells one state of a drop from another, without reading it.

    Raises:
        SourceError: it is not there (`UNREACHABLE`).
    """
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            inside = {each.name: each for each in os.scandir(path) if each.name in names}
            return tuple(_one(name, inside[name].stat(follow_symlinks=False)) for name in sorted(inside))
        return (_one(path.name, path.stat()),)
    except OSError:
        raise SourceError(Fault.UNREACHABLE) from None


def read_drop(path: Path, names: Collection[str], now: datetime) -> Mapping[str, bytes]:
    """Read the files of these names out of a folder or zip archive.

    Raises:
        SourceError: it is not there or still changes (`UNREACHABLE`), is damaged or crafted
            (`MALFORMED`), or too big (`OVERSIZED`).
    """
    if path.is_dir():
        return _read_folder(path, names, now)
    body = _read_file(path, MAX_BYTES)
    return _read_archive(body, names)


def read_settled(path: Path, now: datetime) -> bytes:
    """Read one plain file.

    Raises:
        SourceError: as for `read_drop`.
    """
    before = version_of(path)
    body = _read_file(path, MAX_BYTES)
    _check_settled(before, version_of(path), now)
    return body


def _read_folder(path: Path, names: Collection[str], now: datetime) -> Mapping[str, bytes]:
    before = version_of(path, names)
    bodies: dict[str, bytes] = {}
    left = MAX_BYTES
    for name, *_ in before:
        bodies[name] = _read_file(path / name, left, os.O_NOFOLLOW)
        left -= len(bodies[name])
    _check_settled(before, version_of(path, names), now)
    return bodies


def _one(name: str, found: os.stat_result) -> tuple[str, int, int, int]:
    return name, found.st_mtime_ns, found.st_size, found.st_ino


def _check_settled(before: Version, after: Version, now: datetime) -> None:
    youngest = max((modified for _, modified, _, _ in before), default=0)
    age = now.timestamp() - youngest / 1e9
    if before != after or abs(age) < SETTLED.total_seconds():
        raise SourceError(Fault.UNREACHABLE)


def _read_file(path: Path, most: int, more_flags: int = 0) -> bytes:
    try:
        descriptor = os.open(path, _FLAGS | more_flags)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SourceError(Fault.MALFORMED)
            body = file.read(most + 1)
    except OSError:
        raise SourceError(Fault.UNREACHABLE) from None
    if len(body) > most:
        raise SourceError(Fault.OVERSIZED)
    return body


def _read_archive(body: bytes, names: Collection[str]) -> Mapping[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            wanted = _wanted(archive.infolist(), names)
            bodies: dict[str, bytes] = {}
            left = MAX_BYTES
            for entry in wanted:
                bodies[entry.filename] = _unpack(archive, entry, left)
                left -= len(bodies[entry.filename])
            return bodies
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise SourceError(Fault.MALFORMED) from None


def _wanted(entries: list[zipfile.ZipInfo], names: Collection[str]) -> list[zipfile.ZipInfo]:
    """The entries of the names asked for, of an archive whose every entry is harmless.

    Raises:
        SourceError: an entry's name leads out of the archive, a name stands twice, or an entry asked for
            is a link, encrypted or packed in an unusual way (`MALFORMED`); too many entries (`OVERSIZED`).
    """
    if len(entries) > _MAX_ENTRIES:
        raise SourceError(Fault.OVERSIZED)
    for entry in entries:
        name = entry.orig_filename
        if (
            not name.isprintable()
            or name.startswith("/")
            or {"\\", ":"} & set(name)
            or ".." in name.split("/")
        ):
            raise SourceError(Fault.MALFORMED)
    wanted = [entry for entry in entries if entry.orig_filename in names]
    if len({entry.orig_filename for entry in wanted}) != len(wanted):
        raise SourceError(Fault.MALFORMED)
    if any(not _is_plain(entry) for entry in wanted):
        raise SourceError(Fault.MALFORMED)
    return wanted


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind in (0, stat.S_IFREG) and not entry.flag_bits & _ENCRYPTED and entry.compress_type in _METHODS


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """One entry, counted as it is unpacked: the size an archive claims proves nothing."""
    body = bytearray()
    with archive.open(entry) as packed:
        while chunk := packed.read(_CHUNK):
            body += chunk
            if len(body) > most:
                raise SourceError(Fault.OVERSIZED)
    return bytes(body)
