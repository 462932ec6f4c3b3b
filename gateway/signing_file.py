"""A party's signature put into an agreement file without touching anything else that is written there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from agreements.agreement import Agreement, Signature
from agreements.fault import InvalidDocument
from agreements.parser import parse_agreement

_EMPTY: Final = re.compile(r"^signatures:[ \t]*\[[ \t]*\][ \t]*(?:#[^\n]*)?\n?", re.MULTILINE)
_LIST: Final = re.compile(r"^signatures:[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)


class UnwritableError(ValueError):
    """The file is written in a way that a signature cannot be added to safely."""


def with_signature(source: str, agreement: Agreement, signature: Signature) -> str:
    """The text of a file with one signature more, read again to be sure that nothing else changed.

    Raises:
        UnwritableError: the party has signed, or the place to put it cannot be told.
    """
    if any(one.party == signature.party for one in agreement.signatures):
        raise UnwritableError("the party has signed this file already")
    line = f"  - {{party: {signature.party}, jws: {signature.jws}}}\n"
    text = source if source.endswith("\n") else source + "\n"
    if _EMPTY.search(text):
        changed = _EMPTY.sub(lambda _: "signatures:\n" + line, text, count=1)
    elif (listed := _LIST.search(text)) is not None:
        indent = re.match(r"[ \t]*", text[listed.end() :])
        changed = (
            text[: listed.end()] + (indent.group() if indent else "") + line.lstrip() + text[listed.end() :]
        )
    else:
        changed = text + "signatures:\n" + line
    if not _says(changed, replace(agreement, signatures=()), {*agreement.signatures, signature}):
        raise UnwritableError("the signatures in this file are written in a way that cannot be added to")
    return changed


def _says(text: str, bare: Agreement, signatures: set[Signature]) -> bool:
    try:
        read = parse_agreement(text, "signed")
    except InvalidDocument:
        return False
    return replace(read, signatures=()) == bare and set(read.signatures) == signatures
