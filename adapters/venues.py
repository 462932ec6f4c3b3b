"""Whether two names and addresses are of one venue: normal forms and likeness. Pure."""

from __future__ import annotations

from typing import Final

from adapters.evidence import Evidence
from adapters.names import Likeness, distance, fold, spelling
from adapters.partner import FieldWeight
from agreements.subject import Address, VenueIdentity

PRIOR_BITS: Final = -12.0
NAME_BITS: Final = {
    Likeness.EQUAL: 16.0,
    Likeness.SOUND: 11.0,
    Likeness.SPELLING: 11.0,
    Likeness.PART: 9.0,
    Likeness.NEAR: -8.0,
    Likeness.SLIGHT: -8.0,
    Likeness.DIFFERENT: -8.0,
    Likeness.ABSENT: -8.0,
}
ADDRESS_BITS: Final = {
    Likeness.EQUAL: 10.0,
    Likeness.SPELLING: 8.0,
    Likeness.PART: 7.0,
    Likeness.SHARED: 2.0,
    Likeness.DIFFERENT: -20.0,
    Likeness.ABSENT: 0.0,
}
SAME_VENUE_NAME: Final = frozenset({Likeness.EQUAL, Likeness.SOUND, Likeness.SPELLING, Likeness.PART})

_ONE_WORD: Final = {
    "street": "st",
    "saint": "st",
    "road": "rd",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "place": "pl",
    "square": "sq",
    "highway": "hwy",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "hs": "high",
    "sch": "school",
    "elem": "elementary",
    "jr": "junior",
    "univ": "university",
    "hosp": "hospital",
    "centre": "center",
    "ctr": "center",
    "dept": "department",
    "mount": "mt",
}
_SCHOOL_STAGES: Final = frozenset({"high", "elementary", "middle", "primary", "secondary", "grammar"})
_EMPTY_WORDS: Final = frozenset({"the", "of", "at", "and", "for"})
_UNIT_WORDS: Final = frozenset({"apt", "apartment", "unit", "flat", "suite", "ste", "no", "room", "rm"})


def compare_venues(one: VenueIdentity, other: VenueIdentity) -> Evidence:
    """Weigh name and address; an address that contradicts is another venue."""
    name = venue_name_likeness(one.name, other.name)
    address = address_likeness(one.address, other.address)
    weights = [
        FieldWeight("prior", "one-in-the-county", PRIOR_BITS),
        FieldWeight("name", name.value, NAME_BITS[name]),
        FieldWeight("address", address.value, ADDRESS_BITS[address]),
    ]
    releasable = name in SAME_VENUE_NAME and address is not Likeness.DIFFERENT
    return Evidence.of(weights, releasable=releasable)


def venue_words(name: str) -> tuple[str, ...]:
    """A venue's name in usual words: `St`, `HS` and the like made equal, `High School` as `High`."""
    words = [_ONE_WORD.get(word, word) for word in fold(name).split()]
    kept = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if word not in _EMPTY_WORDS and not (word == "school" and before in _SCHOOL_STAGES)
    ]
    return tuple(kept or words)


def venue_name_likeness(one: str, other: str) -> Likeness:
    """Equal words, one misspelling, or one name a part of the other; numbers must be equal."""
    ours, theirs = venue_words(one), venue_words(other)
    if not ours or not theirs:
        return Likeness.ABSENT
    if "".join(ours) == "".join(theirs):
        return Likeness.EQUAL
    if _numbers(ours) != _numbers(theirs):
        return Likeness.DIFFERENT
    shared = set(ours) & set(theirs)
    if len(shared) > 1 and shared in (set(ours), set(theirs)):
        return Likeness.PART
    return spelling("".join(ours), "".join(theirs))


def address_likeness(one: Address | None, other: Address | None) -> Likeness:
    """How alike two addresses are.

    Street line first: equal, misspelt, or different. Without two lines an equal postal code is a part,
    an equal city a shared part. A city or, without two lines, a postal code that differs is different.
    """
    if one is None or other is None:
        return Likeness.ABSENT
    city = _text_likeness(fold(one.city), fold(other.city))
    code = _code_likeness(one.postal_code, other.postal_code)
    line = _line_likeness(one.line, other.line)
    if line is Likeness.DIFFERENT or (city is Likeness.DIFFERENT and code is not Likeness.EQUAL):
        return Likeness.DIFFERENT
    if line is not Likeness.ABSENT:
        return line
    if code is not Likeness.ABSENT:
        return Likeness.PART if code is Likeness.EQUAL else Likeness.DIFFERENT
    return Likeness.SHARED if city in (Likeness.EQUAL, Likeness.SPELLING) else city


def _line_likeness(one: str, other: str) -> Likeness:
    ours, theirs = line_words(one), line_words(other)
    if not ours or not theirs:
        return Likeness.ABSENT
    one_numbers, other_numbers = _numbers(ours), _numbers(theirs)
    if one_numbers[:1] != other_numbers[:1] or not (
        set(one_numbers) <= set(other_numbers) or set(other_numbers) <= set(one_numbers)
    ):
        return Likeness.DIFFERENT
    return _text_likeness(_letters(ours), _letters(theirs))


def line_words(line: str) -> tuple[str, ...]:
    """A street line in usual words, without the words that only announce a unit's number."""
    words = (_ONE_WORD.get(word, word) for word in fold(line).split())
    return tuple(word for word in words if word not in _UNIT_WORDS)


def _text_likeness(one: str, other: str) -> Likeness:
    if not one or not other:
        return Likeness.ABSENT
    if one == other:
        return Likeness.EQUAL
    near = distance(one, other) == 1 and max(len(one), len(other)) > 3
    return Likeness.SPELLING if near else Likeness.DIFFERENT


def _code_likeness(one: str, other: str) -> Likeness:
    ours, theirs = postal_code(one), postal_code(other)
    if not ours or not theirs:
        return Likeness.ABSENT
    return Likeness.EQUAL if ours == theirs else Likeness.DIFFERENT


def postal_code(text: str) -> str:
    """A postal code without spaces; of a United States ZIP+4 the ZIP."""
    code = fold(text).replace(" ", "")
    return code[:5] if len(code) == 9 and code.isdigit() else code


def _numbers(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if any(c.isdigit() for c in word))


def _letters(words: tuple[str, ...]) -> str:
    return "".join(word for word in words if not any(c.isdigit() for c in word))


def venue_key(venue: VenueIdentity) -> str:
    """One normal form of name, street line and city."""
    address = venue.address or Address()
    place = f"{' '.join(line_words(address.line))}|{fold(address.city)}"
    return f"venue|{''.join(venue_words(venue.name))}|{place}"
