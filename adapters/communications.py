"""Whether two handles, numbers, addresses or texts are one communication. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from adapters.evidence import Evidence
from adapters.names import fold
from adapters.partner import FieldWeight
from agreements.subject import CommunicationIdentity

PRIOR_BITS: Final = -10.0
HANDLE_EQUAL_BITS: Final = 20.0
HANDLE_DIFFERENT_BITS: Final = -30.0
TEXT_SAME_BITS: Final = 16.0
TEXT_ALIKE_BITS: Final = 9.0
TEXT_DIFFERENT_BITS: Final = -10.0

TEXT_SAME: Final = 0.8
"""Share of common three-word shingles (Jaccard, Broder 1997) from which two texts are one."""

TEXT_ALIKE: Final = 0.5

_SHORT_TEXT_WORDS: Final = 5
_SHINGLE_WORDS: Final = 3
_CHANNELS: Final = {
    "e-mail": "email",
    "mail": "email",
    "telephone": "phone",
    "tel": "phone",
    "mobile": "phone",
    "cell": "phone",
    "sms": "phone",
    "whatsapp": "phone",
    "signal": "phone",
    "twitter": "x",
}


def compare_communications(one: CommunicationIdentity, other: CommunicationIdentity) -> Evidence:
    """Weigh the handle where both have one, else the text; a short text alone never releases."""
    prior = FieldWeight("prior", "one-in-the-county", PRIOR_BITS)
    ours, theirs = handle_form(one), handle_form(other)
    if ours and theirs:
        equal = ours == theirs
        bits = HANDLE_EQUAL_BITS if equal else HANDLE_DIFFERENT_BITS
        weight = FieldWeight("handle", "equal" if equal else "different", bits)
        return Evidence.of([prior, weight], releasable=equal)
    alike = text_similarity(one.text, other.text)
    long_enough = min(len(fold(one.text).split()), len(fold(other.text).split())) >= _SHORT_TEXT_WORDS
    return Evidence.of([prior, _text_weight(alike)], releasable=long_enough and alike >= TEXT_SAME)


def _text_weight(alike: float) -> FieldWeight:
    if alike >= TEXT_SAME:
        return FieldWeight("text", "same", TEXT_SAME_BITS)
    if alike >= TEXT_ALIKE:
        return FieldWeight("text", "alike", TEXT_ALIKE_BITS)
    return FieldWeight("text", "different", TEXT_DIFFERENT_BITS)


def handle_form(communication: CommunicationIdentity) -> str:
    """`channel|handle` in one spelling: a number's digits, no leading `@`, lower case; empty without one."""
    channel = channel_form(communication.channel)
    handle = communication.handle.strip()
    numeric = channel == "phone" and not any(c.isalpha() for c in handle)
    form = _digits(handle) if numeric else handle.casefold().lstrip("@")
    return f"{channel}|{form}" if form else ""


def channel_form(channel: str) -> str:
    """The channel under its usual name; the services that go by telephone number count as `phone`."""
    name = channel.strip().casefold()
    return _CHANNELS.get(name, name)


def _digits(number: str) -> str:
    """Digits only; the trunk zero in brackets (`+44 (0)20`) and the international prefix `00` left out."""
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    return digits.removeprefix("00")


def shingles(text: str) -> frozenset[str]:
    """Every run of three words, or all words of a shorter text."""
    words = fold(text).split()
    last = max(len(words) - _SHINGLE_WORDS, 0)
    return frozenset(" ".join(words[i : i + _SHINGLE_WORDS]) for i in range(last + 1) if words)


def text_similarity(one: str, other: str) -> float:
    """Jaccard similarity of the two shingle sets in [0, 1]; 0 where either is empty."""
    ours, theirs = shingles(one), shingles(other)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def communication_keys(communication: CommunicationIdentity) -> tuple[str, ...]:
    """A normal form for the handle, else one for the text's words."""
    handle = handle_form(communication)
    if handle:
        return (f"handle|{handle}",)
    words = fold(communication.text)
    return (f"text|{hashlib.sha256(words.encode()).hexdigest()}",) if words else ()
