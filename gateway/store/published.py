"""The last checkpoint given out, kept in a file where a restored store will be held against it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Published:
    """The file, which several processes of one site may share."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        """The signed note; None before the first."""
        return self._path.read_text() if self._path.exists() else None

    def write(self, note: str) -> None:
        """Put a checkpoint there, unless one of a larger tree stands there already."""
        with self._alone():
            standing = self.read()
            if standing is not None and _size(standing) > _size(note):
                return
            beside = self._path.with_suffix(".new")
            beside.write_text(note)
            beside.replace(self._path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes: the lock is on the folder, for the file itself is replaced."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _size(note: str) -> int:
    """The tree size a note states on its second line (C2SP tlog-checkpoint)."""
    return int(note.split("\n", 2)[1])
