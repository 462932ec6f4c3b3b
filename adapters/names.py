"""Personal names as people write them: normal forms and how alike two of them are. Pure.

A name is folded to lower-case Latin parts: accents off (Unicode NFKD), other letters and scripts
transliterated, apostrophes dropped, hyphens and spaces made equal. Umlauts and their kin have two usual
spellings (`ü` as `u` and as `ue`); both count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Final

from adapters.given_names import ESTABLISHED_GIVEN_NAMES
from adapters.latin import consonants, latin, sound_form, unvowelled
from adapters.nicknames import share_a_nickname


class Likeness(StrEnum):
    """How far two values of one field agree."""

    EQUAL = "equal"
    PART = "part"
    NICKNAME = "nickname"
    SOUND = "same-sound"
    SPELLING = "spelling"
    SHARED = "shared-part"
    NEAR = "two-edits"
    SLIGHT = "slight"
    INITIAL = "initial"
    SWAPPED = "day-month-swapped"
    DIGIT = "one-digit-off"
    DEFAULT_DAY = "default-day"
    TWO_PARTS = "two-parts-equal"
    DIFFERENT = "different"
    ABSENT = "absent"


_DIGRAPHS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_SILENT: Final = re.compile(r"['\u2018\u2019\u02bc\u02bb`\u00b4]")
_PART: Final = re.compile(r"[^\W_]+")
_GENERATIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
_PARTICLES: Final = frozenset(
    {"al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le"}
    | {"mac", "mc", "o", "of", "st", "ten", "ter", "van", "von", "y"}
)
_BEST_FIRST: Final = tuple(Likeness)

_ESTABLISHED: Final = {Likeness.SPELLING: Likeness.SLIGHT, Likeness.NEAR: Likeness.DIFFERENT}
"""What one edit and two are between names that both stand for themselves."""

_SAME_WORD: Final = frozenset({Likeness.EQUAL, Likeness.NICKNAME, Likeness.SOUND, Likeness.SPELLING})
_SOUND_LETTERS: Final = 6
"""More letters apart than two ways of writing one sound leave two words."""

_UNLIKE_WORD: Final = frozenset({Likeness.DIFFERENT, Likeness.NEAR, Likeness.SLIGHT})

Parts = tuple[str, ...]
_Compare = Callable[[Parts, Parts], Likeness]


def fold(text: str) -> str:
    """Lower-case Latin letters, digits and single spaces; other scripts keep their own letters."""
    if text.isascii():
        if text.isalpha():
            return text.lower()
        return " ".join(_PART.findall(_SILENT.sub("", text.lower())))
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in lowered if not unicodedata.combining(c))
    return " ".join(_PART.findall(_SILENT.sub("", latin(bare))))


@lru_cache(maxsize=8192)
def parts(name: str) -> Parts:
    """A name's folded parts, without a generation suffix that is not all there is."""
    found = tuple(fold(name).split())
    kept = tuple(part for part in found if part not in _GENERATIONS)
    return kept or found


@lru_cache(maxsize=8192)
def full_name(family: str, given: str) -> str:
    """One normal form for a whole name, whichever half stands first; empty unless both are present."""
    one, other = parts(family), parts(given)
    return " ".join(sorted(one + other)) if one and other else ""


def family_likeness(one: str, other: str) -> Likeness:
    """How alike two family names are."""
    return _over_spellings(one, other, _family)


def given_likeness(one: str, other: str) -> Likeness:
    """How alike two given names are; middle names that contradict each other do not agree."""
    return _over_spellings(one, other, _given)


def crossable(one: str, other: str) -> bool:
    """Whether a family name can be the other's given name at all: a quick look that errs towards yes."""
    if not one.isascii() or not other.isascii():
        return True
    ours, theirs = parts(one), parts(other)
    if len(ours) > 1 or len(theirs) > 1:
        return (
            not set(ours).isdisjoint(theirs)
            or letters_apart("".join(ours), "".join(theirs)) <= _SOUND_LETTERS
        )
    return letters_apart(one.lower(), other.lower()) <= _SOUND_LETTERS


def _over_spellings(one: str, other: str, compare: _Compare) -> Likeness:
    if one.isascii() and other.isascii():
        return compare(parts(one), parts(other))
    pairs = product(_spellings(one), _spellings(other))
    found = min((compare(a, b) for a, b in pairs), key=_BEST_FIRST.index)
    if found in _UNLIKE_WORD and (unvowelled(one) or unvowelled(other)):
        ours, theirs = consonants(fold(one)), consonants(fold(other))
        return Likeness.SOUND if len(ours) > 2 and ours == theirs else found
    return found


def _spellings(name: str) -> tuple[Parts, ...]:
    plain = parts(name)
    if name.isascii():
        return (plain,)
    expanded = parts(unicodedata.normalize("NFC", name).casefold().translate(_DIGRAPHS))
    return (plain,) if plain == expanded else (plain, expanded)


def _family(one: Parts, other: Parts) -> Likeness:
    if not one or not other:
        return Likeness.ABSENT
    if "".join(one) == "".join(other) or set(one) == set(other):
        return Likeness.EQUAL
    shared = (set(one) & set(other)) - _PARTICLES
    if shared and (set(one) <= set(other) or set(other) <= set(one)):
        return Likeness.PART
    written = spelling("".join(one), "".join(other))
    return Likeness.SHARED if written in _UNLIKE_WORD and shared else written


def _given(one: Parts, other: Parts) -> Likeness:
    if not one or not other:
        return Likeness.ABSENT
    if "".join(one) == "".join(other):
        return Likeness.EQUAL
    if len(one) == 1 or len(other) == 1:
        return _one_given(one, other)
    first = _word(one[0], other[0])
    rest = _word(one[1], other[1])
    if first in _SAME_WORD:
        return first if rest in _SAME_WORD or rest is Likeness.INITIAL else Likeness.SLIGHT
    return spelling("".join(one), "".join(other))


def _one_given(one: Parts, other: Parts) -> Likeness:
    """A single given name against one or several: the first counts most, a later one is a part."""
    single, several = (one[0], other) if len(one) == 1 else (other[0], one)
    first = _word(single, several[0])
    if first is Likeness.EQUAL and len(several) > 1:
        return Likeness.PART
    if first in _UNLIKE_WORD and single in several[1:]:
        return Likeness.PART
    if first is Likeness.DIFFERENT and len(several) > 1:
        return spelling("".join(one), "".join(other))
    return first


def _word(one: str, other: str) -> Likeness:
    if one == other:
        return Likeness.EQUAL
    if share_a_nickname(one, other):
        return Likeness.NICKNAME
    if 1 in (len(one), len(other)):
        return Likeness.INITIAL if one[0] == other[0] else Likeness.DIFFERENT
    written = spelling(one, other)
    if one in ESTABLISHED_GIVEN_NAMES and other in ESTABLISHED_GIVEN_NAMES:
        return _ESTABLISHED.get(written, written)
    return written


def spelling(one: str, other: str) -> Likeness:
    """Whether two words are one word misspelt: one sound, one edit, or two in a long word that starts alike.

    A single edit in a word of three letters makes another name as often as an error (Tim, Tom); so do
    two in a short word, and one between two established given names (Mario, Maria).
    """
    if one == other:
        return Likeness.EQUAL
    apart = letters_apart(one, other)
    if apart > _SOUND_LETTERS:
        return Likeness.DIFFERENT
    shorter, longer = sorted((len(one), len(other)))
    if shorter > 3 and sound_form(one) == sound_form(other):
        return Likeness.SOUND
    edits = distance(one, other) if longer - shorter <= 2 and apart <= 4 else longer
    if edits == 1:
        return Likeness.SPELLING if longer > 3 else Likeness.SLIGHT
    if edits == 2 and shorter >= 7 and jaro_winkler(one, other) >= 0.93:
        return Likeness.SPELLING
    return Likeness.NEAR if edits == 2 and shorter > 3 else Likeness.DIFFERENT


def letters_apart(one: str, other: str) -> int:
    """How many letters only one of two words has; at most twice as many as edits between them."""
    return len(set(one) ^ set(other))


def distance(one: str, other: str) -> int:
    """Edits between two words: insert, delete, replace, or swap two neighbours (OSA distance)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


def jaro_winkler(one: str, other: str) -> float:
    """Similarity in [0, 1] that favours words that start alike (Winkler 1990, prefix scale 0.1)."""
    if one == other:
        return 1.0
    ours, theirs = _matched(one, other)
    if not ours:
        return 0.0
    turned = sum(a != b for a, b in zip(ours, theirs, strict=True)) / 2
    same = len(ours)
    jaro = (same / len(one) + same / len(other) + (same - turned) / same) / 3
    prefix = 0
    for a, b in zip(one[:4], other[:4], strict=False):
        if a != b:
            break
        prefix += 1
    return jaro + prefix * 0.1 * (1 - jaro)


def _matched(one: str, other: str) -> tuple[list[str], list[str]]:
    reach = max(max(len(one), len(other)) // 2 - 1, 0)
    taken = [False] * len(other)
    ours: list[str] = []
    for i, letter in enumerate(one):
        for j in range(max(0, i - reach), min(len(other), i + reach + 1)):
            if not taken[j] and other[j] == letter:
                taken[j] = True
                ours.append(letter)
                break
    return ours, [letter for letter, used in zip(other, taken, strict=True) if used]
