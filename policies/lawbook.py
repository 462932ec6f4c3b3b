"""The laws a site can bind its categories by: the built-in folder, and local files beside it.

A built-in file that cannot be read is a fault of the product and stops it. A local one that cannot be read
is reported and left out: whatever is bound by it stays closed. A local file never replaces a built-in law.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rfc8785 import dumps

from agreements.document import Json
from agreements.duration import Duration
from agreements.fault import DocumentError, InvalidDocument
from agreements.terms import Level
from policies.lawfile import parse_law
from policies.statute import Law

_SUFFIX: Final = ".yaml"


@dataclass(frozen=True, slots=True)
class LawBook:
    """Laws by id; immutable, so that a decision reads one consistent set."""

    laws: Mapping[str, Law]
    errors: tuple[DocumentError, ...]
    """What is wrong with local files; the laws they would have held are unknown."""
    version: str
    """A digest of everything the laws say: SHA-256, hex, independent of files, layout and order."""

    @classmethod
    def of(cls, laws: Iterable[Law], errors: Iterable[DocumentError] = ()) -> LawBook:
        """The book of these laws, which have different ids."""
        by_id = {law.id: law for law in sorted(laws, key=lambda law: law.id)}
        digest = hashlib.sha256(dumps([canonical_form(law) for law in by_id.values()]))
        return cls(MappingProxyType(by_id), tuple(errors), digest.hexdigest())

    def get(self, law: str) -> Law | None:
        """The law of that id; None where it is unknown or unreadable, and then a decision refuses."""
        return self.laws.get(law)


def load_laws(extra: Path | None = None) -> LawBook:
    """Read the built-in laws and those of a local folder; a folder that is not there holds none.

    Raises:
        InvalidDocument: a built-in file is broken.
    """
    builtin = {name: parse_law(source, file, named=name) for name, file, source in _builtin_files()}
    if extra is None or not extra.is_dir():
        return LawBook.of(builtin.values())
    local: list[Law] = []
    errors: list[DocumentError] = []
    for path in sorted(extra.glob(f"*{_SUFFIX}")):
        read = _read_local(path, taken=builtin.keys())
        if isinstance(read, Law):
            local.append(read)
        else:
            errors.extend(read)
    return LawBook.of((*builtin.values(), *local), errors)


def canonical_form(law: Law) -> Json:
    """Everything a law says as plain JSON values, sets in order."""
    return _plain(law)


def _builtin_files() -> Iterator[tuple[str, str, bytes]]:
    folder: Traversable = resources.files("policies").joinpath("law")
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith(_SUFFIX):
            yield item.name.removesuffix(_SUFFIX), f"policies/law/{item.name}", item.read_bytes()


def _read_local(path: Path, *, taken: Iterable[str]) -> Law | tuple[DocumentError, ...]:
    if path.stem in taken:
        return (DocumentError(path.name, None, None, "id", "an id that no built-in law has"),)
    try:
        return parse_law(path.read_bytes(), path.name, named=path.stem)
    except InvalidDocument as invalid:
        return invalid.errors
    except OSError:
        return (DocumentError(path.name, None, None, "", "a file that can be read"),)


def _plain(value: object) -> Json:
    if isinstance(value, Level):
        return value.word
    if isinstance(value, StrEnum | Duration):
        return str(value)
    if isinstance(value, frozenset | tuple):
        return [_plain(item) for item in (sorted(value) if isinstance(value, frozenset) else value)]
    if value is None or isinstance(value, bool | int | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    raise TypeError(f"a law holds no {type(value).__name__}")
