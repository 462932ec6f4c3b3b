"""Words that an emergency was claimed with, made comparable, so that a copied statement is found. Pure.

What is compared are letters alone, so that a form letter with other dates, numbers and punctuation is the
same text. Whole texts are compared, and sentences of some length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_SENTENCE: Final = re.compile(r"[.!?;\n]+")
_SAYS_MUCH: Final = 4
"""Words from which on a sentence that recurs is no coincidence."""


def pieces(texts: Iterable[str]) -> tuple[str, ...]:
    """What is compared of a claim's texts: all of them as one, then their longer sentences."""
    given = list(texts)
    whole = _plain(" ".join(given))
    sentences = [_plain(part) for text in given for part in _SENTENCE.split(text)]
    long = [part for part in sentences if len(part.split()) >= _SAYS_MUCH]
    return tuple(dict.fromkeys(part for part in (whole, *long) if part))


def is_copied(pieces: int, known: Collection[int]) -> bool:
    """Whether a claim of so many pieces repeats, whole (piece 0) or in at least half of its sentences."""
    sentences = sum(1 for piece in known if piece > 0)
    return 0 in known or (sentences > 0 and sentences * 2 >= pieces - 1)


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
