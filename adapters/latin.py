"""Letters of other scripts, and of Latin alphabets Unicode does not decompose, in plain Latin. Pure.

Cyrillic after BGN/PCGN, Greek after ISO 843 (ELOT 743), Arabic and Persian by consonants, since their
writing leaves short vowels out; for common names of that script the usual vowelled form is given.
"""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = {
    **dict(
        zip(
            "ßøæœłđðþıħŧŋəабвгдезийклмнопрстуфыэіїґєўёжхцчшщъьюя",
            (
                *("ss", "o", "ae", "oe", "l", "d", "d", "th", "i", "h", "t", "ng", "e"),
                *"abvgdeziiklmnoprstufyeiigeue",
                *("zh", "kh", "ts", "ch", "sh", "shch", "", "", "iu", "ia"),
            ),
            strict=True,
        )
    ),
    **dict(zip("αβγδεζηικλμνξοπρστυφωθχψ", (*"avgdeziiklmnxoprstyfo", "th", "ch", "ps"), strict=True)),
    **dict(
        zip(
            "ابتجحدرزسصضطظعفقكلمنهويىةپگکیثخذشغچژء",
            (*"abtjhdrzssdtzafqklmnhuiaapgki", "th", "kh", "dh", "sh", "gh", "ch", "zh", ""),
            strict=True,
        )
    ),
}
_LATIN: Final = str.maketrans(_LETTERS)
_PAIRS: Final = (("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("μπ", "b"))  # noqa: RUF001 - Greek is meant

_ARABIC_NAMES: Final = """
محمد muhammad|احمد ahmad|محمود mahmud|حامد hamid|حميد hamid|علي ali|حسن hasan|حسين husayn|عمر umar
عثمان uthman|خالد khalid|يوسف yusuf|يونس yunus|ابراهيم ibrahim|اسماعيل ismail|عبد abd|عبدالله abdullah
عبدالرحمن abdulrahman|عبدالعزيز abdulaziz|فاطمة fatima|عايشة aisha|مريم maryam|زينب zaynab|خديجة khadija
ليلى layla|نور nur|سارة sara|هدى huda|امينة amina|سعيد said|سعد saad|حمزة hamza|طارق tariq|كريم karim
رشيد rashid|سليم salim|سالم salim|جمال jamal|مصطفى mustafa|حسام husam|بلال bilal|ياسر yasir|ناصر nasir
صالح salih|منصور mansur|حداد haddad|خوري khoury|نجار najjar|رحمن rahman|رحيم rahim|عزيز aziz|امير amir
رضا rida|مهدي mahdi|سمير samir|نادية nadia|رانيا rania|لينا lina|دينا dina|ماجد majid|وليد walid
""".replace("\n", "|")
_WHOLE: Final = dict(pair.split() for pair in _ARABIC_NAMES.split("|") if pair)
_ARABIC: Final = re.compile(r"[\u0621-\u064a\u067e-\u06cc]+")
_UNVOWELLED: Final = re.compile(r"[\u0621-\u064a\u067e-\u06cc]")

_SOUND_PAIRS: Final = """
tch ch|sch sh|kh h|gh g|ph f|zh j|dj j|dh d|th t|ck k|ch ch|x ks|q k|w v|ou u|oo u|ee i|ie i|ts c|tz c|y i
"""
_SOUNDS: Final = dict(pair.split() for pair in _SOUND_PAIRS.split("|"))
_SOUND: Final = re.compile("|".join(_SOUNDS) + "|c(?![eihy])")
_DOUBLE: Final = re.compile(r"(.)\1+")
_VOWELS: Final = re.compile(r"[aeiouyw]")


def latin(text: str) -> str:
    """Lower-case text without accents (combining marks off) in Latin letters, where the script is known."""
    named = _ARABIC.sub(_arabic_word, text)
    for pair, letters in _PAIRS:
        named = named.replace(pair, letters)
    return named.translate(_LATIN)


def _arabic_word(found: re.Match[str]) -> str:
    word = found.group()
    bare = word.removeprefix("ال")
    article = "al" if bare != word else ""
    return _WHOLE.get(word) or article + _WHOLE.get(bare, bare)


def sound_form(word: str) -> str:
    """A folded word with the usual ways of writing one sound made equal: `ph`/`f`, `x`/`ks`, `ou`/`u`."""
    return _DOUBLE.sub(r"\1", _SOUND.sub(lambda found: _SOUNDS.get(found.group(), "k"), word))


def unvowelled(text: str) -> bool:
    """Whether a text has letters of a script that leaves short vowels out."""
    return _UNVOWELLED.search(text) is not None


def consonants(word: str) -> str:
    """A folded word's consonants, as a script without vowels would keep them."""
    return _DOUBLE.sub(r"\1", _VOWELS.sub("", sound_form(word)))
