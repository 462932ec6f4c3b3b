"""What of an identity tells that it was guessed or is somebody near: numbers in a row, a known name.

An identity is opened here, so that who looks for signs of fishing never sees one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from adapters.names import fold
from agreements.subject import PersonIdentity, Subject

Row = tuple[str, ...]
"""What numbers must have in common to be in one row."""

IDENTIFIERS_APART: Final = 2
BIRTH_DATES_APART: Final = 31
"""Days."""
_NUMBER: Final = re.compile(r"(\D*)(\d{1,15})(\D*)")


def steps(subject: Subject) -> Iterator[tuple[Row, int, int]]:
    """Numbers of an identity that may be walked: the row each is in, itself, how far the next may be."""
    person = subject.reveal()
    if not isinstance(person, PersonIdentity):
        return
    for identifier in person.identifiers:
        parsed = _NUMBER.fullmatch(identifier.value)
        if parsed is not None:
            row = ("identifier", identifier.system, str(parsed[1]), str(parsed[3]))
            yield row, int(parsed[2]), IDENTIFIERS_APART
    if person.birth_date is not None and (person.family_name or person.given_name):
        born = ("born", fold(person.family_name), fold(person.given_name))
        yield born, person.birth_date.toordinal(), BIRTH_DATES_APART


def has_last_name_of(subject: Subject, name: str) -> bool:
    """Whether a person bears the last name of somebody whose whole name is given."""
    person, mine = subject.reveal(), _words(name)
    if not isinstance(person, PersonIdentity) or not mine:
        return False
    theirs = [person.family_name, *(family for family, _ in person.other_names)]
    return any(words and words[-1] == mine[-1] for words in map(_words, theirs))


def has_name_of_any(subject: Subject, names: Collection[str]) -> bool:
    """Whether a person bears the first given and the family name of somebody among these."""
    person = subject.reveal()
    if not isinstance(person, PersonIdentity):
        return False
    given, family = _words(person.given_name), _words(person.family_name)
    wanted = {*given[:1], *family}
    return bool(given and family) and any(wanted <= set(_words(name)) for name in names)


def _words(name: str) -> list[str]:
    """A name's folded words of more than one letter; an initial names nobody."""
    return [word for word in fold(name).split() if len(word) > 1 and word.isalpha()]
