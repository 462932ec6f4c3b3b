"""Agreement files read one after another: every agreement, and everything that is wrong with the others."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agreements.agreement import Agreement
from agreements.fault import InvalidDocument
from agreements.life import Version
from agreements.parser import parse_agreement


def read_files(paths: Iterable[tuple[str, Path]]) -> tuple[list[Agreement], list[str]]:
    """Read files by the names they have in messages.

    Returns:
        The agreements, and a message for each error: what does not fit the form, with file, line and key;
        what cannot be read; a version that stands in two files.
    """
    found: dict[Version, Agreement] = {}
    messages: list[str] = []
    with collector_at_rest():
        for name, path in paths:
            try:
                agreement = parse_agreement(path.read_bytes(), name)
            except InvalidDocument as invalid:
                messages += map(str, invalid.errors)
                continue
            except OSError as error:
                messages.append(f"{name}: cannot be read ({error.strerror})")
                continue
            key = (agreement.id, agreement.version)
            if key in found:
                messages.append(f"{name}: version: expected a version that no other file has")
            found[key] = agreement
    return list(found.values()), messages


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Do without looking for cycles among ever more agreements, of which there are none worth finding."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
